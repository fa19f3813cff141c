/** What an application protocol is called, and which of them a datagram shows by its content. */

import { looksLikeDns } from "../dissect/dns-check.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { DHCP_PORTS } from "../headers/assigned-numbers.ts";
import { DHCP_MAGIC_COOKIE, dhcp, dhcpOffsets } from "../headers/dhcp.ts";
import { DNS_DIALECTS } from "../headers/dns/dns.ts";
import type { FramingKind } from "./message-framing.ts";

/** The applications whose data are known, by Wireshark's names. */
export type ApplicationName = "HTTP" | "WebSocket" | "TLS" | "SSH" | "DNS" | "MDNS" | "LLMNR" | "DHCP" | "DHCPv6";

const BY_FRAMING: Readonly<Partial<Record<FramingKind, ApplicationName>>> = {
  http: "HTTP",
  websocket: "WebSocket",
  tls: "TLS",
  dns: "DNS",
};

/** The protocol whose messages are told apart like this; undefined where that tells nothing. */
export function applicationOf(framing: FramingKind | undefined): ApplicationName | undefined {
  return framing === undefined ? undefined : BY_FRAMING[framing];
}

const DNS_NAMES = { dns: "DNS", mdns: "MDNS", llmnr: "LLMNR" } as const;

interface Ports {
  readonly client: number;
  readonly server: number;
}

export const DHCPV6_PORTS = { client: 546, server: 547 } as const;
/** SOLICIT to RELAY-REPL (RFC 8415, section 7.3). */
const LAST_DHCPV6_TYPE = 13;
const DHCPV6_HEADER = 4;

/** The protocol of a datagram, by its port and by what is in it: the port alone says what it should be. */
export function applicationOfDatagram(o: PacketOutline): ApplicationName | undefined {
  const dialect = DNS_DIALECTS.get(o.destinationPort) ?? DNS_DIALECTS.get(o.sourcePort);
  if (dialect !== undefined) {
    // Whole messages were read to their end already, to see whether anything is wrong with them.
    const isRead = o.payloadProblem === undefined && o.payloadEnd - o.payloadAt === o.payloadLength;
    return isRead || looksLikeDns(o.transportBytes, o.payloadAt, o.payloadEnd) ? DNS_NAMES[dialect] : undefined;
  }
  if (isOn(o, DHCP_PORTS)) return isDhcp(o) ? "DHCP" : undefined;
  if (isOn(o, DHCPV6_PORTS)) return isDhcpv6(o) ? "DHCPv6" : undefined;
  return undefined;
}

function isOn({ sourcePort, destinationPort }: PacketOutline, { client, server }: Ports): boolean {
  return sourcePort === client || sourcePort === server || destinationPort === client || destinationPort === server;
}

function isDhcp({ transportView: view, payloadAt: at, payloadEnd: end }: PacketOutline): boolean {
  if (end - at < dhcp.fixedLength) return false;
  const operation = view.getUint8(at);
  return (operation === 1 || operation === 2) && view.getUint32(at + dhcpOffsets.magicCookie) === DHCP_MAGIC_COOKIE;
}

function isDhcpv6({ transportView: view, payloadAt: at, payloadEnd: end }: PacketOutline): boolean {
  if (end - at < DHCPV6_HEADER) return false;
  const type = view.getUint8(at);
  return type >= 1 && type <= LAST_DHCPV6_TYPE;
}

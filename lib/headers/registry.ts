/** Every protocol that has a table, and which of them a number announces. A protocol is added here, in one line. */
import { arp } from "./arp.ts";
import { dhcp } from "./dhcp.ts";
import { dns, llmnr, mdns } from "./dns/dns.ts";
import { ethernet } from "./ethernet.ts";
import type { NumberSpace } from "./fields.ts";
import { geneve } from "./geneve.ts";
import { gre } from "./gre.ts";
import { gtpu } from "./gtpu.ts";
import { hasRequiredValues } from "./header-fields-at.ts";
import type { AnyHeader } from "./header-table.ts";
import { icmp } from "./icmp.ts";
import { icmpv6 } from "./icmpv6.ts";
import { igmp, igmpQuery, igmpReport } from "./igmp.ts";
import { ipv4 } from "./ipv4.ts";
import { fragment, ipv6 } from "./ipv6.ts";
import { authentication, destinationOptions, hopByHop, routing } from "./ipv6-extensions.ts";
import { llc } from "./llc.ts";
import { loopback, openBsdLoopback } from "./loopback.ts";
import { etherIp, ethernetControlWord, mpls } from "./mpls.ts";
import { compressedPpp, framedPpp, ppp, pppoe } from "./ppp.ts";
import { sctp } from "./sctp.ts";
import { sll, sll2 } from "./sll.ts";
import { tcp } from "./tcp.ts";
import { udp } from "./udp.ts";
import { udpLite } from "./udp-lite.ts";
import { serviceTag, vlan } from "./vlan.ts";
import { vxlan } from "./vxlan.ts";

/** Those nearest to the wire first. */
const HEADERS: readonly AnyHeader[] = [
  ethernet,
  vlan,
  serviceTag,
  llc,
  loopback,
  openBsdLoopback,
  sll,
  sll2,
  arp,
  pppoe,
  ppp,
  compressedPpp,
  framedPpp,
  mpls,
  ethernetControlWord,
  ipv4,
  ipv6,
  hopByHop,
  routing,
  fragment,
  destinationOptions,
  authentication,
  etherIp,
  gre,
  icmp,
  icmpv6,
  igmp,
  igmpQuery,
  igmpReport,
  tcp,
  udp,
  udpLite,
  sctp,
  dns,
  mdns,
  llmnr,
  dhcp,
  vxlan,
  geneve,
  gtpu,
];

/** Kinds of layers from here on are given to protocols that do not ask for one. */
export const FIRST_FREE_KIND = 64;

const KINDS: ReadonlyMap<AnyHeader, number> = new Map(
  HEADERS.map((header, index) => [header, header.kind ?? FIRST_FREE_KIND + index]),
);
const BY_KIND: ReadonlyMap<number, AnyHeader> = new Map(HEADERS.map((header) => [kindOf(header), header]));
const BY_NUMBER: ReadonlyMap<NumberSpace, ReadonlyMap<number, AnyHeader>> = listByNumber();

function listByNumber(): Map<NumberSpace, Map<number, AnyHeader>> {
  const spaces = new Map<NumberSpace, Map<number, AnyHeader>>();
  for (const header of HEADERS) {
    for (const [space, numbers] of Object.entries(header.follows ?? {})) {
      const list = spaces.get(space as NumberSpace) ?? new Map<number, AnyHeader>();
      // Of several, the first: it knows the others, and which of them it is.
      for (const number of [numbers].flat()) if (!list.has(number)) list.set(number, header);
      spaces.set(space as NumberSpace, list);
    }
  }
  return spaces;
}

/** All headers that there are, those nearest to the wire first. */
export function allHeaders(): readonly AnyHeader[] {
  return HEADERS;
}

/** The number of the kind of a protocol's layers: of `LayerKind`, or one of its own. */
export function kindOf(header: AnyHeader): number {
  return KINDS.get(header)!;
}

export function headerOfKind(kind: number): AnyHeader | undefined {
  return BY_KIND.get(kind);
}

/** The protocol that a number announces. */
export function headerFor(space: NumberSpace, number: number): AnyHeader | undefined {
  return BY_NUMBER.get(space)?.get(number);
}

/** The protocol that a number announces, by its first bytes too. @param end of what is there @param wireEnd and of what was */
export function headerAt(
  space: NumberSpace,
  number: number,
  view: DataView,
  at: number,
  end: number,
  wireEnd = end,
): AnyHeader | undefined {
  const header = headerFor(space, number);
  return end > at ? (header?.variantAt?.(view, at, wireEnd) ?? header) : header;
}

/** Whether it is a message that a transport carries, and not a header of a layer of its own, which says what follows it. */
export function isMessage({ follows, next, announcer }: AnyHeader): boolean {
  const hasPort = follows?.udpPort !== undefined || follows?.tcpPort !== undefined;
  return hasPort && next === undefined && announcer === undefined;
}

interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** The protocol of the messages that a packet carries: that of the port it goes to, or else of the one it comes from. */
export function messageHeader(
  space: "udpPort" | "tcpPort",
  { destinationPort, sourcePort }: Ports,
): AnyHeader | undefined {
  return messageOn(space, destinationPort) ?? messageOn(space, sourcePort);
}

/**
 * The tunnel that a datagram carries, by its ports; undefined where they are those of none. Of two ports that are known, the
 * lower one counts, as in Wireshark, unless its header cannot be what begins at `at`.
 *
 * @param byPort what is known of the tunnels on ports of UDP, and null for those of messages
 * @param canBeAt whether the header of a tunnel can be what begins at `at`
 * @param end of what stands there
 */
export function tunnelOn<Tunnel>(
  sourcePort: number,
  destinationPort: number,
  byPort: ReadonlyMap<number, Tunnel | null>,
  canBeAt: (tunnel: Tunnel, view: DataView, at: number, end: number) => boolean,
  view: DataView,
  at: number,
  end: number,
): Tunnel | undefined {
  const [from, to] = [byPort.get(sourcePort), byPort.get(destinationPort)];
  if (from === undefined && to === undefined) return undefined;
  const [lower, higher] = sourcePort < destinationPort ? [from, to] : [to, from];
  if (lower === null) return undefined;
  if (lower !== undefined && canBeAt(lower, view, at, end)) return lower;
  return higher ?? lower;
}

/** What `tunnelOn` asks for, of whatever is known of each header. */
export function tunnelsByPort<Tunnel>(known: (header: AnyHeader) => Tunnel): ReadonlyMap<number, Tunnel | null> {
  const ports = [...(BY_NUMBER.get("udpPort") ?? [])];
  return new Map(ports.map(([port, header]) => [port, isMessage(header) ? null : known(header)]));
}

const TUNNELS = tunnelsByPort((header) => header);

/** The protocol of what a datagram carries, a tunnel or messages, by its ports. @param end of what stands at `at` */
export function headerInDatagram(ports: Ports, view: DataView, at: number, end: number): AnyHeader | undefined {
  const { sourcePort, destinationPort } = ports;
  const tunnel = tunnelOn(sourcePort, destinationPort, TUNNELS, hasRequiredValues, view, at, end);
  if (tunnel !== undefined && hasRequiredValues(tunnel, view, at, end)) return tunnel;
  return messageHeader("udpPort", ports);
}

function messageOn(space: "udpPort" | "tcpPort", port: number): AnyHeader | undefined {
  const header = headerFor(space, port);
  return header !== undefined && isMessage(header) ? header : undefined;
}

/** For every port of UDP whether a table has it: datagrams come by the million, and most are of ports that none has. */
const KNOWN_UDP_PORTS = new Uint8Array(0x1_0000);
for (const port of BY_NUMBER.get("udpPort")?.keys() ?? []) KNOWN_UDP_PORTS[port] = 1;

/** Whether one of these two ports of UDP is that of a message or a tunnel with a table. */
export function isOnKnownPort(sourcePort: number, destinationPort: number): boolean {
  return (KNOWN_UDP_PORTS[sourcePort]! | KNOWN_UDP_PORTS[destinationPort]!) !== 0;
}

/** What ICMP's types and codes say, for people (RFC 792, RFC 1122, RFC 1812, RFC 4443). */
import { formatIp } from "../headers/address.ts";
import { IpProtocol } from "../headers/assigned-numbers.ts";
import type { IcmpError } from "../streams/control/icmp-errors.ts";
import type { QuotedPacket } from "../streams/control/icmp-packet.ts";
import { count, firstOf, formatSocket, plural, streamTitle } from "./wording.ts";

const MOST_FRAMES = 6;

const UNREACHABLE_4: Readonly<Record<number, string>> = {
  0: "network unreachable",
  1: "host unreachable",
  2: "protocol unreachable",
  3: "port unreachable",
  4: "fragmentation needed",
  5: "source route failed",
  6: "destination network unknown",
  7: "destination host unknown",
  9: "network prohibited by an administrator",
  10: "host prohibited by an administrator",
  13: "communication prohibited by an administrator",
};

const UNREACHABLE_6: Readonly<Record<number, string>> = {
  0: "no route to the destination",
  1: "prohibited by an administrator",
  2: "beyond the scope of the source address",
  3: "address unreachable",
  4: "port unreachable",
  5: "source address refused by a policy",
  6: "route rejected",
};

const REASONS_4: Readonly<Record<number, string>> = {
  0: "the router knows no way to that network",
  1: "the last router finds no such host: it does not answer to ARP, or is off",
  2: "the host does not speak that protocol",
  3: "nobody listens on that port, or a firewall refuses in its place",
  4: "the packet is too large for the next link and may not be cut",
  9: "a firewall refuses it",
  10: "a firewall refuses it",
  13: "a firewall refuses it",
};

const REASONS_6: Readonly<Record<number, string>> = {
  0: "the router knows no way there",
  1: "a firewall refuses it",
  3: "the last router finds no such host: it does not answer to neighbour solicitations, or is off",
  4: "nobody listens on that port, or a firewall refuses in its place",
};

export function unreachableName(version: 4 | 6, code: number): string {
  return (version === 4 ? UNREACHABLE_4 : UNREACHABLE_6)[code] ?? `unreachable, code ${code}`;
}

const TIME_EXCEEDED = [
  "time exceeded, the packet used up its hops on the way: it was sent not to go further, or goes round in a circle.",
  "time exceeded, fragments of a packet were missing when the time to wait for them was over.",
];

/** What an error says, and why. */
export function icmpErrorText({ version, type, code, mtu }: IcmpError): string {
  if (type === (version === 4 ? 3 : 1)) {
    const reason = (version === 4 ? REASONS_4 : REASONS_6)[code];
    const limit = mtu === undefined ? "" : ` The next link takes ${plural(mtu, "byte")}.`;
    return `${unreachableName(version, code)}${reason === undefined ? "" : `: ${reason}`}.${limit}`;
  }
  if (type === (version === 4 ? 11 : 3)) return TIME_EXCEEDED[code] ?? `time exceeded, code ${code}.`;
  if (version === 6 && type === 2) {
    return `packet too big: the next link takes ${plural(mtu ?? 0, "byte")}, and routers of IPv6 cut nothing.`;
  }
  if (version === 4 && type === 4)
    return "source quench: the sender is to slow down, which nobody does any more (RFC 6633).";
  return "parameter problem: a field of the packet's header is not understood.";
}

const TYPES_4: Readonly<Record<number, string>> = {
  9: "router advertisements",
  10: "router solicitations",
  13: "timestamp requests",
  14: "timestamp replies",
  17: "address mask requests",
  18: "address mask replies",
};

const TYPES_6: Readonly<Record<number, string>> = {
  130: "multicast listener queries",
  131: "multicast listener reports",
  132: "multicast listener done",
  133: "router solicitations",
  143: "multicast listener reports, version 2",
};

/** The name of messages that are merely counted. */
export function icmpTypeName(version: 4 | 6, type: number): string {
  const name = (version === 4 ? TYPES_4 : TYPES_6)[type];
  return name ?? `${version === 4 ? "ICMP" : "ICMPv6"} messages of type ${type}`;
}

/** "It quotes the UDP datagram 10.0.0.1:5000 to 10.0.0.2:53 of frame 1 (UDP stream 0)." */
export function quotedText(quoted: QuotedPacket, frames: readonly number[], total: number): string {
  const { protocol, sourcePort, destinationPort, stream, number } = quoted;
  const known = frames.filter((frame) => frame !== 0);
  const where =
    known.length === 0
      ? ""
      : ` of frame${total === 1 ? "" : "s"} ${firstOf(known, MOST_FRAMES, known.length === frames.length ? total : known.length)}`;
  const kind =
    protocol === IpProtocol.TCP
      ? "TCP segment"
      : protocol === IpProtocol.UDP
        ? "UDP datagram"
        : `${protocolName(protocol)} packet`;
  const noun = total === 1 ? `the ${kind}` : `${count(total)} ${kind}s`;
  const ends = `${endText(quoted.source, sourcePort)} to ${endText(quoted.destination, destinationPort)}`;
  const sequence =
    protocol === IpProtocol.TCP && number !== undefined && total === 1
      ? `, sequence number ${count(number)} as it stands in the header`
      : "";
  const stranger = stream === undefined ? "" : ` (${streamTitle(stream)}${sequence})`;
  return `It quotes ${noun} ${ends}${where}${stranger}.`;
}

function protocolName(protocol: number): string {
  if (protocol === IpProtocol.ICMP) return "ICMP";
  return protocol === IpProtocol.IPV6_ICMP ? "ICMPv6" : `IP protocol ${protocol}`;
}

function endText(address: QuotedPacket["source"], port: number | undefined): string {
  return port === undefined ? formatIp(address) : formatSocket({ address, port });
}

import { LayerKind, Verdict } from "../dissect/layer-kinds.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { boolean, type FilterField, finding, number, ofType, protocol, UINT8, UINT16 } from "./field-types.ts";
import { byteAt, inHeader, ipv6At, type NumberReader, shortAt, wordAt } from "./readers.ts";

const { IPV4, IPV6, ICMP, ICMPV6 } = LayerKind;

const inIpv4 = (...read: ReturnType<typeof byteAt>[]) => inHeader(IPV4, 20, ...read);
const inIpv6 = (...read: ReturnType<typeof byteAt>[]) => inHeader(IPV6, 40, ...read);

/** The numbers that Wireshark has for what became of a checksum, and their names. */
const STATUS_NAMES: ReadonlyMap<string, number> = new Map([
  ["bad", 0],
  ["good", 1],
  ["unverified", 2],
  ["not present", 3],
]);

function statusOf(verdict: Verdict): number {
  if (verdict === Verdict.BAD) return 0;
  if (verdict === Verdict.ABSENT) return 3;
  return verdict === Verdict.GOOD || verdict === Verdict.PARTIAL ? 1 : 2;
}

/** The status of a checksum, where there is a header that can hold one. */
export function checksumStatus(
  name: string,
  kind: LayerKind,
  needed: number,
  verdictIn: (o: PacketOutline) => Verdict,
): FilterField {
  const read: NumberReader = ({ outline: o }, into) => {
    const layer = o.indexOf(kind);
    const isThere = layer >= 0 && layer < o.quotedLayer && o.ends[layer]! - o.starts[layer]! >= needed;
    if (isThere) into.push(statusOf(verdictIn(o)));
  };
  return { ...number(name, UINT8, "0 bad, 1 good, 2 unverified, 3 not present", read), names: STATUS_NAMES };
}

/** Network headers, and ICMP, which belongs to them. */
export const NETWORK_FIELDS: readonly FilterField[] = [
  protocol("ip", "IPv4", IPV4),
  number("ip.version", 15, "4", inIpv4(byteAt(0, 4))),
  number(
    "ip.hdr_len",
    UINT8,
    "bytes of the IPv4 header",
    inIpv4((bytes, at) => (bytes[at]! & 0xf) * 4),
  ),
  number("ip.dsfield", UINT8, "DSCP and ECN together", inIpv4(byteAt(1))),
  number("ip.dsfield.dscp", 63, "differentiated services codepoint", inIpv4(byteAt(1, 2))),
  number("ip.dsfield.ecn", 3, "explicit congestion notification", inIpv4(byteAt(1, 0, 3))),
  number("ip.len", UINT16, "total length, header included", inIpv4(shortAt(2))),
  number("ip.id", UINT16, "identification", inIpv4(shortAt(4))),
  boolean("ip.flags.df", "don't fragment", inIpv4(byteAt(6, 6, 1))),
  boolean("ip.flags.mf", "more fragments", inIpv4(byteAt(6, 5, 1))),
  number("ip.frag_offset", 0x1fff, "fragment offset in units of 8 bytes", inIpv4(shortAt(6, 0, 0x1fff))),
  number("ip.ttl", UINT8, "time to live", inIpv4(byteAt(8))),
  number("ip.proto", UINT8, "protocol number: 1 ICMP, 6 TCP, 17 UDP", inIpv4(byteAt(9))),
  number("ip.checksum", UINT16, "header checksum", inIpv4(shortAt(10))),
  checksumStatus("ip.checksum.status", IPV4, 20, (o) => o.ipv4Checksum),
  finding("ip.checksum_bad.expert", "the header checksum is wrong"),
  ofType("ipv4", "ip.src", "source", inIpv4(wordAt(12))),
  ofType("ipv4", "ip.dst", "destination", inIpv4(wordAt(16))),
  ofType("ipv4", "ip.addr", "source or destination, as in ip.addr == 10.0.0.0/8", inIpv4(wordAt(12), wordAt(16))),

  protocol("ipv6", "IPv6", IPV6),
  number("ipv6.version", 15, "6", inIpv6(byteAt(0, 4))),
  number("ipv6.tclass", UINT8, "traffic class", inIpv6(shortAt(0, 4, 0xff))),
  number("ipv6.flow", 0xf_ffff, "flow label", inIpv6(flowLabel)),
  number("ipv6.plen", UINT16, "payload length", inIpv6(shortAt(4))),
  number("ipv6.nxt", UINT8, "next header, as the fixed header has it", inIpv6(byteAt(6))),
  number("ipv6.hlim", UINT8, "hop limit", inIpv6(byteAt(7))),
  ofType("ipv6", "ipv6.src", "source", inIpv6(...ipv6At(8))),
  ofType("ipv6", "ipv6.dst", "destination", inIpv6(...ipv6At(24))),
  ofType("ipv6", "ipv6.addr", "source or destination", inIpv6(...ipv6At(8), ...ipv6At(24))),

  protocol("icmp", "ICMP", ICMP),
  number("icmp.type", UINT8, "8 echo request, 0 reply, 3 unreachable", inHeader(ICMP, 1, byteAt(0))),
  number("icmp.code", UINT8, "code within the type", inHeader(ICMP, 2, byteAt(1))),
  number("icmp.checksum", UINT16, "checksum", inHeader(ICMP, 4, shortAt(2))),
  checksumStatus("icmp.checksum.status", ICMP, 4, (o) => o.icmpChecksum),
  finding("icmp.checksum_bad", "the checksum is wrong"),
  protocol("icmpv6", "ICMPv6", ICMPV6),
  number("icmpv6.type", UINT8, "128 echo request, 129 reply", inHeader(ICMPV6, 1, byteAt(0))),
  number("icmpv6.code", UINT8, "code within the type", inHeader(ICMPV6, 2, byteAt(1))),
  number("icmpv6.checksum", UINT16, "checksum", inHeader(ICMPV6, 4, shortAt(2))),
  checksumStatus("icmpv6.checksum.status", ICMPV6, 4, (o) => o.icmpChecksum),
  finding("icmpv6.checksum_bad.expert", "the checksum is wrong"),
];

function flowLabel(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1]! & 0xf) << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

import { ipv4Verdict, quotedVerdict } from "../dissect/header-checksums.ts";
import { LayerKind, Verdict } from "../dissect/layer-kinds.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { lengthOfIpv4 } from "../dissect/packet-length.ts";
import { endOfSourceRoute } from "../headers/source-route.ts";
import { boolean, type FilterField, finding, number, ofType, protocol, UINT8, UINT16, UINT32 } from "./field-types.ts";
import { both, byteAt, inHeader, ipv6At, type NumberReader, shortAt, wordAt } from "./readers.ts";
import type { FilterSubject } from "./subject.ts";
import type { NumberValues } from "./values.ts";

const { IPV4, IPV6, ICMP, ICMPV6 } = LayerKind;

/** @param needed bytes of the header: one that was cut off has the fields before the cut */
const inIpv4 = (needed: number, ...read: ReturnType<typeof byteAt>[]) => inHeader(IPV4, needed, ...read);
const inIpv6 = (needed: number, ...read: ReturnType<typeof byteAt>[]) => inHeader(IPV6, needed, ...read);

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

/** The status of the checksum in every header that can hold one. */
export function checksumStatus(
  name: string,
  kind: LayerKind,
  needed: number,
  verdictIn: (o: PacketOutline, layer: number) => Verdict,
): FilterField {
  const read: NumberReader = ({ outline: o }, into) => {
    for (let layer = 0; layer < o.layerCount; layer++) {
      if (o.kinds[layer] !== kind || o.ends[layer]! - o.starts[layer]! < needed) continue;
      into.push(statusOf(layer < o.quotedLayer ? verdictIn(o, layer) : quotedVerdict(o, layer)));
    }
  };
  return { ...number(name, UINT8, "0 bad, 1 good, 2 unverified, 3 not present", read), names: STATUS_NAMES };
}

/** Network headers, and ICMP, which belongs to them. */
export const NETWORK_FIELDS: readonly FilterField[] = [
  protocol("ip", "IPv4", IPV4),
  number("ip.version", 15, "4, or 6 in the header of IPv6", both(inIpv4(1, byteAt(0, 4)), inIpv6(1, byteAt(0, 4)))),
  number(
    "ip.hdr_len",
    UINT8,
    "bytes of the IPv4 header",
    inIpv4(1, (bytes, at) => (bytes[at]! & 0xf) * 4),
  ),
  number("ip.dsfield", UINT8, "DSCP and ECN together", inIpv4(2, byteAt(1))),
  number("ip.dsfield.dscp", 63, "differentiated services codepoint", inIpv4(2, byteAt(1, 2))),
  number("ip.dsfield.ecn", 3, "explicit congestion notification", inIpv4(2, byteAt(1, 0, 3))),
  number("ip.len", UINT32, "total length, header included; where it is 0, that of the frame counts", totalLengths),
  number("ip.id", UINT16, "identification", inIpv4(6, shortAt(4))),
  boolean("ip.flags.df", "don't fragment", inIpv4(8, byteAt(6, 6, 1))),
  boolean("ip.flags.mf", "more fragments", inIpv4(8, byteAt(6, 5, 1))),
  number("ip.frag_offset", 0x1fff, "fragment offset in units of 8 bytes", inIpv4(8, shortAt(6, 0, 0x1fff))),
  number("ip.ttl", UINT8, "time to live", inIpv4(9, byteAt(8))),
  number("ip.proto", UINT8, "protocol number: 1 ICMP, 6 TCP, 17 UDP", inIpv4(10, byteAt(9))),
  number("ip.checksum", UINT16, "header checksum", inIpv4(12, shortAt(10))),
  checksumStatus("ip.checksum.status", IPV4, 20, ipv4Verdict),
  finding("ip.checksum_bad.expert", "the header checksum is wrong"),
  finding("ip.opt.len.invalid", "an option has a length that its kind cannot have"),
  finding("ip.subopt_too_long", "an option ends within one of its addresses or times"),
  ofType("ipv4", "ip.src", "source", inIpv4(16, wordAt(12))),
  ofType("ipv4", "ip.dst", "destination; of a source route, its end", destinations),
  ofType(
    "ipv4",
    "ip.addr",
    "source or destination, as in ip.addr == 10.0.0.0/8",
    both(inIpv4(16, wordAt(12)), destinations),
  ),

  protocol("ipv6", "IPv6", IPV6),
  number("ipv6.version", 15, "6", inIpv6(1, byteAt(0, 4))),
  number("ipv6.tclass", UINT8, "traffic class", inIpv6(4, shortAt(0, 4, 0xff))),
  number("ipv6.flow", 0xf_ffff, "flow label", inIpv6(4, flowLabel)),
  number("ipv6.plen", UINT16, "payload length", inIpv6(7, shortAt(4))),
  number("ipv6.nxt", UINT8, "next header, as the fixed header has it", inIpv6(7, byteAt(6))),
  number("ipv6.hlim", UINT8, "hop limit", inIpv6(8, byteAt(7))),
  ofType("ipv6", "ipv6.src", "source", inIpv6(24, ...ipv6At(8))),
  ofType("ipv6", "ipv6.dst", "destination", inIpv6(40, ...ipv6At(24))),
  ofType("ipv6", "ipv6.addr", "source or destination", both(inIpv6(24, ...ipv6At(8)), inIpv6(40, ...ipv6At(24)))),

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

/** Wireshark shows the last stop of a source route for the destination, which the header has once it gets there. */
function destinations({ outline: o }: FilterSubject, into: NumberValues): void {
  for (let layer = 0; layer < o.layerCount; layer++) {
    const at = o.starts[layer]!;
    const end = o.ends[layer]!;
    if (o.kinds[layer] !== IPV4 || end - at < 20) continue;
    const bytes = layer >= o.datagramLayer ? o.datagram : o.bytes;
    // Without all of the options nothing is known of a route.
    const length = (bytes[at]! & 0xf) * 4;
    if (end - at >= length) into.push(wordAt(0)(bytes, endOfSourceRoute(bytes, at + 20, at + length) || at + 16));
  }
}

function totalLengths({ outline: o }: FilterSubject, into: NumberValues): void {
  for (let layer = 0; layer < o.layerCount; layer++) {
    if (o.kinds[layer] === IPV4 && o.ends[layer]! - o.starts[layer]! >= 4) into.push(lengthOfIpv4(o, layer));
  }
}

function flowLabel(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1]! & 0xf) << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

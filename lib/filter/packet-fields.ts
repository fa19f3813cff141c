/** Fields of the frame as such, and those of link and network headers that need more than the table of one header: both versions of IP, routes, findings. */
import { lengthOfIpv4 } from "../dissect/packet-bounds.ts";
import { arpOffsets } from "../headers/arp.ts";
import { ethernetOffsets, LOWEST_ETHER_TYPE } from "../headers/ethernet.ts";
import { ETHERNET_HEADER_LENGTH, IPV4_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { ipv4Offsets } from "../headers/ipv4.ts";
import { endOfSourceRoute } from "../headers/ipv4-options.ts";
import { LayerKind } from "../headers/layer.ts";
import { LARGEST_PLAUSIBLE_FAMILY } from "../headers/loopback.ts";
import { type FilterField, finding, number, ofType, UINT16, UINT32 } from "./field-types.ts";
import type { NumberValues } from "./readers.ts";
import { both, byteAt, comments, inArp, inHeader, macAt, ofSubject, shortAt, wholeFrame, wordAt } from "./readers.ts";
import type { FilterSubject } from "./subject.ts";

const { ETHERNET, IPV4, IPV6, NULL, LOOP } = LayerKind;

const source = inHeader(IPV4, ipv4Offsets.source + 4, wordAt(ipv4Offsets.source));

const NANOSECONDS = 1_000_000_000;

export const PACKET_FIELDS: readonly FilterField[] = [
  { name: "frame", type: "protocol", meaning: "any frame; with contains and matches, all its bytes", read: wholeFrame },
  number(
    "frame.number",
    UINT32,
    "number of the frame in the capture, from 1",
    ofSubject((s) => s.frameNumber),
  ),
  number(
    "frame.len",
    UINT32,
    "bytes of the frame on the wire",
    ofSubject((s) => s.outline.wireLength),
  ),
  number(
    "frame.cap_len",
    UINT32,
    "bytes of the frame in the capture",
    ofSubject((s) => s.outline.end - s.outline.start),
  ),
  ofType("time", "frame.time_epoch", "seconds since 1970", (s, into) => {
    if (!s.hasTime) return;
    into.push(s.seconds);
    into.push(s.nanoseconds);
  }),
  ofType("time", "frame.time_relative", "seconds since the first frame", (s, into) => {
    if (s.relativeNanoseconds === undefined) return;
    const seconds = Math.floor(s.relativeNanoseconds / NANOSECONDS);
    into.push(seconds);
    into.push(s.relativeNanoseconds - seconds * NANOSECONDS);
  }),
  { name: "frame.comment", type: "string", meaning: "a comment on the frame", read: comments },
  finding("_ws.malformed", "a header cannot be what it claims"),

  number("eth.type", UINT16, "EtherType, as in eth.type == 0x0800", etherTypes),
  finding("eth.fcs_bad", "the frame check sequence is wrong"),
  number("null.family", UINT32, "address family of the packet", families),
  ofType("mac", "arp.src.hw_mac", "MAC address of the sender", inArp(macAt(arpOffsets.senderMac))),
  ofType("mac", "arp.dst.hw_mac", "MAC address of the target", inArp(macAt(arpOffsets.targetMac))),
  ofType("ipv4", "arp.src.proto_ipv4", "IPv4 address of the sender", inArp(wordAt(arpOffsets.senderIp))),
  ofType("ipv4", "arp.dst.proto_ipv4", "IPv4 address of the target", inArp(wordAt(arpOffsets.targetIp))),
  number(
    "ip.version",
    15,
    "4, or 6 in the header of IPv6",
    both(inHeader(IPV4, 1, byteAt(0, 4)), inHeader(IPV6, 1, byteAt(0, 4))),
  ),
  number("ip.len", UINT32, "total length, header included; where it is 0, that of the frame counts", totalLengths),
  finding("ip.checksum_bad.expert", "the header checksum is wrong"),
  finding("ip.opt.len.invalid", "an option has a length that its kind cannot have"),
  finding("ip.subopt_too_long", "an option ends within one of its addresses or times"),
  ofType("ipv4", "ip.dst", "destination; of a source route, its end", destinations),
  ofType("ipv4", "ip.addr", "source or destination, as in ip.addr == 10.0.0.0/8", both(source, destinations)),
  finding("icmp.checksum_bad", "the checksum is wrong"),
  finding("gre.checksum.incorrect", "the checksum is wrong"),
  finding("igmp.bad_checksum", "the checksum is wrong"),
  finding("sctp.checksum_bad.expert", "the checksum is wrong"),
  finding("icmpv6.checksum_bad.expert", "the checksum is wrong"),
];

/** Wireshark shows the last stop of a source route for the destination, which the header has once it gets there. */
function destinations({ outline: o }: FilterSubject, into: NumberValues): void {
  for (let layer = 0; layer < o.layerCount; layer++) {
    const at = o.starts[layer]!;
    const end = o.ends[layer]!;
    if (o.kinds[layer] !== IPV4 || end - at < IPV4_HEADER_LENGTH) continue;
    const bytes = layer >= o.datagramLayer ? o.datagram : o.bytes;
    // Without all of the options nothing is known of a route.
    const length = (bytes[at]! & 0xf) * 4;
    if (end - at >= length)
      into.push(
        wordAt(0)(bytes, endOfSourceRoute(bytes, at + IPV4_HEADER_LENGTH, at + length) || at + ipv4Offsets.destination),
      );
  }
}

function totalLengths({ outline: o }: FilterSubject, into: NumberValues): void {
  for (let layer = 0; layer < o.layerCount; layer++) {
    if (o.kinds[layer] === IPV4 && o.ends[layer]! - o.starts[layer]! >= 4) into.push(lengthOfIpv4(o, layer));
  }
}

function etherTypes({ outline: o }: FilterSubject, into: NumberValues): void {
  for (let layer = 0; layer < o.layerCount; layer++) {
    if (o.kinds[layer] !== ETHERNET || o.ends[layer]! - o.starts[layer]! < ETHERNET_HEADER_LENGTH) continue;
    const bytes = layer >= o.datagramLayer ? o.datagram : o.bytes;
    const type = shortAt(ethernetOffsets.etherType)(bytes, o.starts[layer]!);
    // What is below is the length of the data (IEEE 802.3).
    if (type >= LOWEST_ETHER_TYPE) into.push(type);
  }
}

/** In the byte order that makes the family a small number. */
function families({ outline: o }: FilterSubject, into: NumberValues): void {
  const kind = o.kinds[0];
  if (o.layerCount === 0 || (kind !== NULL && kind !== LOOP) || o.ends[0]! - o.starts[0]! < 4) return;
  const family = o.view.getUint32(o.starts[0]!, kind === NULL);
  into.push(family > LARGEST_PLAUSIBLE_FAMILY ? o.view.getUint32(o.starts[0]!, kind !== NULL) : family);
}

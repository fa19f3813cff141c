/** One packet or two over every link type, tagged, padded and cut off. */

import { type OddCapture, oddCapture } from "./odd-capture.ts";
import {
  ethernet,
  FOUR,
  hex,
  ip,
  ipv4,
  ipv6,
  join,
  LOCAL,
  letters,
  reversed,
  SIX,
  tag,
  tcp,
  u16,
  udp,
} from "./packet-bytes.ts";

const TCP4 = ip(FOUR, 6, tcp());
const UDP4 = ip(FOUR, 17, udp());
const TCP6 = ip(SIX, 6, tcp({ net: SIX }));
const UDP6 = ip(SIX, 17, udp({ net: SIX }));
const ALL = [TCP4, UDP4, TCP6, UDP6];
const ARP_REQUEST = hex("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002");
const SENDER = hex("020000000001");
const RECEIVER = hex("020000000002");

/** The header of Linux "cooked" captures, with an address of six bytes in the eight that there are. */
function sll(protocol: number, payload: Uint8Array): Uint8Array {
  return join(u16(4), u16(1), u16(6), SENDER, [0, 0], u16(protocol), payload);
}

function sll2(protocol: number, payload: Uint8Array): Uint8Array {
  return join(u16(protocol), [0, 0], [0, 0, 0, 3], u16(1), [4, 6], SENDER, [0, 0], payload);
}

function length8023(payload: Uint8Array): Uint8Array {
  return join(RECEIVER, SENDER, u16(payload.length), payload);
}

const SNAP_IPV4 = hex("aaaa03 000000 0800");
const SNAP_CISCO = hex("aaaa03 00000c 2000");
const SPANNING_TREE = hex("424203 0000 00 00 00 8000020000000001 00000000 8000020000000001 8001 0000 1400 0200 0f00");

export function linkCaptures(): OddCapture[] {
  return [
    oddCapture("Ethernet", 1, [...ALL.slice(0, 2).map((p) => ethernet(0x0800, p)), ethernet(0x86dd, TCP6)]),
    oddCapture("Ethernet, ARP and types that carry no IP", 1, [
      ethernet(0x0806, ARP_REQUEST),
      ethernet(0x0806, join(ARP_REQUEST, new Uint8Array(18))),
      ethernet(0x0806, ARP_REQUEST.subarray(0, 20)),
      ethernet(0x88b5, letters(40)),
      ethernet(0x0800, ARP_REQUEST),
      ethernet(0x86dd, TCP4),
      ethernet(0x0800, TCP6),
      RECEIVER,
      ethernet(0x0800, new Uint8Array(0)),
      new Uint8Array(0),
    ]),
    oddCapture("Ethernet, tags", 1, [
      ethernet(0x8100, join(tag(7, 0x0800), TCP4)),
      ethernet(0x8100, join(tag(0xefff, 0x86dd), UDP6)),
      ethernet(0x88a8, join(tag(100, 0x8100), tag(7, 0x0800), TCP4)),
      ethernet(0x9100, join(tag(100, 0x8100), tag(7, 0x0800), UDP4)),
      ethernet(0x8100, join(tag(1, 0x8100), tag(2, 0x8100), tag(3, 0x86dd), TCP6)),
      ethernet(0x8100, join(tag(7, 0x0806), ARP_REQUEST)),
      ethernet(0x8100, join(tag(7, TCP4.length + 8), SNAP_IPV4, TCP4)),
      ethernet(0x8100, hex("00")),
      ethernet(0x88a8, join(tag(1, 0x88a8), tag(2, 0x0800), UDP4)),
      ethernet(0x9200, join(tag(100, 0x0800), UDP4)),
    ]),
    oddCapture("IEEE 802.3 lengths", 1, [
      length8023(SPANNING_TREE),
      length8023(join(SNAP_IPV4, TCP4)),
      join(length8023(join(SNAP_IPV4, UDP4)), new Uint8Array(6)),
      length8023(join(SNAP_CISCO, letters(30))),
      length8023(join([0xe0, 0xe0, 3], letters(30))),
      length8023(join([0xff, 0xff], letters(30))),
      length8023(join([0x06, 0x06, 3], UDP4)),
      ethernet(0x05dc, TCP4),
      ethernet(0x05ff, TCP4),
    ]),
    oddCapture("NULL, both byte orders", 0, [
      join([2, 0, 0, 0], TCP4),
      join([0, 0, 0, 2], UDP4),
      ...[10, 24, 28, 30].map((family) => join([family, 0, 0, 0], TCP6)),
      ...[10, 24, 28, 30].map((family) => join([0, 0, 0, family], UDP6)),
      join([99, 0, 0, 0], TCP4),
      join([2, 0, 0, 0], ip(LOCAL, 6, tcp({ net: LOCAL }))),
      join([2, 0, 0, 0], ipv4({ protocol: 6, net: LOCAL, checksum: 0 }, tcp({ net: LOCAL }))),
      join([2, 0, 0, 0], ipv4({ protocol: 6, checksum: 0 }, tcp())),
      join([2, 0, 0, 0], TCP6),
      hex("0200"),
    ]),
    oddCapture("LOOP", 108, [join([0, 0, 0, 2], TCP4), join([0, 0, 0, 24], UDP6), join([2, 0, 0, 0], UDP4)]),
    oddCapture("RAW", 101, [...ALL, hex("00"), join([0x50], TCP4), new Uint8Array(0)]),
    oddCapture("RAW of OpenBSD", 14, ALL),
    oddCapture("RAW as old files have it", 12, ALL),
    oddCapture("IPV4", 228, [TCP4, UDP4, TCP6]),
    oddCapture("IPV6", 229, [TCP6, UDP6, TCP4]),
    oddCapture("SLL", 113, [
      sll(0x0800, TCP4),
      sll(0x86dd, UDP6),
      sll(0x0806, ARP_REQUEST),
      sll(0x8100, join(tag(7, 0x0800), UDP4)),
      sll(0x0004, SPANNING_TREE),
      sll(0x0001, letters(30)),
      sll(0x0800, TCP4).subarray(0, 12),
    ]),
    oddCapture("SLL2", 276, [
      sll2(0x0800, TCP4),
      sll2(0x86dd, UDP6),
      sll2(0x0806, ARP_REQUEST),
      sll2(0x8100, join(tag(7, 0x0800), UDP4)),
      sll2(0x0004, SPANNING_TREE),
      sll2(0x0800, TCP4).subarray(0, 18),
    ]),
    oddCapture("Ethernet, padding and trailers", 1, [
      ethernet(0x0800, join(ip(FOUR, 6, tcp({ flags: 0x10 }, new Uint8Array(0))), new Uint8Array(6))),
      ethernet(0x0800, join(ip(FOUR, 17, udp({}, letters(1))), new Uint8Array(17))),
      ethernet(0x0800, join(TCP4, letters(9))),
      ethernet(0x86dd, join(UDP6, new Uint8Array(4))),
      ethernet(0x86dd, join(ip(SIX, 6, tcp({ net: SIX, flags: 0x10 }, new Uint8Array(0))), letters(7))),
    ]),
    snapped(
      "Ethernet, cut off at every length",
      1,
      ethernet(0x0800, ip(FOUR, 6, tcp({ options: hex("0101080a0000000100000002") }, letters(30)))),
    ),
    snapped("Ethernet with UDP, cut off at every length", 1, ethernet(0x0800, UDP4)),
    snapped("Ethernet with IPv6, cut off at every length", 1, ethernet(0x86dd, TCP6)),
    snapped("SLL, cut off at every length", 113, sll(0x0800, UDP4)),
    snapped("Ethernet without the wire length, cut off at every length", 1, ethernet(0x0800, TCP4), false),
    oddCapture("Lengths beside those of the capture", 1, [
      ethernet(0x0800, ipv4({ protocol: 6, totalLength: 0 }, tcp())),
      ethernet(0x0800, ipv4({ protocol: 6, totalLength: 0, net: reversed(FOUR) }, tcp({}, letters(3000)))),
      ethernet(0x0800, ipv4({ protocol: 17, totalLength: 0 }, udp())),
      ethernet(0x0800, ipv4({ protocol: 6, totalLength: 200 }, tcp())),
      ethernet(0x0800, ipv4({ protocol: 6, totalLength: 50 }, tcp())),
      ethernet(0x0800, ipv4({ protocol: 6, totalLength: 30 }, tcp())),
      ethernet(0x0800, ipv4({ protocol: 6, totalLength: 20 }, tcp())),
      ethernet(0x0800, ipv4({ protocol: 6, totalLength: 19 }, tcp())),
      ethernet(0x0800, ipv4({ protocol: 17, totalLength: 200 }, udp())),
      ethernet(0x0800, ipv4({ protocol: 17, totalLength: 40 }, udp())),
      ethernet(0x0800, ipv4({ protocol: 17, totalLength: 25 }, udp())),
      ethernet(0x86dd, ipv6({ next: 6, payloadLength: 0 }, tcp({ net: SIX }))),
      ethernet(0x86dd, ipv6({ next: 6, payloadLength: 200 }, tcp({ net: SIX }))),
      ethernet(0x86dd, ipv6({ next: 6, payloadLength: 30 }, tcp({ net: SIX }))),
      ethernet(0x86dd, ipv6({ next: 17, payloadLength: 0 }, udp({ net: SIX }))),
      ethernet(0x86dd, ipv6({ next: 17, payloadLength: 4 }, udp({ net: SIX }))),
      ethernet(0x0800, ipv4({ protocol: 6, headerLength: 4 }, tcp())),
      ethernet(0x0800, ipv4({ protocol: 6, headerLength: 15 }, tcp())),
    ]),
  ];
}

/** The frame as often as it has bytes, one more captured each time. */
function snapped(name: string, linkType: number, frame: Uint8Array, withWireLength = true): OddCapture {
  const cuts = Array.from({ length: frame.length + 1 }, (_, length) => frame.subarray(0, length));
  return oddCapture(name, linkType, cuts, withWireLength ? frame.length : undefined);
}

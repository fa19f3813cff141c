/** ICMP and what it quotes, options, fragments, extension headers, tunnels. */

import { type OddCapture, oddCapture } from "./odd-capture.ts";
import {
  ethernet,
  FOUR,
  hex,
  icmp,
  icmpv6,
  ip,
  ipv4,
  ipv6,
  join,
  letters,
  type Net,
  PORTS,
  reversed,
  SIX,
  tcp,
  u16,
  u32,
  udp,
} from "./packet-bytes.ts";

const four = (packet: Uint8Array) => ethernet(0x0800, packet);
const six = (packet: Uint8Array) => ethernet(0x86dd, packet);
const back = (port: number): readonly [number, number] => [PORTS[1], port];

const TCP4 = ip(FOUR, 6, tcp());
const UDP4 = ip(FOUR, 17, udp());
const TCP6 = ip(SIX, 6, tcp({ net: SIX }));
const UDP6 = ip(SIX, 17, udp({ net: SIX }));
const BACK = reversed(FOUR);
const BACK6 = reversed(SIX);

/** An error of ICMP that quotes so many bytes of a packet. */
function error4(type: number, code: number, quoted: Uint8Array, rest = 0): Uint8Array {
  return four(ip(BACK, 1, icmp(type, code, join(u32(rest), quoted))));
}

function error6(type: number, code: number, quoted: Uint8Array, rest = 0): Uint8Array {
  return six(ip(BACK6, 58, icmpv6(type, code, join(u32(rest), quoted), "good", BACK6)));
}

const unseenTcp = ip(FOUR, 6, tcp({ ports: [49_201, 50_000] }));
const unseenUdp = ip(FOUR, 17, udp({ ports: [49_202, 50_000] }));

function icmpCaptures(): OddCapture[] {
  return [
    oddCapture("ICMP echo, timestamps and unknown types", 1, [
      four(ip(FOUR, 1, icmp(8, 0, join(u16(1), u16(1), letters(32))))),
      four(ip(BACK, 1, icmp(0, 0, join(u16(1), u16(1), letters(32))))),
      four(ip(FOUR, 1, icmp(8, 0, join(u16(1), u16(2), letters(31)), "bad"))),
      four(ip(FOUR, 1, icmp(13, 0, join(u16(1), u16(3), u32(1), u32(0), u32(0))))),
      four(ip(FOUR, 1, icmp(200, 7, letters(8)))),
      four(ip(FOUR, 1, hex("0800"))),
      four(ip(FOUR, 1, new Uint8Array(0))),
    ]),
    oddCapture("ICMP errors that quote flows seen before and not seen", 1, [
      four(TCP4),
      four(UDP4),
      error4(3, 1, TCP4.subarray(0, 28)),
      error4(3, 3, UDP4),
      error4(3, 4, TCP4, 1400),
      error4(3, 1, unseenTcp.subarray(0, 28)),
      error4(3, 3, unseenUdp),
      // What streams come next shows whether quotations count.
      four(ip(FOUR, 6, tcp({ ports: [49_203, 50_000] }))),
      four(ip(FOUR, 17, udp({ ports: [49_203, 50_000] }))),
      four(unseenTcp),
      four(unseenUdp),
      error4(11, 0, TCP4.subarray(0, 40)),
      error4(5, 1, UDP4, 0x0a000003),
      error4(12, 0, UDP4.subarray(0, 28)),
      error4(4, 0, UDP4.subarray(0, 28)),
      error4(3, 1, TCP4.subarray(0, 10)),
      error4(3, 1, new Uint8Array(0)),
      error4(3, 1, ip(FOUR, 1, icmp(8, 0, join(u32(7), letters(8))))),
      error4(3, 2, error4(3, 1, TCP4).subarray(14)),
      four(ip(BACK, 6, tcp({ net: BACK, ports: back(49_203) }))),
    ]),
    // Each error quotes a flow of its own, one byte more of it; behind it goes a flow that shows what stream comes next.
    oddCapture(
      "ICMP errors that quote more and more of TCP flows not seen",
      1,
      Array.from({ length: 25 }, (_, length) => [
        error4(3, 1, ip(FOUR, 6, tcp({ ports: [51_000 + length, 50_000] })).subarray(0, 20 + length)),
        four(ip(FOUR, 6, tcp({ ports: [52_000 + length, 50_000] }))),
      ]).flat(),
    ),
    oddCapture(
      "ICMP errors that quote more and more of UDP flows not seen",
      1,
      Array.from({ length: 12 }, (_, length) => [
        error4(3, 3, ip(FOUR, 17, udp({ ports: [51_000 + length, 50_000] })).subarray(0, 20 + length)),
        four(ip(FOUR, 17, udp({ ports: [52_000 + length, 50_000] }))),
      ]).flat(),
    ),
    oddCapture("ICMPv6", 1, [
      six(ip(SIX, 58, icmpv6(128, 0, join(u16(1), u16(1), letters(32))))),
      six(ip(BACK6, 58, icmpv6(129, 0, join(u16(1), u16(1), letters(32)), "good", BACK6))),
      six(ip(SIX, 58, icmpv6(128, 0, join(u16(1), u16(2), letters(9)), "bad"))),
      six(ip(SIX, 58, icmpv6(135, 0, join(u32(0), SIX.destination, hex("0101020000000001"))))),
      six(ip(SIX, 58, icmpv6(136, 0, join(u32(0x60000000), SIX.destination, hex("0201020000000002"))))),
      six(ip(SIX, 58, icmpv6(133, 0, join(u32(0))))),
      six(TCP6),
      six(UDP6),
      error6(1, 4, UDP6),
      error6(2, 0, TCP6, 1280),
      error6(3, 0, TCP6.subarray(0, 48)),
      error6(4, 1, UDP6, 40),
      error6(1, 0, ip(SIX, 6, tcp({ net: SIX, ports: [49_201, 50_000] }))),
      six(ip(SIX, 6, tcp({ net: SIX, ports: [49_203, 50_000] }))),
      six(ip(SIX, 58, hex("8000"))),
    ]),
    oddCapture("Tunnels", 1, [
      four(ipv4({ protocol: 4 }, TCP4)),
      four(ipv4({ protocol: 41 }, TCP6)),
      four(ipv4({ protocol: 4, net: BACK }, ipv4({ protocol: 4 }, UDP4))),
      six(ipv6({ next: 4 }, UDP4)),
      six(ipv6({ next: 41 }, UDP6)),
      four(ipv4({ protocol: 4 }, error4(3, 1, TCP4).subarray(14))),
      four(ipv4({ protocol: 4 }, TCP6)),
      four(ipv4({ protocol: 41 }, hex("60"))),
      four(TCP4),
      four(ipv4({ protocol: 47 }, join(hex("00000800"), TCP4))),
      four(ipv4({ protocol: 253 }, letters(20))),
    ]),
  ];
}

function optionCaptures(): OddCapture[] {
  const options = (text: string) => four(ipv4({ protocol: 6, options: hex(text) }, tcp()));
  return [
    oddCapture("IPv4 options", 1, [
      options("94040000"),
      options("07070400000000 00"),
      options("83070a0000030400"),
      options("01010101 00000000"),
      options("07000000"),
      options("07ff0400"),
      four(ipv4({ protocol: 17, options: hex("94040000") }, udp())),
    ]),
    oddCapture("TCP data offsets and options", 1, [
      ...[0, 4, 6, 10, 11, 15].map((dataOffset) => four(ip(FOUR, 6, tcp({ dataOffset })))),
      four(ip(FOUR, 6, tcp({ dataOffset: 15 }, letters(40)))),
      four(ip(FOUR, 6, tcp({ options: hex("01010402"), flags: 0x10 }))),
      ...[
        "020405b4",
        "00ffffff",
        "03ff0700",
        "080a0000 00010000 00020101",
        "05120000 00010000 00020000 00030000 00040000",
      ].map((text) => four(ip(FOUR, 6, tcp({ options: hex(text) })))),
      four(ip(FOUR, 6, tcp({ flags: 0xfff }))),
      four(ip(FOUR, 6, tcp().subarray(0, 19))),
      four(ip(FOUR, 6, tcp().subarray(0, 7))),
      four(ip(FOUR, 6, new Uint8Array(0))),
    ]),
    oddCapture("IPv6 extension headers", 1, [
      extended([0]),
      extended([0, 60, 43, 60]),
      extended([51]),
      extended([0, 44]),
      extended([44]),
      extended([59]),
      extended([43], 17),
      extended([60, 0], 17),
      extended([60], 58),
      extended([135], 6),
      extended([139], 17),
      extended([60, 60, 60, 60, 60, 60, 60, 60, 60, 60], 17),
      six(ipv6({ next: 60 }, hex("06ff"))),
      six(ipv6({ next: 0 }, hex("06"))),
      six(ipv6({ next: 59 }, new Uint8Array(0))),
      six(ipv6({ next: 50 }, letters(40))),
      six(ipv6({ next: 253 }, letters(40))),
    ]),
  ];
}

/** A packet with these headers in a row, then TCP, UDP or ICMPv6. */
function extended(kinds: readonly number[], last = 6): Uint8Array {
  const transport = { 6: tcp({ net: SIX }), 17: udp({ net: SIX }), 58: icmpv6(128, 0, join(u32(5), letters(8))) }[
    last
  ]!;
  const headers = kinds.map((kind, index) => extension(kind, kinds[index + 1] ?? last));
  return six(ipv6({ next: kinds[0]! }, join(...headers, transport)));
}

function extension(kind: number, next: number): Uint8Array {
  if (kind === 44) return join([next, 0], u16(0), u32(99));
  // Lengths of AH count words of four bytes, less two.
  if (kind === 51) return join([next, 4], u16(0), u32(1), u32(1), letters(12));
  if (kind === 43) return join([next, 2, 4, 0], u32(0), SIX.destination);
  if (kind === 60) return join([next, 1], hex("010c0000000000000000 00000000"));
  return join([next, 0], hex("010400000000"));
}

interface Piece {
  readonly from: number;
  readonly to: number;
}

function fragments(net: Net, protocol: number, datagram: Uint8Array, identification: number, pieces: readonly Piece[]) {
  return pieces.map(({ from, to }) => {
    const more = to < datagram.length ? 1 : 0;
    const part = datagram.subarray(from, to);
    if (net.source.length === 4) {
      return four(ipv4({ protocol, net, identification, flags: more, offset: from / 8 }, part));
    }
    return six(ipv6({ next: 44, net }, join([protocol, 0], u16(from | more), u32(identification), part)));
  });
}

const A = { from: 0, to: 32 };
const B = { from: 32, to: 64 };
const C = { from: 64, to: 88 };

function fragmentCaptures(): OddCapture[] {
  const orders: Record<string, readonly Piece[]> = {
    "in order": [A, B, C],
    backwards: [C, B, A],
    shuffled: [B, A, C],
    "one lost": [A, C],
    "the first lost": [B, C],
    "one twice": [A, B, B, C],
    "the last twice": [A, B, C, C],
    "overlapping alike": [A, { from: 24, to: 64 }, C],
    "the first too short for a header": [{ from: 0, to: 8 }, { from: 8, to: 64 }, C],
  };
  return [FOUR, SIX].flatMap((net) =>
    Object.entries(orders).map(([name, pieces]) => {
      const version = net.source.length === 4 ? "IPv4" : "IPv6";
      const frames = [
        ...fragments(net, 6, tcp({ net, sequence: 5000 }, letters(68)), 1, pieces),
        ...fragments(net, 17, udp({ net }, letters(80)), 2, pieces),
        net === FOUR
          ? fragments(net, 1, icmp(8, 0, join(u32(9), letters(80))), 3, pieces)
          : fragments(net, 58, icmpv6(128, 0, join(u32(9), letters(80))), 3, pieces),
        // A whole one, to see what streams come next.
        net === FOUR
          ? [four(ip(net, 6, tcp({ net, ports: [49_204, 50_000] })))]
          : [six(ip(net, 6, tcp({ net, ports: [49_204, 50_000] })))],
      ].flat();
      return oddCapture(`${version} fragments, ${name}`, 1, frames);
    }),
  );
}

function fragmentMixtures(): OddCapture[] {
  const first = udp({}, letters(80));
  const other = udp({}, letters(80).fill(65));
  const one = fragments(FOUR, 17, first, 5, [A, B, C]);
  const two = fragments(FOUR, 17, other, 6, [A, B, C]);
  const conflicting = fragments(FOUR, 17, other, 5, [B]);
  const tcpOf = (identification: number, sequence: number) =>
    fragments(FOUR, 6, tcp({ sequence }, letters(68)), identification, [A, B, C]);
  return [
    oddCapture("IPv4 fragments of two datagrams, interleaved", 1, [
      one[0]!,
      two[0]!,
      one[1]!,
      two[1]!,
      one[2]!,
      two[2]!,
    ]),
    oddCapture("IPv4 fragments, overlapping with other bytes", 1, [one[0]!, one[1]!, conflicting[0]!, one[2]!]),
    // Without all of a fragment, nothing is put together; the first one then stands for itself.
    oddCapture(
      "IPv4 fragments, cut off",
      1,
      [...one, ...tcpOf(4, 7000)].map((frame) => frame.subarray(0, 60)),
      74,
    ),
    oddCapture("IPv4 fragments, the same identification again", 1, [
      ...one,
      ...one,
      ...fragments(FOUR, 17, other, 5, [A, B, C]),
    ]),
    oddCapture("IPv4 fragments of TCP beside whole segments", 1, [
      four(ip(FOUR, 6, tcp({ sequence: 932 }, letters(68)))),
      ...tcpOf(1, 1000),
      four(ip(FOUR, 6, tcp({ sequence: 1068 }, letters(10)))),
      ...tcpOf(2, 1078).toReversed(),
      ...tcpOf(3, 1000),
    ]),
    oddCapture("IPv4 fragments with a hole at the end, and one past the largest datagram", 1, [
      one[0]!,
      four(ipv4({ protocol: 17, identification: 77, flags: 1, offset: 8190 }, letters(80))),
      four(ipv4({ protocol: 17, identification: 77, flags: 0, offset: 8191 }, letters(8))),
      four(ipv4({ protocol: 17, identification: 78, flags: 1 }, letters(13))),
      four(ipv4({ protocol: 17, identification: 79, flags: 1 }, new Uint8Array(0))),
    ]),
  ];
}

export function networkCaptures(): OddCapture[] {
  return [...icmpCaptures(), ...optionCaptures(), ...fragmentCaptures(), ...fragmentMixtures()];
}

/** Checksums good, bad, left out, left to the adapter; lengths of UDP. */

import { type OddCapture, oddCapture } from "./odd-capture.ts";
import { ethernet, FOUR, hex, ip, ipv4, ipv6, join, LOCAL, letters, SIX, tcp, u16, udp } from "./packet-bytes.ts";

const four = (packet: Uint8Array) => ethernet(0x0800, packet);
const six = (packet: Uint8Array) => ethernet(0x86dd, packet);
const KINDS = ["good", "bad", "partial", 0, 0xffff, 1] as const;

/** Two bytes of payload that make the right checksum 0, so that 0xffff stands for the same sum. */
function neutral(make: (payload: Uint8Array) => Uint8Array, at: number): Uint8Array {
  const checksum = make(hex("0000")).subarray(at, at + 2);
  return Uint8Array.from(checksum);
}

const tcpZero = neutral((payload) => tcp({}, payload), 16);
const udpZero = neutral((payload) => udp({}, payload), 6);

export function checksumCaptures(): OddCapture[] {
  return [
    oddCapture("TCP checksums", 1, [
      ...KINDS.map((checksum) => four(ip(FOUR, 6, tcp({ checksum })))),
      ...KINDS.map((checksum) => four(ip(FOUR, 6, tcp({ checksum }, letters(7))))),
      ...KINDS.map((checksum) => six(ip(SIX, 6, tcp({ checksum, net: SIX })))),
      ...KINDS.map((checksum) => four(ip(FOUR, 6, tcp({ checksum }, new Uint8Array(0))))),
    ]),
    oddCapture("UDP checksums", 1, [
      ...KINDS.map((checksum) => four(ip(FOUR, 17, udp({ checksum })))),
      ...KINDS.map((checksum) => four(ip(FOUR, 17, udp({ checksum }, letters(7))))),
      ...KINDS.map((checksum) => six(ip(SIX, 17, udp({ checksum, net: SIX })))),
      ...KINDS.map((checksum) => six(ip(SIX, 17, udp({ checksum, net: SIX }, new Uint8Array(0))))),
    ]),
    oddCapture("Checksums that come out as 0", 1, [
      four(ip(FOUR, 6, tcp({}, tcpZero))),
      four(ip(FOUR, 6, tcp({ checksum: 0xffff }, tcpZero))),
      four(ip(FOUR, 17, udp({}, udpZero))),
      four(ip(FOUR, 17, udp({ checksum: 0 }, udpZero))),
    ]),
    oddCapture("IPv4 header checksums", 1, [
      ...(["good", "bad", 0, 0xffff] as const).map((checksum) => four(ipv4({ protocol: 6, checksum }, tcp()))),
      ...(["good", "bad", 0, 0xffff] as const).map((checksum) => four(ipv4({ protocol: 17, checksum }, udp()))),
      four(ipv4({ protocol: 6, checksum: 0, net: LOCAL }, tcp({ net: LOCAL }))),
      four(ipv4({ protocol: 6, checksum: "bad" }, tcp({ checksum: "bad" }))),
      // A datagram put together from parts with bad headers.
      four(ipv4({ protocol: 17, checksum: "bad", flags: 1 }, udp().subarray(0, 8))),
      four(ipv4({ protocol: 17, checksum: "bad", offset: 1 }, udp().subarray(8))),
    ]),
    oddCapture("Offload at loopback: every sum left out", 0, [
      ...[0, 1].map((n) =>
        join(
          [2, 0, 0, 0],
          ipv4({ protocol: 6, net: LOCAL, checksum: 0 }, tcp({ net: LOCAL, checksum: n === 0 ? 0 : "partial" })),
        ),
      ),
      join([2, 0, 0, 0], ipv4({ protocol: 17, net: LOCAL, checksum: 0 }, udp({ net: LOCAL, checksum: "partial" }))),
      join([2, 0, 0, 0], ipv4({ protocol: 17, net: LOCAL, checksum: 0 }, udp({ net: LOCAL, checksum: 0 }))),
    ]),
    oddCapture("UDP lengths", 1, [
      ...[0, 1, 7, 8, 9, 27, 29, 100, 0xffff].map((length) => four(ip(FOUR, 17, udp({ length })))),
      ...[0, 7, 8, 27, 29].map((length) => six(ip(SIX, 17, udp({ length, net: SIX })))),
      ...[0, 7, 8, 27, 29].map((length) => four(ip(FOUR, 17, udp({ length, checksum: 0 })))),
      // As long as its length says, with a trailer inside the IP packet that the checksum does not cover.
      four(ip(FOUR, 17, join(udp({}, letters(12)), letters(5)))),
      four(ip(FOUR, 17, join(u16(49_152), u16(50_000), u16(8)))),
      six(ipv6({ next: 17 }, new Uint8Array(0))),
    ]),
  ];
}

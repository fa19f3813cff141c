/** Captures of packets that make a careless reader go round in circles. */
import { ethernet, FOUR, hex, ip, udp } from "./odd/packet-bytes.ts";
import { pcapOf } from "./pcap-records.ts";

const ETHERNET = "020000000002 020000000001";
const IPV6 = "60000000 ffff 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002";

function frames(...list: Uint8Array[]): Uint8Array {
  return pcapOf(
    1,
    list.map((bytes, index) => ({ time: index, bytes })),
  );
}

/** A DNS message from the server's port, every length and checksum right. */
const dns = (message: string) => frames(ethernet(0x0800, ip(FOUR, 17, udp({ ports: [53, 40_000] }, hex(message)))));

/** One fragment of an IPv4 datagram. */
function fragment(identification: number, offset: number, hasMore: boolean, length: number): Uint8Array {
  const bytes = new Uint8Array(34 + length).fill(0xaa);
  const view = new DataView(bytes.buffer);
  bytes.set(hex(`${ETHERNET} 0800 4500 0000 0000 0000 4011 0000 0a000001 0a000002`));
  view.setUint16(16, 20 + length);
  view.setUint16(18, identification);
  view.setUint16(20, (hasMore ? 0x2000 : 0) | (offset / 8));
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += view.getUint16(at);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(24, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
  return bytes;
}

const descending = (identification: number, index: number) =>
  fragment(identification, 65_000 - 8 * index - 8, index > 0, 8);

/** @param share of the most that there can be, or of as much as says something: up to 1 */
export type MakeHostile = (share: number) => Uint8Array;

const repeated = (text: string, count: number) => text.repeat(Math.ceil(count));
const many = (count: number, make: (index: number) => Uint8Array) =>
  frames(...Array.from({ length: Math.ceil(count) }, (_, index) => make(index)));

export const HOSTILE_PACKETS: readonly (readonly [name: string, make: MakeHostile])[] = [
  ["64 KiB of VLAN tags", (share) => frames(hex(`${ETHERNET} ${repeated("8100 0001 ", share * 16_384)} 0800`))],
  [
    "64 KiB of extension headers",
    (share) => frames(hex(`${ETHERNET} 86dd ${IPV6} ${repeated("3c00010400000000", share * 8192)}`)),
  ],
  [
    "2 KiB of one-byte options in an extension header",
    (share) => frames(hex(`${ETHERNET} 86dd ${IPV6} 3bff ${repeated("00", share * 2046)}`)),
  ],
  [
    "packets in packets",
    (share) => frames(hex(`${ETHERNET} 86dd ${repeated(IPV6.replace(" 00 40", " 29 40"), share * 1600)}`)),
  ],
  [
    "IPv4 options that never end",
    () =>
      frames(
        hex(`${ETHERNET} 0800 4f00 003c 0000 0000 4006 0000 0a000001 0a000002 ${"07".repeat(20)} ${"0100".repeat(10)}`),
      ),
  ],
  [
    "an option of no length",
    () =>
      frames(
        hex(
          `${ETHERNET} 0800 4500 003c 0000 0000 4006 0000 0a000001 0a000002 c0000050 00000001 00000000 a0020000 00000000 0200 ${"00".repeat(18)}`,
        ),
      ),
  ],
  [
    "a DNS name that points to itself",
    (share) => dns(`0001 0100 ffff ffff ffff ffff ${repeated("c00c", share * 700)}`),
  ],
  [
    "DNS names that point to one another",
    (share) => dns(`0001 8180 ffff ffff ffff ffff c010 c00c ${repeated("0161c00c c012", share * 9000)}`),
  ],
  [
    "DNS records without end",
    (share) => dns(`0001 8180 ffff ffff ffff ffff ${repeated("00 0001 0001 00000000 0000", share * 5900)}`),
  ],
  [
    "ARP of the longest addresses",
    (share) => frames(hex(`${ETHERNET} 0806 0001 0800 ffff 0001 ${repeated("00", share * 1020)}`)),
  ],
  [
    "errors that quote errors",
    (share) =>
      frames(
        hex(
          `${ETHERNET} 0800 ${repeated("4500 0000 0000 0000 4001 0000 0a000001 0a000002 0300 0000 00000000 ", share * 500)}`,
        ),
      ),
  ],
  ["fragments that overlap", (share) => many(share * 2000, (index) => fragment(1, (index * 8) % 60_000, true, 1400))],
  ["fragments of many datagrams", (share) => many(share * 3000, (index) => fragment(index, 8, true, 800))],
  [
    "fragments in descending order",
    // As many as one datagram can have, of two of them.
    (share) => many(share * 16_000, (index) => descending(index >= 8000 ? 2 : 1, index % 8000)),
  ],
  ["as many copies of one fragment", (share) => many(share * 20_000, () => fragment(1, 8, true, 8))],
];

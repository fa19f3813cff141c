/**
 * Addresses as numbers, which are cheap to compare, to count up and to use as keys.
 *
 * IPv4 text is dotted decimal (RFC 6943, section 3.1.1, the strict form); MAC text is six pairs of hexadecimal digits.
 */
import { badField, outOfRange, WirewrightError } from "../core/errors.ts";

/** An IPv4 address, 0 to 2^32 - 1; 10.0.0.1 is 0x0a000001. */
export type Ipv4Address = number;

/** An IPv6 address, 0 to 2^128 - 1; ::1 is 1n. A bigint, so that `===` and map keys compare values. */
export type Ipv6Address = bigint;

/** An address of either version: which one, `typeof` tells. */
export type IpAddress = Ipv4Address | Ipv6Address;

/** A MAC address, 0 to 2^48 - 1; its first byte on the wire is the most significant. */
export type MacAddress = number;

/** First byte 02: an individual address that its owner made up, not one that was bought (RFC 9542, section 2.1). */
const LOCALLY_ADMINISTERED = 0x0200_0000_0000;

/** First byte 06: also made up, and never one of an IPv4 host. */
const SECOND_LOCAL_BLOCK = 0x0600_0000_0000;

const GROUP_BIT = 0x0100_0000_0000;

const DOT = 0x2e;
const ZERO = 0x30;
const LONGEST_QUOTATION = 40;

/**
 * Reads an IPv4 address: "10.0.0.1".
 *
 * @throws WirewrightError BAD_ADDRESS unless the text is an address as `tryParseIpv4` accepts it
 */
export function parseIpv4(text: string): Ipv4Address {
  const address = tryParseIpv4(text);
  if (address !== undefined) return address;
  throw badAddress(text, "an IPv4 address", "write four numbers from 0 to 255 with dots between, as in 10.0.0.1");
}

/**
 * Reads strict dotted decimal: four numbers from 0 to 255, without spaces, signs or leading zeros, which some programs
 * would take for octal.
 *
 * @returns undefined if the text is anything else
 */
export function tryParseIpv4(text: string): Ipv4Address | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  let address = 0;
  let part = 0;
  let digits = 0;
  let parts = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || parts === 4) return undefined;
      address = address * 256 + part;
      part = 0;
      digits = 0;
      parts++;
    } else {
      const digit = code - ZERO;
      const hasLeadingZero = digits > 0 && part === 0;
      if (digit < 0 || digit > 9 || hasLeadingZero) return undefined;
      part = part * 10 + digit;
      digits++;
      if (part > 255) return undefined;
    }
  }
  return parts === 4 && digits > 0 ? address * 256 + part : undefined;
}

/**
 * An IPv4 address as text: "10.0.0.1".
 *
 * @param address 0 to 2^32 - 1
 */
export function formatIpv4(address: Ipv4Address): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/**
 * Reads an IPv6 address: "2001:db8::1".
 *
 * @throws WirewrightError BAD_ADDRESS unless the text is an address as `tryParseIpv6` accepts it
 */
export function parseIpv6(text: string): Ipv6Address {
  const address = tryParseIpv6(text);
  if (address !== undefined) return address;
  throw badAddress(text, "an IPv6 address", "write eight groups of hexadecimal digits, as in 2001:db8::1");
}

/**
 * Reads the text forms of RFC 4291, section 2.2: eight groups, one run of zero groups as `::`, the last two groups also
 * as dotted decimal. A zone (`%eth0`) is not part of an address.
 *
 * @returns undefined if the text is anything else
 */
export function tryParseIpv6(text: string): Ipv6Address | undefined {
  if (!text.includes(":") || text.length > 45) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  // `::` stands for at least one group (RFC 5952, section 4.2.2 asks for two, readers accept one).
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
  return groups.reduce((address, group) => (address << 16n) | BigInt(group), 0n);
}

function parseGroups(text: string, mayEndDotted: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      const dotted = mayEndDotted && index === parts.length - 1 ? tryParseIpv4(part) : undefined;
      if (dotted === undefined) return undefined;
      groups.push(dotted >>> 16, dotted & 0xffff);
    }
  }
  return groups;
}

/**
 * An IPv6 address as text, in the canonical form of RFC 5952: small letters, no leading zeros, the longest run of two or more
 * zero groups as `::`.
 */
export function formatIpv6(address: Ipv6Address): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number((address >> BigInt(112 - 16 * index)) & 0xffffn));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(Number(address & 0xffff_ffffn))}`;
  }
  const { start, length } = longestZeroRun(groups);
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  return length < 2 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** Reads an address of either version. @returns undefined if the text is neither */
export function tryParseIp(text: string): IpAddress | undefined {
  return tryParseIpv4(text) ?? tryParseIpv6(text);
}

/** The text of an IPv4 or IPv6 address, as `formatIpv4` and `formatIpv6` write it. */
export function formatIp(address: IpAddress): string {
  return typeof address === "number" ? formatIpv4(address) : formatIpv6(address);
}

const MAC_TEXT = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;

/**
 * Reads a MAC address: "02:00:0a:00:00:01".
 *
 * @throws WirewrightError BAD_ADDRESS unless the text is an address as `tryParseMac` accepts it
 */
export function parseMac(text: string): MacAddress {
  const address = tryParseMac(text);
  if (address !== undefined) return address;
  throw badAddress(text, "a MAC address", "write six pairs of hexadecimal digits, as in 02:00:0a:00:00:01");
}

/**
 * Reads six pairs of hexadecimal digits, capital or small, with one kind of separator between them, `:` or `-`.
 *
 * @returns undefined if the text is anything else
 */
export function tryParseMac(text: string): MacAddress | undefined {
  return MAC_TEXT.test(text) ? Number.parseInt(text.replace(/[:-]/g, ""), 16) : undefined;
}

/** A MAC address as text, with small letters and colons: 02:00:0a:00:00:01. @param address 0 to 2^48 - 1 */
export function formatMac(address: MacAddress): string {
  return address
    .toString(16)
    .padStart(12, "0")
    .replace(/..(?!$)/g, "$&:");
}

const TWO_TO_32 = 0x1_0000_0000;
const LARGEST_MAC = 0xffff_ffff_ffff;
const LARGEST_IPV6 = (1n << 128n) - 1n;

/** The hardware address of six bytes at `at`, in network byte order. */
export function getMac(view: DataView, at: number): MacAddress {
  return view.getUint16(at) * TWO_TO_32 + view.getUint32(at + 2);
}

/**
 * Writes a MAC address into the six bytes at `at`, in network byte order.
 *
 * @param field what errors call it
 * @param layer what errors call the header that it is in
 * @throws PacketError BAD_FIELD, naming layer and field, for more than six bytes hold
 */
export function setMac(view: DataView, at: number, address: MacAddress, field: string, layer: string): void {
  const high = Math.floor(address / TWO_TO_32);
  const low = address >>> 0;
  if ((high & 0xffff) !== high || high * TWO_TO_32 + low !== address) {
    throw outOfRange(layer, at, field, address, LARGEST_MAC);
  }
  view.setUint16(at, high);
  view.setUint32(at + 2, low);
}

const LOW_32 = 0xffff_ffffn;

/** An address as four numbers of 32 bits, the most significant first. */
export function ipv6Words(address: Ipv6Address): [number, number, number, number] {
  const word = (shift: bigint) => Number((address >> shift) & LOW_32);
  return [word(96n), word(64n), word(32n), word(0n)];
}

/** The address of 16 bytes at `at`, in network byte order. */
export function getIpv6(view: DataView, at: number): Ipv6Address {
  return (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
}

/**
 * Writes an IPv6 address into the 16 bytes at `at`, in network byte order.
 *
 * @param field what errors call it
 * @param layer what errors call the header that it is in
 * @throws PacketError BAD_FIELD, naming layer and field, for what is missing, no bigint, or more than 16 bytes hold
 */
export function setIpv6(
  view: DataView,
  at: number,
  address: Ipv6Address | undefined,
  field: string,
  layer: string,
): void {
  if (address === undefined) throw badField(layer, at, `${field} is missing`);
  if (typeof address !== "bigint" || address < 0n || address > LARGEST_IPV6) {
    throw badField(layer, at, `${field} is ${address}, and can be a whole number of up to 128 bits`);
  }
  view.setBigUint64(at, address >> 64n);
  view.setBigUint64(at + 8, BigInt.asUintN(64, address));
}

/** Whether frames to a MAC address are for several machines: the lowest bit of its first byte says so. */
export function isGroupMac(address: MacAddress): boolean {
  return (Math.floor(address / GROUP_BIT) & 1) !== 0;
}

/** The MAC address 02:00:a:b:c:d for the host with the IPv4 address a.b.c.d. */
export function macFromIpv4(address: Ipv4Address): MacAddress {
  return LOCALLY_ADMINISTERED + address;
}

/** The MAC address for any host: `macFromIpv4`, or 06:00 and four bytes folded from an IPv6 address. */
export function macFromIp(address: IpAddress): MacAddress {
  return typeof address === "number"
    ? macFromIpv4(address)
    : SECOND_LOCAL_BLOCK + Number(BigInt.asUintN(32, address ^ (address >> 64n)));
}

/** The address of frames to everybody: ff:ff:ff:ff:ff:ff. */
export const BROADCAST_MAC: MacAddress = 0xffff_ffff_ffff;
/** The hardware addresses of groups begin like this, and end like the group (RFC 1112, section 6.4; RFC 2464, section 7). */
export const IPV4_GROUP_MACS: MacAddress = 0x0100_5e00_0000;
/** What the hardware addresses of IPv6 groups begin with; the last four bytes of the group follow. */
export const IPV6_GROUP_MACS: MacAddress = 0x3333_0000_0000;

/** The MAC address that frames to a group go to. @returns undefined for the address of one host */
export function groupMac(address: IpAddress): MacAddress | undefined {
  if (typeof address === "bigint") {
    return address >> 120n === 0xffn ? IPV6_GROUP_MACS + Number(BigInt.asUintN(32, address)) : undefined;
  }
  if (address === 0xffff_ffff) return BROADCAST_MAC;
  return address >>> 28 === 0xe ? IPV4_GROUP_MACS + (address & 0x7f_ffff) : undefined;
}

function badAddress(text: string, kind: string, advice: string): WirewrightError {
  const shown = text.length > LONGEST_QUOTATION ? `${text.slice(0, LONGEST_QUOTATION)}...` : text;
  // As JSON, so that a control character in the text cannot do anything to the terminal.
  return new WirewrightError("BAD_ADDRESS", `${JSON.stringify(shown)} is not ${kind}; ${advice}.`);
}

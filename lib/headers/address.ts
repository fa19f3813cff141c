/**
 * Addresses as numbers, which are cheap to compare, to count up and to use as keys.
 *
 * IPv4 text is dotted decimal (RFC 6943, section 3.1.1, the strict form); MAC text is six pairs of hexadecimal digits.
 */
import { WirewrightError } from "./errors.ts";

/** An IPv4 address, 0 to 2^32 - 1; 10.0.0.1 is 0x0a000001. */
export type Ipv4Address = number;

/** A MAC address, 0 to 2^48 - 1; its first byte on the wire is the most significant. */
export type MacAddress = number;

export const BROADCAST_MAC: MacAddress = 0xffff_ffff_ffff;

/** First byte 02: an individual address that its owner made up, not one that was bought (RFC 9542, section 2.1). */
const LOCALLY_ADMINISTERED = 0x0200_0000_0000;

const DOT = 0x2e;
const ZERO = 0x30;
const LONGEST_QUOTATION = 40;

/** @throws WirewrightError BAD_ADDRESS unless the text is an address as `tryParseIpv4` accepts it */
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

/** @param address 0 to 2^32 - 1 */
export function formatIpv4(address: Ipv4Address): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

const MAC_TEXT = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;

/** @throws WirewrightError BAD_ADDRESS unless the text is an address as `tryParseMac` accepts it */
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

/** Small letters and colons: 02:00:0a:00:00:01. @param address 0 to 2^48 - 1 */
export function formatMac(address: MacAddress): string {
  return address
    .toString(16)
    .padStart(12, "0")
    .replace(/..(?!$)/g, "$&:");
}

/** The MAC address 02:00:a:b:c:d for the host with the IPv4 address a.b.c.d. */
export function macFromIpv4(address: Ipv4Address): MacAddress {
  return LOCALLY_ADMINISTERED + address;
}

function badAddress(text: string, kind: string, advice: string): WirewrightError {
  const shown = text.length > LONGEST_QUOTATION ? `${text.slice(0, LONGEST_QUOTATION)}...` : text;
  // As JSON, so that a control character in the text cannot do anything to the terminal.
  return new WirewrightError("BAD_ADDRESS", `${JSON.stringify(shown)} is not ${kind}; ${advice}.`);
}

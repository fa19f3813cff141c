/**
 * The Internet checksum (RFC 1071, RFC 1624): the one's complement of the one's complement sum of 16-bit words, most
 * significant byte first. IPv4, TCP, UDP and ICMP all use it.
 *
 * Sums may be taken in parts and added with `+`, as long as every part but the last has an even number of bytes: a part
 * that begins at an odd place of the whole would have its bytes in the wrong halves of the words.
 */

import { type ViewedBytes, viewOf } from "./bytes.ts";

const TWO_TO_32 = 0x1_0000_0000;
/** Up to about here, bytes are copied and added up faster in one loop than one after the other. */
const SHORT = 200;

/**
 * The one's complement sum of the bytes from `start` to `end`. An odd last byte counts as the upper half of a word whose
 * lower half is 0.
 *
 * Words are read in little-endian order and the bytes of the sum swapped at the end, which comes to the same (RFC 1071,
 * section 2 B) and saves the swap of each word on the usual processors. 32 bits count for two words, since 2^16 is 1
 * in this arithmetic; they are added as doubles, which hold the sum of 2^21 of them without loss.
 *
 * @param start index in `view` of the first byte, which may be odd
 * @param end index behind the last byte, at most 8 MiB behind the start
 * @param initial a sum to add to, any non-negative safe integer: that of a pseudo-header, or of the part before
 * @returns 0 to 0xffff; 0 only if all that was added is 0
 * @throws RangeError if the view ends before `end`
 */
export function sumBytes(view: DataView, start: number, end: number, initial = 0): number {
  let long = 0;
  let at = start;
  for (const last = end - 32; at <= last; at += 32) {
    // In pairs of pairs, so that the additions need not wait for each other.
    long +=
      view.getUint32(at, true) +
      view.getUint32(at + 4, true) +
      (view.getUint32(at + 8, true) + view.getUint32(at + 12, true)) +
      (view.getUint32(at + 16, true) +
        view.getUint32(at + 20, true) +
        (view.getUint32(at + 24, true) + view.getUint32(at + 28, true)));
  }
  // The rest, and so the whole of a header, in 32-bit integers, which for a few words are faster than doubles.
  let short = 0;
  for (; at + 4 <= end; at += 4) {
    const word = view.getInt32(at, true);
    short += (word & 0xffff) + (word >>> 16);
  }
  if (at + 2 <= end) {
    short += view.getUint16(at, true);
    at += 2;
  }
  if (at < end) short += view.getUint8(at);
  return foldSum(swapHalves(foldSum(long + short)) + initial);
}

/**
 * Copies as `copyBytes`, and adds up what is copied: short pieces are read once for both.
 *
 * @returns the sum as `sumBytes` gives it
 */
export function copyAndSum(from: ViewedBytes, start: number, end: number, to: ViewedBytes, offset: number): number {
  const { bytes: source, view } = from;
  if (end - start > SHORT) {
    to.bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), offset);
    return sumBytes(view, start, end);
  }
  const target = to.view;
  let at = start;
  let i = offset;
  let sum = 0;
  for (const last = end - 8; at <= last; at += 8, i += 8) {
    const first = view.getInt32(at, true);
    const second = view.getInt32(at + 4, true);
    target.setInt32(i, first, true);
    target.setInt32(i + 4, second, true);
    sum = (sum + (first & 0xffff) + (first >>> 16) + ((second & 0xffff) + (second >>> 16))) | 0;
  }
  // Little-endian halves, of which the last may be one byte long.
  for (; at < end; at += 2, i += 2) {
    const isWhole = at + 1 < end;
    const half = isWhole ? view.getUint16(at, true) : source[at]!;
    if (isWhole) target.setUint16(i, half, true);
    else to.bytes[i] = half;
    sum = (sum + half) | 0;
  }
  return swapHalves(foldShortSum(sum));
}

/**
 * Brings a sum down to 16 bits by adding what exceeds them at the lower end.
 *
 * @param sum any non-negative safe integer
 * @returns 0 to 0xffff; 0 only for 0
 */
export function foldSum(sum: number): number {
  const low = sum >>> 0;
  let folded = ((sum / TWO_TO_32) | 0) + (low >>> 16) + (low & 0xffff);
  folded = (folded >>> 16) + (folded & 0xffff);
  return ((folded >>> 16) + folded) & 0xffff;
}

/** The same for a sum of at most 2^31 - 1, in integers alone. */
export function foldShortSum(sum: number): number {
  const folded = (sum >>> 16) + (sum & 0xffff);
  return ((folded >>> 16) + folded) & 0xffff;
}

/** The sum of both halves of a word of 32 bits. @returns up to 0x1fffe; not folded */
export function sumOfHalves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

/** A folded sum of words in one byte order as the sum of the same words in the other (RFC 1071, section 2 B). */
function swapHalves(sum: number): number {
  return ((sum & 0xff) << 8) | (sum >>> 8);
}

/**
 * The checksum that belongs to a sum, folded or not.
 *
 * @param sum any non-negative safe integer
 * @returns 0 to 0xffff
 */
export function finishChecksum(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/** The same for a sum of at most 2^31 - 1, in integers alone: that of some thousand words never is more. */
export function finishShortChecksum(sum: number): number {
  return ~foldShortSum(sum) & 0xffff;
}

/**
 * The checksum of bytes in which the checksum field, if they have one, is 0. Over bytes with a right checksum in its
 * place, the result is 0.
 */
export function internetChecksum(bytes: Uint8Array): number {
  return finishChecksum(sumBytes(viewOf(bytes), 0, bytes.length));
}

/**
 * The checksum after one 16-bit word of what it covers has changed, without reading the rest (RFC 1624, equation 3).
 * Equal to computing it anew, unless all words became 0, which no packet with a header is.
 *
 * @param checksum as it stands in the packet, 0 to 0xffff
 * @param oldWord what the word was, 0 to 0xffff
 * @param newWord what it is now, 0 to 0xffff
 * @returns 0 to 0xffff
 */
export function updateChecksum(checksum: number, oldWord: number, newWord: number): number {
  return finishChecksum((~checksum & 0xffff) + (~oldWord & 0xffff) + newWord);
}

/** A sum of words is the same modulo this, whatever its carries. */
export const SUM_MODULUS = 0xffff;

/**
 * The same for any number of words: a wrong checksum stays wrong by as much as before.
 *
 * @param checksum 0 to 0xffff
 * @param difference the sum of the new words less that of the old ones, any safe integer, also a negative one
 */
export function shiftChecksum(checksum: number, difference: number): number {
  return ~shiftSum(~checksum & 0xffff, difference) & 0xffff;
}

/** The same for a sum that is not inverted, as adapters are handed it. @returns 1 to 0xffff, or `sum` where nothing changes */
export function shiftSum(sum: number, difference: number): number {
  const shift = difference % SUM_MODULUS;
  if (shift === 0) return sum;
  const shifted = (sum + shift + SUM_MODULUS) % SUM_MODULUS;
  return shifted === 0 ? SUM_MODULUS : shifted;
}

/**
 * What the pseudo-header of IPv4 adds to the checksum of the layer above; not folded.
 *
 * @param protocol 0 to 255
 * @param length bytes of the layer above, header and data, 0 to 65535
 */
export function ipv4PseudoHeaderSum(source: number, destination: number, protocol: number, length: number): number {
  return sumOfHalves(source) + sumOfHalves(destination) + protocol + length;
}

/**
 * What the pseudo-header of IPv6 adds to the checksum of the layer above; not folded.
 *
 * @param nextHeader 0 to 255
 * @param length bytes of the layer above, header and data, 0 to 2^32 - 1
 */
export function ipv6PseudoHeaderSum(source: bigint, destination: bigint, nextHeader: number, length: number): number {
  return ipv6AddressSum(source) + ipv6AddressSum(destination) + sumOfHalves(length) + nextHeader;
}

/** The sum of an address's eight 16-bit words; not folded. */
export function ipv6AddressSum(address: bigint): number {
  let sum = 0;
  for (let rest = address; rest > 0n; rest >>= 16n) sum += Number(rest & 0xffffn);
  return sum;
}

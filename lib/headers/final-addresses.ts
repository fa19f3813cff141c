/**
 * Where an IPv6 packet comes from and goes to in the end, where that is not what its header says: it is sent along a route,
 * or by a mobile node that is not at home. Streams and checksums go by these addresses.
 */

/** A header in a packet. */
export interface PlacedHeader {
  /** What it is a header of. */
  readonly header: {
    /** As of `HeaderParts`. */
    readonly name: string;
  };
  /** Its bytes. */
  readonly length: number;
}

/**
 * What the addresses of a header add to the sum of one behind it.
 *
 * @param bytes the memory of the packet @param at where the header begins in it
 * @param stack the headers of the packet, this one at `network`, and at `index` the one whose sum it is
 */
export type AddressSum = (
  bytes: Uint8Array,
  at: number,
  stack: readonly PlacedHeader[],
  network: number,
  index: number,
) => number;

/**
 * Routing header types: of source routing and of mobile IPv6, whose last address is the last stop; of lossy networks, the
 * same with the bytes left out that all stops share; of segments, whose first address is the last stop.
 */
const SOURCE_ROUTE = 0;
const MOBILE = 2;
const COMPRESSED = 3;
const SEGMENTS = 4;
const IPV6_ADDRESS_LENGTH = 16;
const ADDRESSES_AT = 8;

const PAD_1 = 0;
const HOME_ADDRESS = 201;
/** Next header and length, before the options. */
const OPTIONS_START = 2;

/**
 * The last stop of a routing header, if the packet has not arrived there yet (RFC 8200, section 4.4; RFC 6275, section 6.4; RFC 6554, section 3; RFC 8754,
 * section 2).
 *
 * @param length of the header in bytes
 * @param destination in the IPv6 header
 * @returns the address of the last stop, or undefined
 */
export function endOfRoutingHeader(
  bytes: Uint8Array,
  at: number,
  length: number,
  destination: Uint8Array,
): Uint8Array | undefined {
  const type = bytes[at + 2]!;
  const segmentsLeft = bytes[at + 3]!;
  const first = at + ADDRESSES_AT;
  const end = at + length;
  if (segmentsLeft === 0) return undefined;
  if (type === COMPRESSED) return lastCompressed(bytes, at, end, destination);
  const last = first + (Math.floor((end - first) / IPV6_ADDRESS_LENGTH) - 1) * IPV6_ADDRESS_LENGTH;
  if (last < first) return undefined;
  if (type === SEGMENTS) return bytes.subarray(first, first + IPV6_ADDRESS_LENGTH);
  return type === SOURCE_ROUTE || type === MOBILE ? bytes.subarray(last, last + IPV6_ADDRESS_LENGTH) : undefined;
}

/** The last stop shares its first bytes with the destination; those are left out, and bytes of padding follow. */
function lastCompressed(bytes: Uint8Array, at: number, end: number, destination: Uint8Array): Uint8Array | undefined {
  const shared = bytes[at + 4]! & 0xf;
  const padding = bytes[at + 5]! >>> 4;
  const own = IPV6_ADDRESS_LENGTH - shared;
  const start = end - padding - own;
  if (start < at + ADDRESSES_AT) return undefined;
  const last = destination.slice();
  last.set(bytes.subarray(start, start + own), shared);
  return last;
}

/** The home address among the options of an IPv6 extension header (RFC 6275, section 6.3). @returns undefined where none is */
export function homeAddress(bytes: Uint8Array, at: number, length: number): Uint8Array | undefined {
  const end = at + length;
  for (let option = at + OPTIONS_START; option + 1 < end; ) {
    if (bytes[option] === PAD_1) {
      option++;
      continue;
    }
    const data = option + 2;
    const next = data + bytes[option + 1]!;
    if (next > end) return undefined;
    if (bytes[option] === HOME_ADDRESS && next - data === IPV6_ADDRESS_LENGTH) return bytes.subarray(data, next);
    option = next;
  }
  return undefined;
}

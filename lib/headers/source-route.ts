/**
 * Where an IPv4 packet goes to in the end, where that is not what its header says: it is sent along a route (RFC 791,
 * section 3.1). Streams and checksums go by the last stop.
 */

const END = 0;
const NO_OPERATION = 1;
/** Loose and strict source route (RFC 791, section 3.1). */
const LOOSE = 131;
const STRICT = 137;
const IPV4_ADDRESS_LENGTH = 4;
/** Type, length and pointer of the option, before its addresses. */
const ROUTE_START = 3;
const FIRST_POINTER = 4;

/**
 * The last address of a source route among the options of an IPv4 header, if the packet has not arrived there yet.
 *
 * @returns its index in `bytes`, or 0
 */
export function endOfSourceRoute(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; ) {
    const type = bytes[at]!;
    if (type === END) return 0;
    if (type === NO_OPERATION) {
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < 2 || at + length > end) return 0;
    if (type === LOOSE || type === STRICT)
      return hasStopsAhead(length, bytes[at + 2]!) ? at + length - IPV4_ADDRESS_LENGTH : 0;
    at += length;
  }
  return 0;
}

/** Whether the pointer, counted from 1, is at one of the addresses. What is neither a route nor at an address is not believed. */
function hasStopsAhead(length: number, pointer: number): boolean {
  const isRoute = length > ROUTE_START && (length - ROUTE_START) % IPV4_ADDRESS_LENGTH === 0;
  return isRoute && pointer >= FIRST_POINTER && pointer < length && pointer % IPV4_ADDRESS_LENGTH === 0;
}

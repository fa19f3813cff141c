/** Where a packet goes in the end that is sent along a route: checksums cover that address, not that of the next stop. */

const END = 0;
const NO_OPERATION = 1;
/** Loose and strict source route (RFC 791, section 3.1). */
const LOOSE = 131;
const STRICT = 137;
const IPV4_ADDRESS_LENGTH = 4;
/** Type, length and pointer of the option, before its addresses. */
const ROUTE_START = 3;

/** Routing header types: of source routing and of mobile IPv6, whose last address is the last stop; of segments, whose first is. */
const SOURCE_ROUTE = 0;
const MOBILE = 2;
const SEGMENTS = 4;
const IPV6_ADDRESS_LENGTH = 16;
const ADDRESSES_AT = 8;

/**
 * The last address of a source route among the options of an IPv4 header, if the packet has not arrived there yet.
 *
 * @returns its index in `view`, or 0
 */
export function endOfSourceRoute(view: DataView, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const type = view.getUint8(at);
    if (type === END) return 0;
    const length = type === NO_OPERATION ? 1 : at + 1 < end ? view.getUint8(at + 1) : 0;
    if (length === 0 || (type !== NO_OPERATION && length < 2) || at + length > end) return 0;
    if (type === LOOSE || type === STRICT) {
      const hasAddresses = length >= ROUTE_START + IPV4_ADDRESS_LENGTH;
      return hasAddresses && view.getUint8(at + 2) <= length ? at + length - IPV4_ADDRESS_LENGTH : 0;
    }
    at += length;
  }
  return 0;
}

/**
 * The same for an IPv6 routing header (RFC 8200, section 4.4; RFC 6275, section 6.4; RFC 8754, section 2).
 *
 * @param length of the header in bytes
 */
export function endOfRoutingHeader(view: DataView, at: number, length: number): number {
  const type = view.getUint8(at + 2);
  const segmentsLeft = view.getUint8(at + 3);
  const addresses = Math.floor((length - ADDRESSES_AT) / IPV6_ADDRESS_LENGTH);
  if (segmentsLeft === 0 || addresses === 0) return 0;
  if (type === SEGMENTS) return at + ADDRESSES_AT;
  const isKnown = type === SOURCE_ROUTE || type === MOBILE;
  return isKnown ? at + ADDRESSES_AT + (addresses - 1) * IPV6_ADDRESS_LENGTH : 0;
}

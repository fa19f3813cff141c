/**
 * The header of BSD loopback captures, link type NULL: the address family of the packet, as the capturing machine has it
 * in memory (the tcpdump group's list of link-layer header types, LINKTYPE_NULL). There is no RFC.
 */
import { viewOf } from "../core/checksum.ts";
import { outOfRange, requireBytes, requireRoom } from "../core/errors.ts";

const LAYER = "loopback header";

/** Byte offset from the start of the header. */
const AT = {
  FAMILY: 0,
} as const;

const HEADER_LENGTH = 4;

/** IPv4 has the same number everywhere, IPv6 has not. Others pass through. */
export const AddressFamily = {
  IPV4: 2,
  IPV6_LINUX: 10,
  IPV6_BSD: 24,
  IPV6_FREEBSD: 28,
  IPV6_DARWIN: 30,
} as const;

/** Families are small: what is larger than this was written in the other byte order. */
const LARGEST_PLAUSIBLE_FAMILY = 0xffff;

// Under names of their own for others: V8 takes a constant that a module keeps to itself for what it is, but looks one up
// that it exports, and these are used for every packet.
export const LoopbackOffset = AT;
export const LOOPBACK_HEADER_LENGTH = HEADER_LENGTH;

export interface LoopbackHeader {
  /** What follows, 0 to 2^32 - 1; see `AddressFamily`. */
  readonly family: number;
  /** Byte order of the machine that wrote it. Default: true. */
  readonly littleEndian?: boolean;
}

/** Inside a frame, the layer that follows tells the family. */
export type LoopbackHeaderInFrame = Omit<LoopbackHeader, "family"> & { readonly family?: number };

export function byteLength(_header: LoopbackHeaderInFrame): number {
  return HEADER_LENGTH;
}

/**
 * Reads the header at `offset`, in the byte order that makes the family a small number.
 *
 * @param limitedBy what set `end`, for the error message
 * @throws PacketError TRUNCATED if it does not end before `end`
 */
export function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): Required<LoopbackHeader> {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  const family = view.getUint32(offset + AT.FAMILY, true);
  if (family <= LARGEST_PLAUSIBLE_FAMILY) return { family, littleEndian: true };
  return { family: view.getUint32(offset + AT.FAMILY), littleEndian: false };
}

/**
 * Writes the header at `offset`.
 *
 * @param end as for all headers; nothing in this one depends on it
 * @param following the family of what follows, for a header that does not say
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if the family does not fit its field
 */
export function encodeInto(
  header: LoopbackHeaderInFrame,
  bytes: Uint8Array,
  offset: number,
  end: number = offset + HEADER_LENGTH,
  following?: number,
): number {
  requireRoom(LAYER, bytes, offset, HEADER_LENGTH, end);
  const at = offset + AT.FAMILY;
  const family = header.family ?? following;
  if (family === undefined || family >>> 0 !== family) throw outOfRange(LAYER, at, "family", family, 0xffff_ffff);
  viewOf(bytes).setUint32(at, family, header.littleEndian ?? true);
  return HEADER_LENGTH;
}

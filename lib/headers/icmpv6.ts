/**
 * ICMPv6 header (RFC 4443, section 2.1). What follows it, the message body, depends on the type.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |     Type      |     Code      |           Checksum            |
 */
import { finishChecksum, sumBytes, viewOf } from "../core/checksum.ts";
import { checkedField, requireBytes, requireRoom } from "../core/errors.ts";

const LAYER = "ICMPv6 header";

/** Byte offsets from the start of the header. */
const AT = { TYPE: 0, CODE: 1, CHECKSUM: 2 } as const;

const HEADER_LENGTH = 4;

/** The types that have a name here (RFC 4443, RFC 4861). Others pass through. */
export const Icmpv6Type = {
  DESTINATION_UNREACHABLE: 1,
  PACKET_TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  PARAMETER_PROBLEM: 4,
  ECHO_REQUEST: 128,
  ECHO_REPLY: 129,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOR_SOLICITATION: 135,
  NEIGHBOR_ADVERTISEMENT: 136,
  REDIRECT: 137,
} as const;

/** A field left out is computed; a field given is written as it is, right or wrong. */
export interface Icmpv6Header {
  /** 0 to 255; see `Icmpv6Type`. */
  readonly type: number;
  /** 0 to 255; what it says depends on the type. Default 0. */
  readonly code?: number;
  /** Over pseudo-header, header and body, 0 to 65535. Computed. */
  readonly checksum?: number;
}

/** A header as it was read, with every field. */
export type DecodedIcmpv6Header = Required<Icmpv6Header>;

export function byteLength(_header: Icmpv6Header): number {
  return HEADER_LENGTH;
}

/**
 * Reads the header at `offset`. The checksum is handed back, not verified.
 *
 * @param limitedBy what set `end`, for the error message
 * @throws PacketError TRUNCATED if the header does not end before `end`
 */
export function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedIcmpv6Header {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  return {
    type: view.getUint8(offset + AT.TYPE),
    code: view.getUint8(offset + AT.CODE),
    checksum: view.getUint16(offset + AT.CHECKSUM),
  };
}

/**
 * Writes the header at `offset`.
 *
 * @param end where the message ends, its body being in place. Default: behind the header
 * @param pseudoHeaderSum what the pseudo-header adds to the checksum; without it a checksum left out becomes 0
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field
 */
export function encodeInto(
  header: Icmpv6Header,
  bytes: Uint8Array,
  offset: number,
  end: number = offset + HEADER_LENGTH,
  pseudoHeaderSum?: number,
): number {
  requireRoom(LAYER, bytes, offset, HEADER_LENGTH, end);
  const view = viewOf(bytes);
  view.setUint8(offset + AT.TYPE, checkedField(LAYER, header.type, 0xff, "type", offset + AT.TYPE));
  view.setUint8(offset + AT.CODE, checkedField(LAYER, header.code ?? 0, 0xff, "code", offset + AT.CODE));
  view.setUint16(
    offset + AT.CHECKSUM,
    checkedField(LAYER, header.checksum ?? 0, 0xffff, "checksum", offset + AT.CHECKSUM),
  );
  if (header.checksum === undefined && pseudoHeaderSum !== undefined) {
    view.setUint16(offset + AT.CHECKSUM, finishChecksum(sumBytes(view, offset, end, pseudoHeaderSum)));
  }
  return HEADER_LENGTH;
}

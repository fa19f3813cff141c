/**
 * ICMP header (RFC 792).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |     Type      |     Code      |           Checksum            |
 * |                        Rest of header                         |
 */
import { finishChecksum, sumBytes, viewOf } from "../core/checksum.ts";
import { checkedField, requireBytes, requireRoom } from "../core/errors.ts";

const LAYER = "ICMP header";

/** Byte offsets from the start of the header. */
const AT = { TYPE: 0, CODE: 1, CHECKSUM: 2, REST: 4 } as const;

const HEADER_LENGTH = 8;

/** The types that have a name here. Others pass through. */
export const IcmpType = {
  ECHO_REPLY: 0,
  DESTINATION_UNREACHABLE: 3,
  SOURCE_QUENCH: 4,
  REDIRECT: 5,
  ECHO_REQUEST: 8,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
} as const;

/** A field left out is computed; a field given is written as it is, right or wrong. */
export interface IcmpHeader {
  /** 0 to 255; see `IcmpType`. */
  readonly type: number;
  /** 0 to 255; what it says depends on the type. Default 0. */
  readonly code?: number;
  /** Over header and data, 0 to 65535. Computed. */
  readonly checksum?: number;
  /** The second word, 0 to 2^32 - 1: of an echo, identifier and sequence number. Default 0. */
  readonly restOfHeader?: number;
}

/** A header as it was read, with every field. */
export type DecodedIcmpHeader = Required<IcmpHeader>;

export function byteLength(_header: IcmpHeader): number {
  return HEADER_LENGTH;
}

/**
 * Reads the header at `offset`. The checksum is handed back, not verified.
 *
 * @param limitedBy what set `end`, for the error message
 * @throws PacketError TRUNCATED if the header does not end before `end`
 */
export function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedIcmpHeader {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  return {
    type: view.getUint8(offset + AT.TYPE),
    code: view.getUint8(offset + AT.CODE),
    checksum: view.getUint16(offset + AT.CHECKSUM),
    restOfHeader: view.getUint32(offset + AT.REST),
  };
}

/**
 * Writes the header at `offset`.
 *
 * @param end where the message ends, its data being in place. Default: behind the header
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field
 */
export function encodeInto(
  header: IcmpHeader,
  bytes: Uint8Array,
  offset: number,
  end: number = offset + HEADER_LENGTH,
): number {
  requireRoom(LAYER, bytes, offset, HEADER_LENGTH, end);
  const view = viewOf(bytes);
  view.setUint8(offset + AT.TYPE, checkedField(LAYER, header.type, 0xff, "type", offset + AT.TYPE));
  view.setUint8(offset + AT.CODE, checkedField(LAYER, header.code ?? 0, 0xff, "code", offset + AT.CODE));
  view.setUint16(
    offset + AT.CHECKSUM,
    checkedField(LAYER, header.checksum ?? 0, 0xffff, "checksum", offset + AT.CHECKSUM),
  );
  view.setUint32(
    offset + AT.REST,
    checkedField(LAYER, header.restOfHeader ?? 0, 0xffff_ffff, "restOfHeader", offset + AT.REST),
  );
  if (header.checksum === undefined) {
    view.setUint16(offset + AT.CHECKSUM, finishChecksum(sumBytes(view, offset, end)));
  }
  return HEADER_LENGTH;
}

/**
 * UDP header (RFC 768; RFC 8200, section 8.1 for UDP over IPv6).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |          Source Port          |       Destination Port        |
 * |            Length             |           Checksum            |
 */
import { finishChecksum, sumBytes, viewOf } from "../core/checksum.ts";
import { outOfRange, requireBytes, requireRoom } from "../core/errors.ts";

const LAYER = "UDP header";

/** Byte offsets from the start of the header. */
const AT = {
  SOURCE_PORT: 0,
  DESTINATION_PORT: 2,
  LENGTH: 4,
  CHECKSUM: 6,
} as const;

const HEADER_LENGTH = 8;

/** On the wire, 0 says that the sender computed no checksum; a checksum that comes out as 0 is sent as its twin. */
const ZERO_CHECKSUM = 0xffff;

export const UdpOffset = AT;
export const UDP_HEADER_LENGTH = HEADER_LENGTH;

/** A field left out is computed; a field given is written as it is, right or wrong. Each is 0 to 65535. */
export interface UdpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Bytes of header and data. Computed. */
  readonly length?: number;
  /** Computed over pseudo-header, header and data; 0 means that there is none. */
  readonly checksum?: number;
}

/** A header as it was read, with every field. */
export type DecodedUdpHeader = Required<UdpHeader>;

export function byteLength(_header: UdpHeader): number {
  return HEADER_LENGTH;
}

/**
 * Reads the header at `offset`. Length and checksum are handed back, not verified.
 *
 * @param limitedBy what set `end`, for the error message
 * @throws PacketError TRUNCATED if the header does not end before `end`
 */
export function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedUdpHeader {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  return {
    sourcePort: view.getUint16(offset + AT.SOURCE_PORT),
    destinationPort: view.getUint16(offset + AT.DESTINATION_PORT),
    length: view.getUint16(offset + AT.LENGTH),
    checksum: view.getUint16(offset + AT.CHECKSUM),
  };
}

/**
 * Writes the header at `offset`.
 *
 * @param end where the datagram ends, its data being in place. Default: behind the header
 * @param pseudoHeaderSum what the pseudo-header adds to the checksum; without it a checksum left out becomes 0, none
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field
 */
export function encodeInto(
  header: UdpHeader,
  bytes: Uint8Array,
  offset: number,
  end: number = offset + HEADER_LENGTH,
  pseudoHeaderSum?: number,
): number {
  requireRoom(LAYER, bytes, offset, HEADER_LENGTH, end);
  const view = viewOf(bytes);
  setUint16(view, offset + AT.SOURCE_PORT, header.sourcePort, "sourcePort");
  setUint16(view, offset + AT.DESTINATION_PORT, header.destinationPort, "destinationPort");
  setUint16(view, offset + AT.LENGTH, header.length ?? end - offset, "length");
  setUint16(view, offset + AT.CHECKSUM, header.checksum ?? 0, "checksum");
  if (header.checksum === undefined && pseudoHeaderSum !== undefined) {
    const checksum = finishChecksum(sumBytes(view, offset, end, pseudoHeaderSum));
    view.setUint16(offset + AT.CHECKSUM, checksum === 0 ? ZERO_CHECKSUM : checksum);
  }
  return HEADER_LENGTH;
}

function setUint16(view: DataView, at: number, value: number, field: string): void {
  if ((value & 0xffff) !== value) throw outOfRange(LAYER, at, field, value, 0xffff);
  view.setUint16(at, value);
}

/**
 * TCP header (RFC 9293, section 3.1; RFC 3168 for ECE and CWR; RFC 9768 for AE).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |          Source Port          |       Destination Port        |
 * |                        Sequence Number                        |
 * |                    Acknowledgment Number                      |
 * | Offset| Rsrvd |A|C|E|U|A|P|R|S|F|            Window           |    (Rsrvd: three bits)
 * |           Checksum            |         Urgent Pointer        |
 * |                    Options, padded to 32 bits                 |
 */
import { finishChecksum, sumBytes, viewOf } from "../core/checksum.ts";
import { badField, outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import { addSequence, type SequenceNumber } from "../core/sequence.ts";
import type { TcpOption } from "./tcp-options.ts";
import * as tcpOptions from "./tcp-options.ts";

export type { SackBlock, TcpOption } from "./tcp-options.ts";

const LAYER = "TCP header";

/** Byte offsets from the start of the header. */
const AT = {
  SOURCE_PORT: 0,
  DESTINATION_PORT: 2,
  SEQUENCE_NUMBER: 4,
  ACKNOWLEDGMENT_NUMBER: 8,
  /** Four bits of data offset, three reserved ones, nine flags. */
  DATA_OFFSET_AND_FLAGS: 12,
  WINDOW: 14,
  CHECKSUM: 16,
  URGENT_POINTER: 18,
  OPTIONS: 20,
} as const;

/** Bits of `flags`. */
export const TcpFlag = {
  FIN: 0x01,
  SYN: 0x02,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
  URG: 0x20,
  ECE: 0x40,
  CWR: 0x80,
  /** Called NS before it was given to accurate ECN. */
  AE: 0x100,
} as const;

/** Length of a header without options. */
const HEADER_LENGTH = 20;
export const DEFAULT_WINDOW = 65_535;

const ALL_FLAGS = 0x1ff;
const LARGEST_SEQUENCE_NUMBER = 0xffff_ffff;

// Under names of their own for others: V8 takes a constant that a module keeps to itself for what it is, but looks one up
// that it exports, and these are used for every packet.
export const TcpOffset = AT;
export const TCP_HEADER_LENGTH = HEADER_LENGTH;

/** A field left out is computed or takes its default; a field given is written as it is, right or wrong. */
export interface TcpHeader {
  /** 0 to 65535. */
  readonly sourcePort: number;
  /** 0 to 65535. */
  readonly destinationPort: number;
  /** Default: 0. */
  readonly sequenceNumber?: SequenceNumber;
  /** Default: 0. */
  readonly acknowledgmentNumber?: SequenceNumber;
  /** Length of the header in 32-bit words, 0 to 15. Computed from the options. */
  readonly dataOffset?: number;
  /** The three bits between data offset and flags, 0 to 7. Default: 0. */
  readonly reserved?: number;
  /** Bits of `TcpFlag`, 0 to 0x1ff. Default: 0. */
  readonly flags?: number;
  /** As it stands in the segment, before any scaling, 0 to 65535. Default: 65535. */
  readonly window?: number;
  /** 0 to 65535. Computed, for which the pseudo-header is needed. 0 is a sum like any other. */
  readonly checksum?: number;
  /** 0 to 65535. Default: 0. */
  readonly urgentPointer?: number;
  /** As a list, or as bytes that are written as they are. Either is followed by zeros up to a multiple of 4. Default: none. */
  readonly options?: Uint8Array | readonly TcpOption[];
}

/** A header as it was read, with every field. */
export interface DecodedTcpHeader extends Required<TcpHeader> {
  readonly options: readonly TcpOption[];
}

/** @throws PacketError BAD_FIELD if a list of options takes more than 40 bytes */
export function byteLength(header: TcpHeader): number {
  const options = header.options;
  if (options === undefined) return HEADER_LENGTH;
  if (options instanceof Uint8Array) return HEADER_LENGTH + ((options.length + 3) & ~3);
  return HEADER_LENGTH + tcpOptions.byteLength(options);
}

/**
 * Reads the header at `offset`, with its options. The checksum is handed back, not verified.
 *
 * @param limitedBy what set `end`, for the error message
 * @throws PacketError TRUNCATED if the header does not end before `end` or an option not before the end of the header,
 *   BAD_FIELD if the data offset or the length of an option is too small
 */
export function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedTcpHeader {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  const word = view.getUint16(offset + AT.DATA_OFFSET_AND_FLAGS);
  const dataOffset = word >>> 12;
  const length = dataOffset * 4;
  if (length < HEADER_LENGTH) {
    const at = offset + AT.DATA_OFFSET_AND_FLAGS;
    throw badField(LAYER, at, `dataOffset is ${dataOffset}, and must be at least 5`);
  }
  requireBytes(LAYER, bytes, offset, end, length, limitedBy);
  return {
    sourcePort: view.getUint16(offset + AT.SOURCE_PORT),
    destinationPort: view.getUint16(offset + AT.DESTINATION_PORT),
    sequenceNumber: view.getUint32(offset + AT.SEQUENCE_NUMBER),
    acknowledgmentNumber: view.getUint32(offset + AT.ACKNOWLEDGMENT_NUMBER),
    dataOffset,
    reserved: (word >>> 9) & 0x7,
    flags: word & ALL_FLAGS,
    window: view.getUint16(offset + AT.WINDOW),
    checksum: view.getUint16(offset + AT.CHECKSUM),
    urgentPointer: view.getUint16(offset + AT.URGENT_POINTER),
    options: tcpOptions.decode(bytes, offset + AT.OPTIONS, offset + length),
  };
}

/**
 * Writes the header at `offset`.
 *
 * @param end where the segment ends; its data must be in place already, for the checksum. Default: behind the header
 * @param pseudoHeaderSum what the addresses, the protocol and the length of the segment add to the checksum (RFC 9293,
 *   section 3.1), any non-negative safe integer. Without it, a checksum that is left out is written as 0
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field
 */
export function encodeInto(
  header: TcpHeader,
  bytes: Uint8Array,
  offset: number,
  end?: number,
  pseudoHeaderSum?: number,
): number {
  const length = byteLength(header);
  const segmentEnd = end ?? offset + length;
  requireRoom(LAYER, bytes, offset, length, segmentEnd);
  const view = viewOf(bytes);
  setUint16(view, offset + AT.SOURCE_PORT, header.sourcePort, "sourcePort");
  setUint16(view, offset + AT.DESTINATION_PORT, header.destinationPort, "destinationPort");
  setSequence(view, offset + AT.SEQUENCE_NUMBER, header.sequenceNumber ?? 0, "sequenceNumber");
  const acknowledgment = header.acknowledgmentNumber ?? 0;
  setSequence(view, offset + AT.ACKNOWLEDGMENT_NUMBER, acknowledgment, "acknowledgmentNumber");
  view.setUint16(offset + AT.DATA_OFFSET_AND_FLAGS, flagWord(header, length, offset));
  setUint16(view, offset + AT.WINDOW, header.window ?? DEFAULT_WINDOW, "window");
  setUint16(view, offset + AT.CHECKSUM, header.checksum ?? 0, "checksum");
  setUint16(view, offset + AT.URGENT_POINTER, header.urgentPointer ?? 0, "urgentPointer");
  if (header.options !== undefined) encodeOptions(header.options, bytes, offset + AT.OPTIONS, offset + length);
  if (header.checksum === undefined && pseudoHeaderSum !== undefined) {
    const checksum = finishChecksum(sumBytes(view, offset, segmentEnd, pseudoHeaderSum));
    view.setUint16(offset + AT.CHECKSUM, checksum);
  }
  return length;
}

function flagWord(header: TcpHeader, length: number, offset: number): number {
  const at = offset + AT.DATA_OFFSET_AND_FLAGS;
  const dataOffset = header.dataOffset ?? length >>> 2;
  const reserved = header.reserved ?? 0;
  const flags = header.flags ?? 0;
  if ((dataOffset & 15) !== dataOffset) throw outOfRange(LAYER, at, "dataOffset", dataOffset, 15);
  if ((reserved & 7) !== reserved) throw outOfRange(LAYER, at, "reserved", reserved, 7);
  if ((flags & ALL_FLAGS) !== flags) throw outOfRange(LAYER, at, "flags", flags, ALL_FLAGS);
  return (dataOffset << 12) | (reserved << 9) | flags;
}

function encodeOptions(
  options: Uint8Array | readonly TcpOption[],
  bytes: Uint8Array,
  offset: number,
  end: number,
): void {
  if (options instanceof Uint8Array) {
    bytes.fill(0, offset + options.length, end);
    bytes.set(options, offset);
  } else {
    tcpOptions.encodeInto(options, bytes, offset);
  }
}

function setUint16(view: DataView, at: number, value: number, field: string): void {
  if ((value & 0xffff) !== value) throw outOfRange(LAYER, at, field, value, 0xffff);
  view.setUint16(at, value);
}

function setSequence(view: DataView, at: number, value: SequenceNumber, field: string): void {
  if (addSequence(value, 0) !== value) throw outOfRange(LAYER, at, field, value, LARGEST_SEQUENCE_NUMBER);
  view.setUint32(at, value);
}

const FLAG_NAMES = Object.entries(TcpFlag);

/** AE, CWR and ECE: with accurate ECN one counter, ACE (draft-ietf-tcpm-accurate-ecn, section 3.2). */
const COUNTER_BITS = TcpFlag.AE | TcpFlag.CWR | TcpFlag.ECE;
const COUNTER_SHIFT = 6;

/**
 * The names of the flags that are set, in the order and form that Wireshark has: "SYN, ACK", or "<None>".
 *
 * @param isAccurateEcn whether AE, CWR and ECE are one counter in all segments but SYNs: "ACK, ACE=5"
 */
export function formatTcpFlags(flags: number, isAccurateEcn = false): string {
  const names: string[] = [];
  const hasCounter = isAccurateEcn && (flags & TcpFlag.SYN) === 0;
  const named = hasCounter ? flags & ~COUNTER_BITS : flags;
  for (const [name, bit] of FLAG_NAMES) if ((named & bit) !== 0) names.push(name);
  if (hasCounter) names.push(`ACE=${(flags & COUNTER_BITS) >>> COUNTER_SHIFT}`);
  return names.length === 0 ? "<None>" : names.join(", ");
}

/**
 * TCP options (RFC 9293, sections 3.1 and 3.2; window scale and timestamps RFC 7323; selective acknowledgment RFC 2018).
 *
 * Two kinds are a single byte. All others are the kind, a length that counts kind and length too, and data.
 */
import { viewOf } from "../core/bytes.ts";
import { badField, checkedField, PacketError, requireBytes, requireRoom } from "../core/errors.ts";
import type { SequenceNumber } from "../core/sequence.ts";

const LAYER = "TCP options";

/** The kind byte. Others pass through, as `unknown`. */
export const TcpOptionKind = {
  EOL: 0,
  NOP: 1,
  MSS: 2,
  WINDOW_SCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
} as const;

/** Byte offsets from the start of an option. */
const LENGTH_AT = 1;
const DATA_AT = 2;

/** Lengths of whole options. */
const MSS_LENGTH = 4;
const WINDOW_SCALE_LENGTH = 3;
const SACK_PERMITTED_LENGTH = 2;
const TIMESTAMPS_LENGTH = 10;
const SACK_BLOCK_LENGTH = 8;

const SINGLE_BYTE_KINDS =
  'the kinds 0 and 1 are single bytes and have no data; write them as { kind: "eol" } and { kind: "nop" }';

/** What the data offset, in four bits, leaves for options. */
const LONGEST_TCP_OPTIONS = 40;

/** Bytes that arrived out of order: from the first of them, `left`, up to but not including `right`. */
export interface SackBlock {
  readonly left: SequenceNumber;
  readonly right: SequenceNumber;
}

export type TcpOption =
  /** End of the list. `padding` is whatever stands behind it, not always zeros; left out: zeros up to a multiple of 4. */
  | { readonly kind: "eol"; readonly padding?: Uint8Array }
  /** Nothing; moves the next option to where it should begin. */
  | { readonly kind: "nop" }
  /** The largest segment the sender is ready to take, in bytes of data, 0 to 65535. */
  | { readonly kind: "mss"; readonly value: number }
  /** The power of two that the sender's windows are to be multiplied by, 0 to 255, of which at most 14 make sense. */
  | { readonly kind: "windowScale"; readonly shift: number }
  | { readonly kind: "sackPermitted" }
  | { readonly kind: "sack"; readonly blocks: readonly SackBlock[] }
  /** The sender's clock, and what it last saw of the peer's, 0 to 2^32 - 1 each. */
  | { readonly kind: "timestamps"; readonly value: number; readonly echoReply: number }
  /**
   * A kind without a name here, or one of those above with a length that it should not have. `number` is 2 to 255: the kinds
   * 0 and 1 are single bytes, which have neither length nor data.
   */
  | { readonly kind: "unknown"; readonly number: number; readonly data: Uint8Array };

/**
 * Bytes that the options take, with zeros behind them up to a multiple of 4.
 *
 * @throws PacketError BAD_FIELD if these are more than 40
 */
export function byteLength(options: readonly TcpOption[]): number {
  let length = 0;
  for (const option of options) length += optionLength(option);
  if (length > LONGEST_TCP_OPTIONS) {
    throw badField(LAYER, 0, `the options take ${length} bytes, and can take ${LONGEST_TCP_OPTIONS}`);
  }
  return (length + 3) & ~3;
}

function optionLength(option: TcpOption): number {
  switch (option.kind) {
    case "eol":
      return 1 + (option.padding?.length ?? 0);
    case "nop":
      return 1;
    case "mss":
      return MSS_LENGTH;
    case "windowScale":
      return WINDOW_SCALE_LENGTH;
    case "sackPermitted":
      return SACK_PERMITTED_LENGTH;
    case "sack":
      return DATA_AT + option.blocks.length * SACK_BLOCK_LENGTH;
    case "timestamps":
      return TIMESTAMPS_LENGTH;
    case "unknown":
      return DATA_AT + option.data.length;
  }
}

/**
 * Reads the options from `offset` to `end`. The data of unknown options and the padding share memory with `bytes`.
 *
 * @param limitedBy what set `end`, for the error message
 * @throws PacketError TRUNCATED if an option goes on behind `end`, BAD_FIELD if its length is less than 2
 */
export function decode(
  bytes: Uint8Array,
  offset: number,
  end: number,
  limitedBy: string = "the data offset",
): TcpOption[] {
  requireBytes(LAYER, bytes, offset, end, end - offset, limitedBy);
  const options: TcpOption[] = [];
  for (let at = offset; at < end; ) {
    const kind = bytes[at]!;
    if (kind === TcpOptionKind.EOL) {
      options.push({ kind: "eol", padding: bytes.subarray(at + 1, end) });
      break;
    }
    if (kind === TcpOptionKind.NOP) {
      options.push({ kind: "nop" });
      at++;
      continue;
    }
    const length = checkedLength(bytes, at, end, limitedBy);
    options.push(decodeOne(kind, bytes, at + DATA_AT, at + length));
    at += length;
  }
  return options;
}

function checkedLength(bytes: Uint8Array, at: number, end: number, limitedBy: string): number {
  const length = at + LENGTH_AT < end ? bytes[at + LENGTH_AT]! : DATA_AT;
  if (length < DATA_AT) {
    throw badField(
      LAYER,
      at,
      `an option of kind ${bytes[at]} has length ${length}, and cannot be shorter than ${DATA_AT}`,
    );
  }
  if (at + length > end) {
    const problem = `an option of kind ${bytes[at]} is cut off`;
    throw new PacketError("TRUNCATED", {
      layer: LAYER,
      offset: at,
      problem,
      needed: length,
      available: end - at,
      limitedBy,
    });
  }
  return length;
}

function decodeOne(kind: number, bytes: Uint8Array, start: number, end: number): TcpOption {
  const view = viewOf(bytes);
  const length = end - start + DATA_AT;
  if (kind === TcpOptionKind.MSS && length === MSS_LENGTH) return { kind: "mss", value: view.getUint16(start) };
  if (kind === TcpOptionKind.WINDOW_SCALE && length === WINDOW_SCALE_LENGTH) {
    return { kind: "windowScale", shift: view.getUint8(start) };
  }
  if (kind === TcpOptionKind.SACK_PERMITTED && length === SACK_PERMITTED_LENGTH) return { kind: "sackPermitted" };
  if (kind === TcpOptionKind.TIMESTAMPS && length === TIMESTAMPS_LENGTH) {
    return { kind: "timestamps", value: view.getUint32(start), echoReply: view.getUint32(start + 4) };
  }
  if (kind === TcpOptionKind.SACK && (length - DATA_AT) % SACK_BLOCK_LENGTH === 0) {
    const blocks: SackBlock[] = [];
    for (let at = start; at < end; at += SACK_BLOCK_LENGTH) {
      blocks.push({ left: view.getUint32(at), right: view.getUint32(at + 4) });
    }
    return { kind: "sack", blocks };
  }
  return { kind: "unknown", number: kind, data: bytes.subarray(start, end) };
}

/**
 * Writes the options at `offset`, and zeros behind them up to a multiple of 4.
 *
 * @param end as for all headers; nothing in options depends on it
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field or there are more
 *   than 40 bytes
 */
export function encodeInto(options: readonly TcpOption[], bytes: Uint8Array, offset: number, end?: number): number {
  const length = byteLength(options);
  requireRoom(LAYER, bytes, offset, length, end ?? offset + length);
  const view = viewOf(bytes);
  let at = offset;
  for (const option of options) {
    encodeOne(option, bytes, view, at);
    at += optionLength(option);
  }
  bytes.fill(0, at, offset + length);
  return length;
}

function encodeOne(option: TcpOption, bytes: Uint8Array, view: DataView, at: number): void {
  switch (option.kind) {
    case "eol":
      bytes[at] = TcpOptionKind.EOL;
      if (option.padding !== undefined) bytes.set(option.padding, at + 1);
      return;
    case "nop":
      bytes[at] = TcpOptionKind.NOP;
      return;
    case "mss":
      begin(view, at, TcpOptionKind.MSS, MSS_LENGTH);
      view.setUint16(at + DATA_AT, checkedField(LAYER, option.value, 0xffff, "value of mss", at));
      return;
    case "windowScale":
      begin(view, at, TcpOptionKind.WINDOW_SCALE, WINDOW_SCALE_LENGTH);
      view.setUint8(at + DATA_AT, checkedField(LAYER, option.shift, 0xff, "shift of windowScale", at));
      return;
    case "sackPermitted":
      begin(view, at, TcpOptionKind.SACK_PERMITTED, SACK_PERMITTED_LENGTH);
      return;
    case "sack":
      encodeSack(option.blocks, view, at);
      return;
    case "timestamps":
      begin(view, at, TcpOptionKind.TIMESTAMPS, TIMESTAMPS_LENGTH);
      setUint32(view, at + DATA_AT, option.value, "value of timestamps", at);
      setUint32(view, at + DATA_AT + 4, option.echoReply, "echoReply of timestamps", at);
      return;
    case "unknown":
      checkedField(LAYER, option.number, 0xff, "number of an unknown option", at);
      if (option.number <= TcpOptionKind.NOP) throw badField(LAYER, at, SINGLE_BYTE_KINDS);
      begin(view, at, option.number, DATA_AT + option.data.length);
      bytes.set(option.data, at + DATA_AT);
  }
}

function encodeSack(blocks: readonly SackBlock[], view: DataView, start: number): void {
  begin(view, start, TcpOptionKind.SACK, DATA_AT + blocks.length * SACK_BLOCK_LENGTH);
  let at = start + DATA_AT;
  for (const block of blocks) {
    setUint32(view, at, block.left, "left edge of a sack block", at);
    setUint32(view, at + 4, block.right, "right edge of a sack block", at + 4);
    at += SACK_BLOCK_LENGTH;
  }
}

function begin(view: DataView, at: number, kind: number, length: number): void {
  view.setUint8(at, kind);
  view.setUint8(at + LENGTH_AT, length);
}

function setUint32(view: DataView, at: number, value: number, field: string, fieldAt: number): void {
  view.setUint32(at, checkedField(LAYER, value, 0xffff_ffff, field, fieldAt));
}

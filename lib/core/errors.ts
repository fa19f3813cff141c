/** The errors that leave this library. Whatever the bytes or the arguments' values, nothing else is thrown on purpose. */

/** The base of every error here. `code` is for programs, in capitals, and stays the same; `message` is for people. */
export class WirewrightError extends Error {
  /** What went wrong, in capitals, for programs: it stays the same where messages change. */
  readonly code: string;

  /** Takes the whole sentence for people as `message`. */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WirewrightError";
    this.code = code;
  }
}

/**
 * TRUNCATED: bytes are missing, in what is read or in the buffer that is written to.
 * BAD_FIELD: a field holds a value that its header cannot have.
 */
export type PacketErrorCode = "TRUNCATED" | "BAD_FIELD";

/** What a PacketError is about. */
export interface PacketErrorDetails {
  /** The header, or part of one, as a person would call it: "IPv4 header". */
  readonly layer: string;
  /**
   * Index in the buffer: of the layer's first byte when bytes are missing, of the field when a field is bad. Counted from
   * the start of the header where there is no buffer yet.
   */
  readonly offset: number;
  /** Bytes that the layer takes. */
  readonly needed?: number;
  /** Bytes that are there, from `offset` on. */
  readonly available?: number;
  /** What decided how many are there: "the captured length". */
  readonly limitedBy?: string;
  /** What is wrong, when it is not the number of bytes. */
  readonly problem?: string;
}

/** A packet that cannot be read, or cannot be made. */
export class PacketError extends WirewrightError {
  /** The header, or part of one, as a person would call it: "IPv4 header". */
  readonly layer: string;
  /** Index in the buffer of the layer, when bytes are missing, or of the bad field. */
  readonly offset: number;
  // Declared only: a field that does not apply is absent, and not printed as undefined.
  /** Bytes that the layer takes; left out for a bad field. */
  declare readonly needed?: number;
  /** Bytes that are there, from `offset` on; left out for a bad field. */
  declare readonly available?: number;
  /** What decided how many are there: "the captured length". */
  declare readonly limitedBy?: string;

  /** Makes the sentence out of the details. */
  constructor(code: PacketErrorCode, details: PacketErrorDetails, options?: ErrorOptions) {
    super(code, describePacketProblem(details), options);
    this.name = "PacketError";
    this.layer = details.layer;
    this.offset = details.offset;
    if (details.needed !== undefined) this.needed = details.needed;
    if (details.available !== undefined) this.available = details.available;
    if (details.limitedBy !== undefined) this.limitedBy = details.limitedBy;
  }
}

/** The sentence of a PacketError, without a full stop. */
function describePacketProblem({ layer, offset, needed, available, limitedBy, problem }: PacketErrorDetails): string {
  const what: string[] = [];
  if (problem !== undefined) what.push(problem);
  if (needed !== undefined) what.push(`${needed} bytes needed`);
  if (available !== undefined) what.push(`${available} available`);
  if (limitedBy !== undefined) what.push(`limited by ${limitedBy}`);
  what.push(`at byte ${offset}`);
  return `${layer}: ${what.join(", ")}`;
}

/** The usual answer to the question why a packet that is read has no more bytes. */
export const CAPTURED_LENGTH = "the captured length";

/**
 * Makes sure that `needed` bytes lie between `offset` and `end`, before a header is read.
 *
 * @param limitedBy what set `end`
 * @throws PacketError TRUNCATED
 */
export function requireBytes(
  layer: string,
  bytes: Uint8Array,
  offset: number,
  end: number,
  needed: number,
  limitedBy: string = CAPTURED_LENGTH,
): void {
  const available = Math.min(end, bytes.length) - offset;
  if (available >= needed && offset >= 0) return;
  throw new PacketError("TRUNCATED", {
    layer,
    offset,
    needed,
    available: Math.max(0, available),
    limitedBy: end > bytes.length ? CAPTURED_LENGTH : limitedBy,
  });
}

/**
 * Makes sure, before a header of `length` bytes is written, that the buffer has room for it and for all that it carries,
 * which ends at `end`.
 *
 * @throws PacketError TRUNCATED
 */
export function requireRoom(layer: string, bytes: Uint8Array, offset: number, length: number, end: number): void {
  if (end <= bytes.length && end >= offset + length && offset >= 0) return;
  const isBufferTooSmall = end > bytes.length || !(offset >= 0);
  throw new PacketError("TRUNCATED", {
    layer,
    offset,
    needed: isBufferTooSmall ? Math.max(length, end - offset) : length,
    available: Math.max(0, (isBufferTooSmall ? bytes.length : end) - offset),
    limitedBy: isBufferTooSmall ? "the size of the buffer" : "the end that was given",
  });
}

/** A PacketError BAD_FIELD, to be thrown. `problem` names the field, its value and what would be right. */
export function badField(layer: string, offset: number, problem: string): PacketError {
  return new PacketError("BAD_FIELD", { layer, offset, problem });
}

/**
 * The same, for a field that is not a whole number from 0 to `largest`.
 *
 * @param offset index of the field
 * @param value undefined where a field must be given and is not
 */
export function outOfRange(
  layer: string,
  offset: number,
  field: string,
  value: number | undefined,
  largest: number,
): PacketError {
  if (value === undefined) return badField(layer, offset, `${field} is missing`);
  return badField(layer, offset, `${field} is ${value}, and can be a whole number from 0 to ${largest}`);
}

/** A value that is to stand in a field, as it is. @throws PacketError BAD_FIELD if it is no whole number from 0 to `largest` */
export function checkedField(layer: string, value: number, largest: number, field: string, at: number): number {
  if (value >= 0 && value <= largest && Math.floor(value) === value) return value;
  throw outOfRange(layer, at, field, value, largest);
}

/**
 * Where and why a packet could not be understood any further. Not an error yet: a capture can be full of such packets, and
 * an error is costly to make.
 */
export class StoppedAt {
  /** As of a `PacketError`. */
  readonly code: PacketErrorCode;
  readonly #details: PacketErrorDetails;

  /** Takes what `PacketError` takes. */
  constructor(code: PacketErrorCode, details: PacketErrorDetails) {
    this.code = code;
    this.#details = details;
  }

  /** The header, or part of one, as a person would call it: "IPv4 header". */
  get layer(): string {
    return this.#details.layer;
  }

  /** A sentence without a full stop: the layer, what is wrong, at which byte. */
  get message(): string {
    return describePacketProblem(this.#details);
  }

  /** The same as an error, to be thrown. */
  toError(): PacketError {
    return new PacketError(this.code, this.#details);
  }
}

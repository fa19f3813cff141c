/** Cuts a CSV that arrives in arbitrary pieces into blocks of whole rows. Only the last, unfinished row is kept. */
import { RecordScanner } from "./record-scanner.ts";

/** Whole rows in the order of the file, and what comes after them that is no row. */
export interface Block {
  readonly bytes: Uint8Array;
  /** The line of the first byte, from 1. */
  readonly firstLine: number;
  /** When present, this is the last block. */
  readonly fault?: BlockFault;
}

/** Where the text stops being CSV. Lines and columns count from 1. */
export interface BlockFault {
  readonly kind: "open" | "stray" | "textAfter" | "tooLong";
  readonly line: number;
  readonly column: number;
  /** The line of the byte that showed it. */
  readonly atLine: number;
}

/**
 * No row is longer. An application message of a quarter of a gigabyte is not to be expected; a forgotten quote that
 * swallows the rest of a huge file is, and must not take all memory first.
 */
export const LONGEST_ROW = 1 << 28;

/** Larger pieces are taken in parts, so that a whole file handed over as one piece does not become one batch. */
const LARGEST_PIECE = 1 << 20;

const NO_BYTES = new Uint8Array(0);
export const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

export class RecordSplitter {
  readonly #rowLimit: number;
  readonly #scanner: RecordScanner;
  #kept: Uint8Array[] = [];
  #keptLength = 0;
  /** The first bytes of the file, until they are enough to tell a byte order mark. */
  #opening: Uint8Array | undefined = NO_BYTES;

  /**
   * A row longer than `rowLimit` bytes is a fault; `delimiter` and `strayIsFault` are as for the scanner.
   *
   * @param firstLine the line of the first byte; only in line 1 can there be a byte order mark
   */
  constructor(rowLimit: number, delimiter: number, strayIsFault: boolean, firstLine = 1) {
    this.#rowLimit = rowLimit;
    this.#scanner = new RecordScanner(firstLine, delimiter, strayIsFault);
    if (firstLine > 1) this.#opening = undefined;
  }

  /** Cells so far that have a quote inside but none at their start, and the line of the first of them. */
  get strays(): { readonly count: number; readonly firstLine: number } {
    return { count: this.#scanner.strayCells, firstLine: this.#scanner.firstStrayLine };
  }

  /** The blocks that a piece completes. They are views of it, where it holds all of them. */
  *push(piece: Uint8Array): Iterable<Block> {
    const text = this.#opening === undefined ? piece : this.#skipMark(this.#opening, piece);
    for (let start = 0; start < text.length; start += LARGEST_PIECE) {
      const block = this.#take(text.subarray(start, start + LARGEST_PIECE));
      if (block !== undefined) yield block;
      if (block?.fault !== undefined) return;
    }
  }

  /** What is left at the end of the text: a row that no line end follows, or what is wrong with it. */
  *end(): Iterable<Block> {
    const block = this.#opening && this.#take(this.#opening);
    if (block !== undefined) yield block;
    if (block?.fault !== undefined) return;
    const firstLine = this.#scanner.rowLine;
    this.#scanner.finish();
    const { fault } = this.#scanner;
    if (fault !== undefined) yield { bytes: NO_BYTES, firstLine, fault };
    else if (this.#keptLength > 0) yield { bytes: concat(this.#kept, this.#keptLength), firstLine };
  }

  #skipMark(opening: Uint8Array, piece: Uint8Array): Uint8Array {
    const bytes = concat([opening, piece], opening.length + piece.length);
    const isEnough = bytes.length >= BYTE_ORDER_MARK.length;
    this.#opening = isEnough ? undefined : bytes;
    if (!isEnough) return NO_BYTES;
    return BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
  }

  #take(piece: Uint8Array): Block | undefined {
    const firstLine = this.#scanner.rowLine;
    const complete = this.#scanner.scan(piece);
    const bytes = complete === 0 ? undefined : this.#complete(piece.subarray(0, complete));
    if (complete < piece.length) {
      // A copy: the memory of the piece may be used again.
      this.#kept.push(piece.slice(complete));
      this.#keptLength += piece.length - complete;
    }
    const fault = this.#scanner.fault ?? this.#lengthFault();
    if (bytes === undefined && fault === undefined) return undefined;
    const block = { bytes: bytes ?? NO_BYTES, firstLine };
    return fault === undefined ? block : { ...block, fault };
  }

  #complete(piece: Uint8Array): Uint8Array {
    if (this.#keptLength === 0) return piece;
    this.#kept.push(piece);
    const bytes = concat(this.#kept, this.#keptLength + piece.length);
    this.#kept = [];
    this.#keptLength = 0;
    return bytes;
  }

  #lengthFault(): BlockFault | undefined {
    if (this.#keptLength <= this.#rowLimit) return undefined;
    const { rowLine, column, line } = this.#scanner;
    return { kind: "tooLong", line: rowLine, column, atLine: line };
  }
}

export function concat(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

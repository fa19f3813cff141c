/**
 * Rows of cells from bytes, in one pass and without a string. csv-parse is the reader of record: this one reads what leaves
 * no doubt, exactly as csv-parse does, and stops before the first row that could be taken in two ways. A property test
 * holds the two against each other.
 */
import { isUtf8, utf8Text } from "../core/utf8.ts";
import { BYTE_ORDER_MARK, concat } from "./record-splitter.ts";
import type { Row, RowSink } from "./row.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

/** Nobody's table has more columns. A row with more cells is left to csv-parse. */
const MOST_CELLS = 1 << 12;

export class FastCsvReader implements Row {
  count = 0;
  /** The text that the current row is a part of. */
  source: Uint8Array = new Uint8Array(0);
  /** The line of the first row that was not read, from 1. */
  line: number;
  /** Whether reading stopped before a row that may be no CSV, and not only before one whose end is missing. */
  isInDoubt = false;
  readonly #delimiter: number = 0;
  readonly #starts = new Int32Array(MOST_CELLS);
  readonly #ends = new Int32Array(MOST_CELLS);
  /** Cells that still have each of their quotes twice. */
  readonly #hasDoubledQuotes = new Uint8Array(MOST_CELLS);

  constructor(line: number, delimiter: number) {
    this.line = line;
    this.#delimiter = delimiter;
  }

  /**
   * Hands the whole rows of a text to `rows`. Their cells stay where they are in `bytes`, which must not change as long as
   * they are needed; doubled quotes are made single in place.
   *
   * @param bytes valid UTF-8, whose last byte is a line feed
   * @returns how many bytes the rows that were read take
   */
  read(bytes: Uint8Array, rows: RowSink): number {
    this.source = bytes;
    let offset = 0;
    while (offset < bytes.length) {
      const { line } = this;
      const end = this.#cut(bytes, offset);
      if (end < 0) {
        this.line = line;
        break;
      }
      this.line++;
      rows.read(this, line);
      offset = end;
    }
    return offset;
  }

  /** Finds the cells of the row that starts at `offset`. @returns where it ends, or -1 when it cannot be read here */
  #cut(bytes: Uint8Array, offset: number): number {
    const delimiter = this.#delimiter;
    const starts = this.#starts;
    const ends = this.#ends;
    const lastSpecial = Math.max(delimiter, QUOTE);
    let i = offset;
    for (let cell = 0; cell < MOST_CELLS; cell++) {
      let byte = bytes[i]!;
      if (byte === QUOTE) {
        i = this.#cutQuoted(bytes, i, cell);
        if (i < 0) return -1;
        byte = bytes[i]!;
      } else {
        starts[cell] = i;
        while (byte > lastSpecial || (byte !== delimiter && byte !== LINE_FEED && byte !== QUOTE)) byte = bytes[++i]!;
        ends[cell] = byte === LINE_FEED && i > starts[cell]! && bytes[i - 1] === CARRIAGE_RETURN ? i - 1 : i;
        this.#hasDoubledQuotes[cell] = 0;
      }
      i++;
      if (byte === LINE_FEED) {
        this.count = cell + 1;
        return i;
      }
      // A quote inside a cell that has none at its start.
      if (byte !== delimiter) break;
    }
    this.isInDoubt = true;
    return -1;
  }

  /** @returns where the delimiter or the line feed stands that ends the cell, or -1 when there is none */
  #cutQuoted(bytes: Uint8Array, openingQuote: number, cell: number): number {
    let hasDoubledQuotes = 0;
    let i = openingQuote + 1;
    for (;;) {
      let byte = bytes[i];
      while (byte !== QUOTE) {
        if (byte === LINE_FEED) this.line++;
        else if (byte === undefined) return -1;
        byte = bytes[++i];
      }
      i++;
      if (bytes[i] !== QUOTE) break;
      hasDoubledQuotes = 1;
      i++;
    }
    this.#starts[cell] = openingQuote + 1;
    this.#ends[cell] = i - 1;
    this.#hasDoubledQuotes[cell] = hasDoubledQuotes;
    if (bytes[i] === CARRIAGE_RETURN && bytes[i + 1] === LINE_FEED) i++;
    if (bytes[i] === this.#delimiter || bytes[i] === LINE_FEED) return i;
    this.isInDoubt = true;
    return -1;
  }

  /** Where a cell's bytes start in `source`. */
  startOf(index: number): number {
    return this.#starts[index]!;
  }

  /** Where they end. */
  endOf(index: number): number {
    if (this.#hasDoubledQuotes[index] !== 0) this.#makeQuotesSingle(index);
    return this.#ends[index]!;
  }

  text(index: number): string {
    const end = this.endOf(index);
    return utf8Text(this.source, this.#starts[index]!, end);
  }

  #makeQuotesSingle(index: number): void {
    const bytes = this.source;
    const start = this.#starts[index]!;
    const end = this.#ends[index]!;
    let to = start;
    for (let from = start; from < end; from++) {
      const byte = bytes[from]!;
      bytes[to++] = byte;
      if (byte === QUOTE) from++;
    }
    this.#ends[index] = to;
    this.#hasDoubledQuotes[index] = 0;
  }
}

/** A row that is not whole is looked at again with every piece, so a very long one is not for this reader. */
const LONGEST_ROW = 1 << 20;

/** A text that arrives in pieces, for `FastCsvReader`: keeps what is no whole row yet. */
export class FastCsvText {
  readonly #rows: FastCsvReader;
  #kept: Uint8Array[] = [];
  #keptLength = 0;

  constructor(delimiter: number) {
    this.#rows = new FastCsvReader(1, delimiter);
  }

  /** The line of the first row that was not read. */
  get line(): number {
    return this.#rows.line;
  }

  /**
   * Hands on the rows that a piece completes.
   *
   * @returns false when somebody else has to read on, from `rest`: nothing must be pushed any more
   */
  push(piece: Uint8Array, rows: RowSink): boolean {
    const pieceEnd = piece.lastIndexOf(LINE_FEED) + 1;
    // What is kept must be a copy, because the memory of a piece may be used again; what is read is copied anyway.
    this.#kept.push(pieceEnd > 0 ? piece : piece.slice());
    this.#keptLength += piece.length;
    if (pieceEnd > 0 && !this.#read(this.#keptLength - piece.length + pieceEnd, rows)) return false;
    return this.#keptLength <= LONGEST_ROW;
  }

  /** What was pushed and not read. */
  rest(): Uint8Array {
    return concat(this.#kept, this.#keptLength);
  }

  /** @param length of what ends in a line feed */
  #read(length: number, rows: RowSink): boolean {
    // Its own memory, whatever becomes of the pieces: messages stay in it, and doubled quotes are made single in place.
    const all = this.rest();
    const start = this.line === 1 && BYTE_ORDER_MARK.every((byte, i) => all[i] === byte) ? BYTE_ORDER_MARK.length : 0;
    const text = all.subarray(start, length);
    this.#kept = [all];
    if (!isUtf8(text)) return false;
    const read = this.#rows.read(text, rows);
    const rest = read === 0 ? all : all.subarray(start + read);
    this.#kept = [rest];
    this.#keptLength = rest.length;
    return !this.#rows.isInDoubt;
  }
}

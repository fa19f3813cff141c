/** A text that arrives in pieces, for `FastCsvReader`: keeps what is no whole row yet. */
import { isUtf8 } from "node:buffer";
import { FastCsvReader } from "./fast-csv-reader.ts";
import { BYTE_ORDER_MARK, concat } from "./record-splitter.ts";
import type { RowSink } from "./row.ts";

const LINE_FEED = 0x0a;

/** A row that is not whole is looked at again with every piece, so a very long one is not for this reader. */
const LONGEST_ROW = 1 << 20;

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

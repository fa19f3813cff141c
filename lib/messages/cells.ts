/**
 * Rows of cells from bytes. Text without quotes needs no parser: its cells are what stands between the delimiters, and
 * cutting it ourselves is several times faster. Text with quotes goes to csv-parse.
 */
import { Buffer, isAscii } from "node:buffer";
import { parse } from "csv-parse/sync";
import { InputError, type InputPlace } from "./errors.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

/** A row of cells, counted from 0. */
export interface Row {
  readonly count: number;
  text(index: number): string;
  /** The cell's text as UTF-8. */
  bytes(index: number): Uint8Array;
}

/** What rows are handed to. */
export interface RowSink {
  /** A row that starts at `line`; only valid until the next one. */
  read(row: Row, line: number): void;
  /** Names a place; `column` counts from 1. */
  place(line: number, column: number): InputPlace;
}

/** Whole rows of valid UTF-8, and how they are to be taken apart. */
export interface RowText {
  readonly bytes: Uint8Array;
  readonly firstLine: number;
  /** The byte between cells. */
  readonly delimiter: number;
  /** There may be cells with a quote inside but none at their start. */
  readonly hasStrays: boolean;
}

export function readRows({ bytes, firstLine, delimiter, hasStrays }: RowText, rows: RowSink): void {
  if (hasStrays) {
    readQuoted(bytes, firstLine, delimiter, rows);
    return;
  }
  let line = firstLine;
  for (const { start, end, hasQuotes } of splitByQuotes(bytes)) {
    const part = bytes.subarray(start, end);
    line = (hasQuotes ? readQuoted : readPlain)(part, line, delimiter, rows);
  }
}

/** Below this many bytes without a quote, starting csv-parse once more costs more than is won. */
const WORTHWHILE = 1024;

/** Whole rows in turns: some without a quote, some with. The rows are known to use quotes rightly. */
function* splitByQuotes(bytes: Uint8Array): Iterable<{ start: number; end: number; hasQuotes: boolean }> {
  let start = 0;
  while (start < bytes.length) {
    const quote = bytes.indexOf(QUOTE, start);
    const plainEnd = quote < 0 ? bytes.length : bytes.lastIndexOf(LINE_FEED, quote) + 1;
    if (plainEnd > start) yield { start, end: plainEnd, hasQuotes: false };
    if (quote < 0) return;
    start = endOfQuotes(bytes, quote);
    yield { start: plainEnd, end: start, hasQuotes: true };
  }
}

/** The end of the row after which no quote comes for a while, given the quote that opens the first of these rows' cells. */
function endOfQuotes(bytes: Uint8Array, firstQuote: number): number {
  let isOpen = false;
  for (let quote = firstQuote; ; ) {
    isOpen = !isOpen;
    const next = bytes.indexOf(QUOTE, quote + 1);
    if (!isOpen && (next < 0 || next - quote > WORTHWHILE)) {
      const rowEnd = bytes.indexOf(LINE_FEED, quote) + 1 || bytes.length;
      // The next quote may stand far off and still be in the same row.
      if (next < 0 || next >= rowEnd) return rowEnd;
    }
    if (next < 0) return bytes.length;
    quote = next;
  }
}

/** A row of a text without quotes, as the places of its cells in that text. */
class PlainRow implements Row {
  count = 0;
  /** Where each cell starts; one more, for the end of the last. Between two cells there is one byte. */
  readonly #starts: number[] = [0];
  readonly #bytes: Uint8Array;
  readonly #buffer: Buffer;
  /** One character a byte, so that the places are the same. */
  readonly #text: string;
  readonly #isAscii: boolean;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#text = this.#buffer.toString("latin1");
    this.#isAscii = isAscii(bytes);
  }

  startAt(offset: number): void {
    this.#starts[0] = offset;
    this.count = 0;
  }

  endCell(offset: number): void {
    this.count++;
    this.#starts[this.count] = offset + 1;
  }

  text(index: number): string {
    const start = this.#starts[index]!;
    const end = this.#starts[index + 1]! - 1;
    return this.#isAscii ? this.#text.slice(start, end) : this.#buffer.toString("utf8", start, end);
  }

  bytes(index: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[index]!, this.#starts[index + 1]! - 1);
  }
}

/** Returns the line after the last row. */
function readPlain(buffer: Uint8Array, firstLine: number, delimiter: number, rows: RowSink): number {
  // A Buffer's own subarray would make payloads Buffers, and takes longer.
  const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  const row = new PlainRow(bytes);
  let line = firstLine;
  let start = 0;
  const endRow = (end: number): void => {
    row.endCell(end);
    rows.read(row, line);
  };
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === delimiter) {
      row.endCell(i);
    } else if (byte === LINE_FEED) {
      endRow(i > start && bytes[i - 1] === CARRIAGE_RETURN ? i - 1 : i);
      line++;
      start = i + 1;
      row.startAt(start);
    }
  }
  if (start < bytes.length) endRow(bytes.length);
  return line;
}

/** A row as csv-parse makes it. */
class ParsedRow implements Row {
  cells: readonly string[] = [];
  /** Holds all payloads of a text, which are never longer than the text itself. */
  readonly #slab: Buffer;
  readonly #bytes: Uint8Array;
  #used = 0;

  constructor(textLength: number) {
    this.#bytes = new Uint8Array(textLength);
    this.#slab = Buffer.from(this.#bytes.buffer);
  }

  get count(): number {
    return this.cells.length;
  }

  text(index: number): string {
    return this.cells[index] ?? "";
  }

  bytes(index: number): Uint8Array {
    const start = this.#used;
    this.#used += this.#slab.write(this.text(index), start, "utf8");
    return this.#bytes.subarray(start, this.#used);
  }
}

/** Returns the line after the last row. */
function readQuoted(bytes: Uint8Array, firstLine: number, delimiter: number, rows: RowSink): number {
  const row = new ParsedRow(bytes.length);
  let line = firstLine;
  for (const cells of parseCells(bytes, delimiter, () => rows.place(firstLine, 1))) {
    row.cells = cells;
    rows.read(row, line);
    // csv-parse counts a CRLF inside quotes as two lines, so lines are counted from what the cells hold.
    line += 1 + countLineFeeds(cells);
  }
  return line;
}

/** Blank lines stay, as rows of one empty cell, so that lines can be counted. */
function parseCells(bytes: Uint8Array, delimiter: number, place: () => InputPlace): string[][] {
  try {
    return parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
      delimiter: String.fromCharCode(delimiter),
      record_delimiter: ["\r\n", "\n"],
      // A quote inside a cell that has none at its start is text; where it is not, the scanner has said so.
      relax_quotes: true,
      // Rows of a wrong length are reported by `MessageRows`, in our words.
      relax_column_count: true,
    });
  } catch (error) {
    // The scanner has seen to it that quotes are right, so this is a difference of opinion between the two.
    const advice = "save it as CSV again, with quotes around cells that hold quotes, commas or line ends";
    throw new InputError("NOT_CSV", place(), "the text from here on is not CSV", advice, { cause: error });
  }
}

function countLineFeeds(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    for (let i = cell.indexOf("\n"); i >= 0; i = cell.indexOf("\n", i + 1)) count++;
  }
  return count;
}

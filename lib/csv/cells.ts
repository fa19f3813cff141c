/**
 * Rows of cells from bytes. csv-parse is the reader of record; what leaves no doubt is read by `FastCsvReader`, which is
 * many times faster.
 */
import { utf8Text, writeUtf8 } from "../core/utf8.ts";
import { FastCsvReader } from "./fast-csv-reader.ts";
import { InputError, type InputPlace } from "./input-errors.ts";
import type { Row, RowSink, RowText } from "./row.ts";

const LINE_FEED = 0x0a;

type ParseRecords = typeof import("csv-parse/sync")["parse"];

/** Reads rows by csv-parse, which is loaded when it is first needed: most files never need it. */
export async function loadRecordReader(): Promise<(text: RowText, rows: RowSink) => void> {
  const { parse } = await import("#csv-parse");
  return (text, rows) => readRecords(text, rows, parse);
}

export async function readRows({ bytes, firstLine, delimiter }: RowText, rows: RowSink): Promise<void> {
  const reader = new FastCsvReader(firstLine, delimiter);
  // A copy, because doubled quotes are made single in place.
  const read = reader.read(bytes.slice(0, bytes.lastIndexOf(LINE_FEED) + 1), rows);
  if (read === bytes.length || rows.isFull) return;
  const readRecords = await loadRecordReader();
  readRecords({ bytes: bytes.subarray(read), firstLine: reader.line, delimiter }, rows);
}

/** A row as csv-parse makes it. */
class ParsedRow implements Row {
  /** Holds the cells of all rows of a text, which are never longer than the text itself. */
  readonly source: Uint8Array;
  #cells: readonly string[] = [];
  #starts: number[] = [0];
  #used = 0;

  constructor(textLength: number) {
    this.source = new Uint8Array(textLength);
  }

  set cells(cells: readonly string[]) {
    this.#cells = cells;
    this.#starts = [this.#used];
    for (const cell of cells) {
      this.#used += writeUtf8(cell, this.source, this.#used);
      this.#starts.push(this.#used);
    }
  }

  get count(): number {
    return this.#cells.length;
  }

  startOf(index: number): number {
    return this.#starts[index]!;
  }

  endOf(index: number): number {
    return this.#starts[index + 1]!;
  }

  text(index: number): string {
    return this.#cells[index] ?? "";
  }
}

function readRecords({ bytes, firstLine, delimiter }: RowText, rows: RowSink, parse: ParseRecords): void {
  const row = new ParsedRow(bytes.length);
  let line = firstLine;
  for (const cells of parseCells(parse, bytes, delimiter, () => rows.place(firstLine, 1))) {
    row.cells = cells;
    rows.read(row, line);
    // csv-parse counts a CRLF inside quotes as two lines, so lines are counted from what the cells hold.
    line += 1 + countLineFeeds(cells);
  }
}

/** Blank lines stay, as rows of one empty cell, so that lines can be counted. */
function parseCells(parse: ParseRecords, bytes: Uint8Array, delimiter: number, place: () => InputPlace): string[][] {
  try {
    return parse(utf8Text(bytes), {
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

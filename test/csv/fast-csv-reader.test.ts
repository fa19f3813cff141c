/** The fast reader against csv-parse: rows and lines the same, and doubt only where csv-parse is needed. */
import { isUtf8 } from "node:buffer";
import fs from "node:fs";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadRecordReader } from "../../lib/csv/cells.ts";
import { FastCsvReader, FastCsvText } from "../../lib/csv/fast-csv-reader.ts";

import { RecordScanner } from "../../lib/csv/record-scanner.ts";
import { RecordSplitter } from "../../lib/csv/record-splitter.ts";
import type { Row, RowSink } from "../../lib/csv/row.ts";
import { findDelimiter } from "../../lib/csv/sample.ts";
import { toBytes, toText } from "./read-csv.ts";

const LINE_FEED = 0x0a;
const NO_LIMIT = 1 << 28;

interface ReadRow {
  readonly line: number;
  readonly cells: readonly string[];
}

class Collector implements RowSink {
  readonly rows: ReadRow[] = [];

  read(row: Row, line: number): void {
    const indexes = Array.from({ length: row.count }, (_, index) => index);
    // Backwards first: no order of asking may change what is there.
    const backwards = indexes.toReversed().map((index) => row.text(index));
    const cells = indexes.map((index) => row.text(index));
    expect(backwards.toReversed()).toEqual(cells);
    for (const index of indexes) {
      expect(toText(row.source.slice(row.startOf(index), row.endOf(index)))).toBe(cells[index]);
    }
    this.rows.push({ line, cells });
  }

  place(): { file: string } {
    return { file: "" };
  }
}

/** By csv-parse alone, all at once. */
function byCsvParse(text: string, delimiter: string): ReadRow[] {
  const records: string[][] = parse(text, {
    delimiter,
    record_delimiter: ["\r\n", "\n"],
    relax_quotes: true,
    relax_column_count: true,
  });
  let line = 1;
  return records.map((cells) => {
    const row = { line, cells };
    line += 1 + cells.join("").split("\n").length - 1;
    return row;
  });
}

function readFast(bytes: Uint8Array, delimiter: string): { rows: ReadRow[]; read: number; reader: FastCsvReader } {
  const reader = new FastCsvReader(1, delimiter.charCodeAt(0));
  const collector = new Collector();
  const read = reader.read(bytes.slice(0, bytes.lastIndexOf(LINE_FEED) + 1), collector);
  return { rows: collector.rows, read, reader };
}

const readRecords = await loadRecordReader();

/** Through the reader of pieces, and what it leaves through the careful one; or all of it through the careful one. */
function readInPieces(bytes: Uint8Array, delimiter: string, pieceLength: number, isFast: boolean): ReadRow[] {
  const code = delimiter.charCodeAt(0);
  const collector = new Collector();
  const fastText = new FastCsvText(code);
  let splitter = isFast ? undefined : new RecordSplitter(NO_LIMIT, code, false);
  const readBlocks = (blocks: ReturnType<RecordSplitter["push"]>) => {
    for (const block of blocks) if (block.bytes.length > 0) readRecords({ ...block, delimiter: code }, collector);
  };
  const giveUp = () => {
    const careful = new RecordSplitter(NO_LIMIT, code, false, fastText.line);
    readBlocks(careful.push(fastText.rest()));
    return careful;
  };
  for (let start = 0; start < bytes.length; start += pieceLength) {
    const piece = bytes.slice(start, start + pieceLength);
    if (splitter !== undefined) readBlocks(splitter.push(piece));
    else if (!fastText.push(piece, collector)) splitter = giveUp();
  }
  splitter ??= giveUp();
  readBlocks(splitter.end());
  return collector.rows;
}

const delimiter = fc.constantFrom(",", ";", "\t", "|");
/** Full of what matters to a reader of CSV. */
const wildText = fc.string({
  unit: fc.constantFrom('"', '"', '""', ",", ";", "\t", "|", "\n", "\r\n", "\r", " ", "a", "é", "👍", "\ufeff", "0"),
  maxLength: 60,
});
/** Mostly right. */
const table = fc
  .array(
    fc.array(fc.string({ unit: fc.constantFrom('"', ",", "\n", "x", "ß", " ", "\r"), maxLength: 6 }), { minLength: 1 }),
  )
  .map((rows) => rows.map((cells) => cells.map(asCell).join(",")).join("\n"));

function asCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

describe("properties", () => {
  test("what is read is what csv-parse reads", () => {
    const property = fc.property(fc.oneof(wildText, table), delimiter, (text, by) => {
      const bytes = toBytes(text);
      const { rows, read } = readFast(bytes, by);
      expect(rows).toEqual(byCsvParse(toText(bytes.slice(0, read)), by));
    });
    fc.assert(property, { numRuns: 5000 });
  });

  test("what is not read starts with a row without an end, or with one whose quotes are wrong", () => {
    const property = fc.property(fc.oneof(wildText, table), delimiter, (text, by) => {
      const bytes = toBytes(text);
      const whole = bytes.slice(0, bytes.lastIndexOf(LINE_FEED) + 1);
      const { read, reader } = readFast(bytes, by);
      if (read === whole.length) return;
      const scanner = new RecordScanner(reader.line, by.charCodeAt(0), true);
      const complete = scanner.scan(whole.slice(read));
      if (!reader.isInDoubt) scanner.finish();
      expect(complete).toBe(0);
      expect(scanner.fault?.kind === "open").toBe(!reader.isInDoubt);
    });
    fc.assert(property, { numRuns: 5000 });
  });

  test("in pieces of any length, rows are those of the careful reader", () => {
    const property = fc.property(
      fc.oneof(wildText, table),
      delimiter,
      fc.integer({ min: 1, max: 70 }),
      (text, by, length) => {
        const bytes = toBytes(text);
        expect(readInPieces(bytes, by, length, true)).toEqual(readInPieces(bytes, by, bytes.length + 1, false));
      },
    );
    fc.assert(property, { numRuns: 3000 });
  });

  test("bytes that are no UTF-8 are left to the careful reader", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
      const bytes = new Uint8Array([...toBytes("a,b\n"), ...noise, LINE_FEED]);
      const fastText = new FastCsvText(0x2c);
      const collector = new Collector();
      const isRead = fastText.push(bytes, collector);
      const isText = Buffer.from(toBytes(Buffer.from(bytes).toString())).equals(bytes);
      if (!isText) expect([isRead, collector.rows, fastText.rest().length]).toEqual([false, [], bytes.length]);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

describe("every dialect of the fixtures", () => {
  const folder = new URL("../../fixtures/dialects/", import.meta.url);
  const files = fs.readdirSync(folder).filter((file) => /\.(csv|tsv|txt)$/.test(file));

  test.each(files)("%s", async (file) => {
    const content = fs.readFileSync(new URL(file, folder));
    // Other encodings, and files that are none, as some text in UTF-8 all the same.
    const bytes = toBytes(content.toString(isUtf8(content) ? "utf8" : "latin1"));
    const by = await findDelimiter(bytes);
    const expected = readInPieces(bytes, by, bytes.length, false);
    expect(expected.length > 0).toBe(bytes.length > 0);
    for (const length of [1, 100, bytes.length]) expect(readInPieces(bytes, by, length, true)).toEqual(expected);
  });
});

test("a row of more cells than any table has is left to csv-parse", () => {
  const text = `a,b\n${",".repeat(5000)}\nc,d\n`;
  const { rows, reader } = readFast(toBytes(text), ",");
  expect([rows.length, reader.isInDoubt]).toEqual([1, true]);
  expect(readInPieces(toBytes(text), ",", 64, true).map(({ cells }) => cells.length)).toEqual([2, 5001, 2]);
});

/**
 * The CSV reader. Text without quotes needs no parser: its cells are what stands between the commas, and cutting it
 * ourselves is several times faster. Text with quotes goes to csv-parse.
 */
import { Buffer, isAscii, isUtf8 } from "node:buffer";
import { parse } from "csv-parse/sync";
import { type Block, BlockCutter, type BlockFault, LONGEST_ROW } from "./blocks.ts";
import { InputError, type InputPlace } from "./errors.ts";
import type { Message } from "./message.ts";
import { RecordScanner } from "./record-scanner.ts";
import { MessageRows, type Row, type RowOptions } from "./rows.ts";
import { findInvalidUtf8 } from "./utf8.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;

export interface CsvOptions extends RowOptions {
  /** A row of more bytes than this is an error. 256 MiB unless given. */
  readonly rowLimit?: number;
}

/**
 * Reads a CSV of messages, in UTF-8 with or without a byte order mark, lines ending in LF or CRLF. Yields the messages in
 * order, in batches of about one chunk; holds no more than one chunk and one row. Chunks must not change after they were
 * handed over: payloads may be views of them.
 *
 * @throws InputError for the first thing in the file that is wrong; what the chunks themselves throw passes through.
 */
export async function* readMessages(
  chunks: AsyncIterable<Uint8Array>,
  { rowLimit = LONGEST_ROW, ...options }: CsvOptions,
): AsyncGenerator<Message[]> {
  const rows = new MessageRows(options);
  const cutter = new BlockCutter(rowLimit);
  for await (const chunk of chunks) yield* readBlocks(cutter.push(chunk), rows, rowLimit);
  yield* readBlocks(cutter.end(), rows, rowLimit);
  rows.finish();
}

function* readBlocks(blocks: Iterable<Block>, rows: MessageRows, rowLimit: number): Iterable<Message[]> {
  for (const block of blocks) {
    const messages = readBlock(block, rows);
    if (messages.length > 0) yield messages;
    if (block.fault !== undefined) throw faultError(block.fault, rows, rowLimit);
  }
}

function readBlock({ bytes, firstLine }: Block, rows: MessageRows): Message[] {
  // Rows are whole, so no character is cut in two.
  if (!isUtf8(bytes)) throw invalidUtf8(bytes, firstLine, rows);
  return readRows(bytes, firstLine, rows);
}

function readRows(bytes: Uint8Array, firstLine: number, rows: MessageRows): Message[] {
  const messages: Message[] = [];
  let line = firstLine;
  for (const { start, end, hasQuotes } of splitByQuotes(bytes)) {
    const part = bytes.subarray(start, end);
    line = hasQuotes ? readQuoted(part, line, rows, messages) : readPlain(part, line, rows, messages);
  }
  return messages;
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

/** Adds the messages to `messages` and returns the line after the last row. */
function readPlain(buffer: Uint8Array, firstLine: number, rows: MessageRows, messages: Message[]): number {
  // A Buffer's own subarray would make payloads Buffers, and takes longer.
  const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  const row = new PlainRow(bytes);
  let line = firstLine;
  let start = 0;
  const endRow = (end: number): void => {
    row.endCell(end);
    const message = rows.read(row, line);
    if (message !== undefined) messages.push(message);
  };
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === COMMA) {
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

/** Adds the messages to `messages` and returns the line after the last row. */
function readQuoted(bytes: Uint8Array, firstLine: number, rows: MessageRows, messages: Message[]): number {
  const row = new ParsedRow(bytes.length);
  let line = firstLine;
  for (const cells of parseCells(bytes, () => rows.place(firstLine, 1))) {
    row.cells = cells;
    const message = rows.read(row, line);
    if (message !== undefined) messages.push(message);
    // csv-parse counts a CRLF inside quotes as two lines, so lines are counted from what the cells hold.
    line += 1 + countLineFeeds(cells);
  }
  return line;
}

/** Blank lines stay, as rows of one empty cell, so that lines can be counted. */
function parseCells(bytes: Uint8Array, place: () => InputPlace): string[][] {
  try {
    return parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
      record_delimiter: ["\r\n", "\n"],
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

/** Reads the rows before the wrong byte, which may be wrong themselves, and says where the byte is. */
function invalidUtf8(bytes: Uint8Array, firstLine: number, rows: MessageRows): InputError {
  const offset = findInvalidUtf8(bytes);
  const scanner = new RecordScanner(firstLine);
  const complete = scanner.scan(bytes.subarray(0, offset));
  readRows(bytes.subarray(0, complete), firstLine, rows);
  const byte = bytes[offset]?.toString(16).toUpperCase().padStart(2, "0");
  const place = rows.place(scanner.line, scanner.column);
  return new InputError("NOT_UTF8", place, `the byte 0x${byte} is not UTF-8`, "save the file as CSV in UTF-8");
}

function faultError({ kind, line, column, atLine }: BlockFault, rows: MessageRows, rowLimit: number): InputError {
  const place = rows.place(line, column);
  const where = atLine === line ? "" : ` on line ${atLine}`;
  const advice = "double every quote that belongs to the text, and put the whole cell in quotes";
  switch (kind) {
    case "open":
      return new InputError("OPEN_QUOTE", place, "the quote that opens this cell is never closed", "close it");
    case "stray":
      return new InputError(
        "STRAY_QUOTE",
        place,
        `a quote stands inside a cell that has none at its start${where}`,
        advice,
      );
    case "textAfter":
      return new InputError("TEXT_AFTER_QUOTE", place, `text follows the quote that closes this cell${where}`, advice);
    case "tooLong": {
      const problem = `the row is longer than ${rowLimit / 2 ** 20} MiB`;
      return new InputError("ROW_TOO_LONG", place, problem, "perhaps a quote is never closed: close it");
    }
  }
}

/** The CSV reader: settles from its beginning how a file is to be understood, then reads it as a stream. */

import { WirewrightError } from "../core/errors.ts";
import type { Origin, TicksPerSecond } from "../core/time.ts";
import { isUtf8 } from "../core/utf8.ts";
import { loadRecordReader } from "./cells.ts";
import { type Columns, findColumns, STANDARD_HEADER } from "./columns.ts";
import type { ColumnMeaning, DateOrder, Delimiter, Dialect } from "./dialect.ts";
import { FastCsvText } from "./fast-csv-reader.ts";
import { InputError, type InputPlace } from "./input-errors.ts";
import type { Message, RowMessage } from "./message.ts";
import { NUMBER_MEANINGS } from "./number-columns.ts";
import type { BadCell } from "./packet-list/list-cells.ts";
import type { ListColumns } from "./packet-list/list-columns.ts";
import type { ListRow } from "./packet-list/list-rows.ts";
import { mayBeList } from "./packet-list/list-signs.ts";
import type { PacketMaker } from "./packet-rows.ts";
import { type Block, type BlockFault, LONGEST_ROW, RecordSplitter } from "./record-splitter.ts";
import { MessageRows, placeIn, type RowOptions } from "./rows.ts";
import { findDelimiter, readSample, type Sample, validPart } from "./sample.ts";
import { openText, type PeekableBytes, SAMPLE_BYTES, type TextInput } from "./text-input.ts";
import { timeTextOf } from "./time-columns.ts";
import { chooseFormat, describeFormat } from "./time-formats.ts";
import { gapOf, TimeOrder } from "./time-order.ts";
import { chooseTimes, type TimeChoice } from "./time-origin.ts";
import { WarningLog } from "./warnings.ts";

/** How a table is to be read, where it does not say so itself. */
export interface ReadOptions {
  /** The input's name for errors. */
  readonly file: string;
  /** What times are counted in: microseconds or nanoseconds. */
  readonly ticksPerSecond: TicksPerSecond;
  /** What the user says about columns: the header's name by meaning. */
  readonly columns?: ReadonlyMap<ColumnMeaning, string> | undefined;
  /** Names of columns that are to be left alone. */
  readonly ignoredColumns?: readonly string[] | undefined;
  /** How to read 01/02/2026. Default: as the file tells, else with the day first. */
  readonly dateOrder?: DateOrder | undefined;
  /** Used where no byte order mark tells another one. Default UTF-8. */
  readonly encoding?: string | undefined;
  /** Ticks between rows of one and the same time. Default: a millisecond. */
  readonly gap?: number | undefined;
  /** The instant to which the first absolute time is moved; times of day count from the midnight, UTC, of its day. */
  readonly start?: Origin | undefined;
  /** Whatever would be put right is an error instead. */
  readonly strict?: boolean | undefined;
  /** A row of more bytes than this is an error. Default 256 MiB. */
  readonly longestRow?: number | undefined;
}

/** How the input is to be understood, where it does not say so itself. */
export type DialectOptions = Pick<
  ReadOptions,
  "columns" | "ignoredColumns" | "dateOrder" | "encoding" | "gap" | "strict"
>;

/**
 * A table whose first rows were read. Its rows come in the order of their times, in batches of about one chunk, and can be
 * asked for once.
 */
export interface Table<Listed> {
  /** The instant of tick 0, where the file tells it and `start` was not given. */
  readonly origin: Origin | undefined;
  readonly dialect: Dialect;
  /** What was put right so far; complete after the last batch. */
  readonly warnings: WarningLog;
  readonly rows:
    | { readonly kind: "messages"; batches(): AsyncGenerator<Message<Listed>[]> }
    /** A packet list as Wireshark exports it: what a row is depends on those around it. */
    | { readonly kind: "packet list"; readonly columns: ListColumns; batches(): AsyncGenerator<ListRow[]> };
}

/**
 * Reads the beginning of a CSV and settles how to read the rest. What is held does not grow with the file. A chunk must
 * stay as it is until the next but one is asked for; then its memory may be used again.
 *
 * @param maker what rows about packets become
 * @throws InputError for a file that is no such CSV, and later, from `batches`, for the first thing in it that is wrong;
 *   WirewrightError BAD_OPTION for an encoding that nobody knows; what the chunks themselves throw passes through
 */
export async function openTable<Listed>(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadOptions,
  maker: PacketMaker<Listed>,
): Promise<Table<Listed>> {
  const gap = gapOf(options);
  const input = await openText(chunks, options.file, options.encoding);
  try {
    return await openRows(input, { ...options, gap }, maker);
  } catch (error) {
    await input.text.close();
    throw error;
  }
}

const NO_VLAN_IN_LISTS =
  "The rows of a packet list cannot have VLANs of their own; leave out --column vlan, or tag all of them with --vlan.";

async function openRows<Listed>(
  { text, encoding, isCompressed }: TextInput,
  options: ReadOptions & { readonly gap: number },
  maker: PacketMaker<Listed>,
): Promise<Table<Listed>> {
  const { file, ticksPerSecond, longestRow = LONGEST_ROW } = options;
  const { sample, delimiter } = await sampleOf(text, longestRow);
  const { header, headerLine } = sample;
  if (header === undefined) throw noHeader(sample, file, longestRow);
  const choices = { given: options.columns ?? new Map(), ignored: options.ignoredColumns ?? [] };
  const columns = await findColumns(header, sample.rows, choices, { file, line: headerLine }, delimiter);
  const warnings = new WarningLog(file, options.strict ?? false);
  const timeTexts = sample.rows
    .map((row) => timeTextOf(columns, (index) => row[index] ?? ""))
    .filter((time) => time.trim() !== "");
  const choice = chooseFormat(timeTexts, options.dateOrder, columns.timeUnit);
  if (choice.isAmbiguous) warnings.note("DATE_ORDER", sample.lines[0] ?? headerLine);
  const times = chooseTimes(choice.format, timeTexts, ticksPerSecond, options.start);
  const list = await listColumnsOf(columns, sample);
  if (list?.isExport && choices.given.has("vlan")) throw new WirewrightError("BAD_OPTION", NO_VLAN_IN_LISTS);
  const order = new TimeOrder<RowMessage | ListRow>({
    // The rows of a packet table say themselves when they were sent.
    gap: columns.isPacketTable || list !== undefined ? 0 : options.gap,
    warnings,
    place: (line) => placeIn(file, columns.names, line, columns.time + 1),
  });
  const rows = new MessageRows({
    file,
    columns,
    headerLine,
    times: times.reader,
    timeExample: (timeTexts[0] ?? "").trim(),
    order,
    warnings,
    maker,
    ...(await loadReaders(columns, list, warnings, maker)),
  });
  const reading: Reading = { file, delimiter: delimiter.charCodeAt(0), longestRow, rows, order, warnings };
  const all = () => readAll(text, reading);
  return {
    origin: times.origin,
    dialect: dialectOf({ delimiter, encoding, isCompressed, columns, list, times }),
    warnings,
    rows:
      list === undefined
        ? { kind: "messages", batches: all as () => AsyncGenerator<Message<Listed>[]> }
        : { kind: "packet list", columns: list, batches: all as () => AsyncGenerator<ListRow[]> },
  };
}

async function listColumnsOf(columns: Columns, { rows }: Sample): Promise<ListColumns | undefined> {
  if (!mayBeList(columns, rows)) return undefined;
  const { findListColumns } = await import("./packet-list/list-columns.ts");
  return findListColumns(columns, rows);
}

/** What most tables do not need is loaded for those that do: each file takes its time to start. */
async function loadReaders(
  columns: Columns,
  list: ListColumns | undefined,
  warnings: WarningLog,
  maker: PacketMaker<unknown>,
): Promise<Pick<RowOptions<unknown>, "listRows" | "packetRows" | "frameCells">> {
  const { frame, names } = columns;
  const FrameCells = frame && (await import("./frame-cells.ts")).FrameCells;
  const frameCells = frame && FrameCells && ((badCell: BadCell) => new FrameCells(frame, names, warnings, badCell));
  if (list !== undefined) {
    const { ListRows } = await import("./packet-list/list-rows.ts");
    return { frameCells, listRows: (badCell) => new ListRows(columns, list, badCell) };
  }
  if (!columns.isPacketTable) return { frameCells };
  const { PacketRows } = await import("./packet-rows.ts");
  const filler = await maker.loadFiller();
  return { frameCells, packetRows: (badCell) => new PacketRows(columns, filler, badCell) };
}

/** The sample grows until there is a row in it: the first message may be long. */
async function sampleOf(text: PeekableBytes, longestRow: number): Promise<{ sample: Sample; delimiter: Delimiter }> {
  for (let size = SAMPLE_BYTES; ; size *= 4) {
    const bytes = await text.peek(size);
    const isWhole = bytes.length < size;
    const delimiter = await findDelimiter(bytes);
    const sample = await readSample(bytes, isWhole, delimiter, longestRow);
    const isEnough = sample.rows.length > 0 || sample.fault !== undefined || sample.invalid !== undefined;
    if (isWhole || isEnough || size > longestRow) return { sample, delimiter };
  }
}

function dialectOf(settled: {
  delimiter: Delimiter;
  encoding: string;
  isCompressed: boolean;
  columns: Columns;
  list: ListColumns | undefined;
  times: TimeChoice;
}): Dialect {
  const { delimiter, encoding, isCompressed, columns, list, times } = settled;
  const { format } = times.reader;
  const meanings = [...columns.byMeaning].filter(([meaning]) => {
    if (meaning === "vlan") return !list?.isExport;
    return list !== undefined || !NUMBER_MEANINGS.some((other) => other === meaning);
  });
  const used = new Set([...meanings.map(([, index]) => index), ...(list?.all ?? [])]);
  const unknown = columns.names.filter((name, index) => name !== "" && !used.has(index));
  return {
    delimiter,
    encoding,
    isCompressed,
    columns: new Map(meanings.map(([meaning, index]) => [meaning, columns.names[index] ?? ""])),
    unknownColumns: unknown,
    timeFormat: describeFormat(format),
    ...(format.kind === "calendar" && format.order !== "ymd" && { dateOrder: format.order }),
    isPacketTable: columns.isPacketTable || list !== undefined,
  };
}

interface Reading {
  readonly file: string;
  readonly delimiter: number;
  readonly longestRow: number;
  readonly rows: MessageRows<unknown>;
  readonly order: TimeOrder<RowMessage | ListRow>;
  readonly warnings: WarningLog;
}

async function* readAll(text: PeekableBytes, reading: Reading): AsyncGenerator<(RowMessage | ListRow)[]> {
  const { rows, order, warnings } = reading;
  const fastText = new FastCsvText(reading.delimiter);
  let splitter: RecordSplitter | undefined;
  for await (const chunk of text.take()) {
    if (splitter !== undefined) {
      yield* readBlocks(splitter.push(chunk), reading);
      continue;
    }
    const isRead = fastText.push(chunk, rows);
    const messages = order.take();
    if (messages.length > 0) yield messages;
    if (isRead) continue;
    splitter = splitterAfter(fastText, reading);
    yield* readBlocks(splitter.push(fastText.rest()), reading);
  }
  if (splitter === undefined) {
    splitter = splitterAfter(fastText, reading);
    yield* readBlocks(splitter.push(fastText.rest()), reading);
  }
  yield* readBlocks(splitter.end(), reading);
  const { count, firstLine } = splitter.strays;
  if (count > 0) warnings.note("STRAY_QUOTES", firstLine, count);
  rows.finish();
  const rest = order.finish();
  if (rest.length > 0) yield rest;
}

/** What the fast reading has left, and all that follows, is read with care. */
function splitterAfter({ line }: FastCsvText, { longestRow, delimiter, warnings }: Reading): RecordSplitter {
  return new RecordSplitter(longestRow, delimiter, warnings.isStrict, line);
}

async function* readBlocks(blocks: Iterable<Block>, reading: Reading): AsyncGenerator<(RowMessage | ListRow)[]> {
  for (const block of blocks) {
    await readBlock(block, reading);
    const messages = reading.order.take();
    if (messages.length > 0) yield messages;
    const { rows, longestRow } = reading;
    if (block.fault !== undefined) {
      throw faultError(block.fault, (line, column) => rows.place(line, column), longestRow);
    }
  }
}

async function readBlock(block: Block, { delimiter, rows }: Reading): Promise<void> {
  const readRecords = await loadRecordReader();
  // Rows are whole, so no character is cut in two.
  if (isUtf8(block.bytes)) {
    readRecords({ ...block, delimiter }, rows);
    return;
  }
  // The rows before the wrong byte may be wrong themselves.
  const { byte, line, column, complete } = validPart(block, delimiter);
  readRecords({ ...block, bytes: block.bytes.subarray(0, complete), delimiter }, rows);
  throw invalidUtf8(byte, rows.place(line, column));
}

function noHeader(sample: Sample, file: string, longestRow: number): InputError {
  const { fault, invalid } = sample;
  const place = (line: number, column: number) => ({ file, line, column });
  if (invalid !== undefined) return invalidUtf8(invalid.byte, place(invalid.line, invalid.column));
  if (fault !== undefined) return faultError(fault, place, longestRow);
  return new InputError(
    "EMPTY_INPUT",
    { file },
    "the file is empty",
    `it needs a first line such as ${STANDARD_HEADER}, and a row for each message`,
  );
}

function invalidUtf8(byte: number, place: InputPlace): InputError {
  const shown = byte.toString(16).toUpperCase().padStart(2, "0");
  const advice = "save the file as CSV in UTF-8, or name its encoding with --encoding, such as windows-1255 or latin1";
  return new InputError("NOT_UTF8", place, `the byte 0x${shown} is not UTF-8`, advice);
}

function faultError(
  { kind, line, column, atLine }: BlockFault,
  placeOf: (line: number, column: number) => InputPlace,
  longestRow: number,
): InputError {
  const place = placeOf(line, column);
  const where = atLine === line ? "" : ` on line ${atLine}`;
  const advice = "double every quote that belongs to the text, and put the whole cell in quotes";
  switch (kind) {
    case "open":
      return new InputError("OPEN_QUOTE", place, "the quote that opens this cell is never closed", "close it");
    case "stray": {
      const problem = `a quote stands inside a cell that has none at its start${where}`;
      return new InputError("STRAY_QUOTES", place, problem, advice);
    }
    case "textAfter":
      return new InputError("TEXT_AFTER_QUOTE", place, `text follows the quote that closes this cell${where}`, advice);
    case "tooLong": {
      const problem = `the row is longer than ${longestRow / 2 ** 20} MiB`;
      return new InputError("ROW_TOO_LONG", place, problem, "perhaps a quote is never closed: close it");
    }
  }
}

/** The first rows of a file, read before the file itself, to settle how it is to be read. */
import { findInvalidUtf8, isUtf8 } from "../core/utf8.ts";
import { readRows } from "./cells.ts";
import { meaningOf } from "./column-names.ts";
import type { Delimiter } from "./dialect.ts";
import type { InputPlace } from "./input-errors.ts";
import { RecordScanner } from "./record-scanner.ts";
import { type Block, type BlockFault, RecordSplitter } from "./record-splitter.ts";
import type { Row, RowSink } from "./row.ts";
import { isEmpty } from "./rows.ts";

const SAMPLE_ROWS = 2000;
/** A header is shorter. */
const HEADER_BYTES = 1 << 16;
const DELIMITERS: readonly Delimiter[] = [",", ";", "\t", "|"];

export interface Sample {
  /** Undefined when there is no row that holds anything. */
  readonly header: readonly string[] | undefined;
  readonly headerLine: number;
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
  /** What ended the sample before its end. */
  readonly fault: BlockFault | undefined;
  /** The first wrong byte and its place. */
  readonly invalid: { readonly byte: number; readonly line: number; readonly column: number } | undefined;
}

class Collector implements RowSink {
  header: string[] | undefined;
  headerLine = 0;
  readonly rows: string[][] = [];
  readonly lines: number[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.header !== undefined && this.rows.length >= this.#limit;
  }

  read(row: Row, line: number): void {
    if (this.isFull || isEmpty(row)) return;
    const cells = Array.from({ length: row.count }, (_, index) => row.text(index));
    if (this.header !== undefined) {
      this.rows.push(cells);
      this.lines.push(line);
      return;
    }
    this.header = cells;
    this.headerLine = line;
  }

  place(): InputPlace {
    return { file: "" };
  }
}

/** @param isWhole whether the text ends where the bytes do; if not, the last row may be half a one */
export async function readSample(
  bytes: Uint8Array,
  isWhole: boolean,
  delimiter: Delimiter,
  rowLimit: number,
): Promise<Sample> {
  return collect(bytes, isWhole, delimiter, rowLimit, new Collector(SAMPLE_ROWS));
}

async function collect(
  bytes: Uint8Array,
  isWhole: boolean,
  delimiter: Delimiter,
  rowLimit: number,
  collector: Collector,
): Promise<Sample> {
  const code = delimiter.charCodeAt(0);
  const splitter = new RecordSplitter(rowLimit, code, false);
  let fault: BlockFault | undefined;
  let invalid: Sample["invalid"];
  const take = async (block: Block): Promise<boolean> => {
    const text = { ...block, delimiter: code };
    if (!isUtf8(block.bytes)) {
      const found = validPart(block, code);
      invalid = found;
      await readRows({ ...text, bytes: block.bytes.subarray(0, found.complete) }, collector);
    } else {
      await readRows(text, collector);
    }
    fault = block.fault;
    return invalid === undefined && fault === undefined && !collector.isFull;
  };
  const isEnough = !(await takeAll(splitter.push(bytes), take));
  if (isWhole && !isEnough) await takeAll(splitter.end(), take);
  const { header, headerLine, rows, lines } = collector;
  return { header, headerLine, rows, lines, fault, invalid };
}

async function takeAll(blocks: Iterable<Block>, take: (block: Block) => Promise<boolean>): Promise<boolean> {
  for (const block of blocks) if (!(await take(block))) return false;
  return true;
}

/** Where a block's first wrong byte is, and how many bytes before it are whole rows. */
export function validPart(
  { bytes, firstLine }: Block,
  delimiter: number,
): { byte: number; line: number; column: number; complete: number } {
  const offset = findInvalidUtf8(bytes);
  const scanner = new RecordScanner(firstLine, delimiter, false);
  const complete = scanner.scan(bytes.subarray(0, offset));
  return { byte: bytes[offset] ?? 0, line: scanner.line, column: scanner.column, complete };
}

/** The delimiter that makes a header of the first row: the most names that mean something, then the most cells. */
export async function findDelimiter(bytes: Uint8Array): Promise<Delimiter> {
  const start = bytes.subarray(0, HEADER_BYTES);
  const isWhole = start.length === bytes.length;
  let best: Delimiter = ",";
  let bestScore = -1;
  for (const delimiter of DELIMITERS) {
    const { header } = await collect(start, isWhole, delimiter, HEADER_BYTES * 2, new Collector(0));
    const cells = header ?? [];
    const known = cells.filter((name) => meaningOf(name) !== undefined).length;
    const score = cells.length < 2 ? 0 : known * 1e6 + cells.length;
    if (score <= bestScore) continue;
    best = delimiter;
    bestScore = score;
  }
  return best;
}

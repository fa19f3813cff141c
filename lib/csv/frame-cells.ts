/** What rows say of the frames that carry their messages. */
import { StringInterner } from "../core/tables.ts";
import { LARGEST_VLAN } from "../headers/assigned-numbers.ts";
import { type FrameColumns, type FrameMeaning, NOTHING, READERS, type RowFields } from "./frame-columns.ts";
import { type InputError, type InputErrorCode, quoteFound, settingAside } from "./input-errors.ts";
import type { Row } from "./row.ts";
import type { WarningLog } from "./warnings.ts";

type BadCell = (code: InputErrorCode, index: number, line: number, problem: string, advice: string) => InputError;

/** Remembered, so that a file full of different ones only takes longer. Four of these numbers fit into a safe integer. */
const MOST_WORDS = 1 << 13;
const MOST_COMBINATIONS = 1 << 16;

const NO_FIELDS: RowFields = {};

/** Reads what rows say of their frames. Rows that say the same are given the same object. */
export class FrameCells {
  readonly #columns: FrameColumns;
  readonly #names: readonly string[];
  readonly #warnings: WarningLog;
  readonly #badCell: BadCell;
  readonly #words = new StringInterner(MOST_WORDS);
  /** By the numbers of the words in the cells. */
  readonly #known = new Map<number, RowFields>();

  constructor(columns: FrameColumns, names: readonly string[], warnings: WarningLog, badCell: BadCell) {
    this.#columns = columns;
    this.#names = names;
    this.#warnings = warnings;
    this.#badCell = badCell;
  }

  /** @returns undefined for a row that says nothing of them. @throws InputError */
  read(row: Row, line: number): RowFields | undefined {
    const { sourceMac, destinationMac, vlan, timeToLive } = this.#columns;
    const key = this.#addCell(
      this.#addCell(this.#addCell(this.#addCell(0, row, sourceMac), row, destinationMac), row, vlan),
      row,
      timeToLive,
    );
    let fields = this.#known.get(key);
    if (fields === undefined) {
      fields = this.#fields(row, line);
      // What was left alone is to be counted in every row.
      const isWhole = timeToLive === undefined || isVoid(row, timeToLive) || fields.timeToLive !== undefined;
      if (isWhole && key >= 0 && this.#known.size < MOST_COMBINATIONS) this.#known.set(key, fields);
    }
    return fields === NO_FIELDS ? undefined : fields;
  }

  /** The number of a combination of cells, with one cell more; negative where one of them has none. */
  #addCell(key: number, row: Row, index: number | undefined): number {
    if (index === undefined || key < 0) return key;
    // The end first: where quotes have to be taken out, it moves.
    const end = row.endOf(index);
    const word = this.#words.numberOf(row.source, row.startOf(index), end);
    return word < 0 ? word : key * MOST_WORDS + word;
  }

  #fields(row: Row, line: number): RowFields {
    const { sourceMac, destinationMac, vlan, timeToLive } = this.#columns;
    const fields = {
      sourceMac: this.#number("source-mac", sourceMac, row, line),
      destinationMac: this.#number("destination-mac", destinationMac, row, line),
      vlan: this.#number("vlan", vlan, row, line),
      timeToLive: this.#number("ttl", timeToLive, row, line),
    };
    return Object.values(fields).every((value) => value === undefined) ? NO_FIELDS : fields;
  }

  #number(meaning: FrameMeaning, index: number | undefined, row: Row, line: number): number | undefined {
    const text = index === undefined ? "" : row.text(index).trim();
    if (index === undefined || NOTHING.test(text)) return undefined;
    const value = READERS[meaning](text);
    if (value !== undefined) return value ?? undefined;
    if (meaning === "ttl" && this.#columns.isVague) {
      this.#warnings.note("NO_TTL", line);
      return undefined;
    }
    const { code, what, write } = FAULTS[meaning];
    const aside = `or ${settingAside(this.#names[index]!, index)}`;
    throw this.#badCell(
      code,
      index,
      line,
      `${quoteFound(text)} is not ${what}`,
      `${write}, leave the cell empty, ${aside}`,
    );
  }
}

function isVoid(row: Row, index: number): boolean {
  return NOTHING.test(row.text(index));
}

const FAULTS: Readonly<Record<FrameMeaning, { code: InputErrorCode; what: string; write: string }>> = {
  "source-mac": {
    code: "BAD_MAC",
    what: "the MAC address of one machine",
    write: "write one such as 02:00:0a:00:00:01",
  },
  "destination-mac": { code: "BAD_MAC", what: "a MAC address", write: "write one such as 02:00:0a:00:00:01" },
  vlan: { code: "BAD_VLAN", what: "a VLAN", write: `write a whole number from 1 to ${LARGEST_VLAN}` },
  ttl: { code: "BAD_TTL", what: "a time to live", write: "write a whole number from 1 to 255" },
};

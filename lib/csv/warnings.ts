/** What was put right while reading, counted: one line for each kind, however many rows it concerns. */
import { shorten } from "../core/text.ts";
import { InputError, quoteFound, type RemarkCode, type WarningCode } from "./input-errors.ts";

/** One kind of thing that was put right. */
export interface Warning {
  /** What it is, for programs. */
  readonly code: WarningCode | RemarkCode | "LEFT_OUT";
  /** One line with the count and where it happened first. */
  readonly text: string;
  /** How many rows it concerns. */
  readonly count: number;
  /** The line of the first of them, from 1. */
  readonly firstLine: number;
}

interface Kind {
  /** For one row and for several; the place follows. */
  readonly one: string;
  readonly many: string;
  /** The two halves of the sentence where nothing may be put right. */
  readonly problem: string;
  readonly advice: string;
}

const KINDS: Readonly<Record<WarningCode, Kind>> = {
  BLANK_ROWS: {
    one: "1 empty row was skipped",
    many: "empty rows were skipped",
    problem: "the row is empty",
    advice: "remove it",
  },
  STRAY_QUOTES: {
    one: "1 cell has a quote inside but none at its start, and was taken as it stands",
    many: "cells have a quote inside but none at their start, and were taken as they stand",
    problem: "a quote stands inside a cell that has none at its start",
    advice: "double every quote that belongs to the text, and put the whole cell in quotes",
  },
  TRAILING_CELLS: {
    one: "1 row has empty cells beyond the header, which were left out",
    many: "rows have empty cells beyond the header, which were left out",
    problem: "the row has empty cells beyond the header",
    advice: "remove them",
  },
  SORTED_ROWS: {
    one: "1 row out of order was sorted by time",
    many: "rows out of order were sorted by time",
    problem: "the row is earlier than one above it",
    advice: "sort the rows by time",
  },
  SPACED_ROWS: {
    one: "1 row with the same time as the one before it follows it a little later",
    many: "rows with the same time as the one before them follow it a little later",
    problem: "the row has the same time as another one",
    advice: "give each row its own time",
  },
  DATE_ORDER: {
    one: "the dates can be read in two ways and were read with the day first",
    many: "dates can be read in two ways and were read with the day first",
    problem: "the dates can be read with the day first or with the month first",
    advice: "say which with --date-order dmy or --date-order mdy",
  },
  NEXT_DAY: {
    one: "the clock passes midnight once",
    many: "rows are where the clock passes midnight",
    problem: "the clock passes midnight",
    advice: "write the date with the time",
  },
  NO_TTL: {
    one: "1 cell of the column called ttl is no time to live of IP, which is 1 to 255, and was left alone",
    many: "cells of the column called ttl are no time to live of IP, which is 1 to 255, and were left alone",
    problem: "the cell under ttl is no time to live of IP, which is 1 to 255",
    advice: "put it right, or set the column aside with --column ignore=ttl",
  },
};

/** What is not wrong with the input, but should be known of what was made of it. */
const REMARKS: Readonly<Record<RemarkCode, Pick<Kind, "one" | "many">>> = {
  MADE_UP_BYTES: {
    one: "1 packet carries bytes that the list does not tell, and has made-up ones in their place",
    many: "packets carry bytes that the list does not tell, and have made-up ones in their place",
  },
  JOINED_ROWS: {
    one: "1 row without ports could belong to several connections, and went to the one that its neighbours' numbers fit best",
    many: "rows without ports could belong to several connections, and went to those that their neighbours' numbers fit best",
  },
  CUT_WINDOWS: {
    one: "1 window is larger than its field, since the list lacks the SYNs that tell the scale, and was cut to 65,535",
    many: "windows are larger than their field, since the list lacks the SYNs that tell the scale, and were cut to 65,535",
  },
};

const LEFT_OUT_ADVICE = "remove the row, or have it left out without --strict";
const MOST_PROTOCOLS_SHOWN = 6;
const MOST_PROTOCOLS_COUNTED = 100;

/** Rows that cannot be made into packets, by their protocols. */
class LeftOutRows implements Warning {
  readonly code = "LEFT_OUT";
  count = 0;
  readonly firstLine: number;
  readonly #byProtocol = new Map<string, number>();

  constructor(firstLine: number) {
    this.firstLine = firstLine;
  }

  add(protocol: string): void {
    this.count++;
    const key = this.#byProtocol.has(protocol) || this.#byProtocol.size < MOST_PROTOCOLS_COUNTED ? protocol : "others";
    this.#byProtocol.set(key, (this.#byProtocol.get(key) ?? 0) + 1);
  }

  get text(): string {
    const sorted = [...this.#byProtocol].sort(([, a], [, b]) => b - a);
    const shown = sorted.slice(0, MOST_PROTOCOLS_SHOWN).map(([name, count]) => `${shorten(name, 20)} ${count}`);
    const list = shown.join(", ") + (sorted.length > shown.length ? ` and ${sorted.length - shown.length} more` : "");
    const rows = this.count === 1 ? "1 row was" : `${this.count.toLocaleString("en")} rows were`;
    return `${rows} left out, because such packets cannot be made here (${list}), the first on line ${this.firstLine}.`;
  }
}

class CountedWarning implements Warning {
  readonly code: WarningCode | RemarkCode;
  count = 0;
  firstLine: number;

  constructor(code: WarningCode | RemarkCode, firstLine: number) {
    this.code = code;
    this.firstLine = firstLine;
  }

  get text(): string {
    const { one, many } = this.code in REMARKS ? REMARKS[this.code as RemarkCode] : KINDS[this.code as WarningCode];
    if (this.count === 1) return `${one}, on line ${this.firstLine}.`;
    return `${this.count.toLocaleString("en")} ${many}, the first on line ${this.firstLine}.`;
  }
}

export class WarningLog {
  readonly #file: string;
  readonly isStrict: boolean;
  readonly #byCode = new Map<WarningCode | RemarkCode, CountedWarning>();
  #leftOut: LeftOutRows | undefined;

  /** In strict reading, the first warning is an error instead. */
  constructor(file: string, isStrict: boolean) {
    this.#file = file;
    this.isStrict = isStrict;
  }

  /** @throws InputError in strict reading */
  note(code: WarningCode, line: number, count = 1): void {
    if (this.isStrict) throw new InputError(code, { file: this.#file, line }, KINDS[code].problem, KINDS[code].advice);
    this.#count(code, line, count);
  }

  /** What is no fault of the input, and so no error in strict reading either. */
  tell(code: RemarkCode, line: number): void {
    this.#count(code, line, 1);
  }

  /** A row that cannot be made into a packet. @throws InputError in strict reading */
  leaveOut(protocol: string, line: number): void {
    if (this.isStrict) {
      const problem = `a packet of the protocol ${quoteFound(protocol)} cannot be made here`;
      throw new InputError("LEFT_OUT", { file: this.#file, line }, problem, LEFT_OUT_ADVICE);
    }
    this.#leftOut ??= new LeftOutRows(line);
    this.#leftOut.add(protocol);
  }

  #count(code: WarningCode | RemarkCode, line: number, count: number): void {
    let warning = this.#byCode.get(code);
    if (warning === undefined) {
      warning = new CountedWarning(code, line);
      this.#byCode.set(code, warning);
    }
    warning.count += count;
    warning.firstLine = Math.min(warning.firstLine, line);
  }

  /** What was told, and is no warning; in the same order. */
  get remarks(): readonly Warning[] {
    const told = [...this.#byCode.values()].filter(({ code }) => code in REMARKS);
    return told.sort((a, b) => a.firstLine - b.firstLine);
  }

  /** In the order of their first lines, so that it does not matter in which pieces the file came. */
  get all(): readonly Warning[] {
    const all: Warning[] = [...this.#byCode.values()].filter(({ code }) => !(code in REMARKS));
    if (this.#leftOut !== undefined) all.push(this.#leftOut);
    return all.sort((a, b) => a.firstLine - b.firstLine);
  }
}

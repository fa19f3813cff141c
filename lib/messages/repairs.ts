/** What was put right while reading, counted: one line for each kind, however many rows it concerns. */
import { InputError, type RepairCode } from "./errors.ts";

export interface Repair {
  readonly code: RepairCode;
  /** One line with the count and where it happened first. */
  readonly text: string;
  readonly count: number;
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

const KINDS: Readonly<Record<RepairCode, Kind>> = {
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
};

class CountedRepair implements Repair {
  readonly code: RepairCode;
  count = 0;
  firstLine: number;

  constructor(code: RepairCode, firstLine: number) {
    this.code = code;
    this.firstLine = firstLine;
  }

  get text(): string {
    const { one, many } = KINDS[this.code];
    if (this.count === 1) return `${one}, on line ${this.firstLine}.`;
    return `${this.count.toLocaleString("en")} ${many}, the first on line ${this.firstLine}.`;
  }
}

export class RepairLog {
  readonly #file: string;
  readonly isStrict: boolean;
  readonly #byCode = new Map<RepairCode, CountedRepair>();

  /** In strict reading, the first repair is an error instead. */
  constructor(file: string, isStrict: boolean) {
    this.#file = file;
    this.isStrict = isStrict;
  }

  /** @throws InputError in strict reading */
  note(code: RepairCode, line: number, count = 1): void {
    if (this.isStrict) throw new InputError(code, { file: this.#file, line }, KINDS[code].problem, KINDS[code].advice);
    let repair = this.#byCode.get(code);
    if (repair === undefined) {
      repair = new CountedRepair(code, line);
      this.#byCode.set(code, repair);
    }
    repair.count += count;
    repair.firstLine = Math.min(repair.firstLine, line);
  }

  /** In the order of their first lines, so that it does not matter in which pieces the file came. */
  get all(): readonly Repair[] {
    return [...this.#byCode.values()].sort((a, b) => a.firstLine - b.firstLine);
  }
}

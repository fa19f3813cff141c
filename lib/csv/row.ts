/** What every reader of rows hands on, whichever way it reads. */
import type { InputPlace } from "./input-errors.ts";

/** A row of cells, counted from 0. Only valid until the next one. */
export interface Row {
  readonly count: number;
  /** The bytes that hold the text of all cells. They stay as they are when the row has gone. */
  readonly source: Uint8Array;
  /** Where the text of a cell starts in `source`, as UTF-8. */
  startOf(index: number): number;
  /** Where it ends. */
  endOf(index: number): number;
  text(index: number): string;
}

/** What rows are handed to. */
export interface RowSink {
  /** Whether no more rows are wanted; those that come all the same must be borne. */
  readonly isFull?: boolean;
  /** A row that starts at `line`. */
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
}

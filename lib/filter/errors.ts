/** What is wrong with a filter, and where: one sentence, built here and nowhere else. */
import { WirewrightError } from "../core/errors.ts";
import { shorten } from "../core/text.ts";

/**
 * FILTER_SYNTAX: the text cannot be read, or a value does not fit its field.
 * FILTER_FIELD: a name that is no field here.
 */
export type FilterErrorCode = "FILTER_SYNTAX" | "FILTER_FIELD";

/** A filter that cannot be compiled. */
export class FilterError extends WirewrightError {
  /** Where in the text, from 1, in UTF-16 units as editors count them. */
  readonly column: number;

  constructor(code: FilterErrorCode, column: number, problem: string) {
    super(code, `Column ${column} of the filter: ${problem}.`);
    this.name = "FilterError";
    this.column = column;
  }
}

/** A FilterError FILTER_SYNTAX, to be thrown. `problem` says what was found and what to do, without the full stop. */
export function syntaxError(column: number, problem: string): FilterError {
  return new FilterError("FILTER_SYNTAX", column, problem);
}

const LONGEST_QUOTATION = 40;

/** A piece of the filter in quotes, safe to print. */
export function quote(text: string): string {
  return `"${shorten(text, LONGEST_QUOTATION)}"`;
}

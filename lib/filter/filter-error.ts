/** What is wrong with a filter, and where. */
import { WirewrightError } from "../core/errors.ts";

/**
 * FILTER_SYNTAX: the text cannot be read, or a value does not fit its field.
 * FILTER_FIELD: a name that is no field here.
 */
export type FilterErrorCode = "FILTER_SYNTAX" | "FILTER_FIELD";

/** A filter that cannot be compiled. */
export class FilterError extends WirewrightError {
  /** Where in the text, from 1, in UTF-16 units as editors count them. */
  readonly column: number;

  /** Makes the sentence out of place and problem. */
  constructor(code: FilterErrorCode, column: number, problem: string) {
    super(code, `Column ${column} of the filter: ${problem}.`);
    this.name = "FilterError";
    this.column = column;
  }
}

/** What is wrong with a filter, shown in it. */
import { WirewrightError } from "../../lib/core/errors.ts";
import { makeVisible } from "../../lib/core/text.ts";
import { FilterError } from "../../lib/filter/filter-error.ts";

/** Columns of a filter that are shown around what is wrong. */
const MOST_BEFORE = 50;
const MOST_AFTER = 20;

/** A filter that cannot be understood, with a mark under the place. */
export function pointedOut(error: unknown, filter: string | undefined): unknown {
  if (!(error instanceof FilterError) || filter === undefined) return error;
  const at = error.column - 1;
  const before = makeVisible(filter.slice(Math.max(0, at - MOST_BEFORE), at));
  const after = makeVisible(filter.slice(at, at + MOST_AFTER));
  return new WirewrightError(error.code, `${error.message}\n  ${before}${after}\n  ${" ".repeat(before.length)}^`);
}

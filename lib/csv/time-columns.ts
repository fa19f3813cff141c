/** Where the times of a file stand: in one column, or the date in one and the time of day in another. */
import type { ColumnMeaning } from "./dialect.ts";
import { isClock, isDate, isInstant } from "./time-formats.ts";

/** Indices into a row, from 0. */
interface TimeColumns {
  readonly date: number | undefined;
  readonly time: number;
}

/** As spreadsheets write a date that is a time to them. */
const MIDNIGHT = /(?:T|\s+)00?:00(?::00(?:[.,]0+)?)?$/i;

/**
 * Settles whether a column of dates is the time, a part of it, or to be left alone because the time has a date itself.
 *
 * @param isGiven whether the user has named the column of dates
 * @param cells of a column, those that are empty left out
 */
export function settleDate(
  slots: Map<ColumnMeaning, number>,
  isGiven: boolean,
  cells: (index: number) => readonly string[],
): void {
  const [date, time] = [slots.get("date"), slots.get("time")];
  if (date === undefined) return;
  if (time === undefined) {
    slots.set("time", date);
    slots.delete("date");
    return;
  }
  const dates = cells(date).map(withoutMidnight);
  const isClockAlone = areMostly(cells(time), isClock);
  if (isGiven || (isClockAlone && areMostly(dates, isDate))) return;
  slots.delete("date");
  if (isClockAlone && areMostly(dates, isInstant)) slots.set("time", date);
}

function areMostly(texts: readonly string[], test: (text: string) => boolean): boolean {
  return texts.length > 0 && texts.filter(test).length * 2 >= texts.length;
}

function withoutMidnight(date: string): string {
  return date.trim().replace(MIDNIGHT, "");
}

/** The time of a row as one text, from the text of its cells. */
export function timeTextOf({ date, time }: TimeColumns, cell: (index: number) => string): string {
  return date === undefined ? cell(time) : `${withoutMidnight(cell(date))} ${cell(time).trim()}`;
}

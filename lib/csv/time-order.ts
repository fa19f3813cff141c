/**
 * Puts messages in the order of their times. How far a row may have strayed is bounded, so that reading needs no more
 * memory for a long file than for a short one.
 */

import { WirewrightError } from "../core/errors.ts";
import { InputError, type InputPlace } from "./input-errors.ts";
import type { RowMessage } from "./message.ts";

import type { WarningLog } from "./warnings.ts";

/** A row can be sorted in as long as no more rows than this stand between it and its place. */
export const SORT_WINDOW = 1000;

/** Rows with long messages are held back in smaller numbers. */
const WINDOW_BYTES = 1 << 24;

/** Where to cut the spent part off the array: seldom enough to cost nothing. */
const SPENT_ROWS = 1 << 11;

const UNKNOWN_STEP = -1;

/** What a gap is that nobody gives: a millisecond. @throws WirewrightError BAD_OPTION for one that is none */
export function gapOf({
  gap,
  ticksPerSecond,
}: {
  readonly gap?: number | undefined;
  readonly ticksPerSecond: number;
}): number {
  const ticks = gap ?? ticksPerSecond / 1000;
  if (Number.isSafeInteger(ticks) && ticks >= 0) return ticks;
  throw new WirewrightError("BAD_OPTION", `A gap of ${ticks} ticks is not possible; give a whole number, 0 or more.`);
}

export interface TimeOrderOptions {
  /** Ticks between rows of the same time; 0 leaves them there. */
  readonly gap: number;
  readonly warnings: WarningLog;
  /** Where the time of a row stands, for errors. */
  readonly place: (line: number) => InputPlace;
}

/** What is asked of a row to put it in order. */
export interface TimedRow {
  readonly line: number;
  /** Ticks; moved where rows of one time are spread. */
  time: number;
  readonly timeText: string;
  /** What it holds in memory, in bytes, is the difference of the two. */
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

export class TimeOrder<Row extends TimedRow = RowMessage> {
  readonly #gap: number;
  readonly #warnings: WarningLog;
  readonly #place: (line: number) => InputPlace;
  /** Sorted from `#head` on; what is before it has gone. */
  #entries: Row[] = [];
  #head = 0;
  #bytes = 0;
  #ready: Row[] = [];
  /** The message that went last, and its time as it was written. */
  #last: Row | undefined;
  #lastWritten = Number.NEGATIVE_INFINITY;
  #lastTime = Number.NEGATIVE_INFINITY;
  /** Of the rows that now go with one and the same time: how far apart, and how far the last was moved. */
  #step = UNKNOWN_STEP;
  #offset = 0;

  constructor({ gap, warnings, place }: TimeOrderOptions) {
    this.#gap = gap;
    this.#warnings = warnings;
    this.#place = place;
  }

  /** @throws InputError when the place of the message has already gone */
  push(message: Row): void {
    const entries = this.#entries;
    if (entries.length === 0 || message.time >= entries[entries.length - 1]!.time) entries.push(message);
    else this.#insert(message);
    this.#bytes += lengthOf(message);
    for (;;) {
      const held = this.#entries.length - this.#head;
      if (held <= SORT_WINDOW && (this.#bytes <= WINDOW_BYTES || held <= 1)) return;
      this.#release();
    }
  }

  /** The messages whose turn has come. */
  take(): Row[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** To be called after the last message: the rest. */
  finish(): Row[] {
    while (this.#head < this.#entries.length) this.#release();
    return this.take();
  }

  #insert(message: Row): void {
    const { time, line } = message;
    if (this.#last !== undefined && time < this.#lastWritten) throw this.#tooLate(line, this.#last);
    this.#warnings.note("SORTED_ROWS", line);
    let low = this.#head;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Rows of equal times stay in the order of the file.
      if (this.#entries[middle]!.time <= time) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, message);
  }

  #release(): void {
    const message = this.#entries[this.#head]!;
    this.#head++;
    this.#bytes -= lengthOf(message);
    const written = message.time;
    if (this.#last !== undefined && written === this.#lastWritten) {
      this.#follow(message, this.#last);
    } else {
      this.#offset = 0;
      this.#step = UNKNOWN_STEP;
    }
    // Rows that found no room before the next time push it back.
    message.time = Math.max(written + this.#offset, this.#lastTime);
    this.#ready.push(message);
    this.#last = message;
    this.#lastWritten = written;
    this.#lastTime = message.time;
    if (this.#head >= SPENT_ROWS) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Moves a row away from the one before it, which has the same time. Only equal texts are one and the same time. */
  #follow(message: Row, before: Row): void {
    if (this.#gap === 0 || message.timeText.trim() !== before.timeText.trim()) return;
    if (this.#step === UNKNOWN_STEP) this.#step = this.#stepFor(message.time);
    if (this.#step === 0) return;
    this.#warnings.note("SPACED_ROWS", message.line);
    this.#offset += this.#step;
  }

  /** The gap, or less where the next time is nearer than the rows of this one need. */
  #stepFor(time: number): number {
    let next = this.#head;
    while (this.#entries[next]?.time === time) next++;
    const nextTime = this.#entries[next]?.time;
    if (nextTime === undefined) return this.#gap;
    // The row before and the one that is about to go belong to it as well.
    const count = next - this.#head + 2;
    return Math.min(this.#gap, Math.floor((nextTime - time) / count));
  }

  #tooLate(line: number, last: Row): InputError {
    const rows = SORT_WINDOW.toLocaleString("en");
    const problem = `the time is earlier than that on line ${last.line}, too far away to be sorted in (${rows} rows, or ${WINDOW_BYTES / 2 ** 20} MiB of messages)`;
    return new InputError("TIME_RUNS_BACK", this.#place(line), problem, "sort the rows by time");
  }
}

/** In bytes. */
function lengthOf({ payloadStart, payloadEnd }: TimedRow): number {
  return payloadEnd - payloadStart;
}

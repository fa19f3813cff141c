/**
 * Puts messages in the order of their times. How far a row may have strayed is bounded, so that reading needs no more
 * memory for a long file than for a short one.
 */
import { InputError, type InputPlace } from "./errors.ts";
import type { Message } from "./message.ts";
import type { RepairLog } from "./repairs.ts";

/** A row can be sorted in as long as no more rows than this stand between it and its place. */
export const SORT_WINDOW = 1000;

/** Rows with long messages are held back in smaller numbers. */
const WINDOW_BYTES = 1 << 24;

/** Where to cut the spent part off the array: seldom enough to cost nothing. */
const SPENT_ROWS = 1 << 11;

const UNKNOWN_STEP = -1;

interface Entry {
  readonly message: Message;
  /** The time as it is written: only equal texts are one and the same time. */
  readonly text: string;
}

export interface TimeOrderOptions {
  /** Ticks between rows of the same time; 0 leaves them there. */
  readonly gap: number;
  readonly repairs: RepairLog;
  /** Where the time of a row stands, for errors. */
  readonly place: (line: number) => InputPlace;
}

export class TimeOrder {
  readonly #gap: number;
  readonly #repairs: RepairLog;
  readonly #place: (line: number) => InputPlace;
  /** Sorted from `#head` on; what is before it has gone. */
  #entries: Entry[] = [];
  #head = 0;
  #bytes = 0;
  #ready: Message[] = [];
  /** The message that went last, as it was written. */
  #last: Entry | undefined;
  #lastTime = Number.NEGATIVE_INFINITY;
  /** Of the rows that now go with one and the same time: how far apart, and how far the last was moved. */
  #step = UNKNOWN_STEP;
  #offset = 0;

  constructor({ gap, repairs, place }: TimeOrderOptions) {
    this.#gap = gap;
    this.#repairs = repairs;
    this.#place = place;
  }

  /** @throws InputError when the place of the message has already gone */
  push(message: Message, text: string): void {
    const entries = this.#entries;
    const newest = entries[entries.length - 1];
    const entry = { message, text };
    if (newest === undefined || message.time >= newest.message.time) entries.push(entry);
    else this.#insert(entry);
    this.#bytes += message.payload.length;
    for (;;) {
      const held = this.#entries.length - this.#head;
      if (held <= SORT_WINDOW && (this.#bytes <= WINDOW_BYTES || held <= 1)) return;
      this.#release();
    }
  }

  /** The messages whose turn has come. */
  take(): Message[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** To be called after the last message: the rest. */
  finish(): Message[] {
    while (this.#head < this.#entries.length) this.#release();
    return this.take();
  }

  #insert(entry: Entry): void {
    const { time, line } = entry.message;
    if (this.#last !== undefined && time < this.#last.message.time) throw this.#tooLate(entry, this.#last);
    this.#repairs.note("SORTED_ROWS", line);
    let low = this.#head;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Rows of equal times stay in the order of the file.
      if (this.#entries[middle]!.message.time <= time) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, entry);
  }

  #release(): void {
    const entry = this.#entries[this.#head]!;
    this.#head++;
    const { message } = entry;
    this.#bytes -= message.payload.length;
    if (this.#last !== undefined && message.time === this.#last.message.time) {
      this.#follow(entry, this.#last);
    } else {
      this.#offset = 0;
      this.#step = UNKNOWN_STEP;
    }
    // Rows that found no room before the next time push it back.
    const time = Math.max(message.time + this.#offset, this.#lastTime);
    this.#ready.push(time === message.time ? message : { ...message, time });
    this.#last = entry;
    this.#lastTime = time;
    if (this.#head >= SPENT_ROWS) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Moves a row away from the one before it, which has the same time. */
  #follow(entry: Entry, before: Entry): void {
    if (this.#gap === 0 || entry.text.trim() !== before.text.trim()) return;
    if (this.#step === UNKNOWN_STEP) this.#step = this.#stepFor(entry.message.time);
    if (this.#step === 0) return;
    this.#repairs.note("SPACED_ROWS", entry.message.line);
    this.#offset += this.#step;
  }

  /** The gap, or less where the next time is nearer than the rows of this one need. */
  #stepFor(time: number): number {
    let next = this.#head;
    while (this.#entries[next]?.message.time === time) next++;
    const nextTime = this.#entries[next]?.message.time;
    if (nextTime === undefined) return this.#gap;
    // The row before and the one that is about to go belong to it as well.
    const count = next - this.#head + 2;
    return Math.min(this.#gap, Math.floor((nextTime - time) / count));
  }

  #tooLate(entry: Entry, last: Entry): InputError {
    const rows = SORT_WINDOW.toLocaleString("en");
    const problem = `the time is earlier than that on line ${last.message.line}, too far away to be sorted in (${rows} rows, or ${WINDOW_BYTES / 2 ** 20} MiB of messages)`;
    return new InputError("TIME_RUNS_BACK", this.#place(entry.message.line), problem, "sort the rows by time");
  }
}

/** Which packets are kept by their numbers, and what becomes of their times. */
import { parsed } from "../core/given.ts";
import type { Moment } from "../core/time.ts";

/** Frames from one number to another, both included; the last can be infinite. */
export interface FrameRange {
  /** Number of the first frame, from 1. */
  readonly first: number;
  /** Number of the last frame; Infinity for all that follow. */
  readonly last: number;
}

/**
 * Reads `5-90`, `7`, `-20`, `100-` and several of them with commas between.
 *
 * @throws WirewrightError BAD_OPTION for what is no such list
 */
export function parseFrameRanges(text: string): FrameRange[] {
  return parsed(tryParseFrameRanges(text), text, "a list of frames", 'write numbers and ranges, as "5-90,100-"');
}

/** The same. @returns undefined for what is no such list */
export function tryParseFrameRanges(text: string): FrameRange[] | undefined {
  if (typeof text !== "string") return undefined;
  const ranges: FrameRange[] = [];
  for (const part of text.split(",")) {
    const match = /^\s*(\d+)?\s*(-)?\s*(\d+)?\s*$/.exec(part);
    const [, from, dash, to] = match ?? [];
    if (match === null || (from === undefined && to === undefined)) return undefined;
    if (dash === undefined && to !== undefined) return undefined;
    const first = Number(from ?? 1);
    const last = dash === undefined ? first : Number(to ?? Number.POSITIVE_INFINITY);
    if (first < 1 || last < first) return undefined;
    ranges.push({ first, last });
  }
  return ranges;
}

export function isInRanges(ranges: readonly FrameRange[], frame: number): boolean {
  for (const { first, last } of ranges) if (frame >= first && frame <= last) return true;
  return false;
}

/** No frame behind this one is in a range. */
export function lastOfRanges(ranges: readonly FrameRange[]): number {
  return Math.max(...ranges.map(({ last }) => last));
}

const NANOSECONDS = 1_000_000_000;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** Nanoseconds of the units that are shorter than a second. */
const SHORT_UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1000, ms: 1_000_000 };
const FRACTION_DIGITS = 9;

/**
 * Reads a length of time to the nanosecond: `2h`, `-30m`, `1.5s`, `1d`, `250ms`, also several of them, `1h30m`; a bare number is
 * of seconds.
 *
 * @returns whole seconds, negative where it leads back, and nanoseconds from 0 to 999,999,999
 * @throws WirewrightError BAD_OPTION for what is none
 */
export function parseShift(text: string): Moment {
  return parsed(tryParseShift(text), text, "a length of time", 'write it with its unit, as "2h" or "-1.5s"');
}

/** The same. @returns undefined for what is none */
export function tryParseShift(text: string): Moment | undefined {
  if (typeof text !== "string") return undefined;
  const match =
    /^\s*([+-])?((?:\d+(?:\.\d+)?|\.\d+)(?:ns|us|ms|[smhd])?)((?:\d+(?:\.\d+)?(?:ns|us|ms|[smhd]))*)\s*$/.exec(text);
  if (match === null) return undefined;
  const parts = `${match[2]}${match[3]}`.match(/[\d.]+[a-z]*/g)!;
  const nanoseconds = parts.reduce((sum, part) => sum + nanosecondsOf(part), 0n) * (match[1] === "-" ? -1n : 1n);
  const unit = BigInt(NANOSECONDS);
  const rest = ((nanoseconds % unit) + unit) % unit;
  const seconds = Number((nanoseconds - rest) / unit);
  return Number.isSafeInteger(seconds) ? { seconds, nanoseconds: Number(rest) } : undefined;
}

function nanosecondsOf(part: string): bigint {
  const [, whole = "", fraction = "", unit = ""] = /^(\d*)(?:\.(\d+))?([a-z]*)$/.exec(part)!;
  const perUnit = SHORT_UNITS[unit] ?? UNITS[unit || "s"]! * NANOSECONDS;
  const digits = fraction.slice(0, FRACTION_DIGITS).padEnd(FRACTION_DIGITS, "0");
  return BigInt(whole || "0") * BigInt(perUnit) + (BigInt(digits) * BigInt(perUnit)) / 10n ** BigInt(FRACTION_DIGITS);
}

/** Moves times by a fixed length, or so that the first of them is at a given moment. */
export class TimeShift {
  readonly #start: Moment | undefined;
  #by: Moment | undefined;
  /** Of the time that was moved last. */
  seconds = 0;
  nanoseconds = 0;

  /** @param start the moment of the first packet, in place of a length of time by which all are moved */
  constructor({ by, start }: { readonly by?: Moment | undefined; readonly start?: Moment | undefined }) {
    this.#start = start;
    this.#by = start === undefined ? by : undefined;
  }

  get isNone(): boolean {
    return this.#start === undefined && this.#by === undefined;
  }

  /** Leaves the new time in `seconds` and `nanoseconds`. */
  move(time: Moment): void {
    if (this.#start !== undefined && this.#by === undefined) this.#by = minus(this.#start, time);
    const by = this.#by;
    this.seconds = time.seconds;
    this.nanoseconds = time.nanoseconds;
    if (by === undefined) return;
    this.seconds += by.seconds;
    this.nanoseconds += by.nanoseconds;
    if (this.nanoseconds < NANOSECONDS) return;
    this.nanoseconds -= NANOSECONDS;
    this.seconds++;
  }
}

function minus(a: Moment, b: Moment): Moment {
  const nanoseconds = a.nanoseconds - b.nanoseconds;
  const borrow = nanoseconds < 0 ? 1 : 0;
  return { seconds: a.seconds - b.seconds - borrow, nanoseconds: nanoseconds + borrow * NANOSECONDS };
}

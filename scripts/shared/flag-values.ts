/** Readers of what stands behind a flag, for commander: each gives a value or says in a sentence what to write. */
import { InvalidArgumentError } from "commander";

export const LARGEST_PORT = 65_535;

/** Reads a whole number within bounds. */
export function integerFlag(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`Give a whole number from ${lowest} to ${highest}.`);
  };
}

/** What the prefixes of units stand for, in small letters. */
export const DECIMAL_PREFIXES: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  ...DECIMAL_PREFIXES,
  ...{ ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30, ti: 2 ** 40 },
};

/**
 * Reads a number of bytes: `500000`, `100MB`, `1.5GiB`; the case of the unit and its B do not matter.
 *
 * @param least what is less is refused, but for 0
 */
export function sizeFlag(least: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmgt]i?)?b?$/i.exec(text.trim());
    const bytes = match === null ? Number.NaN : Number(match[1]) * BYTES_PER_UNIT[(match[2] ?? "").toLowerCase()]!;
    if (bytes <= Number.MAX_SAFE_INTEGER && (bytes === 0 || bytes >= least)) return Math.floor(bytes);
    throw new InvalidArgumentError(
      `Give a number of bytes from ${least} on, or one with a unit: 500kB, 100MB, 1.5GiB.`,
    );
  };
}

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** So that a few of them in nanoseconds are still safe integers. */
const LONGEST_DURATION = 24 * 86_400;

/**
 * Reads a length of time, `200us`, `1.5ms`, `2s`; a bare number counts in `bareUnit`.
 *
 * @returns a reader of seconds
 */
export function durationFlag(bareUnit: "ms" | "s"): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?|\.\d+)(us|ms|s|m|h)?$/.exec(text.trim());
    if (match === null) {
      throw new InvalidArgumentError(`Give a number, counted in ${bareUnit}, or one with a unit: 200us, 1.5ms, 2s.`);
    }
    const seconds = Number(match[1]) * SECONDS_PER_UNIT[match[2] ?? bareUnit]!;
    if (seconds > LONGEST_DURATION) throw new InvalidArgumentError("Give at most 24 days (576h).");
    return seconds;
  };
}

/** Reads the name of a recording. Only pcapng has room for what is said about packets. */
export function readRecordingName(text: string): string {
  if (/\.pcapng$/i.test(text)) return text;
  throw new InvalidArgumentError(
    "A recording is pcapng, which has room for comments: give a name that ends in .pcapng.",
  );
}

const HIGHEST_SPEED = 1_000_000;

/** `1x`, `10x`, `0.5x`, `max`. @returns how many times faster than the times say; infinite for `max` */
export function parseSpeed(text: string): number {
  if (text === "max") return Number.POSITIVE_INFINITY;
  const speed = /^(?:\d+(?:\.\d+)?|\.\d+)x?$/.test(text) ? Number.parseFloat(text) : 0;
  if (speed > 0 && speed <= HIGHEST_SPEED) return speed;
  throw new InvalidArgumentError(`Give how many times faster it is to go, such as 1x, 10x or 0.5x, or max.`);
}

/** Moments and lengths of time as text. All of it is whole numbers, so that no digit is lost. */
import type { Moment } from "../core/time.ts";

const NANOSECONDS = 1_000_000_000;
/** What a Date can hold, in seconds on either side of 1970. */
const MOST_SECONDS = 8_640_000_000_000;

/** From one moment to another; the nanoseconds of a negative length count forward, as those of a moment do. */
export function elapsed(from: Moment, to: Moment): Moment {
  const nanoseconds = to.nanoseconds - from.nanoseconds;
  const seconds = to.seconds - from.seconds;
  return nanoseconds < 0 ? { seconds: seconds - 1, nanoseconds: nanoseconds + NANOSECONDS } : { seconds, nanoseconds };
}

/** So many nanoseconds, as a moment after 0. */
export function ofNanoseconds(nanoseconds: number): Moment {
  const seconds = Math.floor(nanoseconds / NANOSECONDS);
  return { seconds, nanoseconds: nanoseconds - seconds * NANOSECONDS };
}

/** Seconds with nine digits after the point: "1767225600.000000001", "-0.500000000". */
export function decimalSeconds({ seconds, nanoseconds }: Moment): string {
  if (seconds >= 0 || nanoseconds === 0) return `${seconds}.${nineDigits(nanoseconds)}`;
  return `-${-seconds - 1}.${nineDigits(NANOSECONDS - nanoseconds)}`;
}

/** Milliseconds with three digits after the point, cut: "1998.050". */
export function milliseconds(length: Moment): string {
  const [sign, positive] = length.seconds < 0 ? ["-", elapsed(length, { seconds: 0, nanoseconds: 0 })] : ["", length];
  const micros = Math.floor(positive.nanoseconds / 1000);
  const whole = positive.seconds * 1000 + Math.floor(micros / 1000);
  return `${sign}${whole}.${String(micros % 1000).padStart(3, "0")}`;
}

/** A length of time for people: "1.05 ms", "3 µs", "2.484 s", "3 min 20 s". */
export function formatDuration(length: Moment): string {
  if (length.seconds < 0) return `-${formatDuration(elapsed(length, { seconds: 0, nanoseconds: 0 }))}`;
  const { seconds, nanoseconds } = length;
  if (seconds >= 60) return formatMinutes(seconds);
  if (seconds >= 1) return `${trimmed(seconds * 1000 + nanoseconds / 1e6, 1000)} s`;
  if (nanoseconds >= 1_000_000) return `${trimmed(nanoseconds / 1000, 1000)} ms`;
  if (nanoseconds >= 1000) return `${trimmed(nanoseconds, 1000)} µs`;
  return nanoseconds === 0 ? "0 s" : `${nanoseconds} ns`;
}

/** From so many milliseconds on, the nanoseconds of the smallest unit that is shown of a length of time. */
const ROUNDED_TO: readonly (readonly [from: number, unit: number])[] = [
  [86_400_000, 3600 * NANOSECONDS],
  [3_600_000, 60 * NANOSECONDS],
  [60_000, NANOSECONDS],
  [0, 1000],
];

/** The same for so many milliseconds as a program has measured, rounded to the last unit that is shown. */
export function durationText(milliseconds: number): string {
  const [, unit] = ROUNDED_TO.find(([from]) => milliseconds >= from)!;
  return formatDuration(ofNanoseconds(Math.round((milliseconds * 1e6) / unit) * unit));
}

function formatMinutes(seconds: number): string {
  const units: readonly [number, string][] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const first = units.findIndex(([length]) => seconds >= length);
  const parts: string[] = [];
  let rest = seconds;
  for (const [length, unit] of units.slice(first, first + 2)) {
    const number = Math.floor(rest / length);
    rest -= number * length;
    if (number > 0) parts.push(`${number} ${unit}`);
  }
  return parts.join(" ");
}

/** At most three digits after the point, none of them a mere 0 at the end. */
function trimmed(amount: number, unit: number): string {
  const thousandths = Math.floor((amount * 1000) / unit);
  return String(thousandths / 1000);
}

/** "2026-01-01 00:00:00.000000001 UTC" */
export function formatInstant(moment: Moment): string {
  if (Math.abs(moment.seconds) > MOST_SECONDS) return `${decimalSeconds(moment)} s since 1970`;
  const [date, time] = new Date(moment.seconds * 1000).toISOString().split("T") as [string, string];
  return `${date} ${time.slice(0, 8)}.${nineDigits(moment.nanoseconds)} UTC`;
}

function nineDigits(nanoseconds: number): string {
  return String(nanoseconds).padStart(9, "0");
}

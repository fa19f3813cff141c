/** Times as people write them, into whole ticks. No seconds ever pass through floating point. */

import type { Origin, TicksPerSecond } from "../core/time.ts";

const ZERO = 0x30;
const POINT = 0x2e;
const POWERS_OF_TEN = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;

/**
 * Decimal seconds as ticks: `"0.015"` is 15,000 microseconds. Digits beyond the tick are rounded to the nearest, halves
 * up. Spaces around the number and an exponent (`1.5E-03`, as spreadsheets write it) are accepted. Returns undefined for
 * everything else: signs, other texts, times that are no safe integer of ticks.
 *
 * @param unitDigits 0 where the number counts seconds, 3 for milliseconds, 6, 9
 */
export function parseSeconds(text: string, ticksPerSecond: TicksPerSecond, unitDigits = 0): number | undefined {
  const decimals = (ticksPerSecond === 1_000_000 ? 6 : 9) - unitDigits;
  return parseDecimal(text.trim(), decimals);
}

/**
 * `parseSeconds` for the common case, in one pass over the text's bytes: digits, at most one point, and no more decimals
 * than a tick has. Returns undefined for everything else, be it a time or not.
 */
export function parsePlainSeconds(
  bytes: Uint8Array,
  start: number,
  end: number,
  ticksPerSecond: TicksPerSecond,
  unitDigits = 0,
): number | undefined {
  const decimals = (ticksPerSecond === 1_000_000 ? 6 : 9) - unitDigits;
  let digits = 0;
  let point = -1;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    // Beyond 2^53 this is not exact any more, but it never comes down again, so the last check still refuses it.
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
    else if (digit === POINT - ZERO && point < 0) point = i;
    else return undefined;
  }
  const missing = decimals - (point < 0 ? 0 : end - point - 1);
  if (missing < 0 || end - start === (point < 0 ? 0 : 1)) return undefined;
  return safe(digits * POWERS_OF_TEN[missing]!);
}

/** Groups that cannot trade characters with each other, so that hostile text costs one pass. */
const NUMBER = /^(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function parseDecimal(text: string, decimals: number): number | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const whole = match[1] ?? "";
  const digits = whole + (match[2] ?? "");
  if (digits === "") return undefined;
  const significant = digits.replace(/^0+/, "");
  if (significant === "") return 0;
  // How many of the significant digits stand before the point when the number is written in ticks.
  const before = whole.length - (digits.length - significant.length) + Number(match[3] ?? 0) + decimals;
  if (before < 0) return 0;
  // Larger than any safe integer, and possibly far too large to be written out.
  if (before > 16) return undefined;
  const roundUp = significant.charAt(before) >= "5" ? 1 : 0;
  return safe(Number(significant.slice(0, before).padEnd(before, "0")) + roundUp);
}

function safe(ticks: number): number | undefined {
  return Number.isSafeInteger(ticks) ? ticks : undefined;
}

const ISO_8601 =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/**
 * Reads an instant in ISO 8601 form, `2026-03-01T09:30:00.25Z`: a date, or a date and a time, with or without a zone.
 * Without one it is UTC, whatever the zone of the machine. Digits beyond the ticks are cut off.
 *
 * @returns undefined for anything that is not an instant, such as the 30th of February
 */
export function parseInstant(text: string, ticksPerSecond: TicksPerSecond): Origin | undefined {
  const match = ISO_8601.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  // The calendar carries a 30th of February over into March, which tells that there is none.
  if (midnight.getUTCMonth() !== Number(month) - 1 || midnight.getUTCDate() !== Number(day)) return undefined;
  const offset = zoneOffset(zone);
  if (offset === undefined) return undefined;
  const timeOfDay = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const digits = ticksPerSecond === 1_000_000 ? 6 : 9;
  return {
    seconds: midnight.getTime() / 1000 + timeOfDay - offset,
    ticks: Number(fraction.slice(0, digits).padEnd(digits, "0")),
  };
}

/** Seconds by which a zone is ahead of UTC. */
function zoneOffset(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || "0");
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

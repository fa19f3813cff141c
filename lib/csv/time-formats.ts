/** The ways in which files write times, and which of them a file uses. */
import type { Origin, TicksPerSecond } from "../core/time.ts";
import type { DateOrder } from "./dialect.ts";
import { parsePlainSeconds, parseSeconds } from "./timestamps.ts";

export type TimeUnit = "s" | "ms" | "us" | "ns";

export type TimeFormat =
  | { readonly kind: "relative"; readonly unit: TimeUnit }
  | { readonly kind: "epoch"; readonly unit: TimeUnit }
  | { readonly kind: "calendar"; readonly order: DateOrder | "ymd" }
  | { readonly kind: "clock" };

const SECONDS_PER_DAY = 86_400;

/** Decimal digits by which the unit is smaller than a second. */
const UNIT_DIGITS: Readonly<Record<TimeUnit, number>> = { s: 0, ms: 3, us: 6, ns: 9 };

/** Whole digits of an instant between 2001 and 2286, for each unit. No capture that starts at 0 lasts for 30 years. */
const EPOCH_DIGITS: ReadonlyMap<number, TimeUnit> = new Map([
  [10, "s"],
  [13, "ms"],
  [16, "us"],
  [19, "ns"],
]);

const NUMBER = /^(\d*)(?:\.(\d*))?$/;
const DATE = /^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:(?:[T,]\s*|\s+,?\s*)(\S.*))?$/i;
const CLOCK =
  /^(\d{1,3}):(\d{2})(?::(\d{2}))?(?:[.,](\d{1,9}))?\s*(?:([ap])\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i;

/** Seconds since midnight, and digits below the second. */
interface TimeOfDay {
  readonly seconds: number;
  readonly fraction: string;
}

/** As tshark writes `frame.time`: `Nov 27, 2026 12:00:00.000000000 UTC`. */
const NAMED_MONTH = /^([A-Z][a-z]{2})[a-z]*\s+(\d{1,2}),?\s+(\d{4})\s+(.*)$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The same with numbers. Names of zones that nobody can know are left out, and stand for UTC. */
function withNumbers(text: string): string {
  const match = NAMED_MONTH.exec(text);
  const month = match === null ? -1 : MONTHS.indexOf(match[1]!);
  if (match === null || month < 0) return text;
  const clock = match[4]!.replace(/\s+(?!UTC$|GMT$|Z$|[AaPp]\.?[Mm])[A-Za-z].*$/, "");
  return `${match[3]}-${String(month + 1).padStart(2, "0")}-${match[2]!.padStart(2, "0")} ${clock}`;
}

export interface FormatChoice {
  readonly format: TimeFormat;
  /** Whether the dates have a day and a month that can change places. */
  readonly isAmbiguous: boolean;
}

/**
 * Chooses the format that most of the texts are in.
 *
 * @param unit what numbers count, where the column says it
 */
export function chooseFormat(
  texts: readonly string[],
  given: DateOrder | undefined,
  unit: TimeUnit = "s",
): FormatChoice {
  const votes = new Map<string, number>();
  for (const text of texts) {
    const kind = kindOf(text, unit);
    if (kind !== undefined) votes.set(kind, (votes.get(kind) ?? 0) + 1);
  }
  let best = "relative";
  let most = 0;
  // The first one met wins among equals.
  for (const [kind, count] of votes) {
    if (count <= most) continue;
    best = kind;
    most = count;
  }
  if (best === "date") return chooseOrder(texts, given);
  return { format: FORMATS[best] ?? { kind: "relative", unit }, isAmbiguous: false };
}

const FORMATS: Readonly<Record<string, TimeFormat>> = {
  ymd: { kind: "calendar", order: "ymd" },
  clock: { kind: "clock" },
  s: { kind: "epoch", unit: "s" },
  ms: { kind: "epoch", unit: "ms" },
  us: { kind: "epoch", unit: "us" },
  ns: { kind: "epoch", unit: "ns" },
};

function kindOf(text: string, unit: TimeUnit): string | undefined {
  const bare = withNumbers(text.trim());
  const number = NUMBER.exec(bare);
  if (number !== null && bare !== "") {
    const epoch = EPOCH_DIGITS.get(number[1]!.replace(/^0+/, "").length);
    // A column of seconds that holds other epochs is as wrong as one without a unit is silent.
    return epoch !== undefined && (unit === "s" || unit === epoch) ? epoch : "relative";
  }
  if (parseSeconds(bare, 1_000_000) !== undefined) return "relative";
  if (CLOCK.test(bare)) return "clock";
  const date = DATE.exec(bare);
  if (date === null) return undefined;
  return date[1]!.length === 4 ? "ymd" : "date";
}

/** Whether a text is a time in any format. */
export function isTime(text: string): boolean {
  return kindOf(text, "s") !== undefined;
}

/** Whether it is a time of day alone. */
export function isClock(text: string): boolean {
  return CLOCK.test(text.trim());
}

/** Whether it is a date alone ... */
export function isDate(text: string): boolean {
  const date = DATE.exec(text.trim());
  return date !== null && date[5] === undefined;
}

/** ... or with a time of day. */
export function isInstant(text: string): boolean {
  const clock = DATE.exec(text.trim())?.[5];
  return clock !== undefined && CLOCK.test(clock.trim());
}

function chooseOrder(texts: readonly string[], given: DateOrder | undefined): FormatChoice {
  let dayFirst = 0;
  let monthFirst = 0;
  let different = false;
  for (const text of texts) {
    const date = DATE.exec(text.trim());
    if (date === null) continue;
    const [first, second] = [Number(date[1]), Number(date[3])];
    if (first > 12) dayFirst++;
    if (second > 12) monthFirst++;
    if (first !== second) different = true;
  }
  const isAmbiguous = dayFirst === 0 && monthFirst === 0 && different;
  const order = given ?? (monthFirst > dayFirst ? "mdy" : "dmy");
  return { format: { kind: "calendar", order }, isAmbiguous: isAmbiguous && given === undefined };
}

/** The format in words, for people. */
export function describeFormat(format: TimeFormat): string {
  switch (format.kind) {
    case "relative":
      return `${UNIT_WORDS[format.unit]} from the start`;
    case "epoch":
      return `${UNIT_WORDS[format.unit]} since 1970`;
    case "clock":
      return "time of day (hours:minutes:seconds)";
    case "calendar":
      return `date and time (${CALENDAR_WORDS[format.order]}), UTC where no zone is given`;
  }
}

export const UNIT_WORDS: Readonly<Record<TimeUnit, string>> = {
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
};
const CALENDAR_WORDS = { ymd: "year-month-day", dmy: "day/month/year", mdy: "month/day/year" } as const;

/** An instant in a format that counts from a fixed point. @returns undefined for a text in another format */
export function parseAbsolute(text: string, format: TimeFormat, ticksPerSecond: TicksPerSecond): Origin | undefined {
  const bare = text.trim();
  switch (format.kind) {
    case "relative":
      return undefined;
    case "epoch":
      return parseEpoch(bare, UNIT_DIGITS[format.unit], ticksPerSecond);
    case "calendar":
      return parseCalendar(bare, format.order, ticksPerSecond);
    case "clock": {
      const time = parseClock(bare, false);
      return time && { seconds: time.seconds, ticks: toTicks(time.fraction, ticksPerSecond) };
    }
  }
}

function parseEpoch(text: string, unitDigits: number, ticksPerSecond: TicksPerSecond): Origin | undefined {
  const match = NUMBER.exec(text);
  if (match === null || !match[1] || match[1].length > 25) return undefined;
  const whole = match[1];
  const cut = Math.max(0, whole.length - unitDigits);
  const fraction = whole.slice(cut).padStart(unitDigits, "0") + (match[2] ?? "");
  const seconds = Number(whole.slice(0, cut) || "0");
  return Number.isSafeInteger(seconds) ? { seconds, ticks: toTicks(fraction, ticksPerSecond) } : undefined;
}

function parseCalendar(text: string, order: DateOrder | "ymd", ticksPerSecond: TicksPerSecond): Origin | undefined {
  const match = DATE.exec(withNumbers(text));
  if (match === null) return undefined;
  const numbers = [match[1]!, match[3]!, match[4]!] as const;
  const [year, month, day] =
    order === "ymd" ? numbers : order === "dmy" ? [numbers[2], numbers[1], numbers[0]] : [numbers[2], ...numbers];
  const midnight = secondsAt(year, Number(month), Number(day));
  if (midnight === undefined) return undefined;
  if (match[5] === undefined) return { seconds: midnight, ticks: 0 };
  const time = parseClock(match[5].trim(), true);
  return time && { seconds: midnight + time.seconds, ticks: toTicks(time.fraction, ticksPerSecond) };
}

/** The midnight, UTC, that a day begins with. */
function secondsAt(yearText: string, month: number, day: number): number | undefined {
  if (yearText.length === 3 || yearText.length < 2 || day > 31) return undefined;
  const year = Number(yearText) + (yearText.length === 2 ? 2000 : 0);
  const date = new Date(Date.UTC(year, month - 1, day));
  // The calendar carries a 30th of February over into March, and a year below 100 into the last century.
  const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.getTime() / 1000 : undefined;
}

/** A clock alone may count on beyond a day; beside a date it may not, but may have a zone. */
function parseClock(text: string, hasDate: boolean): TimeOfDay | undefined {
  const match = CLOCK.exec(text);
  if (match === null) return undefined;
  const [, first, second, third, fraction = "", half, zone] = match;
  if (zone !== undefined && !hasDate) return undefined;
  // Minutes and seconds, as spreadsheets show short times: 00:01.5.
  if (third === undefined && fraction !== "") {
    return hasDate || Number(second) > 59 ? undefined : { seconds: Number(first) * 60 + Number(second), fraction };
  }
  const hours = hoursOf(Number(first), half);
  const [minutes, seconds] = [Number(second), Number(third ?? 0)];
  const offset = zoneOffset(zone);
  if (hours === undefined || offset === undefined || minutes > 59 || seconds > 59) return undefined;
  if (hasDate && hours > 23) return undefined;
  return { seconds: hours * 3600 + minutes * 60 + seconds - offset, fraction };
}

function hoursOf(hours: number, half: string | undefined): number | undefined {
  if (half === undefined) return hours;
  if (hours < 1 || hours > 12) return undefined;
  return (hours % 12) + (half.toLowerCase() === "p" ? 12 : 0);
}

/** Seconds by which a zone is ahead of UTC. */
function zoneOffset(zone = "Z"): number | undefined {
  if (/^[a-z]/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || "0");
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function toTicks(fraction: string, ticksPerSecond: TicksPerSecond): number {
  const digits = ticksPerSecond === 1_000_000 ? 6 : 9;
  return Number(fraction.slice(0, digits).padEnd(digits, "0"));
}

/** Reads a file's times, one after the other. */
export class TimeReader {
  readonly format: TimeFormat;
  readonly #ticksPerSecond: TicksPerSecond;
  /** Of times that count from the start, and of no others. */
  readonly #unitDigits: number | undefined;
  readonly #base: Origin;
  /** Rows of one and the same time are frequent in the formats that take long. */
  #lastText = "";
  #lastInstant: Origin | undefined;
  #lastClock = 0;
  #days = 0;
  /** How many times the clock has passed midnight. */
  midnights = 0;

  /** @param base the instant, or in the case of a clock the time of day, of tick 0 */
  constructor(format: TimeFormat, ticksPerSecond: TicksPerSecond, base: Origin) {
    this.format = format;
    this.#unitDigits = format.kind === "relative" ? UNIT_DIGITS[format.unit] : undefined;
    this.#ticksPerSecond = ticksPerSecond;
    this.#base = base;
  }

  /** As `read`, for a text that is not made yet. @returns undefined where only `read` can tell */
  readPlain(bytes: Uint8Array, start: number, end: number): number | undefined {
    if (this.#unitDigits === undefined) return undefined;
    return parsePlainSeconds(bytes, start, end, this.#ticksPerSecond, this.#unitDigits);
  }

  /** Ticks since the base. @returns undefined for a text in another format */
  read(text: string): number | undefined {
    const { format } = this;
    if (this.#unitDigits !== undefined) return parseSeconds(text, this.#ticksPerSecond, this.#unitDigits);
    if (text !== this.#lastText || this.#lastInstant === undefined) {
      this.#lastInstant = parseAbsolute(text, format, this.#ticksPerSecond);
      this.#lastText = text;
    }
    const instant = this.#lastInstant;
    if (instant === undefined) return undefined;
    const days = format.kind === "clock" ? this.#dayOf(instant.seconds) : 0;
    const seconds = instant.seconds + days * SECONDS_PER_DAY - this.#base.seconds;
    const ticks = seconds * this.#ticksPerSecond + instant.ticks - this.#base.ticks;
    return Number.isSafeInteger(ticks) ? ticks : undefined;
  }

  /** A clock that falls back by more than half a day has passed midnight; by less, the row is out of order. */
  #dayOf(clock: number): number {
    const step = clock - this.#lastClock;
    this.#lastClock = clock;
    if (step < -SECONDS_PER_DAY / 2) {
      this.#days++;
      this.midnights++;
    } else if (step > SECONDS_PER_DAY / 2 && this.#days > 0) {
      this.#days--;
    }
    return this.#days;
  }
}

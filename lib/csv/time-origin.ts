/** From which instant the ticks of a file count. */
import type { Origin, TicksPerSecond } from "../core/time.ts";
import { parseAbsolute, type TimeFormat, TimeReader } from "./time-formats.ts";

const SECONDS_PER_DAY = 86_400;

/** The midnight from which times of day count when nobody says another one: the first of 2026. */
const DEFAULT_MIDNIGHT = 1_767_225_600;

export interface TimeChoice {
  readonly reader: TimeReader;
  /** The instant of tick 0, where the file tells it and the user does not. */
  readonly origin: Origin | undefined;
}

/** @param texts the first times of the file */
export function chooseTimes(
  format: TimeFormat,
  texts: readonly string[],
  ticksPerSecond: TicksPerSecond,
  start: Origin | undefined,
): TimeChoice {
  const zero: Origin = { seconds: 0, ticks: 0 };
  if (format.kind === "relative") return { reader: new TimeReader(format, ticksPerSecond, zero), origin: undefined };
  if (format.kind === "clock") {
    if (start === undefined) {
      return {
        reader: new TimeReader(format, ticksPerSecond, zero),
        origin: { seconds: DEFAULT_MIDNIGHT, ticks: 0 },
      };
    }
    // Tick 0 is the start, which may be later in its day than midnight.
    const base = { seconds: modulo(start.seconds, SECONDS_PER_DAY), ticks: start.ticks };
    return { reader: new TimeReader(format, ticksPerSecond, base), origin: undefined };
  }
  const first = earliest(texts.map((text) => parseAbsolute(text, format, ticksPerSecond)));
  if (start !== undefined) return { reader: new TimeReader(format, ticksPerSecond, first), origin: undefined };
  // A whole second, so that the ticks of a row are easily found again in its text.
  const origin = { seconds: first.seconds, ticks: 0 };
  return { reader: new TimeReader(format, ticksPerSecond, origin), origin };
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function earliest(instants: readonly (Origin | undefined)[]): Origin {
  let first: Origin | undefined;
  for (const instant of instants) {
    if (instant === undefined) continue;
    const isEarlier =
      first === undefined ||
      instant.seconds < first.seconds ||
      (instant.seconds === first.seconds && instant.ticks < first.ticks);
    if (isEarlier) first = instant;
  }
  return first ?? { seconds: 0, ticks: 0 };
}

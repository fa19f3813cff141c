import type { Origin, TicksPerSecond } from "../core/time.ts";

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

/** The flags of inject that are more than a word. */
import { InvalidArgumentError } from "commander";

const HIGHEST_SPEED = 1_000_000;

/** `1x`, `10x`, `0.5x`, `max`. @returns how many times faster than the times say; infinite for `max` */
export function parseSpeed(text: string): number {
  if (text === "max") return Number.POSITIVE_INFINITY;
  const speed = /^(?:\d+(?:\.\d+)?|\.\d+)x?$/.test(text) ? Number.parseFloat(text) : 0;
  if (speed > 0 && speed <= HIGHEST_SPEED) return speed;
  throw new InvalidArgumentError(`Give how many times faster it is to go, such as 1x, 10x or 0.5x, or max.`);
}

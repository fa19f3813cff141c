import { SeededRandom } from "../../../lib/core/random.ts";

/** Choices that a seed makes: the same ones in every run. */
export class Chance {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return this.#random.next() % limit;
  }

  /** A whole number from `low` to `high`, both possible. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True in so many cases of a thousand. */
  perMille(cases: number): boolean {
    return this.below(1000) < cases;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  sequenceNumber(): number {
    return this.#random.next();
  }
}

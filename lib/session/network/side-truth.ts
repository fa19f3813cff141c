/** What is remembered of one side's packets for the truth about its later ones. */
import type { Transmission } from "./transmission.ts";

/** What is known of a side's bytes: which transmission was the first of them. */
interface First {
  readonly sequence: number;
  readonly id: number;
}

/** First transmissions that nobody asks for are kept until there are so many of them, so that the rest is seldom moved. */
const SWEEP = 64;

/** The first transmissions of one side, in the order of their numbers, and what of it is on its way. */
export class SideTruth {
  readonly #firsts: First[] = [];
  /** The first of them that may be asked for. */
  #head = 0;
  /** Behind the highest number that was sent. */
  #next = 0;
  /** Those that have yet to arrive, in the order of sending. */
  readonly underway: Transmission[] = [];

  /**
   * @param sequence of the first byte, or of the SYN or FIN, of transmission `id`
   * @param next number behind all of it
   * @returns the first transmission of the number `sequence`; undefined where this is it
   */
  firstOf(sequence: number, next: number, id: number): number | undefined {
    const isFirst = sequence >= this.#next;
    this.#next = Math.max(this.#next, next);
    if (isFirst) {
      this.#firsts.push({ sequence, id });
      return undefined;
    }
    return this.#firsts.findLast((first) => first.sequence <= sequence)?.id;
  }

  /** Forgets what cannot be sent again: all before a number. */
  forgetBefore(sequence: number): void {
    const firsts = this.#firsts;
    while (this.#head + 1 < firsts.length && firsts[this.#head + 1]!.sequence <= sequence) this.#head++;
    if (this.#head < SWEEP || 2 * this.#head < firsts.length) return;
    firsts.splice(0, this.#head);
    this.#head = 0;
  }
}

/** What is remembered of one side's packets for the truth about its later ones. */
import type { Transmission } from "./transmission.ts";

/** What is known of a side's bytes: which transmission was the first of them. */
interface First {
  readonly sequence: number;
  readonly id: number;
}

/** The first transmissions of one side, in the order of their numbers, and what of it is on its way. */
export class SideTruth {
  #firsts: First[] = [];
  /** Those that have yet to arrive, in the order of sending. */
  readonly underway: Transmission[] = [];

  /** @returns the first transmission of the byte, or of the SYN or FIN, with this number; undefined where this is it */
  firstOf(sequence: number, id: number, isRepeat: boolean): number | undefined {
    if (!isRepeat) {
      this.#firsts.push({ sequence, id });
      return undefined;
    }
    return this.#firsts.findLast((first) => first.sequence <= sequence)?.id;
  }

  /** Forgets what cannot be sent again: all before a number. */
  forgetBefore(sequence: number): void {
    let count = 0;
    while (count + 1 < this.#firsts.length && this.#firsts[count + 1]!.sequence <= sequence) count++;
    if (count > 0) this.#firsts = this.#firsts.slice(count);
  }
}

/** Waiting for an instant: to a fraction of a millisecond, without keeping a processor busy. */
import { setImmediate, setTimeout } from "node:timers/promises";

/** Milliseconds that the event loop is left alone at most. */
const LONGEST_WITHOUT_TURN = 10;
/** Timers of the event loop can be so many milliseconds late; that much before the time the thread goes to sleep itself. */
const TIMER_INACCURACY = 2;
/** A sleeping thread can wake so many milliseconds late. */
const SLEEP_INACCURACY = 0.08;
/** A timer takes no more; a longer wait is several. */
const LONGEST_TIMER = 1_000_000_000;

const neverNotified = new Int32Array(new SharedArrayBuffer(4));

export class Waiter {
  readonly #signal: AbortSignal | undefined;
  #lastTurn = performance.now();

  /** @param signal ends waits before their time */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether `until` must be called, and not only `briefly`: for a long wait, or because others want to run too. */
  mustYield(now: number, due: number): boolean {
    return due - now > TIMER_INACCURACY || now - this.#lastTurn > LONGEST_WITHOUT_TURN;
  }

  /** Waits until `performance.now()` is `due`, or the signal comes. Others can run, at least once. */
  async until(due: number): Promise<void> {
    let left = due - performance.now();
    if (left <= TIMER_INACCURACY) await setImmediate();
    while (left > TIMER_INACCURACY && !this.#signal?.aborted) {
      const time = Math.min(LONGEST_TIMER, Math.max(1, Math.floor(left - TIMER_INACCURACY)));
      // That the wait was broken off is told by the signal, not by an error.
      await setTimeout(time, undefined, this.#signal && { signal: this.#signal }).catch(() => {});
      left = due - performance.now();
    }
    this.#lastTurn = performance.now();
    if (!this.#signal?.aborted) this.briefly(due);
  }

  /** The same for a wait of a few milliseconds, in which nobody else can run. */
  briefly(due: number): void {
    const left = due - performance.now() - SLEEP_INACCURACY;
    if (left > 0) Atomics.wait(neverNotified, 0, 0, left);
    while (performance.now() < due);
  }
}

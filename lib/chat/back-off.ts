const FIRST_DELAY = 500;
const LONGEST_DELAY = 10_000;

/** How long to wait before a lost connection is made again: each time twice as long, so that no server is hammered. */
export class BackOff {
  readonly #first: number;
  readonly #longest: number;
  readonly #now: () => number;
  #attempts = 0;
  #connectedAt = 0;

  /**
   * @param first milliseconds before the first attempt
   * @param longest milliseconds, beyond which the delay does not grow
   * @param now a clock in milliseconds that never jumps
   */
  constructor(first = FIRST_DELAY, longest = LONGEST_DELAY, now: () => number = () => performance.now()) {
    this.#first = first;
    this.#longest = longest;
    this.#now = now;
  }

  /** Attempts since a connection last held. */
  get attempts(): number {
    return this.#attempts;
  }

  connected(): void {
    this.#connectedAt = this.#now();
  }

  /**
   * A server that accepts and closes at once has not recovered: only a connection that held starts the count anew.
   *
   * @param wasConnected whether there was a connection, as opposed to an attempt at one
   * @returns milliseconds to wait before the next attempt
   */
  next(wasConnected: boolean): number {
    if (wasConnected && this.#now() - this.#connectedAt >= this.#longest) this.#attempts = 0;
    return Math.min(this.#longest, this.#first * 2 ** this.#attempts++);
  }
}

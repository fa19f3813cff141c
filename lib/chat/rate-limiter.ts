/** How fast the lines of one client are taken: some at once, then so many a second. */

export class RateLimiter {
  readonly #burst: number;
  /** Milliseconds after which one line more may be taken. */
  readonly #interval: number;
  /** When all lines of the burst may be taken again. */
  #fullAt = 0;

  /**
   * @param burst lines that may be taken at once
   * @param rate lines a second after that; 0 for both or for one of them lets everything through
   */
  constructor(burst: number, rate: number) {
    this.#burst = burst;
    this.#interval = burst === 0 || rate === 0 ? 0 : 1000 / rate;
  }

  /**
   * Takes a line, if it may be taken now.
   *
   * @param now monotonic, in milliseconds
   * @returns 0 if it was taken, otherwise the milliseconds until it can be
   */
  take(now: number): number {
    if (this.#interval === 0) return 0;
    const fullAt = Math.max(this.#fullAt, now) + this.#interval;
    const wait = fullAt - now - this.#burst * this.#interval;
    // A wait this short is the rounding of the sums, not a wait.
    if (wait > 1e-6) return wait;
    this.#fullAt = fullAt;
    return 0;
  }
}

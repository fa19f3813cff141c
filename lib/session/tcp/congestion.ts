/** How much may be under way: slow start and congestion avoidance of RFC 5681, and CUBIC of RFC 9438. */
import type { TcpHabits } from "./tcp-habits.ts";

/** What CUBIC keeps of its window, and how steep its curve is, in segments and seconds (RFC 9438, section 4.1.2). */
const BETA = 0.7;
const STEEPNESS = 0.4;
/** How the estimate of what Reno would have grows with each window (section 4.3). */
const FRIENDLY_GROWTH = (3 * (1 - BETA)) / (1 + BETA);
/** The curve may ask for no more than half as much again in a round trip (section 4.2). */
const MOST_GROWTH = 1.5;
/** No window is larger than one that can be told (RFC 7323, section 2.3). */
const LARGEST_WINDOW = 2 ** 30;

export class Congestion {
  /** cwnd in bytes; it has fractions. */
  window: number;
  /** ssthresh in bytes; Infinity while nothing was lost. */
  threshold = Number.POSITIVE_INFINITY;
  /** What a segment holds. */
  segmentSize = 1;
  /** Of what was sent last: whether the window held it back, what was under way at most, and where that ends (RFC 7661). */
  #isUsed = false;
  #mostOut = 0;
  #usageEnd = 0;
  readonly #habits: TcpHabits;
  readonly #ticksPerSecond: number;
  /** When the present curve began; below 0: with the next acknowledgement. */
  #epoch = -1;
  /** Wmax, the window at which something was lost last, and K, the seconds until the curve reaches it again. */
  #plateau = 0;
  #untilPlateau = 0;
  /** W_est, and the window before the last reduction, from which on it grows as Reno's does. */
  #friendly = 0;
  #prior = 0;

  constructor(habits: TcpHabits, ticksPerSecond: number) {
    this.#habits = habits;
    this.#ticksPerSecond = ticksPerSecond;
    this.window = habits.initialWindow * habits.maximumSegmentSize;
  }

  /** The connection stands (RFC 6928; RFC 5681, section 3.1, where a SYN was lost). */
  begin(segmentSize: number, synWasLost: boolean): void {
    this.segmentSize = segmentSize;
    this.window = (synWasLost ? 1 : this.#habits.initialWindow) * segmentSize;
    this.threshold = Number.POSITIVE_INFINITY;
    this.#epoch = -1;
    this.#plateau = 0;
  }

  get isLimited(): boolean {
    return this.#habits.congestion !== "none";
  }

  get isSlowStart(): boolean {
    return this.window < this.threshold;
  }

  /** Something was sent, or held back. @param isUsed whether the window has no room for another segment */
  noteUsage(una: number, next: number, outstanding: number, isUsed: boolean): void {
    const isOver = una >= this.#usageEnd;
    if (!isOver && !isUsed && (this.#isUsed || outstanding <= this.#mostOut)) return;
    this.#isUsed = isUsed;
    this.#mostOut = outstanding;
    this.#usageEnd = next;
  }

  /** Whether the window may grow: one that is not used says nothing of the network (RFC 7661). */
  get mayGrow(): boolean {
    if (!this.isLimited) return false;
    return this.#isUsed || (this.isSlowStart && this.window < 2 * this.#mostOut);
  }

  /** So many bytes were acknowledged while the window was what held the sender back. @param smoothed SRTT in ticks */
  grow(now: number, bytes: number, smoothed: number): void {
    let rest = bytes;
    if (this.isSlowStart) {
      // All that was acknowledged counts (RFC 3465), as far as the threshold.
      const grown = Math.min(this.window + rest, Math.max(this.threshold, this.window));
      rest -= grown - this.window;
      this.window = grown;
    }
    if (rest > 0) {
      if (this.#habits.congestion === "cubic") this.#growCubic(now, rest, smoothed);
      else this.window += (this.segmentSize * rest) / this.window;
    }
    if (this.window > LARGEST_WINDOW) this.window = LARGEST_WINDOW;
  }

  /** RFC 9438, sections 4.2 to 4.5. */
  #growCubic(now: number, bytes: number, smoothed: number): void {
    const steepness = STEEPNESS * this.segmentSize;
    if (this.#epoch < 0) {
      this.#epoch = now;
      this.#friendly = this.window;
      if (this.#plateau < this.window) this.#plateau = this.window;
      this.#untilPlateau = cubeRoot((this.#plateau - this.window) / steepness);
    }
    const seconds = (now - this.#epoch + Math.max(0, smoothed)) / this.#ticksPerSecond;
    const fromPlateau = seconds - this.#untilPlateau;
    const curve = this.#plateau + steepness * fromPlateau * fromPlateau * fromPlateau;
    const target = Math.min(Math.max(curve, this.window), MOST_GROWTH * this.window);
    const growth = this.#friendly < this.#prior ? FRIENDLY_GROWTH : 1;
    this.#friendly += (growth * this.segmentSize * bytes) / this.window;
    this.window += ((target - this.window) * Math.min(bytes, this.window)) / this.window;
    if (this.window < this.#friendly) this.window = this.#friendly;
  }

  /** Something was lost or marked: sets the threshold, and leaves the window to whoever recovers. @param inFlight bytes */
  reduce(inFlight: number): void {
    const least = 2 * this.segmentSize;
    if (this.#habits.congestion !== "cubic") {
      // What duplicates have let out beyond the window does not count (RFC 5681, section 3.2, step 2).
      this.threshold = Math.max(Math.min(inFlight, this.window) / 2, least);
      return;
    }
    // Fast convergence (RFC 9438, section 4.7): who has less than last time leaves room for others.
    this.#plateau = this.window < this.#plateau ? (this.window * (1 + BETA)) / 2 : this.window;
    this.#prior = this.window;
    this.#epoch = -1;
    this.threshold = Math.max(this.window * BETA, least);
  }

  /** The window and threshold that were there before (RFC 4015), or more where there is more now. */
  restore(window: number, threshold: number): void {
    this.window = Math.max(this.window, window);
    this.threshold = Math.max(this.threshold, threshold);
    this.#epoch = -1;
    this.#plateau = Math.max(this.#plateau, this.window);
  }

  /** Nothing was sent for so long: the window is halved for each timeout of it (RFC 5681, section 4.1; RFC 2861). */
  restart(idle: number, timeout: number): void {
    const least = Math.min(this.#habits.initialWindow * this.segmentSize, this.window);
    if (this.threshold < Number.POSITIVE_INFINITY) this.threshold = Math.max(this.threshold, (this.window * 3) / 4);
    for (let left = idle - timeout; left > 0 && this.window > least; left -= timeout) this.window /= 2;
    this.window = Math.max(this.window, least);
    // The curve does not run on while nothing is sent (RFC 9438, section 5.8).
    if (this.#epoch >= 0) this.#epoch += idle;
  }
}

/** By operations that every engine rounds alike, which it need not for `Math.cbrt`: captures are the same everywhere. @param value 0 or more */
function cubeRoot(value: number): number {
  if (value === 0) return 0;
  // Newton's method, from above: each step is lower until nothing is left to be gained.
  let root = Math.max(1, value);
  for (;;) {
    const next = (2 * root + value / (root * root)) / 3;
    if (next >= root) return root;
    root = next;
  }
}

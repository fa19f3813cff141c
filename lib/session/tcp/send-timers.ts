/** When the sending half has to do something by itself: four times, of which the earliest counts. */
import type { RoundTrip } from "./rtt.ts";
import type { TcpHabits } from "./tcp-habits.ts";

const NEVER: number = Number.POSITIVE_INFINITY;
/** A window is asked for no sooner, as Linux has it: the answers may be limited to a few a second. */
const LEAST_PERSIST_SECONDS = 0.2;

export class SendTimers {
  /** The retransmission timer (RFC 6298, section 5). */
  retransmitAt: number = NEVER;
  /** The tail is probed (RFC 8985, section 7). */
  probeAt: number = NEVER;
  /** More has been waited for than reordering explains (RFC 8985, section 6.3). */
  reorderAt: number = NEVER;
  /** The window is asked for (RFC 9293, section 3.8.6.1). */
  persistAt: number = NEVER;
  /** Timeouts since something was acknowledged. */
  timeouts = 0;
  #persistDoublings = 0;
  #persistUnanswered = 0;
  readonly #habits: TcpHabits;
  readonly #roundTrip: RoundTrip;
  readonly #ticksPerSecond: number;

  constructor(habits: TcpHabits, roundTrip: RoundTrip, ticksPerSecond: number) {
    this.#habits = habits;
    this.#roundTrip = roundTrip;
    this.#ticksPerSecond = ticksPerSecond;
  }

  /** The earliest of them. */
  get due(): number {
    return Math.min(this.retransmitAt, this.probeAt, this.reorderAt, this.persistAt);
  }

  /** Something was sent: the timer runs, if it does not yet (RFC 6298, section 5, rule 1). */
  start(now: number): void {
    if (this.retransmitAt === NEVER) this.retransmitAt = now + this.#roundTrip.timeout;
  }

  /** Something was acknowledged, but not all (rule 3). */
  restart(now: number): void {
    this.retransmitAt = now + this.#roundTrip.timeout;
  }

  /** All is acknowledged (rule 2). */
  stopRetransmission(): void {
    this.retransmitAt = this.probeAt = this.reorderAt = NEVER;
  }

  /** The timer ran out (rules 5 and 6). */
  timedOut(now: number): void {
    this.timeouts++;
    this.#roundTrip.backOff();
    this.probeAt = this.reorderAt = NEVER;
    this.restart(now);
  }

  /** Two round trips, and where a single segment may wait for a delayed acknowledgement that too, but no longer than the timeout. */
  armProbe(now: number, segments: number): void {
    const { smoothed } = this.#roundTrip;
    let wait = this.#ticksPerSecond;
    if (smoothed >= 0) wait = 2 * smoothed + (segments === 1 ? this.#habits.leastTimeout : 0);
    this.probeAt = Math.min(now + Math.max(1, Math.round(wait)), this.retransmitAt);
  }

  /** Begins to wait for a window, if it does not yet. */
  startPersist(now: number): void {
    if (this.persistAt !== NEVER) return;
    this.#persistDoublings = 0;
    this.persistAt = now + this.#persistWait(0);
  }

  #persistWait(doublings: number): number {
    const least = LEAST_PERSIST_SECONDS * this.#ticksPerSecond * 2 ** doublings;
    return Math.round(Math.min(Math.max(this.#roundTrip.backedOff(doublings), least), this.#habits.largestTimeout));
  }

  stopPersist(): void {
    this.persistAt = NEVER;
  }

  /** The other side has said something. */
  heard(): void {
    this.#persistUnanswered = 0;
  }

  /**
   * Waits twice as long for the window as last time.
   * @param isAbandoned whether the application has gone: then the longest wait is the last
   * @returns false where the other side is given up
   */
  backOffPersist(now: number, isAbandoned: boolean): boolean {
    const wait = this.#persistWait(this.#persistDoublings + 1);
    const isLongest = wait >= this.#habits.largestTimeout - 1;
    if (this.#persistUnanswered >= this.#habits.dataRetries || (isAbandoned && isLongest)) return false;
    this.#persistUnanswered++;
    if (!isLongest) this.#persistDoublings++;
    this.persistAt = now + wait;
    return true;
  }

  stop(): void {
    this.stopRetransmission();
    this.persistAt = NEVER;
  }
}

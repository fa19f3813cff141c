/** How long a round trip takes, and how long to wait for one before it is given up for lost (RFC 6298). */
import type { TcpHabits } from "./tcp-habits.ts";

/** For this long a least round-trip time is believed: routes change. */
const MEMORY_SECONDS = 300;
/** The timeout after a SYN that had to be sent again (RFC 6298, section 5.7). */
const FALLBACK_SECONDS = 3;

export class RoundTrip {
  /** SRTT in ticks; below 0 before the first measurement. */
  smoothed = -1;
  /** RTTVAR in ticks. */
  variation = 0;
  /** RTO in ticks, a whole number: doubled by each timeout until something is measured again. */
  timeout: number;
  /** The least of the last minutes, in ticks. */
  least = Number.POSITIVE_INFINITY;
  #leastAt = 0;
  readonly #habits: TcpHabits;
  readonly #ticksPerSecond: number;

  constructor(habits: TcpHabits, ticksPerSecond: number) {
    this.#habits = habits;
    this.#ticksPerSecond = ticksPerSecond;
    this.timeout = Math.max(1, Math.round(habits.initialTimeout));
  }

  /** Takes a measurement (RFC 6298, section 2). The least timeout is one for the variance alone, as Linux has it. */
  sample(now: number, ticks: number): void {
    if (ticks <= this.least || now - this.#leastAt > MEMORY_SECONDS * this.#ticksPerSecond) {
      this.least = ticks;
      this.#leastAt = now;
    }
    if (this.smoothed < 0) {
      this.smoothed = ticks;
      this.variation = ticks / 2;
    } else {
      this.variation += (Math.abs(this.smoothed - ticks) - this.variation) / 4;
      this.smoothed += (ticks - this.smoothed) / 8;
    }
    const timeout = this.smoothed + Math.max(this.#habits.leastTimeout, 4 * this.variation);
    this.timeout = Math.max(1, Math.round(Math.min(timeout, this.#habits.largestTimeout)));
  }

  /** The timer ran out (section 5.5). */
  backOff(): void {
    this.timeout = this.backedOff(1);
  }

  /** The timeout after so many more doublings. */
  backedOff(doublings: number): number {
    const longest = Math.max(1, Math.round(this.#habits.largestTimeout));
    return Math.min(this.timeout * 2 ** doublings, longest);
  }

  /** The connection stands, but the SYN had to be sent again, and nothing could be measured. */
  fallBack(): void {
    this.timeout = Math.round(FALLBACK_SECONDS * this.#ticksPerSecond);
  }
}

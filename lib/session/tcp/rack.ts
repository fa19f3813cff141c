/** Losses told by time: whatever was sent well before something that has arrived is lost (RFC 8985). */
import type { RoundTrip } from "./rtt.ts";
import { DUPLICATE_THRESHOLD, Mark, type Scoreboard, type SentSegment } from "./scoreboard.ts";

/** Recoveries for which the window of reordering stays wide after duplicates were reported (section 6.2, step 4). */
const PERSISTENCE = 16;

export class Rack {
  /** Of the segment that was sent last of all that have arrived: its place in their order, and how long it took. */
  #order = -1;
  #took = 0;
  /** The highest number that has arrived, and whether something below it came later without having been sent again. */
  #highest = 0;
  #hasReordering = false;
  /** Quarters of the least round trip that reordering may take. */
  #quarters = 1;
  #persistence = 0;
  /** SND.NXT when a duplicate was reported last: one counts in a round trip. */
  #roundEnd = -1;
  readonly #roundTrip: RoundTrip;

  constructor(roundTrip: RoundTrip) {
    this.#roundTrip = roundTrip;
  }

  /** A segment has arrived (section 6.2, steps 1 to 3). */
  arrived(now: number, segment: SentSegment): void {
    const wasResent = (segment.marks & Mark.EVER_RESENT) !== 0;
    if (segment.end > this.#highest) this.#highest = segment.end;
    else if (!wasResent && segment.end < this.#highest) this.#hasReordering = true;
    const took = now - segment.sentAt;
    // What came back sooner than anything can was the answer to the first one.
    if (wasResent && took < this.#roundTrip.least) return;
    if (segment.order <= this.#order) return;
    this.#order = segment.order;
    this.#took = took;
  }

  /** A duplicate was reported: there is more reordering than was thought (step 4). */
  duplicateReported(una: number, nxt: number): void {
    if (una < this.#roundEnd) return;
    this.#roundEnd = nxt;
    this.#quarters++;
    this.#persistence = PERSISTENCE;
  }

  /** A recovery has ended. */
  recovered(): void {
    if (this.#persistence > 0) this.#persistence--;
    if (this.#persistence === 0) this.#quarters = 1;
  }

  #window(board: Scoreboard, isRecovering: boolean): number {
    if (!this.#hasReordering && (isRecovering || board.sackedCount >= DUPLICATE_THRESHOLD)) return 0;
    const { least, smoothed } = this.#roundTrip;
    if (least === Number.POSITIVE_INFINITY) return 0;
    return Math.min((least / 4) * this.#quarters, smoothed);
  }

  /**
   * Holds for lost what was sent too long before (step 5).
   * @returns ticks until more has to be held for lost; 0: nothing waits for that
   */
  markLost(now: number, board: Scoreboard, isRecovering: boolean): number {
    const patience = this.#took + this.#window(board, isRecovering);
    let wait = 0;
    let segment = board.oldest;
    while (segment !== undefined && segment.order < this.#order) {
      const next: SentSegment | undefined = segment.later;
      const left = segment.sentAt + patience - now;
      if (left <= 0) board.markLost(segment);
      else if (left > wait) wait = left;
      segment = next;
    }
    return Math.ceil(wait);
  }

  /** Whether at a timeout a segment was sent so lately that it may still arrive (section 6.3). */
  isRecent(now: number, segment: SentSegment, board: Scoreboard): boolean {
    return segment.sentAt + this.#took + this.#window(board, false) > now;
  }
}

/** When the packets of a capture are due, if they are sent with the gaps that they were captured with; and waiting for it. */

import { setImmediate, setTimeout } from "node:timers/promises";
import type { CapturedPacket } from "../../pcap/capture-file.ts";

const MILLISECONDS_PER_SECOND = 1000;
const NANOSECONDS_PER_MILLISECOND = 1_000_000;

/** Milliseconds that the event loop is left alone at most. */
const LONGEST_WITHOUT_TURN = 10;
/** Timers of the event loop can be so many milliseconds late; that much before the time the thread goes to sleep itself. */
const TIMER_INACCURACY = 2;
/** A sleeping thread can wake so many milliseconds late. */
const SLEEP_INACCURACY = 0.08;
/** A timer takes no more; a longer wait is several. */
const LONGEST_TIMER = 1_000_000_000;

/** What a thread sleeps on. */
const neverNotified = new Int32Array(new SharedArrayBuffer(4));

export type PacketTime = Pick<CapturedPacket, "hasTime" | "seconds" | "nanoseconds">;

/**
 * Counts from the start of all, not from packet to packet: what one packet is late makes no other one late.
 *
 * Packets keep the order of the file. One that was captured before its predecessor, or at no known time, is due together
 * with it.
 */
export class Pace {
  readonly #speed: number;
  #start: { readonly seconds: number; readonly nanoseconds: number } | undefined;
  #roundStartsAt = 0;
  #due = 0;
  #latest = Number.NEGATIVE_INFINITY;
  #backwards = 0;

  /** @param speed how many times faster than captured; infinite: each packet is due at once */
  constructor(speed: number) {
    this.#speed = speed;
  }

  /** Packets that were captured before the one in front of them. */
  get backwards(): number {
    return this.#backwards;
  }

  /** @returns milliseconds since the start of all; never less than for the packet before */
  dueAt({ hasTime, seconds, nanoseconds }: PacketTime): number {
    if (!hasTime) return this.#due;
    this.#start ??= { seconds, nanoseconds };
    const elapsed =
      (seconds - this.#start.seconds) * MILLISECONDS_PER_SECOND +
      (nanoseconds - this.#start.nanoseconds) / NANOSECONDS_PER_MILLISECOND;
    if (elapsed < this.#latest) this.#backwards++;
    this.#latest = elapsed;
    this.#due = Math.max(this.#due, this.#roundStartsAt + elapsed / this.#speed);
    return this.#due;
  }

  /** The next packet is the capture's first again, and due together with the last one. */
  startAgain(): void {
    this.#roundStartsAt = this.#due;
    this.#latest = Number.NEGATIVE_INFINITY;
  }
}

/** Waits for an instant: to a fraction of a millisecond, without keeping a processor busy. */
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

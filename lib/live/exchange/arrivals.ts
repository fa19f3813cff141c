/** Holds what arrives at one end of a TCP connection against what is to arrive there. */
import { connectionLost, differentByte, differentKind, type ExchangeError } from "./exchange-errors.ts";
import type { PlannedStep } from "./plan.ts";

export interface ArrivalObserver {
  /** All of a step has arrived. */
  arrived(step: PlannedStep): void;
  wrong(error: ExchangeError): void;
  /** Whether more bytes are wanted now. What came before it was expected is kept, so not much of it may come. */
  wantsMore(value: boolean): void;
}

type Ending = "end" | "reset";

/** Steps are expected in their order. What comes before a step is known is kept for it. */
export class Arrivals {
  readonly #observer: ArrivalObserver;
  #expected: PlannedStep[] = [];
  #next = 0;
  /** Bytes of the next step that have arrived. */
  #received = 0;
  #early: Uint8Array[] = [];
  #ending: Ending | undefined;
  #wasEndingExpected = false;
  #fault: unknown;

  constructor(observer: ArrivalObserver) {
    this.#observer = observer;
  }

  /** What was expected first and has not arrived yet. */
  get waitingFor(): PlannedStep | undefined {
    return this.#expected[this.#next];
  }

  /** Bytes that have arrived and that no step has asked for so far. */
  get surplus(): number {
    return this.#early.reduce((sum, { length }) => sum + length, 0);
  }

  /** Whether the other side has ended, broken off or gone without a step that says so, so far. */
  get isCutOff(): boolean {
    return this.#ending !== undefined && !this.#wasEndingExpected;
  }

  expect(step: PlannedStep): void {
    this.#expected.push(step);
    this.#settle();
  }

  /** @param chunk is kept where it comes early, so its memory must be its own */
  take(chunk: Uint8Array): void {
    this.#early.push(chunk);
    this.#settle();
    if (this.#early.length > 0) this.#observer.wantsMore(false);
  }

  /** The other side has ended, broken off, or is gone. */
  close(ending: Ending, fault?: unknown): void {
    if (this.#ending === "reset") return;
    this.#ending = ending;
    this.#fault = fault;
    this.#settle();
  }

  #settle(): void {
    while (this.#next < this.#expected.length) {
      const step = this.#expected[this.#next]!;
      if (this.#early.length > 0) {
        if (!this.#match(step, this.#early[0]!)) return;
      } else {
        if (this.#ending !== undefined) this.#finish(step, this.#ending);
        break;
      }
    }
    if (this.#early.length === 0) this.#observer.wantsMore(true);
  }

  /** @returns false where it does not match */
  #match(step: PlannedStep, chunk: Uint8Array): boolean {
    if (step.kind !== "data") {
      this.#observer.wrong(differentKind(step, "more bytes have arrived before it"));
      return false;
    }
    const length = Math.min(chunk.length, step.bytes.length - this.#received);
    const at = firstDifference(step.bytes, this.#received, chunk, length);
    if (at < length) {
      this.#observer.wrong(differentByte(step, this.#received + at, chunk[at]!));
      return false;
    }
    this.#received += length;
    if (length === chunk.length) this.#early.shift();
    else this.#early[0] = chunk.subarray(length);
    if (this.#received === step.bytes.length) this.#arrived(step);
    return true;
  }

  #finish(step: PlannedStep, ending: Ending): void {
    this.#wasEndingExpected ||= step.kind === ending;
    if (step.kind === ending) this.#arrived(step);
    else this.#observer.wrong(connectionLost(step, this.#received, this.#fault));
  }

  #arrived(step: PlannedStep): void {
    this.#received = 0;
    this.#next++;
    // What was taken away one by one from a long list would take long.
    if (this.#next > 64 && this.#next * 2 > this.#expected.length) {
      this.#expected = this.#expected.slice(this.#next);
      this.#next = 0;
    }
    this.#observer.arrived(step);
  }
}

/** @returns where the two differ first, counted from `start`; `length` where they do not */
export function firstDifference(wanted: Uint8Array, start: number, found: Uint8Array, length: number): number {
  const part = wanted.subarray(start, start + length);
  // Much faster than one by one, and nearly always the answer.
  if (Buffer.compare(part, found.subarray(0, length)) === 0) return length;
  return part.findIndex((byte, index) => byte !== found[index]);
}

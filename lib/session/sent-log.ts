/** What one side of a connection has sent and the other has not acknowledged yet, in words that people know. */
import { addSequence, isAfter, isBefore, isBeforeOrEqual, type SequenceNumber } from "../core/sequence.ts";

type SentKind = "syn" | "fin" | "message";

interface Sent {
  readonly kind: SentKind;
  /** What a message is called. */
  readonly name: string;
  readonly start: SequenceNumber;
  /** The acknowledgment number that says that all of it has arrived. */
  readonly end: SequenceNumber;
}

/** What an acknowledgment says that was not known before. */
export interface Received {
  /** What the last thing is that has arrived whole, or `part` of a message where that is all. */
  readonly kind: SentKind | "part";
  /** What the message is called. */
  readonly name: string;
  /** How many things have arrived whole. */
  readonly count: number;
}

/**
 * More than a window of 64 KiB can hold. Only a table of packets in which nobody ever acknowledges comes so far, and there
 * the oldest are forgotten.
 */
const MOST_ENTRIES = 1 << 17;

export class SentLog {
  #entries: Sent[] = [];
  #acknowledged: SequenceNumber | undefined;

  /** @returns the sequence number after it */
  push(kind: SentKind, name: string, start: SequenceNumber, length: number): SequenceNumber {
    const end = addSequence(start, length);
    if (this.#entries.length >= MOST_ENTRIES) this.#entries = this.#entries.slice(MOST_ENTRIES / 2);
    this.#entries.push({ kind, name, start, end });
    return end;
  }

  /** Forgets what an acknowledgment number covers. @returns what is new in it, if anything */
  acknowledge(number: SequenceNumber): Received | undefined {
    const isNews = this.#acknowledged === undefined || isAfter(number, this.#acknowledged);
    this.#acknowledged = number;
    let count = 0;
    while (count < this.#entries.length && isBeforeOrEqual(this.#entries[count]!.end, number)) count++;
    if (count > 0) {
      const { kind, name } = this.#entries.splice(0, count).at(-1)!;
      return { kind, name, count };
    }
    const next = this.#entries[0];
    if (!isNews || next === undefined || !isBefore(next.start, number)) return undefined;
    return { kind: "part", name: next.name, count };
  }
}

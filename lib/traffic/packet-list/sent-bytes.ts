/** What one side of a stream has sent of messages that are known, by sequence number: a segment may carry them again. */
import { sequenceDifference } from "../../core/sequence.ts";
import { fillerAt } from "../filler.ts";

interface Range {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Nothing older is sent again. */
const MOST_RANGES = 16;
const MOST_BYTES = 1 << 20;

/** Shared by all that have sent nothing. */
const NOTHING: Range[] = [];

export class SentBytes {
  #ranges: Range[] = NOTHING;
  #length = 0;

  /** @param start sequence number of the first byte */
  add(start: number, bytes: Uint8Array): void {
    if (this.#ranges === NOTHING) this.#ranges = [];
    this.#ranges.push({ start, bytes });
    this.#length += bytes.length;
    while (this.#ranges.length > MOST_RANGES || (this.#length > MOST_BYTES && this.#ranges.length > 1)) {
      this.#length -= this.#ranges.shift()!.bytes.length;
    }
  }

  /** Whether the byte with this number is one of a message that is known. */
  covers(sequence: number): boolean {
    return this.#ranges.some(({ start, bytes }) => isInside(sequenceDifference(sequence, start), bytes.length));
  }

  /** The bytes from `sequence` on: those that are known, and filler between and behind them. */
  read(sequence: number, length: number): Uint8Array {
    const result = fillerAt(sequence - 1, length);
    for (const { start, bytes } of this.#ranges) {
      const from = sequenceDifference(sequence, start);
      if (from >= bytes.length || from + length <= 0) continue;
      const part = bytes.subarray(Math.max(0, from), Math.min(bytes.length, from + length));
      result.set(part, Math.max(0, -from));
    }
    return result;
  }
}

function isInside(offset: number, length: number): boolean {
  return offset >= 0 && offset < length;
}

/** What was written and is not acknowledged yet: references to the memory of whoever wrote it, by sequence number. */
import type { Segment } from "./segment.ts";

/** Writes that have gone are kept until there are so many of them, so that the rest is seldom moved. */
const SWEEP = 256;

export class SendQueue {
  /** Sequence number behind the last byte that was written. */
  end = 1;
  /** By write: its memory, what to add to a sequence number for a place in it, and the number behind its last byte. */
  readonly #data: (Uint8Array | undefined)[] = [];
  readonly #shifts: number[] = [];
  readonly #ends: number[] = [];
  /** The first write that is still needed, and the one that was asked for last. */
  #head = 0;
  #at = 0;

  append(data: Uint8Array, start: number, end: number): void {
    if (end <= start) return;
    this.#data.push(data);
    this.#shifts.push(start - this.end);
    this.end += end - start;
    this.#ends.push(this.end);
  }

  /** Everything before this number may be forgotten. */
  release(sequence: number): void {
    while (this.#head < this.#ends.length && this.#ends[this.#head]! <= sequence) {
      this.#data[this.#head] = undefined;
      this.#head++;
    }
    if (this.#head >= SWEEP && 2 * this.#head >= this.#ends.length) this.#sweep();
  }

  #sweep(): void {
    const count = this.#ends.length - this.#head;
    this.#data.copyWithin(0, this.#head);
    this.#shifts.copyWithin(0, this.#head);
    this.#ends.copyWithin(0, this.#head);
    this.#data.length = this.#shifts.length = this.#ends.length = count;
    this.#at = Math.max(0, this.#at - this.#head);
    this.#head = 0;
  }

  /** Gives the segment the bytes from `sequence` on: those of one write as they are, those of several in memory of their own. */
  fill(segment: Segment, sequence: number, length: number): void {
    const at = this.#find(sequence);
    segment.length = length;
    if (sequence + length <= this.#ends[at]!) {
      segment.data = this.#data[at];
      segment.start = sequence + this.#shifts[at]!;
      return;
    }
    segment.data = this.#gather(at, sequence, length);
    segment.start = 0;
  }

  #gather(first: number, sequence: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let filled = 0;
    for (let at = first; filled < length; at++) {
      const from = sequence + filled;
      const to = Math.min(sequence + length, this.#ends[at]!);
      const shift = this.#shifts[at]!;
      bytes.set(this.#data[at]!.subarray(from + shift, to + shift), filled);
      filled = to - sequence;
      this.#at = at;
    }
    return bytes;
  }

  /** The write that holds this number: mostly the one of last time or the next. */
  #find(sequence: number): number {
    const ends = this.#ends;
    let at = Math.max(this.#at, this.#head);
    if (at >= ends.length || sequence + this.#shifts[at]! < this.#firstOf(at)) at = this.#search(sequence);
    while (ends[at]! <= sequence) {
      if (ends[at + 1]! > sequence) at++;
      else at = this.#search(sequence);
    }
    this.#at = at;
    return at;
  }

  /** Where a write begins in its memory, told by where the one before it ends; of the first nothing is known, nor asked. */
  #firstOf(at: number): number {
    return at > this.#head ? this.#ends[at - 1]! + this.#shifts[at]! : Number.NEGATIVE_INFINITY;
  }

  #search(sequence: number): number {
    let low = this.#head;
    let high = this.#ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle]! <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

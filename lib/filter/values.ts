/** Where fields put the values that a packet has of them. Used again for every packet, so that none costs memory. */
import { MOST_LAYERS } from "../dissect/outline.ts";

/** Of a field in every layer, source and destination, four words for an address of IPv6. */
const MOST_NUMBERS = MOST_LAYERS * 2 * 4;

/**
 * Values as rows of one, two or four numbers that are compared one after the other: an address of IPv6 as four words of
 * 32 bits, a time as seconds and nanoseconds.
 */
export class NumberValues {
  readonly numbers = new Float64Array(MOST_NUMBERS);
  /** Numbers, not rows. */
  length = 0;

  push(number: number): void {
    if (this.length < MOST_NUMBERS) this.numbers[this.length++] = number;
  }
}

/** Pieces of memory. */
export class ByteValues {
  readonly memories: Uint8Array[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  length = 0;

  push(memory: Uint8Array, start: number, end: number): void {
    this.memories[this.length] = memory;
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.length++;
  }
}

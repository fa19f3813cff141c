/**
 * Numbers for the words that cells repeat from row to row: to find the number again takes no string, and whoever wants to
 * know something about a word keeps it in an array.
 */
import { LatestView, withView } from "../copy-bytes.ts";
import { doubled } from "../doubled.ts";

/** Longer words have no number: they hardly come again. */
const LONGEST = 64;
/** Further words have none either, so that a file of nothing but different ones does not fill the memory. */
const MOST_WORDS = 1 << 20;
const FIRST_WORDS = 64;
const FIRST_BYTES = 1024;
const NONE = -1;

export class WordTable {
  #count = 0;
  /** Numbers of words plus 1, at their hashes or behind. */
  #slots = new Int32Array(2 * FIRST_WORDS);
  #mask: number = 2 * FIRST_WORDS - 1;
  /** All words, one behind the other, and where each begins; the next one ends it. */
  #bytes = withView(new Uint8Array(FIRST_BYTES));
  #starts = new Int32Array(FIRST_WORDS);
  readonly #latestView = new LatestView();

  /**
   * The number of a word, from 0 in the order of appearance.
   *
   * @returns -1 for a word that has none
   */
  numberOf(source: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > LONGEST) return NONE;
    const { view } = this.#latestView.of(source);
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = hashOf(view, start, end) & mask; ; slot = (slot + 1) & mask) {
      const word = slots[slot]! - 1;
      if (word === NONE) return this.#add(slot, source, start, end);
      const first = this.#starts[word]!;
      if (this.#starts[word + 1]! - first === length && areEqual(this.#bytes.view, first, view, start, length))
        return word;
    }
  }

  #add(slot: number, source: Uint8Array, start: number, end: number): number {
    if (this.#count === MOST_WORDS) return NONE;
    const word = this.#count++;
    const first = this.#starts[word]!;
    const next = first + end - start;
    if (word + 2 > this.#starts.length) this.#starts = doubled(this.#starts);
    while (next > this.#bytes.bytes.length) this.#bytes = withView(doubled(this.#bytes.bytes));
    this.#bytes.bytes.set(source.subarray(start, end), first);
    this.#starts[word + 1] = next;
    this.#slots[slot] = word + 1;
    if (2 * this.#count > this.#mask) this.#grow();
    return word;
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    this.#mask = this.#slots.length - 1;
    for (let word = 0; word < this.#count; word++) {
      let slot = hashOf(this.#bytes.view, this.#starts[word]!, this.#starts[word + 1]!) & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = word + 1;
    }
  }
}

/** Four bytes at a time, because each step has to wait for the one before it. */
function hashOf(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x0100_0193);
  return hash ^ (hash >>> 15);
}

function areEqual(one: DataView, oneStart: number, other: DataView, otherStart: number, length: number): boolean {
  let i = 0;
  for (const last = length - 4; i <= last; i += 4) {
    if (one.getInt32(oneStart + i) !== other.getInt32(otherStart + i)) return false;
  }
  for (; i < length; i++) if (one.getUint8(oneStart + i) !== other.getUint8(otherStart + i)) return false;
  return true;
}

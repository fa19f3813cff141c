/**
 * Numbers for the words that cells repeat from row to row: to find the number again takes no string, and whoever wants to
 * know something about a word keeps it in an array.
 */
import { LatestView, withView } from "./bytes.ts";
import { doubled } from "./doubled.ts";

/** Longer words have no number: they hardly come again. */
const LONGEST = 64;
const MANY_WORDS = 1 << 20;
const FIRST_SLOTS = 128;
const FIRST_BYTES = 1024;
const NONE = -1;

export class StringInterner {
  readonly #mostWords: number = 0;
  #count = 0;
  /** At their hashes or behind: numbers of words plus 1, and where each is among the bytes. */
  #slots = new Int32Array(2 * FIRST_SLOTS);
  #mask: number = FIRST_SLOTS - 1;
  /** All words, one behind the other, each behind a byte with its length. */
  #bytes = withView(new Uint8Array(FIRST_BYTES));
  #used = 0;
  readonly #latestView = new LatestView();

  /** @param mostWords further ones have no number, so that a file of nothing but different words does not fill the memory */
  constructor(mostWords: number = MANY_WORDS) {
    this.#mostWords = mostWords;
  }

  /**
   * The number of a word, from 0 in the order of appearance.
   *
   * @returns -1 for a word that has none
   */
  numberOf(source: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > LONGEST) return NONE;
    const { view } = this.#latestView.of(source);
    const { bytes, view: words } = this.#bytes;
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = hashOf(view, start, end) & mask; ; slot = (slot + 1) & mask) {
      const word = slots[2 * slot]! - 1;
      if (word === NONE) return this.#add(slot, source, start, end);
      const at = slots[2 * slot + 1]!;
      if (bytes[at] === length && areEqual(words, at + 1, view, start, length)) return word;
    }
  }

  #add(slot: number, source: Uint8Array, start: number, end: number): number {
    if (this.#count === this.#mostWords) return NONE;
    const at = this.#used;
    this.#used += 1 + end - start;
    while (this.#used > this.#bytes.bytes.length) this.#bytes = withView(doubled(this.#bytes.bytes));
    this.#bytes.bytes[at] = end - start;
    this.#bytes.bytes.set(source.subarray(start, end), at + 1);
    this.#slots[2 * slot] = ++this.#count;
    this.#slots[2 * slot + 1] = at;
    if (2 * this.#count > this.#mask) this.#grow();
    return this.#count - 1;
  }

  #grow(): void {
    const old = this.#slots;
    const { bytes, view } = this.#bytes;
    this.#slots = new Int32Array(2 * old.length);
    this.#mask = 2 * this.#mask + 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] === 0) continue;
      const at = old[i + 1]!;
      let slot = hashOf(view, at + 1, at + 1 + bytes[at]!) & this.#mask;
      while (this.#slots[2 * slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots.set(old.subarray(i, i + 2), 2 * slot);
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

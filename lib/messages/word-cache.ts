/** Strings for cells that repeat from row to row: finding one again is cheaper than decoding it, and needs no memory. */
import { Buffer } from "node:buffer";

export const WORD_SLOTS: number = 1 << 14;
/** Longer words are decoded each time. */
const LONGEST = 64;
/** Room for the bytes of all words: when it is full, all are forgotten. */
const BYTES = WORD_SLOTS * 32;

export class WordCache {
  /** The slot of the word found last: where others may keep what belongs to it. -1 for one that has none. */
  slot = -1;
  readonly #words: (string | undefined)[] = new Array(WORD_SLOTS).fill(undefined);
  /** Close together, because they are read again for every row. */
  readonly #bytes = new Uint8Array(BYTES);
  readonly #starts = new Int32Array(WORD_SLOTS);
  readonly #lengths = new Uint8Array(WORD_SLOTS);
  #used = 0;
  /** The text that was decoded last, for cheap access by those who decode. */
  #source: Uint8Array | undefined;
  #buffer: Buffer = Buffer.alloc(0);

  /** The text of some bytes of UTF-8; for equal short ones mostly the same string. */
  find(source: Uint8Array, start: number, end: number): string {
    const length = end - start;
    this.slot = -1;
    if (length > LONGEST) return this.decode(source, start, end);
    let hash = length;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ source[i]!, 0x0100_0193);
    const slot = (hash ^ (hash >>> 15)) & (WORD_SLOTS - 1);
    this.slot = slot;
    const word = this.#words[slot];
    if (word !== undefined && this.#lengths[slot] === length && this.#holds(slot, source, start, length)) return word;
    return this.#remember(slot, source, start, length);
  }

  /** The text of some bytes of UTF-8, as a string of its own. */
  decode(source: Uint8Array, start: number, end: number): string {
    if (source !== this.#source) {
      this.#source = source;
      this.#buffer = Buffer.from(source.buffer, source.byteOffset, source.length);
    }
    return this.#buffer.toString("utf8", start, end);
  }

  #holds(slot: number, source: Uint8Array, start: number, length: number): boolean {
    const bytes = this.#bytes;
    const first = this.#starts[slot]!;
    for (let i = 0; i < length; i++) if (bytes[first + i] !== source[start + i]) return false;
    return true;
  }

  #remember(slot: number, source: Uint8Array, start: number, length: number): string {
    if (this.#used + length > BYTES) {
      this.#words.fill(undefined);
      this.#used = 0;
    }
    const word = this.decode(source, start, start + length);
    const first = this.#used;
    for (let i = 0; i < length; i++) this.#bytes[first + i] = source[start + i]!;
    this.#used += length;
    this.#words[slot] = word;
    this.#starts[slot] = first;
    this.#lengths[slot] = length;
    return word;
  }
}

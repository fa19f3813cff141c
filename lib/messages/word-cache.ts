/** Strings for cells that repeat from row to row: finding one again is cheaper than decoding it, and needs no memory. */
import { Buffer } from "node:buffer";

const SLOTS = 1 << 14;
/** Longer words are decoded each time. */
const LONGEST = 32;

export class WordCache {
  /** The bytes of the words, each slot `LONGEST` long. */
  readonly #bytes = new Uint8Array(SLOTS * LONGEST);
  readonly #words: (string | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #lengths = new Uint8Array(SLOTS);
  /** The text that was decoded last, for cheap access by those who decode. */
  #source: Uint8Array | undefined;
  #buffer: Buffer = Buffer.alloc(0);

  /** The text of some bytes of UTF-8; for equal short ones mostly the same string. */
  find(source: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > LONGEST) return this.decode(source, start, end);
    let hash = length;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ source[i]!, 0x0100_0193);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
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
    const first = slot * LONGEST;
    for (let i = 0; i < length; i++) if (bytes[first + i] !== source[start + i]) return false;
    return true;
  }

  #remember(slot: number, source: Uint8Array, start: number, length: number): string {
    const word = this.decode(source, start, start + length);
    for (let i = 0; i < length; i++) this.#bytes[slot * LONGEST + i] = source[start + i]!;
    this.#words[slot] = word;
    this.#lengths[slot] = length;
    return word;
  }
}

/**
 * The part of a file that a parser sees: chunks of any size, as one run of bytes. Records that lie within a chunk are read
 * in place; of a record that straddles chunks, only its own bytes are copied.
 */
import { viewOf } from "../core/bytes.ts";

const NOTHING = new Uint8Array(0);
const SMALLEST_CARRY = 1 << 12;

export class ByteWindow {
  /** What can be read lies in here, from `at` to `end`. */
  bytes: Uint8Array = NOTHING;
  view: DataView = viewOf(NOTHING);
  at = 0;
  end = 0;
  /** Index in the file of `bytes[0]`. */
  #base = 0;
  /** Where the bytes of a straddling record are put together. Grows with what is there, not with what a file promises. */
  #carry: Uint8Array = NOTHING;
  /** A chunk of which only the first bytes, up to `#nextAt`, have been copied so far. */
  #next: Uint8Array | undefined;
  #nextAt = 0;
  /** Bytes to leave out that have not been fed yet. */
  #debt = 0;

  /** Index in the file of the byte at `at`. */
  get position(): number {
    return this.#base + this.at;
  }

  /** Bytes that are here and not yet read. */
  get length(): number {
    return this.end - this.at + (this.#next === undefined ? 0 : this.#next.length - this.#nextAt);
  }

  /** Whether bytes that were left out have not even been fed. */
  get isInDebt(): boolean {
    return this.#debt > 0;
  }

  /** Adds a chunk. What the previous one still held is copied, so that its memory may be used again. */
  feed(chunk: Uint8Array): void {
    if (this.#debt > 0) {
      const left = Math.min(this.#debt, chunk.length);
      this.#debt -= left;
      this.#show(chunk, left, this.position);
      return;
    }
    if (this.length === 0) {
      this.#show(chunk, 0, this.position);
      return;
    }
    // Only a caller that feeds faster than it reads has a chunk waiting.
    if (this.#next !== undefined) this.has(this.length);
    this.#keep(0);
    this.#next = chunk;
    this.#nextAt = 0;
  }

  /** Whether `length` bytes can be read from `at` on; `bytes`, `view`, `at` and `end` may be others afterwards. */
  has(length: number): boolean {
    return this.end - this.at >= length || (this.#next !== undefined && this.#join(length));
  }

  /** Leaves out bytes, also such as are not here yet. */
  skip(length: number): void {
    const here = this.end - this.at;
    if (length <= here) {
      this.at += length;
      return;
    }
    this.at = this.end;
    let left = length - here;
    if (this.#next !== undefined) {
      const next = this.#next;
      const from = this.#nextAt;
      const skipped = Math.min(left, next.length - from);
      this.#show(next, from + skipped, this.position - from);
      left -= skipped;
    }
    this.#debt = left;
  }

  /** Forgets everything that is here. */
  clear(): void {
    this.at = this.end;
    this.#next = undefined;
    this.#debt = 0;
  }

  #join(length: number): boolean {
    const next = this.#next!;
    const rest = this.end - this.at;
    if (rest === 0) {
      this.#show(next, this.#nextAt, this.position - this.#nextAt);
      return this.end - this.at >= length;
    }
    const wanted = Math.min(length - rest, next.length - this.#nextAt);
    this.#keep(wanted);
    this.bytes.set(next.subarray(this.#nextAt, this.#nextAt + wanted), this.end);
    this.end += wanted;
    this.#nextAt += wanted;
    if (this.#nextAt === next.length) this.#next = undefined;
    return this.end - this.at >= length;
  }

  /** Brings the rest into memory of our own, with room for `more` bytes behind it. */
  #keep(more: number): void {
    const rest = this.end - this.at;
    if (this.bytes === this.#carry && this.end + more <= this.#carry.length) return;
    const old = this.bytes;
    const position = this.position;
    if (rest + more > this.#carry.length) {
      this.#carry = new Uint8Array(Math.max(SMALLEST_CARRY, 2 * (rest + more)));
    }
    this.#carry.set(old.subarray(this.at, this.end));
    this.bytes = this.#carry;
    this.view = new DataView(this.#carry.buffer);
    this.#base = position;
    this.at = 0;
    this.end = rest;
  }

  #show(chunk: Uint8Array, at: number, base: number): void {
    this.bytes = chunk;
    this.view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#base = base;
    this.at = at;
    this.end = chunk.length;
    this.#next = undefined;
  }
}

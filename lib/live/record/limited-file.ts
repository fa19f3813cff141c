/** A recording that ends when it has reached a size, behind the last packet that has room. */
import type { GrowingFile } from "../../pcap/growing-file.ts";
import type { SlabStore } from "../../pcap/slabs.ts";

/** Of a pcapng block: its type, and behind it its total length (the format's section 3.1). */
const TOTAL_LENGTH_OFFSET = 4;

export class LimitedFile implements SlabStore {
  readonly isFull = false;
  readonly #file: GrowingFile;
  readonly #limit: number;
  #isAtLimit = false;

  /** @param limit bytes that the file can have */
  constructor(file: GrowingFile, limit: number) {
    this.#file = file;
    this.#limit = limit;
  }

  /** Whether something had no room: from then on nothing is written any more. */
  get isAtLimit(): boolean {
    return this.#isAtLimit;
  }

  take(minimumLength: number): Uint8Array {
    return this.#file.take(minimumLength);
  }

  /** @param slab whole blocks of pcapng, in little-endian order */
  give(slab: Uint8Array, length: number): void {
    const room = this.#isAtLimit ? 0 : this.#limit - this.#file.length;
    const fitting = length <= room ? length : lengthOfBlocks(slab, length, room);
    if (fitting < length) this.#isAtLimit = true;
    this.#file.give(slab, fitting);
  }
}

/** Bytes of the first blocks that have room together. */
function lengthOfBlocks(slab: Uint8Array, length: number, room: number): number {
  const view = new DataView(slab.buffer, slab.byteOffset, length);
  let end = 0;
  while (end < length) {
    const next = end + view.getUint32(end + TOTAL_LENGTH_OFFSET, true);
    if (next > room) break;
    end = next;
  }
  return end;
}

/**
 * Slabs: the large pieces of memory that capture writers fill. The writer sees only this interface, so the same code
 * writes to memory in a browser and to a file in Node.
 */
export interface SlabStore {
  /** True when slabs are handed in faster than they are taken away. */
  readonly isFull: boolean;
  /** An empty slab of at least `minimumLength` bytes. Its content is undefined. */
  take(minimumLength: number): Uint8Array;
  /** Hands in the first `length` bytes of a slab from `take`. The slab belongs to the store from now on. */
  give(slab: Uint8Array, length: number): void;
}

/**
 * 1 MiB. Each write costs a journey to another thread and back: with 256 KiB, a million small messages took half as long
 * again.
 */
export const SLAB_LENGTH = 1 << 20;

/** Keeps everything in memory. */
export class MemorySlabs implements SlabStore {
  readonly isFull = false;
  readonly #pieces: Uint8Array[] = [];

  take(minimumLength: number): Uint8Array {
    return new Uint8Array(Math.max(minimumLength, SLAB_LENGTH));
  }

  give(slab: Uint8Array, length: number): void {
    this.#pieces.push(slab.subarray(0, length));
  }

  /** Everything handed in so far, as one array. */
  concat(): Uint8Array {
    const whole = new Uint8Array(this.#pieces.reduce((sum, piece) => sum + piece.length, 0));
    let offset = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, offset);
      offset += piece.length;
    }
    return whole;
  }
}

/** Keeps nothing: for finding out whether a capture could be made. */
export class DiscardedSlabs implements SlabStore {
  readonly isFull = false;
  #free: Uint8Array | undefined;

  take(minimumLength: number): Uint8Array {
    const slab = this.#free;
    this.#free = undefined;
    return slab !== undefined && slab.length >= minimumLength
      ? slab
      : new Uint8Array(Math.max(minimumLength, SLAB_LENGTH));
  }

  give(slab: Uint8Array, _length: number): void {
    this.#free = slab;
  }
}

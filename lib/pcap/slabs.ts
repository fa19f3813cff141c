/**
 * Slabs: the large pieces of memory that capture writers fill. The writer sees only this interface, so the same code
 * writes to memory in a browser and to a file in Node.
 */
import { concatBytes, viewOf } from "../core/bytes.ts";
import { WirewrightError } from "../core/errors.ts";

/** Where a writer gets its memory, and where it leaves it when it is full. */
export interface SlabStore {
  /** True when slabs are handed in faster than they are taken away. */
  readonly isFull: boolean;
  /** An empty slab of at least `minimumLength` bytes. Its content is undefined. */
  take(minimumLength: number): Uint8Array;
  /** Hands in the first `length` bytes of a slab from `take`. The slab belongs to the store from now on. */
  give(slab: Uint8Array, length: number): void;
}

/** 1 MiB: each write costs a journey to another thread and back, and each file three slabs of memory. */
export const SLAB_LENGTH = 1 << 20;

/** The free slab where it is long enough, else a new one. */
export function slabOf(free: Uint8Array | undefined, minimumLength: number): Uint8Array {
  if (free !== undefined && free.length >= minimumLength) return free;
  return new Uint8Array(Math.max(minimumLength, SLAB_LENGTH));
}

const NO_FRAME = "A frame is a Uint8Array, behind its time; write write(time, encodePacket(stack)).";
const NO_STORE =
  "A writer of captures takes a store first; give new MemorySlabs(), or for a file what OutputFile.open of wirewright/node opens.";

/** What all writers of captures do alike: they fill one slab after the other. */
export abstract class SlabFiller {
  /** The slab being filled. */
  bytes: Uint8Array;
  /** A view of `bytes`, with the same offsets. */
  view: DataView;
  /** Bytes of that slab which are filled. */
  protected used = 0;
  readonly #store: SlabStore;
  #written = 0;

  /** @param firstLength bytes that the first slab must have room for @throws WirewrightError BAD_OPTION for what is no store */
  constructor(store: SlabStore, firstLength: number) {
    if (typeof store?.take !== "function") throw new WirewrightError("BAD_OPTION", NO_STORE);
    this.#store = store;
    this.bytes = store.take(firstLength);
    this.view = viewOf(this.bytes);
  }

  /** True when slabs are handed in faster than the store takes them away. */
  get isFull(): boolean {
    return this.#store.isFull;
  }

  /** Makes room for one frame, as `FrameSink` has it. */
  abstract reserve(time: number, length: number): number;

  /**
   * Writes a frame that is made already.
   *
   * @param time integer ticks since the origin
   * @throws WirewrightError as `reserve`, and TIME_RANGE for a time that is no whole number of ticks
   */
  write(time: number, frame: Uint8Array): void {
    if (!Number.isSafeInteger(time)) throw notInTicks(time);
    if (!(frame instanceof Uint8Array)) throw new WirewrightError("BAD_OPTION", NO_FRAME);
    const at = this.reserve(time, frame.length);
    this.bytes.set(frame, at);
  }

  /** Bytes of the file so far, its header included. */
  get byteCount(): number {
    return this.#written + this.used;
  }

  /** Hands what is filled to the store, so that nothing of it can be lost here, and goes on in a new slab. */
  flush(): void {
    if (this.used > 0) this.nextSlab(0);
  }

  /** Hands the last, partly filled slab to the store. The writer is not to be used after it. */
  finish(): void {
    this.#give();
  }

  /** Goes on in a new slab of at least `needed` bytes. */
  protected nextSlab(needed: number): void {
    this.#give();
    this.bytes = this.#store.take(needed);
    this.view = viewOf(this.bytes);
  }

  #give(): void {
    this.#store.give(this.bytes, this.used);
    this.#written += this.used;
    this.used = 0;
  }
}

/** Whoever counts in seconds would get all frames at the same time. */
function notInTicks(time: number): WirewrightError {
  return new WirewrightError(
    "TIME_RANGE",
    `The time of a frame is ${time}; give a whole number of ticks since the start.`,
  );
}

/** A store that keeps everything in memory: for a capture file that is bytes. */
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
    return concatBytes(this.#pieces);
  }
}

/** Keeps nothing: for finding out whether a capture could be made. */
export class DiscardedSlabs implements SlabStore {
  readonly isFull = false;
  #free: Uint8Array | undefined;

  take(minimumLength: number): Uint8Array {
    const slab = this.#free;
    this.#free = undefined;
    return slabOf(slab, minimumLength);
  }

  give(slab: Uint8Array, _length: number): void {
    this.#free = slab;
  }
}

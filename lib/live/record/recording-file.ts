/** What is particular to the file of a recording: each frame says where it comes from, and the file ends at a size. */
import type { FrameDirection } from "../../core/frame-sink.ts";
import type { GrowingFile } from "../../pcap/growing-file.ts";
import { PcapngWriter, type PcapngWriterOptions } from "../../pcap/pcapng-writer.ts";
import { RECONSTRUCTED } from "../../pcap/reconstruction.ts";
import type { SlabStore } from "../../pcap/slabs.ts";

const OPPOSITE = { inbound: "outbound", outbound: "inbound" } as const;

/** Of a pcapng block: its type, and behind it its total length (the format's section 3.1). */
const TOTAL_LENGTH_OFFSET = 4;

/** Writes frames that no adapter has seen, and says so in the comment on each. */
export class RecordedFrames extends PcapngWriter {
  readonly #isAtServer: boolean;

  /** @param isAtServer whether frames to the server come in where they are recorded */
  constructor(store: SlabStore, options: PcapngWriterOptions, isAtServer: boolean) {
    super(store, options);
    this.#isAtServer = isAtServer;
  }

  override reserve(time: number, length: number): number {
    const { notes } = this;
    notes.comments = [[RECONSTRUCTED, ...notes.comments].join("; ")];
    notes.direction = this.#seenFromHere(notes.direction);
    return super.reserve(time, length);
  }

  /** The notes are made as a client sees its frames. */
  #seenFromHere(direction: FrameDirection | undefined): FrameDirection | undefined {
    return direction === undefined || !this.#isAtServer ? direction : OPPOSITE[direction];
  }
}

/** A file that ends when it has reached a size, behind the last packet that has room. */
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

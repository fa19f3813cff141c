import type { FrameDirection } from "../../core/frame-sink.ts";
import { PcapngWriter, type PcapngWriterOptions } from "../../pcap/pcapng-writer.ts";
import type { SlabStore } from "../../pcap/slabs.ts";

/** Nobody is to take a recording for what a network adapter has seen. */
const ORIGIN = "Reconstructed from socket events";

const OPPOSITE = { inbound: "outbound", outbound: "inbound" } as const;

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
    notes.comments = [[ORIGIN, ...notes.comments].join("; ")];
    notes.direction = this.#seenFromHere(notes.direction);
    return super.reserve(time, length);
  }

  /** The notes are made as a client sees its frames. */
  #seenFromHere(direction: FrameDirection | undefined): FrameDirection | undefined {
    return direction === undefined || !this.#isAtServer ? direction : OPPOSITE[direction];
  }
}

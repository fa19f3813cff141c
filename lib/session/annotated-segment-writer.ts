import type { FrameSink } from "../core/frame-sink.ts";
import type { Commentary } from "./annotator.ts";
import type { Connections } from "./connection-table.ts";
import { SegmentWriter, type SegmentWriterOptions } from "./segment-writer.ts";

/** Writes segments with a remark on each. A class of its own, so that the other asks no question for every segment. */
export class CommentedSegmentWriter extends SegmentWriter {
  readonly #commentary: Commentary;

  constructor(sink: FrameSink, connections: Connections, options: SegmentWriterOptions, commentary: Commentary) {
    super(sink, connections, options);
    this.#commentary = commentary;
  }

  override write(
    time: number,
    side: number,
    flags: number,
    payload: Uint8Array | undefined,
    start: number,
    end: number,
  ): void {
    this.#commentary.segment(side, flags, payload, start, end);
    super.write(time, side, flags, payload, start, end);
  }
}

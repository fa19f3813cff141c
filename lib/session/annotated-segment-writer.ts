import type { FrameSink } from "../core/frame-sink.ts";
import type { Annotator } from "./annotator.ts";
import type { ConnectionTable } from "./connection-table.ts";
import { SegmentWriter, type SegmentWriterOptions } from "./segment-writer.ts";

/** Writes segments with a remark on each. A class of its own, so that the other asks no question for every segment. */
export class AnnotatedSegmentWriter extends SegmentWriter {
  readonly #annotator: Annotator;

  constructor(sink: FrameSink, connections: ConnectionTable, options: SegmentWriterOptions, annotator: Annotator) {
    super(sink, connections, options);
    this.#annotator = annotator;
  }

  override write(
    time: number,
    side: number,
    flags: number,
    payload: Uint8Array | undefined,
    start: number,
    end: number,
  ): void {
    this.#annotator.segment(side, flags, payload, start, end);
    super.write(time, side, flags, payload, start, end);
  }
}

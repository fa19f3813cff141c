/** A sink that keeps each frame in bytes of its own, for those that are written before it is known who sees them. */

import type { FrameDirection, FrameNotes, FrameSink } from "../../core/frame-sink.ts";

export interface BoxedFrame {
  readonly bytes: Uint8Array;
  readonly comments: readonly string[];
  readonly direction: FrameDirection | undefined;
}

export class FrameBox implements FrameSink {
  readonly isFull = false;
  readonly notes: FrameNotes | undefined;
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  #frames: BoxedFrame[] = [];

  /** @param isAnnotated whether it takes notes on frames */
  constructor(isAnnotated: boolean) {
    this.notes = isAnnotated ? { comments: [], direction: undefined, interfaceId: 0 } : undefined;
  }

  reserve(_time: number, length: number): number {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
    this.#frames.push({
      bytes: this.bytes,
      comments: this.notes?.comments ?? [],
      direction: this.notes?.direction,
    });
    return 0;
  }

  /** Takes out what was written since the last time. */
  take(): readonly BoxedFrame[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}

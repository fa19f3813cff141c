/** Which way a frame passed, as the machine sees it that the tap stands at. */
export type FrameDirection = "inbound" | "outbound";

/** What may be said about the frame that is reserved next. */
export interface FrameNotes {
  /** Remarks for people, each a text of its own; at most 65,535 bytes of UTF-8. */
  comments: readonly string[];
  /** Which way the frame went. */
  direction: FrameDirection | undefined;
  /** Index of the interface that it was seen at. */
  interfaceId: number;
}

/**
 * Where frames go. The maker of a frame asks for room, writes the frame's bytes in place, and asks for the next: no frame
 * is built somewhere else and copied. A capture file, a list in memory and a network adapter are all sinks.
 */
export interface FrameSink {
  /** The memory that the frame reserved last is to be written into. Another object may stand here after each `reserve`. */
  readonly bytes: Uint8Array;
  /** A view of `bytes`, with the same offsets. */
  readonly view: DataView;
  /**
   * True when the producer should pause and let the owner of the sink empty it. Advice, not a limit: `reserve` goes on
   * working, at the price of memory.
   */
  readonly isFull: boolean;
  /**
   * Where the maker of a frame says what it is, before it reserves it; `reserve` takes the notes and leaves them empty.
   * Absent where the sink has no place for them: then there is no need to make any.
   */
  readonly notes?: FrameNotes | undefined;
  /**
   * Makes room for one frame.
   *
   * @param time integer ticks since the sink's origin; may be negative, never earlier than the origin of the file format
   * @param length bytes of the frame, its link-layer header included
   * @returns the offset in `bytes` where the first byte of the frame belongs
   */
  reserve(time: number, length: number): number;
}

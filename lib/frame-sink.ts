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
   * Makes room for one frame.
   *
   * @param time integer ticks since the sink's origin; may be negative, never earlier than the origin of the file format
   * @param length bytes of the frame, its link-layer header included
   * @returns the offset in `bytes` where the first byte of the frame belongs
   */
  reserve(time: number, length: number): number;
}

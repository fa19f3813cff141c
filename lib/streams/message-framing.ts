/** Where one message of an application ends in a stream, and the next begins. */

/**
 * `line`: each line is a message. `http`: as the lengths in HTTP's headers say (RFC 9112, section 6). `push`: a message
 * ends with the segment that has PSH set.
 */
export type FramingKind = "line" | "http" | "push";

/** Finds the ends of messages in one direction of a stream. */
export interface MessageFraming {
  readonly kind: FramingKind;
  /**
   * @param bytes what comes next, from index `from` on
   * @returns the index after the message that is going on, or -1 if it goes on beyond these bytes
   */
  endOf(bytes: Uint8Array, from: number, endsWithPush: boolean): number;
  /**
   * Passes over bytes that the capture lacks.
   *
   * @returns how many of them, at least one, belong to the message that is going on, or -1 if it goes on behind them
   */
  skip(length: number): number;
}

/** Where one message of an application ends in a stream, and the next begins. */

/**
 * `line`: each line is a message. `http`: as the lengths in HTTP's headers say (RFC 9112, section 6). `push`: a message
 * ends with the segment that has PSH set. `dns`: as the length before each message says (RFC 1035, section 4.2.2).
 * `websocket`: a message is a frame (RFC 6455, section 5.2). `tls`: a message is a record (RFC 8446, section 5.1).
 */
export type FramingKind = "line" | "http" | "push" | "dns" | "websocket" | "tls";

/** What a stream turns to behind a message: another protocol, or nobody knows which. */
export type Succession = MessageFraming | "unknown";

/** Finds the ends of messages in one direction of a stream. */
export interface MessageFraming {
  readonly kind: FramingKind;
  /**
   * @param bytes what comes next, from index `from` on
   * @returns the index after the message that is going on, or -1 if it goes on beyond these bytes; `from` itself where
   *   these bytes show that it had ended before them
   */
  endOf(bytes: Uint8Array, from: number, endsWithPush: boolean): number;
  /**
   * Passes over bytes that the capture lacks.
   *
   * @returns how many of them, at least one, belong to the message that is going on, or -1 if it goes on behind them
   */
  skip(length: number): number;
  /**
   * Takes bytes without seeing them, where nothing depends on what they are.
   *
   * @returns false, and takes none, where they have to be seen, or the message ends with them
   */
  pass?(length: number): boolean;
  /** Whether the message that is going on is whole if its sender now says, with a FIN, that nothing more comes. */
  isWholeAtFin(): boolean;
  /**
   * Asked between two messages, before the bytes from `at` on.
   *
   * @returns how messages end from here on, where that is another way than this
   */
  successor?(bytes: Uint8Array, at: number): Succession | undefined;
}

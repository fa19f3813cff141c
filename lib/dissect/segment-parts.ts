/**
 * What a TCP segment carries, as whoever follows its stream knows: its own bytes do not say which of them end a message
 * that began in an earlier segment, and which begin one that goes on.
 */
export interface SegmentPart {
  /** `open`: the message goes on in a later segment. */
  readonly kind: "http" | "dns" | "websocket" | "open";
  /** First byte, and the byte after the last one, counted from the beginning of the segment's payload. */
  readonly start: number;
  readonly end: number;
  /** The whole message, where earlier segments carried the beginning of it; else it stands in this segment. */
  readonly message?: Uint8Array;
}

/** Bits for the kinds of messages that end in a packet. */
export const EndedMessage = {
  HTTP: 1,
  DNS: 2,
  WEBSOCKET: 4,
} as const;

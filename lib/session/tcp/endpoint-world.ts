/** What one end of a connection asks of the world around it. It asks nothing else, so the world may be simulated, or a real kernel. */
import type { Segment } from "./segment.ts";

/** How a connection ended, as one end of it knows. */
export type Ending =
  /** Both sides have closed, and each knows of the other's close. */
  | "closed"
  /** This side broke it off. */
  | "aborted"
  /** The other side broke it off. */
  | "reset"
  /** The other side refused it. */
  | "refused"
  /** The other side did not answer any more (RFC 9293, section 3.8.3), or never did. */
  | "timed-out";

export interface EndpointWorld {
  /** Sends a segment on its way, now. The segment is the world's from then on. */
  transmit(segment: Segment): void;
  /** The application reads: bytes of the stream, in order. */
  deliver(data: Uint8Array, start: number, end: number): void;
  /** The connection stands at this end. */
  opened(): void;
  /** The application has read the end of the other side's stream. */
  endOfStream(): void;
  /** All that was written up to here is acknowledged. @param sequence number behind the last byte of it */
  acknowledged(sequence: number): void;
  /** It is over, but that TIME-WAIT may still last. Called once. */
  ended(how: Ending): void;
}

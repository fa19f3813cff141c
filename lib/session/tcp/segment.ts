/**
 * A segment on its way between the two ends of a connection, as TCP sees it: before it has headers, and after it has lost them.
 *
 * Numbers are counted from the initial sequence number of the side that they belong to, which has 0 itself, as the SYN does; the
 * first byte of data is 1. They grow beyond 2^32 and never wrap, so that ends compare them as numbers. What becomes bytes adds the
 * initial numbers, modulo 2^32.
 */

/** Why a segment was sent. */
export type Cause =
  /** Opens a connection, or accepts one. */
  | "syn"
  /** Data sent for the first time. */
  | "new"
  /** Says that there is nothing more to come, for the first time. */
  | "fin"
  /** Acknowledges, without anything of its own. */
  | "ack"
  /** Acknowledges what was acknowledged before, since something came out of order, or again. */
  | "duplicate-ack"
  /** Says that the window has grown. */
  | "window-update"
  /** Sent again because the retransmission timer ran out (RFC 6298, section 5). */
  | "timeout"
  /** Sent again because of duplicate acknowledgements (RFC 5681, section 3.2), or a partial one after them (RFC 6582). */
  | "fast"
  /** Sent again because of what the other side said that it has (RFC 6675, RFC 8985). */
  | "sack"
  /** Sent again in smaller segments, since it was larger than the path takes (RFC 1191, section 6.4; RFC 8201, section 5.4). */
  | "path-mtu"
  /** Sent because nothing has come back for too long at the end of the data (RFC 8985, section 7). */
  | "tail-probe"
  /** Asks whether a window that was closed is open again (RFC 9293, section 3.8.6.1). */
  | "window-probe"
  /** Asks whether the other side is still there (RFC 9293, section 3.8.4). */
  | "keep-alive"
  /** Answers a segment that cannot be right with what would be (RFC 5961). */
  | "challenge"
  /** Breaks the connection off, or refuses it. */
  | "reset";

/** Of what a SYN alone can say. */
export interface SynOptions {
  /** Maximum segment size in bytes; undefined where the option is not there. */
  readonly maximumSegmentSize: number | undefined;
  /** Bits that windows are shifted by, 0 to 14 (RFC 7323, section 2); undefined where the option is not there. */
  readonly windowScale: number | undefined;
  /** Whether selective acknowledgements may be sent to it (RFC 2018, section 2). */
  readonly sackPermitted: boolean;
}

/** What the IP header says of congestion (RFC 3168, section 5). */
export const Ecn = { NOT_CAPABLE: 0, CAPABLE_1: 1, CAPABLE_0: 2, CONGESTION_EXPERIENCED: 3 } as const;

/** Where there is no time stamp. */
export const NO_TIMESTAMP = -1;

/** Of most segments. */
export const NO_BLOCKS: readonly number[] = [];

/** One segment. What is not there has the value that says so, so that all have one shape. */
export class Segment {
  /** Of its first byte, or of its SYN or FIN. */
  sequence = 0;
  /** The next number that its sender expects; has a meaning only with the flag ACK. */
  acknowledgment = 0;
  /** Bits of `TcpFlag`, 0 to 0x1ff. */
  flags = 0;
  /** The window field as it stands in the header, 0 to 65535. */
  window = 0;
  /** Bytes of data. */
  length = 0;
  /** Holds its data, from `start` on; undefined where it has none. Never changes once it was sent. */
  data: Uint8Array | undefined = undefined;
  start = 0;
  /** Blocks of a selective acknowledgement (RFC 2018, section 3): left and right edge, one after the other, numbered as `acknowledgment`. */
  blocks: readonly number[] = NO_BLOCKS;
  /** Only with the flag SYN. */
  syn: SynOptions | undefined = undefined;
  /** Time stamp of its sender and the one it echoes, 0 to 2^32 - 1 (RFC 7323, section 3), or `NO_TIMESTAMP`. */
  timestamp = NO_TIMESTAMP;
  timestampEcho = NO_TIMESTAMP;
  /** Codepoint of the IP header, as `Ecn`. */
  ecn: number = Ecn.NOT_CAPABLE;
  cause: Cause;

  constructor(cause: Cause) {
    this.cause = cause;
  }
}

/** The truth about one packet: which bytes it was, why it was sent, what became of it, and how its sender stood at that moment. */
import type { SideName } from "../conversation.ts";
import type { Cause } from "../tcp/segment.ts";
import type { SenderState } from "../tcp/sender-state.ts";

/** What became of a packet. */
export type Fate =
  /** It arrived. */
  | "delivered"
  /** It was lost on the way. */
  | "lost"
  /** The queue had no room for it. */
  | "queue-full"
  /** A bit of it flipped, so that its receiver threw it away. */
  | "corrupted"
  /** It was larger than the path takes. */
  | "too-large";

/** One packet that was sent, whether or not the capture shows it. Times are ticks of the session. */
export interface Transmission {
  /** Counted from 1 through the session, in the order of sending. */
  readonly id: number;
  /** Number of its frame in the capture, from 1; undefined where the tap saw nothing of it. */
  frame: number | undefined;
  /**
   * Numbers of the other frames that show the same packet: where the network duplicated it before the tap, and where the capture is
   * taken at both ends.
   */
  readonly furtherFrames: number[];
  /** Counted from 0, as streams are: its conversation's place in the order of first packets. For UDP, that of its flow. */
  readonly conversation: number;
  /** What the packet is of. */
  readonly protocol: "tcp" | "udp" | "icmp";
  /** Who sent it: a router where it says that something is too large. */
  readonly from: SideName | "router";
  /** Relative to the initial number of its side, as Wireshark shows them. Only of TCP. */
  readonly sequence: number | undefined;
  /** The next number that its sender expects, relative likewise; undefined without the flag ACK. */
  readonly acknowledgment: number | undefined;
  /** Bytes of data. */
  readonly length: number;
  /** Bits of `TcpFlag`. Only of TCP. */
  readonly flags: number | undefined;
  /** Why it was sent. */
  readonly cause: Cause | "datagram" | "too-large" | "unreachable";
  /** `id` of the first transmission of the same bytes; undefined where this is it. */
  readonly repeats: number | undefined;
  /** What became of it. */
  readonly fate: Fate;
  /** How far along the path it got, from 0 at its client to 1 at its server; undefined where it arrived. */
  readonly lostAt: number | undefined;
  /** How many of it arrive: 2 where the network duplicated it. */
  readonly copies: number;
  /** Packets of its direction that were sent later and arrived earlier. */
  overtaken: number;
  /** When it left its sender. */
  readonly sent: number;
  /** When the tap saw it first. */
  tap: number | undefined;
  /** When it arrived, whole or not; undefined where it was lost. */
  readonly arrived: number | undefined;
  /** Whether the network marked it (RFC 3168). */
  readonly isMarked: boolean;
  /** How its sender stood when it left. Only of TCP. */
  readonly sender: SenderState | undefined;
}

/** Notes in a record that a frame shows its packet. @param time of the frame, in ticks */
export function noteFrame(record: Transmission, frame: number, time: number): void {
  if (record.frame !== undefined) {
    record.furtherFrames.push(frame);
    return;
  }
  record.frame = frame;
  record.tap = time;
}

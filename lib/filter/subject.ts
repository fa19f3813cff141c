import type { PacketOutline } from "../dissect/outline.ts";

/** What a filter looks at: one packet, and what the packets before it make of it. May be one object, filled in anew. */
export interface FilterSubject {
  /** Where its layers lie. */
  readonly outline: PacketOutline;
  /** Counted from 1. */
  readonly frameNumber: number;
  /** Whole seconds since 1970, and the nanoseconds within the second. */
  readonly seconds: number;
  /** Nanoseconds within that second, 0 to 999,999,999. */
  readonly nanoseconds: number;
  /** False where the capture gives the packet no time. */
  readonly hasTime: boolean;
  /** Time since the first packet, in nanoseconds; negative for a packet that was stamped earlier. */
  readonly relativeNanoseconds?: number | undefined;
  /** Number of the packet's TCP or UDP stream, whichever its transport is. */
  readonly stream?: number | undefined;
  /** Numbers of the UDP streams of the datagrams that carry the packet, where it is in a tunnel. */
  readonly carrierStreams?: readonly number[];
  /** Numbers of the TCP and UDP streams of the packet that it quotes, where it is an ICMP error, outermost first. */
  readonly quotedStreams?: readonly number[];
  /** Whether AE, CWR and ECE are one counter of congestion marks in the packet's stream. */
  readonly hasAccurateEcn?: boolean | undefined;
  /** Counted from the first sequence number of the sender, or of its peer. */
  readonly relativeSequence?: number | undefined;
  /** Counted from the first sequence number of the other side. */
  readonly relativeAcknowledgment?: number | undefined;
  /** The window after scaling. */
  readonly scaledWindow?: number | undefined;
  /** Bits of `EndedMessage`: which messages end in the packet. Undefined where nobody follows its stream. */
  readonly endedMessages?: number | undefined;
  /** Under Wireshark's names: "tcp.analysis.retransmission", "tcp.checksum_bad.expert". */
  readonly findings: readonly string[];
  /** What the file says of the packet. */
  readonly comments: readonly string[];
}

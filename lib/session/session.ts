/**
 * Many conversations on one wire, in time order: what is asked of each becomes frames, written when they are due. Times are
 * integer ticks, of which the options say how many a second has.
 */
import type { SeededRandom } from "../core/random.ts";
import type { SequenceNumber } from "../core/sequence.ts";
import type { TicksPerSecond } from "../core/time.ts";
import { IPV4_HEADER_LENGTH, TCP_HEADER_LENGTH } from "../headers/header-lengths.ts";
import type { DatagramFlow, SideName, Socket, Tally, TcpConversation } from "./conversation.ts";
import type { FrameFields } from "./encapsulation/frame-fields.ts";
import type { Encapsulation, LinkKind } from "./encapsulation/outer-headers.ts";
import type { GivenPacket } from "./packet-writer.ts";

/** The largest segment that an IPv4 packet has room for behind two headers without options. */
export const LARGEST_MSS: number = 65_535 - IPV4_HEADER_LENGTH - TCP_HEADER_LENGTH;

/** What all conversations of a session have in common. */
export interface SessionOptions {
  /** The link layer of every frame. Default: Ethernet. */
  readonly link?: LinkKind | undefined;
  /**
   * What stands between link header and packets, and that frames can have fields of their own. Default: nothing, and then
   * they cannot.
   */
  readonly encapsulation?: Encapsulation | undefined;
  /** Maximum segment size over IPv4 in bytes, 1 to 65495. Default: 40 less than the largest packet. */
  readonly maximumSegmentSize?: number | undefined;
  /**
   * The largest IP packet in bytes, that of a tunnel, where there is one: it limits datagrams, and segments over IPv6. Default: 1500, or what the segments over
   * IPv4 need.
   */
  readonly maximumTransmissionUnit?: number | undefined;
  /** What the times of the session count: microseconds or nanoseconds. */
  readonly ticksPerSecond: TicksPerSecond;
  /** Ticks between a client's segment and the server's answer to it, both at the client. Default: 1 ms. */
  readonly roundTripTime?: number | undefined;
  /** Ticks that a client takes to answer what reaches it. Default: 50 microseconds. */
  readonly reactionTime?: number | undefined;
  /** Ticks between the segments of one message. Default: 10 microseconds, about what a gigabit a second takes for a full one. */
  readonly segmentGap?: number | undefined;
  /** IPv4 time to live, 1 to 255. Default 64. */
  readonly timeToLive?: number | undefined;
  /** Characters of the name of a message or of a side in comments; what is longer is cut. Default 60. */
  readonly longestName?: number | undefined;
  /** Decides the initial sequence numbers. Default 1. */
  readonly random?: SeededRandom | undefined;
}

declare const isSuspended: unique symbol;

/** A conversation that its session keeps nothing of, as long as nothing happens to it. Only that session looks into it. */
export interface SuspendedConversation {
  readonly [isSuspended]: true;
}

/** Whoever drives a session asks for what is to happen, in any order, and then lets it `advance`. */
export interface Session {
  /** How many ticks a second has. */
  readonly ticksPerSecond: number;
  /** The link layer of every frame. */
  readonly link: LinkKind;
  /** Ticks between a client's segment and the server's answer to it, both at the client. */
  readonly roundTripTime: number;
  /** Ticks that a client takes to answer what reaches it. */
  readonly reactionTime: number;
  /** Ticks from a SYN to the moment when both sides know of the connection, and a little more. */
  readonly handshakeTime: number;
  /** The time of the event handled last, in ticks. */
  readonly now: number;
  /** Whether ARP can be written. */
  readonly carriesArp: boolean;
  /** Whether the sink keeps notes on frames, so that it is worth while to name messages. */
  readonly isAnnotated: boolean;

  /**
   * The bytes of a message, which comments then call by `name`; without one they say "data". A function is asked when the
   * first frame with a part of the message is written.
   */
  named(payload: Uint8Array, name: string | (() => string)): Uint8Array;

  /** A part of a message that somebody else has cut: comments know which part it is. */
  part(payload: Uint8Array, start: number, end: number): Uint8Array;

  /**
   * What the frames of one side have that is not as everywhere, from `time` on; from now on, where it is not given. Only
   * where the session has an `encapsulation`.
   */
  setFields(conversation: TcpConversation, side: SideName, fields: FrameFields | undefined, time?: number): void;

  /** What comments call a side, from the next frame that is written on. */
  rename(conversation: TcpConversation, side: SideName, name: string): void;

  /**
   * Prepares a conversation and draws its initial sequence numbers. Nothing is sent before `open`.
   *
   * @param maximumSegmentSize of this conversation alone, in bytes, 1 to 65495. Default: as the options of all say
   */
  connect(client: Socket, server: Socket, tally?: Tally, maximumSegmentSize?: number): TcpConversation;

  /** The initial sequence number of a side that has sent nothing but packets of somebody else's making. */
  initialNumberOf(conversation: TcpConversation, side: SideName): SequenceNumber;

  /** What was counted of a conversation so far. */
  tallyOf(conversation: TcpConversation): Tally;

  /** Bytes of data that a segment of a conversation carries at the most. */
  segmentSizeOf(conversation: TcpConversation): number;

  /** Bytes of data that one segment with such flags can carry at all: what an IP packet has room for. */
  longestSegment(conversation: TcpConversation, flags: number): number;

  /** Whether nothing waits to be sent, and everything sent is known to have arrived. */
  isQuiet(conversation: TcpConversation): boolean;

  /**
   * Nobody asks for anything of a conversation any more. What was asked for still happens; then its memory is used for
   * another one. To be called once; what is never forgotten stays as long as the session.
   */
  forget(conversation: TcpConversation): void;

  /**
   * Forgets a conversation of which nothing is to come, but so that `resume` can go on with it. For those with many
   * conversations that may never be heard of again.
   */
  suspend(conversation: TcpConversation): SuspendedConversation;

  /** Goes on with a conversation that was suspended, which has a new number from now on. */
  resume(suspended: SuspendedConversation): TcpConversation;

  /** The client sends its SYN at `time`. */
  open(conversation: TcpConversation, time: number): void;

  /**
   * The application of one side hands over a message at `time`. Its first segment leaves at that time, or as soon as
   * the handshake is done, the messages before it have gone and the other side's window has room. A message without
   * bytes sends nothing.
   *
   * @param payload holds the message, and must not change until it was sent
   * @param start index of its first byte
   * @param end index behind its last byte
   */
  send(
    conversation: TcpConversation,
    side: SideName,
    time: number,
    payload: Uint8Array,
    start?: number,
    end?: number,
  ): void;

  /**
   * One side closes at `time`, or when what it still has to send has gone. The other side `follows` as soon as it learns
   * of it, or `stays` and can go on sending until it is closed itself. To close a closed side again changes nothing.
   */
  close(conversation: TcpConversation, side: SideName, time: number, otherSide?: "follows" | "stays"): void;

  /** One side breaks the connection off at `time` with an RST; what waits is never sent. */
  reset(conversation: TcpConversation, side: SideName, time: number): void;

  /**
   * One segment at `time`, whose flags are kept as they are, 0 to 0x1ff. Its numbers follow from what both sides have
   * sent before. Nobody answers it: a conversation driven like this is driven segment by segment.
   *
   * @param numbersAgain how many sequence numbers it begins before the next new one, 0 to 2^32 - 1: of a retransmission,
   *   those that its side has sent since then. What is new goes on behind them. Default: 0
   * @throws WirewrightError TOO_LONG for a payload of more than `longestSegment`
   */
  sendAsGiven(
    conversation: TcpConversation,
    side: SideName,
    time: number,
    flags: number,
    payload?: Uint8Array | undefined,
    numbersAgain?: number,
  ): void;

  /** From `time` on nobody cares about this connection any more: what is on its way draws no answer. */
  abandon(conversation: TcpConversation, time: number): void;

  /**
   * One datagram at `time`, of up to 65,507 bytes over IPv4; in fragments where it exceeds the MTU.
   *
   * @param fields what its frames have that is not as everywhere; only where the session has an `encapsulation`
   */
  sendDatagram(flow: DatagramFlow, side: SideName, time: number, payload: Uint8Array, fields?: FrameFields): void;

  /** One packet at `time`, whose headers are kept as they are. Nobody answers it. */
  sendPacket(time: number, packet: GivenPacket): void;

  /**
   * Writes every frame that is due before `until`. Whoever drives the session may ask for nothing earlier afterwards.
   *
   * @returns false when it stopped early because the sink is full: empty the sink and call again
   */
  advance(until: number): boolean;
}

/**
 * TCP at both ends of a conversation (RFC 9293, section 3.10): what each side does when its application wants something,
 * when a frame reaches it, and when the next segment of a long message is due.
 */
import { WirewrightError } from "../headers/errors.ts";
import { addSequence, isBefore } from "../headers/sequence.ts";
import { TcpFlag } from "../headers/tcp.ts";
import { type Outgoing, Phase, type TcpConversation, type TcpSide } from "./conversation.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import { MOST_IN_FLIGHT, SEGMENTS_PER_ACKNOWLEDGMENT } from "./tcp-parameters.ts";
import { TimedQueue } from "./timed-queue.ts";

// Kept by this module, so that the compiler folds them into the code.
const SYN: number = TcpFlag.SYN;
const FIN: number = TcpFlag.FIN;
const RST: number = TcpFlag.RST;

/** What became of a message when its next segment was to be sent. */
const Outcome = { BLOCKED: 0, UNDER_WAY: 1, THROUGH: 2 } as const;
type Outcome = (typeof Outcome)[keyof typeof Outcome];

export interface TcpDelays {
  /** Ticks from a client's segment to the server's answer, both at the client. */
  readonly roundTripTime: number;
  /** Ticks that a client takes to answer. */
  readonly reactionTime: number;
  /** Ticks between the segments of one message. */
  readonly segmentGap: number;
}

export class TcpMachine {
  /** The time of the event being handled, in ticks; set by the timeline before each call. */
  now = Number.NEGATIVE_INFINITY;
  /** Frames on their way to the server, by the time of the answer to them. */
  readonly toServer = new TimedQueue<TcpConversation>();
  readonly toClient = new TimedQueue<TcpConversation>();
  /** Conversations with a segment or a FIN due. */
  readonly paced = new TimedQueue<TcpConversation>();
  readonly #writer: SegmentWriter;
  readonly #delays: TcpDelays;

  constructor(writer: SegmentWriter, delays: TcpDelays) {
    this.#writer = writer;
    this.#delays = delays;
  }

  open(conversation: TcpConversation): void {
    if (conversation.phase !== Phase.PLANNED) throw new WirewrightError("BAD_ORDER", "A conversation is opened twice.");
    conversation.phase = Phase.OPENING;
    this.#emit(conversation, conversation.client, TcpFlag.SYN, 0);
  }

  close(conversation: TcpConversation, side: TcpSide, isFollowed: boolean): void {
    if (side.isFinished || conversation.phase === Phase.CLOSED || side.hasQueuedFin) return;
    side.isFollowed = isFollowed;
    conversation.enqueue({ side, payload: undefined, time: this.now, next: undefined });
    this.#pump(conversation);
  }

  /** @param payload holds the message, from `start` to `end` */
  send(conversation: TcpConversation, side: TcpSide, payload: Uint8Array, start: number, end: number): void {
    if (side.isFinished || conversation.phase === Phase.CLOSED) {
      throw new WirewrightError("BAD_ORDER", "A side that has closed its connection cannot send any more.");
    }
    if (this.#canSendAtOnce(conversation, side, end - start)) {
      return this.#emitData(conversation, side, payload, start, end, true);
    }
    const message = start === 0 && end === payload.length ? payload : payload.subarray(start, end);
    conversation.enqueue({ side, payload: message, time: this.now, next: undefined });
    this.#pump(conversation);
  }

  /** The usual case, kept apart because it needs no queue: a message of one segment, and nothing in its way. */
  #canSendAtOnce(conversation: TcpConversation, side: TcpSide, length: number): boolean {
    return (
      length <= conversation.maximumSegmentSize &&
      conversation.first === undefined &&
      conversation.phase >= Phase.OPEN_AT_CLIENT &&
      side.bytesInFlight + length <= MOST_IN_FLIGHT
    );
  }

  reset(conversation: TcpConversation, side: TcpSide): void {
    if (conversation.phase === Phase.CLOSED) return;
    if (conversation.phase === Phase.PLANNED) {
      throw new WirewrightError("BAD_ORDER", "A conversation that was never opened cannot be reset.");
    }
    conversation.first = conversation.last = undefined;
    side.acknowledged = side.peer.nextSequence;
    this.#emit(conversation, side, TcpFlag.RST | TcpFlag.ACK, 0);
    conversation.phase = Phase.CLOSED;
  }

  takePaced(): void {
    const conversation = this.paced.subject;
    this.paced.shift();
    // An entry that something else has overtaken no longer carries the time that the conversation waits for.
    if (conversation.pacedUntil === this.now) this.#pump(conversation);
  }

  /** The oldest frame of a pipe reaches its end. */
  takeArrival(atServer: boolean): void {
    const pipe = atServer ? this.toServer : this.toClient;
    const { subject: conversation, code: flags, firstNumber: sequence, secondNumber: acknowledgment } = pipe;
    pipe.shift();
    if (conversation.phase === Phase.CLOSED) return;
    const side = atServer ? conversation.server : conversation.client;
    if ((flags & TcpFlag.ACK) !== 0 && isBefore(side.unacknowledged, acknowledgment))
      side.unacknowledged = acknowledgment;
    if (isBefore(side.received, sequence)) {
      side.received = sequence;
      side.unansweredSegments++;
    }
    if ((flags & TcpFlag.SYN) !== 0) return this.#answerSyn(conversation, side);
    if (atServer && conversation.phase === Phase.OPEN_AT_CLIENT) conversation.phase = Phase.OPEN;
    // Data that can leave now takes the acknowledgement along.
    if (conversation.first !== undefined && conversation.pacedUntil < this.now) this.#pump(conversation);
    const isDue =
      (flags & (TcpFlag.PSH | TcpFlag.FIN)) !== 0 ||
      side.unansweredSegments >= segmentsPerAcknowledgment(conversation.maximumSegmentSize);
    if (isDue && isBefore(side.acknowledged, sequence)) this.#acknowledge(conversation, side);
    if ((flags & TcpFlag.FIN) !== 0) this.#answerFin(conversation, side);
  }

  #answerSyn(conversation: TcpConversation, side: TcpSide): void {
    side.acknowledged = side.received;
    if (side === conversation.server) return this.#emit(conversation, side, TcpFlag.SYN | TcpFlag.ACK, 0);
    this.#emit(conversation, side, TcpFlag.ACK, 0);
    conversation.phase = Phase.OPEN_AT_CLIENT;
    if (conversation.first !== undefined) this.#pump(conversation);
  }

  #acknowledge(conversation: TcpConversation, side: TcpSide): void {
    side.acknowledged = side.received;
    this.#emit(conversation, side, TcpFlag.ACK, 0);
  }

  /** The side that learns of the other's FIN has nothing more to wait for: it closes too, a moment later. */
  #answerFin(conversation: TcpConversation, side: TcpSide): void {
    if (side.isFinished) {
      if (side.peer.isFinished && side.unacknowledged === side.nextSequence) conversation.phase = Phase.CLOSED;
      return;
    }
    if (!side.peer.isFollowed || side.hasQueuedFin) return;
    conversation.enqueue({ side, payload: undefined, time: this.now + this.#delays.segmentGap, next: undefined });
    if (conversation.first!.next === undefined) this.#pace(conversation);
  }

  #pace(conversation: TcpConversation): void {
    conversation.pacedUntil = this.now + this.#delays.segmentGap;
    this.paced.push(conversation.pacedUntil, conversation, 0, 0, 0, undefined);
  }

  /**
   * Sends what the queue holds, as far as handshake, order and window allow. What stops it here is always something
   * that is on its way through the network, and whose arrival calls this again.
   */
  #pump(conversation: TcpConversation): void {
    for (let first = conversation.first; first !== undefined; first = conversation.first) {
      if (!this.#mayBegin(conversation, first)) return;
      if (first.payload === undefined) {
        conversation.dequeue();
        this.#emitFin(conversation, first.side);
      } else {
        const outcome = this.#sendSegment(conversation, first.side, first.payload, first.time);
        if (outcome === Outcome.THROUGH) conversation.dequeue();
        else if (outcome === Outcome.BLOCKED || first.next === undefined) return;
      }
    }
  }

  #mayBegin(conversation: TcpConversation, outgoing: Outgoing): boolean {
    if (conversation.phase < Phase.OPEN_AT_CLIENT) return false;
    if (conversation.sentOfFirst > 0 || outgoing.time === this.now) return true;
    // What comes late is not tied to its time any more, so it can wait for what its sender would have waited for:
    // everything that the other side has sent, and, for the server, the end of the handshake.
    const side = outgoing.side;
    return (
      side.received === side.peer.nextSequence && (side === conversation.client || conversation.phase === Phase.OPEN)
    );
  }

  /** Sends the next segment of a message if the window has room for it. */
  #sendSegment(conversation: TcpConversation, side: TcpSide, payload: Uint8Array, time: number): Outcome {
    const start = conversation.sentOfFirst;
    const length = Math.min(conversation.maximumSegmentSize, payload.length - start);
    if (side.bytesInFlight + length > MOST_IN_FLIGHT) return Outcome.BLOCKED;
    if (start === 0 && time < this.now) conversation.tally.delayedMessages++;
    conversation.sentOfFirst = start + length;
    const isLast = conversation.sentOfFirst === payload.length;
    this.#emitData(conversation, side, payload, start, start + length, isLast);
    if (isLast) return Outcome.THROUGH;
    // Nothing waits behind this message, so its segments can keep their distance.
    if (conversation.first!.next === undefined) this.#pace(conversation);
    return Outcome.UNDER_WAY;
  }

  #emitData(
    conversation: TcpConversation,
    side: TcpSide,
    payload: Uint8Array,
    start: number,
    end: number,
    isLast: boolean,
  ): void {
    side.acknowledged = side.peer.nextSequence;
    const flags = isLast ? TcpFlag.PSH | TcpFlag.ACK : TcpFlag.ACK;
    this.#emit(conversation, side, flags, end - start, payload, start);
  }

  #emitFin(conversation: TcpConversation, side: TcpSide): void {
    side.acknowledged = side.peer.nextSequence;
    side.isFinished = true;
    side.hasQueuedFin = false;
    this.#emit(conversation, side, TcpFlag.FIN | TcpFlag.ACK, 0);
  }

  /** Every frame passes here: onto the wire, and into the pipe to the other side. */
  #emit(
    conversation: TcpConversation,
    side: TcpSide,
    flags: number,
    length: number,
    payload?: Uint8Array,
    start = 0,
  ): void {
    this.#write(conversation, side, flags, length, payload, start);
    const { roundTripTime, reactionTime } = this.#delays;
    const isClient = side === conversation.client;
    const pipe = isClient ? this.toServer : this.toClient;
    const delay = isClient ? roundTripTime : reactionTime;
    pipe.push(this.now + delay, conversation, flags, side.nextSequence, side.acknowledged, undefined);
  }

  /**
   * A segment as somebody else has decided it: its flags are kept, and numbers follow from what was sent before. Nobody
   * answers it.
   */
  sendAsGiven(conversation: TcpConversation, side: TcpSide, flags: number, payload: Uint8Array | undefined): void {
    this.#sendAllThatWaits(conversation);
    if ((flags & TcpFlag.ACK) !== 0) side.acknowledged = side.peer.nextSequence;
    this.#write(conversation, side, flags, payload?.length ?? 0, payload, 0);
    if ((flags & FIN) !== 0) side.isFinished = true;
    if ((flags & RST) !== 0) conversation.phase = Phase.CLOSED;
    else if (conversation.phase < Phase.OPEN) conversation.phase = Phase.OPEN;
  }

  /** What waits is still sent; what is on its way is not answered. */
  abandon(conversation: TcpConversation): void {
    this.#sendAllThatWaits(conversation);
    conversation.phase = Phase.CLOSED;
  }

  /** Whoever decides about single segments has stopped caring about windows. */
  #sendAllThatWaits(conversation: TcpConversation): void {
    for (let first = conversation.first; first !== undefined; first = conversation.first) {
      const { side, payload } = first;
      if (payload === undefined) {
        this.#emitFin(conversation, side);
      } else {
        for (let start = conversation.sentOfFirst; start < payload.length; start += conversation.maximumSegmentSize) {
          const end = Math.min(start + conversation.maximumSegmentSize, payload.length);
          this.#emitData(conversation, side, payload, start, end, end === payload.length);
        }
      }
      conversation.dequeue();
    }
  }

  #write(
    conversation: TcpConversation,
    side: TcpSide,
    flags: number,
    length: number,
    payload: Uint8Array | undefined,
    start: number,
  ): void {
    this.#writer.write(this.now, side, flags, payload, start, start + length);
    conversation.tally.packets++;
    conversation.tally.payloadBytes += length;
    side.unansweredSegments = 0;
    const markers = (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
    if (length + markers > 0) side.nextSequence = addSequence(side.nextSequence, length + markers);
  }
}

/** With room for few segments, a sender could wait for ever for the acknowledgement of an odd one. */
function segmentsPerAcknowledgment(maximumSegmentSize: number): number {
  return maximumSegmentSize * 2 * SEGMENTS_PER_ACKNOWLEDGMENT > MOST_IN_FLIGHT ? 1 : SEGMENTS_PER_ACKNOWLEDGMENT;
}

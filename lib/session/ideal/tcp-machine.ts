/**
 * TCP at both ends of a conversation (RFC 9293, section 3.10): what each side does when its application wants something,
 * when a frame reaches it, and when the next segment of a long message is due.
 */
import { WirewrightError } from "../../core/errors.ts";
import { addSequence, isBefore, type SequenceNumber } from "../../core/sequence.ts";
import { markersOf, TcpFlag } from "../../headers/tcp-fields.ts";
import { clientOf, conversationOf, isServer, peerOf, serverOf, type TcpConversation } from "../conversation.ts";
import { EventNumber, EventQueue } from "../event-queue.ts";
import {
  Backlog,
  type ConnectionTable,
  type Outgoing,
  Phase,
  SideWord,
  SIDE_WORDS as WORDS,
} from "./connection-table.ts";
import type { SegmentWriter } from "./segment-writer.ts";

/** Scale that both sides offer in their SYN (RFC 7323, section 2.2): windows count in units of 128 bytes. */
export const WINDOW_SCALE = 7;
/** The window of every segment but the SYN: 65,536 bytes, in units of the scale. */
export const WINDOW = 512;
/** A SYN's window is not scaled, so this is the most it can say. */
export const SYN_WINDOW = 65_535;
/** One byte less than the smaller window, so that no segment ever fills it to the brim. */
const MOST_IN_FLIGHT = SYN_WINDOW - 1;
/** RFC 9293, section 3.8.6.3: acknowledge at least every second full-sized segment. */
const SEGMENTS_PER_ACKNOWLEDGMENT = 2;

// Of this module itself, for the reason that segment-writer.ts gives.
const SYN: number = TcpFlag.SYN;
const FIN: number = TcpFlag.FIN;
const RST: number = TcpFlag.RST;
const PSH: number = TcpFlag.PSH;
const ACK: number = TcpFlag.ACK;
const SIDE_WORDS: number = WORDS;
const { SUBJECT, CODE, FIRST, SECOND } = EventNumber;
const { SND_NXT, SND_UNA, RCV_NXT, ACKNOWLEDGED, UNANSWERED } = SideWord;

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
  /** The time of the event being handled, in ticks; set by the session before each call. */
  now = Number.NEGATIVE_INFINITY;
  /** Frames on their way to the server, by the time of the answer to them. */
  readonly toServer = new EventQueue<never>();
  readonly toClient = new EventQueue<never>();
  /** Conversations with a segment or a FIN due. */
  readonly paced = new EventQueue<never>();
  readonly #connections: ConnectionTable;
  readonly #writer: SegmentWriter;
  readonly #delays: TcpDelays;

  constructor(connections: ConnectionTable, writer: SegmentWriter, delays: TcpDelays) {
    this.#connections = connections;
    this.#writer = writer;
    this.#delays = delays;
  }

  open(conversation: TcpConversation): void {
    const connections = this.#connections;
    if (connections.phase(conversation) !== Phase.PLANNED)
      throw new WirewrightError("BAD_ORDER", "A conversation is opened twice.");
    connections.setPhase(conversation, Phase.OPENING);
    this.#emit(clientOf(conversation), SYN, 0);
  }

  close(side: number, isFollowed: boolean): void {
    const connections = this.#connections;
    const conversation = conversationOf(side);
    const isClosed = connections.isFinished(side) || connections.phase(conversation) === Phase.CLOSED;
    if (isClosed || connections.hasQueuedFin(side)) return;
    connections.setFollowed(side, isFollowed);
    this.#enqueue({ side, payload: undefined, time: this.now, next: undefined });
    this.#pump(conversation);
  }

  /** @param payload holds the message, from `start` to `end` */
  send(side: number, payload: Uint8Array, start: number, end: number): void {
    const connections = this.#connections;
    // The usual case, kept apart because it needs no queue: a message of one segment, and nothing in its way.
    if (connections.isClearFor(side, end - start, MOST_IN_FLIGHT)) {
      return this.#emitData(side, payload, start, end, true);
    }
    const conversation = conversationOf(side);
    if (connections.isFinished(side) || connections.phase(conversation) === Phase.CLOSED) {
      throw new WirewrightError("BAD_ORDER", "A side that has closed its connection cannot send any more.");
    }
    const message = start === 0 && end === payload.length ? payload : payload.subarray(start, end);
    this.#enqueue({ side, payload: message, time: this.now, next: undefined });
    this.#pump(conversation);
  }

  reset(side: number): void {
    const connections = this.#connections;
    const conversation = conversationOf(side);
    const phase = connections.phase(conversation);
    if (phase === Phase.CLOSED) return;
    if (phase === Phase.PLANNED) {
      throw new WirewrightError("BAD_ORDER", "A conversation that was never opened cannot be reset.");
    }
    connections.clearBacklog(conversation);
    connections.acknowledgeAll(side);
    this.#emit(side, RST | ACK, 0);
    connections.setPhase(conversation, Phase.CLOSED);
  }

  takePaced(): void {
    const conversation = this.paced.numbers[this.paced.at + SUBJECT] as TcpConversation;
    this.paced.shift();
    // An entry that something else has overtaken no longer carries the time that the conversation waits for.
    if (this.#connections.backlog(conversation)?.pacedUntil === this.now) this.#pump(conversation);
    this.#connections.release(conversation);
  }

  /** The oldest frame of a pipe reaches its end. */
  takeArrival(atServer: boolean): void {
    const pipe = atServer ? this.toServer : this.toClient;
    const { numbers, at } = pipe;
    const conversation = numbers[at + SUBJECT] as TcpConversation;
    const flags = numbers[at + CODE]!;
    const sequence = numbers[at + FIRST]!;
    const acknowledgment = numbers[at + SECOND]!;
    pipe.shift();
    const side = atServer ? serverOf(conversation) : clientOf(conversation);
    const phase = this.#connections.phase(conversation);
    if (phase !== Phase.CLOSED) this.#arrive(conversation, side, phase, flags, sequence, acknowledgment);
    this.#connections.release(conversation);
  }

  #arrive(
    conversation: TcpConversation,
    side: number,
    phase: Phase,
    flags: number,
    sequence: SequenceNumber,
    acknowledgment: SequenceNumber,
  ): void {
    const connections = this.#connections;
    const { words } = connections;
    const at = SIDE_WORDS * side;
    if ((flags & ACK) !== 0 && isBefore(words[at + SND_UNA]!, acknowledgment)) words[at + SND_UNA] = acknowledgment;
    if (isBefore(words[at + RCV_NXT]!, sequence)) {
      words[at + RCV_NXT] = sequence;
      words[at + UNANSWERED]!++;
    }
    if ((flags & SYN) !== 0) return this.#answerSyn(conversation, side);
    if (phase === Phase.OPEN_AT_CLIENT && isServer(side)) connections.setPhase(conversation, Phase.OPEN);
    // Data that can leave now takes the acknowledgement along.
    const backlog = connections.backlog(conversation);
    if (backlog !== undefined && backlog.pacedUntil < this.now) this.#pump(conversation);
    const isOwed = isBefore(words[at + ACKNOWLEDGED]!, sequence);
    if (isOwed && ((flags & (PSH | FIN)) !== 0 || this.#hasWaitedLongEnough(side))) {
      connections.acknowledgeReceived(side);
      this.#emit(side, ACK, 0);
    }
    if ((flags & FIN) !== 0) this.#answerFin(conversation, side);
  }

  /** Whether there are so many segments to acknowledge that it cannot be put off any more. */
  #hasWaitedLongEnough(side: number): boolean {
    const { words } = this.#connections;
    const most = segmentsPerAcknowledgment(this.#connections.maximumSegmentSize(side));
    return words[SIDE_WORDS * side + UNANSWERED]! >= most;
  }

  #answerSyn(conversation: TcpConversation, side: number): void {
    const connections = this.#connections;
    connections.acknowledgeReceived(side);
    if (isServer(side)) return this.#emit(side, SYN | ACK, 0);
    this.#emit(side, ACK, 0);
    connections.setPhase(conversation, Phase.OPEN_AT_CLIENT);
    this.#pump(conversation);
  }

  /** The side that learns of the other's FIN has nothing more to wait for: it closes too, a moment later. */
  #answerFin(conversation: TcpConversation, side: number): void {
    const connections = this.#connections;
    const peer = peerOf(side);
    if (connections.isFinished(side)) {
      const isOver = connections.isFinished(peer) && connections.bytesInFlight(side) === 0;
      if (isOver) connections.setPhase(conversation, Phase.CLOSED);
      return;
    }
    if (!connections.isFollowed(peer) || connections.hasQueuedFin(side)) return;
    const fin = { side, payload: undefined, time: this.now + this.#delays.segmentGap, next: undefined };
    const backlog = this.#enqueue(fin);
    if (backlog.first === fin) this.#pace(conversation, backlog);
  }

  #enqueue(outgoing: Outgoing): Backlog {
    const connections = this.#connections;
    const { side, payload } = outgoing;
    const conversation = conversationOf(side);
    let backlog = connections.backlog(conversation);
    if (backlog === undefined) {
      backlog = new Backlog(outgoing);
      connections.setBacklog(conversation, backlog);
    } else if (payload !== undefined && connections.hasQueuedFin(side)) {
      backlog.pushBeforeFin(outgoing);
    } else {
      backlog.push(outgoing);
    }
    if (payload === undefined) connections.queueFin(side);
    return backlog;
  }

  /** Takes away the first of what waits: it was sent. */
  #dequeue(conversation: TcpConversation, backlog: Backlog): void {
    if (!backlog.shift()) this.#connections.clearBacklog(conversation);
  }

  #pace(conversation: TcpConversation, backlog: Backlog): void {
    backlog.pacedUntil = this.now + this.#delays.segmentGap;
    this.#connections.retain(conversation);
    this.paced.push(backlog.pacedUntil, conversation, 0, 0, 0);
  }

  /**
   * Sends what the queue holds, as far as handshake, order and window allow. What stops it here is always something
   * that is on its way through the network, and whose arrival calls this again.
   */
  #pump(conversation: TcpConversation): void {
    const connections = this.#connections;
    for (;;) {
      const backlog = connections.backlog(conversation);
      if (backlog === undefined) return;
      const { first } = backlog;
      if (!this.#mayBegin(conversation, backlog)) return;
      if (first.payload === undefined) {
        this.#dequeue(conversation, backlog);
        this.#emitFin(first.side);
      } else {
        const outcome = this.#sendSegment(conversation, backlog, first, first.payload);
        if (outcome === Outcome.THROUGH) this.#dequeue(conversation, backlog);
        else if (outcome === Outcome.BLOCKED || first.next === undefined) return;
      }
    }
  }

  #mayBegin(conversation: TcpConversation, { first, sentOfFirst }: Backlog): boolean {
    const connections = this.#connections;
    const phase = connections.phase(conversation);
    if (phase < Phase.OPEN_AT_CLIENT) return false;
    if (sentOfFirst > 0 || first.time === this.now) return true;
    // What comes late is not tied to its time any more, so it can wait for what its sender would have waited for:
    // everything that the other side has sent, and, for the server, the end of the handshake.
    const { side } = first;
    const hasReceivedAll = connections.received(side) === connections.nextSequence(peerOf(side));
    return hasReceivedAll && (!isServer(side) || phase === Phase.OPEN);
  }

  /** Sends the next segment of a message if the window has room for it. */
  #sendSegment(conversation: TcpConversation, backlog: Backlog, first: Outgoing, payload: Uint8Array): Outcome {
    const connections = this.#connections;
    const { side, time, next } = first;
    const start = backlog.sentOfFirst;
    const length = Math.min(connections.maximumSegmentSize(side), payload.length - start);
    if (connections.bytesInFlight(side) + length > MOST_IN_FLIGHT) return Outcome.BLOCKED;
    if (start === 0 && time < this.now) connections.tallies[conversation]!.delayedMessages++;
    backlog.sentOfFirst = start + length;
    const isLast = backlog.sentOfFirst === payload.length;
    this.#emitData(side, payload, start, start + length, isLast);
    if (isLast) return Outcome.THROUGH;
    // Nothing waits behind this message, so its segments can keep their distance.
    if (next === undefined) this.#pace(conversation, backlog);
    return Outcome.UNDER_WAY;
  }

  #emitData(side: number, payload: Uint8Array, start: number, end: number, isLast: boolean): void {
    this.#connections.acknowledgeAll(side);
    this.#emit(side, isLast ? PSH | ACK : ACK, end - start, payload, start);
  }

  #emitFin(side: number): void {
    this.#connections.acknowledgeAll(side);
    this.#connections.finish(side);
    this.#emit(side, FIN | ACK, 0);
  }

  /** Every frame passes here: onto the wire, and into the pipe to the other side. */
  #emit(side: number, flags: number, length: number, payload?: Uint8Array, start = 0): void {
    this.#write(side, flags, length, payload, start);
    const connections = this.#connections;
    const { words } = connections;
    const { roundTripTime, reactionTime } = this.#delays;
    const conversation = conversationOf(side);
    const pipe = isServer(side) ? this.toClient : this.toServer;
    const delay = isServer(side) ? reactionTime : roundTripTime;
    connections.retain(conversation);
    const at = SIDE_WORDS * side;
    pipe.push(this.now + delay, conversation, flags, words[at + SND_NXT]!, words[at + ACKNOWLEDGED]!);
  }

  /**
   * A segment as somebody else has decided it: its flags are kept, and numbers follow from what was sent before. Nobody
   * answers it.
   *
   * @param numbersAgain how many sequence numbers that the side has sent already it begins with
   */
  sendAsGiven(side: number, flags: number, payload: Uint8Array | undefined, numbersAgain: number): void {
    const connections = this.#connections;
    const conversation = conversationOf(side);
    this.#sendAllThatWaits(conversation);
    const next = connections.nextSequence(side);
    if (numbersAgain > 0) connections.stepBack(side, numbersAgain);
    if ((flags & ACK) !== 0) connections.acknowledgeAll(side);
    this.#write(side, flags, payload?.length ?? 0, payload, 0);
    if (numbersAgain > 0) connections.goOn(side, next);
    if ((flags & FIN) !== 0) connections.finish(side);
    if ((flags & RST) !== 0) connections.setPhase(conversation, Phase.CLOSED);
    else if (connections.phase(conversation) < Phase.OPEN) connections.setPhase(conversation, Phase.OPEN);
  }

  /** What waits is still sent; what is on its way is not answered. */
  abandon(conversation: TcpConversation): void {
    this.#sendAllThatWaits(conversation);
    this.#connections.setPhase(conversation, Phase.CLOSED);
  }

  /** Whoever decides about single segments has stopped caring about windows. */
  #sendAllThatWaits(conversation: TcpConversation): void {
    const connections = this.#connections;
    const step = connections.maximumSegmentSize(clientOf(conversation));
    for (;;) {
      const backlog = connections.backlog(conversation);
      if (backlog === undefined) return;
      const { side, payload } = backlog.first;
      if (payload === undefined) {
        this.#emitFin(side);
      } else {
        for (let start = backlog.sentOfFirst; start < payload.length; start += step) {
          const end = Math.min(start + step, payload.length);
          this.#emitData(side, payload, start, end, end === payload.length);
        }
      }
      this.#dequeue(conversation, backlog);
    }
  }

  #write(side: number, flags: number, length: number, payload: Uint8Array | undefined, start: number): void {
    const connections = this.#connections;
    this.#writer.write(this.now, side, flags, payload, start, start + length);
    const tally = connections.tallies[conversationOf(side)]!;
    tally.packets++;
    tally.payloadBytes += length;
    const { words } = connections;
    const at = SIDE_WORDS * side;
    words[at + UNANSWERED] = 0;
    words[at + SND_NXT] = addSequence(words[at + SND_NXT]!, length + markersOf(flags));
  }
}

/** With room for few segments, a sender could wait for ever for the acknowledgement of an odd one. */
function segmentsPerAcknowledgment(maximumSegmentSize: number): number {
  return maximumSegmentSize * 2 * SEGMENTS_PER_ACKNOWLEDGMENT > MOST_IN_FLIGHT ? 1 : SEGMENTS_PER_ACKNOWLEDGMENT;
}

/**
 * Many TCP conversations on one wire, in time order.
 *
 * A discrete simulation. The tap stands at the client: a frame is stamped when it passes there. What passes towards the
 * server is answered there one round trip later; what passes towards the client is answered after the client's short
 * reaction time. So the network is two pipes, each of constant delay, and both ends are small TCP state machines
 * (RFC 9293, section 3.10) that act when a frame comes out of a pipe, when the application wants something, or when the
 * next segment of a long message is due.
 */
import type { FrameSink } from "../frame-sink.ts";
import { WirewrightError } from "../headers/errors.ts";
import { addSequence, isBefore } from "../headers/sequence.ts";
import { TcpFlag } from "../headers/tcp.ts";
import { type Outgoing, Phase, Tally, TcpConversation, TcpSide } from "./conversation.ts";
import { SeededRandom } from "./random.ts";
import { SegmentWriter } from "./segment-writer.ts";
import {
  LARGEST_MSS,
  MOST_IN_FLIGHT,
  SEGMENTS_PER_ACKNOWLEDGMENT,
  type SideName,
  type Socket,
  SYN_WINDOW,
  type TimelineOptions,
  WINDOW,
  WINDOW_SCALE,
} from "./tcp-parameters.ts";
import { TimedQueue } from "./timed-queue.ts";

const Action = { SEND: 0, CLOSE: 1, CLOSE_ALONE: 2, RESET: 3 } as const;
/** In the code of an event of the application: the lowest bit says that the server acts. */
const BY_SERVER = 1;

/** What became of a message when its next segment was to be sent. */
const Outcome = { BLOCKED: 0, UNDER_WAY: 1, THROUGH: 2 } as const;
type Outcome = (typeof Outcome)[keyof typeof Outcome];

export class Timeline {
  readonly ticksPerSecond: number;
  readonly roundTripTime: number;
  /** Ticks that a client takes to answer what reaches it: 50 microseconds. */
  readonly reactionTime: number;
  /** Ticks between the segments of one message: 10 microseconds, about what a gigabit takes for a full one. */
  readonly segmentGap: number;
  /** Frames and payload bytes written so far. */
  packets = 0;
  payloadBytes = 0;
  /** The time of the event handled last, in ticks. */
  now = Number.NEGATIVE_INFINITY;

  readonly #sink: FrameSink;
  readonly #writer: SegmentWriter;
  readonly #random: SeededRandom;
  readonly #mss: number;
  readonly #segmentsPerAcknowledgment: number;

  // Asked for by the application. Openings have a queue of their own, because they are asked for in advance.
  readonly #openings = new TimedQueue();
  readonly #actions = new TimedQueue();
  // On their way through the network.
  readonly #toServer = new TimedQueue();
  readonly #toClient = new TimedQueue();
  // Conversations with a segment or a FIN due.
  readonly #paced = new TimedQueue();

  constructor(sink: FrameSink, options: TimelineOptions) {
    const mss = options.maximumSegmentSize ?? 1460;
    if (!Number.isInteger(mss) || mss < 1 || mss > LARGEST_MSS) {
      throw new WirewrightError(
        "BAD_OPTION",
        `A maximum segment size of ${mss} is not possible; give 1 to ${LARGEST_MSS}.`,
      );
    }
    this.#sink = sink;
    this.#random = options.random ?? new SeededRandom(1);
    this.#mss = mss;
    // With room for few segments, a sender could wait for ever for the acknowledgement of an odd one.
    this.#segmentsPerAcknowledgment =
      mss * 2 * SEGMENTS_PER_ACKNOWLEDGMENT > MOST_IN_FLIGHT ? 1 : SEGMENTS_PER_ACKNOWLEDGMENT;
    this.ticksPerSecond = options.ticksPerSecond;
    this.roundTripTime = options.roundTripTime ?? options.ticksPerSecond / 1000;
    this.reactionTime = (options.ticksPerSecond / 1_000_000) * 50;
    this.segmentGap = (options.ticksPerSecond / 1_000_000) * 10;
    this.#writer = new SegmentWriter(sink, {
      link: options.link ?? "ethernet",
      timeToLive: options.timeToLive ?? 64,
      window: WINDOW,
      synWindow: SYN_WINDOW,
      synOptions: [
        { kind: "mss", value: mss },
        { kind: "nop" },
        { kind: "nop" },
        { kind: "sackPermitted" },
        { kind: "nop" },
        { kind: "windowScale", shift: WINDOW_SCALE },
      ],
    });
  }

  /** Ticks from a SYN to the moment when both sides know of the connection, and a little more. */
  get handshakeTime(): number {
    return 2 * this.roundTripTime + 2 * this.reactionTime;
  }

  /** Prepares a conversation and draws its initial sequence numbers. Nothing is sent before `open`. */
  connect(client: Socket, server: Socket, tally = new Tally()): TcpConversation {
    return new TcpConversation(
      new TcpSide(client.host, client.port, this.#random.next()),
      new TcpSide(server.host, server.port, this.#random.next()),
      tally,
    );
  }

  /** The client sends its SYN at `time`. */
  open(conversation: TcpConversation, time: number): void {
    this.#openings.push(this.#checked(time), conversation, 0, 0, 0, undefined);
  }

  /**
   * The application of one side hands over a message at `time`. Its first segment leaves at that time, or as soon as
   * the handshake is done, the messages before it have gone and the other side's window has room. A message without
   * bytes sends nothing.
   */
  send(conversation: TcpConversation, side: SideName, time: number, payload: Uint8Array): void {
    conversation.tally.messages++;
    if (payload.length === 0) return;
    this.#act(Action.SEND, conversation, side, time, payload);
  }

  /**
   * One side closes at `time`, or when what it still has to send has gone. The other side `follows` as soon as it learns
   * of it, or `stays` and can go on sending until it is closed itself. To close a closed side again changes nothing.
   */
  close(conversation: TcpConversation, side: SideName, time: number, otherSide: "follows" | "stays" = "follows"): void {
    this.#act(otherSide === "follows" ? Action.CLOSE : Action.CLOSE_ALONE, conversation, side, time);
  }

  /** One side breaks the connection off at `time` with an RST; what waits is never sent. */
  reset(conversation: TcpConversation, side: SideName, time: number): void {
    this.#act(Action.RESET, conversation, side, time);
  }

  /**
   * Writes every frame that is due before `until`. Whoever drives the timeline may ask for nothing earlier afterwards.
   *
   * @returns false when it stopped early because the sink is full: empty the sink and call again
   */
  advance(until: number): boolean {
    for (;;) {
      if (this.#sink.isFull) return false;
      const opening = this.#openings.nextTime;
      const action = this.#actions.nextTime;
      const paced = this.#paced.nextTime;
      const atClient = this.#toClient.nextTime;
      const atServer = this.#toServer.nextTime;
      const time = Math.min(opening, action, paced, atClient, atServer);
      if (time >= until) return true;
      this.now = time;
      // At one and the same time the application comes first, so that an acknowledgement due now can ride on its data.
      if (opening === time) this.#takeOpening();
      else if (action === time) this.#takeAction();
      else if (paced === time) this.#takePaced();
      else if (atClient === time) this.#takeArrival(this.#toClient, false);
      else this.#takeArrival(this.#toServer, true);
    }
  }

  #act(action: number, conversation: TcpConversation, side: SideName, time: number, payload?: Uint8Array): void {
    const code = (action << 1) | (side === "server" ? BY_SERVER : 0);
    this.#actions.push(this.#checked(time), conversation, code, 0, 0, payload);
  }

  #checked(time: number): number {
    if (time >= this.now) return time;
    throw new WirewrightError(
      "BAD_ORDER",
      `An event at tick ${time} comes too late: the capture has reached tick ${this.now}.`,
    );
  }

  #takeOpening(): void {
    const conversation = this.#openings.conversation;
    this.#openings.shift();
    if (conversation.phase !== Phase.PLANNED) throw new WirewrightError("BAD_ORDER", "A conversation is opened twice.");
    conversation.phase = Phase.OPENING;
    this.#emit(conversation, conversation.client, TcpFlag.SYN, 0);
  }

  #takeAction(): void {
    const { conversation, code, payload } = this.#actions;
    this.#actions.shift();
    const side = (code & BY_SERVER) === 0 ? conversation.client : conversation.server;
    if (payload !== undefined) return this.#sendNow(conversation, side, payload);
    if (code >> 1 === Action.RESET) return this.#resetNow(conversation, side);
    if (side.isFinished || conversation.phase === Phase.CLOSED || side.hasQueuedFin) return;
    side.isFollowed = code >> 1 === Action.CLOSE;
    conversation.enqueue({ side, payload: undefined, time: this.now, next: undefined });
    this.#pump(conversation);
  }

  #sendNow(conversation: TcpConversation, side: TcpSide, payload: Uint8Array): void {
    if (side.isFinished || conversation.phase === Phase.CLOSED) {
      throw new WirewrightError("BAD_ORDER", "A side that has closed its connection cannot send any more.");
    }
    if (this.#canSendAtOnce(conversation, side, payload.length)) {
      return this.#emitData(conversation, side, payload, 0, payload.length);
    }
    conversation.enqueue({ side, payload, time: this.now, next: undefined });
    this.#pump(conversation);
  }

  /** The usual case, kept apart because it needs no queue: a message of one segment, and nothing in its way. */
  #canSendAtOnce(conversation: TcpConversation, side: TcpSide, length: number): boolean {
    return (
      length <= this.#mss &&
      conversation.first === undefined &&
      conversation.phase >= Phase.OPEN_AT_CLIENT &&
      side.bytesInFlight + length <= MOST_IN_FLIGHT
    );
  }

  #resetNow(conversation: TcpConversation, side: TcpSide): void {
    if (conversation.phase === Phase.CLOSED) return;
    if (conversation.phase === Phase.PLANNED) {
      throw new WirewrightError("BAD_ORDER", "A conversation that was never opened cannot be reset.");
    }
    conversation.first = conversation.last = undefined;
    side.acknowledged = side.peer.nextSequence;
    this.#emit(conversation, side, TcpFlag.RST | TcpFlag.ACK, 0);
    conversation.phase = Phase.CLOSED;
  }

  #takePaced(): void {
    const conversation = this.#paced.conversation;
    this.#paced.shift();
    // An entry that something else has overtaken no longer carries the time that the conversation waits for.
    if (conversation.pacedUntil === this.now) this.#pump(conversation);
  }

  #takeArrival(pipe: TimedQueue, atServer: boolean): void {
    const { conversation, code: flags, sequence, acknowledgment } = pipe;
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
      (flags & (TcpFlag.PSH | TcpFlag.FIN)) !== 0 || side.unansweredSegments >= this.#segmentsPerAcknowledgment;
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
    conversation.enqueue({ side, payload: undefined, time: this.now + this.segmentGap, next: undefined });
    if (conversation.first!.next === undefined) this.#pace(conversation);
  }

  #pace(conversation: TcpConversation): void {
    conversation.pacedUntil = this.now + this.segmentGap;
    this.#paced.push(conversation.pacedUntil, conversation, 0, 0, 0, undefined);
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
    const length = Math.min(this.#mss, payload.length - start);
    if (side.bytesInFlight + length > MOST_IN_FLIGHT) return Outcome.BLOCKED;
    if (start === 0 && time < this.now) conversation.tally.delayedMessages++;
    this.#emitData(conversation, side, payload, start, start + length);
    conversation.sentOfFirst = start + length;
    if (conversation.sentOfFirst === payload.length) return Outcome.THROUGH;
    // Nothing waits behind this message, so its segments can keep their distance.
    if (conversation.first!.next === undefined) this.#pace(conversation);
    return Outcome.UNDER_WAY;
  }

  #emitData(conversation: TcpConversation, side: TcpSide, payload: Uint8Array, start: number, end: number): void {
    side.acknowledged = side.peer.nextSequence;
    const flags = end === payload.length ? TcpFlag.PSH | TcpFlag.ACK : TcpFlag.ACK;
    this.payloadBytes += end - start;
    conversation.tally.payloadBytes += end - start;
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
    this.#writer.write(this.now, side, flags, payload, start, start + length);
    this.packets++;
    conversation.tally.packets++;
    side.unansweredSegments = 0;
    const taken = (flags & (TcpFlag.SYN | TcpFlag.FIN)) === 0 ? length : length + 1;
    if (taken > 0) side.nextSequence = addSequence(side.nextSequence, taken);
    if (side === conversation.client) {
      this.#toServer.push(
        this.now + this.roundTripTime,
        conversation,
        flags,
        side.nextSequence,
        side.acknowledged,
        undefined,
      );
    } else {
      this.#toClient.push(
        this.now + this.reactionTime,
        conversation,
        flags,
        side.nextSequence,
        side.acknowledged,
        undefined,
      );
    }
  }
}

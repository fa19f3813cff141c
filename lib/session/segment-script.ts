/**
 * A connection that its input tells segment by segment: rows that say SYN, ACK or FIN, and data between them. Each row
 * is sent at its own time. Unless the table is to stand as it is, what no row says is added: a handshake, the
 * acknowledgement of data, the rest of a close (RFC 9293, section 3.5).
 */
import { TcpFlag } from "../headers/tcp.ts";
import type { TcpConversation } from "./conversation.ts";
import type { CloseKind } from "./message-player.ts";
import type { SideName } from "./tcp-parameters.ts";
import type { Timeline } from "./timeline.ts";

const { SYN, ACK, FIN, RST, PSH } = TcpFlag;

/** One row. */
export interface ScriptedSegment {
  readonly side: SideName;
  /** Ticks. */
  readonly time: number;
  /** TCP flags as given, 0 to 0x1ff; absent for data whose row says nothing of flags. */
  readonly flags: number | undefined;
  readonly payload: Uint8Array | undefined;
}

const HALF_A_WINDOW = 32_768;

const otherSide = (side: SideName): SideName => (side === "client" ? "server" : "client");

export class SegmentScript {
  readonly tcp: TcpConversation;
  readonly #timeline: Timeline;
  readonly #isCompleted: boolean;
  readonly #closes: boolean;
  /** Which of the three steps of the handshake were sent. */
  #handshake: 0 | 1 | 2 | 3;
  /** The sides that have sent something that the other has not acknowledged. */
  readonly #isOwed = { client: false, server: false };
  readonly #isFinished = { client: false, server: false };
  #isReset = false;

  /**
   * @param isCompleted whether what is missing is to be added
   * @param closes whether a close that was begun is brought to its end
   * @param isOpen whether the handshake was sent already
   */
  constructor(timeline: Timeline, tcp: TcpConversation, isCompleted: boolean, closes: boolean, isOpen: boolean) {
    this.#timeline = timeline;
    this.tcp = tcp;
    this.#isCompleted = isCompleted;
    this.#closes = closes;
    this.#handshake = isOpen ? 3 : 0;
  }

  /** Both sides have closed, or one has reset: what comes now belongs to another connection. */
  get isOver(): boolean {
    return this.#isReset || (this.#isFinished.client && this.#isFinished.server);
  }

  /** The connection has begun, so that another SYN begins a new one. */
  get hasBegun(): boolean {
    return this.#handshake > 0;
  }

  /** @param next the row of this connection that comes after, if it is known */
  play(segment: ScriptedSegment, next: ScriptedSegment | undefined): void {
    const { side, time, payload } = segment;
    const flags = segment.flags ?? (payload === undefined ? ACK : PSH | ACK);
    if (!this.#isCompleted) {
      this.#handshake = 3;
      this.#note(side, flags, payload);
      return this.#timeline.sendAsGiven(this.tcp, side, time, flags, payload);
    }
    this.#openFor(side, time, flags);
    if (flags === ACK && payload === undefined) return this.#acknowledge(side, time);
    this.#send(side, time, flags, payload);
    this.#answer(segment, flags, next);
  }

  /** What a handshake still lacks is put just before the row that needs it. */
  #openFor(side: SideName, time: number, flags: number): void {
    if (this.#handshake === 3 || (flags & RST) !== 0) return;
    const { roundTripTime, reactionTime, now } = this.#timeline;
    const before = (ticks: number) => Math.max(time - ticks, now);
    const isSynAck = side === "server" && (flags & SYN) !== 0;
    const isLastStep = side === "client" && flags === ACK;
    if (this.#handshake === 0 && (flags & SYN) === 0) {
      this.#send("client", before(roundTripTime + 2 * reactionTime), SYN, undefined);
    } else if (this.#handshake === 0 && isSynAck) {
      this.#send("client", before(roundTripTime), SYN, undefined);
    }
    if ((flags & SYN) !== 0) return;
    if (this.#handshake === 1) this.#send("server", before(2 * reactionTime), SYN | ACK, undefined);
    if (!isLastStep) this.#acknowledge("client", before(reactionTime));
  }

  /** An acknowledgement that acknowledges nothing new would be a duplicate, so it is left out. */
  #acknowledge(side: SideName, time: number): void {
    if (this.#isOwed[otherSide(side)]) this.#send(side, time, ACK, undefined);
  }

  #send(side: SideName, time: number, flags: number, payload: Uint8Array | undefined): void {
    // Only the first SYN goes without an acknowledgement (RFC 9293, section 3.1).
    const complete = (flags & SYN) !== 0 && side === "client" ? flags : flags | ACK;
    this.#note(side, complete, payload);
    if (payload === undefined || payload.length <= this.tcp.maximumSegmentSize) {
      return this.#timeline.sendAsGiven(this.tcp, side, time, complete, payload);
    }
    this.#sendInPieces(side, time, complete, payload);
  }

  /** The other side acknowledges often enough for its window never to fill. */
  #sendInPieces(side: SideName, time: number, flags: number, payload: Uint8Array): void {
    const step = this.tcp.maximumSegmentSize;
    let inFlight = 0;
    for (let start = 0; start < payload.length; start += step) {
      const isLast = start + step >= payload.length;
      if (inFlight + step > HALF_A_WINDOW && inFlight > 0) {
        this.#timeline.sendAsGiven(this.tcp, otherSide(side), time, ACK, undefined);
        inFlight = 0;
      }
      const piece = payload.subarray(start, start + step);
      this.#timeline.sendAsGiven(this.tcp, side, time, isLast ? flags : flags & ~(PSH | FIN), piece);
      inFlight += piece.length;
    }
  }

  #note(side: SideName, flags: number, payload: Uint8Array | undefined): void {
    if ((flags & RST) !== 0) this.#isReset = true;
    if ((flags & FIN) !== 0) this.#isFinished[side] = true;
    if ((flags & ACK) !== 0) this.#isOwed[otherSide(side)] = false;
    if ((flags & (SYN | FIN)) !== 0 || (payload?.length ?? 0) > 0) this.#isOwed[side] = true;
    if ((flags & SYN) !== 0) this.#handshake = (flags & ACK) === 0 ? 1 : 2;
    else if (this.#handshake === 2 && side === "client") this.#handshake = 3;
  }

  /** What the other side would send of itself, unless the next row says it. */
  #answer({ side, time }: ScriptedSegment, flags: number, next: ScriptedSegment | undefined): void {
    if ((flags & RST) !== 0) return;
    const { roundTripTime, reactionTime } = this.#timeline;
    const delay = side === "client" ? roundTripTime : reactionTime;
    const due = next === undefined ? time + delay : Math.min(time + delay, next.time);
    const answerer = otherSide(side);
    const isAnsweredByNext = next?.side === answerer && (isControl(next) || next.time <= time + delay);
    if (!isAnsweredByNext && this.#isOwed[side]) this.#answerNow(answerer, due, flags);
    if ((flags & SYN) !== 0 && this.#handshake === 2 && answerer === "server" && !isClientAck(next)) {
      this.#acknowledge("client", next === undefined ? due + reactionTime : Math.min(due + reactionTime, next.time));
    }
    if ((flags & FIN) !== 0 && next === undefined) this.#finishClose(answerer, due);
  }

  #answerNow(answerer: SideName, time: number, flags: number): void {
    if ((flags & SYN) !== 0 && answerer === "server") this.#send("server", time, SYN | ACK, undefined);
    else this.#acknowledge(answerer, time);
  }

  /** The side that was closed upon closes too, and is acknowledged. */
  #finishClose(answerer: SideName, time: number): void {
    if (!this.#closes || this.#isFinished[answerer]) return;
    const { roundTripTime, reactionTime } = this.#timeline;
    this.#send(answerer, time + reactionTime, FIN | ACK, undefined);
    const delay = answerer === "client" ? roundTripTime : reactionTime;
    this.#acknowledge(otherSide(answerer), time + reactionTime + delay);
  }

  /** Closes the connection from the client's side, where no row has begun to. */
  close(time: number, kind: CloseKind): void {
    const hasBegun = this.#isFinished.client || this.#isFinished.server;
    if (this.isOver || hasBegun || !this.#isCompleted || kind === "none" || !this.hasBegun) return;
    const flags = kind === "rst" ? RST | ACK : FIN | ACK;
    this.play({ side: "client", time, flags, payload: undefined }, undefined);
  }
}

/** A row about the connection itself, and not about data. */
function isControl(segment: ScriptedSegment): boolean {
  return segment.flags !== undefined && (segment.payload?.length ?? 0) === 0;
}

function isClientAck(segment: ScriptedSegment | undefined): boolean {
  return segment?.side === "client" && segment.flags === ACK;
}

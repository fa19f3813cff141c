/**
 * A connection that its input tells segment by segment: rows that say SYN, ACK or FIN, and data between them. Each row
 * is sent at its own time. Unless the table is to stand as it is, what no row says is added: a handshake, the
 * acknowledgement of data, the rest of a close (RFC 9293, section 3.5).
 */
import { markersOf, TcpFlag } from "../headers/tcp-fields.ts";
import type { SideName, TcpConversation } from "./conversation.ts";
import type { CloseKind } from "./message-player.ts";
import type { Session } from "./session.ts";

const { SYN, ACK, FIN, RST, PSH } = TcpFlag;

/** One segment, as a row of the input tells it. */
export interface ScriptedSegment {
  /** Who sends it. */
  readonly side: SideName;
  /** Ticks. */
  readonly time: number;
  /** TCP flags as given, 0 to 0x1ff; absent for data whose row says nothing of flags. */
  readonly flags: number | undefined;
  /** Its data, possibly none. */
  readonly payload: Uint8Array | undefined;
  /** Whether the payload only stands for bytes that the input does not tell. */
  readonly isFiller?: boolean | undefined;
}

/**
 * No TCP sends anything again sooner: the shortest time-out that systems use, in parts of a second (RFC 6298, section 2.4
 * asks for a whole one). A receiver acknowledges within half a second at the most (RFC 9293, section 3.8.6.3).
 */
const SHORTEST_TIMEOUT = 5;

const HALF_A_WINDOW = 32_768;

/** Sequence numbers are compared by the shorter way round, so nothing that lies further back is sent again. */
const FARTHEST_BACK = 2 ** 31;

const otherSide = (side: SideName): SideName => (side === "client" ? "server" : "client");

/** What one side has sent, in a table that stands as it is and has no sequence numbers. */
class SentBySide {
  /** Its latest segment, while the other side has said nothing since. */
  unanswered: ScriptedSegment | undefined;
  /** Sequence numbers from its SYN to the next new one, or 0 before there was one ... */
  sinceSyn = 0;
  /** ... and from its FIN. */
  sinceFin = 0;
  /** The data beside its SYN, or beside its FIN where that came later. */
  beside: Uint8Array | undefined;

  /** @param again how many of its numbers had been sent before */
  note(flags: number, payload: Uint8Array | undefined, again: number): void {
    const isSyn = (flags & SYN) !== 0;
    const isFin = (flags & FIN) !== 0;
    if (isFin ? this.sinceFin === 0 : isSyn && this.sinceSyn === 0) this.beside = payload;
    const grown = Math.max(0, (payload?.length ?? 0) + markersOf(flags) - again);
    if (isSyn || this.sinceSyn > 0) this.sinceSyn += grown;
    // A SYN is the first number of its segment, a FIN the last.
    if (this.sinceFin > 0) this.sinceFin += grown;
    else if (isFin) this.sinceFin = 1;
  }
}

/** Sends a connection whose input tells it segment by segment, in the order of their times. */
export class SegmentScript {
  /** The conversation that the segments belong to. */
  readonly tcp: TcpConversation;
  readonly #session: Session;
  readonly #isCompleted: boolean;
  readonly #closes: boolean;
  /** Which of the three steps of the handshake were sent. */
  #handshake: 0 | 1 | 2 | 3;
  /** The sides that have sent something that the other has not acknowledged. */
  readonly #isOwed = { client: false, server: false };
  readonly #isFinished = { client: false, server: false };
  #isReset = false;
  readonly #sent = { client: new SentBySide(), server: new SentBySide() };
  /** Whether there was an acknowledgement without data, so that the table is one that lists them. */
  #listsAcknowledgments = false;
  /** Segments with data that were taken for retransmissions. */
  repeatedSegments = 0;
  /** When the latest segment is sent: what follows is not sent before it. */
  #latest: number;

  /**
   * Nothing happens before `play`.
   *
   * @param isCompleted whether what is missing is to be added, and what repeats a step that was taken to be left out
   * @param closes whether a close that was begun is brought to its end
   * @param isOpen whether the handshake was sent already
   * @param notBefore when the sockets are free: the latest time of what they were used for before
   */
  constructor(
    session: Session,
    tcp: TcpConversation,
    isCompleted: boolean,
    closes: boolean,
    isOpen = false,
    notBefore = Number.NEGATIVE_INFINITY,
  ) {
    this.#session = session;
    this.tcp = tcp;
    this.#isCompleted = isCompleted;
    this.#closes = closes;
    this.#handshake = isOpen ? 3 : 0;
    this.#latest = notBefore;
  }

  /** Whether a segment can only belong to another connection between the same sockets. */
  isOverFor({ side, flags = 0, payload }: ScriptedSegment): boolean {
    const isOver = this.#isReset || (this.#isFinished.client && this.#isFinished.server);
    if (payload !== undefined) return isOver || (this.#isCompleted && this.#isFinished[side]);
    // A SYN is the same one again until the handshake is done; where that is ours, until it was answered.
    return (flags & SYN) !== 0 && (flags & ACK) === 0 && (isOver || this.#handshake > (this.#isCompleted ? 1 : 2));
  }

  /**
   * Sends one row, with what nobody says and that belongs before it.
   *
   * @param next the row of this connection that comes after, if it is known
   * @returns false for a row that is left out, because it repeats what was done or acknowledges nothing new
   */
  play(segment: ScriptedSegment, next: ScriptedSegment | undefined): boolean {
    const { side, time, payload } = segment;
    const flags = segment.flags ?? (payload === undefined ? ACK : PSH | ACK);
    if (!this.#isCompleted) {
      this.#playAsItStands(segment, flags);
      return true;
    }
    if (this.#isRepeated(side, flags, payload)) return false;
    this.#openFor(side, time, flags);
    const isBareAcknowledgment = (flags & (SYN | FIN | RST)) === 0 && payload === undefined;
    const isNews = !isBareAcknowledgment || this.#isOwed[otherSide(side)];
    if (isNews) this.#send(side, time, isBareAcknowledgment ? ACK : flags, payload);
    this.#answer(segment, flags, next);
    return isNews;
  }

  #playAsItStands(segment: ScriptedSegment, flags: number): void {
    const { side, time, payload } = segment;
    const sent = this.#sent[side];
    const before = this.#isDataAgain(segment, sent.unanswered) ? sent.unanswered : undefined;
    const length = payload?.length ?? 0;
    const again = before === undefined ? markersAgain(sent, flags, length) : length + Number((flags & FIN) !== 0);
    if (before !== undefined) this.repeatedSegments++;
    this.#note(side, flags, payload);
    // Where the bytes are ours, they are the same again.
    const isSame = again > 0 && segment.isFiller && sent.beside?.length === length;
    const bytes = before?.payload ?? (isSame ? sent.beside : payload);
    sent.note(flags, bytes, again);
    if ((flags & SYN) === 0) this.#handshake = 3;
    if (flags === ACK && payload === undefined) this.#listsAcknowledgments = true;
    this.#sent[otherSide(side)].unanswered = undefined;
    if (before === undefined) sent.unanswered = segment;
    this.#session.sendAsGiven(this.tcp, side, time, flags, bytes, again);
  }

  /**
   * Data may be new data of the same length, so without sequence numbers it takes all of this to tell a retransmission: the
   * same once more, in a table that lists acknowledgements, none of them since, though one was due, and a time-out that has
   * passed.
   */
  #isDataAgain({ flags = 0, payload, time, isFiller }: ScriptedSegment, before: ScriptedSegment | undefined): boolean {
    if (before?.payload === undefined || payload?.length !== before.payload.length) return false;
    if (flags !== (before.flags ?? 0) || (flags & SYN) !== 0 || !this.#listsAcknowledgments) return false;
    if (time - before.time < this.#session.ticksPerSecond / SHORTEST_TIMEOUT) return false;
    return isFiller === true || payload.every((byte, index) => byte === before.payload![index]);
  }

  /** Whether a step of opening or closing was taken already, by an earlier row or because it was missing. */
  #isRepeated(side: SideName, flags: number, payload: Uint8Array | undefined): boolean {
    if (this.#isReset) return true;
    if (payload !== undefined) return false;
    if ((flags & SYN) !== 0) return this.#handshake >= (side === "client" ? 1 : 2);
    return (flags & FIN) !== 0 && this.#isFinished[side];
  }

  /** What a handshake still lacks is put just before the row that needs it. */
  #openFor(side: SideName, time: number, flags: number): void {
    if (this.#handshake === 3) return;
    const { roundTripTime, reactionTime, now } = this.#session;
    const before = (ticks: number) => Math.max(time - ticks, now);
    const isSynAck = side === "server" && (flags & SYN) !== 0;
    const isLastStep = side === "client" && flags === ACK;
    if (this.#handshake === 0 && (flags & SYN) === 0) {
      this.#send("client", before(roundTripTime + 2 * reactionTime), SYN, undefined);
    } else if (this.#handshake === 0 && isSynAck) {
      this.#send("client", before(roundTripTime), SYN, undefined);
    }
    if ((flags & SYN) !== 0) return;
    // A refused connection is never completed.
    if ((flags & RST) !== 0) return;
    if (this.#handshake === 1) this.#send("server", before(2 * reactionTime), SYN | ACK, undefined);
    if (!isLastStep) this.#acknowledge("client", before(reactionTime));
  }

  /** An acknowledgement that acknowledges nothing new would be a duplicate, so it is left out. */
  #acknowledge(side: SideName, time: number): void {
    if (this.#isOwed[otherSide(side)]) this.#send(side, time, ACK, undefined);
  }

  #send(side: SideName, asked: number, flags: number, payload: Uint8Array | undefined): void {
    const time = Math.max(asked, this.#latest, this.#session.now);
    this.#latest = time;
    // Only the first SYN goes without an acknowledgement (RFC 9293, section 3.1).
    const complete = (flags & SYN) !== 0 && side === "client" ? SYN : flags | ACK;
    this.#note(side, complete, payload);
    if (payload === undefined || payload.length <= this.#longestPiece(complete)) {
      return this.#session.sendAsGiven(this.tcp, side, time, complete, payload);
    }
    this.#sendInPieces(side, time, complete, payload);
  }

  /** The other side acknowledges often enough for its window never to fill. */
  #sendInPieces(side: SideName, time: number, flags: number, payload: Uint8Array): void {
    const step = this.#longestPiece(flags);
    let inFlight = 0;
    for (let start = 0; start < payload.length; start += step) {
      const isLast = start + step >= payload.length;
      if (inFlight + step > HALF_A_WINDOW && inFlight > 0) {
        this.#session.sendAsGiven(this.tcp, otherSide(side), time, ACK, undefined);
        inFlight = 0;
      }
      const piece = this.#session.part(payload, start, start + step);
      // Only the first piece opens the connection, and only the last one closes it.
      const here = start === 0 ? flags : (flags & ~SYN) | ACK;
      this.#session.sendAsGiven(this.tcp, side, time, isLast ? here : here & ~(PSH | FIN), piece);
      inFlight += piece.length;
    }
  }

  /** The options of a SYN take room, too. */
  #longestPiece(flags: number): number {
    return Math.min(this.#session.segmentSizeOf(this.tcp), this.#session.longestSegment(this.tcp, flags));
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
  #answer({ side }: ScriptedSegment, flags: number, next: ScriptedSegment | undefined): void {
    if ((flags & RST) !== 0) return;
    const { roundTripTime, reactionTime } = this.#session;
    const delay = side === "client" ? roundTripTime : reactionTime;
    const due = this.#latest + delay;
    const answerer = otherSide(side);
    const isAnsweredByNext = next?.side === answerer && (isControl(next) || next.time <= due);
    if (!isAnsweredByNext && this.#isOwed[side]) this.#answerNow(answerer, noLaterThan(next, due), flags);
    const isHandshakeOpen = this.#handshake === 2 && answerer === "server" && (flags & SYN) !== 0;
    if (isHandshakeOpen && !isClientAck(next)) {
      this.#acknowledge("client", noLaterThan(next, this.#latest + reactionTime));
    }
    if (next === undefined) this.#finishClose();
  }

  #answerNow(answerer: SideName, time: number, flags: number): void {
    if ((flags & SYN) !== 0 && answerer === "server") this.#send("server", time, SYN | ACK, undefined);
    else this.#acknowledge(answerer, time);
  }

  /** Where one side has closed, the other does so too, and is acknowledged. */
  #finishClose(latest = Number.POSITIVE_INFINITY): void {
    const { client, server } = this.#isFinished;
    if (!this.#closes || this.#isReset || client === server) return;
    const { roundTripTime, reactionTime } = this.#session;
    const answerer = client ? "server" : "client";
    const at = (delay: number) => Math.min(this.#latest + delay, latest);
    this.#acknowledge(answerer, at(client ? roundTripTime : reactionTime));
    this.#send(answerer, at(reactionTime), FIN | ACK, undefined);
    this.#acknowledge(otherSide(answerer), at(answerer === "client" ? roundTripTime : reactionTime));
  }

  /**
   * Brings a close that was begun to its end before another connection takes the sockets at `time`.
   *
   * @returns when the sockets are free
   */
  makeWay(time: number): number {
    if (this.#isCompleted) this.#finishClose(time);
    return this.#latest;
  }

  /** Ends the connection at the end of everything: from the client's side, where no row has begun to. */
  close(time: number, kind: CloseKind): void {
    if (!this.#isCompleted || kind === "none" || this.#handshake === 0 || this.#isReset) return;
    const { client, server } = this.#isFinished;
    if (client || server) {
      this.#latest = Math.max(this.#latest, time);
      return this.#finishClose();
    }
    this.play({ side: "client", time, flags: kind === "rst" ? RST | ACK : FIN | ACK, payload: undefined }, undefined);
  }
}

/**
 * A side has one SYN and one FIN in a connection, whatever the other side has said since and whatever flags stand beside it,
 * so that another one is the same with the same number (RFC 9293, sections 3.5 and 3.8.1): also the SYN-ACK of a side whose
 * SYN has crossed the other's.
 *
 * @param length bytes of data in the segment
 * @returns how many numbers that were sent already the segment begins with
 */
function markersAgain({ sinceSyn, sinceFin }: SentBySide, flags: number, length: number): number {
  const again = (flags & SYN) !== 0 ? sinceSyn : (flags & FIN) !== 0 && sinceFin > 0 ? sinceFin + length : 0;
  return again < FARTHEST_BACK ? again : 0;
}

function noLaterThan(next: ScriptedSegment | undefined, time: number): number {
  return next === undefined ? time : Math.min(time, next.time);
}

/** A row about the connection itself, and not about data. */
function isControl(segment: ScriptedSegment): boolean {
  return segment.flags !== undefined && (segment.payload?.length ?? 0) === 0;
}

function isClientAck(segment: ScriptedSegment | undefined): boolean {
  return segment?.side === "client" && segment.flags === ACK;
}

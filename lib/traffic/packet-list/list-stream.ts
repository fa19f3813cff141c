/** What the rows of one TCP connection have told so far. Sequence numbers are as the list writes them. */
import { addSequence, isBefore, isBeforeOrEqual, laterSequence, sequenceDifference } from "../../core/sequence.ts";
import type { EndPoint } from "../../csv/message.ts";
import type { ListRow } from "../../csv/packet-list/list-rows.ts";
import { markersOf, TcpFlag } from "../../headers/tcp-fields.ts";
import { fillerAt } from "../filler.ts";

const { SYN, ACK, FIN, RST } = TcpFlag;

export class StreamSide {
  readonly endPoint: EndPoint;
  /** The other side. */
  peer: StreamSide = this;
  /** Whether its numbers count from an initial one that is drawn; else they are those of the header. */
  isRelative = true;
  /** The number after the last that was sent; undefined before anything was. */
  next: number | undefined;
  /** The number of its SYN ... */
  synAt: number | undefined;
  /** ... and of its FIN. */
  finAt: number | undefined;
  /** Where the latest segment with data began. */
  latestStart: number | undefined;
  /** What the other side has got: all that was sent before the first number that is missing. */
  readonly got = new ReceivedNumbers();
  /** What Wireshark would show as 0: the number of its SYN, or the one before its first segment. */
  zeroAt: number | undefined;
  /** How far numbers of the header are ahead of relative ones, where rows tell either. */
  ahead: number | undefined;
  /** What the side acknowledged last. */
  acknowledged: number | undefined;
  /** Bytes of a frame beside its data, as the latest segment without a SYN shows. */
  overhead: number | undefined;
  windowField: number | undefined;
  /** Of its SYN: the power of two, or undefined where there was none. */
  windowScale: number | undefined;
  timestamp: number | undefined;
  #sent: SentBytes | undefined;
  /** No message ends before this row: so many were looked through. */
  noEndBefore = 0;
  /** The method of its latest HTTP request. */
  method: string | undefined;

  constructor(endPoint: EndPoint) {
    this.endPoint = endPoint;
  }

  get hasSentSyn(): boolean {
    return this.synAt !== undefined;
  }

  get isFinished(): boolean {
    return this.finAt !== undefined;
  }

  get sent(): SentBytes {
    this.#sent ??= new SentBytes();
    return this.#sent;
  }

  forgetBytes(): void {
    this.#sent = undefined;
  }

  /**
   * Whether Wireshark multiplies its windows: it has seen the scale in its SYN, and no SYN of the other side without one
   * (RFC 7323, section 2.2).
   */
  get isScaled(): boolean {
    return this.windowScale !== undefined && !(this.peer.hasSentSyn && this.peer.windowScale === undefined);
  }

  /** The number that the next segment has, as far as both sides tell. */
  expected(): number {
    return this.next ?? this.peer.acknowledged ?? 1;
  }

  /** Forgets all that is about one connection, and not about the side. */
  restart(): void {
    this.next = this.zeroAt = this.synAt = this.finAt = this.latestStart = this.acknowledged = this.ahead = undefined;
    this.windowField = this.windowScale = undefined;
    this.isRelative = true;
    this.got.restart();
    this.forgetBytes();
  }
}

export interface SegmentNumbers {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly length: number;
  /** The number that the list has for its connection, if any. */
  readonly stream: number | undefined;
}

export class ListStream {
  readonly sides: readonly [StreamSide, StreamSide];
  /** What it is called. */
  readonly protocol: string;
  /** Whether the numbers that rows tell count from the initial ones; settled by the first rows. */
  isRelative: boolean | undefined;
  /** The number that the list has for the connection. */
  #number: number | undefined;
  #isReset = false;
  /** Whether more has passed than SYNs and what refuses them. */
  #isOpen = false;
  /** The number of the latest row that belongs to it, for those that are most recent. */
  latestRow = 0;

  constructor(one: EndPoint, other: EndPoint, protocol: string) {
    const sides = [new StreamSide(one), new StreamSide(other)] as const;
    [sides[0].peer, sides[1].peer] = [sides[1], sides[0]];
    this.sides = sides;
    this.protocol = protocol;
  }

  get isOver(): boolean {
    return this.#isReset || (this.sides[0].isFinished && this.sides[1].isFinished);
  }

  /**
   * Whether a SYN opens another connection between the same sockets: it does after a close, or when the one before was
   * open, unless the list calls it a retransmission. What was refused is tried again.
   *
   * @param goesOn whether the rows behind it go on with the numbers from before it
   */
  opensAnew(side: StreamSide, { content }: ListRow, goesOn: () => boolean): boolean {
    const { segment, notes } = content;
    const { flags = ACK, sequence, stream } = segment ?? {};
    if ((flags & (SYN | ACK)) !== SYN) return false;
    if (side.next === undefined) return this.isOver;
    if (/port numbers reused/i.test(notes)) return true;
    if (/retransmission|out-of-order|dup/i.test(notes)) return false;
    if (stream !== undefined && this.#number !== undefined) return stream !== this.#number;
    // Of the numbers of the header, another connection begins with another one.
    if (!side.isRelative && sequence !== undefined && side.hasSentSyn) return sequence !== side.synAt;
    if (this.isOver) return this.#isOpen;
    return this.#isOpen && !goesOn();
  }

  forgetBytes(): void {
    for (const side of this.sides) side.forgetBytes();
  }

  restart(): void {
    for (const side of this.sides) side.restart();
    this.#isReset = this.#isOpen = false;
    this.isRelative = this.#number = undefined;
  }

  note(side: StreamSide, { flags, sequence, acknowledgment, length, stream }: SegmentNumbers): void {
    const isSyn = (flags & SYN) !== 0;
    const isFin = (flags & FIN) !== 0;
    const next = addSequence(sequence, length + markersOf(flags));
    side.next = side.next === undefined ? next : laterSequence(side.next, next);
    side.got.add(sequence, next);
    side.zeroAt ??= addSequence(sequence, isSyn ? 0 : -1);
    if ((flags & ACK) !== 0) side.acknowledged = acknowledgment;
    if (length > 0 || isSyn) side.latestStart = sequence;
    if (isSyn) side.synAt = sequence;
    if (isFin) side.finAt = addSequence(next, -1);
    if ((flags & (SYN | RST)) === 0) this.#isOpen = true;
    // What is tried again is not refused any more.
    this.#isReset = (flags & RST) !== 0 || (this.#isReset && !isSyn);
    this.#number = stream ?? this.#number;
  }

  /**
   * What a side is likely to acknowledge, where its row does not tell: all that was seen of the other, unless a later row of
   * it acknowledges less. Where none of them tells, a side acknowledges nothing behind a gap (RFC 9293, section 3.10.7.4).
   */
  acknowledgmentOf(side: StreamSide, nextOfSide: number | undefined): number {
    const { peer } = side;
    if (nextOfSide === undefined) return peer.got.end ?? side.acknowledged ?? 1;
    const seen = peer.next ?? side.acknowledged ?? nextOfSide;
    return isBefore(nextOfSide, seen) ? nextOfSide : seen;
  }
}

/** Gaps that are remembered, each with what came behind it. */
const MOST_PIECES = 16;

/** The numbers of one side up to the first that is missing, and pieces of what lies behind that. */
class ReceivedNumbers {
  /** The first number that is missing; undefined before there was one. */
  end: number | undefined;
  #pieces: { readonly start: number; readonly end: number }[] = [];

  restart(): void {
    this.end = undefined;
    this.#pieces = [];
  }

  add(start: number, end: number): void {
    if (this.end === undefined || isBeforeOrEqual(start, this.end)) this.#grow(end);
    else this.#pieces.push({ start, end });
    // So many gaps were not lost, but were not captured.
    if (this.#pieces.length > MOST_PIECES) for (const piece of this.#pieces.splice(0)) this.#grow(piece.end);
  }

  #grow(end: number): void {
    let now = this.end === undefined ? end : laterSequence(this.end, end);
    for (let count = -1; count !== this.#pieces.length; ) {
      count = this.#pieces.length;
      this.#pieces = this.#pieces.filter((piece) => {
        const isReached = isBeforeOrEqual(piece.start, now);
        if (isReached) now = laterSequence(now, piece.end);
        return !isReached;
      });
    }
    this.end = now;
  }
}

interface Range {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Bytes of a segment, and whether any of them are made up. */
export interface SegmentBytes {
  readonly bytes: Uint8Array;
  readonly isFiller: boolean;
}

/** Nothing older is sent again. */
const MOST_RANGES = 16;
const MOST_BYTES = 1 << 20;

/** Shared by all that have sent nothing. */
const NOTHING: Range[] = [];

/** What one side of a stream has sent of messages that are known, by sequence number: a segment may carry them again. */
class SentBytes {
  #ranges: Range[] = NOTHING;
  #length = 0;

  /** @param start sequence number of the first byte */
  add(start: number, bytes: Uint8Array): void {
    if (this.#ranges === NOTHING) this.#ranges = [];
    this.#ranges.push({ start, bytes });
    this.#length += bytes.length;
    while (this.#ranges.length > MOST_RANGES || (this.#length > MOST_BYTES && this.#ranges.length > 1)) {
      this.#length -= this.#ranges.shift()!.bytes.length;
    }
  }

  /** Whether the byte with this number is one of a message that is known. */
  covers(sequence: number): boolean {
    return this.#ranges.some(({ start, bytes }) => isInside(sequenceDifference(sequence, start), bytes.length));
  }

  /** The bytes from `sequence` on as they were sent before, where they were. */
  again(sequence: number, length: number): SegmentBytes {
    const isKnown = this.#ranges.some(({ start, bytes }) => {
      const from = sequenceDifference(sequence, start);
      return from >= 0 && from + length <= bytes.length;
    });
    return { bytes: this.read(sequence, length), isFiller: length > 0 && !isKnown };
  }

  /** The bytes from `sequence` on: those that are known, and filler between and behind them. */
  read(sequence: number, length: number): Uint8Array {
    const result = fillerAt(sequence - 1, length);
    for (const { start, bytes } of this.#ranges) {
      const from = sequenceDifference(sequence, start);
      if (from >= bytes.length || from + length <= 0) continue;
      const part = bytes.subarray(Math.max(0, from), Math.min(bytes.length, from + length));
      result.set(part, Math.max(0, -from));
    }
    return result;
  }
}

function isInside(offset: number, length: number): boolean {
  return offset >= 0 && offset < length;
}

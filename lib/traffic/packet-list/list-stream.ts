/** What the rows of one TCP connection have told so far. Sequence numbers are as the list writes them. */
import { addSequence, isBefore, laterSequence, sequenceDifference } from "../../core/sequence.ts";
import type { EndPoint } from "../../csv/message.ts";
import { TcpFlag } from "../../headers/tcp.ts";
import { markersOf } from "../../headers/tcp-fields.ts";
import { fillerAt } from "../filler.ts";

const { SYN, ACK, FIN, RST } = TcpFlag;

export class StreamSide {
  readonly endPoint: EndPoint;
  /** The other side. */
  peer: StreamSide = this;
  /** The number after the last that was sent; undefined before anything was. */
  next: number | undefined;
  /** Where the latest segment with data began. */
  latestStart: number | undefined;
  /** What the side acknowledged last. */
  acknowledged: number | undefined;
  /** Bytes of a frame beside its data, as the latest segment without a SYN shows. */
  overhead: number | undefined;
  windowField: number | undefined;
  /** Of its SYN: the power of two, or undefined where there was none. */
  windowScale: number | undefined;
  hasSentSyn = false;
  isFinished = false;
  timestamp: number | undefined;
  #sent: SentBytes | undefined;
  /** No message ends before this row: so many were looked through. */
  noEndBefore = 0;
  /** The method of its latest HTTP request. */
  method: string | undefined;

  constructor(endPoint: EndPoint) {
    this.endPoint = endPoint;
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
}

export interface SegmentNumbers {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly length: number;
}

export class ListStream {
  readonly sides: readonly [StreamSide, StreamSide];
  /** What it is called. */
  readonly protocol: string;
  /** Whether the numbers count from the initial ones; settled by the first segment. */
  isRelative: boolean | undefined;
  #isReset = false;
  /** Whether more than SYNs has passed. */
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
   * open, unless the list calls it a retransmission.
   */
  opensAnew(side: StreamSide, flags: number, sequence: number | undefined, notes: string): boolean {
    if ((flags & SYN) === 0 || (flags & ACK) !== 0 || side.next === undefined) return false;
    if (/port numbers reused/i.test(notes)) return true;
    if (/retransmission|out-of-order|dup/i.test(notes)) return false;
    // In raw numbers, another connection begins with another one.
    if (this.isRelative === false && sequence !== undefined && side.hasSentSyn) return sequence !== side.latestStart;
    return this.isOver || this.#isOpen;
  }

  forgetBytes(): void {
    for (const side of this.sides) side.forgetBytes();
  }

  restart(): void {
    for (const side of this.sides) {
      side.next = side.latestStart = side.acknowledged = side.windowField = side.windowScale = undefined;
      side.hasSentSyn = side.isFinished = false;
      side.forgetBytes();
    }
    this.#isReset = this.#isOpen = false;
    this.isRelative = undefined;
  }

  /** Settles from the first segment what its numbers count from: Wireshark begins with 0, or with 1 in mid-connection. */
  settle(flags: number, sequence: number | undefined, acknowledgment: number | undefined, areRaw: boolean): void {
    const first = (flags & SYN) === 0 ? 1 : 0;
    const isFirst = sequence === undefined || sequence === first;
    const isAcknowledgedFirst = (flags & ACK) === 0 || acknowledgment === undefined || acknowledgment === 1;
    this.isRelative ??= !areRaw && isFirst && isAcknowledgedFirst;
  }

  note(side: StreamSide, { flags, sequence, acknowledgment, length }: SegmentNumbers): void {
    const next = addSequence(sequence, length + markersOf(flags));
    side.next = side.next === undefined ? next : laterSequence(side.next, next);
    if ((flags & ACK) !== 0) side.acknowledged = acknowledgment;
    if (length > 0 || (flags & SYN) !== 0) side.latestStart = sequence;
    if ((flags & SYN) === 0) this.#isOpen = true;
    else side.hasSentSyn = true;
    if ((flags & FIN) !== 0) side.isFinished = true;
    if ((flags & RST) !== 0) this.#isReset = true;
  }

  /** What a side is likely to acknowledge: all that was seen of the other, unless a later row of it acknowledges less. */
  acknowledgmentOf(side: StreamSide, nextOfSide: number | undefined): number {
    const seen = side.peer.next ?? side.acknowledged ?? nextOfSide ?? 1;
    if (nextOfSide !== undefined && isBefore(nextOfSide, seen)) return nextOfSide;
    return seen;
  }
}

interface Range {
  readonly start: number;
  readonly bytes: Uint8Array;
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

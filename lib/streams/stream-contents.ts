/** The contents of streams: their bytes in order, and the messages in them. Only for the streams that are asked for. */
import type { PacketOutline } from "../dissect/outline.ts";
import { addSequence, type SequenceNumber } from "../headers/sequence.ts";
import { TcpFlag } from "../headers/tcp.ts";
import type { FramingKind } from "./message-framing.ts";
import { type MessageCounter, MessageSplitter, type StreamMessage } from "./messages.ts";
import { DirectionReassembler, type StreamSink } from "./reassembly.ts";

/** What is told of a stream while it is read. */
export interface ContentListener {
  /** Bytes in the order in which they reach their application. The memory is reused after the call. */
  data?(bytes: Uint8Array, isFromHigher: boolean, frame: number): void;
  /** Bytes that the capture lacks. */
  gap?(length: number, isFromHigher: boolean): void;
  /** What came before has nothing to do with what follows: it is a packet of its own, made by hand. */
  boundary?(isFromHigher: boolean): void;
  message?(message: StreamMessage): void;
}

/** Both directions of one TCP stream. */
export class StreamContents {
  readonly #fromHigher: Direction;
  readonly #fromLower: Direction;

  /** @param framing how messages end; undefined: as the first bytes of each direction suggest */
  constructor(listener: ContentListener, framing?: FramingKind) {
    const counter: MessageCounter = { last: 0 };
    this.#fromHigher = new Direction(true, listener, framing, counter);
    this.#fromLower = new Direction(false, listener, framing, counter);
  }

  /**
   * Takes the next segment of the stream.
   *
   * @param hasOtherBytes whether it carries other bytes than an earlier one with the same sequence number
   */
  add(outline: PacketOutline, isFromHigher: boolean, frame: number, hasOtherBytes = false): void {
    const own = isFromHigher ? this.#fromHigher : this.#fromLower;
    const other = isFromHigher ? this.#fromLower : this.#fromHigher;
    const { flags, sequenceNumber } = outline;
    let first = sequenceNumber;
    if ((flags & TcpFlag.SYN) !== 0) {
      own.reassembler.open(sequenceNumber);
      // Data in a SYN comes behind the number that the SYN itself takes (RFC 9293, section 3.4).
      first = addSequence(sequenceNumber, 1);
    }
    // Before the segment's own data: what it answers came first.
    if ((flags & TcpFlag.ACK) !== 0) other.reassembler.acknowledge(outline.acknowledgmentNumber);
    if ((flags & TcpFlag.RST) !== 0 || !outline.hasSegmentLength) return;
    const bytes = outline.transportBytes.subarray(outline.payloadAt, outline.payloadEnd);
    const hasPush = (flags & TcpFlag.PSH) !== 0;
    own.push({ sequence: first, bytes, length: outline.payloadLength, frame, hasPush }, hasOtherBytes);
  }

  finish(): void {
    this.#fromHigher.finish();
    this.#fromLower.finish();
  }
}

interface DataSegment {
  readonly sequence: SequenceNumber;
  readonly bytes: Uint8Array;
  /** On the wire. */
  readonly length: number;
  readonly frame: number;
  readonly hasPush: boolean;
}

class Direction implements StreamSink {
  readonly reassembler: DirectionReassembler;
  readonly #unmoved = new UnmovedSegments();
  /** Bytes of messages made by hand, which are in no order of a stream. */
  #loosePosition = 0;
  #position = 0;
  readonly #isFromHigher: boolean;
  readonly #listener: ContentListener;
  readonly #splitter: MessageSplitter | undefined;

  constructor(
    isFromHigher: boolean,
    listener: ContentListener,
    framing: FramingKind | undefined,
    counter: MessageCounter,
  ) {
    this.#isFromHigher = isFromHigher;
    this.#listener = listener;
    this.reassembler = new DirectionReassembler(this);
    if (listener.message !== undefined) {
      this.#splitter = new MessageSplitter(isFromHigher, framing, counter, (message) => listener.message?.(message));
    }
  }

  push(segment: DataSegment, hasOtherBytes: boolean): void {
    const loose = segment.length === 0 ? undefined : this.#unmoved.add(segment, hasOtherBytes);
    if (loose === undefined) {
      const { sequence, bytes, length, frame, hasPush } = segment;
      return this.reassembler.push(sequence, bytes, length, frame, hasPush);
    }
    for (const { bytes, frame } of loose) {
      this.#listener.boundary?.(this.#isFromHigher);
      this.#splitter?.separate();
      const position = this.#position + this.#loosePosition;
      this.#loosePosition += bytes.length;
      this.#listener.data?.(bytes, this.#isFromHigher, frame);
      this.#splitter?.data(bytes, position, frame, true);
    }
  }

  data(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void {
    this.#position = position + bytes.length;
    this.#listener.data?.(bytes, this.#isFromHigher, frame);
    this.#splitter?.data(bytes, position, frame, endsWithPush);
  }

  gap(position: number, length: number): void {
    this.#listener.gap?.(length, this.#isFromHigher);
    this.#splitter?.gap(position, length);
  }

  finish(): void {
    this.reassembler.finish();
    this.#splitter?.end();
  }
}

/** Copies of the first segment that are kept until it is known whether they were sent again or made by hand. */
const MOST_COPIES = 20;

/**
 * Watches a direction as long as all of its segments carry the same sequence number. A TCP that sends again sends the same
 * bytes; other bytes under the same number are packets made by hand, each of them a message of its own.
 */
class UnmovedSegments {
  #sequence: SequenceNumber | undefined = undefined;
  #hasMoved = false;
  #isByHand = false;
  /** Those with the same bytes as the first: messages too, once it is known that all were made by hand. */
  #copies: DataSegment[] = [];

  /** @returns what is to be taken for messages of their own; undefined where the segment belongs to a stream */
  add(segment: DataSegment, hasOtherBytes: boolean): DataSegment[] | undefined {
    if (this.#hasMoved) return undefined;
    const isFirst = this.#sequence === undefined;
    this.#sequence ??= segment.sequence;
    if (isFirst) return undefined;
    if (segment.sequence !== this.#sequence) {
      this.#hasMoved = true;
      this.#copies = [];
      return undefined;
    }
    if (this.#isByHand) return [segment];
    if (!hasOtherBytes) {
      if (this.#copies.length < MOST_COPIES) this.#copies.push({ ...segment, bytes: segment.bytes.slice() });
      return undefined;
    }
    this.#isByHand = true;
    return [...this.#copies.splice(0), segment];
  }
}

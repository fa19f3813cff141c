/** The contents of streams: their bytes in order, and the messages in them. Only for the streams that are asked for. */

import { addSequence, type SequenceNumber } from "../core/sequence.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { TcpFlag } from "../headers/tcp-fields.ts";
import { FramingContext } from "./framings.ts";
import type { FramingKind } from "./message-framing.ts";
import { type MessageCounter, MessageSplitter, type StreamMessage } from "./messages.ts";
import { DirectionReassembler, type StreamSink } from "./reassembly.ts";

/** After a segment with one of these flags, its sender does not go on with what it was saying. */
const ENDING = TcpFlag.PSH | TcpFlag.RST;

/** What is told of a stream while it is read. */
export interface ContentListener {
  /**
   * Bytes in the order in which they reach their application. The memory is reused after the call.
   *
   * @param position of the first of them in its direction, from 0
   * @param endsWithPush whether they end where a segment with PSH ends
   */
  data?(bytes: Uint8Array, isFromHigher: boolean, frame: number, position: number, endsWithPush: boolean): void;
  /**
   * Asked before bytes are told.
   *
   * @returns true where these bytes need not be told
   */
  pass?(length: number, isFromHigher: boolean): boolean;
  /** Bytes that the capture lacks. */
  gap?(length: number, isFromHigher: boolean, position: number): void;
  /** The FIN of one side, when everything before it has been told. */
  fin?(isFromHigher: boolean): void;
  /** What came before has nothing to do with what follows: it is a packet of its own, made by hand. */
  boundary?(isFromHigher: boolean): void;
  /** A message is there as a whole, or as far as it came. */
  message?(message: StreamMessage): void;
}

/** The bytes of one TCP stream in order, both directions, and the messages in them, told to a listener. */
export class StreamContents {
  readonly #fromHigher: Direction;
  readonly #fromLower: Direction;
  readonly #listener: ContentListener;

  /**
   * Nothing is told before segments are added.
   *
   * @param listener is told of bytes and messages, in their order
   * @param framing how messages end; undefined: as the first bytes of each direction suggest
   */
  constructor(listener: ContentListener, framing?: FramingKind);
  /**
   * @param context what is known of the stream before its bytes
   * @internal
   */
  constructor(listener: ContentListener, framing: FramingKind | undefined, context: FramingContext);
  constructor(listener: ContentListener, framing?: FramingKind, context = new FramingContext()) {
    this.#listener = listener;
    const counter: MessageCounter = { last: 0 };
    this.#fromHigher = new Direction(true, listener, framing, counter, context);
    this.#fromLower = new Direction(false, listener, framing, counter, context);
  }

  /** A SYN that was seen before anybody listened. */
  open(isFromHigher: boolean, sequenceNumber: number): void {
    (isFromHigher ? this.#fromHigher : this.#fromLower).reassembler.open(sequenceNumber);
  }

  /** Where a direction has got to, with nothing of it waiting; undefined where it can only go on as it is. */
  idle(isFromHigher: boolean): IdleDirection | undefined {
    return (isFromHigher ? this.#fromHigher : this.#fromLower).idle;
  }

  /** Goes on where an idle direction stopped. */
  resume(isFromHigher: boolean, idle: IdleDirection): void {
    (isFromHigher ? this.#fromHigher : this.#fromLower).resume(idle);
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
    // A reset may carry its reason (RFC 9293, section 3.5.3).
    if (!outline.hasSegmentLength) return;
    if (this.#pass(own, outline, first, isFromHigher)) return;
    const bytes = outline.transportBytes.subarray(outline.payloadAt, outline.payloadEnd);
    const endsMessage = (flags & ENDING) !== 0;
    own.push({ sequence: first, bytes, length: outline.payloadLength, frame, endsMessage }, hasOtherBytes);
    if ((flags & TcpFlag.FIN) !== 0) own.reassembler.close(addSequence(first, outline.payloadLength));
  }

  /** Views of memory are dear: where nobody needs the bytes, none is made. */
  #pass(own: Direction, o: PacketOutline, first: number, isFromHigher: boolean): boolean {
    if (this.#listener.pass === undefined || o.payloadLength === 0 || (o.flags & (TcpFlag.FIN | TcpFlag.RST)) !== 0)
      return false;
    if (!own.reassembler.isNext(first) || o.payloadEnd - o.payloadAt < o.payloadLength) return false;
    if (!this.#listener.pass(o.payloadLength, isFromHigher)) return false;
    own.pass(o.payloadLength);
    return true;
  }

  /** Tells what is left, when no segment follows. */
  finish(): void {
    this.#fromHigher.finish();
    this.#fromLower.finish();
  }
}

/** All that is to be known of a direction that was read so far. */
export interface IdleDirection {
  /** Of the next byte. */
  readonly sequence: SequenceNumber;
  /** The number that all its segments with data have had; undefined where they differed, or there was none. */
  readonly unmoved: SequenceNumber | undefined;
  /** Whether its segments with data have had different sequence numbers. */
  readonly hasMoved: boolean;
}

interface DataSegment {
  readonly sequence: SequenceNumber;
  readonly bytes: Uint8Array;
  /** On the wire. */
  readonly length: number;
  readonly frame: number;
  readonly endsMessage: boolean;
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
    context: FramingContext,
  ) {
    this.#isFromHigher = isFromHigher;
    this.#listener = listener;
    this.reassembler = new DirectionReassembler(this);
    if (listener.message !== undefined) {
      const report = (message: StreamMessage) => listener.message?.(message);
      this.#splitter = new MessageSplitter(isFromHigher, framing, counter, report, context);
    }
  }

  get idle(): IdleDirection | undefined {
    const sequence = this.reassembler.idleAt;
    if (sequence === undefined || this.#unmoved.isByHand) return undefined;
    return { sequence, unmoved: this.#unmoved.sequence, hasMoved: this.#unmoved.hasMoved };
  }

  resume({ sequence, unmoved, hasMoved }: IdleDirection): void {
    this.reassembler.open(addSequence(sequence, -1));
    this.#unmoved.sequence = unmoved;
    if (hasMoved) this.#unmoved.move();
  }

  push(segment: DataSegment, hasOtherBytes: boolean): void {
    const loose = segment.length === 0 ? undefined : this.#unmoved.add(segment, hasOtherBytes);
    if (loose === undefined) {
      const { sequence, bytes, length, frame, endsMessage } = segment;
      return this.reassembler.push(sequence, bytes, length, frame, endsMessage);
    }
    for (const { bytes, frame } of loose) {
      this.#listener.boundary?.(this.#isFromHigher);
      this.#splitter?.separate();
      const position = this.#position + this.#loosePosition;
      this.#loosePosition += bytes.length;
      this.#listener.data?.(bytes, this.#isFromHigher, frame, position, true);
      this.#splitter?.data(bytes, position, frame, true);
    }
  }

  /** Bytes that nobody needs to see, and that come next. */
  pass(length: number): void {
    this.#unmoved.move();
    this.#position += length;
    this.reassembler.pass(length);
  }

  data(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void {
    this.#position = position + bytes.length;
    this.#listener.data?.(bytes, this.#isFromHigher, frame, position, endsWithPush);
    this.#splitter?.data(bytes, position, frame, endsWithPush);
  }

  gap(position: number, length: number): void {
    this.#listener.gap?.(length, this.#isFromHigher, position);
    this.#splitter?.gap(position, length);
  }

  fin(): void {
    this.#listener.fin?.(this.#isFromHigher);
    this.#splitter?.fin();
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
  sequence: SequenceNumber | undefined = undefined;
  hasMoved = false;
  isByHand = false;
  /** Those with the same bytes as the first: messages too, once it is known that all were made by hand. */
  #copies: DataSegment[] = [];

  /** Bytes have come that are not those of the first segment again. */
  move(): void {
    this.hasMoved = true;
    this.#copies = [];
  }

  /** @returns what is to be taken for messages of their own; undefined where the segment belongs to a stream */
  add(segment: DataSegment, hasOtherBytes: boolean): DataSegment[] | undefined {
    if (this.hasMoved) return undefined;
    const isFirst = this.sequence === undefined;
    this.sequence ??= segment.sequence;
    if (isFirst) return undefined;
    if (segment.sequence !== this.sequence) {
      this.move();
      return undefined;
    }
    if (this.isByHand) return [segment];
    if (!hasOtherBytes) {
      if (this.#copies.length < MOST_COPIES) this.#copies.push({ ...segment, bytes: segment.bytes.slice() });
      return undefined;
    }
    this.isByHand = true;
    return [...this.#copies.splice(0), segment];
  }
}

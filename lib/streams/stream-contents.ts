/** The contents of streams: their bytes in order, and the messages in them. Only for the streams that are asked for. */
import type { PacketOutline } from "../dissect/outline.ts";
import { addSequence } from "../headers/sequence.ts";
import { TcpFlag } from "../headers/tcp.ts";
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
  message?(message: StreamMessage): void;
}

/** Both directions of one TCP stream. */
export class StreamContents {
  readonly #fromHigher: Direction;
  readonly #fromLower: Direction;
  readonly #listener: ContentListener;

  /**
   * @param framing how messages end; undefined: as the first bytes of each direction suggest
   * @param context what is known of the stream before its bytes
   */
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

  /** Takes the next segment of the stream. */
  add(outline: PacketOutline, isFromHigher: boolean, frame: number): void {
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
    if (this.#pass(own.reassembler, outline, first, isFromHigher)) return;
    const bytes = outline.transportBytes.subarray(outline.payloadAt, outline.payloadEnd);
    own.reassembler.push(first, bytes, outline.payloadLength, frame, (flags & ENDING) !== 0);
    if ((flags & TcpFlag.FIN) !== 0) own.reassembler.close(addSequence(first, outline.payloadLength));
  }

  /** Views of memory are dear: where nobody needs the bytes, none is made. */
  #pass(reassembler: DirectionReassembler, o: PacketOutline, first: number, isFromHigher: boolean): boolean {
    if (this.#listener.pass === undefined || o.payloadLength === 0 || (o.flags & (TcpFlag.FIN | TcpFlag.RST)) !== 0)
      return false;
    if (!reassembler.isNext(first) || o.payloadEnd - o.payloadAt < o.payloadLength) return false;
    if (!this.#listener.pass(o.payloadLength, isFromHigher)) return false;
    reassembler.pass(o.payloadLength);
    return true;
  }

  finish(): void {
    this.#fromHigher.finish();
    this.#fromLower.finish();
  }
}

class Direction implements StreamSink {
  readonly reassembler: DirectionReassembler;
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

  data(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void {
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

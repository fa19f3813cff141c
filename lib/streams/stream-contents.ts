/** The contents of streams: their bytes in order, and the messages in them. Only for the streams that are asked for. */
import type { PacketOutline } from "../dissect/outline.ts";
import { addSequence } from "../headers/sequence.ts";
import { TcpFlag } from "../headers/tcp.ts";
import type { FramingKind } from "./message-framing.ts";
import { type MessageCounter, MessageSplitter, type StreamMessage } from "./messages.ts";
import { DirectionReassembler, type StreamSink } from "./reassembly.ts";

/** After a segment with one of these flags, its sender does not go on with what it was saying. */
const ENDING = TcpFlag.PSH | TcpFlag.RST;

/** What is told of a stream while it is read. */
export interface ContentListener {
  /** Bytes in the order in which they reach their application. The memory is reused after the call. */
  data?(bytes: Uint8Array, isFromHigher: boolean, frame: number): void;
  /** Bytes that the capture lacks. */
  gap?(length: number, isFromHigher: boolean): void;
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
    const bytes = outline.transportBytes.subarray(outline.payloadAt, outline.payloadEnd);
    own.reassembler.push(first, bytes, outline.payloadLength, frame, (flags & ENDING) !== 0);
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
  ) {
    this.#isFromHigher = isFromHigher;
    this.#listener = listener;
    this.reassembler = new DirectionReassembler(this);
    if (listener.message !== undefined) {
      this.#splitter = new MessageSplitter(isFromHigher, framing, counter, (message) => listener.message?.(message));
    }
  }

  data(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void {
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

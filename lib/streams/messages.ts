/** The messages of an application, found again in the stream that carried them. */

import { readWebSocketHeader, unmaskedPayload, webSocketKind } from "../dissect/websocket.ts";
import { FramingContext } from "./framings.ts";
import { MessageFinder, type MessageSink } from "./message-finder.ts";
import type { FramingKind } from "./message-framing.ts";
import type { StreamSink } from "./reassembly.ts";

/** Bytes of a message that are kept, to show how it begins. */
const PREVIEW_LENGTH = 256;
/** Parts of a message that are kept one by one; of very long messages, the rest is only counted. */
const MOST_PARTS = 1000;

/** The bytes of a message that one segment carried. */
export interface MessagePart {
  /** Number of the frame. */
  readonly frame: number;
  /** Of the part's first byte in the message. */
  readonly offset: number;
  /** Bytes of the part. */
  readonly length: number;
}

/** A message of an application, and the segments that carried it. */
export interface StreamMessage {
  /** Counts from 1 in the order in which the messages of the stream began, both directions together. */
  readonly number: number;
  /** Whether the higher end point of the stream sent it. */
  readonly isFromHigher: boolean;
  /** How it was told where the message ends. */
  readonly framing: FramingKind;
  /** Of its first byte in its direction of the stream, from 0. */
  readonly position: number;
  /** Bytes, gaps included. */
  readonly length: number;
  /** Bytes of it that the capture lacks. */
  readonly missing: number;
  /** Its pieces, in order. */
  readonly parts: readonly MessagePart[];
  /** How many parts there are, kept or not. */
  readonly partCount: number;
  /** Number of the frame that its last byte came in. */
  readonly lastFrame: number;
  /** Its first bytes; of a WebSocket frame those of its payload, without the mask. */
  readonly preview: Uint8Array;
  /** What it is, where its bytes alone do not show it: "Text" or "Ping" of a WebSocket frame. */
  readonly title?: string;
  /** False where the stream ended before the message did. */
  readonly isComplete: boolean;
}

/** A number that both directions of a stream draw from. */
export interface MessageCounter {
  last: number;
}

/** The messages in one direction of a stream, each of them told when it has ended. */
export class MessageSplitter implements StreamSink, MessageSink {
  readonly #isFromHigher: boolean;
  readonly #counter: MessageCounter;
  readonly #report: (message: StreamMessage) => void;
  readonly #finder: MessageFinder;
  #open: OpenMessage | undefined;

  /**
   * @param framing undefined: by the first bytes of the direction
   * @param context shared with the other direction; without it, nothing is known of that one
   */
  constructor(
    isFromHigher: boolean,
    framing: FramingKind | undefined,
    counter: MessageCounter,
    report: (message: StreamMessage) => void,
    context = new FramingContext(),
  ) {
    this.#isFromHigher = isFromHigher;
    this.#counter = counter;
    this.#report = report;
    this.#finder = new MessageFinder(this, framing, context);
  }

  data(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void {
    this.#finder.data(bytes, position, frame, endsWithPush);
  }

  gap(position: number, length: number): void {
    this.#finder.gap(position, length);
  }

  fin(): void {
    this.#finder.fin();
  }

  /** What follows belongs to nothing that came before: it comes in packets that are a message each. */
  separate(): void {
    this.#finder.separate();
  }

  /** The stream has ended, and so has what was going on. */
  end(): void {
    this.#finder.end();
  }

  open(position: number): void {
    this.#open = new OpenMessage(++this.#counter.last, position);
  }

  add(bytes: Uint8Array, from: number, end: number, frame: number): void {
    this.#open!.add(bytes, from, end, frame);
  }

  skip(length: number): void {
    this.#open!.skip(length);
  }

  close(kind: FramingKind, isComplete: boolean): void {
    this.#report(this.#open!.close(this.#isFromHigher, kind, isComplete));
    this.#open = undefined;
  }
}

/** A message that is going on. */
class OpenMessage {
  readonly #number: number;
  readonly #position: number;
  readonly #preview: number[] = [];
  readonly #parts: MessagePart[] = [];
  #partCount = 0;
  #length = 0;
  #missing = 0;
  #lastFrame = 0;

  constructor(number: number, position: number) {
    this.#number = number;
    this.#position = position;
  }

  add(bytes: Uint8Array, from: number, end: number, frame: number): void {
    for (let at = from; at < end && this.#preview.length < PREVIEW_LENGTH; at++) this.#preview.push(bytes[at]!);
    if (this.#parts.length < MOST_PARTS) this.#parts.push({ frame, offset: this.#length, length: end - from });
    this.#partCount++;
    this.#length += end - from;
    this.#lastFrame = frame;
  }

  skip(length: number): void {
    this.#length += length;
    this.#missing += length;
  }

  close(isFromHigher: boolean, framing: FramingKind, isComplete: boolean): StreamMessage {
    return {
      number: this.#number,
      isFromHigher,
      framing,
      position: this.#position,
      length: this.#length,
      missing: this.#missing,
      parts: this.#parts,
      partCount: this.#partCount,
      lastFrame: this.#lastFrame,
      ...previewOf(Uint8Array.from(this.#preview), framing),
      isComplete,
    };
  }
}

function previewOf(bytes: Uint8Array, framing: FramingKind): Pick<StreamMessage, "preview" | "title"> {
  const header = framing === "websocket" ? readWebSocketHeader(bytes, 0, bytes.length) : undefined;
  if (header === undefined) return { preview: bytes };
  return { preview: unmaskedPayload(bytes, header), title: webSocketKind(header) };
}

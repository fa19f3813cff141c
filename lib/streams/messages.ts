/** The messages of an application, found again in the stream that carried them. */
import { framingOf, guessFraming, START_LENGTH } from "./framings.ts";
import type { FramingKind, MessageFraming } from "./message-framing.ts";
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
  readonly length: number;
}

export interface StreamMessage {
  /** Counts from 1 in the order in which the messages of the stream began, both directions together. */
  readonly number: number;
  readonly isFromHigher: boolean;
  readonly framing: FramingKind;
  /** Of its first byte in its direction of the stream, from 0. */
  readonly position: number;
  /** Bytes, gaps included. */
  readonly length: number;
  /** Bytes of it that the capture lacks. */
  readonly missing: number;
  readonly parts: readonly MessagePart[];
  /** How many parts there are, kept or not. */
  readonly partCount: number;
  readonly lastFrame: number;
  /** Its first bytes. */
  readonly preview: Uint8Array;
  /** False where the stream ended before the message did. */
  readonly isComplete: boolean;
}

/** A number that both directions of a stream draw from. */
export interface MessageCounter {
  last: number;
}

interface StartPiece {
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly frame: number;
  readonly endsWithPush: boolean;
}

export class MessageSplitter implements StreamSink {
  readonly #isFromHigher: boolean;
  readonly #counter: MessageCounter;
  readonly #report: (message: StreamMessage) => void;
  readonly #given: FramingKind | undefined;
  #framing: MessageFraming | undefined;
  #open: OpenMessage | undefined;
  /** What a direction begins with, until it is enough to guess its framing from. */
  readonly #start: StartPiece[] = [];
  #startLength = 0;

  /** @param framing undefined: by the first bytes of the direction */
  constructor(
    isFromHigher: boolean,
    framing: FramingKind | undefined,
    counter: MessageCounter,
    report: (message: StreamMessage) => void,
  ) {
    this.#isFromHigher = isFromHigher;
    this.#given = framing;
    this.#framing = framing === undefined ? undefined : framingOf(framing);
    this.#counter = counter;
    this.#report = report;
  }

  data(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void {
    if (this.#framing !== undefined) return this.#split(this.#framing, bytes, position, frame, endsWithPush);
    // The number is taken now: the other direction can go on before the framing is known.
    this.#open ??= new OpenMessage(++this.#counter.last, position);
    this.#start.push({ bytes: bytes.slice(), position, frame, endsWithPush });
    this.#startLength += bytes.length;
    if (endsWithPush || this.#startLength >= START_LENGTH) this.#guess();
  }

  gap(position: number, length: number): void {
    if (this.#startLength > 0) this.#guess();
    for (let skipped = 0; skipped < length; ) {
      this.#open ??= new OpenMessage(++this.#counter.last, position + skipped);
      const rest = length - skipped;
      const end = this.#framing?.skip(rest) ?? -1;
      this.#open.skip(end < 0 ? rest : end);
      if (end < 0) return;
      this.#finish(true);
      skipped += end;
    }
  }

  /** What follows belongs to nothing that came before: it comes in packets that are a message each. */
  separate(): void {
    this.end();
    this.#framing = framingOf(this.#given ?? "push");
  }

  /** The stream has ended, and so has what was going on. */
  end(): void {
    if (this.#startLength > 0) this.#guess();
    if (this.#open !== undefined) this.#finish(false);
  }

  #guess(): void {
    const whole = new Uint8Array(this.#startLength);
    let at = 0;
    for (const { bytes } of this.#start) {
      whole.set(bytes, at);
      at += bytes.length;
    }
    const framing = framingOf(guessFraming(whole));
    this.#framing = framing;
    this.#startLength = 0;
    for (const piece of this.#start.splice(0)) {
      this.#split(framing, piece.bytes, piece.position, piece.frame, piece.endsWithPush);
    }
  }

  #split(framing: MessageFraming, bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void {
    for (let at = 0; at < bytes.length; ) {
      this.#open ??= new OpenMessage(++this.#counter.last, position + at);
      const end = framing.endOf(bytes, at, endsWithPush);
      this.#open.add(bytes, at, end < 0 ? bytes.length : end, frame);
      if (end < 0) return;
      this.#finish(true);
      at = end;
    }
  }

  #finish(isComplete: boolean): void {
    const kind = this.#framing?.kind ?? "push";
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
      preview: Uint8Array.from(this.#preview),
      isComplete,
    };
  }
}

/** Where the messages in one direction of a stream begin and end; whoever wants them is told, and keeps what he wants. */
import { concatBytes } from "../core/bytes.ts";
import { type FramingContext, framingOf, guessFraming, START_LENGTH } from "./framings.ts";
import { HttpFraming } from "./http-framing.ts";
import type { FramingKind, MessageFraming } from "./message-framing.ts";
import type { StreamSink } from "./reassembly.ts";

/** Is told of messages in the order of their bytes; only one is open at a time. */
export interface MessageSink {
  /** @param position of the message's first byte in its direction, from 0 */
  open(position: number): void;
  /** The next bytes of the open message, from `from` to `end`; the memory is reused after the call. */
  add(bytes: Uint8Array, from: number, end: number, frame: number): void;
  /** Bytes of the open message that the capture lacks. */
  skip(length: number): void;
  /** @param isComplete false where the stream ended before the message did */
  close(kind: FramingKind, isComplete: boolean): void;
}

interface StartPiece {
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly frame: number;
  readonly endsWithPush: boolean;
}

export class MessageFinder implements StreamSink {
  readonly #sink: MessageSink;
  #context: FramingContext;
  readonly #given: FramingKind | undefined;
  #framing: MessageFraming | undefined;
  #isOpen = false;
  /** What a protocol begins with, until it is enough to guess the framing from. */
  readonly #start: StartPiece[] = [];
  #startLength = 0;
  /** Whether bytes are missing before that. */
  #isBehindGap = false;

  /**
   * @param framing undefined: by the first bytes of the direction
   * @param context shared by both directions of a stream
   */
  constructor(sink: MessageSink, framing: FramingKind | undefined, context: FramingContext) {
    this.#sink = sink;
    this.#context = context;
    this.#given = framing;
    this.#framing = framing === undefined ? undefined : framingOf(framing, context, true);
  }

  /** How messages end just now; undefined while nobody knows yet. */
  get kind(): FramingKind | undefined {
    return this.#framing?.kind;
  }

  /** Between two messages of HTTP: which of them it sends. Undefined elsewhere. */
  get idleHttp(): "requests" | "responses" | undefined {
    const framing = this.#framing;
    if (this.#isOpen || !(framing instanceof HttpFraming)) return undefined;
    return framing.isResponse ? "responses" : "requests";
  }

  /** Goes on where an idle finder stopped. */
  resume(idle: "requests" | "responses"): void {
    this.#framing = new HttpFraming(this.#context.http, idle === "responses");
  }

  data(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void {
    for (let at = 0; at < bytes.length; ) {
      if (!this.#isOpen) this.#change(bytes, at);
      const framing = this.#framing;
      if (framing === undefined) {
        if (this.#isEnough(bytes, at, endsWithPush)) continue;
        return this.#collect(bytes.slice(at), position + at, frame, endsWithPush);
      }
      const end = framing.endOf(bytes, at, endsWithPush);
      // What is open can have ended before these bytes.
      if (end !== at) {
        this.#open(position + at);
        this.#sink.add(bytes, at, end < 0 ? bytes.length : end, frame);
      }
      if (end < 0) return;
      this.#close(true);
      at = end;
    }
  }

  /** Takes bytes of the open message unseen. @returns false where they have to be seen */
  pass(length: number): boolean {
    return this.#isOpen && this.#framing?.pass?.(length) === true;
  }

  gap(position: number, length: number): void {
    if (this.#startLength > 0) this.#guess();
    this.#isBehindGap ||= this.#framing === undefined;
    for (let skipped = 0; skipped < length; ) {
      this.#open(position + skipped);
      const rest = length - skipped;
      const end = this.#framing?.skip(rest) ?? -1;
      this.#sink.skip(end < 0 ? rest : end);
      if (end < 0) return;
      this.#close(true);
      skipped += end;
    }
  }

  /** The sender has said that nothing more comes, and all that came before is here. */
  fin(): void {
    if (this.#startLength > 0) this.#guess();
    if (this.#framing?.isWholeAtFin() === true) this.#close(true);
  }

  /** What follows belongs to nothing that came before: it comes in packets that are a message each. */
  separate(): void {
    this.end();
    this.#framing = framingOf(this.#given ?? "push", this.#context, true);
  }

  /** The stream has ended, and so has what was going on. */
  end(): void {
    if (this.#startLength > 0) this.#guess();
    this.#close(false);
  }

  /** Between two messages, the protocol can change. */
  #change(bytes: Uint8Array, at: number): void {
    const next = this.#framing?.successor?.(bytes, at);
    if (next === undefined) return;
    this.#framing = next === "unknown" ? undefined : next;
    if (next === "unknown") this.#context = this.#context.tunnel;
  }

  /** Mostly the first segment is enough to guess from, and need not be kept. */
  #isEnough(bytes: Uint8Array, at: number, endsWithPush: boolean): boolean {
    if (!endsWithPush || this.#startLength > 0 || this.#isBehindGap) return false;
    this.#framing = framingOf(guessFraming(at === 0 ? bytes : bytes.subarray(at), this.#context), this.#context, false);
    return true;
  }

  #collect(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void {
    // Opened now: the other direction can go on before the framing is known.
    this.#open(position);
    this.#start.push({ bytes, position, frame, endsWithPush });
    this.#startLength += bytes.length;
    if (endsWithPush || this.#startLength >= START_LENGTH) this.#guess();
  }

  #guess(): void {
    const pieces = this.#start.map(({ bytes }) => bytes);
    const whole = concatBytes(pieces, this.#startLength);
    this.#framing = framingOf(guessFraming(whole, this.#context), this.#context, false);
    this.#startLength = 0;
    if (this.#isBehindGap) this.#endLost();
    for (const { bytes, position, frame, endsWithPush } of this.#start.splice(0)) {
      this.data(bytes, position, frame, endsWithPush);
    }
  }

  /** Where a protocol shows that a message begins here, what was lost before it has ended. */
  #endLost(): void {
    this.#isBehindGap = false;
    if (this.#framing?.kind === "push" || this.#framing?.kind === "line") return;
    this.#context.http.requestsLost();
    this.#close(true);
  }

  #open(position: number): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#sink.open(position);
  }

  #close(isComplete: boolean): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#sink.close(this.#framing?.kind ?? "push", isComplete);
  }
}

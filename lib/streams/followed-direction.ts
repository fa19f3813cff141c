/** One direction of a stream whose protocol is known: which messages end in the packet at hand, and with which bytes. */
import { concatBytes } from "../core/bytes.ts";
import { checkDnsMessage, type DnsProblem } from "../dissect/dns-check.ts";
import { EndedMessage, type SegmentPart } from "../dissect/payload.ts";
import type { FramingContext } from "./framings.ts";
import { DNS_PREFIX_LENGTH } from "./length-framing.ts";
import { MessageFinder, type MessageSink } from "./message-finder.ts";
import type { FramingKind } from "./message-framing.ts";

/** Messages of DNS and frames of WebSocket are kept to be shown as a whole, up to this length: the longest one of DNS. */
const LONGEST_KEPT = (1 << 16) + 2;

export class FollowedDirection implements MessageSink {
  readonly finder: MessageFinder;
  /** Of the packet at hand: bits of `EndedMessage`, what its payload is made of, and what is wrong with it. */
  ended = 0;
  parts: SegmentPart[] = [];
  problem: DnsProblem | undefined;
  #frame = 0;
  /** What to add to a position in the stream to get an offset in the packet's payload. */
  #offset: number | undefined;
  /** Of the message that is open. */
  #position = 0;
  #length = 0;
  #kept: Uint8Array[] = [];
  #keptLength = 0;
  #hasGap = false;
  /** Where its bytes stand in the packet at hand: from here on, up to `#partEnd`; undefined where none do. */
  #partStart: number | undefined;
  #partEnd = 0;

  constructor(context: FramingContext) {
    this.finder = new MessageFinder(this, undefined, context);
  }

  /** Forgets the packet before. */
  begin(frame: number): void {
    this.#frame = frame;
    this.ended = 0;
    if (this.parts.length > 0) this.parts = [];
    this.problem = undefined;
    this.#offset = undefined;
    this.#partStart = undefined;
  }

  /** @param offset of the bytes in the payload of the packet at hand; undefined where they are from an earlier packet */
  data(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean, offset: number | undefined): void {
    if (offset !== undefined) this.#offset = offset - position;
    this.finder.data(bytes, position, frame, endsWithPush);
  }

  /** The next bytes, unseen. @returns false where they have to be seen */
  pass(length: number): boolean {
    if (!this.finder.pass(length)) return false;
    this.#length += length;
    return true;
  }

  /** What is left of the packet at hand belongs to a message that goes on. */
  finish(): void {
    if (this.#partStart === undefined) return;
    const isHttp = this.finder.kind === "http";
    // That a payload is all of HTTP shows by itself.
    if (isHttp && this.parts.length === 0) return;
    const kind = isHttp ? "http" : "open";
    this.parts.push({ kind, start: this.#partStart, end: this.#partEnd });
  }

  open(position: number): void {
    this.#position = position;
    this.#length = 0;
    this.#kept = [];
    this.#keptLength = 0;
    this.#hasGap = false;
    this.#partStart = undefined;
  }

  add(bytes: Uint8Array, from: number, end: number, frame: number): void {
    if (this.#isKept()) {
      this.#kept.push(bytes.slice(from, end));
      this.#keptLength += end - from;
    }
    if (frame === this.#frame && this.#offset !== undefined) {
      const start = this.#position + this.#length + this.#offset;
      this.#partStart ??= start;
      this.#partEnd = start + end - from;
    }
    this.#length += end - from;
  }

  skip(length: number): void {
    this.#length += length;
    this.#hasGap = true;
  }

  close(kind: FramingKind, isComplete: boolean): void {
    if (isComplete && !this.#hasGap) this.#end(kind);
    else if (isComplete && kind === "http") this.ended |= EndedMessage.HTTP;
    this.#partStart = undefined;
  }

  #end(kind: FramingKind): void {
    if (kind === "http") this.ended |= EndedMessage.HTTP;
    else if (kind === "dns") this.ended |= EndedMessage.DNS;
    else if (kind === "websocket") this.ended |= EndedMessage.WEBSOCKET;
    else return;
    const whole = kind === "http" ? undefined : this.#whole();
    if (kind === "dns" && whole !== undefined) {
      this.problem ??= checkDnsMessage(whole, DNS_PREFIX_LENGTH, whole.length);
    }
    const [start, end] = [this.#partStart, this.#partEnd];
    if (start === undefined) return;
    const isHere = end - start === this.#length;
    this.parts.push({ kind, start, end, ...(!isHere && whole !== undefined && { message: whole }) });
  }

  /** The message, where all of it was kept. */
  #whole(): Uint8Array | undefined {
    if (this.#keptLength !== this.#length) return undefined;
    return this.#kept.length === 1 ? this.#kept[0] : concatBytes(this.#kept, this.#length);
  }

  #isKept(): boolean {
    const { kind } = this.finder;
    return (kind === "dns" || kind === "websocket") && this.#keptLength === this.#length && this.#length < LONGEST_KEPT;
  }
}

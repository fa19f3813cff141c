/** The bytes that messages are on the wire: as the input has them, or completed to what a peer would have sent. */
import { copyBytes, LatestView, withView } from "../core/bytes.ts";
import { ConversationCompleter } from "./completers/conversation-completer.ts";
import type { CompleterMaker, PayloadMode } from "./completers/protocols.ts";
import type { Conversation, PendingMessage } from "./pending-message.ts";

const NO_BYTES = new Uint8Array(0);
/** Some hundred messages: a slab is kept as long as one of its messages is. */
const SLAB_LENGTH = 1 << 16;

/** Bytes in memory that others share. */
export interface BytePlace {
  buffer: Uint8Array;
  /** Index of the first byte. */
  start: number;
  /** Index behind the last one. */
  end: number;
}

export class WirePayloads {
  readonly #mode: PayloadMode;
  readonly #makeCompleter: CompleterMaker;
  readonly #wire: BytePlace = { buffer: NO_BYTES, start: 0, end: 0 };
  /** Completed messages, one behind the other. */
  #slab = withView(new Uint8Array(SLAB_LENGTH));
  #slabUsed = 0;
  readonly #latestView = new LatestView();
  /** Messages to which something was added, or that were translated. */
  completedMessages = 0;
  /** Messages that travel as text on a port of no protocol, because nobody would understand them on their own. */
  movedMessages = 0;

  constructor(mode: PayloadMode, makeCompleter: CompleterMaker) {
    this.#mode = mode;
    this.#makeCompleter = makeCompleter;
  }

  /**
   * The bytes that a message is on the wire; none for a row that only speaks of the connection. What it is completed with
   * depends on the messages before it and on the next one, so this is asked once for each message, in their order.
   *
   * @returns one and the same object each time
   */
  placeOf(pending: PendingMessage): BytePlace {
    const { message, conversation, control } = pending;
    const { payloadBuffer, payloadStart, payloadEnd } = message;
    if (control !== undefined) return this.#wireAt(NO_BYTES, 0, 0);
    const asItStands = this.#wireAt(payloadBuffer, payloadStart, payloadEnd);
    if (this.#mode === "exact" || message.isPacket) return asItStands;
    if (conversation.isMoved) {
      this.movedMessages++;
      return asItStands;
    }
    if (this.#appendEnding(pending, conversation)) return this.#wire;
    const completed = this.#complete(pending, conversation);
    return completed === undefined ? asItStands : this.#wireAt(completed, 0, completed.length);
  }

  /** The same as a view. */
  bytesOf(pending: PendingMessage): Uint8Array {
    const { buffer, start, end } = this.placeOf(pending);
    return buffer.subarray(start, end);
  }

  #wireAt(buffer: Uint8Array, start: number, end: number): BytePlace {
    const wire = this.#wire;
    wire.buffer = buffer;
    wire.start = start;
    wire.end = end;
    return wire;
  }

  #completerOf(conversation: Conversation): ConversationCompleter {
    conversation.completer ??= new ConversationCompleter(this.#makeCompleter);
    return conversation.completer;
  }

  /** The usual case, kept apart because it makes nothing but the bytes: @returns false where there is more to it */
  #appendEnding(pending: PendingMessage, conversation: Conversation): boolean {
    const { message, side } = pending;
    const next = pending.later;
    if (next?.side === side) return false;
    const { payloadBuffer, payloadStart, payloadEnd, protocol } = message;
    const completer = this.#completerOf(conversation);
    const isFromClient = side === "client";
    const { server } = conversation;
    const ending = completer.endingOf(protocol, payloadBuffer, payloadStart, payloadEnd, isFromClient, server, next);
    if (ending === undefined) return false;
    this.completedMessages++;
    const length = payloadEnd - payloadStart;
    const start = this.#slabRoomFor(length + ending.bytes.length);
    copyBytes(this.#latestView.of(payloadBuffer), payloadStart, payloadEnd, this.#slab, start);
    copyBytes(ending, 0, ending.bytes.length, this.#slab, start + length);
    this.#wireAt(this.#slab.bytes, start, this.#slabUsed);
    return true;
  }

  /** @returns where in the slab so many bytes may be written. What was written before stays until it was sent */
  #slabRoomFor(length: number): number {
    if (this.#slabUsed + length > this.#slab.bytes.length) {
      this.#slab = withView(new Uint8Array(Math.max(SLAB_LENGTH, length)));
      this.#slabUsed = 0;
    }
    const start = this.#slabUsed;
    this.#slabUsed += length;
    return start;
  }

  /** @returns undefined for a message that stays as it is */
  #complete(pending: PendingMessage, conversation: Conversation): Uint8Array | undefined {
    const { message, side } = pending;
    const { client, server } = conversation;
    const next = pending.later;
    const row = {
      protocol: message.protocol,
      transport: conversation.transport,
      payload: message.payload,
      isFromClient: side === "client",
      client,
      server,
      ...(next?.side === side && { next: next.payload }),
      later: next,
    };
    const { bytes, isCompleted } = this.#completerOf(conversation).complete(row);
    if (!isCompleted) return undefined;
    this.completedMessages++;
    return bytes;
  }
}

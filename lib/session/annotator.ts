/**
 * Says in a few words what each frame of a session is, for captures that keep such remarks: "SYN: browser opens", "msg 4,
 * segment 2 of 3". It only watches what is written; a capture without remarks is made without it.
 */
import type { FrameDirection, FrameNotes } from "../core/frame-sink.ts";
import { addSequence, isAfter, isBefore, isBeforeOrEqual, type SequenceNumber } from "../core/sequence.ts";
import { shorten } from "../core/text.ts";
import { formatTcpFlags, TcpFlag } from "../headers/tcp-fields.ts";
import { clientOf, peerOf, serverOf, type TcpConversation } from "./conversation.ts";

const { SYN, ACK, FIN, RST } = TcpFlag;

/** What people read should fit into a column. */
const LONGEST_NAME = 60;

/** What is to be asked of the sides of connections. */
export interface SequenceState {
  nextSequence(side: number): SequenceNumber;
  /** The acknowledgment number that a side sends next. */
  acknowledged(side: number): SequenceNumber;
  maximumSegmentSize(side: number): number;
}

/** A name, or a function that knows it when it is needed. */
type Name = string | (() => string);

/** What a message is called, and which part of it some bytes are. */
interface NamedPart {
  readonly message: NamedMessage;
  /** Index in the message of the part's first byte. */
  readonly offset: number;
}

/** One for all parts of a message. */
interface NamedMessage {
  name: Name;
  /** Bytes of all of it. */
  readonly length: number;
}

/** One end of a conversation: what it is called and what it has sent. */
export interface Speaker {
  name: string;
  readonly direction: FrameDirection;
  readonly sent: SentLog;
}

export class Annotator {
  readonly #notes: FrameNotes;
  readonly #connections: SequenceState;
  readonly #longestName: number;
  readonly #parts = new WeakMap<Uint8Array, NamedPart>();
  /** By side. */
  readonly #speakers: Speaker[] = [];

  /** @param longestName characters of a name; what is longer is cut */
  constructor(notes: FrameNotes, connections: SequenceState, longestName = LONGEST_NAME) {
    this.#notes = notes;
    this.#connections = connections;
    this.#longestName = longestName;
  }

  /** Names the two ends of a conversation. To be called before its first frame. */
  introduce(conversation: TcpConversation, clientName: string, serverName: string): void {
    this.#speakers[clientOf(conversation)] = this.#newSpeaker(clientName, "outbound");
    this.#speakers[serverOf(conversation)] = this.#newSpeaker(serverName, "inbound");
  }

  /** What is known of the ends of a conversation, for `recall`. */
  speakersOf(conversation: TcpConversation): readonly [Speaker, Speaker] {
    return [this.#speakers[clientOf(conversation)]!, this.#speakers[serverOf(conversation)]!];
  }

  recall(conversation: TcpConversation, [client, server]: readonly [Speaker, Speaker]): void {
    this.#speakers[clientOf(conversation)] = client;
    this.#speakers[serverOf(conversation)] = server;
  }

  /** What a side is called from now on. */
  rename(side: number, name: string): void {
    this.#speakers[side]!.name = this.#visible(name);
  }

  /** The bytes of a message, as an object of their own that frames are recognised by. */
  named(payload: Uint8Array, name: Name): Uint8Array {
    const own = payload.subarray();
    this.#parts.set(own, {
      message: { name: typeof name === "string" ? this.#visible(name) : name, length: payload.length },
      offset: 0,
    });
    return own;
  }

  /** What the bytes of a message are called; of a part of one, the name of the whole. Asked for its name when that is needed. */
  nameOf(payload: Uint8Array): () => string {
    const { message } = this.#partOf(payload);
    return () => this.#nameOf(message);
  }

  /** A part of a message, which is known as such from now on. */
  part(payload: Uint8Array, start: number, end: number): Uint8Array {
    const part = payload.subarray(start, end);
    const whole = this.#partOf(payload);
    this.#parts.set(part, { ...whole, offset: whole.offset + start });
    return part;
  }

  /** Notes what the next frame is: a segment from `side` with a part of `payload`. As `SegmentWriter.write` sees it. */
  segment(side: number, flags: number, payload: Uint8Array | undefined, start: number, end: number): void {
    const own = this.#speakers[side]!;
    const other = this.#speakers[peerOf(side)]!;
    const received = (flags & ACK) === 0 ? undefined : other.sent.acknowledge(this.#connections.acknowledged(side));
    const control = describeControl(flags, own, received);
    const data = payload !== undefined && end > start ? this.#describeData(side, payload, start, end) : undefined;
    this.#remember(side, own.sent, flags, payload, start, end);
    const bare = data === undefined && control === undefined ? describeBare(flags, own, received) : undefined;
    this.#note([control, data, bare].filter((text) => text !== undefined).join("; "), own.direction);
  }

  /** Notes what the next frame is: one of `count` fragments of a datagram, or a whole one. `index` counts from 0. */
  datagram(payload: Uint8Array, index: number, count: number, direction: FrameDirection): void {
    const name = this.#nameOf(this.#partOf(payload).message);
    this.#note(count === 1 ? name : `${name}, fragment ${index + 1} of ${count}`, direction);
  }

  /** Notes what the next frame is: a packet that somebody else has decided. */
  packet(comment: string, direction: FrameDirection): void {
    this.#note(this.#visible(comment), direction);
  }

  #note(comment: string, direction: FrameDirection): void {
    this.#notes.comments = [comment];
    this.#notes.direction = direction;
  }

  #describeData(side: number, payload: Uint8Array, start: number, end: number): string {
    const { message, offset } = this.#partOf(payload);
    const name = this.#nameOf(message);
    if (end - start === message.length) return name;
    const most = this.#connections.maximumSegmentSize(side);
    const segment = Math.floor((offset + start) / most) + 1;
    return `${name}, segment ${segment} of ${Math.ceil(message.length / most)}`;
  }

  /** Keeps in mind what a segment brings that can be acknowledged. A message counts from its first segment on. */
  #remember(
    side: number,
    sent: SentLog,
    flags: number,
    payload: Uint8Array | undefined,
    start: number,
    end: number,
  ): void {
    let next: number = this.#connections.nextSequence(side);
    if ((flags & SYN) !== 0) next = sent.push("syn", "", next, 1);
    if (payload !== undefined && end > start) {
      const { message, offset } = this.#partOf(payload);
      if (offset + start === 0) sent.push("message", this.#nameOf(message), next, message.length);
      next = addSequence(next, end - start);
    }
    if ((flags & FIN) !== 0) sent.push("fin", "", next, 1);
  }

  #partOf(payload: Uint8Array): NamedPart {
    return this.#parts.get(payload) ?? { message: { name: "data", length: payload.length }, offset: 0 };
  }

  /** Asks for the name once, and makes it visible. */
  #nameOf(message: NamedMessage): string {
    if (typeof message.name === "string") return message.name;
    message.name = this.#visible(message.name());
    return message.name;
  }

  #newSpeaker(name: string, direction: FrameDirection): Speaker {
    return { name: this.#visible(name), direction, sent: new SentLog() };
  }

  /** Names come from outside, and what shows them may be a terminal. */
  #visible(name: string): string {
    return shorten(name, this.#longestName);
  }
}

/** What a segment does to the connection itself; undefined where it does nothing to it. */
function describeControl(flags: number, { name, direction }: Speaker, received: Received | undefined) {
  const say = (what: string) => `${formatTcpFlags(flags)}: ${name} ${what}`;
  if ((flags & RST) !== 0) {
    const isRefusal = received?.kind === "syn" && direction === "inbound";
    return say(isRefusal ? "refuses the connection" : "breaks the connection off");
  }
  if ((flags & SYN) !== 0) return say((flags & ACK) === 0 ? "opens" : "accepts");
  if ((flags & FIN) !== 0) return say("has nothing more to send");
  return undefined;
}

/** A segment that carries nothing and changes nothing: what it acknowledges is all it says. */
function describeBare(flags: number, { name, direction }: Speaker, received: Received | undefined): string {
  const kind = formatTcpFlags(flags);
  if ((flags & ACK) === 0) return kind;
  switch (received?.kind) {
    case undefined:
      return `${kind}: nothing new`;
    case "syn":
      return `${kind}: ${direction === "outbound" ? "the connection is open" : `${name} has received the SYN`}`;
    case "fin":
      return `${kind}: ${name} has received the FIN`;
    case "part":
      return `${kind}: ${name} has received part of ${received.name}`;
    case "message":
      return `${kind}: ${name} has received ${received.count === 1 ? "" : "up to "}${received.name}`;
  }
}

type SentKind = "syn" | "fin" | "message";

interface Sent {
  readonly kind: SentKind;
  /** What a message is called. */
  readonly name: string;
  readonly start: SequenceNumber;
  /** The acknowledgment number that says that all of it has arrived. */
  readonly end: SequenceNumber;
}

/** What an acknowledgment says that was not known before. */
interface Received {
  /** What the last thing is that has arrived whole, or `part` of a message where that is all. */
  readonly kind: SentKind | "part";
  /** What the message is called. */
  readonly name: string;
  /** How many things have arrived whole. */
  readonly count: number;
}

/**
 * More than a window of 64 KiB can hold. Only a table of packets in which nobody ever acknowledges comes so far, and there
 * the oldest are forgotten.
 */
const MOST_ENTRIES = 1 << 17;

/** What one side of a connection has sent and the other has not acknowledged yet, in words that people know. */
export class SentLog {
  #entries: Sent[] = [];
  #acknowledged: SequenceNumber | undefined;

  /** @returns the sequence number after it */
  push(kind: SentKind, name: string, start: SequenceNumber, length: number): SequenceNumber {
    const end = addSequence(start, length);
    if (this.#entries.length >= MOST_ENTRIES) this.#entries = this.#entries.slice(MOST_ENTRIES / 2);
    this.#entries.push({ kind, name, start, end });
    return end;
  }

  /** Forgets what an acknowledgment number covers. @returns what is new in it, if anything */
  acknowledge(number: SequenceNumber): Received | undefined {
    const isNews = this.#acknowledged === undefined || isAfter(number, this.#acknowledged);
    this.#acknowledged = number;
    let count = 0;
    while (count < this.#entries.length && isBeforeOrEqual(this.#entries[count]!.end, number)) count++;
    if (count > 0) {
      const { kind, name } = this.#entries.splice(0, count).at(-1)!;
      return { kind, name, count };
    }
    const next = this.#entries[0];
    if (!isNews || next === undefined || !isBefore(next.start, number)) return undefined;
    return { kind: "part", name: next.name, count };
  }
}

/** The messages of streams, kept for the views of them: which frames carried each, and which shared a frame. */
import type { MessagePart, StreamMessage } from "../streams/messages.ts";
import type { TcpStream, UdpStream } from "../streams/tcp-stream.ts";
import { visibleBytes } from "./byte-text.ts";
import type { AnyStream } from "./stream-selection.ts";
import { count } from "./wording.ts";

/** A message, and its neighbours in the segments that carried it. */
export interface LoggedMessage {
  readonly number: number;
  readonly isFromHigher: boolean;
  /** How its end was found; "datagram" in a UDP stream. */
  readonly framing: StreamMessage["framing"] | "datagram";
  readonly length: number;
  readonly missing: number;
  readonly parts: readonly MessagePart[];
  readonly partCount: number;
  readonly preview: Uint8Array;
  readonly title?: string;
  readonly isComplete: boolean;
  /** Numbers of messages of the same direction that share a frame with this one; of many, the first. */
  readonly sharedWith: number[];
}

/** The messages of one stream: those that are kept, by their numbers, and how many there are. */
export interface StreamMessages {
  readonly stream: AnyStream;
  readonly messages: LoggedMessage[];
  total: number;
}

const PREVIEW_LENGTH = 256;
/** Of a segment that carries many short messages, not every one is named beside every other. */
const MOST_SHARED = 100;

export class MessageLog {
  readonly #most: number;
  readonly #streams = new Map<AnyStream, StreamMessages>();
  /** The messages of each direction that ended in the frame seen last, by stream. */
  readonly #tails = new Map<AnyStream, [fromLower: Tail, fromHigher: Tail]>();

  /** @param most messages that are kept of a stream; 0: all */
  constructor(most: number) {
    this.#most = most;
  }

  /** By the frame that each stream began with. */
  get streams(): StreamMessages[] {
    const all = [...this.#streams.values()];
    for (const { messages } of all) messages.sort((a, b) => a.number - b.number);
    return all.sort((a, b) => a.stream.firstFrame - b.stream.firstFrame);
  }

  add(stream: TcpStream, message: StreamMessage): void {
    const logged: LoggedMessage = { ...message, sharedWith: [] };
    const tails = this.#tails.get(stream) ?? [new Tail(), new Tail()];
    this.#tails.set(stream, tails);
    tails[message.isFromHigher ? 1 : 0].add(logged, message.lastFrame);
    this.#keep(stream, logged);
  }

  addDatagram(stream: UdpStream, payload: Uint8Array, isFromHigher: boolean, frame: number): void {
    this.#keep(stream, {
      number: (this.#streams.get(stream)?.total ?? 0) + 1,
      isFromHigher,
      framing: "datagram",
      length: payload.length,
      missing: 0,
      parts: [{ frame, offset: 0, length: payload.length }],
      partCount: 1,
      preview: payload.slice(0, PREVIEW_LENGTH),
      isComplete: true,
      sharedWith: [],
    });
  }

  #keep(stream: AnyStream, message: LoggedMessage): void {
    let entry = this.#streams.get(stream);
    if (entry === undefined) {
      entry = { stream, messages: [], total: 0 };
      this.#streams.set(stream, entry);
    }
    entry.total++;
    if (this.#most === 0 || message.number <= this.#most) entry.messages.push(message);
  }
}

/** Messages of one direction whose last bytes are in one and the same frame. */
class Tail {
  #frame = -1;
  #messages: LoggedMessage[] = [];

  add(message: LoggedMessage, lastFrame: number): void {
    if (message.parts[0]?.frame === this.#frame) for (const other of this.#messages) share(other, message);
    if (lastFrame !== this.#frame) this.#messages = [];
    this.#frame = lastFrame;
    if (this.#messages.length < MOST_SHARED) this.#messages.push(message);
  }
}

function share(a: LoggedMessage, b: LoggedMessage): void {
  if (a.sharedWith.length < MOST_SHARED) a.sharedWith.push(b.number);
  if (b.sharedWith.length < MOST_SHARED) b.sharedWith.push(a.number);
}

/** "[12 missing] ", "[unfinished] "; nothing where the message is whole. */
export function messageState({ missing, isComplete, length }: LoggedMessage): string {
  if (missing > 0) return `[${count(missing)} missing] `;
  return isComplete || length === 0 ? "" : "[unfinished] ";
}

/** What it is and what its first bytes hold, as one line. The end of its first line is not worth a place. */
export function messageBeginning({ preview, title }: LoggedMessage, mostBytes: number): string {
  const text = visibleBytes(preview.subarray(0, mostBytes)).replace(/(?:\\r)?\\n$/, "");
  return title === undefined ? text : `[${title}] ${text}`.trimEnd();
}

/** What the two sockets of one connection did, as a conversation of the recording. */
import type { TcpConversation } from "../../session/conversation.ts";
import type { RestingConversation } from "../../session/session.ts";
import type { SideName } from "../../session/tcp-parameters.ts";
import { type About, namedCopy, type RecordingPen } from "./recording-context.ts";

export interface RecordedConnection {
  /** What a side is called in the comments that are written from now on; those of the last moment are among them. */
  rename(side: SideName, name: string): void;
  /**
   * A side has sent these bytes just now. They are copied. Nothing happens where it has ended before.
   *
   * @param about what comments say of them; it can be cut. Default: how many bytes from whom
   */
  sent(side: SideName, bytes: Uint8Array, about?: About): void;
  /** A side has nothing more to send (FIN). The other can go on until it ends too. The second time nothing happens. */
  ended(side: SideName): void;
  /** A side breaks the connection off (RST). Nothing happens where the connection is over. */
  reset(side: SideName): void;
  /** Whether both sides have ended, or one has broken off. */
  readonly isOver: boolean;
}

export class RecordedTcp implements RecordedConnection {
  readonly #pen: RecordingPen;
  /** Between two moments of writing the timeline keeps nothing of it, so it goes when nobody cares for it any more. */
  #conversation: TcpConversation | RestingConversation;
  readonly #names: Record<SideName, string>;
  readonly #hasEnded: Record<SideName, boolean> = { client: false, server: false };

  /** @param names what the sides are called until they are renamed */
  constructor(pen: RecordingPen, conversation: TcpConversation, names: Record<SideName, string>) {
    this.#pen = pen;
    this.#conversation = conversation;
    this.#names = names;
    const time = pen.stamp(0);
    pen.awake(this);
    if (time !== undefined) pen.timeline.open(conversation, time);
  }

  /** To be called when nothing of it is under way. */
  rest(): void {
    if (typeof this.#conversation === "number") this.#conversation = this.#pen.timeline.rest(this.#conversation);
  }

  #wake(): TcpConversation {
    if (typeof this.#conversation === "number") return this.#conversation;
    const conversation = this.#pen.timeline.wake(this.#conversation);
    this.#conversation = conversation;
    this.#pen.awake(this);
    return conversation;
  }

  get isOver(): boolean {
    return this.#hasEnded.client && this.#hasEnded.server;
  }

  rename(side: SideName, name: string): void {
    this.#names[side] = name;
    this.#pen.timeline.rename(this.#wake(), side, name);
  }

  sent(side: SideName, bytes: Uint8Array, about?: About): void {
    if (this.#hasEnded[side] || bytes.length === 0) return;
    const time = this.#pen.stamp(bytes.length);
    if (time === undefined) return;
    const own = namedCopy(this.#pen, bytes, about, () => this.#names[side]);
    this.#pen.timeline.send(this.#wake(), side, time, own);
  }

  ended(side: SideName): void {
    if (this.#hasEnded[side]) return;
    this.#hasEnded[side] = true;
    const time = this.#pen.stamp(0);
    if (time !== undefined) this.#pen.timeline.close(this.#wake(), side, time, "stays");
  }

  reset(side: SideName): void {
    if (this.isOver) return;
    this.#hasEnded.client = this.#hasEnded.server = true;
    // What a reset finds unsent is never sent; but what was recorded has been sent.
    this.#pen.settle();
    const time = this.#pen.stamp(0);
    if (time !== undefined) this.#pen.timeline.reset(this.#wake(), side, time);
  }
}

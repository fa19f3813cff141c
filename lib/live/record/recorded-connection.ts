/** What the two sockets of one connection did, as a conversation of the recording. */
import type { SideName, TcpConversation } from "../../session/conversation.ts";
import type { SuspendedConversation } from "../../session/session.ts";
import { type About, namedCopy, type RecordingContext } from "./recording-context.ts";

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
  readonly #context: RecordingContext;
  /** Between two moments of writing the session keeps nothing of it, so it goes when nobody cares for it any more. */
  #conversation: TcpConversation | SuspendedConversation;
  readonly #names: Record<SideName, string>;
  readonly #hasEnded: Record<SideName, boolean> = { client: false, server: false };

  /** @param names what the sides are called until they are renamed */
  constructor(context: RecordingContext, conversation: TcpConversation, names: Record<SideName, string>) {
    this.#context = context;
    this.#conversation = conversation;
    this.#names = names;
    const time = context.stamp(0);
    context.resumed(this);
    if (time !== undefined) context.session.open(conversation, time);
  }

  /** To be called when nothing of it is under way. */
  suspend(): void {
    if (typeof this.#conversation === "number") this.#conversation = this.#context.session.suspend(this.#conversation);
  }

  #resume(): TcpConversation {
    if (typeof this.#conversation === "number") return this.#conversation;
    const conversation = this.#context.session.resume(this.#conversation);
    this.#conversation = conversation;
    this.#context.resumed(this);
    return conversation;
  }

  get isOver(): boolean {
    return this.#hasEnded.client && this.#hasEnded.server;
  }

  rename(side: SideName, name: string): void {
    this.#names[side] = name;
    this.#context.session.rename(this.#resume(), side, name);
  }

  sent(side: SideName, bytes: Uint8Array, about?: About): void {
    if (this.#hasEnded[side] || bytes.length === 0) return;
    const time = this.#context.stamp(bytes.length);
    if (time === undefined) return;
    const own = namedCopy(this.#context, bytes, about, () => this.#names[side]);
    this.#context.session.send(this.#resume(), side, time, own);
  }

  ended(side: SideName): void {
    if (this.#hasEnded[side]) return;
    this.#hasEnded[side] = true;
    const time = this.#context.stamp(0);
    if (time !== undefined) this.#context.session.close(this.#resume(), side, time, "stays");
  }

  reset(side: SideName): void {
    if (this.isOver) return;
    this.#hasEnded.client = this.#hasEnded.server = true;
    // What a reset finds unsent is never sent; but what was recorded has been sent.
    this.#context.settle();
    const time = this.#context.stamp(0);
    if (time !== undefined) this.#context.session.reset(this.#resume(), side, time);
  }
}

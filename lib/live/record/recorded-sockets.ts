/** What two sockets did, as a conversation of the recording: a connection of TCP, or a flow of datagrams. */

import { WirewrightError } from "../../core/errors.ts";
import type { DatagramFlow, SideName, TcpConversation } from "../../session/conversation.ts";
import { longestDatagram } from "../../session/packet-sizes.ts";
import type { Session, SuspendedConversation } from "../../session/session.ts";

/** What says what a message is: a text, or a function that is asked for it when the packet is written, soon afterwards. */
export type CommentText = string | (() => string);

/** What it needs of the recorder. */
export interface RecordingContext {
  readonly session: Session;
  /**
   * The tick of an event that happens now and brings so many bytes, later than all before it; undefined where nothing is
   * recorded any more.
   */
  stamp(bytes: number): number | undefined;
  /** Lets everything that was stamped so far happen to its end. */
  settle(): void;
  /** Something happens to a connection: it is to `suspend` once all of it is written. */
  resumed(connection: Suspendable): void;
}

/** What keeps nothing in the session as long as nothing happens to it. */
export interface Suspendable {
  /** To be called when nothing of it is under way. */
  suspend(): void;
}

/** A connection of TCP. */
export interface RecordedConnection {
  /** What a side is called in the comments that are written from now on; those of the last moment are among them. */
  rename(side: SideName, name: string): void;
  /**
   * A side has sent these bytes just now. They are copied. Nothing happens where it has ended before.
   *
   * @param about what comments say of them; it can be cut. Default: how many bytes from whom
   */
  sent(side: SideName, bytes: Uint8Array, about?: CommentText): void;
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

  sent(side: SideName, bytes: Uint8Array, about?: CommentText): void {
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

/** The datagrams that two sockets sent each other. */
export interface RecordedFlow {
  /** What a side is called in the comments that are written from now on; those of the last moment are among them. */
  rename(side: SideName, name: string): void;
  /**
   * A side has sent one datagram just now. Its bytes are copied; it may have none.
   *
   * @param about what comments say of it; it can be cut. Default: how many bytes from whom
   * @throws WirewrightError TOO_LONG for what no socket could have sent
   */
  sent(side: SideName, bytes: Uint8Array, about?: CommentText): void;
}

export class RecordedDatagrams implements RecordedFlow {
  readonly #context: RecordingContext;
  readonly #flow: DatagramFlow;
  readonly #names: Record<SideName, string>;

  /** @param names what the sides are called until they are renamed */
  constructor(context: RecordingContext, flow: DatagramFlow, names: Record<SideName, string>) {
    this.#context = context;
    this.#flow = flow;
    this.#names = names;
  }

  rename(side: SideName, name: string): void {
    this.#names[side] = name;
  }

  sent(side: SideName, bytes: Uint8Array, about?: CommentText): void {
    const most = longestDatagram(this.#flow.client.host.isIpv4);
    if (bytes.length > most) {
      const sentence = `A datagram of ${bytes.length} bytes cannot be recorded: the most that one carries is ${most}.`;
      throw new WirewrightError("TOO_LONG", sentence);
    }
    const time = this.#context.stamp(bytes.length);
    if (time === undefined) return;
    const own = namedCopy(this.#context, bytes, about, () => this.#names[side]);
    this.#context.session.sendDatagram(this.#flow, side, time, own);
  }
}

/**
 * A copy of bytes that comments know by a name.
 *
 * @param from who has sent them, where `about` does not say what they are
 */
function namedCopy(
  { session }: RecordingContext,
  bytes: Uint8Array,
  about: CommentText | undefined,
  from: () => string,
): Uint8Array {
  // Not `slice`, which for the buffers of Node does not copy.
  const own = new Uint8Array(bytes);
  const count = own.length;
  return session.named(own, about ?? (() => `${count === 1 ? "1 byte" : `${count} bytes`} from ${from()}`));
}

/**
 * Plays messages onto a timeline the way programs would have sent them: a connection is opened in time for its first
 * message, closed when it was idle for long, and closed at the end.
 */
import type { TcpConversation } from "./conversation.ts";
import type { SideName } from "./tcp-parameters.ts";
import type { Timeline } from "./timeline.ts";

/** How connections end: the four-way close, a reset by the client, or not within the capture. */
export type CloseKind = "fin" | "rst" | "none";

export interface MessagePlayerOptions {
  readonly close?: CloseKind | undefined;
  /** Ticks without a message after which a connection is closed. Default: never. */
  readonly idleClose?: number | undefined;
}

/** A conversation as the player keeps it: linked to its neighbours in the order of their latest messages. */
export interface PlayedConversation {
  readonly tcp: TcpConversation;
  state: "planned" | "open" | "closed";
  /** The time of its latest message. */
  lastMessage: number;
  older: PlayedConversation | undefined;
  newer: PlayedConversation | undefined;
}

export class MessagePlayer {
  readonly #timeline: Timeline;
  readonly #close: CloseKind;
  readonly #idleClose: number | undefined;
  /** Ticks that a conversation closed for idleness needs to be over and done with. */
  readonly #idleMargin: number;
  /** Conversations in the order they opened, closed ones among them until they outnumber the open ones. */
  #opened: PlayedConversation[] = [];
  #openCount = 0;
  #oldest: PlayedConversation | undefined;
  #newest: PlayedConversation | undefined;

  constructor(timeline: Timeline, options: MessagePlayerOptions = {}) {
    this.#timeline = timeline;
    this.#close = options.close ?? "fin";
    this.#idleClose = this.#close === "none" ? undefined : options.idleClose;
    this.#idleMargin = this.#idleClose === undefined ? 0 : 3 * timeline.handshakeTime;
  }

  /**
   * Ticks by which the timeline has to stay behind the messages read so far: a message can still ask for a handshake
   * that lies that much before it, or keep a connection from being closed.
   */
  get lag(): number {
    return this.#timeline.handshakeTime + this.#idleMargin;
  }

  /** Takes a conversation into the player's care. Its first message will open it. */
  adopt(tcp: TcpConversation): PlayedConversation {
    return { tcp, state: "planned", lastMessage: Number.NEGATIVE_INFINITY, older: undefined, newer: undefined };
  }

  /** True when a conversation will have been closed for idleness before a message of this time, so that it needs a new one. */
  isOver(played: PlayedConversation, time: number): boolean {
    if (this.#idleClose === undefined || played.state === "planned") return false;
    return time - played.lastMessage > this.#idleClose + this.#idleMargin;
  }

  /** One side says something at `time`. Times must not run backwards. */
  message(played: PlayedConversation, side: SideName, time: number, payload: Uint8Array): void {
    if (payload.length > 0 && played.state === "planned") this.#open(played, side, time);
    this.#timeline.send(played.tcp, side, time, payload);
    if (payload.length > 0) this.#touch(played, time);
  }

  /** Writes what is due, given that no message before `time` will follow. @returns false as `Timeline.advance` does */
  advance(time: number): boolean {
    const until = time - this.lag;
    while (this.#idleClose !== undefined && this.#oldest !== undefined) {
      const idleAt = this.#oldest.lastMessage + this.#idleClose;
      if (idleAt >= until) break;
      if (!this.#timeline.advance(idleAt)) return false;
      this.#closeIdle(this.#oldest, idleAt);
    }
    return this.#timeline.advance(until);
  }

  /**
   * Ends what is still open, in the order it was opened. To be called when `advance(Infinity)` has returned true: then
   * everything was said and acknowledged. What this asks for is written by another `advance(Infinity)`.
   */
  closeAll(): void {
    let time = this.#timeline.now;
    for (const played of this.#opened) {
      if (played.state !== "open") continue;
      time += this.#timeline.reactionTime;
      this.#end(played, time);
    }
    this.#opened = [];
  }

  #open(played: PlayedConversation, first: SideName, time: number): void {
    // The client's acknowledgement stands just before its own first message, and a round trip before the server's.
    const { roundTripTime, reactionTime, handshakeTime } = this.#timeline;
    const lead = first === "server" ? handshakeTime : roundTripTime + 2 * reactionTime;
    this.#timeline.open(played.tcp, time - lead);
    played.state = "open";
    if (this.#close === "none") return;
    this.#opened.push(played);
    this.#openCount++;
  }

  #touch(played: PlayedConversation, time: number): void {
    played.lastMessage = time;
    if (this.#idleClose === undefined || this.#newest === played) return;
    this.#unlink(played);
    played.older = this.#newest;
    if (this.#newest !== undefined) this.#newest.newer = played;
    else this.#oldest = played;
    this.#newest = played;
  }

  #unlink(played: PlayedConversation): void {
    if (played.older !== undefined) played.older.newer = played.newer;
    else if (this.#oldest === played) this.#oldest = played.newer;
    if (played.newer !== undefined) played.newer.older = played.older;
    else if (this.#newest === played) this.#newest = played.older;
    played.older = played.newer = undefined;
  }

  #closeIdle(played: PlayedConversation, time: number): void {
    this.#unlink(played);
    this.#end(played, time);
    if (this.#opened.length > 2 * this.#openCount) this.#opened = this.#opened.filter(({ state }) => state === "open");
  }

  #end(played: PlayedConversation, time: number): void {
    played.state = "closed";
    this.#openCount--;
    if (this.#close === "rst") this.#timeline.reset(played.tcp, "client", time);
    else this.#timeline.close(played.tcp, "client", time);
  }
}

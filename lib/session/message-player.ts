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
  /** The time of its latest message, or when it was seen to be still busy with it. */
  lastActive: number;
  isListed: boolean;
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
    return {
      tcp,
      state: "planned",
      lastActive: Number.NEGATIVE_INFINITY,
      isListed: false,
      older: undefined,
      newer: undefined,
    };
  }

  /** True when a conversation was closed for idleness, so that the next message needs a new one. */
  isOver(played: PlayedConversation): boolean {
    return played.state === "closed";
  }

  /**
   * One side says something at `time`. Times must not run backwards.
   *
   * @param payload holds what it says, from `start` to `end`
   */
  message(
    played: PlayedConversation,
    side: SideName,
    time: number,
    payload: Uint8Array,
    start = 0,
    end = payload.length,
  ): void {
    played.tcp.tally.messages++;
    if (end === start) return;
    if (played.state === "planned") this.#open(played, side, time);
    this.#timeline.send(played.tcp, side, time, payload, start, end);
    this.#touch(played, time);
  }

  /** Writes what is due, given that no message before `time` will follow. @returns false as `Timeline.advance` does */
  advance(time: number): boolean {
    const until = time - this.lag;
    while (this.#idleClose !== undefined && this.#oldest !== undefined) {
      // A conversation that is still busy is looked at again after a while, even where idleness is not to last at all.
      const idleAt = this.#oldest.lastActive + Math.max(this.#idleClose, this.#timeline.handshakeTime);
      if (idleAt >= until) break;
      if (!this.#timeline.advance(idleAt)) return false;
      this.#closeIdle(this.#oldest, idleAt);
    }
    return this.#timeline.advance(until);
  }

  /**
   * Ends what is still open, in the order it was opened. To be called when `advance(Infinity)` has returned true: then
   * everything was said and acknowledged. What this asks for is written by another `advance(Infinity)`.
   *
   * @returns when the last of them begins to close
   */
  closeAll(): number {
    let time = Math.max(this.#timeline.now, 0);
    for (const played of this.#opened) {
      if (played.state !== "open") continue;
      time += this.#timeline.reactionTime;
      this.#end(played, time);
    }
    this.#opened = [];
    return time;
  }

  /** Leaves a conversation to somebody else, who also closes it. */
  release(played: PlayedConversation): void {
    if (played.isListed) this.#unlink(played);
    if (played.state === "open") this.#openCount--;
    played.state = "closed";
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
    if (played.isListed) this.#unlink(played);
    played.lastActive = time;
    if (this.#idleClose === undefined) return;
    // Nearly always it is the newest. What was busy sending when it should have been closed belongs a little before.
    let older = this.#newest;
    while (older !== undefined && older.lastActive > time) older = older.older;
    this.#insertAfter(older, played);
  }

  #insertAfter(older: PlayedConversation | undefined, played: PlayedConversation): void {
    const newer = older === undefined ? this.#oldest : older.newer;
    played.older = older;
    played.newer = newer;
    played.isListed = true;
    if (older === undefined) this.#oldest = played;
    else older.newer = played;
    if (newer === undefined) this.#newest = played;
    else newer.older = played;
  }

  #unlink(played: PlayedConversation): void {
    const { older, newer } = played;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    played.older = played.newer = undefined;
    played.isListed = false;
  }

  #closeIdle(played: PlayedConversation, time: number): void {
    // Not idle: what was said is still under way.
    if (!isQuiet(played.tcp)) return this.#touch(played, time);
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

/** Nothing waits to be sent, and everything sent is known to have arrived. */
function isQuiet({ first, client, server }: TcpConversation): boolean {
  return first === undefined && client.bytesInFlight === 0 && server.bytesInFlight === 0;
}

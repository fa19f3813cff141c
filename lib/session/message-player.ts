/**
 * Plays messages onto a session the way programs would have sent them: a connection is opened in time for its first
 * message, closed when it was idle for long, and closed at the end.
 */
import { doubled, LinkedList } from "../core/tables.ts";
import type { SideName, TcpConversation } from "./conversation.ts";
import { lengthOfMessage } from "./given-messages.ts";
import type { Session } from "./session.ts";

/**
 * How connections end: the four-way close, a reset by the client, a client that closes a while before the server does, both at
 * once, or not within the capture.
 */
export type CloseKind = "fin" | "rst" | "half" | "simultaneous" | "none";

/** Round trips between the close of a client and that of its server, where the connection stands half open meanwhile. */
const HALF_OPEN = 10;

/** When and how connections are opened and closed. */
export interface MessagePlayerOptions {
  /** How connections end. Default: the four-way close. */
  readonly close?: CloseKind | undefined;
  /** Ticks without a message after which a connection is closed. Default: never. */
  readonly idleClose?: number | undefined;
  /** Ticks before the opening of a connection in which something else may be asked for that leads to it. Default: 0. */
  readonly leadTime?: number | undefined;
}

/** What the player has done with a conversation so far. 0 is what new columns are filled with. */
const State = { PLANNED: 0, OPEN: 1, CLOSED: 2 } as const;

const FIRST_CAPACITY = 64;
const NONE = -1;
/** Connections that are asked to close at once, before what this leads to is written. */
const CLOSED_AT_ONCE = 1024;

/**
 * Plays messages onto a session, and opens and closes their connections. Times are ticks of that session.
 *
 * @example
 * ```ts
 * import { Host, IdealSession, LinkType, macFromIp, MemorySlabs, MessagePlayer, parseIpv4, PcapWriter } from "wirewright";
 *
 * const slabs = new MemorySlabs();
 * const origin = { seconds: 1_767_225_600, ticks: 0 };
 * const writer = new PcapWriter(slabs, { linkType: LinkType.ETHERNET, ticksPerSecond: 1_000_000, origin });
 * const session = new IdealSession(writer, { ticksPerSecond: 1_000_000 });
 * const hostAt = (name: string, ip: string) => new Host(name, parseIpv4(ip), macFromIp(parseIpv4(ip)), 1);
 * const client = { host: hostAt("browser", "10.0.0.1"), port: 49152 };
 * const tcp = session.connect(client, { host: hostAt("server", "10.0.0.2"), port: 7 });
 *
 * const player = new MessagePlayer(session);
 * player.adopt(tcp);
 * player.message(tcp, "client", 5000, new TextEncoder().encode("hello"));
 * player.message(tcp, "server", 9000, new TextEncoder().encode("hello"));
 * player.advance(Number.POSITIVE_INFINITY);
 * player.closeAll();
 * session.advance(Number.POSITIVE_INFINITY);
 * writer.finish();
 * console.log(session.tallyOf(tcp).packets); // 11
 * ```
 */
export class MessagePlayer {
  readonly #session: Session;
  readonly #close: CloseKind;
  readonly #idleClose: number | undefined;
  readonly #leadTime: number;
  /** Ticks that a conversation closed for idleness needs to be over and done with. */
  readonly #idleMargin: number;
  // By conversation.
  #states = new Uint8Array(FIRST_CAPACITY);
  /** The time of its latest message, or when it was seen to be still busy with it. */
  #lastActive = new Float64Array(FIRST_CAPACITY);
  /** Where it stands among those that were opened, as long as it is open. */
  #places = new Int32Array(FIRST_CAPACITY);
  /** Conversations in the order they opened, closed ones among them until they outnumber the open ones. */
  #opened: TcpConversation[] = [];
  #openCount = 0;
  /** Those that have said something, the longest ago first; only where idle ones are closed. */
  readonly #byActivity = new LinkedList();

  /**
   * Nothing happens before `message`.
   *
   * @param session where everything happens
   */
  constructor(session: Session, options: MessagePlayerOptions = {}) {
    this.#session = session;
    this.#close = options.close ?? "fin";
    this.#leadTime = options.leadTime ?? 0;
    this.#idleClose = this.#close === "none" ? undefined : options.idleClose;
    this.#idleMargin = this.#idleClose === undefined ? 0 : 3 * session.handshakeTime;
  }

  /**
   * Ticks by which the session has to stay behind the messages read so far: a message can still ask for a handshake
   * that lies that much before it, or keep a connection from being closed.
   */
  get lag(): number {
    return this.#session.handshakeTime + this.#idleMargin + this.#leadTime;
  }

  /** Takes a conversation into the player's care. Its first message will open it. */
  adopt(tcp: TcpConversation): void {
    while (tcp >= this.#states.length) this.#grow();
    this.#states[tcp] = State.PLANNED;
    this.#lastActive[tcp] = Number.NEGATIVE_INFINITY;
    this.#places[tcp] = NONE;
  }

  /** Whether something was said on it, and it is neither closed nor released. */
  isOpen(tcp: TcpConversation): boolean {
    return this.#states[tcp] === State.OPEN;
  }

  /** True when a conversation was closed for idleness or released, so that the next message needs a new one. */
  isOver(tcp: TcpConversation): boolean {
    return this.#states[tcp] === State.CLOSED;
  }

  /** Whether anything was said on it, so that its handshake is on its way. */
  isUsed(tcp: TcpConversation): boolean {
    return this.#states[tcp] !== State.PLANNED;
  }

  /** The time of its latest message; -Infinity when there was none. */
  lastActive(tcp: TcpConversation): number {
    return this.#lastActive[tcp]!;
  }

  /**
   * One side says something at `time`. Times must not run backwards.
   *
   * @param payload holds what it says, from `start` to `end`
   */
  message(
    tcp: TcpConversation,
    side: SideName,
    time: number,
    payload: Uint8Array,
    start = 0,
    end = lengthOfMessage(payload),
  ): void {
    this.#session.tallyOf(tcp).messages++;
    if (end === start) return;
    if (this.#states[tcp] === State.PLANNED) this.#open(tcp, side, time);
    this.#session.send(tcp, side, time, payload, start, end);
    this.#touch(tcp, time);
  }

  /** Writes what is due, given that no message before `time` will follow. @returns false as `Session.advance` does */
  advance(time: number): boolean {
    const until = time - this.lag;
    while (this.#idleClose !== undefined && this.#byActivity.first !== NONE) {
      const oldest = this.#byActivity.first as TcpConversation;
      // A conversation that is still busy is looked at again after a while, even where idleness is not to last at all.
      const idleAt = this.#lastActive[oldest]! + Math.max(this.#idleClose, this.#session.handshakeTime);
      if (idleAt >= until) break;
      if (!this.#session.advance(idleAt)) return false;
      this.#closeIdle(oldest, idleAt);
    }
    return this.#session.advance(until);
  }

  /**
   * Ends what is still open, in the order it was opened. To be called when `advance(Infinity)` has returned true: then
   * everything was said and acknowledged. `advance(Infinity)` once more writes the closes.
   *
   * @returns when the last of them begins to close
   */
  closeAll(): number {
    const closings = this.closings();
    for (;;) {
      const { value, done } = closings.next();
      if (done) return value;
    }
  }

  /**
   * The same step by step, for more connections than should close at once: only what is iterated over is asked to close.
   *
   * @yields now and then a time that the session may be advanced to, so that what this asks for does not pile up
   * @returns as `closeAll`
   */
  *closings(): Generator<number, number> {
    let time = Math.max(this.#session.now, 0);
    let asked = 0;
    for (const [place, tcp] of this.#opened.entries()) {
      if (this.#places[tcp] !== place) continue;
      time += this.#session.reactionTime;
      this.#end(tcp, time);
      // Whoever closes others after these may still need a handshake for it.
      if (++asked % CLOSED_AT_ONCE === 0) yield time - this.#session.handshakeTime;
    }
    this.#opened = [];
    return time;
  }

  /** The client has said its last message, and the server has not: its own direction is closed behind it. */
  closeHalf(tcp: TcpConversation, time: number): void {
    if (this.#states[tcp] === State.OPEN) this.#session.close(tcp, "client", time, "stays");
  }

  /** Leaves a conversation to somebody else, who also closes it. */
  release(tcp: TcpConversation): void {
    this.#byActivity.remove(tcp);
    if (this.#states[tcp] === State.OPEN) this.#openCount--;
    this.#states[tcp] = State.CLOSED;
    this.#places[tcp] = NONE;
  }

  /** Ticks from the SYN of a connection to its first message, which this side sends. */
  openingTime(first: SideName): number {
    // The client's acknowledgement stands just before its own first message, and a round trip before the server's.
    const { roundTripTime, reactionTime, handshakeTime } = this.#session;
    return first === "server" ? handshakeTime : roundTripTime + 2 * reactionTime;
  }

  #open(tcp: TcpConversation, first: SideName, time: number): void {
    this.#session.open(tcp, time - this.openingTime(first));
    this.#states[tcp] = State.OPEN;
    if (this.#close === "none") return;
    this.#places[tcp] = this.#opened.length;
    this.#opened.push(tcp);
    this.#openCount++;
  }

  #touch(tcp: TcpConversation, time: number): void {
    this.#lastActive[tcp] = time;
    if (this.#idleClose === undefined) return;
    this.#byActivity.remove(tcp);
    // Nearly always it is the newest. What was busy sending when it should have been closed belongs a little before.
    let older = this.#byActivity.last;
    while (older !== NONE && this.#lastActive[older]! > time) older = this.#byActivity.before(older);
    this.#byActivity.insertAfter(older, tcp);
  }

  #closeIdle(tcp: TcpConversation, time: number): void {
    // Not idle: what was said is still under way.
    if (!this.#session.isQuiet(tcp)) return this.#touch(tcp, time);
    this.#byActivity.remove(tcp);
    this.#end(tcp, time);
    if (this.#opened.length > 2 * this.#openCount) this.#leaveOutClosed();
  }

  #leaveOutClosed(): void {
    this.#opened = this.#opened.filter((tcp, place) => this.#places[tcp] === place);
    for (const [place, tcp] of this.#opened.entries()) this.#places[tcp] = place;
  }

  #end(tcp: TcpConversation, time: number): void {
    this.#states[tcp] = State.CLOSED;
    this.#places[tcp] = NONE;
    this.#openCount--;
    const session = this.#session;
    if (this.#close === "rst") return session.reset(tcp, "client", time);
    if (this.#close === "fin") return session.close(tcp, "client", time);
    session.close(tcp, "client", time, "stays");
    // Half a round trip is what the client's FIN takes to arrive: until then neither knows of the other's.
    const later = this.#close === "half" ? HALF_OPEN * session.roundTripTime : session.roundTripTime / 2;
    session.close(tcp, "server", time + Math.floor(later), "stays");
  }

  #grow(): void {
    this.#states = doubled(this.#states);
    this.#lastActive = doubled(this.#lastActive);
    this.#places = doubled(this.#places);
  }
}

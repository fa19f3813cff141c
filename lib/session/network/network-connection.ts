/**
 * One conversation over the network: a TCP at each end, and above them the two applications, which say what the session asks them
 * to, each in its turn: what answers something is not said before that has arrived.
 */
import { WirewrightError } from "../../core/errors.ts";
import type { SequenceNumber } from "../../core/sequence.ts";
import type { SideName, Socket, Tally } from "../conversation.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import { TcpEndpoint } from "../tcp/endpoint.ts";
import type { Ending, EndpointWorld } from "../tcp/endpoint-world.ts";
import type { Segment } from "../tcp/segment.ts";
import type { TcpHabits } from "../tcp/tcp-habits.ts";
import type { ChainedConnection } from "./busy-connections.ts";
import type { LinkFlow } from "./link.ts";
import type { NetworkOptions } from "./network-options.ts";
import { SaidMessages } from "./said-messages.ts";
import type { FrameEnd } from "./segment-frames.ts";
import { SideTruth } from "./side-truth.ts";
import type { Timed, TimerHeap } from "./timer-heap.ts";

/** What an application is asked to do. */
export type Request =
  | { readonly kind: "send"; readonly payload: Uint8Array; readonly start: number; readonly end: number }
  | { readonly kind: "open" }
  /** From here on its frames have other fields. */
  | { readonly kind: "fields"; readonly fields: FrameFields | undefined }
  | { readonly kind: "close"; readonly isFollowed: boolean }
  | { readonly kind: "reset" }
  | { readonly kind: "abandon" };

interface Asked {
  /** Of the application itself, whatever the tap sees when. */
  readonly time: number;
  readonly isServer: boolean;
  readonly request: Request;
  /** What is asked after it. */
  next: Asked | undefined;
}

/** What connections of a session have in common. */
export interface ConnectionWorld {
  readonly timers: TimerHeap;
  readonly ticksPerSecond: number;
  /** The moment that the session has reached, in ticks. */
  readonly now: number;
  /** Whether comments call messages by their names. */
  readonly isAnnotated: boolean;
  /** What the bytes of a message are called. */
  nameOf(payload: Uint8Array): () => string;
  transmit(end: NetworkEnd, segment: Segment): void;
  /** A connection may have become busy, or have nothing to do any more. */
  changed(connection: NetworkConnection): void;
}

/** How a side deals with who wants something of it. */
export type Reception =
  /** As a server does. */
  | "open"
  /** Nobody listens there. */
  | "refused"
  /** Nobody answers there at all. */
  | "silent";

/** How a server deals with clients. */
export function receptionOf(
  server: Socket,
  { refused, silent }: Pick<NetworkOptions, "refused" | "silent">,
): Reception {
  const name = server.name ?? server.host.name;
  if (silent.includes(name)) return "silent";
  return refused.includes(name) ? "refused" : "open";
}

export interface ConnectionParts {
  readonly client: Socket;
  readonly server: Socket;
  readonly initialSequences: readonly [SequenceNumber, SequenceNumber];
  readonly habits: readonly [TcpHabits, TcpHabits];
  readonly reception: Reception;
  readonly tally: Tally;
  /** Bytes that the client reads before it breaks off; Infinity: it never does. */
  readonly resetAfter: number;
}

/** One side of a connection: its TCP, and what its application has said and read. */
export class NetworkEnd implements EndpointWorld, FrameEnd, Timed {
  readonly connection: NetworkConnection;
  readonly socket: Socket;
  readonly isServer: boolean;
  readonly initialSequence: SequenceNumber;
  readonly endpoint: TcpEndpoint;
  /** What comments call it. */
  name: string;
  fields: FrameFields | undefined = undefined;
  /** Which message which bytes of its stream belong to. */
  readonly said = new SaidMessages();
  /** Which transmission was the first of which bytes. */
  readonly truth = new SideTruth();
  /** What its link keeps of it. */
  flow: LinkFlow | undefined = undefined;
  /** Bytes that the application has handed over, and has read. */
  written = 0;
  read = 0;
  /** Packets sent so far, and of them those with data. */
  packets = 0;
  dataPackets = 0;
  /** When the timers look after this end next; Infinity where they do not. */
  watchedAt: number = Number.POSITIVE_INFINITY;
  /** Whether it closes as soon as it learns that the other side has. */
  isFollowing = false;
  ending: Ending | undefined = undefined;

  constructor(
    connection: NetworkConnection,
    socket: Socket,
    isServer: boolean,
    initialSequence: SequenceNumber,
    habits: TcpHabits,
  ) {
    this.connection = connection;
    this.socket = socket;
    this.name = socket.name ?? socket.host.name;
    this.isServer = isServer;
    this.initialSequence = initialSequence;
    this.endpoint = new TcpEndpoint(this, habits, connection.world.ticksPerSecond);
  }

  get peer(): NetworkEnd {
    return this.isServer ? this.connection.client : this.connection.server;
  }

  transmit(segment: Segment): void {
    this.packets++;
    if (segment.length > 0) this.dataPackets++;
    this.connection.world.transmit(this, segment);
  }

  deliver(_data: Uint8Array, start: number, end: number): void {
    this.read += end - start;
    this.connection.progressed();
    if (!this.isServer && this.read >= this.connection.resetAfter) this.endpoint.abort(this.connection.world.now);
  }

  opened(): void {
    this.connection.progressed();
  }

  endOfStream(): void {
    if (this.isFollowing) this.endpoint.shutdown(this.connection.world.now);
    this.connection.progressed();
  }

  acknowledged(sequence: number): void {
    this.said.forgetBefore(sequence);
    this.truth.forgetBefore(sequence);
    this.connection.progressed();
  }

  ended(how: Ending): void {
    this.ending = how;
    this.connection.progressed();
  }

  timeUp(now: number): void {
    // Put down for an earlier deadline, which has been looked after.
    if (now < this.watchedAt) return;
    this.watchedAt = Number.POSITIVE_INFINITY;
    if (this.endpoint.deadline <= now) this.endpoint.expire(now);
    this.connection.settle(now);
  }

  /** Has the timers look after it in time. What they have put down for later stays, and finds nothing to do. */
  watch(): void {
    const { deadline } = this.endpoint;
    if (deadline >= this.watchedAt) return;
    this.watchedAt = deadline;
    this.connection.world.timers.push(deadline, this);
  }
}

export class NetworkConnection implements Timed, ChainedConnection {
  readonly world: ConnectionWorld;
  readonly client: NetworkEnd;
  readonly server: NetworkEnd;
  readonly reception: Reception;
  readonly tally: Tally;
  readonly resetAfter: number;
  /** Its place in the order of first packets; -1 before that. */
  ordinal = -1;
  /** When anything last came further: when something was asked for and begun, or bytes were read or acknowledged. */
  #lastProgress: number = Number.NEGATIVE_INFINITY;
  /** Whether its session counts it among those that have something to do, and its neighbours among them. */
  isBusy = false;
  busyBefore: ChainedConnection | undefined = undefined;
  busyBehind: ChainedConnection | undefined = undefined;
  /** What is asked and has yet to come, in its order. */
  #firstAsked: Asked | undefined = undefined;
  #lastAsked: Asked | undefined = undefined;
  /** For which moment the timers have been told of what is asked. */
  #awaited: number = Number.POSITIVE_INFINITY;
  #isBroken = false;

  constructor(world: ConnectionWorld, parts: ConnectionParts) {
    this.world = world;
    const [clients, servers] = parts.initialSequences;
    this.client = new NetworkEnd(this, parts.client, false, clients, parts.habits[0]);
    this.server = new NetworkEnd(this, parts.server, true, servers, parts.habits[1]);
    this.reception = parts.reception;
    this.tally = parts.tally;
    this.resetAfter = parts.resetAfter;
    if (parts.reception === "open") this.server.endpoint.listen();
  }

  endOf(side: SideName): NetworkEnd {
    return side === "server" ? this.server : this.client;
  }

  /** Whether there is nothing that either side has yet to do or to learn, unless something is asked of it. */
  get isQuiet(): boolean {
    return !this.hasRequests && isQuietEnd(this.client) && isQuietEnd(this.server);
  }

  /** Whether anything that was asked has yet to come. */
  get hasRequests(): boolean {
    return this.#firstAsked !== undefined;
  }

  /** Since when nothing has come further, in ticks; in the future where what is asked for next is not due yet. */
  get waitingSince(): number {
    const next = this.#firstAsked;
    return next === undefined ? this.#lastProgress : Math.max(this.#lastProgress, next.time);
  }

  progressed(): void {
    this.#lastProgress = this.world.now;
  }

  /** @param time of the application; requests of one conversation are met in the order in which they are made */
  ask(side: SideName, time: number, request: Request): void {
    const last = this.#lastAsked;
    const asked: Asked = {
      time: last === undefined ? time : Math.max(time, last.time),
      isServer: side === "server",
      request,
      next: undefined,
    };
    if (last === undefined) this.#firstAsked = asked;
    else last.next = asked;
    this.#lastAsked = asked;
    // What was asked before and waits for its turn is looked after when something happens.
    if (this.#firstAsked!.time >= this.world.now) this.#await();
    if (!this.isBusy) this.world.changed(this);
  }

  timeUp(now: number): void {
    this.#awaited = Number.POSITIVE_INFINITY;
    this.settle(now);
  }

  /** Does what has become possible. To be called after everything that happens to it. */
  settle(now: number): void {
    for (let asked = this.#firstAsked; asked !== undefined; asked = this.#firstAsked) {
      if (asked.time > now || !this.#isTurnOf(asked)) break;
      this.#firstAsked = asked.next;
      if (asked.next === undefined) this.#lastAsked = undefined;
      this.#meet(asked, now);
    }
    if (this.#firstAsked !== undefined && this.#firstAsked.time > now) this.#await();
    this.client.watch();
    this.server.watch();
    this.world.changed(this);
  }

  /** Gives up what still waits, since nothing has come further for too long. */
  giveUp(): void {
    this.#firstAsked = this.#lastAsked = undefined;
  }

  #await(): void {
    const { time } = this.#firstAsked!;
    if (time >= this.#awaited) return;
    this.#awaited = time;
    this.world.timers.push(time, this);
  }

  /** Whoever answers has read what it answers, all that the other side has said before. */
  #isTurnOf({ isServer, request }: Asked): boolean {
    if (request.kind === "reset" || request.kind === "abandon" || this.#isBroken) return true;
    const [own, other] = isServer ? [this.server, this.client] : [this.client, this.server];
    if (own.ending !== undefined || other.ending !== undefined) return true;
    return request.kind === "open" || request.kind === "fields" || own.read >= other.written;
  }

  #meet({ isServer, request, time }: Asked, now: number): void {
    this.progressed();
    const end = isServer ? this.server : this.client;
    switch (request.kind) {
      case "open":
        if (this.client.endpoint.state !== "CLOSED") {
          throw new WirewrightError("BAD_ORDER", "A conversation is opened twice.");
        }
        return end.endpoint.connect(now);
      case "fields":
        end.fields = request.fields;
        return;
      case "send":
        return this.#send(end, request.payload, request.start, request.end, time, now);
      case "close":
        if (end.ending !== undefined) return;
        end.peer.isFollowing = request.isFollowed;
        return end.endpoint.shutdown(now);
      case "reset":
        this.#isBroken = true;
        if (end.ending === undefined) end.endpoint.abort(now);
        return;
      case "abandon":
        this.#isBroken = true;
    }
  }

  #send(end: NetworkEnd, payload: Uint8Array, start: number, stop: number, time: number, now: number): void {
    // Nobody is left to say it, or to hear it.
    if (end.ending !== undefined || this.#isBroken) return;
    if (time < now) this.tally.delayedMessages++;
    end.written += stop - start;
    if (this.world.isAnnotated) end.said.push(stop - start, this.world.nameOf(payload));
    end.endpoint.write(now, payload, start, stop);
  }
}

function isQuietEnd({ endpoint, ending, read, peer }: NetworkEnd): boolean {
  if (ending !== undefined) return true;
  return endpoint.isQuiet && (peer.ending !== undefined || read >= peer.written);
}

/**
 * A session over a network that loses, delays and reorders, with a real TCP at both ends: a discrete simulation, as the ideal one
 * is, but for what the network does, which the seed decides. A message is said at its time as the tap sees it, where nothing is
 * in the way; an answer is not said before what it answers has arrived.
 */
import { WirewrightError } from "../../core/errors.ts";
import type { FrameSink } from "../../core/frame-sink.ts";
import { SeededRandom } from "../../core/random.ts";
import type { SequenceNumber } from "../../core/sequence.ts";
import { type DatagramFlow, type SideName, type Socket, Tally, type TcpConversation } from "../conversation.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import type { LinkKind } from "../encapsulation/outer-headers.ts";
import { lengthOfMessage, requireSession, requireSide } from "../given-messages.ts";
import { PacketSizes } from "../packet-sizes.ts";
import type { GivenPacket } from "../packet-writer.ts";
import type { Session, SessionOptions, SuspendedConversation } from "../session.ts";
import type { Segment } from "../tcp/segment.ts";
import { linuxHabits, type TcpHabits } from "../tcp/tcp-habits.ts";
import { BusyConnections } from "./busy-connections.ts";
import { checkNetwork } from "./network-checks.ts";
import {
  type ConnectionWorld,
  NetworkConnection,
  type NetworkEnd,
  type Request,
  receptionOf,
} from "./network-connection.ts";
import type { NetworkSessionOptions } from "./network-options.ts";
import { NetworkTap } from "./network-tap.ts";
import { TimerHeap } from "./timer-heap.ts";
import { Wire } from "./wire.ts";

/** Seconds without any progress after which applications give up, at the least. */
const LEAST_PATIENCE = 1000;

export class NetworkSession implements Session, ConnectionWorld {
  readonly ticksPerSecond: number;
  readonly link: LinkKind;
  readonly roundTripTime: number;
  readonly reactionTime: number;
  readonly timers = new TimerHeap();
  now = Number.NEGATIVE_INFINITY;

  readonly #sink: FrameSink;
  readonly #random: SeededRandom;
  readonly #sizes: PacketSizes;
  readonly #options: NetworkSessionOptions;
  /** Of both sides, by the size of segments: connections share them. */
  readonly #habits = new Map<number, readonly [TcpHabits, TcpHabits]>();
  readonly #tap: NetworkTap;
  readonly #wire: Wire;
  /** By number; those that were forgotten leave theirs free. */
  readonly #connections: (NetworkConnection | undefined)[] = [];
  readonly #free: TcpConversation[] = [];
  /** Connections that have something to do, and are not stuck. */
  readonly #busy = new BusyConnections<NetworkConnection>();
  /** Ticks without any progress after which applications give up. */
  readonly #patience: number;
  /** When busy connections are next looked through for such as nothing happens to any more. */
  #reviewAt = Number.POSITIVE_INFINITY;
  #ordinals = 0;

  /** Writes frames into `sink`, in the order of their times at the tap. @throws WirewrightError BAD_OPTION for what no network can be */
  constructor(sink: FrameSink, options: SessionOptions, network: NetworkSessionOptions) {
    requireSession(sink, options);
    checkNetwork(network);
    this.#sink = sink;
    this.#sizes = new PacketSizes(options);
    this.#random = options.random ?? new SeededRandom(1);
    this.#options = network;
    this.ticksPerSecond = options.ticksPerSecond;
    this.link = options.link ?? "ethernet";
    const { toServer, toClient } = network.links;
    this.roundTripTime = Math.ceil(toServer.delay + toClient.delay);
    this.reactionTime = options.reactionTime ?? (50 * options.ticksPerSecond) / 1_000_000;
    const silences = this.#habitsWith(this.#sizes.segmentSize(true)).map(longestSilence);
    this.#patience = Math.max(LEAST_PATIENCE * options.ticksPerSecond, ...silences);
    this.#tap = new NetworkTap(sink, options, network, this.#sizes.mtu);
    this.#wire = new Wire(this.#tap, options, network);
  }

  get handshakeTime(): number {
    return 3 * this.roundTripTime + 2 * this.reactionTime;
  }

  get carriesArp(): boolean {
    return this.#tap.carriesArp;
  }

  get isAnnotated(): boolean {
    return this.#tap.isAnnotated;
  }

  named(payload: Uint8Array, name: string | (() => string)): Uint8Array {
    return this.#tap.named(payload, name);
  }

  nameOf(payload: Uint8Array): () => string {
    return this.#tap.nameOf(payload);
  }

  part(payload: Uint8Array, start: number, end: number): Uint8Array {
    return this.#tap.part(payload, start, end);
  }

  rename(conversation: TcpConversation, side: SideName, name: string): void {
    this.#tap.rename(this.#endOf(conversation, side), name);
  }

  setFields(conversation: TcpConversation, side: SideName, fields: FrameFields | undefined, time?: number): void {
    if (time === undefined) this.#endOf(conversation, side).fields = fields;
    else this.#ask(conversation, side, time, { kind: "fields", fields });
  }

  connect(client: Socket, server: Socket, tally = new Tally(), maximumSegmentSize?: number): TcpConversation {
    const size = maximumSegmentSize ?? this.#sizes.segmentSize(client.host.isIpv4);
    const connection = new NetworkConnection(this, {
      client,
      server,
      initialSequences: [this.#random.next(), this.#random.next()],
      habits: this.#habitsWith(size),
      reception: receptionOf(server, this.#options),
      tally,
      resetAfter: this.#options.resetAfter ?? Number.POSITIVE_INFINITY,
    });
    this.#wire.join(connection);
    return this.#admit(connection);
  }

  initialNumberOf(conversation: TcpConversation, side: SideName): SequenceNumber {
    return this.#endOf(conversation, side).initialSequence;
  }

  tallyOf(conversation: TcpConversation): Tally {
    return this.#connectionOf(conversation).tally;
  }

  segmentSizeOf(conversation: TcpConversation): number {
    return this.#sizes.segmentSize(this.#connectionOf(conversation).client.socket.host.isIpv4);
  }

  longestSegment(conversation: TcpConversation, flags: number): number {
    return this.#sizes.longestSegment(this.#connectionOf(conversation).client.socket.host.isIpv4, flags);
  }

  isQuiet(conversation: TcpConversation): boolean {
    return this.#connectionOf(conversation).isQuiet;
  }

  forget(conversation: TcpConversation): void {
    this.#connections[conversation] = undefined;
    this.#free.push(conversation);
  }

  suspend(conversation: TcpConversation): SuspendedConversation {
    const connection = this.#connectionOf(conversation);
    this.#connections[conversation] = undefined;
    this.#free.push(conversation);
    return connection as unknown as SuspendedConversation;
  }

  resume(suspended: SuspendedConversation): TcpConversation {
    return this.#admit(suspended as unknown as NetworkConnection);
  }

  open(conversation: TcpConversation, time: number): void {
    this.#ask(conversation, "client", time, { kind: "open" });
  }

  send(
    conversation: TcpConversation,
    side: SideName,
    time: number,
    payload: Uint8Array,
    start = 0,
    end = lengthOfMessage(payload),
  ): void {
    if (end > start) this.#ask(conversation, side, time, { kind: "send", payload, start, end });
  }

  close(conversation: TcpConversation, side: SideName, time: number, otherSide: "follows" | "stays" = "follows"): void {
    this.#ask(conversation, side, time, { kind: "close", isFollowed: otherSide === "follows" });
  }

  reset(conversation: TcpConversation, side: SideName, time: number): void {
    this.#ask(conversation, side, time, { kind: "reset" });
  }

  sendAsGiven(): void {
    throw new WirewrightError(
      "BAD_OPTION",
      "A table that lists packets tells what became of each; leave out what the network would do to them.",
    );
  }

  abandon(conversation: TcpConversation, time: number): void {
    this.#ask(conversation, "client", time, { kind: "abandon" });
  }

  sendDatagram(flow: DatagramFlow, side: SideName, time: number, payload: Uint8Array, fields?: FrameFields): void {
    requireSide(side);
    lengthOfMessage(payload);
    this.#wire.datagram(flow, side, this.#ownTime(side, this.#checked(time)), payload, fields);
  }

  sendPacket(time: number, packet: GivenPacket): void {
    this.#wire.packet(this.#checked(time), packet);
  }

  advance(until: number): boolean {
    const wire = this.#wire;
    const { timers } = this;
    const isLast = until === Number.POSITIVE_INFINITY;
    for (;;) {
      if (this.#sink.isFull) return false;
      // What merely keeps a connection alive, or forgets it, would go on for ever.
      const waiting = isLast && this.#busy.isEmpty ? Number.POSITIVE_INFINITY : timers.nextTime;
      const time = Math.min(waiting, wire.nextTime);
      if (time >= until) return true;
      this.now = time;
      if (isLast) this.#review(time);
      if (waiting === time) timers.shift().timeUp(time);
      else wire.next(time, this);
    }
  }

  transmit(end: NetworkEnd, segment: Segment): void {
    const { connection } = end;
    if (connection.ordinal < 0) connection.ordinal = this.#ordinals++;
    this.#wire.transmit(this.now, end, segment);
  }

  /** A segment has reached the other end. */
  arrive(end: NetworkEnd, segment: Segment): void {
    const { connection } = end;
    if (!end.isServer || connection.reception !== "silent") end.endpoint.receive(this.now, segment);
    connection.settle(this.now);
  }

  /** A router has told an end that its segments are too large. */
  pathTakes(end: NetworkEnd, segmentSize: number): void {
    end.endpoint.pathTakes(this.now, segmentSize);
    end.connection.settle(this.now);
  }

  changed(connection: NetworkConnection): void {
    const isQuiet = connection.isQuiet;
    const isStuck = !isQuiet && this.now - connection.waitingSince > this.#patience;
    if (isStuck) connection.giveUp();
    const isBusy = !isQuiet && !isStuck;
    if (isBusy === connection.isBusy) return;
    if (isBusy) this.#busy.add(connection);
    else this.#busy.remove(connection);
  }

  /** Something can go on for ever on one connection while another one waits for what never comes, and is never looked at. */
  #review(time: number): void {
    if (this.#reviewAt === Number.POSITIVE_INFINITY) this.#reviewAt = time + this.#patience;
    if (time <= this.#reviewAt) return;
    this.#reviewAt = time + this.#patience;
    for (const connection of this.#busy.all()) this.changed(connection);
  }

  /** @param maximumSegmentSize of the session's segments, where a side has none of its own */
  #habitsWith(maximumSegmentSize: number): readonly [TcpHabits, TcpHabits] {
    const known = this.#habits.get(maximumSegmentSize);
    if (known !== undefined) return known;
    const usual = { ...linuxHabits(this.ticksPerSecond), maximumSegmentSize };
    const { client, server } = this.#options;
    const habits = [
      { ...usual, ...client },
      { ...usual, ...server },
    ] as const;
    this.#habits.set(maximumSegmentSize, habits);
    return habits;
  }

  #admit(connection: NetworkConnection): TcpConversation {
    const conversation = this.#free.pop() ?? (this.#connections.length as TcpConversation);
    this.#connections[conversation] = connection;
    return conversation;
  }

  #ask(conversation: TcpConversation, side: SideName, time: number, request: Request): void {
    const connection = this.#connectionOf(conversation);
    requireSide(side);
    connection.ask(side, this.#ownTime(side, this.#checked(time)), request);
  }

  /** When a side has to say what the tap is to see at `time`. */
  #ownTime(side: SideName, time: number): number {
    return Math.max(this.now, time - this.#tap.usualDelay(side));
  }

  #checked(time: number): number {
    if (time >= this.now) return time;
    throw new WirewrightError(
      "BAD_ORDER",
      `An event at tick ${time} comes too late: the capture has reached tick ${this.now}.`,
    );
  }

  #connectionOf(conversation: TcpConversation): NetworkConnection {
    const connection = this.#connections[conversation];
    if (connection !== undefined) return connection;
    throw new WirewrightError("BAD_ORDER", "A conversation was forgotten, and is used again.");
  }

  #endOf(conversation: TcpConversation, side: SideName): NetworkEnd {
    return this.#connectionOf(conversation).endOf(side);
  }
}

/** Ticks for which a connection can stand still and yet go on: until a TCP has given up trying, or an application begins to read. */
function longestSilence({ dataRetries, synRetries, synAckRetries, largestTimeout, readPause }: TcpHabits): number {
  const tries = Math.max(...[dataRetries, synRetries, synAckRetries].filter(Number.isFinite), 0) + 2;
  return tries * largestTimeout + readPause;
}

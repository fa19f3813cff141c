/**
 * A session over links that lose nothing and always take the same time: a discrete simulation.
 *
 * The tap stands at the client: a frame is stamped when it passes there. What passes towards the server is answered there
 * one round trip later; what passes towards the client is answered after the client's short reaction time. So the network
 * is two pipes, each of constant delay, with a small TCP state machine at both ends. Datagrams, and segments that somebody
 * else has decided, pass without an answer.
 */

import { WirewrightError } from "../../core/errors.ts";
import type { FrameSink } from "../../core/frame-sink.ts";
import { SeededRandom } from "../../core/random.ts";
import type { SequenceNumber } from "../../core/sequence.ts";
import type { Annotator, Speaker } from "../annotator.ts";
import {
  clientOf,
  type DatagramFlow,
  type SideName,
  type Socket,
  serverOf,
  Tally,
  type TcpConversation,
} from "../conversation.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import type { LinkKind } from "../encapsulation/outer-headers.ts";
import { EventNumber, EventQueue } from "../event-queue.ts";
import { isServer, lengthOfMessage } from "../given-messages.ts";
import { checkRange, PacketSizes } from "../packet-sizes.ts";
import type { GivenPacket } from "../packet-writer.ts";
import type { Session, SessionOptions, SuspendedConversation } from "../session.ts";
import { ConnectionTable, type SuspendedConnection } from "./connection-table.ts";
import { FrameWriters, type SessionParts } from "./frame-writers.ts";
import { TcpMachine } from "./tcp-machine.ts";

const { SUBJECT, CODE, FIRST, SECOND } = EventNumber;

const Action = {
  SEND: 0,
  CLOSE: 1,
  CLOSE_ALONE: 2,
  RESET: 3,
  AS_GIVEN: 4,
  DATAGRAM: 5,
  ABANDON: 6,
  PACKET: 7,
  FIELDS: 8,
} as const;
/** In the code of an event of the application: the lowest bit says that the server acts, four more what it does. */
const BY_SERVER = 1;
const ACTION_SHIFT = 1;
const ACTION_MASK = 15;
/** Above them, the flags of a segment that is sent as given. */
const FLAGS_SHIFT = 5;

/** Events hold indexes and counts in 32 bits. */
const LARGEST_INDEX = 2 ** 32 - 1;

interface Datagram {
  readonly flow: DatagramFlow;
  readonly payload: Uint8Array;
  readonly fields: FrameFields | undefined;
}

/** What the action of an event needs; which of these, the action tells. */
type Item = Uint8Array | Datagram | GivenPacket | FrameFields;

/** Where a number of one is asked for and there is none. */
const NO_CONVERSATION = 0 as TcpConversation;

/** What is kept of a suspended conversation, by whoever suspended it. */
interface Suspended {
  readonly connection: SuspendedConnection;
  readonly speakers: readonly [Speaker, Speaker] | undefined;
  readonly fields: readonly [FrameFields | undefined, FrameFields | undefined] | undefined;
}

/** A session over links that always take the same time, which is given what it writes its frames with: `IdealSession` has all of it. */
export class ConstantSession implements Session {
  /** How many ticks a second has. */
  readonly ticksPerSecond: number;
  /** The link layer of every frame. */
  readonly link: LinkKind;
  readonly roundTripTime: number;
  readonly reactionTime: number;
  now = Number.NEGATIVE_INFINITY;

  readonly #sink: FrameSink;
  readonly #random: SeededRandom;
  readonly #sizes: PacketSizes;
  readonly #connections = new ConnectionTable();
  readonly #machine: TcpMachine;
  readonly #writers: FrameWriters;
  /** Absent where the sink keeps no notes on frames. */
  readonly #annotator: Annotator | undefined;
  // Asked for by the application. Openings have a queue of their own, because they are asked for in advance.
  readonly #openings = new EventQueue<never>();
  readonly #actions = new EventQueue<Item>();

  /** Writes frames into `sink`, in the order of their times. @param parts those that are needed are there when they are */
  constructor(sink: FrameSink, options: SessionOptions, parts: SessionParts) {
    this.#sizes = new PacketSizes(options);
    checkRange("A time to live", options.timeToLive ?? 64, 1, 255);
    this.#sink = sink;
    this.#random = options.random ?? new SeededRandom(1);
    this.ticksPerSecond = options.ticksPerSecond;
    this.link = options.link ?? "ethernet";
    this.roundTripTime = options.roundTripTime ?? options.ticksPerSecond / 1000;
    const microsecond = options.ticksPerSecond / 1_000_000;
    this.reactionTime = options.reactionTime ?? 50 * microsecond;
    this.#writers = new FrameWriters(sink, this.#connections, options, this.#sizes.mtu, parts);
    this.#annotator = this.#writers.annotator;
    this.#machine = new TcpMachine(this.#connections, this.#writers.segments, {
      roundTripTime: this.roundTripTime,
      reactionTime: this.reactionTime,
      segmentGap: options.segmentGap ?? 10 * microsecond,
    });
  }

  get handshakeTime(): number {
    return 2 * this.roundTripTime + 2 * this.reactionTime;
  }

  get carriesArp(): boolean {
    return this.#writers.carriesArp;
  }

  get isAnnotated(): boolean {
    return this.#annotator !== undefined;
  }

  named(payload: Uint8Array, name: string | (() => string)): Uint8Array {
    return this.#annotator?.named(payload, name) ?? payload;
  }

  part(payload: Uint8Array, start: number, end: number): Uint8Array {
    return this.#annotator?.part(payload, start, end) ?? payload.subarray(start, end);
  }

  rename(conversation: TcpConversation, side: SideName, name: string): void {
    this.#annotator?.rename(sideOf(conversation, side), name);
  }

  setFields(conversation: TcpConversation, side: SideName, fields: FrameFields | undefined, time?: number): void {
    if (time === undefined) this.#setFieldsNow(sideOf(conversation, side), fields);
    else this.#act(Action.FIELDS, conversation, side, time, fields);
  }

  connect(client: Socket, server: Socket, tally = new Tally(), maximumSegmentSize?: number): TcpConversation {
    checkRange("A port", client.port, 0, 0xffff);
    checkRange("A port", server.port, 0, 0xffff);
    const conversation = this.#connections.add(
      { host: client.host, port: client.port, initialSequence: this.#random.next() },
      { host: server.host, port: server.port, initialSequence: this.#random.next() },
      tally,
      maximumSegmentSize ?? this.#sizes.segmentSize(client.host.isIpv4),
    );
    // The number may have been that of another one.
    this.#setFieldsNow(clientOf(conversation), undefined);
    this.#setFieldsNow(serverOf(conversation), undefined);
    this.#annotator?.introduce(conversation, client.name ?? client.host.name, server.name ?? server.host.name);
    return conversation;
  }

  initialNumberOf(conversation: TcpConversation, side: SideName): SequenceNumber {
    return this.#connections.nextSequence(sideOf(conversation, side));
  }

  tallyOf(conversation: TcpConversation): Tally {
    return this.#connections.tallies[conversation]!;
  }

  segmentSizeOf(conversation: TcpConversation): number {
    return this.#connections.maximumSegmentSize(clientOf(conversation));
  }

  longestSegment(conversation: TcpConversation, flags: number): number {
    return this.#sizes.longestSegment(this.#connections.hosts[clientOf(conversation)]!.isIpv4, flags);
  }

  isQuiet(conversation: TcpConversation): boolean {
    return this.#connections.isQuiet(conversation);
  }

  forget(conversation: TcpConversation): void {
    this.#connections.release(conversation);
  }

  suspend(conversation: TcpConversation): SuspendedConversation {
    const speakers = this.#annotator?.speakersOf(conversation);
    const own = this.#writers.encapsulated?.fields;
    const fields = own && ([own[clientOf(conversation)], own[serverOf(conversation)]] as const);
    const suspended: Suspended = { connection: this.#connections.suspend(conversation), speakers, fields };
    return suspended as unknown as SuspendedConversation;
  }

  /** Goes on with a conversation that was suspended. */
  resume(suspended: SuspendedConversation): TcpConversation {
    const { connection, speakers, fields } = suspended as unknown as Suspended;
    const conversation = this.#connections.resume(connection);
    this.#setFieldsNow(clientOf(conversation), fields?.[0]);
    this.#setFieldsNow(serverOf(conversation), fields?.[1]);
    if (speakers !== undefined) this.#annotator?.recall(conversation, speakers);
    return conversation;
  }

  open(conversation: TcpConversation, time: number): void {
    this.#connections.retain(conversation);
    this.#openings.push(this.#checked(time), conversation, 0, 0, 0);
  }

  send(
    conversation: TcpConversation,
    side: SideName,
    time: number,
    payload: Uint8Array,
    start = 0,
    end = lengthOfMessage(payload),
  ): void {
    if (end > LARGEST_INDEX) return this.send(conversation, side, time, payload.subarray(start, end));
    if (end > start) this.#act(Action.SEND, conversation, side, time, payload, start, end);
  }

  close(conversation: TcpConversation, side: SideName, time: number, otherSide: "follows" | "stays" = "follows"): void {
    this.#act(otherSide === "follows" ? Action.CLOSE : Action.CLOSE_ALONE, conversation, side, time);
  }

  reset(conversation: TcpConversation, side: SideName, time: number): void {
    this.#act(Action.RESET, conversation, side, time);
  }

  sendAsGiven(
    conversation: TcpConversation,
    side: SideName,
    time: number,
    flags: number,
    payload?: Uint8Array | undefined,
    numbersAgain = 0,
  ): void {
    checkRange("A set of flags", flags, 0, 0x1ff);
    const length = payload?.length ?? 0;
    const most = this.longestSegment(conversation, flags);
    if (length > most) {
      throw new WirewrightError("TOO_LONG", `A segment of ${length} bytes is too long; the most is ${most}.`);
    }
    checkRange("A count of sequence numbers", numbersAgain, 0, LARGEST_INDEX);
    const action = Action.AS_GIVEN | (flags << (FLAGS_SHIFT - ACTION_SHIFT));
    this.#act(action, conversation, side, time, payload, numbersAgain);
  }

  abandon(conversation: TcpConversation, time: number): void {
    this.#act(Action.ABANDON, conversation, "client", time);
  }

  sendDatagram(flow: DatagramFlow, side: SideName, time: number, payload: Uint8Array, fields?: FrameFields): void {
    lengthOfMessage(payload);
    this.#act(Action.DATAGRAM, NO_CONVERSATION, side, time, { flow, payload, fields });
  }

  sendPacket(time: number, packet: GivenPacket): void {
    this.#act(Action.PACKET, NO_CONVERSATION, "client", time, packet);
  }

  advance(until: number): boolean {
    const machine = this.#machine;
    for (;;) {
      if (this.#sink.isFull) return false;
      const opening = this.#openings.nextTime;
      const action = this.#actions.nextTime;
      const paced = machine.paced.nextTime;
      const atClient = machine.toClient.nextTime;
      const atServer = machine.toServer.nextTime;
      const time = Math.min(opening, action, paced, atClient, atServer);
      if (time >= until) return true;
      this.now = time;
      machine.now = time;
      // At one and the same time the application comes first, so that an acknowledgement due now can ride on its data.
      if (opening === time) this.#takeOpening();
      else if (action === time) this.#takeAction();
      else if (paced === time) machine.takePaced();
      else machine.takeArrival(atClient !== time);
    }
  }

  #act(
    action: number,
    conversation: TcpConversation,
    side: SideName,
    time: number,
    item?: Item,
    start = 0,
    end = 0,
  ): void {
    if (action !== Action.DATAGRAM && action !== Action.PACKET) this.#connections.retain(conversation);
    const code = (action << ACTION_SHIFT) | (isServer(side) ? BY_SERVER : 0);
    this.#actions.push(this.#checked(time), conversation, code, start, end, item);
  }

  #checked(time: number): number {
    if (time >= this.now) return time;
    throw new WirewrightError(
      "BAD_ORDER",
      `An event at tick ${time} comes too late: the capture has reached tick ${this.now}.`,
    );
  }

  #takeOpening(): void {
    const conversation = this.#openings.numbers[this.#openings.at + SUBJECT] as TcpConversation;
    this.#openings.shift();
    this.#machine.open(conversation);
    this.#connections.release(conversation);
  }

  #takeAction(): void {
    const { numbers, at, item } = this.#actions;
    const conversation = numbers[at + SUBJECT] as TcpConversation;
    const code = numbers[at + CODE]!;
    const start = numbers[at + FIRST]! >>> 0;
    const end = numbers[at + SECOND]! >>> 0;
    this.#actions.shift();
    const isServer = (code & BY_SERVER) !== 0;
    const action = (code >> ACTION_SHIFT) & ACTION_MASK;
    // What the item is, the action tells, and faster than its class would.
    if (action === Action.DATAGRAM) return this.#sendDatagramNow(item as Datagram, isServer);
    if (action === Action.PACKET) return this.#writers.others.packets.write(this.now, item as GivenPacket);
    const payload = item as Uint8Array | undefined;
    const side = isServer ? serverOf(conversation) : clientOf(conversation);
    if (action === Action.SEND) this.#machine.send(side, payload!, start, end);
    else if (action === Action.AS_GIVEN) this.#machine.sendAsGiven(side, code >> FLAGS_SHIFT, payload, start);
    else if (action === Action.RESET) this.#machine.reset(side);
    else if (action === Action.FIELDS) this.#setFieldsNow(side, item as FrameFields | undefined);
    else if (action === Action.ABANDON) this.#machine.abandon(conversation);
    else this.#machine.close(side, action === Action.CLOSE);
    this.#connections.release(conversation);
  }

  #setFieldsNow(side: number, fields: FrameFields | undefined): void {
    const writer = this.#writers.encapsulated;
    if (writer !== undefined) writer.fields[side] = fields;
  }

  #sendDatagramNow({ flow, payload, fields }: Datagram, fromServer: boolean): void {
    const [from, to] = fromServer ? [flow.server, flow.client] : [flow.client, flow.server];
    const direction = fromServer ? "inbound" : "outbound";
    flow.tally.packets += this.#writers.others.datagrams.write(this.now, from, to, payload, direction, fields);
    flow.tally.payloadBytes += payload.length;
  }
}

function sideOf(conversation: TcpConversation, side: SideName): number {
  return isServer(side) ? serverOf(conversation) : clientOf(conversation);
}

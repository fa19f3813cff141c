/** What is on its way between the two ends of all conversations, in the order in which it passes the tap and arrives. */

import { TCP_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import type { DatagramFlow, SideName } from "../conversation.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import { EventQueue } from "../event-queue.ts";
import type { GivenPacket } from "../packet-writer.ts";
import type { SessionOptions } from "../session.ts";
import { Ecn, type Segment } from "../tcp/segment.ts";
import { Complaints } from "./complaints.ts";
import { ControlMessages } from "./control-messages.ts";
import type { Course } from "./course.ts";
import { DatagramWire } from "./datagram-wire.ts";
import { Link } from "./link.ts";
import type { NetworkConnection, NetworkEnd } from "./network-connection.ts";
import { type NetworkSessionOptions, pathMtuOf } from "./network-options.ts";
import type { NetworkTap } from "./network-tap.ts";
import { Passage } from "./passage.ts";
import { PassageLanes } from "./passage-lanes.ts";
import { TruthLog } from "./truth-log.ts";
import { conversationKey, identityOf } from "./variates.ts";

/** Whoever is told of what arrives. */
export interface Arrivals {
  arrive(end: NetworkEnd, segment: Segment): void;
  pathTakes(end: NetworkEnd, segmentSize: number): void;
}

/** What is scheduled for a passage: that it passes a place, whose index the code is, its arrival, its arrival once more, or ... */
const ARRIVAL = -1;
const SECOND_ARRIVAL = -2;
/** ... its arrival where the only place of the tap is. */
const ARRIVAL_AT_TAP = -3;

/** Each has its lanes. */
const DIRECTIONS = 2;

export class Wire {
  readonly #tap: NetworkTap;
  readonly #toServer: Link;
  readonly #toClient: Link;
  readonly #datagrams: DatagramWire;
  readonly #network: NetworkSessionOptions;
  readonly #messages: ControlMessages;
  readonly #complaints: Complaints;
  readonly #truth: TruthLog | undefined;
  readonly #lanes: PassageLanes;
  /** Connections between the same sockets so far, by the identity of the first. Never forgotten: any may come again. */
  readonly #repetitions = new Map<number, number>();
  readonly #given = new EventQueue<GivenPacket>();
  /** When the earliest is due of what is no segment. */
  #othersTime: number = Number.POSITIVE_INFINITY;

  constructor(tap: NetworkTap, { ticksPerSecond, timeToLive = 64 }: SessionOptions, network: NetworkSessionOptions) {
    const { links, seed, fates } = network;
    const setting = { ticksPerSecond, seed, fates };
    this.#tap = tap;
    this.#toServer = new Link(links.toServer, { ...setting, from: "client" });
    this.#toClient = new Link(links.toClient, { ...setting, from: "server" });
    this.#network = network;
    this.#lanes = new PassageLanes(DIRECTIONS * (tap.places.length + 1));
    this.#messages = new ControlMessages(tap, timeToLive);
    const isWanted = network.onTransmission !== undefined || tap.isAnnotated;
    this.#truth = isWanted ? new TruthLog(network.onTransmission) : undefined;
    this.#complaints = new Complaints(tap, this.#truth, network);
    const [toServer, toClient, messages, truth] = [this.#toServer, this.#toClient, this.#messages, this.#truth];
    const complaints = this.#complaints;
    this.#datagrams = new DatagramWire({
      tap,
      toServer,
      toClient,
      messages,
      complaints,
      truth,
      network,
      ticksPerSecond,
    });
  }

  get nextTime(): number {
    return Math.min(this.#lanes.nextTime, this.#othersTime);
  }

  /** To be called after all that changes what is to come of other packets. */
  #noteOthers(): void {
    this.#othersTime = Math.min(this.#given.nextTime, this.#datagrams.nextTime, this.#complaints.nextTime);
  }

  /** Prepares what is kept of a conversation. */
  join({ client, server }: NetworkConnection): void {
    const first = conversationKey(client.socket, server.socket);
    const identity = identityOf(first);
    const repetition = this.#repetitions.get(identity) ?? 0;
    this.#repetitions.set(identity, repetition + 1);
    const key = repetition === 0 ? first : conversationKey(client.socket, server.socket, repetition);
    client.flow = this.#toServer.flow(key);
    server.flow = this.#toClient.flow(key);
  }

  /** Lets what is due at `time` pass the tap, or arrive. */
  next(time: number, arrivals: Arrivals): void {
    if (this.#othersTime === time) {
      this.#nextOther(time, arrivals);
      this.#noteOthers();
      return;
    }
    const passage = this.#lanes.shift();
    const { code } = this.#lanes;
    if (code >= 0 || code === ARRIVAL_AT_TAP) this.#tap.write(time, passage, Math.max(0, code));
    if (code === ARRIVAL || code === ARRIVAL_AT_TAP) this.#truth?.arrived(passage);
    if (--passage.pending === 0) this.#truth?.settle(passage.record);
    if (code >= 0 || !passage.isIntact) return;
    if (passage.isMarked) passage.segment.ecn = Ecn.CONGESTION_EXPERIENCED;
    arrivals.arrive(passage.end.peer, passage.segment);
  }

  /** The same for what is no segment. */
  #nextOther(time: number, arrivals: Arrivals): void {
    if (this.#given.nextTime === time) {
      const packet = this.#given.item!;
      this.#given.shift();
      this.#tap.given(time, packet);
    } else if (this.#datagrams.nextTime === time) this.#datagrams.next(time);
    else this.#hear(time, arrivals);
  }

  /** Sends a segment on its way: what becomes of it is decided here. */
  transmit(now: number, end: NetworkEnd, segment: Segment): void {
    const tap = this.#tap;
    const link = end.isServer ? this.#toClient : this.#toServer;
    const packet = tap.segments.packetLength(segment, end);
    const hasData = segment.length > 0;
    const isCapable = segment.ecn !== Ecn.NOT_CAPABLE;
    const course =
      packet > pathMtuOf(this.#network, end.socket.host)
        ? link.sendTooLarge(end.flow!, now, hasData)
        : link.send(end.flow!, now, tap.linkLength + packet, hasData, isCapable);
    const passage = new Passage(end, segment, end.socket.host.takeIdentification(), course);
    this.#truth?.sent(passage, course);
    this.#scheduleAll(now, passage, course);
    if (course.fate === "too-large" && !this.#network.isBlackHole) this.#complain(passage, course);
    if (passage.pending === 0) this.#truth?.settle(passage.record);
  }

  /** Notes all that will be seen of a passage. What nothing else comes before is done at once, and what is one thing, at one go. */
  #scheduleAll(now: number, passage: Passage, course: Course): void {
    const { places } = this.#tap;
    const { isServer } = passage.end;
    const receiver = isServer ? 0 : 1;
    const arrives = course.timeAt(receiver);
    const hasCopy = course.copyGap > 0;
    const lane = isServer ? places.length + 1 : 0;
    for (let index = 0; index < places.length; index++) {
      const place = places[index]!;
      const time = place === receiver ? arrives : course.timeAt(place);
      if (time === now && this.nextTime > now) this.#tap.write(now, passage, index);
      else if (time === arrives && places.length === 1 && !hasCopy) {
        return this.#schedule(lane + 1, arrives, ARRIVAL_AT_TAP, passage);
      } else this.#schedule(lane + index, time, index, passage);
      if (hasCopy) this.#schedule(lane + index, course.copyTimeAt(place), index, passage);
    }
    this.#schedule(lane + places.length, arrives, ARRIVAL, passage);
    if (hasCopy) this.#schedule(lane + places.length, course.copyTimeAt(receiver), SECOND_ARRIVAL, passage);
  }

  #complain({ end, segment, identification }: Passage, course: Course): void {
    const { ordinal: conversation, tally } = end.connection;
    const mtu = pathMtuOf(this.#network, end.socket.host);
    const frames = this.#messages.tooLarge(segment, end, end.peer, identification, mtu);
    this.#complaints.send({ frames, isAboutServer: end.isServer, conversation, tally, end }, course);
    this.#noteOthers();
  }

  #hear(time: number, arrivals: Arrivals): void {
    const end = this.#complaints.next(time);
    if (end === undefined) return;
    const { host } = end.socket;
    arrivals.pathTakes(end, pathMtuOf(this.#network, host) - host.ipHeaderLength - TCP_HEADER_LENGTH);
  }

  datagram(
    flow: DatagramFlow,
    side: SideName,
    time: number,
    payload: Uint8Array,
    fields: FrameFields | undefined,
  ): void {
    this.#datagrams.ask(flow, side, time, payload, fields);
    this.#noteOthers();
  }

  packet(time: number, packet: GivenPacket): void {
    this.#given.push(time, 0, 0, 0, 0, packet);
    this.#noteOthers();
  }

  /** @param time Infinity where that is never seen */
  #schedule(lane: number, time: number, code: number, passage: Passage): void {
    if (time === Number.POSITIVE_INFINITY) return;
    passage.pending++;
    this.#lanes.push(lane, time, code, passage);
  }
}

/**
 * Datagrams on their way. Nobody sends them again; but who answers a datagram has received it: where it was lost, the answer is not
 * sent either, and where it comes late, so does the answer. Where nobody listens, the answer is that nobody does.
 */
import type { DatagramFlow, SideName } from "../conversation.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import { EventNumber, EventQueue } from "../event-queue.ts";
import type { Complaints } from "./complaints.ts";
import type { ControlMessages } from "./control-messages.ts";
import { type Course, NOWHERE, partOfWay } from "./course.ts";
import type { BoxedFrame } from "./frame-box.ts";
import type { Link, LinkFlow } from "./link.ts";
import { type Reception, receptionOf } from "./network-connection.ts";
import { type NetworkOptions, pathMtuOf } from "./network-options.ts";
import type { NetworkTap } from "./network-tap.ts";
import type { Transmission } from "./transmission.ts";
import { describeFate } from "./transmission-words.ts";
import type { TruthLog } from "./truth-log.ts";
import { conversationKey } from "./variates.ts";

/** What it is put together from. */
export interface DatagramParts {
  readonly tap: NetworkTap;
  readonly toServer: Link;
  readonly toClient: Link;
  readonly messages: ControlMessages;
  readonly complaints: Complaints;
  /** Undefined where nobody wants to know. */
  readonly truth: TruthLog | undefined;
  readonly network: NetworkOptions;
  readonly ticksPerSecond: number;
}

/** What a side is to send. */
interface Asked {
  readonly flow: DatagramFlow;
  readonly isServer: boolean;
  /** What is sent is data, or says that nobody listens. */
  readonly cause: "datagram" | "unreachable";
  readonly payload: Uint8Array;
  /** Makes its frames. @param isNarrow whether its sender knows what the path takes */
  readonly frames: (isNarrow: boolean) => readonly BoxedFrame[];
}

/** What a side of a flow has sent last. */
interface Sent {
  /** When all of it had arrived; undefined where it was lost. */
  readonly arrived: number | undefined;
}

interface FlowState {
  readonly client: LinkFlow;
  readonly server: LinkFlow;
  readonly reception: Reception;
  /** Its place in the order of first packets; -1 before that. */
  ordinal: number;
  fromClient: Sent | undefined;
  fromServer: Sent | undefined;
  /** When a side learns what the path takes; Infinity: it does not. */
  clientKnows: number;
  serverKnows: number;
}

/** A frame on its way, as far as somebody looks at it. */
interface PassingFrame {
  readonly flow: DatagramFlow;
  readonly isServer: boolean;
  readonly frame: BoxedFrame;
  /** The part of its way at which a bit of it flips, or `NOWHERE`; and what it is from there on. */
  readonly damage: number;
  readonly damaged: BoxedFrame;
  readonly record: Transmission | undefined;
  readonly comments: readonly string[];
  pending: number;
}

/** Where no place of the tap stands: the end of a frame's way. */
const END = -1;

export class DatagramWire {
  readonly #parts: DatagramParts;
  readonly #states = new WeakMap<DatagramFlow, FlowState>();
  readonly #asked = new EventQueue<Asked>();
  readonly #passing = new EventQueue<PassingFrame>();
  #ordinals = 0;

  constructor(parts: DatagramParts) {
    this.#parts = parts;
  }

  get nextTime(): number {
    return Math.min(this.#asked.nextTime, this.#passing.nextTime);
  }

  ask(flow: DatagramFlow, side: SideName, time: number, payload: Uint8Array, fields: FrameFields | undefined): void {
    const isServer = side === "server";
    const frames = (isNarrow: boolean) => this.#parts.tap.datagram(flow, isServer, payload, fields, isNarrow);
    this.#asked.push(time, 0, 0, 0, 0, { flow, isServer, cause: "datagram", payload, frames });
  }

  next(time: number): void {
    if (this.#passing.nextTime === time) return this.#pass(time);
    const asked = this.#asked.item!;
    this.#asked.shift();
    const state = this.#stateOf(asked.flow);
    if (asked.cause === "unreachable") return this.#send(time, asked, state);
    // Who does not listen has nothing to say either.
    if (asked.isServer && state.reception !== "open") return;
    const answered = asked.isServer ? state.fromClient : state.fromServer;
    if (answered === undefined) return this.#send(time, asked, state);
    if (answered.arrived === undefined) return;
    if (answered.arrived > time) this.#asked.push(answered.arrived, 0, 0, 0, 0, asked);
    else this.#send(time, asked, state);
  }

  #pass(time: number): void {
    const queue = this.#passing;
    const passing = queue.item!;
    const place = queue.numbers[queue.at + EventNumber.CODE]!;
    queue.shift();
    if (place !== END) this.#see(time, passing, place);
    if (--passing.pending === 0) this.#parts.truth?.settle(passing.record);
  }

  #see(time: number, { flow, isServer, frame, damage, damaged, record, comments }: PassingFrame, place: number): void {
    const { tap } = this.#parts;
    flow.tally.packets++;
    const seen = partOfWay(tap.places[place]!, isServer) > damage ? damaged : frame;
    tap.writeFrame(time, seen, place, tap.direction(place, isServer), record, comments);
  }

  #send(time: number, asked: Asked, state: FlowState): void {
    const { flow, isServer, payload } = asked;
    if (state.ordinal < 0) state.ordinal = this.#ordinals++;
    const link = isServer ? this.#parts.toClient : this.#parts.toServer;
    const linkFlow = isServer ? state.server : state.client;
    const { host } = isServer ? flow.server : flow.client;
    const frames = asked.frames((isServer ? state.serverKnows : state.clientKnows) <= time);
    let arrived: number | undefined = time;
    for (const frame of frames) {
      const length = dataOf(frame, frames, payload.length);
      const packet = ipPacketOf(frame, frames, length, asked);
      const hasData = payload.length > 0;
      const isTooLarge = packet.length > pathMtuOf(this.#parts.network, host);
      const course = isTooLarge
        ? link.sendTooLarge(linkFlow, time, hasData)
        : link.send(linkFlow, time, frame.bytes.length, hasData, false);
      this.#follow(course, frame, asked, state, length);
      if (course.fate === "too-large") this.#complain(course, packet, asked, state);
      const end = course.fate === "delivered" ? course.arrived : undefined;
      arrived = arrived === undefined || end === undefined ? undefined : Math.max(arrived, end);
    }
    flow.tally.payloadBytes += payload.length;
    if (isServer) state.fromServer = { arrived };
    else state.fromClient = { arrived };
    if (!isServer && arrived !== undefined && state.reception === "refused") {
      this.#refuse(arrived, asked, ipPacketOf(frames[0]!, frames, dataOf(frames[0]!, frames, payload.length), asked));
    }
  }

  /** The host answers that nobody listens there, when all of a datagram has come. */
  #refuse(time: number, { flow }: Asked, packet: Uint8Array): void {
    const frames = () => this.#parts.messages.portUnreachable(packet, flow.client, flow.server);
    this.#asked.push(time, 0, 0, 0, 0, { flow, isServer: true, cause: "unreachable", payload: NO_DATA, frames });
  }

  /** The router before the narrow place says that a packet is too large: its sender cuts the later ones. */
  #complain(course: Course, packet: Uint8Array, { flow, isServer }: Asked, state: FlowState): void {
    const { messages, complaints, network } = this.#parts;
    if (network.isBlackHole) return;
    const [from, to] = isServer ? [flow.server, flow.client] : [flow.client, flow.server];
    const frames = messages.tooLargeIs(packet, from, to, isServer, pathMtuOf(network, from.host));
    const { ordinal: conversation } = state;
    const complaint = { frames, isAboutServer: isServer, conversation, tally: flow.tally, end: undefined };
    const heard = complaints.send(complaint, course);
    if (isServer) state.serverKnows = Math.min(state.serverKnows, heard);
    else state.clientKnows = Math.min(state.clientKnows, heard);
  }

  /** Schedules what is seen of a frame on its way. @param length bytes of data that it carries */
  #follow(course: Course, frame: BoxedFrame, asked: Asked, state: FlowState, length: number): void {
    const { tap, truth, ticksPerSecond } = this.#parts;
    const { flow, isServer, cause } = asked;
    const { fate, lostAt, copies, sent, arrived, isMarked, damage } = course;
    const record = truth?.sentOther({
      ...{ conversation: state.ordinal, protocol: cause === "datagram" ? "udp" : "icmp", cause, length, fate, lostAt },
      ...{ from: isServer ? "server" : "client", copies, sent, arrived, isMarked },
    });
    const passing: PassingFrame = {
      ...{ flow, isServer, frame, record, damage, pending: 0 },
      damaged: damage === NOWHERE ? frame : withFlippedBit(frame, course, length),
      comments: tap.isAnnotated ? [describeFate(course, ticksPerSecond)] : NO_COMMENTS,
    };
    for (const [index, place] of tap.places.entries()) {
      this.#schedule(course.timeAt(place), index, passing);
      this.#schedule(course.copyTimeAt(place), index, passing);
    }
    this.#schedule(arrived ?? Number.POSITIVE_INFINITY, END, passing);
    if (passing.pending === 0) truth?.settle(record);
  }

  /** @param time Infinity where that is never seen */
  #schedule(time: number, place: number, passing: PassingFrame): void {
    if (time === Number.POSITIVE_INFINITY) return;
    passing.pending++;
    this.#passing.push(time, 0, place, 0, 0, passing);
  }

  #stateOf(flow: DatagramFlow): FlowState {
    const known = this.#states.get(flow);
    if (known !== undefined) return known;
    const key = conversationKey(flow.client, flow.server, 0, "udp");
    const state: FlowState = {
      client: this.#parts.toServer.flow(key),
      server: this.#parts.toClient.flow(key),
      reception: receptionOf(flow.server, this.#parts.network),
      ordinal: -1,
      fromClient: undefined,
      fromServer: undefined,
      clientKnows: Number.POSITIVE_INFINITY,
      serverKnows: Number.POSITIVE_INFINITY,
    };
    this.#states.set(flow, state);
    return state;
  }
}

const NO_DATA = new Uint8Array(0);
const NO_COMMENTS: readonly string[] = [];
const UDP_HEADER = 8;
/** Of IPv6 (RFC 8200, section 4.5). */
const FRAGMENT_HEADER = 8;

/** Bytes of a datagram's data that one of its frames carries: all have the same headers, and the first that of UDP besides. */
function dataOf(frame: BoxedFrame, frames: readonly BoxedFrame[], length: number): number {
  if (frames.length === 1) return length;
  const all = frames.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const headers = (all - length - UDP_HEADER) / frames.length;
  return frame.bytes.length - headers - (frame === frames[0] ? UDP_HEADER : 0);
}

/** The IP packet in a frame, which stands at its end. @param length bytes of data in it */
function ipPacketOf(
  { bytes }: BoxedFrame,
  frames: readonly BoxedFrame[],
  length: number,
  { flow, isServer, cause }: Asked,
): Uint8Array {
  const { host } = isServer ? flow.server : flow.client;
  const isFirst = frames[0]!.bytes === bytes;
  const fragmentLength = frames.length > 1 && !host.isIpv4 ? FRAGMENT_HEADER : 0;
  const below = cause === "datagram" && isFirst ? UDP_HEADER : 0;
  return bytes.subarray(bytes.length - length - below - fragmentLength - host.ipHeaderLength);
}

/** A copy with a bit flipped: of its data, or of the checksum at its end where it has none. */
function withFlippedBit(frame: BoxedFrame, course: Course, length: number): BoxedFrame {
  const bytes = frame.bytes.slice();
  const bit = course.flippedBit(bytes.length - Math.max(length, CHECKSUM_LENGTH), bytes.length);
  bytes[bit >>> 3] = bytes[bit >>> 3]! ^ (0x80 >>> (bit & 7));
  return { ...frame, bytes };
}

const CHECKSUM_LENGTH = 2;

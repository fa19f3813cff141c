/** Where on the path the capture is taken, and what is written there: frames, what they are in words, and which way they go. */
import { WirewrightError } from "../../core/errors.ts";
import type { FrameDirection, FrameSink } from "../../core/frame-sink.ts";
import { Annotator } from "../annotator.ts";
import type { DatagramFlow, SideName } from "../conversation.ts";
import { DatagramWriter } from "../datagram-writer.ts";
import { EncapsulatingSink } from "../encapsulation/encapsulating-sink.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import { type GivenPacket, PacketWriter } from "../packet-writer.ts";
import { LINK_HEADER_LENGTH } from "../segment-heads.ts";
import type { SessionOptions } from "../session.ts";
import { type BoxedFrame, FrameBox } from "./frame-box.ts";
import type { NetworkEnd } from "./network-connection.ts";
import type { NetworkOptions } from "./network-options.ts";
import type { Passage } from "./passage.ts";
import { SegmentFrames } from "./segment-frames.ts";
import { noteFrame, type Transmission } from "./transmission.ts";
import { describePassage } from "./transmission-words.ts";

/** The annotator is asked for names alone, and for what needs no connection. */
const NO_CONNECTIONS = { nextSequence: () => 0, acknowledged: () => 0, maximumSegmentSize: () => 1 };

export class NetworkTap {
  /** Places on the path, from 0 at the client to 1 at the server, each with an interface of its own. */
  readonly places: readonly number[];
  readonly carriesArp: boolean;
  readonly segments: SegmentFrames;
  /** Bytes of the link header, without tags and tunnels. */
  readonly linkLength: number;
  /** Frames written so far. */
  frames = 0;
  readonly #sink: FrameSink;
  readonly #ticksPerSecond: number;
  /** For what is no segment: it is made before it is known who sees it. */
  readonly #box: FrameBox;
  readonly #datagrams: DatagramWriter;
  /** For those who know how little the path takes. */
  readonly #narrowDatagrams: DatagramWriter;
  readonly #packets: PacketWriter;
  readonly #annotator: Annotator | undefined;
  readonly #delays: { readonly client: number; readonly server: number };

  /**
   * @param mtu the largest packet in bytes, without what a tunnel adds
   * @throws WirewrightError BAD_OPTION for two taps where the file has no room for two interfaces
   */
  constructor(sink: FrameSink, options: SessionOptions, { tap, links, pathMtu }: NetworkOptions, mtu: number) {
    this.places = tap === "both" ? [0, 1] : [tap];
    if (this.places.length > 1 && sink.notes === undefined) {
      throw new WirewrightError(
        "BAD_OPTION",
        "A capture at both ends has two interfaces, and only pcapng has room for them; name an output that ends in .pcapng.",
      );
    }
    const { link = "ethernet", timeToLive = 64, encapsulation } = options;
    this.#sink = sink;
    this.#ticksPerSecond = options.ticksPerSecond;
    this.#box = new FrameBox(sink.notes !== undefined);
    const { notes } = this.#box;
    this.#annotator = notes && new Annotator(notes, NO_CONNECTIONS, options.longestName);
    const inner = { link: encapsulation === undefined ? link : ("raw" as const), timeToLive };
    const outer = encapsulation && new EncapsulatingSink(sink, link, encapsulation);
    const boxed = encapsulation && new EncapsulatingSink(this.#box, link, encapsulation);
    this.segments = new SegmentFrames(outer ?? sink, inner, outer);
    this.linkLength = LINK_HEADER_LENGTH[link];
    const writer = (maximumTransmissionUnit: number) =>
      new DatagramWriter(boxed ?? this.#box, { ...inner, maximumTransmissionUnit }, this.#annotator, boxed);
    this.#datagrams = writer(mtu);
    this.#narrowDatagrams = writer(Math.min(mtu, pathMtu ?? mtu));
    this.#packets = new PacketWriter(boxed ?? this.#box, inner, this.#annotator, boxed);
    this.carriesArp = outer?.carriesArp ?? link === "ethernet";
    const first = this.places[0]!;
    this.#delays = { client: links.toServer.delay * first, server: links.toClient.delay * (1 - first) };
  }

  get isAnnotated(): boolean {
    return this.#annotator !== undefined;
  }

  named(payload: Uint8Array, name: string | (() => string)): Uint8Array {
    return this.#annotator?.named(payload, name) ?? payload;
  }

  nameOf(payload: Uint8Array): () => string {
    return this.#annotator!.nameOf(payload);
  }

  part(payload: Uint8Array, start: number, end: number): Uint8Array {
    return this.#annotator?.part(payload, start, end) ?? payload.subarray(start, end);
  }

  /** Ticks that a packet of this side needs to the tap, where nothing holds it up. */
  usualDelay(side: SideName): number {
    return Math.round(this.#delays[side]);
  }

  /** Writes the frame of a segment that passes. @param place index of the place */
  write(time: number, passage: Passage, place: number): void {
    const { end, segment, identification } = passage;
    const at = this.places[place]!;
    this.frames++;
    if (passage.record !== undefined) noteFrame(passage.record, this.frames, time);
    const { notes } = this.#sink;
    if (notes !== undefined) {
      notes.comments = describePassage(passage, this.#ticksPerSecond);
      notes.direction = directionAt(at, end.isServer);
      notes.interfaceId = place;
    }
    const bit = passage.isIntact || !passage.isDamagedAt(at) ? undefined : passage.bit;
    const isMarked = passage.isMarked && passage.isMarkedAt(at);
    this.segments.write(time, segment, end, end.peer, identification, isMarked, bit);
    const { tally } = end.connection;
    tally.packets++;
    tally.payloadBytes += segment.length;
  }

  /** Makes the frames of a datagram, and writes none. @param isNarrow whether its sender knows what the path takes */
  datagram(
    flow: DatagramFlow,
    isServer: boolean,
    payload: Uint8Array,
    fields: FrameFields | undefined,
    isNarrow: boolean,
  ): readonly BoxedFrame[] {
    const [from, to] = isServer ? [flow.server, flow.client] : [flow.client, flow.server];
    const writer = isNarrow ? this.#narrowDatagrams : this.#datagrams;
    writer.write(0, from, to, payload, isServer ? "inbound" : "outbound", fields);
    return this.#box.take();
  }

  /** Writes a packet that somebody else has decided, as it is. */
  given(time: number, packet: GivenPacket): void {
    for (const frame of this.packet(packet)) this.writeFrame(time, frame, 0, frame.direction);
  }

  /** Makes the frame of such a packet, and writes none. */
  packet(packet: GivenPacket): readonly BoxedFrame[] {
    this.#packets.write(0, packet);
    return this.#box.take();
  }

  /** Writes a frame that is there already. @param place index of the place @param record of the truth that is to know of it @param comments besides its own */
  writeFrame(
    time: number,
    frame: BoxedFrame,
    place: number,
    direction: FrameDirection | undefined,
    record?: Transmission,
    comments: readonly string[] = [],
  ): void {
    this.frames++;
    if (record !== undefined) noteFrame(record, this.frames, time);
    const { notes } = this.#sink;
    if (notes !== undefined) {
      notes.comments = [...frame.comments, ...comments];
      notes.direction = direction;
      notes.interfaceId = place;
    }
    const offset = this.#sink.reserve(time, frame.bytes.length);
    this.#sink.bytes.set(frame.bytes, offset);
  }

  /** Which way a packet passes a place, as the machine sees it that stands there; in the middle, as its client does. */
  direction(place: number, isServer: boolean): FrameDirection {
    return directionAt(this.places[place]!, isServer);
  }

  rename(end: NetworkEnd, name: string): void {
    end.name = name;
  }
}

function directionAt(place: number, isServer: boolean): FrameDirection {
  const isAtServer = place > 0.5;
  return isServer === isAtServer ? "outbound" : "inbound";
}

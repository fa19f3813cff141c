/** One packet with all that is known of it: what the capture says, its outline, and its place in its stream. */

import { addSequence } from "../core/sequence.ts";
import { type Moment, nanosecondsBetween } from "../core/time.ts";
import { formatAddress, type PacketOutline } from "../dissect/outline.ts";
import type { SegmentPart } from "../dissect/payload.ts";
import { TcpFlag } from "../headers/tcp-fields.ts";
import type { CapturedPacket } from "../pcap/capture-file.ts";
import type { ApplicationName } from "./application-names.ts";
import { ApplicationTracker } from "./application-tracker.ts";
import { type Circumstance, findingCodes } from "./findings.ts";
import type { StreamTracker } from "./stream-tracker.ts";
import { SCALE_UNKNOWN, scaledWindow } from "./tcp-side.ts";
import type { TcpStream, UdpStream } from "./tcp-stream.ts";

/**
 * A packet with what its stream tells of it. The same object for every packet of a capture: valid until the next one is read.
 */
export class AnalyzedPacket {
  /** The packet as its reader hands it out. */
  readonly captured: CapturedPacket;
  /** Where its layers lie. */
  readonly outline: PacketOutline;
  readonly #tracker: StreamTracker;
  readonly #applications: ApplicationTracker;
  /** The first packet that has a time. */
  firstMoment: Moment | undefined = undefined;

  /** Holds one packet after the other, whose outline and place in its stream are set anew for each. */
  constructor(captured: CapturedPacket, outline: PacketOutline, tracker: StreamTracker);
  /** @internal */
  constructor(
    captured: CapturedPacket,
    outline: PacketOutline,
    tracker: StreamTracker,
    applications: ApplicationTracker,
  );
  constructor(
    captured: CapturedPacket,
    outline: PacketOutline,
    tracker: StreamTracker,
    applications = new ApplicationTracker(),
  ) {
    this.captured = captured;
    this.outline = outline;
    this.#tracker = tracker;
    this.#applications = applications;
  }

  /** Its number in the file, from 1. */
  get frameNumber(): number {
    return this.captured.number;
  }

  /** Whole seconds since 1970-01-01T00:00:00Z. */
  get seconds(): number {
    return this.captured.seconds;
  }

  /** Nanoseconds within that second, 0 to 999,999,999. */
  get nanoseconds(): number {
    return this.captured.nanoseconds;
  }

  /** Whether the file gives a time. */
  get hasTime(): boolean {
    return this.captured.hasTime;
  }

  /** Nanoseconds since the first packet that has a time; undefined where this one has none. */
  get relativeNanoseconds(): number | undefined {
    const first = this.firstMoment;
    if (first === undefined || !this.hasTime) return undefined;
    return nanosecondsBetween(first, this.captured);
  }

  /** What the file says of this packet. */
  get comments(): readonly string[] {
    return this.captured.comments;
  }

  /** Its TCP or UDP stream, if it has one. */
  get tcpStream(): TcpStream | undefined {
    const stream = this.#tracker.stream;
    return stream?.protocol === "TCP" ? stream : undefined;
  }

  /** The UDP stream that it belongs to, if any. */
  get udpStream(): UdpStream | undefined {
    const stream = this.#tracker.stream;
    return stream?.protocol === "UDP" ? stream : undefined;
  }

  /** The TCP stream that it belongs to, if any. */
  get stream(): number | undefined {
    return this.#tracker.stream?.number;
  }

  /** The UDP streams of the datagrams that carry it, where it is in a tunnel, outermost first. */
  get carriers(): readonly UdpStream[] {
    return this.#tracker.carrierStreams;
  }

  /** Their numbers. */
  get carrierStreams(): readonly number[] {
    return numbersOf(this.#tracker.carrierStreams);
  }

  /** Numbers of the streams of the packet that it quotes, where it is an ICMP error. */
  get quotedStreams(): readonly number[] {
    return numbersOf(this.#tracker.quotedStreams);
  }

  /** Whether AE, CWR and ECE are one counter (ACE) in this segment, or in the one that it quotes (draft-ietf-tcpm-accurate-ecn, section 3.2). */
  get hasAccurateEcn(): boolean {
    const stream = this.#tracker.stream ?? this.#tracker.quotedStream;
    return stream?.protocol === "TCP" && stream.hasAccurateEcn;
  }

  /** Whether it comes from the end point with the higher address or port. */
  get isFromHigher(): boolean {
    return this.#tracker.isFromHigher;
  }

  /** Whether the client of its stream sends it; undefined where it has no stream. */
  get isFromClient(): boolean | undefined {
    const stream = this.#tracker.stream;
    return stream === undefined ? undefined : stream.isClientHigher === this.isFromHigher;
  }

  /** Counted from the first sequence number of its side. */
  get relativeSequence(): number | undefined {
    const { from } = this.#tracker;
    return from?.hasBase ? addSequence(this.outline.sequenceNumber, -from.base) : undefined;
  }

  /** Counted from the first sequence number of the other side; as it is where the flag is not set. */
  get relativeAcknowledgment(): number | undefined {
    const { from, to } = this.#tracker;
    if (from === undefined || to === undefined) return undefined;
    const { acknowledgmentNumber, flags } = this.outline;
    if ((flags & TcpFlag.ACK) === 0) return acknowledgmentNumber;
    return to.hasBase ? addSequence(acknowledgmentNumber, -to.base) : undefined;
  }

  /** The window in bytes, scaled where the scale is known. */
  get scaledWindow(): number | undefined {
    const { from } = this.#tracker;
    if (from === undefined) return undefined;
    const { window, flags } = this.outline;
    return scaledWindow(from, window, (flags & TcpFlag.SYN) !== 0) ?? window;
  }

  /** Whether the unit of its window is known: that of a SYN is bytes, and later ones go by what both SYNs say. */
  get hasWindowScale(): boolean {
    const { from } = this.#tracker;
    return from !== undefined && ((this.outline.flags & TcpFlag.SYN) !== 0 || from.windowScale !== SCALE_UNKNOWN);
  }

  /** The application whose data it carries, as far as its stream or datagram shows one. */
  get application(): ApplicationName | undefined {
    return this.#applications.application;
  }

  /** Bits of `EndedMessage`; undefined where nobody follows its stream. */
  get endedMessages(): number | undefined {
    return this.#applications.ended;
  }

  /** What the payload of a TCP segment is made of, where its own bytes do not show that. */
  get segmentParts(): readonly SegmentPart[] | undefined {
    return this.#applications.parts;
  }

  /** Bits of `Finding`. */
  get findingBits(): number {
    return this.#tracker.findings;
  }

  /** What the packets around it add to its findings. */
  get circumstance(): Circumstance {
    return this.#tracker.circumstance;
  }

  /** As JSON has it: the packet, the addresses that it goes between in the end, and what is found in it. */
  toJSON(): Record<string, unknown> {
    const { outline, stream, application, findings } = this;
    const [source, destination] = [formatAddress(outline.source), formatAddress(outline.destination)];
    return { ...this.captured.toJSON(), source, destination, stream, application, findings };
  }

  /** What was found in it: bits of `Finding`. */
  get findings(): readonly string[] {
    return findingCodes(this.#tracker.findings);
  }
}

const NONE: readonly never[] = [];

function numbersOf(streams: readonly (TcpStream | UdpStream)[]): readonly number[] {
  return streams.length === 0 ? NONE : streams.map(({ number }) => number);
}

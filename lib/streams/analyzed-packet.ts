/** One packet with all that is known of it: what the capture says, its outline, and its place in its stream. */
import type { PacketOutline } from "../dissect/outline.ts";
import { addSequence } from "../headers/sequence.ts";
import { TcpFlag } from "../headers/tcp.ts";
import type { CapturedPacket } from "../pcap/captured-packet.ts";
import { type Circumstance, findingCodes } from "./findings.ts";
import { type Moment, nanosecondsBetween } from "./moment.ts";
import type { StreamTracker } from "./stream-tracker.ts";
import { scaledWindow } from "./tcp-side.ts";
import type { TcpStream, UdpStream } from "./tcp-stream.ts";

/** The same object for every packet of a capture: valid until the next one is read. */
export class AnalyzedPacket {
  readonly captured: CapturedPacket;
  readonly outline: PacketOutline;
  readonly #tracker: StreamTracker;
  /** The first packet that has a time. */
  firstMoment: Moment | undefined = undefined;

  constructor(captured: CapturedPacket, outline: PacketOutline, tracker: StreamTracker) {
    this.captured = captured;
    this.outline = outline;
    this.#tracker = tracker;
  }

  get frameNumber(): number {
    return this.captured.number;
  }

  get seconds(): number {
    return this.captured.seconds;
  }

  get nanoseconds(): number {
    return this.captured.nanoseconds;
  }

  get hasTime(): boolean {
    return this.captured.hasTime;
  }

  get relativeNanoseconds(): number | undefined {
    const first = this.firstMoment;
    if (first === undefined || !this.hasTime) return undefined;
    return nanosecondsBetween(first, this.captured);
  }

  get comments(): readonly string[] {
    return this.captured.comments;
  }

  /** Its TCP or UDP stream, if it has one. */
  get tcpStream(): TcpStream | undefined {
    const stream = this.#tracker.stream;
    return stream?.protocol === "TCP" ? stream : undefined;
  }

  get udpStream(): UdpStream | undefined {
    const stream = this.#tracker.stream;
    return stream?.protocol === "UDP" ? stream : undefined;
  }

  get stream(): number | undefined {
    return this.#tracker.stream?.number;
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

  /** Bits of `Finding`. */
  get findingBits(): number {
    return this.#tracker.findings;
  }

  /** What the packets around it add to its findings. */
  get circumstance(): Circumstance {
    return this.#tracker.circumstance;
  }

  get findings(): readonly string[] {
    return findingCodes(this.#tracker.findings);
  }
}

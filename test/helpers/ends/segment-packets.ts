/** Makes IPv4 packets of segments, and segments of packets: numbers that never wrap become numbers that do, and the other way round. */
import { addSequence, type SequenceNumber, sequenceDifference } from "../../../lib/core/sequence.ts";
import { parseIpv4 } from "../../../lib/headers/address.ts";
import { decodeFrame, encodeFrame } from "../../../lib/headers/frame.ts";
import type { TcpOption } from "../../../lib/headers/tcp.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { NO_BLOCKS, NO_TIMESTAMP, Segment } from "../../../lib/session/tcp/segment.ts";
import { takeOptions } from "./segment-options.ts";

export interface PacketEnd {
  readonly address: string;
  readonly port: number;
}

/** The lower two bits of the byte (RFC 3168, section 5). */
const ECN = 3;
const NO_OPERATION: TcpOption = { kind: "nop" };

export class SegmentPackets {
  readonly #own: PacketEnd;
  readonly #other: PacketEnd;
  readonly #initial: SequenceNumber;
  #othersInitial: SequenceNumber | undefined = undefined;
  /** The latest numbers that came, from which the next ones are not far. */
  #lastSequence = 0;
  #lastAcknowledgment = 0;
  #identification = 0;

  /** @param initial sequence number of this side */
  constructor(own: PacketEnd, other: PacketEnd, initial: SequenceNumber) {
    this.#own = own;
    this.#other = other;
    this.#initial = initial;
  }

  encode(segment: Segment): Uint8Array {
    const { data, start, length } = segment;
    return encodeFrame({
      ipv4: {
        source: parseIpv4(this.#own.address),
        destination: parseIpv4(this.#other.address),
        identification: this.#identification++ & 0xffff,
        dontFragment: true,
        typeOfService: segment.ecn,
      },
      tcp: {
        sourcePort: this.#own.port,
        destinationPort: this.#other.port,
        sequenceNumber: addSequence(this.#initial, segment.sequence),
        acknowledgmentNumber: this.#acknowledgmentNumber(segment),
        flags: segment.flags,
        window: segment.window,
        options: this.#options(segment),
      },
      ...(data === undefined ? {} : { payload: data.subarray(start, start + length) }),
    });
  }

  #acknowledgmentNumber({ flags, acknowledgment }: Segment): SequenceNumber {
    return (flags & TcpFlag.ACK) === 0 ? 0 : addSequence(this.#othersInitial ?? 0, acknowledgment);
  }

  #options({ syn, timestamp, timestampEcho, blocks }: Segment): TcpOption[] {
    const options: TcpOption[] = [];
    if (syn?.maximumSegmentSize !== undefined) options.push({ kind: "mss", value: syn.maximumSegmentSize });
    if (syn?.sackPermitted === true) options.push(NO_OPERATION, NO_OPERATION, { kind: "sackPermitted" });
    if (syn?.windowScale !== undefined) options.push(NO_OPERATION, { kind: "windowScale", shift: syn.windowScale });
    if (timestamp !== NO_TIMESTAMP) {
      const echoReply = timestampEcho === NO_TIMESTAMP ? 0 : timestampEcho;
      options.push(NO_OPERATION, NO_OPERATION, { kind: "timestamps", value: timestamp, echoReply });
    }
    if (blocks.length > 0) {
      const pairs = Array.from({ length: blocks.length / 2 }, (_, index) => ({
        left: addSequence(this.#othersInitial!, blocks[2 * index]!),
        right: addSequence(this.#othersInitial!, blocks[2 * index + 1]!),
      }));
      options.push(NO_OPERATION, NO_OPERATION, { kind: "sack", blocks: pairs });
    }
    return options;
  }

  /** @returns undefined for what is no segment of this connection */
  decode(packet: Uint8Array): Segment | undefined {
    if (packet[0]! >>> 4 !== 4) return undefined;
    const { ipv4, tcp, payload } = decodeFrame(packet, "raw");
    if (ipv4 === undefined || tcp === undefined || tcp.destinationPort !== this.#own.port) return undefined;
    const segment = new Segment("ack");
    segment.flags = tcp.flags;
    segment.window = tcp.window;
    segment.ecn = ipv4.typeOfService & ECN;
    segment.length = payload.length;
    if (payload.length > 0) segment.data = payload;
    this.#takeNumbers(segment, tcp.sequenceNumber, tcp.acknowledgmentNumber);
    this.#takeAllOptions(segment, tcp.options);
    return segment;
  }

  #takeNumbers(segment: Segment, sequence: SequenceNumber, acknowledgment: SequenceNumber): void {
    const isSyn = (segment.flags & TcpFlag.SYN) !== 0;
    if (isSyn) this.#othersInitial = sequence;
    // What refuses a connection comes from a side that has no initial number, and has 0 itself.
    segment.sequence = this.#othersInitial === undefined ? 0 : this.#unwrap(sequence, this.#lastSequence);
    this.#lastSequence = Math.max(this.#lastSequence, segment.sequence);
    if ((segment.flags & TcpFlag.ACK) === 0) return;
    const expected = addSequence(this.#initial, this.#lastAcknowledgment);
    segment.acknowledgment = this.#lastAcknowledgment + sequenceDifference(acknowledgment, expected);
    this.#lastAcknowledgment = Math.max(this.#lastAcknowledgment, segment.acknowledgment);
  }

  #unwrap(sequence: SequenceNumber, near: number): number {
    return near + sequenceDifference(sequence, addSequence(this.#othersInitial!, near));
  }

  #takeAllOptions(segment: Segment, options: readonly TcpOption[]): void {
    takeOptions(segment, options);
    const edge = (number: SequenceNumber) =>
      segment.acknowledgment + sequenceDifference(number, addSequence(this.#initial, segment.acknowledgment));
    const blocks = options.find((option) => option.kind === "sack")?.blocks;
    segment.blocks = blocks?.flatMap(({ left, right }) => [edge(left), edge(right)]) ?? NO_BLOCKS;
  }
}

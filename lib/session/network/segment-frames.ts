/** Makes frames of segments: headers by their codecs, with the numbers that the wire has. */
import { viewOf } from "../../core/bytes.ts";
import type { FrameSink } from "../../core/frame-sink.ts";
import { addSequence, type SequenceNumber } from "../../core/sequence.ts";
import { encodeFrameInto, type Frame, frameLength } from "../../headers/frame.ts";
import { TCP_HEADER_LENGTH, TcpFlag, type TcpHeader, type TcpOption, tcpOffsets } from "../../headers/tcp.ts";
import type { SackBlock } from "../../headers/tcp-options.ts";
import type { Socket } from "../conversation.ts";
import type { EncapsulatingSink } from "../encapsulation/encapsulating-sink.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import type { LinkKind } from "../encapsulation/outer-headers.ts";
import { Ecn, NO_TIMESTAMP, type Segment } from "../tcp/segment.ts";

const { ACK } = TcpFlag;
const CONGESTION: number = Ecn.CONGESTION_EXPERIENCED;
const CHECKSUM_AT = tcpOffsets.checksum;
const CHECKSUM_BITS = 16;
const BITS_A_BYTE = 8;
const NOP: TcpOption = { kind: "nop" };
const SACK_PERMITTED: TcpOption = { kind: "sackPermitted" };

/** Bytes that options take with the no operations before them. */
const MSS_LENGTH = 4;
const SCALE_LENGTH = 4;
const SACK_PERMITTED_LENGTH = 4;
const TIMESTAMPS_LENGTH = 12;
const BLOCKS_HEAD_LENGTH = 4;
const EDGE_LENGTH = 4;

/** One end, as the headers of its segments know it. */
export interface FrameEnd {
  readonly socket: Socket;
  readonly initialSequence: SequenceNumber;
  readonly isServer: boolean;
  /** What its frames have that is not as everywhere. */
  readonly fields: FrameFields | undefined;
}

export interface SegmentFrameOptions {
  readonly link: LinkKind;
  /** IPv4 time to live and IPv6 hop limit, 1 to 255. */
  readonly timeToLive: number;
}

export class SegmentFrames {
  readonly #sink: FrameSink;
  readonly #outer: EncapsulatingSink | undefined;
  readonly #options: SegmentFrameOptions;

  /** @param outer the sink, where it puts headers before what is written into it: then nothing else does */
  constructor(sink: FrameSink, options: SegmentFrameOptions, outer?: EncapsulatingSink) {
    this.#sink = sink;
    this.#options = options;
    this.#outer = outer;
  }

  /** Bytes of the IP packet that carries a segment. */
  packetLength(segment: Segment, from: FrameEnd): number {
    return from.socket.host.ipHeaderLength + headerLengthOf(segment) + segment.length;
  }

  /**
   * @param identification of the IPv4 header
   * @param isMarked whether the network has marked it on the way (RFC 3168, section 5)
   * @param bit which bit is wrong, from 0 to 1, of the data, or of the checksum where there is no data
   */
  write(
    time: number,
    segment: Segment,
    from: FrameEnd,
    to: FrameEnd,
    identification: number,
    isMarked: boolean,
    bit: number | undefined,
  ): void {
    const frame = this.#frameOf(segment, from, to, identification, isMarked);
    const ports = (from.socket.port << 16) | to.socket.port;
    this.#outer?.begin(from.socket.host, to.socket.host, from.isServer, from.fields, ports);
    const length = frameLength(frame);
    const offset = this.#sink.reserve(time, length);
    encodeFrameInto(frame, this.#sink.bytes, offset);
    if (bit !== undefined) this.#flip(segment, offset + length, bit);
    this.#outer?.finish();
  }

  #frameOf(segment: Segment, from: FrameEnd, to: FrameEnd, identification: number, isMarked: boolean): Frame {
    const { link, timeToLive } = this.#options;
    const source = from.socket.host;
    const destination = to.socket.host;
    const ecn = isMarked ? CONGESTION : segment.ecn;
    const tcp: TcpHeader = {
      sourcePort: from.socket.port,
      destinationPort: to.socket.port,
      sequenceNumber: addSequence(from.initialSequence, segment.sequence),
      acknowledgmentNumber: (segment.flags & ACK) === 0 ? 0 : addSequence(to.initialSequence, segment.acknowledgment),
      flags: segment.flags,
      window: segment.window,
      options: optionsOf(segment, to.initialSequence),
    };
    const payload =
      segment.data === undefined ? undefined : segment.data.subarray(segment.start, segment.start + segment.length);
    return {
      ...(link === "ethernet" && { ethernet: { source: source.mac, destination: destination.mac } }),
      ...(link === "null" && { loopback: {} }),
      ...(source.isIpv4
        ? {
            ipv4: {
              source: source.address as number,
              destination: destination.address as number,
              timeToLive,
              identification,
              dontFragment: true,
              typeOfService: ecn,
            },
          }
        : {
            ipv6: {
              source: source.address as bigint,
              destination: destination.address as bigint,
              hopLimit: timeToLive,
              trafficClass: ecn,
            },
          }),
      tcp,
      ...(payload !== undefined && { payload }),
    };
  }

  #flip(segment: Segment, end: number, bit: number): void {
    const { bytes } = this.#sink;
    if (segment.length > 0) {
      const at = Math.floor(bit * segment.length * BITS_A_BYTE);
      const place = end - segment.length + (at >>> 3);
      bytes[place] = bytes[place]! ^ (1 << (at & 7));
      return;
    }
    const checksum = end - headerLengthOf(segment) + CHECKSUM_AT;
    viewOf(bytes).setUint16(checksum, viewOf(bytes).getUint16(checksum) ^ (1 << Math.floor(bit * CHECKSUM_BITS)));
  }
}

/** Bytes of a segment's TCP header. */
export function headerLengthOf(segment: Segment): number {
  let length = TCP_HEADER_LENGTH;
  const { syn, blocks } = segment;
  if (segment.timestamp !== NO_TIMESTAMP) length += TIMESTAMPS_LENGTH;
  if (blocks.length > 0) length += BLOCKS_HEAD_LENGTH + EDGE_LENGTH * blocks.length;
  if (syn === undefined) return length;
  if (syn.maximumSegmentSize !== undefined) length += MSS_LENGTH;
  if (syn.sackPermitted && segment.timestamp === NO_TIMESTAMP) length += SACK_PERMITTED_LENGTH;
  return syn.windowScale === undefined ? length : length + SCALE_LENGTH;
}

/** In the order of Linux, in which no operations bring each to a multiple of four bytes. */
function optionsOf(segment: Segment, othersInitial: SequenceNumber): readonly TcpOption[] | undefined {
  const { syn, blocks, timestamp, timestampEcho } = segment;
  if (syn === undefined && blocks.length === 0 && timestamp === NO_TIMESTAMP) return undefined;
  const options: TcpOption[] = [];
  if (syn?.maximumSegmentSize !== undefined) options.push({ kind: "mss", value: syn.maximumSegmentSize });
  const hasTimestamps = timestamp !== NO_TIMESTAMP;
  if (syn?.sackPermitted) options.push(...(hasTimestamps ? [] : [NOP, NOP]), SACK_PERMITTED);
  else if (hasTimestamps) options.push(NOP, NOP);
  if (hasTimestamps) options.push({ kind: "timestamps", value: timestamp, echoReply: Math.max(0, timestampEcho) });
  if (syn?.windowScale !== undefined) options.push(NOP, { kind: "windowScale", shift: syn.windowScale });
  if (blocks.length > 0) options.push(NOP, NOP, { kind: "sack", blocks: edges(blocks, othersInitial) });
  return options;
}

function edges(blocks: readonly number[], othersInitial: SequenceNumber): SackBlock[] {
  const pairs: SackBlock[] = [];
  for (let index = 0; index < blocks.length; index += 2) {
    const left = addSequence(othersInitial, blocks[index]!);
    pairs.push({ left, right: addSequence(othersInitial, blocks[index + 1]!) });
  }
  return pairs;
}

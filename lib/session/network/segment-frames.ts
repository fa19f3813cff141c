/** Writes the frames of segments as 32-bit words, with the numbers that the wire has. The codecs in `headers` remain the truth. */
import { LatestView, viewOf } from "../../core/bytes.ts";
import { copyAndSum, finishShortChecksum, sumOfHalves } from "../../core/checksum.ts";
import type { FrameSink } from "../../core/frame-sink.ts";
import type { SequenceNumber } from "../../core/sequence.ts";
import { IpProtocol } from "../../headers/assigned-numbers.ts";
import { TCP_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import { tcpOffsets } from "../../headers/tcp.ts";
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { Socket } from "../conversation.ts";
import type { EncapsulatingSink } from "../encapsulation/encapsulating-sink.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import { type SegmentHeadOptions, SegmentHeads } from "../segment-heads.ts";
import { Ecn, NO_TIMESTAMP, type Segment } from "../tcp/segment.ts";

// Constants of this module are folded into the code that the compiler makes; those of another are looked up each time.
const ACK: number = TcpFlag.ACK;
const TCP: number = IpProtocol.TCP;
const HEADER_LENGTH: number = TCP_HEADER_LENGTH;
const CONGESTION: number = Ecn.CONGESTION_EXPERIENCED;
const WITHOUT: number = NO_TIMESTAMP;
const CHECKSUM_AT: number = tcpOffsets.checksum;
const CHECKSUM_BITS = 16;
const BITS_A_BYTE = 8;
/** Of the word that data offset, flags and window share. The offset counts words. */
const OFFSET_SHIFT = 28;
const FLAGS_SHIFT = 16;

/** Words of options (RFC 9293, section 3.2; RFC 7323; RFC 2018), some with no operations before them, and their lengths in bytes. */
const MSS_WORD = 0x0204_0000;
const SACK_PERMITTED_WORD = 0x0101_0402;
const TIMESTAMPS_WORD = 0x0101_080a;
const SACK_PERMITTED_AND_TIMESTAMPS_WORD = 0x0402_080a;
const SCALE_WORD = 0x0103_0300;
const BLOCKS_WORD = 0x0101_0500;
const MSS_LENGTH = 4;
const SCALE_LENGTH = 4;
const SACK_PERMITTED_LENGTH = 4;
const TIMESTAMPS_LENGTH = 12;
const BLOCKS_HEAD_LENGTH = 4;
const EDGE_LENGTH = 4;
/** Of the option without its no operations. */
const BLOCKS_KIND_AND_LENGTH = 2;

/** One end, as the headers of its segments know it. */
export interface FrameEnd {
  readonly socket: Socket;
  readonly initialSequence: SequenceNumber;
  readonly isServer: boolean;
  /** What its frames have that is not as everywhere. */
  readonly fields: FrameFields | undefined;
}

export class SegmentFrames {
  readonly #sink: FrameSink;
  readonly #outer: EncapsulatingSink | undefined;
  readonly #heads: SegmentHeads;
  readonly #latestView = new LatestView();
  /** Where the next word of options belongs, and what those before it add to the checksum. */
  #at = 0;
  #optionsSum = 0;

  /** @param outer the sink, where it puts headers before what is written into it: then nothing else does */
  constructor(sink: FrameSink, options: SegmentHeadOptions, outer?: EncapsulatingSink) {
    this.#sink = sink;
    this.#outer = outer;
    this.#heads = new SegmentHeads(sink, options);
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
    const { socket } = from;
    const source = socket.host;
    const destination = to.socket.host;
    const ports = (socket.port << 16) | to.socket.port;
    const outer = this.#outer;
    if (outer !== undefined) outer.begin(source, destination, from.isServer, from.fields, ports);
    const headerLength = headerLengthOf(segment);
    const tcpLength = headerLength + segment.length;
    const ecn = isMarked ? CONGESTION : segment.ecn;
    const tcp = this.#heads.write(time, source, destination, identification, ecn, tcpLength);
    const addressSum = source.addressSum + destination.addressSum;
    this.#writeTcp(tcp, segment, from, to, ports, headerLength, addressSum);
    if (bit !== undefined) this.#flip(segment, tcp + tcpLength, bit);
    if (outer !== undefined) outer.finish();
  }

  /** @param ports that of the source in the upper half @param addressSum what both addresses add to the checksum */
  #writeTcp(
    tcp: number,
    segment: Segment,
    from: FrameEnd,
    to: FrameEnd,
    ports: number,
    headerLength: number,
    addressSum: number,
  ): void {
    const { view } = this.#sink;
    const { flags, length, data } = segment;
    const sequence = (from.initialSequence + segment.sequence) | 0;
    const acknowledgment = (flags & ACK) === 0 ? 0 : (to.initialSequence + segment.acknowledgment) | 0;
    const offsetFlagsWindow = ((headerLength >>> 2) << OFFSET_SHIFT) | (flags << FLAGS_SHIFT) | segment.window;
    let sum = addressSum + TCP + headerLength + length + sumOfHalves(ports) + sumOfHalves(offsetFlagsWindow);
    sum += sumOfHalves(sequence) + sumOfHalves(acknowledgment);
    view.setInt32(tcp, ports);
    view.setInt32(tcp + 4, sequence);
    view.setInt32(tcp + 8, acknowledgment);
    view.setInt32(tcp + 12, offsetFlagsWindow);
    if (headerLength > HEADER_LENGTH) sum += this.#writeOptions(tcp + HEADER_LENGTH, segment, to.initialSequence);
    if (data !== undefined && length > 0) {
      const { start } = segment;
      sum += copyAndSum(this.#latestView.of(data), start, start + length, this.#sink, tcp + headerLength);
    }
    view.setUint32(tcp + CHECKSUM_AT, finishShortChecksum(sum) << 16);
  }

  /** In the order of Linux, in which no operations bring each to a multiple of four bytes. @returns their sum */
  #writeOptions(at: number, segment: Segment, othersInitial: SequenceNumber): number {
    const { syn, blocks, timestamp } = segment;
    this.#at = at;
    this.#optionsSum = 0;
    if (syn?.maximumSegmentSize !== undefined) this.#putWord(MSS_WORD | syn.maximumSegmentSize);
    const permitsSack = syn?.sackPermitted === true;
    if (timestamp !== WITHOUT) {
      this.#putWord(permitsSack ? SACK_PERMITTED_AND_TIMESTAMPS_WORD : TIMESTAMPS_WORD);
      this.#putWord(timestamp | 0);
      this.#putWord(Math.max(0, segment.timestampEcho) | 0);
    } else if (permitsSack) this.#putWord(SACK_PERMITTED_WORD);
    if (syn?.windowScale !== undefined) this.#putWord(SCALE_WORD | syn.windowScale);
    if (blocks.length > 0) this.#putBlocks(blocks, othersInitial);
    return this.#optionsSum;
  }

  #putBlocks(blocks: readonly number[], othersInitial: SequenceNumber): void {
    this.#putWord(BLOCKS_WORD | (BLOCKS_KIND_AND_LENGTH + EDGE_LENGTH * blocks.length));
    for (let index = 0; index < blocks.length; index++) this.#putWord((othersInitial + blocks[index]!) | 0);
  }

  #putWord(word: number): void {
    this.#sink.view.setInt32(this.#at, word);
    this.#at += 4;
    this.#optionsSum += sumOfHalves(word);
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

/**
 * Writes the segments of a session into a sink: the hot path of the project.
 *
 * Every frame of a session has one of few shapes, an IPv4 or an IPv6 header and a TCP header, with three words of options
 * where it is a SYN, so it is written as 32-bit words, and both checksums are added up from the values instead of being
 * read back from the bytes; only the payload is read, once. The codecs in `headers` remain the truth: a property test
 * holds each frame written here equal to theirs, byte for byte.
 */

import { LatestView } from "../../core/bytes.ts";
import { copyAndSum, finishShortChecksum } from "../../core/checksum.ts";
import type { FrameSink } from "../../core/frame-sink.ts";
import { IpProtocol } from "../../headers/assigned-numbers.ts";
import { IPV4_HEADER_LENGTH, TCP_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { Annotator } from "../annotator.ts";
import { isServer, peerOf } from "../conversation.ts";
import type { EncapsulatingSink } from "../encapsulation/encapsulating-sink.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import type { Host } from "../host.ts";
import { type SegmentHeadOptions, SegmentHeads } from "../segment-heads.ts";
import { type ConnectionTable, SideWord, SIDE_WORDS as WORDS } from "./connection-table.ts";

// Constants of this module are folded into the code that the compiler makes; those of another are looked up each time.
const SYN: number = TcpFlag.SYN;
const ACK: number = TcpFlag.ACK;
const SIDE_WORDS: number = WORDS;
const { SND_NXT, ACKNOWLEDGED, PORTS } = SideWord;
const TCP: number = IpProtocol.TCP;
const IPV4_LENGTH: number = IPV4_HEADER_LENGTH;
const TCP_LENGTH: number = TCP_HEADER_LENGTH;
/** A TCP header of five words, in the upper half of the word that flags and window share. */
const DATA_OFFSET = 0x5000;
/** Three words more of options (RFC 9293, section 3.2; RFC 2018, section 2; RFC 7323, section 2.2). */
const SYN_LENGTH = 32;
const SYN_DATA_OFFSET = 0x8000;
const MSS_KIND_AND_LENGTH = 0x0204;
/** Twice no operation, then that selective acknowledgements are permitted. */
const SACK_PERMITTED_WORD = 0x0101_0402;
/** No operation, then a window scale of 0. */
const WINDOW_SCALE_WORD = 0x0103_0300;
const SYN_OPTIONS_SUM: number = MSS_KIND_AND_LENGTH + 0x0101 + 0x0402 + 0x0103 + 0x0300;

export interface SegmentWriterOptions extends SegmentHeadOptions {
  /** The window field of every segment but a SYN, unscaled, 0 to 65535. */
  readonly window: number;
  /** The window field of a SYN, which is never scaled (RFC 7323, section 2.2). */
  readonly synWindow: number;
  /** The shift that both sides offer (RFC 7323, section 2.2). */
  readonly windowScale: number;
}

/** Bytes of the TCP header that a segment with such flags gets here. */
export function headerLengthOf(flags: number): number {
  return (flags & SYN) === 0 ? TCP_LENGTH : SYN_LENGTH;
}

export class SegmentWriter {
  readonly #sink: FrameSink;
  readonly #connections: ConnectionTable;
  readonly #options: SegmentWriterOptions;
  // Numbers that are numbers from the start, and not undefined for a moment, are read without asking what they are.
  readonly #window: number = 0;
  readonly #heads: SegmentHeads;
  readonly #latestView = new LatestView();

  constructor(sink: FrameSink, connections: ConnectionTable, options: SegmentWriterOptions) {
    this.#sink = sink;
    this.#connections = connections;
    this.#options = options;
    this.#window = options.window;
    this.#heads = new SegmentHeads(sink, options);
  }

  /**
   * Writes one segment from `side`, with its next sequence number. Its acknowledgment number is what the side acknowledged last.
   *
   * @param payload the message that the segment carries a part of, if any
   * @param start index of the part's first byte
   * @param end index behind its last byte
   */
  write(time: number, side: number, flags: number, payload: Uint8Array | undefined, start: number, end: number): void {
    if ((flags & SYN) !== 0) return this.#writeSyn(time, side, flags, payload, start, end);
    const { hosts } = this.#connections;
    const from = hosts[side]!;
    const to = hosts[peerOf(side)]!;
    const tcpLength = TCP_LENGTH + end - start;
    const tcp = this.#begin(time, from, to, tcpLength);
    const payloadSum =
      payload === undefined ? 0 : copyAndSum(this.#latestView.of(payload), start, end, this.#sink, tcp + TCP_LENGTH);
    const sums = from.addressSum + to.addressSum + payloadSum;
    this.#writeTcp(tcp, side, DATA_OFFSET + flags, this.#window, tcpLength, sums);
  }

  /** A SYN has a window that is never scaled, and options, in the order of Linux. */
  #writeSyn(
    time: number,
    side: number,
    flags: number,
    payload: Uint8Array | undefined,
    start: number,
    end: number,
  ): void {
    const { hosts } = this.#connections;
    const from = hosts[side]!;
    const to = hosts[peerOf(side)]!;
    const tcpLength = SYN_LENGTH + end - start;
    const tcp = this.#begin(time, from, to, tcpLength);
    const { view } = this.#sink;
    const maximumSegmentSize = this.#connections.maximumSegmentSize(side);
    const { windowScale, synWindow } = this.#options;
    view.setUint32(tcp + TCP_LENGTH, (MSS_KIND_AND_LENGTH << 16) | maximumSegmentSize);
    view.setUint32(tcp + TCP_LENGTH + 4, SACK_PERMITTED_WORD);
    view.setUint32(tcp + TCP_LENGTH + 8, WINDOW_SCALE_WORD | windowScale);
    const optionsSum = SYN_OPTIONS_SUM + maximumSegmentSize + windowScale;
    const payloadSum =
      payload === undefined ? 0 : copyAndSum(this.#latestView.of(payload), start, end, this.#sink, tcp + SYN_LENGTH);
    const sums = from.addressSum + to.addressSum + payloadSum + optionsSum;
    this.#writeTcp(tcp, side, SYN_DATA_OFFSET + flags, synWindow, tcpLength, sums);
  }

  /** @returns where the TCP header begins */
  #begin(time: number, from: Host, to: Host, tcpLength: number): number {
    const identification = from.ipHeaderLength === IPV4_LENGTH ? from.takeIdentification() : 0;
    return this.#heads.write(time, from, to, identification, 0, tcpLength);
  }

  /**
   * @param offsetAndFlags the data offset and the flags, as they stand in one half word
   * @param otherSums of addresses, options and payload
   */
  #writeTcp(
    tcp: number,
    side: number,
    offsetAndFlags: number,
    window: number,
    tcpLength: number,
    otherSums: number,
  ): void {
    const { view } = this.#sink;
    const { words } = this.#connections;
    const at = SIDE_WORDS * side;
    const ports = words[at + PORTS]!;
    const sequence = words[at + SND_NXT]!;
    // Where the ACK flag is not set the field has no meaning, and is 0.
    const acknowledgment = (offsetAndFlags & ACK) === 0 ? 0 : words[at + ACKNOWLEDGED]!;
    const sum =
      otherSums +
      (TCP + tcpLength) +
      ((ports >>> 16) + (ports & 0xffff)) +
      ((sequence >>> 16) + (sequence & 0xffff)) +
      ((acknowledgment >>> 16) + (acknowledgment & 0xffff)) +
      (offsetAndFlags + window);
    view.setInt32(tcp, ports);
    view.setInt32(tcp + 4, sequence);
    view.setInt32(tcp + 8, acknowledgment);
    view.setUint32(tcp + 12, (offsetAndFlags << 16) | window);
    view.setUint32(tcp + 16, finishShortChecksum(sum) << 16);
  }
}

/** Writes segments with a remark on each. A class of its own, so that the other asks no question for every segment. */
export class AnnotatedSegmentWriter extends SegmentWriter {
  readonly #annotator: Annotator;

  constructor(sink: FrameSink, connections: ConnectionTable, options: SegmentWriterOptions, annotator: Annotator) {
    super(sink, connections, options);
    this.#annotator = annotator;
  }

  override write(
    time: number,
    side: number,
    flags: number,
    payload: Uint8Array | undefined,
    start: number,
    end: number,
  ): void {
    this.#annotator.segment(side, flags, payload, start, end);
    super.write(time, side, flags, payload, start, end);
  }
}

/** Writes segments behind more headers than those of a link layer, and with what their side is said to have. */
export class EncapsulatedSegmentWriter extends SegmentWriter {
  readonly #sink: EncapsulatingSink;
  readonly #connections: ConnectionTable;
  readonly #annotator: Annotator | undefined;
  /** By side. */
  readonly fields: (FrameFields | undefined)[] = [];

  constructor(
    sink: EncapsulatingSink,
    connections: ConnectionTable,
    options: SegmentWriterOptions,
    annotator: Annotator | undefined,
  ) {
    super(sink, connections, { ...options, link: "raw" });
    this.#sink = sink;
    this.#connections = connections;
    this.#annotator = annotator;
  }

  override write(
    time: number,
    side: number,
    flags: number,
    payload: Uint8Array | undefined,
    start: number,
    end: number,
  ): void {
    const { hosts, words } = this.#connections;
    this.#annotator?.segment(side, flags, payload, start, end);
    const ports = words[SIDE_WORDS * side + PORTS]!;
    this.#sink.begin(hosts[side]!, hosts[peerOf(side)]!, isServer(side), this.fields[side], ports);
    super.write(time, side, flags, payload, start, end);
    this.#sink.finish();
  }
}

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
import { AddressFamily, EtherType, IpProtocol } from "../../headers/assigned-numbers.ts";
import { ETHERNET_HEADER_LENGTH } from "../../headers/ethernet.ts";
import { IPV4_HEADER_LENGTH } from "../../headers/ipv4.ts";
import { LOOPBACK_HEADER_LENGTH } from "../../headers/loopback.ts";
import { TCP_HEADER_LENGTH, TcpFlag } from "../../headers/tcp.ts";
import type { Annotator } from "../annotator.ts";
import { isServer, peerOf } from "../conversation.ts";
import type { EncapsulatingSink } from "../encapsulation/encapsulating-sink.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import type { LinkKind } from "../encapsulation/outer-headers.ts";
import type { Host } from "../host.ts";
import { type ConnectionTable, SideWord, SIDE_WORDS as WORDS } from "./connection-table.ts";

const LOOPBACK_LENGTH: number = LOOPBACK_HEADER_LENGTH;
const LINK_HEADER_LENGTH: Readonly<Record<LinkKind, number>> = {
  ethernet: ETHERNET_HEADER_LENGTH,
  raw: 0,
  null: LOOPBACK_LENGTH,
};

// Constants of this module are folded into the code that the compiler makes; those of another are looked up each time.
const SYN: number = TcpFlag.SYN;
const ACK: number = TcpFlag.ACK;
const SIDE_WORDS: number = WORDS;
const { SND_NXT, ACKNOWLEDGED, PORTS } = SideWord;
const TCP: number = IpProtocol.TCP;
const IPV4_TYPE: number = EtherType.IPV4;
const IPV6_TYPE: number = EtherType.IPV6;
const IPV4_FAMILY: number = AddressFamily.IPV4;
const IPV6_FAMILY: number = AddressFamily.IPV6_DARWIN;
const IPV4_LENGTH: number = IPV4_HEADER_LENGTH;
const TCP_LENGTH: number = TCP_HEADER_LENGTH;
/** Version 6, no traffic class, no flow label. */
const IPV6_FIRST_WORD = 0x6000_0000;
/** Version 4, five words of header, no special service. */
const VERSION_AND_LENGTH = 0x4500;
const DONT_FRAGMENT = 0x4000;
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

export interface SegmentWriterOptions {
  readonly link: LinkKind;
  /** IPv4 time to live and IPv6 hop limit, 1 to 255. */
  readonly timeToLive: number;
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
  readonly #linkLength: number = 0;
  readonly #window: number = 0;
  /** Time to live and protocol, as the word that they share with the header checksum. */
  readonly #lifeAndProtocol: number = 0;
  /** What all frames add to their IPv4 header checksum. */
  readonly #ipSum: number = 0;
  readonly #latestView = new LatestView();

  constructor(sink: FrameSink, connections: ConnectionTable, options: SegmentWriterOptions) {
    this.#sink = sink;
    this.#connections = connections;
    this.#options = options;
    this.#linkLength = LINK_HEADER_LENGTH[options.link];
    this.#window = options.window;
    this.#lifeAndProtocol = (options.timeToLive << 8) | TCP;
    this.#ipSum = VERSION_AND_LENGTH + DONT_FRAGMENT + this.#lifeAndProtocol;
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
    const tcp = this.#writeLinkAndIp(time, from, to, tcpLength);
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
    const tcp = this.#writeLinkAndIp(time, from, to, tcpLength);
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

  /** Makes room for a frame, and writes what stands before its TCP header. @returns where that begins */
  #writeLinkAndIp(time: number, from: Host, to: Host, tcpLength: number): number {
    const sink = this.#sink;
    const ipLength = from.ipHeaderLength;
    const isIpv4 = ipLength === IPV4_LENGTH;
    const offset = sink.reserve(time, this.#linkLength + ipLength + tcpLength) | 0;
    const view = sink.view;
    const ip = offset + this.#linkLength;
    if (this.#linkLength !== 0) this.#writeLink(view, offset, from, to, isIpv4);
    if (isIpv4) this.#writeIpv4(view, ip, from, to, tcpLength);
    else this.#writeIpv6(view, ip, from, to, tcpLength);
    return ip + ipLength;
  }

  #writeLink(view: DataView, offset: number, from: Host, to: Host, isIpv4: boolean): void {
    if (this.#linkLength === LOOPBACK_LENGTH) return view.setUint32(offset, isIpv4 ? IPV4_FAMILY : IPV6_FAMILY, true);
    view.setUint32(offset, to.macHigh32);
    view.setUint32(offset + 4, ((to.macLow16 << 16) | from.macHigh16) >>> 0);
    view.setUint32(offset + 8, from.macLow32);
    view.setUint16(offset + 12, isIpv4 ? IPV4_TYPE : IPV6_TYPE);
  }

  #writeIpv4(view: DataView, ip: number, from: Host, to: Host, tcpLength: number): void {
    const totalLength = IPV4_LENGTH + tcpLength;
    const identification = from.takeIdentification();
    const sum = this.#ipSum + totalLength + identification + from.addressSum + to.addressSum;
    view.setUint32(ip, (VERSION_AND_LENGTH << 16) | totalLength);
    view.setUint32(ip + 4, (identification << 16) | DONT_FRAGMENT);
    view.setUint32(ip + 8, (this.#lifeAndProtocol << 16) | finishShortChecksum(sum));
    view.setUint32(ip + 12, from.address as number);
    view.setUint32(ip + 16, to.address as number);
  }

  #writeIpv6(view: DataView, ip: number, from: Host, to: Host, tcpLength: number): void {
    view.setUint32(ip, IPV6_FIRST_WORD);
    view.setUint32(ip + 4, (tcpLength << 16) | (TCP << 8) | this.#options.timeToLive);
    for (let word = 0; word < 4; word++) {
      view.setUint32(ip + 8 + 4 * word, from.ipv6Words![word]!);
      view.setUint32(ip + 24 + 4 * word, to.ipv6Words![word]!);
    }
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
    this.#sink.begin({
      from: hosts[side]!,
      to: hosts[peerOf(side)]!,
      isFromServer: isServer(side),
      fields: this.fields[side],
      ports: words[SIDE_WORDS * side + PORTS]!,
    });
    super.write(time, side, flags, payload, start, end);
    this.#sink.finish();
  }
}

/**
 * Writes the segments of a session into a sink: the hot path of the project.
 *
 * Every frame of a session has one of two shapes, an IPv4 or an IPv6 header and a TCP header without options, so it is
 * written as 32-bit words, and both checksums are added up from the values instead of being read back from the bytes;
 * only the payload is read, once. The codecs in `headers` remain the truth: a property test holds each frame written
 * here equal to theirs, byte for byte. A SYN carries options, and is composed by the codecs themselves.
 */
import { copyAndSum, LatestView } from "../copy-bytes.ts";
import { encodeFrameInto, type Frame, frameLength } from "../frame.ts";
import type { FrameSink } from "../frame-sink.ts";
import { finishShortChecksum } from "../headers/checksum.ts";
import { EtherType } from "../headers/ethernet.ts";
import { IPV4_HEADER_LENGTH, IpProtocol } from "../headers/ipv4.ts";
import { AddressFamily } from "../headers/loopback.ts";
import { TcpFlag, type TcpOption } from "../headers/tcp.ts";
import type { Connections } from "./connections.ts";
import { conversationOf, peerOf } from "./conversation.ts";
import type { Host } from "./host.ts";

/** How a frame begins: Ethernet II, nothing at all, or the four bytes of BSD loopback. */
export type LinkKind = "ethernet" | "raw" | "null";

const NOTHING = new Uint8Array(0);

const LOOPBACK_LENGTH = 4;
const LINK_HEADER_LENGTH: Readonly<Record<LinkKind, number>> = { ethernet: 14, raw: 0, null: LOOPBACK_LENGTH };

// Constants of this module are folded into the code that the compiler makes; those of another are looked up each time.
const SYN: number = TcpFlag.SYN;
const ACK: number = TcpFlag.ACK;
const TCP: number = IpProtocol.TCP;
const IPV4_TYPE: number = EtherType.IPV4;
const IPV6_TYPE: number = EtherType.IPV6;
const IPV4_FAMILY: number = AddressFamily.IPV4;
const IPV6_FAMILY: number = AddressFamily.IPV6_DARWIN;
const IPV4_LENGTH: number = IPV4_HEADER_LENGTH;
const TCP_LENGTH = 20;
/** Version 6, no traffic class, no flow label. */
const IPV6_FIRST_WORD = 0x6000_0000;
/** Version 4, five words of header, no special service. */
const VERSION_AND_LENGTH = 0x4500;
const DONT_FRAGMENT = 0x4000;
/** A TCP header of five words, in the upper half of the word that flags and window share. */
const DATA_OFFSET = 0x5000;
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

export class SegmentWriter {
  readonly #sink: FrameSink;
  readonly #connections: Connections;
  readonly #options: SegmentWriterOptions;
  // Numbers that are numbers from the start, and not undefined for a moment, are read without asking what they are.
  readonly #linkLength: number = 0;
  readonly #window: number = 0;
  /** Time to live and protocol, as the word that they share with the header checksum. */
  readonly #lifeAndProtocol: number = 0;
  /** What all frames add to their IPv4 header checksum. */
  readonly #ipSum: number = 0;
  readonly #latestView = new LatestView();

  constructor(sink: FrameSink, connections: Connections, options: SegmentWriterOptions) {
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
    if ((flags & SYN) !== 0) {
      return this.#writeSyn(time, side, flags, payload === undefined ? NOTHING : payload.subarray(start, end));
    }
    const sink = this.#sink;
    const { hosts } = this.#connections;
    const from = hosts[side]!;
    const to = hosts[peerOf(side)]!;
    const ipLength = from.ipHeaderLength;
    const isIpv4 = ipLength === IPV4_LENGTH;
    const tcpLength = TCP_LENGTH + end - start;
    const offset = sink.reserve(time, this.#linkLength + ipLength + tcpLength) | 0;
    const view = sink.view;
    const ip = offset + this.#linkLength;
    if (this.#linkLength !== 0) this.#writeLink(view, offset, from, to, isIpv4);
    if (isIpv4) this.#writeIpv4(view, ip, from, to, tcpLength);
    else this.#writeIpv6(view, ip, from, to, tcpLength);
    const tcp = ip + ipLength;
    const payloadSum =
      payload === undefined ? 0 : copyAndSum(this.#latestView.of(payload), start, end, sink, tcp + TCP_LENGTH);
    this.#writeTcp(view, tcp, side, flags, tcpLength, payloadSum + from.addressSum + to.addressSum);
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

  /** @param otherSums of both addresses and the payload */
  #writeTcp(view: DataView, tcp: number, side: number, flags: number, tcpLength: number, otherSums: number): void {
    const { ports, nextSequence, acknowledged } = this.#connections;
    const sourcePort = ports[side]!;
    const destinationPort = ports[peerOf(side)]!;
    const sequence = nextSequence[side]!;
    // Where the ACK flag is not set the field has no meaning, and is 0.
    const acknowledgment = (flags & ACK) === 0 ? 0 : acknowledged[side]!;
    const sum =
      otherSums +
      (TCP + tcpLength) +
      (sourcePort + destinationPort) +
      ((sequence >>> 16) + (sequence & 0xffff)) +
      ((acknowledgment >>> 16) + (acknowledgment & 0xffff)) +
      (DATA_OFFSET + flags + this.#window);
    view.setUint32(tcp, (sourcePort << 16) | destinationPort);
    view.setUint32(tcp + 4, sequence);
    view.setUint32(tcp + 8, acknowledgment);
    view.setUint32(tcp + 12, ((DATA_OFFSET + flags) << 16) | this.#window);
    view.setUint32(tcp + 16, finishShortChecksum(sum) << 16);
  }

  #writeSyn(time: number, side: number, flags: number, payload: Uint8Array): void {
    const { hosts, ports, nextSequence, acknowledged, maximumSegmentSizes } = this.#connections;
    const from = hosts[side]!;
    const to = hosts[peerOf(side)]!;
    const { timeToLive, synWindow } = this.#options;
    const frame: Frame = {
      ...(typeof from.address === "number" && typeof to.address === "number"
        ? {
            ipv4: {
              source: from.address,
              destination: to.address,
              identification: from.takeIdentification(),
              dontFragment: true,
              timeToLive,
            },
          }
        : { ipv6: { source: BigInt(from.address), destination: BigInt(to.address), hopLimit: timeToLive } }),
      tcp: {
        sourcePort: ports[side]!,
        destinationPort: ports[peerOf(side)]!,
        sequenceNumber: nextSequence[side]!,
        acknowledgmentNumber: (flags & ACK) === 0 ? 0 : acknowledged[side]!,
        flags,
        window: synWindow,
        options: this.#synOptions(maximumSegmentSizes[conversationOf(side)]!),
      },
      payload,
      ...(this.#options.link === "ethernet" && { ethernet: { source: from.mac, destination: to.mac } }),
      ...(this.#options.link === "null" && { loopback: {} }),
    };
    const offset = this.#sink.reserve(time, frameLength(frame));
    encodeFrameInto(frame, this.#sink.bytes, offset);
  }

  /** In the order of Linux. */
  #synOptions(maximumSegmentSize: number): readonly TcpOption[] {
    return [
      { kind: "mss", value: maximumSegmentSize },
      { kind: "nop" },
      { kind: "nop" },
      { kind: "sackPermitted" },
      { kind: "nop" },
      { kind: "windowScale", shift: this.#options.windowScale },
    ];
  }
}

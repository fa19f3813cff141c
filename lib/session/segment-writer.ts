/**
 * Writes the segments of a session into a sink: the hot path of the project.
 *
 * Every frame of a session has the same shape, an IPv4 header without options and a TCP header without options, so it is
 * written as 32-bit words, and both checksums are added up from the values instead of being read back from the bytes;
 * only the payload is read, once. The codecs in `headers` remain the truth: a property test holds each frame written
 * here equal to theirs, byte for byte. A SYN carries options, and is composed by the codecs themselves.
 */
import { encodeFrameInto, type Frame, frameLength } from "../frame.ts";
import type { FrameSink } from "../frame-sink.ts";
import { finishChecksum, sumBytes } from "../headers/checksum.ts";
import { EtherType } from "../headers/ethernet.ts";
import { IpProtocol } from "../headers/ipv4.ts";
import { AddressFamily } from "../headers/loopback.ts";
import { TcpFlag, type TcpOption } from "../headers/tcp.ts";
import type { TcpSide } from "./conversation.ts";

/** How a frame begins: Ethernet II, nothing at all, or the four bytes of BSD loopback. */
export type LinkKind = "ethernet" | "raw" | "null";

const LINK_HEADER_LENGTH: Readonly<Record<LinkKind, number>> = { ethernet: 14, raw: 0, null: 4 };

// Constants of this module are folded into the code that the compiler makes; those of another are looked up each time.
const SYN: number = TcpFlag.SYN;
const TCP: number = IpProtocol.TCP;
const IPV4_TYPE: number = EtherType.IPV4;
const IPV4_FAMILY: number = AddressFamily.IPV4;
const IP_HEADER_LENGTH = 20;
const HEADERS_LENGTH = 40;
/** Version 4, five words of header, no special service. */
const VERSION_AND_LENGTH = 0x4500;
const DONT_FRAGMENT = 0x4000;
/** A TCP header of five words, in the upper half of the word that flags and window share. */
const DATA_OFFSET = 0x5000;
/** Payloads up to this length are copied by a loop: a call to `set` costs more than it saves. */
const SHORT_PAYLOAD = 24;

export interface SegmentWriterOptions {
  readonly link: LinkKind;
  /** IPv4 time to live, 1 to 255. */
  readonly timeToLive: number;
  /** The window field of every segment but a SYN, unscaled, 0 to 65535. */
  readonly window: number;
  /** The window field of a SYN, which is never scaled (RFC 7323, section 2.2). */
  readonly synWindow: number;
  readonly synOptions: readonly TcpOption[];
}

export class SegmentWriter {
  readonly #sink: FrameSink;
  readonly #options: SegmentWriterOptions;
  readonly #link: LinkKind;
  readonly #linkLength: number;
  readonly #window: number;
  /** Time to live and protocol, as the word that they share with the header checksum. */
  readonly #lifeAndProtocol: number;
  /** What all frames add to their IPv4 header checksum. */
  readonly #ipSum: number;

  constructor(sink: FrameSink, options: SegmentWriterOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#link = options.link;
    this.#linkLength = LINK_HEADER_LENGTH[options.link];
    this.#window = options.window;
    this.#lifeAndProtocol = (options.timeToLive << 8) | TCP;
    this.#ipSum = VERSION_AND_LENGTH + DONT_FRAGMENT + this.#lifeAndProtocol;
  }

  /**
   * Writes one segment from `side`, with its next sequence number. Its acknowledgment number is `side.acknowledged`.
   *
   * @param payload the message that the segment carries a part of, if any
   * @param start index of the part's first byte
   * @param end index behind its last byte
   */
  write(time: number, side: TcpSide, flags: number, payload: Uint8Array | undefined, start: number, end: number): void {
    if ((flags & SYN) !== 0) return this.#writeSyn(time, side, flags);
    const sink = this.#sink;
    const payloadLength = end - start;
    const offset = sink.reserve(time, this.#linkLength + HEADERS_LENGTH + payloadLength);
    const view = sink.view;
    const ip = offset + this.#linkLength;
    const from = side.host;
    const to = side.peer.host;

    if (this.#link === "ethernet") {
      view.setUint32(offset, to.macHigh32);
      view.setUint32(offset + 4, ((to.macLow16 << 16) | from.macHigh16) >>> 0);
      view.setUint32(offset + 8, from.macLow32);
      view.setUint16(offset + 12, IPV4_TYPE);
    } else if (this.#link === "null") {
      view.setUint32(offset, IPV4_FAMILY, true);
    }

    const addressSum = from.addressSum + to.addressSum;
    const totalLength = HEADERS_LENGTH + payloadLength;
    const identification = from.takeIdentification();
    view.setUint32(ip, (VERSION_AND_LENGTH << 16) | totalLength);
    view.setUint32(ip + 4, (identification << 16) | DONT_FRAGMENT);
    const headerChecksum = finishChecksum(this.#ipSum + totalLength + identification + addressSum);
    view.setUint32(ip + 8, (this.#lifeAndProtocol << 16) | headerChecksum);
    view.setUint32(ip + 12, from.address);
    view.setUint32(ip + 16, to.address);

    const tcp = ip + IP_HEADER_LENGTH;
    const data = ip + HEADERS_LENGTH;
    if (payload !== undefined) copyInto(sink.bytes, data, payload, start, end);
    const sequence = side.nextSequence;
    const acknowledgment = side.acknowledged;
    const sum =
      addressSum +
      (TCP + totalLength - IP_HEADER_LENGTH) +
      (side.port + side.peer.port) +
      ((sequence >>> 16) + (sequence & 0xffff)) +
      ((acknowledgment >>> 16) + (acknowledgment & 0xffff)) +
      ((DATA_OFFSET | flags) + this.#window) +
      (payloadLength === 0 ? 0 : sumBytes(view, data, data + payloadLength));
    view.setUint32(tcp, (side.port << 16) | side.peer.port);
    view.setUint32(tcp + 4, sequence);
    view.setUint32(tcp + 8, acknowledgment);
    view.setUint32(tcp + 12, ((DATA_OFFSET | flags) << 16) | this.#window);
    view.setUint32(tcp + 16, finishChecksum(sum) << 16);
  }

  #writeSyn(time: number, side: TcpSide, flags: number): void {
    const from = side.host;
    const to = side.peer.host;
    const frame: Frame = {
      ipv4: {
        source: from.address,
        destination: to.address,
        identification: from.takeIdentification(),
        dontFragment: true,
        timeToLive: this.#options.timeToLive,
      },
      tcp: {
        sourcePort: side.port,
        destinationPort: side.peer.port,
        sequenceNumber: side.nextSequence,
        acknowledgmentNumber: (flags & TcpFlag.ACK) === 0 ? 0 : side.acknowledged,
        flags,
        window: this.#options.synWindow,
        options: this.#options.synOptions,
      },
      ...(this.#link === "ethernet" && { ethernet: { source: from.mac, destination: to.mac } }),
      ...(this.#link === "null" && { loopback: { family: AddressFamily.IPV4 } }),
    };
    const offset = this.#sink.reserve(time, frameLength(frame));
    encodeFrameInto(frame, this.#sink.bytes, offset);
  }
}

function copyInto(bytes: Uint8Array, offset: number, payload: Uint8Array, start: number, end: number): void {
  if (end - start <= SHORT_PAYLOAD) {
    for (let i = start, at = offset; i < end; i++, at++) bytes[at] = payload[i]!;
  } else {
    bytes.set(start === 0 && end === payload.length ? payload : payload.subarray(start, end), offset);
  }
}

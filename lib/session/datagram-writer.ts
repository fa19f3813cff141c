/** Writes UDP datagrams into a sink, cut into IP fragments where one exceeds the largest packet of the link. */

import { WirewrightError } from "../core/errors.ts";
import type { FrameDirection, FrameSink } from "../core/frame-sink.ts";
import { IpProtocol } from "../headers/assigned-numbers.ts";
import { encodeFrame, encodeFrameInto, type Frame, frameLength } from "../headers/frame.ts";
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, UDP_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { fragment } from "../headers/ipv6.ts";
import type { Annotator } from "./annotator.ts";
import type { Socket } from "./conversation.ts";
import type { EncapsulatingSink } from "./encapsulation/encapsulating-sink.ts";
import type { FrameFields } from "./encapsulation/frame-fields.ts";
import { longestDatagram } from "./packet-sizes.ts";
import { headersBelow, type NetworkLink } from "./packet-writer.ts";

/** IPv6 fragment header (RFC 8200, section 4.5): next header, reserved, offset and flag, identification. */
const FRAGMENT_HEADER_LENGTH: number = fragment.fixedLength;
const FRAGMENT_NEXT_HEADER = 44;
/** Offsets of fragments count in units of 8 bytes. */
const FRAGMENT_UNIT = 8;

export interface DatagramWriterOptions extends NetworkLink {
  /** The largest IP packet in bytes. */
  readonly maximumTransmissionUnit: number;
}

export class DatagramWriter {
  readonly #sink: FrameSink;
  readonly #options: DatagramWriterOptions;
  readonly #annotator: Annotator | undefined;
  readonly #outer: EncapsulatingSink | undefined;

  /**
   * @param annotator told of every frame, where the sink keeps notes on them
   * @param outer the sink, where it puts headers before what is written into it: then nothing else does
   */
  constructor(sink: FrameSink, options: DatagramWriterOptions, annotator?: Annotator, outer?: EncapsulatingSink) {
    this.#sink = sink;
    this.#options = options;
    this.#annotator = annotator;
    this.#outer = outer;
  }

  /**
   * Writes one datagram.
   *
   * @param direction as the tap at the client sees it
   * @param fields what its frames have that is not as everywhere; only where the sink puts headers before them
   * @returns the number of frames it took
   * @throws WirewrightError TOO_LONG if it does not fit into an IP packet
   */
  write(
    time: number,
    from: Socket,
    to: Socket,
    payload: Uint8Array,
    direction: FrameDirection,
    fields?: FrameFields,
  ): number {
    const isIpv4 = typeof from.host.address === "number";
    const ipLength = isIpv4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
    const most = longestDatagram(isIpv4);
    if (payload.length > most) {
      throw new WirewrightError("TOO_LONG", `A datagram of ${payload.length} bytes is too long; the most is ${most}.`);
    }
    const below = headersBelow(from.host, to.host, this.#options);
    const udp = { sourcePort: from.port, destinationPort: to.port };
    const room = this.#options.maximumTransmissionUnit - ipLength;
    const isWhole = payload.length + UDP_HEADER_LENGTH <= room;
    // Fragments have no ports, all but the first, and are to travel together.
    const ports = isWhole ? (from.port << 16) | to.port : 0;
    this.#outer?.begin(from.host, to.host, direction === "inbound", fields, ports);
    if (isWhole) {
      const ipv4 = below.ipv4 && { ...below.ipv4, dontFragment: true };
      this.#annotator?.datagram(payload, 0, 1, direction);
      this.#writeFrame(time, { ...below, ...(ipv4 && { ipv4 }), udp, payload });
      return 1;
    }
    // The checksum covers the whole datagram, so it is composed once and cut afterwards.
    const { ethernet, loopback, ...packet } = below;
    const datagram = encodeFrame({ ...packet, udp, payload }).subarray(ipLength);
    const pieces = piecesOf(datagram, room - (below.ipv6 === undefined ? 0 : FRAGMENT_HEADER_LENGTH));
    const identification = from.host.takeIdentification();
    pieces.forEach((piece, index) => {
      this.#annotator?.datagram(payload, index, pieces.length, direction);
      const isLast = index === pieces.length - 1;
      const fragmentOffset = (index * pieces[0]!.length) / FRAGMENT_UNIT;
      this.#writeFrame(time, fragmentOf(below, piece, fragmentOffset, isLast, identification));
    });
    return pieces.length;
  }

  #writeFrame(time: number, frame: Frame): void {
    const offset = this.#sink.reserve(time, frameLength(frame));
    encodeFrameInto(frame, this.#sink.bytes, offset);
    this.#outer?.finish();
  }
}

/** Cuts a datagram into pieces of at most `most` bytes, all but the last a multiple of the unit. */
function piecesOf(datagram: Uint8Array, most: number): Uint8Array[] {
  const step = Math.max(FRAGMENT_UNIT, Math.floor(most / FRAGMENT_UNIT) * FRAGMENT_UNIT);
  const count = Math.ceil(datagram.length / step);
  return Array.from({ length: count }, (_, index) => datagram.subarray(index * step, (index + 1) * step));
}

function fragmentOf(
  below: Frame,
  piece: Uint8Array,
  fragmentOffset: number,
  isLast: boolean,
  identification: number,
): Frame {
  const { ipv4, ipv6 } = below;
  if (ipv4 !== undefined) {
    const header = { ...ipv4, protocol: IpProtocol.UDP, fragmentOffset, moreFragments: !isLast };
    return { ...below, ipv4: header, payload: piece };
  }
  const payload = new Uint8Array(FRAGMENT_HEADER_LENGTH + piece.length);
  fragment.encodeInto(
    { nextHeader: IpProtocol.UDP, fragmentOffset, moreFragments: !isLast, identification },
    payload,
    0,
  );
  payload.set(piece, FRAGMENT_HEADER_LENGTH);
  return { ...below, ipv6: { ...ipv6!, nextHeader: FRAGMENT_NEXT_HEADER }, payload };
}

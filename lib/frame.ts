/**
 * Frames: headers in a stack, with what they carry. The one place that knows what headers need from each other: types and
 * protocol numbers, lengths, and the pseudo-header that TCP's checksum covers (RFC 9293, section 3.1).
 *
 * A protocol is added by giving its floor (link, network or transport) one more branch in each function of that floor.
 */
import type { Ipv4Address } from "./headers/address.ts";
import { badField, CAPTURED_LENGTH, requireBytes, requireRoom } from "./headers/errors.ts";
import * as ethernet from "./headers/ethernet.ts";
import { type EthernetHeader, type EthernetHeaderInFrame, EtherType } from "./headers/ethernet.ts";
import * as ipv4 from "./headers/ipv4.ts";
import { type DecodedIpv4Header, IpProtocol, type Ipv4HeaderInFrame } from "./headers/ipv4.ts";
import * as loopback from "./headers/loopback.ts";
import { AddressFamily, type LoopbackHeader, type LoopbackHeaderInFrame } from "./headers/loopback.ts";
import type { DecodedTcpHeader, TcpHeader } from "./headers/tcp.ts";
import * as tcp from "./headers/tcp.ts";

const LAYER = "frame";
const PACKET = "IPv4 packet";

/** How a frame begins: with an Ethernet header, with that of BSD loopback, or with the IP header itself. */
export type FrameLinkType = "ethernet" | "null" | "raw";

/**
 * One frame, outermost layer first. Layers that are left out are not there. Within a layer, a field left out is computed
 * from what follows, a field given is written as it is.
 */
export interface Frame {
  readonly ethernet?: EthernetHeaderInFrame;
  readonly loopback?: LoopbackHeaderInFrame;
  readonly ipv4?: Ipv4HeaderInFrame;
  readonly tcp?: TcpHeader;
  /** What the innermost header carries. */
  readonly payload?: Uint8Array;
  /** Bytes behind the end of the IP packet, such as the padding of short Ethernet frames. No length counts them. */
  readonly trailer?: Uint8Array;
}

/** A frame as it was read: each header with all its fields. Payload and trailer share memory with the bytes they come from. */
export interface DecodedFrame extends Frame {
  readonly ethernet?: EthernetHeader;
  readonly loopback?: Required<LoopbackHeader>;
  readonly ipv4?: DecodedIpv4Header;
  readonly tcp?: DecodedTcpHeader;
  readonly payload: Uint8Array;
}

/**
 * What the pseudo-header of IPv4 adds to the checksum of the layer above; not folded.
 *
 * @param protocol 0 to 255
 * @param length bytes of the layer above, header and data, 0 to 65535
 */
export function ipv4PseudoHeaderSum(
  source: Ipv4Address,
  destination: Ipv4Address,
  protocol: number,
  length: number,
): number {
  return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length;
}

/**
 * Bytes that a frame takes.
 *
 * @throws PacketError BAD_FIELD if there are more options than fit
 */
export function frameLength(frame: Frame): number {
  return (
    linkLength(frame) +
    networkLength(frame) +
    transportLength(frame) +
    (frame.payload?.length ?? 0) +
    (frame.trailer?.length ?? 0)
  );
}

/**
 * A frame in bytes of its own.
 *
 * @throws PacketError BAD_FIELD if a value does not fit its field, or cannot be left out here
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(frameLength(frame));
  encodeFrameInto(frame, bytes, 0);
  return bytes;
}

/**
 * Writes a frame at `offset`. Every byte of it is written, whatever the buffer held before.
 *
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field, or cannot be left
 *   out here. The bytes of the frame are undefined then
 */
export function encodeFrameInto(frame: Frame, bytes: Uint8Array, offset: number): number {
  const networkAt = offset + linkLength(frame);
  const transportAt = networkAt + networkLength(frame);
  const payloadAt = transportAt + transportLength(frame);
  const packetEnd = payloadAt + (frame.payload?.length ?? 0);
  const end = packetEnd + (frame.trailer?.length ?? 0);
  requireRoom(LAYER, bytes, offset, end - offset, end);
  // From the inside out: each header finds what its length and checksum cover in place.
  if (frame.payload !== undefined) bytes.set(frame.payload, payloadAt);
  if (frame.trailer !== undefined) bytes.set(frame.trailer, packetEnd);
  encodeTransport(frame, bytes, transportAt, packetEnd);
  encodeNetwork(frame, bytes, networkAt, packetEnd);
  encodeLink(frame, bytes, offset, end);
  return end - offset;
}

function transportLength(frame: Frame): number {
  return frame.tcp === undefined ? 0 : tcp.byteLength(frame.tcp);
}

function transportProtocol(frame: Frame): number | undefined {
  return frame.tcp === undefined ? undefined : IpProtocol.TCP;
}

function encodeTransport(frame: Frame, bytes: Uint8Array, offset: number, end: number): void {
  if (frame.tcp !== undefined) {
    tcp.encodeInto(frame.tcp, bytes, offset, end, pseudoHeaderSum(frame, IpProtocol.TCP, end - offset));
  }
}

function pseudoHeaderSum(frame: Frame, protocol: number, length: number): number | undefined {
  const ip = frame.ipv4;
  return ip === undefined ? undefined : ipv4PseudoHeaderSum(ip.source, ip.destination, protocol, length);
}

function networkLength(frame: Frame): number {
  return frame.ipv4 === undefined ? 0 : ipv4.byteLength(frame.ipv4);
}

function encodeNetwork(frame: Frame, bytes: Uint8Array, offset: number, end: number): void {
  if (frame.ipv4 !== undefined) ipv4.encodeInto(frame.ipv4, bytes, offset, end, transportProtocol(frame));
}

function linkLength(frame: Frame): number {
  if (frame.ethernet === undefined) return frame.loopback === undefined ? 0 : loopback.byteLength(frame.loopback);
  if (frame.loopback === undefined) return ethernet.byteLength(frame.ethernet);
  throw badField(LAYER, 0, "a frame begins with ethernet or with loopback, not with both");
}

function encodeLink(frame: Frame, bytes: Uint8Array, offset: number, end: number): void {
  if (frame.ethernet !== undefined) {
    const etherType = frame.ipv4 === undefined ? undefined : EtherType.IPV4;
    ethernet.encodeInto(frame.ethernet, bytes, offset, end, etherType);
  } else if (frame.loopback !== undefined) {
    const family = frame.ipv4 === undefined ? undefined : AddressFamily.IPV4;
    loopback.encodeInto(frame.loopback, bytes, offset, end, family);
  }
}

type Draft = { -readonly [Layer in keyof DecodedFrame]: DecodedFrame[Layer] };

const NOTHING = new Uint8Array(0);

/**
 * Reads the frame between `offset` and `end`, strictly: it must be whole. `encodeFrame` makes the same bytes of it again.
 *
 * What has no codec here, and any fragment but the first, is payload. The packet ends where its total length says, and
 * what follows is the trailer; a total length of 0 stands for all that was captured.
 *
 * @throws PacketError TRUNCATED or BAD_FIELD, at the first thing that is not right
 */
export function decodeFrame(
  bytes: Uint8Array,
  linkType: FrameLinkType,
  offset = 0,
  end: number = bytes.length,
): DecodedFrame {
  requireBytes(LAYER, bytes, offset, end, end - offset);
  const frame: Draft = { payload: NOTHING };
  decodeLink(frame, bytes, linkType, offset, end);
  return frame;
}

function decodeLink(frame: Draft, bytes: Uint8Array, linkType: FrameLinkType, offset: number, end: number): void {
  let at = offset;
  let isIpv4 = true;
  if (linkType === "ethernet") {
    frame.ethernet = ethernet.decode(bytes, at, end);
    at += ethernet.byteLength(frame.ethernet);
    isIpv4 = frame.ethernet.etherType === EtherType.IPV4;
  } else if (linkType === "null") {
    frame.loopback = loopback.decode(bytes, at, end);
    at += loopback.byteLength(frame.loopback);
    isIpv4 = frame.loopback.family === AddressFamily.IPV4;
  }
  if (isIpv4) decodeIpv4(frame, bytes, at, end);
  else frame.payload = bytes.subarray(at, end);
}

function decodeIpv4(frame: Draft, bytes: Uint8Array, offset: number, end: number): void {
  const header = ipv4.decode(bytes, offset, end);
  frame.ipv4 = header;
  requireBytes(PACKET, bytes, offset, end, header.totalLength);
  const packetEnd = header.totalLength === 0 ? end : offset + header.totalLength;
  if (packetEnd < end) frame.trailer = bytes.subarray(packetEnd, end);
  const limitedBy = header.totalLength === 0 ? CAPTURED_LENGTH : "the total length of the IPv4 packet";
  const protocol = header.fragmentOffset === 0 ? header.protocol : undefined;
  decodeTransport(frame, protocol, bytes, offset + ipv4.byteLength(header), packetEnd, limitedBy);
}

function decodeTransport(
  frame: Draft,
  protocol: number | undefined,
  bytes: Uint8Array,
  offset: number,
  end: number,
  limitedBy: string,
): void {
  let at = offset;
  if (protocol === IpProtocol.TCP) {
    frame.tcp = tcp.decode(bytes, at, end, limitedBy);
    at += tcp.byteLength(frame.tcp);
  }
  frame.payload = bytes.subarray(at, end);
}

/**
 * Frames: headers in a stack, with what they carry. The one place that knows what headers need from each other: types and
 * protocol numbers, lengths, and the pseudo-header that the checksums of TCP and UDP cover (RFC 9293, section 3.1; RFC 768; RFC 8200, section 8.1).
 *
 * A protocol is added by giving its floor (link, network or transport) one more branch in each function of that floor.
 */

import { viewOf } from "../core/bytes.ts";
import { ipv4PseudoHeaderSum, ipv6PseudoHeaderSum } from "../core/checksum.ts";
import { badField, CAPTURED_LENGTH, requireBytes, requireRoom } from "../core/errors.ts";
import { type ArpPacket, arp } from "./arp.ts";
import { AddressFamily, EtherType, IpProtocol } from "./assigned-numbers.ts";
import {
  type DecodedEthernetHeader,
  decodeEthernet,
  type EthernetHeader,
  encodeEthernet,
  ethernetByteLength,
} from "./ethernet.ts";
import { TCP_HEADER_LENGTH, UDP_HEADER_LENGTH } from "./header-lengths.ts";
import { type IcmpHeader, icmp } from "./icmp.ts";
import { type Icmpv6Header, icmpv6 } from "./icmpv6.ts";
import {
  type DecodedIpv4Header,
  decodeIpv4,
  encodeIpv4,
  IPV4_VERSION,
  type Ipv4Header,
  ipv4ByteLength,
} from "./ipv4.ts";
import { endOfSourceRoute } from "./ipv4-options.ts";
import {
  type DecodedIpv6Header,
  decodeIpv6,
  encodeIpv6,
  IPV6_VERSION,
  type Ipv6Header,
  ipv6ByteLength,
} from "./ipv6.ts";
import { type DecodedLoopbackHeader, type LoopbackHeader, loopback } from "./loopback.ts";
import { plainValue } from "./plain-values.ts";
import { type DecodedTcpHeader, decodeTcp, encodeTcp, type TcpHeader, tcpByteLength, tcpOffsets } from "./tcp.ts";
import { type DecodedUdpHeader, decodeUdp, encodeUdp, type UdpHeader, udpByteLength } from "./udp.ts";
import { bytesOf } from "./written-fields.ts";

const LAYER = "frame";
const NOTHING = new Uint8Array(0);
const IPV4_PACKET = "IPv4 packet";
const IPV6_PACKET = "IPv6 packet";
const UDP_DATAGRAM = "UDP datagram";

/** How a frame begins: with an Ethernet header, with that of BSD loopback, or with the IP header itself. */
export type FrameLinkType = "ethernet" | "null" | "raw";

/**
 * One frame, outermost layer first. Layers that are left out are not there. Within a layer, a field left out is computed
 * from what follows, a field given is written as it is.
 */
export interface Frame {
  /** The link header, 14 bytes; left out, there is none. */
  readonly ethernet?: EthernetHeader;
  /** The link header of BSD loopback, 4 bytes, in place of Ethernet. */
  readonly loopback?: LoopbackHeader;
  /** Beside an IP header it cannot be. `decodeFrame` leaves it in the payload, as it does with ICMP. */
  readonly arp?: ArpPacket;
  /** The IP header; there is one of the two at most. */
  readonly ipv4?: Ipv4Header;
  /** The IP header; there is one of the two at most. */
  readonly ipv6?: Ipv6Header;
  /** TCP, behind an IP header. */
  readonly tcp?: TcpHeader;
  /** UDP, behind an IP header. */
  readonly udp?: UdpHeader;
  /** ICMP, behind IPv4. */
  readonly icmp?: IcmpHeader;
  /** ICMPv6, behind IPv6. */
  readonly icmpv6?: Icmpv6Header;
  /** What the innermost header carries: as text, which is written in UTF-8, or as bytes. */
  readonly payload?: string | Uint8Array;
  /** Bytes behind the end of the IP packet, such as the padding of short Ethernet frames. No length counts them. */
  readonly trailer?: string | Uint8Array;
}

/** A frame as it was read: each header with all its fields. Payload and trailer share memory with the bytes they come from. */
export interface DecodedFrame extends Frame {
  /** There where the frame is one of Ethernet. */
  readonly ethernet?: DecodedEthernetHeader;
  /** There where the frame is one of BSD loopback. */
  readonly loopback?: DecodedLoopbackHeader;
  /** There where the frame carries IPv4. */
  readonly ipv4?: DecodedIpv4Header;
  /** There where the frame carries IPv6. */
  readonly ipv6?: DecodedIpv6Header;
  /** There where the packet carries TCP. */
  readonly tcp?: DecodedTcpHeader;
  /** There where the packet carries UDP. */
  readonly udp?: DecodedUdpHeader;
  /** What the innermost header carries, possibly nothing. */
  readonly payload: Uint8Array;
  /** Bytes behind the end of the IP packet; left out where there are none. */
  readonly trailer?: Uint8Array;
}

/**
 * Bytes that a frame takes.
 *
 * @throws PacketError BAD_FIELD if there are more options than fit, or a payload is neither text nor bytes
 */
export function frameLength(frame: Frame): number {
  return (
    linkLength(frame) +
    networkLength(frame) +
    transportLength(frame) +
    lengthOf(frame.payload, "payload") +
    lengthOf(frame.trailer, "trailer")
  );
}

function lengthOf(part: string | Uint8Array | undefined, name: string): number {
  return part === undefined ? 0 : bytesOf(part, LAYER, name).length;
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
  const payload = frame.payload === undefined ? NOTHING : bytesOf(frame.payload, LAYER, "payload");
  const trailer = frame.trailer === undefined ? NOTHING : bytesOf(frame.trailer, LAYER, "trailer");
  const packetEnd = payloadAt + payload.length;
  const end = packetEnd + trailer.length;
  requireRoom(LAYER, bytes, offset, end - offset, end);
  // From the inside out: each header finds what its length and checksum cover in place.
  if (payload.length > 0) bytes.set(payload, payloadAt);
  if (trailer.length > 0) bytes.set(trailer, packetEnd);
  encodeTransport(frame, bytes, transportAt, packetEnd);
  encodeNetwork(frame, bytes, networkAt, packetEnd);
  encodeLink(frame, bytes, offset, end);
  return end - offset;
}

function transportLength(frame: Frame): number {
  if (frame.tcp === undefined) return frame.udp === undefined ? controlLength(frame) : udpByteLength(frame.udp);
  if (frame.udp === undefined) return tcpByteLength(frame.tcp);
  throw badField(LAYER, 0, "a frame carries tcp or udp, not both");
}

function controlLength(frame: Frame): number {
  if (frame.icmp !== undefined) return icmp.byteLength(frame.icmp);
  return frame.icmpv6 === undefined ? 0 : icmpv6.byteLength(frame.icmpv6);
}

function transportProtocol(frame: Frame): number | undefined {
  if (frame.tcp !== undefined) return IpProtocol.TCP;
  if (frame.udp !== undefined) return IpProtocol.UDP;
  if (frame.icmp !== undefined) return IpProtocol.ICMP;
  return frame.icmpv6 === undefined ? undefined : IpProtocol.IPV6_ICMP;
}

function encodeTransport(frame: Frame, bytes: Uint8Array, offset: number, end: number): void {
  if (frame.tcp !== undefined) {
    encodeTcp(frame.tcp, bytes, offset, end, undefined, pseudoHeaderSum(frame, IpProtocol.TCP, end - offset));
  } else if (frame.udp !== undefined) {
    encodeUdp(frame.udp, bytes, offset, end, undefined, pseudoHeaderSum(frame, IpProtocol.UDP, end - offset));
  } else if (frame.icmp !== undefined) {
    icmp.encodeInto(frame.icmp, bytes, offset, end);
  } else if (frame.icmpv6 !== undefined) {
    icmpv6.encodeInto(
      frame.icmpv6,
      bytes,
      offset,
      end,
      undefined,
      pseudoHeaderSum(frame, IpProtocol.IPV6_ICMP, end - offset),
    );
  }
}

function pseudoHeaderSum(frame: Frame, protocol: number, length: number): number | undefined {
  const { ipv4: four, ipv6: six } = frame;
  if (four !== undefined) return ipv4PseudoHeaderSum(four.source, lastStop(four), protocol, length);
  return six === undefined ? undefined : ipv6PseudoHeaderSum(six.source, six.destination, protocol, length);
}

/** The pseudo-header has the address that the packet reaches in the end (RFC 791, section 3.1). */
function lastStop({ destination, options }: Ipv4Header): number {
  const at = options === undefined ? undefined : endOfSourceRoute(options, 0, options.length);
  return at ? viewOf(options!).getUint32(at) : destination;
}

function networkLength(frame: Frame): number {
  if (frame.arp !== undefined) return arp.byteLength(frame.arp);
  if (frame.ipv4 === undefined) return frame.ipv6 === undefined ? 0 : ipv6ByteLength(frame.ipv6);
  if (frame.ipv6 === undefined) return ipv4ByteLength(frame.ipv4);
  throw badField(LAYER, 0, "a frame carries ipv4 or ipv6, not both");
}

function encodeNetwork(frame: Frame, bytes: Uint8Array, offset: number, end: number): void {
  if (frame.arp !== undefined) arp.encodeInto(frame.arp, bytes, offset, end);
  else if (frame.ipv4 !== undefined) encodeIpv4(frame.ipv4, bytes, offset, end, transportProtocol(frame));
  else if (frame.ipv6 !== undefined) encodeIpv6(frame.ipv6, bytes, offset, end, transportProtocol(frame));
}

function linkLength(frame: Frame): number {
  if (frame.ethernet === undefined) return frame.loopback === undefined ? 0 : loopback.byteLength(frame.loopback);
  if (frame.loopback === undefined) return ethernetByteLength(frame.ethernet);
  throw badField(LAYER, 0, "a frame begins with ethernet or with loopback, not with both");
}

function encodeLink(frame: Frame, bytes: Uint8Array, offset: number, end: number): void {
  if (frame.ethernet !== undefined) {
    encodeEthernet(frame.ethernet, bytes, offset, end, etherTypeOf(frame));
  } else if (frame.loopback !== undefined) {
    // Of the numbers that systems have for IPv6, that of macOS: it is where captures of this link type come from.
    const family = byVersion(frame, AddressFamily.IPV4, AddressFamily.IPV6_DARWIN);
    loopback.encodeInto(frame.loopback, bytes, offset, end, family);
  }
}

function etherTypeOf(frame: Frame): number | undefined {
  return frame.arp === undefined ? byVersion(frame, EtherType.IPV4, EtherType.IPV6) : EtherType.ARP;
}

function byVersion(frame: Frame, four: number, six: number): number | undefined {
  if (frame.ipv4 !== undefined) return four;
  return frame.ipv6 === undefined ? undefined : six;
}

type Draft = { -readonly [Layer in keyof DecodedFrame]: DecodedFrame[Layer] };

/** A frame as it is read, layer by layer. */
class ReadFrame {
  payload: Uint8Array = NOTHING;

  toJSON(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this).map(([name, value]) => [name, plainValue(value)]));
  }
}

/**
 * Reads the frame between `offset` and `end`, strictly: it must be whole. `encodeFrame` makes the same bytes of it again.
 *
 * What has no codec here, and any fragment but the first, is payload; of a first fragment, the header of TCP or UDP is read
 * if it is whole. The packet ends where its total length says, and
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
  const frame: Draft = new ReadFrame();
  readLink(frame, bytes, linkType, offset, end);
  return frame;
}

function readLink(frame: Draft, bytes: Uint8Array, linkType: FrameLinkType, offset: number, end: number): void {
  let at = offset;
  let version: number | undefined;
  if (linkType === "ethernet") {
    frame.ethernet = decodeEthernet(bytes, at, end);
    at += ethernetByteLength(frame.ethernet);
    version = versionOfEtherType(frame.ethernet.etherType);
  } else if (linkType === "null") {
    frame.loopback = loopback.decode(bytes, at, end);
    at += loopback.byteLength(frame.loopback);
    version = versionOfFamily(frame.loopback.family);
  } else {
    // Without a link header, only the packet itself can tell. What is neither is an IPv4 header that is wrong.
    version = (bytes[at] ?? 0) >>> 4 === IPV6_VERSION && at < end ? IPV6_VERSION : IPV4_VERSION;
  }
  if (version === IPV4_VERSION) readIpv4(frame, bytes, at, end);
  else if (version === IPV6_VERSION) readIpv6(frame, bytes, at, end);
  else frame.payload = bytes.subarray(at, end);
}

function versionOfEtherType(etherType: number): number | undefined {
  if (etherType === EtherType.IPV4) return IPV4_VERSION;
  return etherType === EtherType.IPV6 ? IPV6_VERSION : undefined;
}

function versionOfFamily(family: number): number | undefined {
  if (family === AddressFamily.IPV4) return IPV4_VERSION;
  const isIpv6 = Object.values<number>(AddressFamily).includes(family);
  return isIpv6 ? IPV6_VERSION : undefined;
}

function readIpv4(frame: Draft, bytes: Uint8Array, offset: number, end: number): void {
  const header = decodeIpv4(bytes, offset, end);
  frame.ipv4 = header;
  requireBytes(IPV4_PACKET, bytes, offset, end, header.totalLength);
  const packetEnd = header.totalLength === 0 ? end : offset + header.totalLength;
  if (packetEnd < end) frame.trailer = bytes.subarray(packetEnd, end);
  const limitedBy = header.totalLength === 0 ? CAPTURED_LENGTH : "the total length of the IPv4 packet";
  const payloadAt = offset + ipv4ByteLength(header);
  if (header.fragmentOffset !== 0) frame.payload = bytes.subarray(payloadAt, packetEnd);
  else if (header.moreFragments) readFirstFragment(frame, header.protocol, bytes, payloadAt, packetEnd);
  else readTransport(frame, header.protocol, bytes, payloadAt, packetEnd, limitedBy);
}

function readIpv6(frame: Draft, bytes: Uint8Array, offset: number, end: number): void {
  const header = decodeIpv6(bytes, offset, end);
  frame.ipv6 = header;
  const payloadAt = offset + ipv6ByteLength(header);
  requireBytes(IPV6_PACKET, bytes, payloadAt, end, header.payloadLength);
  const packetEnd = header.payloadLength === 0 ? end : payloadAt + header.payloadLength;
  if (packetEnd < end) frame.trailer = bytes.subarray(packetEnd, end);
  const limitedBy = header.payloadLength === 0 ? CAPTURED_LENGTH : "the payload length of the IPv6 packet";
  readTransport(frame, header.nextHeader, bytes, payloadAt, packetEnd, limitedBy);
}

/** The rest of the datagram is elsewhere, and so can be the rest of its header: what there is then is payload. */
function readFirstFragment(frame: Draft, protocol: number, bytes: Uint8Array, offset: number, end: number): void {
  let at = offset;
  const available = end - offset;
  if (protocol === IpProtocol.TCP && available >= TCP_HEADER_LENGTH && available >= tcpHeaderLength(bytes, offset)) {
    frame.tcp = decodeTcp(bytes, at, end);
    at += tcpByteLength(frame.tcp);
  } else if (protocol === IpProtocol.UDP && available >= UDP_HEADER_LENGTH) {
    frame.udp = decodeUdp(bytes, at, end);
    at += udpByteLength(frame.udp);
  }
  frame.payload = bytes.subarray(at, end);
}

function tcpHeaderLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + tcpOffsets.dataOffset]! >>> 4) * 4;
}

function readTransport(
  frame: Draft,
  protocol: number,
  bytes: Uint8Array,
  offset: number,
  end: number,
  limitedBy: string,
): void {
  let at = offset;
  if (protocol === IpProtocol.TCP) {
    frame.tcp = decodeTcp(bytes, at, end, limitedBy);
    at += tcpByteLength(frame.tcp);
  } else if (protocol === IpProtocol.UDP) {
    frame.udp = decodeUdp(bytes, at, end, limitedBy);
    requireBytes(UDP_DATAGRAM, bytes, at, end, frame.udp.length, limitedBy);
    at += udpByteLength(frame.udp);
  }
  frame.payload = bytes.subarray(at, end);
}

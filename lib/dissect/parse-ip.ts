/** From an IP header inwards: IPv4 and IPv6 with its extension headers, fragments of both, and what has a table. */
import { IpProtocol } from "../headers/assigned-numbers.ts";
import { endOfRoutingHeader, homeAddress } from "../headers/final-addresses.ts";
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { FRAGMENT_UNIT, Ipv4Flag, ipv4, ipv4Offsets, LARGEST_FRAGMENT_OFFSET } from "../headers/ipv4.ts";
import { endOfSourceRoute } from "../headers/ipv4-options.ts";
import { fragment, fragmentOffsets, ipv6, ipv6Offsets, LEAST_EXTENSION_LENGTH } from "../headers/ipv6.ts";
import { extensionLength, hopByHop } from "../headers/ipv6-extensions.ts";
import { ChecksumStatus, LayerKind } from "../headers/layer.ts";
import { ipv4HeaderStatus } from "./header-checksums.ts";
import { checkIpv4Options, checkIpv6Options, checkRoute } from "./option-check.ts";
import { type PacketOutline, stopForField, stopForLength } from "./outline.ts";
import { canBeAt, planAt } from "./parse-plan.ts";
import { hasTooManyLayers, type ParseContext, parseRegistered } from "./parse-registered.ts";
import { parseIcmp, parseTcp, parseUdp, parseUdpLite } from "./parse-transport.ts";
import { UnreadKind } from "./unread.ts";

const IPV4_LENGTH = IPV4_HEADER_LENGTH;
const {
  totalLength: TOTAL_LENGTH_AT,
  identification: IDENTIFICATION_AT,
  reservedFlag: FLAGS_AT,
  protocol: PROTOCOL_AT,
  source: IPV4_SOURCE_AT,
  destination: IPV4_DESTINATION_AT,
} = ipv4Offsets;
const IPV6_LENGTH = IPV6_HEADER_LENGTH;
const {
  payloadLength: PAYLOAD_LENGTH_AT,
  nextHeader: NEXT_HEADER_AT,
  source: IPV6_SOURCE_AT,
  destination: IPV6_DESTINATION_AT,
} = ipv6Offsets;
const FRAGMENT_LENGTH = fragment.fixedLength;
const { fragmentOffset: FRAGMENT_OFFSET_AT, identification: FRAGMENT_IDENTIFICATION_AT } = fragmentOffsets;

const VLAN_ID = 0xfff;
const MORE_FRAGMENTS = Ipv4Flag.MORE_FRAGMENTS;
const OFFSET_MASK = LARGEST_FRAGMENT_OFFSET;

const LARGEST_PAYLOAD = 0xffff;
/** Nothing follows (RFC 8200, section 4.7). */
const NO_NEXT_HEADER = 59;

/** Where no link layer says which version it is, the first four bits do. */
export function parseIp(o: PacketOutline, at: number, end: number, wireEnd: number, context: ParseContext): void {
  const version = end > at ? o.transportView.getUint8(at) >>> 4 : 0;
  if (version === 4) return parseIpv4(o, at, end, wireEnd, context);
  if (version === 6) return parseIpv6(o, at, end, wireEnd, context);
  if (end <= at) return stopForLength(o, LayerKind.IPV4, "IP header", at, end, wireEnd, 1);
  o.payloadAt = at;
  o.payloadLength = wireEnd - at;
  stopForField(o, "IP header", at, end, `version is ${version}, and can be 4 or 6`);
}

export function parseIpv4(o: PacketOutline, at: number, end: number, wireEnd: number, context: ParseContext): void {
  const { layer } = ipv4;
  if (end - at < IPV4_LENGTH) return stopForLength(o, LayerKind.IPV4, layer, at, end, wireEnd, IPV4_LENGTH);
  const view = o.transportView;
  const first = view.getUint8(at);
  const next = at + (first & 0xf) * 4;
  o.payloadAt = at;
  // What announces IPv4 often means IP of any version.
  if (first >>> 4 === 6) return parseIpv6(o, at, end, wireEnd, context);
  if (first >>> 4 !== 4) return stopForField(o, layer, at, end, `version is ${first >>> 4}, and must be 4`);
  if (next - at < IPV4_LENGTH)
    return stopForField(o, layer, at, end, `headerLength is ${first & 0xf}, and must be at least 5`);
  if (end < next) return stopForLength(o, LayerKind.IPV4, layer, at, end, wireEnd, next - at);
  o.ipLayer = o.layerCount;
  // In a tunnel there is more than one header, and each has a checksum of its own.
  o.addLayer(LayerKind.IPV4, at, next, ipv4HeaderStatus(view, at, next, o.kinds[0]!));
  o.payloadAt = next;
  const totalLength = view.getUint16(at + TOTAL_LENGTH_AT);
  if (totalLength !== 0 && at + totalLength < next) {
    o.payloadLength = wireEnd - next;
    return stopForField(
      o,
      layer,
      at + TOTAL_LENGTH_AT,
      end,
      `totalLength is ${totalLength}, less than the header's ${next - at}`,
    );
  }
  o.ipVersion = 4;
  o.ipAt = at;
  o.ipView = view;
  o.addressView = view;
  o.sourceAt = at + IPV4_SOURCE_AT;
  o.destinationAt = at + IPV4_DESTINATION_AT;
  if (next - at > IPV4_LENGTH) {
    o.destinationAt = endOfSourceRoute(o.transportBytes, at + IPV4_LENGTH, next) || at + IPV4_DESTINATION_AT;
    checkIpv4Options(o, at + IPV4_LENGTH, next);
  }
  o.protocol = view.getUint8(at + PROTOCOL_AT);
  // 0 stands where the adapter was to cut a large segment: it is as long as the frame.
  const packetWireEnd = totalLength === 0 ? wireEnd : Math.min(wireEnd, at + totalLength);
  const packetEnd = Math.min(end, packetWireEnd);
  o.payloadEnd = packetEnd;
  o.payloadLength = packetWireEnd - next;
  if ((view.getUint16(at + FLAGS_AT) & (MORE_FRAGMENTS | OFFSET_MASK)) === 0) {
    parseProtocol(o, o.protocol, next, packetEnd, packetWireEnd, context);
  } else {
    parseIpv4Fragment(o, next, packetEnd, packetWireEnd, context);
  }
}

function parseIpv4Fragment(o: PacketOutline, at: number, end: number, wireEnd: number, context: ParseContext): void {
  const view = o.transportView;
  const ip = o.ipAt;
  const word = view.getUint16(ip + FLAGS_AT);
  const offset = (word & OFFSET_MASK) * FRAGMENT_UNIT;
  const hasMore = (word & MORE_FRAGMENTS) !== 0;
  const isWhole = end === wireEnd && end > at && o.ipv4Checksum !== ChecksumStatus.BAD;
  const { fragments } = context;
  const isKept = fragments !== undefined && isWhole;
  if (!isKept) {
    o.isFragment = true;
    if (offset === 0) parseProtocol(o, o.protocol, at, end, wireEnd, context);
    return;
  }
  const addresses = `${view.getUint32(ip + IPV4_SOURCE_AT)} ${view.getUint32(ip + IPV4_DESTINATION_AT)}`;
  const key = `4 ${addresses} ${o.protocol} ${view.getUint16(ip + IDENTIFICATION_AT)}${vlansOf(o)}`;
  parseDatagram(o, fragments.add(key, offset, hasMore, o.transportBytes.subarray(at, end)), o.protocol, context);
}

export function parseIpv6(o: PacketOutline, at: number, end: number, wireEnd: number, context: ParseContext): void {
  const { layer } = ipv6;
  if (end - at < IPV6_LENGTH) return stopForLength(o, LayerKind.IPV6, layer, at, end, wireEnd, IPV6_LENGTH);
  const view = o.transportView;
  const version = view.getUint8(at) >>> 4;
  o.payloadAt = at;
  if (version !== 6) return stopForField(o, layer, at, end, `version is ${version}, and must be 6`);
  const next = at + IPV6_LENGTH;
  o.ipLayer = o.layerCount;
  o.addLayer(LayerKind.IPV6, at, next);
  o.ipVersion = 6;
  o.ipAt = at;
  o.ipView = view;
  o.addressView = view;
  o.sourceAt = at + IPV6_SOURCE_AT;
  o.destinationAt = at + IPV6_DESTINATION_AT;
  const payloadLength = view.getUint16(at + PAYLOAD_LENGTH_AT);
  // 0 stands for more bytes than the field can count: those of a jumbogram, or of a segment that the adapter was to cut.
  const isLarge = payloadLength === 0 && wireEnd - next > LARGEST_PAYLOAD;
  const packetWireEnd = isLarge ? wireEnd : Math.min(wireEnd, next + payloadLength);
  parseProtocol(o, view.getUint8(at + NEXT_HEADER_AT), next, Math.min(end, packetWireEnd), packetWireEnd, context);
}

/** What a protocol number announces, in the frame or in a datagram that was put together. */
export function parseProtocol(
  o: PacketOutline,
  protocol: number,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
): void {
  o.protocol = protocol;
  o.payloadAt = at;
  o.payloadEnd = end;
  o.payloadLength = wireEnd - at;
  switch (protocol) {
    case IpProtocol.TCP:
      return parseTcp(o, at, end, wireEnd);
    case IpProtocol.UDP:
      return parseUdp(o, at, end, wireEnd, context);
    case IpProtocol.UDP_LITE:
      return parseUdpLite(o, at, end, wireEnd);
    case IpProtocol.ICMP:
      return parseIcmp(o, LayerKind.ICMP, at, end, wireEnd);
    case IpProtocol.IPV6_ICMP:
      return parseIcmp(o, LayerKind.ICMPV6, at, end, wireEnd);
    case IpProtocol.IPV6_HOP_BY_HOP:
      return parseExtension(o, LayerKind.HOP_BY_HOP, at, end, wireEnd, context);
    case IpProtocol.IPV6_ROUTING:
      return parseExtension(o, LayerKind.ROUTING, at, end, wireEnd, context);
    case IpProtocol.IPV6_DESTINATION:
      return parseExtension(o, LayerKind.DESTINATION_OPTIONS, at, end, wireEnd, context);
    case IpProtocol.AUTHENTICATION:
      return parseExtension(o, LayerKind.AUTHENTICATION, at, end, wireEnd, context);
    case IpProtocol.IPV6_FRAGMENT:
      return parseIpv6Fragment(o, at, end, wireEnd, context);
    case IpProtocol.IPV4:
    case IpProtocol.IPV6:
      return parseTunnel(o, protocol, at, end, wireEnd, context);
    case NO_NEXT_HEADER:
      return;
    default:
      parseOtherProtocol(o, protocol, at, end, wireEnd, context);
  }
}

/** A protocol that only a table knows, or nobody. */
function parseOtherProtocol(
  o: PacketOutline,
  protocol: number,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
): void {
  const plan = planAt("ipProtocol", protocol, o.transportView, at, end, wireEnd);
  const isLeft = o.isFragment && !context.looksIntoFragments;
  if (plan === undefined || isLeft || !canBeAt(plan, o.transportView, at, end)) {
    if (wireEnd > at) o.unread = UnreadKind.IP_PROTOCOL | protocol;
  } else parseRegistered(o, plan, at, end, wireEnd, context);
}

/** Extension headers that begin with the next protocol and their own length (RFC 8200, section 4; RFC 4302, section 2). */
function parseExtension(
  o: PacketOutline,
  kind: LayerKind,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
): void {
  const { layer } = hopByHop;
  if (end - at < LEAST_EXTENSION_LENGTH) return stopForLength(o, kind, layer, at, end, wireEnd, LEAST_EXTENSION_LENGTH);
  if (hasTooManyLayers(o, layer, at, end)) return;
  const length = extensionLength(kind, o.transportView.getUint8(at + 1));
  if (end - at < length) return stopForLength(o, kind, layer, at, end, wireEnd, length);
  o.addLayer(kind, at, at + length);
  if (kind === LayerKind.HOP_BY_HOP || kind === LayerKind.DESTINATION_OPTIONS) checkIpv6Options(o, at + 2, at + length);
  if (kind === LayerKind.ROUTING) checkRoute(o, at, length);
  if (o.ipVersion === 6) followAddresses(o, kind, at, length);
  parseProtocol(o, o.transportView.getUint8(at), at + length, end, wireEnd, context);
}

/** Takes the addresses that an extension header names in place of the header's. */
function followAddresses(o: PacketOutline, kind: LayerKind, at: number, length: number): void {
  const bytes = o.transportBytes;
  if (kind === LayerKind.ROUTING) {
    const { buffer, byteOffset } = o.ipView;
    const destination = new Uint8Array(buffer, byteOffset + o.ipAt + IPV6_DESTINATION_AT, 16);
    const last = endOfRoutingHeader(bytes, at, length, destination);
    if (last !== undefined) o.replaceAddress(1, last);
  } else if (kind !== LayerKind.AUTHENTICATION) {
    const home = homeAddress(bytes, at, length);
    if (home !== undefined) o.replaceAddress(0, home);
  }
}

/** RFC 8200, section 4.5. */
function parseIpv6Fragment(o: PacketOutline, at: number, end: number, wireEnd: number, context: ParseContext): void {
  const { layer } = fragment;
  if (end - at < FRAGMENT_LENGTH) {
    return stopForLength(o, LayerKind.IPV6_FRAGMENT, layer, at, end, wireEnd, FRAGMENT_LENGTH);
  }
  const view = o.transportView;
  const next = at + FRAGMENT_LENGTH;
  if (hasTooManyLayers(o, layer, at, end)) return;
  o.addLayer(LayerKind.IPV6_FRAGMENT, at, next);
  const protocol = view.getUint8(at);
  const word = view.getUint16(at + FRAGMENT_OFFSET_AT);
  const offset = word & 0xfff8;
  const hasMore = (word & 1) !== 0;
  // A fragment that is the whole datagram ("atomic", RFC 6946) needs no waiting.
  if (offset === 0 && !hasMore) return parseProtocol(o, protocol, next, end, wireEnd, context);
  o.protocol = protocol;
  o.payloadAt = next;
  const { fragments } = context;
  const isKept = fragments !== undefined && end === wireEnd && end > next;
  if (!isKept) {
    o.isFragment = true;
    if (offset === 0) parseProtocol(o, protocol, next, end, wireEnd, context);
    else o.payloadLength = wireEnd - next;
    return;
  }
  o.payloadLength = wireEnd - next;
  const key = `6 ${o.source} ${o.destination} ${view.getUint32(at + FRAGMENT_IDENTIFICATION_AT)}${vlansOf(o)}`;
  const datagram = fragments.add(key, offset, hasMore, o.transportBytes.subarray(next, end), protocol);
  parseDatagram(o, datagram, fragments.protocol, context);
}

/**
 * The VLANs that a frame is tagged with, and the frames in its tunnels, for the key of a fragment: hosts in different ones
 * can have the same addresses.
 * The priority in a tag may differ from fragment to fragment.
 */
function vlansOf(o: PacketOutline): string {
  let key = "";
  for (let layer = 0; layer < o.layerCount; layer++) {
    if (o.kinds[layer] !== LayerKind.VLAN) continue;
    const view = layer >= o.datagramLayer ? o.transportView : o.view;
    key += ` ${view.getUint16(o.starts[layer]!) & VLAN_ID}`;
  }
  return key;
}

/** Goes on with a datagram that this fragment has completed, if it has. */
function parseDatagram(
  o: PacketOutline,
  datagram: Uint8Array | undefined,
  protocol: number,
  context: ParseContext,
): void {
  if (datagram === undefined) {
    o.isFragment = true;
    return;
  }
  const start = o.enterDatagram(datagram);
  const end = start + datagram.length;
  parseProtocol(o, protocol, start, end, end, context);
}

function parseTunnel(
  o: PacketOutline,
  protocol: number,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
): void {
  if ((o.isFragment && !context.looksIntoFragments) || hasTooManyLayers(o, "IP header", at, end)) return;
  if (protocol === IpProtocol.IPV4) parseIpv4(o, at, end, wireEnd, context);
  else parseIpv6(o, at, end, wireEnd, context);
}

/** The walk through IPv4 and IPv6 with its extension headers, and through fragments of both. */
import { IpProtocol } from "../headers/ipv4.ts";
import { endOfSourceRoute } from "../headers/source-route.ts";
import { endOfRoutingHeader, homeAddress } from "./final-addresses.ts";
import type { FragmentStore } from "./fragments.ts";
import { ipv4HeaderVerdict } from "./header-checksums.ts";
import { LayerKind, Verdict } from "./layer-kinds.ts";
import { checkIpv4Options, checkIpv6Options } from "./option-check.ts";
import { MOST_LAYERS, type PacketOutline } from "./outline.ts";
import { UnreadKind } from "./unread.ts";
import { stopForField, stopForLength } from "./walk-stop.ts";
import { walkIcmp, walkTcp, walkUdp } from "./walk-transport.ts";

const IPV4_LENGTH = 20;
const IPV6_LENGTH = 40;
const FRAGMENT_LENGTH = 8;
/** Of the extension headers whose length is counted in eight bytes. */
const LEAST_EXTENSION = 8;

const VLAN_ID = 0xfff;
const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;

const LARGEST_PAYLOAD = 0xffff;
/** Nothing follows (RFC 8200, section 4.7). */
const NO_NEXT_HEADER = 59;

/** Where no link layer says which version it is, the first four bits do. */
export function walkIp(o: PacketOutline, at: number, end: number, wireEnd: number, fragments?: FragmentStore): void {
  const version = end > at ? o.transportView.getUint8(at) >>> 4 : 0;
  if (version === 4) return walkIpv4(o, at, end, wireEnd, fragments);
  if (version === 6) return walkIpv6(o, at, end, wireEnd, fragments);
  if (end <= at) return stopForLength(o, LayerKind.IPV4, "IP header", at, end, wireEnd, 1);
  o.payloadAt = at;
  o.payloadLength = wireEnd - at;
  stopForField(o, "IP header", at, end, `version is ${version}, and can be 4 or 6`);
}

export function walkIpv4(o: PacketOutline, at: number, end: number, wireEnd: number, fragments?: FragmentStore): void {
  const layer = "IPv4 header";
  if (end - at < IPV4_LENGTH) return stopForLength(o, LayerKind.IPV4, layer, at, end, wireEnd, IPV4_LENGTH);
  const view = o.transportView;
  const first = view.getUint8(at);
  const next = at + (first & 0xf) * 4;
  o.payloadAt = at;
  // What announces IPv4 often means IP of any version.
  if (first >>> 4 === 6) return walkIpv6(o, at, end, wireEnd, fragments);
  if (first >>> 4 !== 4) return stopForField(o, layer, at, end, `version is ${first >>> 4}, and must be 4`);
  if (next - at < IPV4_LENGTH)
    return stopForField(o, layer, at, end, `headerLength is ${first & 0xf}, and must be at least 5`);
  if (end < next) return stopForLength(o, LayerKind.IPV4, layer, at, end, wireEnd, next - at);
  o.addLayer(LayerKind.IPV4, at, next);
  o.payloadAt = next;
  const totalLength = view.getUint16(at + 2);
  if (totalLength !== 0 && at + totalLength < next) {
    o.payloadLength = wireEnd - next;
    return stopForField(o, layer, at + 2, end, `totalLength is ${totalLength}, less than the header's ${next - at}`);
  }
  o.ipVersion = 4;
  o.ipAt = at;
  o.ipView = view;
  o.addressView = view;
  o.sourceAt = at + 12;
  o.destinationAt = at + 16;
  if (next - at > IPV4_LENGTH) {
    o.destinationAt = endOfSourceRoute(o.transportBytes, at + IPV4_LENGTH, next) || at + 16;
    checkIpv4Options(o, at + IPV4_LENGTH, next);
  }
  o.protocol = view.getUint8(at + 9);
  // In a tunnel there is more than one header; that one of them is bad is not to be forgotten.
  if (o.ipv4Checksum !== Verdict.BAD) o.ipv4Checksum = ipv4HeaderVerdict(view, at, next, o.kinds[0]!);
  // 0 stands where the adapter was to cut a large segment: it is as long as the frame.
  const packetWireEnd = totalLength === 0 ? wireEnd : Math.min(wireEnd, at + totalLength);
  const packetEnd = Math.min(end, packetWireEnd);
  o.payloadEnd = packetEnd;
  o.payloadLength = packetWireEnd - next;
  if ((view.getUint16(at + 6) & (MORE_FRAGMENTS | OFFSET_MASK)) === 0) {
    walkProtocol(o, o.protocol, next, packetEnd, packetWireEnd, fragments);
  } else {
    walkIpv4Fragment(o, next, packetEnd, packetWireEnd, fragments);
  }
}

function walkIpv4Fragment(
  o: PacketOutline,
  at: number,
  end: number,
  wireEnd: number,
  fragments: FragmentStore | undefined,
): void {
  const view = o.transportView;
  const ip = o.ipAt;
  const word = view.getUint16(ip + 6);
  const offset = (word & OFFSET_MASK) * 8;
  const hasMore = (word & MORE_FRAGMENTS) !== 0;
  const isWhole = end === wireEnd && end > at && o.ipv4Checksum !== Verdict.BAD;
  const isKept = fragments !== undefined && isWhole && o.datagramLayer === MOST_LAYERS;
  if (!isKept) {
    o.isFragment = true;
    if (offset === 0) walkProtocol(o, o.protocol, at, end, wireEnd, fragments);
    return;
  }
  const addresses = `${view.getUint32(ip + 12)} ${view.getUint32(ip + 16)}`;
  const key = `4 ${addresses} ${o.protocol} ${view.getUint16(ip + 4)}${vlansOf(o)}`;
  walkDatagram(o, fragments.add(key, offset, hasMore, o.transportBytes.subarray(at, end)), o.protocol, fragments);
}

export function walkIpv6(o: PacketOutline, at: number, end: number, wireEnd: number, fragments?: FragmentStore): void {
  const layer = "IPv6 header";
  if (end - at < IPV6_LENGTH) return stopForLength(o, LayerKind.IPV6, layer, at, end, wireEnd, IPV6_LENGTH);
  const view = o.transportView;
  const version = view.getUint8(at) >>> 4;
  o.payloadAt = at;
  if (version !== 6) return stopForField(o, layer, at, end, `version is ${version}, and must be 6`);
  const next = at + IPV6_LENGTH;
  o.addLayer(LayerKind.IPV6, at, next);
  o.ipVersion = 6;
  o.ipAt = at;
  o.ipView = view;
  o.addressView = view;
  o.sourceAt = at + 8;
  o.destinationAt = at + 24;
  const payloadLength = view.getUint16(at + 4);
  // 0 stands for more bytes than the field can count: those of a jumbogram, or of a segment that the adapter was to cut.
  const isLarge = payloadLength === 0 && wireEnd - next > LARGEST_PAYLOAD;
  const packetWireEnd = isLarge ? wireEnd : Math.min(wireEnd, next + payloadLength);
  walkProtocol(o, view.getUint8(at + 6), next, Math.min(end, packetWireEnd), packetWireEnd, fragments);
}

/** What a protocol number announces, in the frame or in a datagram that was put together. */
function walkProtocol(
  o: PacketOutline,
  protocol: number,
  at: number,
  end: number,
  wireEnd: number,
  fragments: FragmentStore | undefined,
): void {
  o.protocol = protocol;
  o.payloadAt = at;
  o.payloadEnd = end;
  o.payloadLength = wireEnd - at;
  switch (protocol) {
    case IpProtocol.TCP:
      return walkTcp(o, at, end, wireEnd);
    case IpProtocol.UDP:
      return walkUdp(o, at, end, wireEnd);
    case IpProtocol.ICMP:
      return walkIcmp(o, LayerKind.ICMP, at, end, wireEnd);
    case IpProtocol.IPV6_ICMP:
      return walkIcmp(o, LayerKind.ICMPV6, at, end, wireEnd);
    case IpProtocol.IPV6_HOP_BY_HOP:
      return walkExtension(o, LayerKind.HOP_BY_HOP, at, end, wireEnd, fragments);
    case IpProtocol.IPV6_ROUTING:
      return walkExtension(o, LayerKind.ROUTING, at, end, wireEnd, fragments);
    case IpProtocol.IPV6_DESTINATION:
      return walkExtension(o, LayerKind.DESTINATION_OPTIONS, at, end, wireEnd, fragments);
    case IpProtocol.AUTHENTICATION:
      return walkExtension(o, LayerKind.AUTHENTICATION, at, end, wireEnd, fragments);
    case IpProtocol.IPV6_FRAGMENT:
      return walkIpv6Fragment(o, at, end, wireEnd, fragments);
    case IpProtocol.IPV4:
    case IpProtocol.IPV6:
      return walkTunnel(o, protocol, at, end, wireEnd, fragments);
    case NO_NEXT_HEADER:
      return;
    default:
      if (wireEnd > at) o.unread = UnreadKind.IP_PROTOCOL | protocol;
  }
}

/** Extension headers that begin with the next protocol and their own length (RFC 8200, section 4; RFC 4302, section 2). */
function walkExtension(
  o: PacketOutline,
  kind: LayerKind,
  at: number,
  end: number,
  wireEnd: number,
  fragments: FragmentStore | undefined,
): void {
  const layer = "IPv6 extension header";
  if (end - at < LEAST_EXTENSION) return stopForLength(o, kind, layer, at, end, wireEnd, LEAST_EXTENSION);
  if (o.layerCount >= MOST_LAYERS - 2) return stopForField(o, layer, at, end, "there are too many of them");
  const count = o.transportView.getUint8(at + 1);
  const length = kind === LayerKind.AUTHENTICATION ? (count + 2) * 4 : (count + 1) * 8;
  if (end - at < length) return stopForLength(o, kind, layer, at, end, wireEnd, length);
  o.addLayer(kind, at, at + length);
  if (kind === LayerKind.HOP_BY_HOP || kind === LayerKind.DESTINATION_OPTIONS) checkIpv6Options(o, at + 2, at + length);
  if (o.ipVersion === 6) followAddresses(o, kind, at, length);
  walkProtocol(o, o.transportView.getUint8(at), at + length, end, wireEnd, fragments);
}

/** Takes the addresses that an extension header names in place of the header's. */
function followAddresses(o: PacketOutline, kind: LayerKind, at: number, length: number): void {
  const bytes = o.transportBytes;
  if (kind === LayerKind.ROUTING) {
    const { buffer, byteOffset } = o.ipView;
    const destination = new Uint8Array(buffer, byteOffset + o.ipAt + 24, 16);
    const last = endOfRoutingHeader(bytes, at, length, destination);
    if (last !== undefined) o.replaceAddress(1, last);
  } else if (kind !== LayerKind.AUTHENTICATION) {
    const home = homeAddress(bytes, at, length);
    if (home !== undefined) o.replaceAddress(0, home);
  }
}

/** RFC 8200, section 4.5. */
function walkIpv6Fragment(
  o: PacketOutline,
  at: number,
  end: number,
  wireEnd: number,
  fragments: FragmentStore | undefined,
): void {
  const layer = "IPv6 fragment header";
  if (end - at < FRAGMENT_LENGTH) {
    return stopForLength(o, LayerKind.IPV6_FRAGMENT, layer, at, end, wireEnd, FRAGMENT_LENGTH);
  }
  const view = o.transportView;
  const next = at + FRAGMENT_LENGTH;
  if (o.layerCount >= MOST_LAYERS - 2) return stopForField(o, layer, at, end, "there are too many headers");
  o.addLayer(LayerKind.IPV6_FRAGMENT, at, next);
  const protocol = view.getUint8(at);
  const word = view.getUint16(at + 2);
  const offset = word & 0xfff8;
  const hasMore = (word & 1) !== 0;
  // A fragment that is the whole datagram ("atomic", RFC 6946) needs no waiting.
  if (offset === 0 && !hasMore) return walkProtocol(o, protocol, next, end, wireEnd, fragments);
  o.protocol = protocol;
  o.payloadAt = next;
  const isKept = fragments !== undefined && end === wireEnd && end > next && o.datagramLayer === MOST_LAYERS;
  if (!isKept) {
    o.isFragment = true;
    if (offset === 0) walkProtocol(o, protocol, next, end, wireEnd, fragments);
    else o.payloadLength = wireEnd - next;
    return;
  }
  o.payloadLength = wireEnd - next;
  const key = `6 ${o.source} ${o.destination} ${view.getUint32(at + 4)}${vlansOf(o)}`;
  const datagram = fragments.add(key, offset, hasMore, o.transportBytes.subarray(next, end), protocol);
  walkDatagram(o, datagram, fragments.protocol, fragments);
}

/**
 * The VLANs that a frame is tagged with, for the key of a fragment: hosts in different ones can have the same addresses.
 * The priority in a tag may differ from fragment to fragment.
 */
function vlansOf(o: PacketOutline): string {
  let key = "";
  for (let layer = 0; layer < o.layerCount; layer++) {
    if (o.kinds[layer] === LayerKind.VLAN) key += ` ${o.view.getUint16(o.starts[layer]!) & VLAN_ID}`;
  }
  return key;
}

/** Goes on with a datagram that this fragment has completed, if it has. */
function walkDatagram(
  o: PacketOutline,
  datagram: Uint8Array | undefined,
  protocol: number,
  fragments: FragmentStore,
): void {
  if (datagram === undefined) {
    o.isFragment = true;
    return;
  }
  o.enterDatagram(datagram);
  walkProtocol(o, protocol, 0, datagram.length, datagram.length, fragments);
}

function walkTunnel(
  o: PacketOutline,
  protocol: number,
  at: number,
  end: number,
  wireEnd: number,
  fragments: FragmentStore | undefined,
): void {
  if (o.isFragment || o.layerCount >= MOST_LAYERS - 4) return;
  if (protocol === IpProtocol.IPV4) walkIpv4(o, at, end, wireEnd, fragments);
  else walkIpv6(o, at, end, wireEnd, fragments);
}

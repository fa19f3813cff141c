/**
 * The packet that an ICMP error quotes: its layers are shown, but it is no packet of its own, so nothing else of the
 * outline tells of it but what begins with "quoted" (RFC 792; RFC 4443, section 2.4 c).
 */
import { IpProtocol } from "../headers/assigned-numbers.ts";
import type { NumberSpace } from "../headers/fields.ts";
import { endOfRoutingHeader, homeAddress } from "../headers/final-addresses.ts";
import {
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  TCP_HEADER_LENGTH,
  UDP_HEADER_LENGTH,
} from "../headers/header-lengths.ts";
import { ICMP_HEADER_LENGTH, isIcmpError } from "../headers/icmp.ts";
import { isIcmpv6Error } from "../headers/icmpv6.ts";
import { ipv4, ipv4Offsets } from "../headers/ipv4.ts";
import { endOfSourceRoute } from "../headers/ipv4-options.ts";
import { fragment, fragmentOffsets, ipv6, ipv6Offsets, LEAST_EXTENSION_LENGTH } from "../headers/ipv6.ts";
import { extensionLength } from "../headers/ipv6-extensions.ts";
import { LayerKind } from "../headers/layer.ts";
import { FIRST_FREE_KIND } from "../headers/registry.ts";
import { PORTS_LENGTH } from "../headers/shared-fields.ts";
import { tcpOffsets } from "../headers/tcp.ts";
import { udpOffsets } from "../headers/udp.ts";
import type { PacketOutline } from "./outline.ts";
import { canBeAt, endOfContents, followingOf, lengthOf, type ParsePlan, planFor, tunnelPlan } from "./parse-plan.ts";

const IPV4_LENGTH = IPV4_HEADER_LENGTH;
const IPV6_LENGTH = IPV6_HEADER_LENGTH;
/** Fragment offset, and whether more fragments follow. */
const IPV4_FRAGMENT_BITS = 0x3fff;
const IPV4_OFFSET = 0x1fff;
const IPV6_FRAGMENT_BITS = 0xfff9;
const IPV6_OFFSET = 0xfff8;

const EXTENSIONS: ReadonlyMap<number, LayerKind> = new Map([
  [IpProtocol.IPV6_HOP_BY_HOP, LayerKind.HOP_BY_HOP],
  [IpProtocol.IPV6_ROUTING, LayerKind.ROUTING],
  [IpProtocol.IPV6_DESTINATION, LayerKind.DESTINATION_OPTIONS],
  [IpProtocol.IPV6_FRAGMENT, LayerKind.IPV6_FRAGMENT],
]);

export function parseQuoted(o: PacketOutline, kind: LayerKind, at: number, end: number): void {
  const type = o.transportView.getUint8(at);
  const isError = kind === LayerKind.ICMP ? isIcmpError(type) : isIcmpv6Error(type);
  const quoteAt = at + ICMP_HEADER_LENGTH;
  if (isError && end > quoteAt) parseQuotedIp(o, quoteAt, end);
}

function parseQuotedIp(o: PacketOutline, at: number, end: number): void {
  if (end <= at || o.layerCount > o.kinds.length - 2) return;
  const version = o.transportView.getUint8(at) >>> 4;
  if (version === 4 && end - at >= IPV4_LENGTH) parseQuotedIpv4(o, at, end);
  else if (version === 6 && end - at >= IPV6_LENGTH) parseQuotedIpv6(o, at, end);
}

function parseQuotedIpv4(o: PacketOutline, at: number, end: number): void {
  const view = o.transportView;
  const next = at + (view.getUint8(at) & 0xf) * 4;
  if (next < at + IPV4_LENGTH || next > end) return;
  beginQuoted(o, LayerKind.IPV4, at, next);
  o.quotedVersion = 4;
  o.quotedSourceAt = at + ipv4Offsets.source;
  o.quotedDestinationAt = endOfSourceRoute(o.transportBytes, at + IPV4_LENGTH, next) || at + ipv4Offsets.destination;
  const totalLength = view.getUint16(at + ipv4Offsets.totalLength);
  setQuotedEnd(o, totalLength === 0 ? end : at + totalLength, end);
  const fragment = view.getUint16(at + ipv4Offsets.reservedFlag);
  o.isQuotedFragment = (fragment & IPV4_FRAGMENT_BITS) !== 0;
  if ((fragment & IPV4_OFFSET) === 0)
    parseQuotedProtocol(o, view.getUint8(at + ipv4Offsets.protocol), next, o.quotedEnd);
}

function parseQuotedIpv6(o: PacketOutline, at: number, end: number): void {
  const view = o.transportView;
  const next = at + IPV6_LENGTH;
  beginQuoted(o, LayerKind.IPV6, at, next);
  o.quotedVersion = 6;
  o.quotedSourceAt = at + ipv6Offsets.source;
  o.quotedDestinationAt = at + ipv6Offsets.destination;
  o.isQuotedFragment = false;
  const payloadLength = view.getUint16(at + ipv6Offsets.payloadLength);
  setQuotedEnd(o, payloadLength === 0 ? end : next + payloadLength, end);
  parseQuotedExtensions(o, view.getUint8(at + ipv6Offsets.nextHeader), next, o.quotedEnd);
}

function beginQuoted(o: PacketOutline, kind: LayerKind, at: number, next: number): void {
  o.quotedLayer = Math.min(o.quotedLayer, o.layerCount);
  o.addLayer(kind, at, next);
}

/** @param packetEnd where the quoted packet ended by its own account: seldom is all of it quoted */
function setQuotedEnd(o: PacketOutline, packetEnd: number, end: number): void {
  o.quotedEnd = Math.min(end, packetEnd);
  o.quotedWireEnd = packetEnd;
}

function parseQuotedExtensions(o: PacketOutline, first: number, start: number, end: number): void {
  const view = o.transportView;
  let protocol = first;
  let at = start;
  for (let kind = EXTENSIONS.get(protocol); kind !== undefined; kind = EXTENSIONS.get(protocol)) {
    if (end - at < LEAST_EXTENSION_LENGTH || o.layerCount > o.kinds.length - 2) return;
    const isFragment = kind === LayerKind.IPV6_FRAGMENT;
    const length = isFragment ? fragment.fixedLength : extensionLength(kind, view.getUint8(at + 1));
    if (end - at < length) return;
    o.addLayer(kind, at, at + length);
    if (isFragment) {
      const word = view.getUint16(at + fragmentOffsets.fragmentOffset);
      if ((word & IPV6_FRAGMENT_BITS) !== 0) o.isQuotedFragment = true;
      if ((word & IPV6_OFFSET) !== 0) return;
    } else followQuotedAddresses(o, kind, at, length);
    protocol = view.getUint8(at);
    at += length;
  }
  parseQuotedProtocol(o, protocol, at, end);
}

function followQuotedAddresses(o: PacketOutline, kind: LayerKind, at: number, length: number): void {
  const bytes = o.transportBytes;
  if (kind === LayerKind.ROUTING) {
    const destination = bytes.subarray(o.quotedDestinationAt, o.quotedDestinationAt + 16);
    const last = endOfRoutingHeader(bytes, at, length, destination);
    // One that does not stand there as a whole has no place.
    if (last?.buffer === bytes.buffer) o.quotedDestinationAt = last.byteOffset - bytes.byteOffset;
  } else {
    const home = homeAddress(bytes, at, length);
    if (home !== undefined) o.quotedSourceAt = home.byteOffset - bytes.byteOffset;
  }
}

/** Often only the first eight bytes are quoted. */
function parseQuotedProtocol(o: PacketOutline, protocol: number, at: number, end: number): void {
  const rest = end - at;
  if (rest < PORTS_LENGTH) return;
  switch (protocol) {
    case IpProtocol.TCP: {
      const length =
        rest > tcpOffsets.dataOffset ? (o.transportView.getUint8(at + tcpOffsets.dataOffset) >>> 4) * 4 : rest;
      o.addQuotedFlow(end);
      o.addLayer(LayerKind.TCP, at, at + Math.min(rest, Math.max(length, TCP_HEADER_LENGTH)));
      return;
    }
    case IpProtocol.UDP:
      return parseQuotedUdp(o, at, end);
    case IpProtocol.ICMP:
    case IpProtocol.IPV6_ICMP: {
      const kind = protocol === IpProtocol.ICMP ? LayerKind.ICMP : LayerKind.ICMPV6;
      o.addLayer(kind, at, at + Math.min(rest, ICMP_HEADER_LENGTH));
      // An error about an error, which nobody should send, quotes what that one quoted.
      parseQuoted(o, kind, at, end);
      return;
    }
    case IpProtocol.IPV4:
    case IpProtocol.IPV6:
      return parseQuotedIp(o, at, end);
    default: {
      const plan = planFor("ipProtocol", protocol);
      if (plan !== undefined && plan.kind >= FIRST_FREE_KIND) parseQuotedRegistered(o, plan, at, end);
    }
  }
}

function parseQuotedUdp(o: PacketOutline, at: number, end: number): void {
  const view = o.transportView;
  const isWhole = end - at >= UDP_HEADER_LENGTH;
  const next = isWhole ? at + UDP_HEADER_LENGTH : end;
  const length = isWhole ? view.getUint16(at + udpOffsets.length) : 0;
  const datagramEnd = length === 0 ? end : Math.max(next, Math.min(end, at + length));
  o.addQuotedFlow(datagramEnd);
  o.addLayer(LayerKind.UDP, at, next);
  if (!isWhole || o.isQuotedFragment) return;
  const [from, to] = [view.getUint16(at), view.getUint16(at + udpOffsets.destinationPort)];
  const tunnel = tunnelPlan(from, to, view, next, datagramEnd);
  if (tunnel !== undefined) parseQuotedRegistered(o, tunnel, next, datagramEnd);
}

/** A header of which no more is known than its table: also one of a frame, in a tunnel. */
function parseQuotedRegistered(o: PacketOutline, plan: ParsePlan, at: number, end: number): void {
  const view = o.transportView;
  if (o.isQuotedFragment || end <= at || o.layerCount > o.kinds.length - 2) return;
  if (!canBeAt(plan, view, at, end)) return;
  const isWhole = end - at >= plan.fixedLength;
  const next = at + Math.max(plan.fixedLength, isWhole ? lengthOf(plan, view, at, end) : 0);
  o.addLayer(plan.kind, at, Math.min(end, next));
  if (next >= end) return;
  const contentsEnd = Math.max(next, Math.min(end, endOfContents(plan, view, at, next) ?? end));
  const following = followingOf(plan, view, at, next, contentsEnd);
  if (following !== undefined) followQuoted(o, following[0], following[1], next, contentsEnd);
}

function followQuoted(o: PacketOutline, space: NumberSpace, number: number, at: number, end: number): void {
  if (space === "ipProtocol") return parseQuotedProtocol(o, number, at, end);
  const plan = planFor(space, number);
  if (plan?.header === ipv4 || plan?.header === ipv6) parseQuotedIp(o, at, end);
  else if (plan !== undefined) parseQuotedRegistered(o, plan, at, end);
}

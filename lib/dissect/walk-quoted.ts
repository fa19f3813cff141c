/**
 * The packet that an ICMP error quotes: its layers are shown, but it is no packet of its own, so nothing else of the
 * outline tells of it (RFC 792; RFC 4443, section 2.4 c).
 */
import { IpProtocol } from "../headers/ipv4.ts";
import { LayerKind } from "./layer-kinds.ts";
import type { PacketOutline } from "./outline.ts";

const ICMP_LENGTH = 8;
const IPV4_LENGTH = 20;
const IPV6_LENGTH = 40;

/** Destination unreachable, source quench, redirect, time exceeded, parameter problem. */
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
/** Destination unreachable, packet too big, time exceeded, parameter problem. */
const LAST_ICMPV6_ERROR = 4;

export function walkQuoted(o: PacketOutline, kind: LayerKind, at: number, end: number): void {
  const type = o.transportView.getUint8(at);
  const isError = kind === LayerKind.ICMP ? ICMP_ERRORS.has(type) : type >= 1 && type <= LAST_ICMPV6_ERROR;
  const quoteAt = at + ICMP_LENGTH;
  if (!isError || end <= quoteAt || o.layerCount > o.kinds.length - 2) return;
  const version = o.transportView.getUint8(quoteAt) >>> 4;
  if (version === 4 && end - quoteAt >= IPV4_LENGTH) walkQuotedIpv4(o, quoteAt, end);
  else if (version === 6 && end - quoteAt >= IPV6_LENGTH) walkQuotedIpv6(o, quoteAt, end);
}

function walkQuotedIpv4(o: PacketOutline, at: number, end: number): void {
  const view = o.transportView;
  const next = at + (view.getUint8(at) & 0xf) * 4;
  if (next < at + IPV4_LENGTH || next > end) return;
  o.quotedLayer = Math.min(o.quotedLayer, o.layerCount);
  o.addLayer(LayerKind.IPV4, at, next);
  const isFirst = (view.getUint16(at + 6) & 0x1fff) === 0;
  if (isFirst) walkQuotedTransport(o, view.getUint8(at + 9), next, end);
}

function walkQuotedIpv6(o: PacketOutline, at: number, end: number): void {
  o.quotedLayer = Math.min(o.quotedLayer, o.layerCount);
  o.addLayer(LayerKind.IPV6, at, at + IPV6_LENGTH);
  walkQuotedTransport(o, o.transportView.getUint8(at + 6), at + IPV6_LENGTH, end);
}

/** Often only the first eight bytes are quoted. */
function walkQuotedTransport(o: PacketOutline, protocol: number, at: number, end: number): void {
  const rest = end - at;
  if (rest <= 0) return;
  if (protocol === IpProtocol.TCP) {
    const length = rest > 12 ? (o.transportView.getUint8(at + 12) >>> 4) * 4 : rest;
    o.addLayer(LayerKind.TCP, at, at + Math.min(rest, Math.max(length, 20)));
  } else if (protocol === IpProtocol.UDP) {
    o.addLayer(LayerKind.UDP, at, at + Math.min(rest, 8));
  } else if (protocol === IpProtocol.ICMP || protocol === IpProtocol.IPV6_ICMP) {
    const kind = protocol === IpProtocol.ICMP ? LayerKind.ICMP : LayerKind.ICMPV6;
    o.addLayer(kind, at, at + Math.min(rest, ICMP_LENGTH));
    // An error about an error, which nobody should send, quotes what that one quoted.
    walkQuoted(o, kind, at, end);
  }
}

/** Verdicts on the checksums of single headers: of every IPv4 header in a tunnel, and of what an ICMP error quotes. */

import { sumBytes } from "../core/checksum.ts";
import { ipv4PseudoHeaderSum } from "../headers/frame.ts";
import { IpProtocol } from "../headers/ipv4.ts";
import { LayerKind, Verdict } from "./layer-kinds.ts";
import type { PacketOutline } from "./outline.ts";

const RIGHT_SUM = 0xffff;
const IPV4_CHECKSUM_AT = 10;
const SOURCE_AT = 12;
const LOOPBACK_NET = 127;
const UDP_LENGTH_AT = 4;
const UDP_CHECKSUM_AT = 6;

/** Bytes of a header with its checksum. */
const TCP_CHECKSUM_END = 18;
const CHECKSUM_END = 8;

const PROTOCOLS: ReadonlyMap<number, number> = new Map([
  [LayerKind.TCP, IpProtocol.TCP],
  [LayerKind.UDP, IpProtocol.UDP],
  [LayerKind.ICMPV6, IpProtocol.IPV6_ICMP],
]);

/** @param layer index of an IPv4 header, of which 20 bytes at least are there */
export function ipv4Verdict(o: PacketOutline, layer: number): Verdict {
  const view = layer >= o.datagramLayer ? o.transportView : o.view;
  const at = o.starts[layer]!;
  const next = at + (view.getUint8(at) & 0xf) * 4;
  return next > o.ends[layer]! ? Verdict.UNCHECKED : ipv4HeaderVerdict(view, at, next, o.kinds[0]!);
}

/**
 * The verdict on the checksum of one IPv4 header. Over loopback, systems leave it at 0: there is nothing to protect from.
 *
 * @param at,next where the header begins and ends
 * @param link LayerKind of the frame's first layer
 */
export function ipv4HeaderVerdict(view: DataView, at: number, next: number, link: number): Verdict {
  if (sumBytes(view, at, next) === RIGHT_SUM) return Verdict.GOOD;
  if (view.getUint16(at + IPV4_CHECKSUM_AT) !== 0) return Verdict.BAD;
  const isLoopback =
    link === LayerKind.NULL || link === LayerKind.LOOP || view.getUint8(at + SOURCE_AT) === LOOPBACK_NET;
  return isLoopback ? Verdict.ABSENT : Verdict.BAD;
}

/**
 * The verdict on a checksum of what an ICMP error quotes. Seldom is all quoted that it covers.
 *
 * @param layer index of a quoted header, the whole of which is quoted as far as its checksum
 */
export function quotedVerdict(o: PacketOutline, layer: number): Verdict {
  const view = o.transportView;
  const at = o.starts[layer]!;
  const kind = o.kinds[layer]!;
  if (kind === LayerKind.IPV4) return ipv4Verdict(o, layer);
  // Bounds and addresses are known of the innermost packet only.
  if (layer !== o.layerCount - 1 || o.isQuotedFragment) return Verdict.UNCHECKED;
  if (o.ends[layer]! - at < (kind === LayerKind.TCP ? TCP_CHECKSUM_END : CHECKSUM_END)) return Verdict.UNCHECKED;
  let end = o.quotedWireEnd;
  if (kind === LayerKind.UDP) {
    if (view.getUint16(at + UDP_CHECKSUM_AT) === 0) return Verdict.ABSENT;
    end = Math.min(end, at + view.getUint16(at + UDP_LENGTH_AT));
  }
  if (end > o.quotedEnd || end < o.ends[layer]!) return Verdict.UNCHECKED;
  const protocol = PROTOCOLS.get(kind);
  const pseudoHeader = protocol === undefined ? 0 : quotedPseudoHeaderSum(o, protocol, end - at);
  return sumBytes(view, at, end, pseudoHeader) === RIGHT_SUM ? Verdict.GOOD : Verdict.BAD;
}

function quotedPseudoHeaderSum(o: PacketOutline, protocol: number, length: number): number {
  const { transportView: view, quotedSourceAt: source, quotedDestinationAt: destination } = o;
  if (o.quotedVersion === 4) {
    return ipv4PseudoHeaderSum(view.getUint32(source), view.getUint32(destination), protocol, length);
  }
  const addresses = sumBytes(view, source, source + 16) + sumBytes(view, destination, destination + 16);
  return addresses + (length >>> 16) + (length & 0xffff) + protocol;
}

/** What became of the checksums of single headers: of every IPv4 header in a tunnel, and of what an ICMP error quotes. */

import { ipv4PseudoHeaderSum, sumBytes } from "../core/checksum.ts";
import { IpProtocol } from "../headers/assigned-numbers.ts";
import { UDP_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { ipv4Offsets } from "../headers/ipv4.ts";
import { ChecksumStatus, LayerKind } from "../headers/layer.ts";
import { FIRST_FREE_KIND, headerOfKind } from "../headers/registry.ts";
import { tcpOffsets } from "../headers/tcp.ts";
import { udpOffsets } from "../headers/udp.ts";
import type { Flow } from "./flow.ts";
import type { PacketOutline } from "./outline.ts";

const RIGHT_SUM = 0xffff;
const IPV4_CHECKSUM_AT = ipv4Offsets.headerChecksum;
const SOURCE_AT = ipv4Offsets.source;
const LOOPBACK_NET = 127;
const UDP_LENGTH_AT = udpOffsets.length;
const UDP_CHECKSUM_AT = udpOffsets.checksum;

/** Bytes of a header with its checksum. */
const TCP_CHECKSUM_END = tcpOffsets.urgentPointer;
const CHECKSUM_END = UDP_HEADER_LENGTH;

/** @param layer index of an IPv4 header, of which 20 bytes at least are there */
export function ipv4Status(o: PacketOutline, layer: number): ChecksumStatus {
  const view = layer >= o.datagramLayer ? o.transportView : o.view;
  const at = o.starts[layer]!;
  const next = at + (view.getUint8(at) & 0xf) * 4;
  return next > o.ends[layer]! ? ChecksumStatus.UNCHECKED : ipv4HeaderStatus(view, at, next, o.kinds[0]!);
}

/**
 * What became of the checksum of one IPv4 header. Over loopback, systems leave it at 0: there is nothing to protect from.
 *
 * @param at,next where the header begins and ends
 * @param link LayerKind of the frame's first layer
 */
export function ipv4HeaderStatus(view: DataView, at: number, next: number, link: number): ChecksumStatus {
  if (sumBytes(view, at, next) === RIGHT_SUM) return ChecksumStatus.GOOD;
  if (view.getUint16(at + IPV4_CHECKSUM_AT) !== 0) return ChecksumStatus.BAD;
  const isLoopback =
    link === LayerKind.NULL || link === LayerKind.LOOP || view.getUint8(at + SOURCE_AT) === LOOPBACK_NET;
  return isLoopback ? ChecksumStatus.ABSENT : ChecksumStatus.BAD;
}

/**
 * What became of a checksum of what an ICMP error quotes. Seldom is all quoted that it covers.
 *
 * @param layer index of a quoted header, the whole of which is quoted as far as its checksum
 */
export function quotedStatus(o: PacketOutline, layer: number): ChecksumStatus {
  const view = o.transportView;
  const at = o.starts[layer]!;
  const kind = o.kinds[layer]!;
  if (kind === LayerKind.IPV4) return ipv4Status(o, layer);
  if (kind >= FIRST_FREE_KIND && !coversMessageAlone(kind)) return ChecksumStatus.UNCHECKED;
  if (o.ends[layer]! - at < (kind === LayerKind.TCP ? TCP_CHECKSUM_END : CHECKSUM_END)) return ChecksumStatus.UNCHECKED;
  if (kind === LayerKind.TCP || kind === LayerKind.UDP) return quotedFlowStatus(o, layer);
  // Bounds and addresses are known of the innermost packet only.
  if (layer !== o.layerCount - 1 || o.isQuotedFragment) return ChecksumStatus.UNCHECKED;
  const end = o.quotedWireEnd;
  if (end > o.quotedEnd || end < o.ends[layer]!) return ChecksumStatus.UNCHECKED;
  const pseudoHeader = kind === LayerKind.ICMPV6 ? quotedPseudoHeaderSum(o, end - at) : 0;
  return sumBytes(view, at, end, pseudoHeader) === RIGHT_SUM ? ChecksumStatus.GOOD : ChecksumStatus.BAD;
}

function quotedFlowStatus(o: PacketOutline, layer: number): ChecksumStatus {
  const flow = o.quotedFlows.find((known, index) => index < o.quotedFlowCount && known.layer === layer);
  if (flow === undefined) return ChecksumStatus.UNCHECKED;
  const view = o.transportView;
  const at = o.starts[layer]!;
  const isUdp = o.kinds[layer] === LayerKind.UDP;
  if (isUdp && view.getUint16(at + UDP_CHECKSUM_AT) === 0) return ChecksumStatus.ABSENT;
  const end = isUdp ? Math.min(flow.wireEnd, at + view.getUint16(at + UDP_LENGTH_AT)) : flow.wireEnd;
  if (end > flow.payloadEnd || end < o.ends[layer]!) return ChecksumStatus.UNCHECKED;
  const sum = flowPseudoHeaderSum(flow, isUdp ? IpProtocol.UDP : IpProtocol.TCP, end - at);
  return sumBytes(view, at, end, sum) === RIGHT_SUM ? ChecksumStatus.GOOD : ChecksumStatus.BAD;
}

/** Whether the checksum of a protocol that only its table knows covers its message, and no pseudo-header. */
function coversMessageAlone(kind: number): boolean {
  const rule = headerOfKind(kind)?.checksumField?.spec.auto;
  return (
    rule?.kind === "checksum" && rule.covers === "message" && !rule.hasPseudoHeader && rule.algorithm === undefined
  );
}

/** Of ICMPv6, in the innermost packet that is quoted. */
function quotedPseudoHeaderSum(o: PacketOutline, length: number): number {
  return pseudoHeaderSum(
    o.transportView,
    o.quotedVersion,
    o.quotedSourceAt,
    o.quotedDestinationAt,
    IpProtocol.IPV6_ICMP,
    length,
  );
}

/** What the pseudo-header adds to the checksum of a segment or datagram. @param length of header and data */
export function flowPseudoHeaderSum(flow: Flow, protocol: number, length: number): number {
  return pseudoHeaderSum(flow.addressView, flow.ipVersion, flow.sourceAt, flow.destinationAt, protocol, length);
}

/** The same, of addresses that stand anywhere. */
export function pseudoHeaderSum(
  view: DataView,
  version: 0 | 4 | 6,
  sourceAt: number,
  destinationAt: number,
  protocol: number,
  length: number,
): number {
  if (version === 4)
    return ipv4PseudoHeaderSum(view.getUint32(sourceAt), view.getUint32(destinationAt), protocol, length);
  const addresses = sumBytes(view, sourceAt, sourceAt + 16) + sumBytes(view, destinationAt, destinationAt + 16);
  return addresses + (length >>> 16) + (length & 0xffff) + protocol;
}

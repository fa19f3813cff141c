/** The walk through TCP, UDP and ICMP, with the verdicts on their checksums. */

import { foldSum, sumBytes } from "../core/checksum.ts";
import { ipv4PseudoHeaderSum } from "../headers/frame.ts";
import { IpProtocol } from "../headers/ipv4.ts";
import { LayerKind, Verdict } from "./layer-kinds.ts";
import { checkTcpOptions } from "./option-check.ts";
import type { PacketOutline } from "./outline.ts";
import { walkQuoted } from "./walk-quoted.ts";
import { stopForField, stopForLength } from "./walk-stop.ts";

const TCP_LENGTH = 20;
/** As far as the window: what is needed to follow a stream. */
const TCP_NUMBERS_LENGTH = 16;
const TCP_CHECKSUM_AT = 16;
/** No operation twice, and the kind and length of timestamps. */
const ONLY_TIMESTAMPS = 0x0101_080a;
const TIMESTAMPS_HEADER_LENGTH = 32;
const PORTS_LENGTH = 4;
const UDP_LENGTH = 8;
const UDP_CHECKSUM_AT = 6;
const ICMP_LENGTH = 8;
const LEAST_ICMP = 4;
const ICMP_CHECKSUM_AT = 2;

const ALL_FLAGS = 0xfff;
const RIGHT_SUM = 0xffff;

export function walkTcp(o: PacketOutline, at: number, end: number, wireEnd: number): void {
  const available = end - at;
  const view = o.transportView;
  beginTransport(o, LayerKind.TCP, at, available, wireEnd);
  if (available < TCP_NUMBERS_LENGTH) {
    return stopForLength(o, LayerKind.TCP, "TCP header", at, end, wireEnd, TCP_LENGTH);
  }
  o.isInStream = true;
  o.sequenceNumber = view.getUint32(at + 4);
  o.acknowledgmentNumber = view.getUint32(at + 8);
  const word = view.getUint16(at + 12);
  o.flags = word & ALL_FLAGS;
  o.window = view.getUint16(at + 14);
  const headerLength = (word >>> 12) * 4;
  o.headerLength = headerLength;
  o.hasWholeHeader = headerLength >= TCP_LENGTH && available >= headerLength;
  o.hasSegmentLength = !o.isFragment && o.transportLength >= headerLength;
  o.payloadLength = Math.max(0, o.transportLength - headerLength);
  if (headerLength < TCP_LENGTH) {
    // The segment's length is what is left after the header, whatever the header says of itself.
    o.addLayer(LayerKind.TCP, at, Math.min(end, at + TCP_LENGTH));
    o.payloadAt = end;
    return stopForField(o, "TCP header", at + 12, end, `dataOffset is ${word >>> 12}, and must be at least 5`);
  }
  if (available >= TCP_CHECKSUM_AT + 2)
    o.tcpChecksum = transportVerdict(o, at, end, wireEnd, IpProtocol.TCP, TCP_CHECKSUM_AT);
  const payloadAt = at + headerLength;
  if (end < payloadAt) {
    const length = o.payloadLength;
    stopForLength(o, LayerKind.TCP, "TCP header", at, end, wireEnd, headerLength);
    o.payloadLength = length;
    return;
  }
  o.addLayer(LayerKind.TCP, at, payloadAt);
  if (headerLength > TCP_LENGTH && !hasOnlyTimestamps(view, at, headerLength)) {
    checkTcpOptions(o, at + TCP_LENGTH, payloadAt);
  }
  o.payloadAt = payloadAt;
  o.payloadEnd = end;
}

/** Whether the options are those of most segments: no operation twice, and timestamps. */
export function hasOnlyTimestamps(view: DataView, at: number, headerLength: number): boolean {
  return headerLength === TIMESTAMPS_HEADER_LENGTH && view.getUint32(at + TCP_LENGTH) === ONLY_TIMESTAMPS;
}

export function walkUdp(o: PacketOutline, at: number, end: number, wireEnd: number): void {
  const available = end - at;
  beginTransport(o, LayerKind.UDP, at, available, wireEnd);
  if (available < UDP_LENGTH) return stopForLength(o, LayerKind.UDP, "UDP header", at, end, wireEnd, UDP_LENGTH);
  const view = o.transportView;
  const payloadAt = at + UDP_LENGTH;
  o.addLayer(LayerKind.UDP, at, payloadAt);
  o.headerLength = UDP_LENGTH;
  o.payloadAt = payloadAt;
  const length = view.getUint16(at + 4);
  if (length < UDP_LENGTH && !(length === 0 && o.ipVersion === 6)) {
    o.payloadAt = end;
    return stopForField(o, "UDP header", at + 4, end, `length is ${length}, and must be at least ${UDP_LENGTH}`);
  }
  o.isInStream = true;
  // 0 is the length of a jumbogram (RFC 2675, section 4): all that there is.
  const datagramWireEnd = length === 0 ? wireEnd : at + length;
  const hasChecksum = view.getUint16(at + UDP_CHECKSUM_AT) !== 0;
  if (!hasChecksum) o.udpChecksum = o.ipVersion === 4 ? Verdict.ABSENT : Verdict.BAD;
  if (datagramWireEnd > wireEnd && !o.isFragment) {
    o.payloadLength = wireEnd - payloadAt;
    return stopForField(o, "UDP header", at + 4, end, `length is ${length}, but there are ${wireEnd - at} bytes`);
  }
  const datagramEnd = Math.min(end, datagramWireEnd);
  o.payloadEnd = datagramEnd;
  o.payloadLength = Math.min(wireEnd, datagramWireEnd) - payloadAt;
  if (hasChecksum)
    o.udpChecksum = transportVerdict(o, at, datagramEnd, datagramWireEnd, IpProtocol.UDP, UDP_CHECKSUM_AT);
}

export function walkIcmp(
  o: PacketOutline,
  kind: typeof LayerKind.ICMP | typeof LayerKind.ICMPV6,
  at: number,
  end: number,
  wireEnd: number,
): void {
  const layer = kind === LayerKind.ICMP ? "ICMP header" : "ICMPv6 header";
  if (end - at < LEAST_ICMP) return stopForLength(o, kind, layer, at, end, wireEnd, LEAST_ICMP);
  o.transport = kind;
  o.transportAt = at;
  o.transportLength = wireEnd - at;
  const payloadAt = Math.min(end, at + ICMP_LENGTH);
  o.headerLength = payloadAt - at;
  o.addLayer(kind, at, payloadAt);
  o.payloadAt = payloadAt;
  o.payloadEnd = end;
  o.payloadLength = Math.max(0, wireEnd - payloadAt);
  o.icmpChecksum = icmpVerdict(o, kind, at, end, wireEnd);
  walkQuoted(o, kind, at, end);
}

function icmpVerdict(o: PacketOutline, kind: LayerKind, at: number, end: number, wireEnd: number): Verdict {
  if (kind === LayerKind.ICMPV6) return transportVerdict(o, at, end, wireEnd, IpProtocol.IPV6_ICMP, ICMP_CHECKSUM_AT);
  if (o.isFragment || end < wireEnd) return Verdict.UNCHECKED;
  return sumBytes(o.transportView, at, end) === RIGHT_SUM ? Verdict.GOOD : Verdict.BAD;
}

function beginTransport(o: PacketOutline, kind: LayerKind, at: number, available: number, wireEnd: number): void {
  o.transportAt = at;
  o.transportLength = wireEnd - at;
  if (available < PORTS_LENGTH) return;
  o.transport = kind;
  o.sourcePort = o.transportView.getUint16(at);
  o.destinationPort = o.transportView.getUint16(at + 2);
}

/** The verdict on a checksum that covers the pseudo-header too. */
function transportVerdict(
  o: PacketOutline,
  at: number,
  end: number,
  wireEnd: number,
  protocol: number,
  checksumAt: number,
): Verdict {
  if (o.isFragment || end < wireEnd) return Verdict.UNCHECKED;
  const view = o.transportView;
  const pseudoHeader = pseudoHeaderSum(o, protocol, end - at);
  const stored = view.getUint16(at + checksumAt);
  if (sumBytes(view, at, end, pseudoHeader) === RIGHT_SUM) {
    // What sums up to nothing has 0 for its checksum; in TCP, 0xffff in its place is a mistake (RFC 1624, section 3).
    o.hasOnesForZero = protocol === IpProtocol.TCP && stored === 0xffff;
    return o.hasOnesForZero ? Verdict.BAD : Verdict.GOOD;
  }
  // Where the adapter is to cut the segment, the pseudo-header that is left to it has no length.
  const isLeft = stored === foldSum(pseudoHeader) || stored === foldSum(pseudoHeaderSum(o, protocol, 0));
  return isLeft ? Verdict.PARTIAL : Verdict.BAD;
}

function pseudoHeaderSum(o: PacketOutline, protocol: number, length: number): number {
  const { addressView: view, sourceAt, destinationAt } = o;
  if (o.ipVersion === 4) {
    return ipv4PseudoHeaderSum(view.getUint32(sourceAt), view.getUint32(destinationAt), protocol, length);
  }
  const addresses = sumBytes(view, sourceAt, sourceAt + 16) + sumBytes(view, destinationAt, destinationAt + 16);
  return addresses + (length >>> 16) + (length & 0xffff) + protocol;
}

/** TCP, UDP and ICMP, with what became of their checksums. */

import { foldSum, sumBytes } from "../core/checksum.ts";
import { StoppedAt } from "../core/errors.ts";
import { IpProtocol } from "../headers/assigned-numbers.ts";
import { TCP_HEADER_LENGTH, UDP_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { ICMP_HEADER_LENGTH, icmp, icmpOffsets } from "../headers/icmp.ts";
import { icmpv6 } from "../headers/icmpv6.ts";
import { ChecksumStatus, LayerKind } from "../headers/layer.ts";
import { isOnKnownPort, kindOf } from "../headers/registry.ts";
import { coveredEnd, PORTS_LENGTH } from "../headers/shared-fields.ts";
import { TCP_NUMBERS_LENGTH, tcp, tcpOffsets } from "../headers/tcp.ts";
import { udp, udpOffsets } from "../headers/udp.ts";
import { coverageProblem, udpLite, udpLiteOffsets } from "../headers/udp-lite.ts";
import { pseudoHeaderSum } from "./header-checksums.ts";
import { checkTcpOptions } from "./option-check.ts";
import type { PacketOutline } from "./outline.ts";
import { offsetOf, stopForField, stopForLength } from "./outline.ts";
import { canBeAt, tunnelPlan } from "./parse-plan.ts";
import { parseQuoted } from "./parse-quoted.ts";
import { type ParseContext, parseRegistered } from "./parse-registered.ts";
import { UnreadKind } from "./unread.ts";

const TCP_LENGTH = TCP_HEADER_LENGTH;
const {
  sequenceNumber: SEQUENCE_AT,
  acknowledgmentNumber: ACKNOWLEDGMENT_AT,
  dataOffset: FLAGS_AT,
  window: WINDOW_AT,
  checksum: TCP_CHECKSUM_AT,
} = tcpOffsets;
/** No operation twice, and the kind and length of timestamps. */
const ONLY_TIMESTAMPS = 0x0101_080a;
const TIMESTAMPS_HEADER_LENGTH = 32;
const DESTINATION_PORT_AT = udpOffsets.destinationPort;
const UDP_LENGTH = UDP_HEADER_LENGTH;
const { length: UDP_LENGTH_AT, checksum: UDP_CHECKSUM_AT } = udpOffsets;
/** What all messages of both versions have. */
const LEAST_ICMP = icmpv6.fixedLength;
const ICMP_CHECKSUM_AT = icmpOffsets.checksum;

const ALL_FLAGS = 0xfff;
const RIGHT_SUM = 0xffff;

export function parseTcp(o: PacketOutline, at: number, end: number, wireEnd: number): void {
  const available = end - at;
  const view = o.transportView;
  beginTransport(o, LayerKind.TCP, at, available, wireEnd);
  if (available < TCP_NUMBERS_LENGTH) {
    return stopForLength(o, LayerKind.TCP, tcp.layer, at, end, wireEnd, TCP_LENGTH);
  }
  o.isInStream = true;
  o.sequenceNumber = view.getUint32(at + SEQUENCE_AT);
  o.acknowledgmentNumber = view.getUint32(at + ACKNOWLEDGMENT_AT);
  const word = view.getUint16(at + FLAGS_AT);
  o.flags = word & ALL_FLAGS;
  o.window = view.getUint16(at + WINDOW_AT);
  const headerLength = (word >>> 12) * 4;
  o.headerLength = headerLength;
  o.hasWholeHeader = headerLength >= TCP_LENGTH && available >= headerLength;
  o.hasSegmentLength = !o.isFragment && o.transportLength >= headerLength;
  o.payloadLength = Math.max(0, o.transportLength - headerLength);
  if (headerLength < TCP_LENGTH) {
    // The segment's length is what is left after the header, whatever the header says of itself.
    o.addLayer(LayerKind.TCP, at, Math.min(end, at + TCP_LENGTH));
    o.payloadAt = end;
    return stopForField(o, tcp.layer, at + FLAGS_AT, end, `dataOffset is ${word >>> 12}, and must be at least 5`);
  }
  const checksum =
    available < TCP_CHECKSUM_AT + 2
      ? ChecksumStatus.UNCHECKED
      : transportStatus(o, at, end, wireEnd, IpProtocol.TCP, TCP_CHECKSUM_AT);
  const payloadAt = at + headerLength;
  if (end < payloadAt) {
    const length = o.payloadLength;
    stopForLength(o, LayerKind.TCP, tcp.layer, at, end, wireEnd, headerLength);
    o.judgeLast(checksum);
    o.payloadLength = length;
    return;
  }
  o.addLayer(LayerKind.TCP, at, payloadAt, checksum);
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

export function parseUdp(o: PacketOutline, at: number, end: number, wireEnd: number, context: ParseContext): void {
  const available = end - at;
  beginTransport(o, LayerKind.UDP, at, available, wireEnd);
  if (available < UDP_LENGTH) return stopForLength(o, LayerKind.UDP, udp.layer, at, end, wireEnd, UDP_LENGTH);
  const view = o.transportView;
  const payloadAt = at + UDP_LENGTH;
  o.addLayer(LayerKind.UDP, at, payloadAt);
  o.headerLength = UDP_LENGTH;
  o.payloadAt = payloadAt;
  const length = view.getUint16(at + UDP_LENGTH_AT);
  if (length < UDP_LENGTH && !(length === 0 && o.ipVersion === 6)) {
    o.payloadAt = end;
    return stopForField(
      o,
      udp.layer,
      at + UDP_LENGTH_AT,
      end,
      `length is ${length}, and must be at least ${UDP_LENGTH}`,
    );
  }
  o.isInStream = true;
  // 0 is the length of a jumbogram (RFC 2675, section 4): all that there is.
  const datagramWireEnd = length === 0 ? wireEnd : at + length;
  const hasChecksum = view.getUint16(at + UDP_CHECKSUM_AT) !== 0;
  if (!hasChecksum) o.judgeLast(o.ipVersion === 4 ? ChecksumStatus.ABSENT : ChecksumStatus.BAD);
  if (datagramWireEnd > wireEnd && !o.isFragment) {
    o.payloadLength = wireEnd - payloadAt;
    return stopForField(
      o,
      udp.layer,
      at + UDP_LENGTH_AT,
      end,
      `length is ${length}, but there are ${wireEnd - at} bytes`,
    );
  }
  const datagramEnd = Math.min(end, datagramWireEnd);
  o.payloadEnd = datagramEnd;
  o.payloadLength = Math.min(wireEnd, datagramWireEnd) - payloadAt;
  if (hasChecksum) {
    o.judgeLast(transportStatus(o, at, datagramEnd, datagramWireEnd, IpProtocol.UDP, UDP_CHECKSUM_AT));
  }
  if (o.isFragment || o.payloadLength === 0 || !isOnKnownPort(o.sourcePort, o.destinationPort)) return;
  const tunnel = tunnelPlan(o.sourcePort, o.destinationPort, view, payloadAt, datagramEnd);
  if (tunnel === undefined) return;
  if (tunnel.required.length > 0 && !canBeAt(tunnel, view, payloadAt, datagramEnd)) {
    o.unread = UnreadKind.VERSION | tunnel.kind;
    return;
  }
  o.enterTunnel();
  parseRegistered(o, tunnel, payloadAt, datagramEnd, Math.min(wireEnd, datagramWireEnd), context);
}

/** Wireshark counts it among the streams of UDP, and so do we. */
export function parseUdpLite(o: PacketOutline, at: number, end: number, wireEnd: number): void {
  const available = end - at;
  const kind = kindOf(udpLite) as LayerKind;
  beginTransport(o, LayerKind.UDP, at, available, wireEnd);
  if (available < UDP_LENGTH) return stopForLength(o, kind, udpLite.layer, at, end, wireEnd, UDP_LENGTH);
  o.addLayer(kind, at, at + UDP_LENGTH);
  o.headerLength = UDP_LENGTH;
  o.isInStream = true;
  o.payloadAt = at + UDP_LENGTH;
  o.payloadEnd = end;
  o.payloadLength = wireEnd - o.payloadAt;
  const coverage = o.transportView.getUint16(at + udpLiteOffsets.checksumCoverage);
  const problem = coverageProblem(coverage, wireEnd - at);
  if (problem === undefined || o.isFragment) o.judgeLast(udpLiteStatus(o, at, end, wireEnd, coverage));
  else stopForField(o, udpLite.layer, at + udpLiteOffsets.checksumCoverage, end, problem);
}

/** What became of a checksum that covers as much as the header says, with a pseudo-header of the whole datagram. */
function udpLiteStatus(o: PacketOutline, at: number, end: number, wireEnd: number, coverage: number): ChecksumStatus {
  const view = o.transportView;
  if (view.getUint16(at + UDP_CHECKSUM_AT) === 0) return ChecksumStatus.BAD;
  const covered = coveredEnd(at, wireEnd, coverage);
  if (o.isFragment || covered > end) return ChecksumStatus.UNCHECKED;
  const pseudoHeader = pseudoHeaderSumOf(o, IpProtocol.UDP_LITE, wireEnd - at);
  return sumBytes(view, at, covered, pseudoHeader) === RIGHT_SUM ? ChecksumStatus.GOOD : ChecksumStatus.BAD;
}

export function parseIcmp(
  o: PacketOutline,
  kind: typeof LayerKind.ICMP | typeof LayerKind.ICMPV6,
  at: number,
  end: number,
  wireEnd: number,
): void {
  const layer = (kind === LayerKind.ICMP ? icmp : icmpv6).layer;
  if (end - at < LEAST_ICMP) return stopForLength(o, kind, layer, at, end, wireEnd, LEAST_ICMP);
  o.transport = kind;
  o.transportAt = at;
  o.transportLength = wireEnd - at;
  const payloadAt = Math.min(end, at + ICMP_HEADER_LENGTH);
  o.headerLength = payloadAt - at;
  o.transportLayer = o.layerCount;
  o.addLayer(kind, at, payloadAt, icmpStatus(o, kind, at, end, wireEnd));
  o.payloadAt = payloadAt;
  o.payloadEnd = end;
  o.payloadLength = Math.max(0, wireEnd - payloadAt);
  parseQuoted(o, kind, at, end);
  if (kind === LayerKind.ICMP && end - at < ICMP_HEADER_LENGTH && end === wireEnd) stopAtShortIcmp(o, layer, at, end);
}

/** Of a message that is cut off in the capture, what there is shows well enough how it goes on. */
function stopAtShortIcmp(o: PacketOutline, layer: string, at: number, end: number): void {
  o.stopped = new StoppedAt("TRUNCATED", {
    layer,
    offset: offsetOf(o, at),
    needed: ICMP_HEADER_LENGTH,
    available: end - at,
    limitedBy: "the length that the packet gives",
  });
}

function icmpStatus(o: PacketOutline, kind: LayerKind, at: number, end: number, wireEnd: number): ChecksumStatus {
  if (kind === LayerKind.ICMPV6) return transportStatus(o, at, end, wireEnd, IpProtocol.IPV6_ICMP, ICMP_CHECKSUM_AT);
  if (o.isFragment || end < wireEnd) return ChecksumStatus.UNCHECKED;
  return sumBytes(o.transportView, at, end) === RIGHT_SUM ? ChecksumStatus.GOOD : ChecksumStatus.BAD;
}

function beginTransport(o: PacketOutline, kind: LayerKind, at: number, available: number, wireEnd: number): void {
  o.transportLayer = o.layerCount;
  o.transportAt = at;
  o.transportLength = wireEnd - at;
  if (available < PORTS_LENGTH) return;
  o.transport = kind;
  o.sourcePort = o.transportView.getUint16(at);
  o.destinationPort = o.transportView.getUint16(at + DESTINATION_PORT_AT);
}

/** What became of a checksum that covers the pseudo-header too. */
function transportStatus(
  o: PacketOutline,
  at: number,
  end: number,
  wireEnd: number,
  protocol: number,
  checksumAt: number,
): ChecksumStatus {
  if (o.isFragment || end < wireEnd) return ChecksumStatus.UNCHECKED;
  const view = o.transportView;
  const pseudoHeader = pseudoHeaderSumOf(o, protocol, end - at);
  const stored = view.getUint16(at + checksumAt);
  if (sumBytes(view, at, end, pseudoHeader) === RIGHT_SUM) {
    // What sums up to nothing has 0 for its checksum; in TCP, 0xffff in its place is a mistake (RFC 1624, section 3).
    o.hasOnesForZero = protocol === IpProtocol.TCP && stored === 0xffff;
    return o.hasOnesForZero ? ChecksumStatus.BAD : ChecksumStatus.GOOD;
  }
  // Where the adapter is to cut the segment, the pseudo-header that is left to it has no length.
  const isLeft = stored === foldSum(pseudoHeader) || stored === foldSum(pseudoHeaderSumOf(o, protocol, 0));
  return isLeft ? ChecksumStatus.PARTIAL : ChecksumStatus.BAD;
}

function pseudoHeaderSumOf(o: PacketOutline, protocol: number, length: number): number {
  return pseudoHeaderSum(o.addressView, o.ipVersion, o.sourceAt, o.destinationAt, protocol, length);
}

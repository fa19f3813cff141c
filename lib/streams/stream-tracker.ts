/** Sorts packets into streams, and finds out what each means there. */
import { LayerKind, Verdict } from "../dissect/layer-kinds.ts";
import { OptionFault } from "../dissect/option-check.ts";
import { type PacketOutline, readAddress } from "../dissect/outline.ts";
import type { IpAddress } from "../headers/address.ts";
import { addSequence, isBefore } from "../headers/sequence.ts";
import { TcpFlag } from "../headers/tcp.ts";
import { Finding } from "./findings.ts";
import { FlowTable } from "./flow-table.ts";
import { type Moment, nanosecondsBetween } from "./moment.ts";
import { OverlapDetector } from "./overlap-detector.ts";
import { analyzeSegment, type Segment } from "./tcp-analysis.ts";
import { readOptions } from "./tcp-option-scan.ts";
import { SCALE_NOT_USED, SCALE_UNKNOWN, type TcpSide } from "./tcp-side.ts";
import { type EndPoint, type StreamStart, TcpStream, UdpStream } from "./tcp-stream.ts";

const { FIN, SYN, RST, ACK, ECE, CWR, AE } = TcpFlag;
const BASIC_HEADER_LENGTH = 20;
/** Wireshark reads as much of a quoted segment before it looks for its stream. */
const QUOTED_TCP_LENGTH = 16;
const FLAGS_AT = 12;
const UDP_LENGTH = 8;
const UDP_CHECKSUM_AT = 6;

/** The byte of these can be any: it is only there to be answered. */
const PROBES = Finding.KEEP_ALIVE | Finding.ZERO_WINDOW_PROBE;

/** Three flags that report congestion, as one number: AE, CWR and ECE. */
const ECN_BITS = AE | CWR | ECE;
const ECN_SHIFT = 6;
/** What asks for accurate ECN in a SYN, and what agrees to it in the answer (draft-ietf-tcpm-accurate-ecn, section 3.1). */
const ACCURATE_ECN_OFFER = 7;
const ACCURATE_ECN_ANSWERS: ReadonlySet<number> = new Set([2, 3, 4, 6]);

/** The moment of a packet, and its number. */
export interface PacketPlace extends Moment {
  readonly number: number;
}

export class StreamTracker {
  /** By their numbers. */
  readonly tcpStreams: TcpStream[] = [];
  readonly udpStreams: UdpStream[] = [];
  /** Of the packet added last: its stream, the sides of a TCP stream, and its findings. */
  stream: TcpStream | UdpStream | undefined = undefined;
  from: TcpSide | undefined = undefined;
  to: TcpSide | undefined = undefined;
  isFromHigher = false;
  /** The stream of the packet that it quotes, where it is an ICMP error. */
  quotedStream: TcpStream | UdpStream | undefined = undefined;
  findings = 0;
  readonly #tcpTable = new FlowTable();
  readonly #udpTable = new FlowTable();
  readonly #overlaps = new OverlapDetector();
  readonly #segment: Segment = {
    sequence: 0,
    acknowledgment: 0,
    flags: 0,
    window: 0,
    length: 0,
    seconds: 0,
    nanoseconds: 0,
  };

  /** Takes the next packet of the capture, in the order of the file. */
  add(outline: PacketOutline, place: PacketPlace): void {
    this.stream = undefined;
    this.from = undefined;
    this.to = undefined;
    this.quotedStream = undefined;
    this.findings = problemsOf(outline);
    if (outline.isInStream) {
      if (outline.transport === LayerKind.TCP) this.#addSegment(outline, place);
      else this.#addDatagram(outline, place);
    }
    if (outline.quotedLayer < outline.layerCount) this.#addQuoted(outline, place);
  }

  /** Frames that show a packet of a stream without being one: numbers of streams count them too, as Wireshark's do. */
  #addQuoted(o: PacketOutline, place: PacketPlace): void {
    // Of a fragment, the datagram would have to be put together first.
    if (o.isQuotedFragment) return;
    const last = o.layerCount - 1;
    const kind = o.kinds[last];
    const at = o.starts[last]!;
    const captured = o.ends[last]! - at;
    if (kind === LayerKind.TCP && captured >= QUOTED_TCP_LENGTH) this.#addQuotedSegment(o, at, place);
    if (kind === LayerKind.UDP && captured >= UDP_LENGTH) {
      const number = findQuoted(this.#udpTable, o, at);
      this.quotedStream = number < 0 ? this.#openQuotedUdp(o, at, place) : this.udpStreams[number]!;
    }
  }

  #addQuotedSegment(o: PacketOutline, at: number, place: PacketPlace): void {
    const table = this.#tcpTable;
    const number = findQuoted(table, o, at);
    const known = this.tcpStreams[number];
    if (known !== undefined && !isAnotherSyn(o, at, table.isFromHigher ? known.fromHigher : known.fromLower)) {
      this.quotedStream = known;
      return;
    }
    const [higher, lower] = quotedEndPoints(o, at, table.isFromHigher);
    const stream = new TcpStream(this.tcpStreams.length, higher, lower, startOf(place, table.isFromHigher));
    table.set(stream.number);
    this.tcpStreams.push(stream);
    this.quotedStream = stream;
  }

  #openQuotedUdp(o: PacketOutline, at: number, place: PacketPlace): UdpStream {
    const table = this.#udpTable;
    const [higher, lower] = quotedEndPoints(o, at, table.isFromHigher);
    const stream = new UdpStream(this.udpStreams.length, higher, lower, startOf(place, table.isFromHigher));
    table.set(stream.number);
    this.udpStreams.push(stream);
    return stream;
  }

  #addDatagram(outline: PacketOutline, place: PacketPlace): void {
    const table = this.#udpTable;
    let number = findStream(table, outline);
    this.isFromHigher = table.isFromHigher;
    if (number < 0) {
      number = this.udpStreams.length;
      const [higher, lower] = endPointsOf(outline, table.isFromHigher);
      this.udpStreams.push(new UdpStream(number, higher, lower, startOf(place, table.isFromHigher)));
      table.set(number);
    }
    const stream = this.udpStreams[number]!;
    this.stream = stream;
    stream.count(place.number, place, outline.wireLength);
    stream.countPayload(this.isFromHigher, outline.payloadLength);
  }

  #addSegment(outline: PacketOutline, place: PacketPlace): void {
    const table = this.#tcpTable;
    const number = findStream(table, outline);
    this.isFromHigher = table.isFromHigher;
    let stream = number < 0 ? this.#openStream(outline, place) : this.tcpStreams[number]!;
    let found = 0;
    if (number >= 0 && (outline.flags & SYN) !== 0) {
      const known = this.isFromHigher ? stream.fromHigher : stream.fromLower;
      if (known.hasBase && known.base !== outline.sequenceNumber) {
        found = Finding.REUSED_PORTS;
        if ((outline.flags & ACK) === 0) stream = this.#openStream(outline, place);
        else known.base = outline.sequenceNumber;
      } else if (known.hasBase && (outline.flags & ACK) === 0) {
        // Segments in between may have been rubbish; what the SYN says counts again.
        known.nextSequence = known.highestToAcknowledge;
      }
    }
    this.stream = stream;
    const from = this.isFromHigher ? stream.fromHigher : stream.fromLower;
    const to = this.isFromHigher ? stream.fromLower : stream.fromHigher;
    this.from = from;
    this.to = to;
    if (outline.hasSegmentLength) this.findings |= this.#analyze(outline, place, stream, from, to, found);
    stream.count(place.number, place, outline.wireLength);
    stream.countPayload(this.isFromHigher, outline.payloadLength);
    countSegment(from, outline);
    followHandshake(stream, this.isFromHigher, outline, place);
    followClose(from, outline, place);
  }

  /** @returns what is found in the segment */
  #analyze(
    outline: PacketOutline,
    place: PacketPlace,
    stream: TcpStream,
    from: TcpSide,
    to: TcpSide,
    found: number,
  ): number {
    const { sequenceNumber, payloadLength, tcpChecksum } = outline;
    const isAgain = from.nextSequence !== 0 && isBefore(sequenceNumber, from.nextSequence);
    const findings = analyzeSegment(this.#readSegment(outline, place), from, to, found, stream.roundTripTime);
    // A segment whose header is cut, or shorter than a header can be, counts, but nothing is said about it.
    if (!outline.hasWholeHeader) return 0;
    // What a receiver throws away for its checksum is no copy of anything.
    if (payloadLength === 0 || (findings & PROBES) !== 0 || tcpChecksum === Verdict.BAD) return findings;
    const first = (outline.flags & SYN) === 0 ? sequenceNumber : addSequence(sequenceNumber, 1);
    const direction = stream.number * 2 + (this.isFromHigher ? 1 : 0);
    const isInOrder = from.highestToAcknowledge === from.nextSequence;
    const isConflict = this.#overlaps.add(outline, direction, first, isAgain, isInOrder);
    return isConflict ? findings | Finding.OVERLAP_CONFLICT : findings;
  }

  #openStream(outline: PacketOutline, place: PacketPlace): TcpStream {
    const { isFromHigher } = this;
    const [higher, lower] = endPointsOf(outline, isFromHigher);
    const stream = new TcpStream(this.tcpStreams.length, higher, lower, startOf(place, isFromHigher));
    this.tcpStreams.push(stream);
    this.#tcpTable.set(stream.number);
    return stream;
  }

  #readSegment(outline: PacketOutline, place: PacketPlace): Segment {
    const segment = this.#segment;
    segment.sequence = outline.sequenceNumber;
    segment.acknowledgment = outline.acknowledgmentNumber;
    segment.flags = outline.flags;
    segment.window = outline.window;
    segment.length = outline.payloadLength;
    segment.seconds = place.seconds;
    segment.nanoseconds = place.nanoseconds;
    return segment;
  }
}

function countSegment(from: TcpSide, { payloadLength, sequenceNumber }: PacketOutline): void {
  from.packets++;
  if (payloadLength === 0) return;
  from.bytes += payloadLength;
  if (payloadLength > from.largestSegment) from.largestSegment = payloadLength;
  if (from.dataSegments++ === 0) from.firstDataSequence = sequenceNumber;
  else if (sequenceNumber !== from.firstDataSequence) from.hasMoved = true;
}

function problemsOf(o: PacketOutline): number {
  let findings = o.frameCheck === Verdict.BAD ? Finding.FRAME_CHECK_BAD : 0;
  if (o.ipv4Checksum === Verdict.BAD) findings |= Finding.IP_CHECKSUM_BAD;
  if (o.tcpChecksum === Verdict.BAD) {
    findings |= o.hasOnesForZero ? Finding.TCP_CHECKSUM_FFFF : Finding.TCP_CHECKSUM_BAD;
  }
  if (o.udpChecksum === Verdict.BAD) {
    findings |=
      o.transportView.getUint16(o.transportAt + UDP_CHECKSUM_AT) === 0
        ? Finding.UDP_CHECKSUM_ZERO
        : Finding.UDP_CHECKSUM_BAD;
  }
  if (o.icmpChecksum === Verdict.BAD) {
    findings |= o.transport === LayerKind.ICMP ? Finding.ICMP_CHECKSUM_BAD : Finding.ICMPV6_CHECKSUM_BAD;
  }
  if (o.stopped !== undefined && (o.stopped.code !== "TRUNCATED" || !isExpectedToEnd(o))) findings |= Finding.MALFORMED;
  if (o.payloadProblem !== undefined) findings |= Finding.MALFORMED;
  return o.optionFaults === 0 ? findings : findings | optionFindings(o.optionFaults);
}

function optionFindings(faults: number): number {
  let findings = 0;
  if ((faults & OptionFault.MALFORMED) !== 0) findings |= Finding.MALFORMED;
  if ((faults & OptionFault.TCP_LENGTH) !== 0) findings |= Finding.TCP_OPTION_LENGTH;
  if ((faults & OptionFault.IPV4_LENGTH) !== 0) findings |= Finding.IP_OPTION_LENGTH;
  if ((faults & OptionFault.IPV4_PART) !== 0) findings |= Finding.IP_OPTION_PART;
  return findings;
}

/** Whether the packet ends early only because no more of it was captured, or the rest of it is in other fragments. */
function isExpectedToEnd(o: PacketOutline): boolean {
  return o.isFragment || o.end - o.start < o.wireLength;
}

function findStream(table: FlowTable, o: PacketOutline): number {
  return table.find(o.addressView, o.sourceAt, o.destinationAt, o.ipVersion, o.sourcePort, o.destinationPort);
}

function findQuoted(table: FlowTable, o: PacketOutline, at: number): number {
  const { transportView: view, quotedSourceAt, quotedDestinationAt, quotedVersion } = o;
  return table.find(
    view,
    quotedSourceAt,
    quotedDestinationAt,
    quotedVersion,
    view.getUint16(at),
    view.getUint16(at + 2),
  );
}

/** Whether a quoted segment opens another connection than the one that was seen on the same ports. */
function isAnotherSyn({ transportView: view }: PacketOutline, at: number, known: TcpSide): boolean {
  const isSyn = (view.getUint16(at + FLAGS_AT) & (SYN | ACK)) === SYN;
  return isSyn && known.hasBase && known.base !== view.getUint32(at + 4);
}

function quotedEndPoints(o: PacketOutline, at: number, isFromHigher: boolean): [EndPoint, EndPoint] {
  const { transportView: view, quotedSourceAt, quotedDestinationAt, quotedVersion } = o;
  const [source, destination] = endPoints(
    readAddress(view, quotedSourceAt, quotedVersion),
    view.getUint16(at),
    readAddress(view, quotedDestinationAt, quotedVersion),
    view.getUint16(at + 2),
  );
  return isFromHigher ? [source, destination] : [destination, source];
}

function endPointsOf(o: PacketOutline, isFromHigher: boolean): [EndPoint, EndPoint] {
  const [source, destination] = endPoints(o.source!, o.sourcePort, o.destination!, o.destinationPort);
  return isFromHigher ? [source, destination] : [destination, source];
}

function endPoints(
  source: IpAddress,
  sourcePort: number,
  destination: IpAddress,
  destinationPort: number,
): [EndPoint, EndPoint] {
  return [
    { address: source, port: sourcePort },
    { address: destination, port: destinationPort },
  ];
}

function startOf(place: PacketPlace, isFromHigher: boolean): StreamStart {
  return { frame: place.number, seconds: place.seconds, nanoseconds: place.nanoseconds, isFromHigher };
}

/** What the segment adds to the opening of its connection. After the analysis, which asks what was known before. */
function followHandshake(stream: TcpStream, isFromHigher: boolean, o: PacketOutline, place: PacketPlace): void {
  const from = isFromHigher ? stream.fromHigher : stream.fromLower;
  const to = isFromHigher ? stream.fromLower : stream.fromHigher;
  const kind = o.flags & (SYN | ACK);
  if (o.headerLength > BASIC_HEADER_LENGTH) readOptions(o, from);
  if (kind === ACK) {
    const { synMoment } = stream;
    if (stream.roundTripTime === 0 && (synMoment.seconds !== 0 || synMoment.nanoseconds !== 0)) {
      stream.roundTripTime = nanosecondsBetween(synMoment, place);
    }
    from.hasUnscaledWindow = false;
    if (stream.handshakeAckFrame === 0 && isFromHigher === stream.isOpenerHigher && stream.synAckFrame !== 0) {
      stream.handshakeAckFrame = place.number;
    }
    return;
  }
  if ((kind & SYN) === 0) return;
  from.hasUnscaledWindow = true;
  const ecn = (o.flags & ECN_BITS) >>> ECN_SHIFT;
  if (kind === SYN) stream.isAccurateEcnOffered = ecn === ACCURATE_ECN_OFFER;
  else stream.isAccurateEcnAccepted = ACCURATE_ECN_ANSWERS.has(ecn);
  if (kind === SYN) {
    stream.synMoment.set(place);
    stream.synFrame ||= place.number;
    stream.isOpenerHigher ??= isFromHigher;
  } else {
    stream.synAckFrame ||= place.number;
    stream.isOpenerHigher ??= !isFromHigher;
  }
  settleScaling(from, to, kind === (SYN | ACK));
}

/** Windows are scaled only where both SYNs ask for it (RFC 7323, section 2.2). */
function settleScaling(from: TcpSide, to: TcpSide, isSynAck: boolean): void {
  if (from.windowScale === SCALE_UNKNOWN) {
    from.windowScale = SCALE_NOT_USED;
    to.windowScale = SCALE_NOT_USED;
  } else if (isSynAck && to.windowScale === SCALE_NOT_USED) {
    from.windowScale = SCALE_NOT_USED;
  }
}

function followClose(from: TcpSide, { flags }: PacketOutline, place: PacketPlace): void {
  if ((flags & RST) !== 0) from.resetFrame ||= place.number;
  if ((flags & FIN) !== 0) from.finFrame ||= place.number;
}

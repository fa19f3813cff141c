/** Sorts packets into streams, and finds out what each means there. */
import { LayerKind, Verdict } from "../dissect/layer-kinds.ts";
import { type PacketOutline, readAddress } from "../dissect/outline.ts";
import type { IpAddress } from "../headers/address.ts";
import { addSequence, isAfter } from "../headers/sequence.ts";
import { TcpFlag } from "../headers/tcp.ts";
import { Circumstance, Finding } from "./findings.ts";
import { FlowTable } from "./flow-table.ts";
import { type Moment, nanosecondsBetween } from "./moment.ts";
import { countData } from "./segments-again.ts";
import { analyzeSegment, type Segment } from "./tcp-analysis.ts";
import { readOptions } from "./tcp-option-scan.ts";
import { type ResetReason, SCALE_NOT_USED, SCALE_UNKNOWN, type TcpSide } from "./tcp-side.ts";
import { type EndPoint, type StreamStart, TcpStream, UdpStream } from "./tcp-stream.ts";

const { FIN, SYN, RST, ACK } = TcpFlag;
const BASIC_HEADER_LENGTH = 20;
/** Wireshark reads as much of a quoted segment before it looks for its stream. */
const QUOTED_TCP_LENGTH = 16;
const UDP_LENGTH = 8;
const UDP_CHECKSUM_AT = 6;

/** Findings that mean different things in different places. */
const EXPLAINED =
  Finding.RETRANSMISSION |
  Finding.FAST_RETRANSMISSION |
  Finding.SPURIOUS_RETRANSMISSION |
  Finding.OUT_OF_ORDER |
  Finding.KEEP_ALIVE;

/** The moment of a packet, and its number. */
export interface PacketPlace extends Moment {
  readonly number: number;
}

export class StreamTracker {
  /** By their numbers. */
  readonly tcpStreams: TcpStream[] = [];
  readonly udpStreams: UdpStream[] = [];
  /** The stream of which the packet added last quotes a packet. */
  quoted: TcpStream | UdpStream | undefined = undefined;
  /** Of the packet added last: its stream, the sides of a TCP stream, and its findings. */
  stream: TcpStream | UdpStream | undefined = undefined;
  from: TcpSide | undefined = undefined;
  to: TcpSide | undefined = undefined;
  isFromHigher = false;
  findings = 0;
  /** Whether it carries other bytes than an earlier segment of its side with the same number. */
  hasOtherBytes = false;
  /** What else is to be known of its findings. */
  circumstance: Circumstance = Circumstance.NONE;
  readonly #tcpTable = new FlowTable();
  readonly #udpTable = new FlowTable();
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
    this.quoted = undefined;
    this.from = undefined;
    this.to = undefined;
    this.findings = problemsOf(outline);
    this.circumstance = Circumstance.NONE;
    if (outline.isInStream) {
      if (outline.transport === LayerKind.TCP) this.#addSegment(outline, place);
      else this.#addDatagram(outline, place);
    }
    if (outline.quotedLayer < outline.layerCount) this.#addQuoted(outline, place);
  }

  /** The packet added last is a copy of one just before. */
  noteCopy(): void {
    if ((this.findings & Finding.RETRANSMISSION) !== 0) this.circumstance = Circumstance.COPY;
  }

  /** Frames that show a packet of a stream without being one: numbers of streams count them too, as Wireshark's do. */
  #addQuoted(o: PacketOutline, place: PacketPlace): void {
    const last = o.layerCount - 1;
    const kind = o.kinds[last];
    const at = o.starts[last]!;
    const captured = o.ends[last]! - at;
    if (kind === LayerKind.TCP && captured >= QUOTED_TCP_LENGTH) this.#knowQuoted(o, last, this.#tcpTable, place);
    if (kind === LayerKind.UDP && captured >= UDP_LENGTH) this.#knowQuoted(o, last, this.#udpTable, place);
  }

  #knowQuoted(o: PacketOutline, layer: number, table: FlowTable, place: PacketPlace): void {
    const view = o.transportView;
    const at = o.starts[layer]!;
    const ipAt = o.starts[layer - 1]!;
    const version = o.kinds[layer - 1] === LayerKind.IPV6 ? 6 : 4;
    const ports = [view.getUint16(at), view.getUint16(at + 2)] as const;
    const known = table.find(view, ipAt, version, ...ports);
    const streams: (TcpStream | UdpStream)[] = table === this.#tcpTable ? this.tcpStreams : this.udpStreams;
    const stream = known >= 0 ? streams[known]! : this.#newQuoted(table, view, ipAt, version, ports, place);
    this.quoted = stream;
    if (stream.icmpErrors++ === 0) stream.icmpErrorFrame = place.number;
  }

  #newQuoted(
    table: FlowTable,
    view: DataView,
    ipAt: number,
    version: 4 | 6,
    ports: readonly [number, number],
    place: PacketPlace,
  ): TcpStream | UdpStream {
    const ends = endPoints(
      readAddress(view, ipAt, version, 0),
      ports[0],
      readAddress(view, ipAt, version, 1),
      ports[1],
    );
    const start = startOf(place, table.isFromHigher);
    const [higher, lower] = table.isFromHigher ? ends : [ends[1], ends[0]];
    if (table === this.#tcpTable) {
      table.set(this.tcpStreams.length);
      const stream = new TcpStream(this.tcpStreams.length, higher, lower, start);
      this.tcpStreams.push(stream);
      return stream;
    }
    table.set(this.udpStreams.length);
    const stream = new UdpStream(this.udpStreams.length, higher, lower, start);
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
    this.#follow(stream, outline, place, found);
  }

  /** @param found what is known already to be worth telling of the segment */
  #follow(stream: TcpStream, outline: PacketOutline, place: PacketPlace, found: number): void {
    this.stream = stream;
    const from = this.isFromHigher ? stream.fromHigher : stream.fromLower;
    const to = this.isFromHigher ? stream.fromLower : stream.fromHigher;
    this.from = from;
    this.to = to;
    const acknowledged = from.lastAcknowledgment;
    let findings = 0;
    if (outline.hasSegmentLength) {
      const segment = this.#readSegment(outline, place);
      findings = analyzeSegment(segment, from, to, found, stream.roundTripTime);
      // A segment whose header is cut, or shorter than a header can be, counts, but nothing is said about it.
      if (outline.hasWholeHeader) this.findings |= findings;
    }
    stream.count(place.number, place, outline.wireLength);
    stream.countPayload(this.isFromHigher, outline.payloadLength);
    const isOther = outline.payloadLength > 0 && countData(from, outline, findings, place.number, place);
    this.hasOtherBytes = isOther;
    if ((findings & EXPLAINED) !== 0) this.circumstance = circumstanceOf(outline, findings, to, isOther);
    countSegment(from, to, outline, acknowledged);
    if ((findings & (Finding.KEEP_ALIVE | Finding.KEEP_ALIVE_ACK)) !== 0) countKeepAlive(from, findings, place.number);
    followHandshake(stream, this.isFromHigher, outline, place);
    followClose(from, to, outline, place);
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

/** @param acknowledged the number that the side acknowledged before */
function countSegment(from: TcpSide, to: TcpSide, { flags }: PacketOutline, acknowledged: number): void {
  if (!from.hasAcknowledgedMore && (flags & ACK) !== 0 && acknowledged !== 0) {
    from.hasAcknowledgedMore = acknowledged !== from.lastAcknowledgment;
  }
  if ((flags & SYN) !== 0) from.syns++;
  if (to.resets !== 0 && (flags & RST) === 0) from.wentOnAfterReset = true;
  from.packets++;
}

function countKeepAlive(from: TcpSide, findings: number, frame: number): void {
  if ((findings & Finding.KEEP_ALIVE_ACK) !== 0) from.keepAliveAcks++;
  else if (from.keepAlives++ === 0) from.keepAliveFrame = frame;
}

/** Why a segment repeats what was sent before. */
function circumstanceOf(o: PacketOutline, findings: number, to: TcpSide, isOther: boolean): Circumstance {
  if (isOther) return Circumstance.OTHER_BYTES;
  const { flags, sequenceNumber, payloadLength } = o;
  const isNumbered = (flags & (SYN | FIN)) !== 0;
  const end = addSequence(sequenceNumber, payloadLength + (isNumbered ? 1 : 0));
  const hasAnswer = (to.lastFlags & ACK) !== 0 && !isAfter(end, to.lastAcknowledgment);
  if ((findings & Finding.KEEP_ALIVE) !== 0) {
    return payloadLength === 0 || hasAnswer ? Circumstance.NONE : Circumstance.LAST_BYTE;
  }
  if ((to.lastFlags & RST) !== 0) {
    return (flags & SYN) !== 0 ? Circumstance.SYN_AFTER_RESET : Circumstance.AFTER_RESET;
  }
  if (isNumbered && hasAnswer) return Circumstance.ACKNOWLEDGED;
  return (flags & SYN) !== 0 ? Circumstance.SYN : Circumstance.NONE;
}

function problemsOf(o: PacketOutline): number {
  let findings = 0;
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
  if (o.stopped !== undefined && (o.stopped.code !== "TRUNCATED" || !isCut(o))) findings |= Finding.MALFORMED;
  if (o.payloadProblem !== undefined) findings |= Finding.MALFORMED;
  return findings;
}

/** Whether the packet ends early only because no more of it was captured. */
function isCut(o: PacketOutline): boolean {
  return o.end - o.start < o.wireLength;
}

function findStream(table: FlowTable, o: PacketOutline): number {
  return table.find(o.ipView, o.ipAt, o.ipVersion, o.sourcePort, o.destinationPort);
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
    if (
      (o.flags & RST) === 0 &&
      stream.handshakeAckFrame === 0 &&
      isFromHigher === stream.isOpenerHigher &&
      stream.synAckFrame !== 0
    ) {
      stream.handshakeAckFrame = place.number;
    }
    return;
  }
  if ((kind & SYN) === 0) return;
  from.hasUnscaledWindow = true;
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

function followClose(from: TcpSide, to: TcpSide, { flags }: PacketOutline, place: PacketPlace): void {
  if ((flags & RST) !== 0) {
    if (from.resets++ === 0) {
      from.resetFrame = place.number;
      from.resetReason = resetReasonOf(from, to);
    }
  }
  if ((flags & FIN) !== 0) from.finFrame ||= place.number;
  from.lastFlags = flags;
}

/** What the first reset of a side answers, by what both sides did before. */
function resetReasonOf(from: TcpSide, to: TcpSide): ResetReason {
  if (from.packets === 1) return (to.lastFlags & (SYN | ACK)) === SYN ? "syn" : "unknown";
  if ((to.lastFlags & (SYN | ACK)) === (SYN | ACK)) return "syn-ack";
  if (from.finFrame === 0) return "open";
  return to.finFrame === 0 ? "fin" : "close";
}

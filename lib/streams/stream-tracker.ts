/** Sorts packets into streams, and finds out what each means there. */

import { addSequence, isAfter, isBefore } from "../core/sequence.ts";
import type { PacketPlace } from "../core/time.ts";
import type { Flow } from "../dissect/flow.ts";
import { type PacketOutline, readAddress } from "../dissect/outline.ts";
import { viewOf } from "../dissect/packet-bounds.ts";
import type { IpAddress } from "../headers/address.ts";
import { UDP_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { ChecksumStatus, LayerKind, OptionFault } from "../headers/layer.ts";
import { TCP_NUMBERS_LENGTH, tcpOffsets } from "../headers/tcp.ts";
import { TcpFlag } from "../headers/tcp-fields.ts";
import { checksumFindings } from "./checksum-findings.ts";
import { Circumstance, Finding, PROBES } from "./findings.ts";
import { FlowTable } from "./flow-table.ts";
import { followClose, followHandshake } from "./handshake-and-close.ts";
import { OverlapDetector } from "./overlap-detector.ts";
import { countData } from "./retransmissions.ts";
import { analyzeSegment, type Segment } from "./tcp-analysis.ts";
import type { TcpSide } from "./tcp-side.ts";
import { EndPoint, type StreamStart, TcpStream, UdpStream } from "./tcp-stream.ts";
import { TunnelReader } from "./tunnels.ts";

const { FIN, SYN, RST, ACK } = TcpFlag;
const { destinationPort: DESTINATION_PORT_AT, sequenceNumber: SEQUENCE_AT, dataOffset: FLAGS_AT } = tcpOffsets;

/** Findings that a frame has as well where the capture holds it twice. */
const REPEATING =
  Finding.RETRANSMISSION |
  Finding.FAST_RETRANSMISSION |
  Finding.SPURIOUS_RETRANSMISSION |
  Finding.OUT_OF_ORDER |
  Finding.DUPLICATE_ACK;

/** Findings that mean different things in different places. */
const EXPLAINED =
  Finding.RETRANSMISSION |
  Finding.FAST_RETRANSMISSION |
  Finding.SPURIOUS_RETRANSMISSION |
  Finding.OUT_OF_ORDER |
  Finding.KEEP_ALIVE;

/**
 * Follows every stream of a capture, packet by packet. What it tells of the packet added last is good until the next one is
 * added.
 */
export class StreamTracker {
  /** By their numbers. */
  readonly tcpStreams: TcpStream[] = [];
  /** All UDP streams so far, by their numbers. */
  readonly udpStreams: UdpStream[] = [];
  /** Of the packet added last: its stream, the sides of a TCP stream, and its findings. */
  stream: TcpStream | UdpStream | undefined = undefined;
  /** Of the segment added last: what its sender has sent so far. */
  from: TcpSide | undefined = undefined;
  /** What the other side has sent so far. */
  to: TcpSide | undefined = undefined;
  /** Whether the higher end point of its stream sent the packet added last. */
  isFromHigher = false;
  /** The streams of the datagrams that carry it, where it is in a tunnel, outermost first. */
  readonly carrierStreams: UdpStream[] = [];
  /** Those of the packet that it quotes, where it is an ICMP error: more than one where it quotes a tunnel. */
  readonly quotedStreams: (TcpStream | UdpStream)[] = [];
  /** Of the packet added last: bits of `Finding`. */
  findings = 0;
  /** Whether it carries other bytes than an earlier segment of its side with the same number. */
  hasOtherBytes = false;
  /** What else is to be known of its findings. */
  circumstance: Circumstance = Circumstance.NONE;
  readonly #tcpTable = new FlowTable();
  readonly #udpTable = new FlowTable();
  readonly #overlaps = new OverlapDetector();
  readonly #tunnels = new TunnelReader();
  /** Of the packet added last: bytes that its side had sent before. */
  #repeatedBytes = 0;
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
    if (this.carrierStreams.length > 0) this.carrierStreams.length = 0;
    if (this.quotedStreams.length > 0) this.quotedStreams.length = 0;
    this.findings = problemsOf(outline);
    this.circumstance = Circumstance.NONE;
    for (let index = 0; index < outline.carrierCount; index++) this.#addCarrier(outline, index, place);
    if (outline.isInStream) {
      if (outline.transport === LayerKind.TCP) this.#addSegment(outline, place);
      else this.#addDatagram(outline, place);
      if (canBeInTunnel(outline)) this.#tunnels.note(outline, outline.transportLayer, this.stream!);
    }
    for (let index = 0; index < outline.quotedFlowCount; index++) this.#addQuoted(outline, index, place);
  }

  /** The packet added last is a copy of one just before. */
  noteCopy(): void {
    const isRepeated = (this.findings & REPEATING) !== 0 && this.circumstance !== Circumstance.OTHER_BYTES;
    if (!isRepeated || this.from === undefined) return;
    this.circumstance = Circumstance.COPY;
    this.from.copiedBytes += this.#repeatedBytes;
  }

  /** The innermost stream of what the packet quotes. */
  get quotedStream(): TcpStream | UdpStream | undefined {
    return this.quotedStreams.at(-1);
  }

  /** A datagram that carries a tunnel is one of its stream like any other. */
  #addCarrier(o: PacketOutline, index: number, place: PacketPlace): void {
    const carrier = o.carriers[index]!;
    const stream = this.#udpStreamOf(o, carrier, place);
    stream.count(place.number, place, o.wireLength);
    stream.countPayload(this.#udpTable.isFromHigher, carrier.wireEnd - o.ends[carrier.layer]!);
    this.carrierStreams.push(stream);
    this.#tunnels.note(o, carrier.layer, stream);
  }

  /** Frames that show a packet of a stream without being one: numbers of streams count them too, as Wireshark's do. */
  #addQuoted(o: PacketOutline, index: number, place: PacketPlace): void {
    const flow = o.quotedFlows[index]!;
    const isUdp = o.kinds[flow.layer] === LayerKind.UDP;
    // Wireshark reads as much of a quoted segment before it looks for its stream.
    if (o.ends[flow.layer]! - o.starts[flow.layer]! < (isUdp ? UDP_HEADER_LENGTH : TCP_NUMBERS_LENGTH)) {
      // Many quote no more than the eight bytes that RFC 792 asks for: they tell the connection, if there is one.
      return noteError(isUdp ? undefined : this.tcpStreams[findFlow(this.#tcpTable, o, flow)], place);
    }
    const stream = isUdp ? this.#udpStreamOf(o, flow, place) : this.#quotedTcpStream(o, flow, place);
    noteError(stream, place);
    this.quotedStreams.push(stream);
  }

  #quotedTcpStream(o: PacketOutline, flow: Flow, place: PacketPlace): TcpStream {
    const table = this.#tcpTable;
    const number = findFlow(table, o, flow);
    const known = this.tcpStreams[number];
    const isKnown =
      known !== undefined && !isAnotherSyn(o, flow, table.isFromHigher ? known.fromHigher : known.fromLower);
    if (isKnown) return known;
    const [higher, lower] = flowEndPoints(o, flow, table.isFromHigher);
    const stream = new TcpStream(this.tcpStreams.length, higher, lower, startOf(place, table.isFromHigher));
    table.set(stream.number);
    this.tcpStreams.push(stream);
    return stream;
  }

  #udpStreamOf(o: PacketOutline, flow: Flow, place: PacketPlace): UdpStream {
    const table = this.#udpTable;
    const number = findFlow(table, o, flow);
    if (number >= 0) return this.udpStreams[number]!;
    const [higher, lower] = flowEndPoints(o, flow, table.isFromHigher);
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
      findings = this.#analyze(outline, place, stream, from, to, found);
      // A segment whose header is cut, or shorter than a header can be, counts, but nothing is said about it.
      if (outline.hasWholeHeader) this.findings |= findings;
    }
    stream.count(place.number, place, outline.wireLength);
    stream.countPayload(this.isFromHigher, outline.payloadLength);
    const known = from.newBytes;
    const knownToDiffer = from.otherBytes;
    const isOther = outline.payloadLength > 0 && countData(from, outline, findings, place.number, place);
    this.hasOtherBytes = isOther;
    const isProbe = outline.payloadLength === 1 && (findings & PROBES) !== 0;
    const counted = from.newBytes - known + (from.otherBytes - knownToDiffer);
    this.#repeatedBytes = isOther || isProbe ? 0 : outline.payloadLength - counted;
    // Messages made by hand contradict nothing: each is told for itself.
    if (isOther) this.findings &= ~Finding.OVERLAP_CONFLICT;
    if ((findings & EXPLAINED) !== 0) {
      this.circumstance = circumstanceOf(outline, findings, to, isOther || (findings & Finding.OVERLAP_CONFLICT) !== 0);
      const isNew = outline.payloadLength > 0 && from.newBytes - known === outline.payloadLength;
      if (isNew && this.circumstance === Circumstance.NONE) this.circumstance = Circumstance.NEW_BYTES;
    }
    countSegment(from, to, outline, acknowledged);
    if ((findings & (Finding.KEEP_ALIVE | Finding.KEEP_ALIVE_ACK)) !== 0) countKeepAlive(from, findings, place.number);
    followHandshake(stream, this.isFromHigher, outline, place);
    followClose(from, to, outline, place);
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
    const { sequenceNumber, payloadLength } = outline;
    const isAgain = from.nextSequence !== 0 && isBefore(sequenceNumber, from.nextSequence);
    const findings = analyzeSegment(this.#readSegment(outline, place), from, to, found, stream.roundTripTime);
    if (!outline.hasWholeHeader) return findings;
    // What a receiver throws away for its checksum is no copy of anything.
    const isBad = outline.hasOddChecksum && outline.tcpChecksum === ChecksumStatus.BAD;
    if (payloadLength === 0 || (findings & PROBES) !== 0 || isBad) return findings;
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

/** Whether there can be a tunnel around the innermost IP header: of most packets, it stands right behind Ethernet. */
function noteError(stream: TcpStream | UdpStream | undefined, place: PacketPlace): void {
  if (stream !== undefined && stream.icmpErrors++ === 0) stream.icmpErrorFrame = place.number;
}

function canBeInTunnel({ ipLayer, kinds }: PacketOutline): boolean {
  return ipLayer > 1 || (ipLayer === 1 && kinds[0] !== LayerKind.ETHERNET);
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
  let findings = o.frameCheck === ChecksumStatus.BAD ? Finding.FRAME_CHECK_BAD : 0;
  if (o.hasOddChecksum) findings |= checksumFindings(o);
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

/** The same for one that is not the innermost. */
function findFlow(table: FlowTable, o: PacketOutline, flow: Flow): number {
  const { layer, addressView, sourceAt, destinationAt, ipVersion } = flow;
  const view = viewOf(o, layer);
  const at = o.starts[layer]!;
  const destinationPort = view.getUint16(at + DESTINATION_PORT_AT);
  return table.find(addressView, sourceAt, destinationAt, ipVersion, view.getUint16(at), destinationPort);
}

/** Whether a quoted segment opens another connection than the one that was seen on the same ports. */
function isAnotherSyn(o: PacketOutline, { layer }: Flow, known: TcpSide): boolean {
  const view = viewOf(o, layer);
  const at = o.starts[layer]!;
  const isSyn = (view.getUint16(at + FLAGS_AT) & (SYN | ACK)) === SYN;
  return isSyn && known.hasBase && known.base !== view.getUint32(at + SEQUENCE_AT);
}

function flowEndPoints(o: PacketOutline, flow: Flow, isFromHigher: boolean): [EndPoint, EndPoint] {
  const { layer, addressView, sourceAt, destinationAt } = flow;
  const version = flow.ipVersion === 6 ? 6 : 4;
  const view = viewOf(o, layer);
  const at = o.starts[layer]!;
  const [source, destination] = endPoints(
    readAddress(addressView, sourceAt, version),
    view.getUint16(at),
    readAddress(addressView, destinationAt, version),
    view.getUint16(at + DESTINATION_PORT_AT),
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
  return [new EndPoint(source, sourcePort), new EndPoint(destination, destinationPort)];
}

function startOf(place: PacketPlace, isFromHigher: boolean): StreamStart {
  return { frame: place.number, seconds: place.seconds, nanoseconds: place.nanoseconds, isFromHigher };
}

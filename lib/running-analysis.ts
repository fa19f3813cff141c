/** An analysis under way: every packet of an open capture goes through the rooms, and what they know is put together. */
import { StoppedAt } from "./core/errors.ts";
import { ChangingMoment, isLater, momentOf } from "./core/time.ts";
import { Dissector } from "./dissect/dissector.ts";
import type { DnsProblem } from "./dissect/dns-check.ts";
import { protocolName } from "./dissect/outline.ts";
import { LONELY_FRAGMENTS, unreadName } from "./dissect/unread.ts";
import { ChecksumStatus, LayerKind } from "./headers/layer.ts";
import { TcpFlag } from "./headers/tcp-fields.ts";
import { NO_LINK_TYPE } from "./pcap/capture-file.ts";
import type { Capture } from "./pcap/capture-reader.ts";
import { alreadyRead } from "./pcap/given-capture.ts";
import { isReconstructed } from "./pcap/reconstruction.ts";
import type { Analysis, CaptureFacts } from "./streams/analysis.ts";
import { AnalyzedPacket } from "./streams/analyzed-packet.ts";
import type { ApplicationName } from "./streams/application-names.ts";
import { ApplicationTracker } from "./streams/application-tracker.ts";
import { ArtefactCollector } from "./streams/artefacts.ts";
import { ChecksumOffload } from "./streams/checksum-offload.ts";
import { ControlLog } from "./streams/control/control-log.ts";
import { FindingLog, type FoundPacket } from "./streams/finding-log.ts";
import { Finding } from "./streams/findings.ts";
import { FramingContext } from "./streams/framings.ts";
import type { FramingKind } from "./streams/message-framing.ts";
import { type ContentListener, StreamContents } from "./streams/stream-contents.ts";
import { StreamTracker } from "./streams/stream-tracker.ts";
import type { TcpStream, UdpStream } from "./streams/tcp-stream.ts";

/** Which packets count, and who is told of them meanwhile. */
export interface AnalyzeCaptureOptions {
  /**
   * A display filter, as text or compiled: only packets that match are told of, and only conversations and findings with such
   * packets.
   */
  readonly filter?: string | ((packet: AnalyzedPacket) => boolean) | undefined;
  /** Told of every packet that matches the filter. The object is the same each time. */
  readonly onPacket?: ((packet: AnalyzedPacket) => void) | undefined;
  /** Asked once for each TCP stream whether somebody listens to its contents. */
  readonly listenTo?: ((stream: TcpStream) => ContentListener | undefined) | undefined;
  /** Told of every datagram of a UDP stream. The memory is reused after the call. */
  readonly onDatagram?:
    | ((stream: UdpStream, payload: Uint8Array, isFromHigher: boolean, frame: number) => void)
    | undefined;
  /** How messages end. Default: as the first bytes of each direction suggest. */
  readonly framing?: FramingKind | undefined;
  /** Awaited now and then while packets are read, so that output can drain. */
  readonly onPause?: (() => Promise<void> | void) | undefined;
}

/** Does what `analyzeCapture` does for whoever writes no JSON, and need not load what does. */
export async function followStreams(capture: Capture, options: AnalyzeCaptureOptions = {}): Promise<Analysis> {
  const { filter } = options;
  const matches = typeof filter === "string" ? await compiled(filter) : filter;
  const analysis = new RunningAnalysis(capture, options, matches);
  do {
    while (capture.next()) analysis.add();
    await options.onPause?.();
  } while (await capture.more());
  if (analysis.isEmpty && capture.packet.number > 0) throw alreadyRead(capture);
  return analysis.finish();
}

/** The language of filters is loaded by who has a filter. @throws FilterError */
export async function compiled(filter: string): Promise<(packet: AnalyzedPacket) => boolean> {
  const { compileFilter } = await import("./filter/filter.ts");
  return compileFilter(filter);
}

const CONTROL_FLAGS = TcpFlag.SYN | TcpFlag.RST;

class RunningAnalysis {
  readonly #capture: Capture;
  readonly #options: Omit<AnalyzeCaptureOptions, "filter">;
  readonly #matches: ((packet: AnalyzedPacket) => boolean) | undefined;
  readonly #dissector = new Dissector();
  readonly #tracker = new StreamTracker();
  readonly #applications = new ApplicationTracker();
  readonly #artefacts = new ArtefactCollector();
  readonly #findings = new FindingLog();
  readonly #leftChecksums = new ChecksumOffload(this.#tracker);
  readonly #control = new ControlLog();
  readonly #packet: AnalyzedPacket;
  readonly #contents = new Map<TcpStream, StreamContents>();
  readonly #selected = new Set<TcpStream | UdpStream>();
  readonly #linkTypes = new Map<number, number>();
  readonly #protocols = new Map<string, number>();
  readonly #applicationCounts: ApplicationCount[] = [];
  /** The one of them that was counted last. */
  #counted: ApplicationCount | undefined;
  readonly #unread = new Map<string, number>();
  /** Packets with a fragment; those of them that are selected; and those that completed their datagram. */
  #fragments = 0;
  #selectedFragments = 0;
  #completing = 0;
  #isControl = false;
  #packets = 0;
  #selectedPackets = 0;
  #reconstructedPackets = 0;
  #capturedBytes = 0;
  #wireBytes = 0;
  #earliestMoment: ChangingMoment | undefined;
  #lastMoment: ChangingMoment | undefined;
  /** Streams whose listeners were asked for: all below this number. */
  #asked = 0;

  constructor(
    capture: Capture,
    options: Omit<AnalyzeCaptureOptions, "filter">,
    matches: ((packet: AnalyzedPacket) => boolean) | undefined,
  ) {
    this.#capture = capture;
    this.#options = options;
    this.#matches = matches;
    this.#packet = new AnalyzedPacket(capture.packet, this.#dissector.outline, this.#tracker, this.#applications);
  }

  /** Takes the packet that the capture has just read. */
  add(): void {
    const captured = this.#capture.packet;
    const outline = this.#dissector.dissect(captured);
    const tracker = this.#tracker;
    if (this.#leftChecksums.concerns(outline)) this.#leftChecksums.judge(outline);
    tracker.add(outline, captured);
    this.#applications.add(outline, tracker.stream, tracker.isFromHigher, captured.number);
    if (this.#applications.problem !== undefined) this.#noteProblem(this.#applications.problem);
    // A segment in the middle of a connection is no control message: most packets pass by here.
    this.#isControl = outline.transport !== LayerKind.TCP || (outline.flags & CONTROL_FLAGS) !== 0;
    if (this.#isControl) this.#control.add(outline, captured, tracker);
    if (this.#artefacts.add(outline, captured)) tracker.noteCopy();
    this.#count();
    if (outline.isFragment) this.#fragments++;
    else if (outline.datagramLayer !== outline.kinds.length) this.#completing++;
    if (this.#options.listenTo !== undefined) this.#tell();
    if (this.#options.onDatagram !== undefined) this.#tellOfDatagram();
    if (this.#matches === undefined || this.#matches(this.#packet)) this.#select();
  }

  get isEmpty(): boolean {
    return this.#packets === 0;
  }

  finish(): Analysis {
    for (const contents of this.#contents.values()) contents.finish();
    const wrong = this.#leftChecksums.finish();
    this.#findings.insert(wrong);
    this.#artefacts.forgetLeftChecksums(wrong);
    this.#countLonelyFragments();
    // Without a packet are streams that only an ICMP error has quoted.
    const isSelected = (stream: TcpStream | UdpStream) =>
      this.#matches === undefined ? stream.packets > 0 : this.#selected.has(stream);
    const tcpStreams = this.#tracker.tcpStreams.filter(isSelected);
    return {
      capture: this.#facts(),
      tcpStreams,
      udpStreams: this.#tracker.udpStreams.filter(isSelected),
      findings: this.#findings,
      control: this.#control.finish(),
      artefacts: this.#artefacts.finish(tcpStreams),
    };
  }

  /** A message that is put together from segments can be malformed like any other. */
  #noteProblem({ problem, at }: DnsProblem): void {
    const { outline } = this.#packet;
    outline.payloadProblem ??= new StoppedAt("BAD_FIELD", { layer: "DNS message", offset: at, problem });
    this.#tracker.findings |= Finding.MALFORMED;
  }

  #count(): void {
    const captured = this.#capture.packet;
    this.#packets++;
    this.#capturedBytes += captured.end - captured.start;
    this.#wireBytes += captured.wireLength;
    const packet = this.#packet;
    if (captured.hasTime) {
      packet.firstMoment ??= momentOf(captured);
      this.#earliestMoment ??= new ChangingMoment(captured);
      this.#lastMoment ??= new ChangingMoment(captured);
      // Packets can stand in the file in another order than that of their times.
      if (isLater(this.#earliestMoment, captured)) this.#earliestMoment.set(captured);
      if (isLater(captured, this.#lastMoment)) this.#lastMoment.set(captured);
    }
    increase(this.#protocols, captured.linkType === NO_LINK_TYPE ? "no packet" : protocolName(packet.outline));
    increase(this.#linkTypes, captured.linkType);
    if (isReconstructed(captured.comments)) this.#countReconstructed();
    const { application } = this.#applications;
    if (application !== undefined) this.#countApplication(application);
  }

  #countReconstructed(): void {
    this.#reconstructedPackets++;
    const { stream } = this.#tracker;
    if (stream !== undefined) stream.isReconstructed = true;
  }

  /** Of a selection, no more can be said than that at most so many are among its packets. */
  #countLonelyFragments(): void {
    const lonely = this.#fragments + this.#completing - this.#dissector.usedFragments;
    const count = Math.min(lonely, this.#selectedFragments);
    if (count > 0) this.#unread.set(LONELY_FRAGMENTS, count);
  }

  #countApplication(application: ApplicationName): void {
    const { transport } = this.#packet.outline;
    const { stream } = this.#tracker;
    if (stream !== undefined) stream.application = application;
    let counted = this.#counted;
    // Mostly the same as in the packet before.
    if (counted?.name !== application || counted.transport !== transport) {
      counted = this.#applicationCounts.find((other) => other.name === application && other.transport === transport);
      if (counted === undefined) {
        counted = { name: application, transport, packets: 0 };
        this.#applicationCounts.push(counted);
      }
      this.#counted = counted;
    }
    counted.packets++;
  }

  #select(): void {
    this.#selectedPackets++;
    const packet = this.#packet;
    if (this.#matches !== undefined) {
      const stream = packet.tcpStream ?? packet.udpStream;
      if (stream !== undefined) this.#selected.add(stream);
      for (const carrier of packet.carriers) this.#selected.add(carrier);
    }
    if (this.#isControl) this.#control.select();
    this.#artefacts.select(packet.frameNumber);
    if (packet.findingBits !== 0) this.#logFindings();
    if (packet.outline.isFragment) this.#selectedFragments++;
    const unread = unreadName(packet.outline, packet.captured.linkType);
    if (unread !== undefined) increase(this.#unread, unread);
    const { hasOddChecksum } = packet.outline;
    if (hasOddChecksum && packet.outline.ipv4Checksum === ChecksumStatus.PARTIAL && this.#leftChecksums.isUndecided) {
      this.#leftChecksums.keep({ ...this.#foundPacket(), findings: Finding.IP_CHECKSUM_BAD, circumstance: undefined });
    }
    this.#options.onPacket?.(packet);
  }

  #logFindings(): void {
    const { outline, findingBits } = this.#packet;
    this.#findings.add(
      this.#foundPacket(),
      (findingBits & Finding.MALFORMED) === 0
        ? undefined
        : (outline.stopped ?? outline.malformedOption ?? outline.payloadProblem),
    );
  }

  #foundPacket(): FoundPacket {
    const packet = this.#packet;
    return {
      frame: packet.frameNumber,
      findings: packet.findingBits,
      stream: packet.stream ?? -1,
      isFromHigher: packet.isFromHigher,
      sequence: packet.relativeSequence ?? 0,
      acknowledgment: packet.relativeAcknowledgment ?? 0,
      length: packet.stream === undefined ? 0 : packet.outline.payloadLength,
      window: packet.tcpStream === undefined ? 0 : packet.outline.window,
      isTcp: packet.tcpStream !== undefined,
      circumstance: packet.circumstance,
    };
  }

  /** Passes the contents of a TCP segment on to whoever listens to its stream. */
  #tell(): void {
    const { tcpStreams } = this.#tracker;
    for (; this.#asked < tcpStreams.length; this.#asked++) {
      const stream = tcpStreams[this.#asked]!;
      const listener = this.#options.listenTo?.(stream);
      if (listener === undefined) continue;
      const context = FramingContext.of(stream);
      this.#contents.set(stream, new StreamContents(listener, this.#options.framing, context));
    }
    const stream = this.#packet.tcpStream;
    if (stream === undefined) return;
    const { outline, isFromHigher, frameNumber } = this.#packet;
    this.#contents.get(stream)?.add(outline, isFromHigher, frameNumber, this.#tracker.hasOtherBytes);
  }

  #tellOfDatagram(): void {
    const { udpStream, outline, isFromHigher, frameNumber } = this.#packet;
    if (udpStream === undefined) return;
    const payload = outline.transportBytes.subarray(outline.payloadAt, outline.payloadEnd);
    this.#options.onDatagram?.(udpStream, payload, isFromHigher, frameNumber);
  }

  #facts(): CaptureFacts {
    const { name, format, isCompressed, interfaces, comments, application, warnings } = this.#capture;
    return {
      name,
      format,
      isCompressed,
      packets: this.#packets,
      selectedPackets: this.#selectedPackets,
      reconstructedPackets: this.#reconstructedPackets,
      capturedBytes: this.#capturedBytes,
      wireBytes: this.#wireBytes,
      firstMoment: this.#earliestMoment,
      lastMoment: this.#lastMoment,
      linkTypes: this.#linkTypes,
      protocols: this.#protocols,
      applications: this.#applicationCounts.map(({ name, transport, packets }) => {
        return { name, transport: transport === LayerKind.TCP ? "TCP" : "UDP", packets };
      }),
      unread: this.#unread,
      interfaces,
      comments,
      application,
      warnings,
    };
  }
}

interface ApplicationCount {
  readonly name: ApplicationName;
  /** LayerKind of TCP or UDP. */
  readonly transport: number;
  packets: number;
}

function increase<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

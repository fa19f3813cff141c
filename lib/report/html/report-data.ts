/** What the HTML report is made of, gathered while a capture is read. */
import { makeVisible } from "../../core/text.ts";
import type { Moment } from "../../core/time.ts";
import { protocolName } from "../../dissect/outline.ts";
import type { Layer } from "../../headers/layer.ts";
import type { Analysis, CaptureFacts } from "../../streams/analysis.ts";
import type { AnalyzedPacket } from "../../streams/analyzed-packet.ts";
import type { FindingKind } from "../../streams/findings.ts";
import type { ContentListener } from "../../streams/stream-contents.ts";
import type { TcpStream, UdpStream } from "../../streams/tcp-stream.ts";
import { ArrowLog, type StreamArrows } from "../arrow-log.ts";
import { viewFrame } from "../frame-view.ts";
import { MessageLog, type StreamMessages } from "../message-log.ts";
import type { AnyStream } from "../stream-selection.ts";

/** How much of a large capture is drawn; the rest is counted. A page with all of it stays below 5 MB. */
export interface ReportLimits {
  /** Frames shown byte by byte, from the first on. */
  readonly detailedFrames: number;
  /** Arrows of each conversation that its ladder draws. */
  readonly ladderArrows: number;
  /** Arrows of each conversation that its plots draw. */
  readonly plottedArrows: number;
  /** Messages of each conversation. */
  readonly messages: number;
  /** Conversations that are drawn, and as many more are told in words. Default: 20. */
  readonly conversations?: number | undefined;
}

export const USUAL_LIMITS: ReportLimits = {
  detailedFrames: 120,
  ladderArrows: 200,
  plottedArrows: 2000,
  messages: 200,
};

const ARROWS_IN_ALL = 1200;
const POINTS_IN_ALL = 8000;
const MESSAGES_IN_ALL = 1000;
const LEAST_SHARE = 20;

/** One frame with copies of its bytes. */
export interface DetailedFrame {
  readonly frame: number;
  readonly protocol: string;
  readonly stream: AnyStream | undefined;
  /** Relative to the first packet of the capture. */
  readonly elapsed: Moment | undefined;
  readonly moment: Moment | undefined;
  readonly wireLength: number;
  /** As captured. Fields in the memory "frame" count from its first byte. */
  readonly bytes: Uint8Array;
  /** The datagram that the frame completed, for fields in the memory "datagram". */
  readonly datagram: Uint8Array | undefined;
  readonly layers: readonly Layer[];
  readonly findings: readonly FindingKind[];
  readonly comments: readonly string[];
}

export interface ReportData {
  readonly analysis: Analysis;
  readonly limits: ReportLimits;
  /** Of the first packet that was shown to the report. */
  readonly start: Moment | undefined;
  readonly arrows: readonly StreamArrows[];
  readonly messages: readonly StreamMessages[];
  readonly frames: readonly DetailedFrame[];
  /** Conversations of which nothing is drawn. */
  readonly hiddenStreams: number;
  /** Packets that belong to no conversation. */
  readonly otherPackets: number;
}

/** The options of `analyze` by which a report learns what there is. */
export type ReportListeners = Pick<ReportCollector, "onPacket" | "listenTo" | "onDatagram">;

/** Listens to an analysis. */
export class ReportCollector {
  readonly #limits: ReportLimits;
  readonly #arrows: ArrowLog;
  readonly #messages: MessageLog;
  readonly #frames: DetailedFrame[] = [];

  constructor(limits: ReportLimits = USUAL_LIMITS) {
    this.#limits = limits;
    this.#arrows = new ArrowLog({ most: limits.plottedArrows, mostStreams: limits.conversations });
    this.#messages = new MessageLog(limits.messages);
  }

  readonly onPacket = (packet: AnalyzedPacket): void => {
    this.#arrows.add(packet);
    if (this.#frames.length < this.#limits.detailedFrames) this.#frames.push(copyFrame(packet));
  };

  readonly listenTo = (stream: TcpStream): ContentListener => ({
    message: (message) => this.#messages.add(stream, message),
  });

  readonly onDatagram = (stream: UdpStream, payload: Uint8Array, isFromHigher: boolean, frame: number): void => {
    this.#messages.addDatagram(stream, payload, isFromHigher, frame);
  };

  finish(analysis: Analysis): ReportData {
    this.#arrows.choose(analysis.findings);
    const { length } = this.#arrows.streams;
    const drawn = new Set(this.#arrows.streams.map(({ stream }) => stream));
    return {
      analysis: { ...analysis, capture: withoutFolders(analysis.capture) },
      limits: shared(this.#limits, length),
      start: this.#arrows.start,
      arrows: this.#arrows.streams,
      messages: this.#messages.streams.filter(({ stream }) => drawn.has(stream)),
      frames: this.#frames,
      hiddenStreams: this.#arrows.hiddenStreams,
      otherPackets: this.#arrows.others,
    };
  }
}

/** Where a file lies is nobody's business but its owner's, and the page is the same wherever the capture is. */
function withoutFolders(capture: CaptureFacts): CaptureFacts {
  const { name, warnings } = capture;
  const last = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  const [long, short] = [makeVisible(name), makeVisible(last)];
  return { ...capture, name: last, warnings: warnings.map((warning) => warning.replaceAll(long, short)) };
}

/** Many conversations share the room that the page has for all of them. */
function shared(limits: ReportLimits, conversations: number): ReportLimits {
  const share = (most: number, inAll: number) =>
    Math.min(most, Math.max(LEAST_SHARE, Math.floor(inAll / conversations)));
  return {
    ...limits,
    ladderArrows: share(limits.ladderArrows, ARROWS_IN_ALL),
    plottedArrows: share(limits.plottedArrows, POINTS_IN_ALL),
    messages: share(limits.messages, MESSAGES_IN_ALL),
  };
}

function copyFrame(packet: AnalyzedPacket): DetailedFrame {
  const view = viewFrame(packet);
  const { outline } = packet;
  const hasDatagram = view.layers.some(({ memory }) => memory === "datagram");
  return {
    frame: view.frame,
    protocol: protocolName(outline),
    stream: packet.tcpStream ?? packet.udpStream,
    elapsed: view.elapsed,
    moment: view.moment,
    wireLength: outline.wireLength,
    bytes: outline.bytes.slice(outline.start, outline.end),
    datagram: hasDatagram ? outline.datagram.slice() : undefined,
    layers: view.layers.map((layer) => (layer.memory === "frame" ? movedLayer(layer, -outline.start) : layer)),
    findings: view.findings,
    comments: view.comments,
  };
}

function movedLayer(layer: Layer, by: number): Layer {
  return { ...layer, start: layer.start + by, fields: layer.fields.map((field) => movedField(field, by)) };
}

type Field = Layer["fields"][number];

function movedField(field: Field, by: number): Field {
  const moved = { ...field, start: field.start + by };
  return field.children === undefined
    ? moved
    : { ...moved, children: field.children.map((child) => movedField(child, by)) };
}

/** The packets of streams as arrows between two sides, kept for the views that draw them when the capture has ended. */
import { type Moment, momentOf } from "../core/time.ts";
import { formatTcpFlags, TcpFlag } from "../headers/tcp-fields.ts";
import type { AnalyzedPacket } from "../streams/analyzed-packet.ts";
import type { FindingLog } from "../streams/finding-log.ts";
import { Circumstance, FINDING_KINDS, type FindingKind } from "../streams/findings.ts";
import { type AnyStream, hasTalked, isChosen, type StreamChoice, tellingStreams } from "./stream-selection.ts";

/** One packet of a stream. */
export interface Arrow {
  readonly frame: number;
  readonly moment: Moment;
  readonly isFromHigher: boolean;
  /** Bits of `TcpFlag`; undefined in a UDP stream. */
  readonly flags: number | undefined;
  /** Whether AE, CWR and ECE are one counter, in a segment that is no SYN. */
  readonly isAccurateEcn?: boolean;
  /** Relative to the first of their side. */
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly length: number;
  /** Bits of `Finding`. */
  readonly findings: number;
  /** What the packets around it add to them; left out where they add nothing. */
  readonly circumstance?: Circumstance;
}

/** The arrows of one stream: those that are shown, and how many there are. */
export interface StreamArrows {
  readonly stream: AnyStream;
  readonly arrows: Arrow[];
  total: number;
}

export interface ArrowLogOptions {
  /** The stream that is wanted. Default: all of them. */
  readonly stream?: StreamChoice | undefined;
  /** Arrows that are kept of a stream; 0: all. */
  readonly most: number;
  /** Streams of which arrows are kept. Default: 20. Without a limit for arrows, there is none for streams. */
  readonly mostStreams?: number | undefined;
}

/** Arrows are drawn of so many streams, unless all arrows are wanted; of the others there is only the number. */
export const USUAL_STREAMS = 20;
/** Only the end shows which streams are worth drawing: until then, arrows are kept of so many for each that is drawn. */
const CANDIDATES = 10;

/** Nanoseconds without a packet that are longer than any acknowledgement is delayed: nothing was going on. */
export const IDLE_NANOSECONDS = 500_000_000;

export class ArrowLog {
  readonly #options: ArrowLogOptions;
  readonly #streams = new Map<AnyStream, StreamArrows>();
  readonly #hidden = new Set<AnyStream>();
  /** Whether all streams of which arrows are kept have said something, so that none makes room for another. */
  #isFull = false;
  /** Packets that belong to no stream. */
  others = 0;
  /** Of the first packet that was shown to the log. */
  start: Moment | undefined = undefined;

  constructor(options: ArrowLogOptions) {
    this.#options = options;
  }

  /** By the frame that each began with. */
  get streams(): StreamArrows[] {
    return [...this.#streams.values()];
  }

  /** How many streams have packets of which nothing is kept. */
  get hiddenStreams(): number {
    return this.#hidden.size;
  }

  add(packet: AnalyzedPacket): void {
    this.start ??= packet.firstMoment;
    const stream = packet.tcpStream ?? packet.udpStream;
    if (stream === undefined) {
      this.others++;
      return;
    }
    const entry = this.#entryOf(stream);
    if (entry === undefined) return;
    entry.total++;
    const { most } = this.#options;
    if (most === 0 || entry.arrows.length < most) entry.arrows.push(arrowOf(packet));
  }

  /**
   * Keeps those streams that tell most, as many as are drawn. To be called when the capture has ended.
   *
   * @param findings of the packets that the report is about
   */
  choose(findings: FindingLog): void {
    const { most, mostStreams = USUAL_STREAMS } = this.#options;
    if (most === 0) return;
    const chosen = new Set(tellingStreams([...this.#streams.keys()], findings, mostStreams));
    for (const stream of this.#streams.keys()) if (!chosen.has(stream)) this.#hide(stream);
  }

  /** Gives up the first stream that has said nothing so far. @returns whether there was one */
  #makeRoom(): boolean {
    if (this.#isFull) return false;
    for (const stream of this.#streams.keys()) {
      if (hasTalked(stream)) continue;
      this.#hide(stream);
      return true;
    }
    this.#isFull = true;
    return false;
  }

  #hide(stream: AnyStream): void {
    this.#streams.delete(stream);
    this.#hidden.add(stream);
  }

  #entryOf(stream: AnyStream): StreamArrows | undefined {
    const { stream: wanted, most, mostStreams = USUAL_STREAMS } = this.#options;
    if (!isChosen(wanted, stream)) return undefined;
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    if (this.#hidden.has(stream)) return undefined;
    if (most !== 0 && this.#streams.size >= CANDIDATES * mostStreams && !this.#makeRoom()) {
      this.#hidden.add(stream);
      return undefined;
    }
    const entry: StreamArrows = { stream, arrows: [], total: 0 };
    this.#streams.set(stream, entry);
    return entry;
  }
}

export function arrowOf(packet: AnalyzedPacket): Arrow {
  const { outline } = packet;
  return {
    frame: packet.frameNumber,
    moment: momentOf(packet),
    isFromHigher: packet.isFromHigher,
    flags: packet.tcpStream !== undefined ? outline.flags : undefined,
    ...(packet.hasAccurateEcn && { isAccurateEcn: true }),
    sequence: packet.relativeSequence ?? 0,
    acknowledgment: packet.relativeAcknowledgment ?? 0,
    length: outline.payloadLength,
    findings: packet.findingBits,
    ...(packet.circumstance !== Circumstance.NONE && { circumstance: packet.circumstance }),
  };
}

export function findingsOf({ findings }: Arrow): FindingKind[] {
  return FINDING_KINDS.filter(({ bit }) => (findings & bit) !== 0);
}

/** "PSH, ACK Seq=1 Ack=1 Len=448" */
export function arrowLabel({ flags, isAccurateEcn, sequence, acknowledgment, length }: Arrow): string {
  if (flags === undefined) return `Len=${length}`;
  const acknowledged = (flags & TcpFlag.ACK) === 0 ? "" : ` Ack=${acknowledgment}`;
  return `${formatTcpFlags(flags, isAccurateEcn)} Seq=${sequence}${acknowledged} Len=${length}`;
}

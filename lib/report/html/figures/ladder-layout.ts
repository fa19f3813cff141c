/**
 * Where the arrows of a ladder stand: rows in parts of at most a page each, and where on its slope the time of an arrow holds.
 * Knows nothing of drawing.
 */
import { nanosecondsBetween } from "../../../core/time.ts";
import type { FindingKind } from "../../../streams/findings.ts";
import { Finding } from "../../../streams/findings.ts";
import { type Arrow, findingsOf, IDLE_NANOSECONDS } from "../../arrow-log.ts";
import { formatDuration, ofNanoseconds } from "../../moments.ts";
import type { AnyStream } from "../../stream-selection.ts";
import { marksOf } from "./arrow-shape.ts";
import { FIGURE_HEIGHT } from "./figure.ts";

export type Phase = "opening" | "data" | "closing";

export interface LadderRow {
  readonly arrow: Arrow;
  /** Where its time stands. */
  readonly y: number;
  readonly findings: readonly FindingKind[];
}

/** Time that was left out, or that ran backwards. */
export interface LadderFold {
  readonly text: string;
  readonly y: number;
}

export interface LadderBand {
  readonly phase: Phase;
  readonly isContinued: boolean;
  readonly top: number;
  bottom: number;
}

export interface LadderPart {
  readonly rows: LadderRow[];
  readonly folds: LadderFold[];
  readonly bands: LadderBand[];
  height: number;
}

/** Room for the names of the two sides. */
export const HEAD_HEIGHT = 56;
/** From one row to the next, at the least: a line of text and a sloping arrow. */
export const LEAST_ROW = 28;
export const FINDING_HEIGHT = 13;
export const FOLD_HEIGHT = 30;
export const BAND_HEAD = 18;
const BELOW = 10;
const ABOVE = LEAST_ROW - BELOW;
const FOOT = 10;
const MORE_HEIGHT = 26;
/** The longest time that is not folded takes so much. */
const LONGEST_GAP = 84;
/** Even between packets close together, a shorter time than this is no pause. */
const LEAST_PAUSE = 10_000_000;

export function layLadder(stream: AnyStream, arrows: readonly Arrow[], left: number): LadderPart[] {
  const layout = new LadderLayout(arrows);
  let before: Arrow | undefined;
  for (const arrow of arrows) {
    layout.add(arrow, before, phaseOf(arrow, stream));
    before = arrow;
  }
  return layout.finish(left > 0);
}

/** Undefined in a stream of datagrams, which is neither opened nor closed. */
export function phaseOf(arrow: Arrow, stream: AnyStream): Phase | undefined {
  if (stream.protocol !== "TCP") return undefined;
  const { frame } = arrow;
  const { fromClient, fromServer, synFrame, synAckFrame, handshakeAckFrame } = stream;
  const ends = [fromClient.finFrame, fromServer.finFrame, fromClient.resetFrame, fromServer.resetFrame];
  if (ends.some((end) => end !== 0 && frame >= end)) return "closing";
  // A SYN that is sent again still asks for the opening.
  const isOpening = marksOf(arrow).isSyn || frame <= Math.max(synFrame, synAckFrame, handshakeAckFrame);
  return isOpening ? "opening" : "data";
}

class LadderLayout {
  readonly #parts: LadderPart[] = [];
  readonly #pause: number;
  /** Units for a nanosecond. */
  readonly #scale: number;
  #part: LadderPart;
  /** The lower end of what stands there already. */
  #bottom = HEAD_HEIGHT;
  #phase: Phase | undefined;

  constructor(arrows: readonly Arrow[]) {
    const gaps = arrows.slice(1).map((arrow, index) => nanosecondsBetween(arrows[index]!.moment, arrow.moment));
    const usual = median(gaps.filter((gap) => gap > 0));
    this.#pause = Math.min(IDLE_NANOSECONDS, Math.max(LEAST_PAUSE, 20 * usual));
    const longest = gaps.reduce((most, gap) => (gap < this.#pause ? Math.max(most, gap) : most), 0);
    this.#scale = longest > 0 ? Math.min(LONGEST_GAP / longest, LEAST_ROW / usual) : 0;
    this.#part = this.#newPart();
  }

  add(arrow: Arrow, before: Arrow | undefined, phase: Phase | undefined): void {
    const findings = findingsOf(arrow);
    const gap = before === undefined ? 0 : nanosecondsBetween(before.moment, arrow.moment);
    const fold = this.#foldOf(gap);
    const below = BELOW + FINDING_HEIGHT * findings.length;
    const isNewPhase = phase !== this.#phase;
    const needed = (fold === "" ? 0 : FOLD_HEIGHT) + (isNewPhase ? BAND_HEAD : 0) + ABOVE + below + FOOT;
    const isFull = this.#part.rows.length > 0 && this.#bottom + needed + MORE_HEIGHT > FIGURE_HEIGHT;
    if (isFull) this.#part = this.#newPart();
    if (fold !== "") this.#addFold(fold);
    if (phase !== undefined && (isNewPhase || isFull)) this.#addBand(phase, !isNewPhase);
    this.#phase = phase;
    const y = isFull || fold !== "" ? this.#bottom + ABOVE : this.#levelAfter(gap, below);
    this.#part.rows.push({ arrow, y, findings });
    this.#reach(y + below);
  }

  finish(hasMore: boolean): LadderPart[] {
    if (hasMore) this.#reach(this.#bottom + MORE_HEIGHT);
    return this.#parts;
  }

  /** As long after the row before as the time says, where there is room for that. */
  #levelAfter(gap: number, below: number): number {
    const before = this.#part.rows.at(-1)?.y ?? 0;
    const least = this.#bottom + ABOVE;
    const level = Math.max(least, before + gap * this.#scale);
    return Math.round(level + below + FOOT + MORE_HEIGHT > FIGURE_HEIGHT ? least : level);
  }

  #foldOf(gap: number): string {
    if (gap < 0) return `the clock goes back by ${formatDuration(ofNanoseconds(-gap))}`;
    return gap >= this.#pause ? `${formatDuration(ofNanoseconds(gap))} without a packet` : "";
  }

  #addFold(text: string): void {
    this.#part.folds.push({ text, y: Math.round(this.#bottom + FOLD_HEIGHT / 2) });
    this.#reach(this.#bottom + FOLD_HEIGHT);
  }

  #addBand(phase: Phase, isContinued: boolean): void {
    this.#part.bands.push({ phase, isContinued, top: this.#bottom, bottom: this.#bottom });
    this.#reach(this.#bottom + BAND_HEAD);
  }

  #reach(bottom: number): void {
    this.#bottom = Math.round(bottom);
    this.#part.height = Math.round(bottom + FOOT);
    const band = this.#part.bands.at(-1);
    if (band !== undefined) band.bottom = this.#bottom;
  }

  #newPart(): LadderPart {
    const part: LadderPart = { rows: [], folds: [], bands: [], height: HEAD_HEIGHT + FOOT };
    this.#parts.push(part);
    this.#bottom = HEAD_HEIGHT;
    return part;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Where along the way between the two sides a capture was taken, as the handshake shows it. */
export type CapturePoint = "client" | "server" | "between" | "unknown";

/** Of the round trip, at most so much passes on the side where the capture is taken. */
const NEAR = 0.2;

/**
 * From the SYN/ACK to the client's answer a packet goes to the client and back; the rest of the round trip passes on the
 * way to the server and back.
 */
export function capturePointOf(stream: AnyStream, arrows: readonly Arrow[]): CapturePoint {
  if (stream.protocol !== "TCP" || stream.handshake !== "complete" || stream.roundTripTime <= 0) return "unknown";
  // Times that were made up tell nothing.
  if (stream.isReconstructed) return "unknown";
  const answer = arrows.find(({ frame }) => frame === stream.synAckFrame);
  const end = arrows.find(({ frame }) => frame === stream.handshakeAckFrame);
  if (answer === undefined || end === undefined) return "unknown";
  // Nobody knows which of several copies was answered.
  if (arrows.some((arrow) => marksOf(arrow).isSyn && (arrow.findings & Finding.RETRANSMISSION) !== 0)) return "unknown";
  const share = nanosecondsBetween(answer.moment, end.moment) / stream.roundTripTime;
  if (share < 0 || share > 1) return "unknown";
  if (share <= NEAR) return "client";
  return share >= 1 - NEAR ? "server" : "between";
}

/** How much of the slope lies above the place where the time of the packet holds. */
export function shareBefore(point: CapturePoint, isFromClientSide: boolean): number {
  if (point === "client") return isFromClientSide ? 0 : 1;
  if (point === "server") return isFromClientSide ? 1 : 0;
  return 0.5;
}

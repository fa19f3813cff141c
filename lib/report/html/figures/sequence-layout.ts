/**
 * Where the segments of one direction stand in a plot of sequence numbers over time, and how far the other side had
 * acknowledged them. Knows nothing of drawing.
 */
import { addSequence, sequenceDifference } from "../../../core/sequence.ts";
import { nanosecondsBetween } from "../../../core/time.ts";
import { TcpFlag } from "../../../headers/tcp-fields.ts";
import { PROBES } from "../../../streams/findings.ts";
import type { Arrow } from "../../arrow-log.ts";
import { marksOf } from "./arrow-shape.ts";
import { place } from "./figure.ts";
import { onScale, PLOT, type Scale } from "./plot-axes.ts";

export type PlotKind = "data" | "again" | "disorder" | "SYN" | "FIN" | "RST";

/** A segment; or several of a kind that would stand on the same spot. */
export interface PlotMark {
  readonly kind: PlotKind;
  readonly firstFrame: number;
  lastFrame: number;
  segments: number;
  readonly first: Arrow;
  /** Sequence numbers: of the first byte, and behind the last. */
  from: number;
  to: number;
  readonly x: number;
  top: number;
  bottom: number;
}

/** An acknowledgement of the other side. */
export interface PlotStep {
  readonly arrow: Arrow;
  readonly acknowledged: number;
  readonly x: number;
  readonly y: number;
}

export interface SequencePlot {
  readonly marks: readonly PlotMark[];
  readonly steps: readonly PlotStep[];
  readonly time: Scale;
  readonly sequence: Scale;
}

/** Sequence numbers without the wrap at 2^32: each is taken to be as near to the one before as it can be. */
class UnwrappedSequence {
  #last = 0;

  next(relative: number): number {
    this.#last += sequenceDifference(relative, addSequence(this.#last, 0));
    return this.#last;
  }
}

interface Segment {
  readonly arrow: Arrow;
  readonly from: number;
  readonly to: number;
}

/** @param zero the packet whose time counts as `offset` milliseconds */
export function laySequencePlot(
  arrows: readonly Arrow[],
  isFromHigher: boolean,
  zero: Arrow,
  offset: number,
): SequencePlot | undefined {
  const segments = segmentsOf(arrows, isFromHigher);
  if (!segments.some(({ from, to, arrow }) => to > from && arrow.length > 0)) return undefined;
  const timeAt = (arrow: Arrow) => offset + nanosecondsBetween(zero.moment, arrow.moment) / 1e6;
  const time = timeScale(arrows.map(timeAt));
  const sequence = sequenceScale(segments);
  const steps = stepsOf(arrows, !isFromHigher, (arrow, acknowledged) => ({
    arrow,
    acknowledged,
    x: onScale(time, timeAt(arrow)),
    y: onScale(sequence, acknowledged),
  }));
  return { marks: marksAt(segments, (arrow) => onScale(time, timeAt(arrow)), sequence), steps, time, sequence };
}

function segmentsOf(arrows: readonly Arrow[], isFromHigher: boolean): Segment[] {
  const numbers = new UnwrappedSequence();
  const segments: Segment[] = [];
  for (const arrow of arrows) {
    if (arrow.isFromHigher !== isFromHigher) continue;
    const from = numbers.next(arrow.sequence);
    const { hasData, isSyn, isFin, isReset } = marksOf(arrow);
    const isData = hasData && !isProbe(arrow);
    if (isData || isSyn || isFin || isReset) segments.push({ arrow, from, to: from + arrow.length });
  }
  return segments;
}

/** The byte of a keep-alive or of a probe is no data. */
function isProbe({ length, findings }: Arrow): boolean {
  return length === 1 && (findings & PROBES) !== 0;
}

function timeScale(times: readonly number[]): Scale {
  const [from, to] = rangeOf(times);
  // At one moment alone there is nothing to scale; a millisecond on either side gives it a place in the middle.
  const pad = to > from ? (to - from) * 0.02 : Math.max(1, Math.abs(from) * 1e-6);
  return { from: from - pad, to: to + pad, start: PLOT.left, end: PLOT.right };
}

/** By what carries data: a reset with a number from nowhere shall not flatten the rest, and stands at the edge. */
function sequenceScale(segments: readonly Segment[]): Scale {
  const [from, to] = rangeOf(segments.filter(({ arrow }) => arrow.length > 0).flatMap(({ from, to }) => [from, to]));
  const least = from > 0 && from < (to - from) / 2 ? 0 : from;
  const pad = Math.max(1, (to - least) * 0.04);
  return { from: least - pad, to: to + pad, start: PLOT.bottom, end: PLOT.top };
}

function rangeOf(values: readonly number[]): [from: number, to: number] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  return from <= to ? [from, to] : [0, 0];
}

function marksAt(segments: readonly Segment[], xOf: (arrow: Arrow) => number, scale: Scale): PlotMark[] {
  const marks: PlotMark[] = [];
  const latest = new Map<string, PlotMark>();
  for (const { arrow, from, to } of segments) {
    const x = xOf(arrow);
    const [top, bottom] = [onScale(scale, to), onScale(scale, from)];
    for (const kind of kindsOf(arrow)) {
      const key = `${kind} ${Math.round(x)}`;
      const before = latest.get(key);
      if (before !== undefined && top <= before.bottom + 1 && bottom >= before.top - 1) {
        widen(before, arrow, from, to, top, bottom);
        continue;
      }
      const place = { firstFrame: arrow.frame, lastFrame: arrow.frame, segments: 1, first: arrow, from, to };
      const mark: PlotMark = { kind, ...place, x, top, bottom };
      latest.set(key, mark);
      marks.push(mark);
    }
  }
  return marks;
}

function widen(mark: PlotMark, { frame }: Arrow, from: number, to: number, top: number, bottom: number): void {
  mark.lastFrame = frame;
  mark.segments++;
  mark.from = Math.min(mark.from, from);
  mark.to = Math.max(mark.to, to);
  mark.top = place(Math.min(mark.top, top));
  mark.bottom = place(Math.max(mark.bottom, bottom));
}

/** A segment can be data and the end at once. */
function kindsOf(arrow: Arrow): PlotKind[] {
  const { hasData, isSyn, isFin, isReset, isSentAgain, isOutOfOrder } = marksOf(arrow);
  const kinds: PlotKind[] = [];
  if (isSentAgain) kinds.push("again");
  else if (isOutOfOrder) kinds.push("disorder");
  else if (hasData) kinds.push("data");
  if (isSyn) kinds.push("SYN");
  if (isFin) kinds.push("FIN");
  if (isReset) kinds.push("RST");
  return kinds;
}

/** Only those that move the line: the rest of them say the same again. */
function stepsOf(
  arrows: readonly Arrow[],
  isFromHigher: boolean,
  stepOf: (arrow: Arrow, acknowledged: number) => PlotStep,
): PlotStep[] {
  const numbers = new UnwrappedSequence();
  const steps: PlotStep[] = [];
  for (const arrow of arrows) {
    const { flags = 0, acknowledgment } = arrow;
    if (arrow.isFromHigher !== isFromHigher || (flags & TcpFlag.ACK) === 0) continue;
    const step = stepOf(arrow, numbers.next(acknowledgment));
    const before = steps.at(-1);
    if (before?.acknowledged === step.acknowledged) continue;
    if (before !== undefined && Math.round(before.x) === Math.round(step.x)) steps.pop();
    steps.push(step);
  }
  return steps;
}

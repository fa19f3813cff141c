/** The axes of a plot: scales, and round numbers on them. */
import { count } from "../../wording.ts";
import { type Html, html } from "../escape.ts";
import { clamp, place } from "./figure.ts";

/** Where the axes stand in the drawing. */
export const PLOT = { left: 116, right: 700, top: 24, bottom: 270 } as const;

/** From a range of values to a range of places. Values outside are drawn at its edge. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

export function onScale({ from, to, start, end }: Scale, value: number): number {
  const share = to > from ? (clamp(value, from, to) - from) / (to - from) : 0.5;
  return place(start + share * (end - start));
}

/** 1, 2 or 5 times a power of ten: at most `most` steps of it lie in a range of this length. */
export function niceStep(length: number, most: number): number {
  const rough = length / most;
  if (!(rough > 0) || !Number.isFinite(rough)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((candidate) => candidate * power >= rough) ?? 10;
  return factor * power;
}

/** The multiples of a step in a range. Of a range too fine for its numbers, only those that differ. */
export function ticksOf(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step);
  const length = Math.floor(to / step) - first + 1;
  const ticks = Array.from({ length: clamp(length, 0, 20) || 0 }, (_, index) => (first + index) * step);
  return [...new Set(ticks)];
}

/** Digits behind the point that a multiple of this step needs. */
function digitsOf(step: number): number {
  return clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 6);
}

const MOST_TIMES = 8;
const MOST_NUMBERS = 8;
/** From so many milliseconds on, the axis is in seconds. */
const LONG = 10_000;

export function axesOf(time: Scale, sequence: Scale, name: string): Html {
  const { left, right, top, bottom } = PLOT;
  const middle = (top + bottom) / 2;
  const isLong = time.to - time.from >= LONG;
  return html`${timeTicks(time, isLong ? 1000 : 1)}${numberTicks(sequence)}<path class="fig-axis" d="M${left} ${top}V${bottom}H${right}"/><text class="fig-m" x="${(left + right) / 2}" y="${bottom + 36}">time since the capture began (${isLong ? "s" : "ms"})</text><text class="fig-m" transform="translate(13 ${middle}) rotate(-90)">${name}</text>`;
}

function timeTicks({ from, to, start, end }: Scale, unit: number): Html[] {
  const scale = { from: from / unit, to: to / unit, start, end };
  const step = niceStep(scale.to - scale.from, MOST_TIMES);
  const digits = digitsOf(step);
  return ticksOf(scale.from, scale.to, step).map((value) => {
    const x = onScale(scale, value);
    return html`<path class="fig-grid" d="M${x} ${PLOT.top}V${PLOT.bottom}"/><text class="fig-m" x="${x}" y="${PLOT.bottom + 16}">${fixed(value, digits)}</text>`;
  });
}

function numberTicks(scale: Scale): Html[] {
  const step = Math.max(1, niceStep(scale.to - scale.from, MOST_NUMBERS));
  return ticksOf(scale.from, scale.to, step).map((value) => {
    const y = onScale(scale, value);
    return html`<path class="fig-grid" d="M${PLOT.left} ${y}H${PLOT.right}"/><text class="fig-r" x="${PLOT.left - 8}" y="${y + 4}">${count(value)}</text>`;
  });
}

/** Minus zero is a zero that rounding left behind. */
function fixed(value: number, digits: number): string {
  const text = Math.abs(value) < 1e21 ? value.toFixed(digits) : String(value);
  return /^-0(?:\.0*)?$/.test(text) ? text.slice(1) : text;
}

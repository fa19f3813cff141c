/** Numbers for drawings. */

/** Width of every drawing, in units of which A4 paper takes about four to a millimetre. */
export const FIGURE_WIDTH = 720;
/** A drawing that is higher would not fit on a page of paper. */
export const FIGURE_HEIGHT = 900;

/** Tenths of a unit are finer than anybody sees, and short to write. What is no number is drawn at the edge. */
export function place(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 10) / 10 : 0;
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

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
export function digitsOf(step: number): number {
  return clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 6);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

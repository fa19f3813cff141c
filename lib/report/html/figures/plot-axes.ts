/** The axes of a plot, with round numbers. */
import { count } from "../../wording.ts";
import { type Html, html } from "../escape.ts";
import { PLOT } from "./sequence-layout.ts";
import { digitsOf, niceStep, onScale, type Scale, ticksOf } from "./svg.ts";

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

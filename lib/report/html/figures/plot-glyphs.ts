/** The marks of a plot of sequence numbers. Each kind has a shape of its own, and those that are rare have a name. */
import { type Html, html } from "../escape.ts";
import { clamp, place } from "./figure.ts";
import { PLOT } from "./plot-axes.ts";
import type { PlotKind, PlotMark, SequencePlot } from "./sequence-layout.ts";

/** A bar of a few bytes in a plot of many would not be seen. */
const LEAST_BAR = 3;
/** Marks that tell what they are when a pointer rests on them. */
const MOST_TITLES = 100;
const LABEL_WIDTH = 26;
const LABEL_HEIGHT = 12;
/** So close to one another, marks of a kind share a name. */
const NEAR_X = 80;
const NEAR_Y = 50;
const LEGEND_STEP = 102;
const LEGEND_STEPS_WIDTH = 150;

const LEGEND: readonly (readonly [kind: PlotKind, text: string])[] = [
  ["data", "data"],
  ["again", "sent again"],
  ["disorder", "out of order"],
  ["SYN", "SYN"],
  ["FIN", "FIN"],
  ["RST", "RST"],
];

/** Of very many marks, those of plain data are one shape: what each of them is, the table says. */
export function glyphsOf(marks: readonly PlotMark[]): Html[] {
  if (marks.length <= MOST_TITLES) return marks.map(glyphOf);
  const data = marks.filter(({ kind }) => kind === "data").map(pathOf);
  const others = marks.filter(({ kind }) => kind !== "data").map(glyphOf);
  return [html`<path class="fig-p-data" d="${data.join("")}"/>`, ...others];
}

function glyphOf(mark: PlotMark): Html {
  return html`<path class="fig-p-${mark.kind}" d="${pathOf(mark)}"><title>${titleOf(mark)}</title></path>
`;
}

function titleOf({ kind, firstFrame, lastFrame, segments, from, to }: PlotMark): string {
  const frames = segments === 1 ? `${firstFrame}` : `${firstFrame}–${lastFrame} (${segments})`;
  const numbers = to > from ? `${from}–${to}` : `${from}`;
  return `${kind === "data" ? "" : `${NAMES[kind]}, `}frame ${frames}: ${numbers}`;
}

const NAMES: Readonly<Record<PlotKind, string>> = Object.fromEntries(LEGEND) as Record<PlotKind, string>;

function pathOf({ kind, x, top, bottom }: Pick<PlotMark, "kind" | "x" | "top" | "bottom">): string {
  const height = place(Math.max(LEAST_BAR, bottom - top));
  const middle = place((top + bottom) / 2);
  const bar = `M${x} ${bottom}v${-height}`;
  switch (kind) {
    case "data":
      return bar;
    case "again":
      return `${bar}M${place(x - 5)} ${middle}l5-5 5 5-5 5z`;
    case "disorder":
      return `${bar}M${place(x - 4)} ${middle}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z`;
    case "SYN":
      return `M${place(x - 5)} ${place(bottom + 4)}h10l-5-9z`;
    case "FIN":
      return `M${place(x - 4)} ${place(top - 4)}h8v8h-8z`;
    default:
      return `M${place(x - 5)} ${place(bottom - 5)}l10 10m0-10l-10 10`;
  }
}

/** SYN, FIN and RST by name: where no other name stands yet, and not again beside the same name. */
export function labelsOf(marks: readonly PlotMark[]): Html[] {
  const taken: Label[] = [];
  for (const { kind, x, top } of marks) {
    if (kind !== "SYN" && kind !== "FIN" && kind !== "RST") continue;
    if (taken.some((label) => label.kind === kind && isNear(label, x, top))) continue;
    const spot = spotsAround(x, top).find(([left, y]) => !taken.some((other) => overlaps(other, left, y)));
    if (spot !== undefined) taken.push({ kind, left: spot[0], y: spot[1] });
  }
  return taken.map(({ kind, left, y }) => html`<text class="fig-name" x="${left}" y="${y}">${kind}</text>`);
}

interface Label {
  readonly kind: PlotKind;
  readonly left: number;
  readonly y: number;
}

function isNear({ left, y }: Label, x: number, top: number): boolean {
  return Math.abs(left - x) < NEAR_X && Math.abs(y - top) < NEAR_Y;
}

/** Left end and base line of a name: beside the mark, then above and below that. */
function spotsAround(x: number, y: number): [x: number, y: number][] {
  const left = x + 9 + LABEL_WIDTH > PLOT.right ? x - 9 - LABEL_WIDTH : x + 9;
  return [4, -8, 16, -20, 28].map((down) => [place(left), place(clamp(y + down, PLOT.top - 8, PLOT.bottom + 2))]);
}

function overlaps(label: Label, left: number, y: number): boolean {
  return Math.abs(label.left - left) < LABEL_WIDTH && Math.abs(label.y - y) < LABEL_HEIGHT;
}

/** The kinds that occur, and the line of the other side. */
export function plotLegend(
  { marks, steps }: SequencePlot,
  own: string,
  others: string,
  other: string,
  y: number,
): Html {
  const kinds = LEGEND.filter(([kind]) => marks.some((mark) => mark.kind === kind));
  const entries = kinds.map(([kind, text], index) => {
    const x = LEGEND_STEPS_WIDTH + 20 + index * LEGEND_STEP * (kinds.length > 5 ? 0.88 : 1);
    const isPoint = kind === "SYN" || kind === "FIN" || kind === "RST";
    const [top, bottom] = isPoint ? [y, y] : [y - 7, y + 7];
    return html`<g class="fig-${own}"><path class="fig-p-${kind}" d="${pathOf({ kind, x: place(x), top, bottom })}"/></g><text x="${place(x + 11)}" y="${y + 4}">${text}</text>`;
  });
  const line = html`<path class="fig-step fig-${others}" d="M8 ${y + 5}h9v-10h9"/><text x="34" y="${y + 4}">ACKs of the ${other}</text>`;
  return html`<g class="fig-legend">${steps.length > 0 ? line : undefined}${entries}</g>`;
}

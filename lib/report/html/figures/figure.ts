/** What every figure has: its size on paper, a caption, drawings with a title, and the same facts as a table. */
import { type Html, html } from "../escape.ts";
import { scrollRegion } from "../landmarks.ts";

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

export interface Drawing {
  readonly title: string;
  readonly description: string;
  readonly height: number;
  readonly content: Html;
}

export interface Figure {
  /** Unique in the page. */
  readonly id: string;
  readonly name: string;
  readonly caption: string;
  readonly drawings: readonly Drawing[];
  readonly table: FigureTable;
}

export interface FigureTable {
  readonly caption: string;
  /** Numbers are in columns whose name begins with a sharp sign, which is not shown. */
  readonly columns: readonly string[];
  readonly rows: readonly Html[];
}

export function figureOf({ id, name, caption, drawings, table }: Figure): Html {
  const svgs = drawings.map((drawing, index) => drawingOf(drawing, `${id}-${index + 1}`));
  const twin = html`<table class="${classOf(table.columns)}"><caption>${table.caption}</caption>
<thead><tr>${table.columns.map(headOf)}</tr></thead><tbody>
${table.rows}</tbody></table>`;
  return html`<figure class="fig" id="${id}"><figcaption><b>${name}.</b> ${caption}</figcaption>
<div class="fig-scroll">${svgs}</div></figure>
<details class="fig-twin"><summary>${name} as a table</summary>${scrollRegion(table.caption, twin)}</details>
`;
}

function headOf(column: string): Html {
  return html`<th scope="col">${column.replace("#", "")}</th>`;
}

/** One class for each column of numbers costs less than one for each cell. */
function classOf(columns: readonly string[]): string {
  const names = columns.map((column, index) => (column.startsWith("#") ? `fig-n${index + 1}` : ""));
  return names.filter(Boolean).join(" ");
}

function drawingOf({ title, description, height, content }: Drawing, id: string): Html {
  return html`<svg class="fig-svg" role="group" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${FIGURE_WIDTH} ${Math.ceil(height)}" xmlns="http://www.w3.org/2000/svg"><title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>
${content}</svg>
`;
}

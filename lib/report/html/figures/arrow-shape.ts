/** The shape of one arrow of a ladder. What it says, it says without colour. */
import type { Arrow } from "../../arrow-log.ts";
import { type Html, html } from "../escape.ts";
import { lineOf, marksOf } from "./arrow-marks.ts";
import { SLOPE } from "./ladder-layout.ts";

/** An arrow from one place across to another, and a little down. */
export function shapeOf(arrow: Arrow, from: number, y: number, to: number): Html {
  const { isSyn, isFin, isReset } = marksOf(arrow);
  const forward = Math.sign(to - from);
  const end = y + SLOPE;
  // A bar or a cross stands between the point and the line of the receiver.
  const tip = to - (isReset ? 12 : isFin ? 6 : 1) * forward;
  const marks = [
    isSyn ? `M${from - 4} ${y - 4}h8v8h-8z` : "",
    `M${tip} ${end}l${-10 * forward} -4.5v9z`,
    isFin ? `M${to - 5 * forward} ${end - 7}h${3 * forward}v14h${-3 * forward}z` : "",
  ].join("");
  const cross = isReset
    ? html`<path class="fig-x" d="M${to - 6 * forward - 5} ${end - 5}l10 10m0-10l-10 10"/>`
    : undefined;
  return html`<path class="fig-${lineOf(arrow)}" d="M${from} ${y}L${tip - 8 * forward} ${end}"/><path class="fig-h" d="${marks}"/>${cross}`;
}

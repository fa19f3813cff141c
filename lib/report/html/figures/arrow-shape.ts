/** What a packet looks like in the figures, by its flags and findings. What an arrow says, it says without colour. */
import { TcpFlag } from "../../../headers/tcp-fields.ts";
import { Finding, isSentAgain } from "../../../streams/findings.ts";
import type { Arrow } from "../../arrow-log.ts";
import { elapsed, milliseconds } from "../../moments.ts";
import type { AnyStream } from "../../stream-selection.ts";
import { type Html, html } from "../escape.ts";
import type { ReportData } from "../report-data.ts";

/** How much lower the arrow ends than it begins. */
export const SLOPE = 8;

interface ArrowMarks {
  readonly hasData: boolean;
  readonly isSyn: boolean;
  readonly isFin: boolean;
  readonly isReset: boolean;
  readonly isSentAgain: boolean;
  readonly isOutOfOrder: boolean;
}

export function marksOf({ flags = 0, length, findings, circumstance }: Arrow): ArrowMarks {
  return {
    hasData: length > 0,
    isSyn: (flags & TcpFlag.SYN) !== 0,
    isFin: (flags & TcpFlag.FIN) !== 0,
    isReset: (flags & TcpFlag.RST) !== 0,
    isSentAgain: isSentAgain(findings, circumstance),
    isOutOfOrder: (findings & Finding.OUT_OF_ORDER) !== 0,
  };
}

/** The lines of arrows. */
type LineKind = "data" | "again" | "ack" | "plain";

export function lineOf(arrow: Arrow): LineKind {
  const { hasData, isSyn, isFin, isReset, isSentAgain } = marksOf(arrow);
  if (isSentAgain) return "again";
  if (hasData) return "data";
  return arrow.flags === undefined || isSyn || isFin || isReset ? "plain" : "ack";
}

export function isFromClient(arrow: Arrow, stream: AnyStream): boolean {
  return arrow.isFromHigher === stream.isClientHigher;
}

/** Since the capture began, as text: "1998.050". */
export function timeOf(arrow: Arrow, { start }: ReportData): string {
  return milliseconds(elapsed(start ?? arrow.moment, arrow.moment));
}

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

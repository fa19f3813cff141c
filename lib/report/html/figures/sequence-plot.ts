/** Sequence numbers over time, one plot for each direction that carries data. */
import type { TcpStream } from "../../../streams/tcp-stream.ts";
import type { StreamArrows } from "../../arrow-log.ts";
import { elapsed } from "../../moments.ts";
import { count, formatSocket, plural, streamTitle } from "../../wording.ts";
import { type Html, html } from "../escape.ts";
import { streamId } from "../links.ts";
import type { ReportData } from "../report-data.ts";
import { figureOf } from "./figure.ts";
import { axesOf } from "./plot-axes.ts";
import { glyphsOf, labelsOf, plotLegend } from "./plot-glyphs.ts";
import { plotTable } from "./plot-table.ts";
import { laySequencePlot, PLOT, type PlotStep, type SequencePlot } from "./sequence-layout.ts";

const HEIGHT = 352;

export function sequenceFigures(data: ReportData, entry: StreamArrows): Html[] {
  const { stream } = entry;
  if (stream.protocol !== "TCP") return [];
  const client = sequenceFigure(data, stream, entry, true);
  const server = sequenceFigure(data, stream, entry, false);
  return [client, server].filter((figure) => figure !== undefined);
}

function sequenceFigure(
  data: ReportData,
  stream: TcpStream,
  { arrows, total }: StreamArrows,
  isClient: boolean,
): Html | undefined {
  const drawn = arrows.slice(0, data.limits.plottedArrows);
  const zero = drawn[0];
  if (zero === undefined) return undefined;
  const { seconds, nanoseconds } = elapsed(data.start ?? zero.moment, zero.moment);
  const offset = seconds * 1000 + nanoseconds / 1e6;
  const plot = laySequencePlot(drawn, isClient === stream.isClientHigher, zero, offset);
  if (plot === undefined) return undefined;
  const [side, other] = isClient ? ["client", "server"] : ["server", "client"];
  const left = total - drawn.length;
  const title = `Sequence numbers of ${streamTitle(stream)} from the ${side} over time`;
  const description = `${plural(plot.marks.length, "mark")} for the segments that ${formatSocket(isClient ? stream.client : stream.server)} sent, and a line for what the ${other} acknowledged. The table below says the same.`;
  return figureOf({
    id: `${streamId(stream)}-sequence-${side}`,
    name: `Sequence numbers from the ${side}`,
    caption: captionOf(side, other, left),
    drawings: [{ title, description, height: HEIGHT, content: contentOf(plot, isClient, side, other) }],
    table: plotTable(data, plot, title),
  });
}

function captionOf(side = "", other = "", left = 0): string {
  const more =
    left > 0
      ? ` The last ${plural(left, "packet")} of the conversation ${left === 1 ? "is" : "are"} not in the plot.`
      : "";
  return `Every segment of the ${side} is a bar from its first byte to its last: a steep rise is a fast transfer, a flat stretch a pause. The steps are what the ${other} has acknowledged; the bytes between them and the bars are on their way.${more}`;
}

function contentOf(plot: SequencePlot, isClient: boolean, side = "", other = ""): Html {
  const [own, others] = isClient ? ["c", "s"] : ["s", "c"];
  return html`${axesOf(plot.time, plot.sequence, `relative sequence number of the ${side}`)}
<path class="fig-step fig-${others}" d="${stepPath(plot.steps)}"/>
<g class="fig-${own}">${glyphsOf(plot.marks)}${labelsOf(plot.marks)}</g>
${plotLegend(plot, own, others, other, PLOT.bottom + 60)}`;
}

function stepPath(steps: readonly PlotStep[]): string {
  const [first, ...rest] = steps;
  if (first === undefined) return "";
  const path = rest.map(({ x, y }) => `H${x}V${y}`).join("");
  return `M${first.x} ${first.y}${path}H${PLOT.right}`;
}

/** "1", "1 to 1,449" */
export function sequenceText({ from, to }: { readonly from: number; readonly to: number }): string {
  return to > from ? `${count(from)} to ${count(to)}` : count(from);
}

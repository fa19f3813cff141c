/** Sequence numbers over time, one plot for each direction that carries data. */
import type { TcpStream } from "../../../streams/tcp-stream.ts";
import type { StreamArrows } from "../../arrow-log.ts";
import { elapsed } from "../../moments.ts";
import { count, formatSocket, plural, streamTitle } from "../../wording.ts";
import { type Html, html } from "../escape.ts";
import { streamId } from "../landmarks.ts";
import type { ReportData } from "../report-data.ts";
import { timeOf } from "./arrow-shape.ts";
import { type FigureTable, figureOf } from "./figure.ts";
import { axesOf, PLOT } from "./plot-axes.ts";
import { glyphsOf, labelsOf, plotLegend } from "./plot-glyphs.ts";
import { laySequencePlot, type PlotKind, type PlotMark, type PlotStep, type SequencePlot } from "./sequence-layout.ts";

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

const WORDS: Readonly<Record<PlotKind, string>> = {
  data: "data",
  again: "data sent again",
  disorder: "out of order",
  SYN: "SYN",
  FIN: "FIN",
  RST: "RST",
};

/** What the plot shows, in the order of frames. */
function plotTable(data: ReportData, { marks, steps }: SequencePlot, title: string): FigureTable {
  const rows: [frame: number, row: Html][] = [
    ...marks.map((mark): [number, Html] => [mark.firstFrame, markRow(mark, data)]),
    ...steps.map((step): [number, Html] => [step.arrow.frame, stepRow(step, data)]),
  ];
  rows.sort(([a], [b]) => a - b);
  return {
    caption: `${title}: from the first byte to behind the last; ACKs are of the other side`,
    columns: ["#Frame", "#Time (ms)", "What", "#From", "#To"],
    rows: rows.map(([, row]) => row),
  };
}

function markRow({ kind, first, lastFrame, segments, from, to }: PlotMark, data: ReportData): Html {
  const rest = segments === 1 ? undefined : html`–${count(lastFrame)}`;
  const merged = segments === 1 ? "" : `, ${plural(segments, "segment")}`;
  return html`<tr><th scope="row">${count(first.frame)}${rest}</th><td>${timeOf(first, data)}</td><td>${WORDS[kind]}${merged}</td><td>${count(from)}</td><td>${count(to)}</td></tr>
`;
}

function stepRow({ arrow, acknowledged }: PlotStep, data: ReportData): Html {
  return html`<tr><th scope="row">${count(arrow.frame)}</th><td>${timeOf(arrow, data)}</td><td>ACK</td><td></td><td>${count(acknowledged)}</td></tr>
`;
}

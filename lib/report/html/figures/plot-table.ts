/** What a plot of sequence numbers shows, as a table in the order of frames. */
import { count, plural } from "../../wording.ts";
import { type Html, html } from "../escape.ts";
import type { ReportData } from "../report-data.ts";
import { timeOf } from "./arrow-marks.ts";
import type { FigureTable } from "./figure.ts";
import type { PlotKind, PlotMark, PlotStep, SequencePlot } from "./sequence-layout.ts";

const WORDS: Readonly<Record<PlotKind, string>> = {
  data: "data",
  again: "data sent again",
  disorder: "out of order",
  SYN: "SYN",
  FIN: "FIN",
  RST: "RST",
};

export function plotTable(data: ReportData, { marks, steps }: SequencePlot, title: string): FigureTable {
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

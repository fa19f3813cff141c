/** A ladder: a line for each side, time runs down, packets are arrows that slope towards the one who gets them. */
import { formatTcpFlags, TcpFlag } from "../../../headers/tcp-fields.ts";
import { Finding } from "../../../streams/findings.ts";
import { type Arrow, arrowLabel, findingsOf, type StreamArrows } from "../../arrow-log.ts";
import { formatDuration, ofNanoseconds } from "../../moments.ts";
import type { AnyStream } from "../../stream-selection.ts";
import { count, formatSocket, plural, senderOf, streamTitle } from "../../wording.ts";
import { type Html, html } from "../escape.ts";
import { arrowId, type FrameLinks, frameId, streamId } from "../landmarks.ts";
import type { ReportData } from "../report-data.ts";
import { isFromClient, lineOf, marksOf, SLOPE, shapeOf, timeOf } from "./arrow-shape.ts";
import { type Drawing, FIGURE_WIDTH, type FigureTable, figureOf } from "./figure.ts";
import {
  BAND_HEAD,
  type CapturePoint,
  capturePointOf,
  FINDING_HEIGHT,
  FOLD_HEIGHT,
  HEAD_HEIGHT,
  type LadderBand,
  type LadderFold,
  type LadderPart,
  type LadderRow,
  layLadder,
  phaseOf,
  shareBefore,
} from "./ladder-layout.ts";

const SERVER_X = 640;
const LEAST_CLIENT_X = 88;
/** Of a digit of the time. */
const DIGIT_WIDTH = 6.6;
const LETTER_WIDTH = 6.8;
const MARGIN = 4;

/** What all arrows of a ladder share. */
interface Sides {
  readonly data: ReportData;
  readonly stream: AnyStream;
  readonly links: FrameLinks;
  readonly clientX: number;
  readonly point: CapturePoint;
}

export function ladderFigure(data: ReportData, { stream, arrows, total }: StreamArrows, links: FrameLinks): Html {
  const drawn = arrows.slice(0, data.limits.ladderArrows);
  const left = total - drawn.length;
  const longest = drawn.reduce((most, arrow) => Math.max(most, timeOf(arrow, data).length), 0);
  const clientX = Math.max(LEAST_CLIENT_X, Math.ceil(longest * DIGIT_WIDTH) + 20);
  const point = capturePointOf(stream, drawn);
  const sides: Sides = { data, stream, links, clientX, point };
  const parts = layLadder(stream, drawn, left);
  const drawings = parts.map((part, index) => partDrawing(part, sides, index + 1, parts.length, left));
  return figureOf({
    id: `${streamId(stream)}-ladder`,
    name: "Ladder",
    caption: captionOf(stream, point),
    drawings: [...drawings, ladderLegend(stream, drawn)],
    table: ladderTable(data, stream, drawn, left, links),
  });
}

function captionOf(stream: AnyStream, point: CapturePoint): string {
  return `Time runs down, in milliseconds since the capture began: to scale where packets are far enough apart to be read, with long pauses folded. ${slopeSentences(stream, point)}`;
}

/** How the slope of the arrows is to be read. */
function slopeSentences(stream: AnyStream, point: CapturePoint): string {
  const scale = "The slope is not to scale: it stands for the time that a packet is on its way";
  if (stream.isReconstructed) {
    return "Nobody has captured these packets: they were reconstructed from what sockets did, and the times between packets of one event were made up. The slope means nothing.";
  }
  if (point === "unknown" || stream.protocol !== "TCP") {
    return `Where the capture was taken is not known: take its times for the middle of the arrows. ${scale}.`;
  }
  const roundTrip = formatDuration(ofNanoseconds(stream.roundTripTime));
  const journey = `${scale}, about half of the round trip of ${roundTrip}.`;
  if (point === "between") return `Times hold in the middle of the arrows, where the capture was taken. ${journey}`;
  return `By the handshake, the capture was taken near the ${point}: times hold where arrows meet the ${point}'s line. ${journey}`;
}

function partDrawing(part: LadderPart, sides: Sides, number: number, parts: number, left: number): Drawing {
  const { stream, clientX } = sides;
  const place = parts === 1 ? "" : `, part ${number} of ${parts}`;
  const isLast = number === parts;
  const lines = html`<path class="fig-life fig-c" d="M${clientX} ${HEAD_HEIGHT - 16}V${part.height - 4}"/><path class="fig-life fig-s" d="M${SERVER_X} ${HEAD_HEIGHT - 16}V${part.height - 4}"/>`;
  const more = html`<text class="fig-m" x="${middle(sides)}" y="${part.height - 18}">… and ${plural(left, "more packet")}</text>`;
  return {
    title: `Ladder of ${streamTitle(stream)}${place}`,
    description: `${plural(part.rows.length, "packet")} between the client ${formatSocket(stream.client)} and the server ${formatSocket(stream.server)}, from top to bottom by time. The table below says the same.`,
    height: part.height,
    content: html`${part.bands.map((band) => bandOf(band, sides))}${lines}${headings(sides, number, parts)}
${part.folds.map((fold) => foldOf(fold, sides))}${part.rows.map((row) => rowOf(row, sides))}${isLast && left > 0 ? more : undefined}`,
  };
}

function middle({ clientX }: Sides): number {
  return (clientX + SERVER_X) / 2;
}

function headings({ stream, clientX }: Sides, number: number, parts: number): Html {
  const top =
    parts === 1
      ? undefined
      : html`<text class="fig-m" x="${FIGURE_WIDTH / 2}" y="13">part ${number} of ${parts}</text>`;
  const y = HEAD_HEIGHT - 12;
  return html`${heading("client", formatSocket(stream.client), clientX)}${heading("server", formatSocket(stream.server), SERVER_X)}${top}<text class="fig-r" x="${clientX - 10}" y="${y}">ms</text><text class="fig-f" x="${SERVER_X + 10}" y="${y}">frame</text>
`;
}

/** Over its line where it fits there, else from the edge inwards. */
function heading(role: "client" | "server", socket: string, x: number): Html {
  const half = (socket.length * LETTER_WIDTH) / 2;
  const isFitting = x - half >= MARGIN && x + half <= FIGURE_WIDTH - MARGIN;
  const edge = role === "client" ? MARGIN : FIGURE_WIDTH - MARGIN;
  const anchor = isFitting ? "middle" : role === "client" ? "start" : "end";
  const at = isFitting ? x : edge;
  const letter = role === "client" ? "c" : "s";
  return html`<g class="fig-head fig-${letter}" text-anchor="${anchor}"><text x="${at}" y="14">${role}</text><text x="${at}" y="29">${socket}</text></g>`;
}

function bandOf({ phase, isContinued, top, bottom }: LadderBand, { clientX }: Sides): Html {
  const name = isContinued ? `${phase}, continued` : phase;
  return html`<rect class="fig-phase-${phase}" x="${clientX}" y="${top}" width="${SERVER_X - clientX}" height="${bottom - top}"/><text class="fig-phase" x="${clientX + 8}" y="${top + BAND_HEAD - 5}">${name}</text>`;
}

/** The lines are broken by a zigzag, as an axis is of which a piece is left out. */
function foldOf({ text, y }: LadderFold, sides: Sides): Html {
  const zigzag = (x: number) => {
    const top = y - FOLD_HEIGHT / 2 + 7;
    return html`<path class="fig-gap" d="M${x} ${top}v16"/><path class="fig-zig" d="M${x} ${top}l-5 3 10 5-10 5 5 3"/>`;
  };
  return html`${zigzag(sides.clientX)}${zigzag(SERVER_X)}<text class="fig-m" x="${middle(sides)}" y="${y + 4}">${text}</text>
`;
}

function rowOf({ arrow, y, findings }: LadderRow, sides: Sides): Html {
  const { stream, data, links, clientX, point } = sides;
  const isRight = isFromClient(arrow, stream);
  const [from, to] = isRight ? [clientX, SERVER_X] : [SERVER_X, clientX];
  const tail = y - SLOPE * shareBefore(point, isRight);
  const x = middle(sides);
  const center = tail + SLOPE / 2;
  const label = arrow.flags === undefined ? arrowLabel(arrow) : arrowLabel(arrow).replace(/^(.*?) Seq=/, "[$1] Seq=");
  const notes = findings.map(
    ({ title, severity }, index) =>
      html`<text class="fig-n fig-${severity}" x="${x}" y="${center + 14 + FINDING_HEIGHT * index}">! ${title}</text>`,
  );
  const frame = html`<text class="fig-f" x="${SERVER_X + 10}" y="${y + 4}">${arrow.frame}</text>`;
  const drawing = html`<title>${sentenceOf(arrow, sides)}</title>${shapeOf(arrow, from, tail, to)}<text x="${x}" y="${center - 5}">${label}</text>${notes}<text class="fig-r" x="${clientX - 10}" y="${y + 4}">${timeOf(arrow, data)}</text>${frame}`;
  // A drawing has no keyboard stops: the table has the same links.
  const content = links.isDetailed(arrow.frame)
    ? html`<a href="#${frameId(arrow.frame)}" tabindex="-1">${drawing}</a>`
    : drawing;
  return html`<g id="${arrowId(arrow.frame)}" class="fig-${isRight ? "c" : "s"}">${content}</g>
`;
}

function sentenceOf(arrow: Arrow, { data, stream }: Sides): string {
  const { isSentAgain } = marksOf(arrow);
  const phase = phaseOf(arrow, stream);
  const sender = senderOf(arrow, stream);
  const found = findingsOf(arrow).map(({ title }) => `; ${title}`);
  const again = isSentAgain ? " (sent again)" : "";
  return `Frame ${arrow.frame}, ${timeOf(arrow, data)} ms, from the ${sender}${phase === undefined ? "" : `, ${phase}`}: ${arrowLabel(arrow)}${again}${found.join("")}`;
}

const LEGEND_COLUMN_WIDTH = 178;
const LEGEND_ROW_HEIGHT = 26;
const LEGEND_COLUMNS = 4;
const LEGEND_SAMPLE_WIDTH = 44;

interface LegendEntry {
  readonly text: string;
  readonly occurs: (arrow: Arrow) => boolean;
  readonly flags: number | undefined;
  readonly length: number;
  readonly findings: number;
}

const LEGEND: readonly LegendEntry[] = [
  sample("SYN: square tail", (arrow) => marksOf(arrow).isSyn, TcpFlag.SYN),
  sample("data: thick line", (arrow) => lineOf(arrow) === "data", TcpFlag.PSH, 1),
  sample("only an ACK: dashes", (arrow) => lineOf(arrow) === "ack", TcpFlag.ACK),
  sample("FIN: end bar", (arrow) => marksOf(arrow).isFin, TcpFlag.FIN),
  sample("RST: end cross", (arrow) => marksOf(arrow).isReset, TcpFlag.RST),
  sample("sent again: dots", (arrow) => lineOf(arrow) === "again", TcpFlag.PSH, 1, Finding.RETRANSMISSION),
  sample("no data: thin line", (arrow) => arrow.flags === undefined && arrow.length === 0, undefined),
];

function sample(
  text: string,
  occurs: (arrow: Arrow) => boolean,
  flags: number | undefined,
  length = 0,
  findings = 0,
): LegendEntry {
  return { text, occurs, flags, length, findings };
}

/** What the shapes mean: those that occur, and no others. */
function ladderLegend(stream: AnyStream, arrows: readonly Arrow[]): Drawing {
  const entries = LEGEND.filter(({ occurs }) => arrows.some(occurs));
  return {
    title: `Legend of the ladder of ${streamTitle(stream)}`,
    description: entries.map(({ text }) => text).join("; "),
    height: 8 + LEGEND_ROW_HEIGHT * Math.ceil(entries.length / LEGEND_COLUMNS),
    content: html`<g class="fig-legend fig-c">${entries.map(legendEntry)}</g>`,
  };
}

function legendEntry({ text, flags, length, findings }: LegendEntry, index: number): Html {
  const x = 6 + (index % LEGEND_COLUMNS) * LEGEND_COLUMN_WIDTH;
  const y = 10 + Math.floor(index / LEGEND_COLUMNS) * LEGEND_ROW_HEIGHT;
  const moment = { seconds: 0, nanoseconds: 0 };
  const arrow = { frame: 0, moment, isFromHigher: true, flags, sequence: 0, acknowledgment: 0, length, findings };
  return html`${shapeOf(arrow, x, y, x + LEGEND_SAMPLE_WIDTH)}<text x="${x + LEGEND_SAMPLE_WIDTH + 8}" y="${y + 8}">${text}</text>`;
}

/** The same for those who do not see it and those who count. */
function ladderTable(
  data: ReportData,
  stream: AnyStream,
  arrows: readonly Arrow[],
  left: number,
  links: FrameLinks,
): FigureTable {
  const more = left > 0 ? `; ${plural(left, "more packet")} left out` : "";
  const isTcp = stream.protocol === "TCP";
  const tcpColumns = isTcp ? ["Phase", "Flags", "#Seq", "#Ack"] : [];
  return {
    caption: `Packets of ${streamTitle(stream)}${more}`,
    columns: ["#Frame", "#Time (ms)", "From", ...tcpColumns, "#Len", "Findings"],
    rows: arrows.map((arrow) => {
      const findings = findingsOf(arrow).map(({ title }) => title);
      const tcp = isTcp ? tcpCells(arrow, phaseOf(arrow, stream)) : undefined;
      return html`<tr><th scope="row">${links.to(arrow.frame)}</th><td>${timeOf(arrow, data)}</td><td>${senderOf(arrow, stream)}</td>${tcp}<td>${count(arrow.length)}</td><td>${findings.join(", ")}</td></tr>
`;
    }),
  };
}

function tcpCells({ flags = 0, isAccurateEcn, sequence, acknowledgment }: Arrow, phase = ""): Html {
  const acknowledged = (flags & TcpFlag.ACK) === 0 ? "" : count(acknowledgment);
  return html`<td>${phase}</td><td>${formatTcpFlags(flags, isAccurateEcn)}</td><td>${count(sequence)}</td><td>${acknowledged}</td>`;
}

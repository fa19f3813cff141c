/** What the shapes of a ladder mean: those that occur in it, and no others. */
import { TcpFlag } from "../../../headers/tcp.ts";
import { Finding } from "../../../streams/findings.ts";
import type { Arrow } from "../../arrow-log.ts";
import type { AnyStream } from "../../stream-selection.ts";
import { streamTitle } from "../../wording.ts";
import { type Html, html } from "../escape.ts";
import { lineOf, marksOf, shapeOf } from "./arrow-shape.ts";
import type { Drawing } from "./figure.ts";

const COLUMN_WIDTH = 178;
const ROW_HEIGHT = 26;
const COLUMNS = 4;
const SAMPLE_WIDTH = 44;

interface Entry {
  readonly text: string;
  readonly occurs: (arrow: Arrow) => boolean;
  readonly flags: number | undefined;
  readonly length: number;
  readonly findings: number;
}

const ENTRIES: readonly Entry[] = [
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
): Entry {
  return { text, occurs, flags, length, findings };
}

export function ladderLegend(stream: AnyStream, arrows: readonly Arrow[]): Drawing {
  const entries = ENTRIES.filter(({ occurs }) => arrows.some(occurs));
  return {
    title: `Legend of the ladder of ${streamTitle(stream)}`,
    description: entries.map(({ text }) => text).join("; "),
    height: 8 + ROW_HEIGHT * Math.ceil(entries.length / COLUMNS),
    content: html`<g class="fig-legend fig-c">${entries.map(entryOf)}</g>`,
  };
}

function entryOf({ text, flags, length, findings }: Entry, index: number): Html {
  const x = 6 + (index % COLUMNS) * COLUMN_WIDTH;
  const y = 10 + Math.floor(index / COLUMNS) * ROW_HEIGHT;
  const moment = { seconds: 0, nanoseconds: 0 };
  const arrow = { frame: 0, moment, isFromHigher: true, flags, sequence: 0, acknowledgment: 0, length, findings };
  return html`${shapeOf(arrow, x, y, x + SAMPLE_WIDTH)}<text x="${x + SAMPLE_WIDTH + 8}" y="${y + 8}">${text}</text>`;
}

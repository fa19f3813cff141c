/** Conversations as ladders: time runs down, the client stands on the left, the server on the right, packets are arrows. */
import { type Moment, nanosecondsBetween } from "../../core/time.ts";
import {
  type Arrow,
  type ArrowLog,
  arrowLabel,
  findingsOf,
  IDLE_NANOSECONDS,
  type StreamArrows,
} from "../arrow-log.ts";
import { elapsed, formatDuration, milliseconds } from "../moments.ts";
import type { AnyStream } from "../stream-selection.ts";
import { formatSocket, plural, streamTitle } from "../wording.ts";
import { center, NO_PAINT, PAGE_WIDTH, type Paint, padEnd, wrap } from "./text-layout.ts";

/** What an arrow takes besides its label: a shaft on either side, a point, and a space on either side of the label. */
const ARROW_PARTS = 7;

/** The ladders of all streams in the log, one after the other. */
export function formatLadders(log: ArrowLog, paint: Paint = NO_PAINT): string {
  const start = log.start ?? { seconds: 0, nanoseconds: 0 };
  const ladders = log.streams.map((stream) => ladderOf(stream, start, paint));
  const rest = restOf(log);
  if (rest.length > 0) ladders.push(rest);
  return `${ladders.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** What the ladders leave out. */
export function restOf({ hiddenStreams, others, streams }: ArrowLog): string[] {
  const lines: string[] = [];
  if (hiddenStreams > 0) {
    lines.push(`... and ${plural(hiddenStreams, "more conversation")}; name one, or give --count 0 for all.`);
  }
  if (others > 0)
    lines.push(`${plural(others, "packet")} without a conversation ${others === 1 ? "is" : "are"} not shown.`);
  if (streams.length === 0) lines.unshift("No conversations.");
  return lines;
}

function ladderOf({ stream, arrows, total }: StreamArrows, start: Moment, paint: Paint): string[] {
  const times = arrows.map(({ moment }) => milliseconds(elapsed(start, moment)));
  const timeWidth = times.reduce((widest, { length }) => Math.max(widest, length), 9);
  const frameWidth = Math.max(5, String(arrows.at(-1)?.frame ?? 0).length);
  const rungs = new Rungs(timeWidth, frameWidth);
  const lines = rungs.headings(`${formatSocket(stream.client)}`, formatSocket(stream.server));
  let before: Moment | undefined;
  for (const [index, arrow] of arrows.entries()) {
    if (before !== undefined && isIdle(before, arrow.moment)) {
      lines.push(rungs.between(`${formatDuration(elapsed(before, arrow.moment))} without a packet`));
    }
    before = arrow.moment;
    lines.push(...rungs.arrow(times[index]!, arrow, arrow.isFromHigher === stream.isClientHigher));
    for (const { title, severity } of findingsOf(arrow)) {
      lines.push(...rungs.notes(`! ${title}`).map((line) => paint.severity(line, severity)));
    }
  }
  const left = total - arrows.length;
  if (left > 0) lines.push(`... and ${plural(left, "more packet")}; give --count 0 for all.`);
  return [paint.heading(`${streamTitle(stream)}, ${plural(total, "packet")}${originOf(stream)}`), ...lines];
}

function originOf({ isReconstructed }: AnyStream): string {
  return isReconstructed ? ", reconstructed from what sockets did" : "";
}

function isIdle(before: Moment, after: Moment): boolean {
  return nanosecondsBetween(before, after) >= IDLE_NANOSECONDS;
}

/** The lines between the two sides, in a page of 80 columns. */
class Rungs {
  readonly #timeWidth: number;
  readonly #frameWidth: number;
  /** Cells between the two lines that stand for the two sides. */
  readonly #inner: number;

  constructor(timeWidth: number, frameWidth: number) {
    this.#timeWidth = timeWidth;
    this.#frameWidth = frameWidth;
    this.#inner = PAGE_WIDTH - timeWidth - frameWidth - 6;
  }

  headings(client: string, server: string): string[] {
    const width = this.#inner + 2;
    const margin = " ".repeat(this.#timeWidth + 2);
    const roles = `client${"server".padStart(width - 6)}`;
    const columns = `${"Time (ms)".padStart(this.#timeWidth)}  ${roles}  ${"Frame".padStart(this.#frameWidth)}`;
    const isOneLine = client.length + server.length + 2 <= width;
    const names = isOneLine
      ? [`${margin}${client}${server.padStart(width - client.length)}`]
      : [`${margin}${client}`, `${margin}${server.padStart(width)}`];
    return [columns, ...names];
  }

  arrow(time: string, arrow: Arrow, isFromClient: boolean): string[] {
    const labels = wrap(arrowLabel(arrow), this.#inner - ARROW_PARTS);
    const last = labels.pop() ?? "";
    const shaft = (length: number) => "-".repeat(Math.max(0, length));
    const room = this.#inner - last.length - 3;
    const left = Math.floor(room / 2);
    const body = isFromClient
      ? `${shaft(left)} ${last} ${shaft(room - left)}>`
      : `<${shaft(left)} ${last} ${shaft(room - left)}`;
    const above = labels.map((label) => this.#line(center(label, this.#inner)));
    return [...above, this.#line(body, time, String(arrow.frame))];
  }

  notes(text: string): string[] {
    return wrap(text, this.#inner).map((line) => this.#line(center(line, this.#inner)));
  }

  between(text: string): string {
    const middle = center(`... ${text} ...`, this.#inner + 2);
    return `${" ".repeat(this.#timeWidth + 2)}${middle}`.trimEnd();
  }

  #line(inner: string, time = "", frame = ""): string {
    const sides = `|${padEnd(inner, this.#inner)}|`;
    return `${time.padStart(this.#timeWidth)}  ${sides}  ${frame.padStart(this.#frameWidth)}`.trimEnd();
  }
}

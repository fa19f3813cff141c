/** Messages as bars across the segments that carried them, a lane for each direction. */
import { type LoggedMessage, messageBeginning, messageState, type StreamMessages } from "../../message-log.ts";
import type { AnyStream } from "../../stream-selection.ts";
import { truncate } from "../../text/text-layout.ts";
import { count, firstOf, formatSocket, framesText, plural, senderOf, streamTitle } from "../../wording.ts";
import { foreign, type Html, html } from "../escape.ts";
import { type FrameLinks, frameId, streamId } from "../landmarks.ts";
import type { ReportData } from "../report-data.ts";
import { type Drawing, FIGURE_HEIGHT, FIGURE_WIDTH, type FigureTable, figureOf } from "./figure.ts";
import { LANE_MARGIN, type LaneLine, type LanePiece, type LaneRun, layLane } from "./lane-layout.ts";

const TITLE_HEIGHT = 30;
const LINE_HEIGHT = 94;
const SEGMENT_HEIGHT = 22;
const BAND_HEIGHT = 12;
const MESSAGE_HEIGHT = 38;
const MORE_HEIGHT = 24;
/** Messages that are drawn; the table has more. Where many conversations share the page, half of those in the table. */
const MOST_DRAWN = 40;
const INSET = 2;
const LETTER_WIDTH = 6.5;
/** What a bar or its title holds at most. */
const PREVIEW_BYTES = 120;
const MOST_TITLE_FRAMES = 6;
/** In a row of the table. */
const MOST_FRAMES = 12;
const MOST_SHARED = 6;
const MOST_CHARACTERS = 100;

/** Something to stand below what came before it. */
interface Block {
  readonly height: number;
  readonly draw: (y: number) => Html;
}

export function messageLaneFigure(
  { limits }: ReportData,
  { stream, messages: kept, total }: StreamMessages,
  links: FrameLinks,
): Html {
  const messages = kept.slice(0, limits.messages);
  const most = Math.min(MOST_DRAWN, Math.ceil(limits.messages / 2));
  const drawn = messages.slice(0, most);
  const lastDrawn = drawn.at(-1)?.number ?? 0;
  const name = streamTitle(stream);
  const parts = packed([
    ...laneBlocks(messages, lastDrawn, stream, true, links),
    ...laneBlocks(messages, lastDrawn, stream, false, links),
    ...moreBlock(total - drawn.length),
  ]);
  const drawings = parts.map((part, index): Drawing => {
    const place = parts.length === 1 ? "" : `, part ${index + 1} of ${parts.length}`;
    return {
      title: `Messages of ${name} across their segments${place}`,
      description: `${plural(drawn.length, "message")}, each drawn below the segments that carried it. The table below says the same.`,
      ...part,
    };
  });
  return figureOf({
    id: `${streamId(stream)}-lane`,
    name: "Messages in their segments",
    caption: captionOf(stream),
    drawings,
    table: laneTable(stream, messages, total, links),
  });
}

function captionOf({ protocol }: AnyStream): string {
  return protocol === "UDP"
    ? "Every datagram is one message: UDP keeps the bounds that the application made."
    : "The bytes of each direction in order: segments above, and below them the messages that the same bytes are to the application. TCP knows no messages: several can share a segment, and one can fill many. Widths are not to scale.";
}

function laneBlocks(
  messages: readonly LoggedMessage[],
  lastDrawn: number,
  stream: AnyStream,
  isClient: boolean,
  links: FrameLinks,
): Block[] {
  const own = messages.filter(({ isFromHigher }) => (isFromHigher === stream.isClientHigher) === isClient);
  const drawn = own.filter(({ number }) => number <= lastDrawn);
  if (drawn.length === 0) return [];
  const letter = isClient ? "c" : "s";
  const title = isClient
    ? `from the client ${formatSocket(stream.client)}`
    : `from the server ${formatSocket(stream.server)}`;
  const unit = stream.protocol === "UDP" ? "datagrams" : "segments";
  const lines = layLane(drawn, own[drawn.length]).map(
    (line): Block => ({ height: LINE_HEIGHT, draw: (y) => lineOf(line, y, letter, links) }),
  );
  const heading: Block = {
    height: TITLE_HEIGHT,
    draw: (y) =>
      html`<text class="fig-lane fig-${letter}" x="${LANE_MARGIN}" y="${y + 20}">${title}: ${unit} above, messages below</text>`,
  };
  const [first, ...rest] = lines;
  // A heading stays with its first line.
  return [together(heading, first!), ...rest];
}

function together(a: Block, b: Block): Block {
  return { height: a.height + b.height, draw: (y) => html`${a.draw(y)}${b.draw(y + a.height)}` };
}

function moreBlock(left: number): Block[] {
  if (left <= 0) return [];
  const draw = (y: number) =>
    html`<text class="fig-m" x="${FIGURE_WIDTH / 2}" y="${y + 16}">… and ${plural(left, "more message")}</text>`;
  return [{ height: MORE_HEIGHT, draw }];
}

/** Blocks in drawings that fit a page each. */
function packed(blocks: readonly Block[]): Pick<Drawing, "height" | "content">[] {
  const parts: { height: number; content: Html }[] = [];
  for (const block of blocks) {
    let part = parts.at(-1);
    if (part === undefined || part.height + block.height > FIGURE_HEIGHT) {
      part = { height: 0, content: html`` };
      parts.push(part);
    }
    part.content = html`${part.content}${block.draw(part.height)}`;
    part.height += block.height;
  }
  return parts;
}

function lineOf({ segments, messages }: LaneLine, top: number, letter: string, links: FrameLinks): Html {
  const lower = top + SEGMENT_HEIGHT + BAND_HEIGHT;
  return html`<g class="fig-${letter}">${messages.map((run) => bandsOf(run, top + SEGMENT_HEIGHT))}
${segments.map((run) => segmentOf(run, top, links))}${messages.map((run) => messageOf(run, lower))}</g>
`;
}

/** From each piece of a segment down to the message that it belongs to. */
function bandsOf({ pieces }: LaneRun, y: number): Html[] {
  return pieces.map(({ x, width, message }) => {
    const tone = message.number % 2 === 0 ? "even" : "odd";
    return html`<path class="fig-band fig-${tone}" d="M${x + INSET} ${y}h${width - 2 * INSET}v${BAND_HEIGHT}h${2 * INSET - width}z"/>`;
  });
}

function segmentOf({ pieces, x, width, hasBefore, hasAfter }: LaneRun, y: number, links: FrameLinks): Html {
  const first = pieces[0]!;
  const bytes = pieces.reduce((sum, { amount }) => sum + amount, 0);
  const text = segmentText(first, bytes, hasBefore, hasAfter);
  const box = html`<path class="fig-seg fig-seg-${first.kind}" d="${boxPath(x, y, width, SEGMENT_HEIGHT, hasBefore, hasAfter)}"/><text x="${x + width / 2}" y="${y + 15}">${fitted(text, width)}</text>`;
  // Where bytes of a segment are parted between messages.
  const seams = pieces
    .slice(1)
    .map((piece) => html`<path class="fig-seam" d="M${piece.x} ${y + SEGMENT_HEIGHT - 6}v6"/>`);
  const content = html`${box}${seams}`;
  return first.frame !== 0 && links.isDetailed(first.frame)
    ? html`<a href="#${frameId(first.frame)}" tabindex="-1">${content}</a>
`
    : html`<g>${content}</g>
`;
}

function segmentText({ kind, frame, amount }: LanePiece, bytes: number, hasBefore: boolean, hasAfter: boolean): string {
  if (kind === "missing") return `${count(amount)} B missing`;
  if (kind === "folded") return `+${plural(amount, "segment")}`;
  return `${hasBefore ? "… " : ""}frame ${frame}: ${count(bytes)} B${hasBefore || hasAfter ? " of it" : ""}`;
}

function messageOf({ pieces, x, width, hasBefore, hasAfter }: LaneRun, y: number): Html {
  const { message } = pieces[0]!;
  const head = hasBefore ? `… ${message.number}, continued` : `${message.number}: ${plural(message.length, "byte")}`;
  const tone = message.number % 2 === 0 ? "even" : "odd";
  const words = hasBefore ? "" : fitted(messageState(message) + messageBeginning(message, PREVIEW_BYTES), width);
  return html`<g><title>Message ${message.number}, ${plural(message.length, "byte")}, ${carriedBy(message)}</title><path class="fig-msg fig-${tone}" d="${boxPath(x, y, width, MESSAGE_HEIGHT, hasBefore, hasAfter)}"/><text class="fig-num" x="${x + width / 2}" y="${y + 15}">${fitted(head, width)}</text><text class="fig-words" x="${x + width / 2}" y="${y + 30}">${words}</text></g>
`;
}

function carriedBy({ parts, partCount }: LoggedMessage): string {
  const frames = parts.map(({ frame }) => frame);
  return partCount === 0 ? "in no segment of this capture" : framesText(frames, MOST_TITLE_FRAMES, partCount);
}

/** Cells, not characters: some take two of them. Where many stand on one another, only a few are wanted. */
function fitted(text: string, width: number): string {
  const room = Math.max(1, Math.floor((width - 10) / LETTER_WIDTH));
  return truncate(
    Array.from(text)
      .slice(0, 2 * room)
      .join(""),
    room,
  );
}

/** A box, open to the side where it goes on. */
function boxPath(
  left: number,
  y: number,
  outer: number,
  height: number,
  hasBefore: boolean,
  hasAfter: boolean,
): string {
  const x = left + INSET;
  const width = outer - 2 * INSET;
  if (!(hasBefore || hasAfter)) return `M${x} ${y}h${width}v${height}h${-width}z`;
  if (hasBefore && hasAfter) return `M${x} ${y}h${width}m0 ${height}h${-width}`;
  return hasAfter ? `M${x + width} ${y}h${-width}v${height}h${width}` : `M${x} ${y}h${width}v${height}h${-width}`;
}

/** Messages and the frames that carried them. */
function laneTable(
  stream: AnyStream,
  messages: readonly LoggedMessage[],
  total: number,
  links: FrameLinks,
): FigureTable {
  const left = total - messages.length;
  const more = left > 0 ? `; ${plural(left, "more message")} left out` : "";
  return {
    caption: `Messages of ${streamTitle(stream)}${more}`,
    columns: ["#Message", "From", "#Bytes", "Frames", "Shares a frame with", "Begins"],
    rows: messages.map((message) => rowOf(message, senderOf(message, stream), links)),
  };
}

function rowOf(message: LoggedMessage, sender: string, links: FrameLinks): Html {
  const { number, length, parts, partCount, sharedWith } = message;
  const frames = parts.slice(0, MOST_FRAMES).map(({ frame }) => frame);
  const others = sharedWith.length === 0 ? "" : firstOf(sharedWith, MOST_SHARED);
  return html`<tr><th scope="row">${count(number)}</th><td>${sender}</td><td>${count(length)}</td><td>${links.list(frames, partCount)}</td><td>${others}</td><td>${messageState(message)}<code>${foreign(messageBeginning(message, 2 * MOST_CHARACTERS), MOST_CHARACTERS)}</code></td></tr>
`;
}

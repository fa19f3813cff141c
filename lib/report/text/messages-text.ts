/** Messages as a table: which frames carried each of them, and which of them travelled together. */
import { makeVisible } from "../../core/text.ts";
import { type LoggedMessage, messageBeginning, messageState, type StreamMessages } from "../message-log.ts";
import type { AnyStream } from "../stream-selection.ts";
import { count, formatSocket, plural, senderOf, streamTitle } from "../wording.ts";
import { cellsOf, NO_PAINT, PAGE_WIDTH, type Paint, padEnd, paragraph, truncate } from "./text-layout.ts";

/** Frames and neighbours that are named in a row. */
const MOST_FRAMES = 3;
const MOST_SHARED = 2;
const FRAMES_WIDTH = 22;
const SHARED_WIDTH = 12;
const NAMES: Readonly<Record<LoggedMessage["framing"], string>> = {
  line: "ends of lines",
  http: "lengths in HTTP headers",
  push: "the flag PSH",
  dns: "lengths before DNS messages",
  websocket: "WebSocket frames",
  tls: "lengths in TLS records",
  datagram: "datagrams",
};

export function formatMessages(streams: readonly StreamMessages[], paint: Paint = NO_PAINT): string {
  if (streams.length === 0) return "No messages.\n";
  return `${streams.map((entry) => sectionOf(entry, paint).join("\n")).join("\n\n")}\n`;
}

function sectionOf({ stream, messages, total }: StreamMessages, paint: Paint): string[] {
  const { client, server } = stream;
  const title = `${streamTitle(stream)}: ${formatSocket(client)} to ${formatSocket(server)}`;
  const framings = [...new Set(messages.map(({ framing }) => NAMES[framing]))];
  const lines = [
    ...paragraph(title).map((line) => paint.heading(line)),
    `${plural(total, "message")}, told apart by ${framings.join(" and ")}`,
    ...rowsOf(messages, stream),
  ];
  const left = total - messages.length;
  if (left > 0) lines.push(`... and ${plural(left, "more message")}; give --count 0 for all.`);
  return lines;
}

function rowsOf(messages: readonly LoggedMessage[], stream: AnyStream): string[] {
  const numberWidth = widest(messages, ({ number }) => String(number), 3);
  const lengthWidth = widest(messages, ({ length }) => count(length), 5);
  const heads = [
    "No.".padStart(numberWidth),
    "From  ",
    "Bytes".padStart(lengthWidth),
    "Frames".padEnd(FRAMES_WIDTH),
    "Shared with".padEnd(SHARED_WIDTH),
  ];
  const head = heads.join("  ");
  const room = Math.max(4, PAGE_WIDTH - head.length - 2);
  const rows = messages.map((message) => {
    const cells = [
      String(message.number).padStart(numberWidth),
      senderOf(message, stream),
      count(message.length).padStart(lengthWidth),
      padEnd(truncate(framesOf(message), FRAMES_WIDTH), FRAMES_WIDTH),
      padEnd(truncate(someOf(message.sharedWith, MOST_SHARED), SHARED_WIDTH), SHARED_WIDTH),
      truncate(makeVisible(messageState(message) + messageBeginning(message, PAGE_WIDTH)), room),
    ];
    return cells.join("  ").trimEnd();
  });
  return [`${head}  Begins`, ...rows];
}

function framesOf({ parts, partCount }: LoggedMessage): string {
  const frames = parts.slice(0, MOST_FRAMES).map(({ frame }) => frame);
  return someOf(frames, MOST_FRAMES, partCount);
}

/** "17, 18, 19 +4": the first few, and how many more. */
function someOf(numbers: readonly number[], most: number, total = numbers.length): string {
  const shown = numbers.slice(0, most);
  return total > shown.length ? `${shown.join(", ")} +${total - shown.length}` : shown.join(", ");
}

function widest<T>(rows: readonly T[], textOf: (row: T) => string, least: number): number {
  return rows.reduce((width, row) => Math.max(width, cellsOf(textOf(row))), least);
}

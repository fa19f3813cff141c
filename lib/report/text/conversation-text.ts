/** Conversations for people: as a table, and each in a few sentences. */
import type { Stream } from "../../streams/tcp-stream.ts";
import { elapsed, formatDuration } from "../moments.ts";
import type { AnyStream } from "../stream-selection.ts";
import { count, formatSocket, plural, streamTitle } from "../wording.ts";
import { type Sentence, tcpSentences, udpSentences } from "./conversation-summary.ts";
import { type Column, formatTable } from "./table.ts";
import { cellsOf, PAGE_WIDTH, paragraph } from "./text-layout.ts";

export function durationOf(stream: Stream): string {
  return formatDuration(elapsed(stream.firstMoment, stream.lastMoment));
}

/** A table; where its lines would be too long, one with two lines for each conversation, or no table at all. */
export async function conversationTable(streams: readonly AnyStream[]): Promise<string[]> {
  const isPage = (lines: readonly string[]) => lines.every((line) => cellsOf(line) <= PAGE_WIDTH);
  const ends = [{ title: "Client" }, { title: "Server" }];
  const wide = await tableOf(streams, ends, (stream, facts) => {
    return [[nameOf(stream), formatSocket(stream.client), formatSocket(stream.server), ...facts]];
  });
  if (isPage(wide)) return wide;
  const narrow = await tableOf(streams, [{ title: "Client, server" }], (stream, facts) => [
    [nameOf(stream), formatSocket(stream.client), ...facts],
    ["", formatSocket(stream.server)],
  ]);
  return isPage(narrow) ? narrow : streams.flatMap(stacked);
}

function tableOf(
  streams: readonly AnyStream[],
  ends: readonly Column[],
  rowsOf: (stream: AnyStream, facts: readonly string[]) => string[][],
): Promise<string[]> {
  const columns: readonly Column[] = [
    { title: "Stream" },
    ...ends,
    { title: "Packets", align: "right" },
    { title: "Bytes", align: "right" },
    { title: "Opened" },
    { title: "Closed" },
  ];
  const rows = streams.flatMap((stream) => {
    const states = stream.protocol === "TCP" ? [stream.handshake, stream.close] : [];
    return rowsOf(stream, [count(stream.packets), count(stream.wireBytes), ...states]);
  });
  return formatTable(columns, rows);
}

function nameOf({ protocol, number }: AnyStream): string {
  return `${protocol} ${number}`;
}

function stacked(stream: AnyStream): string[] {
  const name = `${nameOf(stream)}  `;
  const facts = [plural(stream.packets, "packet"), plural(stream.wireBytes, "byte")];
  if (stream.protocol === "TCP") facts.push(`opened: ${stream.handshake}`, `closed: ${stream.close}`);
  const indent = " ".repeat(name.length);
  return [
    `${name}${formatSocket(stream.client)}`,
    `${indent}${formatSocket(stream.server)}`,
    ...paragraph(facts.join(", "), indent),
  ];
}

/** How it began, what it carried, how it ended. */
export function conversationSummary(stream: AnyStream): string[] {
  return [
    ...paragraph(`${streamTitle(stream)}: ${formatSocket(stream.client)} to ${formatSocket(stream.server)}`),
    ...conversationSentences(stream).flatMap(([head, text]) => paragraph(text, `  ${head.padEnd(9)}`)),
  ];
}

/** The same without lines. */
export function conversationSentences(stream: AnyStream): Sentence[] {
  return stream.protocol === "TCP" ? tcpSentences(stream) : udpSentences(stream);
}

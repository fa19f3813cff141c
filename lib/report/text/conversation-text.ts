/** Conversations for people: as a table, and each in a few sentences. */
import { SCALE_NOT_USED, SCALE_UNKNOWN, type TcpSide } from "../../streams/tcp-side.ts";
import type { Stream, TcpStream, UdpStream } from "../../streams/tcp-stream.ts";
import { elapsed, formatDuration, ofNanoseconds } from "../moments.ts";
import { formatSocket, streamTitle } from "../socket-text.ts";
import { count, plural } from "../wording.ts";
import { type Column, formatTable } from "./table.ts";
import { cellsOf, PAGE_WIDTH, paragraph } from "./text-layout.ts";

export type AnyStream = TcpStream | UdpStream;

/** By the frame that each began with. */
export function inOrder(tcp: readonly TcpStream[], udp: readonly UdpStream[]): AnyStream[] {
  return [...tcp, ...udp].filter(hasPackets).sort((a, b) => a.firstFrame - b.firstFrame);
}

/** A stream has none where an ICMP error quotes a packet of it and nothing more of it was captured. */
export function hasPackets({ packets }: Stream): boolean {
  return packets > 0;
}

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
export function conversationStory(stream: AnyStream): string[] {
  return [
    ...paragraph(`${streamTitle(stream)}: ${formatSocket(stream.client)} to ${formatSocket(stream.server)}`),
    ...conversationSentences(stream).flatMap(([head, text]) => paragraph(text, `  ${head.padEnd(9)}`)),
  ];
}

export type Sentence = readonly [head: string, text: string];

/** The same without lines. */
export function conversationSentences(stream: AnyStream): Sentence[] {
  return stream.protocol === "TCP" ? tcpSentences(stream) : [dataSentence(stream)];
}

function tcpSentences(stream: TcpStream): Sentence[] {
  return [
    ["Opened", openingOf(stream)],
    dataSentence(stream),
    ["Segments", segmentsOf(stream)],
    ["Closed", closingOf(stream)],
  ];
}

/** Why one side is taken for the client. */
export const CLIENT_REASONS: Readonly<Record<TcpStream["clientIsKnownBy"], string>> = {
  syn: "The client is who sent the SYN.",
  "syn-ack": "The client is whom the SYN/ACK answers.",
  ports: "No SYN was captured: the server is who has the port that looks more like one of a service.",
  first: "No SYN was captured, and the ports tell nothing: the client is who spoke first.",
};

function openingOf(stream: TcpStream): string {
  const { synFrame, synAckFrame, handshakeAckFrame, roundTripTime } = stream;
  const seen = [
    synFrame === 0 ? "" : `SYN in frame ${synFrame}`,
    synAckFrame === 0 ? "" : `SYN/ACK in frame ${synAckFrame}`,
    handshakeAckFrame === 0 ? "" : `ACK in frame ${handshakeAckFrame}`,
  ].filter((step) => step !== "");
  const steps = seen.join(", ");
  switch (stream.handshake) {
    case "complete": {
      const time = roundTripTime > 0 ? `; the handshake took ${formatDuration(ofNanoseconds(roundTripTime))}` : "";
      return `by the client: ${steps}${time}.`;
    }
    case "refused":
      return `no: ${steps}, answered by a reset in frame ${stream.fromServer.resetFrame}. Nothing listens on that port.`;
    case "unanswered":
      return `no: ${steps}, and the server never answered.`;
    case "partial":
      return `${steps}; the rest of the handshake is not in the capture.`;
    default:
      return `before the capture began, as it seems. ${CLIENT_REASONS[stream.clientIsKnownBy]}`;
  }
}

function dataSentence(stream: AnyStream): Sentence {
  const [sent, received] = payloadBytes(stream);
  const frames = plural(stream.packets, "packet");
  const payload = `${plural(sent, "byte")} of data from the client, ${count(received)} from the server`;
  return [
    "Data",
    `${payload}, in ${frames} (${plural(stream.wireBytes, "byte")} on the wire) and ${durationOf(stream)}.`,
  ];
}

/** Bytes of payload from the client and from the server. */
export function payloadBytes(stream: Stream): [client: number, server: number] {
  const { bytesFromHigher, bytesFromLower } = stream;
  return stream.isClientHigher ? [bytesFromHigher, bytesFromLower] : [bytesFromLower, bytesFromHigher];
}

function segmentsOf({ fromClient, fromServer }: TcpStream): string {
  return `from the client ${sideText(fromClient)}; from the server ${sideText(fromServer)}.`;
}

function sideText(side: TcpSide): string {
  const { maximumSegmentSize, largestSegment } = side;
  const parts = [
    largestSegment === 0 ? "no data" : `at most ${plural(largestSegment, "byte")}`,
    maximumSegmentSize === undefined ? "" : `MSS ${maximumSegmentSize}`,
    scaleText(side.windowScale),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function scaleText(scale: number): string {
  if (scale === SCALE_UNKNOWN) return "";
  return scale === SCALE_NOT_USED ? "window not scaled" : `window scale ${scale} (times ${2 ** scale})`;
}

function closingOf(stream: TcpStream): string {
  const { fromClient, fromServer } = stream;
  switch (stream.close) {
    case "fin": {
      const isClientFirst = fromClient.finFrame < fromServer.finFrame;
      const [first, second] = isClientFirst ? [fromClient, fromServer] : [fromServer, fromClient];
      const [name, other] = isClientFirst ? ["client", "server"] : ["server", "client"];
      return `by the ${name}: its FIN in frame ${first.finFrame}, the ${other}'s in frame ${second.finFrame}.`;
    }
    case "half":
      return fromClient.finFrame !== 0
        ? `by the client only: its FIN in frame ${fromClient.finFrame}; there is none from the server.`
        : `by the server only: its FIN in frame ${fromServer.finFrame}; there is none from the client.`;
    case "reset":
      return `by a reset: ${resetsOf(fromClient, fromServer)}.`;
    default:
      return "not before the capture ended.";
  }
}

function resetsOf(client: TcpSide, server: TcpSide): string {
  const resets: string[] = [];
  if (client.resetFrame !== 0) resets.push(`from the client in frame ${client.resetFrame}`);
  if (server.resetFrame !== 0) resets.push(`from the server in frame ${server.resetFrame}`);
  return resets.join(", ");
}

/** Points of the checklist that whole conversations show: opening, ports, close. */
import {
  FIRST_LENT_PORT,
  FIRST_PRIVATE_PORT,
  LAST_LENT_PORT,
  LAST_SYSTEM_PORT,
  type TcpStream,
} from "../../../streams/tcp-stream.ts";
import { type Arrow, arrowLabel } from "../../arrow-log.ts";
import { type AnyStream, inOrder } from "../../stream-selection.ts";
import { CLIENT_REASONS, DATAGRAM_REASONS } from "../../text/conversation-summary.ts";
import { conversationSentences } from "../../text/conversation-text.ts";
import { formatSocket, senderOf, streamTitle } from "../../wording.ts";
import { type Html, html } from "../escape.ts";
import { fieldNamed } from "../frames/numbered-fields.ts";
import type { FrameLinks } from "../landmarks.ts";
import type { ReportData } from "../report-data.ts";
import { type ChecklistItem, evidenceTable } from "./checklist-item.ts";

const MOST_STREAMS = 5;

export function handshakeItem(data: ReportData, links: FrameLinks): ChecklistItem {
  const stream = data.analysis.tcpStreams.find(({ handshake }) => handshake === "complete");
  return {
    id: "handshake",
    title: "The three-way handshake",
    meaning:
      "Before any data, both sides tell each other the number from which they count their bytes, and each confirms the other's.",
    evidence: stream && handshakeSteps(stream, data, links),
    advice:
      "Start the capture before the program connects: the handshake is the first thing on the wire. Wireshark: tcp.flags.syn == 1.",
    question: "In your words: what does each side know after each of the three segments?",
  };
}

function handshakeSteps(stream: TcpStream, data: ReportData, links: FrameLinks): Html {
  const steps: readonly [frame: number, from: "client" | "server", text: string][] = [
    [
      stream.synFrame,
      "client",
      "The client asks to open and names the number that its bytes count from. Shown relative to that number, it is 0.",
    ],
    [
      stream.synAckFrame,
      "server",
      "The server agrees and names its own number. It acknowledges 1, because a SYN counts as one byte.",
    ],
    [
      stream.handshakeAckFrame,
      "client",
      "The client acknowledges the server's number the same way. Now both may send data.",
    ],
  ];
  const rows = steps.map(([frame, from, text]) => [
    links.to(frame),
    html`<span class="${from}">${from}</span>`,
    labelOf(frame, stream, data),
    rawNumber(frame, data),
    text,
  ]);
  return html`<p>${streamTitle(stream)} was opened ${links.inSentence(conversationSentences(stream)[0]![1])}</p>${evidenceTable(`Handshake of ${streamTitle(stream)}`, ["Frame", "From", "Segment", "Raw sequence number", "What it says"], rows)}`;
}

function arrowsOf(stream: AnyStream, { arrows }: ReportData): readonly Arrow[] {
  return arrows.find((entry) => entry.stream === stream)?.arrows ?? [];
}

function labelOf(frame: number, stream: AnyStream, data: ReportData): string {
  const arrow = arrowsOf(stream, data).find((candidate) => candidate.frame === frame);
  return arrow === undefined ? "not drawn here" : arrowLabel(arrow);
}

function rawNumber(frame: number, { frames }: ReportData): string {
  const detailed = frames.find((candidate) => candidate.frame === frame);
  return (detailed && fieldNamed(detailed.layers, "tcp.seq_raw")?.text) ?? "–";
}

export function portsItem({ analysis }: ReportData, links: FrameLinks): ChecklistItem {
  const streams = inOrder(analysis.tcpStreams, analysis.udpStreams);
  return {
    id: "ports",
    title: "Ports: who is client, who is server",
    meaning:
      "An address leads to a host, a port to a program on it. The two addresses and the two ports together name one conversation.",
    evidence: streams.length === 0 ? undefined : portsTable(streams.slice(0, MOST_STREAMS), links),
    advice: "Capture a program that speaks TCP or UDP: this capture has no ports.",
    question: "In your words: why does the server's port stay the same while the client's changes?",
  };
}

function portsTable(streams: readonly AnyStream[], links: FrameLinks): Html {
  const rows = streams.map((stream) => [
    streamTitle(stream),
    links.to(stream.firstFrame),
    html`<span class="client">${formatSocket(stream.client)}</span>, ${portRange(stream.client.port)}`,
    html`<span class="server">${formatSocket(stream.server)}</span>, ${portRange(stream.server.port)}`,
    reasonOf(stream),
  ]);
  return evidenceTable("Ports of the first conversations", ["Stream", "First frame", "Client", "Server", "Why"], rows);
}

function portRange(port: number): string {
  if (port <= LAST_SYSTEM_PORT) return `a port of well-known services (0 to ${LAST_SYSTEM_PORT})`;
  if (port < FIRST_LENT_PORT) {
    return `a port that services can register (${LAST_SYSTEM_PORT + 1} to ${FIRST_PRIVATE_PORT - 1})`;
  }
  return port < FIRST_PRIVATE_PORT
    ? `a port that services can register (up to ${FIRST_PRIVATE_PORT - 1}), but more likely one that a system lent for one conversation (Linux: ${FIRST_LENT_PORT} to ${LAST_LENT_PORT})`
    : `a port that a system lends for one conversation (${FIRST_PRIVATE_PORT} to 65535)`;
}

function reasonOf(stream: AnyStream): string {
  if (stream.protocol === "UDP") return DATAGRAM_REASONS[stream.clientIsKnownBy];
  return CLIENT_REASONS[stream.clientIsKnownBy];
}

export function closeItem(data: ReportData, links: FrameLinks): ChecklistItem {
  const { tcpStreams } = data.analysis;
  // A reset that refuses a connection, or answers what nobody has opened, closes nothing.
  const opened = tcpStreams.filter(({ wasOpen }) => wasOpen);
  const stream = ["fin", "reset", "half"].flatMap((close) => opened.filter((tcp) => tcp.close === close))[0];
  return {
    id: "close",
    title: "The close",
    meaning:
      "Each side ends its own direction with a FIN, which the other acknowledges. A reset (RST) ends both directions at once.",
    evidence: stream && closeSteps(stream, data, links),
    advice:
      "Let the capture run until the program has ended, or close the connection yourself. Wireshark: tcp.flags.fin == 1 or tcp.flags.reset == 1.",
    question: "In your words: who closed first, and how does each side know that the other has nothing more to send?",
  };
}

function closeSteps(stream: TcpStream, data: ReportData, links: FrameLinks): Html {
  const closing = conversationSentences(stream).at(-1)![1];
  const rows = closingArrows(stream, arrowsOf(stream, data)).map(({ arrow, what }) => {
    const from = senderOf(arrow, stream);
    return [links.to(arrow.frame), html`<span class="${from}">${from}</span>`, arrowLabel(arrow), what];
  });
  const table =
    rows.length === 0
      ? undefined
      : evidenceTable(`Close of ${streamTitle(stream)}`, ["Frame", "From", "Segment", "What it says"], rows);
  return html`<p>${streamTitle(stream)} was closed ${links.inSentence(closing)}</p>${table}`;
}

interface Step {
  readonly arrow: Arrow;
  readonly what: string;
}

/** FINs and resets, and the acknowledgement of each FIN. */
function closingArrows(stream: TcpStream, arrows: readonly Arrow[]): Step[] {
  const fins = [stream.fromHigher.finFrame, stream.fromLower.finFrame];
  const resets = [stream.fromHigher.resetFrame, stream.fromLower.resetFrame];
  const steps = new Map<number, Step>();
  const add = (arrow: Arrow | undefined, what: string) => {
    if (arrow === undefined) return;
    const before = steps.get(arrow.frame);
    steps.set(arrow.frame, { arrow, what: before === undefined ? what : `${before.what} ${what}` });
  };
  for (const arrow of arrows.filter(({ frame }) => fins.includes(frame))) {
    add(arrow, "I have no more data.");
    add(acknowledgmentOf(arrow, arrows), `The FIN of frame ${arrow.frame} has arrived; it counts as one byte.`);
  }
  for (const arrow of arrows.filter(({ frame }) => resets.includes(frame))) add(arrow, "The connection ends at once.");
  return [...steps.values()].sort((a, b) => a.arrow.frame - b.arrow.frame);
}

function acknowledgmentOf(fin: Arrow, arrows: readonly Arrow[]): Arrow | undefined {
  const next = fin.sequence + fin.length + 1;
  return arrows.find(
    ({ frame, isFromHigher, acknowledgment }) =>
      frame > fin.frame && isFromHigher !== fin.isFromHigher && acknowledgment >= next,
  );
}

/**
 * Who spoke with whom: a table of all conversations, then each of them in sentences and figures, and in sentences what hosts
 * and routers said of the network.
 */
import { type StreamArrows, USUAL_STREAMS } from "../arrow-log.ts";
import { controlSections } from "../control-sentences.ts";
import { type AnyStream, inOrder, notableStreams } from "../stream-selection.ts";
import type { Sentence } from "../text/conversation-summary.ts";
import { conversationSentences, durationOf } from "../text/conversation-text.ts";
import { count, formatSocket, plural, streamTitle } from "../wording.ts";
import { type Html, html } from "./escape.ts";
import { ladderFigure } from "./figures/ladder-figure.ts";
import { messageLaneFigure } from "./figures/message-lane.ts";
import { sequenceFigures } from "./figures/sequence-plot.ts";
import { type FrameLinks, pageSection, scrollRegion, streamId } from "./landmarks.ts";
import type { ReportData } from "./report-data.ts";

const MOST_ROWS = 300;

export function conversationsTable(data: ReportData): Html {
  const { analysis, arrows } = data;
  const section = (content: Html) => pageSection("conversations", "Conversations", content);
  const streams = inOrder(analysis.tcpStreams, analysis.udpStreams);
  if (streams.length === 0) return section(html`<p>No conversations: nothing here is TCP or UDP.</p>`);
  const undrawn = undrawnStreams(data);
  const linked = new Set<AnyStream>([...arrows.map(({ stream }) => stream), ...undrawn.summarized]);
  const left = streams.length - MOST_ROWS;
  const more = left > 0 ? html`<p class="more">... and ${plural(left, "more conversation")}.</p>` : undefined;
  const rest = html`${more}${undrawnText(data, undrawn)}`;
  const table = html`<table>
<caption>${plural(streams.length, "conversation")}, in the order in which they began</caption>
<thead><tr><th scope="col">Stream</th><th scope="col">Client</th><th scope="col">Server</th><th scope="col" class="num">Packets</th><th scope="col" class="num">Bytes</th><th scope="col" class="num">Duration</th><th scope="col">Opened</th><th scope="col">Closed</th></tr></thead>
<tbody>${streams.slice(0, MOST_ROWS).map((stream) => tableRow(stream, linked.has(stream)))}</tbody></table>`;
  return section(html`${scrollRegion("Table of conversations", table)}${rest}`);
}

function tableRow(stream: AnyStream, isLinked: boolean): Html {
  const name = `${stream.protocol} ${stream.number}`;
  const states = stream.protocol === "TCP" ? [stream.handshake, stream.close] : ["–", "–"];
  return html`<tr><th scope="row">${isLinked ? html`<a href="#${streamId(stream)}">${name}</a>` : name}</th><td><span class="client">${formatSocket(stream.client)}</span></td><td><span class="server">${formatSocket(stream.server)}</span></td><td class="num">${count(stream.packets)}</td><td class="num">${count(stream.wireBytes)}</td><td class="num">${durationOf(stream)}</td>${states.map((state) => html`<td>${state}</td>`)}</tr>
`;
}

/** Conversations without figures, and the notable ones among them, which are summarized in words. */
interface UndrawnStreams {
  readonly all: readonly AnyStream[];
  readonly summarized: readonly AnyStream[];
}

function undrawnStreams({ analysis, arrows, limits }: ReportData): UndrawnStreams {
  const drawn = new Set<AnyStream>(arrows.map(({ stream }) => stream));
  const all = inOrder(analysis.tcpStreams, analysis.udpStreams).filter((stream) => !drawn.has(stream));
  return { all, summarized: notableStreams(all, analysis.findings, limits.conversations ?? USUAL_STREAMS) };
}

function undrawnText({ arrows }: ReportData, { all, summarized }: UndrawnStreams): Html | undefined {
  if (all.length === 0) return undefined;
  const { protocol, number } = all.find((stream) => !summarized.includes(stream)) ?? all[0]!;
  const rest =
    all.length > summarized.length ? `; of the others, the ${count(summarized.length)} that tell most` : "; the others";
  return html`<p class="more">Those ${plural(arrows.length, "conversation")} are drawn that were opened and say most, data before attempts, findings before size${rest} (findings, resets and losses first, then size) are told in words. <code>--conversations 0</code> draws all, <code>--filter "${protocol.toLowerCase()}.stream == ${number}"</code> one of them.</p>`;
}

export function conversationSections(data: ReportData, links: FrameLinks): Html[] {
  return [
    ...data.arrows.map((arrows) => conversationSection(arrows.stream, conversationFigures(data, arrows, links), links)),
    ...undrawnStreams(data).summarized.map((stream) => conversationSection(stream, undefined, links)),
  ];
}

/** A ladder, the messages across its segments, and sequence numbers over time. */
export function conversationFigures(data: ReportData, arrows: StreamArrows, links: FrameLinks): Html {
  const messages = data.messages.find(({ stream }) => stream === arrows.stream);
  const lane =
    messages === undefined || messages.messages.length === 0 ? undefined : messageLaneFigure(data, messages, links);
  return html`${ladderFigure(data, arrows, links)}${lane}${sequenceFigures(data, arrows)}`;
}

function conversationSection(stream: AnyStream, figures: Html | undefined, links: FrameLinks): Html {
  const { client, server } = stream;
  const heading = html`${streamTitle(stream)}: <span class="client">${formatSocket(client)}</span> to <span class="server">${formatSocket(server)}</span>`;
  const summary = sentenceList(conversationSentences(stream), links);
  return pageSection(
    streamId(stream),
    heading,
    html`${summary}
${figures}`,
    "conversation",
  );
}

/** What ICMP, ARP and neighbour discovery say, each in a section of its own. */
export function controlParts({ analysis }: ReportData, links: FrameLinks): Html[] {
  return controlSections(analysis.control).map(
    ({ id, title, sentences }) => html`${pageSection(id, title, sentenceList(sentences, links))}
`,
  );
}

function sentenceList(sentences: readonly Sentence[], links: FrameLinks): Html {
  const rows = sentences.map(
    ([head, text]) => html`<div><dt>${head.trim()}</dt><dd>${links.inSentence(text)}</dd></div>`,
  );
  return html`<dl class="facts story">${rows}</dl>`;
}

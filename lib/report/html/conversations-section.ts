/** Who spoke with whom: a table of all conversations, then each of them in sentences and figures. */
import { type StreamArrows, USUAL_STREAMS } from "../arrow-log.ts";
import { type AnyStream, inOrder, notableStreams } from "../stream-selection.ts";
import { conversationSentences, durationOf } from "../text/conversation-text.ts";
import { count, formatSocket, plural, streamTitle } from "../wording.ts";
import { type Html, html } from "./escape.ts";
import { ladderFigure } from "./figures/ladder-figure.ts";
import { messageLaneFigure } from "./figures/message-lane.ts";
import { sequenceFigures } from "./figures/sequence-plot.ts";
import { type FrameLinks, streamId } from "./links.ts";
import type { ReportData } from "./report-data.ts";

const MOST_ROWS = 300;

export function conversationsTable(data: ReportData): Html {
  const { analysis, arrows } = data;
  const streams = inOrder(analysis.tcpStreams, analysis.udpStreams);
  if (streams.length === 0) return wrapped(html`<p>No conversations: nothing here is TCP or UDP.</p>`);
  const untold = untoldStreams(data);
  const told = new Set<AnyStream>([...arrows.map(({ stream }) => stream), ...untold.told]);
  const left = streams.length - MOST_ROWS;
  const more = left > 0 ? html`<p class="more">... and ${plural(left, "more conversation")}.</p>` : undefined;
  const rest = html`${more}${untoldText(data, untold)}`;
  return wrapped(html`<div class="scroll" role="region" tabindex="0" aria-label="Table of conversations"><table>
<caption>${plural(streams.length, "conversation")}, in the order in which they began</caption>
<thead><tr><th scope="col">Stream</th><th scope="col">Client</th><th scope="col">Server</th><th scope="col" class="num">Packets</th><th scope="col" class="num">Bytes</th><th scope="col" class="num">Duration</th><th scope="col">Opened</th><th scope="col">Closed</th></tr></thead>
<tbody>${streams.slice(0, MOST_ROWS).map((stream) => tableRow(stream, told.has(stream)))}</tbody></table></div>${rest}`);
}

function wrapped(content: Html): Html {
  return html`<section id="conversations" aria-labelledby="conversations-title"><h2 id="conversations-title">Conversations</h2>
${content}</section>`;
}

function tableRow(stream: AnyStream, isTold: boolean): Html {
  const name = `${stream.protocol} ${stream.number}`;
  const states = stream.protocol === "TCP" ? [stream.handshake, stream.close] : ["–", "–"];
  return html`<tr><th scope="row">${isTold ? html`<a href="#${streamId(stream)}">${name}</a>` : name}</th><td><span class="client">${formatSocket(stream.client)}</span></td><td><span class="server">${formatSocket(stream.server)}</span></td><td class="num">${count(stream.packets)}</td><td class="num">${count(stream.wireBytes)}</td><td class="num">${durationOf(stream)}</td>${states.map((state) => html`<td>${state}</td>`)}</tr>
`;
}

/** Conversations that are not drawn: the most telling of them are told in words. */
function untoldStreams({ analysis, arrows, limits }: ReportData): { told: AnyStream[]; others: AnyStream[] } {
  const drawn = new Set<AnyStream>(arrows.map(({ stream }) => stream));
  const others = inOrder(analysis.tcpStreams, analysis.udpStreams).filter((stream) => !drawn.has(stream));
  return { told: notableStreams(others, analysis.findings, limits.conversations ?? USUAL_STREAMS), others };
}

function untoldText(
  { arrows }: ReportData,
  { told, others }: { told: AnyStream[]; others: AnyStream[] },
): Html | undefined {
  if (others.length === 0) return undefined;
  const { protocol, number } = others.find((stream) => !told.includes(stream)) ?? others[0]!;
  const rest =
    others.length > told.length ? `; of the others, the ${count(told.length)} that tell most` : "; the others";
  return html`<p class="more">The first ${plural(arrows.length, "conversation")} are drawn${rest} (findings, resets and losses first, then size) are told in words. <code>--conversations 0</code> draws all, <code>--filter "${protocol.toLowerCase()}.stream == ${number}"</code> one of them.</p>`;
}

export function conversationSections(data: ReportData, links: FrameLinks): Html[] {
  return [
    ...data.arrows.map((arrows) => conversationSection(data, arrows, links)),
    ...untoldStreams(data).told.map((stream) => storySection(stream, undefined, links)),
  ];
}

function conversationSection(data: ReportData, arrows: StreamArrows, links: FrameLinks): Html {
  return storySection(arrows.stream, conversationFigures(data, arrows, links), links);
}

/** A ladder, the messages across its segments, and sequence numbers over time. */
export function conversationFigures(data: ReportData, arrows: StreamArrows, links: FrameLinks): Html {
  const messages = data.messages.find(({ stream }) => stream === arrows.stream);
  const lane =
    messages === undefined || messages.messages.length === 0 ? undefined : messageLaneFigure(data, messages, links);
  return html`${ladderFigure(data, arrows, links)}${lane}${sequenceFigures(data, arrows)}`;
}

function storySection(stream: AnyStream, figures: Html | undefined, links: FrameLinks): Html {
  const id = streamId(stream);
  const sentences = conversationSentences(stream).map(
    ([head, text]) => html`<div><dt>${head}</dt><dd>${linkFrames(text, links)}</dd></div>`,
  );
  return html`<section id="${id}" class="conversation" aria-labelledby="${id}-title"><h2 id="${id}-title">${streamTitle(stream)}: <span class="client">${formatSocket(stream.client)}</span> to <span class="server">${formatSocket(stream.server)}</span></h2>
<dl class="facts story">${sentences}</dl>
${figures}</section>`;
}

/** Our own sentences, with the frames that they name as links. */
export function linkFrames(text: string, links: FrameLinks): Html {
  const parts = text.split(/\b(frames? )(\d+)/);
  return html`${parts.map((part, index) => (index % 3 === 2 ? links.to(Number(part)) : part))}`;
}

/** Who spoke with whom: a table of all conversations, then each of them in sentences and figures. */
import type { StreamArrows } from "../arrow-log.ts";
import { formatSocket, streamTitle } from "../socket-text.ts";
import { type AnyStream, conversationSentences, durationOf, inOrder } from "../text/conversation-text.ts";
import { count, plural } from "../wording.ts";
import { type Html, html } from "./escape.ts";
import { conversationFigures } from "./figures.ts";
import { type FrameLinks, streamId } from "./links.ts";
import type { ReportData } from "./report-data.ts";

const MOST_ROWS = 300;

export function conversationsTable({ analysis, arrows }: ReportData): Html {
  const streams = inOrder(analysis.tcpStreams, analysis.udpStreams);
  if (streams.length === 0) return wrapped(html`<p>No conversations: nothing here is TCP or UDP.</p>`);
  const drawn = new Set<AnyStream>(arrows.map(({ stream }) => stream));
  const left = streams.length - MOST_ROWS;
  const rest = left > 0 ? html`<p class="more">... and ${plural(left, "more conversation")}.</p>` : undefined;
  return wrapped(html`<div class="scroll" role="region" tabindex="0" aria-label="Table of conversations"><table>
<caption>${plural(streams.length, "conversation")}, in the order in which they began</caption>
<thead><tr><th scope="col">Stream</th><th scope="col">Client</th><th scope="col">Server</th><th scope="col" class="num">Packets</th><th scope="col" class="num">Bytes</th><th scope="col" class="num">Duration</th><th scope="col">Opened</th><th scope="col">Closed</th></tr></thead>
<tbody>${streams.slice(0, MOST_ROWS).map((stream) => tableRow(stream, drawn.has(stream)))}</tbody></table></div>${rest}`);
}

function wrapped(content: Html): Html {
  return html`<section id="conversations" aria-labelledby="conversations-title"><h2 id="conversations-title">Conversations</h2>
${content}</section>`;
}

function tableRow(stream: AnyStream, isDrawn: boolean): Html {
  const name = `${stream.protocol} ${stream.number}`;
  const states = stream.protocol === "TCP" ? [stream.handshake, stream.close] : ["–", "–"];
  return html`<tr><th scope="row">${isDrawn ? html`<a href="#${streamId(stream)}">${name}</a>` : name}</th><td><span class="client">${formatSocket(stream.client)}</span></td><td><span class="server">${formatSocket(stream.server)}</span></td><td class="num">${count(stream.packets)}</td><td class="num">${count(stream.wireBytes)}</td><td class="num">${durationOf(stream)}</td>${states.map((state) => html`<td>${state}</td>`)}</tr>
`;
}

export function conversationSections(data: ReportData, links: FrameLinks): Html[] {
  return data.arrows.map((arrows) => conversationSection(data, arrows, links));
}

function conversationSection(data: ReportData, arrows: StreamArrows, links: FrameLinks): Html {
  const { stream } = arrows;
  const id = streamId(stream);
  const sentences = conversationSentences(stream).map(
    ([head, text]) => html`<div><dt>${head}</dt><dd>${linkFrames(text, links)}</dd></div>`,
  );
  return html`<section id="${id}" class="conversation" aria-labelledby="${id}-title"><h2 id="${id}-title">${streamTitle(stream)}: <span class="client">${formatSocket(stream.client)}</span> to <span class="server">${formatSocket(stream.server)}</span></h2>
<dl class="facts story">${sentences}</dl>
${conversationFigures(data, arrows, links)}</section>`;
}

/** Our own sentences, with the frames that they name as links. */
export function linkFrames(text: string, links: FrameLinks): Html {
  const parts = text.split(/\b(frames? )(\d+)/);
  return html`${parts.map((part, index) => (index % 3 === 2 ? links.to(Number(part)) : part))}`;
}

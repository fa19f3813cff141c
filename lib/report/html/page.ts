/** The report as one page of HTML: it needs no network and no other file, and says everything with scripts off. */
import type { Analysis } from "../../streams/analysis.ts";
import { controlSections } from "../control-sentences.ts";
import { captureRows } from "../text/analysis-summary.ts";
import { formatSocket } from "../wording.ts";
import { checklistSection } from "./checklist/checklist.ts";
import { controlParts, conversationSections, conversationsTable } from "./conversations-section.ts";
import { documentHead } from "./document-head.ts";
import { foreign, Html, html } from "./escape.ts";
import { FIGURE_STYLE } from "./figures/figure-style.ts";
import { findingsSection } from "./findings-section.ts";
import { frameSection, framesSection } from "./frames/frames-section.ts";
import { FrameLinks, streamId } from "./landmarks.ts";
import { notesSection } from "./notes-section.ts";
import { ReportCollector, type ReportData, type ReportLimits, type ReportListeners } from "./report-data.ts";
import { REPORT_SCRIPT, REPORT_SCRIPT_HASH } from "./script.ts";
import { verdictSection } from "./verdict-section.ts";

/** Characters that all frames together may take; frames beyond are counted. */
const FRAMES_ROOM = 2_500_000;
/** Bytes of the whole page: less than 5 MB. Figures come before frames. */
const PAGE_ROOM = 4_700_000;
const LONGEST_NAME = 120;

/** @param analyse reads the capture, and tells the listeners of it that it is given */
export async function makeReport(
  analyse: (listeners: ReportListeners) => Promise<Analysis>,
  limits?: ReportLimits,
): Promise<{ readonly page: string; readonly analysis: Analysis }> {
  const collector = new ReportCollector(limits);
  const { onPacket, listenTo, onDatagram } = collector;
  const analysis = await analyse({ onPacket, listenTo, onDatagram });
  return { page: formatHtmlReport(collector.finish(analysis)), analysis };
}

function formatHtmlReport(all: ReportData): string {
  const page = pageOf(all, framesThatFit(all, FRAMES_ROOM));
  const excess = new TextEncoder().encode(page).length - PAGE_ROOM;
  return excess <= 0 ? page : pageOf(all, framesThatFit(all, FRAMES_ROOM - excess));
}

function pageOf(all: ReportData, frames: readonly Html[]): string {
  // What follows links only to frames that are there.
  const data = { ...all, frames: all.frames.slice(0, frames.length) };
  const links = new FrameLinks(data);
  const { name } = data.analysis.capture;
  const page = html`${documentHead(`${foreignTitle(name)}: what the capture shows`, FIGURE_STYLE, REPORT_SCRIPT_HASH)}
<body>
<a class="skip" href="#report">Skip to the report</a>
<header><h1><small>Report on a packet capture</small> ${foreign(name, LONGEST_NAME)}</h1>
${captureFacts(data)}</header>
<div class="columns">
${contents(data)}
<main id="report" tabindex="-1">
${verdictSection(data, links)}
${checklistSection(data, links)}
${conversationsTable(data)}
${conversationSections(data, links)}
${controlParts(data, links)}${findingsSection(data, links)}
${framesSection(data, frames)}
${notesSection(data, links)}
</main>
</div>
<script>${new Html(REPORT_SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

/** A title holds no markup. */
function foreignTitle(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}

/** What the whole capture is. */
function captureFacts({ analysis }: ReportData): Html {
  const rows = captureRows(analysis.capture);
  return html`<dl class="facts">${rows.map(([head, text]) => html`<div><dt>${head}</dt><dd>${foreign(text)}</dd></div>`)}</dl>`;
}

function framesThatFit({ frames, arrows }: ReportData, room: number): Html[] {
  const drawn = new Set<object>(arrows.map(({ stream }) => stream));
  const sections: Html[] = [];
  let size = 0;
  for (const frame of frames) {
    const section = frameSection(frame, sections.length === 0, drawn);
    size += section.text.length;
    if (size > room && sections.length > 0) break;
    sections.push(section);
  }
  return sections;
}

function contents({ analysis, arrows }: ReportData): Html {
  const conversations = arrows.map(
    ({ stream }) =>
      html`<li><a href="#${streamId(stream)}">${stream.protocol} ${stream.number}: ${formatSocket(stream.server)}</a></li>`,
  );
  const list = conversations.length === 0 ? undefined : html`<ul>${conversations}</ul>`;
  const control = controlSections(analysis.control).map(
    ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>
`,
  );
  return html`<nav aria-labelledby="contents-title"><h2 id="contents-title">Contents</h2><ul>
<li><a href="#verdict">Verdict</a></li>
<li><a href="#checklist">Checklist for your report</a></li>
<li><a href="#conversations">Conversations</a>${list}</li>
${control}<li><a href="#findings">Findings</a></li>
<li><a href="#frames">Frames, byte by byte</a></li>
<li><a href="#notes">Notes</a></li>
</ul></nav>`;
}

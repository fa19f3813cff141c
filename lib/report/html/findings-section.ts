/** What is out of the ordinary: each kind with what it means, then every finding with its frame. */
import type { FindingLog, FoundPacket } from "../../streams/finding-log.ts";
import type { FindingKind } from "../../streams/findings.ts";
import { type FindingGroup, foundGroups, noFindings, unreadText } from "../text/findings-text.ts";
import { count, plural } from "../wording.ts";
import { foreign, type Html, html } from "./escape.ts";
import { type FrameLinks, pageSection, scrollRegion } from "./landmarks.ts";
import type { ReportData } from "./report-data.ts";

const MOST_FRAMES = 12;
const MOST_ROWS = 500;
/** A mark beside the word, so that neither colour nor reading is needed alone. */
const MARKS: Readonly<Record<FindingKind["severity"], string>> = { error: "✕", warning: "!", note: "i", chat: "·" };

export function findingsSection({ analysis }: ReportData, links: FrameLinks): Html {
  const { unread } = analysis.capture;
  const text = unreadText(unread);
  const content =
    analysis.findings.packetCount === 0
      ? html`<p class="calm">${noFindings(analysis.capture)}</p>`
      : html`${kindsTable(analysis.findings, links)}${allFindings(analysis.findings, links)}`;
  return pageSection(
    "findings",
    "Findings",
    html`${content}${text === "" ? undefined : html`<p class="unread">${text}</p>`}`,
  );
}

export function severityMark(severity: FindingKind["severity"]): Html {
  return html`<span class="severity ${severity}"><span aria-hidden="true">${MARKS[severity]}</span> ${severity}</span>`;
}

function kindsTable(findings: FindingLog, links: FrameLinks): Html {
  const table = html`<table>
<caption>What was found, the gravest first</caption>
<thead><tr><th scope="col">Severity</th><th scope="col">Finding</th><th scope="col" class="num">Packets</th><th scope="col">Frames</th><th scope="col">Filter</th></tr></thead>
<tbody>${foundGroups(findings, MOST_FRAMES).map((group) => groupRow(group, links))}</tbody></table>`;
  return scrollRegion("Kinds of findings", table);
}

function groupRow({ kind, meaning, frames, total }: FindingGroup, links: FrameLinks): Html {
  return html`<tr><td>${severityMark(kind.severity)}</td><th scope="row">${kind.title}<span class="m">${meaning}</span></th><td class="num">${count(total)}</td><td>${links.list(frames, total)}</td><td><code>${kind.code}</code></td></tr>
`;
}

/** As the table of conversations has it. */
function conversationName({ stream, isTcp }: FoundPacket): string {
  return stream < 0 ? "–" : `${isTcp === false ? "UDP" : "TCP"} ${stream}`;
}

function allFindings(findings: FindingLog, links: FrameLinks): Html {
  const rows: Html[] = [];
  let total = 0;
  for (const { kind, packet, text } of findings.findings()) {
    if (total++ >= MOST_ROWS) continue;
    rows.push(
      html`<tr><td class="num">${links.to(packet.frame)}</td><td>${conversationName(packet)}</td><td>${severityMark(kind.severity)}</td><td>${foreign(text, 400)}</td></tr>
`,
    );
  }
  const left = total - rows.length;
  const rest = left > 0 ? html`<p class="more">... and ${plural(left, "more finding")}.</p>` : undefined;
  const table = html`<table data-filter="findings"><caption>Findings in the order of the capture</caption>
<thead><tr><th scope="col" class="num">Frame</th><th scope="col">Conversation</th><th scope="col">Severity</th><th scope="col">What it says</th></tr></thead>
<tbody>${rows}</tbody></table>`;
  return html`<details><summary>All findings, frame by frame (${count(total)})</summary>
${scrollRegion("All findings", table)}${rest}</details>`;
}

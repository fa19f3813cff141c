/** Traces of how the capture was made, what is wrong with the file, and what there was no room for. */
import type { Artefact } from "../../streams/artefacts.ts";
import { count, plural } from "../wording.ts";
import { foreign, type Html, html } from "./escape.ts";
import { type FrameLinks, pageSection } from "./landmarks.ts";
import type { ReportData } from "./report-data.ts";

const MOST_WARNINGS = 20;
const LONGEST_WARNING = 400;

export function notesSection(data: ReportData, links: FrameLinks): Html {
  const { artefacts, capture } = data.analysis;
  const warnings = capture.warnings.slice(0, MOST_WARNINGS);
  const unsaid = capture.warnings.length - warnings.length;
  const items = [
    ...artefacts.map((artefact) => artefactNote(artefact, links)),
    ...warnings.map((warning) => html`<strong>Warning:</strong> ${foreign(warning, LONGEST_WARNING)}`),
    ...(unsaid > 0 ? [html`${plural(unsaid, "more warning")}.`] : []),
    ...omissions(data).map((text) => html`${text}`),
  ];
  const list =
    items.length === 0
      ? html`<p>Nothing here looks like a trace of how it was made, and nothing of it is left out here.</p>`
      : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
  return pageSection(
    "notes",
    "Notes",
    html`<p>What looks like a fault and is none, what is wrong with the file, and what this page leaves out.</p>
${list}`,
  );
}

function artefactNote({ text, frames, count: total }: Artefact, links: FrameLinks): Html {
  if (frames.length === 0) return html`${text}`;
  return html`${text} (${total === 1 ? "Frame" : "Frames"} ${links.list(frames, total)}.)`;
}

/** What of the capture the page leaves out. */
function omissions({ analysis, frames, hiddenStreams, otherPackets }: ReportData): string[] {
  const lines: string[] = [];
  const { packets, selectedPackets } = analysis.capture;
  if (selectedPackets !== packets) {
    lines.push(
      `A filter selects ${count(selectedPackets)} of ${plural(packets, "packet")}; the others are not looked at.`,
    );
  }
  const left = selectedPackets - frames.length;
  if (left > 0) {
    lines.push(
      `Byte by byte, the first ${plural(frames.length, "frame")} of ${count(selectedPackets)} are shown; the other ${count(left)} are counted and analysed all the same.`,
    );
  }
  if (hiddenStreams > 0)
    lines.push(`${plural(hiddenStreams, "more conversation")} stand in the table and are not drawn.`);
  if (otherPackets > 0) {
    lines.push(
      `${plural(otherPackets, "packet")} ${otherPackets === 1 ? "belongs" : "belong"} to no conversation: ICMP and ARP are told in sections of their own, and all frames byte by byte.`,
    );
  }
  return lines;
}

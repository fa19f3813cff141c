/** What a report on a capture is asked for, each with the frames that show it and room for the reader's own words. */
import { type Html, html } from "../escape.ts";
import { type FrameLinks, pageSection } from "../landmarks.ts";
import type { ReportData } from "../report-data.ts";
import { dataItem, encapsulationItem, ipHeaderItem } from "./checklist-frames.ts";
import { type ChecklistItem, itemSection } from "./checklist-item.ts";
import { segmentationItem, sharedSegmentItem } from "./checklist-messages.ts";
import { closeItem, handshakeItem, portsItem } from "./checklist-streams.ts";

const ITEMS: readonly ((data: ReportData, links: FrameLinks) => ChecklistItem)[] = [
  encapsulationItem,
  handshakeItem,
  dataItem,
  segmentationItem,
  sharedSegmentItem,
  portsItem,
  ipHeaderItem,
  closeItem,
];

export function checklistSection(data: ReportData, links: FrameLinks): Html {
  const items = ITEMS.map((item) => item(data, links));
  const shown = items.filter(({ evidence }) => evidence !== undefined).length;
  return pageSection(
    "checklist",
    "Checklist for your report",
    html`<p>${subjectOf(data)} ${shown} of ${items.length} points. Each names the frames that prove it and has room for your own words; what you write stays in this window only, so print the page, or save it as PDF, before you close it.</p>
${items.map((item, index) => itemSection(item, index, isFiltered(data)))}`,
  );
}

/** Of packets that the filter leaves out, nothing can be shown. */
function isFiltered({ analysis }: ReportData): boolean {
  return analysis.capture.selectedPackets !== analysis.capture.packets;
}

/** What it is that shows the points: not always packets of a network. */
function subjectOf(data: ReportData): string {
  const origin =
    data.analysis.capture.reconstructedPackets > 0
      ? "The packets were reconstructed from what sockets did: they show what such connections look like, and no network adapter has seen them. "
      : "";
  return `${origin}${isFiltered(data) ? "What the filter selects shows" : "This capture shows"}`;
}

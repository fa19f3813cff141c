/** What a report on a capture is asked for, each with the frames that show it and room for the reader's own words. */
import { type Html, html } from "../escape.ts";
import type { FrameLinks } from "../links.ts";
import type { ReportData } from "../report-data.ts";
import { dataItem, encapsulationItem, ipHeaderItem } from "./checklist-frames.ts";
import { segmentationItem, sharedSegmentItem } from "./checklist-messages.ts";
import { closeItem, handshakeItem, portsItem } from "./checklist-streams.ts";
import type { ChecklistItem } from "./evidence.ts";

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
  return html`<section id="checklist" aria-labelledby="checklist-title"><h2 id="checklist-title">Checklist for your report</h2>
<p>This capture shows ${shown} of ${items.length} points. Each names the frames that prove it and has room for your own words; what you write stays in this window only, so print the page, or save it as PDF, before you close it.</p>
${items.map(itemSection)}</section>`;
}

function itemSection({ id, title, meaning, evidence, advice, question }: ChecklistItem, index: number): Html {
  const isShown = evidence !== undefined;
  const state = isShown
    ? html`<span class="state shown"><span aria-hidden="true">✓</span> shown</span>`
    : html`<span class="state missing"><span aria-hidden="true">–</span> not in this capture</span>`;
  return html`<section class="item" id="item-${id}"><h3>${index + 1}. ${title} ${state}</h3>
<p>${meaning}</p>
${evidence ?? html`<p class="advice">${advice}</p>`}
<label for="words-${id}">${question}</label>
<textarea id="words-${id}" rows="3" spellcheck="true"></textarea></section>
`;
}

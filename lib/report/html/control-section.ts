/** What ICMP, ARP and neighbour discovery say, in the sentences of the text report, with the frames as links. */
import { type ControlSection, controlSections } from "../control-sentences.ts";
import { linkFrames } from "./conversations-section.ts";
import { type Html, html } from "./escape.ts";
import type { FrameLinks } from "./links.ts";
import type { ReportData } from "./report-data.ts";

export function controlParts(data: ReportData, links: FrameLinks): Html[] {
  return controlSections(data.analysis.control).map((section) => sectionOf(section, links));
}

function sectionOf({ id, title, sentences }: ControlSection, links: FrameLinks): Html {
  const rows = sentences.map(
    ([head, text]) => html`<div><dt>${head.trim()}</dt><dd>${linkFrames(text, links)}</dd></div>`,
  );
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
<dl class="facts story">${rows}</dl></section>
`;
}

/** The verdict, before everything else: what the capture is, in a few sentences with links to the frames that show it. */
import type { VerdictPart, VerdictSentence } from "../verdict/sentence.ts";
import { verdictOf } from "../verdict/verdict.ts";
import { type Html, html } from "./escape.ts";
import { type FrameLinks, pageSection } from "./landmarks.ts";
import type { ReportData } from "./report-data.ts";

const MOST_FRAMES = 4;

export function verdictSection({ analysis }: ReportData, links: FrameLinks): Html {
  const sentences = verdictOf(analysis).map((sentence) => sentenceItem(sentence, links));
  return pageSection("verdict", "Verdict", html`<ul class="verdict">${sentences}</ul>`);
}

function sentenceItem({ topic, parts }: VerdictSentence, links: FrameLinks): Html {
  return html`<li class="${topic}">${parts.map((part) => html`${part.text}${evidence(part, links)}`)}.</li>
`;
}

function evidence({ frames, total }: VerdictPart, links: FrameLinks): Html | undefined {
  if (frames === undefined || frames.length === 0) return undefined;
  const all = total ?? frames.length;
  return html` (${all === 1 ? "frame" : "frames"} ${links.list(frames.slice(0, MOST_FRAMES), all)})`;
}

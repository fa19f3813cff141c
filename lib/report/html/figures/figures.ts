/** The figures of one conversation: ladder, messages across segments, sequence numbers over time. */
import type { StreamArrows } from "../../arrow-log.ts";
import { type Html, html } from "../escape.ts";
import type { FrameLinks } from "../links.ts";
import type { ReportData } from "../report-data.ts";
import { ladderFigure } from "./ladder-figure.ts";
import { messageLaneFigure } from "./message-lane.ts";
import { sequenceFigures } from "./sequence-plot.ts";

export { FIGURE_STYLE } from "./figure-style.ts";

export function conversationFigures(data: ReportData, arrows: StreamArrows, links: FrameLinks): Html {
  const messages = data.messages.find(({ stream }) => stream === arrows.stream);
  const lane =
    messages === undefined || messages.messages.length === 0 ? undefined : messageLaneFigure(data, messages, links);
  return html`${ladderFigure(data, arrows, links)}${lane}${sequenceFigures(data, arrows)}`;
}

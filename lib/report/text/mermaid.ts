/**
 * Conversations as a sequence diagram for mermaid. Everything in it is made of numbers and of words that stand here, so
 * that no packet can put anything of its own into the diagram.
 */
import { type Arrow, type ArrowLog, arrowLabel, findingsOf } from "../arrow-log.ts";
import { elapsed, formatDuration } from "../moments.ts";
import { formatSocket, plural } from "../wording.ts";
import { restOf } from "./ladder.ts";

interface Step {
  readonly arrow: Arrow;
  readonly from: string;
  readonly to: string;
}

/** The two ends of every conversation as participants, then all packets in the order of the capture. */
export function formatMermaid(log: ArrowLog): string {
  const participants = new Map<string, string>();
  const idOf = (socket: string) => {
    const known = participants.get(socket);
    if (known !== undefined) return known;
    const id = `p${participants.size + 1}`;
    participants.set(socket, id);
    return id;
  };
  const steps = log.streams.flatMap(({ stream, arrows }) => {
    const [higher, lower] = [formatSocket(stream.higher), formatSocket(stream.lower)];
    const [client, server] = [idOf(formatSocket(stream.client)), idOf(formatSocket(stream.server))];
    const higherId = stream.isClientHigher ? client : server;
    const lowerId = higher === lower ? higherId : stream.isClientHigher ? server : client;
    return arrows.map((arrow): Step => {
      return arrow.isFromHigher ? { arrow, from: higherId, to: lowerId } : { arrow, from: lowerId, to: higherId };
    });
  });
  // As the packets came: conversations at the same time are seen side by side.
  steps.sort((a, b) => a.arrow.frame - b.arrow.frame);
  const lines = [
    "sequenceDiagram",
    ...Array.from(participants, ([socket, id]) => `  participant ${id} as ${socket}`),
    ...steps.flatMap((step, index) => stepLines(step, steps[index - 1])),
    ...leftOut(log).map((line) => `  %% ${line}`),
  ];
  return `${lines.join("\n")}\n`;
}

function stepLines({ arrow, from, to }: Step, before: Step | undefined): string[] {
  const lines: string[] = [];
  const sides = from === to ? from : `${from},${to}`;
  const pause = before === undefined ? undefined : elapsed(before.arrow.moment, arrow.moment);
  if (pause !== undefined && pause.seconds > 0) lines.push(`  Note over ${sides}: ${formatDuration(pause)} later`);
  lines.push(`  ${from}->>${to}: ${arrow.frame}. ${arrowLabel(arrow)}`);
  for (const { title } of findingsOf(arrow)) lines.push(`  Note over ${sides}: ${title}`);
  return lines;
}

/** A comment in the diagram, for whoever reads its text. */
function leftOut(log: ArrowLog): string[] {
  const hidden = log.streams.reduce((sum, { arrows, total }) => sum + total - arrows.length, 0);
  const lines = restOf(log);
  return hidden > 0 ? [`${plural(hidden, "more packet")} left out; give --count 0 for all.`, ...lines] : lines;
}

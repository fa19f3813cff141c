/** What is to be said beside the contents of streams of which some bytes came twice, and not the same ones. */
import type { FindingLog } from "../../streams/finding-log.ts";
import { Finding } from "../../streams/findings.ts";
import { firstOf } from "../wording.ts";
import { paragraph } from "./text-layout.ts";

const MOST_FRAMES = 8;

/**
 * @param stream number of the TCP stream that was read; undefined: all of them
 * @returns a paragraph with a line end, or nothing where no bytes contradict each other
 */
export function conflictText(findings: FindingLog, stream?: number): string {
  const frames: number[] = [];
  let total = 0;
  for (const packet of findings.packets()) {
    const isWanted = stream === undefined || packet.stream === stream;
    if ((packet.findings & Finding.OVERLAP_CONFLICT) === 0 || !isWanted) continue;
    total++;
    if (frames.length < MOST_FRAMES) frames.push(packet.frame);
  }
  if (total === 0) return "";
  const where = `${total === 1 ? "Frame" : "Frames"} ${firstOf(frames, MOST_FRAMES, total)}`;
  const what = `brought other bytes for a place in the stream that had some already. Those that came first are shown; the receiver may have taken the others.`;
  return `${paragraph(`${where} ${what}`).join("\n")}\n`;
}

/** Findings for people: grouped by their kind, the gravest first, each with what it means. */
import type { Analysis, CaptureFacts } from "../../streams/analysis.ts";
import type { FindingLog } from "../../streams/finding-log.ts";
import {
  Circumstance,
  FINDING_KINDS,
  Finding,
  type FindingKind,
  meaningOf,
  type Severity,
} from "../../streams/findings.ts";
import { firstOf, framesText, plural } from "../wording.ts";
import { type Paint, paragraph } from "./text-layout.ts";

const MOST_FRAMES = 8;
const GRAVITY: readonly Severity[] = ["error", "warning", "note", "chat"];
/** As wide as the longest name of a severity, and a gap. */
const NAME_WIDTH = 9;

/** Protocols are named one by one up to so many. */
const MOST_UNREAD = 8;

/** Packets by the name of the first header in them that was not looked into. */
export type Unread = ReadonlyMap<string, number>;

/** That nothing was found, and in what: not more is said than was looked at, and nothing of packets that were made up. */
export function noFindings({ unread, packets, selectedPackets, reconstructedPackets }: CaptureFacts): string {
  if (reconstructedPackets > 0 && reconstructedPackets === packets) {
    return "No findings, which says nothing of the network: the packets were reconstructed from what sockets did, with checksums and sequence numbers as they have to be.";
  }
  const selected = selectedPackets === packets ? "" : "the packets that the filter selects";
  const looked = unread.size === 0 ? selected : `what was looked into${selected === "" ? "" : ` of ${selected}`}`;
  const place = reconstructedPackets === 0 ? looked : withoutReconstructed(looked);
  const where = place === "" ? "" : ` in ${place}`;
  return `No findings${where}: every checksum${place === "" ? "" : " there"} that can be checked is right, and no TCP segment was lost, repeated or out of order.`;
}

function withoutReconstructed(place: string): string {
  return place === "" ? "packets that were not reconstructed" : `${place}, where they were not reconstructed`;
}

/** What nothing was said about, as sentences; empty where all headers were looked into. */
export function unreadText(unread: Unread): string {
  if (unread.size === 0) return "";
  const sorted = [...unread].sort((a, b) => b[1] - a[1]);
  const named = sorted.map(([name, packets]) => `${name} in ${plural(packets, "packet")}`);
  return `Not looked into: ${firstOf(named, MOST_UNREAD)}. What these headers hold, and what comes after them, was not checked and is in no conversation.`;
}

export function findingLines({ findings, capture }: Analysis, paint: Paint): string[] {
  const text = unreadText(capture.unread);
  return [...kindLines(findings, capture, paint), ...(text === "" ? [] : paragraph(text))];
}

function kindLines(findings: FindingLog, capture: CaptureFacts, paint: Paint): string[] {
  const groups = foundGroups(findings, MOST_FRAMES);
  if (groups.length === 0) return paragraph(noFindings(capture));
  return groups.flatMap(({ kind, meaning, frames, total }) => {
    const where = framesText(frames, MOST_FRAMES, total);
    const [first = "", ...rest] = paragraph(
      `${kind.title}: ${plural(total, "packet")}, ${where}. ${sentence(meaning, kind.code)}`,
      kind.severity.padEnd(NAME_WIDTH),
    );
    const head = first.slice(0, NAME_WIDTH);
    return [paint.severity(head, kind.severity) + first.slice(NAME_WIDTH), ...rest];
  });
}

/** Findings of one kind that mean the same. */
export interface FindingGroup {
  readonly kind: FindingKind;
  readonly meaning: string;
  /** The first of them. */
  readonly frames: number[];
  total: number;
}

/** The gravest kinds first; of one kind, what happened most often. */
export function foundGroups(findings: FindingLog, mostFrames: number): FindingGroup[] {
  const kinds = foundKinds(findings);
  const groups = new Map<FindingKind, Map<string, FindingGroup>>(kinds.map((kind) => [kind, new Map()]));
  for (const packet of findings.packets()) {
    for (const [kind, byMeaning] of groups) {
      if ((packet.findings & kind.bit) === 0) continue;
      const meaning = meaningOf(kind, packet.circumstance ?? Circumstance.NONE);
      let group = byMeaning.get(meaning);
      if (group === undefined) {
        group = { kind, meaning, frames: [], total: 0 };
        byMeaning.set(meaning, group);
      }
      group.total++;
      if (group.frames.length < mostFrames) group.frames.push(packet.frame);
    }
  }
  return kinds.flatMap((kind) => [...groups.get(kind)!.values()].sort((a, b) => b.total - a.total));
}

/** The gravest first, of those the most frequent. */
function foundKinds(findings: FindingLog): FindingKind[] {
  return FINDING_KINDS.filter((kind) => findings.count(kind) > 0).sort(
    (a, b) => GRAVITY.indexOf(a.severity) - GRAVITY.indexOf(b.severity) || findings.count(b) - findings.count(a),
  );
}

function sentence(meaning: string, code: string): string {
  return `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)} (${code}).`;
}

/**
 * What is to be said beside the contents of streams of which some bytes came twice, and not the same ones.
 *
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

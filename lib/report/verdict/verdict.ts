/**
 * What a capture is, in a few sentences: who talked to whom about what, whether the connections opened and closed as they should,
 * what went wrong with the likeliest reason, and what the capture itself distorts. Each says only what frames show that it names.
 */
import type { Analysis } from "../../streams/analysis.ts";
import { inOrder } from "../stream-selection.ts";
import { count, framesText, plural } from "../wording.ts";
import { connectionSentence } from "./connection-state.ts";
import { distortionSentence } from "./distortions.ts";
import { whoSentence } from "./parties.ts";
import type { VerdictPart, VerdictSentence, VerdictTopic } from "./sentence.ts";
import { troubleSentences } from "./troubles.ts";

/** Nobody reads more than this before the details. */
const MOST_SENTENCES = 6;
const MOST_FRAMES = 3;

/**
 * What a capture is, in one to six sentences, in the order in which they are to be read. Each names the frames that show what it
 * says; `formatAnalysis` and the page begin with them.
 *
 * @example
 * ```ts
 * import { analyzeCapture, captureBytes, captureFromBytes, encodePacket, ethernet, ipv4, tcp, verdictOf, verdictText } from "wirewright";
 *
 * const network = ipv4({ source: "10.0.0.1", destination: "10.0.0.2" });
 * const syn = encodePacket([ethernet(), network, tcp({ sourcePort: 50_001, destinationPort: 80, flags: "SYN" })]);
 * const verdict = verdictOf(await analyzeCapture(captureFromBytes(captureBytes([syn]))));
 * console.log(verdictText(verdict[1]!)); // The connection gets no answer (frame 1).
 * ```
 */
export function verdictOf(analysis: Analysis): readonly VerdictSentence[] {
  const streams = inOrder(analysis.tcpStreams, analysis.udpStreams);
  const connections = connectionSentence(analysis.tcpStreams);
  const before = [
    ...originSentence(analysis),
    whoSentence(analysis, streams),
    ...(connections === undefined ? [] : [connections]),
  ];
  const distortion = distortionSentence(analysis);
  const behind = distortion === undefined ? [] : [distortion];
  const room = MOST_SENTENCES - before.length - behind.length;
  const troubles = troubleSentences(analysis);
  const middle = troubles.length === 0 ? calmSentence(analysis) : troubles.slice(0, room);
  return [...before, ...middle, ...behind];
}

function originSentence({ capture }: Analysis): VerdictSentence[] {
  const { packets, selectedPackets, reconstructedPackets } = capture;
  const parts: VerdictPart[] = [];
  if (selectedPackets !== packets) {
    parts.push({
      text: `This is about the ${plural(selectedPackets, "packet")} of ${count(packets)} that the filter selects`,
    });
  }
  if (reconstructedPackets > 0) {
    const who =
      reconstructedPackets === packets ? "The packets were" : `${count(reconstructedPackets)} of the packets were`;
    parts.push({
      text: `${parts.length === 0 ? "" : ". "}${who} reconstructed from what programs did with their sockets: nobody has captured them, and they tell nothing of the network`,
    });
  }
  return parts.length === 0 ? [] : [{ topic: "origin", parts }];
}

/** Of what was made up, there is nothing to be calm about. */
function calmSentence({ capture, findings }: Analysis): VerdictSentence[] {
  const { packets, selectedPackets, reconstructedPackets } = capture;
  if (selectedPackets === 0 || reconstructedPackets === packets) return [];
  const text =
    findings.packetCount === 0
      ? "Nothing went wrong that the capture shows: nothing was lost, sent again or damaged"
      : "Nothing went wrong that the capture shows; what the findings name is in the ordinary course of things";
  return [{ topic: "calm", parts: [{ text }] }];
}

/** A sentence as text, with the frames in parentheses. */
export function verdictText({ parts }: VerdictSentence): string {
  return `${parts.map((part) => part.text + evidenceText(part)).join("")}.`;
}

function evidenceText({ frames, total }: VerdictPart): string {
  return frames === undefined || frames.length === 0 ? "" : ` (${framesText(frames, MOST_FRAMES, total)})`;
}

/** What `--json` says of a sentence. */
export interface JsonVerdict {
  readonly topic: VerdictTopic;
  readonly text: string;
  /** Frames that show it, at most ten for each part of it. */
  readonly frames?: readonly number[];
}

const MOST_JSON_FRAMES = 10;

export function verdictJson(sentence: VerdictSentence): JsonVerdict {
  const frames = sentence.parts.flatMap((part) => part.frames?.slice(0, MOST_JSON_FRAMES) ?? []);
  const distinct = [...new Set(frames)].sort((a, b) => a - b);
  return {
    topic: sentence.topic,
    text: verdictText(sentence),
    ...(distinct.length > 0 && { frames: distinct }),
  };
}

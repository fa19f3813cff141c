/** What looks wrong in a capture only because of how it was taken, in a few words each. */

import type { Analysis } from "../../streams/analysis.ts";
import type { ArtefactCode } from "../../streams/artefact-text.ts";
import type { VerdictPart, VerdictSentence } from "./sentence.ts";

/** Those that make a reader see faults where none are come first. What is no distortion is left out. */
const WORDS: readonly (readonly [code: ArtefactCode, text: string])[] = [
  ["duplicate-frames", "it holds packets twice, which is no retransmission"],
  ["checksum-offload", "checksums were left to the network adapter, which is no damage"],
  ["ip-checksum-offload", "IP checksums were left to the network adapter, which is no damage"],
  ["one-direction", "it lacks one direction of a connection"],
  ["cut-packets", "packets were cut when they were captured"],
  [
    "segmentation-offload",
    "packets are larger than Ethernet carries, so that they may have been cut or joined elsewhere",
  ],
  ["time-backwards", "times go backwards"],
  ["began-mid-connection", "it begins in the middle of connections"],
  ["open-before-capture", "it begins in the middle of connections"],
  ["no-ip-checksum", "a loopback interface leaves IP checksums out"],
];
const MOST = 3;

/** @returns undefined where nothing is distorted */
export function distortionSentence({ artefacts }: Analysis): VerdictSentence | undefined {
  const found = WORDS.flatMap(([code, text]) => {
    const artefact = artefacts.find((one) => one.code === code);
    return artefact === undefined ? [] : [{ text, frames: artefact.frames, total: artefact.count }];
  });
  const distinct = found.filter(({ text }, index) => found.findIndex((other) => other.text === text) === index);
  if (distinct.length === 0) return undefined;
  const parts = distinct.slice(0, MOST).map((part, index): VerdictPart => {
    return { ...part, text: `${index === 0 ? "The capture itself distorts: " : "; "}${part.text}` };
  });
  return { topic: "distortion", parts };
}

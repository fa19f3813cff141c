/** A whole analysis as one object of JSON, in memory. Captures of any size are written piece by piece by whoever shows them. */
import type { Analysis } from "../../streams/analysis.ts";
import { hasPackets } from "../stream-selection.ts";
import { verdictJson, verdictOf } from "../verdict/verdict.ts";
import { findingsJson } from "./analysis-json.ts";
import { controlJson, hasControl } from "./control-json.ts";
import { captureJson, conversationJson, type JsonConversation } from "./conversation-json.ts";

/** The conversations that have packets, those of TCP first. */
export function* conversationsJson({ tcpStreams, udpStreams }: Analysis): Generator<JsonConversation> {
  for (const streams of [tcpStreams, udpStreams]) {
    for (const stream of streams) if (hasPackets(stream)) yield conversationJson(stream);
  }
}

export function wholeAnalysisJson(analysis: Analysis): object {
  const { capture, findings, artefacts, control } = analysis;
  return {
    capture: captureJson(capture),
    verdict: verdictOf(analysis).map(verdictJson),
    conversations: [...conversationsJson(analysis)],
    findings: [...findingsJson(findings)],
    notes: artefacts,
    ...(hasControl(control) && { control: controlJson(control) }),
  };
}

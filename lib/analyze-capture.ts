/** What happened in a capture, which is open already. What opens files is in `analyze.ts`. */
import { ANALYSIS_RULES } from "./analysis-rules.ts";
import { checkOptions } from "./core/option-rules.ts";
import type { Capture } from "./pcap/capture-reader.ts";
import { requireCapture } from "./pcap/given-capture.ts";
import { wholeAnalysisJson } from "./report/json/whole-analysis-json.ts";
import { type AnalyzeCaptureOptions, followStreams } from "./running-analysis.ts";
import type { Analysis, AnalysisWithJson } from "./streams/analysis.ts";

/**
 * Reads an open capture to its end and follows every stream in it; it stays open.
 *
 * @throws CaptureError for a capture that cannot be read, FilterError for a filter that cannot be understood, WirewrightError
 *   ALREADY_READ for a capture whose packets have all been read before, and BAD_OPTION for what is no capture or no option
 *
 * @example
 * ```ts
 * import { analyzeCapture, captureFromBytes, encapsulateMessages } from "wirewright";
 *
 * const { capture } = await encapsulateMessages([{ from: "Alice", to: "Bob", message: "hello", time: 0 }]);
 * const { tcpStreams, findings } = await analyzeCapture(captureFromBytes(capture), { filter: "ip.addr == 10.0.0.1" });
 * console.log(tcpStreams.map(({ packets, handshake, close }) => `${packets} ${handshake} ${close}`).join(), findings.packetCount); // 9 complete fin 0
 * ```
 */
export async function analyzeCapture(capture: Capture, options: AnalyzeCaptureOptions = {}): Promise<AnalysisWithJson> {
  requireCapture("analyzeCapture", capture);
  checkOptions("analyzeCapture", options, ANALYSIS_RULES);
  return withJson(await followStreams(capture, options));
}

/** For `JSON.stringify`, which writes the result as `analyze --json` does. */
export function withJson(analysis: Analysis): AnalysisWithJson {
  return { ...analysis, toJSON: () => wholeAnalysisJson(analysis) };
}

/** The second main job: a capture goes in, what happened in it comes out. */
import { ANALYSIS_RULES } from "./analysis-rules.ts";
import { withJson } from "./analyze-capture.ts";
import { requirePath } from "./core/given.ts";
import { ANYTHING, checkOptions, type OptionRules } from "./core/option-rules.ts";
import { openCapture } from "./pcap/open-capture.ts";
import { type AnalyzeCaptureOptions, compiled, followStreams } from "./running-analysis.ts";
import type { Analysis, AnalysisWithJson } from "./streams/analysis.ts";

/** What is read, which of it counts, and who is told of it meanwhile. */
export interface AnalyzeOptions extends AnalyzeCaptureOptions {
  /** A path, or `-` for standard input. */
  readonly input: string;
  /** Ends standard input or a pipe, which could go on for ever: what has come until then is analysed. */
  readonly signal?: AbortSignal | undefined;
}

const RULES: OptionRules<AnalyzeOptions> = { input: ANYTHING, ...ANALYSIS_RULES, signal: ANYTHING };

/**
 * Reads a capture to its end and follows every stream in it.
 *
 * @param input a path, or `-` for standard input; or the options, with the path as one of them
 * @throws CaptureError for a file that is no capture or cannot be read, FilterError for a filter that cannot be understood,
 *   WirewrightError BAD_OPTION for what is no path or no option
 *
 * @example
 * ```ts
 * import { analyze, encapsulate } from "wirewright/node";
 *
 * await encapsulate({ input: "fixtures/chat.csv", output: "out/analyzed.pcapng" });
 * const { capture, tcpStreams } = await analyze("out/analyzed.pcapng");
 * console.log(capture.packets, tcpStreams.length); // 69 3
 * ```
 */
export async function analyze(
  input: string | AnalyzeOptions,
  options: Omit<AnalyzeOptions, "input"> = {},
): Promise<AnalysisWithJson> {
  const all = typeof input === "string" ? { ...options, input } : input;
  checkOptions("analyze", typeof input === "string" ? options : input, RULES);
  requirePath("analyze", all.input, "the path of a capture");
  return withJson(await followInput(all));
}

/** The same for whoever writes no JSON of it, or piece by piece. */
export async function followInput(options: AnalyzeOptions): Promise<Analysis> {
  // What is wrong with the filter is said before a file is looked at.
  const filter = typeof options.filter === "string" ? await compiled(options.filter) : options.filter;
  const capture = await openCapture(options.input, options.signal);
  try {
    return await followStreams(capture, { ...options, filter });
  } finally {
    await capture.close();
  }
}

/** A capture becomes a page that explains it. */
import { ANALYSIS_RULES } from "./analysis-rules.ts";
import { checkOptions, type OptionRules, wholeNumber } from "./core/option-rules.ts";
import type { Capture } from "./pcap/capture-reader.ts";
import { requireCapture } from "./pcap/given-capture.ts";
import { makeReport } from "./report/html/page.ts";
import { type ReportListeners, USUAL_LIMITS } from "./report/html/report-data.ts";
import { type AnalyzeCaptureOptions, followStreams } from "./running-analysis.ts";

/** Which packets count, and how much is drawn of them. */
export interface HtmlReportOptions extends Pick<AnalyzeCaptureOptions, "filter" | "framing" | "onPause"> {
  /** Conversations that are drawn, 1 or more; of the others, a line each. Default: 20. */
  readonly conversations?: number | undefined;
}

const { filter, framing, onPause } = ANALYSIS_RULES;
const RULES: OptionRules<HtmlReportOptions> = { filter, framing, onPause, conversations: wholeNumber(1) };

/**
 * Makes a page that explains a capture: its conversations as ladders, their messages, and every frame with its bytes and
 * fields. The capture is read to its end, and stays open.
 *
 * @returns an HTML document that needs nothing else
 * @throws CaptureError for a capture that cannot be read, FilterError for a filter that cannot be understood, WirewrightError
 *   ALREADY_READ for a capture whose packets have all been read before, and BAD_OPTION for what is no capture or no option
 *
 * @example
 * ```ts
 * import { captureFromBytes, encapsulateMessages, htmlReport } from "wirewright";
 *
 * const { capture } = await encapsulateMessages([{ from: "Alice", to: "Bob", message: "hello", time: 0 }]);
 * const page = await htmlReport(captureFromBytes(capture, "hello.pcapng"));
 * console.log(page.startsWith("<!DOCTYPE html>")); // true
 * ```
 */
export async function htmlReport(capture: Capture, options: HtmlReportOptions = {}): Promise<string> {
  requireCapture("htmlReport", capture);
  checkOptions("htmlReport", options, RULES);
  const { conversations = USUAL_LIMITS.conversations, ...rest } = options;
  const analyse = (listeners: ReportListeners) => followStreams(capture, { ...rest, ...listeners });
  const { page } = await makeReport(analyse, { ...USUAL_LIMITS, conversations });
  return page;
}

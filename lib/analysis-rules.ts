/** What the options of an analysis can be. */
import { FUNCTION, FUNCTION_OR_TEXT, type OptionRules, oneOf } from "./core/option-rules.ts";
import type { AnalyzeCaptureOptions } from "./running-analysis.ts";

export const ANALYSIS_RULES: OptionRules<AnalyzeCaptureOptions> = {
  filter: FUNCTION_OR_TEXT,
  framing: oneOf("line", "http", "push", "dns", "websocket", "tls"),
  onPause: FUNCTION,
  onPacket: FUNCTION,
  listenTo: FUNCTION,
  onDatagram: FUNCTION,
};

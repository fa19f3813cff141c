/** The view of a capture as a page: a report with figures, for browsers and paper. */
import fs from "node:fs";
import { type AnalyzeOptions, followInput } from "../../lib/analyze.ts";
import { makeVisible } from "../../lib/core/text.ts";
import { type FileIdentity, isStandardOutput, OutputFile } from "../../lib/pcap/output-file.ts";
import { makeReport } from "../../lib/report/html/page.ts";
import { USUAL_LIMITS } from "../../lib/report/html/report-data.ts";
import { count, plural } from "../../lib/report/wording.ts";
import type { Analysis } from "../../lib/streams/analysis.ts";
import type { Output } from "../shared/output.ts";

/**
 * Writes the page to `file` (`-`: standard output) and says how large it is, on standard error where the page itself goes
 * to standard output.
 *
 * @param conversations that are drawn; 0: all
 */
export async function writeHtmlReport(
  file: string,
  options: AnalyzeOptions,
  output: Output,
  conversations?: number,
): Promise<void> {
  const limits = {
    ...USUAL_LIMITS,
    conversations: conversations === 0 ? Number.POSITIVE_INFINITY : conversations,
  };
  const write = async (target: OutputFile) => {
    const report = await makeReport((listeners) => followInput({ ...options, ...listeners }), limits);
    const bytes = new TextEncoder().encode(report.page);
    target.give(bytes, bytes.length);
    return { analysis: report.analysis, length: bytes.length };
  };
  const { analysis, length } = await OutputFile.write(file, write, identityOf(options.input));
  const line = resultOf(analysis, length, isStandardOutput(file) ? "standard output" : makeVisible(file));
  if (isStandardOutput(file)) process.stderr.write(line);
  else output.write(line);
}

/** What the page must not be written over. Whether it can be read at all is said by whoever reads it. */
function identityOf(input: string): FileIdentity | undefined {
  try {
    return input === "-" ? fs.fstatSync(0, { bigint: true }) : fs.statSync(input, { bigint: true });
  } catch {
    return undefined;
  }
}

function resultOf({ capture, tcpStreams, udpStreams }: Analysis, bytes: number, where: string): string {
  const { packets, selectedPackets } = capture;
  const selected = selectedPackets < packets ? `${count(selectedPackets)} of ` : "";
  const conversations = plural(tcpStreams.length + udpStreams.length, "conversation");
  return `${conversations}, ${selected}${plural(packets, "packet")}: ${count(bytes)} bytes in ${where}.\n`;
}

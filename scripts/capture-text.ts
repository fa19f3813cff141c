/** What `capture` says about itself. */

import { makeVisible } from "../lib/core/text.ts";
import type { Adapter } from "../lib/live/cap.ts";
import type { CaptureProgram, LiveCapture } from "../lib/live/capture/live-capture.ts";
import { isStandardOutput } from "../lib/pcap/output-file.ts";
import { formatTable } from "../lib/report/text/table.ts";
import { count, plural } from "../lib/report/wording.ts";
import { formatNotice, quoteForShell } from "./capture-file-text.ts";

const REDRAW_EVERY_MS = 200;

/** The adapters as a table, the loopback first. */
export async function describeAdapters(adapters: readonly Adapter[]): Promise<string> {
  const sorted = [...adapters].sort((one, other) => Number(other.isLoopback) - Number(one.isLoopback));
  const rows = sorted.map(({ name, description = "", addresses, isLoopback }) => [
    makeVisible(name),
    isLoopback ? "loopback" : "",
    addresses.join(", "),
    makeVisible(description),
  ]);
  const columns = [{ title: "Name" }, { title: "Kind" }, { title: "Addresses" }, { title: "Description" }];
  return `${(await formatTable(columns, rows)).join("\n")}\n`;
}

export function describeStart(adapter: string, via: CaptureProgram, output: string | undefined): string {
  const into = output === undefined ? "" : ` into ${nameOf(output)}`;
  const notice = output === undefined ? undefined : formatNotice(output);
  return `Capturing on ${makeVisible(adapter)}${into}, through ${via}. Ctrl-C ends it.\n${notice === undefined ? "" : `${notice}\n`}`;
}

export function describeEnd({ counts, via }: LiveCapture, output: string | undefined): string {
  const { packets, bytes, dropped } = counts;
  const where = output === undefined ? "" : ` in ${nameOf(output)}`;
  const lines = [`${plural(packets, "packet")}, ${plural(bytes, "byte")}${where}; ${describeDrops(dropped, via)}.`];
  if (output !== undefined && !isStandardOutput(output)) {
    const quoted = quoteForShell(makeVisible(output));
    lines.push(`Look at it: npx tsx scripts/analyze.ts ${quoted}   or: wireshark ${quoted}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The end of a capture whose file could not be written further. */
export function describeCutEnd({ counts, via }: LiveCapture, output: string): string {
  const seen = `${plural(counts.packets, "packet")} were seen; ${describeDrops(counts.dropped, via)}.`;
  return `${seen} What ${nameOf(output)} has room for is in it, and whole.\n`;
}

function describeDrops(dropped: number | undefined, via: CaptureProgram): string {
  if (dropped === undefined) return `${via} does not tell whether any were lost`;
  return dropped === 0 ? "none were lost" : `${count(dropped)} more were lost`;
}

function nameOf(output: string): string {
  return isStandardOutput(output) ? "standard output" : makeVisible(output);
}

/** How much there is already, on standard error, while a person is watching. */
export class CaptureProgress {
  readonly #timer: NodeJS.Timeout | undefined;
  #isDrawn = false;

  constructor(live: LiveCapture, isWanted: boolean) {
    if (!isWanted || !process.stderr.isTTY) return;
    this.#timer = setInterval(() => {
      const { packets, bytes } = live.counts;
      this.#isDrawn = true;
      process.stderr.write(`\r\x1b[K${plural(packets, "packet")}, ${plural(bytes, "byte")}`);
    }, REDRAW_EVERY_MS);
  }

  /** Takes the line away again. */
  clear(): void {
    clearInterval(this.#timer);
    if (this.#isDrawn) process.stderr.write("\r\x1b[K");
  }
}

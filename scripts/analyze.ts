#!/usr/bin/env -S npx tsx
import fs from "node:fs";
import { Option } from "commander";
import { CaptureError } from "../lib/pcap/capture-file.ts";
import { paragraph } from "../lib/report/text/text-layout.ts";
import { type Flags, FRAMINGS, requestOf, streamFlag } from "./analyze/request.ts";
import { VIEWS } from "./analyze/views.ts";
import { addExamples, isMain } from "./shared/calling.ts";
import { createCommand, endInOrder, runScript } from "./shared/cli.ts";
import { paintFor } from "./shared/colours.ts";
import { integerFlag } from "./shared/flag-values.ts";
import { Output } from "./shared/output.ts";
import { pointedOut } from "./shared/pointed-filter.ts";

/** Milliseconds in which who writes the capture may end it. */
const LAST_WORDS = 500;

const HELP = `
Streams count from 0 and frames from 1, as in Wireshark. 0 or tcp:0 is the first TCP stream, udp:0 the first UDP stream.

Filters are written as in Wireshark:
  tcp.port == 8080 && ip.addr == 10.0.0.1        ip.src == 10.0.0.0/8 and not udp
  tcp.flags.syn == 1 and tcp.flags.ack == 0      tcp.stream in {0, 2..4} or tcp.len > 1000
  tcp.analysis.retransmission                    http and tcp.payload contains "Host: example"
--filter-fields lists every field. A filter selects packets, and conversations and findings with such packets.`;

export const command = createCommand("analyze", "Reads a capture back and explains what happened in it.")
  .argument("[capture]", "a pcap or pcapng file, packed with gzip or not; - reads standard input")
  .option("--ladder [stream]", "conversations as ladders of arrows; all, or the one that is named")
  .option("--mermaid [stream]", "conversations as a sequence diagram for mermaid")
  .option("--messages [stream]", "which segments carried which message, and which messages shared a segment")
  .option("--follow <stream>", "what a stream carried, as text", streamFlag)
  .option("--frame <number>", "one frame: every field beside its bytes", integerFlag(1, Number.MAX_SAFE_INTEGER))
  .option("--html <file>", "a report with figures, as one page for browsers and paper; - writes standard output")
  .option("--filter <filter>", "only the packets that match, and conversations and findings with them")
  .option("--filter-fields", "list the fields that a filter can ask for")
  .addOption(
    new Option("--framing <how>", "where messages end (default: as their first bytes suggest)").choices(FRAMINGS),
  )
  .option(
    "--count <number>",
    "packets or messages shown of a conversation; 0 shows all (default: 100)",
    integerFlag(0, Number.MAX_SAFE_INTEGER),
  )
  .option(
    "--conversations <number>",
    "conversations told one by one, on the page (default: 5) or with --html (default: 20); 0 tells all",
    integerFlag(0, Number.MAX_SAFE_INTEGER),
  )
  .option("--hex", "with --follow: bytes in hexadecimal")
  .option("--raw", "with --follow: the bytes as they are, not on a terminal")
  .option("--json", "print one JSON object; also with --messages and --frame")
  .option("--truth <file>", "what really happened, from encapsulate --truth, beside what the capture shows")
  .option("--packets", "with --json: every packet too")
  .addHelpText("after", HELP)
  .action(run);

addExamples(command, [
  "wirewright analyze messages.pcap",
  "wirewright analyze messages.pcap --ladder 2",
  "wirewright analyze messages.pcap --frame 25",
  "wirewright analyze messages.pcap --html messages.html",
  "wirewright encapsulate messages.csv - | wirewright analyze - --follow 0",
]);

if (isMain(import.meta.url)) runScript(command);

async function run(input: string | undefined, flags: Flags): Promise<void> {
  const output = new Output();
  if (flags.filterFields) {
    for (const line of await fieldLines()) output.write(`${line}\n`);
    return output.drain();
  }
  const request = requestOf(input, flags);
  const paint = paintFor(process.stdout.isTTY === true, process.env);
  const interruption = couldGoOn(request.input) ? endReadingOnSignals() : undefined;
  try {
    await VIEWS[request.view]({ ...request, signal: interruption?.signal }, output, paint);
  } catch (error) {
    if (interruption?.signal.aborted && error instanceof CaptureError && error.code === "EMPTY_INPUT") return;
    throw pointedOut(error, flags.filter);
  }
  await output.drain();
}

/** Whether the input has no end of its own, as what `tcpdump -w -` writes. */
function couldGoOn(input: string): boolean {
  try {
    return !(input === "-" ? fs.fstatSync(0) : fs.statSync(input)).isFile();
  } catch {
    // Reading it will say what is wrong.
    return false;
  }
}

/**
 * A signal ends the reading, and what has come until then is told. Ctrl-C reaches whoever writes the capture as well, and
 * that one may still have something to say: then its own end is waited for, and nothing was cut off.
 */
function endReadingOnSignals(): { readonly signal: AbortSignal } {
  const controller = new AbortController();
  endInOrder((exitCode) => {
    setTimeout(() => {
      process.exitCode = exitCode;
      controller.abort();
    }, LAST_WORDS).unref();
  });
  return controller;
}

/** Every field of filters with its type, and what it is. */
async function fieldLines(): Promise<string[]> {
  // What filters need is loaded for those who ask for one.
  const { describeFilterFields } = await import("../lib/filter/filter.ts");
  return describeFilterFields().flatMap(({ name, type, meaning }) => [
    `${name}  (${type})`,
    ...paragraph(meaning, "    "),
  ]);
}

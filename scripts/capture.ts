#!/usr/bin/env -S npx tsx
import { Option } from "commander";
import { makeVisible } from "../lib/core/text.ts";
import { listAdapters, loopbackOf } from "../lib/live/adapters.ts";
import type { Adapter } from "../lib/live/cap.ts";
import { type CaptureProgram, type LiveCapture, startCapture } from "../lib/live/capture/live-capture.ts";
import { CAPTURE_PROGRAMS } from "../lib/live/capture/programs.ts";
import { isStandardOutput, OutputError } from "../lib/pcap/output-file.ts";
import { formatTable } from "../lib/report/text/table.ts";
import { count, plural } from "../lib/report/wording.ts";
import { PrintedLines } from "./capture/packet-lines.ts";
import { addExamples, asCalled, isMain, say } from "./shared/calling.ts";
import { createCommand, ExitCode, endInOrder, runScript, UsageError } from "./shared/cli.ts";
import { paintFor } from "./shared/colours.ts";
import { durationFlag, integerFlag } from "./shared/flag-values.ts";
import { formatNotice, quoteForShell, StatusLine } from "./shared/output.ts";

interface Flags {
  readonly iface?: string;
  readonly filter?: string;
  readonly count?: number;
  /** Seconds. */
  readonly duration?: number;
  readonly print?: boolean;
  readonly via?: CaptureProgram;
  readonly list?: boolean;
}

/** Milliseconds between two drawings of the counts. */
const STATUS_INTERVAL = 200;

const HELP = `
Filters are those of tcpdump: "tcp port 8080", "host 10.0.0.1 and not udp". Ctrl-C ends a capture, and the file is whole:
what it holds can be read at any time, even while it grows.`;

export const command = createCommand(
  "capture",
  "Captures what passes a network adapter, through cap, dumpcap or tcpdump.",
)
  .argument(
    "[output.pcapng]",
    "the capture, pcapng or pcap by its name, in a folder that is made if need be; - writes standard output",
  )
  .option("--iface <name>", "the adapter (default: the loopback adapter)")
  .option("--filter <filter>", "only the packets that match, in tcpdump's language")
  .option("--count <number>", "end after so many packets", integerFlag(1, Number.MAX_SAFE_INTEGER))
  .option("--duration <time>", "end after so long, in s or with a unit", durationFlag("s"))
  .option("--print", "print a line for each packet")
  .addOption(
    new Option("--via <program>", "what captures (default: the first of them that there is)").choices(CAPTURE_PROGRAMS),
  )
  .option("--list", "list the adapters, and which is the loopback")
  .addHelpText("after", HELP)
  .action(run);

addExamples(command, [
  "wirewright capture --list",
  'wirewright capture --filter "tcp port 8080" chat.pcapng',
  'wirewright capture --filter "tcp port 8080" --print',
  "wirewright capture --duration 10s - | wirewright analyze -",
]);

if (isMain(import.meta.url)) runScript(command);

async function run(output: string | undefined, flags: Flags): Promise<void> {
  if (flags.list) {
    process.stdout.write(await describeAdapters(await listAdapters()));
    return;
  }
  checkTogether(output, flags);
  await capture(output, flags);
}

function checkTogether(output: string | undefined, flags: Flags): void {
  if (flags.duration === 0) throw new UsageError("Nothing passes in no time; give a longer --duration.");
  if (output === undefined) {
    if (!flags.print) throw new UsageError("The output is missing; name a file to write to, or give --print.");
  } else if (isStandardOutput(output)) {
    if (flags.print) {
      throw new UsageError("--print and the capture cannot both go to standard output; name an output file.");
    }
    if (process.stdout.isTTY) {
      throw new UsageError("A terminal cannot show a capture; name a file, or hand it on to another program with |.");
    }
  }
}

async function capture(output: string | undefined, flags: Flags): Promise<void> {
  const adapter = flags.iface ?? loopbackOf(await listAdapters()).name;
  const lines = flags.print ? new PrintedLines(paintFor(process.stdout.isTTY === true, process.env)) : undefined;
  const live = await startCapture({
    adapter,
    filter: flags.filter,
    via: flags.via,
    output,
    count: flags.count,
    durationMs: flags.duration === undefined ? undefined : flags.duration * 1000,
    ...(lines !== undefined && {
      onPacket: (packet) => lines.add(packet),
      onPause: () => lines.drain(),
    }),
  });
  const isEndless = flags.count === undefined && flags.duration === undefined;
  stopOnSignals(live, isEndless, () => lines?.stop());
  process.stderr.write(describeStart(adapter, live.via, output));
  // Lines on the same terminal would be broken by it.
  const clearCounts = flags.print && process.stdout.isTTY ? () => {} : showCounts(live);
  let problem: unknown;
  try {
    await live.done;
  } catch (error) {
    problem = error;
  }
  clearCounts();
  await lines?.drain();
  if (problem instanceof OutputError && problem.code === "CANNOT_WRITE" && output !== undefined) {
    say(command, problem.message);
    process.stderr.write(describeCutEnd(live, output));
    process.exitCode = ExitCode.FAILED;
    return;
  }
  // Lines and captures have standard output for themselves.
  const isFree = lines === undefined && output !== undefined && !isStandardOutput(output);
  (isFree ? process.stdout : process.stderr).write(describeEnd(live, output));
  if (problem !== undefined) throw problem;
  // What nobody reads would keep the process alive.
  if (lines?.isAbandoned) process.exit();
}

/**
 * A signal ends the capture in order. Where nothing else could have ended it, that is no failure, as with tcpdump and
 * dumpcap; where a number of packets or a time was asked for, it was not reached. The second signal leaves at once.
 */
function stopOnSignals(live: LiveCapture, isEndless: boolean, onStop: () => void): void {
  endInOrder((exitCode) => {
    if (!isEndless) process.exitCode = exitCode;
    onStop();
    live.stop().catch(() => {});
  });
}

/** The adapters as a table, the loopback first. */
async function describeAdapters(adapters: readonly Adapter[]): Promise<string> {
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

function describeStart(adapter: string, via: CaptureProgram, output: string | undefined): string {
  const into = output === undefined ? "" : ` into ${nameOf(output)}`;
  const notice = output === undefined ? undefined : formatNotice(output);
  return `Capturing on ${makeVisible(adapter)}${into}, through ${via}. Ctrl-C ends it.\n${notice === undefined ? "" : `${notice}\n`}`;
}

function describeEnd({ counts, via }: LiveCapture, output: string | undefined): string {
  const { packets, bytes, dropped } = counts;
  const where = output === undefined ? "" : ` in ${nameOf(output)}`;
  const lines = [`${plural(packets, "packet")}, ${plural(bytes, "byte")}${where}; ${describeDrops(dropped, via)}.`];
  if (output !== undefined && !isStandardOutput(output)) {
    const quoted = quoteForShell(makeVisible(output));
    lines.push(`Look at it: ${asCalled("wirewright analyze", command)} ${quoted}   or: wireshark ${quoted}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The end of a capture whose file could not be written further. */
function describeCutEnd({ counts, via }: LiveCapture, output: string): string {
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

/** Draws how much there is already. @returns what ends that, and takes the line away */
function showCounts(live: LiveCapture): () => void {
  const status = new StatusLine({ delay: 0 });
  const timer = setInterval(() => {
    const { packets, bytes } = live.counts;
    status.update(() => `${plural(packets, "packet")}, ${plural(bytes, "byte")}`);
  }, STATUS_INTERVAL);
  return () => {
    clearInterval(timer);
    status.clear();
  };
}

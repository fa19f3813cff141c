#!/usr/bin/env -S npx tsx
import { makeVisible, withThousands } from "../lib/core/text.ts";
import { ADD_CAP } from "../lib/live/cap.ts";
import { type InjectionResult, inject } from "../lib/live/inject/injection.ts";
import { LiveError } from "../lib/live/live-errors.ts";
import { durationText } from "../lib/report/moments.ts";
import { plural } from "../lib/report/wording.ts";
import { addExamples, isMain, say } from "./shared/calling.ts";
import { createCommand, interruptOnSignals, runScript, UsageError } from "./shared/cli.ts";
import { integerFlag, parseSpeed } from "./shared/flag-values.ts";
import { StatusLine } from "./shared/output.ts";

interface Flags {
  readonly iface?: string;
  readonly speed: number;
  readonly loop: number;
  readonly allowNetwork?: boolean;
  readonly quiet?: boolean;
}

const MOST_ROUNDS = 1_000_000_000;

const HELP = `
Frames are converted to what the adapter takes: to Ethernet on Linux's lo, to loopback frames on macOS and with Npcap.
This needs the right to send raw packets, root or CAP_NET_RAW on Linux, and the package cap:
${ADD_CAP}.`;

export const command = createCommand(
  "inject",
  "Sends the packets of a capture to a loopback adapter, as they were captured.",
)
  .argument("<capture>", "a pcap or pcapng file, packed with gzip or not; - reads standard input")
  .option("--iface <name>", "the adapter (default: the loopback adapter)")
  .option("--speed <factor>", "1x keeps the capture's pace, 10x is ten times faster, max does not wait", parseSpeed, 1)
  .option("--loop <number>", "send the whole capture so many times", integerFlag(1, MOST_ROUNDS), 1)
  .option("--allow-network", "allow an adapter that is no loopback: others will see these packets")
  .option("--quiet", "print nothing on success")
  .addHelpText("after", HELP)
  .action(run);

addExamples(command, [
  "sudo wirewright inject messages.pcap",
  "sudo wirewright inject messages.pcap --speed max --loop 1000",
  "wirewright encapsulate messages.csv - | sudo wirewright inject - --speed 10x",
]);

if (isMain(import.meta.url)) runScript(command);

async function run(input: string, flags: Flags): Promise<void> {
  const { iface, speed, loop, allowNetwork } = flags;
  if (input === "-" && loop > 1) {
    throw new UsageError("Standard input can be read only once; --loop needs a file.");
  }
  const status = new StatusLine();
  const interruption = interruptOnSignals();
  const result = await inject({
    input,
    adapter: iface,
    speed,
    rounds: loop,
    allowNetwork,
    signal: interruption.signal,
    onReady: ({ name, isLoopback }) => {
      if (!isLoopback) say(command, announcement({ input, adapter: name, speed, loop }));
    },
    onProgress: (packets) => status.update(() => `${withThousands(packets)} packets sent`),
    onLongWait: (wait, packet) => say(command, waitingText(wait, packet)),
  }).finally(() => status.clear());
  for (const warning of result.warnings) say(command, warning);
  report(result, flags, interruption.exitCode);
}

/** @throws LiveError CANNOT_SEND where there were packets and none could be sent */
function report(result: InjectionResult, { quiet }: Flags, exitCode: number): void {
  const { packets, leftOut, isInterrupted, adapter } = result;
  const isFailure = packets === 0 && Object.keys(leftOut).length > 0;
  if (!quiet || isInterrupted || isFailure) process.stdout.write(`${summaryLines(result).join("\n")}\n`);
  if (isInterrupted) process.exitCode = exitCode;
  else if (isFailure) {
    const where = makeVisible(adapter?.name ?? "");
    throw new LiveError("CANNOT_SEND", `No packet of this capture can be sent to ${where}; choose another capture.`);
  }
}

interface Announcement {
  readonly input: string;
  readonly adapter: string;
  readonly speed: number;
  readonly loop: number;
}

/** What will be done on an adapter that is no loopback. */
function announcement({ input, adapter, speed, loop }: Announcement): string {
  const source = input === "-" ? "standard input" : makeVisible(input);
  const pace = Number.isFinite(speed)
    ? `at ${speed === 1 ? "its own pace" : `${speed} times its pace`}`
    : "without a wait";
  const times = loop === 1 ? "once" : `${withThousands(loop)} times`;
  return `${makeVisible(adapter)} is no loopback adapter: sending ${source} into the network behind it, ${pace}, ${times}; Ctrl-C ends it.`;
}

/** The line before a wait that a person may not have the patience for. */
function waitingText(wait: number, packet: number): string {
  return `The next packet (number ${packet} of the capture) is due in ${durationText(wait)}; a higher --speed waits less.`;
}

/** The counts, as lines. */
function summaryLines(result: InjectionResult): string[] {
  const { packets, bytes, duration, worstDelay, leftOut, adapter, backwards, isInterrupted } = result;
  const where = adapter === undefined ? "" : ` to ${makeVisible(adapter.name)}`;
  const rate =
    worstDelay === undefined && packets > 1 && duration > 0 ? Math.round(((packets - 1) / duration) * 1000) : 0;
  const pace = worstDelay === undefined ? "" : `, at most ${worstDelay.toFixed(1)} ms late`;
  const lines = [
    `${isInterrupted ? "Interrupted: " : ""}${plural(packets, "packet")} sent${where}, ${withThousands(bytes)} bytes, ` +
      `in ${durationText(duration)}${packets === 0 ? "" : pace}${rate === 0 ? "" : ` (${withThousands(rate)} packets a second)`}.`,
  ];
  for (const [reason, count] of Object.entries(leftOut)) lines.push(`Left out: ${plural(count, "packet")} ${reason}.`);
  if (backwards > 0) {
    const those = `${plural(backwards, "packet")} captured before the one in front of ${backwards === 1 ? "it" : "them"}`;
    lines.push(`${those}: sent in the order of the file, without a wait.`);
  }
  return lines;
}

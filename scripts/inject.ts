#!/usr/bin/env -S npx tsx
import { makeVisible } from "../lib/core/text.ts";
import { type InjectionResult, inject } from "../lib/live/inject/injection.ts";
import { LiveError } from "../lib/live/live-errors.ts";
import { createCommand, integerFlag, runScript, UsageError } from "./cli.ts";
import { parseSpeed } from "./inject-flags.ts";
import { PacketProgress } from "./inject-progress.ts";
import { announcement, summaryLines, waitingText } from "./inject-text.ts";
import { interruptOnSignals } from "./signals.ts";

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
This needs the package cap (npm install cap), and the right to send raw packets: root, or CAP_NET_RAW on Linux.

Examples:
  sudo npx tsx scripts/inject.ts out/part1.pcap
  sudo npx tsx scripts/inject.ts out/part1.pcap --speed max --loop 1000
  npx tsx scripts/encapsulate.ts fixtures/input.csv - | sudo npx tsx scripts/inject.ts - --speed 10x`;

const command = createCommand("inject", "Sends the packets of a capture to a loopback adapter, as they were captured.")
  .argument("<capture>", "a pcap or pcapng file, packed with gzip or not; - reads standard input")
  .option("--iface <name>", "the adapter (default: the loopback adapter)")
  .option("--speed <factor>", "1x keeps the capture's pace, 10x is ten times faster, max does not wait", parseSpeed, 1)
  .option("--loop <number>", "send the whole capture so many times", integerFlag(1, MOST_ROUNDS), 1)
  .option("--allow-network", "allow an adapter that is no loopback: others will see these packets")
  .option("--quiet", "print nothing on success")
  .addHelpText("after", HELP)
  .action(run);

await runScript(command);

async function run(input: string, flags: Flags): Promise<void> {
  const { iface, speed, loop, allowNetwork } = flags;
  if (input === "-" && loop > 1) {
    throw new UsageError("Standard input can be read only once; --loop needs a file.");
  }
  const say = (text: string) => process.stderr.write(`inject: ${text}\n`);
  const progress = new PacketProgress();
  const interruption = interruptOnSignals();
  const result = await inject({
    input,
    adapter: iface,
    speed,
    rounds: loop,
    allowNetwork,
    signal: interruption.signal,
    onReady: ({ name, isLoopback }) => {
      if (!isLoopback) say(announcement({ input, adapter: name, speed, loop }));
    },
    onProgress: (packets) => progress.show(packets),
    onLongWait: (wait, packet) => say(waitingText(wait, packet)),
  }).finally(() => progress.clear());
  for (const warning of result.warnings) say(warning);
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

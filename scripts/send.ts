#!/usr/bin/env -S npx tsx
import { durationOf, SEND_TICKS_PER_SECOND, type SendSummary, send } from "../lib/send.ts";
import { createCommand, ExitCode, integerFlag, runScript } from "./cli.ts";
import { addReadingFlags, type ReadingFlags } from "./encapsulate-flags.ts";
import { parseSpeed } from "./inject-flags.ts";
import { readRecordingName } from "./recording-flag.ts";
import { DEFAULT_PORT, type PlaceFlags, placeOf, readHost, readTarget } from "./send-flags.ts";
import { durationNotice, listeningText, summaryLines, waitingText } from "./send-text.ts";
import { interruptOnSignals } from "./signals.ts";

interface Flags extends ReadingFlags, PlaceFlags {
  readonly speed: number;
  readonly seed: number;
  readonly record?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

const HELP = `
No rights are needed, but for --capture. Both halves of --serve and --connect need the same CSV and the same flags.

Examples:
  npx tsx scripts/send.ts fixtures/input.csv --speed 10x --record out/sent.pcapng
  npx tsx scripts/send.ts fixtures/input.csv --serve --host 0.0.0.0       on one computer
  npx tsx scripts/send.ts fixtures/input.csv --connect 192.0.2.7:12345    on the other`;

const command = createCommand(
  "send",
  "Sends the messages of a CSV over real sockets of this machine, and checks that what arrives is what was sent.",
)
  .argument("<input.csv>", "the messages; - reads standard input")
  .option(
    "--port <number>",
    "of the servers, TCP and UDP; 0 for any that is free",
    integerFlag(0, 65_535),
    DEFAULT_PORT,
  )
  .option("--host <address>", "where the servers listen (default: 127.0.0.1)", readHost)
  .option("--serve", "only the servers' half; the clients' half runs elsewhere")
  .option("--connect <host:port>", "only the clients' half, towards servers elsewhere", readTarget)
  .option("--speed <factor>", "1x keeps the CSV's times, 10x is ten times faster, max does not wait", parseSpeed, 1)
  .option("--capture <file>", "capture the packets on the loopback adapter, for which rights are needed")
  .option(
    "--record <file.pcapng>",
    "write what the sockets do as a capture, without rights; an older file is overwritten",
    readRecordingName,
  )
  .option("--seed <number>", "decides the identifiers that are made up", integerFlag(0, 0xffffffff), 1);
addReadingFlags(command)
  .option("--strict", "refuse what would have to be put right")
  .option("--quiet", "print nothing on success")
  .addHelpText("after", HELP)
  .action(run);

await runScript(command);

async function run(input: string, flags: Flags): Promise<void> {
  const place = placeOf(flags);
  const { speed, seed, map, payload, column, dateOrder, encoding, gap, strict, capture, record, quiet } = flags;
  const say = (text: string) => process.stderr.write(`send: ${text}\n`);
  const reading = {
    input,
    ...column,
    dateOrder,
    encoding,
    gap: Math.round(gap * SEND_TICKS_PER_SECOND),
    strict,
  };
  const interruption = interruptOnSignals();
  const duration = Number.isFinite(speed) ? await durationOf({ ...reading, signal: interruption.signal }) : undefined;
  const notice = duration === undefined ? undefined : durationNotice(duration, speed);
  if (notice !== undefined && !quiet) say(notice);
  const summary = await send({
    ...reading,
    ...place,
    speed,
    seed,
    map,
    payload,
    capture,
    record,
    signal: interruption.signal,
    onReady: (ends) => {
      if (place.sides === "server") say(listeningText(ends));
    },
    onWaiting: (step) => say(waitingText(step, input)),
  });
  for (const { message } of summary.faults) say(message);
  const lines = summaryLines(summary, place, flags);
  if (!quiet || summary.isInterrupted) process.stdout.write(`${lines.join("\n")}\n`);
  process.exitCode = exitCodeOf(summary, interruption.exitCode);
}

function exitCodeOf({ isInterrupted, faults }: SendSummary, interrupted: number): number {
  if (isInterrupted) return interrupted;
  return faults.length > 0 ? ExitCode.FAILED : ExitCode.DONE;
}

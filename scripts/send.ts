#!/usr/bin/env -S npx tsx
import { isIPv4, isIPv6 } from "node:net";
import { InvalidArgumentError } from "commander";
import { makeVisible, withThousands } from "../lib/core/text.ts";
import type { MessageCount } from "../lib/live/exchange/exchange.ts";
import { describeStep } from "../lib/live/exchange/exchange-errors.ts";
import type { PlannedStep, PlayedSides } from "../lib/live/exchange/plan.ts";
import { isStandardOutput } from "../lib/pcap/output-file.ts";
import { durationText } from "../lib/report/moments.ts";
import { plural } from "../lib/report/wording.ts";
import { durationOf, SEND_TICKS_PER_SECOND, type SendSummary, send } from "../lib/send.ts";
import { addExamples, asCalled, isMain, say } from "./shared/calling.ts";
import { createCommand, ExitCode, interruptOnSignals, runScript, UsageError } from "./shared/cli.ts";
import { integerFlag, LARGEST_PORT, parseSpeed, readRecordingName } from "./shared/flag-values.ts";
import { addReadingFlags, type ReadingFlags } from "./shared/reading-flags.ts";

const DEFAULT_PORT = 12_345;
const DEFAULT_HOST = "127.0.0.1";
/** Milliseconds that a person waits without being told for how long. */
const SHORT = 10_000;
/** Speeds to propose: the first one that is fast enough. */
const SPEEDS = [10, 60, 100, 1000, 10_000, 100_000];
const FAST_ENOUGH = 5 * 60_000;

/** A place to connect to. */
interface Target {
  readonly host: string;
  /** Absent: that of --port. */
  readonly port?: number;
}

interface PlaceFlags {
  readonly host?: string;
  readonly port: number;
  readonly serve?: boolean;
  readonly connect?: Target;
  readonly capture?: string;
}

interface Place {
  readonly sides: PlayedSides;
  readonly host: string;
  readonly port: number;
}

interface Flags extends ReadingFlags, PlaceFlags {
  readonly speed: number;
  readonly seed: number;
  readonly record?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

const HELP = `
No rights are needed, but for --capture. Both halves of --serve and --connect need the same CSV and the same flags.`;

export const command = createCommand(
  "send",
  "Sends the messages of a CSV over real sockets of this machine, and checks that what arrives is what was sent.",
)
  .argument("<input.csv>", "the messages; - reads standard input")
  .option(
    "--port <number>",
    "of the servers, TCP and UDP; 0 for any that is free",
    integerFlag(0, LARGEST_PORT),
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

addExamples(command, [
  "wirewright send messages.csv --speed 10x --record sent.pcapng",
  "wirewright send messages.csv --serve --host 0.0.0.0       # on one computer",
  "wirewright send messages.csv --connect 192.0.2.7:12345    # on the other",
]);

if (isMain(import.meta.url)) runScript(command);

async function run(input: string, flags: Flags): Promise<void> {
  const place = placeOf(flags);
  const { speed, seed, map, payload, column, dateOrder, encoding, gap, strict, capture, record, quiet } = flags;
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
  if (notice !== undefined && !quiet) say(command, notice);
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
      if (place.sides === "server") say(command, listeningText(ends));
    },
    onWaiting: (step) => say(command, waitingText(step, input)),
  });
  for (const { message } of summary.faults) say(command, message);
  const lines = summaryLines(summary, place, flags);
  if (!quiet || summary.isInterrupted) process.stdout.write(`${lines.join("\n")}\n`);
  process.exitCode = exitCodeOf(summary, interruption.exitCode);
}

function exitCodeOf({ isInterrupted, faults }: SendSummary, interrupted: number): number {
  if (isInterrupted) return interrupted;
  return faults.length > 0 ? ExitCode.FAILED : ExitCode.DONE;
}

/** `host`, `host:port`, `[::1]:port` or an IPv6 address alone. */
function readTarget(text: string): Target {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d+))?$/.exec(text.trim());
  const host = isIPv6(text.trim()) ? text.trim() : (match?.[1] ?? match?.[2]);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (host === undefined || port === 0 || (port ?? 1) > LARGEST_PORT || (match?.[1] !== undefined && !isIPv6(host))) {
    throw new InvalidArgumentError("Write it as host:port, such as 192.0.2.7:12345 or [2001:db8::7]:12345.");
  }
  return port === undefined ? { host } : { host, port };
}

function readHost(text: string): string {
  const bare = text.trim().replace(/^\[(.*)\]$/, "$1");
  if (bare === "") throw new InvalidArgumentError("Give an address, such as 127.0.0.1 or ::1.");
  return bare;
}

/** @throws UsageError where flags exclude each other */
function placeOf({ host, port, serve, connect, capture }: PlaceFlags): Place {
  if (capture !== undefined && isStandardOutput(capture)) {
    throw new UsageError("Standard output is for what send says of its work; name a file to capture to.");
  }
  if (serve && connect !== undefined) {
    throw new UsageError("--serve and --connect are the two halves; give one of them here and the other one there.");
  }
  if (connect !== undefined && host !== undefined) {
    throw new UsageError("--host says where servers listen, and --connect says where they are; leave --host out.");
  }
  const place: Place =
    connect === undefined
      ? { sides: serve ? "server" : "both", host: host ?? DEFAULT_HOST, port }
      : { sides: "client", host: connect.host, port: connect.port ?? port };
  if (place.sides === "client" && place.port === 0) throw new UsageError("Port 0 is no place to connect to.");
  if (isLoopback(place.host)) return place;
  if (place.sides === "both") {
    throw new UsageError(
      `${place.host} is no loopback address; give 127.0.0.1 or ::1, or play the two halves with --serve and --connect.`,
    );
  }
  if (capture !== undefined) {
    throw new UsageError(
      `--capture sees the loopback adapter only; run ${asCalled("wirewright capture", command)} beside, with --iface and the adapter's name.`,
    );
  }
  return place;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** What is said before a long exchange; undefined for a short one. @param duration milliseconds at the CSV's own times */
function durationNotice(duration: number, speed: number): string | undefined {
  const time = duration / speed;
  if (time < SHORT) return undefined;
  const own =
    speed === 1
      ? `The CSV lasts ${durationText(duration)}`
      : `At --speed ${speed}x the CSV lasts ${durationText(time)}`;
  const better = SPEEDS.find((factor) => factor > speed && duration / factor <= FAST_ENOUGH) ?? SPEEDS.at(-1)!;
  if (better <= speed) return `${own}; --speed max does not wait.`;
  return `${own}; --speed ${better}x would take ${durationText(duration / better)}, and --speed max does not wait.`;
}

/** What the half that listens says once it does. */
function listeningText({ address, port }: { readonly address: string; readonly port: number }): string {
  const where = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  if (isLoopback(address)) return `Listening at ${where}; start the other half with --connect ${where}.`;
  return `Listening at ${where}, where other computers can connect; start the other half there, with --connect and this computer's address.`;
}

function waitingText(step: PlannedStep, file: string): string {
  return `Still waiting for ${describeStep(step)} (${makeVisible(file)}, line ${step.line}), which the other half sends.`;
}

/** What was done, as lines. */
function summaryLines(summary: SendSummary, { sides }: Place, { speed }: { readonly speed: number }): string[] {
  const { isInterrupted, duration, latestStep, worstDelay, conversations, connections } = summary;
  const lines = [
    `${isInterrupted ? "Interrupted: " : ""}${outcome(summary, sides)}`,
    `${plural(conversations, "conversation")} in ${plural(connections, "connection")}, ${durationText(duration)}.`,
  ];
  if (Number.isFinite(speed) && latestStep !== undefined) {
    lines.push(`At worst ${worstDelay.toFixed(1)} ms late (line ${latestStep.line}).`);
  }
  if (summary.completedMessages > 0) {
    lines.push(
      `Messages completed as their protocol asks: ${withThousands(summary.completedMessages)} (--payload exact keeps the bytes as they are).`,
    );
  }
  if (summary.emptyMessages > 0)
    lines.push(`Messages without bytes, which send nothing: ${withThousands(summary.emptyMessages)}.`);
  if (summary.controlRows > 0)
    lines.push(`Rows that the system's own TCP makes true: ${withThousands(summary.controlRows)}.`);
  const { captured } = summary;
  if (captured !== undefined) {
    const dropped = captured.dropped ? `, and ${captured.dropped} more were dropped` : "";
    lines.push(`Captured: ${plural(captured.packets, "packet")}${dropped}.`);
  }
  return [...lines, ...summary.warnings];
}

function outcome({ sent, arrived, isInterrupted }: SendSummary, sides: PlayedSides): string {
  if (sides !== "both") {
    return `${amount(sent)} sent, ${amount(arrived)} arrived${isInterrupted ? "" : ", all as the CSV says"}.`;
  }
  if (isInterrupted) return `${amount(sent)} sent, ${amount(arrived)} of them arrived as sent.`;
  return `${amount(sent)} sent, all arrived as sent.`;
}

function amount({ messages, bytes }: MessageCount): string {
  return `${plural(messages, "message")} (${plural(bytes, "byte")})`;
}

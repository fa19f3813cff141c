#!/usr/bin/env -S npx tsx
import { InvalidArgumentError, Option } from "commander";
import { encapsulate, type Precision, TICKS_PER_SECOND } from "../lib/encapsulate.ts";
import { formatIpv4, tryParseIpv4 } from "../lib/headers/address.ts";
import type { MappedEndPoint } from "../lib/messages/address-plan.ts";
import { parseInstant } from "../lib/messages/instant.ts";
import type { Origin } from "../lib/pcap/pcap-writer.ts";
import { type CaptureSummary, formatCaptureSummary } from "../lib/report/capture-summary.ts";
import type { CloseKind } from "../lib/session/message-player.ts";
import type { LinkKind } from "../lib/session/segment-writer.ts";
import { LARGEST_MSS } from "../lib/session/tcp-parameters.ts";
import { makeVisible } from "../lib/visible-text.ts";
import { createCommand, durationFlag, integerFlag, runScript, UsageError } from "./cli.ts";
import { ProgressBar } from "./progress.ts";

/** Headers without options: IPv4 and TCP, 20 bytes each. */
const HEADERS_LENGTH = 40;
const DEFAULT_MTU = 1500;
const IPV4_MINIMUM_MTU = 68;
const LARGEST_MTU = 65_536;

interface Flags {
  readonly seed: number;
  readonly start?: string;
  readonly rtt: number;
  readonly mss?: number;
  readonly mtu?: number;
  readonly link: LinkKind;
  readonly precision: Precision;
  readonly close: CloseKind;
  readonly idleClose?: number;
  readonly loopback?: boolean;
  readonly map: ReadonlyMap<string, MappedEndPoint>;
  readonly payload: "exact";
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const command = createCommand(
  "encapsulate",
  "Turns a CSV of application messages into a capture of the TCP packets that would have carried them.",
)
  .argument("<input.csv>", "the messages; - reads standard input")
  .argument("<output.pcap>", "the capture; - writes standard output")
  .option("--seed <number>", "decides the initial sequence numbers and identifications", integerFlag(0, 0xffffffff), 1)
  .option("--start <time>", "the instant of CSV time 0, in ISO 8601 form, or now (default: 2026-01-01T00:00:00Z)")
  .addOption(
    new Option("--rtt <time>", "round-trip time, in ms or with a unit")
      .argParser(durationFlag("ms"))
      .default(0.001, "1ms"),
  )
  .option(
    "--mss <bytes>",
    `maximum segment size (default: ${DEFAULT_MTU - HEADERS_LENGTH})`,
    integerFlag(1, LARGEST_MSS),
  )
  .option("--mtu <bytes>", `largest IP packet (default: ${DEFAULT_MTU})`, integerFlag(IPV4_MINIMUM_MTU, LARGEST_MTU))
  .addOption(
    new Option("--link <type>", "link layer of the capture").choices(["ethernet", "raw", "null"]).default("ethernet"),
  )
  .addOption(new Option("--precision <unit>", "of the time stamps").choices(["us", "ns"]).default("us"))
  .addOption(new Option("--close <how>", "how connections end").choices(["fin", "rst", "none"]).default("fin"))
  .option(
    "--idle-close <time>",
    "close a connection after so long without a message, in s or with a unit",
    durationFlag("s"),
  )
  .option("--loopback", "both ends on 127.0.0.1")
  .addOption(
    new Option("--map <name=ip[:port]>", "settle the address of a name, and its port; repeatable")
      .argParser(addMapping)
      .default(new Map(), "none"),
  )
  .addOption(
    new Option("--payload <how>", "what a message becomes: exact, its UTF-8 bytes and nothing else")
      .choices(["exact"])
      .default("exact"),
  )
  .option("--quiet", "print nothing on success")
  .option("--json", "print the summary as one JSON object")
  .action(run);

await runScript(command);

async function run(input: string, output: string, flags: Flags): Promise<void> {
  if (flags.json && output === "-")
    throw new UsageError("--json and the capture cannot both go to standard output; name an output file.");
  if (flags.json && flags.quiet) throw new UsageError("--json and --quiet exclude each other; give one of them.");
  const ticksPerSecond = TICKS_PER_SECOND[flags.precision];
  const toTicks = (seconds: number) => Math.round(seconds * ticksPerSecond);
  const progress = new ProgressBar();
  const summary = await encapsulate({
    input,
    output,
    seed: flags.seed,
    start: startOf(flags),
    precision: flags.precision,
    roundTripTime: toTicks(flags.rtt),
    maximumSegmentSize: maximumSegmentSizeOf(flags),
    link: flags.link,
    close: flags.close,
    idleClose: flags.idleClose === undefined ? undefined : toTicks(flags.idleClose),
    loopback: flags.loopback,
    map: flags.map,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.clear());
  if (flags.quiet) return;
  if (flags.json) process.stdout.write(`${JSON.stringify(toJson(summary, output), undefined, 2)}\n`);
  else (output === "-" ? process.stderr : process.stdout).write(describe(summary, output));
}

function startOf(flags: Flags): Origin | undefined {
  if (flags.start === undefined) return undefined;
  const ticksPerSecond = TICKS_PER_SECOND[flags.precision];
  const text = flags.start === "now" ? new Date().toISOString() : flags.start;
  const start = parseInstant(text, ticksPerSecond);
  if (start === undefined)
    throw new UsageError(
      `--start ${JSON.stringify(text)} is not an instant; write one such as 2026-03-01T09:30:00Z, or now.`,
    );
  return start;
}

function maximumSegmentSizeOf({ mss, mtu }: Flags): number {
  const largest = Math.min((mtu ?? LARGEST_MTU) - HEADERS_LENGTH, LARGEST_MSS);
  if (mss !== undefined && mss > largest)
    throw new UsageError(`--mss ${mss} does not fit into --mtu ${mtu}; the most is ${largest}.`);
  return mss ?? Math.min((mtu ?? DEFAULT_MTU) - HEADERS_LENGTH, LARGEST_MSS);
}

function addMapping(text: string, map: Map<string, MappedEndPoint>): Map<string, MappedEndPoint> {
  const match = /^(.+)=([^:=]+)(?::(\d+))?$/.exec(text);
  const name = match?.[1]?.trim();
  const address = tryParseIpv4(match?.[2]?.trim() ?? "");
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (!name || address === undefined || port === 0 || (port ?? 1) > 65_535) {
    throw new InvalidArgumentError("Write it as name=ip or name=ip:port, such as web_server=10.0.0.80:8080.");
  }
  return new Map(map).set(name, port === undefined ? { address } : { address, port });
}

function describe(summary: CaptureSummary, output: string): string {
  const text = formatCaptureSummary(summary, output === "-" ? "standard output" : output);
  if (output === "-") return text;
  const quoted = quoteForShell(makeVisible(output));
  return `${text}Look at it: wireshark ${quoted}   or: tshark -r ${quoted}\n`;
}

/** As it can be pasted behind a prompt. */
function quoteForShell(argument: string): string {
  return /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** The summary with addresses as people write them. */
function toJson(summary: CaptureSummary, output: string): object {
  const participant = ({ name, address, port }: { name: string; address: number; port: number }) => ({
    name,
    address: formatIpv4(address),
    port,
  });
  const conversations = summary.conversations.map((conversation) => ({
    ...conversation,
    client: participant(conversation.client),
    server: participant(conversation.server),
  }));
  return { output, ...summary, conversations };
}

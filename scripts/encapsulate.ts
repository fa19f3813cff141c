#!/usr/bin/env -S npx tsx
import { Option } from "commander";
import { makeVisible } from "../lib/core/text.ts";
import type { Origin } from "../lib/core/time.ts";
import { parseInstant } from "../lib/csv/timestamps.ts";
import { encapsulate } from "../lib/encapsulate.ts";
import type { CaptureSummary } from "../lib/encapsulate-messages.ts";
import { formatIp, type IpAddress } from "../lib/headers/address.ts";
import { LARGEST_VLAN } from "../lib/headers/assigned-numbers.ts";
import { IPV4_HEADER_LENGTH, TCP_HEADER_LENGTH } from "../lib/headers/header-lengths.ts";
import { CAPTURE_FORMATS, type CaptureFormat } from "../lib/pcap/capture-file.ts";
import { isStandardOutput } from "../lib/pcap/output-file.ts";
import { LARGEST_LABEL, LEAST_LABEL } from "../lib/session/encapsulation/encapsulation-limits.ts";
import type { EncapsulationOptions, TunnelOptions } from "../lib/session/encapsulation/encapsulation-options.ts";
import type { LinkKind } from "../lib/session/encapsulation/outer-headers.ts";
import { tunnelOverhead } from "../lib/session/encapsulation/tunnel-overhead.ts";
import type { CloseKind } from "../lib/session/message-player.ts";
import { LEAST_MTU } from "../lib/session/packet-sizes.ts";
import { LARGEST_MSS } from "../lib/session/session.ts";
import { type Precision, TICKS_PER_SECOND } from "../lib/traffic-options.ts";
import { formatCaptureSummary } from "./encapsulate/capture-summary.ts";
import { addNetworkFlags, type NetworkFlags, networkOptionsOf } from "./encapsulate/network-flags.ts";
import { numbersFlag, readGre, readVxlan } from "./encapsulate/outer-flags.ts";
import { addScenarioFlag } from "./encapsulate/scenario-flag.ts";
import { closeFlag, roundTripFlag } from "./encapsulate/scenario-traffic.ts";
import { addExamples, isMain } from "./shared/calling.ts";
import { createCommand, runScript, UsageError } from "./shared/cli.ts";
import { durationFlag, integerFlag } from "./shared/flag-values.ts";
import { formatNotice, quoteForShell, StatusLine } from "./shared/output.ts";
import { addReadingFlags, type ReadingFlags } from "./shared/reading-flags.ts";

/** Columns of the bar, and milliseconds between two drawings of it. */
const PROGRESS_WIDTH = 30;
const PROGRESS_INTERVAL = 100;

/** Of IPv4 and TCP without options. */
const HEADERS_LENGTH = IPV4_HEADER_LENGTH + TCP_HEADER_LENGTH;
const DEFAULT_MTU = 1500;
const DEFAULT_MSS = DEFAULT_MTU - HEADERS_LENGTH;
const LARGEST_MTU = 65_536;
/** More than any network has. */
const MOST_LABELS = 8;

interface Flags extends ReadingFlags, NetworkFlags {
  readonly format?: CaptureFormat;
  readonly seed: number;
  readonly start?: string;
  readonly rtt: number;
  readonly mss?: number;
  readonly mtu?: number;
  readonly link?: LinkKind;
  readonly precision: Precision;
  readonly close: CloseKind;
  readonly idleClose?: number;
  readonly loopback?: boolean;
  readonly vlan?: readonly number[];
  readonly mpls?: readonly number[];
  readonly gre?: TunnelOptions;
  readonly vxlan?: TunnelOptions;
  readonly arp?: boolean;
  readonly dns?: boolean;
  readonly complete?: boolean;
  readonly check?: boolean;
  readonly strict?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const choice = (flags: string, description: string, choices: readonly string[]) =>
  new Option(flags, description).choices(choices);

export const command = createCommand(
  "encapsulate",
  "Turns a CSV of application messages into a capture of the packets that would have carried them.",
)
  .argument("<input.csv>", "the messages; - reads standard input")
  .argument("[output.pcap]", "the capture, in a folder that is made if need be; - writes standard output")
  .addOption(
    choice(
      "--format <name>",
      "of the capture; pcapng says in comments what each packet is (default: by its name)",
      CAPTURE_FORMATS,
    ),
  )
  .option("--seed <number>", "decides the initial sequence numbers and identifications", integerFlag(0, 0xffffffff), 1)
  .option(
    "--start <time>",
    "the instant of time 0, in ISO 8601 form, or now (default: the input's own dates, else 2026-01-01T00:00:00Z)",
  )
  .addOption(roundTripFlag())
  .option(
    "--mss <bytes>",
    `maximum segment size (default: ${DEFAULT_MSS}, less in a tunnel)`,
    integerFlag(1, LARGEST_MSS),
  )
  .option("--mtu <bytes>", `largest IP packet (default: ${DEFAULT_MTU})`, integerFlag(LEAST_MTU, LARGEST_MTU))
  .addOption(
    choice("--link <type>", "link layer of the capture (default: ethernet, or what a packet list shows)", [
      "ethernet",
      "raw",
      "null",
    ]),
  )
  .addOption(choice("--precision <unit>", "of the time stamps", ["us", "ns"]).default("us"))
  .addOption(closeFlag())
  .option(
    "--idle-close <time>",
    "close a connection after so long without a message, in s or with a unit",
    durationFlag("s"),
  )
  .option("--loopback", "both ends on 127.0.0.1")
  .addOption(
    new Option(
      "--vlan <id[,id]>",
      "VLAN tags, outermost first; the outer one of two is a provider's (802.1ad)",
    ).argParser(numbersFlag("VLAN", 1, LARGEST_VLAN, 2)),
  )
  .addOption(
    new Option("--mpls <label[,label...]>", "MPLS labels behind the tags, outermost first").argParser(
      numbersFlag("label", LEAST_LABEL, LARGEST_LABEL, MOST_LABELS),
    ),
  )
  .addOption(
    new Option(
      "--gre <ip,ip>",
      "in a GRE tunnel between two addresses, the clients' side first; behind tags and labels",
    ).argParser(readGre),
  )
  .addOption(
    new Option("--vxlan <ip,ip,vni>", "in a VXLAN tunnel, the same; what it carries has Ethernet of its own").argParser(
      readVxlan,
    ),
  )
  .option("--arp", "hosts ask for hardware addresses first, by ARP or neighbour discovery")
  .option("--dns", "clients ask for the addresses of host names first, by DNS");
addReadingFlags(command)
  .option("--complete", "add to a table of packets what it leaves out: handshake, acknowledgements, close")
  .option("--check", "read everything, write nothing, and say how the input is understood")
  .option("--strict", "refuse what would have to be put right")
  .option("--quiet", "print nothing on success")
  .option("--json", "print the summary as one JSON object")
  .action(run);
addScenarioFlag(addNetworkFlags(command));

addExamples(command, [
  "wirewright encapsulate messages.csv messages.pcap",
  "wirewright encapsulate messages.csv messages.pcapng --start now --rtt 20ms",
  "wirewright encapsulate messages.csv --check",
]);

if (isMain(import.meta.url)) runScript(command);

async function run(input: string, named: string | undefined, flags: Flags): Promise<void> {
  const output = flags.check ? undefined : named;
  checkTogether(output, flags);
  const toTicks = (seconds: number) => Math.round(seconds * TICKS_PER_SECOND[flags.precision]);
  const status = new StatusLine({ interval: PROGRESS_INTERVAL });
  const summary = await encapsulate({
    input,
    output,
    format: flags.format,
    seed: flags.seed,
    start: startOf(flags.start, flags.precision),
    precision: flags.precision,
    roundTripTime: toTicks(flags.rtt),
    maximumSegmentSize: maximumSegmentSizeOf(flags),
    maximumTransmissionUnit: flags.mtu,
    link: flags.link,
    encapsulation: encapsulationOf(flags),
    asksNeighbours: flags.arp,
    asksNames: flags.dns,
    close: flags.close,
    network: networkOptionsOf(flags, TICKS_PER_SECOND[flags.precision]),
    truth: flags.truth,
    idleClose: flags.idleClose === undefined ? undefined : toTicks(flags.idleClose),
    loopback: flags.loopback,
    map: flags.map,
    payload: flags.payload,
    ...flags.column,
    dateOrder: flags.dateOrder,
    encoding: flags.encoding,
    gap: toTicks(flags.gap),
    completesTables: flags.complete,
    strict: flags.strict,
    onProgress: (done, total) => status.update(() => progressText(done, total)),
  }).finally(() => status.clear());
  if (flags.quiet) return;
  const notice = output === undefined || flags.format !== undefined ? undefined : formatNotice(output);
  if (notice !== undefined) process.stderr.write(`${notice}\n`);
  const where = output !== undefined && isStandardOutput(output) ? process.stderr : process.stdout;
  where.write(
    flags.json ? `${JSON.stringify(toJson(summary, output), undefined, 2)}\n` : await describe(summary, output),
  );
}

/** What each flag allows by itself, and not beside the others. */
function checkTogether(output: string | undefined, flags: Flags): void {
  if (output === undefined && !flags.check) {
    throw new UsageError("The output is missing; name a file to write to, or give --check.");
  }
  if (flags.json && output !== undefined && isStandardOutput(output)) {
    throw new UsageError("--json and the capture cannot both go to standard output; name an output file.");
  }
  if (flags.json && flags.quiet) throw new UsageError("--json and --quiet exclude each other; give one of them.");
  if (flags.close === "none" && flags.idleClose !== undefined) {
    throw new UsageError("--close none and --idle-close exclude each other; give one of them.");
  }
}

/** @throws UsageError for what is not an instant */
function startOf(text: string | undefined, precision: Precision): Origin | undefined {
  if (text === undefined) return undefined;
  const start = parseInstant(text === "now" ? new Date().toISOString() : text, TICKS_PER_SECOND[precision]);
  if (start !== undefined) return start;
  throw new UsageError(
    `--start ${JSON.stringify(text)} is not an instant; write one such as 2026-03-01T09:30:00Z, or now.`,
  );
}

/** @throws UsageError where the two exclude each other */
function maximumSegmentSizeOf({ mss, mtu, gre, vxlan }: Flags): number | undefined {
  const tunnel = gre ?? vxlan;
  const overhead = tunnel && tunnelOverhead({ kind: tunnel.kind, isIpv4: typeof tunnel.near === "number" });
  const largest = Math.min((mtu ?? LARGEST_MTU) - HEADERS_LENGTH, LARGEST_MSS) - (overhead ?? 0);
  if (mss === undefined || mss <= largest) return mss;
  const where = mtu === undefined ? "an IP packet" : `--mtu ${mtu}`;
  throw new UsageError(
    `--mss ${mss} does not fit into ${where}${tunnel ? " in a tunnel" : ""}; the most is ${largest}.`,
  );
}

/** @throws UsageError for two tunnels at once */
function encapsulationOf({ vlan, mpls, gre, vxlan }: Flags): EncapsulationOptions | undefined {
  if (gre !== undefined && vxlan !== undefined) {
    throw new UsageError("--gre and --vxlan exclude each other; give one of them.");
  }
  const tunnel = gre ?? vxlan;
  const isAsked = vlan !== undefined || mpls !== undefined || tunnel !== undefined;
  return isAsked ? { vlan, mpls, tunnel } : undefined;
}

/** A bar where the end is known, else the amount alone. @param done bytes */
function progressText(done: number, total: number | undefined): string {
  const amount = `${(done / 1e6).toFixed(0)} MB read`;
  if (!total) return amount;
  const fraction = Math.min(1, done / total);
  return `[${"#".repeat(fraction * PROGRESS_WIDTH).padEnd(PROGRESS_WIDTH)}] ${(fraction * 100).toFixed(0)}%  ${amount}`;
}

async function describe(summary: CaptureSummary, output: string | undefined): Promise<string> {
  if (output === undefined) return formatCaptureSummary(summary, undefined);
  if (isStandardOutput(output)) return formatCaptureSummary(summary, "standard output");
  const quoted = quoteForShell(makeVisible(output));
  return `${await formatCaptureSummary(summary, output)}Look at it: wireshark ${quoted}   or: tshark -r ${quoted}\n`;
}

/** The summary with addresses as people write them, under the names that its JSON has always had. */
function toJson(summary: CaptureSummary, output: string | undefined): object {
  const { dialect: understanding, warnings: repairs, remarks, ...counts } = summary;
  const readable = <T extends { address: IpAddress }>(end: T) => ({ ...end, address: formatIp(end.address) });
  const conversations = Array.from(summary.conversations, (conversation) => ({
    ...conversation,
    client: readable(conversation.client),
    server: readable(conversation.server),
  }));
  return { ...(output !== undefined && { output }), ...counts, conversations, understanding, repairs, remarks };
}

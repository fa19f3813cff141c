#!/usr/bin/env -S npx tsx
import fs from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import { makeVisible } from "../lib/core/text.ts";
import type { Moment } from "../lib/core/time.ts";
import { parseInstant } from "../lib/csv/timestamps.ts";
import { type IpRule, type MacRule, tryParseIpRule, tryParseMacRule } from "../lib/edit/address-map.ts";
import { LINK_TARGETS } from "../lib/edit/link-editor.ts";
import { type FrameRange, tryParseFrameRanges, tryParseShift } from "../lib/edit/selection.ts";
import { type SplitRule, tryParseSplitRule } from "../lib/edit/splitter.ts";
import { type EditSummary, edit } from "../lib/edit.ts";
import { LARGEST_VLAN } from "../lib/headers/assigned-numbers.ts";
import { CAPTURE_FORMATS, type CaptureFormat } from "../lib/pcap/capture-file.ts";
import { isStandardOutput } from "../lib/pcap/output-file.ts";
import { editJson, formatEditSummary } from "./edit/edit-summary.ts";
import { addExamples, isMain, say } from "./shared/calling.ts";
import { createCommand, runScript, UsageError } from "./shared/cli.ts";
import { integerFlag } from "./shared/flag-values.ts";
import { formatNotice, StatusLine } from "./shared/output.ts";
import { pointedOut } from "./shared/pointed-filter.ts";

const NANOSECONDS = 1_000_000_000;
const PROGRESS_INTERVAL = 100;
const LARGEST_SNAP = 262_144;

interface Flags {
  readonly filter?: string;
  readonly range?: readonly FrameRange[];
  readonly shift?: Moment;
  readonly start?: Moment;
  readonly mapIp: readonly IpRule[];
  readonly mapMac: readonly MacRule[];
  readonly anonymize?: string;
  readonly dns?: boolean;
  readonly snap?: number;
  readonly stripPayload?: boolean;
  readonly vlan?: number | "none";
  readonly link?: number;
  readonly format?: CaptureFormat;
  readonly merge?: readonly string[];
  readonly splitBy?: SplitRule;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const HELP = `
Order: captures are merged; numbers and filter choose packets, as they were; then addresses, link header and tags, length and
time are changed.

Addresses change wherever a header has one: in tags and tunnels, ARP, options and routing headers of IP, neighbour discovery,
DHCP, and the packets that ICMP errors quote; with --dns in DNS answers. What applications say to each other stays as it is and can
hold addresses too: --strip-payload or --snap cuts it off. The summary counts packets that were not looked into to the end.
Checksums change by the difference, so that right ones stay right and wrong ones wrong; none (0) and those left to a network
adapter stay that. Of --map-ip and --map-mac, the first that fits counts, and --anonymize has the rest.

--anonymize KEY: Crypto-PAn with 64 hexadecimal digits, or with what scrypt makes of a passphrase; @file takes the first line of
a file. Addresses that begin alike do so afterwards, and the same key gives the same addresses. 0.0.0.0/8, 127.0.0.0/8, multicast,
broadcast, ::, ::1 and the first half of link-local addresses stay. Of MAC addresses the bits for groups and for made-up ones
stay, not the maker. Comments, host and interface names are left out.

--link makes up hardware addresses: 02:00 and the IPv4 address, 06:00 and a digest of the IPv6 address.
--split-by names files out-00001.pcap, out-00002.pcap, ...; by stream, packets of no TCP or UDP stream are in out-00000.pcap.`;

export const command = createCommand(
  "edit",
  "Makes of a capture another one: other addresses, other times, fewer packets.",
)
  .argument("<input>", "a pcap or pcapng file, packed with gzip or not; - reads standard input")
  .argument("<output>", "the capture to write, in a folder that is made if need be; - writes standard output")
  .option("--filter <filter>", "keep the packets that match, as in analyze")
  .addOption(valued("--range <numbers>", "keep frames by their numbers: 5-90, 7,20-, -100", readRanges))
  .addOption(valued("--shift <time>", "move all times: 2h, -30m, 1d, 1.5s; a bare number counts seconds", readShift))
  .addOption(
    valued("--start <time>", "move all times so that the first packet has this one, in ISO 8601 form", readStart),
  )
  .addOption(
    new Option("--map-ip <rule>", "other IP addresses: 10.0.0.0/8=192.168.0.0/16, 2001:db8::1=fd00::1; repeatable")
      .argParser((text, rules: readonly IpRule[]) => [...rules, readIpRule(text)])
      .default([], "none"),
  )
  .addOption(
    new Option("--map-mac <rule>", "other MAC addresses, whole or their first bytes: 00:1b:21=02:00:5e; repeatable")
      .argParser((text, rules: readonly MacRule[]) => [...rules, readMacRule(text)])
      .default([], "none"),
  )
  .addOption(valued("--anonymize <key>", "make addresses unknowable under a key, keeping prefixes", readKey))
  .option("--dns", "change the addresses in DNS answers (A, AAAA) too")
  .option("--snap <bytes>", "keep so many bytes of a frame at most", integerFlag(1, LARGEST_SNAP))
  .option("--strip-payload", "keep the headers of a frame only; its length on the wire stays told")
  .addOption(
    valued(
      "--vlan <id>",
      "tag Ethernet frames with a VLAN, 1 to 4094, or change the outermost tag; 0 is a tag for its priority alone, and none takes all tags off",
      readVlan,
    ),
  )
  .addOption(new Option("--link <type>", "change the link type").choices(Object.keys(LINK_TARGETS)).argParser(readLink))
  .addOption(
    new Option("--format <name>", "of the output (default: by its name; on standard output, the input's)").choices(
      CAPTURE_FORMATS,
    ),
  )
  .option("--merge <captures...>", "merge further captures, by time; give it behind the output")
  .addOption(valued("--split-by <how>", 'several files: stream, "minutes 5", "packets 1000", "bytes 10MB"', readSplit))
  .option("--quiet", "print nothing on success")
  .option("--json", "print the summary as one JSON object")
  .addHelpText("after", HELP)
  .action(run);

addExamples(command, [
  "wirewright edit messages.pcap mapped.pcap --map-ip 10.0.0.0/8=192.168.0.0/16 --map-mac 02:00=06:00",
  'wirewright edit messages.pcap shared.pcapng --anonymize "a secret of ours" --strip-payload',
  'wirewright edit messages.pcap late.pcap --filter "tcp.stream == 2" --start 2026-07-01T12:00:00Z',
  "wirewright edit messages.pcap both.pcap --merge mapped.pcap",
  "wirewright edit messages.pcap stream.pcap --split-by stream",
]);

if (isMain(import.meta.url)) runScript(command);

async function run(input: string, output: string, flags: Flags): Promise<void> {
  checkTogether(output, flags);
  const { range, anonymize, snap, link, json: _json, quiet, ...options } = flags;
  const status = new StatusLine({ interval: PROGRESS_INTERVAL });
  const summary = await edit(input, output, {
    ...options,
    ranges: range,
    anonymizeKey: anonymize,
    snapLength: snap,
    linkType: link,
    onProgress: (bytes) => status.update(() => `${(bytes / 1e6).toFixed(0)} MB read`),
  })
    .catch((error) => {
      throw pointedOut(error, flags.filter);
    })
    .finally(() => status.clear());
  for (const warning of summary.warnings) say(command, warning);
  if (!quiet) report(summary, output, flags);
}

function report(summary: EditSummary, output: string, { format, json, anonymize }: Flags): void {
  const notice = format === undefined && summary.format === "pcap" ? formatNotice(output) : undefined;
  if (notice !== undefined) process.stderr.write(`${notice}\n`);
  const where = isStandardOutput(output) ? process.stderr : process.stdout;
  const isAnonymous = anonymize !== undefined;
  where.write(
    json ? `${JSON.stringify(editJson(summary), undefined, 2)}\n` : formatEditSummary(summary, output, isAnonymous),
  );
}

/** What each flag allows by itself, and not beside the others. */
function checkTogether(output: string, flags: Flags): void {
  const changesAddresses = flags.anonymize !== undefined || flags.mapIp.length > 0;
  if (flags.dns && !changesAddresses) throw new UsageError("--dns needs --map-ip or --anonymize.");
  if (flags.json && flags.quiet) throw new UsageError("--json and --quiet exclude each other; give one of them.");
  if (flags.json && isStandardOutput(output)) {
    throw new UsageError("--json and the capture cannot both go to standard output; name an output file.");
  }
  if (flags.shift !== undefined && flags.start !== undefined) {
    throw new UsageError("--shift and --start exclude each other; give one of them.");
  }
  const { vlan, link } = flags;
  if (vlan !== undefined && link !== undefined && link !== LINK_TARGETS.ETHERNET) {
    throw new UsageError("--vlan needs Ethernet, and --link asks for something else; give one of them.");
  }
}

function valued(flags: string, description: string, read: (text: string) => unknown): Option {
  return new Option(flags, description).argParser(read);
}

/** @throws InvalidArgumentError with what to write instead of nothing */
function given<Value>(value: Value | undefined, advice: string): Value {
  if (value === undefined) throw new InvalidArgumentError(advice);
  return value;
}

function readRanges(text: string): FrameRange[] {
  return given(tryParseFrameRanges(text), "Write numbers and ranges of frames with commas between: 5-90, 7,20-, -100.");
}

function readShift(text: string): Moment {
  return given(tryParseShift(text), "Write a length of time with its unit: 2h, -30m, 1d, 1h30m, 1.5s, 250ms.");
}

function readStart(text: string): Moment {
  const start = given(parseInstant(text, NANOSECONDS), "Write an instant such as 2026-03-01T09:30:00Z.");
  return { seconds: start.seconds, nanoseconds: start.ticks };
}

function readIpRule(text: string): IpRule {
  const advice =
    "Write two prefixes of one version with = between: 10.0.0.0/8=192.168.0.0/16 or 2001:db8::/32=fd00::/48.";
  return given(tryParseIpRule(text), advice);
}

function readMacRule(text: string): MacRule {
  const advice = "Write two addresses, or as many of their first bytes, with = between: 00:1b:21=02:00:5e.";
  return given(tryParseMacRule(text), advice);
}

function readVlan(text: string): number | "none" {
  if (text === "none") return text;
  const id = /^\d{1,4}$/.test(text) ? Number(text) : LARGEST_VLAN + 1;
  const advice = `Write the number of a VLAN from 1 to ${LARGEST_VLAN}, 0 for a tag that is for its priority alone, or none.`;
  return given(id <= LARGEST_VLAN ? id : undefined, advice);
}

function readLink(text: string): number {
  const name = text
    .toUpperCase()
    .replace(/^(?:LINKTYPE|DLT|LINUX)_/, "")
    .replace(/^LINUX_/, "");
  return given(LINK_TARGETS[name], `Write one of ${Object.keys(LINK_TARGETS).join(", ")}.`);
}

function readSplit(text: string): SplitRule {
  return given(
    tryParseSplitRule(text),
    'Write stream, "minutes 5", "packets 1000" or "bytes 10MB", in quotation marks or with = between.',
  );
}

function readKey(text: string): string {
  if (!text.startsWith("@"))
    return given(text || undefined, "The key is empty; write 64 hexadecimal digits or a passphrase.");
  const file = text.slice(1);
  let key: string | undefined;
  try {
    key = fs.readFileSync(file, "utf8").split(/\r?\n/)[0];
  } catch {
    throw new InvalidArgumentError(`There is no file ${makeVisible(file)} with a key that can be read.`);
  }
  return given(key || undefined, `The first line of ${makeVisible(file)} is empty; write the key there.`);
}

/** Edited captures beside those of tcprewrite, editcap and mergecap, and under the eyes of tshark. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { unreadName } from "../../lib/dissect/unread.ts";
import { parseIpRule, parseMacRule, SAME_ADDRESSES } from "../../lib/edit/address-map.ts";
import { PacketEditor } from "../../lib/edit/packet-editor.ts";
import { parseFrameRanges, parseShift } from "../../lib/edit/selection.ts";
import { edit } from "../../lib/edit.ts";
import type { EditOptions } from "../../lib/edit-options.ts";
import { encapsulate } from "../../lib/encapsulate.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { pcapOf, type TapRecord } from "../helpers/captures/pcap-records.ts";
import { judgedFields } from "../helpers/judges/pdml.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";
import { packetsOf } from "../pcap/capture-bytes.ts";
import { capturesAtHand } from "./edited-captures.ts";

const folder = temporaryFolder();
const inFolder = (name: string) => path.join(folder, name);

/** One link type after the other, all frames at hand that have it and are understood to their end. */
function framesByLink(): Map<number, TapRecord[]> {
  const all = new Map<number, TapRecord[]>();
  const editor = new PacketEditor(SAME_ADDRESSES);
  for (const bytes of capturesAtHand()) {
    const capture = captureFromBytes(bytes, "at hand");
    while (capture.next()) {
      const { packet } = capture;
      if (unreadName(editor.parse(packet), packet.linkType) !== undefined) continue;
      const records = all.get(packet.linkType) ?? [];
      const frame = packet.bytes.slice(packet.start, packet.end);
      records.push({ time: 1000 * records.length, bytes: frame, wireLength: packet.wireLength });
      all.set(packet.linkType, records);
    }
  }
  return all;
}

async function fixture(name: string): Promise<string> {
  const file = inFolder(`${name}.pcap`);
  if (!fs.existsSync(file)) await encapsulate({ input: `fixtures/${name}.csv`, output: file });
  return file;
}

/** What is in a record of a capture, whoever wrote it. */
async function contents(file: string) {
  const packets = await packetsOf(fs.readFileSync(file));
  return packets.map(({ data, seconds, nanoseconds, wireLength }) => ({ data, seconds, nanoseconds, wireLength }));
}

interface Comparison {
  readonly name: string;
  readonly tool: "tcprewrite" | "editcap" | "mergecap";
  readonly args: (input: string, output: string, other: string) => string[];
  readonly options: (other: string) => EditOptions;
}

const inAndOut =
  (...flags: string[]) =>
  (input: string, output: string) => ["-i", input, "-o", output, ...flags];
const editcap =
  (...flags: string[]) =>
  (input: string, output: string) => ["-F", "pcap", ...flags, input, output];
const mapIp = (...rules: string[]) => rules.map((rule) => parseIpRule(rule));

/**
 * Where the tools do the same, they make the same packets. What they do otherwise, and why not here: tcprewrite writes
 * microseconds, makes wrong checksums right and corrects lengths, takes no address from options, tunnels or quotations, and gives IPv6 frames
 * addresses of groups where it maps IPv4; editcap leaves nanoseconds out of pcap unless it is told otherwise.
 */
const COMPARISONS: readonly Comparison[] = [
  {
    name: "one prefix for another",
    tool: "tcprewrite",
    args: inAndOut("--pnat=10.0.0.0/8:192.168.0.0/16"),
    options: () => ({ mapIp: mapIp("10.0.0.0/8=192.168.0.0/16") }),
  },
  {
    name: "single addresses, then a prefix",
    tool: "tcprewrite",
    args: inAndOut("--pnat=10.0.0.2/32:1.2.3.4/32,10.0.0.0/16:172.16.0.0/12"),
    options: () => ({ mapIp: mapIp("10.0.0.2=1.2.3.4", "10.0.0.0/16=172.16.0.0/12") }),
  },
  {
    name: "a tag",
    tool: "tcprewrite",
    args: inAndOut("--enet-vlan=add", "--enet-vlan-tag=5", "--enet-vlan-pri=0", "--enet-vlan-cfi=0"),
    options: () => ({ vlan: 5 }),
  },
  {
    name: "hardware addresses",
    tool: "tcprewrite",
    args: inAndOut("--enet-subsmac=02:00:0a:00:00:01,06:00:00:00:00:09"),
    options: () => ({ mapMac: [parseMacRule("02:00:0a:00:00:01=06:00:00:00:00:09")] }),
  },
  {
    name: "ranges of frames",
    tool: "editcap",
    args: (input, output) => ["-F", "pcap", "-r", input, output, "5-20", "30", "41-60"],
    options: () => ({ ranges: parseFrameRanges("5-20,30,41-60") }),
  },
  {
    name: "other times",
    tool: "editcap",
    args: editcap("-t", "-3600.25"),
    options: () => ({ shift: parseShift("-1h0.25s") }),
  },
  { name: "shorter frames", tool: "editcap", args: editcap("-s", "60"), options: () => ({ snapLength: 60 }) },
  {
    name: "two captures as one",
    tool: "mergecap",
    args: (input, output, other) => ["-F", "pcap", "-w", output, input, other],
    options: (other) => ({ merge: [other] }),
  },
];

describe.each(COMPARISONS)("$name", ({ tool, args, options }) => {
  it.skipIf(isMissing(tool))(`are what ${tool} makes of them`, async () => {
    const [input, other] = [await fixture("input"), await fixture("chat")];
    const [ours, theirs] = [inFolder("ours.pcap"), inFolder("theirs.pcap")];
    execFileSync(tool, args(input, theirs, other), { stdio: "ignore" });
    await edit(input, ours, options(other));
    const made = await contents(theirs);
    expect(made.length).toBeGreaterThan(20);
    expect(await contents(ours)).toEqual(made);
  });
});

it.skipIf(isMissing("tcprewrite"))("tags that are taken off are taken off by tcprewrite alike", async () => {
  const [tagged, ours, theirs] = ["tagged.pcap", "untagged.pcap", "theirs.pcap"].map(inFolder) as [
    string,
    string,
    string,
  ];
  await edit(await fixture("input"), tagged, { vlan: 77 });
  await edit(tagged, ours, { vlan: "none" });
  execFileSync("tcprewrite", ["-i", tagged, "-o", theirs, "--enet-vlan=del"]);
  expect(await contents(ours)).toEqual(await contents(theirs));
  expect(await contents(ours)).toEqual(await contents(await fixture("input")));
});

const STATUSES = ["eth.fcs", "ip.checksum", "tcp.checksum", "udp.checksum", "icmp.checksum", "icmpv6.checksum"].flatMap(
  (field) => ["-e", `${field}.status`],
);

const statusesOf = (file: string) =>
  tshark("-r", file, "-T", "fields", ...STATUSES)
    .trimEnd()
    .split("\n");

/** 0xffff in the place of 0 is the same number: that is wrong in TCP, and what becomes of it is right. */
const ONES_FOR_ZERO = /50182000ffff0000ecbe$/;

/** Of a packet over loopback, tshark says of a sum of 0 that it is none; of one between other addresses, that it is bad. */
const withoutLoopback = (status: string) => status.replaceAll("3", "0");

describe.skipIf(isMissing("tshark"))("by tshark's eyes", () => {
  it("all checksums are as good or bad as they were, whatever the link", async () => {
    for (const [linkType, records] of framesByLink()) {
      const input = captureFile(folder, `all-${linkType}.pcap`, pcapOf(linkType, records));
      const output = inFolder("edited.pcap");
      await edit(input, output, { anonymizeKey: "tea", dns: true });
      const [before, after] = [statusesOf(input), statusesOf(output)];
      const wrong = after.flatMap((status, index) =>
        withoutLoopback(status) === withoutLoopback(before[index]!)
          ? []
          : [
              `${linkType} ${index + 1}: ${before[index]} ${status} ${Buffer.from(records[index]!.bytes).toString("hex")}`,
            ],
      );
      expect(wrong.filter((line) => !ONES_FOR_ZERO.test(line))).toEqual([]);
    }
  });

  it("no address is left that was there, in any field of any header", async () => {
    for (const [linkType, records] of framesByLink()) {
      const input = captureFile(folder, `all-${linkType}.pcap`, pcapOf(linkType, records));
      const output = inFolder("edited.pcap");
      await edit(input, output, { anonymizeKey: "tea", dns: true });
      const before = new Set(judgedFields(input).flat().flatMap(addressOf));
      const left = judgedFields(output).flatMap((fields, index) =>
        fields.flatMap((field) =>
          addressOf(field).some((address) => before.has(address))
            ? [`${linkType} ${index + 1} ${field.name} ${field.show}`]
            : [],
        ),
      );
      expect(left.filter((line) => !NO_ADDRESS.test(line))).toEqual([]);
    }
  });
});

/** What only looks like an address: payload, the bytes of options, and the number that stands before those of DHCP. */
const NO_ADDRESS = / (?:udp\.payload|tcp\.payload|data\.data|tcp\.options.*|dhcp\.cookie) /;
const STAYS = /^(?:0\.|127\.|2[2-5]\d\.|::1?$|ff[0-9a-f]{2}:|[0-9a-f][13579bdf]:|00:00:00:00:00:00|::\d)/;

function addressOf({ show, length }: { readonly show: string; readonly length: number }): string[] {
  const isAddress =
    (length === 4 && /^(?:\d{1,3}\.){3}\d{1,3}$/.test(show)) ||
    (length === 6 && /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(show)) ||
    (length === 16 && /^[0-9a-f:.]*::?[0-9a-f:.]*$/.test(show));
  return isAddress && !STAYS.test(show) ? [show] : [];
}

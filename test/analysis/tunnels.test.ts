/** Packets in tunnels against tshark: streams, findings and fields of every layer, frame by frame. */
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { MOST_LAYERS } from "../../lib/dissect/outline.ts";
import { compileFilter } from "../../lib/filter/filter.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { formatAnalysis } from "../../lib/report/text/analysis-summary.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { TUNNELS, tunnelFrames } from "../helpers/captures/tunnel-frames.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";

const FIELDS = [
  "tcp.stream",
  "udp.stream",
  "ip.src",
  "udp.srcport",
  "udp.length",
  "eth.src",
  "ip.checksum.status",
  "udp.checksum.status",
  "tcp.checksum.status",
  "gre.checksum.status",
  "tcp.seq",
  "tcp.len",
  "tcp.flags.ace",
  "mpls.label",
  "vxlan.vni",
  "geneve.vni",
  "gtp.teid",
  "vlan.id",
] as const;
const FLAGS = ["tcp.analysis.flags", "tcp.checksum_bad.expert", "ip.checksum_bad.expert", "gre.checksum.incorrect"];
const VALIDATION = ["ip", "tcp", "udp"].flatMap((name) => ["-o", `${name}.check_checksum:TRUE`]);
/** Streams have small numbers, and states of checksums smaller ones: each of these is asked for where tshark has others. */
const SMALL = Array.from({ length: 16 }, (_, number) => String(number));

function captureOf(frames: readonly Uint8Array[]): Uint8Array {
  return pcapOf(
    1,
    frames.map((bytes, index) => ({ time: index * 1_000_000, bytes })),
  );
}

/** What matches in each frame of `field == value` for all values that tshark has, and of small ones that it has not. */
async function disagreements(frames: readonly { readonly name: string; readonly bytes: Uint8Array }[], file: string) {
  const columns = [...FIELDS, ...FLAGS];
  const text = tshark("-r", file, ...VALIDATION, "-T", "fields", ...columns.flatMap((name) => ["-e", name]));
  const rows = text.split("\n").slice(0, -1);
  const filters = new Map<string, ReturnType<typeof compileFilter>>();
  const lines: string[] = [];
  await analyzeCapture(captureFromBytes(captureOf(frames.map(({ bytes }) => bytes)), "tunnels"), {
    onPacket: (packet) => {
      const { name } = frames[packet.frameNumber - 1]!;
      const cells = rows[packet.frameNumber - 1]!.split("\t");
      const check = (filter: string, isExpected: boolean) => {
        const compiled = filters.get(filter) ?? compileFilter(filter);
        filters.set(filter, compiled);
        if (compiled(packet) !== isExpected) lines.push(`${name}: ${isExpected ? "" : "not "}${filter}`);
      };
      for (const [index, field] of columns.entries()) {
        const values = cells[index] === "" ? [] : cells[index]!.split(",");
        check(field, values.length > 0);
        if (FLAGS.includes(field)) continue;
        for (const value of new Set(values)) check(`${field} == ${value}`, true);
        if (!/stream|status/.test(field)) continue;
        for (const value of SMALL.filter((number) => !values.includes(number))) check(`${field} == ${value}`, false);
      }
    },
  });
  return lines;
}

describe.skipIf(isMissing("tshark"))("packets in tunnels", () => {
  const folder = temporaryFolder();

  it("are in the streams that tshark has them in, with its findings, in every layer", async () => {
    const frames = tunnelFrames();
    const file = captureFile(folder, "tunnels.pcap", captureOf(frames.map(({ bytes }) => bytes)));
    expect(await disagreements(frames, file)).toEqual([]);
  });
});

describe.each(TUNNELS)("a connection through $name", ({ wrap, isOverIp }) => {
  const frames = tunnelFrames().filter(({ name }) => name.startsWith("connection"));
  const inner = frames.map(({ packet }) => wrap(packet));

  it("is one stream, and nothing is left unread", async () => {
    const { tcpStreams, capture, findings } = await analyzeCapture(captureFromBytes(captureOf(inner), "tunnel"));
    expect(tcpStreams.map(({ packets, handshake, close }) => [packets, handshake, close])).toEqual([
      [inner.length, "complete", "fin"],
    ]);
    expect(capture.unread.size).toBe(0);
    expect(findings.packetCount).toBe(0);
    const text = await formatAnalysis(await analyzeCapture(captureFromBytes(captureOf(inner), "tunnel")));
    expect(text.replaceAll(/\s+/g, " ")).toContain("No findings: every checksum");
  });

  it("shows a checksum that is wrong", async () => {
    const damaged = inner.map((bytes) => bytes.slice());
    damaged[3]![damaged[3]!.length - 1]! ^= 1;
    const selected: number[] = [];
    const isBad = compileFilter("tcp.checksum_bad.expert");
    await analyzeCapture(captureFromBytes(captureOf(damaged), "tunnel"), {
      onPacket: (packet) => {
        if (isBad(packet)) selected.push(packet.frameNumber);
      },
    });
    expect(selected).toEqual([4]);
  });

  it.runIf(isOverIp)("ends, however deep it is nested", async () => {
    let deep = frames[0]!.packet;
    for (let depth = 0; depth < 40; depth++) deep = wrap(deep).subarray(14);
    const { findings } = await analyzeCapture(captureFromBytes(captureOf([wrap(deep)]), "deep"), {
      onPacket: ({ outline }) => expect(outline.layerCount).toBeLessThanOrEqual(MOST_LAYERS),
    });
    expect(findings.packetCount).toBeGreaterThan(0);
  });
});

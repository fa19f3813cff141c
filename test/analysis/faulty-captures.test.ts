/** The captures that the analyser is tested with are what they are said to be: tshark finds in them what stands beside them. */
import { beforeAll, describe, expect, it } from "vitest";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import {
  allHandMade,
  type FaultyCapture,
  handMadeCaptures,
  randomCapture,
  wildCapture,
} from "../helpers/captures/faulty-captures.ts";
import { oddCaptures } from "../helpers/captures/odd-captures.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { FINDING_FIELDS, type JudgedPacket, judgedPackets } from "../helpers/judges/tshark-packets.ts";

const TCP_FINDINGS = FINDING_FIELDS.filter((field) => field.startsWith("tcp.analysis."));
const CHECKSUM_FINDINGS = FINDING_FIELDS.filter((field) => !field.startsWith("tcp.analysis."));
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

describe("captures by chance", () => {
  it.each([randomCapture, wildCapture])("gives the same bytes for the same seed: %o", (make) => {
    expect(make(7).bytes).toEqual(make(7).bytes);
    expect(make(7).bytes).not.toEqual(make(8).bytes);
  });
});

describe.skipIf(isMissing("tshark"))("faulty captures in tshark's eyes", () => {
  const folder = temporaryFolder();
  const judge = (capture: Pick<FaultyCapture, "bytes">) =>
    judgedPackets(captureFile(folder, "capture.pcap", capture.bytes));

  describe("written by hand", () => {
    const scenarios = handMadeCaptures();
    let findings: string[][] = [];
    beforeAll(() => {
      findings = judge(allHandMade()).map(shortFindings);
    });

    // Their frames stand one after the other in one capture.
    let first = 0;
    for (const scenario of scenarios) {
      const count = scenario.findings?.length ?? 0;
      const start = first;
      it(scenario.name, () => {
        expect(findings.slice(start, start + count)).toEqual(scenario.findings);
      });
      first += count;
    }
  });

  it("shows every finding in those written by hand", () => {
    const written = handMadeCaptures().flatMap((capture) => capture.findings?.flat() ?? []);
    const names = TCP_FINDINGS.map((field) => field.slice("tcp.analysis.".length));
    expect(new Set(written)).toEqual(new Set(names));
  });

  it.each([
    ["simulated", randomCapture],
    ["wild", wildCapture],
  ] as const)("shows every finding in those by chance: %s", (_, make) => {
    const packets = SEEDS.flatMap((seed) => judge(make(seed)));
    expect(packets.filter((packet) => packet.isMalformed)).toEqual([]);
    expect(new Set(packets.flatMap((packet) => packet.findings))).toEqual(new Set(TCP_FINDINGS));
    expect(packets.every((packet) => packet.checksums.tcp === "good")).toBe(true);
  });

  it("can read every odd capture to its end", () => {
    const findings = new Set<string>();
    for (const capture of oddCaptures()) {
      const packets = judge(capture);
      expect(packets, capture.name).toHaveLength(recordCount(capture.bytes));
      for (const packet of packets) for (const finding of packet.findings) findings.add(finding);
    }
    expect([...findings]).toEqual(expect.arrayContaining([...CHECKSUM_FINDINGS]));
  });
});

function shortFindings(packet: JudgedPacket): string[] {
  return packet.findings.map((finding) => finding.replace("tcp.analysis.", ""));
}

function recordCount(capture: Uint8Array): number {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.byteLength);
  let count = 0;
  for (let at = 24; at < capture.length; at += 16 + view.getUint32(at + 8, true)) count++;
  return count;
}

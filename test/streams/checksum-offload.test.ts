/** IPv4 headers with a checksum of 0: left to the adapter, or wrong. */
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { ethernet, FOUR, ipv4, letters, type Net, reversed, tcp, udp } from "../helpers/captures/odd/packet-bytes.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";

interface Sent {
  readonly net?: Net;
  readonly header?: "good" | number;
  readonly sum?: "good" | "partial" | number;
}

function frame({ net = FOUR, header = 0, sum = "good" }: Sent): Uint8Array {
  return ethernet(0x0800, ipv4({ protocol: 6, net, checksum: header }, tcp({ net, checksum: sum })));
}

async function analysisOf(frames: readonly Uint8Array[]) {
  const records = frames.map((bytes, index) => ({ time: index * 1000, bytes }));
  const verdicts: number[] = [];
  const { findings, artefacts } = await analyzeCapture(captureFromBytes(pcapOf(1, records), "test"), {
    onPacket: ({ outline }) => void verdicts.push(outline.ipv4Checksum),
  });
  return {
    bad: [...findings.findings()]
      .filter(({ kind }) => kind.code === "ip.checksum_bad.expert")
      .map(({ packet }) => packet.frame),
    codes: [...findings.findings()].map(({ kind }) => kind.code),
    left: artefacts.find(({ code }) => code === "ip-checksum-offload")?.frames ?? [],
    offload: artefacts.find(({ code }) => code === "checksum-offload")?.frames ?? [],
  };
}

const BACK = reversed(FOUR);
const OTHER: Sent = { net: BACK, header: "good" };
const ZERO: Sent = {};
const GOOD: Sent = { header: "good" };
const LEFT: Sent = { sum: "partial" };

describe("an IPv4 header checksum of 0", () => {
  it.each<[string, Sent[], number[], number[]]>([
    ["left by a host that leaves the sums of TCP too", [LEFT, OTHER, LEFT, LEFT, OTHER], [], [1, 3, 4]],
    ["in all headers of a host", [ZERO, OTHER, ZERO, OTHER], [], [1, 3]],
    ["in the only packet of a host", [OTHER, ZERO, OTHER], [], [2]],
    ["once among right ones", [GOOD, OTHER, ZERO, OTHER, GOOD], [3], []],
    ["once, before right ones", [ZERO, OTHER, GOOD, GOOD], [1], []],
    ["once, behind many right ones", [GOOD, GOOD, GOOD, ZERO], [4], []],
    [
      "once, of a host that leaves the sums of TCP alone",
      [{ ...GOOD, sum: "partial" }, { ...GOOD, sum: "partial" }, LEFT],
      [3],
      [],
    ],
    [
      "mostly, of a host that leaves sums to its adapter",
      [LEFT, LEFT, LEFT, { ...GOOD, sum: "partial" }],
      [],
      [1, 2, 3],
    ],
    [
      "of two hosts, only one of which leaves them out",
      [LEFT, { net: BACK, header: "good" }, LEFT, { net: BACK }],
      [4],
      [1, 3],
    ],
  ])("%s", async (_, sent, bad, left) => {
    const told = await analysisOf(sent.map(frame));
    expect([told.bad, told.left]).toEqual([bad, left]);
  });

  it("is wrong where it is not 0", async () => {
    expect((await analysisOf([LEFT, { header: 1, sum: "partial" as const }].map(frame))).bad).toEqual([2]);
  });

  it("is found late where it belongs, beside other findings of its packet", async () => {
    const { codes } = await analysisOf([ZERO, { header: "good" as const, sum: 1 }, GOOD, GOOD].map(frame));
    expect(codes[0]).toBe("ip.checksum_bad.expert");
    expect(codes).toContain("tcp.checksum_bad.expert");
  });

  it("takes no more room for more packets", async () => {
    const zeros = Array<Uint8Array>(6000).fill(frame(ZERO));
    const { bad, left } = await analysisOf([...zeros, frame(GOOD)]);
    // After so many, it is clear what the host does.
    expect([bad, left]).toEqual([[], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
  });
});

describe("a sum of the pseudo-header without a length", () => {
  const pseudo = (protocol: number) => {
    const sum = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + protocol;
    return (sum & 0xffff) + (sum >>> 16);
  };

  it("is left to an adapter that cuts segments", async () => {
    const { codes, offload } = await analysisOf([frame({ header: "good", sum: pseudo(6) })]);
    expect([codes, offload]).toEqual([[], [1]]);
    const datagram = ethernet(0x0800, ipv4({ protocol: 17 }, udp({ checksum: pseudo(17) }, letters(3000))));
    expect((await analysisOf([datagram])).offload).toEqual([1]);
  });
});

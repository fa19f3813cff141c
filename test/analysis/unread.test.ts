/** What is not looked into is said: no report calls right what it has not read. */
import { expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { captureJson } from "../../lib/report/json/conversation-json.ts";
import { formatAnalysis } from "../../lib/report/text/analysis-summary.ts";
import {
  ethernet,
  FOUR,
  hex,
  icmp,
  ip,
  ipv4,
  ipv6,
  join,
  letters,
  SIX,
  tcp,
  u16,
  udp,
} from "../helpers/captures/odd/packet-bytes.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";

async function analysisOf(linkType: number, frames: readonly Uint8Array[], filter?: string) {
  const bytes = pcapOf(
    linkType,
    frames.map((frame, index) => ({ time: index * 1000, bytes: frame })),
  );
  return analyzeCapture(captureFromBytes(bytes, "unread"), { filter });
}

const inner = ip(FOUR, 6, tcp());
const badInner = ip(FOUR, 6, tcp({ checksum: "bad" }));
const four = (protocol: number, payload: Uint8Array = letters(40)) => ethernet(0x0800, ip(FOUR, protocol, payload));

it.each([
  ["ERSPAN", 1, four(47, join(hex("000088be"), badInner))],
  ["contents of GRE", 1, four(47, join(hex("00020800"), badInner))],
  ["RSVP", 1, four(46)],
  ["PIM", 1, four(103)],
  ["OSPF", 1, four(89)],
  ["IP protocol 200", 1, four(200)],
  ["contents of MPLS", 1, ethernet(0x8847, join(hex("00010140 20000000"), badInner))],
  ["PPP LCP", 1, ethernet(0x8864, join(hex("11000001 0020 c021"), letters(30)))],
  ["PPP protocol 0x00fd", 1, ethernet(0x8864, join(hex("11000001 0020 00fd"), letters(30)))],
  ["PPPoE Discovery", 1, ethernet(0x8863, letters(46))],
  ["L2TP", 1, four(115)],
  ["NSH", 1, ethernet(0x894f, letters(46))],
  ["LLDP", 1, ethernet(0x88cc, letters(46))],
  ["EtherType 0x1234", 1, ethernet(0x1234, letters(46))],
  ["spanning tree (802.1D)", 1, ethernet(38, join(hex("424203"), letters(35)))],
  ["VXLAN", 1, four(17, udp({ ports: [50_000, 8472] }, join(hex("0800000000000100"), ethernet(0x0800, badInner))))],
  ["LLDP", 1, four(17, udp({ ports: [50_000, 4789] }, join(hex("0800000000000100"), ethernet(0x88cc, letters(46)))))],
  ["another version of GTP", 1, four(17, udp({ ports: [50_000, 2152] }, letters(40)))],
  ["contents of GTP", 1, four(17, udp({ ports: [50_000, 2152] }, hex("3201000600000000 00010000 0e00")))],
  ["OSPF", 1, ethernet(0x0800, ip(FOUR, 4, ip(FOUR, 89, letters(9))))],
  ["PIM", 1, ethernet(0x86dd, ipv6({ next: 0 }, join([103, 0, 1, 4, 0, 0, 0, 0], letters(20))))],
  ["ESP", 1, ethernet(0x86dd, ip(SIX, 50, letters(30)))],
  ["LLDP", 113, join(u16(0), u16(1), u16(6), letters(8), u16(0x88cc), letters(20))],
  ["family 7", 0, join([7, 0, 0, 0], letters(20))],
])("says so of %s", async (name, linkType, frame) => {
  const analysis = await analysisOf(linkType, [frame, frame]);
  expect([...analysis.capture.unread]).toEqual([[name, 2]]);
  const text = (await formatAnalysis(analysis)).replaceAll(/\s+/g, " ");
  expect(text).not.toContain("No findings: every checksum");
  expect(text).toContain("No findings in what was looked into");
  expect(text).toContain(`Not looked into: ${name} in 2 packets.`);
  expect(captureJson(analysis.capture).notLookedInto).toEqual([{ name, packets: 2 }]);
});

it("says so of a link that is not known", async () => {
  const { capture } = await analysisOf(105, [letters(40)]);
  expect([...capture.unread.values()]).toEqual([1]);
});

it("says nothing where all headers were looked into", async () => {
  const frames = [
    ethernet(0x0800, inner),
    four(17, udp()),
    four(1, icmp(8, 0, hex("00000001"))),
    ethernet(0x0806, hex("0001080006040001 020000000001 0a000001 000000000000 0a000002")),
    ethernet(0x86dd, ip(SIX, 59, new Uint8Array(0))),
    // The tunnel's port, but nothing behind it.
    four(17, udp({ ports: [50_000, 4789] }, new Uint8Array(0))),
  ];
  const analysis = await analysisOf(1, frames);
  expect(analysis.capture.unread.size).toBe(0);
  expect((await formatAnalysis(analysis)).replaceAll(/\s+/g, " ")).toContain("No findings: every checksum");
});

const fragment = (identification: number, offset: number, flags: number) =>
  ethernet(
    0x0800,
    ipv4({ protocol: 17, identification, flags, offset }, offset === 0 ? udp({ length: 32 }, letters(8)) : letters(16)),
  );

it("says so of fragments whose datagram never becomes whole, and of no others", async () => {
  const LONELY = "fragments without the rest of their datagram";
  const whole = [fragment(1, 0, 1), fragment(1, 2, 0)];
  expect([...(await analysisOf(1, whole)).capture.unread]).toEqual([]);
  expect([...(await analysisOf(1, whole.toReversed())).capture.unread]).toEqual([]);
  const some = [fragment(2, 0, 1), ...whole, fragment(3, 2, 0), fragment(3, 6, 0)];
  const analysis = await analysisOf(1, some);
  expect([...analysis.capture.unread]).toEqual([[LONELY, 3]]);
  expect(await formatAnalysis(analysis)).not.toContain("No findings: every checksum");
  expect([...(await analysisOf(1, some, "frame.number == 1")).capture.unread]).toEqual([[LONELY, 1]]);
  expect([...(await analysisOf(1, some, "frame.number == 3")).capture.unread]).toEqual([]);
});

it("says so of headers that were cut off, and not of cut payloads", async () => {
  const frame = four(6, tcp({}, letters(40)));
  const cutTo = async (length: number) => {
    const record = { time: 0, bytes: frame.subarray(0, length), wireLength: frame.length };
    const { capture } = await analyzeCapture(captureFromBytes(pcapOf(1, [record]), "cut"));
    return [...capture.unread];
  };
  for (const length of [20, 34, 50]) {
    expect(await cutTo(length)).toEqual([["headers that were cut off when they were captured", 1]]);
  }
  expect(await cutTo(60)).toEqual([]);
});

it("counts the packets that a filter selects, the most frequent first", async () => {
  const frames = [four(115), four(103), four(103), ethernet(0x88cc, letters(46))];
  expect([...(await analysisOf(1, frames, "ip")).capture.unread]).toEqual([
    ["L2TP", 1],
    ["PIM", 2],
  ]);
  const text = await formatAnalysis(await analysisOf(1, frames));
  expect(text).toMatch(/Not looked into: PIM in 2 packets, L2TP in 1 packet, LLDP in 1 packet\./);
});

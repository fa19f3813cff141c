import { beforeAll, describe, expect, it } from "vitest";
import { analyzeCapture } from "../../../../lib/analyze-capture.ts";
import { parseIpv4, parseIpv6 } from "../../../../lib/headers/address.ts";
import { encodeFrame } from "../../../../lib/headers/frame.ts";
import { captureFromBytes } from "../../../../lib/pcap/capture-from-bytes.ts";
import { conversationFigures } from "../../../../lib/report/html/conversations-section.ts";
import { FIGURE_HEIGHT, FIGURE_WIDTH } from "../../../../lib/report/html/figures/figure.ts";
import { FIGURE_STYLE } from "../../../../lib/report/html/figures/figure-style.ts";
import { HEAD_HEIGHT, LEAST_ROW, layLadder } from "../../../../lib/report/html/figures/ladder-layout.ts";
import { LANE_MARGIN, layLane } from "../../../../lib/report/html/figures/lane-layout.ts";
import { niceStep, PLOT, ticksOf } from "../../../../lib/report/html/figures/plot-axes.ts";
import { laySequencePlot } from "../../../../lib/report/html/figures/sequence-layout.ts";
import { FrameLinks } from "../../../../lib/report/html/landmarks.ts";
import { ReportCollector, type ReportData, USUAL_LIMITS } from "../../../../lib/report/html/report-data.ts";
import type { FramingKind } from "../../../../lib/streams/message-framing.ts";
import {
  allHandMade,
  handMadeCaptures,
  randomCapture,
  wildCapture,
} from "../../../helpers/captures/faulty-captures.ts";
import { hostileCapture } from "../../../helpers/captures/hostile-captures.ts";
import { oddCaptures } from "../../../helpers/captures/odd-captures.ts";
import { parseScript, segmentRecord } from "../../../helpers/captures/packetdrill-script.ts";
import { pcapOf } from "../../../helpers/captures/pcap-records.ts";
import { drawingsIn, type SvgDrawing, type SvgText } from "./svg-places.ts";

/** Of the text in the figures. */
const LINE_HEIGHT = 11;
const ETHERNET = 1;
const RAW = 101;
const LONG_ADDRESSES = [
  parseIpv6("2001:db8:1111:2222:3333:4444:5555:6666"),
  parseIpv6("2001:db8:1111:2222:3333:4444:5555:7777"),
] as const;

const SHORT_ADDRESSES = [parseIpv4("10.0.0.1"), parseIpv4("10.0.0.2")] as const;

async function reportOf(bytes: Uint8Array, limits = USUAL_LIMITS, framing?: FramingKind): Promise<ReportData> {
  const collector = new ReportCollector(limits);
  const { onPacket, listenTo, onDatagram } = collector;
  const options = { onPacket, listenTo, onDatagram, framing };
  return collector.finish(await analyzeCapture(captureFromBytes(bytes, "test"), options));
}

function figuresOf(data: ReportData): string[] {
  const links = new FrameLinks(data);
  return data.arrows.map((arrows) => conversationFigures(data, arrows, links).text);
}

function scripted(script: string, isIpv6 = false): Uint8Array {
  const [client, server] = isIpv6 ? LONG_ADDRESSES : SHORT_ADDRESSES;
  const lines = parseScript(script);
  const ends = [
    { address: client, port: 49_152 },
    { address: server, port: 50_000 },
  ] as const;
  return pcapOf(
    ETHERNET,
    lines.map((line) => segmentRecord(line, ...ends)),
  );
}

const DEGENERATE: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ["one packet", scripted("+0 > S 0:0(0) win 100")],
  ["one packet with data", scripted("+0 > P. 1:11(10) ack 1 win 100")],
  ["one reset", scripted("+0 > R 1:1(0) win 0", true)],
  [
    "all at one moment",
    scripted(`+0 > S 0:0(0) win 100\n${"+0 > P. 1:11(10) ack 1\n+0 < . 1:1(0) ack 11\n".repeat(9)}`),
  ],
  ["a clock that runs backwards", scripted(`+9 > S 0:0(0) win 100\n${"-1 > P. 1:11(10) ack 1\n".repeat(9)}`)],
  [
    "jumps of sequence numbers",
    scripted(
      "+1 > . 1:11(10) ack 1 win 9\n+1 > . 2000000001:2000000011(10) ack 1\n+1 > . 4000000000:4000000010(10) ack 2147483647\n+1 < R 77:77(0) win 0",
      true,
    ),
  ],
  [
    "numbers before the first",
    scripted("+0 > . 1:11(10) ack 1 win 9\n+1 > . -99:-89(10) ack 1\n+1 > F. -200:-200(0) ack 1"),
  ],
  [
    "pauses of hours",
    scripted("+0 > . 1:11(10) ack 1 win 9\n+90000 > . 11:21(10) ack 1\n+.000001 < . 1:1(0) ack 21 win 9", true),
  ],
  ["long addresses", scripted("+0 > S 0:0(0) win 100\n+.1 < S. 0:0(0) ack 1 win 9\n+.1 > P. 1:1001(1000) ack 1", true)],
  ["every flag", scripted("+0 > SFRP.UEW 0:9(9) ack 4000000000 win 100\n+0 < - 0:9(9) win 9", true)],
  ["datagrams of nothing", udpCapture(3)],
];

function udpCapture(count: number): Uint8Array {
  const [source, destination] = LONG_ADDRESSES;
  const bytes = encodeFrame({ ipv6: { source, destination }, udp: { sourcePort: 1, destinationPort: 2 } });
  return pcapOf(
    RAW,
    Array.from({ length: count }, (_, time) => ({ time, bytes })),
  );
}

type NamedReport = readonly [name: string, data: ReportData];

let reports: NamedReport[];
beforeAll(async () => {
  reports = await everyReport();
});

async function everyReport(): Promise<NamedReport[]> {
  const random = [0, 1, 2, 3, 4, 5].flatMap((seed) => [randomCapture(seed), wildCapture(seed)]);
  const captures = [...handMadeCaptures(), ...oddCaptures(), ...random].map(
    ({ name, bytes }) => [name, bytes] as const,
  );
  const all = [...captures, ...DEGENERATE, ["hostile", hostileCapture()] as const];
  return Promise.all(all.map(async ([name, bytes]) => [name, await reportOf(bytes)] as const));
}

function expectInside({ markup, width, height, texts, points }: SvgDrawing, name: string): void {
  const places = [...points, ...texts.map(({ x, y }) => [x, y] as const)];
  const outside = places.filter(([x, y]) => !(x >= 0 && x <= width && y >= 0 && y <= height));
  expect(outside, `${name}: ${markup.slice(0, 300)}`).toEqual([]);
  expect(height, name).toBeLessThanOrEqual(FIGURE_HEIGHT);
  expect(/NaN|Infinity|undefined|\[object|(?: d| x| y|th|ht)="[^"]*\.\d{3}/.exec(markup)?.[0], name).toBe(undefined);
  expect(markup, name).toMatch(
    /^<svg [^>]*role="group" aria-labelledby="[^"]+"[^>]*><title id="[^"]+">[^<]+<\/title><desc/,
  );
}

/** Texts one above the other, in the middle of the same column. */
function crowded({ texts }: SvgDrawing): string[] {
  const columns = new Map<number, SvgText[]>();
  for (const text of texts) columns.set(text.x, [...(columns.get(text.x) ?? []), text]);
  return [...columns.values()].flatMap((column) => {
    const sorted = column.toSorted((a, b) => a.y - b.y);
    return sorted.filter(({ y }, index) => index > 0 && y - sorted[index - 1]!.y < LINE_HEIGHT).map(({ text }) => text);
  });
}

describe("the figures of whatever capture", () => {
  it("stand in their frames, and their texts beside one another", async () => {
    for (const [name, data] of reports) {
      for (const drawing of figuresOf(data).flatMap(drawingsIn)) {
        expectInside(drawing, name);
        if (drawing.markup.includes("Ladder of")) expect(crowded(drawing), name).toEqual([]);
      }
    }
  });

  it("name every place once, and are the same each time", async () => {
    for (const [name, data] of reports) {
      const page = figuresOf(data).join("");
      expect(figuresOf(data).join(""), name).toBe(page);
      const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size, name).toBe(ids.length);
      const labels = [...page.matchAll(/aria-labelledby="([^"]+)"/g)].flatMap(([, names = ""]) => names.split(" "));
      expect(labels.filter((label) => !ids.includes(label))).toEqual([]);
    }
  });

  it("have a table with as many rows as they have arrows", async () => {
    for (const [name, data] of reports) {
      for (const page of figuresOf(data)) {
        const arrows = page.match(/<g id="arrow-/g)?.length;
        const table = /<details .*?<\/details>/s.exec(page)?.[0] ?? "";
        expect(table.match(/<th scope="row"/g)?.length, name).toBe(arrows);
        expect(page.match(/<table class="fig-n/g)?.length, name).toBe(page.match(/<figure /g)?.length);
      }
    }
  });

  it("close every element that they open", async () => {
    for (const [name, data] of reports) {
      for (const page of figuresOf(data)) expectBalanced(page, name);
    }
  });
});

function expectBalanced(markup: string, name: string): void {
  const open: string[] = [];
  for (const [, slash, element = "", rest = ""] of markup.matchAll(/<(\/?)([a-z]+)([^>]*)>/g)) {
    if (slash === "/") expect(open.pop(), `${name}: ${rest}`).toBe(element);
    else if (!rest.endsWith("/")) open.push(element);
  }
  expect(open, name).toEqual([]);
  expect(markup.replace(/<\/?[a-z]+(?: [a-z:A-Z-]+="[^"<>]*")*\/?>/g, ""), name).not.toMatch(/[<>]/);
}

describe("the ladder", () => {
  it("has rows of a height that can be read, on parts of a page each", async () => {
    for (const [name, { arrows }] of reports) {
      for (const { stream, arrows: all } of arrows) {
        const parts = layLadder(stream, all, 0);
        expect(parts.flatMap(({ rows }) => rows.map(({ arrow }) => arrow))).toEqual(all);
        for (const { rows, height } of parts) {
          expect(height, name).toBeLessThanOrEqual(FIGURE_HEIGHT);
          let bottom = HEAD_HEIGHT;
          for (const { y, findings } of rows) {
            expect(y - bottom, name).toBeGreaterThanOrEqual(bottom === HEAD_HEIGHT ? 0 : LEAST_ROW);
            bottom = y + 13 * findings.length;
          }
        }
      }
    }
  });

  it("is cut where there is too much, and says so", async () => {
    const limits = { ...USUAL_LIMITS, ladderArrows: 3, plottedArrows: 4 };
    const data = await reportOf(scripted(`+0 > S 0:0(0) win 9\n${"+.1 < . 1:11(10) ack 1 win 9\n".repeat(9)}`), limits);
    const [page = ""] = figuresOf(data);
    expect(page).toContain(">… and 7 more packets</text>");
    expect(page).toContain("Packets of TCP stream 0; 7 more packets left out");
    expect(page).toContain("The last 6 packets of the conversation are not in the plot.");
    expect(page.match(/<g id="arrow-/g)).toHaveLength(3);
  });

  it("shows flags by shape and by text, pauses folded, phases by name", async () => {
    const data = await reportOf(allHandMade().bytes, { ...USUAL_LIMITS, conversations: 1000 });
    const page = figuresOf(data).join("");
    for (const text of [
      ">[SYN, ACK] Seq=0 Ack=1 Len=0</text>",
      ">! TCP Retransmission</text>",
      ">opening</text>",
      ">data</text>",
      ">closing</text>",
      ">1 s without a packet</text>",
      'class="fig-x"',
      "RST: end cross",
    ]) {
      expect(page).toContain(text);
    }
  });

  it("reads from the handshake where the capture was taken", async () => {
    const opening = (first: string, second: string) =>
      scripted(`+0 > S 0:0(0) win 9\n+${first} < S. 0:0(0) ack 1 win 9\n+${second} > . 1:1(0) ack 1 win 9`);
    const pageOf = async (bytes: Uint8Array) => figuresOf(await reportOf(bytes)).join("");
    expect(await pageOf(opening(".1", ".001"))).toContain("taken near the client");
    expect(await pageOf(opening(".001", ".1"))).toContain("taken near the server");
    expect(await pageOf(opening(".1", ".1"))).toContain("Times hold in the middle of the arrows");
    expect(await pageOf(scripted("+0 > S 0:0(0) win 9"))).toContain("is not known");
  });

  it("takes little room", async () => {
    const script = `+0 > S 0:0(0) win 9\n${"+.001 < P. 1:1001(1000) ack 1 win 9\n".repeat(3000)}`;
    const [page = ""] = figuresOf(await reportOf(scripted(script)));
    expect(page.length).toBeLessThan(200 * 1000 + 2000 * 80);
  });
});

describe("the message lane", () => {
  it("draws every byte of a message, in boxes side by side", async () => {
    for (const [name, { messages }] of reports) {
      for (const { messages: all } of messages) {
        for (const { segments, messages: bars } of layLane(all)) {
          for (const row of [segments, bars]) {
            let x = LANE_MARGIN;
            for (const run of row) {
              expect(run.x, name).toBe(x);
              x += run.width;
            }
            expect(x, name).toBeLessThanOrEqual(FIGURE_WIDTH - LANE_MARGIN);
          }
        }
      }
    }
  });

  it("shows messages that share a segment, and segments that share a message", async () => {
    const bytes = scripted("+0 > P. 1:101(100) ack 1 win 9\n+.1 > . 101:201(100) ack 1\n+.1 > P. 201:301(100) ack 1");
    const data = await reportOf(bytes, USUAL_LIMITS, "push");
    const lines = layLane(data.messages[0]!.messages);
    expect(lines).toHaveLength(1);
    expect(lines[0]!.segments.map(({ pieces }) => pieces[0]!.frame)).toEqual([1, 2, 3]);
    expect(lines[0]!.messages.map(({ pieces }) => pieces.map(({ frame }) => frame))).toEqual([[1], [2, 3]]);
  });

  it("escapes whatever a payload holds", async () => {
    const page = figuresOf(await reportOf(hostileCapture())).join("");
    expect(page).not.toMatch(/<script|\p{Bidi_Control}/u);
    expect(page).toContain("&lt;script&gt;alert(1)");
  });
});

describe("the plot of sequence numbers", () => {
  it("merges what falls on one spot", async () => {
    const lines = Array.from(
      { length: 1500 },
      (_, at) => `+.0001 < . ${1 + at * 100}:${101 + at * 100}(100) ack 1 win 9`,
    );
    const { arrows } = await reportOf(scripted(lines.join("\n")));
    const all = arrows[0]!.arrows;
    const plot = laySequencePlot(all, all[0]!.isFromHigher, all[0]!, 0)!;
    expect(plot.marks.length).toBeLessThanOrEqual(PLOT.right - PLOT.left + 1);
    expect(plot.marks.reduce((sum, { segments }) => sum + segments, 0)).toBe(1500);
    expect(laySequencePlot(all, !all[0]!.isFromHigher, all[0]!, 0)).toBe(undefined);
  });

  it("has round numbers on its axes", () => {
    expect(niceStep(2500, 8)).toBe(500);
    expect(ticksOf(-30, 2530, 500)).toEqual([0, 500, 1000, 1500, 2000, 2500]);
    for (const length of [0, -1, Number.NaN, 1e-12, 1e18, Number.POSITIVE_INFINITY]) {
      expect(niceStep(length, 8)).toBeGreaterThan(0);
      expect(ticksOf(1e18, 1e18 + length, niceStep(length, 8)).length).toBeLessThanOrEqual(20);
    }
  });
});

it("the style names no colour of its own", () => {
  expect(FIGURE_STYLE).not.toMatch(/#[0-9a-f]{3}|rgb|hsl/);
});

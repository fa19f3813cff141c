/** Which conversations of a busy capture are told one by one, how to see the others, and how a stream is named. */
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encapsulate } from "../../lib/encapsulate.ts";
import { parseIpv4 } from "../../lib/headers/address.ts";
import { parseStreamChoice } from "../../lib/report/stream-selection.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { parseScript, segmentRecord } from "../helpers/captures/packetdrill-script.ts";
import { pcapOf, type TapRecord } from "../helpers/captures/pcap-records.ts";
import { HANDSHAKE } from "../helpers/captures/scenarios/scenario.ts";
import { faultsOf, PageReader, reportOf, textOf } from "../helpers/judges/page-reader.ts";
import { viewOf } from "../helpers/programs/shown-view.ts";

const folder = temporaryFolder();
const SERVER = { address: parseIpv4("10.0.0.2"), port: 443 };
const CLOSE = "+.1 > F. 1:1(0) ack 1\n+.1 < F. 1:1(0) ack 2\n+.1 > . 2:2(0) ack 2";
const CALM = `${HANDSHAKE}\n${CLOSE}`;
const LARGE = `${HANDSHAKE}\n+.1 > P. 1:1001(1000) ack 1\n+.1 < . 1:1(0) ack 1001\n${CLOSE.replaceAll("1:1(0)", "1001:1001(0)")}`;
const REFUSED = "+0 > S 0:0(0) win 100\n+.1 < R. 0:0(0) ack 1 win 0";
const LOST = `${HANDSHAKE}\n+.1 > P. 101:201(100) ack 1\n+2 > P. 1:101(100) ack 1`;

/** One connection after the other, each from a port of its own. */
function capture(name: string, scripts: readonly string[]): string {
  const records = scripts.flatMap((script, index) =>
    parseScript(script).map((line): TapRecord => {
      const record = segmentRecord(line, { address: parseIpv4("10.0.0.1"), port: 49_152 + index }, SERVER);
      return { ...record, time: record.time + index * 10_000_000 };
    }),
  );
  return captureFile(folder, `${name}.pcap`, pcapOf(1, records));
}

const toldIn = (text: string) => Array.from(text.matchAll(/^TCP stream (\d+): /gm), ([, number]) => Number(number));
const rowsIn = (text: string) => Array.from(text.matchAll(/^TCP (\d+) /gm), ([, number]) => Number(number));
const many = (most: number, other: Record<number, string>) =>
  Array.from({ length: most }, (_, index) => other[index] ?? CALM);

describe("a capture with many conversations", () => {
  it("tells those that have something to explain, the gravest first, then the largest", async () => {
    const text = await viewOf(capture("mixed", many(40, { 3: LARGE, 25: REFUSED, 30: LOST, 39: REFUSED })));
    expect(toldIn(text)).toEqual([0, 3, 25, 30, 39]);
    // What is told stands in the table too.
    expect(rowsIn(text)).toEqual([...Array.from({ length: 17 }, (_, index) => index), 25, 30, 39]);
    expect(text).toContain("... and 20 more conversations");
    expect(text.replace(/\s+/g, " ")).toContain(
      '5 of 40 are told one by one below: those with findings, resets or losses first, then the largest. --conversations 0 tells all of them, --filter "tcp.stream == 1" one of them.',
    );
  });

  it("tells as many as are asked for, and the one that is", async () => {
    const file = capture("eight", many(8, {}));
    expect(toldIn(await viewOf(file))).toEqual([0, 1, 2, 3, 4]);
    expect(toldIn(await viewOf(file, { conversations: 0 }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(toldIn(await viewOf(file, { conversations: 2 }))).toEqual([0, 1]);
    expect(toldIn(await viewOf(file, { filter: "tcp.stream == 5" }))).toEqual([5]);
  });

  it("says nothing of it where all are told", async () => {
    const text = await viewOf(capture("five", many(5, {})));
    expect(toldIn(text)).toHaveLength(5);
    expect(text).not.toContain("told one by one");
  });

  it("of six clients of a chat loses no section without a word", async () => {
    const input = `${folder}/chat.csv`;
    const rows = Array.from({ length: 6 }, (_, index) => `2026-01-01T00:00:0${index}Z,client${index},server,hello`);
    writeFileSync(input, `time,source,destination,message\n${rows.join("\n")}\n`);
    await encapsulate({ input, output: `${folder}/chat.pcap` });
    const text = await viewOf(`${folder}/chat.pcap`);
    expect(toldIn(text)).toHaveLength(5);
    expect(text).toContain("5 of 6 are told one by one below");
  });
});

describe("the page for browsers", () => {
  it("tells in words what it does not draw, and how to draw it", async () => {
    const page = new PageReader(await reportOf(capture("page", many(45, { 44: REFUSED }))));
    const text = page.all("main").map(textOf).join("");
    expect(faultsOf(page)).toEqual([]);
    expect(text).toContain("TCP stream 44: ");
    expect(text).toContain(
      "Those 20 conversations are drawn that were opened and say most, data before attempts, findings before size; of the others, the 20 that tell most",
    );
    expect(text).toContain("--conversations 0");
  });
});

const SILENT = "+0 > S 0:0(0) win 100";
const KEPT = "+0 > . 1:2(1) ack 1\n+.1 < . 1:1(0) ack 2\n+45 > . 1:2(1) ack 1";

describe("what is drawn", () => {
  const drawnIn = (text: string) => Array.from(text.matchAll(/^TCP stream (\d+), /gm), ([, number]) => Number(number));

  it("is what was said, wherever it stands behind attempts and keep-alives", async () => {
    const noise = Array.from({ length: 240 }, (_, index) =>
      index % 3 === 0 ? KEPT : index % 3 === 1 ? SILENT : REFUSED,
    );
    const file = capture("noise", [...noise, LARGE, CALM, LARGE]);
    const text = await viewOf(file, { ladder: true });
    expect(drawnIn(text)).toHaveLength(20);
    expect(drawnIn(text)).toEqual(expect.arrayContaining([240, 242]));
    expect(text).toContain("... and 223 more conversations");
    const page = new PageReader(await reportOf(file));
    const figures = page.all("figure").map(textOf).join("");
    for (const stream of [240, 242]) expect(figures).toContain(`TCP stream ${stream}`);
    expect(faultsOf(page)).toEqual([]);
  });

  it("is the rest in its order, where all say as much", async () => {
    const text = await viewOf(capture("calm", many(25, { 22: LARGE })), { ladder: true });
    expect(drawnIn(text)).toEqual([...Array.from({ length: 19 }, (_, index) => index), 22]);
  });

  it("is all that is asked for", async () => {
    expect(drawnIn(await viewOf(capture("all", many(25, {})), { ladder: true, count: 0 }))).toHaveLength(25);
  });
});

describe("names of streams", () => {
  it.each([
    ["0", { protocol: "TCP", number: 0 }],
    ["tcp:12", { protocol: "TCP", number: 12 }],
    ["UDP:3", { protocol: "UDP", number: 3 }],
    ["x", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["", undefined],
  ])("%j", (text, choice) => expect(parseStreamChoice(text)).toEqual(choice));
});

import { createHash } from "node:crypto";
/** The report as a page: what a browser, a reader without scripts and a hostile packet find in it. */
import { beforeAll, describe, expect, it } from "vitest";
import { encapsulate } from "../../../lib/encapsulate.ts";
import { parseIpv4, parseMac } from "../../../lib/headers/address.ts";
import { encodeFrame } from "../../../lib/headers/frame.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { USUAL_LIMITS } from "../../../lib/report/html/report-data.ts";
import { REPORT_SCRIPT } from "../../../lib/report/html/script.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { hostileCapture } from "../../helpers/captures/hostile-captures.ts";
import { parseScript, segmentRecord } from "../../helpers/captures/packetdrill-script.ts";
import { pcapOf } from "../../helpers/captures/pcap-records.ts";
import { attribute, elementsOf, PageReader, reportOf, textOf } from "../../helpers/judges/page-reader.ts";

const folder = temporaryFolder();
const ETHERNET = 1;
const MARKUP = `</pre></script><script>alert(1)</script><img src=x onerror="alert(2)">&amp;'</style>`;

/** Segments of one direction, one after the other. */
function dataCapture(name: string, payloads: readonly Uint8Array[]): string {
  let sequenceNumber = 1000;
  const records = payloads.map((payload, index) => {
    const tcp = { sourcePort: 50_000, destinationPort: 80, sequenceNumber, flags: TcpFlag.PSH | TcpFlag.ACK };
    sequenceNumber += payload.length;
    return {
      time: index * 1000,
      bytes: encodeFrame({
        ethernet: { source: parseMac("02:00:0a:00:00:01"), destination: parseMac("02:00:0a:00:00:02") },
        ipv4: { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") },
        tcp,
        payload,
      }),
    };
  });
  return captureFile(folder, name, pcapOf(ETHERNET, records));
}

describe("the page of a capture of ours", () => {
  let text: string;
  let page: PageReader;

  beforeAll(async () => {
    const output = `${folder}/part1.pcap`;
    await encapsulate({ input: "fixtures/input.csv", output, seed: 1 });
    text = await reportOf(output);
    page = new PageReader(text);
  });

  it("is a document that says what it is and loads nothing", () => {
    expect(text.startsWith('<!DOCTYPE html>\n<html lang="en">')).toBe(true);
    const policy = page.all("meta").find((meta) => attribute(meta, "http-equiv") === "Content-Security-Policy");
    const hash = createHash("sha256").update(REPORT_SCRIPT).digest("base64");
    expect(attribute(policy!, "content")).toBe(
      `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
    for (const element of page.elements) {
      expect(attribute(element, "src")).toBeUndefined();
      expect(attribute(element, "href") ?? "#").toMatch(/^#/);
      expect(element.attrs.filter(({ name }) => name.startsWith("on"))).toEqual([]);
    }
    expect(page.all("link", "iframe", "object", "img", "form", "base")).toEqual([]);
  });

  it("has landmarks and headings without a jump", () => {
    expect(page.all("header", "nav", "main").map(({ tagName }) => tagName)).toEqual(["header", "nav", "main"]);
    const levels = page.all("h1", "h2", "h3", "h4", "h5").map(({ tagName }) => Number(tagName[1]));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.filter((level, index) => index > 0 && level > levels[index - 1]! + 1)).toEqual([]);
  });

  it("has the sections in their order", () => {
    const [main] = page.all("main");
    const ids = main!.childNodes.flatMap((node) => ("tagName" in node ? [attribute(node, "id")] : []));
    expect(ids).toEqual([
      "verdict",
      "checklist",
      "conversations",
      "tcp-0",
      "tcp-1",
      "tcp-2",
      "tcp-3",
      "findings",
      "frames",
      "notes",
    ]);
  });

  it("gives every id once, and every link and label a target", () => {
    const ids = page.elements.flatMap((element) => attribute(element, "id") ?? []);
    const known = new Set(ids);
    expect(ids).toHaveLength(known.size);
    const targets = page.elements.flatMap((element) => [
      ...(attribute(element, "href")?.slice(1).split(" ") ?? []),
      ...(attribute(element, "for")?.split(" ") ?? []),
      ...(attribute(element, "aria-labelledby")?.split(" ") ?? []),
    ]);
    expect(targets.filter((id) => !known.has(id))).toEqual([]);
  });

  it("names every table, its heads and every drawing", () => {
    for (const table of page.all("table")) {
      const inside = elementsOf(table);
      expect(inside[0]?.tagName).toBe("caption");
      for (const head of inside.filter(({ tagName }) => tagName === "th")) {
        expect(["col", "row", "colgroup", "rowgroup"]).toContain(attribute(head, "scope"));
      }
    }
    for (const svg of page.all("svg")) expect(elementsOf(svg).map(({ tagName }) => tagName)).toContain("title");
  });

  it("shows the points of the checklist, each with room for words", () => {
    const states = page
      .all("section")
      .filter((section) => attribute(section, "class") === "item")
      .map((item) => [
        attribute(item, "id"),
        textOf(item).includes("✓ shown"),
        elementsOf(item).filter(({ tagName }) => tagName === "textarea").length,
      ]);
    expect(states).toEqual([
      ["item-encapsulation", true, 1],
      ["item-handshake", true, 1],
      ["item-data", true, 1],
      ["item-segmentation", true, 1],
      ["item-shared", false, 1],
      ["item-ports", true, 1],
      ["item-ip", true, 1],
      ["item-close", true, 1],
    ]);
    const links = elementsOf(page.withId("item-handshake")!).filter(({ tagName }) => tagName === "a");
    expect(new Set(links.map((link) => attribute(link, "href")))).toEqual(
      new Set(["#frame-1", "#frame-2", "#frame-3"]),
    );
  });

  it("is the same each time, and has nothing of its making in it", async () => {
    expect(await reportOf(`${folder}/part1.pcap`)).toBe(text);
    expect(text).not.toContain(process.cwd());
  });

  it("stays small", () => {
    expect(text.length).toBeLessThan(3_000_000);
  });
});

describe("hostile captures", () => {
  it("arrive as text", async () => {
    const payload = new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${MARKUP}\r\n\r\n`);
    const page = new PageReader(await reportOf(dataCapture(`a<b>&"'.pcap`, [payload])));
    expect(page.all("script")).toHaveLength(1);
    expect(page.all("img")).toEqual([]);
    expect(page.all("style")).toHaveLength(1);
    expect(textOf(page.withId("frame-1")!)).toContain("<script>alert(1)</script>");
    expect(textOf(page.all("title")[0]!)).toContain(`a<b>&"'.pcap`);
    expect(textOf(page.all("h1")[0]!)).toContain(`a<b>&"'.pcap`);
  });

  it("turn no direction and obey no control", async () => {
    const text = await reportOf(captureFile(folder, "hostile.pcap", hostileCapture()));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/);
  });
});

describe("findings", () => {
  it("stand with what they mean and lead to their frames", async () => {
    const script = `
+0    > S  0:0(0) win 65535 <mss 1460>
+.010 < S. 0:0(0) ack 1 win 65535 <mss 1460>
+.010 > .  1:1(0) ack 1
+.010 > P. 101:201(100) ack 1
+.010 > P. 1:101(100) ack 1
+.010 < R. 1:1(0) ack 201`;
    const ends = [10, 11].map((last) => ({ address: parseIpv4(`10.0.0.${last}`), port: 50_000 + last }));
    const records = parseScript(script).map((line) => segmentRecord(line, ends[0]!, ends[1]!));
    const page = new PageReader(await reportOf(captureFile(folder, "loss.pcap", pcapOf(ETHERNET, records))));
    const findings = page.withId("findings")!;
    expect(textOf(findings)).toContain("TCP Previous segment not captured");
    expect(textOf(findings)).toContain("! warning");
    expect(elementsOf(findings).map((element) => attribute(element, "href"))).toContain("#frame-4");
    expect(textOf(page.withId("item-close")!)).toContain("by a reset: from the server in frame 6");
  });
});

describe("large captures", () => {
  it("stay below 5 MB, and say what is left out", async () => {
    const payloads = Array.from({ length: 10_000 }, (_, index) => new Uint8Array(1460).fill(0x41 + (index % 26)));
    const file = dataCapture("large.pcap", payloads);
    const text = await reportOf(file);
    expect(text.length).toBeLessThan(5_000_000);
    // What takes a browser its time.
    expect(new PageReader(text).elements.length).toBeLessThan(250_000);
    const shown = Number(/The first (\d+) frames of 10,000 are here\./.exec(text)?.[1]);
    expect(shown).toBeGreaterThanOrEqual(80);
    expect(shown).toBeLessThanOrEqual(120);
  });

  it("have frames only as far as there is room", async () => {
    const file = dataCapture(
      "many.pcap",
      Array.from({ length: 400 }, () => new Uint8Array(1400).fill(0x26)),
    );
    const text = await reportOf(file, { ...USUAL_LIMITS, detailedFrames: 400 });
    expect(text.length).toBeLessThan(5_000_000);
    const page = new PageReader(text);
    const ids = new Set(page.elements.flatMap((element) => attribute(element, "id") ?? []));
    const lost = page.all("a").filter((link) => !ids.has(attribute(link, "href")!.slice(1)));
    expect(lost).toEqual([]);
  });

  it("are readable without a packet", async () => {
    const page = new PageReader(await reportOf(captureFile(folder, "empty.pcap", pcapOf(ETHERNET, []))));
    expect(textOf(page.withId("conversations")!)).toContain("No conversations");
    expect(textOf(page.withId("item-handshake")!)).toContain("not in this capture");
  });
});

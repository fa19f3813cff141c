/** Whatever words a capture holds, and wherever, they arrive as words: the page is parsed as browsers parse it. */
import { parse } from "parse5";
import { describe, expect, it } from "vitest";
import { makeVisible } from "../../../lib/core/text.ts";
import { htmlReport } from "../../../lib/html-report.ts";
import { captureFromBytes } from "../../../lib/pcap/capture-from-bytes.ts";
import { pcapOf } from "../../helpers/captures/pcap-records.ts";
import { attribute, type Element, elementsOf, textOf } from "../../helpers/judges/page-reader.ts";
import { dnsFrames, HOSTILE_TEXTS, tcpFrames, wordyCapture } from "./hostile-texts.ts";

const ETHERNET = 1;
const HARMLESS_FRAME = tcpFrames(80, () => "GET / HTTP/1.1\r\n\r\n")[0]!;

/** Where packets have words, and such packets. */
const PAYLOADS: readonly (readonly [place: string, frames: readonly Uint8Array[]])[] = [
  ["HTTP request lines", tcpFrames(80, (text) => `GET /${text} HTTP/1.1\r\nHost: a\r\n\r\n`)],
  ["HTTP headers", tcpFrames(80, (text) => `GET / HTTP/1.1\r\nX-Text: ${text}\r\n\r\n`)],
  ["SMTP lines", tcpFrames(25, (text) => `MAIL FROM:<${text}>\r\n`)],
  ["chat lines", tcpFrames(12_345, (text) => `${text}\n`)],
  ["DNS names", dnsFrames()],
];

const reportOn = (bytes: Uint8Array, name = "capture.pcap") => htmlReport(captureFromBytes(bytes, name));

const pcapWith = (frames: readonly Uint8Array[]) =>
  pcapOf(
    ETHERNET,
    frames.map((bytes, index) => ({ time: 1000 * index, bytes })),
  );

/** What a dump shows of a text: as much of it as fits into a label of a name. */
function asDumped(text: string): string {
  const bytes = new TextEncoder().encode(text).subarray(0, 63);
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
}

/** How often each element stands in a page. */
function census(elements: readonly Element[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { tagName } of elements) counts[tagName] = (counts[tagName] ?? 0) + 1;
  return counts;
}

function expectHarmless(page: string, what: string): Element[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(/[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/.exec(page), what).toBe(null);
  for (const scriptingEnabled of [true, false]) {
    const elements = elementsOf(parse(page, { scriptingEnabled }));
    expect(census(elements), what).toMatchObject({ script: 1, style: 1, title: expect.any(Number), main: 1, meta: 3 });
    const attributes = elements.flatMap(({ attrs }) => attrs);
    expect(
      attributes.filter(({ name }) => /^on|^src|^action|^autofocus|^formaction/i.test(name)),
      what,
    ).toEqual([]);
    const links = attributes.filter(({ name }) => name.endsWith("href")).map(({ value }) => value);
    expect(
      links.filter((link) => !/^#[\w-]+$/.test(link)),
      what,
    ).toEqual([]);
    const names = elements.map(({ tagName }) => tagName.toLowerCase());
    expect(
      names.filter((name) => /^(img|foreignobject|iframe|object|embed|form|base|link|b?onclick)$/.test(name)),
    ).toEqual([]);
  }
  return elementsOf(parse(page));
}

describe("hostile texts in payloads", () => {
  it.each(PAYLOADS)("of %s are told in the frames as text", async (place, frames) => {
    const elements = expectHarmless(await reportOn(pcapWith(frames)), place);
    for (const [index, text] of HOSTILE_TEXTS.entries()) {
      const frame = elements.find((element) => attribute(element, "id") === `frame-${index + 1}`)!;
      const dump = elementsOf(frame).find((element) => attribute(element, "class") === "txt")!;
      expect(textOf(dump).replaceAll("\n", ""), `${place}: ${makeVisible(text)}`).toContain(asDumped(text));
    }
  });

  it.each(PAYLOADS.slice(0, 4))("of %s are text in the drawings too", async (_place, frames) => {
    for (const [index, frame] of frames.entries()) {
      const elements = elementsOf(parse(await reportOn(pcapWith([frame]))));
      const drawings = elements.filter(({ tagName }) => tagName === "svg");
      const inside = drawings.flatMap(elementsOf).map(({ tagName }) => tagName);
      const allowed = new Set(["title", "desc", "g", "a", "path", "rect", "line", "circle", "text", "tspan"]);
      expect(inside.filter((name) => !allowed.has(name))).toEqual([]);
      expect(inside.length, String(index)).toBeGreaterThan(10);
    }
  });

  it("begin the words of a message in its drawing", async () => {
    for (const [index, frame] of tcpFrames(12_345, (text) => `${text}\n`).entries()) {
      const elements = elementsOf(parse(await reportOn(pcapWith([frame]))));
      const words = elements.filter((element) => attribute(element, "class") === "fig-words").map(textOf);
      expect(words).toHaveLength(1);
      expect(words[0]!.slice(0, 5)).toBe(makeVisible(HOSTILE_TEXTS[index]!).slice(0, 5));
    }
  });
});

describe("hostile texts around packets", () => {
  it.each(HOSTILE_TEXTS.map((text) => [makeVisible(text), text] as const))("%s", async (visible, text) => {
    // A name of a file is whole; strings in it end at a zero.
    const told = makeVisible(text.split("\0")[0]!);
    const page = await reportOn(wordyCapture(text, HARMLESS_FRAME), `${text}.pcapng`);
    const elements = expectHarmless(page, visible);
    const [title] = elements.filter(({ tagName }) => tagName === "title");
    const [heading] = elements.filter(({ tagName }) => tagName === "h1");
    // Of a path, the page tells the last part only.
    const name = visible.split(/[/\\]/).at(-1)!;
    expect(textOf(title!)).toContain(name);
    expect(textOf(heading!)).toContain(name);
    expect(textOf(elements.find((element) => attribute(element, "class") === "comment")!)).toContain(told);
    const [facts] = elements.filter((element) => attribute(element, "class") === "facts");
    expect(textOf(facts!).split(told).length - 1, "program and comment").toBeGreaterThanOrEqual(2);
  });
});

describe("the elements of the page", () => {
  it("are the same whatever the texts say", async () => {
    const harmless = new Map<string, Record<string, number>>();
    for (const text of HOSTILE_TEXTS) {
      // As long as the hostile one, so that as much is cut.
      const letters = "x".repeat(text.length);
      const [hostile, calm] = [text, letters].map((words) => wordyCapture(words, HARMLESS_FRAME));
      harmless.set(text, census(elementsOf(parse(await reportOn(calm!)))));
      expect(census(elementsOf(parse(await reportOn(hostile!))))).toEqual(harmless.get(text));
    }
    expect(harmless.size).toBe(HOSTILE_TEXTS.length);
  });
});

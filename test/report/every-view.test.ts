import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { encapsulate } from "../../lib/encapsulate.ts";
import { cellsOf, PAGE_WIDTH } from "../../lib/report/text/text-layout.ts";
import type { Flags } from "../../scripts/analyze/request.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { handMadeCaptures, randomCapture } from "../helpers/captures/faulty-captures.ts";
import { HOSTILE_CSV, hostileCapture } from "../helpers/captures/hostile-captures.ts";
import { oddCaptures } from "../helpers/captures/odd-captures.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { viewOf } from "../helpers/programs/shown-view.ts";

const folder = temporaryFolder();
const RANDOM_CAPTURES = 6;
/** Frames that are looked at one by one in each capture. */
const MOST_FRAMES = 40;

/** What a terminal obeys or what turns the direction of writing, but for the ends of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/u;

const TEXT_VIEWS: readonly Flags[] = [
  {},
  { ladder: true },
  { ladder: true, count: 3 },
  { mermaid: true, count: 0 },
  { messages: true },
  { messages: true, framing: "line", count: 0 },
  { filter: "tcp.len > 0 or udp" },
];
const JSON_VIEWS: readonly Flags[] = [
  { json: true },
  { json: true, packets: true },
  { json: true, messages: true, packets: true, filter: "tcp" },
];

const files: [name: string, file: string][] = [];

beforeAll(async () => {
  for (const name of ["input", "chat", "unicode"]) {
    const file = path.join(folder, `${name}.pcapng`);
    await encapsulate({ input: `fixtures/${name}.csv`, output: file });
    files.push([name, file]);
  }
  fs.writeFileSync(path.join(folder, "hostile.csv"), HOSTILE_CSV);
  const commented = path.join(folder, "hostile.pcapng");
  await encapsulate({ input: path.join(folder, "hostile.csv"), output: commented });
  files.push(["hostile comments", commented]);
  const random = Array.from({ length: RANDOM_CAPTURES }, (_, seed) => randomCapture(seed));
  const made = [...handMadeCaptures(), ...random, ...oddCaptures()];
  for (const [index, { name, bytes }] of made.entries()) {
    files.push([name, captureFile(folder, `${index}.pcap`, bytes)]);
  }
  files.push(["hostile payloads", captureFile(folder, "hostile.pcap", hostileCapture())]);
  files.push(["no packets", captureFile(folder, "empty.pcap", pcapOf(1, []))]);
});

function expectPrintable(text: string, what: string): void {
  const unsafe = UNSAFE.exec(text);
  const around = unsafe && JSON.stringify(text.slice(Math.max(0, unsafe.index - 40), unsafe.index + 10));
  expect(around, what).toBe(null);
}

function expectPage(text: string, what: string): void {
  expectPrintable(text, what);
  expect(
    text.split("\n").filter((line) => cellsOf(line) > PAGE_WIDTH),
    what,
  ).toEqual([]);
  expect(text.endsWith("\n"), what).toBe(true);
  expect(/(?:undefined|NaN|\[object)/.exec(text), what).toBe(null);
}

interface Told {
  readonly capture: { readonly packets: number };
  readonly conversations: readonly { readonly protocol: string; readonly stream: number }[];
}

describe("whatever the capture", () => {
  it("every text view fits a page and obeys nobody", async () => {
    for (const [name, file] of files) {
      for (const flags of TEXT_VIEWS) expectPage(await viewOf(file, flags), `${name} ${JSON.stringify(flags)}`);
    }
  });

  it("every view of JSON can be read and printed", async () => {
    for (const [name, file] of files) {
      for (const flags of JSON_VIEWS) {
        const text = await viewOf(file, flags);
        expectPrintable(text, name);
        expect(() => JSON.parse(text), name).not.toThrow();
      }
    }
  });

  it("every stream can be followed", async () => {
    for (const [name, file] of files) {
      const { conversations } = JSON.parse(await viewOf(file, { json: true })) as Told;
      for (const { protocol, stream } of conversations) {
        const follow = { protocol: protocol as "TCP" | "UDP", number: stream };
        expectPage(await viewOf(file, { follow }), name);
        expectPage(await viewOf(file, { follow, hex: true }), name);
      }
    }
  });

  it("every frame can be looked at", async () => {
    for (const [name, file] of files) {
      const { capture } = JSON.parse(await viewOf(file, { json: true })) as Told;
      for (let frame = 1; frame <= Math.min(capture.packets, MOST_FRAMES); frame++) {
        expectPage(await viewOf(file, { frame }), `${name}, frame ${frame}`);
        const json = await viewOf(file, { frame, json: true });
        expectPrintable(json, name);
        expect(JSON.parse(json).frame).toBe(frame);
      }
    }
  });
});

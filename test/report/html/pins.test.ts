/** The same capture gives the same page, byte for byte, and the fixtures give pages that are known. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { encapsulate } from "../../../lib/encapsulate.ts";
import { htmlReport } from "../../../lib/html-report.ts";
import { captureFromBytes } from "../../../lib/pcap/capture-from-bytes.ts";
import { temporaryFolder } from "../../helpers/captures/captures.ts";
import { everyCapture } from "../../helpers/captures/faulty-captures.ts";
import { hostileCapture } from "../../helpers/captures/hostile-captures.ts";
import { FIXTURES, largeCapture } from "../../helpers/captures/pictured-captures.ts";
import { faultsOf, PageReader } from "../../helpers/judges/page-reader.ts";
import { runShell } from "../../helpers/programs/run-script.ts";

const folder = temporaryFolder();
const MOST_BYTES = 5_000_000;
/** Of the chance captures: two of each kind. */
const SEEDS = [11, 12];

/**
 * SHA-256 of the pages. Where a page is meant to look different, look at it in a browser, and then write down the new
 * one: the failing test prints it.
 */
const PINS: Readonly<Record<(typeof FIXTURES)[number], string>> = {
  input: "e4376688c776fd20c195a7df423c150e49b0322cf6acadbc4a2aca9a97d21a37",
  chat: "6cfdeb28c6f185df3d3423fd4d5f3e1be73c8ad5507a6bc1fd4868b7797a7ba9",
  unicode: "46a81a318c6f2a8691a59c63cda699a3d5f48051c20b743b5097f01ec3d22105",
};

/** The name is given, so that the page does not depend on where the file lies. */
const reportOn = (bytes: Uint8Array, name: string) => htmlReport(captureFromBytes(bytes, name));

describe("the same capture", () => {
  const captures = new Map<string, Uint8Array>();

  beforeAll(async () => {
    for (const name of FIXTURES) {
      const output = path.join(folder, `${name}.pcap`);
      await encapsulate({ input: `fixtures/${name}.csv`, output });
      captures.set(name, fs.readFileSync(output));
    }
  });

  it.each(FIXTURES)("%s gives the page that was looked at", async (name) => {
    const page = await reportOn(captures.get(name)!, `${name}.pcap`);
    expect(createHash("sha256").update(page).digest("hex")).toBe(PINS[name]);
    expect(Buffer.byteLength(page)).toBeLessThan(MOST_BYTES / 2);
  });

  it("gives the same bytes each time, whatever else was told before", async () => {
    const bytes = captures.get("input")!;
    const first = await reportOn(bytes, "x.pcap");
    await reportOn(captures.get("chat")!, "y.pcap");
    expect(await reportOn(bytes, "x.pcap")).toBe(first);
  });

  it("gives the same bytes in another zone and language", async () => {
    const line = (environment: string) =>
      runShell(`${environment} $WW/analyze.ts ${path.join(folder, "input.pcap")} --html -`);
    const here = await line("TZ=UTC LC_ALL=C");
    const there = await line("TZ=Pacific/Kiritimati LC_ALL=ar_EG.UTF-8");
    expect(here.stdout).toMatch(/<\/html>\n$/);
    expect(there.stdout).toBe(here.stdout);
  });
});

describe("every capture there is", () => {
  it("gives a whole page, every id once, every link with its target, nothing that was not computed", async () => {
    let pages = 0;
    for (const { name, bytes } of everyCapture(SEEDS)) {
      const page = await reportOn(bytes, name);
      expect(faultsOf(new PageReader(page)), name).toEqual([]);
      expect(withoutScript(page).match(/.{0,60}(?:\b(?:undefined|NaN|Infinity)\b|\[object ).{0,20}/g), name).toBe(null);
      expect(Buffer.byteLength(page), name).toBeLessThan(MOST_BYTES);
      pages++;
    }
    expect(pages).toBeGreaterThan(60);
  });

  it("gives such a page of hostile contents and of 10,000 packets too", async () => {
    const large = fs.readFileSync(await largeCapture(folder));
    for (const bytes of [hostileCapture(), large]) {
      const page = await reportOn(bytes, "x.pcap");
      expect(faultsOf(new PageReader(page))).toEqual([]);
      expect(Buffer.byteLength(page)).toBeLessThan(MOST_BYTES);
    }
  });
});

function withoutScript(page: string): string {
  return page.replace(/<script>[\s\S]*<\/script>/, "");
}

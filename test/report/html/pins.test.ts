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
  input: "e9bd25b8c4444683730263cb651a8b141eb5655c9b572b3029612d010859c5bb",
  chat: "7739ffdf29ce5e8cdb58b0251f604f2eca1d0ea38ee8392139c713e5840efbbd",
  unicode: "a96461b5c5e2f0f2d374411fe9fea47ac804e70023c5fd63868c3a94273a358d",
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

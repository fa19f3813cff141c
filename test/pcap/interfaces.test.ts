/** When the interfaces of a capture are known: the first from the start, others at the latest with their packets. */
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { captureFromBytes, openCaptureBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { type Capture, type CaptureSource, ParsedCapture, readBeginning } from "../../lib/pcap/capture-reader.ts";
import { openCapture } from "../../lib/pcap/open-capture.ts";
import { PcapngParser } from "../../lib/pcap/pcapng-parser.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { FRAME, joined, little, MICROSECONDS, packetsOf, pcapHeader, pcapRecord, SECONDS } from "./capture-bytes.ts";

const folder = temporaryFolder();

const named = (name: string, linkType = 1) => little.interface(linkType, 0, little.option(2, name));
const packetOf = (interfaceId: number) => little.enhanced(MICROSECONDS, undefined, FRAME, interfaceId);
const STATISTICS = little.block(5, little.u32(0, 0, 0));
const NAMES = little.block(4, little.u32(0));
const UNKNOWN = little.block(0x0abc, new Uint8Array(3000));
/** Wireshark numbers these as frames. */
const CUSTOM = little.block(0x0bad, new Uint8Array(8));

/** Each with the names that are known at once, and those that are known in the end. */
const FILES: readonly (readonly [about: string, file: Uint8Array, atOnce: string[], inTheEnd: string[]])[] = [
  ["no interface and no packet", little.section(), [], []],
  ["no interface before a block that is none", joined(little.section(), STATISTICS, NAMES), [], []],
  ["one interface", joined(little.section(), named("one"), packetOf(0)), ["one"], ["one"]],
  ["one interface and no packet", joined(little.section(), named("one")), ["one"], ["one"]],
  ["an interface behind much else", joined(little.section(), NAMES, UNKNOWN, named("one")), ["one"], ["one"]],
  [
    "several interfaces",
    joined(little.section(), named("one"), STATISTICS, named("two"), packetOf(1)),
    ["one", "two"],
    ["one", "two"],
  ],
  [
    "a late interface",
    joined(little.section(), named("one"), packetOf(0), named("late"), packetOf(1)),
    ["one"],
    ["one", "late"],
  ],
  [
    "a late interface in a section of its own",
    joined(little.section(), named("one"), packetOf(0), little.section(), named("late"), packetOf(0)),
    ["one"],
    ["one", "late"],
  ],
  ["a block that counts as a packet", joined(little.section(), CUSTOM, named("late"), packetOf(0)), [], ["late"]],
  ["a packet before any interface", joined(little.section(), packetOf(0), named("late")), [], []],
];

const namesOf = ({ interfaces }: Capture) => interfaces.map(({ name }) => name);

async function readOn(capture: Capture): Promise<number> {
  let packets = 0;
  do while (capture.next()) packets++;
  while (await capture.more());
  await capture.close();
  return packets;
}

describe("the interfaces of a pcapng file", () => {
  it.each(FILES)("are known: %s", async (about, file, atOnce, inTheEnd) => {
    const gzip = gzipSync(file);
    const captures = [
      captureFromBytes(file),
      await openCaptureBytes(gzip),
      await openCapture(captureFile(folder, `${about}.pcapng`, file)),
      await openCapture(captureFile(folder, `${about}.pcapng.gz`, gzip)),
    ];
    const count = (await packetsOf(file)).length;
    for (const capture of captures) {
      expect(namesOf(capture)).toEqual(atOnce);
      expect(await readOn(capture)).toBe(count);
      expect(namesOf(capture)).toEqual(inTheEnd);
    }
  });

  it("are known, the first at least, however the bytes come, and no packet is lost", async () => {
    const file = fc.constantFrom(...FILES.filter(([, , atOnce]) => atOnce.length > 0));
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(file, cuts, async ([, bytes, [first], inTheEnd], lengths) => {
        const source = new CutSource(bytes, lengths);
        const parser = new PcapngParser("x");
        expect(await readBeginning(parser, source)).toBe(true);
        const capture = new ParsedCapture("x", parser, source);
        expect(namesOf(capture)[0]).toBe(first);
        expect(await readOn(capture)).toBe((await packetsOf(bytes)).length);
        expect(namesOf(capture)).toEqual(inTheEnd);
        expect(capture.warnings).toEqual([]);
      }),
      // A piece without bytes, in the middle of a block.
      { examples: [[FILES[2]!, [57, 0]]] },
    );
  });

  it("are waited for on a pipe, and its packets are not", async () => {
    const [file, done] = [path.join(folder, "pipe.pcapng"), path.join(folder, "done")];
    execFileSync("mkfifo", [file]);
    const parts = [little.section(), named("one")].map((bytes, index) => captureFile(folder, `part${index}`, bytes));
    const script = `exec 3> "$1"; cat "$2" >&3; sleep 0.1; cat "$3" >&3; while ! [ -e "$4" ]; do sleep 0.01; done`;
    spawn("sh", ["-c", script, "sh", file, ...parts, done]);
    const capture = await openCapture(file);
    expect(namesOf(capture)).toEqual(["one"]);
    expect(capture.next()).toBe(false);
    fs.writeFileSync(done, "");
    expect(await capture.more()).toBe(false);
    await capture.close();
  });
});

describe("the interface of a pcap file", () => {
  it("is known from the start", () => {
    const file = joined(pcapHeader({ network: 101 }), pcapRecord([SECONDS, 0, 60, 60]));
    expect(captureFromBytes(file).interfaces).toMatchObject([{ id: 0, section: 0, linkType: 101 }]);
  });
});

/** Bytes in pieces of these lengths, then the rest. Each is spoilt as soon as the next is asked for. */
class CutSource implements CaptureSource {
  readonly isCompressed = false;
  readonly interruption = undefined;
  bytesRead = 0;
  readonly #file: Uint8Array;
  readonly #lengths: number[];
  #last = new Uint8Array();

  constructor(file: Uint8Array, lengths: readonly number[]) {
    this.#file = file;
    this.#lengths = [...lengths];
  }

  async read(): Promise<Uint8Array | undefined> {
    const before = this.#last;
    const start = this.bytesRead;
    const length = this.#lengths.shift() ?? this.#file.length;
    this.#last = this.#file.slice(start, start + length);
    this.bytesRead += this.#last.length;
    // What was fed may be spoilt after another chunk was fed, and not before.
    queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => before.fill(0xee))));
    return start >= this.#file.length ? undefined : this.#last;
  }

  async close(): Promise<void> {}
}

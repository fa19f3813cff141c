/**
 * Whatever the bytes of a capture, reading and explaining it comes to an end soon, and nothing but a WirewrightError
 * escapes. By default a minute of captures that are changed at random; `WIREWRIGHT_FUZZ_SECONDS` makes it another time,
 * and `WIREWRIGHT_FUZZ_SEED` begins at another seed. A failure names the seed that shows it again.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze.ts";
import { describeLayers } from "../../lib/dissect/fields/describe-layers.ts";
import { FragmentStore } from "../../lib/dissect/fragments.ts";
import { WirewrightError } from "../../lib/headers/errors.ts";
import { type Capture, captureFromBytes } from "../../lib/pcap/capture.ts";
import { openCapture } from "../../lib/pcap/open-capture.ts";
import { temporaryFolder } from "../helpers/captures.ts";
import { fuzzSources, mutated } from "../helpers/fuzz-captures.ts";
import { ethernet, FOUR, hex, ip, udp } from "../helpers/odd/packet-bytes.ts";
import { pcapOf } from "../helpers/pcap-records.ts";

const SECONDS = Number(process.env.WIREWRIGHT_FUZZ_SECONDS ?? 60);
const FIRST_SEED = Number(process.env.WIREWRIGHT_FUZZ_SEED ?? 1);
/** No capture here is larger than a few hundred kilobytes. */
const LONGEST_MILLISECONDS = 2000;
const MEBIBYTE = 1 << 20;
const MOST_MEMORY = 512 * MEBIBYTE;

const folder = temporaryFolder();

interface Seen {
  packets: number;
  fields: number;
  messages: number;
  findings: number;
}

/** Looks at everything there is to be seen in a capture. */
async function exploreAll(capture: Capture): Promise<Seen> {
  const seen: Seen = { packets: 0, fields: 0, messages: 0, findings: 0 };
  const analysis = await analyzeCapture(capture, {
    onPacket(packet) {
      seen.packets++;
      const { relativeSequence, relativeAcknowledgment, scaledWindow, findings } = packet;
      for (const layer of describeLayers(packet.outline)) seen.fields += layer.fields.length;
      void [relativeSequence, relativeAcknowledgment, scaledWindow, findings];
    },
    listenTo: () => ({
      data: (bytes) => void bytes.length,
      gap: (length) => expect(length).toBeGreaterThan(0),
      message: () => void seen.messages++,
    }),
    onDatagram: (_, payload) => void payload.length,
  });
  for (const { text } of analysis.findings.findings()) seen.findings += Math.min(1, text.length);
  for (const stream of [...analysis.tcpStreams, ...analysis.udpStreams]) void [stream.client, stream.duration];
  return seen;
}

/** The same for bytes. @returns what was seen before an error of ours, or nothing where there was one */
async function explore(bytes: Uint8Array, isPacked = false): Promise<Seen | undefined> {
  try {
    if (!isPacked) return await exploreAll(captureFromBytes(bytes, "fuzzed"));
    const file = path.join(folder, "fuzzed.gz");
    writeFileSync(file, bytes);
    const capture = await openCapture(file);
    try {
      return await exploreAll(capture);
    } finally {
      await capture.close();
    }
  } catch (error) {
    if (!(error instanceof WirewrightError)) throw error;
    return undefined;
  }
}

async function exploreSeed(seed: number, sources: readonly Uint8Array[]): Promise<boolean> {
  const { bytes, isPacked } = mutated(seed, sources);
  const start = performance.now();
  try {
    const seen = await explore(bytes, isPacked);
    expect(performance.now() - start).toBeLessThan(LONGEST_MILLISECONDS);
    return seen !== undefined && seen.packets > 0;
  } catch (error) {
    const again = `WIREWRIGHT_FUZZ_SEED=${seed} WIREWRIGHT_FUZZ_SECONDS=0 shows it again`;
    throw new Error(`seed ${seed}: ${String(error)}; ${again}`, { cause: error });
  }
}

describe("captures that are changed at random", () => {
  it(`for ${SECONDS} seconds`, { timeout: (SECONDS + 60) * 1000 }, async () => {
    const sources = fuzzSources();
    const end = performance.now() + SECONDS * 1000;
    const memory = process.memoryUsage().rss;
    let read = 0;
    let seed = FIRST_SEED;
    // The seed asked for is tried however little time there is.
    do {
      if (await exploreSeed(seed++, sources)) read++;
    } while (performance.now() < end);
    expect(process.memoryUsage().rss - memory).toBeLessThan(MOST_MEMORY);
    // Changes that leave nothing to be read would test the first line only.
    const tried = seed - FIRST_SEED;
    if (tried >= 100) expect(read / tried).toBeGreaterThan(0.5);
  });

  it("begin as captures in which there is something to be seen", async () => {
    for (const bytes of fuzzSources()) {
      const seen = await explore(bytes);
      expect(seen?.packets).toBeGreaterThan(0);
    }
  });
});

const ETHERNET = "020000000002 020000000001";
const IPV6 = "60000000 ffff 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002";

function frames(...list: Uint8Array[]): Uint8Array {
  return pcapOf(
    1,
    list.map((bytes, index) => ({ time: index, bytes })),
  );
}

/** A DNS message from the server's port, every length and checksum right. */
const dns = (message: string) => frames(ethernet(0x0800, ip(FOUR, 17, udp({ ports: [53, 40_000] }, hex(message)))));

/** One fragment of an IPv4 datagram. */
function fragment(identification: number, offset: number, hasMore: boolean, length: number): Uint8Array {
  const bytes = new Uint8Array(34 + length).fill(0xaa);
  const view = new DataView(bytes.buffer);
  bytes.set(hex(`${ETHERNET} 0800 4500 0000 0000 0000 4011 0000 0a000001 0a000002`));
  view.setUint16(16, 20 + length);
  view.setUint16(18, identification);
  view.setUint16(20, (hasMore ? 0x2000 : 0) | (offset / 8));
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += view.getUint16(at);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(24, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
  return bytes;
}

const HOSTILE: readonly (readonly [string, () => Uint8Array])[] = [
  ["64 KiB of VLAN tags", () => frames(hex(`${ETHERNET} ${"8100 0001 ".repeat(16_384)} 0800`))],
  ["64 KiB of extension headers", () => frames(hex(`${ETHERNET} 86dd ${IPV6} ${"3c00010400000000".repeat(8192)}`))],
  [
    "64 KiB of one-byte options in an extension header",
    () => frames(hex(`${ETHERNET} 86dd ${IPV6} 3bff ${"00".repeat(2046)}`)),
  ],
  ["packets in packets", () => frames(hex(`${ETHERNET} 86dd ${IPV6.replace(" 00 40", " 29 40").repeat(1600)}`))],
  [
    "IPv4 options that never end",
    () =>
      frames(
        hex(`${ETHERNET} 0800 4f00 003c 0000 0000 4006 0000 0a000001 0a000002 ${"07".repeat(20)} ${"0100".repeat(10)}`),
      ),
  ],
  [
    "an option of no length",
    () =>
      frames(
        hex(
          `${ETHERNET} 0800 4500 003c 0000 0000 4006 0000 0a000001 0a000002 c0000050 00000001 00000000 a0020000 00000000 0200 ${"00".repeat(18)}`,
        ),
      ),
  ],
  ["a DNS name that points to itself", () => dns(`0001 0100 ffff ffff ffff ffff ${"c00c".repeat(700)}`)],
  [
    "DNS names that point to one another",
    () => dns(`0001 8180 ffff ffff ffff ffff c010 c00c ${"0161c00c c012".repeat(9000)}`),
  ],
  ["DNS records without end", () => dns(`0001 8180 ffff ffff ffff ffff ${"00 0001 0001 00000000 0000".repeat(5900)}`)],
  ["ARP of the longest addresses", () => frames(hex(`${ETHERNET} 0806 0001 0800 ffff 0001 ${"00".repeat(1020)}`))],
  [
    "errors that quote errors",
    () =>
      frames(
        hex(`${ETHERNET} 0800 ${"4500 0000 0000 0000 4001 0000 0a000001 0a000002 0300 0000 00000000 ".repeat(500)}`),
      ),
  ],
  [
    "fragments that overlap",
    () => frames(...Array.from({ length: 2000 }, (_, index) => fragment(1, (index * 8) % 60_000, true, 1400))),
  ],
  [
    "fragments of many datagrams",
    () => frames(...Array.from({ length: 3000 }, (_, index) => fragment(index, 8, true, 800))),
  ],
  [
    "fragments in descending order",
    () => frames(...Array.from({ length: 8000 }, (_, index) => fragment(1, 65_000 - 8 * index - 8, index > 0, 8))),
  ],
  ["as many copies of one fragment", () => frames(...Array.from({ length: 20_000 }, () => fragment(1, 8, true, 8)))],
];

describe("hostile packets", () => {
  it.each(HOSTILE)("%s", async (_, make) => {
    const bytes = make();
    const memory = process.memoryUsage().rss;
    const start = performance.now();
    const seen = await explore(bytes);
    expect(performance.now() - start).toBeLessThan(LONGEST_MILLISECONDS);
    expect(process.memoryUsage().rss - memory).toBeLessThan(MOST_MEMORY);
    expect(seen?.packets).toBeGreaterThan(0);
  });
});

it("any number of copies of a fragment whose datagram never gets whole", () => {
  const fragments = new FragmentStore();
  const bytes = new Uint8Array(8);
  const start = performance.now();
  fragments.add("one", 65_000, false, bytes);
  let whole = 0;
  for (let copy = 0; copy < 300_000; copy++) if (fragments.add("one", 0, true, bytes) !== undefined) whole++;
  expect(performance.now() - start).toBeLessThan(LONGEST_MILLISECONDS);
  expect(whole).toBe(0);
});

/** A section header in little-endian order, and what else there is of blocks. */
const SECTION = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000";
const INTERFACE = "01000000 14000000 0100 0000 00000400 14000000";

const HOSTILE_FILES: readonly (readonly [string, string])[] = [
  ["blocks of no length", `${SECTION} ${INTERFACE} 06000000 00000000 ${"00".repeat(64)}`],
  ["a block of four gigabytes", `${SECTION} ${INTERFACE} 06000000 fcffffff ${"00".repeat(64)}`],
  ["a section without end", "0a0d0d0a fcffffff 4d3c2b1a 0100 0000 ffffffffffffffff"],
  [
    "a packet longer than its block",
    `${SECTION} ${INTERFACE} 06000000 20000000 00000000 00000000 00000000 ffffffff ffffffff 20000000`,
  ],
  [
    "a packet of an interface that there is not",
    `${SECTION} 06000000 20000000 ffffffff 00000000 00000000 00000000 00000000 20000000`,
  ],
  ["an option longer than its block", `${SECTION} 01000000 18000000 0100 0000 00000400 0200ffff 18000000`],
  [
    "a record of four gigabytes",
    "d4c3b2a1 0200 0400 00000000 00000000 ffffffff 01000000 00000000 00000000 ffffffff ffffffff 00",
  ],
  [
    "a record larger on the wire than a number counts",
    "d4c3b2a1 0200 0400 00000000 00000000 ffffffff 01000000 ffffffff ffffffff 01000000 ffffffff 00",
  ],
  [
    "an interface whose clock has no resolution",
    `${SECTION} 01000000 20000000 0100 0000 00000400 0900 0100 ff000000 0000 0000 20000000 06000000 20000000 00000000 ffffffff ffffffff 00000000 00000000 20000000`,
  ],
];

/** Those whose packet can be read, such as it is. Of the others, a warning is all that there is. */
const WHOLE: ReadonlySet<string> = new Set([
  "a record larger on the wire than a number counts",
  "an interface whose clock has no resolution",
]);

describe("hostile files", () => {
  it.each(HOSTILE_FILES)("%s", async (name, text) => {
    const start = performance.now();
    const isWhole = WHOLE.has(name);
    expect((await explore(hex(text)))?.packets ?? 0).toBe(isWhole ? 1 : 0);
    expect((await explore(gzipSync(hex(text)), true))?.packets ?? 0).toBe(isWhole ? 1 : 0);
    expect(performance.now() - start).toBeLessThan(LONGEST_MILLISECONDS);
  });
});

/**
 * Whatever the bytes of a capture, reading and explaining it comes to an end, and nothing but a WirewrightError escapes.
 * By default 3,000 captures that are changed at random; `WIREWRIGHT_FUZZ_CAPTURES` makes it another number, and
 * `WIREWRIGHT_FUZZ_SEED` begins at another seed. A failure names the seed that shows it again. How soon the end comes is
 * looked at in growth.test.ts.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FragmentStore } from "../../lib/dissect/fragments.ts";
import { openCapture } from "../../lib/pcap/open-capture.ts";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { fuzzSources, mutated } from "../helpers/captures/fuzz-captures.ts";
import { HOSTILE_PACKETS } from "../helpers/captures/hostile-packets.ts";
import { hex } from "../helpers/captures/odd/packet-bytes.ts";
import { explore, exploreAll, type Seen, unlessOurs } from "../helpers/judges/explore-capture.ts";

const CAPTURES = Number(process.env.WIREWRIGHT_FUZZ_CAPTURES ?? 3000);
const FIRST_SEED = Number(process.env.WIREWRIGHT_FUZZ_SEED ?? 1);
const MEBIBYTE = 1 << 20;
const MOST_MEMORY = 512 * MEBIBYTE;

const folder = temporaryFolder();

/** The same for bytes that may be packed. */
function exploreFile(bytes: Uint8Array, isPacked: boolean): Promise<Seen | undefined> {
  if (!isPacked) return explore(bytes);
  const file = path.join(folder, "fuzzed.gz");
  writeFileSync(file, bytes);
  return unlessOurs(async () => {
    const capture = await openCapture(file);
    try {
      return await exploreAll(capture);
    } finally {
      await capture.close();
    }
  });
}

async function exploreSeed(seed: number, sources: readonly Uint8Array[]): Promise<boolean> {
  const { bytes, isPacked } = mutated(seed, sources);
  try {
    const seen = await exploreFile(bytes, isPacked);
    return seen !== undefined && seen.packets > 0;
  } catch (error) {
    const again = `WIREWRIGHT_FUZZ_SEED=${seed} WIREWRIGHT_FUZZ_CAPTURES=1 shows it again`;
    throw new Error(`seed ${seed}: ${String(error)}; ${again}`, { cause: error });
  }
}

describe("captures that are changed at random", () => {
  it(`${CAPTURES} of them`, { timeout: CAPTURES * 2000 }, async () => {
    const sources = fuzzSources();
    const memory = process.memoryUsage().rss;
    let read = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + CAPTURES; seed++) {
      if (await exploreSeed(seed, sources)) read++;
    }
    expect(process.memoryUsage().rss - memory).toBeLessThan(MOST_MEMORY);
    // Changes that leave nothing to be read would test the first line only.
    if (CAPTURES >= 100) expect(read / CAPTURES).toBeGreaterThan(0.5);
  });

  it("begin as captures in which there is something to be seen", async () => {
    for (const bytes of fuzzSources()) {
      const seen = await explore(bytes);
      expect(seen?.packets).toBeGreaterThan(0);
    }
  });
});

describe("hostile packets", () => {
  it.each(HOSTILE_PACKETS)("%s", async (_, make) => {
    const bytes = make(1);
    const memory = process.memoryUsage().rss;
    const seen = await explore(bytes);
    expect(process.memoryUsage().rss - memory).toBeLessThan(MOST_MEMORY);
    expect(seen?.packets).toBeGreaterThan(0);
  });
});

it("any number of copies of a fragment whose datagram never gets whole", () => {
  const fragments = new FragmentStore();
  const bytes = new Uint8Array(8);
  fragments.add("one", 65_000, false, bytes);
  let whole = 0;
  for (let copy = 0; copy < 300_000; copy++) if (fragments.add("one", 0, true, bytes) !== undefined) whole++;
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
    const isWhole = WHOLE.has(name);
    expect((await explore(hex(text)))?.packets ?? 0).toBe(isWhole ? 1 : 0);
    expect((await exploreFile(gzipSync(hex(text)), true))?.packets ?? 0).toBe(isWhole ? 1 : 0);
  });
});

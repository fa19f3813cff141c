import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { linkTypeName } from "../../lib/pcap/link-types.ts";
import { PcapParser } from "../../lib/pcap/pcap-parser.ts";
import {
  FRAME,
  joined,
  outcomeOf,
  pcapHeader,
  pcapRecord,
  readAtOnce,
  readInChunks,
  SECONDS,
} from "./capture-bytes.ts";

const EXTRA = Uint8Array.of(1, 2, 3, 4);
const SHORT = FRAME.subarray(0, 5);

function threePackets(isLittleEndian = true): Uint8Array {
  return joined(
    pcapHeader({ isLittleEndian }),
    pcapRecord([SECONDS, 999_999, 60, 60], FRAME, isLittleEndian),
    pcapRecord([SECONDS + 1, 0, 5, 1500], SHORT, isLittleEndian),
    pcapRecord([0xffffffff, 1, 0, 0], new Uint8Array(), isLittleEndian),
  );
}

const THREE = [
  { number: 1, seconds: SECONDS, nanoseconds: 999_999_000, wireLength: 60, data: Buffer.from(FRAME).toString("hex") },
  { number: 2, seconds: SECONDS + 1, nanoseconds: 0, wireLength: 1500, data: "0001020304" },
  { number: 3, seconds: 0xffffffff, nanoseconds: 1000, wireLength: 0, data: "" },
];

describe("a pcap file", () => {
  test.each([true, false])("in little-endian order: %s", (isLittleEndian) => {
    const { packets, warnings, parser } = readAtOnce(threePackets(isLittleEndian));
    expect(packets).toMatchObject(THREE);
    expect(packets[0]).toMatchObject({
      linkType: 1,
      interfaceId: 0,
      hasTime: true,
      direction: undefined,
      comments: [],
    });
    expect(warnings).toEqual([]);
    expect(parser.interfaces).toEqual([
      { id: 0, section: 0, linkType: 1, snapLength: 262_144, ticksPerSecond: 1_000_000 },
    ]);
  });

  it("has nanoseconds, also those above a second", () => {
    const header = pcapHeader({ magic: 0xa1b23c4d });
    const records = [999_999_999, 1_000_000_000, 3_999_999_999].map((ticks) => pcapRecord([7, ticks, 5, 5], SHORT));
    expect(readAtOnce(joined(header, ...records)).packets).toMatchObject([
      { seconds: 7, nanoseconds: 999_999_999 },
      { seconds: 8, nanoseconds: 0 },
      { seconds: 10, nanoseconds: 999_999_999 },
    ]);
  });

  test.each([true, false])("of the modified kind, little-endian: %s", (isLittleEndian) => {
    const header = pcapHeader({ magic: 0xa1b2cd34, isLittleEndian });
    const record = pcapRecord([SECONDS, 5, 60, 60, 2, 0x08000000], FRAME, isLittleEndian);
    expect(readAtOnce(joined(header, record, record)).packets).toMatchObject([
      { number: 1, nanoseconds: 5000, data: THREE[0]!.data },
      { number: 2, nanoseconds: 5000, data: THREE[0]!.data },
    ]);
  });

  test.each([
    [0x1c0001ac, 5],
    [0x1c0001ab, 5000],
  ])("of Ixia, 0x%s", (magic, nanoseconds) => {
    const file = joined(pcapHeader({ magic, moreInFile: EXTRA }), pcapRecord([SECONDS, 5, 60, 60]));
    expect(readAtOnce(file).packets).toMatchObject([{ nanoseconds, data: THREE[0]!.data }]);
  });

  test.each<[[number, number], number[]]>([
    [
      [2, 2],
      [9, 5],
    ],
    [
      [543, 0],
      [9, 5],
    ],
    [
      [2, 3],
      [9, 5],
    ],
    [
      [2, 3],
      [5, 9],
    ],
  ])("of version %j with the lengths %j", (version, lengths) => {
    const file = joined(pcapHeader({ version }), pcapRecord([SECONDS, 5, ...lengths], SHORT));
    expect(readAtOnce(file).packets).toMatchObject([{ wireLength: 9, data: "0001020304" }]);
  });

  it("of AIX has nanoseconds and link types of its own", () => {
    const file = joined(pcapHeader({ version: [2, 2], network: 6 }), pcapRecord([SECONDS, 5, 9, 5], SHORT));
    expect(readAtOnce(file).packets).toMatchObject([{ linkType: 1, nanoseconds: 5, wireLength: 9 }]);
  });

  it("may say in the link type how long the frame check sequence is", () => {
    const file = joined(pcapHeader({ network: 0x44000071 }), pcapRecord([SECONDS, 5, 5, 5], SHORT));
    expect(readAtOnce(file).packets).toMatchObject([{ linkType: 113 }]);
  });

  it("is the same in chunks cut anywhere", () => {
    const file = threePackets();
    const whole = readAtOnce(file).packets;
    for (let cut = 0; cut <= file.length; cut++) expect(readInChunks(file, [cut]).packets).toEqual(whole);
    const bytes = Array.from({ length: file.length - 1 }, (_, index) => index + 1);
    expect(readInChunks(file, bytes).packets).toEqual(whole);
    const cuts = fc.array(fc.nat(file.length)).map((places) => places.sort((a, b) => a - b));
    fc.assert(
      fc.property(cuts, (places) => {
        expect(readInChunks(file, places).packets).toEqual(whole);
      }),
    );
  });

  it("may be fed faster than it is read", () => {
    const file = threePackets();
    const parser = new PcapParser("x");
    for (let at = 0; at < file.length; at += 7) parser.feed(file.slice(at, at + 7));
    let count = 0;
    while (parser.next()) count++;
    parser.end();
    expect([count, parser.warnings]).toEqual([3, []]);
  });

  it("gives its whole packets and one warning when it is cut off", () => {
    const file = threePackets();
    const starts = [24, 24 + 76, 24 + 76 + 21, file.length];
    for (let length = 0; length <= file.length; length++) {
      const { count, warnings, error } = outcomeOf(() => readAtOnce(file.subarray(0, length)));
      if (length < 24) {
        expect(error).toMatchObject(length === 0 ? { code: "EMPTY_INPUT" } : { code: "TRUNCATED", offset: length });
        continue;
      }
      const whole = starts.findLastIndex((start) => start <= length);
      expect(count).toBe(whole);
      const after = whole === 1 ? "1 packet" : `${whole} packets`;
      expect(warnings).toEqual(
        starts.includes(length)
          ? []
          : [
              `x, byte ${starts[whole]}: the file is cut off within the record that begins there; reading stopped after ${after}.`,
            ],
      );
    }
  });

  it("gives what stands before an absurd length, in whatever pieces it comes", () => {
    const file = joined(threePackets(), pcapRecord([SECONDS, 5, 262_145, 262_145]), threePackets());
    for (const cuts of [[], [150], [24 + 76 + 21 + 16 + 8]]) {
      const { packets, warnings } = readInChunks(file, cuts);
      expect(packets).toHaveLength(3);
      expect(warnings).toEqual([
        "x, byte 137: a packet of 262145 bytes is said to follow, and 262144 is the most there can be; reading stopped there, after 3 packets.",
      ]);
    }
  });

  it("lets USB packets be larger", () => {
    const frame = new Uint8Array(300_000).fill(7);
    const file = joined(pcapHeader({ network: 249 }), pcapRecord([SECONDS, 5, 300_000, 300_000], frame));
    const { packets } = readInChunks(file, [10, 1000, 200_000]);
    expect(packets[0]!.data).toBe(Buffer.from(frame).toString("hex"));
  });

  it("of an unknown version is an error", () => {
    const { error } = outcomeOf(() => readAtOnce(pcapHeader({ version: [1, 0] })));
    expect(error).toMatchObject({ code: "BAD_HEADER", file: "x", offset: 4 });
    expect(error!.message).toBe(
      "x, byte 4: this is a pcap file of version 1.0, which nobody has described; copy or record it again.",
    );
  });

  it("lets nothing but a CaptureError escape when bytes are changed at random", () => {
    const file = threePackets();
    const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, fc.nat(file.length), (places, cut) => {
        const damaged = file.slice();
        for (const [at, byte] of places) damaged[at] = byte;
        const { warnings } = outcomeOf(() => readInChunks(damaged, [cut]));
        expect(warnings.length).toBeLessThan(2);
      }),
      { numRuns: 1000 },
    );
  });
});

test("link types have names", () => {
  expect([0, 1, 101, 113, 276, 12, 40_000].map(linkTypeName)).toEqual([
    "NULL/Loopback",
    "Ethernet",
    "Raw IP",
    "Linux cooked-mode capture v1",
    "Linux cooked-mode capture v2",
    "Raw IP",
    "link type 40000",
  ]);
});

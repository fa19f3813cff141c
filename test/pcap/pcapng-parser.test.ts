import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { CapturedPacket } from "../../lib/pcap/capture-file.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { TimestampClock } from "../../lib/pcap/pcapng-blocks.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import {
  ascii,
  type Blocks,
  big,
  FRAME,
  joined,
  little,
  MICROSECONDS,
  outcomeOf,
  type PacketCopy,
  readAtOnce,
  readInChunks,
} from "./capture-bytes.ts";

const END = little.option(0, "");
const FLAGS = (bits: number) => little.option(2, little.u32(bits));
const JOURNAL = ascii("__CURSOR=abc\n__REALTIME_TIMESTAMP=1700000001234567\nMESSAGE=hi\n");
const START = joined(little.section(), little.interface());
const PACKET = little.enhanced(MICROSECONDS);

function resolution(blocks: Blocks, exponent: number, offset?: bigint): Uint8Array {
  const shift = offset === undefined ? new Uint8Array() : blocks.option(14, blocks.i64(offset));
  return joined(blocks.option(9, Uint8Array.of(exponent)), shift, blocks.option(0, ""));
}

function sysdig(type: number): Uint8Array {
  const head = joined(little.u16(1), little.i64(MICROSECONDS * 1000n), little.i64(77n), little.u32(28), little.u16(3));
  return little.block(type, head, type === 0x204 ? new Uint8Array() : little.u32(2), new Uint8Array(28));
}

/** Files that tshark and this reader have to see in the same way. */
const ODDITIES: readonly (readonly [name: string, file: Uint8Array])[] = [
  ["little-endian", joined(START, PACKET, PACKET)],
  ["big-endian", joined(big.section(), big.interface(), big.enhanced(MICROSECONDS))],
  [
    "sections in both orders",
    joined(
      START,
      little.interface(101),
      PACKET,
      little.enhanced(MICROSECONDS, undefined, FRAME, 1),
      big.section(),
      big.interface(1, 0, resolution(big, 9)),
      big.enhanced(MICROSECONDS * 1000n),
      little.section(undefined, [1, 2], 4n),
      little.interface(113),
      PACKET,
    ),
  ],
  [
    "comments and directions",
    joined(
      START,
      little.enhanced(MICROSECONDS, joined(FLAGS(1), END)),
      little.enhanced(MICROSECONDS, joined(FLAGS(2), little.option(1, "one"), little.option(1, "två"), END)),
      little.enhanced(MICROSECONDS, joined(FLAGS(3), little.option(1, "cut\0here"), END)),
      little.enhanced(MICROSECONDS, little.option(1, "no end of options")),
      little.enhanced(MICROSECONDS, joined(little.option(1, "a"), END, little.option(1, "b"))),
      PACKET,
    ),
  ],
  ["simple packets", joined(little.section(), little.interface(1, 20), little.simple(FRAME.subarray(0, 20), 100))],
  ["simple packets without snap length", joined(little.section(), little.interface(1, 0), little.simple(), PACKET)],
  [
    "obsolete packets",
    joined(START, little.obsolete(MICROSECONDS), little.obsolete(MICROSECONDS, joined(little.option(1, "old"), END))),
  ],
  ["more captured than there was", joined(START, little.enhanced(MICROSECONDS, undefined, FRAME, 0, 10), PACKET)],
  [
    "custom blocks",
    joined(
      little.section(),
      little.block(0xbad, little.u32(1234), ascii("hi")),
      little.interface(),
      little.block(0x40000bad, little.u32(1234), ascii("hello, world")),
      little.block(0xbad, little.u32(0)),
      PACKET,
    ),
  ],
  ["custom blocks of Netflix", joined(START, netflix(2), netflix(2), PACKET)],
  [
    "the journal",
    joined(START, little.block(9, JOURNAL), little.block(9, ascii("MESSAGE=without any time in it\n")), PACKET),
  ],
  ["sysdig", joined(START, sysdig(0x204), sysdig(0x216), sysdig(0x221), sysdig(0x222), PACKET)],
  [
    "blocks that are no frames",
    joined(
      START,
      little.block(0x12345, ascii("abcd")),
      little.block(0x80000001, ascii("abcd")),
      little.block(0x0a, little.u32(0x544c534b, 4), ascii("abcd")),
      little.block(5, little.u32(0, 0, 0)),
      little.block(7, ascii("abcdabcd")),
      PACKET,
    ),
  ],
  ["a length that is no multiple of four", joined(START, PACKET, uneven(), PACKET)],
  ["if_tsresol twice", joined(little.section(), little.interface(1, 0, twice(9, 3)), little.enhanced(MICROSECONDS))],
  ["times without an exponent", timed(0, 1_700_000_000n)],
  ["milliseconds", timed(3, 1_700_000_000_123n)],
  ["tenths of microseconds", timed(7, 17_000_000_001_234_567n)],
  ["nanoseconds", timed(9, 1_700_000_000_999_999_999n)],
  ["picoseconds", timed(12, 1_700_000_012_345_678_901n)],
  ["binary tenths", timed(0x80 | 10, (1_700_000_000n << 10n) | 777n)],
  ["binary millionths", timed(0x80 | 20, (1_700_000_000n << 20n) | 123_456n)],
  ["binary fractions of 32 bits", timed(0x80 | 32, (1_700_000_000n << 32n) | 0x87654321n)],
  ["an offset", timed(6, MICROSECONDS, 1000n)],
  ["the largest time", timed(6, (1n << 64n) - 1n)],
  ["an unknown interface", joined(START, PACKET, little.enhanced(MICROSECONDS, undefined, FRAME, 5), PACKET)],
  ["a packet too large", joined(START, PACKET, little.enhanced(MICROSECONDS, undefined, new Uint8Array(262_145)))],
  ["an option too long", joined(START, PACKET, little.enhanced(MICROSECONDS, little.u16(1, 500)), PACKET)],
  ["different lengths", joined(START, PACKET, PACKET.subarray(0, -4), little.u32(99), PACKET)],
  ["a block without length", joined(START, PACKET, little.u32(6, 0, 0), PACKET)],
  ["a packet block without room", joined(START, PACKET, little.block(6), PACKET)],
  ["a custom block without room", joined(START, PACKET, little.block(0xbad), PACKET)],
  ["a long unknown block, cut off", joined(START, PACKET, little.u32(0x99, 0x2000000, 0))],
  ["zeros", joined(START, PACKET, new Uint8Array(64))],
  ["a cut", joined(START, PACKET, PACKET.subarray(0, -20))],
];

function netflix(kind: number): Uint8Array {
  return little.block(0xbad, little.u32(10_949, kind), kind === 2 ? little.u32(7) : new Uint8Array());
}

function uneven(): Uint8Array {
  return joined(little.u32(0x99, 13), ascii("abcd"), little.u32(13));
}

function twice(first: number, second: number): Uint8Array {
  return joined(little.option(9, Uint8Array.of(first)), resolution(little, second));
}

function timed(exponent: number, time: bigint, offset?: bigint): Uint8Array {
  return joined(little.section(), little.interface(1, 0, resolution(little, exponent, offset)), little.enhanced(time));
}

const folder = temporaryFolder();
const COLUMNS = ["number", "time_epoch", "len", "cap_len", "comment", "interface_id", "packet_flags_direction"];

/** One line a frame, as tshark has them; what it says of no packet is left out. */
function judged(name: string, file: Uint8Array): string[][] {
  const path = captureFile(folder, `${name}.pcapng`, file);
  const fields = COLUMNS.flatMap((column) => ["-e", `frame.${column}`]);
  let text: string;
  try {
    const stdio = ["ignore", "pipe", "ignore"] as ("ignore" | "pipe")[];
    text = execFileSync("tshark", ["-r", path, "-T", "fields", ...fields], { encoding: "utf8", stdio });
  } catch (error) {
    // It fails at damaged files, after the frames before the damage.
    text = (error as { stdout: string }).stdout;
  }
  return text.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")]));
}

function rowOf(packet: PacketCopy): string[] {
  const time = packet.hasTime ? `${packet.seconds}.${String(packet.nanoseconds).padStart(9, "0")}` : "";
  const isPacket = packet.linkType >= 0;
  const way = { inbound: "0x00000001", outbound: "0x00000002", none: "" }[packet.direction ?? "none"];
  return [
    String(packet.number),
    time,
    String(packet.wireLength),
    String(packet.data.length / 2),
    packet.comments.join(","),
    isPacket ? String(packet.interfaceId) : "",
    way,
  ];
}

describe.skipIf(isMissing("tshark"))("tshark sees the same frames in", () => {
  test.each(ODDITIES)("%s", (name, file) => {
    const { packets } = readAtOnce(file);
    const theirs = judged(name.replaceAll(" ", "-"), file).map((row) => [
      ...row.slice(0, 6),
      // Both bits at once have no meaning.
      row[6] === "0x00000003" ? "" : row[6],
    ]);
    expect(packets.map(rowOf)).toEqual(theirs);
  });
});

describe("a pcapng file", () => {
  test.each(ODDITIES)("is the same in chunks cut anywhere: %s", (_, file) => {
    const whole = readAtOnce(file);
    const step = Math.max(1, Math.floor(file.length / 500));
    for (let cut = 0; cut <= file.length; cut += step) {
      const { packets, warnings } = readInChunks(file, [cut]);
      expect(packets).toEqual(whole.packets);
      expect(warnings).toEqual(whole.warnings);
    }
    if (file.length > 2000) return;
    const bytes = Array.from({ length: file.length - 1 }, (_, index) => index + 1);
    expect(readInChunks(file, bytes).packets).toEqual(whole.packets);
  });

  it("tells what it is and where it came from", () => {
    const options = joined(
      little.option(1, "about all"),
      little.option(2, "a machine"),
      little.option(3, "a system"),
      little.option(4, "a program"),
      END,
    );
    const first = joined(little.option(2, "eth0"), little.option(3, "the wire"), resolution(little, 9));
    const file = joined(little.section(options), little.interface(1, 96, first), little.interface(276), big.section());
    const { parser } = readAtOnce(file);
    expect(parser).toMatchObject({
      comments: ["about all"],
      hardware: "a machine",
      os: "a system",
      application: "a program",
      interfaces: [
        { id: 0, section: 0, linkType: 1, snapLength: 96, ticksPerSecond: 1e9, name: "eth0", description: "the wire" },
        { id: 1, section: 0, linkType: 276, snapLength: 262_144, ticksPerSecond: 1e6 },
      ],
    });
  });

  test.each([little, big])("has names for addresses", (blocks) => {
    const four = joined(Uint8Array.of(10, 0, 0, 1), ascii("one\0uno\0"));
    const six = joined(Uint8Array.of(0x20, 1, 0xd, 0xb8), new Uint8Array(11), Uint8Array.of(1), ascii("six\0"));
    const again = joined(Uint8Array.of(10, 0, 0, 1), ascii("one\0eins"));
    const records = joined(
      blocks.option(1, four),
      blocks.option(2, six),
      blocks.option(9, "?"),
      blocks.option(1, again),
    );
    const file = joined(blocks.section(), blocks.block(4, records, blocks.u32(0)));
    expect([...readAtOnce(file).parser.resolvedNames]).toEqual([
      ["10.0.0.1", ["one", "uno", "eins"]],
      ["2001:db8::1", ["six"]],
    ]);
  });

  test.each([
    ["an unknown interface", "byte 148: the packet names interface 5, and the section has described 1 so far"],
    ["an option too long", "byte 228: an option of 500 bytes is said to follow, and the block has 0 left"],
    ["different lengths", "byte 140: the block's length is 92 at its start and 99 at its end"],
    ["a block without length", "byte 144: a block of 0 bytes is said to follow, and no block has less than 12"],
    ["a packet block without room", "byte 144: the block needs 32 bytes at least, and has 12"],
    ["a custom block without room", "byte 148: a custom block needs 4 bytes at least, and has 0"],
  ])("says what stopped the reading: %s", (name, problem) => {
    const file = ODDITIES.find(([other]) => other === name)![1];
    expect(readAtOnce(file).warnings).toEqual([`x, ${problem}; reading stopped there, after 1 packet.`]);
  });

  test.each([
    [little.section(undefined, [2, 0]), 12, "the section has version 2.0, and only 1.0 is known"],
    [joined(little.u32(0x0a0d0d0a, 28, 0x01020304), PACKET), 8, "the section header has no byte-order magic"],
    [joined(little.u32(0x0a0d0d0a, 8, 0x1a2b3c4d), PACKET), 4, "a block of 8 bytes is said to follow"],
    [joined(little.u32(0x0a0d0d0a, 0xfffffff0, 0x1a2b3c4d), PACKET), 4, "a block of 4294967280 bytes is said to"],
  ])("whose header is wrong is an error", (file, offset, problem) => {
    const { error } = outcomeOf(() => readAtOnce(file));
    expect(error).toMatchObject({ code: "BAD_HEADER", offset });
    expect(error!.problem).toContain(problem);
  });

  it("gives its whole packets and one warning when it is cut off", () => {
    const passed = little.block(0x99, new Uint8Array(20));
    const file = joined(START, PACKET, passed, PACKET);
    const starts = [28, 48, 140, 172, 264];
    for (let length = 0; length <= file.length; length++) {
      const { count, warnings, error } = outcomeOf(() => readAtOnce(file.subarray(0, length)));
      if (length < 28) {
        expect(error).toMatchObject({ code: length === 0 ? "EMPTY_INPUT" : "TRUNCATED" });
        continue;
      }
      expect(count).toBe([140, 264].filter((end) => end <= length).length);
      const start = starts.findLast((at) => at <= length);
      const cut = expect.stringContaining(`x, byte ${start}: the file is cut off within`);
      expect(warnings).toEqual(start === length ? [] : [cut]);
    }
  });

  it("passes over blocks of any length without keeping them", () => {
    const long = little.block(0x99, new Uint8Array(40 << 20));
    const cuts = Array.from({ length: 40 }, (_, index) => (index + 1) << 20);
    const { packets, warnings } = readInChunks(joined(START, long, PACKET), cuts);
    expect([packets.length, warnings]).toEqual([1, []]);
  });

  it("lets nothing but a CaptureError escape when bytes are changed at random", () => {
    const files = ODDITIES.map(([, file]) => file).filter((file) => file.length < 2000);
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 4, 6, 0x7f, 0x80, 0xff));
    const changes = fc.array(change, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...files), changes, fc.nat(500), (file, places, cut) => {
        const damaged = file.slice();
        for (const [at, byte] of places) damaged[at % file.length] = byte;
        const { count, warnings } = outcomeOf(() => readInChunks(damaged, [Math.min(cut, damaged.length)]));
        expect(warnings.length).toBeLessThan(2);
        expect(count).toBeLessThan(30);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("the time of a packet", () => {
  const stamped = (exponent: number, offset: bigint, time: bigint) => {
    const packet = new CapturedPacket();
    const clock = new TimestampClock(exponent, offset);
    clock.stamp(packet, Number(time >> 32n), Number(BigInt.asUintN(32, time)));
    return [packet.seconds, packet.nanoseconds];
  };

  it("is what exact arithmetic makes it, in any unit", () => {
    const exponent = fc.oneof(fc.integer({ min: 0, max: 25 }), fc.integer({ min: 0x80, max: 0x80 + 70 }));
    const offset = fc.bigInt({ min: -(1n << 52n), max: 1n << 52n });
    fc.assert(
      fc.property(exponent, offset, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (power, shift, time) => {
        const units = power < 0x80 ? 10n ** BigInt(power) : 1n << BigInt(power - 0x80);
        const seconds = time / units + shift;
        fc.pre(seconds < 1n << 53n);
        const nanoseconds = ((time % units) * 1_000_000_000n) / units;
        expect(stamped(power, shift, time)).toEqual([Number(seconds), Number(nanoseconds)]);
      }),
      { numRuns: 2000 },
    );
  });

  it("may be before 1970, and then still counts forwards from its second", () => {
    expect(stamped(6, -1_700_000_001n, MICROSECONDS)).toEqual([-1, 123_456_000]);
  });

  it("is cut at nanoseconds", () => {
    expect(stamped(12, 0n, 1_999_999_999_999n)).toEqual([1, 999_999_999]);
    expect(stamped(9, 0n, 999_999_999n)).toEqual([0, 999_999_999]);
  });
});

describe("frame check sequences", () => {
  const lengthsOf = async (...blocks: readonly Uint8Array[]) => {
    const lengths: number[] = [];
    const capture = captureFromBytes(joined(little.section(), ...blocks), "fcs");
    do while (capture.next()) lengths.push(capture.packet.checkSequenceLength);
    while (await capture.more());
    return lengths;
  };
  const flags = (value: number) => little.option(2, little.u32(value));

  it("are as long as the interface says, unless the packet says something else", async () => {
    const four = little.interface(1, 0, little.option(13, Uint8Array.of(4)));
    const two = little.enhanced(MICROSECONDS, flags(2 << 5));
    const plain = little.enhanced(MICROSECONDS);
    expect(await lengthsOf(four, plain, two, little.enhanced(MICROSECONDS, flags(1)), little.simple())).toEqual([
      4, 2, 4, 4,
    ]);
  });

  it("are unknown where nothing says how long they are, and none where that is 0", async () => {
    const plain = little.enhanced(MICROSECONDS);
    expect(await lengthsOf(little.interface(), plain)).toEqual([-1]);
    expect(await lengthsOf(little.interface(1, 0, little.option(13, Uint8Array.of(0))), plain)).toEqual([0]);
  });
});

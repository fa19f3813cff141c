import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FrameDirection } from "../../lib/core/frame-sink.ts";
import type { Origin, TicksPerSecond } from "../../lib/core/time.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { type PcapngInterface, PcapngWriter } from "../../lib/pcap/pcapng-writer.ts";
import { MemorySlabs, SLAB_LENGTH } from "../../lib/pcap/slabs.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";

const folder = temporaryFolder();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const ZERO: Origin = { seconds: 0, ticks: 0 };
const ETHERNET: PcapngInterface = { linkType: LinkType.ETHERNET, ticksPerSecond: 1_000_000 };

interface Noted {
  readonly time: number;
  readonly bytes: Uint8Array;
  readonly comments?: readonly string[];
  readonly direction?: FrameDirection;
}

/** A file that whoever calls fills. */
function captureWith(
  fill: (writer: PcapngWriter) => void,
  interfaces: readonly [PcapngInterface, ...PcapngInterface[]] = [ETHERNET],
  origin = ZERO,
): Uint8Array {
  const slabs = new MemorySlabs();
  const writer = new PcapngWriter(slabs, { interfaces, origin });
  fill(writer);
  writer.finish();
  const whole = slabs.concat();
  expect(writer.byteCount).toBe(whole.length);
  return whole;
}

function capture(frames: readonly Noted[], ticksPerSecond: TicksPerSecond = 1_000_000, origin = ZERO, name?: string) {
  const put = (writer: PcapngWriter, { time, bytes, comments, direction }: Noted) => {
    if (comments !== undefined) writer.notes.comments = comments;
    writer.notes.direction = direction;
    const offset = writer.reserve(time, bytes.length);
    writer.bytes.set(bytes, offset);
  };
  return captureWith(
    (writer) => frames.forEach((frame) => void put(writer, frame)),
    [{ ...ETHERNET, ticksPerSecond, name }],
    origin,
  );
}

function fillFrame(writer: PcapngWriter, offset: number, length: number, value: number): void {
  writer.bytes.fill(value, offset, offset + length);
}

/** The bodies of all blocks, after a look at what every block begins and ends with. */
function blocksOf(bytes: Uint8Array): { type: number; body: Uint8Array }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: { type: number; body: Uint8Array }[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const length = view.getUint32(offset + 4, true);
    expect(length % 4).toBe(0);
    expect(view.getUint32(offset + length - 4, true)).toBe(length);
    blocks.push({ type: view.getUint32(offset, true), body: bytes.subarray(offset + 8, offset + length - 4) });
    offset += length;
  }
  return blocks;
}

const packetsOf = (bytes: Uint8Array) => blocksOf(bytes).filter(({ type }) => type === 6);

const SECTION =
  `0a0d0d0a${"30000000"}${"4d3c2b1a"}${"01000000"}${"ffffffffffffffff"}` +
  `${"04000a00"}${"776972657772696768740000"}${"00000000"}${"30000000"}`;

describe("a pcapng file", () => {
  it("is, byte for byte, a section, its interface and its packets", () => {
    const bytes = capture(
      [
        { time: 1, bytes: Uint8Array.of(1, 2, 3, 4, 5), comments: ["msg 1", "ü"], direction: "outbound" },
        { time: 2, bytes: Uint8Array.of(6, 7, 8, 9) },
        { time: 2, bytes: Uint8Array.of(), direction: "inbound" },
      ],
      1_000_000,
      { seconds: 1, ticks: 0 },
      "tap0",
    );
    expect(hex(bytes)).toBe(
      `${SECTION}01000000${"28000000"}${"01000000"}${"00000400"}${"02000400"}${"74617030"}${"09000100"}${"06000000"}${"00000000"}${"28000000"}` +
        `06000000${"48000000"}${"00000000"}${"0000000041420f00"}${"05000000"}${"05000000"}${"0102030405000000"}` +
        `${"01000500"}${"6d73672031000000"}${"01000200"}${"c3bc0000"}${"02000400"}${"02000000"}${"00000000"}${"48000000"}` +
        `06000000${"24000000"}${"00000000"}${"0000000042420f00"}${"04000000"}${"04000000"}${"06070809"}${"24000000"}` +
        `06000000${"2c000000"}${"00000000"}${"0000000042420f00"}${"00000000"}${"00000000"}${"02000400"}${"01000000"}${"00000000"}${"2c000000"}`,
    );
  });

  it("names no program where none is to be named", () => {
    const slabs = new MemorySlabs();
    new PcapngWriter(slabs, { interfaces: [ETHERNET], origin: ZERO, application: "" }).finish();
    expect(hex(blocksOf(slabs.concat())[0]!.body)).toBe(`4d3c2b1a01000000${"ff".repeat(8)}`);
  });

  it("counts any time as exact arithmetic would", () => {
    const unit = fc.constantFrom<TicksPerSecond>(1_000_000, 1_000_000_000);
    fc.assert(
      fc.property(unit, fc.maxSafeNat(), fc.nat(999_999), fc.boolean(), (ticksPerSecond, anyTime, ticks, isBefore) => {
        const origin = { seconds: 2_000_000_000, ticks };
        const range = Math.min(ticksPerSecond * 1_900_000_000, Number.MAX_SAFE_INTEGER - 2 * ticksPerSecond);
        const time = (anyTime % range) * (isBefore ? -1 : 1);
        const { body } = packetsOf(capture([{ time, bytes: new Uint8Array() }], ticksPerSecond, origin))[0]!;
        const view = new DataView(body.buffer, body.byteOffset);
        const stamped = (BigInt(view.getUint32(4, true)) << 32n) | BigInt(view.getUint32(8, true));
        expect(stamped).toBe(BigInt(origin.seconds) * BigInt(ticksPerSecond) + BigInt(ticks) + BigInt(time));
      }),
    );
  });

  it("refuses times that its 64 bits cannot hold", () => {
    const write = (seconds: number, ticksPerSecond: TicksPerSecond) => () =>
      captureWith((writer) => void writer.reserveAt(seconds, 0, 0), [{ ...ETHERNET, ticksPerSecond }]);
    expect(write(-1, 1_000_000)).toThrow("stamped 1969-12-31T23:59:59Z, outside the years that a pcapng file can hold");
    expect(write(18_446_744_073, 1_000_000_000)).not.toThrow();
    expect(write(18_446_744_074, 1_000_000_000)).toThrow("a pcapng file can hold, 1970 to 2554;");
    expect(write(Number.NaN, 1_000_000)).toThrow("far off");
  });

  it("keeps what a reader knows of a packet: its interface, its time, its length on the wire", () => {
    const bytes = captureWith(
      (writer) => {
        fillFrame(writer, writer.reserveAt(5, 999_999_999, 2, 1500, 1), 2, 7);
        expect(() => writer.reserveAt(0, 0, 0, 0, 2)).toThrow("There is no interface 2 in this capture");
      },
      [ETHERNET, { linkType: LinkType.RAW, ticksPerSecond: 1_000_000_000, name: "second", snapLength: 0 }],
    );
    const [, first, second, packet] = blocksOf(bytes);
    expect(hex(first!.body)).toBe(`01000000${"00000400"}${"09000100"}${"06000000"}${"00000000"}`);
    expect(hex(second!.body)).toBe(
      `65000000${"00000000"}${"02000600"}${"7365636f6e640000"}${"09000100"}${"09000000"}${"00000000"}`,
    );
    // 5,999,999,999 is 0x165a0bbff.
    expect(hex(packet!.body)).toBe(`01000000${"01000000"}${"ffbba065"}${"02000000"}${"dc050000"}${"07070000"}`);
  });

  it("has room for the longest comment, and refuses a longer one", () => {
    const long = "é".repeat(32_767);
    const [packet] = packetsOf(capture([{ time: 0, bytes: new Uint8Array(), comments: [long] }]));
    expect(Buffer.from(packet!.body.subarray(24, 24 + 65_534)).toString()).toBe(long);
    expect(() => capture([{ time: 0, bytes: new Uint8Array(), comments: [`${long}é`] }])).toThrow(
      "A text of 65536 bytes is too long; the most is 65535.",
    );
  });

  it("never shows what its memory held before, and goes on in the next slab", () => {
    const fill = (memory: number) => {
      const slabs = new MemorySlabs();
      const take = slabs.take.bind(slabs);
      slabs.take = (length) => take(length).fill(memory);
      const writer = new PcapngWriter(slabs, { interfaces: [{ ...ETHERNET, name: "odd" }], origin: ZERO });
      for (let i = 0; i < 20_000; i++) {
        writer.notes.comments = ["x".repeat(i % 7)];
        fillFrame(writer, writer.reserve(i, 61 + (i % 5)), 61 + (i % 5), 1);
      }
      fillFrame(writer, writer.reserve(20_000, SLAB_LENGTH), SLAB_LENGTH, 1);
      writer.finish();
      return slabs.concat();
    };
    const clean = fill(0);
    expect(packetsOf(clean)).toHaveLength(20_001);
    expect(Buffer.compare(fill(0xee), clean)).toBe(0);
  });
});

describe.skipIf(isMissing("tshark"))("tshark", () => {
  const COLUMNS = ["frame.time_epoch", "frame.interface_name", "frame.packet_flags_direction", "frame.comment"];
  const read = (bytes: Uint8Array, columns: readonly string[]) =>
    tshark("-r", captureFile(folder, "any.pcapng", bytes), "-T", "fields", ...columns.flatMap((name) => ["-e", name]))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t"));

  it("reads times, names, directions and comments as they were given", () => {
    const frame = new Uint8Array(61);
    const frames: Noted[] = [
      { time: 0, bytes: frame, comments: ["SYN: 茶馆 opens"], direction: "outbound" },
      { time: 1, bytes: frame, comments: ["one", "two 🫖"], direction: "inbound" },
      { time: 2, bytes: frame },
    ];
    const origin = { seconds: 1_767_225_599, ticks: 999_999_998 };
    expect(read(capture(frames, 1_000_000_000, origin, "the tap"), COLUMNS)).toEqual([
      ["1767225599.999999998", "the tap", "0x00000002", "SYN: 茶馆 opens"],
      ["1767225599.999999999", "the tap", "0x00000001", "one,two 🫖"],
      ["1767225600.000000000", "the tap", "", ""],
    ]);
  });

  it("reads the length on the wire and the interface of each packet", () => {
    const bytes = captureWith(
      (writer) => {
        for (const [interfaceId, length] of [
          [0, 60],
          [1, 20],
        ] as const) {
          fillFrame(writer, writer.reserveAt(10, 500_000, length, 1500, interfaceId), length, 0);
        }
      },
      [
        { ...ETHERNET, name: "one" },
        { linkType: LinkType.RAW, ticksPerSecond: 1_000_000_000, name: "two" },
      ],
    );
    expect(read(bytes, ["frame.time_epoch", "frame.interface_name", "frame.len", "frame.cap_len"])).toEqual([
      ["10.500000000", "one", "1500", "60"],
      ["10.000500000", "two", "1500", "20"],
    ]);
  });
});

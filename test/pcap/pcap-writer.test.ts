import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Origin, TicksPerSecond } from "../../lib/core/time.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { captureBytes } from "../../lib/pcap/capture-bytes.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { copyPacket } from "../../lib/pcap/copy-packet.ts";
import { PcapWriter } from "../../lib/pcap/pcap-writer.ts";
import { PcapngWriter } from "../../lib/pcap/pcapng-writer.ts";
import { MemorySlabs, SLAB_LENGTH } from "../../lib/pcap/slabs.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function capture(
  ticksPerSecond: TicksPerSecond,
  origin: Origin,
  frames: readonly (readonly [number, Uint8Array])[],
): Uint8Array {
  const slabs = new MemorySlabs();
  const writer = new PcapWriter(slabs, { linkType: LinkType.ETHERNET, ticksPerSecond, origin });
  for (const [time, bytes] of frames) {
    const offset = writer.reserve(time, bytes.length);
    writer.bytes.set(bytes, offset);
  }
  writer.finish();
  const whole = slabs.concat();
  expect(writer.byteCount).toBe(whole.length);
  return whole;
}

/** One of each format. */
function writersOf(ticksPerSecond: TicksPerSecond): [PcapWriter, PcapngWriter] {
  const [linkType, origin] = [LinkType.ETHERNET, { seconds: 0, ticks: 0 }];
  return [
    new PcapWriter(new MemorySlabs(), { linkType, ticksPerSecond, origin }),
    new PcapngWriter(new MemorySlabs(), { interfaces: [{ linkType, ticksPerSecond }], origin }),
  ];
}

describe("a pcap file", () => {
  it("begins with its magic, version 2.4, snap length and link type", () => {
    const origin = { seconds: 0, ticks: 0 };
    expect(hex(capture(1_000_000, origin, []))).toBe("d4c3b2a1020004000000000000000000" + "0000040001000000");
    expect(hex(capture(1_000_000_000, origin, []))).toBe("4d3cb2a1020004000000000000000000" + "0000040001000000");
  });

  it("stamps a nanosecond record as a file from the wild does", () => {
    const origin = { seconds: 0x60c24237, ticks: 118_831_273 };
    const bytes = capture(1_000_000_000, origin, [[0, Uint8Array.of(1, 2, 3)]]);
    expect(hex(bytes.subarray(24))).toBe("3742c260a93815070300000003000000010203");
  });

  it("carries into the next second at 999,999,999 nanoseconds, and back before the origin", () => {
    const origin = { seconds: 1000, ticks: 999_999_998 };
    const bytes = capture(
      1_000_000_000,
      origin,
      [1, 2, 0, -999_999_999, -1_000_000_000].map((time) => [time, new Uint8Array()] as const),
    );
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const stamps = Array.from({ length: 5 }, (_, i) => [
      view.getUint32(24 + 16 * i, true),
      view.getUint32(28 + 16 * i, true),
    ]);
    expect(stamps).toEqual([
      [1000, 999_999_999],
      [1001, 0],
      [1000, 999_999_998],
      [999, 999_999_999],
      [999, 999_999_998],
    ]);
  });

  it("stamps any time as exact arithmetic would", () => {
    const unit = fc.constantFrom<TicksPerSecond>(1_000_000, 1_000_000_000);
    const times = fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(unit, times, fc.nat(999_999), (ticksPerSecond, anyTimes, ticks) => {
        const origin = { seconds: 2_000_000_000, ticks };
        const inRange = anyTimes.filter(
          (time) =>
            Math.abs(time) < ticksPerSecond * 1_900_000_000 &&
            Number.isSafeInteger(Math.abs(time) + 2 * ticksPerSecond),
        );
        const bytes = capture(
          ticksPerSecond,
          origin,
          inRange.map((time) => [time, new Uint8Array()] as const),
        );
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        inRange.forEach((time, index) => {
          const exact = BigInt(origin.seconds) * BigInt(ticksPerSecond) + BigInt(ticks) + BigInt(time);
          const at = 24 + 16 * index;
          const stamped =
            BigInt(view.getUint32(at, true)) * BigInt(ticksPerSecond) + BigInt(view.getUint32(at + 4, true));
          expect(stamped).toBe(exact);
          expect(view.getUint32(at + 4, true)).toBeLessThan(ticksPerSecond);
        });
      }),
    );
  });

  it("refuses what its 32 bits of seconds cannot hold", () => {
    const write = (seconds: number, time: number) => () =>
      capture(1_000_000, { seconds, ticks: 0 }, [[time, new Uint8Array()]]);
    expect(write(0, -1)).toThrow("outside the years that a pcap file can hold, 1970 to 2106");
    expect(write(0xffffffff, 1_000_000)).toThrow("outside the years");
    expect(write(0xffffffff, 999_999)).not.toThrow();
  });

  it("keeps the own time of a frame that was captured before, and its length on the wire", () => {
    const slabs = new MemorySlabs();
    const origin = { seconds: 1000, ticks: 0 };
    const options = { linkType: LinkType.RAW, ticksPerSecond: 1_000_000_000, origin, snapLength: 96 } as const;
    const writer = new PcapWriter(slabs, options);
    writer.bytes[writer.reserveAt(7, 999_999_999, 1, 1500)] = 0xab;
    writer.bytes[writer.reserve(5, 1)] = 0xcd;
    expect(() => writer.reserveAt(-1, 0, 0)).toThrow("outside the years that a pcap file can hold, 1970 to 2106");
    writer.finish();
    expect(hex(slabs.concat().subarray(16))).toBe(
      `${"60000000"}${"65000000"}${"07000000ffc99a3b01000000dc050000ab"}${"e8030000050000000100000001000000cd"}`,
    );
  });

  it.each([1_000_000, 1_000_000_000] as const)(
    "refuses ticks of a second and more, in both formats: %i a second",
    (unit) => {
      for (const writer of writersOf(unit)) {
        const before = writer.byteCount;
        for (const ticks of [unit, unit + 1, 2 ** 32, -1, 0.5, Number.NaN]) {
          expect(() => writer.reserveAt(7, ticks, 1)).toThrow(
            `stamped ${ticks} ticks after a whole second; give a whole number`,
          );
        }
        expect(writer.byteCount).toBe(before);
        expect(() => writer.reserveAt(7, unit - 1, 1)).not.toThrow();
      }
    },
  );

  it("refuses a length on the wire that is below the captured one, in both formats", () => {
    for (const writer of writersOf(1_000_000)) {
      const before = writer.byteCount;
      for (const wireLength of [59, 0, -1, 2 ** 32, 60.5, Number.NaN]) {
        const sentence = `A frame of 60 bytes would have had ${wireLength} on the wire; give 60 or more.`;
        expect(() => writer.reserveAt(7, 0, 60, wireLength)).toThrow(sentence);
      }
      expect(writer.byteCount).toBe(before);
      expect(() => writer.reserveAt(7, 0, 60, 60)).not.toThrow();
    }
  });

  it("is copied from one that says less than that by as much as was captured", () => {
    const wrong = captureBytes([new Uint8Array(60)], { format: "pcap" });
    const lengthAt = 24 + 12;
    new DataView(wrong.buffer, wrong.byteOffset).setUint32(lengthAt, 59, true);
    const capture = captureFromBytes(wrong);
    expect(capture.next() && capture.packet.wireLength).toBe(59);
    const slabs = new MemorySlabs();
    const options = {
      linkType: LinkType.ETHERNET,
      ticksPerSecond: 1_000_000,
      origin: { seconds: 0, ticks: 0 },
    } as const;
    const writer = new PcapWriter(slabs, options);
    copyPacket(capture.packet, writer, options.ticksPerSecond);
    writer.finish();
    const copied = slabs.concat();
    expect(new DataView(copied.buffer, copied.byteOffset).getUint32(lengthAt, true)).toBe(60);
  });

  it("refuses times that are no whole number of ticks, in both formats", () => {
    for (const writer of writersOf(1_000_000)) {
      for (const time of [0.03, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => writer.write(time, new Uint8Array(1))).toThrow(
          `The time of a frame is ${time}; give a whole number`,
        );
      }
    }
  });

  it("goes on in the next slab where a frame no longer fits, and finds room for a frame larger than a slab", () => {
    const frame = new Uint8Array(300_000).map((_, index) => index);
    const giant = new Uint8Array(SLAB_LENGTH + 1).fill(7);
    const bytes = capture(1_000_000, { seconds: 0, ticks: 0 }, [
      [0, frame],
      [1, frame],
      [2, frame],
      [3, frame],
      [4, giant],
      [5, frame],
    ]);
    expect(bytes.length).toBe(24 + 6 * 16 + 5 * 300_000 + giant.length);
    expect(Buffer.compare(bytes.subarray(24 + 4 * 16 + 3 * 300_000, 24 + 4 * 16 + 4 * 300_000), frame)).toBe(0);
    expect(Buffer.compare(bytes.subarray(bytes.length - 300_000), frame)).toBe(0);
  });
});

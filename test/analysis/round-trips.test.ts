/** What is read and written again is what it was, byte for byte: headers, and whole captures. */
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TicksPerSecond } from "../../lib/core/time.ts";
import { encapsulate } from "../../lib/encapsulate.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { udp } from "../../lib/headers/udp.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import type { Capture } from "../../lib/pcap/capture-reader.ts";
import { copyPacket } from "../../lib/pcap/copy-packet.ts";
import { openCapture } from "../../lib/pcap/open-capture.ts";
import { PcapWriter } from "../../lib/pcap/pcap-writer.ts";
import { type PcapngInterface, PcapngWriter } from "../../lib/pcap/pcapng-writer.ts";
import { MemorySlabs } from "../../lib/pcap/slabs.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { randomCapture } from "../helpers/captures/faulty-captures.ts";

const folder = temporaryFolder();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

interface Codec<Header> {
  byteLength(header: Header): number;
  encodeInto(header: Header, bytes: Uint8Array, offset: number): number;
  decode(bytes: Uint8Array, offset: number, end: number): Header;
}

/** @param prepare makes any bytes more like a header */
function checkCodec<Header>(codec: Codec<Header>, prepare: (bytes: Uint8Array) => void): void {
  const room = 40;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: room, maxLength: room, size: "max" }), (bytes) => {
      prepare(bytes);
      const header = codec.decode(bytes, 0, bytes.length);
      const length = codec.byteLength(header);
      const again = new Uint8Array(room).fill(0xee);
      expect(codec.encodeInto(header, again, 0)).toBe(length);
      expect(hex(again.subarray(0, length))).toBe(hex(bytes.subarray(0, length)));
      expect(again.subarray(length).every((byte) => byte === 0xee)).toBe(true);
    }),
    { seed: 5 },
  );
}

// The other headers are checked in the same way beside their fields.
describe("any bytes that are a header are what comes of encoding it", () => {
  it("IPv6", () => {
    checkCodec(ipv6, (bytes) => {
      bytes[0] = 0x60 | (bytes[0]! & 0xf);
    });
  });

  it("UDP", () => checkCodec(udp, () => {}));
});

/** Reads a capture to its end and writes what was read. */
async function rewritten(capture: Capture): Promise<Uint8Array> {
  const slabs = new MemorySlabs();
  let writer: PcapWriter | PcapngWriter | undefined;
  do {
    while (capture.next()) {
      // The interfaces of our files stand before their packets.
      writer ??= writerLike(capture, slabs);
      const { packet } = capture;
      copyPacket(packet, writer, capture.interfaces[packet.interfaceId]!.ticksPerSecond as TicksPerSecond);
    }
  } while (await capture.more());
  writer ??= writerLike(capture, slabs);
  writer.finish();
  expect(capture.warnings).toEqual([]);
  await capture.close();
  return slabs.concat();
}

function writerLike(capture: Capture, slabs: MemorySlabs): PcapWriter | PcapngWriter {
  const origin = { seconds: 0, ticks: 0 };
  const interfaces = capture.interfaces.map(({ linkType, snapLength, ticksPerSecond, name }) => ({
    linkType,
    snapLength,
    ticksPerSecond: ticksPerSecond as TicksPerSecond,
    name,
  }));
  const [first, ...others] = interfaces;
  if (first === undefined) throw new Error("no interface");
  return capture.format === "pcap"
    ? new PcapWriter(slabs, { ...first, origin })
    : new PcapngWriter(slabs, { interfaces: [first, ...others], origin, application: capture.application ?? "" });
}

const frame = fc.record({
  seconds: fc.nat(0xffff_ffff),
  nanoseconds: fc.oneof(fc.constantFrom(0, 999_999_000, 999_999_999), fc.nat(999_999_999)),
  bytes: fc.uint8Array({ maxLength: 90 }),
  snapped: fc.oneof(fc.constant(0), fc.nat(100_000)),
  interfaceId: fc.nat(4),
  comments: fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { maxLength: 3 }),
  direction: fc.constantFrom("inbound" as const, "outbound" as const, undefined),
});
const unit = fc.constantFrom<TicksPerSecond>(1_000_000, 1_000_000_000);
const ticksOf = (nanoseconds: number, perSecond: number) =>
  perSecond === 1_000_000 ? Math.floor(nanoseconds / 1000) : nanoseconds;

describe("a capture that is read and written again is the same file", () => {
  it("pcap, with either unit of time, and packets that were cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame), unit, fc.nat(0xffff), async (frames, ticksPerSecond, linkType) => {
        const slabs = new MemorySlabs();
        const writer = new PcapWriter(slabs, {
          linkType: linkType & 0xff,
          ticksPerSecond,
          origin: { seconds: 0, ticks: 0 },
        });
        for (const { seconds, nanoseconds, bytes, snapped } of frames) {
          const ticks = ticksOf(nanoseconds, ticksPerSecond);
          writer.bytes.set(bytes, writer.reserveAt(seconds, ticks, bytes.length, bytes.length + snapped));
        }
        writer.finish();
        const file = slabs.concat();
        expect(hex(await rewritten(captureFromBytes(file, "file")))).toBe(hex(file));
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it("pcapng, with comments, directions, several interfaces, and packets that were cut", async () => {
    const anyInterface: fc.Arbitrary<PcapngInterface> = fc.record({
      linkType: fc.constantFrom(0, 1, 101, 113, 276),
      ticksPerSecond: unit,
      name: fc.constantFrom(undefined, "eth0", "wlan0"),
      snapLength: fc.constantFrom(0, 262_144),
    });
    const description = fc.tuple(
      anyInterface,
      fc.array(anyInterface, { maxLength: 3 }),
      fc.constantFrom("", "somebody"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame), description, async (frames, [first, others, application]) => {
        const interfaces = [first, ...others] as const;
        const slabs = new MemorySlabs();
        const writer = new PcapngWriter(slabs, { interfaces, origin: { seconds: 0, ticks: 0 }, application });
        for (const { seconds, nanoseconds, bytes, snapped, comments, direction, ...given } of frames) {
          const interfaceId = given.interfaceId % interfaces.length;
          const ticks = ticksOf(nanoseconds, interfaces[interfaceId]!.ticksPerSecond);
          writer.notes.comments = comments;
          writer.notes.direction = direction;
          const at = writer.reserveAt(seconds, ticks, bytes.length, bytes.length + snapped, interfaceId);
          writer.bytes.set(bytes, at);
        }
        writer.finish();
        const file = slabs.concat();
        expect(hex(await rewritten(captureFromBytes(file, "file")))).toBe(hex(file));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it.each(["pcap", "pcapng"] as const)("as encapsulate makes it, from a file: %s", async (format) => {
    const output = path.join(folder, `input.${format}`);
    await encapsulate({ input: "fixtures/input.csv", output, format });
    const again = await rewritten(await openCapture(output));
    const same = captureFile(folder, `again.${format}`, again);
    expect(hex(await rewritten(await openCapture(same)))).toBe(hex(again));
    expect(hex(again)).toBe(hex(readFileSync(output)));
  });

  it("with thousands of packets", async () => {
    const { bytes } = randomCapture(11);
    expect(hex(await rewritten(captureFromBytes(bytes, "random")))).toBe(hex(bytes));
  });
});

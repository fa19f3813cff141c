import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { viewOf } from "../../lib/core/bytes.ts";
import { finishChecksum, internetChecksum, ipv4PseudoHeaderSum, sumBytes } from "../../lib/core/checksum.ts";
import { PacketError } from "../../lib/core/errors.ts";
import { macFromIpv4, parseIpv4 } from "../../lib/headers/address.ts";
import {
  decodeFrame,
  encodeFrame,
  encodeFrameInto,
  type Frame,
  type FrameLinkType,
  frameLength,
} from "../../lib/headers/frame.ts";
import type { TcpOption } from "../../lib/headers/tcp.ts";
import { TcpFlag } from "../../lib/headers/tcp-fields.ts";
import { frames, fromHex, toHex } from "./vectors.ts";

const source = parseIpv4("10.0.0.1");
const destination = parseIpv4("10.0.0.2");
const ethernet = { source: macFromIpv4(source), destination: macFromIpv4(destination) };
const ipv4 = { source, destination };
const tcp = { sourcePort: 49_152, destinationPort: 80, sequenceNumber: 1, flags: TcpFlag.ACK };
const payload = new TextEncoder().encode("Hello");

/** The checksum of the segment from `start` to `end`, its own included: 0 if that is right. */
function checkSegment(bytes: Uint8Array, start: number, end = bytes.length): number {
  const pseudo = ipv4PseudoHeaderSum(source, destination, 6, end - start);
  return finishChecksum(sumBytes(viewOf(bytes), start, end, pseudo));
}

describe("a frame of which little is said", () => {
  it("comes out whole: types, protocol, lengths, checksums", () => {
    const bytes = encodeFrame({ ethernet, ipv4, tcp, payload });
    expect(bytes).toHaveLength(14 + 20 + 20 + 5);
    expect(decodeFrame(bytes, "ethernet")).toMatchObject({
      ethernet: { ...ethernet, etherType: 0x0800 },
      ipv4: { ...ipv4, totalLength: 45, protocol: 6, timeToLive: 64 },
      tcp: { ...tcp, dataOffset: 5, options: [] },
      payload,
    });
    expect(internetChecksum(bytes.subarray(14, 34))).toBe(0);
    expect(checkSegment(bytes, 34)).toBe(0);
  });

  it("needs no link layer, or has that of loopback", () => {
    const raw = encodeFrame({ ipv4, tcp, payload });
    expect(encodeFrame({ ipv4, tcp, payload: "Hello" })).toEqual(raw);
    expect(encodeFrame({ ipv4, tcp, payload: "Hé" }).length).toBe(raw.length - 2);
    expect(() => encodeFrame({ ipv4, tcp, payload: 5 as never })).toThrow(
      "frame: payload is a value of type number, and can be a text or bytes, at byte 0",
    );
    expect(toHex(encodeFrame({ loopback: {}, ipv4, tcp, payload }))).toBe(`02000000${toHex(raw)}`);
    expect(toHex(encodeFrame({ loopback: { littleEndian: false }, ipv4, tcp, payload }))).toBe(`00000002${toHex(raw)}`);
    expect(decodeFrame(raw, "raw").payload).toEqual(payload);
  });

  it("overwrites every byte of its place, and nothing else", () => {
    const options: TcpOption[] = [{ kind: "mss", value: 1460 }, { kind: "nop" }];
    const frame: Frame = {
      ethernet,
      ipv4: { ...ipv4, options: Uint8Array.of(7, 3, 4, 1, 1) },
      tcp: { ...tcp, options },
    };
    const clean = encodeFrame(frame);
    const dirty = new Uint8Array(clean.length + 20).fill(0xee);
    expect(encodeFrameInto(frame, dirty, 10)).toBe(clean.length);
    expect(toHex(dirty)).toBe(`${"ee".repeat(10)}${toHex(clean)}${"ee".repeat(10)}`);
  });

  it("is told apart from one of which too little is said", () => {
    expect(() => encodeFrame({ ethernet, payload })).toThrow(/etherType is missing/);
    expect(() => encodeFrame({ loopback: {}, payload })).toThrow(/family is missing/);
    expect(() => encodeFrame({ ipv4, payload })).toThrow(/protocol is missing/);
    expect(() => encodeFrame({ ethernet, loopback: {}, ipv4, tcp })).toThrow(/not with both/);
    expect(encodeFrame({ payload })).toEqual(payload);
    expect(encodeFrame({})).toHaveLength(0);
  });
});

describe("TCP's checksum", () => {
  it("stays 0 when it comes to 0", () => {
    const frame = {
      ipv4,
      tcp: { sourcePort: 1000, destinationPort: 2000, sequenceNumber: 1, flags: 2, window: 0x2000 },
    };
    const bytes = encodeFrame({ ...frame, payload: fromHex("7025") });
    expect(toHex(bytes.subarray(36, 38))).toBe("0000");
    expect(checkSegment(bytes, 20)).toBe(0);
  });

  it("covers an odd last byte, and not the trailer", () => {
    const bytes = encodeFrame({ ethernet, ipv4, tcp, payload, trailer: fromHex("aabbcc") });
    expect(toHex(bytes.subarray(0, 59))).toBe(toHex(encodeFrame({ ethernet, ipv4, tcp, payload })));
    expect(checkSegment(bytes, 34, 59)).toBe(0);
  });

  it("is right for any payload, anywhere in a buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(7), (data, offset) => {
        const frame = { ipv4, tcp, payload: data };
        const buffer = new Uint8Array(200).fill(0xee);
        const end = offset + encodeFrameInto(frame, buffer, offset);
        expect(checkSegment(buffer, offset + 20, end)).toBe(0);
      }),
    );
  });
});

describe("wrong values", () => {
  it("are kept when they are given, and read back as they are", () => {
    const wrong: Frame = {
      ethernet: { ...ethernet, etherType: 0x0800 },
      ipv4: { ...ipv4, headerChecksum: 0x1234, identification: 7, reservedFlag: true },
      tcp: { ...tcp, checksum: 0x5678, reserved: 5 },
      payload,
    };
    const bytes = encodeFrame(wrong);
    expect(decodeFrame(bytes, "ethernet")).toMatchObject(wrong);
    expect(encodeFrame(decodeFrame(bytes, "ethernet"))).toEqual(bytes);
  });

  it("do not spread: the rest is computed all the same", () => {
    const right = encodeFrame({ ipv4, tcp, payload });
    const bytes = encodeFrame({ ipv4: { ...ipv4, protocol: 99, totalLength: 1000 }, tcp, payload });
    expect(toHex(bytes.subarray(20))).toBe(toHex(right.subarray(20)));
    expect(internetChecksum(bytes.subarray(0, 20))).toBe(0);
    expect(decodeFrame(encodeFrame({ ipv4: { ...ipv4, protocol: 99 }, tcp }), "raw").tcp).toBeUndefined();
  });
});

describe("what is read", () => {
  it("ends where the total length says; the rest is the trailer", () => {
    const trailer = fromHex("000000000001");
    const bytes = encodeFrame({ ethernet, ipv4, tcp, trailer });
    expect(bytes).toHaveLength(60);
    const frame = decodeFrame(bytes, "ethernet");
    expect(frame.payload).toHaveLength(0);
    expect(frame.trailer).toEqual(trailer);
    expect(encodeFrame(frame)).toEqual(bytes);
    expect(decodeFrame(encodeFrame({ ethernet, ipv4, tcp }), "ethernet")).not.toHaveProperty("trailer");
  });

  it("goes on to the end when the total length is 0", () => {
    const bytes = encodeFrame({ ethernet, ipv4: { ...ipv4, totalLength: 0 }, tcp, payload });
    const frame = decodeFrame(bytes, "ethernet");
    expect(frame).toMatchObject({ ipv4: { totalLength: 0 }, payload });
    expect(frame).not.toHaveProperty("trailer");
    expect(encodeFrame(frame)).toEqual(bytes);
  });

  it("is refused when the total length promises more than there is", () => {
    const bytes = encodeFrame({ ethernet, ipv4: { ...ipv4, totalLength: 100 }, tcp, payload });
    expect(() => decodeFrame(bytes, "ethernet")).toThrow(
      "IPv4 packet: 100 bytes needed, 45 available, limited by the captured length, at byte 14",
    );
  });

  it("is refused when the total length leaves no room for TCP, and the error says so", () => {
    const bytes = encodeFrame({ ethernet, ipv4: { ...ipv4, totalLength: 39 }, tcp, payload });
    expect(() => decodeFrame(bytes, "ethernet")).toThrow(
      "TCP header: 20 bytes needed, 19 available, limited by the total length of the IPv4 packet, at byte 34",
    );
  });

  it("has a checksum over the last stop of a source route", () => {
    const options = Uint8Array.of(131, 7, 4, 10, 9, 9, 9);
    const tcp = { sourcePort: 1, destinationPort: 2 };
    const routed = decodeFrame(encodeFrame({ ipv4: { source: 1, destination: 2, options }, tcp }), "raw");
    const direct = decodeFrame(encodeFrame({ ipv4: { source: 1, destination: 0x0a09_0909 }, tcp }), "raw");
    expect(routed.tcp?.checksum).toBe(direct.tcp?.checksum);
  });

  it("is read of a first fragment, whose datagram is longer", () => {
    const ipv4 = { source: 1, destination: 2, moreFragments: true };
    const udp = { sourcePort: 5000, destinationPort: 9999, length: 1008 };
    const bytes = encodeFrame({ ipv4, udp, payload: new Uint8Array(496) });
    const frame = decodeFrame(bytes, "raw");
    expect(frame.udp).toMatchObject(udp);
    expect(frame.payload).toHaveLength(496);
    expect(encodeFrame(frame)).toEqual(bytes);
  });

  it("is payload of a first fragment that ends within its header", () => {
    const options = [{ kind: "mss", value: 1460 }] as const;
    const ports = { sourcePort: 5000, destinationPort: 9999 };
    const whole = encodeFrame({ ipv4: { source: 1, destination: 2 }, tcp: { ...ports, options } }).subarray(20);
    const datagram = encodeFrame({ ipv4: { source: 1, destination: 2 }, udp: ports }).subarray(20);
    for (const [protocol, payload] of [
      [6, whole.subarray(0, 8)],
      [6, whole.subarray(0, 16)],
      [6, whole.subarray(0, 20)],
      [17, datagram.subarray(0, 7)],
      [1, whole.subarray(0, 8)],
    ] as const) {
      const ipv4 = { source: 1, destination: 2, moreFragments: true, protocol };
      const bytes = encodeFrame({ ipv4, payload });
      const frame = decodeFrame(bytes, "raw");
      expect(frame.payload).toEqual(payload);
      expect(frame).not.toHaveProperty(protocol === 17 ? "udp" : "tcp");
      expect(encodeFrame(frame)).toEqual(bytes);
    }
  });

  it("is payload where there is no codec, or in fragments but the first", () => {
    const arp = encodeFrame({ ethernet: { ...ethernet, etherType: 0x0806 }, payload });
    expect(decodeFrame(arp, "ethernet")).toMatchObject({ ethernet: { etherType: 0x0806 }, payload });
    const appletalk = encodeFrame({ loopback: { family: 16 }, payload });
    expect(decodeFrame(appletalk, "null")).toMatchObject({ loopback: { family: 16 }, payload });
    const fragment = encodeFrame({ ipv4: { ...ipv4, protocol: 6, fragmentOffset: 100 }, payload });
    expect(decodeFrame(fragment, "raw")).not.toHaveProperty("tcp");
    expect(decodeFrame(fragment, "raw").payload).toEqual(payload);
    const first = encodeFrame({ ipv4: { ...ipv4, moreFragments: true }, tcp, payload });
    expect(decodeFrame(first, "raw")).toMatchObject({ tcp, payload });
    for (const [bytes, linkType] of [
      [arp, "ethernet"],
      [appletalk, "null"],
      [fragment, "raw"],
      [first, "raw"],
    ] as const) {
      expect(encodeFrame(decodeFrame(bytes, linkType))).toEqual(bytes);
    }
  });

  it("has options of both headers", () => {
    const options = [{ kind: "sackPermitted" }, { kind: "windowScale", shift: 7 }] as const;
    const ipOptions = Uint8Array.of(148, 4, 0, 0);
    const bytes = encodeFrame({ ipv4: { ...ipv4, options: ipOptions }, tcp: { ...tcp, options }, payload });
    const frame = decodeFrame(bytes, "raw");
    expect(frame).toMatchObject({
      ipv4: { internetHeaderLength: 6, options: ipOptions },
      tcp: { dataOffset: 7 },
      payload,
    });
    expect(frame.tcp!.options).toEqual([...options, { kind: "eol", padding: Uint8Array.of(0, 0) }]);
    expect(checkSegment(bytes, 24)).toBe(0);
    expect(encodeFrame(frame)).toEqual(bytes);
  });

  it("is bounded by the offsets it was given", () => {
    const bytes = encodeFrame({ ipv4, tcp, payload });
    const buffer = new Uint8Array(200).fill(0xee);
    buffer.set(bytes, 33);
    expect(decodeFrame(buffer, "raw", 33, 33 + bytes.length)).toEqual(decodeFrame(bytes, "raw"));
    expect(decodeFrame(buffer, "raw", 33).trailer).toHaveLength(200 - 33 - bytes.length);
    expect(() => decodeFrame(bytes, "raw", 0, 1000)).toThrow(PacketError);
    expect(() => decodeFrame(bytes, "raw", 1000)).toThrow(PacketError);
  });
});

describe("a buffer that is too small", () => {
  it("is refused before anything is written", () => {
    const frame = { ethernet, ipv4, tcp, payload };
    for (let length = 0; length < frameLength(frame); length++) {
      const buffer = new Uint8Array(length).fill(0xee);
      const expected = expect.objectContaining({ code: "TRUNCATED", needed: 59, available: length });
      expect(() => encodeFrameInto(frame, buffer, 0)).toThrow(expected);
      expect(buffer.every((byte) => byte === 0xee)).toBe(true);
    }
  });

  it("is not the only limit: IPv4 has its own", () => {
    expect(() => encodeFrame({ ipv4, tcp, payload: new Uint8Array(65_496) })).toThrow(/totalLength is 65536/);
    expect(encodeFrame({ ipv4, tcp, payload: new Uint8Array(65_495) })).toHaveLength(65_535);
  });
});

describe("whatever the bytes", () => {
  /** Good frames with a few bytes changed, and some cut off: they get further than noise does. */
  const damaged = fc
    .record({
      vector: fc.constantFrom(...frames),
      changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      extra: fc.uint8Array({ maxLength: 9 }),
      cut: fc.option(fc.nat(), { freq: 4 }),
    })
    .map(({ vector, changes, extra, cut }) => {
      const bytes = Uint8Array.from([...fromHex(vector.hex), ...extra]);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return { linkType: vector.linkType, bytes: cut === null ? bytes : bytes.subarray(0, cut % bytes.length) };
    });
  const noise = fc.record({
    linkType: fc.constantFrom<FrameLinkType>("ethernet", "null", "raw"),
    bytes: fc.uint8Array({ maxLength: 100 }),
  });

  it("a frame makes the same bytes again, or is refused with a PacketError", () => {
    let whole = 0;
    fc.assert(
      fc.property(fc.oneof(noise, { arbitrary: damaged, weight: 4 }), ({ linkType, bytes }) => {
        let frame: Frame;
        try {
          frame = decodeFrame(bytes, linkType);
        } catch (error) {
          expect(error).toBeInstanceOf(PacketError);
          return;
        }
        whole++;
        expect(toHex(encodeFrame(frame))).toBe(toHex(bytes));
      }),
      { numRuns: 3000 },
    );
    expect(whole).toBeGreaterThan(300);
  });
});

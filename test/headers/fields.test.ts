/** What the codecs do with single fields: defaults, ranges, values that are wrong on purpose, bytes that are no header. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { internetChecksum } from "../../lib/core/checksum.ts";
import { PacketError } from "../../lib/core/errors.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { formatTcpFlags } from "../../lib/headers/tcp-fields.ts";
import * as tcpOptions from "../../lib/headers/tcp-options.ts";
import { fromHex, toHex } from "./vectors.ts";

const upTo = (max: number) => fc.integer({ min: 0, max });
// Without a size, few would be long enough for a header.
const bytes = fc.uint8Array({ maxLength: 60, size: "max" });

interface Codec<Header> {
  byteLength(header: Header): number;
  encodeInto(header: Header, bytes: Uint8Array, offset: number, end?: number): number;
}

function encode<Header>(codec: Codec<Header>, header: Header): Uint8Array {
  const length = codec.byteLength(header);
  const buffer = new Uint8Array(length).fill(0xee);
  expect(codec.encodeInto(header, buffer, 0)).toBe(length);
  return buffer;
}

/** Whatever the bytes: a header that is written back to the same bytes, or a PacketError. */
function checkAnyBytes<Header>(
  codec: Codec<Header> & { decode(bytes: Uint8Array, offset: number, end: number): Header },
  input: fc.Arbitrary<Uint8Array>,
): void {
  fc.assert(
    fc.property(input, (given) => {
      let header: Header;
      try {
        header = codec.decode(given, 0, given.length);
      } catch (error) {
        expect(error).toBeInstanceOf(PacketError);
        expect((error as PacketError).message).toMatch(/at byte \d+$/);
        return;
      }
      const again = encode(codec, header);
      expect(toHex(again)).toBe(toHex(given.subarray(0, again.length)));
    }),
    { numRuns: 500 },
  );
}

describe("IPv4", () => {
  const header = { source: 0x0a000001, destination: 0x0a000002, protocol: 6 };
  const optionBytes = fc
    .uint8Array({ maxLength: 10 })
    .map((words) => Uint8Array.from([...words].flatMap((w) => [w, 1, 2, 3])));
  const anyHeader = fc.record({
    version: fc.constant(4),
    typeOfService: upTo(255),
    totalLength: fc.oneof(fc.constant(0), fc.integer({ min: 60, max: 65_535 })),
    identification: upTo(65_535),
    reservedFlag: fc.boolean(),
    dontFragment: fc.boolean(),
    moreFragments: fc.boolean(),
    fragmentOffset: upTo(8191),
    timeToLive: upTo(255),
    protocol: upTo(255),
    headerChecksum: upTo(65_535),
    source: upTo(0xffff_ffff),
    destination: upTo(0xffff_ffff),
    options: optionBytes,
  });

  it("has a checksum that adds up to 0, options included", () => {
    fc.assert(
      fc.property(anyHeader, ({ headerChecksum: _, ...given }) => {
        expect(internetChecksum(encode(ipv4, given))).toBe(0);
      }),
    );
  });

  it("takes defaults, and computes lengths", () => {
    const buffer = new Uint8Array(100);
    ipv4.encodeInto(header, buffer, 10, 70);
    expect(ipv4.decode(buffer, 10, 70)).toMatchObject({
      version: 4,
      internetHeaderLength: 5,
      typeOfService: 0,
      totalLength: 60,
      identification: 0,
      dontFragment: false,
      fragmentOffset: 0,
      timeToLive: 64,
    });
  });

  it("pads options with zeros", () => {
    const encoded = encode(ipv4, { ...header, options: fromHex("07 03 04 01 01") });
    expect(toHex(encoded.subarray(20))).toBe("0703040101000000");
    expect(encoded[0]).toBe(0x47);
  });

  it("writes wrong values that are given", () => {
    const wrong = { ...header, version: 6, internetHeaderLength: 15, totalLength: 3, headerChecksum: 0xbad0 };
    expect(toHex(encode(ipv4, wrong))).toBe("6f000003000000004006bad00a0000010a000002");
    expect(toHex(encode(ipv4, { ...header, headerChecksum: 0 }).subarray(10, 12))).toBe("0000");
  });

  it("refuses what no header has", () => {
    expect(() => encode(ipv4, { source: 1, destination: 2 })).toThrow(/protocol is missing/);
    expect(() => encode(ipv4, { ...header, options: new Uint8Array(41) })).toThrow(/options take 41 bytes/);
    expect(() => ipv4.encodeInto(header, new Uint8Array(70_000), 0, 65_536)).toThrow(/totalLength is 65536/);
    const good = encode(ipv4, header);
    const changed = (at: number, ...values: number[]) => {
      const copy = good.slice();
      copy.set(values, at);
      return () => ipv4.decode(copy, 0, copy.length);
    };
    expect(changed(0, 0x65)).toThrow("IPv4 header: version is 6, and must be 4, at byte 0");
    expect(changed(0, 0x44)).toThrow(/internetHeaderLength is 4/);
    expect(changed(0, 0x46)).toThrow(
      "IPv4 header: 24 bytes needed, 20 available, limited by the captured length, at byte 0",
    );
    expect(changed(2, 0, 19)).toThrow(
      "IPv4 header: totalLength is 19, less than the 20 bytes of the header, at byte 2",
    );
    expect(changed(2, 0, 0)).not.toThrow();
  });
});

const sequence = upTo(0xffff_ffff);
const option: fc.Arbitrary<tcpOptions.TcpOption> = fc.oneof(
  fc.record({ kind: fc.constant("nop" as const) }),
  fc.record({ kind: fc.constant("mss" as const), value: upTo(65_535) }),
  fc.record({ kind: fc.constant("windowScale" as const), shift: upTo(255) }),
  fc.record({ kind: fc.constant("sackPermitted" as const) }),
  fc.record({
    kind: fc.constant("sack" as const),
    blocks: fc.array(fc.record({ left: sequence, right: sequence }), { maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant("timestamps" as const), value: sequence, echoReply: sequence }),
  fc.record({ kind: fc.constant("md5Signature" as const), digest: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
  fc.record({ kind: fc.constant("userTimeout" as const), isInMinutes: fc.boolean(), timeout: upTo(0x7fff) }),
  fc.record({
    kind: fc.constant("authentication" as const),
    keyId: upTo(255),
    receiveNextKeyId: upTo(255),
    messageAuthenticationCode: fc.uint8Array({ maxLength: 12 }),
  }),
  fc.record({
    kind: fc.constant("multipath" as const),
    subtype: upTo(15),
    low: upTo(15),
    data: fc.uint8Array({ maxLength: 10 }),
  }),
  fc.record({ kind: fc.constant("fastOpen" as const), cookie: fc.uint8Array({ maxLength: 16 }) }),
  fc.record({
    kind: fc.constant("accurateEcn" as const),
    order: fc.constantFrom(0 as const, 1 as const),
    counters: fc.array(upTo(0xff_ffff), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant("experiment" as const),
    number: fc.constantFrom(253 as const, 254 as const),
    identifier: upTo(65_535),
    data: fc.uint8Array({ maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constant("unknown" as const),
    number: fc.integer({ min: 35, max: 171 }),
    data: fc.uint8Array({ maxLength: 6 }),
  }),
);
const optionList = fc.array(option, { maxLength: 8 }).filter((options) => {
  try {
    return tcpOptions.byteLength(options) <= 40;
  } catch {
    return false;
  }
});

describe("TCP options", () => {
  it("come back, with the end of the list where there is padding", () => {
    fc.assert(
      fc.property(optionList, (options) => {
        const encoded = encode(tcpOptions, options);
        const decoded = tcpOptions.decode(encoded, 0, encoded.length);
        expect(decoded.slice(0, options.length)).toEqual(options);
        expect(decoded.slice(options.length).every(({ kind }) => kind === "eol")).toBe(true);
        expect(toHex(encode(tcpOptions, decoded))).toBe(toHex(encoded));
      }),
    );
  });

  it("come back from any bytes, in words", () => {
    const words = fc.array(fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 10, 18, 19, 28, 29, 30, 34, 172, 174, 253, 0xff), {
      maxLength: 40,
    });
    checkAnyBytes(
      tcpOptions,
      words.map((given) => Uint8Array.from(given.slice(0, given.length & ~3))),
    );
  });

  it.each([
    ["length 0", "0101 0200 0000 0000", { code: "BAD_FIELD", offset: 2 }],
    ["length 1", "0101 0801 0000 0000", { code: "BAD_FIELD", offset: 2 }],
    ["a length that goes on behind the end", "01 020405", { code: "TRUNCATED", offset: 1, needed: 4, available: 3 }],
    ["no room for a length", "010101 02", { code: "TRUNCATED", offset: 3, needed: 2, available: 1 }],
  ])("are refused with %s, and it says where", (_, hex, expected) => {
    const given = fromHex(hex);
    expect(() => tcpOptions.decode(given, 0, given.length)).toThrow(expect.objectContaining(expected));
    const inside = fromHex(`eeeeee${hex}ffffffffffffffff`);
    const moved = { ...expected, offset: expected.offset + 3 };
    expect(() => tcpOptions.decode(inside, 3, 3 + given.length)).toThrow(expect.objectContaining(moved));
  });

  it.each<[string, tcpOptions.TcpOption]>([
    ["mss", { kind: "mss", value: 65_536 }],
    ["windowScale", { kind: "windowScale", shift: 256 }],
    ["timestamps", { kind: "timestamps", value: 2 ** 32, echoReply: 0 }],
    ["timestamps, the echo", { kind: "timestamps", value: 0, echoReply: -1 }],
    ["sack", { kind: "sack", blocks: [{ left: 0, right: 0.5 }] }],
    ["md5Signature", { kind: "md5Signature", digest: new Uint8Array(15) }],
    ["userTimeout", { kind: "userTimeout", isInMinutes: false, timeout: 0x8000 }],
    ["multipath", { kind: "multipath", subtype: 16, low: 0, data: new Uint8Array(0) }],
    ["accurateEcn, the counters", { kind: "accurateEcn", order: 0, counters: [1, 2, 3, 4] }],
    ["accurateEcn, a counter", { kind: "accurateEcn", order: 0, counters: [2 ** 24] }],
    ["experiment", { kind: "experiment", number: 253, identifier: 2 ** 16, data: new Uint8Array(0) }],
    [
      "a number that is not of the kind",
      { kind: "experiment", number: 1, identifier: 0, data: new Uint8Array(0) } as never,
    ],
    ["a kind that there is not", { kind: "shrug" } as never],
    ["unknown", { kind: "unknown", number: 256, data: new Uint8Array(0) }],
    ["single bytes", { kind: "unknown", number: 0, data: new Uint8Array(0) }],
    ["single bytes", { kind: "unknown", number: 1, data: new Uint8Array(2) }],
  ])("refuse values that do not fit: %s", (_, bad) => {
    expect(() => encode(tcpOptions, [bad])).toThrow(expect.objectContaining({ code: "BAD_FIELD" }));
  });

  it("end at 40 bytes", () => {
    const ten: tcpOptions.TcpOption = { kind: "timestamps", value: 1, echoReply: 2 };
    expect(tcpOptions.byteLength([ten, ten, ten, ten])).toBe(40);
    expect(() => tcpOptions.byteLength([ten, ten, ten, ten, { kind: "nop" }])).toThrow(
      /take 41 bytes, and can take 40/,
    );
  });
});

describe("TCP", () => {
  const header = { sourcePort: 49_152, destinationPort: 80 };
  const anyHeader = fc.record({
    sourcePort: upTo(65_535),
    destinationPort: upTo(65_535),
    sequenceNumber: sequence,
    acknowledgmentNumber: sequence,
    reserved: upTo(7),
    flags: upTo(0x1ff),
    window: upTo(65_535),
    checksum: upTo(65_535),
    urgentPointer: upTo(65_535),
    options: optionList.filter((options) => tcpOptions.byteLength(options) === lengthWithoutPadding(options)),
  });

  function lengthWithoutPadding(options: readonly tcpOptions.TcpOption[]): number {
    const encoded = encode(tcpOptions, options);
    const hasEnd = tcpOptions.decode(encoded, 0, encoded.length).length > options.length;
    return hasEnd ? -1 : encoded.length;
  }

  it("comes back", () => {
    fc.assert(
      fc.property(anyHeader, (given) => {
        const encoded = encode(tcp, given);
        expect(tcp.decode(encoded, 0, 60)).toEqual({ ...given, dataOffset: encoded.length / 4 });
      }),
    );
    checkAnyBytes(tcp, bytes);
    const plausible = fc
      .tuple(
        fc.uint8Array({ minLength: 60, maxLength: 60, size: "max" }),
        fc.integer({ min: 0x50, max: 0x9f }),
        fc.nat(60),
      )
      .map(([given, offsetByte, length]) =>
        Uint8Array.from(given, (b, i) => (i === 12 ? offsetByte : b)).subarray(0, length),
      );
    checkAnyBytes(tcp, plausible);
  });

  it("takes defaults, and leaves the checksum 0 where there is no pseudo-header", () => {
    expect(tcp.decode(encode(tcp, header), 0, 20)).toEqual({
      ...header,
      sequenceNumber: 0,
      acknowledgmentNumber: 0,
      dataOffset: 5,
      reserved: 0,
      flags: 0,
      window: 65_535,
      checksum: 0,
      urgentPointer: 0,
      options: [],
    });
  });

  it("keeps a checksum that is given, also with a pseudo-header", () => {
    const buffer = new Uint8Array(20);
    tcp.encodeInto({ ...header, checksum: 0xbad0 }, buffer, 0, 20, 12_345);
    expect(tcp.decode(buffer, 0, 20).checksum).toBe(0xbad0);
  });

  it("takes options as bytes, and pads them", () => {
    const encoded = encode(tcp, { ...header, options: fromHex("02 00 ff ff ff") });
    expect(toHex(encoded.subarray(12, 14))).toBe("7000");
    expect(toHex(encoded.subarray(20))).toBe("0200ffffff000000");
  });

  it("takes more than 40 bytes of options only as bytes, and with a data offset that is given", () => {
    const options = new Uint8Array(44).fill(1);
    expect(() => encode(tcp, { ...header, options })).toThrow(
      /dataOffset is 16, and can be a whole number from 0 to 15/,
    );
    expect(encode(tcp, { ...header, options, dataOffset: 15 })).toHaveLength(64);
  });

  it("writes wrong values that are given", () => {
    expect(encode(tcp, { ...header, dataOffset: 2 })[12]).toBe(0x20);
    expect(encode(tcp, { ...header, reserved: 7, flags: 0x1ff }).subarray(12, 14)).toEqual(Uint8Array.of(0x5f, 0xff));
  });

  it("refuses a data offset that is too small or goes on behind the end", () => {
    const encoded = encode(tcp, header);
    encoded[12] = 0x40;
    expect(() => tcp.decode(encoded, 0, 20)).toThrow("TCP header: dataOffset is 4, and must be at least 5, at byte 12");
    encoded[12] = 0x60;
    expect(() => tcp.decode(encoded, 0, 20, "a test")).toThrow(
      "TCP header: 24 bytes needed, 20 available, limited by a test, at byte 0",
    );
  });
});

describe("formatTcpFlags", () => {
  it.each([
    [0, "<None>"],
    [0x02, "SYN"],
    [0x12, "SYN, ACK"],
    [0x18, "PSH, ACK"],
    [0x11, "FIN, ACK"],
    [0x1ff, "FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE"],
  ])("%i is %s", (flags, text) => expect(formatTcpFlags(flags)).toBe(text));
});

/** What tables can say and no header of the house does, so that the next one can. */
import { describe, expect, it } from "vitest";
import { PacketError } from "../../lib/core/errors.ts";
import { defineHeader } from "../../lib/headers/define-header.ts";
import { bits, bytes, checksum, flag, mac, restOfHeader, tail, u8, u16, u32 } from "../../lib/headers/fields.ts";
import { hasRequiredValues, placeOf } from "../../lib/headers/header-fields-at.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { fromHex, toHex } from "./vectors.ts";

const BASE = { name: "test", layer: "test header", about: "a test", summary: "Test" };

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(PacketError);
    return (error as PacketError).message;
  }
  throw new Error("nothing was thrown");
}

describe("numbers that begin and end within bytes", () => {
  const header = defineHeader({
    ...BASE,
    fields: {
      first: bits(3, {}),
      isSet: flag({}),
      long: bits(28, {}),
      triple: bits(24, {}),
      across: bits(13, {}),
      last: bits(11, {}),
    },
  });
  const values = {
    first: 5,
    isSet: true,
    long: 0xdead_bee,
    triple: 0x12_3456,
    across: 0x1abc,
    last: 0x555,
  };

  it("are written next to each other, and read again", () => {
    expect(header.fixedLength).toBe(10);
    const frame = new Uint8Array(12).fill(0xee);
    expect(header.encodeInto(values, frame, 1)).toBe(10);
    expect(toHex(frame)).toBe("eebdeadbee123456d5e555ee");
    expect(header.decode(frame, 1, 11)).toEqual(values);
  });

  it.each(["long", "triple", "across"] as const)("%s is refused where it does not fit", (name) => {
    const { largest, offset } = header.layout.find((field) => field.name === name)!;
    const wrong = () => header.encodeInto({ ...values, [name]: largest + 1 }, new Uint8Array(10), 0);
    const value = `${name} is ${largest + 1}, and can be a whole number from 0 to ${largest}`;
    expect(messageOf(wrong)).toBe(`test header: ${value}, at byte ${offset}`);
  });
});

describe("a tail without a length", () => {
  const open = defineHeader({ ...BASE, endsWithPacket: true, fields: { kind: u8({}), rest: tail(restOfHeader) } });

  it("goes on to the end of the packet, where the header does", () => {
    const frame = new Uint8Array(4);
    expect(open.encodeInto({ kind: 1, rest: fromHex("0203") }, frame, 0)).toBe(3);
    expect(open.decode(frame, 0, 3)).toEqual({ kind: 1, rest: fromHex("0203") });
    expect(open.decode(frame, 0, 1)).toEqual({ kind: 1, rest: new Uint8Array(0) });
    expect(messageOf(() => open.decode(frame, 0, 9))).toBe(
      "test header: 9 bytes needed, 4 available, limited by the captured length, at byte 0",
    );
  });
});

describe("a number that tells what follows", () => {
  const header = defineHeader({
    ...BASE,
    fields: { flags: u16({ default: 0 }), next: u16({ announces: "etherType", default: 0x88b5 }) },
  });

  it.each([
    ["what is given, right or wrong", { next: 0x86dd }, 0x0800, "000086dd"],
    ["that of what follows", {}, 0x0800, "00000800"],
    ["its default, where nothing follows", {}, undefined, "000088b5"],
  ] as const)("is %s", (_, values, following, expected) => {
    const frame = new Uint8Array(4);
    header.encodeInto(values, frame, 0, 4, following);
    expect(toHex(frame)).toBe(expected);
  });
});

describe("bytes in the middle", () => {
  const header = defineHeader({ ...BASE, fields: { before: u8({}), name: bytes(3, {}), behind: u8({}) } });

  it("are filled up with zeros, and no longer than their room", () => {
    const frame = new Uint8Array(5).fill(0xee);
    header.encodeInto({ before: 1, name: fromHex("aa"), behind: 2 }, frame, 0);
    expect(toHex(frame)).toBe("01aa000002");
    expect(messageOf(() => header.encodeInto({ before: 1, name: new Uint8Array(4), behind: 2 }, frame, 0))).toBe(
      "test header: name takes 4 bytes, and can take 3, at byte 1",
    );
  });
});

it("tells a header from another version of it, as far as it goes", () => {
  const view = new DataView(fromHex("45 00 65 00").buffer);
  expect(hasRequiredValues(ipv4, view, 0, 4)).toBe(true);
  expect(hasRequiredValues(ipv4, view, 2, 4)).toBe(false);
  expect(hasRequiredValues(ipv4, view, 4, 4)).toBe(true);
});

describe("a table that cannot be", () => {
  it.each([
    [
      "a number of more than 32 bits",
      { a: bits(33, {}) },
      "a has 33 bits, and can have 1 to 32, in 4 bytes, at byte 0",
    ],
    ["part of a bit", { a: bits(0.5, {}) }, "a has 0.5 bits, and can have 1 to 32, in 4 bytes, at byte 0"],
    [
      "a number in five bytes",
      { a: bits(4, {}), b: bits(32, {}), c: bits(4, {}) },
      "b has 32 bits, and can have 1 to 32, in 4 bytes, at byte 0",
    ],
    ["an address within a byte", { a: bits(4, {}), b: mac({}), c: bits(4, {}) }, "b begins within a byte, at byte 0"],
    ["a part of a byte at the end", { a: u8({}), b: bits(3, {}) }, "the fields end within a byte, at byte 1"],
    [
      "a field behind the tail",
      { a: tail(restOfHeader), b: u8({}) },
      "b stands behind a, which is the tail, at byte 0",
    ],
    [
      "parts that are not the whole",
      { a: u8({ parts: [{ bits: 3, filter: "p", label: "P" }] }) },
      "the parts of a have 3 bits, and must have 8, at byte 0",
    ],
    [
      "a default that does not fit",
      { a: u8({ default: 256 }) },
      "the default of a is 256, and can be 0 to 255, at byte 0",
    ],
  ])("with %s is refused", (_, fields, problem) => {
    expect(messageOf(() => defineHeader({ ...BASE, fields }))).toBe(`test header: ${problem}`);
  });
});

it("is checked by TypeScript as it is written", () => {
  const header = defineHeader({ ...BASE, fields: { port: u16({}), length: u16({ default: 8 }) } });
  const frame = new Uint8Array(4);
  // @ts-expect-error: a field that has no default is missing
  expect(() => header.encodeInto({ length: 8 }, frame, 0)).toThrow("port is missing");
  // @ts-expect-error: there is no such field
  header.encodeInto({ port: 1, lenght: 8 }, frame, 0);
  // @ts-expect-error: nor may its summary speak of one
  defineHeader({ ...BASE, fields: { port: u16({}) }, summary: ({ prot }) => `Port ${prot}` });
  // @ts-expect-error: there is no such option
  expect(u8({ defualt: 3 })).toMatchObject({ bits: 8 });
  // @ts-expect-error: a hardware address is a number
  expect(mac({ default: 3n })).toMatchObject({ bits: 48 });
});

describe("fields that are there in some headers only", () => {
  const header = defineHeader({
    ...BASE,
    fields: {
      hasSum: flag({}),
      hasKey: flag({ default: false }),
      hasMore: flag({ default: false }),
      kind: bits(13, { default: 0 }),
      sum: checksum({ covers: "message", hasPseudoHeader: false, presentIf: "hasSum" }),
      key: u32({ presentIf: ["hasKey", "hasMore"] }),
      level: u8({ default: 7, presentIf: ({ kind }) => kind === 9 }),
      last: u8({ default: 1 }),
      rest: tail(restOfHeader),
    },
    endsWithPacket: true,
  });
  const encode = (values: Parameters<typeof header.byteLength>[0]) => {
    const bytes = new Uint8Array(header.byteLength(values)).fill(0xee);
    expect(header.encodeInto(values, bytes, 0)).toBe(bytes.length);
    return toHex(bytes);
  };

  it("stand where those before them leave room", () => {
    expect(header.fixedLength).toBe(3);
    expect(encode({ hasSum: false })).toBe("000001");
    expect(encode({ hasSum: false, rest: fromHex("aabb") })).toBe("000001aabb");
    expect(encode({ hasSum: false, key: 0x0a0b0c0d })).toBe("40000a0b0c0d01");
    expect(encode({ hasSum: false, hasMore: true })).toBe("20000000000001");
    expect(encode({ hasSum: false, kind: 9 })).toBe("00090701");
    expect(encode({ hasSum: true, kind: 9, key: 1, level: 2, rest: fromHex("ff") })).toBe("c0093ef3000000010201ff");
  });

  it("are read where their flags are set", () => {
    const bytes = fromHex("eec0093ef3000000010201ff");
    const decoded = header.decode(bytes, 1, bytes.length);
    const flags = { hasSum: true, hasKey: true, hasMore: false, kind: 9 };
    expect(decoded).toEqual({ ...flags, sum: 0x3ef3, key: 1, level: 2, last: 1, rest: fromHex("ff") });
    expect(encode(decoded)).toBe(toHex(bytes.subarray(1)));
    expect(header.decode(fromHex("000005"), 0, 3)).toMatchObject({ hasKey: false, last: 5 });
  });

  it("move what is behind them, for who looks for it", () => {
    const bytes = fromHex("eec0093ef3000000010201ff");
    const view = new DataView(bytes.buffer);
    const placeOfField = (name: string, at: number) => {
      const field = header.layout.find((known) => known.name === name)!;
      const place = placeOf(header, field, view, at);
      return place === undefined ? undefined : place + field.offset;
    };
    expect(["sum", "key", "level", "last"].map((name) => placeOfField(name, 1))).toEqual([3, 5, 9, 10]);
    expect(["kind", "key", "last"].map((name) => placeOfField(name, 10))).toEqual([10, undefined, 12]);
  });

  it.each([
    [{ hasSum: false, level: 3 }, "level is given, and by the fields before it there is none, at byte 2"],
    [{ hasSum: false, key: 1, hasKey: false }, "key is given, and by the fields before it there is none, at byte 2"],
    [{ hasSum: false, key: -1 }, "key is -1, and can be a whole number from 0 to 4294967295, at byte 2"],
  ])("are refused in %j", (values, problem) => {
    expect(messageOf(() => header.encodeInto(values, new Uint8Array(20), 0))).toBe(`test header: ${problem}`);
  });

  it("are missed where the header ends before them", () => {
    for (let end = 3; end < 10; end++) {
      const read = () => header.decode(fromHex("c0093ef3000000010201"), 0, end);
      expect(messageOf(read)).toMatch(new RegExp(`^test header: \\d+ bytes needed, ${end} available`));
    }
  });
});

/** What tables can say and no header of the house does, so that the next one can. */
import { describe, expect, it } from "vitest";
import { PacketError } from "../../lib/core/errors.ts";
import { defineHeader } from "../../lib/headers/define-header.ts";
import { bits, bytes, flag, restOfHeader, tail, u8, u16 } from "../../lib/headers/fields.ts";
import { hasRequiredValues } from "../../lib/headers/header-table.ts";
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
      long: bits(32, {}),
      triple: bits(24, {}),
      across: bits(13, {}),
      last: bits(7, {}),
    },
  });
  const values = {
    first: 5,
    isSet: true,
    long: 0xdead_beef,
    triple: 0x12_3456,
    across: 0x1abc,
    last: 0x55,
  };

  it("are written next to each other, and read again", () => {
    expect(header.fixedLength).toBe(10);
    const frame = new Uint8Array(12).fill(0xee);
    expect(header.encodeInto(values, frame, 1)).toBe(10);
    expect(toHex(frame)).toBe("eebdeadbeef123456d5e55ee");
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

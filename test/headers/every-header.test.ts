/** What holds for the codec of every header, by the table of all of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { viewOf } from "../../lib/core/bytes.ts";
import { PacketError } from "../../lib/core/errors.ts";
import { placeOf } from "../../lib/headers/header-fields-at.ts";
import type { AnyHeader, LaidField } from "../../lib/headers/header-table.ts";
import { allHeaders } from "../../lib/headers/registry.ts";
import { encodeStack, encodeStackInto, startOf, type Values } from "../helpers/captures/header-stack.ts";
import { everyHeader } from "./every-header.ts";
import { type Entry, type Packet, packetsOf, stackOf } from "./header-entry.ts";
import { fromHex, toHex } from "./vectors.ts";

/** What a buffer holds before anything is written: not zero, so that a byte nobody wrote is seen. */
const DIRT = 0xee;
/** Without the field before it that says so, an optional field cannot be given. */
const FIELD_TOO_MANY = "is given, and by the fields before it there is none";
const PLACES = [0, 1, 14, 57];

/** The error that `act` ends with. Anything but a PacketError fails. */
function packetError(act: () => unknown): PacketError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(PacketError);
    return error as PacketError;
  }
  throw new Error("nothing was thrown");
}

/** A packet of an entry as others have it: the frame, where in it the header is, and all that a decoder finds there. */
function published({ header }: Entry, packet: Packet, { stack, own }: ReturnType<typeof stackOf>) {
  const frame = fromHex(packet.frame);
  const at = startOf(stack, own);
  const all = { ...packet.values, ...packet.found };
  const length = header.byteLength(all as never);
  return { frame, at, all, length, bytes: frame.subarray(at, at + length) };
}

/** The bits of a field, whatever the header thinks of them. */
function bitsOf(bytes: Uint8Array, { firstBit, spec }: LaidField): bigint {
  return (
    (BigInt(`0x${toHex(bytes)}`) >> BigInt(bytes.length * 8 - firstBit - spec.bits)) & ((1n << BigInt(spec.bits)) - 1n)
  );
}

function withBits(bytes: Uint8Array, { firstBit, spec }: LaidField, value: bigint): string {
  const shift = BigInt(bytes.length * 8 - firstBit - spec.bits);
  const mask = ((1n << BigInt(spec.bits)) - 1n) << shift;
  const all = (BigInt(`0x${toHex(bytes)}`) & ~mask) | (value << shift);
  return all.toString(16).padStart(bytes.length * 2, "0");
}

/** A field where it stands in a header, behind the optional fields that are there. */
function inPlace(header: AnyHeader, field: LaidField, bytes: Uint8Array): LaidField {
  const place = placeOf(header, field, viewOf(bytes), 0) ?? 0;
  return { ...field, firstBit: field.firstBit + place * 8, offset: field.offset + place };
}

/** Whether an optional field that is given is not in this header. */
function isFieldMissing(header: AnyHeader, given: Values, bytes: Uint8Array): boolean {
  return header.layout.some((field) => field.name in given && placeOf(header, field, viewOf(bytes), 0) === undefined);
}

function encode(header: AnyHeader, values: Values): Uint8Array {
  const bytes = new Uint8Array(header.byteLength(values as never)).fill(DIRT);
  header.encodeInto(values as never, bytes, 0);
  return bytes;
}

const NUMBERS = new Set(["number", "mac", "ipv4", "ipv6"]);
const isNumber = ({ spec }: LaidField) => NUMBERS.has(spec.type);

/** A value of a field, as its header takes it. */
function fieldValue({ spec }: LaidField, value: bigint): unknown {
  if (spec.type === "flag") return value === 1n;
  return spec.type === "ipv6" ? value : Number(value);
}

it("has an entry for every header", () => {
  const named = (headers: readonly AnyHeader[]) =>
    headers.map(({ name, layer, follows }) => ({ name, layer, follows }));
  expect(named(everyHeader.map(({ header }) => header))).toEqual(named(allHeaders()));
});

describe.each(everyHeader)("$header.name ($header.layer)", (entry) => {
  const { header, defaults, given, fixed = [] } = entry;
  const packets = packetsOf(entry);
  const isGiven = (name: string) => name in given.values;
  /** Fields that may have any value beside the others that are given. */
  const free = header.layout.filter(({ name }) => isGiven(name) && !entry.decides?.includes(name));

  it("is given values that are unlike its defaults, and unlike each other", () => {
    const wide = header.layout.filter(
      ({ spec, name }) => spec.bits > 1 && spec.type !== "tail" && !fixed.includes(name) && isGiven(name),
    );
    const values = wide.map(({ name }) => given.values[name]);
    expect(new Set(values.map(String)).size).toBe(wide.length);
    for (const { name, spec } of wide)
      if (spec.default !== undefined) expect(given.values[name]).not.toEqual(spec.default);
    const names = [given, ...Object.values(entry.more ?? {})].flatMap(({ values }) => Object.keys(values));
    expect([...new Set(names)].toSorted()).toEqual(Object.keys(header.fields).toSorted());
  });

  it.each(packets)("makes the published frame from %s, in any place", (_, packet) => {
    const { stack, payload } = stackOf(entry, packet);
    const expected = toHex(fromHex(packet.frame));
    expect(toHex(encodeStack(stack, payload))).toBe(expected);
    for (const offset of PLACES) {
      const buffer = new Uint8Array(expected.length / 2 + 100).fill(DIRT);
      const end = encodeStackInto(stack, payload, buffer, offset);
      expect(toHex(buffer.subarray(offset, end))).toBe(expected);
      expect([...buffer.subarray(0, offset), ...buffer.subarray(end)].every((byte) => byte === DIRT)).toBe(true);
    }
  });

  it.each(packets)("is read with %s, and written again, in any place", (_, packet) => {
    const { frame, at, all, length, bytes } = published(entry, packet, stackOf(entry, packet));
    for (const offset of PLACES) {
      const moved = new Uint8Array(offset + frame.length).fill(DIRT);
      moved.set(frame, offset);
      const decoded = header.decode(moved, offset + at, moved.length);
      expect(decoded).toEqual(packet.found === undefined ? expect.objectContaining(packet.values) : all);
      expect(header.byteLength(decoded as never)).toBe(length);
      const again = new Uint8Array(offset + length + 9).fill(DIRT);
      expect(header.encodeInto(decoded as never, again, offset)).toBe(length);
      expect(toHex(again.subarray(offset, offset + length))).toBe(toHex(bytes));
      expect([...again.subarray(0, offset), ...again.subarray(offset + length)].every((byte) => byte === DIRT)).toBe(
        true,
      );
    }
  });

  it.each(packets)("is refused with %s, cut off anywhere", (_, packet) => {
    const { frame, at, all, length } = published(entry, packet, stackOf(entry, packet));
    const needed = packet.needed ?? (header.endsWithPacket ? header.fixedLength : length);
    for (let there = 0; there < needed; there++) {
      const end = at + there;
      const error = packetError(() => header.decode(frame.subarray(0, end), at, frame.length));
      expect(error).toMatchObject({ code: "TRUNCATED", layer: header.layer, offset: at, available: there });
      expect(error.message).toContain("limited by the captured length");
      expect(packetError(() => header.decode(frame, at, end, "a test")).message).toContain("limited by a test");
    }
    for (let room = 0; room < length; room++) {
      const error = packetError(() => header.encodeInto(all as never, new Uint8Array(room), 0));
      expect(error).toMatchObject({ code: "TRUNCATED", layer: header.layer, needed: length, available: room });
    }
  });

  it("refuses numbers that do not fit, and says where", () => {
    const whole = encode(header, given.values);
    for (const field of free.filter(isNumber)) {
      const { name, spec } = field;
      const { offset } = inPlace(header, field, whole);
      const tooLarge = fieldValue(field, 1n << BigInt(spec.bits));
      const bad =
        spec.type === "ipv6" ? [-1n, tooLarge] : [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, tooLarge, 2 ** 53];
      for (const value of bad) {
        const error = packetError(() => encode(header, { ...given.values, [name]: value }));
        if (error.message.includes(FIELD_TOO_MANY)) continue;
        expect(error).toMatchObject({ code: "BAD_FIELD", layer: header.layer, offset });
        expect(error.message).toContain(`${name} is ${value}`);
      }
    }
    for (const field of free.filter(({ spec }) => spec.type === "bytes")) {
      const { name, spec } = field;
      const { offset } = inPlace(header, field, whole);
      const long = new Uint8Array(spec.bits / 8 + 1);
      const error = packetError(() => encode(header, { ...given.values, [name]: long }));
      expect(error).toMatchObject({ code: "BAD_FIELD", layer: header.layer, offset });
    }
  });

  it("keeps what is given, right or wrong, and touches no other bit", () => {
    const bytes = encode(header, given.values);
    for (const field of free.filter((field) => isNumber(field) || field.spec.type === "flag")) {
      const largest = (1n << BigInt(field.spec.bits)) - 1n;
      const placed = inPlace(header, field, bytes);
      const own = bitsOf(bytes, placed);
      for (const value of new Set([0n, 1n, own ^ 1n, largest >> 1n, largest - 1n, largest])) {
        const values = { ...given.values, [field.name]: fieldValue(field, value) };
        const expected = withBits(bytes, placed, value);
        if (!isFieldMissing(header, values, fromHex(expected))) expect(toHex(encode(header, values))).toBe(expected);
        else expect(packetError(() => encode(header, values)).message).toContain(FIELD_TOO_MANY);
      }
    }
  });

  it("is written back to whatever bytes it was read from, or refused", () => {
    const bytes = encode(header, given.values);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    const damaged = fc.array(change, { maxLength: 6 }).map((changes) => {
      const copy = Uint8Array.from([...bytes, ...bytes]);
      for (const [at, value] of changes) copy[at] = value;
      return copy;
    });
    // Without a size, few would be long enough for a header.
    const any = fc.oneof(damaged, fc.uint8Array({ maxLength: 60, size: "max" }));
    fc.assert(
      fc.property(any, (read) => {
        let decoded: Values;
        try {
          decoded = header.decode(read, 0, read.length);
        } catch (error) {
          expect(error).toBeInstanceOf(PacketError);
          expect((error as PacketError).message).toMatch(/at byte \d+$/);
          return;
        }
        const again = encode(header, decoded);
        expect(toHex(again)).toBe(toHex(read.subarray(0, again.length)));
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it("says what is missing", () => {
    const required = header.layout.filter(
      ({ name, isPresent }) =>
        isPresent === undefined && !(name in defaults.values) && !(name in (defaults.found ?? {})),
    );
    expect(required.map(({ name }) => name)).toEqual([]);
    const cannotBeLeftOut = ({ name, spec }: LaidField) => name in defaults.values || spec.announces !== undefined;
    for (const { name, spec, offset } of header.layout.filter(cannotBeLeftOut)) {
      if (spec.type === "tail" || spec.presentIf !== undefined) continue;
      const { [name]: _, ...rest } = entry.decides?.includes(name) ? defaults.values : given.values;
      const error = packetError(() => encode(header, rest));
      if (error.message.includes(FIELD_TOO_MANY)) continue;
      expect(error).toMatchObject({ code: "BAD_FIELD", offset });
      expect(error.message).toContain(`${name} is missing`);
    }
  });
});

/** The headers that are made and read by the million have a codec written by hand: it does what that of their table does. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketError } from "../../lib/core/errors.ts";
import { defineHeader } from "../../lib/headers/define-header.ts";
import { ethernet } from "../../lib/headers/ethernet.ts";
import type { AnyHeader, LaidField } from "../../lib/headers/header-table.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { udp } from "../../lib/headers/udp.ts";
import type { Values } from "../helpers/captures/header-stack.ts";

const HOT: readonly AnyHeader[] = [ethernet, ipv4, ipv6, tcp, udp];
/** What a buffer holds before anything is written. */
const DIRT = 0xee;
const RUNS = 3000;

/** Mostly what fits, else what does not in one way or the other. */
function numberUpTo(largest: number): fc.Arbitrary<number> {
  const wrong = fc.constantFrom(-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, largest + 1, -largest, 2 ** 53);
  const right = fc.oneof(
    fc.constantFrom(0, 1, largest),
    fc.maxSafeNat().map((value) => value % (largest + 1)),
  );
  return fc.oneof({ weight: 60, arbitrary: right }, { weight: 1, arbitrary: wrong });
}

const ADDRESS6 = fc.oneof(
  { weight: 30, arbitrary: fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom(-1n, 1n << 128n) },
);

const word = fc.nat(0xffff_ffff);
const tcpOption = fc.oneof(
  fc.constant({ kind: "nop" }),
  fc.constant({ kind: "sackPermitted" }),
  fc.record({ kind: fc.constant("mss"), value: numberUpTo(0xffff) }),
  fc.record({ kind: fc.constant("windowScale"), shift: numberUpTo(0xff) }),
  fc.record({ kind: fc.constant("timestamps"), value: word, echoReply: word }),
  fc.record({
    kind: fc.constant("unknown"),
    number: fc.integer({ min: 0, max: 255 }),
    data: fc.uint8Array({ maxLength: 6 }),
  }),
);

function tailOf(header: AnyHeader): fc.Arbitrary<unknown> {
  const bytes = fc.uint8Array({ maxLength: 44, size: "max" });
  return header === tcp ? fc.oneof(bytes, fc.array(tcpOption, { maxLength: 7 })) : bytes;
}

function valuesOf(header: AnyHeader, { spec }: LaidField): fc.Arbitrary<unknown> {
  if (spec.type === "flag") return fc.boolean();
  if (spec.type === "ipv6") return ADDRESS6;
  if (spec.type === "tail") return tailOf(header);
  return numberUpTo(2 ** spec.bits - 1);
}

/** Any of the fields may be left out, those that cannot be more seldom. */
function anyHeader(header: AnyHeader): fc.Arbitrary<Values> {
  return fc.record(
    Object.fromEntries(
      header.layout.map((field) => {
        const { spec } = field;
        const canBeLeftOut = spec.default !== undefined || spec.auto !== undefined || spec.bits === 0;
        return [field.name, fc.option(valuesOf(header, field), { nil: undefined, freq: canBeLeftOut ? 2 : 40 })];
      }),
    ),
  );
}

/** What becomes of a call: its result, or its error in words. Anything but a PacketError is no answer. */
function outcome(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof PacketError)) throw error;
    return { ...error, code: error.code, message: error.message };
  }
}

const place = fc.record({
  offset: fc.nat(5),
  room: fc.integer({ min: -3, max: 20 }),
  carried: fc.option(fc.integer({ min: -2, max: 12 }), { nil: undefined }),
  following: fc.option(numberUpTo(0xff), { nil: undefined, freq: 20 }),
  sum: fc.option(fc.nat(0x3_ffff), { nil: undefined }),
});

/** Mostly such as begin like a header of theirs. */
function anyBytes(header: AnyHeader): fc.Arbitrary<Uint8Array> {
  const bytes = fc.uint8Array({ maxLength: 70, size: "max" });
  const first = { [ipv4.name]: [0, 0x45], [ipv6.name]: [0, 0x60], [tcp.name]: [12, 0x50] }[header.name];
  if (first === undefined) return bytes;
  const [at, value] = first as [number, number];
  const plausible = fc.tuple(bytes, fc.nat(3)).map(([given, more]) => {
    const high = header === tcp ? more * 16 : more;
    return given.map((byte, index) => (index === at ? value + (header === ipv6 ? 0 : high) : byte));
  });
  return fc.oneof({ weight: 3, arbitrary: plausible }, { weight: 1, arbitrary: bytes });
}

describe.each(HOT)("$name, by hand and by its table", (byHand) => {
  const byTable: AnyHeader = defineHeader(byHand);

  it("is another codec", () => {
    expect(byTable.encodeInto).not.toBe(byHand.encodeInto);
    expect(byTable.layout).toEqual(byHand.layout);
  });

  it("is written alike, or refused in the same words", () => {
    const encode = (header: AnyHeader, values: Values, { offset, room, carried, following, sum }: Placed) =>
      outcome(() => {
        const length = header.byteLength(values as never);
        const bytes = new Uint8Array(Math.max(0, offset + length + room)).fill(DIRT);
        const end = carried === undefined ? undefined : offset + length + carried;
        const written = header.encodeInto(values as never, bytes, offset, end, following, sum);
        return { length, written, bytes };
      });
    let made = 0;
    fc.assert(
      fc.property(anyHeader(byHand), place, (values, placed) => {
        const answer = encode(byHand, values, placed);
        expect(answer).toEqual(encode(byTable, values, placed));
        if (Object.hasOwn(answer as object, "bytes")) made++;
      }),
      { numRuns: RUNS, seed: 1 },
    );
    // Neither is the property about errors alone.
    expect(made).toBeGreaterThan(RUNS / 20);
  });

  it("is read alike, or refused in the same words", () => {
    let read = 0;
    const limit = fc.constantFrom(undefined, "a test");
    fc.assert(
      fc.property(
        anyBytes(byHand),
        fc.nat(3),
        fc.integer({ min: -4, max: 4 }),
        limit,
        (bytes, offset, more, limitedBy) => {
          const decode = ({ decode }: AnyHeader) =>
            outcome(() => decode(bytes, offset, bytes.length + more, limitedBy));
          const answer = decode(byHand);
          expect(answer).toEqual(decode(byTable));
          if (!Object.hasOwn(answer as object, "code")) read++;
        },
      ),
      { numRuns: RUNS, seed: 2 },
    );
    expect(read).toBeGreaterThan(RUNS / 20);
  });
});

type Placed = typeof place extends fc.Arbitrary<infer Value> ? Value : never;

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addSequence,
  isAfter,
  isAfterOrEqual,
  isBefore,
  isBeforeOrEqual,
  isInWindow,
  laterSequence,
  sequenceDifference,
} from "../../lib/core/sequence.ts";

const LAST = 0xffff_ffff;
const HALF = 0x8000_0000;

/** Half of them near the wrap. */
const sequence = fc.oneof(
  fc.integer({ min: 0, max: LAST }),
  fc.integer({ min: -20, max: 20 }).map((n) => (n < 0 ? n + 2 ** 32 : n)),
);
const distance = fc.oneof(fc.integer({ min: 1, max: HALF - 1 }), fc.integer({ min: 1, max: 20 }));

describe("at the wrap", () => {
  it("goes on at 0", () => {
    expect(addSequence(LAST, 1)).toBe(0);
    expect(addSequence(LAST - 1, 1460)).toBe(1458);
    expect(addSequence(0, -1)).toBe(LAST);
    expect(addSequence(5, 2 ** 32)).toBe(5);
    expect(addSequence(5, 10 * 2 ** 32 + 3)).toBe(8);
  });

  it("measures the shorter way", () => {
    expect(sequenceDifference(0, LAST)).toBe(1);
    expect(sequenceDifference(LAST, 0)).toBe(-1);
    expect(sequenceDifference(HALF - 1, 0)).toBe(HALF - 1);
    expect(sequenceDifference(HALF, 0)).toBe(-HALF);
    expect(sequenceDifference(0, HALF)).toBe(-HALF);
  });

  it("knows before and after", () => {
    expect(isBefore(LAST, 0)).toBe(true);
    expect(isAfter(0, LAST)).toBe(true);
    expect(isBefore(0, LAST)).toBe(false);
    expect(laterSequence(LAST, 0)).toBe(0);
    expect(laterSequence(0, LAST)).toBe(0);
  });

  it("has windows that reach over it", () => {
    const start = LAST - 2;
    expect([start, LAST, 0, 6].every((n) => isInWindow(n, start, 10))).toBe(true);
    expect([start - 1, 7, HALF].some((n) => isInWindow(n, start, 10))).toBe(false);
    expect(isInWindow(start, start, 0)).toBe(false);
    expect(isInWindow(LAST, 0, LAST)).toBe(false);
    expect(isInWindow(LAST - 1, 0, LAST)).toBe(true);
  });
});

describe("everywhere", () => {
  it("stays within 32 bits, and equals arithmetic with big integers", () => {
    fc.assert(
      fc.property(sequence, fc.maxSafeInteger(), (a, n) => {
        fc.pre(Number.isSafeInteger(a + n));
        expect(addSequence(a, n)).toBe(Number(BigInt.asUintN(32, BigInt(a) + BigInt(n))));
      }),
    );
    fc.assert(
      fc.property(sequence, sequence, (a, b) => {
        expect(sequenceDifference(a, b)).toBe(Number(BigInt.asIntN(32, BigInt(a) - BigInt(b))));
        expect(addSequence(b, sequenceDifference(a, b))).toBe(a);
      }),
    );
  });

  it("orders what is less than half the circle apart", () => {
    fc.assert(
      fc.property(sequence, distance, (a, n) => {
        const b = addSequence(a, n);
        expect(sequenceDifference(b, a)).toBe(n);
        expect([isBefore(a, b), isBeforeOrEqual(a, b), isAfter(b, a), isAfterOrEqual(b, a)]).toEqual(
          Array(4).fill(true),
        );
        expect([isBefore(b, a), isBeforeOrEqual(b, a), isAfter(a, b), isAfterOrEqual(a, b)]).toEqual(
          Array(4).fill(false),
        );
        expect(laterSequence(a, b)).toBe(b);
        expect(laterSequence(b, a)).toBe(b);
        expect(isInWindow(b, a, n)).toBe(false);
        expect(isInWindow(b, a, n + 1)).toBe(true);
      }),
    );
  });

  it("has no number before or after itself", () => {
    fc.assert(
      fc.property(sequence, (a) => {
        expect([isBefore(a, a), isAfter(a, a)]).toEqual([false, false]);
        expect([isBeforeOrEqual(a, a), isAfterOrEqual(a, a)]).toEqual([true, true]);
      }),
    );
  });
});

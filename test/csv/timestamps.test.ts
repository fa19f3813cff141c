import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TicksPerSecond } from "../../lib/core/time.ts";
import { parsePlainSeconds, parseSeconds } from "../../lib/csv/timestamps.ts";
import { runProgram } from "../helpers/programs/run-script.ts";

/** The same in exact arithmetic, for numbers of any length. */
function reference(
  whole: string,
  fraction: string,
  exponent: number,
  ticksPerSecond: TicksPerSecond,
): number | undefined {
  const shift = exponent - fraction.length;
  const numerator = BigInt(whole + fraction) * BigInt(ticksPerSecond) * 10n ** BigInt(Math.max(shift, 0));
  const denominator = 10n ** BigInt(Math.max(-shift, 0));
  const ticks = (2n * numerator + denominator) / (2n * denominator);
  return ticks <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(ticks) : undefined;
}

const MICRO = 1_000_000;
const NANO = 1_000_000_000;

test.each([
  ["0", MICRO, 0],
  ["0.1", MICRO, 100_000],
  ["0.015", MICRO, 15_000],
  ["245.69", MICRO, 245_690_000],
  [" 1 ", MICRO, 1_000_000],
  ["\t1.5\r\n", MICRO, 1_500_000],
  ["\u00a01.5", MICRO, 1_500_000],
  [".5", MICRO, 500_000],
  ["5.", MICRO, 5_000_000],
  ["007", MICRO, 7_000_000],
  ["0.999999999", NANO, 999_999_999],
  ["1.999999999", NANO, 1_999_999_999],
  ["1.999999999", MICRO, 2_000_000],
  ["0.0000005", MICRO, 1],
  ["0.00000049999", MICRO, 0],
  ["1.5E-03", MICRO, 1_500],
  ["1.5e3", MICRO, 1_500_000_000],
  ["1e+2", MICRO, 100_000_000],
  ["4.9e-7", MICRO, 0],
  ["5e-7", MICRO, 1],
  ["1e-99999999999", MICRO, 0],
  ["0e99999999999", MICRO, 0],
  ["9007199254.740991", MICRO, Number.MAX_SAFE_INTEGER],
  ["9007199.254740991", NANO, Number.MAX_SAFE_INTEGER],
  ["9007199254.7409914", MICRO, Number.MAX_SAFE_INTEGER],
  [`${"0".repeat(400)}1.${"0".repeat(400)}`, MICRO, 1_000_000],
] as const)("%j is a time", (text, ticksPerSecond, ticks) => {
  expect(parseSeconds(text, ticksPerSecond)).toBe(ticks);
});

test.each([
  ["9007199254.740992", MICRO],
  ["9007199254.7409915", MICRO],
  ["9007199.254740992", NANO],
  ["1e300", MICRO],
  ["1e99999999999", MICRO],
  ["9".repeat(1000), MICRO],
  ["", MICRO],
  [" ", MICRO],
  [".", MICRO],
  ["-", MICRO],
  ["-1", MICRO],
  ["-0", MICRO],
  ["+1", MICRO],
  ["1.2.3", MICRO],
  ["1,5", MICRO],
  ["1 2", MICRO],
  ["1s", MICRO],
  ["e5", MICRO],
  [".e5", MICRO],
  ["1e", MICRO],
  ["1e1.5", MICRO],
  ["0x10", MICRO],
  ["Infinity", MICRO],
  ["NaN", MICRO],
  ["12:00:00", MICRO],
  ["2025-01-06", MICRO],
  ["١٢", MICRO],
] as const)("%j is none", (text, ticksPerSecond) => {
  expect(parseSeconds(text, ticksPerSecond)).toBeUndefined();
});

describe("against exact arithmetic", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 20 });
  const ticksPerSecond = fc.constantFrom<TicksPerSecond[]>(MICRO, NANO);
  const exponent = fc.integer({ min: -40, max: 40 });

  test("decimals", () => {
    const property = fc.property(digits, digits, ticksPerSecond, (whole, fraction, ticks) => {
      fc.pre(whole + fraction !== "");
      const expected = reference(whole, fraction, 0, ticks);
      expect(parseSeconds(`${whole}.${fraction}`, ticks)).toBe(expected);
      if (fraction === "") expect(parseSeconds(whole, ticks)).toBe(expected);
    });
    fc.assert(property, { numRuns: 5000 });
  });

  test("exponents", () => {
    const property = fc.property(digits, digits, exponent, ticksPerSecond, (whole, fraction, power, ticks) => {
      fc.pre(whole + fraction !== "");
      expect(parseSeconds(`${whole}.${fraction}E${power}`, ticks)).toBe(reference(whole, fraction, power, ticks));
    });
    fc.assert(property, { numRuns: 5000 });
  });

  test("plain times from bytes are the same, or left to the reader of all", () => {
    const text = fc.oneof(
      fc.tuple(digits, fc.constantFrom("", ".", "..", " ", "e1"), digits).map((parts) => parts.join("")),
      fc.string({ unit: fc.constantFrom("0", "9", ".", " ", "-", "+"), maxLength: 20 }),
    );
    let plain = 0;
    const property = fc.property(text, ticksPerSecond, (seconds, ticks) => {
      const bytes = new TextEncoder().encode(`,${seconds},`);
      const time = parsePlainSeconds(bytes, 1, bytes.length - 1, ticks);
      if (time === undefined) return;
      plain++;
      expect(time).toBe(parseSeconds(seconds, ticks));
    });
    fc.assert(property, { numRuns: 5000 });
    expect(plain).toBeGreaterThan(500);
  });

  test("whole ticks come back, in either unit", () => {
    const property = fc.property(fc.maxSafeNat(), ticksPerSecond, (time, ticks) => {
      const decimals = ticks === MICRO ? 6 : 9;
      const text = time.toString().padStart(decimals + 1, "0");
      expect(parseSeconds(`${text.slice(0, -decimals)}.${text.slice(-decimals)}`, ticks)).toBe(time);
    });
    fc.assert(property, { numRuns: 5000 });
  });
});

test("a hostile text is gone over once: over these again and again would take hours", async () => {
  const program = `
    import { parseSeconds } from "./lib/csv/timestamps.ts";
    for (const unit of ["1", "0", " ", "1 ", "."]) {
      const many = unit.repeat(8_000_000);
      console.log(parseSeconds(many + "x", 1_000_000), parseSeconds("0." + many + "x", 1_000_000));
    }`;
  expect(await runProgram(program)).toBe("undefined undefined\n".repeat(5));
});

import { describe, expect, it } from "vitest";
import {
  decimalSeconds,
  durationText,
  elapsed,
  formatDuration,
  formatInstant,
  milliseconds,
} from "../../lib/report/moments.ts";

const moment = (seconds: number, nanoseconds: number) => ({ seconds, nanoseconds });

describe("moments", () => {
  it.each([
    [moment(1_767_225_600, 999_999_999), "1767225600.999999999"],
    [moment(0, 0), "0.000000000"],
    [moment(-1, 500_000_000), "-0.500000000"],
    [moment(-2, 0), "-2.000000000"],
    [moment(9_007_199_254, 1), "9007199254.000000001"],
  ])("%j in decimal is %s", (time, text) => expect(decimalSeconds(time)).toBe(text));

  it.each([
    [moment(0, 0), "0 s"],
    [moment(0, 17), "17 ns"],
    [moment(0, 1500), "1.5 µs"],
    [moment(0, 1_050_000), "1.05 ms"],
    [moment(2, 484_560_000), "2.484 s"],
    [moment(60, 0), "1 min"],
    [moment(3661, 0), "1 h 1 min"],
    [moment(90_000, 0), "1 d 1 h"],
    [moment(-1, 500_000_000), "-500 ms"],
  ])("%j takes %s", (time, text) => expect(formatDuration(time)).toBe(text));

  it.each([
    [0, "0 s"],
    [0.25, "250 µs"],
    [251.3174, "251.317 ms"],
    [59_999.9, "59.999 s"],
    [60_499, "1 min"],
    [192_000, "3 min 12 s"],
    [10_799_400, "3 h"],
    [11_520_000, "3 h 12 min"],
    [86_399_999, "1 d"],
    [90_000_000, "1 d 1 h"],
  ])("%d measured milliseconds are %s", (measured, text) => expect(durationText(measured)).toBe(text));

  it("is cut, not rounded", () => {
    expect(milliseconds(moment(0, 999_999))).toBe("0.999");
    expect(milliseconds(moment(-1, 999_999_001))).toBe("-0.000");
    expect(formatDuration(moment(0, 999_999_999))).toBe("999.999 ms");
  });

  it("goes back and forth", () => {
    expect(elapsed(moment(1, 900_000_000), moment(3, 100_000_000))).toEqual(moment(1, 200_000_000));
    expect(decimalSeconds(elapsed(moment(3, 100_000_000), moment(1, 900_000_000)))).toBe("-1.200000000");
  });

  it("has instants, also beyond the calendar", () => {
    expect(formatInstant(moment(1_767_225_600, 1))).toBe("2026-01-01 00:00:00.000000001 UTC");
    expect(formatInstant(moment(10_000_000_000_000, 0))).toBe("10000000000000.000000000 s since 1970");
  });
});

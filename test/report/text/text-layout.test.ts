import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellsOf, paragraph, truncate, wrap } from "../../../lib/report/text/text-layout.ts";

describe("lines", () => {
  it("breaks at spaces, and long words anywhere", () => {
    expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
    expect(wrap("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
    expect(paragraph("one two three", "- ", 8)).toEqual(["- one", "  two", "  three"]);
    expect(truncate("abcdef", 4)).toBe("abc…");
    expect(truncate("a\x1b[2Jb", 20)).toBe("a\\u001b[2Jb");
  });

  it("never gets wider than it may", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 4, max: 40 }), (text, width) => {
        for (const line of wrap(text, width)) expect(cellsOf(line)).toBeLessThanOrEqual(width);
        expect(cellsOf(truncate(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

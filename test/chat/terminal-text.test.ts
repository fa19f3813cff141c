import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { rowsOf } from "../../lib/chat/terminal-text.ts";

const WIDE = "\u3053\u308c\u306f\u9577\u3044\u884c\u3067\u3059";
const FAMILY = "\u{1f469}\u200d\u{1f469}\u200d\u{1f467}";

describe("rowsOf", () => {
  it.each<[string, string, number, string[]]>([
    ["a short line", "[Bob] hi", 20, ["[Bob] hi"]],
    ["nothing", "", 20, [""]],
    ["a line that fills its row", "[Bob] 67890", 11, ["[Bob] 67890"]],
    ["one more", "[Bob] 678901", 11, ["[Bob] 67890", "  1"]],
    ["a forged row", `[Eve] ${".".repeat(14)}[Bob] pay Eve`, 20, ["[Eve] ..............", "  [Bob] pay Eve"]],
    ["three rows", "abcdefghijklmnopqrstuvwxyz", 10, ["abcdefghij", "  klmnopqr", "  stuvwxyz"]],
    ["wide characters", WIDE, 9, [WIDE.slice(0, 4), `  ${WIDE.slice(4, 7)}`, `  ${WIDE.slice(7)}`]],
    ["a letter with its marks", "123456789e\u0301\u0323x", 10, ["123456789e\u0301\u0323", "  x"]],
    [
      "a heart in colour, two cells wide",
      "12345678\u2764\ufe0f\u2764\ufe0f",
      10,
      ["12345678\u2764\ufe0f", "  \u2764\ufe0f"],
    ],
    ["a flag", `12345678${"\u{1f1ee}\u{1f1f1}".repeat(2)}`, 11, ["12345678\u{1f1ee}\u{1f1f1}", "  \u{1f1ee}\u{1f1f1}"]],
    ["an emoji of parts, which some terminals show one by one", `1234567${FAMILY}x`, 12, ["1234567", `  ${FAMILY}x`]],
    ["tabs", "a\tb\tc", 20, ["a       b       c"]],
    ["a tab that goes past the end of the row", "abcdefghi\tb", 12, ["abcdefghi", "  b"]],
    [
      "soft hyphens, which some terminals show",
      `1234${"\u00ad".repeat(6)}[Bob] hi`,
      10,
      [`1234${"\u00ad".repeat(6)}`, "  [Bob] hi"],
    ],
    [
      "letters without a shape, which some show",
      `12${"\u3164".repeat(4)}[Bob] hi`,
      10,
      [`12${"\u3164".repeat(4)}`, "  [Bob] hi"],
    ],
    [
      "signs that stand around numbers",
      `1234${"\u0601".repeat(6)}[Bob] hi`,
      10,
      [`1234${"\u0601".repeat(6)}`, "  [Bob] hi"],
    ],
    ["a narrow terminal", "abcdefg", 4, ["abcd", " efg"]],
    ["the narrowest", "abc", 1, ["a", "b", "c"]],
    ["a character that no row can hold", "\u9577\u3044", 1, ["\u9577", "\u3044"]],
  ])("lays out %s", (_what, line, columns, rows) => {
    expect(rowsOf(line, columns)).toEqual(rows);
  });

  it.each([[undefined], [0]])("takes 80 columns where the terminal says %s", (columns) => {
    expect(rowsOf("x".repeat(81), columns)).toEqual(["x".repeat(80), "  x"]);
  });

  it("keeps every character, no row wider than the terminal and none but the first at its edge", () => {
    const pieces = fc.constantFrom(
      "a",
      " ",
      "[Bob] ",
      "\u0301",
      "\u05e9\u05b8",
      "\u9577",
      "\u{1f600}",
      FAMILY,
      "\u200d",
      "\ufe0f",
    );
    const line = fc.oneof(
      fc.array(pieces, { maxLength: 80 }).map((parts) => parts.join("")),
      fc.string({ unit: "grapheme" }),
    );
    fc.assert(
      fc.property(line, fc.integer({ min: 12, max: 40 }), (text, columns) => {
        fc.pre(!/\p{M}{17}/u.test(text));
        const rows = rowsOf(text, columns);
        expect(rows.map((row, index) => (index === 0 ? row : row.slice(2))).join("")).toBe(text);
        for (const row of rows) expect(stringWidth(row)).toBeLessThanOrEqual(columns);
        for (const row of rows.slice(1)) expect(row.startsWith("  ")).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("cuts a very long line, whatever it is made of, and says so", () => {
    for (const unit of ["x", "\u9577", "\u{1f600}", "\u0315\u0300\u0316\u0327", "a\u0301", "\t"]) {
      const line = unit.repeat(262_144 / unit.length);
      const rows = rowsOf(line, 80);
      expect(rows.at(-1)).toBe("(The line is cut here: it has 262,144 characters.)");
      // A tab takes a tenth of a row.
      expect(rows.length).toBeLessThan(2000);
      expect(rows.join("").length).toBeLessThan(16_384 * 9);
      expect(rows.join("")).not.toMatch(/\p{Cs}/u);
    }
  });

  it("shows no heap of marks, and the longest message of a server of ours whole", () => {
    expect(rowsOf(`a${"\u0301\u0316".repeat(500)}b`, 80)).toEqual([`a${"\u0301\u0316".repeat(8)}b`]);
    expect(rowsOf("x".repeat(4200), 80)).toHaveLength(1 + Math.ceil((4200 - 80) / 78));
  });
});

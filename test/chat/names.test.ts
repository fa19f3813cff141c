import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkName, nameKey } from "../../lib/chat/names.ts";

const LIMITS = { maxName: 32 };

describe("checkName", () => {
  it.each([
    ["Alice"],
    ["User1"],
    ["a"],
    ["7"],
    ["Zoë-1_."],
    ["דנה"],
    ["דָּנָה"],
    ["محمد٣"],
    ["Ωμέγα"],
    ["Аня"],
    ["田中さんカナ"],
    ["김철수"],
    ["नमस्ते"],
    ["สมชาย"],
    ["ẹ\u0301va"],
    ["allison"],
    ["x".repeat(32)],
    ["𠮷".repeat(32)],
  ])("accepts %j", (text) => {
    expect(checkName(text, LIMITS)).toEqual({ name: text.normalize("NFC") });
  });

  it("keeps the composed form", () => {
    expect(checkName("e\u0301va", LIMITS)).toEqual({ name: "éva" });
  });

  it.each([
    ["nothing", "", /empty/],
    ["a long name", "x".repeat(33), /longer than 32/],
    ["a very long name", "x".repeat(100_000), /longer than 32/],
    ["a space", "Ali ce", /no spaces/],
    ["a tab", "Ali\tce", /no spaces/],
    ["a Cyrillic letter among Latin ones", "\u0410lice", /different scripts/],
    ["Hebrew and Latin", "דנהa", /different scripts/],
    ["Han with Hangul and kana", "日か한", /different scripts/],
    ["a bracket", "[Bob]", /letters, digits/],
    ["a colon", "Bob:", /letters, digits/],
    ["an at sign", "@Bob", /letters, digits/],
    ["a slash", "/Bob", /letters, digits/],
    ["an emoji", "Bob😀", /letters, digits/],
    ["dots alone", "...", /letters, digits/],
    ["a letter without a shape", "Bob\u3164", /letters, digits/],
    ["a joiner", "Bo\u200db", /letters, digits/],
    ["a joiner of graphemes", "Bo\u034fb", /letters, digits/],
    ["a heap of accents", "b\u0323\u0302\u0302\u0302", /letters, digits/],
    ["mathematical letters", "𝐀lice", /letters, digits/],
    ["a turn of direction", "Bo\u202eb", /letters, digits/],
    ["half of a surrogate pair", "Bo\ud83d", /letters, digits/],
    ["a line end", "Bob\n", /letters, digits/],
  ])("refuses %s", (_what, text, reason) => {
    expect(checkName(text, LIMITS)).toEqual({ reason: expect.stringMatching(reason) });
  });

  it.each([["all"], ["ALL"], ["Quit"], ["list"], ["chat"], ["end"], ["help"], ["Server"], ["ａｌｌ"]])(
    "reserves %s",
    (text) => {
      expect(checkName(text, LIMITS)).toEqual({ reason: `${text} is a word of the chat` });
    },
  );

  it("has no limit with 0", () => {
    const name = "x".repeat(5000);
    expect(checkName(name, { maxName: 0 })).toEqual({ name });
  });

  it("accepts nothing that could be taken for another part of a line", () => {
    const text = fc.string({ unit: "binary", maxLength: 6 });
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: "grapheme", maxLength: 6 })), (value) => {
        const result = checkName(value, LIMITS);
        if (!("name" in result)) return;
        expect(result.name).toMatch(/^[\p{L}\p{M}\p{Nd}_.-]+$/u);
        expect(checkName(result.name, LIMITS)).toEqual(result);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("nameKey", () => {
  it.each([
    ["Alice", "ALICE"],
    ["é", "e\u0301"],
    ["Ａlice", "Alice"],
    ["ﬁn", "FIN"],
    ["straße", "STRASSE"],
    ["STRA\u1e9eE", "strasse"],
    ["Σας", "ΣΑΣ"],
    ["ſam", "sam"],
    ["Kelvin", "\u212aelvin"],
  ])("is the same for %s and %s", (one, other) => {
    expect(nameKey(one)).toBe(nameKey(other));
  });

  it.each([
    ["Alice", "Alise"],
    ["a", "á"],
    ["a.b", "ab"],
  ])("differs for %s and %s", (one, other) => {
    expect(nameKey(one)).not.toBe(nameKey(other));
  });

  it("does not depend on case or composition, for every character", () => {
    const different: string[] = [];
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
      if (codePoint >= 0xd800 && codePoint < 0xe000) continue;
      const text = String.fromCodePoint(codePoint);
      const key = nameKey(text);
      const others = [key, text.toUpperCase(), text.toLowerCase(), text.normalize("NFD"), text.normalize("NFKD")];
      if (others.some((other) => nameKey(other) !== key)) different.push(text);
    }
    expect(different).toEqual([]);
  });
});

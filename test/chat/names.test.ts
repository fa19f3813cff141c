import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkName, nameKey } from "../../lib/chat/names.ts";
import { costlyWords, normalizedDuring } from "./normalized-text.ts";

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
    ["\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd"],
    ["\u05d0\u05d1.\u05d21"],
    ["\u0f62\u0f92\u0fb1\u0f74\u0f51"],
    ["Ali"],
    ["ALI"],
    ["Mai"],
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
    ["an accent at its start", "\u0301Alice", /a mark stands on a letter/],
    ["a point at its start", "\u05b8\u05d3\u05e0\u05d4", /a mark stands on a letter/],
    ["a point on a digit", "\u05d01\u05b8", /a mark stands on a letter/],
    ["five points on a letter", "\u05e9\u05b0\u05b8\u05bc\u05bf\u05c1", /at most 4/],
    ["one point twice", "\u05e9\u05b8\u05b8", /at most 4 different/],
    ["20 points on a letter", `\u05e9${"\u05b8\u05bc".repeat(10)}`, /at most 4/],
    ["20 accents on a letter", `A${"\u0300\u0316".repeat(10)}lice`, /letters, digits/],
    ["a digit before Hebrew, shown as if behind it", "1\u05d0\u05d1", /begins with a letter/],
    ["a dash behind Hebrew, shown on either side", "\u05d0\u05d1-", /ends with a letter/],
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

  it.each([
    ["\u0430\u04cf\u04cf", "all"],
    ["AII", "all"],
    ["a1l", "all"],
    ["\u0405\u0415\u0420", undefined],
    ["He1p", "help"],
    ["DlSCONNECTED", "disconnected"],
  ])("reserves what looks like a word of the chat: %s", (text, word) => {
    const looks = word === undefined ? { name: text } : { reason: `${text} looks like ${word}, a word of the chat` };
    expect(checkName(text, LIMITS)).toEqual(looks);
  });

  it.each([["SERVER_"], ["-all-"], ["q.u.i.t"], ["DISCONNECTED"], ["Closed"], ["NEW-CONNECTION"], ["Server.Stopped"]])(
    "reserves %s, which has nothing but dots and lines more, or is in the log",
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

describe("the work for a name", () => {
  it.each([16, 256, 257, 1024, 4096, 65_536])("is bounded for one of %i characters", (length) => {
    for (const word of costlyWords(length)) {
      for (const maxName of [0, 32, 1000]) {
        const work = normalizedDuring(() => {
          checkName(word, { maxName });
          nameKey(word);
        });
        expect(work.longestHeap).toBeLessThan(17 * 4);
        // Some forms of at most 1,024 characters, which can grow eighteenfold.
        expect(work.characters).toBeLessThan(maxName === 0 || length <= 1024 ? 60 * 1024 : 1);
      }
    }
  });
});

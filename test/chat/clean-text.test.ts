import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanText, decodeLine, hasVisible, normalForm } from "../../lib/chat/clean-text.ts";
import { runProgram } from "../helpers/programs/run-script.ts";

/** Any 16-bit units: halves of surrogate pairs as well. */
const anyUnits = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0x1b, 0x5b, 0x5d, 0x9b, 0x07, 0x5c, 0x202e)))
  .map((units) => String.fromCharCode(...units));

describe("decodeLine", () => {
  const encoder = new TextEncoder();

  it.each([["hello"], ["שלום"], ["مرحبا"], ["👩‍👩‍👧"], [""], ["\ufeffx"]])("reads %j", (text) => {
    expect(decodeLine(encoder.encode(text))).toBe(text);
  });

  it.each([
    ["a byte that is never in UTF-8", [0x61, 0xff]],
    ["a sequence cut off", [0xd7]],
    ["a continuation by itself", [0x61, 0x90]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["an overlong NUL", [0xe0, 0x80, 0x80]],
    ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
    ["a code point above the last", [0xf4, 0x90, 0x80, 0x80]],
  ])("refuses %s", (_what, bytes) => {
    expect(decodeLine(Uint8Array.from(bytes))).toBeUndefined();
    // The decoder is shared: a refusal must not leave anything behind in it.
    expect(decodeLine(encoder.encode("next"))).toBe("next");
  });
});

describe("cleanText", () => {
  it.each([
    ["plain text with a\ttab"],
    ["שלום עולם"],
    ["שָׁלוֹם"],
    ["مرحبا بكم"],
    ["می\u200cخواهم"],
    ["👩‍👩‍👧 ❤️ 🏳️‍🌈 🇮🇱"],
    ["e\u0301"],
    ["\u05e9\u05dc\u05d5\u05dd\u200f! C++\u200e \u0645\u061c"],
    ["\u0915\u094d\u200d\u0937 \u0d28\u0d4d\u200c"],
    ["[not a sequence] \\u001b"],
  ])("keeps %j", (text) => {
    expect(cleanText(text)).toBe(text);
  });

  it.each([
    ["a colour", "\u001b[31mred\u001b[0m", "red"],
    ["a colour with a colon form", "\u001b[38:2:1:2:3mx", "x"],
    ["clearing the screen", "a\u001b[2J\u001b[Hb", "ab"],
    ["a sequence with a C1 introducer", "a\u009b31mb", "ab"],
    ["a sequence cut off", "a\u001b[31", "a"],
    ["a title ended by BEL", "a\u001b]0;title\u0007b", "ab"],
    ["a title ended by ST", "a\u001b]0;title\u001b\\b", "ab"],
    ["a link", "\u001b]8;;http://x\u001b\\text\u001b]8;;\u001b\\", "text"],
    ["a title without an end", "a\u001b]0;title", "a"],
    ["a C1 string", "a\u009d0;title\u009cb", "ab"],
    ["a device control string", "a\u001bPq#0\u001b\\b", "ab"],
    ["a character set", "a\u001b(Bb", "ab"],
    ["a reset", "a\u001bcb", "ab"],
    ["ESC at the end", "a\u001b", "a"],
    ["a line forged with CR and LF", "x\r\n[DISCONNECTED] Bob", "x[DISCONNECTED] Bob"],
    ["BEL, BS, NUL and DEL", "a\u0007\u0008\u0000\u007fb", "ab"],
    ["next line, a C1 control", "a\u0085b", "ab"],
    ["separators of lines and paragraphs", "a\u2028b\u2029c", "abc"],
    ["overrides of direction", "\u202eabc\u202c\u2066d\u2069", "abcd"],
    ["marks of direction where all is written from left to right", "a\u200fb\u200ec\u061cd \u200f1 + 2", "abcd 1 + 2"],
    ["deprecated marks of direction and of digits", "\u206aa\u206f1", "a1"],
    ["marks of byte order", "\ufeffa\ufeffb", "ab"],
    ["halves of surrogate pairs", "a\ud83db\udc00", "ab"],
    ["halves that a control character holds apart", "\ud83d\u0007\udc00", ""],
    ["a sequence inside of a sequence", "\u001b\u001b[31m[31mx", "[31mx"],
  ])("takes out %s", (_what, text, cleaned) => {
    expect(cleanText(text)).toBe(cleaned);
  });

  it("lets no control character and no turn of direction through, whatever the text", () => {
    fc.assert(
      fc.property(anyUnits, (text) => {
        expect(cleanText(text)).not.toMatch(/(?!\t)[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u);
      }),
      { numRuns: 2000 },
    );
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(anyUnits, (text) => {
        expect(cleanText(cleanText(text))).toBe(cleanText(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("goes over a text once: over these again and again would take hours", async () => {
    const program = `
      import { cleanText } from "./lib/chat/clean-text.ts";
      for (const start of ["\\u001b]", "\\u001b[", "\\u001b[0", "\\u001b (", "\\u009d"]) {
        console.log(cleanText(start.repeat(4_000_000)).length, cleanText(start + start.at(-1).repeat(8_000_000)).length);
      }`;
    expect(await runProgram(program)).toMatch(/^(\d+ \d+\n){5}$/);
  });
});

describe("hasVisible", () => {
  it.each([
    ["a"],
    ["."],
    ["\u{1f600}"],
    ["\u05d0"],
    ["\u200b x"],
    ["\u0600"],
    ["\ue000"],
    ["\u{1ccf0}"],
    ["\u0915\u094d"],
  ])("is true of %j", (text) => {
    expect(hasVisible(text)).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["spaces of all kinds", " \t\u00a0\u2003\u3000\u1680"],
    ["marks of direction", "\u200e\u200f\u061c"],
    ["spaces and joiners without width", "\u200b\u200c\u200d\u2060\ufeff"],
    ["letters without a shape", "\u3164\uffa0\u115f\u1160"],
    ["the Braille pattern without dots", "\u2800"],
    ["a note without a head, blank hieroglyphs", "\u{1d159}\u{13441}\u{13442}"],
    ["a soft hyphen, a joiner of graphemes", "\u00ad\u034f"],
    ["tags and selectors", "\u{e0041}\ufe0f\u{e0100}"],
    ["invisible operators", "\u2061\u2064"],
    ["marks that stand on nothing", "\u0301\u20dd \u05b8"],
  ])("is false of %s", (_what, text) => {
    expect(hasVisible(text)).toBe(false);
  });
});

describe("normalForm", () => {
  it.each([
    ["a text longer than any name", "\u00e9".repeat(1025)],
    ["a heap of marks", `a${"\u0315\u0300\u0316\u0327".repeat(5)}`],
    ["what becomes a heap of marks", "\uff9e\u0316".repeat(9)],
  ])("leaves %s alone", (_what, text) => {
    expect(normalForm(text, "NFKC")).toBe(text);
  });

  it("knows every character that becomes a mark", () => {
    const unknown: string[] = [];
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
      const character = String.fromCodePoint(codePoint);
      // Those after which a mark of class 0 comes first are put into no order.
      if (!/^\p{M}/u.test(character.normalize("NFKD")) || /[\u0e33\u0eb3]/.test(character)) continue;
      const heap = character.repeat(17);
      if (heap.normalize("NFKD") !== heap && normalForm(heap, "NFKC") !== heap) unknown.push(character);
    }
    expect(unknown).toEqual([]);
  });
});

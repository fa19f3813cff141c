import { describe, expect, it } from "vitest";
import { hasVisible, normalForm } from "../../lib/chat/clean-text.ts";

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

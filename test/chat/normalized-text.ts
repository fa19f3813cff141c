import { vi } from "vitest";

/** What was handed to `normalize` while something was done: the time that this takes can grow with the square of a text. */
export function normalizedDuring(action: () => void): { readonly characters: number; readonly longestHeap: number } {
  const normalize = vi.spyOn(String.prototype, "normalize");
  action();
  const texts = normalize.mock.contexts.map(String);
  normalize.mockRestore();
  const heaps = texts.flatMap((text) => text.match(/[\p{M}\uff9e\uff9f]+/gu) ?? []);
  return {
    characters: texts.reduce((sum, text) => sum + text.length, 0),
    longestHeap: Math.max(0, ...heaps.map((heap) => heap.length)),
  };
}

/** Marks of four classes in the worst order. */
const OUT_OF_ORDER = "\u0315\u0300\u0316\u0327";

/** Words of that many characters that are costly to normalise. */
export function costlyWords(length: number): string[] {
  return [OUT_OF_ORDER, "\uff9e\u0316", `a${OUT_OF_ORDER}`, "\u05b8\u0591", "\u00e9", "\u1f82", "\uac01", "\ufdfa"].map(
    (unit) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length),
  );
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StringInterner } from "../../lib/core/string-interner.ts";

/** Few letters, so that the same words come again, and lengths on both sides of four and of the longest. */
const word = fc.oneof(
  fc.array(fc.constantFrom(0, 97, 98), { maxLength: 9 }),
  fc.tuple(fc.constantFrom(63, 64, 65), fc.nat(2)).map(([length, byte]) => new Array<number>(length).fill(byte)),
);

describe("the table of words", () => {
  it("gives equal words one number, in the order of appearance, wherever they stand", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.nat(3)), { maxLength: 200 }), (cells) => {
        const table = new StringInterner();
        const model = new Map<string, number>();
        for (const [bytes, before] of cells) {
          const source = new Uint8Array([...new Array(before).fill(7), ...bytes, 7, 7]);
          const number = table.numberOf(source, before, before + bytes.length);
          const key = bytes.join();
          if (bytes.length <= 64 && !model.has(key)) model.set(key, model.size);
          expect(number).toBe(model.get(key) ?? -1);
        }
      }),
    );
  });

  it("keeps its numbers while it grows, and gives no more than it has", () => {
    const table = new StringInterner();
    const most = 2 ** 20;
    const source = new Uint8Array(4);
    const view = new DataView(source.buffer);
    const numberOf = (word: number) => {
      view.setUint32(0, Math.imul(word, 0x9e37_79b1) >>> 0);
      return table.numberOf(source, 0, 4);
    };
    const wrong: number[] = [];
    for (let word = 0; word < most; word++) if (numberOf(word) !== word) wrong.push(word);
    expect(numberOf(most)).toBe(-1);
    for (let word = 0; word < most; word += 997) if (numberOf(word) !== word) wrong.push(word);
    expect(wrong).toEqual([]);
  });
});

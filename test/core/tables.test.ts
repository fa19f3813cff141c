import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { HashIndex, LinkedList, PairMap, StringInterner } from "../../lib/core/tables.ts";

function numbersOf(linked: LinkedList): number[] {
  const numbers: number[] = [];
  for (let number = linked.last; number !== -1; number = linked.before(number)) numbers.unshift(number);
  return numbers;
}

describe("a linked list of numbers", () => {
  it("is what a list with the same insertions and removals is", () => {
    const step = fc.record({ number: fc.nat(200), place: fc.nat(), isRemoval: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const linked = new LinkedList();
        let list: number[] = [];
        for (const { number, place, isRemoval } of steps) {
          linked.remove(number);
          list = list.filter((other) => other !== number);
          if (!isRemoval) {
            const index = place % (list.length + 1);
            linked.insertAfter(list[index - 1] ?? -1, number);
            list.splice(index, 0, number);
          }
          expect(linked.first).toBe(list[0] ?? -1);
          expect(numbersOf(linked)).toEqual(list);
        }
      }),
    );
  });
});

describe("an index by hashes", () => {
  it("finds what a map finds, whatever was added and removed before, even where hashes are the same", () => {
    const step = fc.record({ key: fc.nat(150), isRemoval: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), fc.integer({ min: 1, max: 200 }), (steps, hashes) => {
        const keys: number[] = [];
        const hashOfKey = (key: number) => Math.imul(key % hashes, 0x0100_0193);
        const index = new HashIndex((item) => hashOfKey(keys[item]!));
        const map = new Map<number, number>();
        const find = (key: number) => index.find(hashOfKey(key), (item) => keys[item] === key);
        for (const { key, isRemoval } of steps) {
          const known = map.get(key);
          expect(find(key)).toBe(known);
          if (known === undefined) {
            const item = keys.push(key) - 1;
            index.add(hashOfKey(key), item);
            map.set(key, item);
          } else if (isRemoval) {
            index.remove(known);
            map.delete(key);
          }
        }
        for (let key = 0; key <= 150; key++) expect(find(key)).toBe(map.get(key));
      }),
    );
  });
});

test("holds a number for each pair and kind, whichever of the two comes first", () => {
  const number = fc.oneof(fc.nat(5), fc.nat(2 ** 31 - 1));
  const entry = fc.tuple(number, number, fc.oneof(fc.nat(2), number), fc.nat(2 ** 31 - 1));
  const property = fc.property(fc.array(entry, { maxLength: 400 }), (entries) => {
    const table = new PairMap();
    const expected = new Map<string, number>();
    const key = (one: number, other: number, kind: number) => `${Math.min(one, other)} ${Math.max(one, other)} ${kind}`;
    for (const [one, other, kind, value] of entries) {
      expect(table.get(one, other, kind)).toBe(expected.get(key(one, other, kind)));
      table.set(one, other, kind, value);
      expected.set(key(one, other, kind), value);
    }
    for (const [one, other, kind] of entries) {
      expect(table.get(other, one, kind)).toBe(expected.get(key(one, other, kind)));
    }
  });
  fc.assert(property, { numRuns: 500 });
});

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

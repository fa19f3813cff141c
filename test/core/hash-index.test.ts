import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HashIndex } from "../../lib/core/hash-index.ts";

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

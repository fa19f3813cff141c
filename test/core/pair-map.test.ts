import fc from "fast-check";
import { expect, test } from "vitest";
import { PairMap } from "../../lib/core/pair-map.ts";

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

import fc from "fast-check";
import { expect, test } from "vitest";
import { PairTable } from "../../lib/messages/pair-table.ts";

test("holds a number for each pair, whichever of the two comes first", () => {
  const number = fc.oneof(fc.nat(5), fc.nat(2 ** 31 - 1));
  const property = fc.property(
    fc.array(fc.tuple(number, number, fc.nat(2 ** 31 - 1)), { maxLength: 400 }),
    (entries) => {
      const table = new PairTable();
      const expected = new Map<string, number>();
      const key = (one: number, other: number) => `${Math.min(one, other)} ${Math.max(one, other)}`;
      for (const [one, other, value] of entries) {
        expect(table.get(one, other)).toBe(expected.get(key(one, other)));
        table.set(one, other, value);
        expected.set(key(one, other), value);
      }
      for (const [one, other] of entries) {
        expect(table.get(other, one)).toBe(expected.get(key(one, other)));
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NumberChain } from "../../lib/core/linked-list.ts";

function numbersOf(chain: NumberChain): number[] {
  const numbers: number[] = [];
  for (let number = chain.last; number !== -1; number = chain.before(number)) numbers.unshift(number);
  return numbers;
}

describe("a chain of numbers", () => {
  it("is what a list with the same insertions and removals is", () => {
    const step = fc.record({ number: fc.nat(200), place: fc.nat(), isRemoval: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const chain = new NumberChain();
        let list: number[] = [];
        for (const { number, place, isRemoval } of steps) {
          chain.remove(number);
          list = list.filter((other) => other !== number);
          if (!isRemoval) {
            const index = place % (list.length + 1);
            chain.insertAfter(list[index - 1] ?? -1, number);
            list.splice(index, 0, number);
          }
          expect(chain.first).toBe(list[0] ?? -1);
          expect(numbersOf(chain)).toEqual(list);
        }
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LinkedList } from "../../lib/core/linked-list.ts";

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

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimerHeap } from "../../../lib/session/network/timer-heap.ts";

const wait = (id: number) => ({ id, timeUp: () => undefined });

describe("what waits for its moment", () => {
  it("comes by time, and in the order in which it was put down where times are equal", () => {
    const step = fc.oneof({ weight: 3, arbitrary: fc.nat(30) }, { weight: 2, arbitrary: fc.constant(undefined) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 500 }), (steps) => {
        const heap = new TimerHeap();
        const model: { time: number; id: number }[] = [];
        steps.forEach((time, id) => {
          if (time !== undefined) {
            heap.push(time, wait(id));
            model.push({ time, id });
          } else if (model.length > 0) {
            model.sort((a, b) => a.time - b.time || a.id - b.id);
            expect(heap.shift()).toMatchObject({ id: model.shift()!.id });
          }
          expect(heap.length).toBe(model.length);
          expect(heap.nextTime).toBe(Math.min(...model.map((one) => one.time)));
        });
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventQueue } from "../../lib/session/event-queue.ts";

describe("a queue of timed events", () => {
  it("gives events back by time, and in the order they came where times are equal", () => {
    const step = fc.oneof(fc.record({ push: fc.nat(50) }), fc.constant("shift" as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const queue = new EventQueue<Uint8Array>();
        const model: { time: number; id: number }[] = [];
        steps.forEach((what, id) => {
          if (what === "shift") {
            if (model.length === 0) return;
            const { time, id } = model[0]!;
            const { nextTime, numbers, at, item } = queue;
            expect(nextTime).toBe(time);
            expect([...numbers.subarray(at, at + 4)]).toEqual([id + 1, id, id * 2, -1 - id]);
            expect(item?.length).toBe(id % 5);
            queue.shift();
            model.shift();
          } else {
            queue.push(what.push, id + 1, id, id * 2, 2 ** 32 - 1 - id, new Uint8Array(id % 5));
            model.push({ time: what.push, id });
            model.sort((a, b) => a.time - b.time);
          }
          expect(queue.length).toBe(model.length);
          expect(queue.nextTime).toBe(model[0]?.time ?? Number.POSITIVE_INFINITY);
        });
      }),
    );
  });

  it("lets go of what it has given away", () => {
    const queue = new EventQueue<Uint8Array>();
    queue.push(1, 0, 0, 0, 0, new Uint8Array(1));
    queue.shift();
    expect(queue.item).toBeUndefined();
  });
});

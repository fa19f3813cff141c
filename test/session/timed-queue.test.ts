import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimedQueue } from "../../lib/session/timed-queue.ts";

const nobody = {};

describe("a queue of timed events", () => {
  it("gives events back by time, and in the order they came where times are equal", () => {
    const step = fc.oneof(fc.record({ push: fc.nat(50) }), fc.constant("shift" as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const queue = new TimedQueue<object>();
        const model: { time: number; id: number }[] = [];
        steps.forEach((what, id) => {
          if (what === "shift") {
            if (model.length === 0) return;
            expect([queue.nextTime, queue.code, queue.firstNumber]).toEqual([
              model[0]!.time,
              model[0]!.id,
              model[0]!.id * 2,
            ]);
            queue.shift();
            model.shift();
          } else {
            queue.push(what.push, nobody, id, id * 2, 0, undefined);
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
    const queue = new TimedQueue<object>();
    queue.push(1, nobody, 0, 0, 0, new Uint8Array(1));
    queue.shift();
    expect(queue.payload).toBeUndefined();
    expect(queue.subject).toBeUndefined();
  });
});

import { expect, test } from "vitest";
import { FloodGate } from "../../lib/chat/rate-limiter.ts";

test("so many at once, then so many a second", () => {
  const gate = new FloodGate(3, 4);
  expect([1, 2, 3].map(() => gate.take(1000))).toEqual([0, 0, 0]);
  expect(gate.take(1000)).toBe(250);
  expect(gate.take(1249)).toBe(1);
  expect(gate.take(1250)).toBe(0);
  expect(gate.take(1250)).toBe(250);
});

test("a pause gives back no more than the burst", () => {
  const gate = new FloodGate(2, 10);
  gate.take(0);
  expect([1, 2, 3].map(() => gate.take(100_000) === 0)).toEqual([true, true, false]);
});

test("what is taken as soon as it can be keeps exactly to the rate", () => {
  const gate = new FloodGate(10, 3);
  let now = 0.1;
  for (let taken = 0; taken < 310; taken++) {
    const wait = gate.take(now);
    now += wait;
    if (wait > 0) expect(gate.take(now)).toBe(0);
  }
  expect(now).toBeCloseTo(100_000.1, 3);
});

test.each([
  [0, 4],
  [4, 0],
])("burst %i and rate %i let everything through", (burst, rate) => {
  const gate = new FloodGate(burst, rate);
  for (let count = 0; count < 1000; count++) expect(gate.take(0)).toBe(0);
});

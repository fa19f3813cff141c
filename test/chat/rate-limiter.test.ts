import { expect, test } from "vitest";
import { RateLimiter } from "../../lib/chat/rate-limiter.ts";

test("so many at once, then so many a second", () => {
  const limiter = new RateLimiter(3, 4);
  expect([1, 2, 3].map(() => limiter.take(1000))).toEqual([0, 0, 0]);
  expect(limiter.take(1000)).toBe(250);
  expect(limiter.take(1249)).toBe(1);
  expect(limiter.take(1250)).toBe(0);
  expect(limiter.take(1250)).toBe(250);
});

test("a pause gives back no more than the burst", () => {
  const limiter = new RateLimiter(2, 10);
  limiter.take(0);
  expect([1, 2, 3].map(() => limiter.take(100_000) === 0)).toEqual([true, true, false]);
});

test("what is taken as soon as it can be keeps exactly to the rate", () => {
  const limiter = new RateLimiter(10, 3);
  let now = 0.1;
  for (let taken = 0; taken < 310; taken++) {
    const wait = limiter.take(now);
    now += wait;
    if (wait > 0) expect(limiter.take(now)).toBe(0);
  }
  expect(now).toBeCloseTo(100_000.1, 3);
});

test.each([
  [0, 4],
  [4, 0],
])("burst %i and rate %i let everything through", (burst, rate) => {
  const limiter = new RateLimiter(burst, rate);
  for (let count = 0; count < 1000; count++) expect(limiter.take(0)).toBe(0);
});

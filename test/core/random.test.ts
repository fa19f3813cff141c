import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../lib/core/random.ts";

describe("the seeded generator", () => {
  it("gives the same numbers for the same seed, here and on every other machine", () => {
    const random = new SeededRandom(1);
    expect(Array.from({ length: 4 }, () => random.next())).toEqual([
      2_527_132_011, 314_344_336, 2_535_364_964, 2_041_432_039,
    ]);
  });

  it("spreads over all 32 bits", () => {
    const random = new SeededRandom(7);
    const ones = new Array<number>(32).fill(0);
    for (let i = 0; i < 4096; i++) {
      const value = random.next();
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (value >>> bit) & 1;
    }
    // 2048 is expected; 8 standard deviations are 256.
    for (const count of ones) expect(Math.abs(count - 2048)).toBeLessThan(256);
  });
});

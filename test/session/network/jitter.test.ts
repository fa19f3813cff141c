import { describe, expect, it } from "vitest";
import { jitterOf } from "../../../lib/session/network/jitter.ts";

const WORDS = 0x1_0000_0000;
/** Evenly spread over all words, 50,021 being a prime. */
const spread = Array.from({ length: 50_021 }, (_, index) => Math.floor(((index + 0.5) / 50_021) * WORDS));
const at = (part: number) => Math.round(part * WORDS - 0.5);

/** Mean and standard deviation of what all words in turn would give. */
function momentsOf(distribution: "normal" | "uniform" | "pareto"): { mean: number; deviation: number } {
  const values = spread.map((word) => jitterOf(distribution, word));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

describe("jitter", () => {
  it("has the quantiles of the normal distribution, as tables have them", () => {
    const table: readonly (readonly [number, number])[] = [
      [0.5, 0],
      [0.75, 0.674489750196082],
      [0.9, 1.281551565544601],
      [0.975, 1.959963984540054],
      [0.99, 2.326347874040841],
      [0.999, 3.090232306167813],
      [0.9999, 3.719016485455709],
      [0.000001, -4.753424308822899],
    ];
    for (const [part, quantile] of table) {
      // A word is not quite the part: as much as the density makes of half a step of 2^-32.
      const grain = 0.5 / WORDS / (Math.exp(-(quantile ** 2) / 2) / Math.sqrt(2 * Math.PI));
      expect(Math.abs(jitterOf("normal", at(part)) - quantile)).toBeLessThan(grain + 2e-9 * (1 + Math.abs(quantile)));
    }
    expect(jitterOf("normal", 0)).toBeCloseTo(-6.338, 3);
    expect(jitterOf("normal", WORDS - 1)).toBe(-jitterOf("normal", 0));
  });

  it("has mean 0, and deviation 1 or that of an even spread", () => {
    const normal = momentsOf("normal");
    expect(Math.abs(normal.mean)).toBeLessThan(1e-9);
    expect(Math.abs(normal.deviation - 1)).toBeLessThan(1e-4);
    const uniform = momentsOf("uniform");
    expect(Math.abs(uniform.mean)).toBeLessThan(1e-9);
    expect(Math.abs(uniform.deviation - Math.sqrt(1 / 3))).toBeLessThan(1e-6);
    const pareto = momentsOf("pareto");
    expect(Math.abs(pareto.mean)).toBeLessThan(1e-3);
    // Its tail has no third moment, so that the middles of so many steps leave 0.026 of the deviation out.
    expect(Math.abs(pareto.deviation - 1)).toBeLessThan(0.04);
  });

  it("has the quantiles of Pareto's distribution with exponent 3", () => {
    for (const word of [0, 1, 2, 3, 7, 8, 1000, at(0.001), at(0.1), at(0.5), WORDS / 2, at(0.9), WORDS - 1]) {
      const expected = (((word + 0.5) / WORDS) ** (-1 / 3) - 1.5) / Math.sqrt(0.75);
      expect(Math.abs(jitterOf("pareto", word) / expected - 1)).toBeLessThan(1e-12);
    }
  });

  it("spreads evenly between the ends", () => {
    expect(jitterOf("uniform", 0)).toBe(-1 + 1 / WORDS);
    expect(jitterOf("uniform", WORDS - 1)).toBe(1 - 1 / WORDS);
    expect(Math.abs(jitterOf("uniform", at(0.75)) - 0.5)).toBeLessThan(1e-9);
  });

  it("grows with the word, or falls with it, also where one function takes over from another", () => {
    const words = [...spread, at(0.02425) - 1, at(0.02425), at(0.02425) + 1, at(0.97575)].sort((a, b) => a - b);
    const falls = (distribution: "normal" | "pareto") => {
      const values = words.map((word) => jitterOf(distribution, word));
      return values.filter((value, index) => index > 0 && value < values[index - 1]!).length;
    };
    expect(falls("normal")).toBe(0);
    expect(falls("pareto")).toBe(new Set(words).size - 1);
  });

  it("gives the same to the last bit on every machine", () => {
    const words = [12_345, at(0.02), at(0.3), at(0.987)];
    expect(words.map((word) => jitterOf("normal", word))).toEqual([
      -4.5354227658260795, -2.0537489110227094, -0.5244005134801888, 2.2262117703500905,
    ]);
    expect(words.map((word) => jitterOf("pareto", word))).toEqual([
      79.47986594771633, 2.521902354250452, -0.007157316253377369, -0.5723027581913198,
    ]);
  });
});

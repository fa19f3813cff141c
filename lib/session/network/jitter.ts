/**
 * How far a delay is from its mean: 32 random bits become a number of a distribution. Only of what IEEE 754 settles to the last
 * bit, +, -, *, / and square roots: what `Math.log` and its like give, and powers, differs from engine to engine.
 */
import type { JitterDistribution } from "./link-options.ts";

const TWO_TO_32 = 0x1_0000_0000;

/** The part of all values at each end for which the tail's function is right. */
const TAIL = 0.02425;

/** Of Pareto's distribution with exponent 3 from 1 on, which netem has too: beyond that of 2 it has a deviation at all. */
const PARETO_MEAN = 1.5;
const PARETO_DEVIATION = Math.sqrt(0.75);

/**
 * A number around 0: with deviation 1 if `normal` or `pareto`, from -1 to 1 if `uniform`. It grows with the word, but that it
 * falls if `pareto`.
 *
 * @param word 0 to 2^32 - 1, each as likely as the other
 */
export function jitterOf(distribution: JitterDistribution, word: number): number {
  if (distribution === "normal") return normalOf(word);
  return distribution === "uniform" ? (2 * word + 1) / TWO_TO_32 - 1 : paretoOf(word);
}

/**
 * The quantiles of the normal distribution by the rational functions of P. J. Acklam, right to 1.15e-9 of the value. At most 6.3
 * from 0, since there are no more than 2^32 words.
 */
function normalOf(word: number): number {
  const part = (word + 0.5) / TWO_TO_32;
  if (part < TAIL) return tailOf(word);
  if (part > 1 - TAIL) return -tailOf(TWO_TO_32 - 1 - word);
  const x = part - 0.5;
  const y = x * x;
  const above =
    ((((-39.69683028665376 * y + 220.9460984245205) * y - 275.9285104469687) * y + 138.357751867269) * y -
      30.66479806614716) *
      y +
    2.506628277459239;
  const below =
    ((((-54.47609879822406 * y + 161.5858368580409) * y - 155.6989798598866) * y + 66.80131188771972) * y -
      13.28068155288572) *
      y +
    1;
  return (x * above) / below;
}

function tailOf(word: number): number {
  const x = Math.sqrt(-2 * logarithmOf(word));
  const above =
    ((((-0.007784894002430293 * x - 0.3223964580411365) * x - 2.400758277161838) * x - 2.549732539343734) * x +
      4.374664141464968) *
      x +
    2.938163982698783;
  const below =
    (((0.007784695709041462 * x + 0.3224671290700398) * x + 2.445134137142996) * x + 3.754408661907416) * x + 1;
  return above / below;
}

/** The natural logarithm of (word + 1/2) / 2^32, for words below 2^30; wrong by less than 1e-13. */
function logarithmOf(word: number): number {
  let exponent = 32 - Math.clz32(word);
  let mantissa = (2 * word + 1) / (1 << exponent);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh s, whose series soon ends where m is near 1.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let power = 15; power >= 1; power -= 2) sum = sum * square + 1 / power;
  return 2 * s * sum + (exponent - 33) * Math.LN2;
}

/** From -0.577 up to 2,364, seldom far. */
function paretoOf(word: number): number {
  return (2048 * inverseCubeRoot(word) - PARETO_MEAN) / PARETO_DEVIATION;
}

/** (2 word + 1)^(-1/3), by Newton's method. */
function inverseCubeRoot(word: number): number {
  const eights = Math.floor((32 - Math.clz32(word)) / 3);
  const mantissa = (2 * word + 1) / (1 << (3 * eights));
  // From 1 to 8 the root is not far from this parabola.
  let root = 1.13 - 0.186 * mantissa + 0.0139 * mantissa * mantissa;
  for (let step = 0; step < 4; step++) root = (root * (4 - mantissa * root * root * root)) / 3;
  return root / (1 << eights);
}

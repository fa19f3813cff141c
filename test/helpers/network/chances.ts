/** Chance that is the same in every run. @param seed 1 to 2^31 - 2 @returns numbers between 0 and 100 */
export function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647) * 100;
  };
}

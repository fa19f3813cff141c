/** The name that was meant, where another one was typed. */

/** Half of the name of a command may be wrong: there are few, and all are unlike. */
const MOST_WRONG = 0.5;

/**
 * The name that is most like what was typed.
 *
 * @param mostWrong how much of a name may be wrong, 0 to 1
 * @returns undefined where none is like it
 */
export function nearestOf(typed: string, names: readonly string[], mostWrong: number = MOST_WRONG): string | undefined {
  const likely = names
    .map((name) => ({ name, distance: name.startsWith(typed) ? 0 : distanceBetween(typed, name) }))
    .filter(({ name, distance }) => distance <= name.length * mostWrong)
    .sort((one, other) => one.distance - other.distance);
  return likely[0]?.name;
}

/** Letters to put in, leave out, replace or exchange with their neighbours (Damerau, Levenshtein). */
export function distanceBetween(one: string, other: string): number {
  // By letters of `one`, and in each row by letters of `other`.
  const rows = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + Number(one[i - 1] !== other[j - 1]);
      const areExchanged = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const exchanged = areExchanged ? rows[i - 2]![j - 2]! + 1 : replaced;
      row.push(Math.min(replaced, exchanged, rows[i - 1]![j]! + 1, row[j - 1]! + 1));
    }
    rows.push(row);
  }
  return rows[one.length]![other.length]!;
}

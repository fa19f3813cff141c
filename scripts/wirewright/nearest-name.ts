/** The name that was meant, where another one was typed. */

/** So much of a name may be wrong. */
const MOST_WRONG = 0.5;

/** @returns undefined where none is like it */
export function nearestOf(typed: string, names: readonly string[]): string | undefined {
  const likely = names
    .map((name) => ({ name, distance: name.startsWith(typed) ? 0 : distanceBetween(typed, name) }))
    .filter(({ name, distance }) => distance <= name.length * MOST_WRONG)
    .sort((one, other) => one.distance - other.distance);
  return likely[0]?.name;
}

/** Letters to put in, leave out, replace or exchange with their neighbours (Damerau, Levenshtein). */
function distanceBetween(one: string, other: string): number {
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

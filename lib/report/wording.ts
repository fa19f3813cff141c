/** Numbers and nouns as every report writes them. */

/** Thousands are parted by commas, in every locale: the same input gives the same text. */
export function count(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 packet", "2,000 packets" */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** The first few of a list, and how many more there are: "1, 2, 3 and 4 more". */
export function firstOf(values: readonly (number | string)[], most: number, total = values.length): string {
  const shown = values.slice(0, most);
  const rest = total - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${count(rest)} more` : shown.join(", ");
}

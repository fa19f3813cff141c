/** Numbers and nouns as every report writes them. */
import { withThousands as count } from "../core/text.ts";

/** "2,000". By this short name, because hardly a sentence does without it. */
export { count };

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

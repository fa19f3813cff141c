/** Questions about what happened in a network, with answers that follow from the truth. */

/** Rows under heads. Cells are texts of this program, or numbers that it has formatted. */
export interface AnswerTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What is answered: sentences, and a table where that says it better. */
export interface Answer {
  readonly sentences: readonly string[];
  readonly table?: AnswerTable | undefined;
}

export interface Question {
  readonly asks: string;
  readonly answer: Answer;
}

/** Of a scenario that was played with flags or a seed with which what is asked for does not happen. */
const NOTHING: Answer = { sentences: ["Nothing of the kind happened this time."] };

/** @param found what the answer is about; undefined where there is nothing of the kind */
export function ask<Found>(asks: string, found: Found | undefined, tell: (found: Found) => Answer): Question {
  return { asks, answer: found === undefined ? NOTHING : tell(found) };
}

/** Undefined for a list without items, so that nothing is told of it. */
export function some<Item>(items: readonly Item[]): readonly [Item, ...Item[]] | undefined {
  return items.length === 0 ? undefined : (items as readonly [Item, ...Item[]]);
}

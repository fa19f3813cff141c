/** A filter as a tree. Names and values are still text: what they are depends on the field, which the compiler knows. */
import type { Token } from "./lexer.ts";

/** Which orders of left and right make a comparison true. */
export const Order = { LESS: 1, EQUAL: 2, GREATER: 4 } as const;

/** `all`: every value of the field must satisfy it, else one is enough. */
export interface Relation {
  readonly text: string;
  readonly orders: number;
  readonly all: boolean;
}

/** A field, of which only some bits may count. */
export interface Operand {
  readonly field: Token;
  readonly mask?: Token;
}

/** One value of a set, or all from one to the other. */
export interface Member {
  readonly from: Token;
  readonly to?: Token;
}

export type FilterNode =
  | { readonly kind: "and" | "or" | "xor"; readonly terms: readonly FilterNode[] }
  | { readonly kind: "not"; readonly term: FilterNode }
  | { readonly kind: "present"; readonly operand: Operand }
  | { readonly kind: "compare"; readonly operand: Operand; readonly relation: Relation; readonly value: Token }
  | { readonly kind: "contains" | "matches"; readonly operand: Operand; readonly value: Token }
  | { readonly kind: "in"; readonly operand: Operand; readonly members: readonly Member[] };

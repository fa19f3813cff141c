/**
 * The grammar. From what binds least to what binds most: or, xor, and, not; a comparison binds more than all of them.
 *
 *     filter     = xors { "or" xors }         xors = ands { "xor" ands }         ands = term { "and" term }
 *     term       = "not" term | "(" filter ")" | test
 *     test       = operand [ relation value | "contains" value | "matches" value | ["not"] "in" set ]
 *     operand    = field [ "&" number ]
 *     set        = "{" member { "," member } "}"            member = value [ ".." value ]
 */
import { quote, syntaxError, type Token, tokenize } from "./lexer.ts";

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

/** What is wrong with a filter, and where: one sentence, built here and nowhere else. */

/** More than a person writes; it keeps what the text costs within bounds. */
const LONGEST_FILTER = 65_536;
/** Of parentheses and negations; it keeps the call stack within bounds. */
const DEEPEST_NESTING = 200;

const NOT_EQUAL = Order.LESS | Order.GREATER;

const RELATIONS: ReadonlyMap<string, Omit<Relation, "text">> = new Map([
  ["==", { orders: Order.EQUAL, all: false }],
  ["eq", { orders: Order.EQUAL, all: false }],
  ["any_eq", { orders: Order.EQUAL, all: false }],
  ["!=", { orders: NOT_EQUAL, all: true }],
  ["ne", { orders: NOT_EQUAL, all: true }],
  ["all_ne", { orders: NOT_EQUAL, all: true }],
  ["~=", { orders: NOT_EQUAL, all: false }],
  ["!==", { orders: NOT_EQUAL, all: false }],
  ["any_ne", { orders: NOT_EQUAL, all: false }],
  ["===", { orders: Order.EQUAL, all: true }],
  ["all_eq", { orders: Order.EQUAL, all: true }],
  [">", { orders: Order.GREATER, all: false }],
  ["gt", { orders: Order.GREATER, all: false }],
  ["<", { orders: Order.LESS, all: false }],
  ["lt", { orders: Order.LESS, all: false }],
  [">=", { orders: Order.GREATER | Order.EQUAL, all: false }],
  ["ge", { orders: Order.GREATER | Order.EQUAL, all: false }],
  ["<=", { orders: Order.LESS | Order.EQUAL, all: false }],
  ["le", { orders: Order.LESS | Order.EQUAL, all: false }],
]);

const KEYWORDS: ReadonlySet<string> = new Set([
  ...["and", "or", "xor", "not", "in", "contains", "matches", "bitwise_and"],
  ...[...RELATIONS.keys()].filter((key) => /^\w+$/.test(key)),
]);

/** @throws FilterError FILTER_SYNTAX */
export function parseFilter(text: string): FilterNode {
  if (text.length > LONGEST_FILTER) {
    throw syntaxError(LONGEST_FILTER + 1, `a filter has at most ${LONGEST_FILTER} characters; write a shorter one`);
  }
  return new Parser(tokenize(text)).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): FilterNode {
    if (this.#peek().kind === "end")
      throw syntaxError(1, 'the filter is empty; name a protocol or field, such as "tcp"');
    const tree = this.#or();
    const rest = this.#peek();
    if (rest.kind !== "end") throw unexpected(rest);
    return tree;
  }

  #or(): FilterNode {
    return this.#chain("or", ["or", "||"], () => this.#xor());
  }

  #xor(): FilterNode {
    return this.#chain("xor", ["xor", "^^"], () => this.#and());
  }

  #and(): FilterNode {
    return this.#chain("and", ["and", "&&"], () => this.#term());
  }

  /** One node for the whole chain: a long one must not make a deep tree. */
  #chain(kind: "and" | "or" | "xor", operators: readonly string[], next: () => FilterNode): FilterNode {
    const terms = [next()];
    while (this.#accept(...operators)) terms.push(next());
    return terms.length === 1 ? terms[0]! : { kind, terms };
  }

  #term(): FilterNode {
    const first = this.#peek();
    if (this.#accept("not", "!")) {
      return this.#nested(first, () => ({ kind: "not", term: this.#term() }));
    }
    if (!this.#accept("(")) return this.#test();
    return this.#nested(first, () => {
      const inner = this.#or();
      const last = this.#peek();
      if (this.#accept(")")) return inner;
      if (last.kind !== "end") throw unexpected(last);
      throw syntaxError(first.column, 'this parenthesis is never closed; add ")"');
    });
  }

  #nested(opener: Token, parse: () => FilterNode): FilterNode {
    if (++this.#depth > DEEPEST_NESTING) {
      throw syntaxError(opener.column, `more than ${DEEPEST_NESTING} levels of "(" and "not"; write it flatter`);
    }
    const node = parse();
    this.#depth--;
    return node;
  }

  #test(): FilterNode {
    const operand = this.#operand();
    const operator = this.#peek();
    const node = this.#testOf(operand, operator);
    const next = this.#peek();
    if (node.kind === "compare" && isSyntax(next) && RELATIONS.has(next.text)) {
      throw syntaxError(next.column, `comparisons are not chained in this subset; join two of them with "and"`);
    }
    return node;
  }

  #testOf(operand: Operand, operator: Token): FilterNode {
    const relation = isSyntax(operator) ? RELATIONS.get(operator.text) : undefined;
    if (relation !== undefined) {
      this.#at++;
      return { kind: "compare", operand, relation: { text: operator.text, ...relation }, value: this.#value(operator) };
    }
    if (this.#accept("contains")) return { kind: "contains", operand, value: this.#value(operator) };
    if (this.#accept("matches", "~")) return { kind: "matches", operand, value: this.#value(operator) };
    if (this.#accept("in")) return { kind: "in", operand, members: this.#set(operator) };
    if (isSyntax(operator) && operator.text === "not" && this.#tokens[this.#at + 1]?.text === "in") {
      this.#at += 2;
      return { kind: "not", term: { kind: "in", operand, members: this.#set(operator) } };
    }
    return { kind: "present", operand };
  }

  #operand(): Operand {
    const field = this.#peek();
    if (field.kind !== "word" || KEYWORDS.has(field.text)) throw unexpected(field, "a field or protocol");
    this.#at++;
    const operator = this.#peek();
    if (operator.text === "(" && operator.kind === "sign") {
      throw syntaxError(field.column, `functions such as ${quote(`${field.text}()`)} are not part of this subset`);
    }
    return this.#accept("&", "bitwise_and") ? { field, mask: this.#value(operator) } : { field };
  }

  #set(operator: Token): Member[] {
    const opener = this.#peek();
    if (!this.#accept("{")) throw unexpected(opener, `a set after "${operator.text}", as in {80, 443, 8000..8010}`);
    const members = [this.#member(opener)];
    while (!this.#accept("}")) {
      const token = this.#peek();
      if (token.kind === "end") throw syntaxError(opener.column, 'this set is never closed; add "}"');
      if (!this.#accept(",")) throw unexpected(token, '"," or "}"');
      members.push(this.#member(token));
    }
    return members;
  }

  #member(before: Token): Member {
    const from = this.#value(before);
    const dots = this.#peek();
    return this.#accept("..") ? { from, to: this.#value(dots) } : { from };
  }

  #value(after: Token): Token {
    const token = this.#peek();
    if (token.kind !== "word" && token.kind !== "string") throw unexpected(token, `a value after "${after.text}"`);
    this.#at++;
    return token;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #accept(...texts: readonly string[]): boolean {
    const token = this.#peek();
    if (!isSyntax(token) || !texts.includes(token.text)) return false;
    this.#at++;
    return true;
  }
}

/** A string is a value, also one that reads like an operator. */
function isSyntax(token: Token): boolean {
  return token.kind === "sign" || token.kind === "word";
}

function unexpected(token: Token, wanted?: string): Error {
  if (token.kind === "end") {
    return syntaxError(token.column, `the filter ends here, where ${wanted ?? "more"} is needed; complete it`);
  }
  if (wanted !== undefined) return syntaxError(token.column, `${wanted} is needed here, not ${quote(token.text)}`);
  if (token.text === ")") return syntaxError(token.column, 'this ")" has no "("; take it out, or open it before');
  const lower = token.text.toLowerCase();
  if (lower !== token.text && KEYWORDS.has(lower)) {
    return syntaxError(token.column, `operators are written small; write "${lower}"`);
  }
  return syntaxError(token.column, `${quote(token.text)} is not expected here; put "and" or "or" before it`);
}

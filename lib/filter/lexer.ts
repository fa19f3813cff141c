/** A filter's text cut into words, strings and signs. What they mean is the parser's affair. */
import { quote, syntaxError } from "./errors.ts";
import { readRawString, readString } from "./string-literal.ts";

/**
 * `word`: names, keywords, numbers and addresses, which only their place tells apart. `string`: its bytes as characters
 * 0 to 255, so that text in UTF-8 and bytes written as escapes are one thing. `end`: there is no more.
 */
export interface Token {
  readonly kind: "word" | "string" | "sign" | "end";
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

const WORD_CHARACTER = /[\w.:/-]/;

/** Longest first: the first that fits is taken. */
const SIGNS = ["===", "!==", "==", "!=", "~=", ">=", "<=", "&&", "||", "^^", "..", ..."><!&~(){},"] as const;

/** What Wireshark knows and this subset does not, or nobody knows, and what to do about it. */
const ADVICE: Readonly<Record<string, string>> = {
  "=": 'a single "=" does not compare; write "=="',
  "|": 'a single "|" means nothing here; write "||" or "or"',
  "^": 'a single "^" means nothing here; write "^^" or "xor"',
  "[": "slices such as eth.src[0:3] are not part of this subset; compare the whole field",
  "]": "slices such as eth.src[0:3] are not part of this subset; compare the whole field",
  "'": "single characters in '' are not part of this subset; write a number, or a string in double quotes",
  "+": "arithmetic is not part of this subset; write the result as a number",
  "*": "arithmetic is not part of this subset; write the result as a number",
  "%": "arithmetic is not part of this subset; write the result as a number",
  "#": "choosing a layer with # is not part of this subset; leave it out",
  "@": "raw fields with @ are not part of this subset; leave it out",
  $: "macros and references with $ are not part of this subset; write out what they stand for",
};

/** @throws FilterError FILTER_SYNTAX */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipBlanks(text, 0); at < text.length; at = skipBlanks(text, at)) {
    const { token, next } = readToken(text, at);
    tokens.push(token);
    at = next;
  }
  tokens.push({ kind: "end", text: "", column: text.length + 1 });
  return tokens;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text.charAt(at))) at++;
  return at;
}

function readToken(text: string, at: number): { token: Token; next: number } {
  const column = at + 1;
  if (text[at] === '"') {
    const { value, next } = readString(text, at);
    return { token: { kind: "string", text: value, column }, next };
  }
  if (/^r"/i.test(text.slice(at, at + 2))) {
    const { value, next } = readRawString(text, at + 1);
    return { token: { kind: "string", text: value, column }, next };
  }
  const sign = SIGNS.find((candidate) => text.startsWith(candidate, at));
  if (sign !== undefined) return { token: { kind: "sign", text: sign, column }, next: at + sign.length };
  const next = endOfWord(text, at);
  if (next > at) return { token: { kind: "word", text: text.slice(at, next), column }, next };
  const found = String.fromCodePoint(text.codePointAt(at)!);
  throw syntaxError(column, ADVICE[found] ?? `${quote(found)} has no meaning here; take it out or put it in quotes`);
}

/** Two dots end a word: they stand between the ends of a range. */
function endOfWord(text: string, from: number): number {
  let at = from;
  while (WORD_CHARACTER.test(text.charAt(at)) && !text.startsWith("..", at)) at++;
  return at;
}

/** A filter's text cut into words, strings and signs. What they mean is the parser's affair. */
import { shorten } from "../core/text.ts";
import { FilterError } from "./filter-error.ts";

/** A FilterError FILTER_SYNTAX, to be thrown. `problem` says what was found and what to do, without the full stop. */
export function syntaxError(column: number, problem: string): FilterError {
  return new FilterError("FILTER_SYNTAX", column, problem);
}

const LONGEST_QUOTATION = 40;

/** A piece of the filter in quotes, safe to print. */
export function quote(text: string): string {
  return `"${shorten(text, LONGEST_QUOTATION)}"`;
}

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

/** Strings of a filter: in double quotes with the escapes of C, or raw after an r, as patterns like to be written. */

interface StringLiteral {
  /** The bytes of the string, as characters 0 to 255. */
  readonly value: string;
  /** Index after the closing quote. */
  readonly next: number;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  "?": "?",
  "\\": "\\",
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const NUMERIC_ESCAPE = /\\(?:x([0-9a-f]{1,2})|([0-7]{1,3}))/iy;

/** @param quoteAt index of the opening quote */
function readString(text: string, quoteAt: number): StringLiteral {
  let value = "";
  let at = quoteAt + 1;
  while (text[at] !== '"') {
    if (at >= text.length) throw unclosed(quoteAt);
    if (text[at] === "\\") {
      const sequence = readEscape(text, at, quoteAt);
      value += sequence.value;
      at = sequence.next;
    } else {
      const character = String.fromCodePoint(text.codePointAt(at)!);
      value += utf8(character);
      at += character.length;
    }
  }
  return { value, next: at + 1 };
}

function readEscape(text: string, at: number, quoteAt: number): StringLiteral {
  if (at + 1 >= text.length) throw unclosed(quoteAt);
  NUMERIC_ESCAPE.lastIndex = at;
  const numeric = NUMERIC_ESCAPE.exec(text);
  if (numeric !== null) {
    const code = numeric[1] === undefined ? Number.parseInt(numeric[2]!, 8) : Number.parseInt(numeric[1], 16);
    if (code > 255) throw syntaxError(at + 1, `${numeric[0]} is more than a byte holds; the largest is \\377`);
    return { value: String.fromCharCode(code), next: at + numeric[0].length };
  }
  const letter = String.fromCodePoint(text.codePointAt(at + 1)!);
  const value = Object.hasOwn(SIMPLE_ESCAPES, letter) ? SIMPLE_ESCAPES[letter] : undefined;
  if (value !== undefined) return { value, next: at + 2 };
  throw syntaxError(at + 1, `a backslash before this character is no escape; write "\\\\", or a raw string, r"..."`);
}

/** In a raw string a backslash stands for itself, also before a quote, which it keeps from closing the string. */
function readRawString(text: string, quoteAt: number): StringLiteral {
  let at = quoteAt + 1;
  while (text[at] !== '"') {
    if (at >= text.length) throw unclosed(quoteAt);
    at += text[at] === "\\" ? 2 : 1;
  }
  return { value: utf8(text.slice(quoteAt + 1, at)), next: at + 1 };
}

function unclosed(quoteAt: number): Error {
  return syntaxError(quoteAt + 1, "this string has no end; close it with a double quote");
}

const ENCODER = new TextEncoder();

function utf8(text: string): string {
  return Array.from(ENCODER.encode(text), (byte) => String.fromCharCode(byte)).join("");
}

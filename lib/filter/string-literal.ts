/** Strings of a filter: in double quotes with the escapes of C, or raw after an r, as patterns like to be written. */
import { syntaxError } from "./errors.ts";

export interface StringLiteral {
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
export function readString(text: string, quoteAt: number): StringLiteral {
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
export function readRawString(text: string, quoteAt: number): StringLiteral {
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

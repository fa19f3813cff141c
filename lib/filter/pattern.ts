/**
 * Patterns of `matches`: those of PCRE, as Wireshark has them, in the words of JavaScript. Both mean the same by almost
 * everything; what they differ in is translated here, or refused, so that no pattern means something else in silence.
 *
 * Letters match in either case unless the pattern begins with (?-i). How long a match may take is not limited: a pattern
 * such as (a+)+$ can be slow, here as in Wireshark. Only its length is.
 */

import type { Token } from "./lexer.ts";
import { quote, syntaxError } from "./lexer.ts";

const LONGEST_PATTERN = 1000;

/** Settings at the beginning: i for case, s for a dot that matches line feeds, m for ^ and $ at every line. */
const SETTINGS = /^\(\?([ims]*)(?:-([ims]+))?\)/;

const NOTHING_FOLLOWS = "(?![^])";

/** Escapes that both languages understand alike, or that are translated. All but letters and digits stand for themselves. */
const KNOWN_ESCAPE = /^(?:[dDwWsSbBtnrf0-9]|x[0-9a-f]{2}|[^A-Za-z0-9])/i;

/** @throws FilterError FILTER_SYNTAX if the pattern is none, or is one that would mean something else here */
export function compilePattern(token: Token): RegExp {
  if (token.kind !== "string") {
    throw syntaxError(token.column, `a pattern stands in double quotes; write "${token.text.slice(0, 40)}" with them`);
  }
  if (token.text.length > LONGEST_PATTERN) {
    throw syntaxError(token.column, `a pattern has at most ${LONGEST_PATTERN} characters; write a shorter one`);
  }
  const settings = SETTINGS.exec(token.text);
  const has = (letter: string, byDefault: boolean) =>
    settings?.[2]?.includes(letter) ? false : (settings?.[1]?.includes(letter) ?? false) || byDefault;
  const source = translate(token.text.slice(settings?.[0].length ?? 0), has("s", false), has("m", false), token);
  try {
    return new RegExp(source, has("i", true) ? "i" : "");
  } catch {
    throw syntaxError(
      token.column,
      `${quote(token.text)} is not a regular expression; check its brackets and repetitions`,
    );
  }
}

function translate(pattern: string, dotMatchesAll: boolean, isMultiline: boolean, token: Token): string {
  let result = "";
  let isInClass = false;
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at]!;
    let piece = character;
    if (character === "\\") piece = escapeAt(pattern, at, token);
    else if (isInClass) refuseClassName(pattern, at, token);
    else refuseUnlike(pattern, at, token);
    at += piece.length;
    result += isInClass ? inClass(piece) : outsideClass(piece, dotMatchesAll, isMultiline);
    if (piece === "[" && !isInClass) isInClass = true;
    else if (piece === "]") isInClass = false;
  }
  return result;
}

function escapeAt(pattern: string, at: number, token: Token): string {
  const rest = pattern.slice(at + 1);
  const known = KNOWN_ESCAPE.exec(rest);
  // The expression ignores case for hexadecimal digits only.
  if (known !== null && !/^[TNRFX]/.test(rest)) return `\\${known[0]}`;
  throw syntaxError(token.column, `${quote(`\\${rest.slice(0, 1)}`)} is not part of the patterns of this subset`);
}

function refuseClassName(pattern: string, at: number, token: Token): void {
  if (!/^\[[:.=]/.test(pattern.slice(at, at + 2))) return;
  throw syntaxError(token.column, "named classes such as [:alpha:] are not part of this subset; write [a-z]");
}

/** Groups with names, settings or callbacks differ, or differ by version of the interpreter; so do brackets that seem empty. */
function refuseUnlike(pattern: string, at: number, token: Token): void {
  const rest = pattern.slice(at, at + 4);
  if (/^\[\^?\]/.test(rest)) {
    throw syntaxError(
      token.column,
      'a "]" that is the first in its brackets needs a backslash before it in this subset',
    );
  }
  if (!/^\(\*|^\(\?(?![:=!]|<[=!])/.test(rest)) return;
  throw syntaxError(
    token.column,
    "of groups with (?, only (?:, (?=, (?!, (?<= and (?<! are part of this subset, and (?ims-ims) at the start",
  );
}

/** In PCRE only a line feed ends a line, and $ also matches before a last one; white space is that of ASCII. */
function outsideClass(piece: string, dotMatchesAll: boolean, isMultiline: boolean): string {
  switch (piece) {
    case ".":
      return dotMatchesAll ? "[^]" : "[^\\n]";
    case "^":
      return isMultiline ? "(?:(?<![^])|(?<=\\n)(?=[^]))" : "(?<![^])";
    case "$":
      return isMultiline ? `(?:(?=\\n)|${NOTHING_FOLLOWS})` : `(?=\\n?${NOTHING_FOLLOWS})`;
    case "\\s":
      return "[\\t-\\r ]";
    case "\\S":
      return "[^\\t-\\r ]";
    default:
      return piece;
  }
}

function inClass(piece: string): string {
  return piece === "\\s" ? "\\t-\\r " : piece;
}

const PIECE = 4096;

/** The bytes from `start` to `end` as characters 0 to 255, which is what patterns are about. */
export function bytesAsText(memory: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += PIECE) {
    text += String.fromCharCode(...memory.subarray(at, Math.min(end, at + PIECE)));
  }
  return text;
}

/**
 * JSON that is also safe to print: besides what JSON escapes by itself, characters that a terminal obeys or that turn the
 * direction of writing are written as escapes. They can only stand in strings, so that the meaning stays the same.
 */

const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** An array as pieces of text, one element a line, so that it never stands in memory as a whole. */
export function* arrayPieces(values: Iterable<unknown>): Generator<string> {
  let separator = "\n";
  yield "[";
  for (const value of values) {
    yield `${separator}${toJson(value)}`;
    separator = ",\n";
  }
  yield separator === "\n" ? "]" : "\n]";
}

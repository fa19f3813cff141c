/**
 * Text from outside, made safe to print: nothing that a terminal would obey, that has no shape or that turns the
 * direction of writing gets through; it becomes an escape that a person can read.
 */

/** Control characters, line and paragraph separators, marks of direction, and halves of surrogate pairs. */
const INVISIBLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
]);

/** The text with everything invisible as escapes, such as `\n` or `\u202e`. */
export function makeVisible(text: string): string {
  return text.replace(INVISIBLE, (character) => SHORT_ESCAPES.get(character) ?? escapeCode(character));
}

/** The text made visible and cut to at most `length` characters, the last of which is then an ellipsis. */
export function shorten(text: string, length: number): string {
  // Cut before the characters are looked at: the text can be very large. An escape is at most six characters long.
  const characters = Array.from(makeVisible(text.slice(0, 4 * length)));
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : characters.join("");
}

function escapeCode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

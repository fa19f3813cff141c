/** Text: from outside, made safe to print; numbers for people; and bytes as text. */

/** Control characters, line and paragraph separators, marks of direction, and halves of surrogate pairs. */
const INVISIBLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
]);

/**
 * Text from outside, made safe to print: nothing that a terminal would obey, that has no shape or that turns the
 * direction of writing gets through; it becomes an escape that a person can read, such as `\n` or `\u202e`.
 */
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

/** A whole number with its thousands parted by commas, in every locale: the same input gives the same text. */
export function withThousands(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * Bytes as a string with one character a byte. So text of any encoding can be taken apart by its ASCII parts and put
 * together again without loss, and a length is a count of bytes. White space must be named in patterns: `\s` and `trim`
 * also take 0xA0, which is part of many UTF-8 characters.
 */
export type ByteText = string;

/** `String.fromCharCode` takes its characters as arguments, and those are limited. */
const PIECE = 8192;

export function byteTextOf(bytes: Uint8Array): ByteText {
  if (bytes.length <= PIECE) return charactersOf(bytes);
  const pieces: string[] = [];
  for (let i = 0; i < bytes.length; i += PIECE) pieces.push(charactersOf(bytes.subarray(i, i + PIECE)));
  return pieces.join("");
}

function charactersOf(bytes: Uint8Array): string {
  // Spreading goes through an iterator, which takes five times as long; `apply` takes any list.
  return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
}

export function bytesOf(text: ByteText): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Line ends that were typed as a backslash and letters become real ones. */
export function decodeLineEnds(text: ByteText): ByteText {
  return text.includes("\\") ? text.replace(/\\r\\n|\\n/g, "\r\n") : text;
}

/** Every line end as CRLF, whatever it was. */
export function withCrlf(text: ByteText): ByteText {
  // Looked for from the first return on only: of a million of them, each would otherwise be followed to the last.
  return text.replace(/(?<!\r)\r*\n/g, "\r\n");
}

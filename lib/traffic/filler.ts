/** Bytes in place of those that a list does not tell. A person who meets them reads what they are. */

const TEXT = "wirewright packet list: these bytes are made up. ";
const PATTERN = new TextEncoder().encode(TEXT);

/**
 * @param at place in the stream: the same place has the same bytes, so that what is sent again is the same again
 */
export function fillerAt(at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const start = ((at % PATTERN.length) + PATTERN.length) % PATTERN.length;
  for (let i = 0; i < length; i++) bytes[i] = PATTERN[(start + i) % PATTERN.length]!;
  return bytes;
}

/** The same as text, without what would end a line or a quoted string. */
export function fillerText(length: number): string {
  return TEXT.repeat(Math.ceil(length / TEXT.length)).slice(0, length);
}

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
  return text.replace(/\r*\n/g, "\r\n");
}

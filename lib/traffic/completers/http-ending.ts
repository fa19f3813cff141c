/**
 * Rows that are the one line of an HTTP message, and lack nothing but what follows it: told from their bytes, without making
 * strings. `HttpCompleter` is the judge of HTTP; whatever is not plainly such a line is left to it.
 */
import { METHODS } from "./http-text.ts";

const SPACE = 0x20;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
/** Bytes that may be a line end, as it is or as it was typed, or the end of a header, or white space of another kind. */
const IS_DOUBTFUL = Uint8Array.from({ length: 256 }, (_, byte) =>
  "\t\n\r;\\".includes(String.fromCharCode(byte)) ? 1 : 0,
);

const encoder = new TextEncoder();
const BEGINNINGS = Array.from(METHODS, (name) => ({ name, bytes: encoder.encode(`${name} `) }));
const SLASH_AFTER_HTTP = encoder.encode("HTTP/");
/** `HTTP/1.1` */
const VERSION_LENGTH = SLASH_AFTER_HTTP.length + 3;

/** The method of a whole request line, `GET / HTTP/1.1`. @returns undefined for everything else */
export function methodOfLine(bytes: Uint8Array, start: number, end: number): string | undefined {
  let method = BEGINNINGS[0];
  for (let i = 1; method !== undefined && !startsWith(bytes, start, end, method.bytes); i++) method = BEGINNINGS[i];
  if (method === undefined) return undefined;
  const target = start + method.bytes.length;
  const version = end - VERSION_LENGTH;
  if (version - 1 <= target || bytes[version - 1] !== SPACE || !isVersion(bytes, version, end)) return undefined;
  for (let i = target; i < version - 1; i++) if (bytes[i] === SPACE || IS_DOUBTFUL[bytes[i]!] !== 0) return undefined;
  return method.name;
}

/** The status of a whole status line, `HTTP/1.1 200 OK`. @returns undefined for everything else */
export function statusOfLine(bytes: Uint8Array, start: number, end: number): number | undefined {
  const status = start + VERSION_LENGTH + 1;
  if (end < status + 3 || !isVersion(bytes, start, end) || bytes[status - 1] !== SPACE) return undefined;
  let number = 0;
  for (let i = status; i < status + 3; i++) {
    const byte = bytes[i]!;
    if (byte < ZERO || byte > NINE) return undefined;
    number = number * 10 + byte - ZERO;
  }
  if (number < 100 || number > 599) return undefined;
  if (end > status + 3 && bytes[status + 3] !== SPACE) return undefined;
  for (let i = status + 3; i < end; i++) if (IS_DOUBTFUL[bytes[i]!] !== 0) return undefined;
  return number;
}

function isVersion(bytes: Uint8Array, at: number, end: number): boolean {
  const digit = at + SLASH_AFTER_HTTP.length;
  return (
    startsWith(bytes, at, end, SLASH_AFTER_HTTP) &&
    isDigit(bytes[digit]!) &&
    bytes[digit + 1] === DOT &&
    isDigit(bytes[digit + 2]!)
  );
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function startsWith(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}

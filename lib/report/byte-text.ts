/** Bytes from a payload as something that can be printed: text, or hexadecimal numbers. */
import { makeVisible } from "../core/text.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const VISIBLE_ASCII = Array.from({ length: 0x80 }, (_, code) => makeVisible(String.fromCharCode(code)));

/** Bytes in a row of a dump. */
export const ROW_LENGTH = 16;

/** "47 45 54" */
export function hexPairs(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** "474554" */
export function hexDigits(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A byte as the right-hand column of a dump has it: ASCII, and a point for everything else. */
export function asciiCharacter(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
}

/** One row of a dump: offset, bytes, characters. */
export function dumpRow(bytes: Uint8Array, offset: number, offsetDigits = 4): string {
  const half = ROW_LENGTH / 2;
  const pairs = `${hexPairs(bytes.subarray(0, half)).padEnd(3 * half)} ${hexPairs(bytes.subarray(half))}`;
  const column = offset.toString(16).padStart(offsetDigits, "0");
  return `${column}  ${pairs.padEnd(3 * ROW_LENGTH + 1)} ${Array.from(bytes, asciiCharacter).join("")}`.trimEnd();
}

export function* dump(bytes: Uint8Array): Generator<string> {
  const digits = bytes.length > 0x10000 ? 5 : 4;
  for (let at = 0; at < bytes.length; at += ROW_LENGTH) {
    yield dumpRow(bytes.subarray(at, at + ROW_LENGTH), at, digits);
  }
}

/**
 * Bytes as text, read as UTF-8 a chunk at a time. What is no UTF-8 shows as `\xff`, what a terminal would obey as an
 * escape; only line feeds stay what they are, and a carriage return before one is left out.
 */
export class ByteText {
  #pending: number[] = [];
  #hasReturn = false;

  /** The text of these bytes, as far as their last character is complete. */
  read(bytes: Uint8Array): string {
    const all = this.#pending.length === 0 ? bytes : Uint8Array.from([...this.#pending, ...bytes]);
    this.#pending = [];
    let text = "";
    for (let at = 0; at < all.length; ) {
      const length = sequenceLength(all, at);
      if (length === 0) {
        this.#pending = Array.from(all.subarray(at));
        break;
      }
      if (length > 1) text += this.#plain(makeVisible(decoder.decode(all.subarray(at, at + length))));
      else text += length < 0 ? this.#plain(invalid(all[at]!)) : this.#single(all[at]!);
      at += Math.max(1, length);
    }
    return text;
  }

  /** What is left when no more bytes come. */
  finish(): string {
    const rest = this.#pending.map(invalid).join("");
    this.#pending = [];
    return this.#plain(rest);
  }

  #single(code: number): string {
    if (code === CARRIAGE_RETURN) {
      const earlier = this.#plain("");
      this.#hasReturn = true;
      return earlier;
    }
    if (code !== LINE_FEED) return this.#plain(VISIBLE_ASCII[code]!);
    this.#hasReturn = false;
    return "\n";
  }

  /** A return that no line feed followed is shown. */
  #plain(text: string): string {
    if (!this.#hasReturn) return text;
    this.#hasReturn = false;
    return `\\r${text}`;
  }
}

/** Bytes as one visible line. */
export function visibleBytes(bytes: Uint8Array): string {
  const text = new ByteText();
  let line = "";
  for (const byte of bytes)
    line += byte === LINE_FEED || byte === CARRIAGE_RETURN ? lineEnd(text, byte) : text.read(Uint8Array.of(byte));
  return line + text.finish();
}

function lineEnd(text: ByteText, byte: number): string {
  return text.finish() + (byte === LINE_FEED ? "\\n" : "\\r");
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function invalid(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

/** Bytes of the UTF-8 character that begins here; -1 if none does, 0 if it goes on beyond the end. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return -1;
  for (let index = 1; index < length; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return 0;
    if (byte < lowest(first, index) || byte > highest(first, index)) return -1;
  }
  return length;
}

/** Bounds of the bytes that follow: neither too long a form, nor half a surrogate pair, nor beyond Unicode (RFC 3629). */
function lowest(first: number, index: number): number {
  if (index > 1) return 0x80;
  if (first === 0xe0) return 0xa0;
  return first === 0xf0 ? 0x90 : 0x80;
}

function highest(first: number, index: number): number {
  if (index > 1) return 0xbf;
  if (first === 0xed) return 0x9f;
  return first === 0xf4 ? 0x8f : 0xbf;
}

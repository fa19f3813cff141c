/** Text in UTF-8, as every runtime has it: with what the runtime has for it where that is faster. */

/** The parts of Node's `buffer` that are used; other runtimes may have them too. */
interface BufferModule {
  readonly isUtf8?: (bytes: Uint8Array) => boolean;
}

interface Runtime {
  readonly process?: { readonly getBuiltinModule?: (name: string) => BufferModule | undefined };
}

// Asked for, and not imported: a page has no such module.
const isUtf8Natively = (globalThis as Runtime).process?.getBuiltinModule?.("node:buffer")?.isUtf8;

/** Marks of the byte order are characters like others: whoever has to leave one out does so beforehand. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Whether all of it is UTF-8, the last character whole. */
export function isUtf8(bytes: Uint8Array): boolean {
  return isUtf8Natively === undefined ? findInvalidUtf8(bytes) < 0 : isUtf8Natively(bytes);
}

/** The text of the bytes from `start` to `end`. What is no UTF-8 becomes U+FFFD. */
export function utf8Text(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return decoder.decode(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
}

/** Writes a text, as far as there is room. @returns bytes written */
export function writeUtf8(text: string, target: Uint8Array, offset: number): number {
  return encoder.encodeInto(text, offset === 0 ? target : target.subarray(offset)).written;
}

/** A character for each byte, of the same number (ISO 8859-1). */
export function latin1Text(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += MOST_ARGUMENTS) {
    text += String.fromCharCode(...bytes.subarray(at, at + MOST_ARGUMENTS));
  }
  return text;
}

/** So many a call takes on every engine. */
const MOST_ARGUMENTS = 4096;

/**
 * The offset of the first byte that is part of no whole UTF-8 character, or -1. Where a character lacks bytes, it is the
 * character's first one.
 */
export function findInvalidUtf8(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length) {
    const length = characterLength(bytes, i);
    if (length === 0) return i;
    i += length;
  }
  return -1;
}

/** How many bytes the character at `offset` has; 0 when there is none. */
function characterLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (offset + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) {
    if ((bytes[offset + i]! & 0xc0) !== 0x80) return 0;
  }
  return isShortestForm(lead, bytes[offset + 1] ?? 0) ? length : 0;
}

/** Refuses longer forms than needed, halves of surrogate pairs, and what lies beyond the last character. */
function isShortestForm(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second < 0xa0;
  if (lead === 0xf0) return second >= 0x90;
  if (lead === 0xf4) return second < 0x90;
  return true;
}

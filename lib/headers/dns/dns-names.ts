/** Domain names as they stand in a message (RFC 1035, sections 3.1 and 4.1.4), and as a person writes them (section 5.1). */

/** Bytes of all labels of a name with their lengths (RFC 1035, section 3.1). */
const LONGEST_NAME = 255;
const LONGEST_LABEL = 63;
/** A name of that length has no more labels than this, and needs no more pointers than labels. */
const MOST_POINTERS = 127;

/** The upper two bits of a length say what it is. */
const KIND_BITS = 0xc0;
export const POINTER = 0xc0;

const ROOT = "<Root>";

export interface DomainName {
  readonly text: string;
  /** Bytes that it takes where it begins: a pointer ends it there. */
  readonly length: number;
  /** What is wrong with it, if anything is. */
  readonly problem?: string;
}

/**
 * Reads a name, and follows the pointers in it: each must lead to before the part that it ends, so that the way through
 * them has an end.
 *
 * @param messageStart where the message begins: pointers count from there
 * @param end of the bytes that the name may take
 */
export function readName(bytes: Uint8Array, messageStart: number, at: number, end: number): DomainName {
  const places: number[] = [];
  let { length, problem } = findLabels(bytes, messageStart, at, end, places);
  const labels = places.map((place) => decoder.decode(bytes.subarray(place + 1, place + 1 + bytes[place]!)));
  const text = labels.length === 0 ? ROOT : labels.join(".");
  if (problem === undefined && text.length > LONGEST_NAME) problem = TOO_LONG;
  return { text: text.slice(0, LONGEST_NAME), length, ...(problem !== undefined && { problem }) };
}

const decoder = new TextDecoder();
const TOO_LONG = "the name is too long";

/** A name as a person writes it, and the bytes that it takes; undefined where something is wrong with it. */
export function readWrittenName(
  bytes: Uint8Array,
  messageStart: number,
  at: number,
  end: number,
): { readonly text: string; readonly length: number } | undefined {
  const places: number[] = [];
  const { length, problem } = findLabels(bytes, messageStart, at, end, places);
  if (problem !== undefined) return undefined;
  const labels = places.map((place) => labelText(bytes.subarray(place + 1, place + 1 + bytes[place]!)));
  return { text: labels.length === 0 ? "." : labels.join("."), length };
}

/** Where each label of a name has its length. @param places filled in */
function findLabels(
  bytes: Uint8Array,
  messageStart: number,
  at: number,
  end: number,
  places: number[],
): { readonly length: number; readonly problem: string | undefined } {
  let part = readLabels(bytes, at, end, places);
  const length = part.end - at;
  let partStart = at;
  let taken = length;
  let problem = part.problem;
  for (let pointers = 1; part.pointer !== undefined; pointers++) {
    const target = messageStart + part.pointer;
    if (target >= partStart) problem = "the name points to itself, or forward";
    else if (pointers > MOST_POINTERS) problem = "the name has too many pointers";
    if (problem !== undefined) break;
    partStart = target;
    part = readLabels(bytes, target, end, places);
    taken += part.end - target;
    problem = part.problem;
    // Each part ends in two bytes of pointer; whatever else it has counts, so that nobody is made to read for long.
    if (problem === undefined && taken - 2 * pointers > LONGEST_NAME + 2) problem = TOO_LONG;
  }
  return { length, problem };
}

interface NamePart {
  readonly end: number;
  readonly pointer?: number;
  readonly problem?: string;
}

/** Finds labels up to the end of the name or a pointer. */
function readLabels(bytes: Uint8Array, start: number, end: number, places: number[]): NamePart {
  let at = start;
  while (at < end && at - start < LONGEST_NAME) {
    const length = bytes[at]!;
    if (length === 0) return { end: at + 1 };
    if ((length & KIND_BITS) === POINTER) {
      if (at + 2 > end) break;
      return { end: at + 2, pointer: ((length & ~KIND_BITS) << 8) | bytes[at + 1]! };
    }
    if ((length & KIND_BITS) !== 0) return { end: at, problem: "the name has a label of an unknown kind" };
    if (at + 1 + length > end) break;
    places.push(at);
    at += 1 + length;
  }
  return { end: at, problem: at >= end || at - start < LONGEST_NAME ? "the name is cut off" : TOO_LONG };
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const PLAIN = /^[!-\-/-[\]-~]*$/;
const ESCAPED = /[.\\]|[\0- \x7f]/g;

/** Bytes as a text, if they are UTF-8. */
export function textOfBytes(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** What is no text is written as numbers, byte by byte. */
function labelText(label: Uint8Array): string {
  const text = textOfBytes(label);
  if (text === undefined) return Array.from(label, byteText).join("");
  return PLAIN.test(text) ? text : text.replace(ESCAPED, (letter) => byteText(letter.charCodeAt(0)));
}

function byteText(byte: number): string {
  if (byte <= 0x20 || byte >= 0x7f) return `\\${String(byte).padStart(3, "0")}`;
  const letter = String.fromCharCode(byte);
  return letter === "." || letter === "\\" ? `\\${letter}` : letter;
}

/**
 * A name as it stands in a message, without pointers. Letters beyond ASCII are written in UTF-8; `\.` is a dot within a label,
 * `\` and three digits a byte. A dot at the end makes no difference; `.` is the root.
 *
 * @param refuse throws an error for what cannot be a name
 */
export function encodeName(text: string, refuse: (problem: string) => never): Uint8Array {
  if (text === ".") return Uint8Array.of(0);
  const wire: number[] = [0];
  let lengthAt = 0;
  for (let index = 0; index < text.length; ) {
    const letter = text[index]!;
    if (letter === "\\") index = readEscape(text, index, wire, refuse);
    else if (letter === ".") {
      lengthAt = endLabel(wire, lengthAt, refuse);
      index++;
    } else index = readLetter(text, index, wire);
  }
  if (wire.length - lengthAt > 1 || wire.length === 1) endLabel(wire, lengthAt, refuse);
  if (wire.length > LONGEST_NAME) refuse(`has ${wire.length} bytes, and can have up to ${LONGEST_NAME}`);
  return Uint8Array.from(wire);
}

/** @returns where the length of the next one stands, which is that of the root for now */
function endLabel(wire: number[], lengthAt: number, refuse: (problem: string) => never): number {
  const length = wire.length - lengthAt - 1;
  if (length === 0) refuse('has a label without letters; the root is "."');
  if (length > LONGEST_LABEL) refuse(`has a label of ${length} bytes, and can have labels of 1 to ${LONGEST_LABEL}`);
  wire[lengthAt] = length;
  wire.push(0);
  return wire.length - 1;
}

/** @returns index behind it */
function readEscape(text: string, at: number, wire: number[], refuse: (problem: string) => never): number {
  const digits = /^\d{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
  if (digits === undefined && at + 1 < text.length) return readLetter(text, at + 1, wire);
  if (digits?.length !== 3 || Number(digits) > 0xff) {
    refuse("has a backslash that stands before neither a letter nor three digits up to 255");
  }
  wire.push(Number(digits));
  return at + 4;
}

/** Writes one letter in UTF-8. @returns index behind it */
function readLetter(text: string, at: number, wire: number[]): number {
  const code = text.codePointAt(at)!;
  if (code < 0x80) wire.push(code);
  else wire.push(...encoder.encode(String.fromCodePoint(code)));
  return at + (code > 0xffff ? 2 : 1);
}

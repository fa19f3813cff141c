/** Domain names as they stand in a message (RFC 1035, sections 3.1 and 4.1.4). */

/** Bytes of all labels of a name with their lengths (RFC 1035, section 3.1). */
const LONGEST_NAME = 255;
/** A name of that length has no more labels than this, and needs no more pointers than labels. */
const MOST_POINTERS = 127;

/** The upper two bits of a length say what it is. */
const KIND_BITS = 0xc0;
const POINTER = 0xc0;

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
  const labels: string[] = [];
  let part = readLabels(bytes, at, end, labels);
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
    part = readLabels(bytes, target, end, labels);
    taken += part.end - target;
    problem = part.problem;
    // Each part ends in two bytes of pointer; whatever else it has counts, so that nobody is made to read for long.
    if (problem === undefined && taken - 2 * pointers > LONGEST_NAME + 2) problem = "the name is too long";
  }
  const text = labels.length === 0 ? ROOT : labels.join(".");
  if (problem === undefined && text.length > LONGEST_NAME) problem = "the name is too long";
  return { text: text.slice(0, LONGEST_NAME), length, ...(problem !== undefined && { problem }) };
}

interface Part {
  readonly end: number;
  readonly pointer?: number;
  readonly problem?: string;
}

/** Reads labels up to the end of the name or a pointer. */
function readLabels(bytes: Uint8Array, start: number, end: number, labels: string[]): Part {
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
    labels.push(labelText(bytes, at + 1, length));
    at += 1 + length;
  }
  return { end: at, problem: at >= end || at - start < LONGEST_NAME ? "the name is cut off" : "the name is too long" };
}

const decoder = new TextDecoder();

function labelText(bytes: Uint8Array, at: number, length: number): string {
  return decoder.decode(bytes.subarray(at, at + length));
}

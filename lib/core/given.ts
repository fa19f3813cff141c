/**
 * What callers give, looked at before it is used: programs in plain JavaScript can give anything, and who has given something
 * else is told so in a sentence, with what was meant where that can be guessed.
 */
import { WirewrightError } from "./errors.ts";
import { shorten } from "./text.ts";

/** Characters of a text that a sentence repeats. */
const LONGEST_QUOTATION = 40;

/** A value, as a sentence calls it. */
export function describeGiven(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return `"${shorten(value, LONGEST_QUOTATION)}"`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (isPromise(value)) return "a promise";
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "a list";
  const kind = Object.getPrototypeOf(value)?.constructor?.name;
  return kind === undefined || kind === "Object" ? "an object" : `an object of the class ${kind}`;
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | undefined)?.then === "function";
}

/**
 * An error for what was given in the place of something else.
 *
 * @param where what it was given to, as people write it: `openCapture`
 * @param wanted what that takes
 * @param advice half a sentence on what to do instead; a promise has always to be awaited
 */
export function notGiven(where: string, value: unknown, wanted: string, advice: string): WirewrightError {
  const remedy = isPromise(value) ? "write await before it" : advice;
  return badOption(`${where} takes ${wanted}, and was given ${describeGiven(value)}; ${remedy}.`);
}

/** @throws WirewrightError BAD_OPTION as `notGiven` says, unless it is bytes */
export function requireBytesGiven(where: string, value: unknown, wanted: string, advice: string): void {
  if (!(value instanceof Uint8Array)) throw notGiven(where, value, wanted, advice);
}

/** @throws WirewrightError BAD_OPTION as `notGiven` says, unless it is a text, as paths are */
export function requirePath(where: string, value: unknown, wanted: string, advice = PATH_ADVICE): void {
  if (typeof value !== "string") throw notGiven(where, value, wanted, advice);
}

const PATH_ADVICE = 'give a text such as "out/part1.pcap"';

/**
 * What was read of a text.
 *
 * @param value undefined where the text says no such thing
 * @param what that would be, as a sentence calls it: "a rule for addresses"
 * @throws WirewrightError BAD_OPTION where there is none
 */
export function parsed<Value>(value: Value | undefined, text: unknown, what: string, advice: string): Value {
  if (value === undefined) throw badOption(`${describeGiven(text)} is not ${what}; ${advice}.`);
  return value;
}

/** A WirewrightError BAD_OPTION, to be thrown. */
export function badOption(sentence: string): WirewrightError {
  return new WirewrightError("BAD_OPTION", sentence);
}

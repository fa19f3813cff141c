/**
 * What callers give, looked at before it is used: programs in plain JavaScript can give anything, and who has given something
 * else is told so in a sentence, with what was meant where that can be guessed.
 */
import { WirewrightError } from "./errors.ts";
import { nearestOf } from "./nearest-name.ts";
import { shorten } from "./text.ts";

/** Characters of a text that a sentence repeats. */
const LONGEST_QUOTATION = 40;
/** So much of a name may be wrong for it to be taken for another: `file` is not meant for `filter`. */
const MOST_WRONG = 0.25;
/** Names that a sentence lists where none of them is like the one that was given. */
const MOST_LISTED = 12;

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

/** Looks at the value of an option that was given: undefined where it can be that, else half a sentence on what to give. */
export type OptionRule = (value: unknown) => string | undefined;

/** A rule for each option, so that none can be forgotten. */
export type OptionRules<Options> = { readonly [Name in keyof Options]-?: OptionRule };

const rule =
  (fits: (value: unknown) => boolean, advice: string): OptionRule =>
  (value) =>
    fits(value) ? undefined : advice;

/** What is looked at elsewhere. */
export const ANYTHING: OptionRule = () => undefined;
export const TEXT: OptionRule = rule((value) => typeof value === "string", "give a text");
export const BOOLEAN: OptionRule = rule((value) => typeof value === "boolean", "give true or false");
export const FUNCTION: OptionRule = rule((value) => typeof value === "function", "give a function");
export const OBJECT: OptionRule = rule((value) => typeof value === "object" && value !== null, "give an object");
export const LIST: OptionRule = rule(Array.isArray, "give a list in [brackets]");
export const FUNCTION_OR_TEXT: OptionRule = rule(
  (value) => typeof value === "string" || typeof value === "function",
  "give a text, or what compileFilter makes of one",
);

/** Texts or numbers, one of which it has to be. */
export function oneOf(...values: readonly (string | number)[]): OptionRule {
  return rule(
    (value) => values.includes(value as string),
    `give ${values.length === 1 ? "" : "one of "}${values.join(", ")}`,
  );
}

/** A whole number in a range. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): OptionRule {
  const range = most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`;
  return rule(
    (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
    `give a whole number${range}`,
  );
}

/** A length of time, which can be no time at all, but leads nowhere back. */
export const TICKS: OptionRule = rule(
  (value) => typeof value === "number" && value >= 0,
  "give a number of ticks, 0 or more",
);

/** An instant that times count from. A Date has no ticks. */
export const ORIGIN: OptionRule = rule(
  (value) =>
    ["seconds", "ticks"].every((name) => Number.isSafeInteger((value as Record<string, unknown> | null)?.[name])),
  "give { seconds, ticks }, of which the seconds are since 1970 and whole, as Math.floor(date / 1000) is",
);

/**
 * Looks at options before they are used. An option that is undefined is one that is left out.
 *
 * @param where whose they are, as people write it: `analyzeCapture`
 * @throws WirewrightError BAD_OPTION for what are no options, for one that there is not, and for a value that one cannot have
 */
export function checkOptions<Options extends object>(
  where: string,
  options: Options,
  rules: OptionRules<Options>,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw notGiven(where, options, "options in an object", `write them as { ${Object.keys(rules)[0]}: ... }`);
  }
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(rules, name) ? rules[name as keyof Options] : undefined;
    if (check === undefined) throw badOption(`${where} has no option ${name}; ${advise(name, Object.keys(rules))}`);
    const advice = value === undefined ? undefined : check(value);
    if (advice !== undefined) throw badOption(`The option ${name} of ${where} is ${describeGiven(value)}; ${advice}.`);
  }
}

/** The end of a sentence about a name that there is not. */
export function advise(name: string, names: readonly string[]): string {
  const nearest = nearestOf(name, names, MOST_WRONG);
  if (nearest !== undefined) return `did you mean ${nearest}?`;
  const others = names.length > MOST_LISTED ? ", and others that its documentation tells of" : "";
  return `there are ${names.slice(0, MOST_LISTED).join(", ")}${others}.`;
}

/** A WirewrightError BAD_OPTION, to be thrown. */
export function badOption(sentence: string): WirewrightError {
  return new WirewrightError("BAD_OPTION", sentence);
}

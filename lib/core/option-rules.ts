/** Options, looked at before they are used: their names, and the values that each can have. */
import { badOption, describeGiven, notGiven } from "./given.ts";
import { nearestOf } from "./nearest-name.ts";

/** So much of a name may be wrong for it to be taken for another: `file` is not meant for `filter`. */
const MOST_WRONG = 0.25;
/** Names that a sentence lists where none of them is like the one that was given. */
const MOST_LISTED = 12;

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

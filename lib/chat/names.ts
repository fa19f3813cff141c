/** Names of users: which are accepted, and which count as the same. */

import type { ChatLimits } from "./limits.ts";

/** Words that mean something where a name can stand. */
const RESERVED: ReadonlySet<string> = new Set(["all", "chat", "end", "help", "list", "quit", "server"]);

/** Scripts in everyday use, with those that one language writes side by side. A letter of another script is refused. */
const SCRIPTS: readonly (readonly string[])[] = [
  ["Latin"],
  ["Greek"],
  ["Cyrillic"],
  ["Armenian"],
  ["Hebrew"],
  ["Arabic"],
  ["Thaana"],
  ["Devanagari"],
  ["Bengali"],
  ["Gurmukhi"],
  ["Gujarati"],
  ["Oriya"],
  ["Tamil"],
  ["Telugu"],
  ["Kannada"],
  ["Malayalam"],
  ["Sinhala"],
  ["Thai"],
  ["Lao"],
  ["Tibetan"],
  ["Myanmar"],
  ["Georgian"],
  ["Ethiopic"],
  ["Khmer"],
  ["Han", "Hiragana", "Katakana"],
  ["Han", "Bopomofo"],
  ["Han", "Hangul"],
];

/** Accents of all scripts. The composed form has most of them inside a letter; one may follow a letter by itself. */
const ACCENTS = "\\u0300-\\u036f";
/** Letters, their marks and digits, but nothing that has no shape, such as the Hangul filler. */
const LETTERLIKE = `(?=[\\p{L}\\p{M}\\p{Nd}])(?![${ACCENTS}\\p{Default_Ignorable_Code_Point}])`;
const ACCENT = "(?:(?<=\\p{L})[\\u0300-\\u0304\\u0306-\\u030c\\u0323-\\u0328])";
const COMMON = "[0-9_.-]";

/** Together with what is common to all, a name consists of the characters of one of these. */
const NAMES_BY_SCRIPT: readonly RegExp[] = SCRIPTS.map((scripts) => nameExpression(scripts));
const NAME_OF_ANY_SCRIPTS = nameExpression([...new Set(SCRIPTS.flat())]);

export type NameCheck = { readonly name: string } | { readonly reason: string };

/**
 * The name as it will be shown (composed, NFC), or a clause that says why it is not accepted. Whether somebody else has it
 * is the roster's affair.
 */
export function checkName(text: string, limits: Pick<ChatLimits, "maxName">): NameCheck {
  // Before anything costly: a name is typed by strangers and can be as long as a line.
  if (limits.maxName !== 0 && text.length > 8 * limits.maxName) return tooLong(limits.maxName);
  const name = text.normalize("NFC");
  if (name === "") return { reason: "it is empty" };
  if (limits.maxName !== 0 && Array.from(name).length > limits.maxName) return tooLong(limits.maxName);
  if (RESERVED.has(nameKey(name))) return { reason: `${name} is a word of the chat` };
  if (NAMES_BY_SCRIPT.some((expression) => expression.test(name))) return { name };
  if (NAME_OF_ANY_SCRIPTS.test(name)) return { reason: "its letters are of different scripts" };
  return { reason: "a name has letters, digits, _ - and ., and no spaces" };
}

/**
 * What two names have in common that count as the same: compatible forms and letters that differ in case are equal.
 * Lower, upper and lower case in turn, since one step alone leaves some apart: "ẞ", "ß" and "SS", or the two small sigmas.
 */
export function nameKey(text: string): string {
  return text.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFKC");
}

function nameExpression(scripts: readonly string[]): RegExp {
  const ofScripts = scripts.map((script) => `\\p{Script_Extensions=${script}}`).join("");
  // The first part asks for something to call the user by: a name of dots alone is none.
  return new RegExp(`^(?=.*[\\p{L}\\p{Nd}])(?:${LETTERLIKE}[${ofScripts}]|${ACCENT}|${COMMON})+$`, "u");
}

function tooLong(maxName: number): NameCheck {
  return { reason: `it is longer than ${maxName} characters` };
}

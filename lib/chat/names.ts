/** Names of users: which are accepted, which count as the same, and which look alike. */
import { isNormalizable, normalForm } from "./clean-text.ts";
import { CONFUSABLES } from "./confusables.ts";
import type { ChatLimits } from "./limits.ts";

/** Words that mean something where a name can stand, and those that the server's log puts in brackets. */
const RESERVED: readonly string[] = [
  ...["all", "chat", "end", "help", "list", "quit", "server"],
  ...["closed", "disconnected", "named", "newconnection", "refused", "serverstarted", "serverstopped"],
];
const RESERVED_KEYS: ReadonlySet<string> = new Set(RESERVED);

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
const ALL_SCRIPTS: readonly string[] = [...new Set(SCRIPTS.flat())];
const NAME_OF_ANY_SCRIPTS = nameExpression(ALL_SCRIPTS);
/** Every character that a name can have, composed or taken apart. */
export const NAME_CHARACTER = new RegExp(`^(?:${LETTERLIKE}${ofScripts(ALL_SCRIPTS)}|[${ACCENTS}]|${COMMON})$`, "u");

/** Something to call the user by: a name of dots alone is none. */
const CALLABLE = /[\p{L}\p{Nd}]/u;
/** A mark that stands on no letter would stand on what comes before the name, wherever that is shown. */
const STRAY_MARK = /(?<![\p{L}\p{M}])\p{M}/u;
/** More than four marks that take no room, or one of them twice: nobody can tell such heaps apart (UTS 39, section 5.4). */
const HEAP_OF_MARKS = /\p{Mn}{5}|(\p{Mn})\1/u;
const RIGHT_TO_LEFT = new RegExp(ofScripts(["Hebrew", "Arabic", "Thaana"]), "u");
/** Digits and dots at the ends could be shown on either side, so that two names would look like one. */
const CLEARLY_RIGHT_TO_LEFT = /^\p{L}(?:.*[\p{L}\p{M}\p{Nd}])?$/u;

/** A dot on a letter that has one already is not seen, whatever stands below it. */
const SECOND_DOT = /(?<=\p{Soft_Dotted}[\u0323-\u0328]*)\u0307/gu;
/** Makes Arabic words longer, and is no letter of them. */
const TATWEEL = /\u0640/g;
/** Small capitals, and the letters that they are in another style; the table has few of them. */
const SMALL_CAPITALS = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
const THEIR_LETTERS = "abcdefghijklmnoprstuvwyz";
const SMALL_CAPITAL = new RegExp(`[${SMALL_CAPITALS}]`, "g");

const MARKS_OF_A_NAME = "a mark stands on a letter, and at most 4 different ones on the same";

/** UTF-16 units that can become one character when a name is composed: "ᾂ" is a letter and three marks. */
const UNITS_OF_CHARACTER = 4;
const ASCII = /^[\0-\x7f]*$/;

export type NameCheck = { readonly name: string } | { readonly reason: string };

/**
 * The name as it will be shown (composed, NFC), or a clause that says why it is not accepted. Whether somebody else has it,
 * or one that looks like it, is the roster's affair.
 */
export function checkName(text: string, limits: Pick<ChatLimits, "maxName">): NameCheck {
  const { maxName } = limits;
  // Before anything costly: a name is typed by strangers and can be as long as a line.
  if (!isNameSized(text, maxName)) return tooLong(maxName);
  if (text === "") return { reason: "it is empty" };
  const name = normalForm(text, "NFC");
  if (maxName !== 0 && Array.from(name).length > maxName) return tooLong(maxName);
  const reason = spellingFault(name) ?? reservation(name);
  return reason === undefined ? { name } : { reason };
}

/** Whether a text may be a name for its length. To be asked before a text of any length is compared with names. */
export function isNameSized(text: string, maxName: number): boolean {
  return maxName === 0 || text.length <= UNITS_OF_CHARACTER * maxName;
}

/** Whether somebody could have this name, now or later. */
export function couldBeName(text: string, maxName: number): boolean {
  if (text === "" || !isNameSized(text, maxName)) return false;
  const name = normalForm(text, "NFC");
  return spellingFault(name) === undefined && !RESERVED_KEYS.has(nameKey(name));
}

/**
 * What two names have in common that count as the same: compatible forms and letters that differ in case are equal.
 * Lower, upper and lower case in turn, since one step alone leaves some apart: "ẞ", "ß" and "SS", or the two small sigmas.
 * What is too long to be normalised is no name, and equals only itself.
 */
export function nameKey(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : otherKey(text);
}

const otherKey = rememberingLatest(keyOf);

function keyOf(text: string): string {
  if (!isNormalizable(text)) return text;
  return normalForm(normalForm(text, "NFKC").toLowerCase().toUpperCase().toLowerCase(), "NFKC");
}

/** Whether a text is a word of the chat, however it is written. */
export function isWord(text: string, word: string): boolean {
  return text.length <= UNITS_OF_CHARACTER * word.length && nameKey(text) === word;
}

function spellingFault(name: string): string | undefined {
  if (STRAY_MARK.test(name)) return MARKS_OF_A_NAME;
  if (!isOfOneScript(name)) {
    if (CALLABLE.test(name) && NAME_OF_ANY_SCRIPTS.test(name)) return "its letters are of different scripts";
    return "a name has letters, digits, _ - and ., and no spaces";
  }
  if (ASCII.test(name)) return undefined;
  if (!isNormalizable(name) || HEAP_OF_MARKS.test(normalForm(name, "NFD"))) return MARKS_OF_A_NAME;
  if (RIGHT_TO_LEFT.test(name) && !CLEARLY_RIGHT_TO_LEFT.test(name)) {
    return "written from right to left, it begins with a letter and ends with a letter or a digit";
  }
  return undefined;
}

function isOfOneScript(name: string): boolean {
  return CALLABLE.test(name) && NAMES_BY_SCRIPT.some((expression) => expression.test(name));
}

/** Why nobody may have a name that is one of the reserved words, or looks like one, dots and lines left aside. */
function reservation(name: string): string | undefined {
  const letters = name.replace(/[_.-]/g, "");
  if (RESERVED_KEYS.has(nameKey(letters))) return `${name} is a word of the chat`;
  const word = skeletonsOf(letters)
    .map((skeleton) => reservedBySkeleton().get(skeleton))
    .find(Boolean);
  return word === undefined ? undefined : `${name} looks like ${word}, a word of the chat`;
}

function nameExpression(scripts: readonly string[]): RegExp {
  return new RegExp(`^(?:${LETTERLIKE}${ofScripts(scripts)}|${ACCENT}|${COMMON})+$`, "u");
}

/** A class of all characters that are used in one of these scripts. */
function ofScripts(scripts: readonly string[]): string {
  return `[${scripts.map((script) => `\\p{Script_Extensions=${script}}`).join("")}]`;
}

function tooLong(maxName: number): NameCheck {
  return { reason: `it is longer than ${maxName} characters` };
}

/**
 * What a name looks like as it is written, in small letters, in capitals, and with a capital at its start: since names that
 * differ in case are the same, people take it for the same user in each. Each is a skeleton of Unicode Technical Standard 39,
 * section 4: two names that share one look alike.
 *
 * @param name one that was accepted; of what is too long to be one there is nothing but itself
 */
export const skeletonsOf: (name: string) => readonly string[] = rememberingLatest((name) => [
  ...new Set(casesOf(name).map(skeletonOf)),
]);

function casesOf(name: string): readonly string[] {
  if (!isNormalizable(name)) return [name];
  const text = normalForm(name, "NFKC")
    .replace(TATWEEL, "")
    .replace(SMALL_CAPITAL, (letter) => THEIR_LETTERS.charAt(SMALL_CAPITALS.indexOf(letter)));
  const [first = "", ...rest] = text;
  return [text, text.toLowerCase(), text.toUpperCase(), first.toUpperCase() + rest.join("").toLowerCase()];
}

function skeletonOf(text: string): string {
  if (!isNormalizable(text)) return text;
  const prototypes = prototypeByCharacter();
  let shape = "";
  for (const character of normalForm(normalForm(text, "NFKC"), "NFD")) shape += prototypes.get(character) ?? character;
  return normalForm(shape, "NFD").replace(SECOND_DOT, "");
}

/** By character, what it is confused with. */
const prototypeByCharacter = madeWhenAsked(() => readPrototypes(CONFUSABLES));
/** The reserved words by what they look like. */
const reservedBySkeleton = madeWhenAsked(
  () => new Map(RESERVED.flatMap((word) => skeletonsOf(word).map((skeleton) => [skeleton, word] as const))),
);

/** Made for the first name that is looked at, and kept: it takes milliseconds, and a client, which judges no name, needs none. */
function madeWhenAsked(make: () => ReadonlyMap<string, string>): () => ReadonlyMap<string, string> {
  let made: ReadonlyMap<string, string> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function readPrototypes(table: string): ReadonlyMap<string, string> {
  const read = new Map<string, string>();
  for (const entry of table.trim().split(/\s+/)) {
    const [prototype = "", characters = ""] = entry.split(":");
    const shape = String.fromCodePoint(...prototype.split("+").map(fromHex));
    for (const character of characters.split(",")) read.set(String.fromCodePoint(fromHex(character)), shape);
  }
  return read;
}

function fromHex(digits: string): number {
  return Number.parseInt(digits, 16);
}

/**
 * The same function, which remembers its latest answer: what stands where a name can is looked at by one rule after the other,
 * and normalising it takes long. No answer depends on what is remembered.
 */
function rememberingLatest<Answer>(answer: (text: string) => Answer): (text: string) => Answer {
  let latest: { readonly text: string; readonly answer: Answer } | undefined;
  return (text) => {
    if (latest?.text !== text) latest = { text, answer: answer(text) };
    return latest.answer;
  };
}

/** What a name looks like: the skeleton of Unicode Technical Standard 39, section 4. Two names that share one look alike. */

import { isNormalizable, normalForm } from "./clean-text.ts";
import { CONFUSABLES } from "./confusables.ts";

/** A dot on a letter that has one already is not seen, whatever stands below it. */
const SECOND_DOT = /(?<=\p{Soft_Dotted}[\u0323-\u0328]*)\u0307/gu;
/** Makes Arabic words longer, and is no letter of them. */
const TATWEEL = /\u0640/g;
/** Small capitals, and the letters that they are in another style; the table has few of them. */
const SMALL_CAPITALS = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
const THEIR_LETTERS = "abcdefghijklmnoprstuvwyz";
const SMALL_CAPITAL = new RegExp(`[${SMALL_CAPITALS}]`, "g");

let prototypes: ReadonlyMap<string, string> | undefined;
let latest: { readonly name: string; readonly skeletons: readonly string[] } | undefined;

/**
 * What a name looks like as it is written, in small letters, in capitals, and with a capital at its start: since names that
 * differ in case are the same, people take it for the same user in each.
 *
 * @param name one that was accepted; of what is too long to be one there is nothing but itself
 */
export function skeletonsOf(name: string): readonly string[] {
  // One name is looked at by all who have a say in it, one after the other.
  if (latest?.name === name) return latest.skeletons;
  const skeletons = [...new Set(casesOf(name).map(skeletonOf))];
  latest = { name, skeletons };
  return skeletons;
}

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
  prototypes ??= readPrototypes(CONFUSABLES);
  let shape = "";
  for (const character of normalForm(normalForm(text, "NFKC"), "NFD")) shape += prototypes.get(character) ?? character;
  return normalForm(shape, "NFD").replace(SECOND_DOT, "");
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

/** Text of the chat, made safe for other people's terminals and for the log, and normalised without a way to be slow. */

const ESC = "\u001b";
/** Colours, cursor movements and the like; cut off in the middle as well. */
const CONTROL_SEQUENCE = `(?:${ESC}\\[|\u009b)[0-?]*[ -/]*[@-~]?`;
/** Titles, links, clipboard and the like: up to their end, or to the end of the text if there is none. */
const CONTROL_STRING = `(?:${ESC}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007${ESC}\u009c]*(?:\u0007|${ESC}\\\\|\u009c)?`;
const SHORT_ESCAPE = `${ESC}[ -/]*[0-~]?`;
/** Tab is the only control character that people write on purpose. */
const UNSAFE_CHARACTERS = "\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\u202a-\\u202e\\u2066-\\u206f\\ufeff";
const UNSAFE_CHARACTER = `(?!\\t)[${UNSAFE_CHARACTERS}]`;

/** One expression for all, so that nothing unsafe can come together from the rests of what was taken out. */
const UNSAFE = new RegExp([CONTROL_SEQUENCE, CONTROL_STRING, SHORT_ESCAPE, UNSAFE_CHARACTER].join("|"), "gu");

/** Marks that turn what stands beside them; people who write from right to left type them. */
const DIRECTIONAL_MARKS = /[\u061c\u200e\u200f]/g;
/** The blocks of scripts that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** What everything begins with that is taken out. Most texts have none of it, and are looked at once and quickly. */
const SUSPECT = new RegExp(`[[${UNSAFE_CHARACTERS}${DIRECTIONAL_MARKS.source}]--\\t]`, "v");

/**
 * A character that can be seen: no space, none that is made to be ignored, no mark by itself, none of those that are blank
 * though they count as letters and symbols: the Braille pattern without dots, hieroglyphs, a head of a note. Of the format characters, those can be seen that stand around numbers.
 */
const VISIBLE =
  /[^\s\p{Default_Ignorable_Code_Point}\p{Mn}\p{Me}\p{Cc}\p{Cf}\p{Cs}\u2800\u{13441}\u{13442}\u{1d159}]|[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]/u;

/** Fatal, so that nothing which is no UTF-8 is handed on. The mark at the start is left for `cleanText`. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a line; undefined where the bytes are no UTF-8: overlong forms and halves of surrogate pairs included. */
export function decodeLine(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The text without anything that a terminal would obey or that turns the direction of writing: control characters but
 * the tab, whole escape sequences, line and paragraph separators, marks of byte order, and marks of direction where
 * nothing is written from right to left. Everything else stays as it is, the joiners of emoji and of Arabic too. A cleaned
 * text is not changed by cleaning it again.
 */
export function cleanText(text: string): string {
  if (!SUSPECT.test(text)) return text;
  const cleaned = text.replace(UNSAFE, "");
  return RIGHT_TO_LEFT.test(cleaned) ? cleaned : cleaned.replace(DIRECTIONAL_MARKS, "");
}

/** Whether there is anything to be seen in a text. */
export function hasVisible(text: string): boolean {
  return VISIBLE.test(text);
}

/** UTF-16 units. A name is much shorter, and nothing else is ever normalised. */
const LONGEST_NORMALIZED = 1024;
/**
 * Marks in a row, and what becomes one when it is normalised. No language comes near so many; the time to put a row into
 * its order grows with its square.
 */
const MARK = "[\\p{M}\\uff9e\\uff9f]";
/** Looked for where a row begins, so that none is gone through more than once. */
const HEAP_OF_MARKS = new RegExp(`(?<!${MARK})${MARK}{17}`, "u");

/**
 * The only way to normalise in the chat, since its time can grow with the square of the length: long texts and heaps of
 * marks, which are no names, are given back as they are.
 */
export function normalForm(text: string, form: "NFC" | "NFD" | "NFKC"): string {
  return isNormalizable(text) ? text.normalize(form) : text;
}

/** Whether `normalForm` does its work on this text. */
export function isNormalizable(text: string): boolean {
  return text.length <= LONGEST_NORMALIZED && !HEAP_OF_MARKS.test(text);
}

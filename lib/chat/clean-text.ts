/** Text of the chat, made safe for other people's terminals and for the log. */

const ESC = "\u001b";
/** Colours, cursor movements and the like; cut off in the middle as well. */
const CONTROL_SEQUENCE = `(?:${ESC}\\[|\u009b)[0-?]*[ -/]*[@-~]?`;
/** Titles, links, clipboard and the like: up to their end, or to the end of the text if there is none. */
const CONTROL_STRING = `(?:${ESC}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007${ESC}\u009c]*(?:\u0007|${ESC}\\\\|\u009c)?`;
const SHORT_ESCAPE = `${ESC}[ -/]*[0-~]?`;
/** Tab is the only control character that people write on purpose. */
const UNSAFE_CHARACTER = "(?!\\t)[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\u202a-\\u202e\\u2066-\\u2069\\ufeff]";

/** One expression for all, so that nothing unsafe can come together from the rests of what was taken out. */
const UNSAFE = new RegExp([CONTROL_SEQUENCE, CONTROL_STRING, SHORT_ESCAPE, UNSAFE_CHARACTER].join("|"), "gu");

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
 * the tab, whole escape sequences, line and paragraph separators, marks of byte order. Everything else stays as it is,
 * the joiners of emoji and of Arabic too. A cleaned text is not changed by cleaning it again.
 */
export function cleanText(text: string): string {
  return text.replace(UNSAFE, "");
}

/** A colour for each user, the same in every client and every run. */
import { nameKey } from "./names.ts";

/** UTF-16 units of a sender that is painted; our server's names are shorter, whatever they are made of. */
const LONGEST_SENDER = 256;

/** The colours that terminals let their users choose, plain and bold, but black and white: those vanish on some. */
const COLOURS = [31, 32, 33, 34, 35, 36].flatMap((colour) => [`${colour}`, `1;${colour}`]);
const OFF = "\x1b[22;39m";

/** `[Alice] hello`, as the server passes it on. */
const RELAYED = new RegExp(`^\\[[^\\]\\s]{1,${LONGEST_SENDER}}\\]`);

/**
 * Paints the sender of a line that was passed on, and leaves every other line as it is.
 *
 * @param isTerminal whether a person looks on; if not, or where NO_COLOR asks for none (https://no-color.org), the
 * painter does nothing
 */
export function speakerPainter(isTerminal: boolean, environment: NodeJS.ProcessEnv): (line: string) => string {
  if (!isTerminal || environment.NO_COLOR || environment.TERM === "dumb") return (line) => line;
  return (line) => line.replace(RELAYED, (speaker) => `\x1b[${colourOf(speaker.slice(1, -1))}m${speaker}${OFF}`);
}

/** The parameters of the escape sequence that starts the colour of this user. */
export function colourOf(name: string): string {
  return COLOURS[hash(nameKey(name)) % COLOURS.length]!;
}

/** FNV-1a: short, and it spreads names that differ in their last letter. */
function hash(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

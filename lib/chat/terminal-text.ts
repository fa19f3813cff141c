/**
 * Lines of the chat on a terminal: as rows, where none but the first of a line looks like a line of its own, and with a colour
 * for each user.
 */
import stringWidth from "string-width";
import { wantsColours } from "../core/terminal-colours.ts";
import { nameKey } from "./names.ts";

const INDENT = "  ";
const TAB = 8;
/** Of a terminal that does not say how wide it is. */
const USUAL_COLUMNS = 80;
/** UTF-16 units of a line that are shown: four times the longest message of our server. */
const LONGEST_SHOWN = 16_384;

/** All of a heap but what a script can have a use for: the rest would only cover the rows around it. */
const HEAP_OF_MARKS = /(\p{M}{16})\p{M}+/gu;
/** What is not to be torn apart: a letter with its marks, a flag, an emoji with its parts. */
const CLUSTER =
  /(?:\p{Regional_Indicator}{2}|.)(?:[\p{M}\p{Emoji_Modifier}\p{Cf}]|(?<=\u200d)\p{Extended_Pictographic}){0,31}/gsu;
const PLAIN = /^[ -~]*$/;
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";
/** Asks for the wide form of what stands before it. */
const EMOJI_STYLE = 0xfe0f;

/** UTF-16 units of a sender that is painted; our server's names are shorter, whatever they are made of. */
const LONGEST_SENDER = 256;

/** The colours that terminals let their users choose, plain and bold, but black and white: those vanish on some. */
const COLOURS = [31, 32, 33, 34, 35, 36].flatMap((colour) => [`${colour}`, `1;${colour}`]);
const OFF = "\x1b[22;39m";

/** `[Alice] hello`, as the server passes it on. */
const RELAYED = new RegExp(`^\\[[^\\]\\s]{1,${LONGEST_SENDER}}\\]`);

/**
 * The rows of a line: as wide as the terminal, all but the first indented, so that the end of a long message cannot pass for
 * somebody else's. Tabs become spaces. A very long line is cut, and a row says so.
 *
 * @param text safe to print, without colours
 * @param columns of the terminal; undefined or 0 where it does not say
 */
export function rowsOf(text: string, columns: number | undefined): string[] {
  const width = columns || USUAL_COLUMNS;
  if (text.length <= width && PLAIN.test(text)) return [text];
  if (text.length <= LONGEST_SHOWN) return wrapped(text, width);
  const said = `(The line is cut here: it has ${text.length.toLocaleString("en")} characters.)`;
  return [...wrapped(startOf(text), width), ...wrapped(said, width)];
}

/**
 * The rows of a line as a terminal that obeys commands gets them: one that is wider than was reckoned loses its end, instead
 * of going on in a row that looks like another line.
 */
export function joinRows(rows: readonly string[]): string {
  return `${WRAP_OFF}${rows.join("\n")}${WRAP_ON}`;
}

function wrapped(text: string, width: number): string[] {
  const indent = INDENT.slice(0, Math.min(INDENT.length, width >> 2));
  const rows: string[] = [];
  let row = "";
  let start = 0;
  let used = 0;
  for (const [cluster] of text.replace(HEAP_OF_MARKS, "$1").matchAll(CLUSTER)) {
    const isTab = cluster.startsWith("\t");
    const cells = isTab ? TAB - (used % TAB) : widthOf(cluster);
    if (used + cells > width && used > start) {
      rows.push(row);
      row = indent;
      start = used = indent.length;
      if (isTab) continue;
    }
    row += isTab ? " ".repeat(Math.min(cells, width - used)) + cluster.slice(1) : cluster;
    used += cells;
  }
  rows.push(row);
  return rows;
}

/** Cells that the cluster takes at most: terminals that do not know how its parts join show each by itself. */
function widthOf(cluster: string): number {
  let cells = 0;
  let last = 0;
  for (const character of cluster) {
    const codePoint = character.codePointAt(0) as number;
    last = codePoint === EMOJI_STYLE && last === 1 ? 1 : widthOfCodePoint(codePoint);
    cells += last;
  }
  return cells;
}

/**
 * Of each code point one more than its width, once that was asked for: some lines have thousands. Shared by all lines, since a
 * width never changes.
 */
let widths: Uint8Array | undefined;

function widthOfCodePoint(codePoint: number): number {
  widths ??= new Uint8Array(0x110000);
  const known = widths[codePoint] as number;
  if (known !== 0) return known - 1;
  const character = String.fromCodePoint(codePoint);
  const width = Math.max(stringWidth(character), leastWidth(character));
  widths[codePoint] = width + 1;
  return width;
}

/** Of what terminals do not agree about the most is taken: a row may end early, but not go on at the edge of the next. */
function leastWidth(character: string): number {
  if (/[\u115f\u3164\u3248-\u324f]/.test(character)) return 2;
  return /[\u00ad\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\uffa0\u{110bd}\u{110cd}]/u.test(character) ? 1 : 0;
}

function startOf(text: string): string {
  const isCutInPair = /[\ud800-\udbff]/.test(text.charAt(LONGEST_SHOWN - 1));
  return text.slice(0, isCutInPair ? LONGEST_SHOWN - 1 : LONGEST_SHOWN);
}

/** Rows where standard output is a terminal; what reads a pipe or a file takes whole lines. */
export function printable(line: string): string {
  if (!process.stdout.isTTY) return line;
  const rows = rowsOf(line, process.stdout.columns);
  return process.env.TERM === "dumb" ? rows.join("\n") : joinRows(rows);
}

/**
 * Paints the sender of a line that was passed on, and leaves every other line as it is.
 *
 * @param isTerminal whether a person looks on; if not, or where the environment asks for no colours, the painter does
 * nothing
 */
export function speakerPainter(isTerminal: boolean, environment: NodeJS.ProcessEnv): (line: string) => string {
  if (!wantsColours(isTerminal, environment)) return (line) => line;
  return (line) => line.replace(RELAYED, (speaker) => `\x1b[${colourOf(speaker.slice(1, -1))}m${speaker}${OFF}`);
}

/** The parameters of the escape sequence that starts the colour of this user: the same in every client and every run. */
export function colourOf(name: string): string {
  return COLOURS[hash(nameKey(name)) % COLOURS.length]!;
}

/** FNV-1a: short, and it spreads names that differ in their last letter. */
function hash(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

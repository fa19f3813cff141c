/** Text that fits a terminal: lines of at most so many cells, where a character can take two of them or none, and colours. */
import stringWidth from "string-width";
import { makeVisible } from "../../core/text.ts";
import type { Severity } from "../../streams/findings.ts";

/** What every terminal has. */
export const PAGE_WIDTH = 80;

/** Characters of one cell each. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Characters without a width of their own can be stacked without end; so many of them a cell are enough. */
const MOST_UNITS_A_CELL = 4;

/** Cells that a text takes. */
export function cellsOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** Breaks a text at spaces, and where a word is longer than a line, in the word. */
export function wrap(text: string, width: number): string[] {
  if (cellsOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((long) => chop(long, width))) {
    if (line !== "" && cellsOf(line) + 1 + cellsOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

/** Pieces of a text of at most so many cells each, broken anywhere between characters. */
export function chop(text: string, width: number): string[] {
  if (PLAIN.test(text)) return chopPlain(text, width);
  const pieces: string[] = [];
  let piece = "";
  let cells = 0;
  for (const character of characters(text, MOST_UNITS_A_CELL * width)) {
    const more = cellsOf(character);
    const isFull = cells + more > width || piece.length + character.length > MOST_UNITS_A_CELL * width;
    if (piece !== "" && isFull) {
      pieces.push(piece);
      piece = "";
      cells = 0;
    }
    piece += character;
    cells += more;
  }
  return [...pieces, piece];
}

const segmenter = new Intl.Segmenter("und");
/** Runs of characters that nothing can join, and what must be looked at closely: a mark can follow a plain letter. */
const RUNS = /[\x20-\x7e]+(?![^\x20-\x7e])|[\x20-\x7e]?[^\x20-\x7e]+/g;

/** What a person takes for one character each, however many code points it is made of; of endless ones, pieces. */
function* characters(text: string, most: number): Generator<string> {
  for (const [run] of text.matchAll(RUNS)) {
    if (PLAIN.test(run)) yield* run;
    else {
      for (const { segment } of segmenter.segment(run)) {
        for (let at = 0; at < segment.length; at += most) yield segment.slice(at, at + most);
      }
    }
  }
}

function chopPlain(text: string, width: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length || at === 0; at += width) pieces.push(text.slice(at, at + width));
  return pieces;
}

/** A paragraph: its first line behind `first`, the others behind as many spaces. */
export function paragraph(text: string, first = "", width = PAGE_WIDTH): string[] {
  const indent = " ".repeat(cellsOf(first));
  return wrap(text, width - indent.length).map((line, index) => `${index === 0 ? first : indent}${line}`.trimEnd());
}

/** A text from outside made visible and cut to so many cells, the last of which is then an ellipsis. */
export function truncate(text: string, width: number): string {
  const visible = makeVisible(text.slice(0, 4 * width));
  if (cellsOf(visible) <= width && text.length <= 4 * width) return visible;
  return `${chop(visible, Math.max(1, width - 1))[0]!}…`;
}

/** The text with spaces up to so many cells. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - cellsOf(text)));
}

/** The text in the middle of so many cells. */
export function center(text: string, width: number): string {
  const left = Math.max(0, Math.floor((width - cellsOf(text)) / 2));
  return padEnd(" ".repeat(left) + text, width);
}

/** Colours, for whoever prints on something that has them. Lines are painted when they are complete: colours take no cells. */
export interface Paint {
  /** Paints a heading. */
  heading(text: string): string;
  /** Paints what is as grave as that. */
  severity(text: string, severity: Severity): string;
}

export const NO_PAINT: Paint = {
  heading: (text) => text,
  severity: (text) => text,
};

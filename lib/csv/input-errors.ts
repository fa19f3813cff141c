/** What is wrong with an input, and where: one sentence on one line, built here and nowhere else. */
import { WirewrightError } from "../core/errors.ts";
import { makeVisible, shorten } from "../core/text.ts";

/** What can be put right, and is an error only where nothing may be. */
export type WarningCode =
  | "BLANK_ROWS"
  | "STRAY_QUOTES"
  | "TRAILING_CELLS"
  | "SORTED_ROWS"
  | "SPACED_ROWS"
  | "DATE_ORDER"
  | "NEXT_DAY"
  | "NO_TTL";

/** What should be known of what was made of the input, though nothing is wrong with it. */
export type RemarkCode = "MADE_UP_BYTES" | "JOINED_ROWS" | "CUT_WINDOWS";

/** What is wrong with an input, for programs. */
export type InputErrorCode =
  | WarningCode
  | "LEFT_OUT"
  | "NO_SUCH_INPUT"
  | "INPUT_IS_FOLDER"
  | "INPUT_NOT_ALLOWED"
  | "INPUT_UNREADABLE"
  | "EMPTY_INPUT"
  | "NO_ROWS"
  | "MISSING_HEADER"
  | "MISSING_COLUMN"
  | "DUPLICATE_COLUMN"
  | "RAGGED_ROW"
  | "OPEN_QUOTE"
  | "STRAY_QUOTE"
  | "TEXT_AFTER_QUOTE"
  | "ROW_TOO_LONG"
  | "NOT_CSV"
  | "NOT_UTF8"
  | "BAD_ENCODING"
  | "BAD_GZIP"
  | "BAD_FLAGS"
  | "BAD_LENGTH"
  | "BAD_SEQUENCE"
  | "BAD_TIME"
  | "TIME_RUNS_BACK"
  | "BAD_PORT"
  | "BAD_ADDRESS"
  | "BAD_MAC"
  | "BAD_VLAN"
  | "BAD_TTL"
  | "NO_NAME"
  | "SAME_END_POINT"
  | "PLAN";

/** A place in a text input, as an editor and a spreadsheet count it. */
export interface InputPlace {
  /** The file as the person named it. */
  readonly file: string;
  /** From 1. Lines end with LF or CRLF. */
  readonly line?: number;
  /** The cell in its row, from 1. */
  readonly column?: number;
  /** The header's name for that cell. */
  readonly columnName?: string;
}

/** An input that cannot be used. The message says where, what was found and what to do about it. */
export class InputError extends WirewrightError {
  /** The file as the person named it. */
  readonly file: string;
  /** The line, from 1; left out where it is about the whole file. */
  readonly line?: number;
  /** The cell in its row, from 1; left out where it is about no cell. */
  readonly column?: number;
  /** The header's name for that cell. */
  readonly columnName?: string;

  /**
   * `problem` and `advice` are the two halves of the sentence, without a full stop. Text that comes from the input goes
   * through `quoteFound` first.
   */
  constructor(code: InputErrorCode, place: InputPlace, problem: string, advice: string, options?: ErrorOptions) {
    super(code, `${describePlace(place)}: ${problem}; ${advice}.`, options);
    this.name = "InputError";
    this.file = place.file;
    if (place.line !== undefined) this.line = place.line;
    if (place.column !== undefined) this.column = place.column;
    if (place.columnName !== undefined) this.columnName = place.columnName;
  }
}

function describePlace({ file, line, column, columnName }: InputPlace): string {
  let text = makeVisible(file);
  if (line !== undefined) text += `, line ${line}`;
  if (column !== undefined) text += `, column ${column}`;
  if (column !== undefined && columnName) text += ` (${shorten(columnName, LONGEST_QUOTATION)})`;
  return text;
}

const LONGEST_QUOTATION = 40;

/** Text from the input, in quotes, for use in a sentence: at most 40 characters, and nothing a terminal would obey. */
export function quoteFound(text: string): string {
  return `"${shorten(text, LONGEST_QUOTATION)}"`;
}

/** What a shell takes as one word, whatever is around it. */
const ONE_WORD = /^[\p{L}\p{N}_.-]{1,40}$/u;

/**
 * Advice to set a column aside: by its name, or by its place where a shell would cut the name.
 *
 * @param index of the column, from 0
 */
export function settingAside(name: string, index: number): string {
  return `set the column aside with --column ignore=${ONE_WORD.test(name) ? name : `#${index + 1}`}`;
}

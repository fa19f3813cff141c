/** Files that are no CSV: what they are, and what to do about it. */
import { type FileFamily, type FileKind, findFileKind, findTextKind } from "../files/file-kinds.ts";

/** What a file is instead, and what to do about it: two halves of a sentence. */
export interface OtherKind {
  readonly problem: string;
  readonly advice: string;
}

const SAVE = "save it as CSV (UTF-8)";
const SHOWN_TABLE = "give the table that it shows as CSV";
const UNPACK = "unpack it and give the CSV in it";

/** The families that are told apart from a CSV; a file of another one is read as text. */
const ADVICE: Readonly<Partial<Record<FileFamily, string>>> = {
  workbook: SAVE,
  "old office": SAVE,
  word: "copy its table into a sheet and save that as CSV",
  slides: SHOWN_TABLE,
  spreadsheet: SAVE,
  "text document": SAVE,
  pdf: SHOWN_TABLE,
  picture: SHOWN_TABLE,
  capture: "give the CSV of messages that it should be made from",
  zip: UNPACK,
  tar: UNPACK,
  "7z": UNPACK,
  rar: UNPACK,
  rtf: SAVE,
  database: "export the table as CSV",
  markup: SAVE,
  json: "convert it into CSV, one row for each message",
  python: "give the CSV file that it reads or writes",
};

/** What a file is by its first bytes, or undefined when they may be text. */
export function findOtherKind(bytes: Uint8Array): OtherKind | undefined {
  return otherKind(findFileKind(bytes));
}

/** What a text is, when it is clearly a text of another kind. */
export function findOtherText(text: string): OtherKind | undefined {
  return otherKind(findTextKind(text));
}

function otherKind(kind: FileKind | undefined): OtherKind | undefined {
  const advice = kind && ADVICE[kind.family];
  return advice === undefined ? undefined : { problem: `this is ${kind!.name}, not CSV`, advice };
}

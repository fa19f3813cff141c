/** Files that are no CSV, whatever their names say: known by their first bytes. */
import { Buffer } from "node:buffer";

/** What a file is instead, and what to do about it: two halves of a sentence. */
export interface OtherKind {
  readonly problem: string;
  readonly advice: string;
}

const SAVE = "save it as CSV (UTF-8)";
const WORKBOOK: OtherKind = { problem: "this is an Excel workbook, not CSV", advice: SAVE };
const IMAGE: OtherKind = { problem: "this is a picture, not CSV", advice: "give the table that it shows as CSV" };
const CAPTURE: OtherKind = {
  problem: "this is a packet capture, not CSV",
  advice: "give the CSV of messages that it should be made from",
};

/** By the file's first bytes, one character a byte. */
const SIGNATURES: readonly (readonly [start: string, kind: OtherKind])[] = [
  [
    "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    { problem: "this is an Excel workbook or another old Office file, not CSV", advice: SAVE },
  ],
  ["%PDF-", { problem: "this is a PDF document, not CSV", advice: "give the table that it shows as CSV" }],
  ["\xd4\xc3\xb2\xa1", CAPTURE],
  ["\xa1\xb2\xc3\xd4", CAPTURE],
  ["\x4d\x3c\xb2\xa1", CAPTURE],
  ["\xa1\xb2\x3c\x4d", CAPTURE],
  ["\x0a\x0d\x0d\x0a", CAPTURE],
  ["\x89PNG\r\n\x1a\n", IMAGE],
  ["\xff\xd8\xff", IMAGE],
  ["GIF8", IMAGE],
  ["7z\xbc\xaf\x27\x1c", { problem: "this is a 7z archive, not CSV", advice: "unpack it and give the CSV in it" }],
  ["Rar!\x1a\x07", { problem: "this is a RAR archive, not CSV", advice: "unpack it and give the CSV in it" }],
  ["{\\rtf", { problem: "this is a formatted document (RTF), not CSV", advice: SAVE }],
  ["SQLite format 3\0", { problem: "this is a database, not CSV", advice: "export the table as CSV" }],
];

/** By a name that a ZIP file has inside, which stands there in clear. */
const ZIP_CONTENTS: readonly (readonly [name: string, kind: OtherKind])[] = [
  ["xl/", WORKBOOK],
  [
    "word/",
    { problem: "this is a Word document, not CSV", advice: "copy its table into a sheet and save that as CSV" },
  ],
  ["ppt/", { problem: "this is a presentation, not CSV", advice: "give the table that it shows as CSV" }],
  ["opendocument.spreadsheet", { problem: "this is a spreadsheet, not CSV", advice: SAVE }],
  ["opendocument.text", { problem: "this is a text document, not CSV", advice: SAVE }],
];

const ZIP_START = "PK\x03\x04";
const TAR_MARK_AT = 257;

/** What a file is by its first bytes, or undefined when they may be text. */
export function findOtherKind(bytes: Uint8Array): OtherKind | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  if (text.startsWith(ZIP_START) || text.startsWith("PK\x05\x06")) return zipKind(text);
  if (text.startsWith("ustar", TAR_MARK_AT)) {
    return { problem: "this is a tar archive, not CSV", advice: "unpack it and give the CSV in it" };
  }
  return SIGNATURES.find(([start]) => text.startsWith(start))?.[1];
}

/** Whether all of a ZIP's beginning is wanted to tell what is in it. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04;
}

function zipKind(text: string): OtherKind {
  const found = ZIP_CONTENTS.find(([name]) => text.includes(name))?.[1];
  return found ?? { problem: "this is a ZIP archive, not CSV", advice: "unpack it and give the CSV in it" };
}

const CODE_LINE =
  /^(?:import [\w.]+|from [\w.]+ import |def \w+\(|class \w+[(:]|if __name__ ==|#!.*\bpython|#\s*-\*-\s*coding)/m;
const MOST_CODE = 1 << 14;

/** What a text is, when it is clearly a text of another kind. */
export function findOtherText(text: string): OtherKind | undefined {
  const start = text.slice(0, MOST_CODE).trimStart();
  if (/^<(?:!doctype|html|head|body|table|\?xml|!--)/i.test(start)) {
    return { problem: "this is a web page or XML, not CSV", advice: SAVE };
  }
  if (/^(?:\{\s*["}]|\[\s*[[{])/.test(start)) {
    return { problem: "this is JSON, not CSV", advice: "convert it into CSV, one row for each message" };
  }
  const header = start.split(/\r\n|\n|\r/, 1)[0] ?? "";
  if ((CODE_LINE.test(header) || header.split(/[,;\t|]/).length < 3) && CODE_LINE.test(start)) {
    return { problem: "this is a Python program, not CSV", advice: "give the CSV file that it reads or writes" };
  }
  return undefined;
}

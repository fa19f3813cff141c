/** What kinds of files there are, known by their first bytes, whatever their names say. */
import { latin1Text } from "../core/utf8.ts";

export type FileFamily =
  | "workbook"
  | "old office"
  | "word"
  | "slides"
  | "spreadsheet"
  | "text document"
  | "pdf"
  | "picture"
  | "capture"
  | "foreign capture"
  | "zip"
  | "tar"
  | "7z"
  | "rar"
  | "packed"
  | "rtf"
  | "database"
  | "program"
  | "markup"
  | "json"
  | "python";

export interface FileKind {
  readonly family: FileFamily;
  /** With its article: "an Excel workbook". */
  readonly name: string;
  /** What unpacks it, where that is all it needs. */
  readonly unpackWith?: string;
}

const PICTURE: FileKind = { family: "picture", name: "a picture" };
const CAPTURE: FileKind = { family: "capture", name: "a packet capture" };
const NETMON: FileKind = { family: "foreign capture", name: "a capture of Microsoft Network Monitor" };
const SNIFFER: FileKind = { family: "foreign capture", name: "a capture of Sniffer" };
const PROGRAM: FileKind = { family: "program", name: "a compiled program" };

function foreignCapture(name: string): FileKind {
  return { family: "foreign capture", name };
}

function packed(name: string, unpackWith: string): FileKind {
  return { family: "packed", name, unpackWith };
}

/** By the file's first bytes, one character a byte. */
const SIGNATURES: readonly (readonly [start: string, kind: FileKind])[] = [
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", { family: "old office", name: "an Excel workbook or another old Office file" }],
  ["%PDF-", { family: "pdf", name: "a PDF document" }],
  ["\xd4\xc3\xb2\xa1", CAPTURE],
  ["\xa1\xb2\xc3\xd4", CAPTURE],
  ["\x4d\x3c\xb2\xa1", CAPTURE],
  ["\xa1\xb2\x3c\x4d", CAPTURE],
  ["\x0a\x0d\x0d\x0a", CAPTURE],
  ["\x89PNG\r\n\x1a\n", PICTURE],
  ["\xff\xd8\xff", PICTURE],
  ["GIF8", PICTURE],
  ["7z\xbc\xaf\x27\x1c", { family: "7z", name: "a 7z archive" }],
  ["Rar!\x1a\x07", { family: "rar", name: "a RAR archive" }],
  ["{\\rtf", { family: "rtf", name: "a formatted document (RTF)" }],
  ["SQLite format 3\0", { family: "database", name: "a database" }],
  ["snoop\0\0\0", foreignCapture("a snoop capture")],
  ["btsnoop\0", foreignCapture("a Bluetooth capture (btsnoop)")],
  ["GMBU", NETMON],
  ["RTSS", NETMON],
  ["TRSNIFF data    \x1a", SNIFFER],
  ["XCP\0", SNIFFER],
  ["\x7fver", foreignCapture("a capture of EtherPeek")],
  ["iptrace ", foreignCapture("an iptrace capture")],
  ["ObserverPktBuffer", foreignCapture("a capture of Observer")],
  ["\x28\xb5\x2f\xfd", packed("compressed with Zstandard", "zstd -d")],
  ["\x04\x22\x4d\x18", packed("compressed with LZ4", "lz4 -d")],
  ["\xfd7zXZ\0", packed("compressed with xz", "xz -d")],
  ["BZh", packed("compressed with bzip2", "bzip2 -d")],
  ["\x1f\x9d", packed("compressed with compress", "uncompress")],
  ["\x7fELF", PROGRAM],
  ["MZ", PROGRAM],
];

/** By a name that a ZIP file has inside, which stands there in clear. */
const ZIP_CONTENTS: readonly (readonly [name: string, kind: FileKind])[] = [
  ["xl/", { family: "workbook", name: "an Excel workbook" }],
  ["word/", { family: "word", name: "a Word document" }],
  ["ppt/", { family: "slides", name: "a presentation" }],
  ["opendocument.spreadsheet", { family: "spreadsheet", name: "a spreadsheet" }],
  ["opendocument.text", { family: "text document", name: "a text document" }],
];

const ZIP_START = "PK\x03\x04";
const TAR_MARK_AT = 257;

/** What a file is by its first bytes, or undefined when they may be text. */
export function findFileKind(bytes: Uint8Array): FileKind | undefined {
  const text = latin1Text(bytes);
  if (text.startsWith(ZIP_START) || text.startsWith("PK\x05\x06")) {
    const found = ZIP_CONTENTS.find(([name]) => text.includes(name))?.[1];
    return found ?? { family: "zip", name: "a ZIP archive" };
  }
  if (text.startsWith("ustar", TAR_MARK_AT)) return { family: "tar", name: "a tar archive" };
  return SIGNATURES.find(([start]) => text.startsWith(start))?.[1];
}

/** Whether all of a ZIP's beginning is wanted to tell what is in it. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04;
}

/** Whether these bytes begin a gzip file. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

const CODE_LINE =
  /^(?:import [\w.]+|from [\w.]+ import |def \w+\(|class \w+[(:]|if __name__ ==|#!.*\bpython|#\s*-\*-\s*coding)/m;
const MOST_CODE = 1 << 14;

/** What a text is, when it is clearly a text of another kind than a table. */
export function findTextKind(text: string): FileKind | undefined {
  const start = text.slice(0, MOST_CODE).trimStart();
  if (/^<(?:!doctype|html|head|body|table|\?xml|!--)/i.test(start)) {
    return { family: "markup", name: "a web page or XML" };
  }
  if (/^(?:\{\s*["}]|\[\s*[[{])/.test(start)) return { family: "json", name: "JSON" };
  const header = start.split(/\r\n|\n|\r/, 1)[0] ?? "";
  if ((CODE_LINE.test(header) || header.split(/[,;\t|]/).length < 3) && CODE_LINE.test(start)) {
    return { family: "python", name: "a Python program" };
  }
  return undefined;
}

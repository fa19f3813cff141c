/** What a file is that is no capture, and what to do about it. */
import { type FileFamily, type FileKind, findFileKind, findTextKind, isGzip, isZip } from "../files/file-kinds.ts";
import { CaptureError } from "./capture-file.ts";

/** Whoever opens packed captures has unpacked it once already. */
const GZIP: FileKind = { name: "compressed with gzip", family: "packed", unpackWith: "gunzip" };

const ENCAPSULATE = "to make a capture of messages, use encapsulate";
const GIVE = "give a pcap or pcapng file";

/** What to do about the kinds of files for which there is more to say than what is wanted. */
const ADVICE: Readonly<Partial<Record<FileFamily, string>>> = {
  "foreign capture": "convert it with editcap, which comes with Wireshark",
  zip: "unpack it and give the capture in it",
  tar: "unpack it and give the capture in it",
  "7z": "unpack it and give the capture in it",
  rar: "unpack it and give the capture in it",
  workbook: `save it as CSV, and ${ENCAPSULATE}`,
  spreadsheet: `save it as CSV, and ${ENCAPSULATE}`,
};

/** Enough to tell what kind of file it is; of a zip archive, more. */
const SAMPLE_LENGTH = 4096;
const ZIP_SAMPLE_LENGTH = 1 << 20;

/** Bytes by which a file of another kind is known, by its first ones. */
export function sampleLengthOf(start: Uint8Array): number {
  return isZip(start) ? ZIP_SAMPLE_LENGTH : SAMPLE_LENGTH;
}

/**
 * Why nothing can be read.
 *
 * @param bytes of the file, so many as `sampleLengthOf` says, or all that there are
 * @param interruption why there are no more, where that is not the file's own end
 */
export function notACapture(bytes: Uint8Array, name: string, interruption?: string): CaptureError {
  const start = bytes.subarray(0, sampleLengthOf(bytes));
  if (interruption !== undefined && start.length < SAMPLE_LENGTH) {
    return new CaptureError("BAD_GZIP", { file: name }, interruption, "copy or compress it again");
  }
  if (start.length === 0) {
    return new CaptureError("EMPTY_INPUT", { file: name }, "the file is empty", "record it again");
  }
  const kind = isGzip(start) ? GZIP : findFileKind(start);
  const [problem, advice] = kind === undefined ? describeUnknown(start) : describeKind(kind);
  return new CaptureError("NOT_A_CAPTURE", { file: name, offset: 0 }, problem, advice);
}

function describeKind(kind: FileKind): [problem: string, advice: string] {
  if (kind.unpackWith !== undefined) return [`this is ${kind.name}`, `unpack it with ${kind.unpackWith} first`];
  if (kind.family === "foreign capture") return [`this is ${kind.name}, not pcap or pcapng`, ADVICE[kind.family]!];
  if (kind.family === "capture") return ["this is a capture in a variant that is not known", GIVE];
  return [`this is ${kind.name}, not a packet capture`, ADVICE[kind.family] ?? GIVE];
}

function describeUnknown(start: Uint8Array): [problem: string, advice: string] {
  const text = readAsText(start);
  if (text === undefined) return ["this is no packet capture of a kind that is known", GIVE];
  const kind = findTextKind(text);
  if (kind !== undefined) return describeKind(kind);
  const isTable = (text.split(/\r\n|\n|\r/, 1)[0] ?? "").split(/[,;\t|]/).length > 2;
  return isTable
    ? ["this is CSV, not a packet capture", ENCAPSULATE]
    : ["this is text, not a packet capture", `${GIVE}; ${ENCAPSULATE}`];
}

/** The bytes as text, or undefined when they are none. */
function readAsText(bytes: Uint8Array): string | undefined {
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const decoder = new TextDecoder(isWide ? (bytes[0] === 0xff ? "utf-16le" : "utf-16be") : "utf-8");
  const text = decoder.decode(bytes);
  // A file in some older encoding is text too, though not all of it can be read.
  const strange = text.match(/(?![\t\n\f\r])[\p{Cc}\ufffd]/gu)?.length ?? 0;
  return strange * 20 <= text.length ? text : undefined;
}

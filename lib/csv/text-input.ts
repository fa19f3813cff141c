/** From a file's bytes to its text in UTF-8: unpacked, decoded, and known to be no file of another kind. */
import { WirewrightError } from "../core/errors.ts";
import { type FileFamily, type FileKind, findFileKind, findTextKind, isGzip, isZip } from "../files/file-kinds.ts";
import { InputError, quoteFound } from "./input-errors.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SIGNATURE_BYTES = 4096;

/**
 * So much of an input comes at a time, about a thousand rows. Larger chunks bring nothing, and their rows live longer than the
 * garbage collector likes.
 */
export const CHUNK_LENGTH = 1 << 17;

/** So much of the text is looked at before it is read. */
export const SAMPLE_BYTES = 1 << 20;

/** Chunks that can be looked at before they are taken. */
export class PeekableBytes {
  readonly #source: AsyncIterator<Uint8Array>;
  #waiting: Uint8Array[] = [];
  #waitingLength = 0;
  #isDone = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]();
  }

  /** The first bytes, `length` of them or all that there are. They stay to be taken. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#waitingLength < length && !this.#isDone) {
      const { value, done } = await this.#source.next();
      if (done) {
        this.#isDone = true;
      } else {
        // A copy: the source may use the memory of a chunk again.
        this.#waiting.push(value.slice());
        this.#waitingLength += value.length;
      }
    }
    const bytes = new Uint8Array(Math.min(length, this.#waitingLength));
    let offset = 0;
    for (const chunk of this.#waiting) {
      if (offset === bytes.length) break;
      bytes.set(chunk.subarray(0, bytes.length - offset), offset);
      offset += Math.min(chunk.length, bytes.length - offset);
    }
    return bytes;
  }

  /** All bytes, those that were looked at first. */
  async *take(): AsyncGenerator<Uint8Array> {
    try {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const chunk of waiting) yield chunk;
      while (!this.#isDone) {
        const { value, done } = await this.#source.next();
        if (done) this.#isDone = true;
        else yield value;
      }
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    await this.#source.return?.();
  }
}

export interface TextInput {
  readonly text: PeekableBytes;
  readonly encoding: string;
  readonly isCompressed: boolean;
}

/**
 * @param label the encoding to use where no byte order mark tells it
 * @throws InputError for a file that is no text; WirewrightError BAD_OPTION for an encoding that nobody knows
 */
export async function openText(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  label: string | undefined,
): Promise<TextInput> {
  const given = encodingNamed(label ?? "utf-8");
  let bytes = new PeekableBytes(chunks);
  try {
    let start = await bytes.peek(SIGNATURE_BYTES);
    const isCompressed = isGzip(start);
    if (isCompressed) {
      bytes = new PeekableBytes(unpacked(bytes.take(), file));
      start = await bytes.peek(SIGNATURE_BYTES);
    }
    const kind = findOtherKind(isZip(start) ? await bytes.peek(SAMPLE_BYTES) : start);
    if (kind !== undefined) throw notCsv(kind, file);
    const encoding = markedEncoding(start) ?? given;
    if (encoding !== "utf-8") bytes = new PeekableBytes(decoded(bytes.take(), encoding, file));
    const sample = await bytes.peek(SAMPLE_BYTES);
    const otherText = findOtherText(new TextDecoder().decode(sample.subarray(0, SIGNATURE_BYTES * 4)));
    if (otherText !== undefined) throw notCsv(otherText, file);
    if (!sample.includes(LINE_FEED) && sample.includes(CARRIAGE_RETURN)) {
      bytes = new PeekableBytes(withLineFeeds(bytes.take()));
    }
    return { text: bytes, encoding, isCompressed };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

function notCsv({ problem, advice }: OtherKind, file: string): InputError {
  return new InputError("NOT_CSV", { file }, problem, advice);
}

function encodingNamed(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch (error) {
    const advice = "give utf-8, utf-16, latin1 or windows-1255";
    throw new WirewrightError("BAD_OPTION", `There is no encoding ${quoteFound(label)}; ${advice}.`, { cause: error });
  }
}

/** The encoding that the first bytes tell: by a mark, or by the zeros that UTF-16 has where text is mostly ASCII. */
function markedEncoding(start: Uint8Array): string | undefined {
  const [first, second, third, fourth] = start;
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (fourth === undefined) return undefined;
  if (first && !second && third && !fourth) return "utf-16le";
  if (!first && second && !third && fourth) return "utf-16be";
  return undefined;
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, encoding: string, file: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const encoder = new TextEncoder();
  const decode = (chunk?: Uint8Array): Uint8Array => {
    try {
      return encoder.encode(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch (error) {
      const problem = `the text is not ${encoding} throughout`;
      const advice = "name its encoding with --encoding, or save the file as CSV in UTF-8";
      throw new InputError("BAD_ENCODING", { file }, problem, advice, { cause: error });
    }
  };
  for await (const chunk of chunks) {
    const text = decode(chunk);
    if (text.length > 0) yield text;
  }
  const rest = decode();
  if (rest.length > 0) yield rest;
}

/** The text of a system that ends its lines with a carriage return alone. */
async function* withLineFeeds(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk.map((byte) => (byte === CARRIAGE_RETURN ? LINE_FEED : byte));
  }
}

async function* unpacked(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  // Loaded for packed files: each file takes its time to start.
  const { gunzip } = await import("../files/gunzip.ts");
  const { GzipError } = await import("../files/gzip-error.ts");
  try {
    yield* gunzip(chunks);
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    throw new InputError("BAD_GZIP", { file }, error.message, "copy or compress it again", { cause: error });
  }
}

/** What a file is instead, and what to do about it: two halves of a sentence. */
interface OtherKind {
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
function findOtherKind(bytes: Uint8Array): OtherKind | undefined {
  return otherKind(findFileKind(bytes));
}

/** What a text is, when it is clearly a text of another kind. */
function findOtherText(text: string): OtherKind | undefined {
  return otherKind(findTextKind(text));
}

function otherKind(kind: FileKind | undefined): OtherKind | undefined {
  const advice = kind && ADVICE[kind.family];
  return advice === undefined ? undefined : { problem: `this is ${kind!.name}, not CSV`, advice };
}

/** Capture files and standard input, packed or not, opened for reading. */
import { once } from "node:events";
import { createGunzip, type Gunzip } from "node:zlib";
import { concatBytes } from "../core/bytes.ts";
import { requirePath } from "../core/given.ts";
import { isGzip } from "../files/file-kinds.ts";
import { describeDamage } from "../files/gzip-error.ts";
import { describeInputFailure, type Input, openInputFile } from "../files/input-file.ts";
import { CaptureError } from "./capture-file.ts";
import {
  type Capture,
  type CaptureSource,
  MAGIC_LENGTH,
  ParsedCapture,
  parserFor,
  readBeginning,
} from "./capture-reader.ts";
import { notACapture, sampleLengthOf } from "./not-a-capture.ts";

const PATH_ADVICE = 'give a text such as "out/part1.pcap"; for bytes use openCaptureBytes of wirewright';
/** 1 MiB: with less, the way to the disk and back takes longer than the packets do. */
const CHUNK_LENGTH = 1 << 20;
/** Of a compressed file so little is unpacked at a time, since it may unpack to a thousand times as much. */
const PIECE_LENGTH = 1 << 15;
const OUTPUT_LENGTH = 1 << 16;

/**
 * Opens a capture: pcap or pcapng, as it is or packed with gzip, known by its first bytes and not by its name.
 *
 * @param path a path, or `-` for standard input
 * @param signal ends standard input or a pipe, which could go on for ever: what has come until then is the capture
 * @throws CaptureError when the file cannot be opened or is no capture; the sentence says what it is instead;
 *   WirewrightError BAD_OPTION for what is no path
 *
 * @example
 * ```ts
 * import { encapsulate, openCapture } from "wirewright/node";
 *
 * await encapsulate({ input: "fixtures/chat.csv", output: "out/opened.pcapng" });
 * const capture = await openCapture("out/opened.pcapng");
 * let packets = 0;
 * do {
 *   while (capture.next()) packets++;
 * } while (await capture.more());
 * await capture.close();
 * console.log(packets); // 69
 * ```
 */
export async function openCapture(path: string, signal?: AbortSignal): Promise<Capture> {
  requirePath("openCapture", path, "the path of a capture", PATH_ADVICE);
  const input = await openInputFile(path, { chunkLength: CHUNK_LENGTH, reuse: true, failure: captureFailure, signal });
  const source = new InputSource(input);
  try {
    return await openSource(source, input.name);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** What the system says about a capture file, as one sentence. */
function captureFailure(name: string, error: unknown): CaptureError {
  const { code, problem, advice } = describeInputFailure(error, "capture file");
  return new CaptureError(code, { file: name }, problem, advice, { cause: error });
}

async function openSource(source: InputSource, name: string): Promise<Capture> {
  let start = await source.peek(MAGIC_LENGTH);
  if (isGzip(start)) {
    source.unpack();
    start = await source.peek(MAGIC_LENGTH);
  }
  const parser = await parserFor(start, name);
  if (parser === undefined) throw await notThere(source, name);
  if (!(await readBeginning(parser, source))) parser.end(source.interruption);
  return new ParsedCapture(name, parser, source);
}

/** The bytes of an input, with a look at the first ones beforehand. */
class InputSource implements CaptureSource {
  isCompressed = false;
  bytesRead = 0;
  declare readonly size?: number;
  interruption: string | undefined;
  readonly #input: Input;
  #chunks: AsyncIterator<Uint8Array>;
  #start: Uint8Array | undefined;

  constructor(input: Input) {
    this.#input = input;
    this.#chunks = this.#counted(input.chunks);
    if (input.size !== undefined) this.size = input.size;
  }

  /** The first bytes, `length` of them or all that there are; they stay to be read. */
  async peek(length: number): Promise<Uint8Array> {
    while ((this.#start?.length ?? 0) < length) {
      const { value, done } = await this.#chunks.next();
      if (done) break;
      this.#start = this.#start === undefined ? value : concatBytes([this.#start, value]);
    }
    return this.#start ?? new Uint8Array(0);
  }

  /** From now on, gives what the bytes unpack to. */
  unpack(): void {
    const packed = behind(this.#start, this.#chunks);
    this.#start = undefined;
    this.isCompressed = true;
    this.#chunks = unpack(packed, (problem) => {
      this.interruption = problem;
    });
  }

  async read(): Promise<Uint8Array | undefined> {
    const start = this.#start;
    if (start !== undefined) {
      this.#start = undefined;
      return start;
    }
    const { value, done } = await this.#chunks.next();
    return done ? undefined : value;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
    await this.#input.close();
  }

  async *#counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.bytesRead += chunk.length;
      yield chunk;
    }
  }
}

async function* behind(start: Uint8Array | undefined, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (start !== undefined) yield start;
    for (;;) {
      const { value, done } = await chunks.next();
      if (done) return;
      yield value;
    }
  } finally {
    await chunks.return?.();
  }
}

/**
 * Unpacks all members of a gzip file as it comes, so that what stands before a damaged place, or the end of a file cut off,
 * is not lost. What was given out stays as it is.
 *
 * @param onDamage called with half a sentence when there is no more to unpack although the file should have it
 */
async function* unpack(
  chunks: AsyncIterable<Uint8Array>,
  onDamage: (problem: string) => void,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: OUTPUT_LENGTH });
  const output: Uint8Array[] = [];
  let failure: NodeJS.ErrnoException | undefined;
  gunzip.on("data", (piece: Uint8Array) => output.push(piece));
  gunzip.on("error", (error) => {
    failure = error;
  });
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && failure === undefined; at += PIECE_LENGTH) {
        await write(gunzip, chunk.subarray(at, at + PIECE_LENGTH));
        yield* output.splice(0);
      }
      if (failure !== undefined) break;
    }
    if (failure === undefined) await finish(gunzip);
    yield* output.splice(0);
    if (failure !== undefined) onDamage(describeDamage(failure));
  } finally {
    gunzip.destroy();
  }
}

function write(gunzip: Gunzip, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      gunzip.off("close", done);
      resolve();
    };
    // Where unpacking fails, nothing but the end of the stream says so.
    gunzip.once("close", done);
    // Comes back when everything that the piece unpacks to was handed out.
    gunzip.write(piece, done);
  });
}

async function finish(gunzip: Gunzip): Promise<void> {
  const ended = once(gunzip, "close");
  gunzip.end();
  await ended.catch(() => {});
}

async function notThere(source: InputSource, name: string): Promise<CaptureError> {
  const start = await source.peek(MAGIC_LENGTH);
  return notACapture(await source.peek(sampleLengthOf(start)), name, source.interruption);
}

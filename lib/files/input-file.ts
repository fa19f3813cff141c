/** Input files and standard input, as chunks of bytes. */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Socket } from "node:net";
import { shorten } from "../core/text.ts";

/** An input that can be read once, from its start to its end. */
export interface Input {
  /** The bytes, in pieces of any size; to be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** For errors and people: the path as given, or "standard input". */
  readonly name: string;
  /** In bytes, where it is known beforehand. */
  readonly size?: number;
  /** The file as the system knows it, whatever its names are. */
  readonly identity?: {
    /** Number of the device that it is on. */
    readonly dev: bigint;
    /** Number of the file on that device. */
    readonly ino: bigint;
  };
  /** To be called in the end, also when not everything was read. */
  close(): Promise<void>;
}

export interface InputFileOptions {
  readonly chunkLength: number;
  /**
   * Reads ahead into memory that is used again: a chunk stays as it is until the second one after it is asked for.
   * Otherwise every chunk has memory of its own.
   */
  readonly reuse: boolean;
  /** Makes the error that is thrown of what the system says. */
  readonly failure: (name: string, error: unknown) => Error;
  /** Ends what could go on for ever, standard input or a pipe, as if its writer had ended it. Files are read to their end. */
  readonly signal?: AbortSignal | undefined;
}

const STANDARD_INPUT = "standard input";
/** One is being read into, one is given out, and of one before that the last bytes may still be wanted. */
const REUSED_BUFFERS = 3;
const LONGEST_CODE = 40;

/** Opens a file, or standard input for "-". Throws what `failure` makes, as the chunks do when reading fails later. */
export async function openInputFile(path: string, options: InputFileOptions): Promise<Input> {
  if (path === "-") return openStandardInput(options);
  return isPipe(path) ? openPipe(path, options) : openFile(path, options);
}

function isPipe(path: string): boolean {
  // Only there is it certain that a pipe which nobody has written to yet is not taken for one that has ended.
  if (process.platform !== "linux") return false;
  try {
    return statSync(path).isFIFO();
  } catch {
    // Opening it will say what is wrong.
    return false;
  }
}

/**
 * Opens a named pipe without waiting for somebody who writes to it. To wait inside the system, for that or for the next
 * bytes, takes a thread that nothing can call back, not even the end of the process.
 */
function openPipe(path: string, options: InputFileOptions): Input {
  const { failure } = options;
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw failure(path, error);
  }
  try {
    const stats = fstatSync(descriptor, { bigint: true });
    const pipe = new Socket({ fd: descriptor, readable: true, writable: false });
    return {
      chunks: readStream(pipe, path, options),
      name: path,
      ...describe(stats),
      close: async () => {
        pipe.destroy();
      },
    };
  } catch (error) {
    closeSync(descriptor);
    throw failure(path, error);
  }
}

async function openFile(path: string, options: InputFileOptions): Promise<Input> {
  const { failure } = options;
  const handle = await translated(path, failure, () => open(path, "r"));
  try {
    const stats = await translated(path, failure, () => handle.stat({ bigint: true }));
    // On most systems a folder can be opened, and only reading it fails.
    if (stats.isDirectory()) throw failure(path, { code: "EISDIR" });
    const chunks = options.reuse ? readAhead(handle, path, options) : readHandle(handle, path, options);
    return { chunks, name: path, ...describe(stats), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function openStandardInput(options: InputFileOptions): Input {
  const { failure } = options;
  const stats = statStandardInput();
  // Node would take it for an empty input.
  if (stats?.isDirectory()) throw failure(STANDARD_INPUT, { code: "EISDIR" });
  return {
    chunks: readStream(process.stdin, STANDARD_INPUT, options),
    name: STANDARD_INPUT,
    ...(stats && describe(stats)),
    close: async () => {
      // A pipe that is still open would keep the process alive.
      process.stdin.destroy();
    },
  };
}

async function* readHandle(
  handle: FileHandle,
  name: string,
  { chunkLength, failure }: InputFileOptions,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    // Not reused: the messages made from it may still be on their way.
    const chunk = new Uint8Array(chunkLength);
    const { bytesRead } = await translated(name, failure, () => handle.read(chunk, 0, chunkLength, null));
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
  }
}

async function* readAhead(
  handle: FileHandle,
  name: string,
  { chunkLength, failure }: InputFileOptions,
): AsyncGenerator<Uint8Array> {
  const buffers = Array.from({ length: REUSED_BUFFERS }, () => new Uint8Array(chunkLength));
  const read = (turn: number) => handle.read(buffers[turn % REUSED_BUFFERS]!, 0, chunkLength, null);
  let reading = read(0);
  try {
    for (let turn = 0; ; turn++) {
      const { bytesRead } = await translated(name, failure, () => reading);
      if (bytesRead === 0) return;
      reading = read(turn + 1);
      // Whether it fails is asked in the next round, if there is one.
      reading.catch(() => {});
      yield buffers[turn % REUSED_BUFFERS]!.subarray(0, bytesRead);
    }
  } finally {
    await reading.catch(() => {});
  }
}

async function* readStream(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  { failure, signal }: InputFileOptions,
): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  const ended = signal && whenAborted(signal);
  for (;;) {
    const next = translated(name, failure, () => chunks.next());
    // What is there already comes before the end.
    const result = await (ended === undefined ? next : Promise.race([next, ended]));
    if (result === undefined || result.done) return;
    yield result.value;
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
}

function describe(stats: BigIntStats): Pick<Input, "size" | "identity"> {
  const identity = { dev: stats.dev, ino: stats.ino };
  return stats.isFile() ? { size: Number(stats.size), identity } : { identity };
}

function statStandardInput(): BigIntStats | undefined {
  try {
    return fstatSync(0, { bigint: true });
  } catch {
    // There is none; reading it will say so.
    return undefined;
  }
}

async function translated<T>(name: string, failure: InputFileOptions["failure"], action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw failure(name, error);
  }
}

export interface InputFailure {
  readonly code: "NO_SUCH_INPUT" | "INPUT_IS_FOLDER" | "INPUT_NOT_ALLOWED" | "INPUT_UNREADABLE";
  readonly problem: string;
  readonly advice: string;
}

/**
 * What the system says about an input, as two halves of a sentence.
 *
 * @param wanted what should have been given: "CSV file"
 */
export function describeInputFailure(error: unknown, wanted: string): InputFailure {
  const code = error instanceof Object && "code" in error ? String(error.code) : String(error);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return { code: "NO_SUCH_INPUT", problem: "there is no such file", advice: "check the path" };
    case "EISDIR":
      return { code: "INPUT_IS_FOLDER", problem: "this is a folder", advice: `give the ${wanted} in it` };
    case "EACCES":
    case "EPERM":
      return {
        code: "INPUT_NOT_ALLOWED",
        problem: "reading it is not permitted",
        advice: "change its permissions",
      };
    default:
      return {
        code: "INPUT_UNREADABLE",
        problem: `it cannot be read (${shorten(code, LONGEST_CODE)})`,
        advice: "try with a copy of it",
      };
  }
}

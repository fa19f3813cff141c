/** Input files and standard input, as chunks of bytes. */
import { type BigIntStats, fstatSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { InputError, quoteFound } from "./errors.ts";

/** An input that can be read once, from its start to its end. */
export interface Input {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** For errors and people: the path as given, or "standard input". */
  readonly name: string;
  /** In bytes, where it is known beforehand. */
  readonly size?: number;
  /** The file as the system knows it, whatever its names are. */
  readonly identity?: { readonly dev: bigint; readonly ino: bigint };
  /** To be called in the end, also when not everything was read. */
  close(): Promise<void>;
}

const STANDARD_INPUT = "standard input";
/**
 * 32 KiB: some hundred rows, which have become packets before the garbage collector takes them for long-lived. With
 * chunks of 256 KiB the peak memory of a million rows was 190 MB instead of 125.
 */
const CHUNK_LENGTH = 1 << 15;

/**
 * Opens a file, or standard input for "-".
 *
 * @throws InputError when there is no such file, it is a folder, or may not be read; the chunks throw it too, when reading
 * fails later.
 */
export async function openInput(path: string): Promise<Input> {
  return path === "-" ? openStandardInput() : openFile(path);
}

async function openFile(path: string): Promise<Input> {
  const handle = await translated(path, () => open(path, "r"));
  try {
    const stats = await translated(path, () => handle.stat({ bigint: true }));
    // On most systems a folder can be opened, and only reading it fails.
    if (stats.isDirectory()) throw inputFailure(path, { code: "EISDIR" });
    return { chunks: readHandle(handle, path), name: path, ...describe(stats), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function openStandardInput(): Input {
  const stats = statStandardInput();
  // Node would take it for an empty input.
  if (stats?.isDirectory()) throw inputFailure(STANDARD_INPUT, { code: "EISDIR" });
  return {
    chunks: readStandardInput(),
    name: STANDARD_INPUT,
    ...(stats && describe(stats)),
    close: async () => {
      // A pipe that is still open would keep the process alive.
      process.stdin.destroy();
    },
  };
}

async function* readHandle(handle: FileHandle, name: string): AsyncGenerator<Uint8Array> {
  for (;;) {
    // Not reused: the messages made from it may still be on their way.
    const chunk = new Uint8Array(CHUNK_LENGTH);
    const { bytesRead } = await translated(name, () => handle.read(chunk, 0, CHUNK_LENGTH, null));
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
  }
}

async function* readStandardInput(): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = process.stdin[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await translated(STANDARD_INPUT, () => chunks.next());
    if (done) return;
    yield value;
  }
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

async function translated<T>(name: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw inputFailure(name, error);
  }
}

/** What the system says about an input, as one sentence. */
export function inputFailure(name: string, error: unknown): InputError {
  const place = { file: name };
  const code = error instanceof Object && "code" in error ? String(error.code) : String(error);
  const options = { cause: error };
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new InputError("NO_SUCH_INPUT", place, "there is no such file", "check the path", options);
    case "EISDIR":
      return new InputError("INPUT_IS_FOLDER", place, "this is a folder", "give the CSV file in it", options);
    case "EACCES":
    case "EPERM":
      return new InputError(
        "INPUT_NOT_ALLOWED",
        place,
        "reading it is not permitted",
        "change its permissions",
        options,
      );
    default: {
      const problem = `it cannot be read (${quoteFound(code).slice(1, -1)})`;
      return new InputError("INPUT_UNREADABLE", place, problem, "try with a copy of it", options);
    }
  }
}

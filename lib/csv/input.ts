/** Input files and standard input, as chunks of bytes for the reading of messages. */
import { requirePath } from "../core/given.ts";
import { describeInputFailure, type Input, openInputFile } from "../files/input-file.ts";
import { InputError } from "./input-errors.ts";
import { CHUNK_LENGTH } from "./text-input.ts";

export type { Input };

/**
 * Opens a file, or standard input for "-".
 *
 * @throws InputError when there is no such file, it is a folder, or may not be read; the chunks throw it too, when reading
 * fails later.
 */
export async function openInput(path: string): Promise<Input> {
  requirePath("openInput", path, "the path of a CSV", 'give a text such as "fixtures/chat.csv"');
  return openInputFile(path, { chunkLength: CHUNK_LENGTH, reuse: true, failure: inputFailure });
}

/** What the system says about an input, as one sentence. */
export function inputFailure(name: string, error: unknown): InputError {
  const { code, problem, advice } = describeInputFailure(error, "CSV file");
  return new InputError(code, { file: name }, problem, advice, { cause: error });
}

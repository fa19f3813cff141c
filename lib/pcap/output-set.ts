/**
 * Output files of which nobody knows beforehand how many there are: they get their names when all of them are whole. Only what is being written at the moment is open, so that there can be more than a process may
 * have open, and each has little memory of its own.
 */
import fs from "node:fs";
import path from "node:path";
import { makeVisible } from "../core/text.ts";
import { cannotWrite, type FileIdentity, OutputError, registerUnfinished, statOutput } from "./output-file.ts";
import { makeFolders, temporaryName } from "./output-target.ts";
import type { SlabStore } from "./slabs.ts";

/** Enough for a packet of usual length; of thousands of files, all have one at the same time. */
const SLAB_LENGTH = 8192;

interface PartFile {
  readonly file: string;
  readonly temporary: string;
}

export class OutputSet {
  readonly #inputs: readonly FileIdentity[];
  readonly #parts: PartFile[] = [];
  readonly #forget: () => void;
  #isOpen = true;

  /** @param inputs what is being read, so that it is not overwritten */
  constructor(inputs: readonly FileIdentity[]) {
    this.#inputs = inputs;
    this.#forget = registerUnfinished(() => this.abort());
  }

  get count(): number {
    return this.#parts.length;
  }

  /**
   * Begins another file. Folders that are missing are made.
   *
   * @throws OutputError SAME_FILE when it is an input; CANNOT_WRITE when it cannot be written
   */
  open(file: string): SlabStore {
    try {
      const existing = statOutput(file, this.#inputs);
      if (existing?.isFile() === false) throw noFile(file);
      // A rename would replace even a file that its owner made read-only.
      if (existing !== undefined) fs.accessSync(file, fs.constants.W_OK);
      makeFolders(path.dirname(file));
      const part = { file, temporary: temporaryName(file) };
      fs.writeFileSync(part.temporary, "", { flag: "wx" });
      this.#parts.push(part);
      return new AppendedFile(part);
    } catch (error) {
      throw cannotWrite(file, error);
    }
  }

  /** Gives all files their names. @throws OutputError CANNOT_WRITE */
  commit(): void {
    this.#isOpen = false;
    this.#forget();
    for (const [index, { file, temporary }] of this.#parts.entries()) {
      try {
        fs.renameSync(temporary, file);
      } catch (error) {
        for (const left of this.#parts.slice(index)) fs.rmSync(left.temporary, { force: true });
        throw cannotWrite(file, error);
      }
    }
  }

  /** Leaves nothing behind. Harmless after `commit`. */
  abort(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#forget();
    for (const { temporary } of this.#parts) fs.rmSync(temporary, { force: true });
  }
}

function noFile(file: string): OutputError {
  const sentence = `${makeVisible(file)} is a device or a pipe, and a part of several needs a file; choose another name.`;
  return new OutputError("CANNOT_WRITE", file, sentence);
}

/** Writes what it is given at once, at the end of its file. */
class AppendedFile implements SlabStore {
  readonly isFull = false;
  readonly #part: PartFile;
  #free: Uint8Array | undefined;

  constructor(part: PartFile) {
    this.#part = part;
  }

  take(minimumLength: number): Uint8Array {
    const free = this.#free;
    this.#free = undefined;
    if (free !== undefined && free.length >= minimumLength) return free;
    return new Uint8Array(Math.max(minimumLength, SLAB_LENGTH));
  }

  give(slab: Uint8Array, length: number): void {
    this.#free = slab.length > SLAB_LENGTH ? undefined : slab;
    if (length === 0) return;
    try {
      fs.appendFileSync(this.#part.temporary, slab.subarray(0, length));
    } catch (error) {
      throw cannotWrite(this.#part.file, error);
    }
  }
}

/**
 * Output files that grow while what they tell of still goes on, such as recordings: under their own name from the start,
 * and readable at any time, even after the process has been killed.
 */
import fs from "node:fs";
import path from "node:path";
import { cannotWrite, type FileIdentity, OutputError, statOutput } from "./output-file.ts";
import { makeFolders } from "./output-target.ts";
import { type SlabStore, slabOf } from "./slabs.ts";

/**
 * A store of slabs that has written each one when `give` returns: what was given is with the system, and no end of this
 * process takes it back (a power cut can). Writers give whole records, so the file ends behind a whole record; only a
 * process that is killed in the middle of a write leaves the last one cut, behind which readers stop.
 *
 * `give` never throws, since what grows is not what its maker lives for. After a write that failed the file ends where
 * the last one that succeeded ended, and what is given later is dropped.
 */
export class GrowingFile implements SlabStore {
  /** Always: what is given is written at once. */
  readonly isFull = false;
  /** The path as it was given. */
  readonly name: string;
  readonly #descriptor: number;
  readonly #isNew: boolean;
  readonly #isFile: boolean;
  #free: Uint8Array | undefined;
  #length = 0;
  #hasBegun = false;
  #isOpen = true;
  #failure: OutputError | undefined;

  private constructor(name: string, descriptor: number, isNew: boolean) {
    this.name = name;
    this.#descriptor = descriptor;
    this.#isNew = isNew;
    this.#isFile = fs.fstatSync(descriptor).isFile();
  }

  /**
   * Opens an output. Folders that are missing are made; links are followed. What an older file holds is lost with the first
   * `give`, and not before.
   *
   * @param file a path; `-`, a pipe or a socket is no file that could grow
   * @param input what is being read, so that it is not overwritten
   * @throws OutputError SAME_FILE when the output is the input; CANNOT_WRITE when it cannot be opened
   */
  static async open(file: string, input?: FileIdentity): Promise<GrowingFile> {
    try {
      const existing = statOutput(file, input);
      if (file === "-" || existing?.isFIFO() || existing?.isSocket()) throw noFile(file);
      if (existing === undefined) makeFolders(path.dirname(file));
      // Not "w", which would empty it now. Not "r+" either, which makes no file.
      const descriptor = fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_CREAT, 0o666);
      return new GrowingFile(file, descriptor, existing === undefined);
    } catch (error) {
      throw error instanceof OutputError ? error : cannotWrite(file, error);
    }
  }

  /** Bytes that are safe in the file. */
  get length(): number {
    return this.#length;
  }

  /** Why nothing is written any more; undefined as long as everything was. */
  get failure(): OutputError | undefined {
    return this.#failure;
  }

  take(minimumLength: number): Uint8Array {
    const slab = this.#free;
    this.#free = undefined;
    return slabOf(slab, minimumLength);
  }

  give(slab: Uint8Array, length: number): void {
    this.#free = slab;
    if (length === 0 || this.#failure !== undefined || !this.#isOpen) return;
    try {
      this.#begin();
      writeAll(this.#descriptor, slab, length);
      this.#length += length;
    } catch (error) {
      this.#failure = cannotWrite(this.name, error);
      this.#takeBackHalfWritten();
    }
  }

  /**
   * Closes the file; harmless the second time. One that was made here and never written to is taken away again.
   *
   * @throws OutputError CANNOT_WRITE when something that was given is not in it
   */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      fs.closeSync(this.#descriptor);
      if (this.#isNew && !this.#hasBegun) fs.rmSync(this.name, { force: true });
    } catch (error) {
      this.#failure ??= cannotWrite(this.name, error);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    if (this.#isFile) fs.ftruncateSync(this.#descriptor, 0);
  }

  /** A full disk can take the beginning of a write. */
  #takeBackHalfWritten(): void {
    if (!this.#isFile) return;
    try {
      fs.ftruncateSync(this.#descriptor, this.#length);
    } catch {
      // Then its last record is cut, as after a kill.
    }
  }
}

function noFile(file: string): OutputError {
  const what = file === "-" ? "Standard output" : `${file} is a pipe or a socket, and`;
  const sentence = `${what} cannot be recorded to, since a recording has to stay readable after a crash; name a file.`;
  return new OutputError("CANNOT_WRITE", file, sentence);
}

/** At once and not in another thread, so that nothing is on its way when the process ends. */
function writeAll(descriptor: number, slab: Uint8Array, length: number): void {
  for (let offset = 0; offset < length; ) offset += fs.writeSync(descriptor, slab, offset, length - offset);
}

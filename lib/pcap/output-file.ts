/**
 * Output files that are there whole or not at all: what is written has the name of the target when everything is in it.
 * Devices, pipes and standard output are written directly.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { WirewrightError } from "../core/errors.ts";
import { directTarget, pipeTarget, streamTarget, type Target, wholeFileTarget } from "./output-target.ts";
import { type SlabStore, slabOf } from "./slabs.ts";

/** A file as the system knows it, whatever its names are. */
export interface FileIdentity {
  /** Number of the device that the file is on. */
  readonly dev: bigint;
  /** Number of the file on that device. */
  readonly ino: bigint;
}

/** What could not be done with an output, as one sentence. */
export class OutputError extends WirewrightError {
  /** The output as the person named it. */
  readonly file: string;

  /** Takes the whole sentence for people as `message`. */
  constructor(code: string, file: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "OutputError";
    this.file = file;
  }
}

interface FilledSlab {
  readonly slab: Uint8Array;
  readonly length: number;
}

/** Of the whole process, since who is told to stop it knows no output. */
const unfinished = new Set<Pick<Target, "abort">>();
let isWatchingExit = false;

/** Has `abort` called, should the process be told to stop, or end otherwise. @returns what takes that back */
export function registerUnfinished(abort: () => void): () => void {
  const entry = { abort };
  addUnfinished(entry);
  return () => void unfinished.delete(entry);
}

function addUnfinished(entry: Pick<Target, "abort">): void {
  // Also where nobody caught what a loop has thrown.
  if (!isWatchingExit) process.once("exit", discardUnfinishedOutputs);
  isWatchingExit = true;
  unfinished.add(entry);
}

/** Gives up every output that is not whole. For the last moments of a process that was told to stop. */
export function discardUnfinishedOutputs(): void {
  for (const target of unfinished) target.abort();
  unfinished.clear();
}

/**
 * A store of slabs that writes them to a file, one after the other, while the next ones are being filled. `commit` or `abort`
 * ends it, or whoever began it does: `write`, or the end of a block with `await using`.
 */
export class OutputFile implements SlabStore, AsyncDisposable {
  /** The path as it was given, or "standard output". */
  readonly name: string;
  readonly #target: Target;
  readonly #free: Uint8Array[] = [];
  /** What is to be written, in order. The first is being written now. */
  readonly #waiting: FilledSlab[] = [];
  /** Ends when the slab being written is written, and when all are. */
  #one: Promise<void> = Promise.resolve();
  #all: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(name: string, target: Target) {
    this.name = name;
    this.#target = target;
    addUnfinished(target);
  }

  /**
   * Opens an output. Folders that are missing are made; links are followed.
   *
   * @param file a path, or `-` for standard output
   * @param input what is being read, so that it is not overwritten: a file, or several
   * @throws OutputError SAME_FILE when the output is the input; CANNOT_WRITE when it cannot be opened
   */
  static async open(file: string, input?: FileIdentity | readonly FileIdentity[]): Promise<OutputFile> {
    if (typeof file !== "string") {
      // Each start of a command would pay for what hardly one says.
      const { requirePath } = await import("../core/given.ts");
      requirePath("OutputFile.open", file, "the path of an output");
    }
    try {
      if (isStandardOutput(file)) {
        // A terminal may be both; a file may not.
        const stdout = fs.fstatSync(1, { bigint: true });
        if (stdout.isFile() && isSame(stdout, input)) throw sameFile("standard output");
        return new OutputFile("standard output", streamTarget(process.stdout));
      }
      return new OutputFile(file, await openTarget(file, input));
    } catch (error) {
      throw error instanceof WirewrightError ? error : cannotWrite(file, error);
    }
  }

  /**
   * Opens an output, has it filled, and gives it its name; where filling it fails, nothing is left of it.
   *
   * @param file as of `open`
   * @param input as of `open`
   * @param fill hands in all that is to be in the file; what it throws passes through
   * @returns what `fill` returns
   * @throws OutputError as `open` and `commit`
   */
  static async write<Result>(
    file: string,
    fill: (output: OutputFile) => Result | PromiseLike<Result>,
    input?: FileIdentity | readonly FileIdentity[],
  ): Promise<Result> {
    const output = await OutputFile.open(file, input);
    try {
      const result = await fill(output);
      await output.commit();
      return result;
    } finally {
      await output.abort();
    }
  }

  /** Two slabs on their way is enough for writing and filling to go on at the same time. */
  get isFull(): boolean {
    return this.#waiting.length > 1;
  }

  take(minimumLength: number): Uint8Array {
    const slab = this.#free.pop();
    return slabOf(slab, minimumLength);
  }

  give(slab: Uint8Array, length: number): void {
    if (length === 0) return;
    // Writing begins in this very call: whoever fills slabs may not give way to anything else for a long time.
    if (this.#waiting.push({ slab, length }) === 1) this.#all = this.#writeAll();
  }

  /**
   * Waits until there is room for another slab, while the last one may still be being written: whether that can be is told
   * by the next call.
   *
   * @throws OutputError CANNOT_WRITE (a full disk, for one), CLOSED_PIPE when nobody reads the pipe any more
   */
  async room(): Promise<void> {
    while (this.isFull) await this.#one;
    this.#check();
  }

  /** Waits until everything handed in is written. @throws OutputError as `room` */
  async drain(): Promise<void> {
    await this.#all;
    this.#check();
  }

  /** Writes the rest and gives the file its name. @throws OutputError as `drain` */
  async commit(): Promise<void> {
    await this.drain();
    try {
      this.#target.commit();
    } catch (error) {
      throw cannotWrite(this.name, error);
    }
    unfinished.delete(this.#target);
  }

  /** Gives up: nothing is left under the target's name that was not there before. Harmless after `commit`. */
  async abort(): Promise<void> {
    if (!unfinished.delete(this.#target)) return;
    await this.#all;
    this.#target.abort();
  }

  /** Gives up what was not committed, at the end of a block that says `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      this.#one = this.#write(next);
      await this.#one;
      this.#waiting.shift();
      this.#free.push(next.slab);
    }
  }

  /** Once something could not be written, nothing that follows is. */
  async #write({ slab, length }: FilledSlab): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#target.write(slab.subarray(0, length));
    } catch (error) {
      this.#failure = error;
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw cannotWrite(this.name, this.#failure);
  }
}

/** Whether a path leads to where standard output goes anyway: `-`, or a name such as /dev/stdout. */
export function isStandardOutput(file: string): boolean {
  if (file === "-") return true;
  try {
    const named = fs.statSync(file, { bigint: true });
    return (
      !named.isFile() && !named.isDirectory() && file !== os.devNull && isSame(named, fs.fstatSync(1, { bigint: true }))
    );
  } catch {
    return false;
  }
}

/**
 * What is there under the name of an output, if anything.
 *
 * @throws OutputError CANNOT_WRITE when it is no name of a file; SAME_FILE when it is the input
 */
export function statOutput(file: string, input?: FileIdentity | readonly FileIdentity[]): fs.BigIntStats | undefined {
  if (file === "") throw new OutputError("CANNOT_WRITE", file, "The output has no name; name a file to write to.");
  const existing = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  if (existing?.isDirectory() || /[\\/]$/.test(file)) {
    throw new OutputError("CANNOT_WRITE", file, `${file} is a folder; name a file in it to write to.`);
  }
  if (existing?.isFile() && isSame(existing, input)) throw sameFile(file);
  return existing;
}

async function openTarget(file: string, input: FileIdentity | readonly FileIdentity[] | undefined): Promise<Target> {
  const existing = statOutput(file, input);
  if (existing?.isFIFO()) return pipeTarget(file);
  if (existing !== undefined && !existing.isFile()) return directTarget(fs.openSync(file, "w"));
  // A rename would replace even a file that its owner made read-only.
  if (existing !== undefined) fs.accessSync(file, fs.constants.W_OK);
  return wholeFileTarget(followLinks(file), existing === undefined ? undefined : Number(existing.mode & 0o777n));
}

function sameFile(file: string): OutputError {
  return new OutputError("SAME_FILE", file, `${file} is the input itself; name another file to write to.`);
}

function isSame(file: FileIdentity, other: FileIdentity | readonly FileIdentity[] | undefined): boolean {
  const others = other === undefined ? [] : [other].flat();
  return others.some(({ dev, ino }) => file.dev === dev && file.ino === ino);
}

/** The path that a chain of links ends at, which need not exist yet. */
function followLinks(file: string): string {
  let target = file;
  for (let hops = 0; hops < 40; hops++) {
    const link = fs.lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()
      ? fs.readlinkSync(target)
      : undefined;
    if (link === undefined) return target;
    // The folder itself may be reached through links, and `..` in a link counts from where they lead.
    target = path.resolve(fs.realpathSync(path.dirname(target)), link);
  }
  throw Object.assign(new Error("too many links"), { code: "ELOOP" });
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; make room or choose another place",
  EDQUOT: "your disk quota is used up; make room or choose another place",
  EFBIG: "the file would be larger than this file system allows; choose another place",
  ENOENT: "its folder is missing, and cannot be made; choose another place",
  EACCES: "permission is denied; choose a place that you may write to",
  EPERM: "permission is denied; choose a place that you may write to",
  EROFS: "that file system is read-only; choose another place",
  ENOTDIR: "a part of its path is a file and not a folder; choose another path",
  EEXIST: "a part of its path is a file and not a folder; choose another path",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
  ELOOP: "its links lead in a circle; choose another path",
};

/** Says why an output could not be written, in words for the usual reasons of the system. */
export function cannotWrite(file: string, error: unknown): OutputError {
  if (error instanceof OutputError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED") {
    return new OutputError("CLOSED_PIPE", file, `${file} was closed by its reader.`, { cause: error });
  }
  const why = WHY[code] ?? (error instanceof Error ? error.message : String(error));
  return new OutputError("CANNOT_WRITE", file, `${file} cannot be written: ${why}.`, { cause: error });
}

/**
 * Output files that are there whole or not at all. What is written goes to a temporary file beside the target, which
 * takes the target's name when everything is in it. Devices, pipes and standard output cannot be renamed and are written
 * directly.
 */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import type { Writable } from "node:stream";
import { promisify } from "node:util";
import { WirewrightError } from "../headers/errors.ts";
import { type SlabStore, slabOf } from "./slabs.ts";

const writeAsync = promisify(fs.write);

/** A file as the system knows it, whatever its names are. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** What could not be done with an output, as one sentence. */
export class OutputError extends WirewrightError {
  readonly file: string;

  constructor(code: string, file: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = "OutputError";
    this.file = file;
  }
}

/** Where the bytes go in the end: a descriptor of a file or device, or a stream. */
interface Target {
  write(bytes: Uint8Array): Promise<void>;
  /** Everything was written: close, and give the file its name. */
  commit(): void;
  /** Leave nothing behind. Synchronous, so that a dying process can still do it. */
  abort(): void;
}

interface FilledSlab {
  readonly slab: Uint8Array;
  readonly length: number;
}

const unfinished = new Set<Target>();

/** Removes every temporary file of this process. For the last moments of a process that was told to stop. */
export function discardUnfinishedOutputs(): void {
  for (const target of unfinished) target.abort();
  unfinished.clear();
}

/** A store of slabs that writes them to a file, one after the other, while the next ones are being filled. */
export class OutputFile implements SlabStore {
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
    unfinished.add(target);
  }

  /**
   * Opens an output. Folders that are missing are made; links are followed.
   *
   * @param file a path, or `-` for standard output
   * @param input what is being read, so that it is not overwritten
   * @throws OutputError SAME_FILE when the output is the input; CANNOT_WRITE when it cannot be opened
   */
  static async open(file: string, input?: FileIdentity): Promise<OutputFile> {
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

function streamTarget(stream: Writable): Target {
  // Errors arrive through the callback of each write; without a listener they would also end the process.
  const ignore = () => {};
  stream.on("error", ignore);
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    commit: ignore,
    abort: ignore,
  };
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
export function statOutput(file: string, input?: FileIdentity): fs.BigIntStats | undefined {
  if (file === "") throw new OutputError("CANNOT_WRITE", file, "The output has no name; name a file to write to.");
  const existing = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  if (existing?.isDirectory() || /[\\/]$/.test(file)) {
    throw new OutputError("CANNOT_WRITE", file, `${file} is a folder; name a file in it to write to.`);
  }
  if (existing?.isFile() && isSame(existing, input)) throw sameFile(file);
  return existing;
}

async function openTarget(file: string, input: FileIdentity | undefined): Promise<Target> {
  const existing = statOutput(file, input);
  if (existing?.isFIFO()) return pipeTarget(await openPipe(file));
  if (existing !== undefined && !existing.isFile()) return directTarget(fs.openSync(file, "w"));
  // A rename would replace even a file that its owner made read-only.
  if (existing !== undefined) fs.accessSync(file, fs.constants.W_OK);
  return temporaryTarget(followLinks(file), existing === undefined ? undefined : Number(existing.mode & 0o777n));
}

function sameFile(file: string): OutputError {
  return new OutputError("SAME_FILE", file, `${file} is the input itself; name another file to write to.`);
}

function isSame(file: FileIdentity, other: FileIdentity | undefined): boolean {
  return other !== undefined && file.dev === other.dev && file.ino === other.ino;
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

const POLL_MS = 50;

/**
 * Opens a named pipe once somebody reads it. To wait for that inside the system would take a thread that nothing can
 * call back, not even the end of the process.
 */
async function openPipe(file: string): Promise<number> {
  for (;;) {
    try {
      return fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function pipeTarget(descriptor: number): Target {
  const socket = new Socket({ fd: descriptor, readable: false, writable: true });
  const close = () => {
    socket.destroy();
  };
  return { ...streamTarget(socket), commit: close, abort: close };
}

function directTarget(descriptor: number): Target {
  return {
    write: (bytes) => writeAll(descriptor, bytes),
    commit: () => fs.closeSync(descriptor),
    abort: () => fs.closeSync(descriptor),
  };
}

function temporaryTarget(file: string, mode: number | undefined): Target {
  const folder = path.dirname(file);
  const firstMade = makeFolders(folder);
  const temporary = path.join(folder, `.${path.basename(file)}.${randomBytes(6).toString("hex")}.part`);
  let descriptor: number;
  try {
    descriptor = fs.openSync(temporary, "wx");
  } catch (error) {
    removeEmptyFolders(folder, firstMade);
    throw error;
  }
  let isOpen = true;
  const close = () => {
    if (isOpen) fs.closeSync(descriptor);
    isOpen = false;
  };
  return {
    write: (bytes) => writeAll(descriptor, bytes),
    commit: () => {
      if (mode !== undefined) fs.fchmodSync(descriptor, mode);
      close();
      fs.renameSync(temporary, file);
    },
    abort: () => {
      close();
      fs.rmSync(temporary, { force: true });
      removeEmptyFolders(folder, firstMade);
    },
  };
}

/**
 * Makes the folders that are missing, one after the other. Node would do it in one call, which never returns where none
 * can be made, as under /proc.
 *
 * @returns the outermost that was made
 */
export function makeFolders(folder: string): string | undefined {
  if (fs.existsSync(folder)) return undefined;
  const parent = path.dirname(folder);
  const outermost = parent === folder ? undefined : makeFolders(parent);
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    // Somebody else may have been faster.
    if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return outermost;
    throw error;
  }
  return outermost ?? folder;
}

/** Takes back the folders that `makeFolders` made, from the innermost outwards, as long as they are empty. */
function removeEmptyFolders(innermost: string, firstMade: string | undefined): void {
  if (firstMade === undefined) return;
  const outermost = path.resolve(firstMade);
  for (let folder = path.resolve(innermost); folder.startsWith(outermost); folder = path.dirname(folder)) {
    try {
      fs.rmdirSync(folder);
    } catch {
      return;
    }
  }
}

async function writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await writeAsync(descriptor, bytes, offset, bytes.length - offset);
    offset += bytesWritten;
  }
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
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED") {
    return new OutputError("CLOSED_PIPE", file, `${file} was closed by its reader.`, { cause: error });
  }
  const why = WHY[code] ?? (error instanceof Error ? error.message : String(error));
  return new OutputError("CANNOT_WRITE", file, `${file} cannot be written: ${why}.`, { cause: error });
}

/** Where the bytes of an output go in the end: to a stream, a device, a pipe, or a file that has its name when it is whole. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { Socket } from "node:net";
import path from "node:path";
import type { Writable } from "node:stream";
import { promisify } from "node:util";

const writeAsync = promisify(fs.write);

export interface Target {
  write(bytes: Uint8Array): Promise<void>;
  /** Everything was written: close, and give the file its name. */
  commit(): void;
  /** Leave nothing behind. Synchronous, so that a dying process can still do it. */
  abort(): void;
}

export function streamTarget(stream: Writable): Target {
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

/** A named pipe; waits until somebody reads it. */
export async function pipeTarget(file: string): Promise<Target> {
  const socket = new Socket({ fd: await openPipe(file), readable: false, writable: true });
  const close = () => {
    socket.destroy();
  };
  return { ...streamTarget(socket), commit: close, abort: close };
}

/** A device. */
export function directTarget(descriptor: number): Target {
  return {
    write: (bytes) => writeAll(descriptor, bytes),
    commit: () => fs.closeSync(descriptor),
    abort: () => fs.closeSync(descriptor),
  };
}

/**
 * A file that takes its name when it is whole. Until then it has no name at all, where the system knows such files: so
 * nothing is left of it, however this process ends. Elsewhere, and for the moment in which a small one is copied, it has a
 * temporary one beside the target, which is taken away again unless the process is killed.
 *
 * @param mode the permissions that it shall have, if not the usual ones
 */
export function wholeFileTarget(file: string, mode: number | undefined): Target {
  const folder = path.dirname(file);
  const firstMade = makeFolders(folder);
  let content: UnfinishedFile;
  try {
    content = openUnnamed(folder) ?? openTemporary(file);
  } catch (error) {
    removeEmptyFolders(folder, firstMade);
    throw error;
  }
  const { descriptor } = content;
  let isOpen = true;
  const close = () => {
    if (isOpen) fs.closeSync(descriptor);
    isOpen = false;
  };
  return {
    write: (bytes) => writeAll(descriptor, bytes),
    commit: () => {
      if (mode !== undefined) fs.fchmodSync(descriptor, mode);
      content.giveName(file, close);
      close();
    },
    abort: () => {
      close();
      content.discard();
      removeEmptyFolders(folder, firstMade);
    },
  };
}

/** An open file that is to be called otherwise, once it is whole. */
interface UnfinishedFile {
  readonly descriptor: number;
  /** @param close to be called before a rename, which some systems refuse for an open file */
  giveName(file: string, close: () => void): void;
  /** Takes away what has a name; the descriptor is closed. */
  discard(): void;
}

function openTemporary(file: string): UnfinishedFile {
  const temporary = temporaryName(file);
  const descriptor = fs.openSync(temporary, "wx");
  return {
    descriptor,
    giveName: (name, close) => {
      close();
      fs.renameSync(temporary, name);
    },
    discard: () => fs.rmSync(temporary, { force: true }),
  };
}

/**
 * A name beside a file, for its content until it is whole; to be opened with `wx`, since another one may have it. No secret: the
 * library of ciphers would take longer to load than a small file takes to be made.
 */
export function temporaryName(file: string): string {
  const chance = Math.random().toString(36).slice(2);
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid.toString(36)}${chance}.part`);
}

/** Linux's O_TMPFILE on all processors that Node is built for; Node has no name for it. */
const O_TMPFILE = 0o20000000 | (fs.constants.O_DIRECTORY ?? 0);

/** @returns undefined where the system, or the file system of that folder, has no files without a name */
function openUnnamed(folder: string): UnfinishedFile | undefined {
  // What cannot be named later is better not begun: the link goes by way of /proc.
  if (process.platform !== "linux" || !fs.existsSync("/proc/self/fd")) return undefined;
  let descriptor: number;
  try {
    descriptor = fs.openSync(folder, O_TMPFILE | fs.constants.O_RDWR, 0o666);
  } catch {
    // If there is another reason, opening one with a name will say so.
    return undefined;
  }
  return {
    descriptor,
    giveName: (file) => {
      const isSmall = fs.fstatSync(descriptor).size <= SOON_COPIED;
      if (isSmall || !link(descriptor, file)) copyUnderName(descriptor, file);
    },
    discard: () => {},
  };
}

/**
 * Names an open file as one step, also where an older file has that name. Node cannot: its link() follows no link, and a
 * file without a name can be reached only through the one in /proc. The program of the system can.
 *
 * @returns whether it could be done
 */
function link(descriptor: number, file: string): boolean {
  const args = ["-f", "-L", "-T", "--", "/proc/self/fd/3", path.resolve(file)];
  const run = () => spawnSync("ln", args, { stdio: ["ignore", "ignore", "ignore", descriptor] });
  const first = run();
  // A signal that was meant for this process may have reached it as well.
  return (first.signal === null ? first : run()).status === 0;
}

/** Bytes that are copied sooner than a program is started: a megabyte takes one millisecond, a program several. */
const SOON_COPIED = 1 << 20;

/** Where there is no such program, or no need of it, the content is copied to a file that can be renamed. */
function copyUnderName(from: number, file: string): void {
  const temporary = temporaryName(file);
  try {
    const to = fs.openSync(temporary, "wx");
    try {
      fs.fchmodSync(to, fs.fstatSync(from).mode & 0o777);
      copyAll(from, to);
    } finally {
      fs.closeSync(to);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

const LONGEST_BLOCK = 1 << 20;

function copyAll(from: number, to: number): void {
  const block = new Uint8Array(Math.min(fs.fstatSync(from).size, LONGEST_BLOCK));
  for (let at = 0; ; ) {
    const length = fs.readSync(from, block, 0, block.length, at);
    if (length === 0) return;
    for (let offset = 0; offset < length; ) offset += fs.writeSync(to, block, offset, length - offset);
    at += length;
  }
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

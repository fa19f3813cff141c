/**
 * The programs that can capture: how each is asked to write what it sees to its standard output, and what is meant by what it
 * says.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { makeVisible } from "../../core/text.ts";
import { ADD_CAP, loadCap } from "../cap.ts";
import { type AdapterRequest, asReason, LiveError, type LiveErrorCode, openingError } from "../live-errors.ts";
import { programBeside } from "../own-programs.ts";
import type { CapCaptureTask } from "./cap-process.ts";

export const CAPTURE_PROGRAMS = ["cap", "dumpcap", "tcpdump"] as const;

/** What captures: the package `cap`, or a program of that name. */
export type CaptureProgram = (typeof CAPTURE_PROGRAMS)[number];

/** How a program is started and ended. */
export interface CaptureCommand {
  readonly via: CaptureProgram;
  readonly file: string;
  readonly args: readonly string[];
  /** What ends it in order: the end of its standard input, or the signal of Ctrl-C. */
  readonly endsBy: "input" | "signal";
  /** Milliseconds in which a packet that has passed the adapter comes out of the program. */
  readonly settleTime: number;
  /** Milliseconds that it may take to end when it was asked to. Under a flood `cap` does not hear that. */
  readonly endTime: number;
}

/** How a program ended, and what it had said. */
export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Of the kernel, in MiB, for the programs that can be told. */
const BUFFER_LENGTH = 32;

/**
 * The ways of capturing that this system has, the best first.
 *
 * @throws LiveError NO_CAPTURE_PROGRAM when there are none; NO_LIBPCAP when there would be one
 */
export async function availablePrograms(): Promise<CaptureProgram[]> {
  const available: CaptureProgram[] = [];
  let problem: unknown;
  try {
    await loadCap();
    available.push("cap");
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    if (error.code !== "NO_CAP") problem = error;
  }
  for (const name of ["dumpcap", "tcpdump"] as const) if (findProgram(name) !== undefined) available.push(name);
  if (available.length > 0) return available;
  throw problem ?? new LiveError("NO_CAPTURE_PROGRAM", `Nothing on this system can capture; ${HOW_TO_GET_ONE}.`);
}

const INSTALL_A_PROGRAM: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  win32: "Wireshark from https://www.wireshark.org, which brings dumpcap",
  darwin: "dumpcap with: brew install wireshark",
  linux: "tcpdump with: sudo apt install tcpdump",
};

const HOW_TO_GET_ONE = `install ${INSTALL_A_PROGRAM[process.platform] ?? "tcpdump"}, or the package cap with: ${ADD_CAP}`;

/** @throws LiveError NO_CAPTURE_PROGRAM, NO_CAP, NO_LIBPCAP when it is not there */
export async function commandFor(via: CaptureProgram, adapter: string, filter: string): Promise<CaptureCommand> {
  if (via === "cap") {
    await loadCap();
    return capCommand({ adapter, filter });
  }
  const file = findProgram(via);
  if (file === undefined) {
    throw new LiveError("NO_CAPTURE_PROGRAM", `${via} is not installed; ${INSTALL[via]}.`);
  }
  const args = via === "dumpcap" ? dumpcapArguments(adapter, filter) : tcpdumpArguments(adapter, filter);
  return { via, file, args, endsBy: "signal", ...TIMES[via] };
}

const INSTALL = {
  dumpcap: "install it with Wireshark, on Linux with: sudo apt install wireshark-common",
  tcpdump: "install it, on Linux with: sudo apt install tcpdump",
} as const;

/** dumpcap asks the kernel for packets four times a second, tcpdump once. */
const TIMES = {
  dumpcap: { settleTime: 400, endTime: 2000 },
  tcpdump: { settleTime: 1200, endTime: 3000 },
} as const;

function dumpcapArguments(adapter: string, filter: string): string[] {
  const filterArguments = filter === "" ? [] : ["-f", filter];
  return ["-q", "-i", adapter, "-B", String(BUFFER_LENGTH), ...filterArguments, "-w", "-"];
}

function tcpdumpArguments(adapter: string, filter: string): string[] {
  // With "-v" it counts aloud. Where this process was killed and had not read everything, the next write to standard output
  // fails without the signal that ends tcpdump, and it tries no other one; but counting draws the signal.
  const settings = ["-v", "-U", "-n", "-i", adapter, "-B", String(BUFFER_LENGTH << 10), "--time-stamp-precision=nano"];
  return [...settings, "-w", "-", "--", ...(filter === "" ? [] : [filter])];
}

function capCommand(task: CapCaptureTask): CaptureCommand {
  const program = programBeside(import.meta.url, "cap-process");
  const args = [...(program.endsWith(".ts") ? loaderArguments() : []), program, JSON.stringify(task)];
  return { via: "cap", file: process.execPath, args, endsBy: "input", settleTime: 0, endTime: 1500 };
}

const LOADER_FLAG = /^(?:--import|--loader|--experimental-loader|--require|-r)$/;

/** What lets Node run TypeScript: the loader that this process has, or else tsx. */
function loaderArguments(): string[] {
  const { execArgv } = process;
  const inherited = execArgv.flatMap((flag, index) => {
    if (LOADER_FLAG.test(flag)) return [flag, execArgv[index + 1] ?? ""];
    return LOADER_FLAG.test(flag.split("=", 1)[0] ?? "") ? [flag] : [];
  });
  if (inherited.some((flag) => /^--(?:import|loader|experimental-loader)/.test(flag))) return inherited;
  try {
    return ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
  } catch {
    return inherited;
  }
}

/** Where these programs are installed although a shell does not look there. */
const MORE_PLACES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  win32: ["C:\\Program Files\\Wireshark"],
  darwin: ["/Applications/Wireshark.app/Contents/MacOS", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin"],
  linux: ["/usr/sbin", "/usr/local/sbin"],
};

/** The path of a program that this user may run, if there is one. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const file = process.platform === "win32" ? `${name}.exe` : name;
  return [...folders, ...(MORE_PLACES[process.platform] ?? [])]
    .map((folder) => path.join(folder, file))
    .find(isRunnable);
}

function isRunnable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Why a program ended before it saw packets. */
export function startError(request: AdapterRequest, end: ProgramExit): LiveError {
  const told = errorOfCap(end.stderr);
  if (told !== undefined) return told;
  return openingError(request, reasonIn(end.stderr) ?? exitOf(end));
}

/** Why a program ended that nobody had asked to. */
export function lossError(adapter: string, via: CaptureProgram, end: ProgramExit): LiveError {
  const kept = "what was captured until then is kept";
  if (/no longer attached|no longer running|disappeared|went down|network is down|`status == 0'/i.test(end.stderr)) {
    const sentence = `The adapter ${makeVisible(adapter)} went away, or was shut down; ${kept}.`;
    return new LiveError("ADAPTER_LOST", sentence);
  }
  const reason = errorOfCap(end.stderr)?.message ?? reasonIn(end.stderr) ?? exitOf(end);
  const who = via === "cap" ? "The process that captures through cap" : via;
  return new LiveError("ADAPTER_LOST", `${who} ended by itself (${asReason(reason)}); ${kept}.`);
}

/** Packets that the kernel or the program lost, where the program says so. */
export function countDrops(via: CaptureProgram, stderr: string): number | undefined {
  if (via === "dumpcap") return numberIn(/received\/dropped on interface .*: \d+\/(\d+)/, stderr);
  if (via === "tcpdump") return numberIn(/^(\d+) packets? dropped by kernel/m, stderr);
  return undefined;
}

function numberIn(expression: RegExp, stderr: string): number | undefined {
  const digits = expression.exec(stderr)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The process that captures through `cap` says what is wrong in an object. */
function errorOfCap(stderr: string): LiveError | undefined {
  const line = stderr.split("\n").find((text) => text.startsWith('{"'));
  if (line === undefined) return undefined;
  try {
    const { code, message } = JSON.parse(line) as { code?: LiveErrorCode; message: string };
    return new LiveError(code ?? "ADAPTER_LOST", message);
  } catch {
    return undefined;
  }
}

/** libpcap's own stderr, among those that dumpcap and tcpdump put around them. */
function reasonIn(stderr: string): string | undefined {
  return (
    /capture filter \((.+)\)\.$/m.exec(stderr)?.[1] ??
    /^\((.+)\)$/m.exec(stderr)?.[1] ??
    /^(?:dumpcap|tcpdump): (?!listening on|data link type|verbose output|WARNING)(.+)$/m.exec(stderr)?.[1]
  );
}

function exitOf({ code, signal, stderr }: ProgramExit): string {
  const last = stderr.trim().split("\n").at(-1) ?? "";
  if (last !== "") return last;
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

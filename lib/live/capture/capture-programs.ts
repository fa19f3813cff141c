/** The programs that can capture, and how each is asked to write what it sees to its standard output. */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { loadCap } from "../cap.ts";
import { LiveError } from "../live-errors.ts";
import type { CapCaptureTask } from "./cap-capture-process.ts";

export const CAPTURE_PROGRAMS = ["cap", "dumpcap", "tcpdump"] as const;

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

const HOW_TO_GET_ONE = `install the package cap with: npm install cap, or ${INSTALL_A_PROGRAM[process.platform] ?? "tcpdump"}`;

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
  const entry = fileURLToPath(new URL("./cap-capture-process.ts", import.meta.url));
  const args = [...loaderArguments(), entry, JSON.stringify(task)];
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

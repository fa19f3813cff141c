/** What every script does alike: flags, version, errors, exit codes. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { WirewrightError } from "../lib/core/errors.ts";
import { cannotWrite } from "../lib/pcap/output-file.ts";
import { endOnSignals } from "./signals.ts";

export const ExitCode = {
  DONE: 0,
  /** It could not be done: bad input, a full disk. */
  FAILED: 1,
  /** The command line asks for what cannot be. */
  USAGE: 2,
  INTERRUPTED: 130,
} as const;

/** Errors of the library that are the command line's fault. */
const USAGE_ERRORS: ReadonlySet<string> = new Set([
  "SAME_FILE",
  "BAD_OPTION",
  "FILTER_SYNTAX",
  "FILTER_FIELD",
  "BUSY_PORT",
  "PRIVILEGED_PORT",
  "BAD_HOST",
  "NO_ADAPTER",
  "NOT_LOOPBACK",
  "BAD_FILTER",
]);

/** A flag that cannot be what the user wants, noticed after all flags were read. */
export class UsageError extends WirewrightError {
  constructor(message: string) {
    super("USAGE", message);
    this.name = "UsageError";
  }
}

/** A command with the flags that every script has. */
export function createCommand(name: string, description: string): Command {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return new Command(name)
    .description(description)
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .showSuggestionAfterError()
    .configureHelp({ helpWidth: 100 })
    .exitOverride();
}

/**
 * Runs a script and ends the process with the right code. Whatever goes wrong is one sentence on standard error, and no
 * half-written file is left behind.
 */
export async function runScript(command: Command): Promise<void> {
  endOnSignals();
  for (const stream of [process.stdout, process.stderr]) stream.on("error", (error) => noteStreamFault(command, error));
  try {
    await command.parseAsync();
  } catch (error) {
    process.exitCode = explain(command, error);
  }
}

/** The reader of our output may leave at any time, as `head` does: that is no error. A full disk is one. */
function noteStreamFault(command: Command, error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE" || process.exitCode === ExitCode.FAILED) return;
  process.exitCode = ExitCode.FAILED;
  process.stderr.write(`${command.name()}: ${cannotWrite("standard output", error).message}\n`);
}

/** Says what went wrong. @returns the exit code that goes with it */
function explain(command: Command, error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return ExitCode.DONE;
    process.stderr.write(`${usageOf(command)}\n`);
    return ExitCode.USAGE;
  }
  if (!(error instanceof WirewrightError)) throw error;
  if (error.code === "CLOSED_PIPE") return ExitCode.DONE;
  // Said already, by the stream itself.
  if (process.exitCode === ExitCode.FAILED) return ExitCode.FAILED;
  process.stderr.write(`${command.name()}: ${error.message}\n`);
  if (error instanceof UsageError) process.stderr.write(`${usageOf(command)}\n`);
  return error instanceof UsageError || USAGE_ERRORS.has(error.code) ? ExitCode.USAGE : ExitCode.FAILED;
}

function usageOf(command: Command): string {
  return `Usage: npx tsx scripts/${command.name()}.ts ${command.usage()}`;
}

/** Reads a whole number within bounds. */
export function integerFlag(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`Give a whole number from ${lowest} to ${highest}.`);
  };
}

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  ...{ "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 },
  ...{ ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30, ti: 2 ** 40 },
};

/**
 * Reads a number of bytes: `500000`, `100MB`, `1.5GiB`; the case of the unit and its B do not matter.
 *
 * @param least what is less is refused, but for 0
 */
export function sizeFlag(least: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmgt]i?)?b?$/i.exec(text.trim());
    const bytes = match === null ? Number.NaN : Number(match[1]) * BYTES_PER_UNIT[(match[2] ?? "").toLowerCase()]!;
    if (bytes <= Number.MAX_SAFE_INTEGER && (bytes === 0 || bytes >= least)) return Math.floor(bytes);
    throw new InvalidArgumentError(
      `Give a number of bytes from ${least} on, or one with a unit: 500kB, 100MB, 1.5GiB.`,
    );
  };
}

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** So that a few of them in nanoseconds are still safe integers. */
const LONGEST_DURATION = 24 * 86_400;

/**
 * Reads a length of time, `200us`, `1.5ms`, `2s`; a bare number counts in `bareUnit`.
 *
 * @returns a reader of seconds
 */
export function durationFlag(bareUnit: "ms" | "s"): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?|\.\d+)(us|ms|s|m|h)?$/.exec(text.trim());
    if (match === null) {
      throw new InvalidArgumentError(`Give a number, counted in ${bareUnit}, or one with a unit: 200us, 1.5ms, 2s.`);
    }
    const seconds = Number(match[1]) * SECONDS_PER_UNIT[match[2] ?? bareUnit]!;
    if (seconds > LONGEST_DURATION) throw new InvalidArgumentError("Give at most 24 days (576h).");
    return seconds;
  };
}

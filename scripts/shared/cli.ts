/** What every script does alike: its command, errors, exit codes, and how it ends on a signal. */
import { existsSync, readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { WirewrightError } from "../../lib/core/errors.ts";
import { cannotWrite, discardUnfinishedOutputs } from "../../lib/pcap/output-file.ts";
import { callOf, say } from "./calling.ts";

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
  "NO_COMMAND",
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
  return new Command(name)
    .description(description)
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .showSuggestionAfterError()
    .configureHelp({ helpWidth: 100 })
    .exitOverride();
}

/** That of the nearest package above: how far up it is depends on whether this was built. */
function packageVersion(): string {
  let file = new URL("../package.json", import.meta.url);
  while (!existsSync(file)) file = new URL("../package.json", file);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/**
 * Runs a script and ends the process with the right code. Whatever goes wrong is one sentence on standard error, and no
 * half-written file is left behind.
 *
 * @param command what is run: a script, or the part of the one command that was called
 * @param work by default what the command line asks for
 */
export async function runScript(
  command: Command,
  work: () => Promise<unknown> = () => (command.parent ?? command).parseAsync(),
): Promise<void> {
  endOnSignals();
  for (const stream of [process.stdout, process.stderr]) stream.on("error", (error) => noteStreamFault(command, error));
  try {
    await work();
  } catch (error) {
    process.exitCode = explain(command, error);
  }
}

/** The reader of our output may leave at any time, as `head` does: that is no error. A full disk is one. */
function noteStreamFault(command: Command, error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE" || process.exitCode === ExitCode.FAILED) return;
  process.exitCode = ExitCode.FAILED;
  say(command, cannotWrite("standard output", error).message);
}

/** Says what went wrong. @returns the exit code that goes with it */
function explain(command: Command, error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return ExitCode.DONE;
    // Where a command is missing, the whole help was printed.
    if (error.code !== "commander.help") process.stderr.write(`${usageOf(command)}\n`);
    return ExitCode.USAGE;
  }
  if (!(error instanceof WirewrightError)) throw error;
  if (error.code === "CLOSED_PIPE") return ExitCode.DONE;
  // Said already, by the stream itself.
  if (process.exitCode === ExitCode.FAILED) return ExitCode.FAILED;
  say(command, error.message);
  if (error instanceof UsageError) process.stderr.write(`${usageOf(command)}\n`);
  return error instanceof UsageError || USAGE_ERRORS.has(error.code) ? ExitCode.USAGE : ExitCode.FAILED;
}

function usageOf(command: Command): string {
  return `Usage: ${callOf(command)} ${command.usage()}`;
}

/** By signal, the exit code of a process that it has ended. */
const EXIT_CODES = { SIGINT: ExitCode.INTERRUPTED, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Milliseconds in which a second signal is the first one again: one Ctrl-C reaches a process from the terminal, and once
 * more through each program that has started it.
 */
const ECHO_TIME = 500;

/** @param exitCode the usual one for the signal */
type Ending = (exitCode: number) => void;

/** What the first signal does. It is the process's own state: a process ends once, whatever is running in it. */
let ending: Ending = (exitCode) => {
  discardUnfinishedOutputs();
  process.exit(exitCode);
};

/**
 * Ends the process on a signal, without half-written files. To be called once. Listeners that somebody else has installed
 * must stay: the program that has started this one may learn from them that the signal has come.
 */
function endOnSignals(): void {
  let firstAt: number | undefined;
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      if (firstAt !== undefined && performance.now() - firstAt < ECHO_TIME) return;
      if (firstAt !== undefined) process.exit(exitCode);
      firstAt = performance.now();
      ending(exitCode);
    });
  }
}

/** From now on the first signal asks for an end in order; the second one leaves at once. */
export function endInOrder(inOrder: Ending): void {
  ending = inOrder;
}

export interface Interruption {
  readonly signal: AbortSignal;
  /** That of the signal that came. */
  readonly exitCode: number;
}

/** From now on the first signal stops the work, so that its counts can be told. */
export function interruptOnSignals(): Interruption {
  const controller = new AbortController();
  const interruption = { signal: controller.signal, exitCode: ExitCode.INTERRUPTED as number };
  endInOrder((exitCode) => {
    interruption.exitCode = exitCode;
    controller.abort();
  });
  return interruption;
}

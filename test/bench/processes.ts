/** Whole processes, measured from outside: wall clock, processor time, and the most memory where the process tells. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface ProcessFigures {
  /** From its start to its end by the wall clock. */
  readonly seconds: number;
  /** Processor time in user mode; undefined where there is no shell to ask. */
  readonly userSeconds: number | undefined;
  /** Only of a process that `report-memory.ts` was loaded into. */
  readonly peakMemoryMB: number | undefined;
  readonly output: string;
}

/** The root of the project: there, `--import tsx` is found. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Runs what follows, then has the shell tell on descriptor 3 how much processor time it took (POSIX, `times`). */
const TIMED = '"$@"; status=$?; times >&3; exit $status';

/** The start of a command that runs a script of this project, as a user would. */
export function tsx(...scriptAndArguments: string[]): string[] {
  return [process.execPath, "--import", "tsx", ...scriptAndArguments];
}

/** The same, with its peak memory told. */
export function tsxWithMemory(...scriptAndArguments: string[]): string[] {
  const report = fileURLToPath(new URL("report-memory.ts", import.meta.url));
  return [process.execPath, "--import", "tsx", "--import", report, ...scriptAndArguments];
}

/**
 * @param environment beside that of this process
 * @throws Error when the process does not end with 0, with what it wrote to standard error
 */
export function runProcess(command: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<ProcessFigures> {
  const hasShell = process.platform !== "win32";
  const [program, ...args] = hasShell ? ["/bin/sh", "-c", TIMED, "sh", ...command] : command;
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(program!, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    const [output, errors, figures] = [1, 2, 3].map((descriptor) => {
      const chunks: Buffer[] = [];
      child.stdio[descriptor]!.on("data", (chunk: Buffer) => chunks.push(chunk));
      return () => Buffer.concat(chunks).toString();
    }) as [() => string, () => string, () => string];
    child.on("error", reject);
    child.on("close", (code) => {
      const seconds = (performance.now() - start) / 1000;
      if (code !== 0) reject(new Error(`${command.join(" ")} ended with ${code}: ${errors().trim()}`));
      else resolve({ seconds, ...readFigures(figures()), output: output().trim() });
    });
  });
}

/** The last line of `times` is about the children of the shell: user time, then system time. */
function readFigures(text: string): Pick<ProcessFigures, "userSeconds" | "peakMemoryMB"> {
  const user = /(\d+)m([\d.]+)s \S+\s*$/.exec(text);
  const memory = /^peak (\d+) kB$/m.exec(text);
  return {
    userSeconds: user === null ? undefined : Number(user[1]) * 60 + Number(user[2]),
    peakMemoryMB: memory === null ? undefined : Number(memory[1]) / 1024,
  };
}

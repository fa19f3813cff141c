/** Scripts, lines of shell and other programs, each in a process of its own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

/**
 * Arguments for Node, to be put before a script: it says so on standard error as soon as it listens to Ctrl-C. A signal
 * that came sooner would end it without a word.
 */
export const SAYS_WHEN_READY = [
  "--import",
  `data:text/javascript,${encodeURIComponent(
    `process.on("newListener", (name) => {
      if (name === "SIGTERM" && process.argv[1]?.includes("/scripts/")) process.stderr.write("[listens to signals]\\n");
    });`,
  )}`,
];
export const READY = "[listens to signals]\n";

/** Runs one of the scripts as a user does, from the top of the project. */
export function runScript(name: string, args: readonly string[], input?: string | Buffer): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", "tsx", `scripts/${name}.ts`, ...args], { cwd: ROOT });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.on("close", (code) => {
      const stdoutBytes = Buffer.concat(out);
      resolve({ code, stdoutBytes, stdout: stdoutBytes.toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}

/** Runs a line of shell from the top of the project; `$WW` in it starts a script: `$WW/encapsulate.ts`. */
export function runShell(line: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn("bash", ["-c", line], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, WW: `${process.execPath} --import tsx scripts` },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("close", (code) => {
      const stdoutBytes = Buffer.concat(out);
      resolve({ code, stdoutBytes, stdout: stdoutBytes.toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}

/**
 * For code whose steps cannot be counted, such as a regular expression that tracks back: given so much that a process
 * which goes over it once is done in a moment, and one that goes over it again and again would take hours.
 *
 * @param program a module; what it imports is named from the top of the project
 * @returns what it prints
 */
export function runProgram(program: string): Promise<string> {
  const args = ["--import", "tsx", "--input-type=module", "--eval", program];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      if (code === 0) resolve(printed);
      else reject(new Error(`exit code ${code}: ${errors.slice(0, 2000)}`));
    });
  });
}

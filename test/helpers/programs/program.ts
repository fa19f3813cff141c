/** Code that runs to its end in a process of its own, which ends with the test at the latest. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

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

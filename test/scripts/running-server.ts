/** The chat server as a program of its own, for tests. Ended after each of them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { PATIENCE } from "../helpers/programs/patience.ts";

const STALLED = fileURLToPath(new URL("../helpers/programs/stalled-terminal.py", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

export class Running {
  readonly child: ChildProcess;
  readonly closed: Promise<number | null>;
  text = "";
  errors = "";
  port = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
    running.add(child);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.text += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    this.closed = once(child, "close").then(([code]) => code as number | null);
  }

  /** @param before shell commands that go first */
  static start(args: readonly string[] = [], before = ":"): Promise<Running> {
    const line = `${before}; exec "$0" "$@"`;
    const child = spawn("bash", ["-c", line, ...commandOf(args)], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    return Running.#listening(child);
  }

  /** In a terminal that takes no more after the first line, until `goOn`. */
  static startStalled(manner: "stopped" | "unread", args: readonly string[] = []): Promise<Running> {
    const child = spawn("python3", [STALLED, manner, ...commandOf(args)], { cwd: ROOT });
    return Running.#listening(child);
  }

  goOn(): void {
    this.child.stdin?.end("\n");
  }

  static async #listening(child: ChildProcess): Promise<Running> {
    const one = new Running(child);
    await one.until(/port"?[ :](\d+)/);
    one.port = Number(/port"?[ :](\d+)/.exec(one.text)?.[1]);
    return one;
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  until(expression: RegExp): Promise<void> {
    return this.#until(() => expression.test(this.text));
  }

  /** Until so many lines begin like this. */
  untilCount(start: string, count: number): Promise<void> {
    return this.#until(() => this.lines.filter((line) => line.startsWith(start)).length >= count);
  }

  async #until(isDone: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!isDone()) {
      if (performance.now() > end || this.child.exitCode !== null) throw new Error(`${this.text}\n${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** @returns the exit code */
  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    return this.closed;
  }
}

function commandOf(args: readonly string[]): string[] {
  return [process.execPath, "--import", "tsx", "scripts/chat-server.ts", "--port", "0", ...args];
}

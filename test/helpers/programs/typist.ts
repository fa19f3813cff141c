import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PATIENCE } from "./patience.ts";
import { Screen } from "./screen.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PTY = fileURLToPath(new URL("pseudo-terminal.py", import.meta.url));

export const ESC = "\x1b";
export const KEY = {
  left: `${ESC}[D`,
  up: `${ESC}[A`,
  home: "\x01",
  enter: "\r",
  ctrlC: "\x03",
  ctrlD: "\x04",
} as const;

/** A person at a terminal of 40 columns and 12 rows, who looks at the screen and types. */
export class Typist {
  readonly screen: Screen;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  #output = "";
  #fault: unknown;
  #look: (() => void) | undefined;

  constructor(command: readonly string[], environment: NodeJS.ProcessEnv = {}, columns = 40) {
    this.screen = new Screen(columns, 12);
    this.#child = spawn("python3", [PTY, `${columns}`, "12", ...command], {
      cwd: ROOT,
      env: { ...process.env, TERM: "xterm", ...environment },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdin!.on("error", () => {});
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => this.#show(text));
    this.#exit = new Promise((resolve) => {
      this.#child.on("close", resolve);
    });
  }

  /** Everything that the terminal was sent, codes included. */
  get output(): string {
    return this.#output;
  }

  type(keys: string): void {
    this.#child.stdin!.write(keys);
  }

  /** Waits until the screen shows something, on one row or wrapped. */
  async sees(what: string | ((screen: Screen) => boolean)): Promise<void> {
    const isThere = typeof what === "string" ? (screen: Screen) => shows(screen, what) : what;
    const deadline = performance.now() + PATIENCE;
    while (this.#fault === undefined && !isThere(this.screen)) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`Not seen: ${what}, on this screen:\n${this.screen.text}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#look = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Waits for the end. @returns the exit code */
  async exitCode(): Promise<number | null> {
    const timer = setTimeout(() => this.stop(), PATIENCE);
    const code = await this.#exit;
    clearTimeout(timer);
    return code;
  }

  stop(): void {
    this.#child.kill("SIGTERM");
  }

  #show(text: string): void {
    this.#output += text;
    try {
      this.screen.write(text);
    } catch (error) {
      this.#fault = error;
    }
    this.#look?.();
  }
}

function shows({ text }: Screen, what: string): boolean {
  return [text, text.replaceAll("\n  ", ""), text.replaceAll("\n", "")].some((seen) => seen.includes(what));
}

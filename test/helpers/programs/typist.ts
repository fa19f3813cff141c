/** A person at a terminal, and the terminal. */

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import stringWidth from "string-width";
import { PATIENCE } from "./patience.ts";

export const ESC = "\x1b";
const CONTROL = String.raw`\p{Cc}`;
/** What a terminal obeys, and what it shows. */
const PIECE = new RegExp(`${ESC}\\[([?>]?)([\\d;]*)([@-~])|${ESC}.|${CONTROL}`, "uy");
const PRINTABLE = new RegExp(`[^${CONTROL}]+`, "uy");
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Where the second half of a wide character stands. */
const TAKEN = "";

/** A terminal, as far as line editing uses one: it obeys the usual control codes and refuses all others. */
export class Screen {
  readonly #columns: number;
  readonly #rows: number;
  /** Lines that have left the screen at the top are kept as well. */
  readonly #lines: string[][] = [[]];
  #top = 0;
  #row = 0;
  #column = 0;
  #wraps = true;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  /** All rows, from the first that was ever written, with no blanks at their ends. */
  get text(): string {
    return this.#lines.map((line) => this.#textOf(line)).join("\n");
  }

  /** Of the cursor: the row counted from the first that was ever written. */
  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: Math.min(this.#column, this.#columns - 1) };
  }

  write(output: string): void {
    let at = 0;
    while (at < output.length) {
      PIECE.lastIndex = at;
      const control = PIECE.exec(output);
      if (control !== null) {
        this.#obey(control);
        at = PIECE.lastIndex;
        continue;
      }
      PRINTABLE.lastIndex = at;
      const printable = PRINTABLE.exec(output)![0];
      for (const { segment } of graphemes.segment(printable)) this.#put(segment);
      at += printable.length;
    }
  }

  #textOf(line: readonly string[]): string {
    return Array.from(line, (cell) => cell ?? " ")
      .join("")
      .trimEnd();
  }

  #put(character: string): void {
    const width = stringWidth(character);
    // A terminal wraps when the next character comes, not when a row is full.
    if (this.#column + width > this.#columns) {
      if (this.#wraps) this.#newRow(0);
      else this.#column = this.#columns - width;
    }
    const line = this.#lines[this.#row]!;
    line[this.#column] = character;
    if (width === 2) line[this.#column + 1] = TAKEN;
    this.#column += width;
  }

  #newRow(column: number): void {
    this.#column = column;
    this.#row++;
    if (this.#lines[this.#row] === undefined) this.#lines.push([]);
    this.#top = Math.max(this.#top, this.#row - this.#rows + 1);
  }

  #obey([sequence, mark, parameters, final]: RegExpExecArray): void {
    if (sequence === "\n") this.#newRow(Math.min(this.#column, this.#columns - 1));
    else if (sequence === "\r") this.#column = 0;
    else if (sequence === "\b") this.#column = Math.max(0, Math.min(this.#column, this.#columns - 1) - 1);
    else if (final !== undefined && mark === "") this.#control(final, (parameters ?? "").split(";").map(Number));
    else if (final !== undefined && mark === "?" && parameters === "7") this.#wraps = final === "h";
    else if (final === undefined || !"hl".includes(final)) {
      throw new Error(`The terminal was sent ${JSON.stringify(sequence)}`);
    }
  }

  #control(final: string, [first = 0]: readonly number[]): void {
    const count = first || 1;
    if (final === "A") this.#row = Math.max(this.#top, this.#row - count);
    else if (final === "B") this.#row = Math.min(this.#lines.length - 1, this.#row + count);
    else if (final === "C") this.#column = Math.min(this.#columns - 1, this.#column + count);
    else if (final === "D") this.#column = Math.max(0, Math.min(this.#column, this.#columns - 1) - count);
    else if (final === "G") this.#column = count - 1;
    else if (final === "J" && first === 0) this.#clearDown();
    else if (final === "K" && first === 0) this.#lines[this.#row]!.length = this.#column;
    else if (final !== "m") throw new Error(`The terminal was sent CSI ${first} ${final}`);
  }

  #clearDown(): void {
    const line = this.#lines[this.#row]!;
    line.length = Math.min(line.length, this.#column);
    for (const below of this.#lines.slice(this.#row + 1)) below.length = 0;
  }
}

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PTY = fileURLToPath(new URL("pseudo-terminal.py", import.meta.url));

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

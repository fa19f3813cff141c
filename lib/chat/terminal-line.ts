/** A line that a person types on a terminal, while other lines appear above it. */
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";

const HISTORY_SIZE = 500;

export interface TerminalLineHandlers {
  /** Enter was pressed. */
  onLine(line: string): void;
  /** Ctrl-C. */
  onInterrupt(): void;
  /** Ctrl-D on an empty line, or the terminal is gone. */
  onEnd(): void;
}

/** What readline keeps of the line that it drew: rows from the line's start to the cursor. No method resets it. */
type DrawnInterface = Interface & { prevRows: number };

export class TerminalLine {
  readonly #output: WriteStream;
  readonly #interface: DrawnInterface;
  #waiting: string[] = [];
  #willDraw = false;
  #isClosed = false;

  /** @param prompt stands before what is typed */
  constructor(input: ReadStream, output: WriteStream, prompt: string, handlers: TerminalLineHandlers) {
    this.#output = output;
    this.#interface = createInterface({
      input,
      output,
      prompt,
      terminal: true,
      historySize: HISTORY_SIZE,
      removeHistoryDuplicates: true,
    }) as DrawnInterface;
    keepPastesWhole(this.#interface);
    this.#interface.on("line", (line) => {
      handlers.onLine(line);
      // At once: what is measured later must have been drawn with its prompt, also the second line of a paste.
      if (!this.#isClosed) this.#draw();
    });
    this.#interface.on("SIGINT", () => handlers.onInterrupt());
    this.#interface.on("close", () => {
      if (this.#isClosed) return;
      this.#finish();
      handlers.onEnd();
    });
    this.#interface.prompt();
  }

  /** Shows a line above the one that is being typed. It may hold colours, and no other control characters. */
  print(text: string): void {
    if (this.#isClosed) {
      this.#output.write(`${text}\n`);
      return;
    }
    this.#waiting.push(text);
    this.#drawSoon();
  }

  /** Stands before what is typed from now on. */
  setPrompt(prompt: string): void {
    if (this.#isClosed || prompt === this.#interface.getPrompt()) return;
    // What is on the screen was drawn with the old prompt, and has to be measured with it.
    this.#draw(prompt);
  }

  /** Puts a line that could not be sent back, before what has been typed since. */
  putBack(line: string): void {
    if (this.#isClosed) return;
    this.#draw();
    const typed = this.#interface.line;
    this.#interface.write(null, { ctrl: true, name: "a" });
    this.#interface.write(line);
    if (typed !== "") this.#interface.write(null, { ctrl: true, name: "e" });
  }

  /** Prints what waits, and takes the unfinished line off the screen. */
  close(): void {
    if (this.#isClosed) return;
    this.#finish();
    this.#interface.close();
  }

  #finish(): void {
    this.#isClosed = true;
    this.#erase();
    this.#output.write(this.#takeWaiting());
  }

  /** Once for all that happens in one turn: the lines of a busy chat arrive by the dozen. */
  #drawSoon(): void {
    if (this.#willDraw) return;
    this.#willDraw = true;
    setImmediate(() => {
      this.#willDraw = false;
      if (!this.#isClosed) this.#draw();
    });
  }

  #draw(prompt?: string): void {
    // In one write, so that the line does not flicker.
    this.#output.cork();
    this.#erase();
    this.#output.write(this.#takeWaiting());
    if (prompt !== undefined) this.#interface.setPrompt(prompt);
    this.#interface.prompt(true);
    this.#output.uncork();
  }

  /** Takes the line off the screen, all rows of it, and leaves the cursor where it began. */
  #erase(): void {
    const { rows } = this.#interface.getCursorPos();
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#interface.prevRows = 0;
  }

  #takeWaiting(): string {
    const lines = this.#waiting.map((line) => `${line}\n`).join("");
    this.#waiting = [];
    return lines;
  }
}

/**
 * Of what is pasted, readline inserts all but the last character by a short cut that is meant for completion alone: it
 * forgets about wrapped rows, and appends to the line where the cursor stands in its middle. Nothing is completed here.
 */
function keepPastesWhole(lines: Interface): void {
  Object.defineProperty(lines, "isCompletionEnabled", { get: () => true, set: () => {} });
}

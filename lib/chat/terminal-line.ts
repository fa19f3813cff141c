/** A line that a person types on a terminal, while other lines appear above it. */
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import { joinRows, rowsOf } from "./terminal-text.ts";

const HISTORY_SIZE = 500;
/** UTF-16 units of lines that are drawn in one turn of the event loop, so that keys are heard however much comes. */
const DRAWN_AT_ONCE = 32_768;
/** Units that a line counts at least. */
const SHORTEST = 64;
/** Units that wait to be drawn, above which no more should come. */
const FULL = 262_144;

export interface TerminalLineHandlers {
  /** Enter was pressed. */
  onLine(line: string): void;
  /** Ctrl-C. */
  onInterrupt(): void;
  /** Ctrl-D on an empty line, or the terminal is gone. */
  onEnd(): void;
  /** There is room again for lines to be printed. */
  onRoom(): void;
}

/** What readline keeps of the line that it drew: rows from the line's start to the cursor. No method resets it. */
type DrawnInterface = Interface & { prevRows: number };

export class TerminalLine {
  readonly #output: WriteStream;
  readonly #interface: DrawnInterface;
  readonly #handlers: TerminalLineHandlers;
  readonly #paint: (row: string) => string;
  /** Lines to be printed, from `#next` on. */
  #waiting: string[] = [];
  #next = 0;
  #waitingUnits = 0;
  #isFull = false;
  #willDraw = false;
  #isClosed = false;

  /**
   * @param prompt stands before what is typed
   * @param paint adds colours to the first row of a line that is printed
   */
  constructor(
    input: ReadStream,
    output: WriteStream,
    prompt: string,
    handlers: TerminalLineHandlers,
    paint: (row: string) => string = (row) => row,
  ) {
    this.#output = output;
    this.#handlers = handlers;
    this.#paint = paint;
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
      this.#indentTyped(line);
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

  /**
   * Shows a line above the one that is being typed. It may hold no control characters but tabs.
   *
   * @returns false where the caller should wait for `onRoom` before printing more
   */
  print(text: string): boolean {
    if (this.#isClosed) {
      this.#output.write(this.#rows(text));
      return true;
    }
    this.#waiting.push(text);
    this.#waitingUnits += unitsOf(text);
    this.#isFull ||= this.#waitingUnits > FULL;
    this.#drawSoon();
    return !this.#isFull;
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
    while (this.#next < this.#waiting.length) this.#output.write(this.#takeWaiting());
    this.#noteRoom();
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
    if (this.#next < this.#waiting.length) this.#drawSoon();
    else this.#noteRoom();
  }

  #noteRoom(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#handlers.onRoom();
  }

  /** Writes what was typed once more, as a line of the chat is: while it was edited, the terminal wrapped it. */
  #indentTyped(line: string): void {
    const prompt = this.#interface.getPrompt();
    const text = prompt + line;
    // The line is empty again, so what stands before the cursor is the prompt.
    this.#interface.setPrompt(text);
    const { rows } = this.#interface.getCursorPos();
    this.#interface.setPrompt(prompt);
    // What has left the screen at the top cannot be written over.
    if (rows === 0 || rows + 1 >= this.#output.rows) return;
    moveCursor(this.#output, 0, -rows - 1);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#output.write(this.#rows(text));
  }

  /** Takes the line off the screen, all rows of it, and leaves the cursor where it began. */
  #erase(): void {
    const { rows } = this.#interface.getCursorPos();
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#interface.prevRows = 0;
  }

  /** The next lines that wait, at least one. */
  #takeWaiting(): string {
    let text = "";
    for (let units = 0; units < DRAWN_AT_ONCE && this.#next < this.#waiting.length; this.#next++) {
      const line = this.#waiting[this.#next] as string;
      text += this.#rows(line);
      units += unitsOf(line);
      this.#waitingUnits -= unitsOf(line);
    }
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    return text;
  }

  /** With the end of the last one. */
  #rows(line: string): string {
    const [first = "", ...rest] = rowsOf(line, this.#output.columns);
    return `${joinRows([this.#paint(first), ...rest])}\n`;
  }
}

/** What a line counts: an empty one is work, too, and takes room while it waits. */
function unitsOf(line: string): number {
  return Math.max(line.length, SHORTEST);
}

/**
 * Of what is pasted, readline inserts all but the last character by a short cut that is meant for completion alone: it
 * forgets about wrapped rows, and appends to the line where the cursor stands in its middle. Nothing is completed here.
 */
function keepPastesWhole(lines: Interface): void {
  Object.defineProperty(lines, "isCompletionEnabled", { get: () => true, set: () => {} });
}

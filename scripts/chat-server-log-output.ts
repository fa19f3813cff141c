/** Where the server's log goes: a stream that may be read slowly, or by nobody any more. The chat goes on all the same. */
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** Bytes that may wait to be read; lines are dropped above. */
const MOST_WAITING = 1 << 20;
/** Milliseconds between two looks at what still waits. */
const LOOK_EVERY = 10;

export class LogOutput {
  readonly #stream: Writable;
  readonly #format: "text" | "json";
  #dropped = 0;

  constructor(stream: Writable, format: "text" | "json") {
    this.#stream = stream;
    this.#format = format;
  }

  /** @param line without its end */
  write(line: string): void {
    if (!this.#stream.writable) return;
    if (this.#stream.writableLength > MOST_WAITING) this.#dropped++;
    else this.#stream.write(`${this.#tellDropped()}${line}\n`);
  }

  /** Waits until everything is taken, at most so many milliseconds. */
  async flush(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    while (this.#isWaiting && performance.now() < end) await sleep(LOOK_EVERY);
  }

  get #isWaiting(): boolean {
    return this.#stream.writable && this.#stream.writableLength > 0;
  }

  /** @returns a line about those that are missing here, or nothing */
  #tellDropped(): string {
    const count = this.#dropped;
    this.#dropped = 0;
    if (count === 0) return "";
    if (this.#format === "text") return `[LOG INCOMPLETE] Lines not read in time and dropped: ${count}\n`;
    return `${JSON.stringify({ time: new Date().toISOString(), event: "log-incomplete", count })}\n`;
  }
}

/**
 * Where the server's log goes: a terminal that may be stopped, a pipe that may be read slowly or by nobody any more, a file
 * on a disk that may be full. The chat never waits for it: what cannot be written is dropped, and counted.
 */
import fs from "node:fs";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { isatty } from "node:tty";
import { cannotWrite } from "../../lib/pcap/output-file.ts";

/** Bytes that may wait to be read; lines are dropped above. */
const MOST_WAITING = 1 << 20;
/** Milliseconds between two looks at what still waits. */
const LOOK_EVERY = 10;

/** Takes text without ever waiting. */
export interface LogSink {
  /** False once nobody can read it any more. */
  readonly isOpen: boolean;
  /** Bytes that were taken and have not got out. */
  readonly waiting: number;
  /** What is said of lines that were not taken, before their number. */
  readonly missing: string;
  /**
   * @param lines without their ends; one can have several rows
   * @returns how many of them, the last ones, were not taken
   */
  write(lines: readonly string[]): number;
}

export class LogOutput {
  readonly #sink: LogSink;
  readonly #format: "text" | "json";
  /** What is written together at the end of this turn of the event loop. */
  #lines: string[] = [];
  #dropped = 0;

  constructor(sink: LogSink, format: "text" | "json") {
    this.#sink = sink;
    this.#format = format;
    process.on("exit", () => this.#writeLines());
  }

  /** @param line without its end */
  write(line: string): void {
    if (this.#lines.length === 0) setImmediate(() => this.#writeLines());
    this.#lines.push(line);
  }

  /** Waits until everything is taken, at most so many milliseconds. */
  async flush(milliseconds: number): Promise<void> {
    this.#writeLines();
    const end = performance.now() + milliseconds;
    while (this.#sink.isOpen && this.#sink.waiting > 0 && performance.now() < end) await sleep(LOOK_EVERY);
  }

  #writeLines(): void {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    if (!this.#sink.isOpen) return;
    const count = this.#sink.write(this.#dropped === 0 ? lines : [this.#missingLine(), ...lines]);
    // If nothing was taken at all, they are still to be told of.
    this.#dropped = count > lines.length ? this.#dropped + lines.length : count;
  }

  #missingLine(): string {
    const count = this.#dropped;
    if (this.#format === "text") return `[LOG INCOMPLETE] ${this.#sink.missing}: ${count}`;
    return JSON.stringify({ time: new Date().toISOString(), event: "log-incomplete", count });
  }
}

/** Standard output, whatever it is. @param onFailure told once, when it cannot be written although somebody could read it */
export function standardOutputSink(onFailure: (error: Error) => void): LogSink {
  const stat = fs.fstatSync(1);
  if (!isatty(1) && !stat.isFIFO() && !stat.isSocket()) return new DescriptorSink(1, onFailure);
  neverWait(process.stdout);
  return new StreamSink(process.stdout);
}

/** For terminals, where Node waits in the middle of a write until somebody presses Ctrl-Q. Others it does not wait for. */
export function neverWait(stream: Writable): void {
  const { _handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } };
  _handle?.setBlocking?.(false);
}

/** Terminals, pipes and sockets: Node keeps what they do not take. */
export class StreamSink implements LogSink {
  readonly missing = "Lines not read in time and dropped";
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  get isOpen(): boolean {
    return this.#stream.writable;
  }

  get waiting(): number {
    return this.#stream.writableLength;
  }

  write(lines: readonly string[]): number {
    if (this.waiting > MOST_WAITING) return lines.length;
    this.#stream.write(`${lines.join("\n")}\n`);
    return 0;
  }
}

/** Files and devices, which take what they have room for at once. There may be room again later. */
export class DescriptorSink implements LogSink {
  readonly isOpen = true;
  /** What was taken is out; only the end of a line can be left, until something is written again. */
  readonly waiting = 0;
  readonly missing = "Lines that could not be written and were dropped";
  readonly #descriptor: number;
  readonly #onFailure: (error: Error) => void;
  readonly #writeSync: typeof fs.writeSync;
  /** The end of a line whose beginning was taken. */
  #rest: Uint8Array = new Uint8Array(0);
  #hasFailed = false;

  constructor(descriptor: number, onFailure: (error: Error) => void, writeSync = fs.writeSync) {
    this.#descriptor = descriptor;
    this.#onFailure = onFailure;
    this.#writeSync = writeSync;
  }

  write(lines: readonly string[]): number {
    this.#rest = this.#rest.subarray(this.#writeAll(this.#rest));
    if (this.#rest.length > 0) return lines.length;
    const bytes = Buffer.from(`${lines.join("\n")}\n`);
    const written = this.#writeAll(bytes);
    let [taken, end] = [0, 0];
    while (end < written) end += Buffer.byteLength(lines[taken++] as string) + 1;
    this.#rest = bytes.subarray(written, end);
    return lines.length - taken;
  }

  /** @returns bytes that were taken */
  #writeAll(bytes: Uint8Array): number {
    let offset = 0;
    try {
      while (offset < bytes.length) offset += this.#writeSync(this.#descriptor, bytes, offset, bytes.length - offset);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") this.#noteFailure(error);
    }
    return offset;
  }

  #noteFailure(error: unknown): void {
    if (!this.#hasFailed) this.#onFailure(cannotWrite("standard output", error));
    this.#hasFailed = true;
  }
}

/** A program that captures, running: what it writes, what it says, and how it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import {
  type Capture,
  type CaptureSource,
  MAGIC_LENGTH,
  ParsedCapture,
  parserFor,
  readBeginning,
} from "../../pcap/capture-reader.ts";
import type { CaptureCommand, ProgramExit } from "./programs.ts";

/** Of what the program says, the last characters are kept. */
const LONGEST_STDERR = 1 << 14;
/** `cap` says this of every adapter without an IPv4 address, and it means nothing; and tcpdump counts. */
const NOISE = /^Warning: .* - This may not actually work\n|Got \d+\r/gm;

export class CaptureProcess {
  readonly command: CaptureCommand;
  readonly ended: Promise<ProgramExit>;
  readonly #child: ChildProcess;
  readonly #source: ProcessSource;
  #stderr = "";

  /** Starts the program. Whether it could be started, `ended` and `open` tell. */
  constructor(command: CaptureCommand) {
    this.command = command;
    // In a group of its own: Ctrl-C in a terminal is for us, and we end the program when nothing is on its way any more.
    const child = spawn(command.file, command.args, { detached: true, windowsHide: true, stdio: "pipe" });
    this.#child = child;
    this.#source = new ProcessSource(child.stdout);
    child.stdin.on("error", () => {});
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).replace(NOISE, "").slice(-LONGEST_STDERR);
    });
    const killWithUs = () => this.kill();
    process.once("exit", killWithUs);
    this.ended = new Promise((resolve) => {
      child.on("error", (error) => {
        this.#stderr += `${error.message}\n`;
        if (child.pid === undefined) child.stdout.destroy();
      });
      child.on("close", (code, signal) => {
        process.removeListener("exit", killWithUs);
        resolve({ code, signal, stderr: this.#stderr });
      });
    });
  }

  /** When bytes last came, by `performance.now`. */
  get lastRead(): number {
    return this.#source.lastRead;
  }

  /**
   * Waits until the program sees packets, which it shows by the beginning of a capture.
   *
   * @param name what the capture is called
   * @returns undefined when it ends before that
   */
  async open(name: string): Promise<Capture | undefined> {
    const start = await this.#source.peek(MAGIC_LENGTH);
    const parser = await parserFor(start, name);
    if (parser === undefined) return undefined;
    const isThere = await readBeginning(parser, this.#source);
    return isThere ? new ParsedCapture(name, parser, this.#source) : undefined;
  }

  /** Asks the program to write what it has and to end. */
  ask(): void {
    if (this.command.endsBy === "input") this.#child.stdin?.end();
    else this.#child.kill("SIGINT");
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** The bytes that a program writes. They end when the program does, however it does. */
class ProcessSource implements CaptureSource {
  readonly isCompressed = false;
  readonly interruption = undefined;
  bytesRead = 0;
  lastRead = performance.now();
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #start: Uint8Array | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The first bytes, `length` of them or all that there are; they stay to be read. */
  async peek(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let there = 0;
    while (there < length) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      parts.push(chunk);
      there += chunk.length;
    }
    this.#start = Buffer.concat(parts);
    return this.#start;
  }

  async read(): Promise<Uint8Array | undefined> {
    const start = this.#start;
    this.#start = undefined;
    return start !== undefined && start.length > 0 ? start : this.#next();
  }

  async close(): Promise<void> {
    this.#stream.destroy();
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      this.lastRead = performance.now();
      this.bytesRead += value.length;
      return value;
    } catch {
      // The pipe broke with the program.
      return undefined;
    }
  }
}

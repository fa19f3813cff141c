/**
 * Standard output for text of any length, a line that says how far the work is, and what is said of a capture file that was
 * written.
 */

import fs from "node:fs";
import { WirewrightError } from "../../lib/core/errors.ts";
import { makeVisible } from "../../lib/core/text.ts";
import { namesFormat } from "../../lib/pcap/capture-file.ts";
import { cannotWrite, isStandardOutput } from "../../lib/pcap/output-file.ts";

/** So much text is worth a write. */
const FULL = 1 << 16;

type Send = (part: string | Uint8Array) => Promise<void>;

/** Standard output for text of any length: what is written waits until it is drained. */
export class Output {
  readonly #send: Send;
  #pieces: (string | Uint8Array)[] = [];
  #waiting = 0;

  constructor(send: Send = sendToStandardOutput) {
    this.#send = send;
  }

  write(piece: string | Uint8Array): void {
    this.#pieces.push(piece);
    this.#waiting += piece.length;
  }

  get isFull(): boolean {
    return this.#waiting >= FULL;
  }

  /** @throws WirewrightError CLOSED_PIPE when nobody reads any more, CANNOT_WRITE when it cannot be written */
  async drain(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#waiting = 0;
    for (const part of joined(pieces)) await this.#send(part);
  }
}

/** Neighbouring texts as one: a write takes long, however little it writes. */
function joined(pieces: readonly (string | Uint8Array)[]): (string | Uint8Array)[] {
  const parts: (string | Uint8Array)[] = [];
  let text: string[] = [];
  for (const piece of [...pieces, undefined]) {
    if (typeof piece === "string") {
      text.push(piece);
      continue;
    }
    if (text.length > 0) parts.push(text.join(""));
    text = [];
    if (piece !== undefined) parts.push(piece);
  }
  return parts;
}

function sendToStandardOutput(part: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(part, (error: NodeJS.ErrnoException | null | undefined) => {
      if (!error) resolve();
      else if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") {
        reject(new WirewrightError("CLOSED_PIPE", "Nobody reads standard output any more."));
      } else reject(cannotWrite("standard output", error));
    });
  });
}

/** An argument as it can be pasted behind a prompt. */
export function quoteForShell(argument: string): string {
  return /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** The line for a file whose name leaves open what it is; undefined where there is nothing to say. */
export function formatNotice(file: string): string | undefined {
  if (namesFormat(file) || isStandardOutput(file) || isDevice(file)) return undefined;
  return `${makeVisible(file)} is written as pcap, since its name does not say what it is; end it in .pcap or .pcapng.`;
}

function isDevice(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === false;
}

const CLEAR_LINE = "\r\x1b[K";
/** A person should not be bothered with what is over in a moment. */
const USUAL_DELAY = 1000;

/** Milliseconds. `performance` would have to be loaded first, which takes longer than many a command. */
const now = () => process.uptime() * 1000;

export interface StatusLineOptions {
  /** Milliseconds before it is drawn for the first time. Default: a second. */
  readonly delay?: number;
  /** Milliseconds between two drawings at least. Default 0. */
  readonly interval?: number;
}

/** One line on standard error that is drawn over and over, while a person is watching. */
export class StatusLine {
  readonly #start = now();
  readonly #delay: number;
  readonly #interval: number;
  #drawnAt: number | undefined;

  constructor({ delay = USUAL_DELAY, interval = 0 }: StatusLineOptions = {}) {
    this.#delay = delay;
    this.#interval = interval;
  }

  /** @param text is asked for only where it is drawn */
  update(text: () => string): void {
    const time = now();
    if (!process.stderr.isTTY || time - this.#start < this.#delay) return;
    if (this.#drawnAt !== undefined && time - this.#drawnAt < this.#interval) return;
    this.#drawnAt = time;
    process.stderr.write(`${CLEAR_LINE}${text()}`);
  }

  /** Takes the line away again. */
  clear(): void {
    if (this.#drawnAt !== undefined) process.stderr.write(CLEAR_LINE);
    this.#drawnAt = undefined;
  }
}

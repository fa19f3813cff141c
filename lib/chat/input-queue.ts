/** What one client sends: read line by line, and no faster than its allowance lets it be. */
import type { ChatLimits } from "./limits.ts";
import { type Line, LineReader } from "./line-reader.ts";

type InputLimits = Pick<ChatLimits, "maxLine" | "maxLineBeforeName" | "floodBurst" | "floodRate">;

/** What one step of reading has come to. */
export type ReadStep =
  | Line
  /** Bytes were read that ask for nothing, or not yet. */
  | { readonly kind: "nothing" }
  /** Nothing was read: it may go on in so many milliseconds. */
  | { readonly kind: "delayed"; readonly wait: number }
  /** Nothing was read, since nothing is left. */
  | { readonly kind: "all-read" };

const NOTHING: ReadStep = { kind: "nothing" };
const ALL_READ: ReadStep = { kind: "all-read" };

/**
 * Bytes that are read for one line of the allowance, where lines are not longer anyway. What makes no line, such as empty
 * lines, erased characters and telnet's own bytes, is paid for by its bytes; a line of a person or a program never needs
 * more than its one.
 */
const BYTES_FOR_A_LINE = 8 << 10;
/** Twice: a byte of a line can be two on the wire, and a line has an end. */
const BYTES_PER_LINE_BYTE = 2;
/** An empty line is more work than its one byte. */
const EMPTY_LINE_BYTES = 8;

/** How fast the lines of one client are taken: some at once, then so many a second. */
export class RateLimiter {
  readonly #burst: number;
  /** Milliseconds after which one line more may be taken. */
  readonly #interval: number;
  /** When all lines of the burst may be taken again. */
  #fullAt = 0;

  /**
   * @param burst lines that may be taken at once
   * @param rate lines a second after that; 0 for both or for one of them lets everything through
   */
  constructor(burst: number, rate: number) {
    this.#burst = burst;
    this.#interval = burst === 0 || rate === 0 ? 0 : 1000 / rate;
  }

  /**
   * Takes a line, if it may be taken now.
   *
   * @param now monotonic, in milliseconds
   * @returns 0 if it was taken, otherwise the milliseconds until it can be
   */
  take(now: number): number {
    if (this.#interval === 0) return 0;
    const fullAt = Math.max(this.#fullAt, now) + this.#interval;
    const wait = fullAt - now - this.#burst * this.#interval;
    // A wait this short is the rounding of the sums, not a wait.
    if (wait > 1e-6) return wait;
    this.#fullAt = fullAt;
    return 0;
  }
}

export class InputQueue {
  readonly #limits: InputLimits;
  readonly #reader = new LineReader();
  readonly #limiter: RateLimiter;
  /** Bytes that may still be read for the line that was taken from the allowance last. */
  #paidBytes = 0;
  #hasEnded = false;
  #idleBytes = 0;
  #lastRead = 0;

  constructor(limits: InputLimits) {
    this.#limits = limits;
    this.#limiter = new RateLimiter(limits.floodBurst, limits.floodRate);
  }

  /** Bytes held here. */
  get pendingBytes(): number {
    return this.#reader.pendingBytes;
  }

  /** Bytes that were read since the last line that asked for something. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** Bytes that the last step has looked at. */
  get lastRead(): number {
    return this.#lastRead;
  }

  /** Bytes of a line at most; 0 for any number. */
  maxLine(hasName: boolean): number {
    return hasName ? this.#limits.maxLine : this.#limits.maxLineBeforeName;
  }

  /** The chunk is kept, and not to be changed. */
  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  /** No more will come: what is left without an end is a line as well. */
  end(): void {
    this.#hasEnded = true;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** What the other end's telnet waits for, if it does. */
  takeReply(): Uint8Array | undefined {
    return this.#reader.takeReply();
  }

  /**
   * Reads one line, or as many bytes without one as are paid for by one line of the allowance.
   *
   * @param hasName whether empty lines ask for nothing; until there is a name, they are answered
   * @param now monotonic, in milliseconds
   */
  read(hasName: boolean, now: number): ReadStep {
    const before = this.#reader.unreadBytes;
    this.#lastRead = 0;
    if (before === 0) return this.#readEnd(hasName);
    if (this.#paidBytes <= 0) {
      const wait = this.#limiter.take(now);
      if (wait > 0) return { kind: "delayed", wait };
      this.#paidBytes = this.#bytesForALine();
    }
    const line = this.#reader.next(this.maxLine(hasName), this.#paidBytes);
    this.#lastRead = before - this.#reader.unreadBytes;
    this.#idleBytes += this.#lastRead;
    this.#paidBytes -= this.#lastRead;
    return line === undefined ? NOTHING : this.#take(line, hasName);
  }

  #take(line: Line, hasName: boolean): ReadStep {
    if (hasName && line.kind === "line" && line.bytes.length === 0) {
      this.#paidBytes -= EMPTY_LINE_BYTES;
      return NOTHING;
    }
    this.#paidBytes = this.#idleBytes = 0;
    return line;
  }

  /** Its bytes have been paid for. */
  #readEnd(hasName: boolean): ReadStep {
    const line = this.#hasEnded ? this.#reader.end() : undefined;
    return line === undefined ? ALL_READ : this.#take(line, hasName);
  }

  #bytesForALine(): number {
    return Math.max(BYTES_FOR_A_LINE, BYTES_PER_LINE_BYTE * this.#limits.maxLine);
  }
}

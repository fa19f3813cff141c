/**
 * Bytes as a connection brings them, cut anywhere, into the lines of a person at `nc`, `telnet` or a client.
 * What telnet says to the other end (RFC 854) is no text and is taken out; keys that erase are obeyed.
 */

export type Line = { readonly kind: "line"; readonly bytes: Uint8Array } | { readonly kind: "too-long" };

const BACKSPACE = 0x08;
const LF = 0x0a;
const CR = 0x0d;
const DELETE = 0x7f;

// Telnet: "interpret as command", and what can follow it.
const IAC = 0xff;
const SUBNEGOTIATION_END = 0xf0;
const INTERRUPT = 0xf4;
const ERASE_CHARACTER = 0xf7;
const ERASE_LINE = 0xf8;
const SUBNEGOTIATION = 0xfa;
const WILL = 0xfb;
const WONT = 0xfc;
const DO = 0xfd;
const DONT = 0xfe;
/** After Ctrl-C, telnet asks for this mark, and shows nothing that it receives before an answer (RFC 860). */
const TIMING_MARK = 0x06;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
/** A buffer up to this size is kept for the next line. Thousands of connections may have one. */
const KEPT_CAPACITY = 256;

/** Bytes that are copied faster one by one. */
const SHORT_RUN = 16;

const SPECIAL: readonly number[] = [BACKSPACE, LF, CR, DELETE, IAC];
/** By byte, whether it is more than text: all between two of these is taken in one piece. */
const IS_SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) => Number(SPECIAL.includes(byte)));

/** Where in a telnet command the bytes have stopped; option commands are followed by one byte more. */
type Place = "text" | "command" | "option" | "do" | "subnegotiation" | "subnegotiation-command";

export class LineReader {
  /** Not looked at yet, the first one from `#offset` on. */
  readonly #chunks: Uint8Array[] = [];
  #offset = 0;
  #unreadBytes = 0;
  /** The line so far. */
  #buffer = new Uint8Array(0);
  #length = 0;
  #maxLine = 0;
  #place: Place = "text";
  /** The rest of a line that was too long is skipped. */
  #isSkipping = false;
  #isAtStart = true;
  #hasTimingMark = false;

  /** Bytes held here: those not looked at yet, and those of the line so far. */
  get pendingBytes(): number {
    return this.#unreadBytes + this.#length;
  }

  /** Bytes that were not looked at yet. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** Takes bytes to be read later. They are kept, not copied: the caller must not change them. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#unreadBytes += chunk.length;
  }

  /**
   * The next whole line without its end, or undefined until more bytes come or may be looked at. A line that grows too long
   * is reported once, at once, and the rest of it is skipped. The bytes of a line are not to be changed either.
   *
   * @param maxLine bytes that a line can have, its end not counted; 0 for any number
   * @param most bytes that may be looked at, whether they make a line or not; `unreadBytes` tells what is left
   */
  next(maxLine: number, most = Number.POSITIVE_INFINITY): Line | undefined {
    this.#maxLine = maxLine;
    for (let chunk = this.#chunks[0]; chunk !== undefined && most > 0; chunk = this.#chunks[0]) {
      const start = this.#offset;
      const line = this.#scan(chunk, Math.min(chunk.length, start + most));
      const count = this.#offset - start;
      this.#unreadBytes -= count;
      most -= count;
      if (this.#offset === chunk.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
      if (line !== undefined) return line;
    }
    return undefined;
  }

  /**
   * To be called when no more bytes will come, until it gives undefined: the lines that are left, with the limit of the
   * last `next`, and at the end the one that no LF ends.
   */
  end(): Line | undefined {
    const line = this.next(this.#maxLine);
    if (line !== undefined) return line;
    if (this.#place === "command") {
      this.#place = "text";
      const problem = this.#append(IAC);
      if (problem !== undefined) return problem;
    }
    return this.#length === 0 ? undefined : this.#takeLine();
  }

  /** What the other end's telnet waits for, if it does: to be sent as it is, outside all lines. */
  takeReply(): Uint8Array | undefined {
    if (!this.#hasTimingMark) return undefined;
    this.#hasTimingMark = false;
    return Uint8Array.of(IAC, WONT, TIMING_MARK);
  }

  #scan(chunk: Uint8Array, end: number): Line | undefined {
    let line: Line | undefined;
    while (line === undefined && this.#offset < end) {
      if (this.#place === "text") line = this.#readRun(chunk, end);
      else if (this.#place === "subnegotiation") this.#skipSubnegotiation(chunk, end);
      else line = this.#readTelnet(chunk[this.#offset++] as number);
    }
    return line;
  }

  /** The text up to the next special byte in one piece, and that byte. */
  #readRun(chunk: Uint8Array, end: number): Line | undefined {
    const start = this.#offset;
    let stop = start;
    while (stop < end && IS_SPECIAL[chunk[stop] as number] === 0) stop++;
    const isWhole = this.#length === 0 && !this.#isAtStart && !this.#isSkipping;
    if (isWhole && stop < end && (this.#maxLine === 0 || stop - start <= this.#maxLine)) {
      const afterEnd = lineEndAt(chunk, stop, end);
      if (afterEnd > 0) {
        this.#offset = afterEnd;
        return { kind: "line", bytes: chunk.subarray(start, stop) };
      }
    }
    this.#offset = stop;
    const problem = this.#appendRun(chunk, start, stop);
    if (problem !== undefined || stop === end) return problem;
    return this.#readText(chunk[this.#offset++] as number);
  }

  /** It can hold anything, and nothing of it counts before the byte that may end it. */
  #skipSubnegotiation(chunk: Uint8Array, end: number): void {
    const found = chunk.subarray(this.#offset, end).indexOf(IAC);
    this.#offset = found < 0 ? end : this.#offset + found + 1;
    if (found >= 0) this.#place = "subnegotiation-command";
  }

  #readText(byte: number): Line | undefined {
    switch (byte) {
      case LF:
        return this.#endLine();
      // Never kept: it belongs to the end of a line, and inside of one it would be taken out of the text anyway.
      case CR:
        return undefined;
      case IAC:
        this.#place = "command";
        return undefined;
      case BACKSPACE:
      case DELETE:
        this.#eraseCharacter();
        return undefined;
      default:
        return this.#append(byte);
    }
  }

  #readTelnet(byte: number): Line | undefined {
    switch (this.#place) {
      case "command":
        return this.#readCommand(byte);
      case "do":
        if (byte === TIMING_MARK) this.#hasTimingMark = true;
        this.#place = "text";
        return undefined;
      case "subnegotiation-command":
        this.#place = byte === SUBNEGOTIATION_END ? "text" : "subnegotiation";
        return undefined;
      default:
        this.#place = "text";
        return undefined;
    }
  }

  /** The byte after IAC. */
  #readCommand(byte: number): Line | undefined {
    this.#place = "text";
    if (byte === SUBNEGOTIATION) this.#place = "subnegotiation";
    else if (byte === DO) this.#place = "do";
    else if (byte === WILL || byte === WONT || byte === DONT) this.#place = "option";
    else if (byte === INTERRUPT || byte === ERASE_LINE) this.#length = 0;
    else if (byte === ERASE_CHARACTER) this.#eraseCharacter();
    else if (byte === IAC) return this.#append(IAC);
    // No command of telnet, and so no telnet: the line is to be refused as text, and its end must not be lost.
    else if (byte < SUBNEGOTIATION_END) return this.#readNoCommand(byte);
    return undefined;
  }

  #readNoCommand(byte: number): Line | undefined {
    const problem = this.#append(IAC);
    const line = this.#readText(byte);
    return problem ?? line;
  }

  #appendRun(chunk: Uint8Array, start: number, stop: number): Line | undefined {
    if (this.#isSkipping) return undefined;
    let from = start;
    // Until it is known whether there is a mark of byte order, which is a matter of three bytes.
    for (; this.#isAtStart && from < stop; from++) {
      const problem = this.#append(chunk[from] as number);
      if (problem !== undefined) return problem;
    }
    const length = this.#length + stop - from;
    if (length > this.#maxLine && this.#maxLine !== 0) return this.#skipLine();
    if (from === stop) return undefined;
    if (length > this.#buffer.length) this.#grow(length);
    if (stop - from > SHORT_RUN) this.#buffer.set(chunk.subarray(from, stop), this.#length);
    else for (let at = from; at < stop; at++) this.#buffer[this.#length + at - from] = chunk[at] as number;
    this.#length = length;
    return undefined;
  }

  #append(byte: number): Line | undefined {
    if (this.#isSkipping) return undefined;
    if (this.#length === this.#maxLine && this.#maxLine !== 0) return this.#skipLine();
    if (this.#length === this.#buffer.length) this.#grow(this.#length + 1);
    this.#buffer[this.#length++] = byte;
    if (this.#isAtStart && this.#length === BYTE_ORDER_MARK.length) this.#dropByteOrderMark();
    return undefined;
  }

  #skipLine(): Line {
    this.#isSkipping = true;
    this.#clear();
    return { kind: "too-long" };
  }

  #endLine(): Line | undefined {
    this.#isAtStart = false;
    if (!this.#isSkipping) return this.#takeLine();
    this.#isSkipping = false;
    return undefined;
  }

  #takeLine(): Line {
    const isKept = this.#buffer.length <= KEPT_CAPACITY;
    const bytes = isKept ? this.#buffer.slice(0, this.#length) : this.#buffer.subarray(0, this.#length);
    this.#clear();
    return { kind: "line", bytes };
  }

  #clear(): void {
    this.#length = 0;
    if (this.#buffer.length > KEPT_CAPACITY) this.#buffer = new Uint8Array(0);
  }

  #grow(length: number): void {
    const buffer = new Uint8Array(Math.max(64, length, 2 * this.#buffer.length));
    buffer.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = buffer;
  }

  #dropByteOrderMark(): void {
    this.#isAtStart = false;
    if (BYTE_ORDER_MARK.every((byte, index) => this.#buffer[index] === byte)) this.#length = 0;
  }

  #eraseCharacter(): void {
    this.#length -= lastCharacterLength(this.#buffer, this.#length);
  }
}

/** Where the bytes after the end of a line are, LF or CR LF, if there is one at this place and before `end`; else 0. */
function lineEndAt(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === LF) return at + 1;
  return bytes[at] === CR && at + 1 < end && bytes[at + 1] === LF ? at + 2 : 0;
}

/** Bytes of the last character: a whole UTF-8 sequence, or one byte of what is none. */
function lastCharacterLength(bytes: Uint8Array, length: number): number {
  for (let count = 1; count <= Math.min(4, length); count++) {
    const byte = bytes[length - count] as number;
    if ((byte & 0xc0) === 0x80) continue;
    return count === sequenceLength(byte) ? count : 1;
  }
  return Math.min(1, length);
}

/** Bytes of a UTF-8 sequence, as its first one says. */
function sequenceLength(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}

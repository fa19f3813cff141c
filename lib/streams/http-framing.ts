/** The length of HTTP/1 messages as their headers give it (RFC 9112, section 6.3). */
import type { MessageFraming } from "./message-framing.ts";

const LINE_FEED = 0x0a;
/** Headers that are longer are not understood: the message then ends with the stream. */
const LONGEST_HEAD = 64 << 10;
const LONGEST_CHUNK_LINE = 1024;

type State = "head" | "length" | "chunk-size" | "chunk-data" | "trailer" | "until-close";

export class HttpFraming implements MessageFraming {
  readonly kind = "http";
  #state: State = "head";
  /** The head that is being read, or the chunk's line: its whole lines, and the one that is not whole yet. */
  #text = "";
  #line = "";
  #isEmptyLine = false;
  /** Bytes of the body or chunk that are still to come. */
  #rest = 0;

  endOf(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      switch (this.#state) {
        case "head":
          at = this.#readLine(bytes, at, LONGEST_HEAD);
          if (this.#hasEmptyLine() && this.#startBody()) return at;
          break;
        case "length":
        case "chunk-data": {
          const taken = Math.min(this.#rest, bytes.length - at);
          at += taken;
          this.#rest -= taken;
          if (this.#rest > 0) break;
          if (this.#state === "length") return this.#finish(at);
          this.#state = "chunk-size";
          break;
        }
        case "chunk-size":
          at = this.#readLine(bytes, at, LONGEST_CHUNK_LINE);
          if (this.#text !== "") this.#startChunk();
          break;
        case "trailer":
          at = this.#readLine(bytes, at, LONGEST_HEAD);
          if (this.#hasEmptyLine()) return this.#finish(at);
          break;
        case "until-close":
          return -1;
      }
    }
    return -1;
  }

  /**
   * Bytes that the capture lacks. Within a body they are counted like others.
   *
   * @returns how many of them belong to the message that is going on, or -1 if it goes on behind them
   */
  skip(length: number): number {
    const isBody = this.#state === "length" || this.#state === "chunk-data";
    // Nobody knows what a head said that is not there.
    if (!isBody || (this.#state === "chunk-data" && length > this.#rest)) this.#state = "until-close";
    else if (length >= this.#rest && this.#state === "length") return this.#finish(this.#rest);
    else {
      this.#rest -= length;
      if (this.#rest === 0) this.#state = "chunk-size";
    }
    return -1;
  }

  /** Takes bytes up to the end of the line. A whole line goes to the text. */
  #readLine(bytes: Uint8Array, from: number, longest: number): number {
    const feed = bytes.indexOf(LINE_FEED, from);
    const end = feed < 0 ? bytes.length : feed + 1;
    if (this.#text.length + this.#line.length + (end - from) > longest) {
      this.#state = "until-close";
      return bytes.length;
    }
    for (let at = from; at < end; at++) this.#line += String.fromCharCode(bytes[at]!);
    if (feed < 0) return end;
    this.#isEmptyLine = this.#line === "\n" || this.#line === "\r\n";
    // Empty lines before a message are skipped, as RFC 9112, section 2.2 asks.
    if (this.#state !== "head" || this.#text !== "" || !this.#isEmptyLine) this.#text += this.#line;
    this.#line = "";
    return end;
  }

  /** Whether the line read last is a whole one and empty, with text before it where that is needed. */
  #hasEmptyLine(): boolean {
    return this.#line === "" && this.#isEmptyLine && this.#text !== "";
  }

  /** @returns whether there is no body, so that the message ends with its head */
  #startBody(): boolean {
    const head = this.#text;
    this.#text = "";
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
    const hasNoBody = status !== undefined && /^(?:1\d\d|204|304)$/.test(status);
    if (hasNoBody) return true;
    if (/\ntransfer-encoding:[^\n]*\bchunked\s*\r?\n/i.test(head)) {
      this.#state = "chunk-size";
      return false;
    }
    const length = /\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r?\n/i.exec(head)?.[1];
    if (length === undefined) {
      // A request without a length has no body; a response goes on until the connection is closed.
      if (status === undefined) return true;
      this.#state = "until-close";
      return false;
    }
    this.#rest = Number(length);
    if (this.#rest === 0) return true;
    this.#state = "length";
    return false;
  }

  #startChunk(): void {
    const line = this.#text.trim();
    this.#text = "";
    // The empty line behind a chunk's data.
    if (line === "") return;
    const size = /^[0-9a-f]{1,12}(?=$|[; \t])/i.exec(line)?.[0];
    if (size === undefined) this.#state = "until-close";
    else if (Number.parseInt(size, 16) === 0) this.#state = "trailer";
    else {
      this.#rest = Number.parseInt(size, 16);
      this.#state = "chunk-data";
    }
  }

  #finish(at: number): number {
    this.#state = "head";
    this.#text = "";
    this.#isEmptyLine = false;
    return at;
  }
}

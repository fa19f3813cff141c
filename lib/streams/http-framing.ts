/** The length of HTTP/1 messages as their headers give it (RFC 9112, section 6.3). */

import { findHttpStartLine, type HttpStatusLine, parseHttpStartLine } from "../dissect/http.ts";
import { latin1 } from "../headers/assigned-numbers.ts";
import { HttpExchange, type RequestKind } from "./http-exchange.ts";
import { isTlsRecord, WebSocketFraming } from "./length-framing.ts";
import type { MessageFraming, Succession } from "./message-framing.ts";

const LINE_FEED = 0x0a;
/** Headers that are longer are not understood: the message then ends with the stream. */
const LONGEST_HEAD = 64 << 10;
const LONGEST_CHUNK_LINE = 1024;

/**
 * `until-close`: a response that ends with the connection. `lost`: bytes are missing, and what stands here belongs to a
 * message that nobody knows. `broken`: what should be a head or a chunk is none.
 */
type State = "head" | "length" | "chunk-size" | "chunk-data" | "trailer" | "until-close" | "lost" | "broken" | "ended";

export class HttpFraming implements MessageFraming {
  readonly kind = "http";
  readonly #exchange: HttpExchange;
  #state: State = "head";
  /** The head that is being read, or the chunk's line: its whole lines, and the one that is not whole yet. */
  #text = "";
  #line = "";
  #isEmptyLine = false;
  /** Bytes of the body or chunk that are still to come. */
  #rest = 0;
  /** A response whose request is not known, of whose body nothing has come: it may have none (RFC 9110, section 9.3.2). */
  #mayHaveNoBody = false;
  #isResponse: boolean;

  /**
   * @param exchange shared with the other direction; without it, no response knows its request
   * @param isResponse whether the messages before were responses
   */
  constructor(exchange: HttpExchange = new HttpExchange(), isResponse = false) {
    this.#exchange = exchange;
    this.#isResponse = isResponse;
    exchange.isHttp = true;
  }

  /** Whether the message that is going on, or else the one before, is a response. */
  get isResponse(): boolean {
    return this.#isResponse;
  }

  endOf(bytes: Uint8Array, from: number): number {
    // Behind a gap, a segment that begins with a start line shows that what was lost has ended.
    if (this.#state === "lost" && findHttpStartLine(bytes, from, bytes.length) !== undefined) return this.#finish(from);
    let at = from;
    while (at < bytes.length && !this.#hasNoEnd()) {
      if (this.#mayHaveNoBody && this.#hasNoBody(bytes, at)) return this.#finish(at);
      at = this.#take(bytes, at);
      if (this.#state === "ended") return this.#finish(at);
    }
    return -1;
  }

  /**
   * Bytes that the capture lacks. Within a body they are counted like others.
   *
   * @returns how many of them belong to the message that is going on, or -1 if it goes on behind them
   */
  skip(length: number): number {
    this.#mayHaveNoBody = false;
    const isBody = this.#state === "length" || this.#state === "chunk-data";
    // Nobody knows what a head said that is not there.
    if (!isBody || (this.#state === "chunk-data" && length > this.#rest)) this.#lose();
    else if (length >= this.#rest && this.#state === "length") return this.#finish(this.#rest);
    else {
      this.#rest -= length;
      if (this.#rest === 0) this.#state = "chunk-size";
    }
    return -1;
  }

  pass(length: number): boolean {
    if (this.#mayHaveNoBody) return false;
    if (this.#state === "until-close") return true;
    if ((this.#state !== "length" && this.#state !== "chunk-data") || length >= this.#rest) return false;
    this.#rest -= length;
    return true;
  }

  isWholeAtFin(): boolean {
    if (this.#state === "until-close" || this.#mayHaveNoBody) return true;
    // Empty lines behind the last message are no message that lacks anything.
    return this.#state === "head" && this.#text === "" && this.#line === "";
  }

  successor(): Succession | undefined {
    const { switchedTo } = this.#exchange;
    if (switchedTo === undefined) return undefined;
    return switchedTo === "websocket" ? new WebSocketFraming() : "unknown";
  }

  /** What stands where the body of a response should begin can show that there is none. */
  #hasNoBody(bytes: Uint8Array, at: number): boolean {
    this.#mayHaveNoBody = false;
    // An answer to CONNECT has none whatever its head says.
    if (this.#state === "until-close" && isTlsRecord(bytes, at)) {
      this.#exchange.switchedTo = "tunnel";
      return true;
    }
    // As an answer to HEAD, behind which the next one follows.
    const next = findHttpStartLine(bytes, at, bytes.length);
    return next?.line.kind === "response" && next.at === at;
  }

  #lose(): void {
    if (this.#state === "broken" || this.#state === "until-close") return;
    this.#state = "lost";
    this.#text = "";
    this.#line = "";
    if (this.#isResponse) this.#exchange.responsesLost();
    else this.#exchange.requestsLost();
  }

  /** Whether nothing in the bytes that come can end the message. */
  #hasNoEnd(): boolean {
    return (
      !this.#mayHaveNoBody && (this.#state === "until-close" || this.#state === "lost" || this.#state === "broken")
    );
  }

  /** Takes as many bytes as belong to one and the same thing: a line, a body, the data of a chunk. */
  #take(bytes: Uint8Array, from: number): number {
    let at = bytes.length;
    switch (this.#state) {
      case "head":
        at = this.#readLine(bytes, from, LONGEST_HEAD);
        if (this.#hasEmptyLine() && this.#startBody()) this.#state = "ended";
        break;
      case "length":
        at = this.#takeBody(bytes, from);
        if (this.#rest === 0) this.#state = "ended";
        break;
      case "chunk-data":
        at = this.#takeBody(bytes, from);
        if (this.#rest === 0) this.#state = "chunk-size";
        break;
      case "chunk-size":
        at = this.#readLine(bytes, from, LONGEST_CHUNK_LINE);
        if (this.#text !== "") this.#startChunk();
        break;
      case "trailer":
        at = this.#readLine(bytes, from, LONGEST_HEAD);
        if (this.#hasEmptyLine()) this.#state = "ended";
        break;
    }
    return at;
  }

  #takeBody(bytes: Uint8Array, from: number): number {
    const taken = Math.min(this.#rest, bytes.length - from);
    this.#rest -= taken;
    return from + taken;
  }

  /** Takes bytes up to the end of the line. A whole line goes to the text. */
  #readLine(bytes: Uint8Array, from: number, longest: number): number {
    const feed = bytes.indexOf(LINE_FEED, from);
    const end = feed < 0 ? bytes.length : feed + 1;
    if (this.#text.length + this.#line.length + (end - from) > longest) {
      this.#state = "broken";
      return bytes.length;
    }
    this.#line += latin1(bytes, from, end);
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
    const start = parseHttpStartLine(head.slice(0, head.indexOf("\n")));
    this.#isResponse = start?.kind === "response";
    if (start?.kind === "response") return this.#startResponse(start, head);
    if (start !== undefined) this.#exchange.request(kindOf(start.method));
    // In an answer to CONNECT, and in the request itself, there is no length that counts (RFC 9110, section 9.3.6).
    if (start?.method === "CONNECT") return true;
    return this.#frame(head) ?? true;
  }

  #startResponse({ status }: HttpStatusLine, head: string): boolean {
    const exchange = this.#exchange;
    const request = exchange.answered(status);
    exchange.isAnswering = status >= 200;
    if (status === 101) exchange.switchedTo = /\nupgrade:[ \t]*websocket\b/i.test(head) ? "websocket" : "tunnel";
    const isTunnel = request === "connect" && status >= 200 && status < 300;
    if (isTunnel) exchange.switchedTo = "tunnel";
    if (isTunnel || request === "head" || status < 200 || status === 204 || status === 304) return true;
    const isEmpty = this.#frame(head);
    if (isEmpty === true) return true;
    // Without a length, it goes on until the connection is closed.
    if (isEmpty === undefined) this.#state = "until-close";
    this.#mayHaveNoBody = request === "unknown";
    return false;
  }

  /** @returns whether the body is empty; undefined where nothing says how long it is */
  #frame(head: string): boolean | undefined {
    if (/\ntransfer-encoding:/i.test(head)) {
      // What is not chunked in the end has no length, whatever another header says.
      if (!/\ntransfer-encoding:[^\n]*\bchunked[ \t]*\r?\n/i.test(head)) return undefined;
      this.#state = "chunk-size";
      return false;
    }
    // The same length more than once is one length.
    const length = /\ncontent-length:[ \t]*(\d{1,15})(?:[ \t]*,[ \t]*\1)*[ \t]*\r?\n/i.exec(head)?.[1];
    if (length === undefined) return undefined;
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
    if (size === undefined) this.#state = "broken";
    else if (Number.parseInt(size, 16) === 0) this.#state = "trailer";
    else {
      this.#rest = Number.parseInt(size, 16);
      this.#state = "chunk-data";
    }
  }

  #finish(at: number): number {
    this.#state = "head";
    this.#text = "";
    this.#line = "";
    this.#isEmptyLine = false;
    if (this.#isResponse) this.#exchange.isAnswering = false;
    return at;
  }
}

function kindOf(method: string): RequestKind {
  if (method === "HEAD") return "head";
  return method === "CONNECT" ? "connect" : "other";
}

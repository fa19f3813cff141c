/** HTTP rows as whole HTTP/1.1 messages, so that none of them waits for the rest of it for ever. */

import { type ViewedBytes, withView } from "../../core/bytes.ts";
import { SeededRandom } from "../../core/random.ts";
import { type ByteText, bytesOf, byteTextOf, decodeLineEnds } from "../../core/text.ts";
import { formatIp } from "../../headers/address.ts";
import { methodOfLine, statusOfLine } from "./http-ending.ts";
import { followingRow, isInterim, isLeftInLaterRows, laterChunks, startOf } from "./http-later.ts";
import {
  chunkOf,
  firstLineOf,
  type HttpParts,
  headerOf,
  isChunked,
  isHeaderLine,
  LAST_CHUNK,
  METHODS_WITHOUT_BODY,
  partsOf,
  requestInWords,
  type StartLine,
  startLineOf,
} from "./http-text.ts";
import type { LaterRow, PayloadParticipant, PayloadRow, ProtocolCompleter } from "./payload-row.ts";
import { textFrame } from "./websocket-frames.ts";

const CRLF = "\r\n";
const CHUNKED = "Transfer-Encoding: chunked";
/** With digits in its value; without, it promises nothing. */
const CONTENT_LENGTH = /^(Content-Length:[ \t]*)(\d+)/i;
const PLAIN_TEXT = "Content-Type: text/plain; charset=utf-8";
/** A promise of more than this beyond what is there is corrected, a smaller one is filled up with spaces. */
const MOST_PADDING = 65_536;
const SWITCHING_PROTOCOLS = 101;
const NO_CONTENT = "Content-Length: 0";
const END_OF_HEAD = withView(bytesOf(CRLF + CRLF));
const END_OF_EMPTY_MESSAGE = withView(bytesOf(CRLF + NO_CONTENT + CRLF + CRLF));

/** How the body of a message whose head is through goes on in the next rows. */
type Framing = { kind: "length"; left: number } | { kind: "chunked"; isOurs: boolean };

/** What one side has begun and not finished. */
interface Side {
  /** Lines of a head that goes on in the next row; the first is its start line. */
  head: ByteText[] | undefined;
  body: Framing | undefined;
}

/** Also true for text that Wireshark takes for HTTP on any port because it names a version. */
export function looksLikeHttp(payload: Uint8Array, isFromClient: boolean): boolean {
  const text = byteTextOf(payload);
  return /HTTP\/\d/.test(text) || startOf(text, isFromClient) !== undefined;
}

/** Few bytes for each of very many conversations: most never make a side. */
export class HttpCompleter implements ProtocolCompleter {
  #client: Side | undefined = undefined;
  #server: Side | undefined = undefined;
  readonly #requests = new OpenRequests();
  #requestEndings: RequestEndings | undefined = undefined;
  readonly #seed: number;
  #upgrade: Upgrade | undefined = undefined;

  /** @param seed decides the masking keys of WebSocket */
  constructor(seed: number) {
    this.#seed = seed;
  }

  complete(row: PayloadRow): Uint8Array | undefined {
    const text = byteTextOf(row.payload);
    if (this.#upgrade?.isThrough && !this.#isNewRequest(row, text)) return this.#upgraded(row, this.#upgrade);
    const side = this.#sideOf(row);
    const next = row.next === undefined ? undefined : byteTextOf(row.next);
    if (side.head !== undefined) return bytesOf(this.#continueHead(row, side, side.head, text, next));
    if (side.body !== undefined) return bytesOf(continueBody(row, side, side.body, text));
    if (text === "") return undefined;
    const parts = partsOf(text);
    const start = startLineOf(parts.lines[0] ?? "", row.isFromClient);
    return bytesOf(start === undefined ? asBody(row, text) : this.#message(row, side, start, parts, next));
  }

  /** After an upgrade, only a new connection can bring HTTP again. */
  #isNewRequest({ isFromClient }: PayloadRow, text: ByteText): boolean {
    const start = isFromClient ? startOf(text, true) : undefined;
    if (start?.kind !== "request" || !start.hasVersion) return false;
    this.#upgrade = undefined;
    return true;
  }

  #upgraded({ payload, isFromClient }: PayloadRow, upgrade: Upgrade): Uint8Array | undefined {
    if (upgrade.random === undefined || payload.length === 0) return undefined;
    return textFrame(payload, isFromClient, upgrade.random);
  }

  endingOf(
    bytes: Uint8Array,
    start: number,
    end: number,
    isFromClient: boolean,
    server: PayloadParticipant,
    later: LaterRow | undefined,
  ): ViewedBytes | undefined {
    if (this.#upgrade !== undefined) return undefined;
    const side = isFromClient ? this.#client : this.#server;
    if (side !== undefined && (side.head !== undefined || side.body !== undefined)) return undefined;
    // Neither can be taken for the other, and each side mostly sends its own kind.
    return isFromClient
      ? (this.#endingOfRequest(bytes, start, end, server, later) ?? this.#endingOfResponse(bytes, start, end))
      : (this.#endingOfResponse(bytes, start, end) ?? this.#endingOfRequest(bytes, start, end, server, later));
  }

  #endingOfRequest(
    bytes: Uint8Array,
    start: number,
    end: number,
    server: PayloadParticipant,
    later: LaterRow | undefined,
  ): ViewedBytes | undefined {
    const method = methodOfLine(bytes, start, end);
    if (method === undefined) return undefined;
    // Its body comes later, if the server asks for it.
    if (takesBody(method) && later !== undefined && isInterim(later)) return undefined;
    this.#requests.ask(method);
    this.#requestEndings ??= requestEndingsFor(server);
    return takesBody(method) ? this.#requestEndings.withBody : this.#requestEndings.withoutBody;
  }

  #endingOfResponse(bytes: Uint8Array, start: number, end: number): ViewedBytes | undefined {
    const status = statusOfLine(bytes, start, end);
    if (status === undefined || status === SWITCHING_PROTOCOLS) return undefined;
    const { first } = this.#requests;
    if (isTunnel(status, first)) return undefined;
    this.#requests.answer(status);
    return hasNoBody(status, first) ? END_OF_HEAD : END_OF_EMPTY_MESSAGE;
  }

  #sideOf({ isFromClient }: PayloadRow): Side {
    if (isFromClient) {
      this.#client ??= { head: undefined, body: undefined };
      return this.#client;
    }
    this.#server ??= { head: undefined, body: undefined };
    return this.#server;
  }

  #message(row: PayloadRow, side: Side, start: StartLine, parts: HttpParts, next: ByteText | undefined): ByteText {
    const { lines, body } = parts;
    lines[0] = withVersion(lines[0] ?? "", start);
    if (start.kind === "request") this.#requests.ask(start.method);
    if (body === undefined && isMoreHead(next)) {
      side.head = lines;
      return lines.join(CRLF) + CRLF;
    }
    return this.#finishHead(row, side, lines, lines, body);
  }

  #continueHead(row: PayloadRow, side: Side, head: ByteText[], text: ByteText, next: ByteText | undefined): ByteText {
    const { lines, body } = text === "" ? { lines: [], body: "" } : partsOf(text);
    head.push(...lines);
    if (body === undefined && isMoreHead(next)) return lines.join(CRLF) + CRLF;
    side.head = undefined;
    return this.#finishHead(row, side, head, lines, body);
  }

  /**
   * The last of a head, with what it lacks, and what there is of the body.
   *
   * @param head all of its lines @param lines those that have not been sent yet
   */
  #finishHead(row: PayloadRow, side: Side, head: ByteText[], lines: ByteText[], given: ByteText | undefined): ByteText {
    const start = startLineOf(head[0] ?? "", row.isFromClient) as StartLine;
    const out = [...lines];
    if (start.kind === "request") this.#noteUpgrade(head);
    if (start.kind === "request" && headerOf(head, "Host") === undefined) out.push(`Host: ${hostOf(row.server)}`);
    const body = this.#frameBody(row, start, side, head, out, given);
    return `${out.map((line) => line + CRLF).join("")}${CRLF}${body}`;
  }

  #noteUpgrade(head: ByteText[]): void {
    const protocol = head.length === 1 ? undefined : headerOf(head, "Upgrade");
    this.#upgrade = protocol === undefined ? undefined : { protocol, isThrough: false, random: undefined };
  }

  #frameBody(
    row: PayloadRow,
    start: StartLine,
    side: Side,
    head: ByteText[],
    out: ByteText[],
    given: ByteText | undefined,
  ): ByteText {
    const body = given ?? "";
    if (start.kind === "response") {
      const { first } = this.#requests;
      this.#requests.answer(start.status);
      if (start.status === SWITCHING_PROTOCOLS || isTunnel(start.status, first)) this.#switch(start.status, head, out);
      if (hasNoBody(start.status, first)) return body;
    }
    if (/chunked/i.test(headerOf(head, "Transfer-Encoding") ?? "")) {
      return frameChunks(side, body, followingBody(row, given) ?? laterChunks(row));
    }
    const promised = head.find((line) => CONTENT_LENGTH.test(line));
    if (promised !== undefined) return framePromised(row, side, out, promised, body, followingBody(row, given));
    const mayGoOn = body === "" && (start.kind === "response" || mayTakeBody(start.method));
    if (mayGoOn && followingBody(row, given) !== undefined) {
      out.push(CHUNKED);
      side.body = { kind: "chunked", isOurs: true };
      return "";
    }
    if (body !== "" || start.kind === "response" || takesBody(start.method)) out.push(`Content-Length: ${body.length}`);
    return body;
  }

  /** What follows is no HTTP any more: after 101 (RFC 9110, section 15.2.2), and after a CONNECT that was granted (9.3.6). */
  #switch(status: number, head: ByteText[], out: ByteText[]): void {
    const asked = this.#upgrade?.protocol;
    const given = status === SWITCHING_PROTOCOLS ? headerOf(head, "Upgrade") : undefined;
    if (status === SWITCHING_PROTOCOLS && given === undefined && asked !== undefined) {
      if (headerOf(head, "Connection") === undefined) out.push("Connection: Upgrade");
      out.push(`Upgrade: ${asked}`);
    }
    const protocol = status === SWITCHING_PROTOCOLS ? (given ?? asked ?? "") : "";
    const isWebSocket = /^websocket\b/i.test(protocol);
    const random = isWebSocket ? new SeededRandom(this.#seed ^ 0x5753) : undefined;
    this.#upgrade = { protocol, isThrough: true, random };
  }
}

/** What the client wants to speak instead of HTTP, and whether it was granted. */
interface Upgrade {
  readonly protocol: ByteText;
  readonly isThrough: boolean;
  /** Gives masking keys, where it is WebSocket. */
  readonly random: SeededRandom | undefined;
}

/** A client that sends on and on is not waiting for answers to all of it. */
const MOST_REQUESTS = 256;

/** The methods of requests that were not answered yet: they are answered in their order (RFC 9112, section 9.3.2). */
class OpenRequests {
  /** Of the request that the next response answers; that stays until there is another one. */
  first = "";
  #isOpen = false;
  #others: string[] | undefined = undefined;

  ask(method: string): void {
    if (!this.#isOpen) {
      this.first = method;
      this.#isOpen = true;
      return;
    }
    this.#others ??= [];
    if (this.#others.length < MOST_REQUESTS) this.#others.push(method);
  }

  answer(status: number): void {
    if (status < 200 && status !== SWITCHING_PROTOCOLS) return;
    const next = this.#others?.shift();
    if (next === undefined) this.#isOpen = false;
    else this.first = next;
  }
}

/** What follows a request line that stands alone. */
interface RequestEndings {
  readonly withBody: ViewedBytes;
  readonly withoutBody: ViewedBytes;
}

/** One server has many conversations. */
const requestEndings = new WeakMap<PayloadParticipant, RequestEndings>();

function requestEndingsFor(server: PayloadParticipant): RequestEndings {
  const known = requestEndings.get(server);
  if (known !== undefined) return known;
  const host = `${CRLF}Host: ${hostOf(server)}${CRLF}`;
  const made = {
    withBody: withView(bytesOf(host + NO_CONTENT + CRLF + CRLF)),
    withoutBody: withView(bytesOf(host + CRLF)),
  };
  requestEndings.set(server, made);
  return made;
}

/** A body whose head says that it comes in chunks. */
function frameChunks(side: Side, body: ByteText, following: ByteText | undefined): ByteText {
  if (isChunked(body)) return body;
  if (following === undefined) return chunkOf(body) + LAST_CHUNK;
  // Rows that look like chunks are left alone, as far as that can be told from the first.
  const isOurs = !/^[0-9a-f]{1,7}[ \t]*(?:\r?\n|\\r\\n|$)/i.test(body === "" ? following : body);
  side.body = { kind: "chunked", isOurs };
  return isOurs ? chunkOf(body) : body;
}

/** A body whose length the head promises; a promise that is not kept is corrected in `out`. */
function framePromised(
  row: PayloadRow,
  side: Side,
  out: ByteText[],
  promised: ByteText,
  body: ByteText,
  following: ByteText | undefined,
): ByteText {
  const length = Number(CONTENT_LENGTH.exec(promised)?.[2]);
  const left = length - body.length;
  const here = out.indexOf(promised);
  if (left <= 0) {
    // What exceeds the promise would be taken for the beginning of the next message.
    if (left < 0 && here >= 0) out[here] = promised.replace(CONTENT_LENGTH, `$1${body.length}`);
    return body;
  }
  const isPadded = following !== undefined && (left <= following.length + MOST_PADDING || here < 0);
  if (isPadded || isLeftInLaterRows(row, left)) {
    side.body = { kind: "length", left };
    return body;
  }
  if (here < 0) return body + " ".repeat(Math.min(left, MOST_PADDING));
  out[here] = promised.replace(CONTENT_LENGTH, `$1${body.length + (following?.length ?? 0)}`);
  if (following !== undefined) side.body = { kind: "length", left: following.length };
  return body;
}

function continueBody(row: PayloadRow, side: Side, body: Framing, text: ByteText): ByteText {
  const isFollowed = followingRow(row) !== undefined;
  if (body.kind === "chunked") {
    const isMore = isFollowed || laterChunks(row) !== undefined;
    if (!isMore) side.body = undefined;
    if (body.isOurs) return chunkOf(text) + (isMore ? "" : LAST_CHUNK);
    const lines = decodeLineEnds(text);
    const chunks = lines.endsWith("\n") ? lines : `${lines}${CRLF}`;
    return isMore || /(?:^|\n)0\r?\n\r?\n?$/.test(chunks) ? chunks : chunks + LAST_CHUNK;
  }
  body.left -= text.length;
  if (body.left > 0 && (isFollowed || isLeftInLaterRows(row, body.left))) return text;
  side.body = undefined;
  // Spaces at the end change no text, and what has been promised is there.
  return text + " ".repeat(Math.max(0, Math.min(body.left, MOST_PADDING)));
}

/** A row that is no HTTP at all, as the body of a message. */
function asBody({ isFromClient, server }: PayloadRow, text: ByteText): ByteText {
  const words = isFromClient ? requestInWords(text) : undefined;
  const head = isFromClient
    ? [`${words?.method ?? "POST"} ${words?.target ?? "/"} HTTP/1.1`, `Host: ${hostOf(server)}`]
    : ["HTTP/1.1 200 OK"];
  return `${[...head, PLAIN_TEXT, `Content-Length: ${text.length}`].join(CRLF)}${CRLF}${CRLF}${text}`;
}

function withVersion(line: ByteText, start: StartLine): ByteText {
  if (start.hasVersion) return line;
  if (start.kind === "request") return `${line} HTTP/1.1`;
  // The space after the status stays, even where no reason follows (RFC 9112, section 4).
  return `HTTP/1.1 ${line}${line.length === 3 ? " " : ""}`;
}

/** @param method that of the request it answers */
function hasNoBody(status: number, method: string): boolean {
  return status < 200 || status === 204 || status === 304 || method === "HEAD" || isTunnel(status, method);
}

function isTunnel(status: number, method: string): boolean {
  return method === "CONNECT" && status >= 200 && status < 300;
}

/** Whether a request always has a body, if an empty one. */
function takesBody(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}

/** Whether the next row can be its body although nothing in its head speaks of one. */
function mayTakeBody(method: string): boolean {
  return !METHODS_WITHOUT_BODY.has(method);
}

/** Only after a blank line can the next row be a body, or when the server has asked for it. */
function followingBody(row: PayloadRow, given: ByteText | undefined): ByteText | undefined {
  const found = followingRow(row);
  return given !== undefined || found?.wasAskedFor ? found?.text : undefined;
}

function isMoreHead(next: ByteText | undefined): boolean {
  return next !== undefined && (next === "" || isHeaderLine(firstLineOf(next)));
}

function hostOf({ name, host: { address }, port }: PayloadParticipant): string {
  const text = formatIp(address);
  const shown = /^[A-Za-z0-9._~-]+$/.test(name) ? name : typeof address === "bigint" ? `[${text}]` : text;
  return port === 80 || port === 443 ? shown : `${shown}:${port}`;
}

/**
 * What an HTTP/1 message begins with (RFC 9112, sections 3 and 4): the one place that says what a request line and a
 * status line are. Methods are an open set (RFC 9110, section 9.1), so the version at the end of the line is what tells a
 * request from other text.
 */

import { inBytes, latin1 } from "../headers/assigned-numbers.ts";
import type { FieldReader } from "../headers/field-reader.ts";
import type { LayerSummary } from "../headers/layer.ts";

/** Any token, as a part of regular expressions: methods and names of fields are tokens (RFC 9110, section 5.6.2). */
const HTTP_TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

/** The methods that RFC 9110, section 9, and RFC 5789 define, as a part of regular expressions. */
const HTTP_METHOD = "(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH)";

const VERSION = String.raw`(HTTP/1\.\d)[ \t]*`;

/** What a method that everybody knows may be followed by: anything up to the version. */
const KNOWN_REQUEST = new RegExp(String.raw`^(${HTTP_METHOD}) ([^\0-\x1f\x7f]*[^\0-\x20\x7f]) ${VERSION}$`);
/** Other words are a method only before a target as RFC 9112, section 3.2, has them: "nobody likes HTTP/1.1" is text. */
const ANY_REQUEST = new RegExp(
  String.raw`^(${HTTP_TOKEN}) (\/[^\0-\x20\x7f]*|\*|[A-Za-z][A-Za-z0-9+.-]*:[^\0-\x20\x7f]+) ${VERSION}$`,
);
const STATUS_LINE = /^(HTTP\/1\.\d) ([1-9]\d\d)(?: (.*))?$/;
/** Enough of a request line that is cut off to say what it is. */
const BEGUN_REQUEST = new RegExp(String.raw`^${HTTP_METHOD} (?:\/|\*|[a-z]+:\/\/|\S+:\d)[^\0-\x20\x7f]*`);

interface HttpRequestLine {
  readonly kind: "request";
  readonly method: string;
  readonly target: string;
  /** "HTTP/1.1" */
  readonly version: string;
}

export interface HttpStatusLine {
  readonly kind: "response";
  readonly version: string;
  /** 100 to 999. */
  readonly status: number;
  /** Empty where there is none. */
  readonly reason: string;
}

type HttpStartLine = HttpRequestLine | HttpStatusLine;

/** @param line without its line feed; a carriage return may stand at its end */
export function parseHttpStartLine(line: string): HttpStartLine | undefined {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  const status = STATUS_LINE.exec(text);
  if (status !== null) {
    return { kind: "response", version: status[1]!, status: Number(status[2]), reason: status[3] ?? "" };
  }
  const request = KNOWN_REQUEST.exec(text) ?? ANY_REQUEST.exec(text);
  if (request === null) return undefined;
  return { kind: "request", method: request[1]!, target: request[2]!, version: request[3]! };
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Longer start lines are not recognised. */
const LONGEST_START_LINE = 8192;

/** A start line in a payload, and the empty lines before it. */
interface FoundStartLine {
  readonly line: HttpStartLine;
  /** First byte of the line, behind empty lines. */
  readonly at: number;
  /** Behind its line feed. */
  readonly end: number;
}

/** The start line that a payload begins with: empty lines may stand before it (RFC 9112, section 2.2). */
export function findHttpStartLine(bytes: Uint8Array, start: number, end: number): FoundStartLine | undefined {
  const at = skipEmptyLines(bytes, start, end);
  if (at >= end || !isTokenByte(bytes[at]!)) return undefined;
  const feed = feedAfter(bytes, at, end);
  if (feed < 0) return undefined;
  const line = parseHttpStartLine(latin1(bytes, at, feed));
  return line === undefined ? undefined : { line, at, end: feed + 1 };
}

/** The same for a line that may be cut off, where the method is one that everybody knows. */
export function mayBeginHttp(bytes: Uint8Array, start: number, end: number): boolean {
  if (findHttpStartLine(bytes, start, end) !== undefined) return true;
  const at = skipEmptyLines(bytes, start, end);
  if (at >= end || !isTokenByte(bytes[at]!)) return false;
  if (feedAfter(bytes, at, end) >= 0) return false;
  const text = latin1(bytes, at, Math.min(end, at + LONGEST_START_LINE));
  return BEGUN_REQUEST.test(text) || /^HTTP\/1\.\d [1-9]\d\d(?: |\r?$)/.test(text);
}

/** Index of the first byte that belongs to no empty line. */
function skipEmptyLines(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    const isFeed = bytes[at] === LINE_FEED;
    if (!isFeed && !(bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED && at + 1 < end)) break;
  }
  return at;
}

/** Few payloads that are no HTTP begin with such a byte: they need not be searched for a line. */
function isTokenByte(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}

/** Index of the line feed that ends the start line; -1 where there is none in reach. */
function feedAfter(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + LONGEST_START_LINE);
  for (let at = start; at < limit; at++) if (bytes[at] === LINE_FEED) return at;
  return -1;
}

/** Lines with a field of their own; of the others Wireshark knows only that they are lines. */
const HEADERS: Readonly<Record<string, readonly [string, string]>> = {
  accept: ["http.accept", "Accept"],
  "accept-encoding": ["http.accept_encoding", "Accept Encoding"],
  "accept-language": ["http.accept_language", "Accept-Language"],
  authorization: ["http.authorization", "Authorization"],
  "cache-control": ["http.cache_control", "Cache-Control"],
  connection: ["http.connection", "Connection"],
  "content-encoding": ["http.content_encoding", "Content-Encoding"],
  "content-length": ["http.content_length_header", "Content-Length"],
  "content-type": ["http.content_type", "Content-Type"],
  cookie: ["http.cookie", "Cookie"],
  date: ["http.date", "Date"],
  host: ["http.host", "Host"],
  "last-modified": ["http.last_modified", "Last-Modified"],
  location: ["http.location", "Location"],
  referer: ["http.referer", "Referer"],
  server: ["http.server", "Server"],
  "set-cookie": ["http.set_cookie", "Set-Cookie"],
  "transfer-encoding": ["http.transfer_encoding", "Transfer-Encoding"],
  upgrade: ["http.upgrade", "Upgrade"],
  "user-agent": ["http.user_agent", "User-Agent"],
};

/** Whether a payload begins as a message does. */
export function isHttp(bytes: Uint8Array, start: number, end: number): boolean {
  return findHttpStartLine(bytes, start, end) !== undefined;
}

interface Line {
  /** Without the line feed, and still with the carriage return. */
  readonly text: string;
  /** With its end. */
  readonly length: number;
}

function lineAt(bytes: Uint8Array, start: number, end: number): Line | undefined {
  const feed = bytes.indexOf(LINE_FEED, start);
  if (feed < 0 || feed >= end) return undefined;
  return { text: latin1(bytes.subarray(start, feed)), length: feed + 1 - start };
}

/** Whatever follows the header lines is left for another layer. */
export function describeHttp(reader: FieldReader): LayerSummary {
  const { bytes } = reader.memory;
  const start = findHttpStartLine(bytes, reader.at, reader.end);
  if (start === undefined) return { name: "http", label: "Hypertext Transfer Protocol" };
  const empty = start.at - reader.at;
  if (empty > 0) reader.heading("Empty lines before the message", empty, inBytes(empty), []);
  const length = start.end - start.at;
  const text = latin1(bytes.subarray(start.at, start.end)).trimEnd();
  const parts = reader.inside(length);
  if (start.line.kind === "response") readStatusLine(parts, start.line);
  else readRequestLine(parts, start.line);
  reader.heading("Start line", length, text, parts.fields);
  const { kind } = start.line;
  for (
    let line = lineAt(bytes, reader.at, reader.end);
    line !== undefined;
    line = lineAt(bytes, reader.at, reader.end)
  ) {
    if (line.text.trimEnd() === "") {
      reader.heading("End of headers", line.length, inBytes(line.length), []);
      break;
    }
    headerLine(reader, line, kind);
  }
  return { name: "http", label: `Hypertext Transfer Protocol, ${text}` };
}

function readRequestLine(reader: FieldReader, { method, target, version }: HttpRequestLine): void {
  reader.string("http.request.method", "Request Method", method.length, method);
  reader.skip(1);
  reader.string("http.request.uri", "Request URI", target.length, target);
  reader.skip(1);
  reader.string("http.request.version", "Request Version", version.length, version);
}

function readStatusLine(reader: FieldReader, { version, status, reason }: HttpStatusLine): void {
  const codeLength = 3;
  reader.string("http.response.version", "Response Version", version.length, version);
  reader.skip(1 + codeLength);
  reader.derived("http.response.code", "Status Code", codeLength, codeLength, status);
  if (reason === "") return;
  reader.skip(1);
  reader.string("http.response.phrase", "Response Phrase", reason.length, reason);
}

/** A line without a colon is shown as a line and nothing else. */
function headerLine(reader: FieldReader, line: Line, kind: "request" | "response"): void {
  const colon = line.text.indexOf(":");
  const value = line.text.slice(colon + 1).trim();
  const header = colon < 0 ? undefined : HEADERS[line.text.slice(0, colon).toLowerCase()];
  const text = line.text.trimEnd();
  const parts = reader.inside(line.length);
  if (header !== undefined) parts.string(header[0], header[1], line.length, value);
  const label = kind === "request" ? "Request line" : "Response line";
  reader.group(`http.${kind}.line`, label, line.length, text, parts.fields);
}

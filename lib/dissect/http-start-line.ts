/**
 * What an HTTP/1 message begins with (RFC 9112, sections 3 and 4): the one place that says what a request line and a
 * status line are. Methods are an open set (RFC 9110, section 9.1), so the version at the end of the line is what tells a
 * request from other text.
 */

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

export interface HttpRequestLine {
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

export type HttpStartLine = HttpRequestLine | HttpStatusLine;

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
export const LONGEST_START_LINE = 8192;

/** A start line in a payload, and the empty lines before it. */
export interface FoundStartLine {
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
export function skipEmptyLines(bytes: Uint8Array, start: number, end: number): number {
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

/** Each byte as the character of that number. Eight at a time: every piece that is appended leaves an object behind. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      bytes[at]!,
      bytes[at + 1]!,
      bytes[at + 2]!,
      bytes[at + 3]!,
      bytes[at + 4]!,
      bytes[at + 5]!,
      bytes[at + 6]!,
      bytes[at + 7]!,
    );
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** Index of the line feed that ends the start line; -1 where there is none in reach. */
function feedAfter(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + LONGEST_START_LINE);
  for (let at = start; at < limit; at++) if (bytes[at] === LINE_FEED) return at;
  return -1;
}

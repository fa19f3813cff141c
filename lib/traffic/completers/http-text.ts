/** What can be told from the text of an HTTP message (RFC 9112). */
import { type ByteText, decodeLineEnds, withCrlf } from "../../core/text.ts";

/** The methods of RFC 9110, section 9, and of RFC 5789. */
export const METHODS: ReadonlySet<string> = new Set("GET POST PUT DELETE HEAD OPTIONS PATCH TRACE CONNECT".split(" "));
/** Methods that give no meaning to a body (RFC 9110, section 9.3). */
export const METHODS_WITHOUT_BODY: ReadonlySet<string> = new Set("GET HEAD DELETE OPTIONS TRACE CONNECT".split(" "));
/** Any token can be a method (RFC 9110, section 9.1); but one that begins with a digit is a status, mostly. */
const REQUEST =
  /^([!#$%&'*+.^_`|~A-Za-z-][!#$%&'*+.^_`|~0-9A-Za-z-]*)[ \t]+([^ \t]+)(?:[ \t]+(HTTP\/\d(?:\.\d)?))?[ \t]*$/;
/** A request in words: what follows the target is no version. */
const REQUEST_IN_WORDS = new RegExp(`^(${[...METHODS].join("|")})[ \\t]+((?:/|https?://)[^ \\t]*)[ \\t]`);
/** Origin form, asterisk form and absolute form (RFC 9112, section 3.2). */
const TARGET = /^(?:\/|\*$|[A-Za-z][A-Za-z0-9+.-]*:\/\/)/;
/** All registered methods are in capitals. */
const LIKELY_METHOD = /^[A-Z][A-Z-]+$/;
const STATUS = /^HTTP\/\d(?:\.\d)?[ \t]+([1-5]\d\d)(?:[ \t].*)?$/;
const BARE_STATUS = /^([1-5]\d\d)(?:[ \t]+[A-Za-z(].*)?$/;
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:(?:[ \t]|$)/;
/** `;` before something that can only be the next header. */
const SEMICOLON = /;[ \t]*(?=[A-Za-z][A-Za-z-]*:[ \t])/g;

export type StartLine =
  | { readonly kind: "request"; readonly method: string; readonly hasVersion: boolean }
  | { readonly kind: "response"; readonly status: number; readonly hasVersion: boolean };

/** A line that begins a message. A status without its version counts only if the server says it. */
export function startLineOf(line: ByteText, isFromClient: boolean): StartLine | undefined {
  const first = line.charCodeAt(0);
  const canBeStatus = (first >= 0x30 && first <= 0x39) || line.startsWith("HTTP/");
  const request = canBeStatus ? null : REQUEST.exec(line);
  if (request !== null) {
    const [, method = "", target = "", version] = request;
    if (isRequestLine(method, target, version !== undefined, isFromClient)) {
      return { kind: "request", method, hasVersion: version !== undefined };
    }
    if (METHODS.has(method)) return undefined;
  }
  const status = STATUS.exec(line) ?? (isFromClient ? null : BARE_STATUS.exec(line));
  if (status === null) return undefined;
  return { kind: "response", status: Number(status[1]), hasVersion: line.startsWith("HTTP/") };
}

/**
 * `GET up` is no request, but `GET /up`, `OPTIONS *` and `PROPFIND /up` are. A method that nobody knows needs a target that is
 * one, or any sentence that ends in a version would be a request; and without a version it must be in capitals, and the
 * client's.
 */
function isRequestLine(method: string, target: string, hasVersion: boolean, isFromClient: boolean): boolean {
  const hasTarget = target.startsWith("/") || TARGET.test(target);
  if (METHODS.has(method)) return hasVersion || hasTarget || method === "CONNECT";
  return hasTarget && (hasVersion || (isFromClient && LIKELY_METHOD.test(method)));
}

/** Method and target of a line that goes on in words, such as `POST /login user=bob`. */
export function requestInWords(text: ByteText): { method: string; target: string } | undefined {
  const match = REQUEST_IN_WORDS.exec(text);
  return match === null ? undefined : { method: match[1] ?? "", target: match[2] ?? "" };
}

export function isHeaderLine(line: ByteText): boolean {
  return HEADER.test(line);
}

export function firstLineOf(text: ByteText): ByteText {
  return /^[^\r\n]*/.exec(text)?.[0] ?? "";
}

/** A message's head, a line an entry, and what follows it. */
export interface HttpParts {
  readonly lines: ByteText[];
  /** After the blank line; undefined where there is no blank line. */
  readonly body: ByteText | undefined;
}

/** Takes apart a text that begins with a start line or a header line; line ends of any kind are understood. */
export function partsOf(text: ByteText): HttpParts {
  const decoded = decodeHead(text);
  const lines: ByteText[] = [];
  let offset = 0;
  while (offset < decoded.length) {
    const end = decoded.indexOf("\n", offset);
    const stop = end < 0 ? decoded.length : end;
    // Spaces in front would make a header part of the line before it.
    const line = decoded.slice(offset, stop).replace(/^[ \t]+|(?<!\r)\r+$/g, "");
    const isHeadLine = lines.length === 0 || isHeaderLine(line);
    if (line !== "" && !isHeadLine) return { lines, body: decoded.slice(offset) };
    offset = end < 0 ? decoded.length : end + 1;
    if (line === "") return { lines, body: decoded.slice(offset) };
    lines.push(line);
  }
  return { lines, body: undefined };
}

/** Line ends that were typed as a backslash and letters, or as `;`, become real ones; a body in JSON needs its own. */
function decodeHead(text: ByteText): ByteText {
  const decoded = decodeTyped(text);
  // Looked at when all else is decoded: what is completed must be what it would be completed to again.
  const isOneLine = !decoded.trimEnd().includes("\n");
  return isOneLine ? decoded.replace(SEMICOLON, "\r\n") : decoded;
}

function decodeTyped(text: ByteText): ByteText {
  const blank = /(?:\\r\\n|\\n)(?:\\r\\n|\\n)/.exec(text);
  const realLine = firstLineOf(text);
  if (blank !== null && !/\r?\n\r?\n/.test(text.slice(0, blank.index))) {
    const body = text.slice(blank.index + blank[0].length);
    const head = withCrlf(decodeLineEnds(text.slice(0, blank.index)));
    return `${head}\r\n\r\n${/^[ \t]*[[{]/.test(body) ? body : decodeLineEnds(body)}`;
  }
  if (/\\r\\n|\\n/.test(realLine)) return withCrlf(decodeLineEnds(realLine)) + text.slice(realLine.length);
  return text;
}

export function headerOf(lines: readonly ByteText[], name: string): ByteText | undefined {
  const start = `${name.toLowerCase()}:`;
  const line = lines.find((candidate) => candidate.toLowerCase().startsWith(start));
  return line?.slice(start.length).replace(/^[ \t]+|[ \t]+$/g, "");
}

/** Whether a body is in whole chunks, the last one included. */
export function isChunked(body: ByteText): boolean {
  let offset = 0;
  for (;;) {
    const size = /^([0-9a-f]{1,7})[ \t]*(?:;[^\r\n]*)?\r\n/i.exec(body.slice(offset, offset + 256));
    if (size === null) return false;
    const length = Number.parseInt(size[1] ?? "", 16);
    offset += size[0].length;
    if (length === 0) return /^(?:[^\r\n]+\r\n)*\r\n/.test(body.slice(offset));
    offset += length + 2;
    if (offset > body.length || !body.startsWith("\r\n", offset - 2)) return false;
  }
}

/** Whether a text is one or more whole chunks and nothing else; the last one may be among them. */
export function isWholeChunks(text: ByteText): boolean {
  return /^0+[ \t]*(?:;[^\r\n]*)?\r\n/.test(text) ? isChunked(text) : isChunked(`${text}${LAST_CHUNK}`);
}

export function chunkOf(data: ByteText): ByteText {
  return data === "" ? "" : `${data.length.toString(16)}\r\n${data}\r\n`;
}

export const LAST_CHUNK = "0\r\n\r\n";

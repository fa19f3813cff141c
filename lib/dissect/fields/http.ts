/** Start line and header lines of HTTP/1 messages (RFC 9112, sections 2 to 5), as far as they stand in this packet. */
import { findHttpStartLine, type HttpRequestLine, type HttpStatusLine } from "../http-start-line.ts";
import type { FieldReader } from "./field-reader.ts";
import type { Title } from "./place.ts";
import { inBytes, latin1 } from "./text.ts";

const LINE_FEED = 0x0a;

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
export function describeHttp(reader: FieldReader): Title {
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

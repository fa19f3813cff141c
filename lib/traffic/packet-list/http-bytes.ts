/** HTTP messages of a given length, of which only the first line is known (RFC 9112). */
import { METHODS_WITHOUT_BODY } from "../completers/http-text.ts";
import { fillerText } from "../filler.ts";

const REQUEST = /^([A-Z][A-Z-]{1,20}) (\S+) (HTTP\/1\.[01])\b/;
const STATUS = /^(HTTP\/1\.[01]) (\d{3})(?: ([^()\r\n]*?))?\s*$/;
/** What Wireshark adds behind the first line: the type of the body. */
const MEDIA = /\s*(?:,\s*[A-Z][\w .-]*)?\(([^()]*)\)\s*$/;
/** Without these, what follows is no WebSocket for anybody (RFC 6455, section 4.2.2). */
const UPGRADE = "\r\nConnection: Upgrade\r\nUpgrade: websocket";
const END = "\r\n\r\n";

export function isHttpStart(info: string): boolean {
  return REQUEST.test(info) || /^HTTP\/1\.[01] \d{3}\b/.test(info);
}

/** The method of a request; undefined for anything else. */
export function methodOf(info: string): string | undefined {
  return REQUEST.exec(info)?.[1];
}

/**
 * The message that an info text begins: a field, or a body, of made-up bytes makes it as long as it was.
 *
 * @param length bytes of all of it; undefined where nothing tells, and then it is as short as it can be
 * @param requestMethod of the request that a response answers, if it is known
 */
export function httpBytes(info: string, length: number | undefined, requestMethod?: string): Uint8Array {
  const encode = (text: string) => new TextEncoder().encode(text);
  const media = MEDIA.exec(info);
  const line = startLine(media === null ? info : info.slice(0, media.index));
  const type = media?.[1]?.includes("/") ? media[1] : undefined;
  if (length === undefined) return encode(line + (isRequest(line) ? END : `\r\nContent-Length: 0${END}`));
  const head = / 101 /.test(line) && length > UPGRADE.length + line.length ? line + UPGRADE : line;
  const parts = mayHaveBody(line, type, requestMethod) ? withBody(line, type, length) : undefined;
  const text = parts ?? withField(head, length) ?? head + END;
  const bytes = encode(text);
  if (bytes.length === length) return bytes;
  // What does not fit was cut in the info column, or stands for less than it says.
  const exact = encode(fillerText(length));
  exact.set(bytes.subarray(0, length));
  return exact;
}

function startLine(text: string): string {
  const request = REQUEST.exec(text);
  if (request !== null) return request[0];
  const status = STATUS.exec(text.trim());
  return status === null ? text.trim() : `${status[1]} ${status[2]} ${(status[3] ?? "").trim()}`;
}

function isRequest(line: string): boolean {
  return REQUEST.test(line);
}

function mayHaveBody(line: string, type: string | undefined, requestMethod: string | undefined): boolean {
  const request = REQUEST.exec(line);
  if (request !== null) return type !== undefined || !METHODS_WITHOUT_BODY.has(request[1]!);
  return requestMethod !== "HEAD" && !/^HTTP\/1\.[01] (?:1\d\d|204|304)/.test(line);
}

/** The digits of the body's length are part of the head, so the two are found together. */
function withBody(line: string, type: string | undefined, length: number): string | undefined {
  const fields = type === undefined ? "" : `\r\nContent-Type: ${type}`;
  for (const digits of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const head = `${line}${fields}\r\nContent-Length: `;
    const body = length - byteLength(head) - digits - END.length;
    if (body < 0) return undefined;
    if (String(body).length === digits) return `${head}${body}${END}${bodyOf(type, body)}`;
    // One digit less would be too few: a leading zero is as good.
    if (String(body).length < digits) return `${head}${String(body).padStart(digits, "0")}${END}${bodyOf(type, body)}`;
  }
  return undefined;
}

/** What Wireshark looks into must be what it says. */
function bodyOf(type: string | undefined, length: number): string {
  const isJson = type !== undefined && /json$/.test(type);
  return isJson && length >= 2 ? `"${fillerText(length - 2)}"` : fillerText(length);
}

function withField(line: string, length: number): string | undefined {
  const rest = length - byteLength(line) - END.length;
  if (rest === 0) return line + END;
  const name = ["\r\nX-Filler: ", "\r\nX:"].find((text) => rest >= text.length);
  if (name === undefined) return undefined;
  // Spaces at the end of a value are no part of it, but count.
  return `${line}${name}${fillerText(rest - name.length)}${END}`;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

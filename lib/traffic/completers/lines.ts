/** Protocols of lines: SMTP, FTP and chat. */

import { type ViewedBytes, withView } from "../../core/bytes.ts";
import { type ByteText, bytesOf, byteTextOf, decodeLineEnds, withCrlf } from "../../core/text.ts";
import type { PayloadRow, ProtocolCompleter } from "./payload-row.ts";

const LF = 0x0a;
const END_OF_MAIL = /(?:^|\r\n)\.\r\n/;
/** Commands that can only follow the end of a mail, although their row came before anything ended it. */
const AFTER_MAIL = /^[ \t]*(?:QUIT|RSET|MAIL FROM:.*)[ \t]*(?:\r?\n|\\r|\\n|$)/i;

function asLines(payload: Uint8Array): ByteText {
  const text = withCrlf(decodeLineEnds(byteTextOf(payload)));
  // All returns at the end belong to the line end, as they would if its line feed were there.
  return text.endsWith("\r\n") ? text : withCrlf(`${text}\n`);
}

const CARRIAGE_RETURN = 0x0d;
const BACKSLASH = 0x5c;
const CRLF_BYTES = withView(bytesOf("\r\n"));
const LF_BYTES = withView(bytesOf("\n"));

/** For a line whose end is missing, and in which nothing looks like one. */
export function endingOfLine(bytes: Uint8Array, start: number, end: number): ViewedBytes | undefined {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === LF || byte === CARRIAGE_RETURN || byte === BACKSLASH) return undefined;
  }
  return end > start ? CRLF_BYTES : undefined;
}

export function endingOfChat(bytes: Uint8Array, start: number, end: number): ViewedBytes | undefined {
  return end > start && bytes[end - 1] !== LF ? LF_BYTES : undefined;
}

export function completeFtp(row: PayloadRow): Uint8Array | undefined {
  return row.payload.length === 0 ? undefined : bytesOf(asLines(row.payload));
}

export function completeChat({ payload }: PayloadRow): Uint8Array | undefined {
  if (payload.length === 0 || payload.at(-1) === LF) return undefined;
  const line = new Uint8Array(payload.length + 1);
  line.set(payload);
  line[payload.length] = LF;
  return line;
}

export class SmtpCompleter implements ProtocolCompleter {
  #isInMail = false;

  complete(row: PayloadRow): Uint8Array | undefined {
    // Inside a mail, an empty row is the blank line between head and body.
    if (row.payload.length === 0 && !(this.#isInMail && row.isFromClient)) return undefined;
    const lines = asLines(row.payload);
    if (!row.isFromClient) {
      // 354 asks for the mail; anything else means that there will be none, or that it has arrived.
      if (!lines.startsWith("354")) this.#isInMail = false;
      return bytesOf(lines);
    }
    if (!this.#isInMail) {
      this.#isInMail = /^DATA[ \t]*\r\n$/i.test(lines);
      return bytesOf(lines);
    }
    return bytesOf(this.#mailLines(lines, row.next));
  }

  #mailLines(lines: ByteText, next: Uint8Array | undefined): ByteText {
    if (END_OF_MAIL.test(lines)) {
      this.#isInMail = false;
      return lines;
    }
    if (next !== undefined && !AFTER_MAIL.test(byteTextOf(next))) return lines;
    // Without its dot a mail never ends, and all that follows would be taken for its text.
    this.#isInMail = false;
    return `${lines}.\r\n`;
  }
}

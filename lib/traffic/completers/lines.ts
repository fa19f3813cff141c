/** Protocols of lines: SMTP, FTP, chat and syslog. */

import { type ViewedBytes, withView } from "../../core/bytes.ts";
import { type ByteText, bytesOf, byteTextOf, decodeLineEnds, withCrlf } from "../../core/text.ts";
import {
  type ApplicationProtocol,
  LONGEST_FIRST_LINE,
  type PayloadRow,
  type ProtocolCompleter,
} from "./payload-row.ts";

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
function endingOfLine(bytes: Uint8Array, start: number, end: number): ViewedBytes | undefined {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === LF || byte === CARRIAGE_RETURN || byte === BACKSLASH) return undefined;
  }
  return end > start ? CRLF_BYTES : undefined;
}

function endingOfChat(bytes: Uint8Array, start: number, end: number): ViewedBytes | undefined {
  return end > start && bytes[end - 1] !== LF ? LF_BYTES : undefined;
}

function completeFtp(row: PayloadRow): Uint8Array | undefined {
  return row.payload.length === 0 ? undefined : bytesOf(asLines(row.payload));
}

function completeChat({ payload }: PayloadRow): Uint8Array | undefined {
  if (payload.length === 0 || payload.at(-1) === LF) return undefined;
  const line = new Uint8Array(payload.length + 1);
  line.set(payload);
  line[payload.length] = LF;
  return line;
}

class SmtpCompleter implements ProtocolCompleter {
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

/** A reply begins with its code, and a command with a word (RFC 5321, section 4.2; RFC 959, section 4.2). */
function speaksAsServer(payload: Uint8Array): boolean | undefined {
  return /^[1-5]\d\d(?:[ -]|$)/.test(byteTextOf(payload.subarray(0, LONGEST_FIRST_LINE))) || undefined;
}

// These remember nothing.
const FTP: ProtocolCompleter = { complete: completeFtp, endingOf: endingOfLine };
const CHAT: ProtocolCompleter = { complete: completeChat, endingOf: endingOfChat };
/** In a stream of bytes, a line feed ends each message (RFC 6587, section 3.4.2). */
const SYSLOG: ProtocolCompleter = {
  complete: (row) => (row.transport === "tcp" ? completeChat(row) : undefined),
};

/** By the words that name them. */
export const LINE_PROTOCOLS: readonly (readonly [string, ApplicationProtocol])[] = [
  ["SMTP", { completer: () => new SmtpCompleter(), speaksAsServer }],
  ["FTP", { completer: () => FTP, speaksAsServer }],
  ["CHAT", { completer: () => CHAT }],
  ["SYSLOG", { completer: () => SYSLOG }],
];

/** The bytes of a row that names an application's message: its beginning where the info tells it, and filler. */
import { bareProtocol, carrierOf } from "../../csv/protocol-names.ts";
import { tlsBytes } from "../completers/tls-records.ts";
import { fillerAt } from "../filler.ts";
import { dnsBytes } from "./dns-bytes.ts";
import { httpBytes, isHttpStart } from "./http-bytes.ts";
import { webSocketBytes } from "./websocket-bytes.ts";

/** Protocols whose info column repeats the lines that were sent, behind words of Wireshark's. */
const LINE_PROTOCOLS = new Set("FTP IMAP IRC POP SIP SMTP RTSP TELNET GOPHER SSDP".split(" "));
const LINE_PREFIX = /^(?:[SC]: |Request: |Response: |Request \([^)]*\) |Response \([^)]*\) )/;
/** Protocols without a dissector: what stands in the info column is what was said. */
const PLAIN_PROTOCOLS = new Set(["TCP", "UDP", "CHAT", "DATA", ""]);

export interface RowBytes {
  readonly bytes: Uint8Array;
  /** Whether any of them are made up. */
  readonly isFiller: boolean;
}

/**
 * @param length bytes; undefined where nothing tells
 * @param at sequence number, for filler
 * @param requestMethod of the HTTP request that may be answered
 */
export function rowBytes(
  protocol: string,
  info: string,
  length: number | undefined,
  at: number,
  requestMethod: string | undefined,
): RowBytes {
  const name = bareProtocol(protocol);
  if (name === "DNS") {
    const bytes = dnsOverTcp(info, length);
    if (bytes !== undefined) return { bytes, isFiller: bytes.length !== length };
  }
  if (name === "WEBSOCKET") return { bytes: webSocketBytes(info, length ?? 2), isFiller: true };
  if (isHttpStart(info)) return { bytes: httpBytes(info, length, requestMethod), isFiller: true };
  if (name === "TLS") return { bytes: tlsBytes(info, length), isFiller: true };
  if (LINE_PROTOCOLS.has(name)) {
    const line = new TextEncoder().encode(`${info.replace(LINE_PREFIX, "").trimEnd()}\r\n`);
    return fitted(line, length, at);
  }
  // A protocol that Wireshark does not know is one that somebody has put there, and the text is a message.
  if (PLAIN_PROTOCOLS.has(name) || carrierOf(name) === undefined) {
    return fitted(new TextEncoder().encode(info), length, at);
  }
  return { bytes: fillerAt(at - 1, length ?? 0), isFiller: true };
}

/** A message with its length before it (RFC 1035, section 4.2.2). */
function dnsOverTcp(info: string, length: number | undefined): Uint8Array | undefined {
  const message = dnsBytes(info, length === undefined ? undefined : length - 2);
  if (message === undefined || (length !== undefined && message.length + 2 !== length)) return undefined;
  const bytes = new Uint8Array(message.length + 2);
  new DataView(bytes.buffer).setUint16(0, message.length);
  bytes.set(message, 2);
  return bytes;
}

function fitted(text: Uint8Array, length: number | undefined, at: number): RowBytes {
  if (length === undefined || length === text.length) return { bytes: text, isFiller: false };
  const bytes = fillerAt(at - 1, length);
  bytes.set(text.subarray(0, length));
  return { bytes, isFiller: true };
}

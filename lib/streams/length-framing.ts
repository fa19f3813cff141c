/** Messages that say in a header how long they are: those of DNS over TCP, TLS records and WebSocket frames. */

import { LONGEST_WEBSOCKET_HEADER, readWebSocketHeader, webSocketHeaderLength } from "../dissect/websocket.ts";
import { dns } from "../headers/dns/dns.ts";
import type { FramingKind, MessageFraming } from "./message-framing.ts";

abstract class LengthFraming implements MessageFraming {
  readonly #kind: FramingKind;
  readonly #header: Uint8Array;
  #headerBytes = 0;
  /** Bytes that are still to come behind the header; -1 while that is read. */
  #rest = -1;
  /** What comes is something else, or nobody knows where a header begins: it ends with PSH. */
  #isOpaque = false;

  /** @param longestHeader in bytes */
  constructor(kind: FramingKind, longestHeader: number) {
    this.#kind = kind;
    this.#header = new Uint8Array(longestHeader);
  }

  /**
   * Called for each byte of the header.
   *
   * @param length bytes of `header` that are there
   * @returns bytes of the message behind its header; undefined while the header is not whole, -1 if it is none
   */
  protected abstract lengthBehind(header: Uint8Array, length: number): number | undefined;

  get kind(): FramingKind {
    return this.#isOpaque ? "push" : this.#kind;
  }

  endOf(bytes: Uint8Array, from: number, endsWithPush: boolean): number {
    let at = from;
    while (this.#rest < 0 && !this.#isOpaque && at < bytes.length) {
      this.#header[this.#headerBytes++] = bytes[at++]!;
      const length = this.lengthBehind(this.#header, this.#headerBytes);
      if (length === undefined) continue;
      this.#isOpaque = length < 0;
      this.#rest = length;
    }
    if (this.#isOpaque) return endsWithPush ? bytes.length : -1;
    if (this.#rest < 0) return -1;
    const taken = Math.min(this.#rest, bytes.length - at);
    this.#rest -= taken;
    return this.#rest > 0 ? -1 : this.#finish(at + taken);
  }

  skip(length: number): number {
    if (this.#rest < 0) this.#isOpaque = true;
    else if (length >= this.#rest) return this.#finish(this.#rest);
    else this.#rest -= length;
    return -1;
  }

  isWholeAtFin(): boolean {
    return this.#isOpaque;
  }

  #finish(at: number): number {
    this.#rest = -1;
    this.#headerBytes = 0;
    return at;
  }
}

/** DNS over TCP has the length before each message (RFC 1035, section 4.2.2). */
export const DNS_PREFIX_LENGTH = 2;
/** Where the opcode stands behind the length, and the last one that has a meaning (RFC 8490). */
const DNS_OPCODE_AT = DNS_PREFIX_LENGTH + 2;
const LAST_DNS_OPCODE = 6;

/** Whether a direction can begin like this, if one of its ports is that of DNS: as far as the bytes go. */
export function mayBeDns(bytes: Uint8Array): boolean {
  if (bytes.length < DNS_PREFIX_LENGTH) return bytes.length > 0;
  if (((bytes[0]! << 8) | bytes[1]!) < dns.fixedLength) return false;
  return bytes.length <= DNS_OPCODE_AT || ((bytes[DNS_OPCODE_AT]! >>> 3) & 0xf) <= LAST_DNS_OPCODE;
}

export class DnsFraming extends LengthFraming {
  constructor() {
    super("dns", DNS_PREFIX_LENGTH);
  }

  protected lengthBehind(header: Uint8Array, length: number): number | undefined {
    if (length < DNS_PREFIX_LENGTH) return undefined;
    return mayBeDns(header) ? (header[0]! << 8) | header[1]! : -1;
  }
}

/** Of TLS records (RFC 8446, section 5.1; RFC 5246, section 6.2). */
const TLS_HEADER_LENGTH = 5;
/** Change cipher spec, alert, handshake, application data, heartbeat. */
const FIRST_TLS_TYPE = 20;
const LAST_TLS_TYPE = 24;
const TLS_MAJOR_VERSION = 3;
const LAST_TLS_MINOR_VERSION = 4;
/** What is encrypted may be longer than what is in it (RFC 5246, section 6.2.3). */
const LONGEST_TLS_RECORD = (1 << 14) + 2048;

/** Whether a record begins at `at`, as far as its header tells; false where that is not whole. */
export function isTlsRecord(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < TLS_HEADER_LENGTH) return false;
  const [type, major, minor] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
  if (type < FIRST_TLS_TYPE || type > LAST_TLS_TYPE || major !== TLS_MAJOR_VERSION || minor > LAST_TLS_MINOR_VERSION)
    return false;
  const length = tlsLengthAt(bytes, at);
  return length > 0 && length <= LONGEST_TLS_RECORD;
}

function tlsLengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at + 3]! << 8) | bytes[at + 4]!;
}

export class TlsFraming extends LengthFraming {
  constructor() {
    super("tls", TLS_HEADER_LENGTH);
  }

  protected lengthBehind(header: Uint8Array, length: number): number | undefined {
    if (length < TLS_HEADER_LENGTH) return undefined;
    return isTlsRecord(header, 0) ? tlsLengthAt(header, 0) : -1;
  }
}

/** Frames of WebSocket (RFC 6455, section 5.2). */
export class WebSocketFraming extends LengthFraming {
  constructor() {
    super("websocket", LONGEST_WEBSOCKET_HEADER);
  }

  protected lengthBehind(header: Uint8Array, length: number): number | undefined {
    if (length < 2 || length < webSocketHeaderLength(header[1]!)) return undefined;
    return readWebSocketHeader(header, 0, length)?.payloadLength ?? -1;
  }
}

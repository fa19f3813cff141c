/** What a peer would really have sent: payloads of known protocols, completed where something is missing. */

import type { ViewedBytes } from "../../core/bytes.ts";
import { byteTextOf } from "../../core/text.ts";
import { leadingWord, type Transport, transportOf } from "../../csv/protocol-names.ts";
import { refusesText, servicePortOf } from "../service-ports.ts";
import { DhcpCompleter, isDhcpText } from "./dhcp-completer.ts";
import { DnsCompleter, isDnsMessage, isDnsText } from "./dns-completer.ts";
import { HttpCompleter, looksLikeHttp } from "./http-completer.ts";
import { startOf } from "./http-later.ts";
import { completeChat, completeFtp, endingOfChat, endingOfLine, SmtpCompleter } from "./lines.ts";
import { mqttOfWords } from "./mqtt-messages.ts";
import type { LaterRow, PayloadParticipant, PayloadRow, ProtocolCompleter } from "./payload-row.ts";
import { tlsOfWords } from "./tls-records.ts";

/** `wire`: what a peer would really have sent; `exact`: the UTF-8 bytes of the message. */
export type PayloadMode = "wire" | "exact";

/** What is sent for a row. */
export interface WirePayload {
  /** The bytes of the message. */
  readonly bytes: Uint8Array;
  /** Something was added or translated. */
  readonly isCompleted: boolean;
}

/** Completes the messages of one conversation: it remembers what later ones need of earlier ones. */
export class PayloadCompleter {
  readonly #seed: number = 0;
  /** Of the protocol that was named last, which is nearly always the next one's, and what completes it. */
  #latestProtocol = "";
  #latest: ProtocolCompleter | undefined = undefined;
  /** By protocol, once the rows of one connection have named several. */
  #completers: Map<string, ProtocolCompleter> | undefined = undefined;

  /**
   * Knows of no message yet.
   *
   * @param seed decides every identifier that is made up
   */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** What a row becomes; its own bytes, where nothing is missing. */
  complete(row: PayloadRow): WirePayload {
    const bytes = this.#completerOf(row.protocol)?.complete(row);
    return bytes === undefined || isEqual(bytes, row.payload)
      ? { bytes: row.payload, isCompleted: false }
      : { bytes, isCompleted: true };
  }

  /** As `ProtocolCompleter.endingOf`. */
  endingOf(
    protocol: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    isFromClient: boolean,
    server: PayloadParticipant,
    later?: LaterRow,
  ): ViewedBytes | undefined {
    return this.#completerOf(protocol)?.endingOf?.(bytes, start, end, isFromClient, server, later);
  }

  #completerOf(protocol: string): ProtocolCompleter | undefined {
    if (protocol !== this.#latestProtocol) this.#turnTo(protocol);
    return this.#latest;
  }

  #turnTo(protocol: string): void {
    const [before, now] = [leadingWord(this.#latestProtocol), leadingWord(protocol)];
    this.#latestProtocol = protocol;
    if (before === now) return;
    if (this.#latest !== undefined) {
      this.#completers ??= new Map();
      this.#completers.set(before, this.#latest);
    }
    this.#latest = this.#completers?.get(now) ?? makeCompleter(now, this.#seed);
  }
}

// These remember nothing.
const FTP: ProtocolCompleter = { complete: completeFtp, endingOf: endingOfLine };
const CHAT: ProtocolCompleter = { complete: completeChat, endingOf: endingOfChat };
/** In a stream of bytes, a line feed ends each message (RFC 6587, section 3.4.2). */
const SYSLOG: ProtocolCompleter = {
  complete: (row) => (row.transport === "tcp" ? completeChat(row) : undefined),
};
const TLS: ProtocolCompleter = { complete: ({ payload }) => tlsOfWords(payload) };
const MQTT: ProtocolCompleter = { complete: ({ payload }) => mqttOfWords(payload) };

function makeCompleter(protocol: string, seed: number): ProtocolCompleter | undefined {
  switch (protocol) {
    case "HTTP":
      return new HttpCompleter(seed);
    case "HTTPS":
      return new PlainHttps(seed);
    case "SMTP":
      return new SmtpCompleter();
    case "FTP":
      return FTP;
    case "CHAT":
      return CHAT;
    case "SYSLOG":
      return SYSLOG;
    case "TLS":
      return TLS;
    case "MQTT":
      return MQTT;
    case "DNS":
      return new DnsCompleter(seed);
    case "DHCP":
    case "BOOTP":
      return new DhcpCompleter(seed);
    default:
      return undefined;
  }
}

/**
 * What HTTPS rows say is not encrypted, so what is HTTP in them travels as HTTP, from the first such row on; words about
 * TLS before it travel as they are.
 */
class PlainHttps implements ProtocolCompleter {
  readonly #http: HttpCompleter;
  #isHttp = false;

  constructor(seed: number) {
    this.#http = new HttpCompleter(seed);
  }

  complete(row: PayloadRow): Uint8Array | undefined {
    this.#isHttp ||= looksLikeHttp(row.payload, row.isFromClient);
    return this.#isHttp ? this.#http.complete(row) : undefined;
  }
}

/**
 * Whether a row's text can travel on the protocol's own port without being called malformed there: because it is
 * completed to a message of that protocol, or because nothing minds plain text on that port.
 */
export function isUnderstood(
  protocol: string,
  payload: Uint8Array,
  transport: Transport = transportOf(protocol),
): boolean {
  switch (leadingWord(protocol)) {
    case "HTTP":
    case "SMTP":
    case "FTP":
    case "CHAT":
      return true;
    case "TLS":
      return payload.length === 0 || tlsOfWords(payload) !== undefined;
    case "MQTT":
      return payload.length === 0 || mqttOfWords(payload) !== undefined;
    case "DNS":
      return payload.length === 0 || isDnsText(payload) || isDnsMessage(payload);
    case "DHCP":
    case "BOOTP":
      return payload.length === 0 || isDhcpText(payload);
    default:
      return payload.length === 0 || !refusesText(transport, servicePortOf(protocol));
  }
}

const LONGEST_FIRST_LINE = 512;

/**
 * Whether a row says what only a server says (true), or only a client (false).
 *
 * @returns undefined where either may say it
 */
export function speaksAsServer(protocol: string, payload: Uint8Array): boolean | undefined {
  const word = leadingWord(protocol);
  if (word !== "HTTP" && word !== "HTTPS" && word !== "SMTP" && word !== "FTP") return undefined;
  const text = byteTextOf(payload.subarray(0, LONGEST_FIRST_LINE));
  // A reply begins with its code, and a command with a word (RFC 5321, section 4.2; RFC 959, section 4.2).
  if (word === "SMTP" || word === "FTP") return /^[1-5]\d\d(?:[ -]|$)/.test(text) || undefined;
  const start = startOf(text, false);
  return start === undefined ? undefined : start.kind === "response";
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

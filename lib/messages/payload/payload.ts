/** What a peer would really have sent: payloads of known protocols, completed where something is missing. */
import type { ViewedBytes } from "../../copy-bytes.ts";
import { leadingWord, refusesText, servicePortOf, transportOf } from "../service-ports.ts";
import { DhcpCompleter, isDhcpText } from "./dhcp.ts";
import { DnsCompleter, isDnsText } from "./dns.ts";
import { HttpCompleter, looksLikeHttp } from "./http.ts";
import { completeChat, completeFtp, endingOfChat, endingOfLine, SmtpCompleter } from "./lines.ts";
import type { PayloadParticipant, PayloadRow, ProtocolCompleter } from "./row.ts";
import { mqttOfWords, tlsOfWords } from "./words.ts";

export type PayloadMode = "wire" | "exact";

export interface WirePayload {
  readonly bytes: Uint8Array;
  /** Something was added or translated. */
  readonly isCompleted: boolean;
}

/** One for each conversation: it remembers what later rows need of earlier ones. */
export class PayloadCompleter {
  readonly #seed: number = 0;
  /** Of the protocol that was named last, which is nearly always the next one's, and what completes it. */
  #latestProtocol = "";
  #latest: ProtocolCompleter | undefined = undefined;
  /** By protocol, once the rows of one connection have named several. */
  #completers: Map<string, ProtocolCompleter> | undefined = undefined;

  /** @param seed decides every identifier that is made up */
  constructor(seed: number) {
    this.#seed = seed;
  }

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
  ): ViewedBytes | undefined {
    return this.#completerOf(protocol)?.endingOf?.(bytes, start, end, isFromClient, server);
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

// These two remember nothing.
const FTP: ProtocolCompleter = { complete: completeFtp, endingOf: endingOfLine };
const CHAT: ProtocolCompleter = { complete: completeChat, endingOf: endingOfChat };
const TLS: ProtocolCompleter = { complete: ({ payload }) => tlsOfWords(payload) };
const MQTT: ProtocolCompleter = { complete: ({ payload }) => mqttOfWords(payload) };

function makeCompleter(protocol: string, seed: number): ProtocolCompleter | undefined {
  switch (protocol) {
    case "HTTP":
      return new HttpCompleter();
    case "HTTPS":
      return new PlainHttps();
    case "SMTP":
      return new SmtpCompleter();
    case "FTP":
      return FTP;
    case "CHAT":
      return CHAT;
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
  readonly #http = new HttpCompleter();
  #isHttp = false;

  complete(row: PayloadRow): Uint8Array | undefined {
    this.#isHttp ||= looksLikeHttp(row.payload, row.isFromClient);
    return this.#isHttp ? this.#http.complete(row) : undefined;
  }
}

/**
 * Whether a row's text can travel on the protocol's own port without being called malformed there: because it is
 * completed to a message of that protocol, or because nothing minds plain text on that port.
 */
export function isUnderstood(protocol: string, payload: Uint8Array): boolean {
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
      return payload.length === 0 || isDnsText(payload);
    case "DHCP":
    case "BOOTP":
      return payload.length === 0 || isDhcpText(payload);
    default:
      return payload.length === 0 || !refusesText(transportOf(protocol), servicePortOf(protocol));
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

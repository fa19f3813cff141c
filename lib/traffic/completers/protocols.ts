/** The application protocols that are known, by the words that name them: what makes messages of rows, and whose words they are. */

import { leadingWord, type Transport, transportOf } from "../../csv/protocol-names.ts";
import { refusesText, servicePortOf } from "../service-ports.ts";
import type { ApplicationProtocol, ProtocolCompleter } from "./payload-row.ts";

/** `wire`: what a peer would really have sent; `exact`: the UTF-8 bytes of the message. */
export type PayloadMode = "wire" | "exact";

/** Makes what completes the rows of a conversation that name a protocol, which is given by its word; undefined for one that has none. */
export type CompleterMaker = (word: string) => ProtocolCompleter | undefined;

export class Protocols {
  protected readonly known: Map<string, ApplicationProtocol>;

  /** @param known by their words, as `leadingWord` gives them */
  constructor(known: Iterable<readonly [string, ApplicationProtocol]>) {
    this.known = new Map(known);
  }

  /** @param seed decides every identifier that is made up */
  completersOf(seed: number): CompleterMaker {
    return (word) => this.known.get(word)?.completer(seed);
  }

  /**
   * Whether a row's text can travel on the protocol's own port without being called malformed there: because it is
   * completed to a message of that protocol, or because nothing minds plain text on that port.
   */
  isUnderstood(protocol: string, payload: Uint8Array, transport: Transport = transportOf(protocol)): boolean {
    if (payload.length === 0) return true;
    const known = this.known.get(leadingWord(protocol));
    return known?.understands?.(payload) ?? !refusesText(transport, servicePortOf(protocol));
  }

  /**
   * Whether a row says what only a server says (true), or only a client (false).
   *
   * @returns undefined where either may say it
   */
  speaksAsServer(protocol: string, payload: Uint8Array): boolean | undefined {
    return this.known.get(leadingWord(protocol))?.speaksAsServer?.(payload);
  }
}

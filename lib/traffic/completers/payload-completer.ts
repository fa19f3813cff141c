/** What a peer would really have sent: payloads of known protocols, completed where something is missing. */

import type { ViewedBytes } from "../../core/bytes.ts";
import { ALL_PROTOCOLS } from "./all-protocols.ts";
import { ConversationCompleter, type WirePayload } from "./conversation-completer.ts";
import type { LaterRow, PayloadParticipant, PayloadRow } from "./payload-row.ts";

/** Completes the messages of one conversation: it remembers what later ones need of earlier ones. */
export class PayloadCompleter {
  readonly #completer: ConversationCompleter;

  /**
   * Knows of no message yet.
   *
   * @param seed decides every identifier that is made up
   */
  constructor(seed: number) {
    this.#completer = new ConversationCompleter(ALL_PROTOCOLS.completersOf(seed));
  }

  /** What a row becomes; its own bytes, where nothing is missing. */
  complete(row: PayloadRow): WirePayload {
    return this.#completer.complete(row);
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
    return this.#completer.endingOf(protocol, bytes, start, end, isFromClient, server, later);
  }
}

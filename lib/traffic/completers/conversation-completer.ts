/** Completes the rows of one conversation, whatever protocols they name. */

import type { ViewedBytes } from "../../core/bytes.ts";
import { leadingWord } from "../../csv/protocol-names.ts";
import type { LaterRow, PayloadParticipant, PayloadRow, ProtocolCompleter } from "./payload-row.ts";
import type { CompleterMaker } from "./protocols.ts";

/** What is sent for a row. */
export interface WirePayload {
  /** The bytes of the message. */
  readonly bytes: Uint8Array;
  /** Something was added or translated. */
  readonly isCompleted: boolean;
}

export class ConversationCompleter {
  readonly #makeCompleter: CompleterMaker;
  /** Of the protocol that was named last, which is nearly always the next one's, and what completes it. */
  #latestProtocol = "";
  #latest: ProtocolCompleter | undefined = undefined;
  /** By protocol, once the rows of one connection have named several. */
  #completers: Map<string, ProtocolCompleter> | undefined = undefined;

  /** @param makeCompleter one and the same function for all conversations, of which there are very many */
  constructor(makeCompleter: CompleterMaker) {
    this.#makeCompleter = makeCompleter;
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
    this.#latest = this.#completers?.get(now) ?? this.#makeCompleter(now);
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

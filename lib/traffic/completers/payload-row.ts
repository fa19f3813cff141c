/** What the completers of payloads are told of a row, and what each of them is. */

import type { ViewedBytes } from "../../core/bytes.ts";
import type { Transport } from "../../csv/protocol-names.ts";
import type { IpAddress, MacAddress } from "../../headers/address.ts";

/** One side of the conversation that a row belongs to. */
export interface PayloadParticipant {
  /** The application's name in the input. */
  readonly name: string;
  /** The machine. */
  readonly host: {
    /** Its IPv4 or IPv6 address. */
    readonly address: IpAddress;
    /** Its hardware address. */
    readonly mac: MacAddress;
  };
  /** Its port, 1 to 65535. */
  readonly port: number;
}

/** A row that is to be completed. */
export interface PayloadRow {
  /** As in the input, without spaces around it, in any case. */
  readonly protocol: string;
  /** Where it differs from `transportOf(protocol)`. */
  readonly transport?: Transport;
  /** The row's own bytes, possibly none. */
  readonly payload: Uint8Array;
  /** Whether the client says it. */
  readonly isFromClient: boolean;
  /** The client of the conversation. */
  readonly client: PayloadParticipant;
  /** The server of the conversation. */
  readonly server: PayloadParticipant;
  /** The next row of the same conversation, if it comes from the same side and is known already. */
  readonly next?: Uint8Array;
  /** The next row of the same conversation, whichever side it comes from, if it is known already. */
  readonly later?: LaterRow | undefined;
}

/** A row of the same conversation behind the one that is being completed. */
export interface LaterRow {
  /** Whether the client says it. */
  readonly isFromClient: boolean;
  /** Its own bytes, possibly none. */
  readonly payload: Uint8Array;
  /** The row behind it, if it is known already. */
  readonly later: LaterRow | undefined;
}

/** Completes the rows of one protocol in one conversation. */
export interface ProtocolCompleter {
  /** @returns undefined for a row that stays as it is */
  complete(row: PayloadRow): Uint8Array | undefined;
  /**
   * What a row lacks at its end, where that is all it lacks and can be told from its bytes: most rows need no more than this.
   * Not to be asked about a row that the same side goes on after.
   *
   * @param later the next row of the conversation, which is then one of the other side
   * @returns undefined where only `complete` can tell
   */
  endingOf?(
    bytes: Uint8Array,
    start: number,
    end: number,
    isFromClient: boolean,
    server: PayloadParticipant,
    later: LaterRow | undefined,
  ): ViewedBytes | undefined;
}

/** What is known of an application protocol. */
export interface ApplicationProtocol {
  /** What completes its rows in one conversation. @param seed decides every identifier that is made up */
  completer(seed: number): ProtocolCompleter;
  /** Whether a text, of a byte or more, becomes a message of it or is one. Absent: whatever its port does not mind. */
  understands?(payload: Uint8Array): boolean;
  /** As `Protocols.speaksAsServer`. Absent: either side may say anything. */
  speaksAsServer?(payload: Uint8Array): boolean | undefined;
}

/** A first line that tells whose words they are is no longer, in bytes. */
export const LONGEST_FIRST_LINE = 512;

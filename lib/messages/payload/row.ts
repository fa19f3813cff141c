/** What the completers of payloads are told of a row, and what each of them is. */
import type { IpAddress, MacAddress } from "../../headers/address.ts";
import type { Transport } from "../service-ports.ts";

export interface PayloadParticipant {
  readonly name: string;
  readonly address: IpAddress;
  readonly mac: MacAddress;
  readonly port: number;
}

export interface PayloadRow {
  /** As in the input, without spaces around it, in any case. */
  readonly protocol: string;
  /** Where it differs from `transportOf(protocol)`. */
  readonly transport?: Transport;
  /** The row's own bytes, possibly none. */
  readonly payload: Uint8Array;
  readonly isFromClient: boolean;
  readonly client: PayloadParticipant;
  readonly server: PayloadParticipant;
  /** The next row of the same conversation, if it comes from the same side and is known already. */
  readonly next?: Uint8Array;
}

/** Completes the rows of one protocol in one conversation. @returns undefined for a row that stays as it is */
export interface ProtocolCompleter {
  complete(row: PayloadRow): Uint8Array | undefined;
}

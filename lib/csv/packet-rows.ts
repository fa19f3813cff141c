/** The rows of packet tables: flags and payload of one segment or datagram each. */

import type { Columns, EndPointColumns } from "./columns.ts";
import type { InputError, InputErrorCode } from "./input-errors.ts";
import { quoteFound } from "./input-errors.ts";
import type { PacketParts } from "./message.ts";
import type { Row } from "./row.ts";
import { parseTcpFlags } from "./tcp-flags.ts";

const NO_BYTES = new Uint8Array(0);

/** What a row counts of a packet, and does not tell. */
export interface CountedBytes {
  readonly length: number;
  /** Whether that is the length of the frame, headers and all, and not of the payload. */
  readonly isOfFrame: boolean;
  /** Which row it is, from 1. */
  readonly ordinal: number;
  /** As they are written, without spaces around them; empty where there are none. */
  readonly sourcePort: string;
  readonly destinationPort: string;
}

/** What a row says of a packet that neither TCP nor UDP carries. */
export interface PacketWords {
  readonly info: string;
  /** An address, a name, or a hardware address. */
  readonly source: string;
  readonly destination: string;
}

/** Makes bytes in place of those that a row only counts. */
export interface PacketFiller {
  /** In bytes. */
  readonly longestPayload: number;
  fillerFor(counted: CountedBytes): Uint8Array;
}

/** Makes packets of what rows say of them. Whoever opens a table gives it: here there are words and numbers alone. */
export interface PacketMaker<Listed> {
  /** What only tables of packets need: each file takes its time to start. */
  loadFiller(): Promise<PacketFiller>;
  /** @returns undefined where the words are too few */
  packetOf(carrier: "arp" | "icmp" | "icmpv6", words: PacketWords): Listed | undefined;
}

type BadCell = (code: InputErrorCode, index: number, line: number, problem: string, advice: string) => InputError;

export class PacketRows {
  readonly #columns: Columns;
  readonly #filler: PacketFiller;
  readonly #badCell: BadCell;

  constructor(columns: Columns, filler: PacketFiller, badCell: BadCell) {
    this.#columns = columns;
    this.#filler = filler;
    this.#badCell = badCell;
  }

  /**
   * @param ordinal which row it is, from 1
   * @throws InputError
   */
  read(row: Row, line: number, ordinal: number): PacketParts {
    const { message } = this.#columns;
    const flags = this.#flags(row, line);
    const bytes = message === undefined ? NO_BYTES : row.source.subarray(row.startOf(message), row.endOf(message));
    if (bytes.length > 0) return { flags, payload: bytes, isFiller: false };
    return { flags, payload: this.#fillerOf(row, this.#length(row, line), ordinal), isFiller: true };
  }

  #flags(row: Row, line: number): number | undefined {
    const index = this.#columns.flags;
    if (index === undefined) return undefined;
    const text = row.text(index);
    if (/^[\s\-–]*$/.test(text)) return undefined;
    const flags = parseTcpFlags(text);
    if (flags !== undefined) return flags;
    const advice = "write names such as SYN,ACK or letters such as SA, or leave the cell empty";
    throw this.#badCell("BAD_FLAGS", index, line, `${quoteFound(text)} is no set of TCP flags`, advice);
  }

  #fillerOf(row: Row, length: number, ordinal: number): Uint8Array {
    const { source, destination, isFrameLength: isOfFrame } = this.#columns;
    const portIn = ({ port }: EndPointColumns) => (port === undefined ? "" : row.text(port).trim());
    const [sourcePort, destinationPort] = [portIn(source), portIn(destination)];
    return this.#filler.fillerFor({ length, isOfFrame, ordinal, sourcePort, destinationPort });
  }

  #length(row: Row, line: number): number {
    const { length: index } = this.#columns;
    const { longestPayload } = this.#filler;
    const text = index === undefined ? "" : row.text(index).trim();
    if (index === undefined || text === "") return 0;
    const length = /^\d{1,9}(?:\.0+)?$/.test(text) ? Number(text) : -1;
    if (length >= 0 && length <= longestPayload) return length;
    const advice = `write a whole number of bytes from 0 to ${longestPayload}`;
    throw this.#badCell("BAD_LENGTH", index, line, `${quoteFound(text)} is not the length of a payload`, advice);
  }
}

/** The rows of packet tables: flags and payload of one segment or datagram each. */

import { dnsFiller } from "../traffic/dns-filler.ts";
import type { Columns } from "./columns.ts";
import type { InputError, InputErrorCode } from "./input-errors.ts";
import { quoteFound } from "./input-errors.ts";
import type { Row } from "./row.ts";
import { parseTcpFlags } from "./tcp-flags.ts";

/** Ethernet, IPv4 and TCP headers, as most lengths of frames count them. */
const HEADER_BYTES = 54;

/** What fits into one IPv4 packet beside the headers of IP and TCP. */
const LARGEST_PAYLOAD = 65_495;

const DNS_PORT = "53";

const NO_BYTES = new Uint8Array(0);

export interface PacketParts {
  readonly flags: number | undefined;
  readonly payload: Uint8Array;
  /** Whether the payload only stands for bytes of which the length is known. */
  readonly isFiller: boolean;
}

type BadCell = (code: InputErrorCode, index: number, line: number, problem: string, advice: string) => InputError;

export class PacketRows {
  readonly #columns: Columns;
  readonly #badCell: BadCell;

  constructor(columns: Columns, badCell: BadCell) {
    this.#columns = columns;
    this.#badCell = badCell;
  }

  /**
   * @param number of the row, from 1: part of the filler
   * @throws InputError
   */
  read(row: Row, line: number, number: number): PacketParts {
    const { message } = this.#columns;
    const flags = this.#flags(row, line);
    const bytes = message === undefined ? NO_BYTES : row.source.subarray(row.startOf(message), row.endOf(message));
    if (bytes.length > 0) return { flags, payload: bytes, isFiller: false };
    return { flags, payload: this.#filler(row, this.#length(row, line), number), isFiller: true };
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

  /** On the port of DNS, text would be a malformed message. */
  #filler(row: Row, length: number, number: number): Uint8Array {
    const { source, destination } = this.#columns;
    const [from, to] = [source, destination].map(({ port }) => (port === undefined ? "" : row.text(port).trim()));
    if (from !== DNS_PORT && to !== DNS_PORT) return filler(length, number);
    const id = number & 0xffff;
    return dnsFiller(length, `wirewright-packet-${number}-`, id, from === DNS_PORT) ?? filler(length, number);
  }

  #length(row: Row, line: number): number {
    const { length: index, isFrameLength } = this.#columns;
    const text = index === undefined ? "" : row.text(index).trim();
    if (index === undefined || text === "") return 0;
    const length = /^\d{1,9}(?:\.0+)?$/.test(text) ? Number(text) : -1;
    if (length >= 0 && length <= LARGEST_PAYLOAD) return isFrameLength ? Math.max(0, length - HEADER_BYTES) : length;
    const advice = `write a whole number of bytes from 0 to ${LARGEST_PAYLOAD}`;
    throw this.#badCell("BAD_LENGTH", index, line, `${quoteFound(text)} is not the length of a payload`, advice);
  }
}

/** So many bytes that a person can read, and that tell which row they belong to. */
function filler(length: number, number: number): Uint8Array {
  if (length === 0) return NO_BYTES;
  const text = `wirewright packet ${number} `;
  return new TextEncoder().encode(text.repeat(Math.ceil(length / text.length)).slice(0, length));
}

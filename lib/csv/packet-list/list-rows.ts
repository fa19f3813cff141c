/** Cells of a packet list into `ListRow`s. */

import { addSequence } from "../../core/sequence.ts";
import { type MacAddress, tryParseMac } from "../../headers/address.ts";
import { UDP_HEADER_LENGTH } from "../../headers/udp.ts";
import type { Columns, EndPointColumns } from "../columns.ts";
import { type InputError, type InputErrorCode, quoteFound } from "../input-errors.ts";
import type { Row } from "../row.ts";
import { parseTcpFlags } from "../tcp-flags.ts";

import type { ListColumns } from "./list-columns.ts";
import {
  PART_OF_MESSAGE,
  PortNames,
  parseTcpInfo,
  parseUdpInfo,
  splitNotes,
  type TcpInfo,
  type TcpInfoOptions,
  type UdpInfo,
} from "./transport-info.ts";

export type BadCell = (
  code: InputErrorCode,
  index: number,
  line: number,
  problem: string,
  advice: string,
) => InputError;

/** What a row says itself of a TCP segment. What it leaves out, the rows around it may tell. */
export interface RowSegment {
  readonly flags: number | undefined;
  readonly sequence: number | undefined;
  readonly acknowledgment: number | undefined;
  /** Whether the numbers are those of the header, and do not count from the initial ones. */
  readonly areNumbersRaw: boolean;
  /** Bytes; multiplied by the scale, where that is known. */
  readonly window: number | undefined;
  /** The field of the header. */
  readonly windowField: number | undefined;
  /** Bytes of data. */
  readonly length: number | undefined;
  readonly options: TcpInfoOptions | undefined;
  /** How far raw numbers are ahead of those in the info column. */
  readonly numbersAhead: number;
}

export interface RowContent {
  readonly line: number;
  /** The input's own number of the packet, as written. */
  readonly id: string;
  readonly timeText: string;
  /** An address, or what Wireshark has put in its place. */
  readonly source: string;
  readonly destination: string;
  /** 0 to 65535. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly protocol: string;
  /** Without the remarks of the analysis, which stand in `notes`. */
  readonly info: string;
  readonly notes: string;
  /** Whether a message began here that ends in a later row. */
  readonly isPartOfMessage: boolean;
  /** Bytes of the frame. */
  readonly frameLength: number | undefined;
  readonly segment: RowSegment | undefined;
  /** Of a UDP datagram: what it carries, in bytes, where the row tells. */
  readonly datagram: { readonly length: number | undefined } | undefined;
  readonly sourceMac: MacAddress | undefined;
  readonly destinationMac: MacAddress | undefined;
  readonly timeToLive: number | undefined;
}

/** A row of a packet list, taken apart but not yet understood from the rows around it. */
export class ListRow {
  readonly content: RowContent;
  /** Ticks. */
  time: number;
  /** The next row between the same two addresses, if it is known already. */
  next: ListRow | undefined = undefined;

  /** Its two addresses, the same for both directions. */
  readonly pair: string;

  constructor(content: RowContent, time: number) {
    const { source, destination } = content;
    this.content = content;
    this.time = time;
    this.pair = source < destination ? `${source} ${destination}` : `${destination} ${source}`;
  }

  get line(): number {
    return this.content.line;
  }

  get timeText(): string {
    return this.content.timeText;
  }

  /** What the row takes in memory, as the sorting of rows asks for it. */
  get payloadStart(): number {
    return 0;
  }

  get payloadEnd(): number {
    return this.content.info.length;
  }
}

const LARGEST_LENGTH = 262_144;

export class ListRows {
  readonly #columns: Columns;
  readonly #list: ListColumns;
  readonly #badCell: BadCell;
  readonly #ports = new PortNames();

  constructor(columns: Columns, list: ListColumns, badCell: BadCell) {
    this.#columns = columns;
    this.#list = list;
    this.#badCell = badCell;
  }

  /** @throws InputError */
  read(row: Row, line: number, time: number): ListRow {
    const { id, protocol, message, time: timeColumn, source, destination } = this.#columns;
    const text = (index: number | undefined) => (index === undefined ? "" : row.text(index).trim());
    const rawInfo = message === undefined ? "" : row.text(message);
    const { text: rest, notes } = splitNotes(rawInfo);
    const tcp = parseTcpInfo(rest);
    const info = tcp === undefined ? rest.replace(PART_OF_MESSAGE, "") : rest;
    const udp = tcp === undefined ? parseUdpInfo(info) : undefined;
    const segment = this.#segment(row, line, tcp);
    const ports = this.#portsOf(row, line, tcp?.ports ?? udp?.ports, segment !== undefined);
    const list = this.#list;
    const content: RowContent = {
      line,
      id: id === undefined ? "" : row.text(id),
      timeText: row.text(timeColumn),
      source: endOf(row, source, list.ipv6Source, list.sourceMac),
      destination: endOf(row, destination, list.ipv6Destination, list.destinationMac),
      sourcePort: ports?.[0],
      destinationPort: ports?.[1],
      protocol: text(protocol),
      // Spaces at its end may belong to a message, but are Wireshark's where the text is.
      info,
      notes,
      isPartOfMessage: PART_OF_MESSAGE.test(rawInfo),
      frameLength: this.#number(row, line, list.frameLength, LARGEST_LENGTH),
      segment,
      datagram: segment === undefined ? this.#datagram(row, line, udp, ports !== undefined) : undefined,
      sourceMac: tryParseMac(text(list.sourceMac)),
      destinationMac: tryParseMac(text(list.destinationMac)),
      timeToLive: this.#number(row, line, list.timeToLive, 255) || undefined,
    };
    return new ListRow(content, time);
  }

  #segment(row: Row, line: number, info: TcpInfo | undefined): RowSegment | undefined {
    const list = this.#list;
    const number = (index: number | undefined) => this.#number(row, line, index, 0xffff_ffff);
    const flags = this.#flags(row, line) ?? info?.flags;
    const isTcp = info !== undefined || flags !== undefined || isFilled(row, list.tcpPorts.source);
    if (!isTcp) return undefined;
    const sequence = info?.sequence ?? number(list.sequence);
    const acknowledgment = info?.acknowledgment ?? number(list.acknowledgment);
    const rawSequence = number(list.rawSequence);
    const rawAcknowledgment = number(list.rawAcknowledgment);
    return {
      flags,
      sequence: rawSequence ?? sequence,
      acknowledgment: rawAcknowledgment ?? (rawSequence === undefined ? acknowledgment : undefined),
      areNumbersRaw: rawSequence !== undefined,
      window: info?.window ?? number(list.window),
      windowField: number(list.windowField),
      length: info?.length ?? number(list.segmentLength),
      options: info?.options,
      numbersAhead:
        rawAcknowledgment === undefined || acknowledgment === undefined
          ? 0
          : addSequence(rawAcknowledgment, -acknowledgment),
    };
  }

  #datagram(row: Row, line: number, info: UdpInfo | undefined, hasPorts: boolean): RowContent["datagram"] {
    const { udpPorts, udpLength } = this.#list;
    if (info === undefined && !isFilled(row, udpPorts.source) && !hasPorts) return undefined;
    const whole = this.#number(row, line, udpLength, 0xffff);
    return { length: info?.length ?? (whole === undefined ? undefined : Math.max(0, whole - UDP_HEADER_LENGTH)) };
  }

  /** From the info column, or from columns of their own. */
  #portsOf(
    row: Row,
    line: number,
    named: readonly [string, string] | undefined,
    isTcp: boolean,
  ): readonly [number, number] | undefined {
    const { source, destination } = this.#columns;
    const { tcpPorts, udpPorts } = this.#list;
    const columns = [isTcp ? tcpPorts : udpPorts, { source: source.port, destination: destination.port }];
    for (const pair of columns) {
      if (!isFilled(row, pair.source) || !isFilled(row, pair.destination)) continue;
      return [this.#port(row, line, pair.source!), this.#port(row, line, pair.destination!)];
    }
    if (named === undefined) return undefined;
    const [from, to] = named.map((name) => this.#ports.portOf(name));
    return from === undefined || to === undefined ? undefined : [from, to];
  }

  #port(row: Row, line: number, index: number): number {
    const text = row.text(index).trim().split(",")[0]!;
    const port = this.#ports.portOf(text);
    if (port !== undefined) return port;
    const advice = "write a whole number from 1 to 65535, or leave the cell empty";
    throw this.#badCell("BAD_PORT", index, line, `${quoteFound(text)} is not a port`, advice);
  }

  #flags(row: Row, line: number): number | undefined {
    const index = this.#columns.flags;
    const text = index === undefined ? "" : row.text(index);
    if (index === undefined || /^[\s\-–]*$/.test(text)) return undefined;
    const flags = parseTcpFlags(text.split(/,(?=0x)/)[0]!);
    if (flags !== undefined) return flags;
    const advice = "write names such as SYN,ACK or letters such as SA, or leave the cell empty";
    throw this.#badCell("BAD_FLAGS", index, line, `${quoteFound(text)} is no set of TCP flags`, advice);
  }

  #number(row: Row, line: number, index: number | undefined, largest: number): number | undefined {
    const text = index === undefined ? "" : row.text(index).trim().split(",")[0]!;
    if (index === undefined || text === "") return undefined;
    const value = /^\d{1,10}(?:\.0+)?$/.test(text) ? Number(text) : -1;
    if (value >= 0 && value <= largest) return value;
    const advice = `write a whole number from 0 to ${largest}, or leave the cell empty`;
    throw this.#badCell(
      "BAD_LENGTH",
      index,
      line,
      `${quoteFound(text)} is not a number that a packet can have`,
      advice,
    );
  }
}

/** Empty where no cell tells: what has no IP header has no address in the columns of tshark. */
function endOf(
  row: Row,
  { name, address }: EndPointColumns,
  ipv6: number | undefined,
  mac: number | undefined,
): string {
  for (const index of [address, name, ipv6, mac]) {
    const text = index === undefined ? "" : row.text(index).trim();
    // Where headers are nested, tshark gives the addresses of all of them, the outermost first.
    if (text !== "") return text.split(",")[0]!;
  }
  return "";
}

function isFilled(row: Row, index: number | undefined): boolean {
  return index !== undefined && row.text(index).trim() !== "";
}

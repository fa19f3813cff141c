/** Cells of a packet list into `ListRow`s. */

import { addSequence } from "../../core/sequence.ts";
import { formatIp, type MacAddress, tryParseMac } from "../../headers/address.ts";
import { UDP_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import type { Columns, EndPointColumns } from "../columns.ts";
import type { RowFields } from "../frame-columns.ts";
import type { EndPoint } from "../message.ts";
import { carrierOf, type Transport, transportOf } from "../protocol-names.ts";
import type { Row } from "../row.ts";

import { type BadCell, LARGEST_LENGTH, LARGEST_NUMBER, ListCells } from "./list-cells.ts";
import type { ListColumns } from "./list-columns.ts";
import { splitNotes } from "./list-signs.ts";
import {
  PART_OF_MESSAGE,
  parseTcpInfo,
  parseUdpInfo,
  type TcpInfo,
  type TcpInfoOptions,
  type UdpInfo,
} from "./transport-info.ts";

/** What a row says itself of a TCP segment. What it leaves out, the rows around it may tell. */
export interface RowSegment {
  readonly flags: number | undefined;
  readonly sequence: number | undefined;
  readonly acknowledgment: number | undefined;
  /** Whether they are said to be those of the header, which do not count from the initial ones. */
  readonly areNumbersRaw: boolean;
  /** How far raw numbers of the other side are ahead of those that the info column has. */
  readonly numbersAhead: number;
  /** Where the row tells one number raw and the other one not: that acknowledgment. */
  readonly otherAcknowledgment: number | undefined;
  /** Which connection of the capture it was. */
  readonly stream: number | undefined;
  /** Bytes; multiplied by the scale, where that is known. */
  readonly window: number | undefined;
  /** The field of the header. */
  readonly windowField: number | undefined;
  /** The power of two that a SYN offers, from a column of its own. */
  readonly windowScale: number | undefined;
  /** Bytes of data. */
  readonly length: number | undefined;
  readonly options: TcpInfoOptions | undefined;
}

/** What a row of a table that people have written tells as every table does, checked as there. */
export interface TableRow {
  readonly source: EndPoint;
  readonly destination: EndPoint;
  readonly protocol: string;
  readonly transport: Transport | undefined;
  /** Whether the row itself says UDP, and not only the name of what usually goes over it. */
  readonly isUdpTold: boolean;
  readonly fields: RowFields | undefined;
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
  /** What it says beyond all that, where Wireshark has not written the table: then `info` is what the packet carries. */
  readonly told: TableRow | undefined;
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

const LARGEST_SHIFT = 14;

export class ListRows {
  readonly #columns: Columns;
  readonly #list: ListColumns;
  readonly #cells: ListCells;

  constructor(columns: Columns, list: ListColumns, badCell: BadCell) {
    this.#columns = columns;
    this.#list = list;
    this.#cells = new ListCells(columns, list, badCell);
  }

  /** Whether Wireshark or tshark has written the table; else its rows are told as those of every table. */
  get isExport(): boolean {
    return this.#list.isExport;
  }

  /**
   * @param told of a table that people have written
   * @throws InputError
   */
  read(row: Row, line: number, time: number, told: TableRow | undefined): ListRow {
    const { message } = this.#columns;
    const rawInfo = message === undefined ? "" : row.text(message);
    return new ListRow(
      told === undefined ? this.#exported(row, line, rawInfo) : this.#told(row, line, rawInfo, told),
      time,
    );
  }

  #exported(row: Row, line: number, rawInfo: string): RowContent {
    const { id, time, protocol, source, destination } = this.#columns;
    const list = this.#list;
    const text = (index: number | undefined) => (index === undefined ? "" : row.text(index).trim());
    const { text: rest, notes } = splitNotes(rawInfo);
    const tcp = parseTcpInfo(rest);
    const info = tcp === undefined ? rest.replace(PART_OF_MESSAGE, "") : rest;
    const udp = tcp === undefined ? parseUdpInfo(info) : undefined;
    const isTcp = tcp !== undefined || this.#cells.hasFlags(row) || isFilled(row, list.tcpPorts.source);
    const segment = isTcp ? this.#segment(row, line, tcp) : undefined;
    const ports = this.#portsOf(row, line, tcp?.ports ?? udp?.ports, isTcp);
    return {
      line,
      id: id === undefined ? "" : row.text(id),
      timeText: row.text(time),
      frameLength: this.#cells.number(row, line, list.frameLength, LARGEST_LENGTH),
      source: endOf(row, source, list.ipv6Source, list.sourceMac),
      destination: endOf(row, destination, list.ipv6Destination, list.destinationMac),
      sourcePort: ports?.[0],
      destinationPort: ports?.[1],
      protocol: text(protocol),
      // Spaces at its end may belong to a message, but are Wireshark's where the text is.
      info,
      notes,
      isPartOfMessage: PART_OF_MESSAGE.test(rawInfo),
      segment,
      datagram: isTcp ? undefined : this.#datagram(row, line, udp, ports !== undefined),
      sourceMac: tryParseMac(text(list.sourceMac)),
      destinationMac: tryParseMac(text(list.destinationMac)),
      timeToLive: this.#cells.number(row, line, list.timeToLive, 255) || undefined,
      told: undefined,
    };
  }

  /** Flags and numbers are of TCP alone, and it is what carries most protocols. */
  #told(row: Row, line: number, info: string, told: TableRow): RowContent {
    const { id, time } = this.#columns;
    const list = this.#list;
    const { source, destination, protocol, transport, isUdpTold, fields } = told;
    const hasFlags = this.#cells.hasFlags(row);
    if (isUdpTold && !hasFlags) this.#cells.refuseNumbers(row, line);
    const named = carrierOf(protocol);
    const isCarried = named === undefined || named === "tcp" || named === "udp";
    const isUdp = (transport ?? transportOf(protocol)) === "udp";
    const isDatagram = isCarried && isUdp && !hasFlags && !this.#cells.hasNumbers(row);
    const isTcp = isCarried && !isDatagram;
    return {
      line,
      id: id === undefined ? "" : row.text(id),
      timeText: row.text(time),
      frameLength: this.#cells.number(row, line, list.frameLength, LARGEST_LENGTH),
      source: textOf(source),
      destination: textOf(destination),
      sourcePort: source.port,
      destinationPort: destination.port,
      protocol,
      info,
      notes: "",
      isPartOfMessage: false,
      segment: isTcp ? this.#segment(row, line, undefined) : undefined,
      datagram: isDatagram ? { length: this.#cells.number(row, line, list.segmentLength, LARGEST_LENGTH) } : undefined,
      sourceMac: fields?.sourceMac,
      destinationMac: fields?.destinationMac,
      timeToLive: fields?.timeToLive,
      told,
    };
  }

  #segment(row: Row, line: number, info: TcpInfo | undefined): RowSegment {
    const list = this.#list;
    const { numbers, windowFactor } = list;
    const number = (index: number | undefined) => this.#cells.sequenceNumber(row, line, index);
    const [rawSequence, rawAcknowledgment] = [number(numbers["sequence-raw"]), number(numbers["acknowledgment-raw"])];
    const sequence = info?.sequence ?? number(numbers.sequence);
    const acknowledgment = info?.acknowledgment ?? number(numbers.acknowledgment);
    // Raw numbers tell more, so they count where both are there.
    const areRaw = rawSequence !== undefined || (sequence === undefined && rawAcknowledgment !== undefined);
    const areBothTold = rawAcknowledgment !== undefined && acknowledgment !== undefined;
    const windowField = this.#cells.number(row, line, list.windowField, LARGEST_NUMBER);
    const window = info?.window ?? this.#cells.number(row, line, list.window, LARGEST_NUMBER);
    // No spreading of objects here: that makes some that take long to use.
    return {
      flags: this.#cells.flags(row, line) ?? info?.flags,
      sequence: areRaw ? rawSequence : sequence,
      acknowledgment: areRaw ? rawAcknowledgment : acknowledgment,
      areNumbersRaw: areRaw,
      numbersAhead: areRaw && areBothTold ? addSequence(rawAcknowledgment, -acknowledgment) : 0,
      otherAcknowledgment: areBothTold ? undefined : areRaw ? acknowledgment : rawAcknowledgment,
      stream: this.#cells.number(row, line, list.stream, LARGEST_NUMBER),
      window: window ?? scaledWindow(windowField, windowFactor === undefined ? "" : row.text(windowFactor)),
      windowField,
      windowScale: this.#cells.number(row, line, list.windowShift, LARGEST_SHIFT),
      length: this.#cells.payloadLength(row, line, info?.length),
      options: info?.options,
    };
  }

  #datagram(row: Row, line: number, info: UdpInfo | undefined, hasPorts: boolean): RowContent["datagram"] {
    const { udpPorts, udpLength } = this.#list;
    if (info === undefined && !isFilled(row, udpPorts.source) && !hasPorts) return undefined;
    const whole = this.#cells.number(row, line, udpLength, 0xffff);
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
      return [this.#cells.port(row, line, pair.source!), this.#cells.port(row, line, pair.destination!)];
    }
    if (named === undefined) return undefined;
    const [from, to] = named.map((name) => this.#cells.portNamed(name));
    return from === undefined || to === undefined ? undefined : [from, to];
  }
}

/** The factor of tshark is negative where it does not know one. */
function scaledWindow(field: number | undefined, factor: string): number | undefined {
  return field === undefined || !(Number(factor) >= 1) ? undefined : field * Number(factor);
}

function textOf({ address, name }: EndPoint): string {
  return address === undefined ? name : formatIp(address);
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

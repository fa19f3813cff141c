/** Rows into messages: one message a row, every cell checked. */

import { StringInterner } from "../core/tables.ts";
import { formatIp } from "../headers/address.ts";
import type { Columns, EndPointColumns } from "./columns.ts";
import { type EndPointFault, EndPoints, findEndsFault } from "./end-points.ts";
import type { FrameCells } from "./frame-cells.ts";
import { InputError, type InputErrorCode, type InputPlace, quoteFound } from "./input-errors.ts";
import { type EndPoint, FramedRowMessage, LoneRowMessage, PacketRowMessage, RowMessage } from "./message.ts";

import type { BadCell } from "./packet-list/list-cells.ts";
import type { ListRow, ListRows } from "./packet-list/list-rows.ts";
import type { PacketMaker, PacketRows } from "./packet-rows.ts";
import { carrierOf, isNamedUdp, leadingWord, runsOverEither, type Transport, transportOf } from "./protocol-names.ts";
import type { Row, RowSink } from "./row.ts";

import { timeTextOf } from "./time-columns.ts";
import { type TimeReader, UNIT_WORDS } from "./time-formats.ts";
import type { TimeOrder } from "./time-order.ts";
import type { WarningLog } from "./warnings.ts";

export interface RowOptions<Listed> {
  /** The input's name for errors. */
  readonly file: string;
  readonly columns: Columns;
  readonly headerLine: number;
  readonly times: TimeReader;
  /** A time of the file, to show how the others should be written. */
  readonly timeExample: string;
  readonly order: TimeOrder<RowMessage | ListRow>;
  readonly warnings: WarningLog;
  readonly maker: PacketMaker<Listed>;
  /** Where the table is a list of packets, as Wireshark exports it: what reads its rows. */
  readonly listRows?: ((badCell: BadCell) => ListRows) | undefined;
  /** Where it is another table of packets: what reads flags and data. */
  readonly packetRows?: ((badCell: BadCell) => PacketRows) | undefined;
  /** Where it has columns about frames: what reads them. */
  readonly frameCells?: ((badCell: BadCell) => FrameCells) | undefined;
}

const MOST_PROTOCOLS = 1024;

export class MessageRows<Listed> implements RowSink {
  readonly #file: string;
  readonly #columns: Columns;
  readonly #headerLine: number;
  readonly #times: TimeReader;
  readonly #timeExample: string;
  readonly #order: TimeOrder<RowMessage | ListRow>;
  readonly #warnings: WarningLog;
  readonly #packets: PacketRows | undefined;
  readonly #list: ListRows | undefined;
  readonly #frame: FrameCells | undefined;
  readonly #maker: PacketMaker<Listed>;
  /** Of the protocol that was met last, which is nearly always the next one's: whether TCP or UDP carries it. */
  #latestProtocol = "";
  #isLatestCarried = true;
  readonly #endPoints = new EndPoints();
  /** What tells end points; by the numbers of these words, once asked for, their texts and whose names they are. */
  readonly #words = new StringInterner();
  readonly #texts: (string | undefined)[] = [];
  readonly #namedEndPoints: (EndPoint | undefined)[] = [];
  /** Kept apart, because they are few; a file with more of them than this only takes longer. */
  readonly #protocolWords = new StringInterner(MOST_PROTOCOLS);
  readonly #protocols: (string | undefined)[] = [];
  #count = 0;

  constructor(options: RowOptions<Listed>) {
    const { file, columns, headerLine, times, timeExample, order, warnings, maker } = options;
    this.#file = file;
    this.#columns = columns;
    this.#headerLine = headerLine;
    this.#times = times;
    this.#timeExample = timeExample;
    this.#order = order;
    this.#warnings = warnings;
    this.#maker = maker;
    const badCell: BadCell = (...cell) => this.#badCell(...cell);
    this.#frame = options.frameCells?.(badCell);
    this.#list = options.listRows?.(badCell);
    this.#packets = options.packetRows?.(badCell);
  }

  /** @throws InputError */
  read(row: Row, line: number): void {
    if (line === this.#headerLine) return;
    const columns = this.#columns;
    // A row without anything has no time either, and most rows have one.
    if (isBlank(row, columns.time) && isEmpty(row)) {
      this.#warnings.note("BLANK_ROWS", line);
      return;
    }
    if (row.count !== columns.names.length) this.#checkCount(row, columns.names.length, line);
    this.#count++;
    const message = this.#list === undefined ? this.#read(row, line) : this.#listed(this.#list, row, line);
    if (message !== undefined) this.#order.push(message);
  }

  /**
   * To be called after the last row.
   *
   * @throws InputError when there was none
   */
  finish(): void {
    if (this.#count > 0) return;
    throw new InputError(
      "NO_ROWS",
      { file: this.#file, line: this.#headerLine },
      "there is no row after the header",
      "add a row for each message",
    );
  }

  place(line: number, column: number): InputPlace {
    return placeIn(this.#file, this.#columns.names, line, column);
  }

  #read(row: Row, line: number): RowMessage | undefined {
    const protocol = this.#protocol(row);
    if (protocol !== this.#latestProtocol) {
      const carrier = carrierOf(protocol);
      this.#isLatestCarried = carrier === undefined || carrier === "tcp" || carrier === "udp";
      this.#latestProtocol = protocol;
    }
    if (!this.#isLatestCarried) return this.#lonePacket(row, line, protocol);
    return this.#packets === undefined
      ? this.#message(row, line, protocol)
      : this.#packet(this.#packets, row, line, protocol);
  }

  #listed(list: ListRows, row: Row, line: number): ListRow {
    if (list.isExport) return list.read(row, line, this.#time(row, line), undefined);
    const protocol = this.#protocol(row);
    const source = this.#endPoint(row, this.#columns.source, line);
    const destination = this.#endPoint(row, this.#columns.destination, line);
    this.#checkEnds(source, destination, line);
    const transport = this.#transport(row, protocol);
    const isUdpTold = this.#isUdpTold(row, protocol);
    const fields = this.#frame?.read(row, line);
    return list.read(row, line, this.#time(row, line), { source, destination, protocol, transport, isUdpTold, fields });
  }

  /** A row of a protocol that neither TCP nor UDP carries: a packet of its own, or none that can be made. */
  #lonePacket(row: Row, line: number, protocol: string): RowMessage | undefined {
    const columns = this.#columns;
    const source = this.#endPoint(row, columns.source, line);
    const destination = this.#endPoint(row, columns.destination, line);
    const kind = carrierOf(protocol);
    const info = columns.message === undefined ? "" : row.text(columns.message);
    const nameOf = ({ address, name }: EndPoint) => (address === undefined ? name : formatIp(address));
    const words = { info, source: nameOf(source), destination: nameOf(destination) };
    const isMade = kind === "arp" || kind === "icmp" || kind === "icmpv6";
    const listed = isMade ? this.#maker.packetOf(kind, words) : undefined;
    if (listed !== undefined) {
      return new LoneRowMessage(
        listed,
        this.#frame?.read(row, line),
        row,
        columns,
        line,
        protocol,
        source,
        destination,
        this.#time(row, line),
        undefined,
      );
    }
    this.#warnings.leaveOut(protocol, line);
    return undefined;
  }

  #message(row: Row, line: number, protocol: string): RowMessage {
    const columns = this.#columns;
    const source = this.#endPoint(row, columns.source, line);
    const destination = this.#endPoint(row, columns.destination, line);
    this.#checkEnds(source, destination, line);
    const transport = this.#transport(row, protocol);
    const time = this.#time(row, line);
    const fields = this.#frame?.read(row, line);
    return fields === undefined
      ? new RowMessage(row, columns, line, protocol, source, destination, time, transport)
      : new FramedRowMessage(fields, row, columns, line, protocol, source, destination, time, transport);
  }

  #packet(packets: PacketRows, row: Row, line: number, protocol: string): RowMessage {
    const columns = this.#columns;
    const packet = { ...packets.read(row, line, this.#count), fields: this.#frame?.read(row, line) };
    const source = this.#endPoint(row, columns.source, line);
    const destination = this.#endPoint(row, columns.destination, line);
    this.#checkEnds(source, destination, line);
    const transport = this.#transport(row, protocol);
    const time = this.#time(row, line);
    return new PacketRowMessage(packet, row, columns, line, protocol, source, destination, time, transport);
  }

  #endPoint(row: Row, columns: EndPointColumns, line: number): EndPoint {
    const isNameAlone = !columns.namesHavePorts && columns.name !== undefined;
    if (!isNameAlone || !isVoid(row, columns.address) || !isVoid(row, columns.port)) {
      return this.#endPointOfCells(row, columns, line);
    }
    // The usual case: such names come again and again.
    const word = numberIn(this.#words, row, columns.name!);
    const known = word < 0 ? undefined : this.#namedEndPoints[word];
    if (known !== undefined) return known;
    const found = this.#endPoints.named(row.text(columns.name!));
    if ("part" in found) throw this.#badEndPoint(row, columns, found, line);
    if (word >= 0) this.#namedEndPoints[word] = found;
    return found;
  }

  #endPointOfCells(row: Row, columns: EndPointColumns, line: number): EndPoint {
    const name = columns.name === undefined ? "" : this.#text(row, columns.name);
    const address = columns.address === undefined ? "" : this.#text(row, columns.address);
    const port = columns.port === undefined ? "" : this.#text(row, columns.port);
    const found = columns.namesHavePorts
      ? this.#endPoints.findWhole(name, address)
      : this.#endPoints.find(name, address, port);
    if ("part" in found) throw this.#badEndPoint(row, columns, found, line);
    return found;
  }

  #checkEnds(source: EndPoint, destination: EndPoint, line: number): void {
    const fault = findEndsFault(source, destination);
    if (fault === undefined) return;
    throw this.#badCell(fault.code, columnOf(this.#columns.destination), line, fault.problem, fault.advice);
  }

  /** The application's protocol, or that of the transport where there is no other, or where the two contradict. */
  #protocol(row: Row): string {
    const { protocol, transport } = this.#columns;
    const application = protocol === undefined ? "" : this.#protocolIn(row, protocol);
    if (transport === undefined) return application;
    const carrier = this.#protocolIn(row, transport);
    const told = transportTold(carrier);
    if (application === "") return /^\d+$/.test(carrier) && told !== undefined ? told.toUpperCase() : carrier;
    return told === undefined || told === transportOf(application) || runsOverEither(application)
      ? application
      : told.toUpperCase();
  }

  /** What the row says, where the protocol leaves it open and usually goes the other way. */
  #transport(row: Row, protocol: string): Transport | undefined {
    const { transport } = this.#columns;
    if (transport === undefined || !runsOverEither(protocol)) return undefined;
    const told = transportTold(this.#protocolIn(row, transport));
    return told === transportOf(protocol) ? undefined : told;
  }

  /** Whether the row itself says UDP, and not only the name of what usually goes over it. */
  #isUdpTold(row: Row, protocol: string): boolean {
    const { transport } = this.#columns;
    return isNamedUdp(protocol) || (transport !== undefined && isNamedUdp(this.#protocolIn(row, transport)));
  }

  #protocolIn(row: Row, index: number): string {
    const word = numberIn(this.#protocolWords, row, index);
    if (word < 0) return row.text(index).trim();
    this.#protocols[word] ??= row.text(index).trim();
    return this.#protocols[word];
  }

  /** The text of a cell that is likely to come again. */
  #text(row: Row, index: number): string {
    const word = numberIn(this.#words, row, index);
    if (word < 0) return row.text(index);
    this.#texts[word] ??= row.text(index);
    return this.#texts[word];
  }

  #time(row: Row, line: number): number {
    const index = this.#columns.time;
    const plain = this.#times.readPlain(row.source, row.startOf(index), row.endOf(index));
    if (plain !== undefined) return plain;
    const { midnights } = this.#times;
    const { date } = this.#columns;
    const text = date === undefined ? row.text(index) : timeTextOf(this.#columns, (column) => row.text(column));
    const time = this.#times.read(text);
    if (time === undefined) throw this.#badTime(row, text, line);
    if (this.#times.midnights > midnights) this.#warnings.note("NEXT_DAY", line);
    return time;
  }

  #badTime(row: Row, text: string, line: number): InputError {
    const { date, time } = this.#columns;
    if (date !== undefined && isBlank(row, date)) {
      return this.#badCell("BAD_TIME", date, line, "the cell is empty", "write the date into it");
    }
    const { format } = this.#times;
    const advice =
      format.kind === "relative"
        ? `write ${UNIT_WORDS[format.unit]} from the start, such as ${format.unit === "s" ? "0.015" : "15"}`
        : `write it like ${quoteFound(this.#timeExample)}, ${this.#calendarAdvice()}as the file's other times are`;
    return this.#badCell("BAD_TIME", time, line, `${quoteFound(text)} is not a time`, advice);
  }

  #calendarAdvice(): string {
    const { format } = this.#times;
    if (format.kind !== "calendar" || format.order === "ymd") return "";
    const [now, other] = format.order === "dmy" ? ["day", "mdy"] : ["month", "dmy"];
    return `the ${now} first (--date-order ${other} reads it the other way), `;
  }

  #badCell(code: InputErrorCode, index: number, line: number, problem: string, advice: string): InputError {
    return new InputError(code, this.place(line, index + 1), problem, advice);
  }

  #badEndPoint(row: Row, columns: EndPointColumns, { part }: EndPointFault, line: number): InputError {
    const index = columns[part] ?? columnOf(columns);
    const found = quoteFound(row.text(index));
    if (part === "address") {
      const advice = "write one such as 10.0.0.1 or 2001:db8::1, or leave the cell empty";
      return this.#badCell("BAD_ADDRESS", index, line, `${found} is not an IP address`, advice);
    }
    if (part === "port") {
      const advice = "write a whole number from 1 to 65535, or leave the cell empty";
      return this.#badCell("BAD_PORT", index, line, `${found} is not a port`, advice);
    }
    const what = columns.name !== undefined ? "the application's name" : "who it is";
    return this.#badCell("NO_NAME", index, line, "the cell is empty", `write ${what} into it`);
  }

  /** Empty cells beyond the header can be left out; anything else would be a guess. */
  #checkCount(row: Row, expected: number, line: number): void {
    if (row.count > expected && isEmpty(row, expected)) {
      this.#warnings.note("TRAILING_CELLS", line);
      return;
    }
    const [column, advice] =
      row.count < expected
        ? [row.count + 1, "add what is missing, an empty cell needs its comma too"]
        : [expected + 1, "remove the surplus, or put the cell that holds a comma in quotes"];
    const problem = `the row has ${row.count} ${row.count === 1 ? "cell" : "cells"} and the header has ${expected}`;
    throw new InputError("RAGGED_ROW", this.place(line, column), problem, advice);
  }
}

/** The number of the word that a cell is. */
function numberIn(words: StringInterner, row: Row, index: number): number {
  // The end first: where quotes have to be taken out, it moves.
  const end = row.endOf(index);
  return words.numberOf(row.source, row.startOf(index), end);
}

function transportTold(carrier: string): Transport | undefined {
  const word = leadingWord(carrier);
  return word === "TCP" ? "tcp" : word === "UDP" ? "udp" : undefined;
}

/** Whether there is no such column, or nothing at all in its cell. */
function isVoid(row: Row, index: number | undefined): boolean {
  return index === undefined || row.startOf(index) === row.endOf(index);
}

/** Looks at the first byte alone where that is enough. */
function isBlank(row: Row, index: number): boolean {
  if (index >= row.count) return true;
  const start = row.startOf(index);
  if (start === row.endOf(index)) return true;
  const first = row.source[start]!;
  return !(first > 0x20 && first < 0x80) && row.text(index).trim() === "";
}

/** Where to point at for an end point as a whole. */
function columnOf({ name, address, port }: EndPointColumns): number {
  return name ?? address ?? port ?? 0;
}

/** Whether all cells from `first` on are empty. */
export function isEmpty(row: Row, first = 0): boolean {
  for (let i = first; i < row.count; i++) if (!isBlank(row, i)) return false;
  return true;
}

/** Names a place. `column` counts from 1; its name is added where the header has one. */
export function placeIn(file: string, names: readonly string[], line: number, column: number): InputPlace {
  const columnName = names[column - 1];
  return { file, line, column, ...(columnName !== undefined && { columnName }) };
}

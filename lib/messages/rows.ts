/** Rows into messages: the header first, then one message a row, every cell checked. */
import { type Columns, type EndPointColumns, findColumns, STANDARD_HEADER } from "./columns.ts";
import { type EndPointFault, EndPoints, ownCopy } from "./end-points.ts";
import { InputError, type InputErrorCode, type InputPlace, quoteFound } from "./errors.ts";
import type { EndPoint, Message } from "./message.ts";
import { parseSeconds, type TicksPerSecond } from "./timestamps.ts";

/** A row of cells, counted from 0. */
export interface Row {
  readonly count: number;
  text(index: number): string;
  /** The cell's text as UTF-8. */
  bytes(index: number): Uint8Array;
}

export interface RowOptions {
  /** The input's name for errors. */
  readonly file: string;
  readonly ticksPerSecond: TicksPerSecond;
}

/** Protocols are few; a file with more of them than this only loses the sharing. */
const MOST_PROTOCOLS = 1024;

export class MessageRows {
  readonly #file: string;
  readonly #ticksPerSecond: TicksPerSecond;
  readonly #endPoints = new EndPoints();
  readonly #protocols = new Map<string, string>();
  #columns: Columns | undefined;
  #headerLine = 0;
  #lastTime = 0;
  #lastLine = 0;

  constructor({ file, ticksPerSecond }: RowOptions) {
    this.#file = file;
    this.#ticksPerSecond = ticksPerSecond;
  }

  /**
   * The message in a row that starts at `line`. Undefined for blank rows and for the header, which is the first other one.
   *
   * @throws InputError
   */
  read(row: Row, line: number): Message | undefined {
    if (row.count === 1 && row.text(0).trim() === "") return undefined;
    const columns = this.#columns;
    if (columns === undefined) {
      this.#readHeader(row, line);
      return undefined;
    }
    if (row.count !== columns.names.length) throw this.#raggedRow(row.count, columns.names.length, line);
    const source = this.#endPoint(row, columns.source, line);
    const destination = this.#endPoint(row, columns.destination, line);
    if (source === destination) throw this.#sameEndPoint(source, columns.destination.name, line);
    return {
      line,
      id: columns.id === undefined ? "" : row.text(columns.id),
      protocol: this.#protocol(row.text(columns.protocol)),
      source,
      destination,
      payload: row.bytes(columns.message),
      time: this.#time(row.text(columns.time), columns.time, line),
    };
  }

  /**
   * To be called after the last row.
   *
   * @throws InputError when there was no header, or nothing after it.
   */
  finish(): void {
    if (this.#columns === undefined) {
      throw new InputError(
        "EMPTY_INPUT",
        { file: this.#file },
        "the file is empty",
        `it needs a first line such as ${STANDARD_HEADER}, and a row for each message`,
      );
    }
    if (this.#lastLine === 0) {
      throw new InputError(
        "NO_ROWS",
        { file: this.#file, line: this.#headerLine },
        "there is no row after the header",
        "add a row for each message",
      );
    }
  }

  /** Names a place. `column` counts from 1; its name is added where the header has one. */
  place(line: number, column: number): InputPlace {
    const columnName = this.#columns?.names[column - 1];
    return { file: this.#file, line, column, ...(columnName !== undefined && { columnName }) };
  }

  #readHeader(row: Row, line: number): void {
    const names: string[] = [];
    for (let i = 0; i < row.count; i++) names.push(ownCopy(row.text(i)));
    this.#columns = findColumns(names, { file: this.#file, line });
    this.#headerLine = line;
  }

  #endPoint(row: Row, columns: EndPointColumns, line: number): EndPoint {
    const name = row.text(columns.name);
    const address = columns.address === undefined ? "" : row.text(columns.address);
    const port = columns.port === undefined ? "" : row.text(columns.port);
    const found = this.#endPoints.find(name, address, port);
    if ("part" in found) throw this.#badEndPoint(row, columns, found, line);
    return found;
  }

  #protocol(text: string): string {
    const known = this.#protocols.get(text);
    if (known !== undefined) return known;
    const protocol = ownCopy(text.trim());
    if (this.#protocols.size >= MOST_PROTOCOLS) this.#protocols.clear();
    this.#protocols.set(ownCopy(text), protocol);
    return protocol;
  }

  #time(text: string, index: number, line: number): number {
    const time = parseSeconds(text, this.#ticksPerSecond);
    if (time === undefined) {
      const advice = "write seconds from the start, such as 0.015";
      throw this.#badCell("BAD_TIME", index, line, `${quoteFound(text)} is not a time`, advice);
    }
    if (time < this.#lastTime) {
      const problem = `${quoteFound(text)} is earlier than the time on line ${this.#lastLine}`;
      throw this.#badCell("TIME_RUNS_BACK", index, line, problem, "sort the rows by time");
    }
    this.#lastTime = time;
    this.#lastLine = line;
    return time;
  }

  #badCell(code: InputErrorCode, index: number, line: number, problem: string, advice: string): InputError {
    return new InputError(code, this.place(line, index + 1), problem, advice);
  }

  #badEndPoint(row: Row, columns: EndPointColumns, { part }: EndPointFault, line: number): InputError {
    const index = columns[part] ?? columns.name;
    const found = quoteFound(row.text(index));
    if (part === "address") {
      const advice = "write four numbers from 0 to 255, such as 10.0.0.1, or leave the cell empty";
      return this.#badCell("BAD_ADDRESS", index, line, `${found} is not an IPv4 address`, advice);
    }
    if (part === "port") {
      const advice = "write a whole number from 1 to 65535, or leave the cell empty";
      return this.#badCell("BAD_PORT", index, line, `${found} is not a port`, advice);
    }
    return this.#badCell("NO_NAME", index, line, "the cell is empty", "write the application's name into it");
  }

  #sameEndPoint({ name }: EndPoint, index: number, line: number): InputError {
    const problem = `${quoteFound(name)} is the source and the destination`;
    return this.#badCell("SAME_END_POINT", index, line, problem, "give the two different names, addresses or ports");
  }

  #raggedRow(count: number, expected: number, line: number): InputError {
    const [column, advice] =
      count < expected
        ? [count + 1, "add what is missing, an empty cell needs its comma too"]
        : [expected + 1, "remove the surplus, or put the cell that holds a comma in quotes"];
    const problem = `the row has ${count} ${count === 1 ? "cell" : "cells"} and the header has ${expected}`;
    return new InputError("RAGGED_ROW", this.place(line, column), problem, advice);
  }
}

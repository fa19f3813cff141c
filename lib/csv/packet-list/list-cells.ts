/** Cells of a packet list: flags, numbers and ports, each checked, and refused with its place where it cannot be. */
import type { Columns } from "../columns.ts";
import { type InputError, type InputErrorCode, quoteFound, settingAside } from "../input-errors.ts";
import { isNameOfTshark, parseSequenceNumber, parseWhole } from "../number-columns.ts";
import type { Row } from "../row.ts";
import { parseTcpFlags } from "../tcp-flags.ts";
import type { ListColumns } from "./list-columns.ts";
import { PortNames } from "./port-names.ts";

export type BadCell = (
  code: InputErrorCode,
  index: number,
  line: number,
  problem: string,
  advice: string,
) => InputError;

/** Bytes of a frame, or of what it carries: adapters that cut segments hand on more than goes into one packet. */
export const LARGEST_LENGTH = 262_144;
export const LARGEST_NUMBER = 0xffff_ffff;
const NOTHING = /^[\s\-–]*$/;

export class ListCells {
  readonly #columns: Columns;
  readonly #list: ListColumns;
  readonly #badCell: BadCell;
  readonly #ports = new PortNames();

  constructor(columns: Columns, list: ListColumns, badCell: BadCell) {
    this.#columns = columns;
    this.#list = list;
    this.#badCell = badCell;
  }

  /** @returns undefined for what can be neither a port nor the name of one */
  portNamed(name: string): number | undefined {
    return this.#ports.portOf(name);
  }

  payloadLength(row: Row, line: number, inInfo: number | undefined): number | undefined {
    const length = inInfo ?? this.number(row, line, this.#list.segmentLength, LARGEST_NUMBER);
    if (length === undefined || length <= LARGEST_LENGTH) return length;
    const index = inInfo === undefined ? this.#list.segmentLength! : this.#columns.message!;
    const problem = `a segment cannot carry ${length} bytes`;
    throw this.#badCell(
      "BAD_LENGTH",
      index,
      line,
      problem,
      `write a whole number of bytes from 0 to ${LARGEST_LENGTH}`,
    );
  }

  sequenceNumber(row: Row, line: number, index: number | undefined): number | undefined {
    if (index === undefined) return undefined;
    const name = this.#columns.names[index]!;
    const value = parseSequenceNumber(row.text(index), isNameOfTshark(name));
    if (value !== undefined) return value ?? undefined;
    const kind = this.#isAcknowledgment(index) ? "an acknowledgment" : "a sequence";
    const problem = `${quoteFound(row.text(index).trim())} is not ${kind} number`;
    const advice = `write a whole number from 0 to ${LARGEST_NUMBER}, leave the cell empty, or ${settingAside(name, index)}`;
    throw this.#badCell("BAD_SEQUENCE", index, line, problem, advice);
  }

  /** For a row of UDP. A zero tells nothing: programs write it where there is no number. */
  refuseNumbers(row: Row, line: number): void {
    for (const index of Object.values(this.#list.numbers)) {
      const number = this.sequenceNumber(row, line, index);
      if (number === undefined || number === 0) continue;
      const problem = `a datagram of UDP has no ${this.#isAcknowledgment(index) ? "acknowledgment" : "sequence"} number`;
      const advice = "leave the cell empty, or write TCP where the row says UDP";
      throw this.#badCell("BAD_SEQUENCE", index, line, problem, advice);
    }
  }

  #isAcknowledgment(index: number): boolean {
    const { acknowledgment, "acknowledgment-raw": raw } = this.#list.numbers;
    return index === acknowledgment || index === raw;
  }

  hasFlags(row: Row): boolean {
    const { flags } = this.#columns;
    return flags !== undefined && !NOTHING.test(row.text(flags));
  }

  /** Whether there is any but a zero, or what is meant to be one. */
  hasNumbers(row: Row): boolean {
    return Object.values(this.#list.numbers).some((index) => {
      const number = parseSequenceNumber(row.text(index), false);
      return number !== null && number !== 0;
    });
  }

  port(row: Row, line: number, index: number): number {
    const text = row.text(index).trim().split(",")[0]!;
    const port = this.#ports.portOf(text);
    if (port !== undefined) return port;
    const advice = "write a whole number from 1 to 65535, or leave the cell empty";
    throw this.#badCell("BAD_PORT", index, line, `${quoteFound(text)} is not a port`, advice);
  }

  flags(row: Row, line: number): number | undefined {
    const index = this.#columns.flags;
    const text = index === undefined ? "" : row.text(index);
    if (index === undefined || NOTHING.test(text)) return undefined;
    const flags = parseTcpFlags(text.split(/,(?=0x)/)[0]!);
    if (flags !== undefined) return flags;
    const advice = "write names such as SYN,ACK or letters such as SA, or leave the cell empty";
    throw this.#badCell("BAD_FLAGS", index, line, `${quoteFound(text)} is no set of TCP flags`, advice);
  }

  number(row: Row, line: number, index: number | undefined, largest: number): number | undefined {
    const text = index === undefined ? "" : row.text(index).trim();
    if (index === undefined || NOTHING.test(text)) return undefined;
    const value = parseWhole(text, isNameOfTshark(this.#columns.names[index]!));
    if (value !== undefined && value <= largest) return value;
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

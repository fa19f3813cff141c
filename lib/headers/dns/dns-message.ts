/** What a DNS message has behind its header, as lists of questions and records (RFC 1035, sections 4.1.2 and 4.1.3). */
import { PacketError } from "../../core/errors.ts";
import type { JointTail } from "../header-table.ts";
import { DNS_SECTIONS, type DnsClass, type DnsQuestion, type DnsRecord, type DnsTypeName } from "./dns-entries.ts";
import { readWrittenName } from "./dns-names.ts";
import { dataLayout, readData, writeData } from "./dns-record-data.ts";
import { CLASSES, hasKnownData, RECORD_TYPES } from "./dns-records.ts";
import { DnsWriter } from "./dns-writer.ts";

type Values = Readonly<Record<string, unknown>>;
type Entry = DnsQuestion | DnsRecord;

const NUMBERS_OF_TYPES = numbersOf(RECORD_TYPES);
const NUMBERS_OF_CLASSES = numbersOf(CLASSES);
/** The highest bit of a class, which means something else in multicast DNS. */
const CLASS_FLAG = 0x8000;
const DNSSEC_OK = 0x8000;
/** What resolvers agreed upon in 2020, so that answers need no fragments. */
const UDP_PAYLOAD_SIZE = 1232;
const NOTHING = new Uint8Array(0);
/** Type, class, time to live and length of the data. */
const RECORD_LENGTH = 10;
/** Type and class. */
const QUESTION_LENGTH = 4;

const QUESTION_FIELDS = ["name", "type", "class", "unicastResponse"];
const RECORD_FIELDS = ["name", "type", "class", "cacheFlush", "timeToLive", "dataLength", "data"];
const OPTION_FIELDS = [
  "name",
  "type",
  "udpPayloadSize",
  "extendedResponseCode",
  "version",
  "dnssecOk",
  "reserved",
  "options",
  "dataLength",
  "data",
];

function numbersOf(names: Readonly<Record<number, string>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(names).map(([number, name]) => [name, Number(number)]));
}

/** Writes and reads the entries of messages of one dialect. */
export class DnsEntries {
  readonly #layer: string;
  readonly #isMulticast: boolean;

  constructor(layer: string, isMulticast: boolean) {
    this.#layer = layer;
    this.#isMulticast = isMulticast;
  }

  /** The tail of a header with these fields, and the option `compress`. */
  // biome-ignore lint/suspicious/noExplicitAny: the table that it is the tail of has more fields
  get tail(): JointTail<any> {
    return {
      byteLength: (header, tailAt) => this.#write(header, tailAt).length,
      encode: (header, bytes, at, tailAt) => bytes.set(this.#write(header, tailAt), at),
      decode: (header, bytes, at, end, tailAt) => this.#read(header, bytes, at, end, tailAt),
    };
  }

  #write(header: Values, tailAt: number): Uint8Array {
    const writer = new DnsWriter(this.#layer, tailAt, header.compress !== false);
    for (const [section, name] of DNS_SECTIONS.entries()) {
      writer.entry = "";
      const entries = writer.list((header[name] ?? []) as readonly Entry[], name);
      for (const [index, entry] of entries.entries()) {
        writer.entry = `${name}[${index}]`;
        this.#writeEntry(writer, entry, section === 0);
      }
    }
    writer.entry = "";
    writer.data((header.rest ?? NOTHING) as Uint8Array, "rest");
    return writer.written;
  }

  #writeEntry(writer: DnsWriter, entry: Entry, isQuestion: boolean): void {
    const values = entry as unknown as Values;
    const { name, type = isQuestion ? "A" : undefined } = entry;
    if (type === undefined) writer.refuse("type", "is missing");
    const typeNumber = numberOf(writer, "type", type, NUMBERS_OF_TYPES);
    const isOptions = !isQuestion && RECORD_TYPES[typeNumber] === "OPT";
    const layout = isQuestion ? undefined : dataLayout(RECORD_TYPES[typeNumber] ?? "", this.#isMulticast);
    const own = isQuestion ? QUESTION_FIELDS : isOptions ? OPTION_FIELDS : RECORD_FIELDS;
    refuseUnknown(writer, values, own, Object.keys(layout ?? {}));
    if (name === undefined && !isOptions) writer.refuse("name", "is missing");
    writer.name(name ?? ".", true, "name");
    writer.number(2, typeNumber, "type");
    if (isQuestion) return writeClass(writer, values, values.unicastResponse);
    if (isOptions) writeOptions(writer, values);
    else {
      writeClass(writer, values, values.cacheFlush);
      writer.number(4, (values.timeToLive ?? 0) as number, "timeToLive");
    }
    writer.withLength(values.dataLength as number | undefined, "dataLength", () => {
      if (values.data !== undefined || layout === undefined)
        writer.data((values.data ?? NOTHING) as Uint8Array, "data");
      else writeData(writer, layout, values);
    });
  }

  /**
   * As far as entries can be read that are written again as the same bytes: data of a record which are not, are bytes. Where
   * that cannot be either, all behind is the rest.
   */
  #read(header: Values, bytes: Uint8Array, at: number, end: number, tailAt: number): Values {
    const compressed = this.#readEntries(header, bytes, at, end, tailAt, true);
    if (compressed.doubts === 0) return compressed.values;
    const plain = this.#readEntries(header, bytes, at, end, tailAt, false);
    return plain.doubts < compressed.doubts ? plain.values : compressed.values;
  }

  #readEntries(header: Values, bytes: Uint8Array, start: number, end: number, tailAt: number, compress: boolean) {
    const writer = new DnsWriter(this.#layer, tailAt, compress);
    const lists: Entry[][] = [[], [], [], []];
    let at = start;
    let doubts = 0;
    let isWhole = true;
    for (const [section, count] of COUNTS.entries()) {
      for (let index = 0; isWhole && index < (header[count] as number); index++) {
        const read = this.#readEntry(writer, bytes, start - tailAt, at, end, section === 0);
        isWhole = read !== undefined;
        if (read === undefined) break;
        lists[section]!.push(read.entry);
        if (read.isData) doubts++;
        at = read.end;
      }
    }
    if (!isWhole) doubts += (end - at) * DOUBT_OF_REST;
    const [questions, answers, authorities, additionals] = lists;
    const values = { compress, questions, answers, authorities, additionals, rest: bytes.subarray(at, end) };
    return { values, doubts };
  }

  /** @returns undefined for what would not be written as the same bytes */
  #readEntry(
    writer: DnsWriter,
    bytes: Uint8Array,
    messageStart: number,
    at: number,
    end: number,
    isQuestion: boolean,
  ): ReadEntry | undefined {
    const name = readWrittenName(bytes, messageStart, at, end);
    if (name === undefined) return undefined;
    const fixed = at + name.length;
    if (isQuestion) {
      if (fixed + QUESTION_LENGTH > end) return undefined;
      const entry = this.#question(bytes, name.text, fixed);
      return this.#confirmed(writer, { entry, end: fixed + QUESTION_LENGTH, isData: false }, bytes, at, true);
    }
    const dataAt = fixed + RECORD_LENGTH;
    const next = dataAt + (dataAt > end ? 0 : numberAt(bytes, dataAt - 2, 2));
    if (next > end) return undefined;
    const head = this.#recordHead(bytes, name.text, fixed);
    const layout = this.#layoutAt(bytes, fixed);
    const data = layout && readData(layout, bytes, messageStart, dataAt, next);
    const known = { entry: { ...head, ...data } as DnsRecord, end: next, isData: false };
    const other = { entry: { ...head, data: bytes.subarray(dataAt, next) }, end: next, isData: layout !== undefined };
    const confirmed = data && this.#confirmed(writer, known, bytes, at, false);
    return confirmed ?? this.#confirmed(writer, other, bytes, at, false);
  }

  /** Writes it, if that makes the bytes that it was read from. */
  #confirmed(writer: DnsWriter, read: ReadEntry, bytes: Uint8Array, at: number, isQuestion: boolean) {
    const mark = writer.mark();
    try {
      this.#writeEntry(writer, read.entry, isQuestion);
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      writer.goBack(mark);
      return undefined;
    }
    const written = writer.written.subarray(mark.at);
    if (written.length === read.end - at && written.every((byte, index) => byte === bytes[at + index])) return read;
    writer.goBack(mark);
    return undefined;
  }

  #question(bytes: Uint8Array, name: string, at: number): DnsQuestion {
    const { class: given, flag } = this.#classAt(bytes, at + 2);
    return { name, type: typeAt(bytes, at), class: given, ...(this.#isMulticast && { unicastResponse: flag }) };
  }

  #recordHead(bytes: Uint8Array, name: string, at: number) {
    const type = typeAt(bytes, at);
    if (type === "OPT") {
      const flags = numberAt(bytes, at + 6, 2);
      return {
        name,
        type,
        udpPayloadSize: numberAt(bytes, at + 2, 2),
        extendedResponseCode: bytes[at + 4]!,
        version: bytes[at + 5]!,
        dnssecOk: flags >= DNSSEC_OK,
        reserved: flags & ~DNSSEC_OK,
      };
    }
    const { class: given, flag } = this.#classAt(bytes, at + 2);
    const timeToLive = numberAt(bytes, at + 4, 4);
    return { name, type, class: given, ...(this.#isMulticast && { cacheFlush: flag }), timeToLive };
  }

  #classAt(bytes: Uint8Array, at: number): { readonly class: DnsClass; readonly flag: boolean } {
    const whole = numberAt(bytes, at, 2);
    const number = this.#isMulticast ? whole & ~CLASS_FLAG : whole;
    return { class: (CLASSES[number] as DnsClass | undefined) ?? number, flag: whole >= CLASS_FLAG };
  }

  /** The fields of the data, where type and class say that there are any. @param at of the type */
  #layoutAt(bytes: Uint8Array, at: number) {
    const type = numberAt(bytes, at, 2);
    const classNumber = numberAt(bytes, at + 2, 2) & (this.#isMulticast ? ~CLASS_FLAG : -1);
    if (RECORD_TYPES[type] !== "OPT" && !hasKnownData(type, classNumber)) return undefined;
    return dataLayout(RECORD_TYPES[type] ?? "", this.#isMulticast);
  }
}

/** Bytes of which nothing is known are worse than data of a record. */
const DOUBT_OF_REST = 1024;
const COUNTS = ["questionCount", "answerCount", "authorityCount", "additionalCount"] as const;

interface ReadEntry {
  readonly entry: Entry;
  readonly end: number;
  /** Whether the data of the record are bytes, although its type has fields. */
  readonly isData: boolean;
}

function numberAt(bytes: Uint8Array, at: number, length: 2 | 4): number {
  const low = ((bytes[at + length - 2]! << 8) | bytes[at + length - 1]!) >>> 0;
  return length === 2 ? low : ((bytes[at]! << 8) | bytes[at + 1]!) * 0x1_0000 + low;
}

function typeAt(bytes: Uint8Array, at: number): DnsTypeName | number {
  const number = numberAt(bytes, at, 2);
  return (RECORD_TYPES[number] as DnsTypeName | undefined) ?? number;
}

function writeClass(writer: DnsWriter, values: Values, flag: unknown): void {
  const number = numberOf(writer, "class", (values.class ?? "IN") as DnsClass, NUMBERS_OF_CLASSES);
  writer.number(2, flag === true ? number | CLASS_FLAG : number, "class");
}

/** What OPT has in place of class and time (RFC 6891, section 6.1.2). */
function writeOptions(writer: DnsWriter, values: Values): void {
  const given = (field: string, usual: number) => (values[field] ?? usual) as number;
  writer.number(2, given("udpPayloadSize", UDP_PAYLOAD_SIZE), "udpPayloadSize");
  writer.number(1, given("extendedResponseCode", 0), "extendedResponseCode");
  writer.number(1, given("version", 0), "version");
  const reserved = given("reserved", 0);
  if (reserved >= DNSSEC_OK) writer.refuse("reserved", `is ${reserved}, and can be a whole number from 0 to 32767`);
  writer.number(2, values.dnssecOk === true ? reserved + DNSSEC_OK : reserved, "reserved");
}

/** @throws PacketError BAD_FIELD for a name that nobody has registered */
function numberOf(
  writer: DnsWriter,
  field: string,
  value: string | number,
  numbers: ReadonlyMap<string, number>,
): number {
  if (typeof value === "number") return value;
  const number = numbers.get(value);
  if (number === undefined) {
    writer.refuse(field, `is ${JSON.stringify(value)}, and can be a number, or of ${[...numbers.keys()].join(", ")}`);
  }
  return number;
}

/** @throws PacketError BAD_FIELD for a field that entries of this kind do not have */
function refuseUnknown(writer: DnsWriter, entry: Values, own: readonly string[], data: readonly string[]): void {
  for (const field in entry) {
    if (own.includes(field) || data.includes(field)) continue;
    writer.refuse(field, `is given, and there is no such field; there are ${[...own, ...data].join(", ")}`);
  }
}

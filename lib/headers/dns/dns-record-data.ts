/** The data of resource records, written and read by the table of their types. */
import { viewOf } from "../../core/bytes.ts";
import { getIpv6, setIpv6, tryParseIpv4, tryParseIpv6 } from "../address.ts";
import type { DnsRecordData } from "./dns-entries.ts";
import { readWrittenName, textOfBytes } from "./dns-names.ts";
import type { DnsWriter } from "./dns-writer.ts";

type Values = Readonly<Record<string, unknown>>;

/** Reads the data of one record; what is not there, or is wrong, makes all of it unreadable. */
class DataReader {
  readonly bytes: Uint8Array;
  readonly messageStart: number;
  at: number;
  end: number;
  isWrong = false;

  constructor(bytes: Uint8Array, messageStart: number, at: number, end: number) {
    this.bytes = bytes;
    this.messageStart = messageStart;
    this.at = at;
    this.end = end;
  }

  /** The next bytes; none where there are not as many. */
  take(length: number): Uint8Array {
    this.isWrong ||= this.at + length > this.end;
    if (this.isWrong) return this.bytes.subarray(0, 0);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  number(length: number): number {
    let value = 0;
    for (const byte of this.take(length)) value = value * 256 + byte;
    return value;
  }

  name(): string {
    const name = readWrittenName(this.bytes, this.messageStart, this.at, this.end);
    this.isWrong ||= name === undefined;
    this.at += name?.length ?? 0;
    return name?.text ?? "";
  }

  /** A length, and so many bytes. */
  counted(width: 1 | 2): Uint8Array {
    return this.take(this.number(width));
  }
}

/** How one part of the data is written and read. */
interface Part {
  readonly write: (writer: DnsWriter, value: never, field: string) => void;
  readonly read: (reader: DataReader) => unknown;
  /** What is written where it is left out; undefined for what has to be given. */
  readonly usual?: unknown;
}

function part<Value>(
  write: (writer: DnsWriter, value: Value, field: string) => void,
  read: (reader: DataReader) => Value,
  usual?: Value,
): Part {
  return { write, read, ...(usual !== undefined && { usual }) };
}

const number = (length: 1 | 2 | 4): Part =>
  part<number>(
    (writer, value, field) => writer.number(length, value, field),
    (reader) => reader.number(length),
    0,
  );

type Name = string | Uint8Array;

const nameOf = (mayShrink: boolean): Part =>
  part<Name>(
    (writer, value, field) => writer.name(value, mayShrink, field),
    (reader) => reader.name(),
  );

const [u8, u16, u32] = [number(1), number(2), number(4)];
/** Names of the types of RFC 1035 may be pointers, those of later ones not (RFC 3597, section 4). */
const wellKnownName = nameOf(true);
const name = nameOf(false);

const asText = (bytes: Uint8Array): Name => textOfBytes(bytes) ?? bytes;

const ipv4: Part = part<number | string>(
  (writer, value, field) => {
    const address = typeof value === "string" ? tryParseIpv4(value) : value;
    if (address === undefined)
      return writer.refuse(field, `is ${JSON.stringify(value)}, and can be an address such as 10.0.0.1`);
    writer.number(4, address, field);
  },
  (reader) => reader.number(4),
);

const ipv6: Part = part<bigint | string>(
  (writer, value, field) => {
    const address = typeof value === "string" ? tryParseIpv6(value) : value;
    if (typeof address !== "bigint" || address < 0n || address >> 128n !== 0n) {
      writer.refuse(field, `is ${String(value)}, and can be an address such as 2001:db8::1`);
    }
    const bytes = new Uint8Array(16);
    setIpv6(viewOf(bytes), 0, address, field, "DNS message");
    writer.data(bytes, field);
  },
  (reader) => {
    const bytes = reader.take(16);
    return bytes.length === 16 ? getIpv6(viewOf(bytes), 0) : 0n;
  },
);

const text: Part = part<Name>(
  (writer, value, field) => writer.counted(1, value, field),
  (reader) => asText(reader.counted(1)),
);

const texts: Part = part<readonly Name[]>(
  (writer, values, field) => {
    for (const [index, value] of writer.list(values, field).entries()) writer.counted(1, value, `${field}[${index}]`);
  },
  (reader) => readAll(reader, () => asText(reader.counted(1))),
);

const rest: Part = part<Name>(
  (writer, value, field) => writer.data(value, field),
  (reader) => asText(reader.take(reader.end - reader.at)),
  "",
);

/** Numbers of two bytes, each with a length of two bytes and so many bytes. */
const pairs = (key: string, data: string): Part =>
  part<readonly Values[]>(
    (writer, values, field) => {
      for (const [index, value] of writer.list(values, field).entries()) {
        writer.number(2, value[key] as number, `${field}[${index}].${key}`);
        writer.counted(2, value[data] as Name, `${field}[${index}].${data}`);
      }
    },
    (reader) => readAll(reader, () => ({ [key]: reader.number(2), [data]: reader.counted(2) })),
    [],
  );

function readAll<Value>(reader: DataReader, readOne: () => Value): Value[] {
  const values: Value[] = [];
  while (reader.at < reader.end && !reader.isWrong) values.push(readOne());
  return values;
}

type Layout = Readonly<Record<string, Part>>;

const SERVICE_BINDING = { priority: u16, target: name, parameters: pairs("key", "value") };

const LAYOUTS: { readonly [Type in keyof DnsRecordData]: { readonly [Name in keyof DnsRecordData[Type]]-?: Part } } = {
  A: { address: ipv4 },
  AAAA: { address: ipv6 },
  NS: { target: wellKnownName },
  CNAME: { target: wellKnownName },
  PTR: { target: wellKnownName },
  DNAME: { target: name },
  MX: { preference: u16, exchange: wellKnownName },
  TXT: { texts },
  SRV: { priority: u16, weight: u16, port: u16, target: name },
  SOA: {
    mname: wellKnownName,
    rname: wellKnownName,
    serial: u32,
    refresh: u32,
    retry: u32,
    expire: u32,
    minimum: u32,
  },
  CAA: { flags: u8, tag: text, value: rest },
  SVCB: SERVICE_BINDING,
  HTTPS: SERVICE_BINDING,
};

const OPTIONS: Layout = { options: pairs("code", "data") };
/** In multicast DNS, targets of services may be pointers, too (RFC 6762, section 18.14). */
const MULTICAST_SERVICE: Layout = { ...LAYOUTS.SRV, target: wellKnownName };

/** The fields of the data of a type; undefined for a type whose data are bytes here. */
export function dataLayout(type: string, isMulticast: boolean): Layout | undefined {
  if (type === "OPT") return OPTIONS;
  if (type === "SRV" && isMulticast) return MULTICAST_SERVICE;
  return Object.hasOwn(LAYOUTS, type) ? (LAYOUTS[type as keyof typeof LAYOUTS] as Layout) : undefined;
}

/** @throws PacketError BAD_FIELD for a field that is missing, or does not fit */
export function writeData(writer: DnsWriter, layout: Layout, values: Values): void {
  for (const field in layout) {
    const { write, usual } = layout[field]!;
    const value = values[field] ?? usual;
    if (value === undefined) writer.refuse(field, "is missing");
    write(writer, value as never, field);
  }
}

/** @returns undefined for data that are not as the type has them */
export function readData(
  layout: Layout,
  bytes: Uint8Array,
  messageStart: number,
  at: number,
  end: number,
): Values | undefined {
  const reader = new DataReader(bytes, messageStart, at, end);
  const values: Record<string, unknown> = {};
  for (const field in layout) values[field] = layout[field]!.read(reader);
  return reader.isWrong || reader.at !== end ? undefined : values;
}

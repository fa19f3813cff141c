/** Resource records of DNS (RFC 1035, sections 3.2.1 and 3.3; RFC 3596, RFC 2782; RFC 6891 for OPT). */

import { hex, inBytes, latin1, named } from "../assigned-numbers.ts";
import type { FieldReader } from "../field-reader.ts";
import { MALFORMED } from "../layer.ts";
import { type DomainName, readName } from "./dns-names.ts";

const SRV = 33;
const OPT = 41;

/** Reads the data of a record; names in it can point into the message. */
type ReadData = (reader: FieldReader, messageStart: number) => void;

const nameData =
  (name: string, label: string): ReadData =>
  (reader, messageStart) =>
    nameField(reader, messageStart, name, label);

const READERS: Readonly<Record<number, ReadData>> = {
  1: (reader) => void reader.ipv4("dns.a", "Address"),
  2: nameData("dns.ns", "Name Server"),
  5: nameData("dns.cname", "CNAME"),
  6: readStartOfAuthority,
  12: nameData("dns.ptr.domain_name", "Domain Name"),
  15: (reader, messageStart) => {
    reader.number("dns.mx.preference", "Preference", 2);
    nameField(reader, messageStart, "dns.mx.mail_exchange", "Mail Exchange");
  },
  16: readTexts,
  28: (reader) => void reader.ipv6("dns.aaaa", "AAAA Address"),
  [SRV]: (reader, messageStart) => {
    reader.number("dns.srv.priority", "Priority", 2);
    reader.number("dns.srv.weight", "Weight", 2);
    reader.number("dns.srv.port", "Port", 2);
    nameField(reader, messageStart, "dns.srv.target", "Target");
  },
  39: nameData("dns.dname", "Dname"),
};

/** @returns whether it could be read to its end */
export function readRecord(reader: FieldReader, messageStart: number, isMulticast: boolean): boolean {
  const inner = reader.inside(reader.remaining);
  const name = readName(reader.memory.bytes, messageStart, reader.at, reader.end);
  if (!serviceFields(inner, name)) inner.string("dns.resp.name", "Name", name.length, name.text);
  let type = 0;
  if (name.problem === undefined) {
    type = inner.number("dns.resp.type", "Type", 2, { text: (value) => named(RECORD_TYPES, value) });
    if (type === OPT) optionFields(inner);
    else classAndTime(inner, isMulticast);
    const classNumber = reader.peek(name.length + 2, 2) & 0x7fff;
    const length = inner.number("dns.resp.len", "Data length", 2, { text: inBytes });
    dataFields(inner, type, classNumber, length, messageStart);
  } else {
    inner.malformed(name.problem);
  }
  const isWhole = name.problem === undefined && !inner.isShort;
  const text = `${name.text}: type ${RECORD_TYPES[type] ?? type}`;
  reader.heading("Resource record", inner.at - inner.start, text, inner.finish());
  return isWhole;
}

/** The name of a service says more than a name (RFC 2782). @returns false if it is none */
function serviceFields(reader: FieldReader, name: DomainName): boolean {
  const [service = "", protocol = "", ...rest] = name.text.split(".");
  const isService = reader.peek(name.length, 2) === SRV && service.startsWith("_") && protocol.startsWith("_");
  if (!isService || name.problem !== undefined) return false;
  reader.skip(name.length);
  reader.derived("dns.srv.service", "Service", name.length, name.length, service);
  reader.derived("dns.srv.proto", "Protocol", name.length, name.length, protocol);
  reader.derived("dns.srv.name", "Name", name.length, name.length, rest.join("."));
  return true;
}

function classAndTime(reader: FieldReader, isMulticast: boolean): void {
  const text = (value: number) => `${CLASSES[value] ?? "Unknown"} (${hex(value, 2)})`;
  if (isMulticast) {
    reader.bits("dns.resp.class", "Class", 2, 0x7fff, { text });
    reader.flag("dns.resp.cache_flush", "Cache flush", 2, 0x8000, { text: (is) => (is ? "True" : "False") });
    reader.skip(2);
  } else {
    reader.number("dns.resp.class", "Class", 2, { text });
  }
  reader.number("dns.resp.ttl", "Time to live", 4, {
    text: (value) => `${value} (${value} seconds)`,
    meaning: "so long may the answer be kept and given again",
  });
}

/** OPT is no record: its class and time mean something else (RFC 6891, section 6.1.2). */
function optionFields(reader: FieldReader): void {
  reader.number("dns.rr.udp_payload_size", "UDP payload size", 2);
  reader.number("dns.resp.ext_rcode", "Higher bits in extended RCODE", 1, { text: (value) => hex(value, 1) });
  reader.number("dns.resp.edns0_version", "EDNS0 version", 1);
  const parts = reader.inside(2);
  parts.flag("dns.resp.z.do", "DO bit", 2, 0x8000);
  parts.bits("dns.resp.z.reserved", "Reserved", 2, 0x7fff, { text: (value) => hex(value, 2) });
  reader.number("dns.resp.z", "Z", 2, { text: (value) => hex(value, 2), children: parts.isShort ? [] : parts.fields });
}

function dataFields(
  reader: FieldReader,
  type: number,
  classNumber: number,
  length: number,
  messageStart: number,
): void {
  if (length === 0 || reader.isShort) return;
  if (length > reader.remaining) {
    reader.malformed(`the data has ${inBytes(length)}, of which ${reader.remaining} are left`);
    return;
  }
  const data = reader.inside(length);
  const read = READERS[type];
  const problem = findRecordDataProblem(reader.memory.bytes, messageStart, data.start, data.end, type, classNumber);
  if (read !== undefined && hasKnownData(type, classNumber)) read(data, messageStart);
  else if (type !== OPT) data.raw("dns.data", "Data", length);
  const isToldOf = data.fields.some(({ name }) => name === MALFORMED);
  if (problem !== undefined && !isToldOf) data.malformed(problem);
  for (const field of data.finish()) reader.fields.push(field);
  // What is short shows where; that nothing but a fault makes it so is said beside it.
  if (problem !== undefined && data.isShort) reader.generated(MALFORMED, "Malformed", undefined, { text: problem });
  reader.skip(length);
}

function nameField(reader: FieldReader, messageStart: number, fieldName: string, label: string): void {
  if (reader.isShort) return;
  const name = readName(reader.memory.bytes, messageStart, reader.at, reader.end);
  reader.string(fieldName, label, name.length, name.text);
  if (name.problem !== undefined) reader.malformed(name.problem);
}

function readStartOfAuthority(reader: FieldReader, messageStart: number): void {
  nameField(reader, messageStart, "dns.soa.mname", "Primary name server");
  nameField(reader, messageStart, "dns.soa.rname", "Responsible authority's mailbox");
  reader.number("dns.soa.serial_number", "Serial Number", 4);
  reader.number("dns.soa.refresh_interval", "Refresh Interval", 4);
  reader.number("dns.soa.retry_interval", "Retry Interval", 4);
  reader.number("dns.soa.expire_limit", "Expire limit", 4);
  reader.number("dns.soa.minimum_ttl", "Minimum TTL", 4);
}

function readTexts(reader: FieldReader): void {
  while (reader.remaining > 0) {
    const length = reader.number("dns.txt.length", "TXT Length", 1);
    const bytes = reader.memory.bytes.subarray(reader.at, Math.min(reader.at + length, reader.end));
    reader.string("dns.txt", "TXT", length, latin1(bytes));
  }
}

/** Names of the numbers in DNS messages (IANA's registry of DNS parameters). */
export const RECORD_TYPES: Readonly<Record<number, string>> = {
  1: "A",
  2: "NS",
  5: "CNAME",
  6: "SOA",
  12: "PTR",
  13: "HINFO",
  15: "MX",
  16: "TXT",
  28: "AAAA",
  33: "SRV",
  35: "NAPTR",
  39: "DNAME",
  41: "OPT",
  43: "DS",
  46: "RRSIG",
  47: "NSEC",
  48: "DNSKEY",
  64: "SVCB",
  65: "HTTPS",
  252: "AXFR",
  255: "ANY",
  257: "CAA",
};

export const CLASSES: Readonly<Record<number, string>> = { 1: "IN", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY" };

/** Whether the data of a DNS record is what its type says (RFC 1035, section 3.3, and the RFCs named below). */

/**
 * A part of the data: a number is that many bytes; `name` a domain name; `string` a length of one byte and that many
 * bytes; `strings` one or more of them; `pairs` numbers of two bytes, each with a length of two bytes and that many bytes;
 * `bitmap` windows of a bit map, each with a length of one byte. `rest` is whatever follows.
 */
type Part = number | "name" | "string" | "strings" | "pairs" | "bitmap" | "rest";

const SERVICE_BINDING: readonly Part[] = [2, "name", "pairs"];

const LAYOUTS: Readonly<Record<number, readonly Part[]>> = {
  /** A */
  1: [4],
  /** NS, CNAME, PTR, DNAME (RFC 6672) */
  2: ["name"],
  5: ["name"],
  12: ["name"],
  39: ["name"],
  /** SOA */
  6: ["name", "name", 20],
  /** HINFO */
  13: ["string", "string"],
  /** MX */
  15: [2, "name"],
  /** TXT */
  16: ["strings"],
  /** AAAA (RFC 3596) */
  28: [16],
  /** SRV (RFC 2782) */
  33: [6, "name"],
  /** NAPTR (RFC 3403) */
  35: [4, "string", "string", "string", "name"],
  /** OPT (RFC 6891) */
  41: ["pairs"],
  /** DS, RRSIG, NSEC, DNSKEY (RFC 4034) */
  43: [4, "rest"],
  46: [18, "name", "rest"],
  47: ["name", "bitmap"],
  48: [4, "rest"],
  /** SVCB, HTTPS (RFC 9460) */
  64: SERVICE_BINDING,
  65: SERVICE_BINDING,
  /** CAA (RFC 8659) */
  257: [1, "string", "rest"],
};

/** A, AAAA, SRV, NAPTR, SVCB, HTTPS: in another class than that of the Internet, they hold something else, or nothing. */
const INTERNET_TYPES: ReadonlySet<number> = new Set([1, 28, 33, 35, 64, 65]);
const INTERNET = 1;
/** In updates, a record that is to go (RFC 2136, section 2.5.4). */
const NONE = 254;

/** @param classNumber without the bit that multicast DNS has there */
export function hasKnownData(type: number, classNumber: number): boolean {
  return LAYOUTS[type] !== undefined && (!INTERNET_TYPES.has(type) || classNumber === INTERNET || classNumber === NONE);
}

/**
 * @param at,end of the data in `bytes`
 * @returns what is wrong; undefined also for types and classes that nobody here knows, and for data of no bytes, which
 *   updates have (RFC 2136)
 */
export function findRecordDataProblem(
  bytes: Uint8Array,
  messageStart: number,
  at: number,
  end: number,
  type: number,
  classNumber: number,
): string | undefined {
  const layout = LAYOUTS[type];
  if (layout === undefined || !hasKnownData(type, classNumber) || at >= end) return undefined;
  let next = at;
  for (const part of layout) {
    if (part === "name") {
      const name = readName(bytes, messageStart, next, end);
      if (name.problem !== undefined) return name.problem;
      next += name.length;
    } else next = behind(part, bytes, next, end);
    if (next > end) return "the data of a record is too short for its type";
  }
  return next < end ? "the data of a record is longer than its type has it" : undefined;
}

/** @returns index behind the part; beyond `end` where it is not whole */
function behind(part: Exclude<Part, "name">, bytes: Uint8Array, at: number, end: number): number {
  switch (part) {
    case "rest":
      return end;
    case "string":
      return at + 1 + (bytes[at] ?? 0);
    case "strings":
      return repeated(at, end, (next) => next + 1 + (bytes[next] ?? 0));
    case "pairs":
      return repeated(at, end, (next) => next + 4 + ((bytes[next + 2] ?? 0) << 8) + (bytes[next + 3] ?? 0));
    case "bitmap":
      return repeated(at, end, (next) => next + 2 + (bytes[next + 1] ?? 0));
    default:
      return at + part;
  }
}

function repeated(at: number, end: number, behindOne: (next: number) => number): number {
  let next = at;
  while (next < end) next = behindOne(next);
  return next;
}

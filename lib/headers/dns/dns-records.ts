/** Resource records of DNS (RFC 1035, sections 3.2.1 and 3.3; RFC 3596, RFC 2782; RFC 6891 for OPT). */
import type { FieldReader } from "../field-reader.ts";
import { MALFORMED } from "../layer.ts";
import { hex, inBytes, latin1, named } from "../value-text.ts";
import { type DomainName, readName } from "./dns-names.ts";
import { findRecordDataProblem, hasKnownData } from "./dns-record-data.ts";

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

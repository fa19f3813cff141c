/** Fields of DNS messages (RFC 1035, section 4), also those of mDNS (RFC 6762) and LLMNR (RFC 4795). */

import { readName } from "./dns-names.ts";
import { CLASSES, RECORD_TYPES } from "./dns-numbers.ts";
import { readRecord } from "./dns-records.ts";
import type { Field } from "./field.ts";
import type { FieldReader } from "./field-reader.ts";
import type { Title } from "./place.ts";
import { hex, inBytes, named } from "./text.ts";

export type DnsDialect = "dns" | "mdns" | "llmnr";

const LABELS: Readonly<Record<DnsDialect, string>> = {
  dns: "Domain Name System",
  mdns: "Multicast Domain Name System",
  llmnr: "Link-local Multicast Name Resolution",
};

const OPCODES: Readonly<Record<number, string>> = {
  0: "Standard query",
  1: "Inverse query",
  2: "Server status request",
  4: "Zone change notification",
  5: "Dynamic update",
};

const REPLY_CODES: Readonly<Record<number, string>> = {
  0: "No error",
  1: "Format error",
  2: "Server failure",
  3: "No such name",
  4: "Not implemented",
  5: "Refused",
};

const RESPONSE = 0x8000;

/** @param hasLength whether the message is on TCP, where its length stands before it (RFC 1035, section 4.2.2) */
export function describeDns(reader: FieldReader, dialect: DnsDialect, hasLength: boolean): Title {
  let needed = 0;
  if (hasLength) needed = 2 + reader.number("dns.length", "Length", 2, { text: inBytes });
  const messageStart = reader.at;
  reader.number("dns.id", "Transaction ID", 2, {
    text: (value) => hex(value, 2),
    meaning: "the same in a query and its response",
  });
  const isResponse = (reader.peek(0, 2) & RESPONSE) !== 0;
  flagFields(reader, dialect, isResponse);
  const counts = [
    reader.number("dns.count.queries", "Questions", 2),
    reader.number("dns.count.answers", "Answer RRs", 2),
    reader.number("dns.count.auth_rr", "Authority RRs", 2),
    reader.number("dns.count.add_rr", "Additional RRs", 2),
  ];
  readSections(reader, messageStart, counts, dialect);
  extraneousData(reader);
  return { name: dialect, label: `${LABELS[dialect]} (${isResponse ? "response" : "query"})`, needed };
}

/** What stands behind the last entry is no other message (RFC 1035 knows none). */
function extraneousData(reader: FieldReader): void {
  const length = reader.remaining;
  if (length === 0) return;
  const parts = reader.inside(length);
  parts.raw("dns.extraneous.data", "Extraneous Data Bytes", length);
  parts.generated("dns.extraneous.length", "Extraneous Data Length", length);
  reader.group("dns.extraneous", "Extraneous Data", length, inBytes(length), parts.fields);
}

const codeText = (names: Readonly<Record<number, string>>) => (value: number) => named(names, value);

function flagFields(reader: FieldReader, dialect: DnsDialect, isResponse: boolean): void {
  const parts = reader.inside(2);
  const isLocal = dialect === "llmnr";
  parts.flag("dns.flags.response", "Response", 2, RESPONSE, {
    text: (is) => (is ? "Message is a response" : "Message is a query"),
  });
  parts.bits("dns.flags.opcode", "Opcode", 2, 0x7800, { text: codeText(OPCODES) });
  if (isLocal) parts.flag("dns.flags.conflict", "Conflict", 2, 0x0400);
  else if (isResponse) parts.flag("dns.flags.authoritative", "Authoritative", 2, 0x0400);
  parts.flag("dns.flags.truncated", "Truncated", 2, 0x0200, {
    meaning: (is) => (is ? "there was no room for all; the whole answer can be had over TCP" : undefined),
  });
  if (isLocal) parts.flag("dns.flags.tentative", "Tentative", 2, 0x0100);
  else parts.flag("dns.flags.recdesired", "Recursion desired", 2, 0x0100);
  if (isResponse && !isLocal) parts.flag("dns.flags.recavail", "Recursion available", 2, 0x0080);
  if (!isLocal) parts.flag("dns.flags.z", "Z", 2, 0x0040);
  if (isResponse && !isLocal) parts.flag("dns.flags.authenticated", "Answer authenticated", 2, 0x0020);
  if (!isLocal) parts.flag("dns.flags.checkdisable", "Non-authenticated data", 2, 0x0010);
  if (isResponse) parts.bits("dns.flags.rcode", "Reply code", 2, 0x000f, { text: codeText(REPLY_CODES) });
  reader.number("dns.flags", "Flags", 2, {
    text: (value) => hex(value, 2),
    children: parts.isShort ? [] : (parts.fields as readonly Field[]),
  });
}

const SECTIONS = ["Queries", "Answers", "Authoritative nameservers", "Additional records"] as const;

function readSections(reader: FieldReader, messageStart: number, counts: readonly number[], dialect: DnsDialect): void {
  for (const [index, label] of SECTIONS.entries()) {
    const count = counts[index]!;
    if (count === 0 || reader.isShort) continue;
    const section = reader.inside(reader.remaining);
    const isWhole = readEntries(section, messageStart, count, index === 0, dialect);
    const length = section.at - section.start;
    reader.heading(label, length, `${count}`, section.finish());
    if (!isWhole) {
      reader.at = reader.end;
      return;
    }
  }
}

/** @returns whether the section could be read to its end */
function readEntries(
  section: FieldReader,
  messageStart: number,
  count: number,
  isQuestion: boolean,
  dialect: DnsDialect,
): boolean {
  for (let entry = 0; entry < count; entry++) {
    if (section.remaining === 0) {
      section.malformed(`the message ends before entry ${entry + 1} of ${count}`);
      return false;
    }
    const isWhole = isQuestion
      ? readQuestion(section, messageStart, dialect === "mdns")
      : readRecord(section, messageStart, dialect === "mdns");
    if (!isWhole) return false;
  }
  return true;
}

/** @returns whether it could be read to its end */
function readQuestion(reader: FieldReader, messageStart: number, isMulticast: boolean): boolean {
  const name = readName(reader.memory.bytes, messageStart, reader.at, reader.end);
  const inner = reader.inside(reader.remaining);
  inner.string("dns.qry.name", "Name", name.length, name.text);
  if (name.problem !== undefined) {
    inner.malformed(name.problem);
  } else {
    inner.number("dns.qry.type", "Type", 2, { text: (type) => named(RECORD_TYPES, type) });
    if (isMulticast) {
      inner.bits("dns.qry.class", "Class", 2, 0x7fff, { text: classText });
      inner.flag("dns.qry.qu", '"QU" question', 2, 0x8000, { text: (is) => (is ? "True" : "False") });
      inner.skip(2);
    } else {
      inner.number("dns.qry.class", "Class", 2, { text: classText });
    }
  }
  const isWhole = name.problem === undefined && !inner.isShort;
  reader.heading("Question", inner.at - inner.start, name.text, inner.finish());
  return isWhole;
}

const classText = (value: number): string => `${CLASSES[value] ?? "Unknown"} (${hex(value, 2)})`;

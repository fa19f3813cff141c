/** Domain Name System messages (RFC 1035, section 4), also those of mDNS (RFC 6762) and LLMNR (RFC 4795). */

import { hex, inBytes, named } from "../assigned-numbers.ts";
import { defineHeader } from "../define-header.ts";
import type { FieldReader } from "../field-reader.ts";
import { bits, type FieldGroup, flag, option, partOfTail, type Shown, u16 } from "../fields.ts";
import { type HeaderOf, offsetsOf } from "../header-table.ts";
import type { DNS_SECTIONS, DnsQuestion, DnsRecord } from "./dns-entries.ts";
import { DNS_ENTRY_FIELDS } from "./dns-fields.ts";
import { DnsEntries } from "./dns-message.ts";
import { readName } from "./dns-names.ts";
import { CLASSES, RECORD_TYPES, readRecord } from "./dns-records.ts";

type DnsDialect = "dns" | "mdns" | "llmnr";

const LABELS: Readonly<Record<DnsDialect, string>> = {
  dns: "Domain Name System",
  mdns: "Multicast Domain Name System",
  llmnr: "Link-local Multicast Name Resolution",
};

export const DNS_PORT = 53;

const PORTS: Readonly<Record<DnsDialect, number>> = { dns: DNS_PORT, mdns: 5353, llmnr: 5355 };

/** The same messages on other ports. */
export const DNS_DIALECTS: ReadonlyMap<number, DnsDialect> = new Map(
  Object.entries(PORTS).map(([dialect, port]) => [port, dialect as DnsDialect]),
);

/** Whether one of a packet's ports is that of DNS. */
export function isOnDnsPort(packet: { readonly sourcePort: number; readonly destinationPort: number }): boolean {
  return packet.sourcePort === DNS_PORT || packet.destinationPort === DNS_PORT;
}

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

const FLAGS: FieldGroup = {
  filter: "flags",
  label: "Flags",
  about: "all flags as one number",
  text: (value) => hex(value, 2),
};

const isResponse = (shown: Shown) => shown.isResponse === true;

/** A flag, in the word that all of them share. */
function dnsFlag(filter: string, label: string, about: string, when?: (shown: Shown) => boolean) {
  return flag({
    filter: `flags.${filter}`,
    label,
    about,
    default: false,
    word: 2,
    group: FLAGS,
    ...(when && { when }),
  });
}

function count(of: (typeof DNS_SECTIONS)[number], filter: string, label: string, about: string) {
  return u16({ filter, label, about, auto: { kind: "count", of } });
}

/** @param isLocal for LLMNR, whose flags are others (RFC 4795, section 2.1.1) */
function fieldsOf(isLocal: boolean) {
  const everywhere = () => !isLocal;
  const inResponse = (shown: Shown) => !isLocal && isResponse(shown);
  return {
    /** Which query the message belongs to, 0 to 65535. */
    id: u16({
      filter: "id",
      needs: 4,
      label: "Transaction ID",
      about: "number of the query, and of its response",
      text: (value) => hex(value, 2),
      meaning: "the same in a query and its response",
    }),
    /** Whether it is an answer. Default: false. */
    isResponse: flag({
      filter: "flags.response",
      label: "Response",
      about: "whether it is a response",
      default: false,
      word: 2,
      group: FLAGS,
      text: (is) => (is ? "Message is a response" : "Message is a query"),
    }),
    /** What kind of query it is, 0 to 15. Default: 0, a standard query. */
    opcode: bits(4, {
      filter: "flags.opcode",
      label: "Opcode",
      about: "0 for a standard query",
      default: 0,
      word: 2,
      group: FLAGS,
      text: (value) => named(OPCODES, value),
    }),
    /** Whether the server is an authority for the name; in LLMNR, that there is a conflict about it. Default: false. */
    authoritative: isLocal
      ? dnsFlag("conflict", "Conflict", "whether the name is in conflict")
      : dnsFlag("authoritative", "Authoritative", "whether the server owns the name", inResponse),
    /** Whether the message was too long for its datagram, and ends before its end. Default: false. */
    truncated: flag({
      filter: "flags.truncated",
      label: "Truncated",
      about: "whether there was no room for all",
      default: false,
      word: 2,
      group: FLAGS,
      meaning: (is) => (is ? "there was no room for all; the whole answer can be had over TCP" : undefined),
    }),
    /** Whether the server is to ask others; in LLMNR, that the name is tentative. Default: false. */
    recursionDesired: isLocal
      ? dnsFlag("tentative", "Tentative", "whether the name is tentative")
      : dnsFlag("recdesired", "Recursion desired", "whether the server is to ask others"),
    /** Whether the server asks others for who asks it. Default: false. */
    recursionAvailable: dnsFlag("recavail", "Recursion available", "whether the server asks others", inResponse),
    /** Of no meaning. Default: false. */
    reserved: dnsFlag("z", "Z", "the reserved bit", everywhere),
    /** Whether the server has verified what it says (RFC 4035, section 3.2.3). Default: false. */
    authenticData: dnsFlag("authenticated", "Answer authenticated", "whether the server has checked it", inResponse),
    /** Whether the server need not verify what it says (RFC 4035, section 3.2.2). Default: false. */
    checkingDisabled: dnsFlag("checkdisable", "Non-authenticated data", "whether unchecked data will do", everywhere),
    /** How the query went, 0 to 15. Default: 0, no error. */
    responseCode: bits(4, {
      filter: "flags.rcode",
      label: "Reply code",
      about: "0 for no error, 3 for no such name",
      default: 0,
      word: 2,
      group: FLAGS,
      when: isResponse,
      text: (value) => named(REPLY_CODES, value),
    }),
    /** Entries among the questions, 0 to 65535. Computed. */
    questionCount: count("questions", "count.queries", "Questions", "number of questions"),
    /** Entries among the answers, 0 to 65535. Computed. */
    answerCount: count("answers", "count.answers", "Answer RRs", "number of answers"),
    /** Entries among the authorities, 0 to 65535. Computed. */
    authorityCount: count("authorities", "count.auth_rr", "Authority RRs", "number of records of authorities"),
    /** Entries among the additionals, 0 to 65535. Computed. */
    additionalCount: count("additionals", "count.add_rr", "Additional RRs", "number of additional records"),
    /** Whether names that stand in the message already are pointers to there (RFC 1035, section 4.1.4). Default: true. */
    compress: option(true as boolean),
    /** What is asked for. Default: none. */
    questions: partOfTail<readonly DnsQuestion[]>(),
    /** What answers the questions. Default: none. */
    answers: partOfTail<readonly DnsRecord[]>(),
    /** Who is to be asked instead. Default: none. */
    authorities: partOfTail<readonly DnsRecord[]>(),
    /** What may be of use besides. Default: none. */
    additionals: partOfTail<readonly DnsRecord[]>(),
    /** What stands behind all entries: in a message that was read, also those that would not be written as the same bytes. */
    rest: partOfTail<Uint8Array>(),
  };
}

const LAYER = "DNS message";

function dnsHeader(dialect: DnsDialect) {
  return defineHeader({
    name: dialect,
    prefix: "dns",
    layer: LAYER,
    follows: dialect === "dns" ? { udpPort: PORTS.dns, tcpPort: PORTS.dns } : { udpPort: PORTS[dialect] },
    fields: fieldsOf(dialect === "llmnr"),
    about: LABELS[dialect],
    missing: "field",
    endsWithPacket: true,
    tail: new DnsEntries(LAYER, dialect === "mdns").tail,
    shows: DNS_ENTRY_FIELDS,
    summary: (shown) => `${LABELS[dialect]} (${isResponse(shown) ? "response" : "query"})`,
    showRest: (reader, _layer, shown) => messageFields(reader, shown, dialect === "mdns"),
  });
}

/** Makes DNS messages, UDP port 53, and reads them. */
export const dns = dnsHeader("dns");
/** Makes messages of multicast DNS (RFC 6762), and reads them. */
export const mdns = dnsHeader("mdns");
/** Makes messages of link-local multicast name resolution (RFC 4795), and reads them. */
export const llmnr = dnsHeader("llmnr");

/** The byte in which each field begins, counted from the start of the message. */
export const dnsOffsets = offsetsOf(dns.fields);

/** What `dns`, `mdns` and `llmnr` take: fields that are left out have their defaults. */
export type DnsMessage = HeaderOf<typeof dns.fields>;

function messageFields(reader: FieldReader, shown: Shown, isMulticast: boolean): void {
  const { questionCount, answerCount, authorityCount, additionalCount } = shown;
  const counts = [questionCount, answerCount, authorityCount, additionalCount] as number[];
  if (!reader.isShort) readSections(reader, reader.at - dns.fixedLength, counts, isMulticast);
  extraneousData(reader);
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

const SECTIONS = ["Queries", "Answers", "Authoritative nameservers", "Additional records"] as const;

function readSections(
  reader: FieldReader,
  messageStart: number,
  counts: readonly number[],
  isMulticast: boolean,
): void {
  for (const [index, label] of SECTIONS.entries()) {
    const count = counts[index]!;
    if (count === 0 || reader.isShort) continue;
    const section = reader.inside(reader.remaining);
    const isWhole = readEntries(section, messageStart, count, index === 0, isMulticast);
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
  isMulticast: boolean,
): boolean {
  for (let entry = 0; entry < count; entry++) {
    if (section.remaining === 0) {
      section.malformed(`the message ends before entry ${entry + 1} of ${count}`);
      return false;
    }
    const isWhole = isQuestion
      ? readQuestion(section, messageStart, isMulticast)
      : readRecord(section, messageStart, isMulticast);
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

/** Fields of ICMP messages (RFC 792; RFC 1191, section 4, for the MTU; RFC 950 for address masks; RFC 1256 for routers). */
import { Verdict } from "../layer-kinds.ts";
import { checksumField } from "./checksum-field.ts";
import type { FieldReader } from "./field-reader.ts";
import type { Place, Title } from "./place.ts";
import { hexAndDecimal, inBytes, named } from "./text.ts";
import { expectedChecksum } from "./transport-checksum.ts";

const CHECKSUM_AT = 2;

const Type = {
  ECHO_REPLY: 0,
  UNREACHABLE: 3,
  REDIRECT: 5,
  ECHO: 8,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
  TIMESTAMP: 13,
  TIMESTAMP_REPLY: 14,
} as const;

const TYPES: Readonly<Record<number, string>> = {
  0: "Echo (ping) reply",
  3: "Destination unreachable",
  4: "Source quench (flow control)",
  5: "Redirect",
  8: "Echo (ping) request",
  9: "Router advertisement",
  10: "Router solicitation",
  11: "Time-to-live exceeded",
  12: "Parameter problem",
  13: "Timestamp request",
  14: "Timestamp reply",
  17: "Address mask request",
  18: "Address mask reply",
};

const CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [Type.UNREACHABLE]: {
    0: "Network unreachable",
    1: "Host unreachable",
    2: "Protocol unreachable",
    3: "Port unreachable",
    4: "Fragmentation needed",
    5: "Source route failed",
    9: "Network administratively prohibited",
    10: "Host administratively prohibited",
    13: "Communication administratively filtered",
  },
  [Type.REDIRECT]: {
    0: "Redirect for network",
    1: "Redirect for host",
    2: "Redirect for TOS and network",
    3: "Redirect for TOS and host",
  },
  [Type.TIME_EXCEEDED]: {
    0: "Time to live exceeded in transit",
    1: "Fragment reassembly time exceeded",
  },
};

const FRAGMENTATION_NEEDED = 4;

export function describeIcmp(reader: FieldReader, place: Place): Title {
  const type = reader.number("icmp.type", "Type", 1, { text: (value) => named(TYPES, value) });
  const code = reader.number("icmp.code", "Code", 1, { text: (value) => codeText(type, value) });
  const verdict = place.isTransport ? place.outline.icmpChecksum : Verdict.UNCHECKED;
  const expected = verdict === Verdict.BAD ? expectedChecksum(place.outline, CHECKSUM_AT, false) : undefined;
  checksumField(reader, "icmp", "Checksum", verdict, expected);
  readRest(reader, type, code);
  return { name: "icmp", label: "Internet Control Message Protocol", needed: 8 };
}

function codeText(type: number, code: number): string {
  const names = CODES[type];
  return names === undefined ? String(code) : named(names, code);
}

function readRest(reader: FieldReader, type: number, code: number): void {
  switch (type) {
    case Type.ECHO:
    case Type.ECHO_REPLY:
      return identifierFields(reader);
    case Type.TIMESTAMP:
    case Type.TIMESTAMP_REPLY:
      identifierFields(reader);
      return timestampFields(reader);
    case Type.UNREACHABLE:
      return unreachableFields(reader, code);
    case Type.REDIRECT:
      return void reader.ipv4("icmp.redir_gw", "Gateway Address", { meaning: "the router to use instead" });
    case Type.TIME_EXCEEDED:
      return unusedField(reader);
    case Type.PARAMETER_PROBLEM:
      reader.number("icmp.pointer", "Pointer", 1, { meaning: "the byte of the quoted packet that is wrong" });
      return reader.skip(3);
    default:
      return reader.skip(4);
  }
}

function identifierFields(reader: FieldReader): void {
  reader.number("icmp.ident", "Identifier (BE)", 2, { text: (value) => hexAndDecimal(value, 2) });
  reader.number("icmp.seq", "Sequence Number (BE)", 2, { text: (value) => hexAndDecimal(value, 2) });
}

function timestampFields(reader: FieldReader): void {
  reader.number("icmp.originate_timestamp", "Originate Timestamp", 4);
  reader.number("icmp.receive_timestamp", "Receive Timestamp", 4);
  reader.number("icmp.transmit_timestamp", "Transmit Timestamp", 4);
}

function unreachableFields(reader: FieldReader, code: number): void {
  if (code !== FRAGMENTATION_NEEDED) return unusedField(reader);
  reader.raw("icmp.unused", "Unused", 2);
  reader.number("icmp.mtu", "MTU of next hop", 2, {
    text: inBytes,
    meaning: "the largest packet that the router can pass on in this direction",
  });
}

function unusedField(reader: FieldReader): void {
  reader.raw("icmp.unused", "Unused", 4);
}

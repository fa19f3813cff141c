/** Internet Control Message Protocol (RFC 792). */
import { hexAndDecimal, IpProtocol, inBytes, named } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { checksum, u8, u32 } from "./fields.ts";
import { type DecodedOf, type HeaderOf, offsetsOf, type ShownFields } from "./header-table.ts";
import { LayerKind } from "./layer.ts";
import { versionAt } from "./shared-fields.ts";

/** The types that have a name here. Others pass through. */
export const IcmpType = {
  ECHO_REPLY: 0,
  DESTINATION_UNREACHABLE: 3,
  SOURCE_QUENCH: 4,
  REDIRECT: 5,
  ECHO_REQUEST: 8,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
  TIMESTAMP: 13,
  TIMESTAMP_REPLY: 14,
} as const;

const ERRORS: ReadonlySet<number> = new Set([
  IcmpType.DESTINATION_UNREACHABLE,
  IcmpType.SOURCE_QUENCH,
  IcmpType.REDIRECT,
  IcmpType.TIME_EXCEEDED,
  IcmpType.PARAMETER_PROBLEM,
]);

/** Whether a message is about another packet, which it quotes. */
export function isIcmpError(type: number): boolean {
  return ERRORS.has(type);
}

const TYPES: Readonly<Record<number, string>> = {
  [IcmpType.ECHO_REPLY]: "Echo (ping) reply",
  [IcmpType.DESTINATION_UNREACHABLE]: "Destination unreachable",
  [IcmpType.SOURCE_QUENCH]: "Source quench (flow control)",
  [IcmpType.REDIRECT]: "Redirect",
  [IcmpType.ECHO_REQUEST]: "Echo (ping) request",
  9: "Router advertisement",
  10: "Router solicitation",
  [IcmpType.TIME_EXCEEDED]: "Time-to-live exceeded",
  [IcmpType.PARAMETER_PROBLEM]: "Parameter problem",
  [IcmpType.TIMESTAMP]: "Timestamp request",
  [IcmpType.TIMESTAMP_REPLY]: "Timestamp reply",
  17: "Address mask request",
  18: "Address mask reply",
};

const CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [IcmpType.DESTINATION_UNREACHABLE]: {
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
  [IcmpType.REDIRECT]: {
    0: "Redirect for network",
    1: "Redirect for host",
    2: "Redirect for TOS and network",
    3: "Redirect for TOS and host",
  },
  [IcmpType.TIME_EXCEEDED]: {
    0: "Time to live exceeded in transit",
    1: "Fragment reassembly time exceeded",
  },
};

/** The code of what is unreachable since a packet is too large for the way, and may not be cut (RFC 1191, section 4). */
export const FRAGMENTATION_NEEDED = 4;

/** Those fields that filters can ask for, besides those that all messages have. */
const ICMP_FIELDS: ShownFields = {
  "icmp.redir_gw": ["ipv4", "Gateway Address"],
  "icmp.pointer": ["number", "Pointer"],
  "icmp.ident": ["number", "Identifier (BE)", 0xffff],
  "icmp.seq": ["number", "Sequence Number (BE)", 0xffff],
  "icmp.originate_timestamp": ["number", "Originate Timestamp"],
  "icmp.receive_timestamp": ["number", "Receive Timestamp"],
  "icmp.transmit_timestamp": ["number", "Transmit Timestamp"],
  "icmp.unused": ["bytes", "Unused"],
  "icmp.mtu": ["number", "MTU of next hop", 0xffff],
};

export const icmp = defineHeader({
  name: "icmp",
  protocol: "ICMP",
  layer: "ICMP header",
  kind: LayerKind.ICMP,
  follows: { ipProtocol: IpProtocol.ICMP },
  fields: {
    /** 0 to 255; see `IcmpType`. */
    type: u8({
      filter: "type",
      label: "Type",
      about: "8 echo request, 0 reply, 3 unreachable",
      text: (type) => named(TYPES, type),
    }),
    /** 0 to 255; what it says depends on the type. Default: 0. */
    code: u8({
      filter: "code",
      label: "Code",
      about: "code within the type",
      default: 0,
      show: (reader, _layer, { type }) =>
        reader.number("icmp.code", "Code", 1, { text: (code) => codeText(type as number, code) }),
    }),
    /** Over header and data, 0 to 65535. Computed. */
    checksum: checksum({
      filter: "checksum",
      label: "Checksum",
      about: "checksum",
      covers: "message",
      hasPseudoHeader: false,
    }),
    /** The second word, 0 to 2^32 - 1: of an echo, identifier and sequence number. Default: 0. */
    restOfHeader: u32({
      default: 0,
      show: (reader, _layer, { type, code }) => readRest(reader, type as number, code as number),
    }),
  },
  about: "ICMP",
  shows: ICMP_FIELDS,
  carries: ["ipVersion"],
  next: (view, at, next, end) => (isIcmpError(view.getUint8(at)) ? versionAt(view, next, end) : undefined),
  blank: { type: IcmpType.ECHO_REQUEST },
  summary: "Internet Control Message Protocol",
});

export type IcmpHeader = HeaderOf<typeof icmp.fields>;
export type DecodedIcmpHeader = DecodedOf<typeof icmp.fields>;

function codeText(type: number, code: number): string {
  const names = CODES[type];
  return names === undefined ? String(code) : named(names, code);
}

function readRest(reader: FieldReader, type: number, code: number): void {
  switch (type) {
    case IcmpType.ECHO_REQUEST:
    case IcmpType.ECHO_REPLY:
      return identifierFields(reader);
    case IcmpType.TIMESTAMP:
    case IcmpType.TIMESTAMP_REPLY:
      identifierFields(reader);
      return timestampFields(reader);
    case IcmpType.DESTINATION_UNREACHABLE:
      return unreachableFields(reader, code);
    case IcmpType.REDIRECT:
      return void reader.ipv4("icmp.redir_gw", "Gateway Address", { meaning: "the router to use instead" });
    case IcmpType.TIME_EXCEEDED:
      return unusedField(reader);
    case IcmpType.PARAMETER_PROBLEM:
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

/** The byte in which each field begins, counted from the start of the header. */
export const icmpOffsets = offsetsOf(icmp.fields);

/** Internet Control Message Protocol (RFC 792). */

import { codeText, hexAndDecimal, IpProtocol, inBytes, named } from "./assigned-numbers.ts";
import { IcmpType } from "./control-types.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { checksum, ipv4Address, type Shown, u8, u16, u32 } from "./fields.ts";
import { type DecodedOf, type HeaderOf, offsetsOf, type ShownFields } from "./header-table.ts";
import { LayerKind } from "./layer.ts";
import { versionAt } from "./shared-fields.ts";

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
  [IcmpType.ROUTER_ADVERTISEMENT]: "Router advertisement",
  [IcmpType.ROUTER_SOLICITATION]: "Router solicitation",
  [IcmpType.TIME_EXCEEDED]: "Time-to-live exceeded",
  [IcmpType.PARAMETER_PROBLEM]: "Parameter problem",
  [IcmpType.TIMESTAMP]: "Timestamp request",
  [IcmpType.TIMESTAMP_REPLY]: "Timestamp reply",
  [IcmpType.ADDRESS_MASK_REQUEST]: "Address mask request",
  [IcmpType.ADDRESS_MASK_REPLY]: "Address mask reply",
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
  "icmp.originate_timestamp": ["number", "when the question was sent"],
  "icmp.receive_timestamp": ["number", "when it arrived"],
  "icmp.transmit_timestamp": ["number", "when the answer was sent"],
  "icmp.address_mask": ["ipv4", "mask of the network"],
  "icmp.unused": ["bytes", "what means nothing"],
  "icmp.mtu": ["number", "bytes that the next network takes", 0xffff],
};

const MASKS = [IcmpType.ADDRESS_MASK_REQUEST, IcmpType.ADDRESS_MASK_REPLY];
/** What is asked and answered, and so has a number by which both are known. */
const QUERIES = [IcmpType.ECHO_REQUEST, IcmpType.ECHO_REPLY, IcmpType.TIMESTAMP, IcmpType.TIMESTAMP_REPLY, ...MASKS];
/** Errors that extensions may follow (RFC 4884, section 4). */
const EXTENSIBLE = [IcmpType.DESTINATION_UNREACHABLE, IcmpType.TIME_EXCEEDED, IcmpType.PARAMETER_PROBLEM];
const KNOWN: ReadonlySet<number> = new Set([
  ...QUERIES,
  ...EXTENSIBLE,
  IcmpType.REDIRECT,
  IcmpType.ROUTER_ADVERTISEMENT,
]);

const NOTHING = () => undefined;

const ofTypes =
  (types: readonly number[]) =>
  ({ type }: Readonly<Record<string, unknown>>) =>
    types.includes(type as number);

/** Makes ICMP messages, and reads them; what stands behind the checksum depends on the type. */
export const icmp = defineHeader({
  name: "icmp",
  protocol: "ICMP",
  layer: "ICMP header",
  kind: LayerKind.ICMP,
  follows: { ipProtocol: IpProtocol.ICMP },
  fields: {
    /** What it is, 0 to 255; see `IcmpType`. Default in a stack: 8, an echo request. */
    type: u8({
      filter: "type",
      label: "Type",
      about: "8 echo request, 0 reply, 3 unreachable",
      text: (type) => named(TYPES, type),
    }),
    /** What it says depends on the type, 0 to 255. Default: 0. */
    code: u8({
      filter: "code",
      label: "Code",
      about: "code within the type",
      default: 0,
      show: (reader, _layer, { type }) =>
        reader.number("icmp.code", "Code", 1, { text: (code) => codeText(CODES, type as number, code) }),
    }),
    /** Over header and data, 0 to 65535. Computed. */
    checksum: checksum({
      filter: "checksum",
      label: "Checksum",
      about: "checksum",
      covers: "message",
      hasPseudoHeader: false,
    }),
    /** Of an echo, a timestamp or a mask: which exchange it belongs to, 0 to 65535. Default: 0. */
    identifier: u16({
      filter: "ident",
      label: "Identifier (BE)",
      about: "identifier",
      default: 0,
      presentIf: ofTypes(QUERIES),
      text: (value) => hexAndDecimal(value, 2),
    }),
    /** Of an echo, a timestamp or a mask: counts the requests of an exchange, 0 to 65535. Default: 0. */
    sequenceNumber: u16({
      filter: "seq",
      label: "Sequence Number (BE)",
      about: "sequence number",
      default: 0,
      presentIf: ofTypes(QUERIES),
      text: (value) => hexAndDecimal(value, 2),
    }),
    /** Of a timestamp: when it was sent, in milliseconds since midnight UT, 0 to 2^32 - 1. Default: 0. */
    originateTimestamp: timestamp("originate_timestamp", "Originate Timestamp"),
    /** Of a timestamp: when the request arrived, in milliseconds since midnight UT, 0 to 2^32 - 1. Default: 0. */
    receiveTimestamp: timestamp("receive_timestamp", "Receive Timestamp"),
    /** Of a timestamp: when the reply was sent, in milliseconds since midnight UT, 0 to 2^32 - 1. Default: 0. */
    transmitTimestamp: timestamp("transmit_timestamp", "Transmit Timestamp"),
    /** Of a mask request or reply (RFC 950). Default: 0.0.0.0. */
    addressMask: ipv4Address({ default: 0, presentIf: ofTypes(MASKS), show: maskField }),
    /** Of a redirect: the router to use instead. Default: 0.0.0.0. */
    gateway: ipv4Address({
      filter: "redir_gw",
      label: "Gateway Address",
      about: "the router to use instead",
      default: 0,
      presentIf: ofTypes([IcmpType.REDIRECT]),
      meaning: "the router to use instead",
    }),
    /** Of a router advertisement (RFC 1256): 0 to 255. Default: 0. */
    numberOfAddresses: u8({
      filter: "num_addrs",
      label: "Number of addresses",
      about: "number of routers",
      default: 0,
      presentIf: ofTypes([IcmpType.ROUTER_ADVERTISEMENT]),
    }),
    /** Of a router advertisement: address and preference, in words of 4 bytes, 0 to 255. Default: 2. */
    addressEntrySize: u8({
      filter: "addr_entry_size",
      label: "Address entry size",
      about: "words of each router",
      default: 2,
      presentIf: ofTypes([IcmpType.ROUTER_ADVERTISEMENT]),
    }),
    /** Of a router advertisement: seconds that it counts, 0 to 65535. Default: 1800. */
    lifetime: u16({
      filter: "lifetime",
      label: "Lifetime",
      about: "seconds that the routers count",
      default: 1800,
      presentIf: ofTypes([IcmpType.ROUTER_ADVERTISEMENT]),
    }),
    /** Of what is unreachable or took too long: 0 to 255. Default: 0. */
    unused: u8({
      default: 0,
      presentIf: ofTypes([IcmpType.DESTINATION_UNREACHABLE, IcmpType.TIME_EXCEEDED]),
      show: unusedFields,
    }),
    /** Of a parameter problem: the byte of the quoted packet that is wrong, 0 to 255. Default: 0. */
    pointer: u8({
      filter: "pointer",
      label: "Pointer",
      about: "the byte of the quoted packet that is wrong",
      default: 0,
      presentIf: ofTypes([IcmpType.PARAMETER_PROBLEM]),
      meaning: "the byte of the quoted packet that is wrong",
      after: (reader) => void reader.raw("icmp.unused", "Unused", 3),
    }),
    /** Words of 4 bytes of the quoted packet, where extensions follow it, 0 to 255 (RFC 4884, section 4). Default: 0. */
    length: u8({ default: 0, presentIf: ofTypes(EXTENSIBLE), show: NOTHING }),
    /** Of what is unreachable since it is too large: what the next network takes, 0 to 65535 (RFC 1191). Default: 0. */
    nextHopMtu: u16({ default: 0, presentIf: ofTypes([IcmpType.DESTINATION_UNREACHABLE]), show: NOTHING }),
    /** Of no meaning, 0 to 65535. Default: 0. */
    secondUnused: u16({
      default: 0,
      presentIf: ofTypes([IcmpType.TIME_EXCEEDED, IcmpType.PARAMETER_PROBLEM]),
      show: NOTHING,
    }),
    /** The second word of all other types, 0 to 2^32 - 1. Default: 0. */
    restOfHeader: u32({ default: 0, presentIf: ({ type }) => !KNOWN.has(type as number), show: NOTHING }),
  },
  about: "ICMP",
  shows: ICMP_FIELDS,
  carries: ["ipVersion"],
  next: (view, at, next, end) => (isIcmpError(view.getUint8(at)) ? versionAt(view, next, end) : undefined),
  blank: { type: IcmpType.ECHO_REQUEST },
  summary: "Internet Control Message Protocol",
});

/** What `icmp` takes: fields that are left out have their defaults. */
export type IcmpHeader = HeaderOf<typeof icmp.fields>;
/** What `icmp.decode` returns: fields that its type does not have are undefined. */
export type DecodedIcmpHeader = DecodedOf<typeof icmp.fields>;

function timestamp(name: string, label: string) {
  return u32({
    default: 0,
    presentIf: ofTypes([IcmpType.TIMESTAMP, IcmpType.TIMESTAMP_REPLY]),
    show: (reader) => reader.number(`icmp.${name}`, label, 4),
  });
}

function maskField(reader: FieldReader): void {
  reader.ipv4("icmp.address_mask", "Address mask");
}

/** All of the second word at once, as far as it means anything. */
function unusedFields(reader: FieldReader, _layer: unknown, { type, code }: Shown): void {
  const hasMtu = type === IcmpType.DESTINATION_UNREACHABLE && code === FRAGMENTATION_NEEDED;
  reader.raw("icmp.unused", "Unused", hasMtu ? 2 : 4);
  if (!hasMtu) return;
  reader.number("icmp.mtu", "MTU of next hop", 2, {
    text: inBytes,
    meaning: "the largest packet that the router can pass on in this direction",
  });
}

/** Bytes that all types have. */
export const ICMP_HEADER_LENGTH = 8;

/** The byte in which each field begins, counted from the start of the header: optional ones stand in place of each other. */
export const icmpOffsets = offsetsOf(icmp.fields);

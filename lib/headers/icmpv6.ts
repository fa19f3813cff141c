/**
 * Internet Control Message Protocol for IPv6 (RFC 4443, section 2.1). What follows the header, the message body, depends on
 * the type; what neighbours and routers tell each other stands at the end.
 */
import { codeText, hex, IpProtocol, inBytes, named } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { checksum, u8 } from "./fields.ts";
import type { DecodedOf, HeaderOf, ShownFields } from "./header-table.ts";
import { LayerKind } from "./layer.ts";

/** The types that have a name here (RFC 4443, RFC 4861). Others pass through. */
export const Icmpv6Type = {
  DESTINATION_UNREACHABLE: 1,
  PACKET_TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  PARAMETER_PROBLEM: 4,
  ECHO_REQUEST: 128,
  ECHO_REPLY: 129,
  LISTENER_QUERY: 130,
  LISTENER_REPORT: 131,
  LISTENER_DONE: 132,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOR_SOLICITATION: 135,
  NEIGHBOR_ADVERTISEMENT: 136,
  REDIRECT: 137,
  LISTENER_REPORT_V2: 143,
} as const;

/** Whether a message is about another packet, which it quotes: those have the lower half of the numbers. */
export function isIcmpv6Error(type: number): boolean {
  return type >= Icmpv6Type.DESTINATION_UNREACHABLE && type <= Icmpv6Type.PARAMETER_PROBLEM;
}

const TYPES: Readonly<Record<number, string>> = {
  [Icmpv6Type.DESTINATION_UNREACHABLE]: "Destination Unreachable",
  [Icmpv6Type.PACKET_TOO_BIG]: "Packet Too Big",
  [Icmpv6Type.TIME_EXCEEDED]: "Time Exceeded",
  [Icmpv6Type.PARAMETER_PROBLEM]: "Parameter Problem",
  [Icmpv6Type.ECHO_REQUEST]: "Echo (ping) request",
  [Icmpv6Type.ECHO_REPLY]: "Echo (ping) reply",
  [Icmpv6Type.LISTENER_QUERY]: "Multicast Listener Query",
  [Icmpv6Type.LISTENER_REPORT]: "Multicast Listener Report",
  [Icmpv6Type.LISTENER_DONE]: "Multicast Listener Done",
  [Icmpv6Type.ROUTER_SOLICITATION]: "Router Solicitation",
  [Icmpv6Type.ROUTER_ADVERTISEMENT]: "Router Advertisement",
  [Icmpv6Type.NEIGHBOR_SOLICITATION]: "Neighbor Solicitation",
  [Icmpv6Type.NEIGHBOR_ADVERTISEMENT]: "Neighbor Advertisement",
  [Icmpv6Type.REDIRECT]: "Redirect",
  [Icmpv6Type.LISTENER_REPORT_V2]: "Multicast Listener Report Message v2",
};

const CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [Icmpv6Type.DESTINATION_UNREACHABLE]: {
    0: "no route to destination",
    1: "Administratively prohibited",
    2: "Beyond scope of source address",
    3: "Address unreachable",
    4: "Port unreachable",
  },
  [Icmpv6Type.TIME_EXCEEDED]: { 0: "hop limit exceeded in transit", 1: "fragment reassembly time exceeded" },
  [Icmpv6Type.PARAMETER_PROBLEM]: {
    0: "erroneous header field encountered",
    1: "unrecognized Next Header type encountered",
    2: "unrecognized IPv6 option encountered",
  },
};

/** Those fields that filters can ask for, besides those that all messages have. */
const ICMPV6_FIELDS: ShownFields = {
  "icmpv6.echo.identifier": ["number", "Identifier", 0xffff],
  "icmpv6.echo.sequence_number": ["number", "Sequence", 0xffff],
  "icmpv6.mtu": ["number", "MTU"],
  "icmpv6.pointer": ["number", "Pointer"],
  "icmpv6.reserved": ["bytes", "Reserved"],
  "icmpv6.nd.ns.target_address": ["ipv6", "Target Address"],
  "icmpv6.nd.rd.target_address": ["ipv6", "Target Address"],
  "icmpv6.rd.na.destination_address": ["ipv6", "Destination Address"],
  "icmpv6.nd.ra.cur_hop_limit": ["number", "Cur hop limit", 0xff],
  "icmpv6.nd.ra.flag.m": ["boolean", "Managed address configuration"],
  "icmpv6.nd.ra.flag.o": ["boolean", "Other configuration"],
  "icmpv6.nd.ra.flag.h": ["boolean", "Home Agent"],
  "icmpv6.nd.ra.flag.prf": ["number", "Prf (Default Router Preference)", 0xff],
  "icmpv6.nd.ra.flag.p": ["boolean", "Proxy"],
  "icmpv6.nd.ra.flag.rsv": ["number", "Reserved", 0xff],
  "icmpv6.nd.ra.flag": ["number", "Flags", 0xff],
  "icmpv6.nd.ra.router_lifetime": ["number", "Router lifetime (s)", 0xffff],
  "icmpv6.nd.ra.reachable_time": ["number", "Reachable time (ms)"],
  "icmpv6.nd.ra.retrans_timer": ["number", "Retrans timer (ms)"],
  "icmpv6.nd.na.flag.r": ["boolean", "Router"],
  "icmpv6.nd.na.flag.s": ["boolean", "Solicited"],
  "icmpv6.nd.na.flag.o": ["boolean", "Override"],
  "icmpv6.nd.na.flag.rsv": ["number", "Reserved"],
  "icmpv6.nd.na.flag": ["number", "Flags"],
  "icmpv6.nd.na.target_address": ["ipv6", "Target Address"],
  "icmpv6.opt.type": ["number", "Type", 0xff],
  "icmpv6.opt.length": ["number", "Length", 0xff],
  "icmpv6.opt": ["label", "ICMPv6 Option"],
  "icmpv6.opt.prefix.length": ["number", "Prefix Length", 0xff],
  "icmpv6.opt.prefix.flag.l": ["boolean", "On-link flag(L)"],
  "icmpv6.opt.prefix.flag.a": ["boolean", "Autonomous address-configuration flag(A)"],
  "icmpv6.opt.prefix.flag.r": ["boolean", "Router address flag(R)"],
  "icmpv6.opt.prefix.flag.reserved": ["number", "Reserved", 0xff],
  "icmpv6.opt.prefix.flag": ["number", "Flag", 0xff],
  "icmpv6.opt.prefix.valid_lifetime": ["number", "Valid Lifetime"],
  "icmpv6.opt.prefix.preferred_lifetime": ["number", "Preferred Lifetime"],
  "icmpv6.opt.prefix": ["ipv6", "Prefix"],
  "icmpv6.opt.mtu": ["number", "MTU"],
  "icmpv6.opt.rdnss.lifetime": ["number", "Lifetime"],
  "icmpv6.opt.rdnss": ["ipv6", "Recursive DNS Servers"],
  "icmpv6.opt.src_linkaddr": ["bytes", "Source Link-layer address"],
  "icmpv6.opt.target_linkaddr": ["bytes", "Target Link-layer address"],
};

export const icmpv6 = defineHeader({
  name: "icmpv6",
  protocol: "ICMPv6",
  layer: "ICMPv6 header",
  kind: LayerKind.ICMPV6,
  follows: { ipProtocol: IpProtocol.IPV6_ICMP },
  fields: {
    /** 0 to 255; see `Icmpv6Type`. */
    type: u8({
      filter: "type",
      label: "Type",
      about: "128 echo request, 129 reply",
      text: (type) => named(TYPES, type),
    }),
    /** 0 to 255; what it says depends on the type. Default: 0. */
    code: u8({
      filter: "code",
      label: "Code",
      about: "code within the type",
      default: 0,
      show: (reader, _layer, { type }) =>
        reader.number("icmpv6.code", "Code", 1, { text: (code) => codeText(CODES, type as number, code) }),
    }),
    /** Over pseudo-header, header and body, 0 to 65535. Computed. */
    checksum: checksum({
      filter: "checksum",
      label: "Checksum",
      about: "checksum",
      covers: "message",
      hasPseudoHeader: true,
    }),
  },
  about: "ICMPv6",
  shows: ICMPV6_FIELDS,
  blank: { type: Icmpv6Type.ECHO_REQUEST },
  summary: "Internet Control Message Protocol v6",
  showRest: (reader, _layer, { type }) => {
    if (!discoveryFields(reader, type as number)) readRest(reader, type as number);
  },
});

export type Icmpv6Header = HeaderOf<typeof icmpv6.fields>;
export type DecodedIcmpv6Header = DecodedOf<typeof icmpv6.fields>;

function readRest(reader: FieldReader, type: number): void {
  switch (type) {
    case Icmpv6Type.ECHO_REQUEST:
    case Icmpv6Type.ECHO_REPLY:
      reader.number("icmpv6.echo.identifier", "Identifier", 2, { text: (value) => hex(value, 2) });
      return void reader.number("icmpv6.echo.sequence_number", "Sequence", 2);
    case Icmpv6Type.PACKET_TOO_BIG:
      return void reader.number("icmpv6.mtu", "MTU", 4, {
        text: inBytes,
        meaning: "the largest packet that the router can pass on in this direction",
      });
    case Icmpv6Type.PARAMETER_PROBLEM:
      return void reader.number("icmpv6.pointer", "Pointer", 4, {
        meaning: "the byte of the quoted packet that is wrong",
      });
    case Icmpv6Type.DESTINATION_UNREACHABLE:
    case Icmpv6Type.TIME_EXCEEDED:
      return void reader.raw("icmpv6.reserved", "Reserved", 4);
    case Icmpv6Type.LISTENER_QUERY:
    case Icmpv6Type.LISTENER_REPORT:
    case Icmpv6Type.LISTENER_DONE:
      return readListenerMessage(reader, type);
    case Icmpv6Type.LISTENER_REPORT_V2:
      return readListenerReport(reader);
    default:
      return;
  }
}

/** Bytes of a query of version 1, with what all messages have (RFC 2710, section 3; RFC 3810, section 5.1). */
const LISTENER_LENGTH = 24;

function readListenerMessage(reader: FieldReader, type: number): void {
  const isSecond = type === Icmpv6Type.LISTENER_QUERY && reader.end - reader.start > LISTENER_LENGTH;
  if (isSecond) reader.number("icmpv6.mld.maximum_response_code", "Maximum Response Code", 2);
  else reader.number("icmpv6.mld.maximum_response_delay", "Maximum Response Delay [ms]", 2);
  reader.raw("icmpv6.reserved", "Reserved", 2);
  reader.ipv6("icmpv6.mld.multicast_address", "Multicast Address");
  if (!isSecond) return;
  const parts = reader.inside(1);
  parts.flag("icmpv6.mld.flag.s", "Suppress Router-Side Processing", 1, 0x08);
  parts.bits("icmpv6.mld.flag.qrv", "QRV (Querier's Robustness Variable)", 1, 0x07);
  parts.bits("icmpv6.mld.flag.reserved", "Reserved", 1, 0xf0);
  reader.number("icmpv6.mld.flag", "Flags", 1, { text: (value) => hex(value, 1), children: wholeFields(parts) });
  reader.number("icmpv6.mld.qqi", "QQIC (Querier's Query Interval Code)", 1);
  const sources = reader.number("icmpv6.mld.nb_sources", "Number of Sources", 2);
  for (let index = 0; index < sources && reader.remaining > 0; index++) {
    reader.ipv6("icmpv6.mld.source_address", "Source Address");
  }
}

/** RFC 3810, section 5.2. */
function readListenerReport(reader: FieldReader): void {
  reader.raw("icmpv6.reserved", "Reserved", 2);
  const records = reader.number("icmpv6.mldr.nb_mcast_records", "Number of Multicast Address Records", 2);
  for (let index = 0; index < records && reader.remaining > 0; index++) readListenerRecord(reader);
}

function readListenerRecord(reader: FieldReader): void {
  const inner = reader.inside(reader.remaining);
  inner.number("icmpv6.mldr.mar.record_type", "Record Type", 1);
  const more = 4 * inner.number("icmpv6.mldr.mar.aux_data_len", "Aux Data Len", 1);
  const sources = inner.number("icmpv6.mldr.mar.nb_sources", "Number of Sources", 2);
  const group = inner.ipv6("icmpv6.mldr.mar.multicast_address", "Multicast Address");
  for (let index = 0; index < sources && inner.remaining > 0; index++) {
    inner.ipv6("icmpv6.mldr.mar.source_address", "Source Address");
  }
  if (more > 0) inner.raw("icmpv6.mldr.mar.auxiliary_data", "Auxiliary Data", more);
  reader.group("icmpv6.mldr.mar", "Multicast Address Record", inner.at - inner.start, group, inner.finish());
}

/** Fields of the messages of neighbour discovery and their options (RFC 4861, section 4; RFC 4191 for route preferences). */

const READERS: Readonly<Record<number, (reader: FieldReader) => void>> = {
  133: (reader) => void reader.raw("icmpv6.reserved", "Reserved", 4),
  134: readRouterAdvertisement,
  135: (reader) => {
    reader.raw("icmpv6.reserved", "Reserved", 4);
    reader.ipv6("icmpv6.nd.ns.target_address", "Target Address", { meaning: "who has this address?" });
  },
  136: readNeighbourAdvertisement,
  137: (reader) => {
    reader.raw("icmpv6.reserved", "Reserved", 4);
    reader.ipv6("icmpv6.nd.rd.target_address", "Target Address", { meaning: "the better first step on the way" });
    reader.ipv6("icmpv6.rd.na.destination_address", "Destination Address");
  },
};

/** Reads what follows the checksum. @returns false if the message is none of neighbour discovery */
export function discoveryFields(reader: FieldReader, type: number): boolean {
  const read = READERS[type];
  if (read === undefined) return false;
  read(reader);
  while (reader.remaining > 0) readOption(reader);
  return true;
}

const PREFERENCES: Readonly<Record<number, string>> = { 0: "Medium", 1: "High", 2: "Reserved", 3: "Low" };

function readRouterAdvertisement(reader: FieldReader): void {
  reader.number("icmpv6.nd.ra.cur_hop_limit", "Cur hop limit", 1);
  const parts = reader.inside(1);
  parts.flag("icmpv6.nd.ra.flag.m", "Managed address configuration", 1, 0x80);
  parts.flag("icmpv6.nd.ra.flag.o", "Other configuration", 1, 0x40);
  parts.flag("icmpv6.nd.ra.flag.h", "Home Agent", 1, 0x20);
  parts.bits("icmpv6.nd.ra.flag.prf", "Prf (Default Router Preference)", 1, 0x18, {
    text: (value) => named(PREFERENCES, value),
  });
  parts.flag("icmpv6.nd.ra.flag.p", "Proxy", 1, 0x04);
  parts.bits("icmpv6.nd.ra.flag.rsv", "Reserved", 1, 0x03);
  reader.number("icmpv6.nd.ra.flag", "Flags", 1, { text: (value) => hex(value, 1), children: wholeFields(parts) });
  reader.number("icmpv6.nd.ra.router_lifetime", "Router lifetime (s)", 2);
  reader.number("icmpv6.nd.ra.reachable_time", "Reachable time (ms)", 4);
  reader.number("icmpv6.nd.ra.retrans_timer", "Retrans timer (ms)", 4);
}

function readNeighbourAdvertisement(reader: FieldReader): void {
  const parts = reader.inside(4);
  parts.flag("icmpv6.nd.na.flag.r", "Router", 4, 0x8000_0000);
  parts.flag("icmpv6.nd.na.flag.s", "Solicited", 4, 0x4000_0000);
  parts.flag("icmpv6.nd.na.flag.o", "Override", 4, 0x2000_0000);
  parts.bits("icmpv6.nd.na.flag.rsv", "Reserved", 4, 0x1fff_ffff);
  reader.number("icmpv6.nd.na.flag", "Flags", 4, { text: (value) => hex(value, 4), children: wholeFields(parts) });
  reader.ipv6("icmpv6.nd.na.target_address", "Target Address", { meaning: "the address that the sender has" });
}

const wholeFields = (reader: FieldReader) => (reader.isShort ? [] : reader.fields);

interface OptionKind {
  readonly label: string;
  readonly read: (reader: FieldReader) => void;
}

const KINDS: Readonly<Record<number, OptionKind>> = {
  1: {
    label: "Source link-layer address",
    read: (reader) => readLinkAddress(reader, "src", "Source Link-layer address"),
  },
  2: {
    label: "Target link-layer address",
    read: (reader) => readLinkAddress(reader, "target", "Target Link-layer address"),
  },
  3: { label: "Prefix information", read: readPrefix },
  4: { label: "Redirected header", read: readRedirected },
  5: { label: "MTU", read: readMtu },
  25: { label: "Recursive DNS Server", read: readDnsServers },
};

const UNKNOWN: OptionKind = { label: "Unknown", read: (reader) => reader.skip(reader.remaining) };

const LABELS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(KINDS).map(([number, kind]) => [number, kind.label]),
);

function readOption(reader: FieldReader): void {
  const type = reader.peek(0);
  const length = reader.peek(1) * 8;
  if (length === 0 || length > reader.remaining) {
    reader.malformed(`an option of type ${type} has ${inBytes(length)}, of ${reader.remaining} that are left`);
    return;
  }
  const kind = KINDS[type] ?? UNKNOWN;
  const inner = reader.inside(length);
  inner.number("icmpv6.opt.type", "Type", 1, { text: (value) => named(LABELS, value) });
  inner.number("icmpv6.opt.length", "Length", 1, { text: (value) => `${value} (${inBytes(value * 8)})` });
  kind.read(inner);
  reader.group("icmpv6.opt", "ICMPv6 Option", length, kind.label, inner.finish());
}

/** Of an IPv6 header, before its addresses, and all of it. */
const BEFORE_ADDRESSES = 8;
const IPV6_LENGTH = 40;

/** As much of the packet as there is room for (RFC 4861, section 4.6.3): who sent it to whom. */
function readRedirected(reader: FieldReader): void {
  reader.skip(6);
  if (reader.remaining < IPV6_LENGTH || reader.peek(0) >>> 4 !== 6) return reader.skip(reader.remaining);
  reader.skip(BEFORE_ADDRESSES);
  reader.ipv6("ipv6.src", "Source Address");
  reader.ipv6("ipv6.dst", "Destination Address");
}

const MAC_LENGTH = 6;

function readLinkAddress(reader: FieldReader, which: string, label: string): void {
  if (reader.remaining === MAC_LENGTH) reader.mac(`icmpv6.opt.${which}_linkaddr`, label);
  else reader.raw(`icmpv6.opt.${which}_linkaddr`, label, reader.remaining);
}

function readPrefix(reader: FieldReader): void {
  reader.number("icmpv6.opt.prefix.length", "Prefix Length", 1);
  const parts = reader.inside(1);
  parts.flag("icmpv6.opt.prefix.flag.l", "On-link flag(L)", 1, 0x80);
  parts.flag("icmpv6.opt.prefix.flag.a", "Autonomous address-configuration flag(A)", 1, 0x40);
  parts.flag("icmpv6.opt.prefix.flag.r", "Router address flag(R)", 1, 0x20);
  parts.bits("icmpv6.opt.prefix.flag.reserved", "Reserved", 1, 0x1f);
  reader.number("icmpv6.opt.prefix.flag", "Flag", 1, { text: (value) => hex(value, 1), children: wholeFields(parts) });
  reader.number("icmpv6.opt.prefix.valid_lifetime", "Valid Lifetime", 4);
  reader.number("icmpv6.opt.prefix.preferred_lifetime", "Preferred Lifetime", 4);
  reader.skip(4);
  reader.ipv6("icmpv6.opt.prefix", "Prefix");
}

function readMtu(reader: FieldReader): void {
  reader.skip(2);
  reader.number("icmpv6.opt.mtu", "MTU", 4, { text: inBytes });
}

function readDnsServers(reader: FieldReader): void {
  reader.skip(2);
  reader.number("icmpv6.opt.rdnss.lifetime", "Lifetime", 4);
  while (reader.remaining >= 16) reader.ipv6("icmpv6.opt.rdnss", "Recursive DNS Servers");
}

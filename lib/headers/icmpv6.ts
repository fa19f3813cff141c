/**
 * Internet Control Message Protocol for IPv6 (RFC 4443, section 2.1; neighbour discovery RFC 4861, section 4, with RFC 4191
 * for route preferences; listeners RFC 2710, section 3, and RFC 3810, section 5). What follows the checksum depends on the type.
 */

import { codeText, hex, IpProtocol, inBytes, named } from "./assigned-numbers.ts";
import { Icmpv6Type, NeighborFlag } from "./control-types.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { checksum, ipv6Address, type Shown, tailIf, u8, u16, u32 } from "./fields.ts";
import type { DecodedOf, HeaderOf, ShownFields } from "./header-table.ts";
import { LayerKind } from "./layer.ts";
import {
  listenerQuery,
  listenerQueryFields,
  listenerRecordFields,
  listenerRecords,
  queryLength,
} from "./listener-messages.ts";
import { neighborOptionField, neighborOptions } from "./neighbor-options.ts";
import { versionAt } from "./shared-fields.ts";

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

/** What every link of IPv6 takes, in bytes (RFC 8200, section 5). */
const LEAST_MTU = 1280;

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

const {
  DESTINATION_UNREACHABLE,
  PACKET_TOO_BIG,
  TIME_EXCEEDED,
  PARAMETER_PROBLEM,
  LISTENER_QUERY,
  LISTENER_REPORT_V2,
  ROUTER_SOLICITATION,
  ROUTER_ADVERTISEMENT,
  NEIGHBOR_SOLICITATION,
  NEIGHBOR_ADVERTISEMENT,
  REDIRECT,
} = Icmpv6Type;
const ECHOES = [Icmpv6Type.ECHO_REQUEST, Icmpv6Type.ECHO_REPLY];
const LISTENERS = [LISTENER_QUERY, Icmpv6Type.LISTENER_REPORT, Icmpv6Type.LISTENER_DONE];
const WITH_TARGET = [NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT, REDIRECT];
const DISCOVERY = [ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, ...WITH_TARGET];

type Rule = (before: Readonly<Record<string, unknown>>) => boolean;

const ofTypes =
  (...types: readonly number[]): Rule =>
  ({ type }) =>
    types.includes(type as number);

/** Bits of the byte with the flags of a router advertisement. The preference is two of them. */
export const RouterFlag = {
  MANAGED: 0x80,
  OTHER: 0x40,
  HOME_AGENT: 0x20,
  HIGH_PREFERENCE: 0x08,
  LOW_PREFERENCE: 0x18,
  PROXY: 0x04,
} as const;

/** Makes ICMPv6 messages, and reads them; what stands behind the checksum depends on the type. */
export const icmpv6 = defineHeader({
  name: "icmpv6",
  protocol: "ICMPv6",
  layer: "ICMPv6 header",
  kind: LayerKind.ICMPV6,
  follows: { ipProtocol: IpProtocol.IPV6_ICMP },
  fields: {
    /** What it is, 0 to 255; see `Icmpv6Type`. Default in a stack: 128, an echo request. */
    type: u8({
      filter: "type",
      label: "Type",
      about: "128 echo request, 129 reply",
      text: (type) => named(TYPES, type),
    }),
    /** What it says depends on the type, 0 to 255. Default: 0. */
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
    /** Of an echo: which exchange it belongs to, 0 to 65535. Default: 0. */
    identifier: u16({
      default: 0,
      presentIf: ofTypes(...ECHOES),
      show: (reader) => reader.number("icmpv6.echo.identifier", "Identifier", 2, { text: (value) => hex(value, 2) }),
    }),
    /** Of an echo: counts the requests of an exchange, 0 to 65535. Default: 0. */
    sequenceNumber: u16({
      default: 0,
      presentIf: ofTypes(...ECHOES),
      show: (reader) => reader.number("icmpv6.echo.sequence_number", "Sequence", 2),
    }),
    /** Of a packet that is too big: what the next link takes, in bytes, 0 to 2^32 - 1. Default: 1280, the least there is. */
    mtu: u32({
      default: LEAST_MTU,
      presentIf: ofTypes(PACKET_TOO_BIG),
      show: (reader) =>
        reader.number("icmpv6.mtu", "MTU", 4, {
          text: inBytes,
          meaning: "the largest packet that the router can pass on in this direction",
        }),
    }),
    /** Of a parameter problem: the byte of the quoted packet that is wrong, 0 to 2^32 - 1. Default: 0. */
    pointer: u32({
      default: 0,
      presentIf: ofTypes(PARAMETER_PROBLEM),
      show: (reader) =>
        reader.number("icmpv6.pointer", "Pointer", 4, { meaning: "the byte of the quoted packet that is wrong" }),
    }),
    /** Of what is unreachable or took too long, 0 to 2^32 - 1. Default: 0. */
    unused: reservedWord(ofTypes(DESTINATION_UNREACHABLE, TIME_EXCEEDED)),
    /** Of a router advertisement: what hosts are to use, 0 to 255; 0 leaves it to them. Default: 0. */
    curHopLimit: u8({
      default: 0,
      presentIf: ofTypes(ROUTER_ADVERTISEMENT),
      show: (reader) => reader.number("icmpv6.nd.ra.cur_hop_limit", "Cur hop limit", 1),
    }),
    /** Of a router advertisement: bits of `RouterFlag`, 0 to 255, or their names. Default: 0. */
    routerFlags: u8({
      default: 0,
      words: RouterFlag,
      presentIf: ofTypes(ROUTER_ADVERTISEMENT),
      show: routerFlagsField,
    }),
    /** Of a router advertisement: seconds that it counts as a default router, 0 to 65535. Default: 1800. */
    routerLifetime: u16({
      default: 1800,
      presentIf: ofTypes(ROUTER_ADVERTISEMENT),
      show: (reader) => reader.number("icmpv6.nd.ra.router_lifetime", "Router lifetime (s)", 2),
    }),
    /**
     * Of a router advertisement: milliseconds that a neighbour counts as reachable, 0 to 2^32 - 1. Default: 0, which says
     * nothing.
     */
    reachableTime: u32({
      default: 0,
      presentIf: ofTypes(ROUTER_ADVERTISEMENT),
      show: (reader) => reader.number("icmpv6.nd.ra.reachable_time", "Reachable time (ms)", 4),
    }),
    /** Of a router advertisement: milliseconds between solicitations, 0 to 2^32 - 1. Default: 0, which says nothing. */
    retransTimer: u32({
      default: 0,
      presentIf: ofTypes(ROUTER_ADVERTISEMENT),
      show: (reader) => reader.number("icmpv6.nd.ra.retrans_timer", "Retrans timer (ms)", 4),
    }),
    /** Of a neighbour advertisement: bits of `NeighborFlag`, 0 to 2^32 - 1, or their names. Default: 0. */
    neighborFlags: u32({
      default: 0,
      words: NeighborFlag,
      presentIf: ofTypes(NEIGHBOR_ADVERTISEMENT),
      show: neighborFlagsField,
    }),
    /** Of a listener's message: milliseconds, 0 to 65535; of a query of version 2, a code (RFC 3810, section 5.1.3). Default: 0. */
    maximumResponseDelay: u16({ default: 0, presentIf: ofTypes(...LISTENERS), show: responseField }),
    /** Of a listener's message, 0 to 65535. Default: 0. */
    listenerReserved: u16({
      default: 0,
      presentIf: ofTypes(...LISTENERS, LISTENER_REPORT_V2),
      show: (reader) => void reader.raw("icmpv6.reserved", "Reserved", 2),
    }),
    /** Of a report of version 2, how many there are, 0 to 65535. Computed. */
    numberOfRecords: u16({
      auto: { kind: "count" },
      presentIf: ofTypes(LISTENER_REPORT_V2),
      show: (reader) => reader.number("icmpv6.mldr.nb_mcast_records", "Number of Multicast Address Records", 2),
    }),
    /** Of a listener's message: the group; `::` in a query for all of them, and the default. */
    multicastAddress: ipv6Address({
      default: 0n,
      presentIf: ofTypes(...LISTENERS),
      show: (reader) => reader.ipv6("icmpv6.mld.multicast_address", "Multicast Address"),
    }),
    /** Of neighbour discovery, 0 to 2^32 - 1. Default: 0. */
    reserved: reservedWord(ofTypes(ROUTER_SOLICITATION, NEIGHBOR_SOLICITATION, REDIRECT)),
    /** Who is asked for, who answers, or the better first step on the way. Default: `::`. */
    targetAddress: ipv6Address({ default: 0n, presentIf: ofTypes(...WITH_TARGET), show: targetField }),
    /** Of a redirect: where the packet goes. Default: `::`. */
    destinationAddress: ipv6Address({
      default: 0n,
      presentIf: ofTypes(REDIRECT),
      show: (reader) => reader.ipv6("icmpv6.rd.na.destination_address", "Destination Address"),
    }),
    /** Of neighbour discovery: a list, or bytes. Default: none. */
    options: tailIf(ofTypes(...DISCOVERY), neighborOptions, {
      show: (reader) => {
        while (reader.remaining > 0) neighborOptionField(reader);
      },
    }),
    /** What makes a query one of version 2. Default: it is one of version 1. */
    version2: tailIf(ofTypes(LISTENER_QUERY), listenerQuery, { show: listenerQueryFields }),
    /** Of a report of version 2, one for each group. Default: none. */
    records: tailIf(ofTypes(LISTENER_REPORT_V2), listenerRecords, {
      show: (reader, _layer, { numberOfRecords }) => listenerRecordFields(reader, (numberOfRecords as number) ?? 0),
    }),
  },
  about: "ICMPv6",
  shows: ICMPV6_FIELDS,
  carries: ["ipVersion"],
  next: (view, at, next, end) => (isIcmpv6Error(view.getUint8(at)) ? versionAt(view, next, end) : undefined),
  blank: { type: Icmpv6Type.ECHO_REQUEST },
  lengthAt: messageLength,
  summary: "Internet Control Message Protocol v6",
});

/** What `icmpv6` takes: fields that are left out have their defaults. */
export type Icmpv6Header = HeaderOf<typeof icmpv6.fields>;
/** What `icmpv6.decode` returns: fields that its type does not have are undefined. */
export type DecodedIcmpv6Header = DecodedOf<typeof icmpv6.fields>;

/** Bytes of the fixed part of each type, with what all messages have. */
const FIXED_LENGTHS = fixedLengths();

function fixedLengths(): ReadonlyMap<number, number> {
  const types = Object.values(Icmpv6Type);
  const bits = (type: number) =>
    icmpv6.layout.reduce((sum, { spec, isPresent }) => sum + (isPresent?.({ type }) ? spec.bits : 0), 0);
  return new Map(types.map((type) => [type, icmpv6.fixedLength + bits(type) / 8]));
}

/** Options go on to the end of the message, records as far as they are counted. */
function messageLength(view: DataView, start: number, end: number): number {
  const { fixedLength } = icmpv6;
  if (end - start < fixedLength) return fixedLength;
  const type = view.getUint8(start);
  const length = FIXED_LENGTHS.get(type) ?? fixedLength;
  if (end - start < length) return length;
  if (DISCOVERY.includes(type as never)) return end - start;
  const at = start + length;
  if (type === LISTENER_QUERY) return length + queryLength(view, at, end);
  return type === LISTENER_REPORT_V2
    ? length + listenerRecords.lengthAt(view, at, end, view.getUint16(at - 2))
    : length;
}

function reservedWord(presentIf: Rule) {
  return u32({ default: 0, presentIf, show: (reader) => void reader.raw("icmpv6.reserved", "Reserved", 4) });
}

/** Bytes of a query of version 1, with what all messages have (RFC 2710, section 3; RFC 3810, section 5.1). */
const LISTENER_LENGTH = 24;

function responseField(reader: FieldReader, _layer: unknown, { type }: Shown): void {
  const isSecond = type === LISTENER_QUERY && reader.end - reader.start > LISTENER_LENGTH;
  if (isSecond) reader.number("icmpv6.mld.maximum_response_code", "Maximum Response Code", 2);
  else reader.number("icmpv6.mld.maximum_response_delay", "Maximum Response Delay [ms]", 2);
}

const PREFERENCES: Readonly<Record<number, string>> = { 0: "Medium", 1: "High", 2: "Reserved", 3: "Low" };

function routerFlagsField(reader: FieldReader): void {
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
}

function neighborFlagsField(reader: FieldReader): void {
  const parts = reader.inside(4);
  parts.flag("icmpv6.nd.na.flag.r", "Router", 4, 0x8000_0000);
  parts.flag("icmpv6.nd.na.flag.s", "Solicited", 4, 0x4000_0000);
  parts.flag("icmpv6.nd.na.flag.o", "Override", 4, 0x2000_0000);
  parts.bits("icmpv6.nd.na.flag.rsv", "Reserved", 4, 0x1fff_ffff);
  reader.number("icmpv6.nd.na.flag", "Flags", 4, { text: (value) => hex(value, 4), children: wholeFields(parts) });
}

const wholeFields = (reader: FieldReader) => (reader.isShort ? [] : reader.fields);

function targetField(reader: FieldReader, _layer: unknown, { type }: Shown): void {
  const [which, meaning] = TARGETS[type as number]!;
  reader.ipv6(`icmpv6.nd.${which}.target_address`, "Target Address", { meaning });
}

const TARGETS: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  [NEIGHBOR_SOLICITATION]: ["ns", "who has this address?"],
  [NEIGHBOR_ADVERTISEMENT]: ["na", "the address that the sender has"],
  [REDIRECT]: ["rd", "the better first step on the way"],
};

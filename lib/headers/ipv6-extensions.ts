/**
 * The headers between the IPv6 header and what it carries (RFC 8200, sections 4.3 to 4.6; RFC 6275, section 6.4, for routing
 * of type 2; RFC 4302, section 2, for authentication).
 */
import { bytesText, EXPERIMENTAL_PROTOCOL, hex, IpProtocol, inBytes, named } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { type Auto, restOfHeader, type ShowField, type Shown, tail, u8, u16, u32 } from "./fields.ts";
import { type HeaderOf, lengthFrom } from "./header-table.ts";
import { EXTENSION_WORD, nextHeader } from "./ipv6.ts";
import { LayerKind } from "./layer.ts";

const LAYER = "IPv6 extension header";

const LENGTH: Auto = { kind: "headerLength", unit: EXTENSION_WORD, minus: 1 };

const lengthField = () =>
  u8({
    filter: "len",
    label: "Length",
    about: "length in words of 8 bytes, without the first",
    auto: LENGTH,
    text: (value) => `${value} (${inBytes((value + 1) * EXTENSION_WORD)})`,
  });

/** Bytes that the header has behind the first two; 6 where the length is not there. */
function roomOf({ headerExtensionLength }: Shown): number {
  return (((headerExtensionLength as number | undefined) ?? 0) + 1) * EXTENSION_WORD - 2;
}

const showOptions: ShowField = (reader, _layer, shown) => ipv6Options(reader, roomOf(shown));

function optionsFields() {
  return {
    /** What follows, 0 to 255; see `IpProtocol`. That of what does, if left out. */
    nextHeader: nextHeader("nxt", "Next Header"),
    /** In words of 8 bytes, without the first, 0 to 255. Computed. */
    headerExtensionLength: lengthField(),
    /** As bytes; zeros, which are options that say nothing, fill them up. */
    options: tail(restOfHeader, { show: showOptions }),
  };
}

export const hopByHop = defineHeader({
  name: "ipv6.hopopts",
  layer: LAYER,
  kind: LayerKind.HOP_BY_HOP,
  follows: { ipProtocol: IpProtocol.IPV6_HOP_BY_HOP },
  fields: optionsFields(),
  about: "options for every router on the way",
  blank: { nextHeader: EXPERIMENTAL_PROTOCOL },
  summary: "IPv6 Hop-by-Hop Option",
});

export const destinationOptions = defineHeader({
  name: "ipv6.dstopts",
  layer: LAYER,
  kind: LayerKind.DESTINATION_OPTIONS,
  follows: { ipProtocol: IpProtocol.IPV6_DESTINATION },
  fields: optionsFields(),
  about: "options for the destination",
  blank: { nextHeader: EXPERIMENTAL_PROTOCOL },
  summary: "Destination Options for IPv6",
});

/** A header of options, for routers or for the destination. */
export type OptionsHeader = HeaderOf<typeof hopByHop.fields>;

const ROUTING_TYPES: Readonly<Record<number, string>> = {
  0: "Source Route (deprecated)",
  2: "Type 2 Routing",
  3: "RPL Source Route",
  4: "Segment Routing",
};

const SOURCE_ROUTE = 0;
const MOBILE = 2;
const ADDRESS_LENGTH = 16;
/** Of a source route, before its addresses (RFC 2460, section 4.4). */
const SOURCE_ROUTE_START = 8;

/** Whether a routing header of `length` bytes ends with a whole address, where it consists of addresses. */
export function hasWholeStops(type: number, length: number): boolean {
  return type !== SOURCE_ROUTE || (length - SOURCE_ROUTE_START) % ADDRESS_LENGTH === 0;
}

export const routing = defineHeader({
  name: "ipv6.routing",
  layer: LAYER,
  kind: LayerKind.ROUTING,
  follows: { ipProtocol: IpProtocol.IPV6_ROUTING },
  fields: {
    /** What follows, 0 to 255; see `IpProtocol`. That of what does, if left out. */
    nextHeader: nextHeader("nxt", "Next Header", 1),
    /** In words of 8 bytes, without the first, 0 to 255. Computed. */
    headerExtensionLength: lengthField(),
    /** 0 to 255. */
    routingType: u8({
      filter: "type",
      label: "Type",
      about: "how the route is written down",
      text: (value) => named(ROUTING_TYPES, value),
    }),
    /** 0 to 255. */
    segmentsLeft: u8({
      filter: "segleft",
      label: "Segments Left",
      about: "stops that are still ahead",
      meaning: "how many of the stops on the way are still ahead",
    }),
    /** What the type asks for, in words of 8 bytes with the four before it. */
    data: tail(restOfHeader, { show: (reader, _layer, { routingType }) => routingData(reader, routingType) }),
  },
  about: "a route for the packet",
  blank: { nextHeader: EXPERIMENTAL_PROTOCOL },
  summary: ({ routingType }) => `Routing Header for IPv6 (${ROUTING_TYPES[routingType as number] ?? "Unknown"})`,
});

export type RoutingHeader = HeaderOf<typeof routing.fields>;

function routingData(reader: FieldReader, type: unknown): void {
  if (reader.remaining <= 0) return;
  if (type === SOURCE_ROUTE) {
    reader.raw("ipv6.routing.src.reserved", "Reserved", 4);
    while (reader.remaining >= ADDRESS_LENGTH) reader.ipv6("ipv6.routing.src.addr", "Address");
    if (reader.remaining > 0) reader.malformed("the last address is cut off");
  } else if (type === MOBILE) {
    reader.raw("ipv6.routing.mipv6.reserved", "Reserved", 4);
    reader.ipv6("ipv6.routing.mipv6.home_address", "Home Address");
  } else {
    reader.raw("ipv6.routing.unknown_data", "Type-Specific Data", reader.remaining);
  }
}

/** Bytes of a word in which the length of authentication is counted, the first two not included. */
const AUTHENTICATION_WORD = 4;

/** RFC 4302, section 2. */
export const authentication = defineHeader({
  name: "ah",
  layer: LAYER,
  kind: LayerKind.AUTHENTICATION,
  follows: { ipProtocol: IpProtocol.AUTHENTICATION },
  fields: {
    /** What follows, 0 to 255; see `IpProtocol`. That of what does, if left out. */
    nextHeader: nextHeader("next_header", "Next header"),
    /** In words of 4 bytes, without the first two, 0 to 255. Computed. */
    payloadLength: u8({
      filter: "length",
      label: "Length",
      about: "length in words of 4 bytes, without the first two",
      auto: { kind: "headerLength", unit: AUTHENTICATION_WORD, minus: 2 },
      text: (value) => `${value} (${inBytes((value + 2) * AUTHENTICATION_WORD)})`,
    }),
    /** 0 to 65535. Default: 0. */
    reserved: u16({
      default: 0,
      show: (reader) => void reader.raw("ah.reserved", "Reserved", 2, { text: bytesText }),
    }),
    /** Which agreement between both sides it belongs to, 0 to 2^32 - 1. */
    securityParametersIndex: u32({
      filter: "spi",
      label: "AH SPI",
      about: "security parameters index",
      text: (value) => hex(value, 4),
    }),
    /** 0 to 2^32 - 1. */
    sequenceNumber: u32({ filter: "sequence", label: "AH Sequence", about: "sequence number" }),
    /** The sum that proves who sent the packet. */
    integrityCheckValue: tail(restOfHeader, { show: checkValueField }),
  },
  about: "authentication",
  blank: { nextHeader: EXPERIMENTAL_PROTOCOL },
  summary: "Authentication Header",
});

export type AuthenticationHeader = HeaderOf<typeof authentication.fields>;

function checkValueField(reader: FieldReader, _layer: unknown, { payloadLength }: Shown): void {
  const length = (((payloadLength as number | undefined) ?? 0) + 2) * AUTHENTICATION_WORD;
  const left = Math.min(length - authentication.fixedLength, reader.remaining);
  if (left > 0) reader.raw("ah.icv", "AH ICV", left);
}

/** Bytes of an extension header but that of fragments, whose length is always the same. @param count what its length field holds */
export function extensionLength(kind: LayerKind, count: number): number {
  const { lengthField } = kind === LayerKind.AUTHENTICATION ? authentication : hopByHop;
  return lengthFrom(lengthField!, count);
}

/** Options of the IPv6 hop-by-hop and destination headers (RFC 8200, section 4.2; RFC 2711, RFC 2675, RFC 2473, RFC 6275). */

export const PAD_1 = 0;
export const PAD_N = 1;

/** Bytes of data: tunnel limit, router alert, jumbo payload, home address, quick start, depth-first forwarding. */
const IPV6_LENGTHS: ReadonlyMap<number, number> = new Map([
  [4, 1],
  [5, 2],
  [194, 4],
  [201, 16],
  [38, 6],
  [238, 3],
]);
/** Security labels (RFC 5570) and lossy networks (RFC 9008) have more, as they need. */
const LEAST_IPV6_LENGTHS: ReadonlyMap<number, number> = new Map([
  [7, 8],
  [99, 4],
]);

/** The data of an option of a hop-by-hop or destination header is no longer or shorter than its type has it. */
export function isIpv6OptionLength(type: number, dataLength: number): boolean {
  return dataLength === (IPV6_LENGTHS.get(type) ?? dataLength) && dataLength >= (LEAST_IPV6_LENGTHS.get(type) ?? 0);
}

interface OptionKind {
  readonly label: string;
  readonly read: (reader: FieldReader) => void;
}

const KINDS: Readonly<Record<number, OptionKind>> = {
  [PAD_N]: {
    label: "PadN",
    read: (reader) => void (reader.remaining > 0 && reader.raw("ipv6.opt.padn", "PadN", reader.remaining)),
  },
  4: {
    label: "Tunnel Encapsulation Limit",
    read: (reader) => void reader.number("ipv6.opt.tel", "Tunnel Encapsulation Limit", 1),
  },
  5: {
    label: "Router Alert",
    read: (reader) =>
      void reader.number("ipv6.opt.router_alert", "Router Alert", 2, { text: (value) => named(ALERTS, value) }),
  },
  194: { label: "Jumbo", read: (reader) => void reader.number("ipv6.opt.jumbo", "Payload Length", 4) },
  201: {
    label: "Home Address",
    read: (reader) => void reader.ipv6("ipv6.opt.mipv6.home_address", "MIPv6 Home Address"),
  },
};

const UNKNOWN: OptionKind = {
  label: "Unknown",
  read: (reader) => void reader.raw("ipv6.opt.unknown", "Unknown Option Payload", reader.remaining),
};

const ALERTS: Readonly<Record<number, string>> = { 0: "MLD", 1: "RSVP", 2: "Active Networks" };

const ACTIONS: Readonly<Record<number, string>> = {
  0: "Skip and continue",
  1: "Discard",
  2: "Discard and send ICMP Parameter Problem",
  3: "Discard and send ICMP Parameter Problem, unless the destination is multicast",
};

/** @param length bytes that the header has for options */
export function ipv6Options(reader: FieldReader, length: number): void {
  const options = reader.inside(length);
  while (options.remaining > 0) readOption(options);
  for (const option of options.fields) reader.fields.push(option);
  reader.at = Math.max(reader.at, options.at);
}

function readOption(reader: FieldReader): void {
  const type = reader.peek(0);
  if (type === PAD_1) {
    const inner = reader.inside(1);
    inner.number("ipv6.opt.type", "Type", 1, { text: "Pad1 (0x00)" });
    reader.group("ipv6.opt", "IPv6 Option", 1, "Pad1", inner.fields);
    return;
  }
  const length = 2 + reader.peek(1);
  if (reader.remaining < length) {
    reader.malformed(`an option of type ${type} has ${inBytes(length)}, of which ${reader.remaining} are left`);
    return;
  }
  const kind = KINDS[type] ?? UNKNOWN;
  const inner = reader.inside(length);
  typeField(inner);
  inner.number("ipv6.opt.length", "Length", 1);
  if (type !== PAD_N && !isIpv6OptionLength(type, length - 2)) {
    inner.malformed(`an option of type ${type} cannot have ${inBytes(length)}`);
  } else kind.read(inner);
  reader.group("ipv6.opt", "IPv6 Option", length, kind.label, inner.finish());
}

/** The upper three bits of the type say what to do with an option that one does not know. */
function typeField(reader: FieldReader): void {
  const parts = reader.inside(1);
  parts.bits("ipv6.opt.type.action", "Action", 1, 0xc0, { text: (value) => named(ACTIONS, value) });
  parts.flag("ipv6.opt.type.change", "May Change", 1, 0x20, { text: (is) => (is ? "Yes" : "No") });
  parts.bits("ipv6.opt.type.rest", "Low-Order Bits", 1, 0x1f, { text: (value) => hex(value, 1) });
  const { label } = KINDS[reader.peek(0)] ?? UNKNOWN;
  reader.number("ipv6.opt.type", "Type", 1, { text: (value) => `${label} (${hex(value, 1)})`, children: parts.fields });
}

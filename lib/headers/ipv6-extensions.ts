/**
 * The headers between the IPv6 header and what it carries (RFC 8200, sections 4.3 to 4.6; RFC 6275, section 6.4, for routing
 * of type 2; RFC 4302, section 2, for authentication).
 */
import { bytesText, EXPERIMENTAL_PROTOCOL, hex, IpProtocol, inBytes, named } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { type Auto, restOfHeader, type ShowField, type Shown, tail, u8, u16, u32 } from "./fields.ts";
import { lengthFrom } from "./header-fields-at.ts";
import type { HeaderOf, ShownFields } from "./header-table.ts";
import { EXTENSION_WORD, nextHeader } from "./ipv6.ts";
import { ipv6OptionBytes } from "./ipv6-option-list.ts";
import { IPV6_OPTION_FIELDS, ipv6Options } from "./ipv6-options.ts";
import { ipv6RouteBytes } from "./ipv6-routes.ts";
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
    /** As bytes; zeros, which are options that say nothing, fill them up. In a stack also a list of `Ipv6Option`. */
    options: tail(restOfHeader, { show: showOptions }, ipv6OptionBytes),
  };
}

/** Makes headers with options for every router on the way (RFC 8200, section 4.3), and reads them. */
export const hopByHop = defineHeader({
  name: "ipv6.hopopts",
  layer: LAYER,
  kind: LayerKind.HOP_BY_HOP,
  follows: { ipProtocol: IpProtocol.IPV6_HOP_BY_HOP },
  fields: optionsFields(),
  about: "options for every router on the way",
  shows: IPV6_OPTION_FIELDS,
  blank: { nextHeader: EXPERIMENTAL_PROTOCOL },
  summary: "IPv6 Hop-by-Hop Option",
});

/** Makes headers with options for the destination (RFC 8200, section 4.6), and reads them. */
export const destinationOptions = defineHeader({
  name: "ipv6.dstopts",
  layer: LAYER,
  kind: LayerKind.DESTINATION_OPTIONS,
  follows: { ipProtocol: IpProtocol.IPV6_DESTINATION },
  fields: optionsFields(),
  about: "options for the destination",
  shows: IPV6_OPTION_FIELDS,
  blank: { nextHeader: EXPERIMENTAL_PROTOCOL },
  summary: "Destination Options for IPv6",
});

/** A header of options, for routers or for the destination. */
export type OptionsHeader = HeaderOf<typeof hopByHop.fields>;

/** Those fields of routes that filters can ask for. */
const ROUTING_FIELDS: ShownFields = {
  "ipv6.routing.src.reserved": ["bytes", "Reserved"],
  "ipv6.routing.src.addr": ["ipv6", "Address"],
  "ipv6.routing.mipv6.reserved": ["bytes", "Reserved"],
  "ipv6.routing.mipv6.home_address": ["ipv6", "Home Address"],
  "ipv6.routing.unknown_data": ["bytes", "Type-Specific Data"],
};

const ROUTING_TYPES: Readonly<Record<number, string>> = {
  0: "Source Route (deprecated)",
  2: "Type 2 Routing",
  3: "RPL Source Route",
  4: "Segment Routing",
};

const SOURCE_ROUTE = 0;
const MOBILE = 2;
/** RFC 8754, section 2. */
const SEGMENTS = 4;
const ADDRESS_LENGTH = 16;
/** Of a source route, before its addresses (RFC 2460, section 4.4). */
const SOURCE_ROUTE_START = 8;

/** Whether a routing header of `length` bytes ends with a whole address, where it consists of addresses. */
export function hasWholeStops(type: number, length: number): boolean {
  return type !== SOURCE_ROUTE || (length - SOURCE_ROUTE_START) % ADDRESS_LENGTH === 0;
}

/** Makes routing headers of types 0, 2 and 4 and, as bytes, of others (RFC 8200, section 4.4), and reads them. */
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
    /** What kind of route it is, 0 to 255; see `Ipv6Route`. */
    routingType: u8({
      filter: "type",
      label: "Type",
      about: "how the route is written down",
      text: (value) => named(ROUTING_TYPES, value),
    }),
    /** Stops on the way that are still to come, 0 to 255. */
    segmentsLeft: u8({
      filter: "segleft",
      label: "Segments Left",
      about: "stops that are still ahead",
      meaning: "how many of the stops on the way are still ahead",
    }),
    /** What the type asks for, in words of 8 bytes with the four before it. In a stack also an `Ipv6Route`. */
    data: tail(
      restOfHeader,
      { show: (reader, _layer, { routingType }) => routingData(reader, routingType) },
      ipv6RouteBytes,
    ),
  },
  about: "a route for the packet",
  shows: ROUTING_FIELDS,
  blank: { nextHeader: EXPERIMENTAL_PROTOCOL },
  summary: ({ routingType }) => `Routing Header for IPv6 (${ROUTING_TYPES[routingType as number] ?? "Unknown"})`,
});

/** What `routing` takes: fields that are left out have their defaults. */
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
  } else if (type === SEGMENTS) {
    segmentList(reader);
  } else {
    reader.raw("ipv6.routing.unknown_data", "Type-Specific Data", reader.remaining);
  }
}

/** The last segment comes first; what stands behind the list are options (RFC 8754, section 2). */
function segmentList(reader: FieldReader): void {
  const last = reader.number("ipv6.routing.srh.last_entry", "Last Entry", 1);
  reader.number("ipv6.routing.srh.flags", "Flags", 1, { text: (value) => hex(value, 1) });
  reader.raw("ipv6.routing.srh.tag", "Tag", 2);
  for (let index = 0; index <= last && reader.remaining >= ADDRESS_LENGTH; index++) {
    reader.ipv6("ipv6.routing.srh.addr", "Address");
  }
  if (reader.remaining > 0) reader.raw("ipv6.routing.unknown_data", "Type-Specific Data", reader.remaining);
}

/** Bytes of a word in which the length of authentication is counted, the first two not included. */
const AUTHENTICATION_WORD = 4;

/** Makes authentication headers (RFC 4302, section 2), and reads them. */
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
    /** Of no meaning, 0 to 65535. Default: 0. */
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
    /** Counts the packets of the agreement, 0 to 2^32 - 1. */
    sequenceNumber: u32({ filter: "sequence", label: "AH Sequence", about: "sequence number" }),
    /** The sum that proves who sent the packet. */
    integrityCheckValue: tail(restOfHeader, { show: checkValueField }),
  },
  about: "authentication",
  shows: { "ah.reserved": ["bytes", "what is reserved"], "ah.icv": ["bytes", "integrity check value"] },
  blank: { nextHeader: EXPERIMENTAL_PROTOCOL },
  summary: "Authentication Header",
});

/** What `authentication` takes: fields that are left out have their defaults. */
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

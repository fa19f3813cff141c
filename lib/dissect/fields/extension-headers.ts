/**
 * Fields of the headers between the IPv6 header and what it carries (RFC 8200, sections 4.3 to 4.6; RFC 6275, section 6.4,
 * for routing of type 2; RFC 4302, section 2, for authentication).
 */
import type { FieldReader } from "./field-reader.ts";
import { ipv6Options } from "./ipv6-options.ts";
import { IP_PROTOCOLS } from "./numbers.ts";
import type { Title } from "./place.ts";
import { bytesText, hex, inBytes, named } from "./text.ts";

const nextHeader = (reader: FieldReader, name: string, label = "Next Header") =>
  reader.number(name, label, 1, { text: (value) => named(IP_PROTOCOLS, value) });

/** The length counts words of 8 bytes after the first. @returns the length in bytes */
function lengthField(reader: FieldReader, name: string): number {
  const length = reader.number(name, "Length", 1, { text: (value) => `${value} (${inBytes((value + 1) * 8)})` });
  return (length + 1) * 8;
}

export function describeHopByHop(reader: FieldReader): Title {
  return describeOptions(reader, "ipv6.hopopts", "IPv6 Hop-by-Hop Option");
}

export function describeDestinationOptions(reader: FieldReader): Title {
  return describeOptions(reader, "ipv6.dstopts", "Destination Options for IPv6");
}

function describeOptions(reader: FieldReader, name: string, label: string): Title {
  nextHeader(reader, `${name}.nxt`);
  const length = lengthField(reader, `${name}.len`);
  ipv6Options(reader, length - 2);
  return { name, label, needed: length };
}

const ROUTING_TYPES: Readonly<Record<number, string>> = {
  0: "Source Route (deprecated)",
  2: "Type 2 Routing",
  3: "RPL Source Route",
  4: "Segment Routing",
};

const SOURCE_ROUTE = 0;
const MOBILE = 2;

export function describeRouting(reader: FieldReader): Title {
  nextHeader(reader, "ipv6.routing.nxt");
  const length = lengthField(reader, "ipv6.routing.len");
  const type = reader.number("ipv6.routing.type", "Type", 1, { text: (value) => named(ROUTING_TYPES, value) });
  reader.number("ipv6.routing.segleft", "Segments Left", 1, {
    meaning: "how many of the stops on the way are still ahead",
  });
  if (reader.remaining > 0) routingData(reader, type);
  const label = `Routing Header for IPv6 (${ROUTING_TYPES[type] ?? "Unknown"})`;
  return { name: "ipv6.routing", label, needed: length };
}

function routingData(reader: FieldReader, type: number): void {
  if (type === SOURCE_ROUTE) {
    reader.raw("ipv6.routing.src.reserved", "Reserved", 4);
    while (reader.remaining >= 16) reader.ipv6("ipv6.routing.src.addr", "Address");
  } else if (type === MOBILE) {
    reader.raw("ipv6.routing.mipv6.reserved", "Reserved", 4);
    reader.ipv6("ipv6.routing.mipv6.home_address", "Home Address");
  } else {
    reader.raw("ipv6.routing.unknown_data", "Type-Specific Data", reader.remaining);
  }
}

export function describeFragment(reader: FieldReader): Title {
  nextHeader(reader, "ipv6.fraghdr.nxt", "Next header");
  reader.number("ipv6.fraghdr.reserved_octet", "Reserved octet", 1, { text: (value) => hex(value, 1) });
  reader.bits("ipv6.fraghdr.offset", "Offset", 2, 0xfff8, {
    text: (value) => `${value} (${inBytes(value * 8)})`,
    meaning: "where the data of this fragment belongs in that of the packet, in units of 8 bytes",
  });
  reader.bits("ipv6.fraghdr.reserved_bits", "Reserved bits", 2, 0x0006);
  reader.flag("ipv6.fraghdr.more", "More Fragments", 2, 0x0001, { text: (is) => (is ? "Yes" : "No") });
  reader.skip(2);
  reader.number("ipv6.fraghdr.ident", "Identification", 4, {
    text: (value) => hex(value, 4),
    meaning: "the same in all fragments of one packet",
  });
  return { name: "ipv6.fraghdr", label: "Fragment Header for IPv6" };
}

/** Without its integrity check value, the header has 12 bytes. */
const AUTHENTICATION_FIXED = 12;

export function describeAuthentication(reader: FieldReader): Title {
  nextHeader(reader, "ah.next_header", "Next header");
  const words = reader.number("ah.length", "Length", 1, { text: (value) => `${value} (${inBytes((value + 2) * 4)})` });
  reader.raw("ah.reserved", "Reserved", 2, { text: bytesText });
  reader.number("ah.spi", "AH SPI", 4, { text: (value) => hex(value, 4) });
  reader.number("ah.sequence", "AH Sequence", 4);
  const length = (words + 2) * 4;
  const left = Math.min(length - AUTHENTICATION_FIXED, reader.remaining);
  if (left > 0) reader.raw("ah.icv", "AH ICV", left);
  return { name: "ah", label: "Authentication Header", needed: length };
}

/**
 * Generic Routing Encapsulation (RFC 2784, section 2, with the key and sequence number of RFC 2890 and the routing of RFC 1701),
 * and its version 1, which carries PPP for PPTP (RFC 2637, section 4.1).
 */
import { etherTypeText, hex, IpProtocol } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { bits, checksum, flag, restOfHeader, type Shown, tail, u16, u32 } from "./fields.ts";
import type { Following, HeaderOf } from "./header-table.ts";
import { framedPppAt } from "./ppp.ts";

/** Of the first two bytes. */
const CHECKSUM_OR_ROUTING = 0xc000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGMENT = 0x0080;
const VERSION = 0x0007;
/** Version 1 has flags of its own, and half of the key is a length. */
const PPTP = 1;

const PROTOCOL_AT = 2;
const PPP = 0x880b;
const LOWEST_TYPE = 0x0600;
/** Of each route: address family, offset, and length of what follows. A route of nothing ends the list. */
const ROUTE_START = 4;

const YES_OR_NO = (is: boolean) => (is ? "Yes" : "No");
const flags = {
  filter: "flags_and_version",
  label: "Flags and Version",
  about: "all flags, and the version",
  text: (value: number) => hex(value, 2),
};
const present = <const Filter extends string, const Label extends string>(filter: Filter, label: Label) =>
  ({ filter, label, default: false, word: 2, group: flags, text: YES_OR_NO }) as const;

/** Makes GRE headers, 4 to 16 bytes and routing, and reads them. */
export const gre = defineHeader({
  name: "gre",
  protocol: "GRE",
  layer: "GRE header",
  follows: { ipProtocol: IpProtocol.GRE, udpPort: 4754 },
  fields: {
    /** Whether there is a checksum. Default: whether one is given. */
    checksumPresent: flag(present("flags.checksum", "Checksum Bit")),
    /** Whether there are routes (RFC 1701). Default: false. */
    routingPresent: flag(present("flags.routing", "Routing Bit")),
    /** Whether there is a key. Default: whether one is given. */
    keyPresent: flag(present("flags.key", "Key Bit")),
    /** Whether there is a sequence number. Default: whether one is given. */
    sequenceNumberPresent: flag(present("flags.sequence_number", "Sequence Number Bit")),
    /** Whether all routes are strict ones (RFC 1701). Default: false. */
    strictSourceRoute: flag(present("flags.strict_source_route", "Strict Source Route Bit")),
    /** Further encapsulations that are allowed (RFC 1701), 0 to 7. Default: 0. */
    recursionControl: bits(3, {
      filter: "flags.recursion_control",
      label: "Recursion control",
      default: 0,
      word: 2,
      group: flags,
    }),
    /** Of PPTP, whether there is an acknowledgment number. Default: false. */
    acknowledgmentNumberPresent: flag({
      default: false,
      word: 2,
      group: flags,
      label: "Acknowledgment",
      drawnWith: ["gre.flags.ack"],
      show: showAcknowledgmentFlag,
    }),
    /** Of no meaning, 0 to 15. Default: 0. */
    reserved: bits(4, {
      default: 0,
      word: 2,
      group: flags,
      label: "Reserved",
      drawnWith: ["gre.flags.reserved"],
      show: showReserved,
    }),
    /** 0, or 1 for PPTP; 0 to 7. Default: 0. */
    version: bits(3, {
      filter: "flags.version",
      label: "Version",
      default: 0,
      word: 2,
      group: flags,
      text: (value) => (value > 1 ? `Unknown (${value})` : `${value === 0 ? "GRE" : "Enhanced GRE"} (${value})`),
    }),
    /** What follows, 0 to 65535; see `EtherType`. */
    protocolType: u16({
      filter: "proto",
      label: "Protocol Type",
      about: "EtherType of what follows",
      announces: "etherType",
      text: etherTypeText,
    }),
    /** Over header and all that it carries, where a flag says so. Computed. */
    checksum: checksum({
      filter: "checksum",
      label: "Checksum",
      covers: "message",
      hasPseudoHeader: false,
      presentIf: ["checksumPresent", "routingPresent"],
    }),
    /** Where the route that is travelled now begins in the list of routes, 0 to 65535; otherwise reserved. Default: 0. */
    offset: u16({ filter: "offset", label: "Offset", default: 0, presentIf: ["checksumPresent", "routingPresent"] }),
    /** Which flow the packet belongs to (RFC 2890), 0 to 2^32 - 1; of PPTP, a length of 16 bits and the number of a call. */
    key: u32({
      filter: "key",
      label: "Key",
      default: 0,
      presentIf: "keyPresent",
      drawnWith: ["gre.key.payload_length", "gre.key.call_id"],
      show: showKey,
    }),
    /** Counts the packets of the tunnel (RFC 2890), 0 to 2^32 - 1. */
    sequenceNumber: u32({
      filter: "sequence_number",
      label: "Sequence Number",
      default: 0,
      presentIf: "sequenceNumberPresent",
    }),
    /** Of PPTP, the highest sequence number that has arrived, 0 to 2^32 - 1. */
    acknowledgmentNumber: u32({
      filter: "ack_number",
      label: "Acknowledgment Number",
      default: 0,
      presentIf: (before) => isPptp(before) && before.acknowledgmentNumberPresent === true,
    }),
    /** Routes as they stand in the header, with the empty one that ends them. */
    routing: tail(restOfHeader, { show: showRouting, drawn: "Routing" }),
  },
  lengthAt: greLength,
  next: greNext,
  // Each direction can have a key of its own.
  tunnel: { name: "GRE" },
  about: "GRE",
  needs: 4,
  drawing: "GRE header (RFC 2784)",
  summary: ({ protocolType }) => `Generic Routing Encapsulation (${etherTypeText(protocolType as number)})`,
});

/** What `gre` takes: fields that are left out have their defaults. */
export type GreHeader = HeaderOf<typeof gre.fields>;

/** Only PPP has what version 1 has of its own. */
function isPptp({ version, protocolType }: { readonly version?: unknown; readonly protocolType?: unknown }): boolean {
  return version === PPTP && protocolType === PPP;
}

function isPptpAt(view: DataView, at: number): boolean {
  return (view.getUint16(at) & VERSION) === PPTP && view.getUint16(at + PROTOCOL_AT) === PPP;
}

function greLength(view: DataView, at: number, end: number): number {
  const word = view.getUint16(at);
  let length = 4;
  if ((word & CHECKSUM_OR_ROUTING) !== 0) length += 4;
  if ((word & KEY) !== 0) length += 4;
  if ((word & SEQUENCE) !== 0) length += 4;
  if ((word & ACKNOWLEDGMENT) !== 0 && isPptpAt(view, at)) length += 4;
  if ((word & ROUTING) === 0) return length;
  for (let route = at + length; ; ) {
    const next = route + ROUTE_START;
    if (next > end) return next - at;
    const bytes = view.getUint8(route + 3);
    route = next + bytes;
    if (bytes === 0) return route - at;
  }
}

function greNext(view: DataView, at: number, next: number, end: number): Following | undefined {
  const version = view.getUint16(at) & VERSION;
  const protocol = view.getUint16(at + PROTOCOL_AT);
  if (version > PPTP || protocol < LOWEST_TYPE) return undefined;
  if (protocol !== PPP) return ["etherType", protocol];
  // An acknowledgment of PPTP has nothing to carry.
  return end > next ? framedPppAt(view, next, end) : undefined;
}

/** Flags and version together: the reader of a group begins with them, and ends before the protocol. */
function flagsAt(reader: FieldReader): number {
  reader.at = reader.start;
  return reader.peek(0, 2);
}

function isPptpIn({ memory: { bytes, view }, start }: FieldReader): boolean {
  return start + PROTOCOL_AT + 2 <= bytes.length && isPptpAt(view, start);
}

function showAcknowledgmentFlag(reader: FieldReader): boolean {
  const word = flagsAt(reader);
  if (isPptpIn(reader)) {
    reader.flag("gre.flags.ack", "Acknowledgment", 2, ACKNOWLEDGMENT, { text: YES_OR_NO });
  }
  return (word & ACKNOWLEDGMENT) !== 0;
}

/** In version 0, the flag of acknowledgments is one of them. */
function showReserved(reader: FieldReader): number {
  reader.at = reader.start;
  return reader.bits("gre.flags.reserved", "Flags (Reserved)", 2, isPptpIn(reader) ? 0x78 : 0xf8);
}

function showKey(reader: FieldReader, _layer: unknown, shown: Shown): unknown {
  if (!isPptp(shown)) return reader.number("gre.key", "Key", 4, { text: (value) => hex(value, 4) });
  const length = reader.number("gre.key.payload_length", "Payload Length", 2);
  return length * 0x1_0000 + reader.number("gre.key.call_id", "Call ID", 2);
}

function showRouting(reader: FieldReader, _layer: unknown, { routingPresent }: Shown): void {
  while (routingPresent === true) {
    reader.number("gre.routing.address_family", "Address Family", 2);
    reader.number("gre.routing.sre_offset", "SRE Offset", 1);
    const length = reader.number("gre.routing.src_length", "SRE Length", 1);
    if (length === 0 || reader.isShort) return;
    reader.raw("gre.routing.information", "Routing Information", length);
  }
}

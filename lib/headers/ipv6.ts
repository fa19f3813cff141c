/** Internet Protocol, version 6 (RFC 8200, section 3). Extension headers are not part of it: they count as what it carries. */

import { viewOf } from "../core/bytes.ts";
import { badField, outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import { getIpv6, setIpv6 } from "./address.ts";
import { ipv6AddressSum } from "./address-sums.ts";
import {
  AddressFamily,
  codePointText,
  congestionMeaning,
  congestionText,
  EtherType,
  EXPERIMENTAL_PROTOCOL,
  hex,
  hopsMeaning,
  IP_PROTOCOLS,
  IpProtocol,
  inBytes,
  LinkType,
  named,
  PppProtocol,
} from "./assigned-numbers.ts";
import { decodedFields } from "./decoded-fields.ts";
import { defineHeader } from "./define-header.ts";
import { describeWithCodec } from "./describe-with-codec.ts";
import { bits, flag, ipv6Address, u8, u16, u32 } from "./fields.ts";
import { type AnyStackedHeader, type DecodedOf, type HeaderOf, offsetsOf } from "./header-table.ts";
import { LayerKind } from "./layer.ts";

const LAYER = "IPv6 header";
const VERSION = 6;
const LARGEST_FLOW_LABEL = 0xf_ffff;
const DEFAULT_HOP_LIMIT = 64;
/** ::1: packets to it go nowhere. */
const LOOPBACK_ADDRESS = 1n;

const fields = {
  /** Of IP, 0 to 15. Default: 6. */
  version: bits(4, { filter: "version", label: "Version", about: "6", default: VERSION, must: VERSION }),
  /** DSCP in the upper six bits, ECN in the lower two, 0 to 255. Default: 0. */
  trafficClass: bits(8, {
    filter: "tclass",
    label: "Traffic Class",
    about: "traffic class",
    default: 0,
    word: 4,
    text: (value) => hex(value, 1),
    parts: [
      {
        bits: 6,
        word: 4,
        filter: "tclass.dscp",
        label: "Differentiated Services Codepoint",
        about: "differentiated services codepoint",
        text: codePointText,
      },
      {
        bits: 2,
        word: 4,
        filter: "tclass.ecn",
        label: "Explicit Congestion Notification",
        about: "explicit congestion notification",
        text: congestionText,
        meaning: congestionMeaning,
      },
    ],
  }),
  /** The same in all packets of a flow (RFC 6437), 0 to 2^20 - 1. Default: 0. */
  flowLabel: bits(20, {
    filter: "flow",
    label: "Flow Label",
    about: "flow label",
    default: 0,
    text: (value) => `0x${value.toString(16).padStart(5, "0")}`,
    meaning: (value) => (value === 0 ? undefined : "the same in all packets that belong together on their way"),
  }),
  /** Bytes behind this header, 0 to 65535. Computed. */
  payloadLength: u16({
    filter: "plen",
    // Wireshark reads it together with the next header.
    needs: 7,
    label: "Payload Length",
    about: "payload length",
    auto: { kind: "length", from: "end", zeroIsAll: true },
    text: inBytes,
    meaning: "what follows this header, extension headers included",
  }),
  /** What follows, 0 to 255: the numbers of `IpProtocol`, and those of extension headers. That of what does, if left out. */
  nextHeader: u8({
    filter: "nxt",
    label: "Next Header",
    about: "next header, as the fixed header has it",
    announces: "ipProtocol",
    text: (value) => named(IP_PROTOCOLS, value),
  }),
  /** Routers that may pass it on, 0 to 255. Default: 64; in a stack 255 around neighbour discovery. */
  hopLimit: u8({
    filter: "hlim",
    label: "Hop Limit",
    about: "hop limit",
    default: DEFAULT_HOP_LIMIT,
    meaning: hopsMeaning,
  }),
  /** Who sends it: 0 to 2^128 - 1, a bigint; in a stack also text, as "2001:db8::1", or 16 bytes. Left out there: `::1`. */
  source: ipv6Address({ filter: "src", label: "Source Address", about: "source" }),
  /** Who it is for: 0 to 2^128 - 1, a bigint; in a stack also text, as "2001:db8::2", or 16 bytes. Left out there: `::1`. */
  destination: ipv6Address({ filter: "dst", label: "Destination Address", about: "destination" }),
};

/**
 * What `ipv6` takes: a field left out is computed or takes its default; one that is given is written as it is, right or wrong.
 */
export type Ipv6Header = HeaderOf<typeof fields>;
/** A header as it was read, with every field. */
export type DecodedIpv6Header = DecodedOf<typeof fields>;

/** Makes IPv6 headers, 40 bytes, and reads them. */
export const ipv6 = describeWithCodec(
  {
    name: "ipv6",
    protocol: "IPv6",
    layer: LAYER,
    kind: LayerKind.IPV6,
    addressSum: ipv6AddressSum,
    follows: {
      etherType: EtherType.IPV6,
      ipProtocol: IpProtocol.IPV6,
      linkType: LinkType.IPV6,
      ipVersion: VERSION,
      // Of the numbers that systems have for it, that of macOS first: it is where captures with them come from.
      addressFamily: [AddressFamily.IPV6_DARWIN, AddressFamily.IPV6_FREEBSD, AddressFamily.IPV6_BSD],
      pppProtocol: PppProtocol.IPV6,
    },
    fields,
    complete: { hopLimit: usualHopLimit },
    blank: { nextHeader: EXPERIMENTAL_PROTOCOL, source: LOOPBACK_ADDRESS, destination: LOOPBACK_ADDRESS },
    about: "IPv6",
    either: { filter: "addr", about: "source or destination", fields: ["source", "destination"] },
    drawing: "IPv6 header (RFC 8200)",
    summary: ({ source, destination }) => `Internet Protocol Version 6, Src: ${source}, Dst: ${destination}`,
  },
  { byteLength: ipv6ByteLength, encodeInto: encodeIpv6, decode: decodeIpv6 },
);

const CONTROL = "icmpv6";
/** Neighbour discovery is believed only if no router has passed it on (RFC 4861, section 7.1). */
const [FIRST_OF_DISCOVERY, LAST_OF_DISCOVERY] = [133, 137];
const DISCOVERY_HOP_LIMIT = 255;

function usualHopLimit(stack: readonly AnyStackedHeader[], index: number): number {
  const behind = stack[index + 1];
  const type = behind?.header.name === CONTROL ? (behind.fields as { readonly type?: number }).type : undefined;
  const isDiscovery = type !== undefined && type >= FIRST_OF_DISCOVERY && type <= LAST_OF_DISCOVERY;
  return isDiscovery ? DISCOVERY_HOP_LIMIT : DEFAULT_HOP_LIMIT;
}

/** The byte in which each field begins, counted from the start of the header. */
export const ipv6Offsets = offsetsOf(fields);
export const IPV6_VERSION = VERSION;

const HEADER_LENGTH = ipv6.fixedLength;
const {
  payloadLength: PAYLOAD_LENGTH_AT,
  nextHeader: NEXT_HEADER_AT,
  hopLimit: HOP_LIMIT_AT,
  source: SOURCE_AT,
  destination: DESTINATION_AT,
} = ipv6Offsets;

/** Bytes of a word in which lengths of extension headers and offsets of fragments are counted. */
export const EXTENSION_WORD = 8;

/** All extension headers have so many bytes. */
export const LEAST_EXTENSION_LENGTH = EXTENSION_WORD;
/** As much has to be there for the first field of any of them. */
const LEAST_LENGTH = 2;

/** The offset of a fragment, in the upper 13 bits of 16. */
const FRAGMENT_OFFSET_AT = 2;

/** The field that all of them begin with. */
export const nextHeader = <const Filter extends string>(filter: Filter, label: string, needs = LEAST_LENGTH) =>
  u8({
    filter,
    label,
    needs,
    about: "what follows",
    announces: "ipProtocol",
    text: (value) => named(IP_PROTOCOLS, value),
  });

/** Makes fragment headers, 8 bytes (RFC 8200, section 4.5), and reads them. */
export const fragment = defineHeader({
  name: "ipv6.fraghdr",
  layer: "IPv6 fragment header",
  kind: LayerKind.IPV6_FRAGMENT,
  follows: { ipProtocol: IpProtocol.IPV6_FRAGMENT },
  fields: {
    /** What follows, 0 to 255; see `IpProtocol`. That of what does, if left out. */
    nextHeader: nextHeader("nxt", "Next header", LEAST_EXTENSION_LENGTH),
    /** Of no meaning, 0 to 255. Default: 0. */
    reserved: u8({
      filter: "reserved_octet",
      label: "Reserved octet",
      about: "reserved octet",
      default: 0,
      text: (value) => hex(value, 1),
    }),
    /** Where the fragment belongs in its packet, in units of 8 bytes, 0 to 8191. Default: 0. */
    fragmentOffset: bits(13, {
      filter: "offset",
      label: "Offset",
      about: "fragment offset in units of 8 bytes",
      default: 0,
      text: (value) => `${value} (${inBytes(value * EXTENSION_WORD)})`,
      meaning: "where the data of this fragment belongs in that of the packet, in units of 8 bytes",
    }),
    /** Of no meaning, 0 to 3. Default: 0. */
    reservedBits: bits(2, {
      filter: "reserved_bits",
      label: "Reserved bits",
      about: "reserved bits",
      default: 0,
      word: 2,
    }),
    /** Whether another fragment of the same packet comes behind this one. Default: false. */
    moreFragments: flag({
      filter: "more",
      label: "More Fragments",
      about: "more fragments",
      default: false,
      word: 2,
      text: (is) => (is ? "Yes" : "No"),
    }),
    /** Tells the fragments of one packet from those of others, 0 to 2^32 - 1. */
    identification: u32({
      filter: "ident",
      label: "Identification",
      about: "identification",
      text: (value) => hex(value, 4),
      meaning: "the same in all fragments of one packet",
    }),
  },
  about: "a fragment of a packet",
  // Only the first fragment begins with the header that is announced.
  next: (view, at) =>
    view.getUint16(at + FRAGMENT_OFFSET_AT) < EXTENSION_WORD ? ["ipProtocol", view.getUint8(at)] : undefined,
  blank: { nextHeader: EXPERIMENTAL_PROTOCOL },
  needs: LEAST_EXTENSION_LENGTH,
  missing: "field",
  summary: "Fragment Header for IPv6",
});

/** What `fragment` takes: fields that are left out have their defaults. */
export type FragmentHeader = HeaderOf<typeof fragment.fields>;

/** The byte in which each field begins, counted from the start of the header. */
export const fragmentOffsets = offsetsOf(fragment.fields);

const DecodedFields = decodedFields(fields);

// The codec by hand, since these headers are made and read by the million; its contract is that of `Codec`.
export function ipv6ByteLength(_header: Ipv6Header): number {
  return HEADER_LENGTH;
}

export function decodeIpv6(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedIpv6Header {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  const first = view.getUint32(offset);
  const version = first >>> 28;
  if (version !== VERSION) throw badField(LAYER, offset, `version is ${version}, and must be ${VERSION}`);
  const header = new DecodedFields();
  header.version = version;
  header.trafficClass = (first >>> 20) & 0xff;
  header.flowLabel = first & LARGEST_FLOW_LABEL;
  header.payloadLength = view.getUint16(offset + PAYLOAD_LENGTH_AT);
  header.nextHeader = view.getUint8(offset + NEXT_HEADER_AT);
  header.hopLimit = view.getUint8(offset + HOP_LIMIT_AT);
  header.source = getIpv6(view, offset + SOURCE_AT);
  header.destination = getIpv6(view, offset + DESTINATION_AT);
  return header;
}

export function encodeIpv6(
  header: Ipv6Header,
  bytes: Uint8Array,
  offset: number,
  end: number = offset + HEADER_LENGTH,
  following?: number,
): number {
  requireRoom(LAYER, bytes, offset, HEADER_LENGTH, end);
  const view = viewOf(bytes);
  const version = checked(header.version ?? VERSION, 15, offset, "version");
  const trafficClass = checked(header.trafficClass ?? 0, 0xff, offset, "trafficClass");
  const flowLabel = checked(header.flowLabel ?? 0, LARGEST_FLOW_LABEL, offset + 1, "flowLabel");
  view.setUint32(offset, ((version << 28) | (trafficClass << 20) | flowLabel) >>> 0);
  const payloadLength = header.payloadLength ?? end - offset - HEADER_LENGTH;
  view.setUint16(
    offset + PAYLOAD_LENGTH_AT,
    checked(payloadLength, 0xffff, offset + PAYLOAD_LENGTH_AT, "payloadLength"),
  );
  view.setUint8(
    offset + NEXT_HEADER_AT,
    checked(header.nextHeader ?? following, 0xff, offset + NEXT_HEADER_AT, "nextHeader"),
  );
  view.setUint8(
    offset + HOP_LIMIT_AT,
    checked(header.hopLimit ?? DEFAULT_HOP_LIMIT, 0xff, offset + HOP_LIMIT_AT, "hopLimit"),
  );
  setIpv6(view, offset + SOURCE_AT, header.source, "source", LAYER);
  setIpv6(view, offset + DESTINATION_AT, header.destination, "destination", LAYER);
  return HEADER_LENGTH;
}

function checked(value: number | undefined, largest: number, at: number, field: string): number {
  if (value === undefined || !Number.isInteger(value) || value < 0 || value > largest) {
    throw outOfRange(LAYER, at, field, value, largest);
  }
  return value;
}

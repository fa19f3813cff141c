/** Internet Protocol, version 4 (RFC 791, section 3.1; RFC 2474 and RFC 3168 for today's use of the type of service). */

import { viewOf } from "../core/bytes.ts";
import { finishShortChecksum, sumBytes, sumOfHalves } from "../core/checksum.ts";
import { badField, outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import type { Ipv4Address } from "./address.ts";
import { ipv4AddressSum } from "./address-sums.ts";
import {
  AddressFamily,
  codePointText,
  congestionMeaning,
  congestionText,
  EtherType,
  EXPERIMENTAL_PROTOCOL,
  hex,
  hexAndDecimal,
  hopsMeaning,
  IP_PROTOCOLS,
  IpProtocol,
  inBytes,
  LinkType,
  named,
  PppProtocol,
} from "./assigned-numbers.ts";
import { checkedUint8, checkedUint16 } from "./checked-numbers.ts";
import { decodedFields } from "./decoded-fields.ts";
import { describeWithCodec } from "./describe-with-codec.ts";
import { bits, checksum, flag, ipv4Address, restOfHeader, tail, u8, u16 } from "./fields.ts";
import { type DecodedOf, type HeaderOf, offsetsOf } from "./header-table.ts";
import { destinationField, IPV4_FLAGS, IPV4_WORD, optionFields, totalLengthField } from "./ipv4-fields.ts";
import { ipv4OptionBytes } from "./ipv4-option-list.ts";
import { IPV4_OPTION_FIELDS } from "./ipv4-options.ts";
import { LayerKind } from "./layer.ts";

const LAYER = "IPv4 header";
const VERSION = 4;
const LONGEST_OPTIONS = 40;
/** Bytes in which the offset of a fragment is counted (RFC 791, section 3.1). */
export const FRAGMENT_UNIT = 8;
const DEFAULT_TIME_TO_LIVE = 64;
/** 127.0.0.1: packets to it go nowhere. */
const LOOPBACK_ADDRESS = 0x7f00_0001;

/** Bits of the 16-bit word that the three flags and the fragment offset share. */
export const Ipv4Flag = {
  RESERVED: 0x8000,
  DONT_FRAGMENT: 0x4000,
  MORE_FRAGMENTS: 0x2000,
} as const;
export const LARGEST_FRAGMENT_OFFSET = 0x1fff;

function ipFlag(name: string, drawn: string, label: string, about: string, meaning?: string) {
  const whenSet = (isSet: boolean) => (isSet ? meaning : undefined);
  return flag({ filter: `flags.${name}`, drawn, label, about, default: false, group: IPV4_FLAGS, meaning: whenSet });
}

const fields = {
  /** Of IP, 0 to 15. Default: 4. */
  version: bits(4, {
    filter: "version",
    label: "Version",
    about: "4, or 6 in the header of IPv6",
    default: VERSION,
    must: VERSION,
  }),
  /** Length of the header in 32-bit words, 0 to 15. Computed from the options. */
  internetHeaderLength: bits(4, {
    filter: "hdr_len",
    label: "Header Length",
    about: "bytes of the IPv4 header",
    drawn: "IHL",
    auto: { kind: "headerLength", unit: IPV4_WORD, minus: 0 },
    unit: IPV4_WORD,
    text: (length) => `${inBytes(length)} (${length / IPV4_WORD})`,
    meaning: "counted in words of 4 bytes; what is more than 20 bytes are options",
  }),
  /** The whole byte, 0 to 255: DSCP in the upper six bits, ECN in the lower two. Default: 0. */
  typeOfService: u8({
    filter: "dsfield",
    label: "Differentiated Services Field",
    about: "DSCP and ECN together",
    default: 0,
    text: (value) => `${hex(value, 1)} (DSCP: ${value >>> 2}, ECN: ${value & 3})`,
    parts: [
      {
        bits: 6,
        filter: "dsfield.dscp",
        label: "Differentiated Services Codepoint",
        about: "differentiated services codepoint",
        drawn: "DSCP",
        text: codePointText,
      },
      {
        bits: 2,
        filter: "dsfield.ecn",
        label: "Explicit Congestion Notification",
        about: "explicit congestion notification",
        drawn: "ECN",
        text: congestionText,
        meaning: congestionMeaning,
      },
    ],
  }),
  /** Bytes of header and payload together, 0 to 65535. Computed. */
  totalLength: u16({
    filter: "len",
    label: "Total Length",
    about: "total length, header included; where it is 0, that of the frame counts",
    auto: { kind: "length", from: "start", zeroIsAll: true },
    show: totalLengthField,
  }),
  /** Tells the fragments of one packet from those of others, 0 to 65535 (RFC 6864). Default: 0. */
  identification: u16({
    filter: "id",
    label: "Identification",
    about: "identification",
    default: 0,
    text: (value) => hexAndDecimal(value, 2),
    meaning: "the same in all fragments of one packet",
  }),
  /** The first of the three flags. Default: false. */
  reservedFlag: ipFlag("rb", "R", "Reserved bit", "the reserved flag"),
  /** Whether routers are to drop the packet rather than cut it. Default: false. */
  dontFragment: ipFlag(
    "df",
    "DF",
    "Don't fragment",
    "don't fragment",
    "a router that cannot pass the packet on whole must drop it and say so",
  ),
  /** Whether another fragment of the same packet comes behind this one. Default: false. */
  moreFragments: ipFlag("mf", "MF", "More fragments", "more fragments", "this is not the last fragment of its packet"),
  /** Where the fragment belongs in its packet, in units of 8 bytes, 0 to 8191. Default: 0. */
  fragmentOffset: bits(13, {
    filter: "frag_offset",
    label: "Fragment Offset",
    about: "fragment offset in units of 8 bytes",
    default: 0,
    text: (value) => String(value * FRAGMENT_UNIT),
    meaning: (value) =>
      value === 0 ? undefined : "where the data of this fragment belongs in that of the packet, in bytes",
  }),
  /** Routers that may pass it on, 0 to 255. Default: 64. */
  timeToLive: u8({
    filter: "ttl",
    label: "Time to Live",
    about: "time to live",
    default: DEFAULT_TIME_TO_LIVE,
    meaning: hopsMeaning,
  }),
  /** What the packet carries, 0 to 255; see `IpProtocol`. That of what follows, if left out. */
  protocol: u8({
    filter: "proto",
    label: "Protocol",
    about: "protocol number: 1 ICMP, 6 TCP, 17 UDP",
    announces: "ipProtocol",
    text: (value) => named(IP_PROTOCOLS, value),
  }),
  /** 0 to 65535. Computed over the header as it is written. */
  headerChecksum: checksum({
    filter: "checksum",
    label: "Header Checksum",
    about: "header checksum",
    covers: "header",
    hasPseudoHeader: false,
  }),
  /** Who sends it: 0 to 2^32 - 1; in a stack also text, as "10.0.0.1", or four bytes. Left out there: 127.0.0.1. */
  source: ipv4Address({ filter: "src", label: "Source Address", about: "source" }),
  /** Who it is for: 0 to 2^32 - 1; in a stack also text, as "10.0.0.2", or four bytes. Left out there: 127.0.0.1. */
  destination: ipv4Address({
    filter: "dst",
    label: "Destination Address",
    about: "destination; of a source route, its end",
    show: destinationField,
  }),
  /** At most 40 bytes, followed by zeros up to a multiple of 4; in a stack also a list of `Ipv4Option`. Default: none. */
  options: tail({ ...restOfHeader, byteLength: optionsLength }, { show: optionFields }, ipv4OptionBytes),
};

type Lengths = Pick<DecodedIpv4Header, "totalLength" | "internetHeaderLength">;

/**
 * What `ipv4` takes: a field left out is computed or takes its default; one that is given is written as it is, right or wrong.
 */
export type Ipv4Header = HeaderOf<typeof fields>;
/** A header as it was read, with every field. `options` shares memory with the bytes it was read from. */
export type DecodedIpv4Header = DecodedOf<typeof fields>;

/** Makes IPv4 headers, 20 bytes and options, and reads them. */
export const ipv4 = describeWithCodec(
  {
    name: "ip",
    protocol: "IPv4",
    layer: LAYER,
    kind: LayerKind.IPV4,
    addressSum: ipv4AddressSum,
    follows: {
      etherType: EtherType.IPV4,
      ipProtocol: IpProtocol.IPV4,
      linkType: LinkType.IPV4,
      ipVersion: VERSION,
      addressFamily: AddressFamily.IPV4,
      pppProtocol: PppProtocol.IPV4,
    },
    fields,
    next: (view, at) => {
      // Of a packet in fragments, only the first begins with the header that is announced.
      const isFirst = (view.getUint16(at + FLAGS_AT) & LARGEST_FRAGMENT_OFFSET) === 0;
      return isFirst ? ["ipProtocol", view.getUint8(at + PROTOCOL_AT)] : undefined;
    },
    blank: { protocol: EXPERIMENTAL_PROTOCOL, source: LOOPBACK_ADDRESS, destination: LOOPBACK_ADDRESS },
    about: "IPv4",
    either: {
      filter: "addr",
      about: "source or destination, as in ip.addr == 10.0.0.0/8",
      fields: ["source", "destination"],
    },
    drawing: "IPv4 header (RFC 791)",
    shows: IPV4_OPTION_FIELDS,
    check: lengthProblem,
    summary: ({ source, destination }) => `Internet Protocol Version 4, Src: ${source}, Dst: ${destination}`,
  },
  { byteLength: ipv4ByteLength, encodeInto: encodeIpv4, decode: decodeIpv4 },
);

/** The byte in which each field begins, counted from the start of the header. */
export const ipv4Offsets = offsetsOf(fields);
export const IPV4_VERSION = VERSION;

const HEADER_LENGTH = ipv4.fixedLength;
const {
  typeOfService: TYPE_OF_SERVICE_AT,
  totalLength: TOTAL_LENGTH_AT,
  identification: IDENTIFICATION_AT,
  reservedFlag: FLAGS_AT,
  timeToLive: TIME_TO_LIVE_AT,
  protocol: PROTOCOL_AT,
  headerChecksum: CHECKSUM_AT,
  source: SOURCE_AT,
  destination: DESTINATION_AT,
  options: OPTIONS_AT,
} = ipv4Offsets;

/** @throws PacketError BAD_FIELD if there are more than 40 bytes of options */
function optionsLength(options: Uint8Array): number {
  if (options.length <= LONGEST_OPTIONS) return options.length;
  throw badField(LAYER, OPTIONS_AT, `options take ${options.length} bytes, and can take ${LONGEST_OPTIONS}`);
}

function lengthProblem({ totalLength, internetHeaderLength }: Lengths) {
  const length = internetHeaderLength * IPV4_WORD;
  // Network cards that cut up large packets themselves are handed packets of total length 0.
  if (totalLength === 0 || totalLength >= length) return undefined;
  const problem = `totalLength is ${totalLength}, less than the ${length} bytes of the header`;
  return { field: "totalLength", problem } as const;
}

const DecodedFields = decodedFields(fields);

// The codec by hand, since these headers are made and read by the million; its contract is that of `Codec`.
export function ipv4ByteLength({ options }: Ipv4Header): number {
  return options === undefined ? HEADER_LENGTH : HEADER_LENGTH + ((optionsLength(options) + 3) & ~3);
}

export function decodeIpv4(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedIpv4Header {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  const version = view.getUint8(offset) >>> 4;
  if (version !== VERSION) throw badField(LAYER, offset, `version is ${version}, and must be ${VERSION}`);
  const internetHeaderLength = view.getUint8(offset) & 0xf;
  const length = internetHeaderLength * 4;
  if (length < HEADER_LENGTH) {
    throw badField(LAYER, offset, `internetHeaderLength is ${internetHeaderLength}, and must be at least 5`);
  }
  requireBytes(LAYER, bytes, offset, end, length, limitedBy);
  const totalLength = view.getUint16(offset + TOTAL_LENGTH_AT);
  const wrong = lengthProblem({ totalLength, internetHeaderLength });
  if (wrong !== undefined) throw badField(LAYER, offset + TOTAL_LENGTH_AT, wrong.problem);
  const fragment = view.getUint16(offset + FLAGS_AT);
  const header = new DecodedFields();
  header.version = version;
  header.internetHeaderLength = internetHeaderLength;
  header.typeOfService = view.getUint8(offset + TYPE_OF_SERVICE_AT);
  header.totalLength = totalLength;
  header.identification = view.getUint16(offset + IDENTIFICATION_AT);
  header.reservedFlag = (fragment & Ipv4Flag.RESERVED) !== 0;
  header.dontFragment = (fragment & Ipv4Flag.DONT_FRAGMENT) !== 0;
  header.moreFragments = (fragment & Ipv4Flag.MORE_FRAGMENTS) !== 0;
  header.fragmentOffset = fragment & LARGEST_FRAGMENT_OFFSET;
  header.timeToLive = view.getUint8(offset + TIME_TO_LIVE_AT);
  header.protocol = view.getUint8(offset + PROTOCOL_AT);
  header.headerChecksum = view.getUint16(offset + CHECKSUM_AT);
  header.source = view.getUint32(offset + SOURCE_AT);
  header.destination = view.getUint32(offset + DESTINATION_AT);
  header.options = bytes.subarray(offset + OPTIONS_AT, offset + length);
  return header;
}

export function encodeIpv4(
  header: Ipv4Header,
  bytes: Uint8Array,
  offset: number,
  end?: number,
  following?: number,
): number {
  const length = ipv4ByteLength(header);
  const packetEnd = end ?? offset + length;
  requireRoom(LAYER, bytes, offset, length, packetEnd);
  const view = viewOf(bytes);
  // In words of 32 bits, which are added up as they are written.
  const first =
    (versionAndLength(header, length, offset) << 24) |
    (checkedUint8(header.typeOfService ?? 0, offset + TYPE_OF_SERVICE_AT, "typeOfService", LAYER) << 16) |
    checkedUint16(header.totalLength ?? packetEnd - offset, offset + TOTAL_LENGTH_AT, "totalLength", LAYER);
  const second =
    (checkedUint16(header.identification ?? 0, offset + IDENTIFICATION_AT, "identification", LAYER) << 16) |
    fragmentWord(header, offset);
  const timeToLive = header.timeToLive ?? DEFAULT_TIME_TO_LIVE;
  const third =
    (checkedUint8(timeToLive, offset + TIME_TO_LIVE_AT, "timeToLive", LAYER) << 24) |
    (checkedUint8(header.protocol ?? following, offset + PROTOCOL_AT, "protocol", LAYER) << 16) |
    checkedUint16(header.headerChecksum ?? 0, offset + CHECKSUM_AT, "headerChecksum", LAYER);
  const source = checkedAddress(header.source, offset + SOURCE_AT, "source");
  const destination = checkedAddress(header.destination, offset + DESTINATION_AT, "destination");
  view.setInt32(offset, first);
  view.setInt32(offset + 4, second);
  view.setInt32(offset + 8, third);
  view.setUint32(offset + SOURCE_AT, source);
  view.setUint32(offset + DESTINATION_AT, destination);
  let sum = sumOfHalves(first) + sumOfHalves(second) + sumOfHalves(third);
  sum += sumOfHalves(source) + sumOfHalves(destination);
  const options = header.options;
  if (options !== undefined) {
    bytes.fill(0, offset + OPTIONS_AT + options.length, offset + length);
    bytes.set(options, offset + OPTIONS_AT);
    sum = sumBytes(view, offset + OPTIONS_AT, offset + length, sum);
  }
  if (header.headerChecksum === undefined) view.setUint16(offset + CHECKSUM_AT, finishShortChecksum(sum));
  return length;
}

function versionAndLength(header: Ipv4Header, length: number, offset: number): number {
  const version = header.version ?? VERSION;
  const words = header.internetHeaderLength ?? length >>> 2;
  if ((version & 15) !== version) throw outOfRange(LAYER, offset, "version", version, 15);
  if ((words & 15) !== words) throw outOfRange(LAYER, offset, "internetHeaderLength", words, 15);
  return (version << 4) | words;
}

function fragmentWord(header: Ipv4Header, offset: number): number {
  const fragmentOffset = header.fragmentOffset ?? 0;
  if ((fragmentOffset & LARGEST_FRAGMENT_OFFSET) !== fragmentOffset) {
    const at = offset + FLAGS_AT;
    throw outOfRange(LAYER, at, "fragmentOffset", fragmentOffset, LARGEST_FRAGMENT_OFFSET);
  }
  return (
    (header.reservedFlag ? Ipv4Flag.RESERVED : 0) |
    (header.dontFragment ? Ipv4Flag.DONT_FRAGMENT : 0) |
    (header.moreFragments ? Ipv4Flag.MORE_FRAGMENTS : 0) |
    fragmentOffset
  );
}

function checkedAddress(value: Ipv4Address, at: number, field: string): Ipv4Address {
  if (value >>> 0 !== value) throw outOfRange(LAYER, at, field, value, 0xffff_ffff);
  return value;
}

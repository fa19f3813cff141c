/**
 * IPv4 header (RFC 791, section 3.1; RFC 2474 and RFC 3168 for today's use of the type of service).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |Version|  IHL  |Type of Service|          Total Length         |
 * |         Identification        |R|D|M|     Fragment Offset     |
 * |  Time to Live |    Protocol   |        Header Checksum        |
 * |                         Source Address                        |
 * |                      Destination Address                      |
 * |                    Options, padded to 32 bits                 |
 */

import { finishChecksum, sumBytes, viewOf } from "../core/checksum.ts";
import { badField, outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import type { Ipv4Address } from "./address.ts";

const LAYER = "IPv4 header";

/** Byte offsets from the start of the header. */
const AT = {
  /** Version in the upper four bits, header length in 32-bit words in the lower four. */
  VERSION_AND_LENGTH: 0,
  TYPE_OF_SERVICE: 1,
  TOTAL_LENGTH: 2,
  IDENTIFICATION: 4,
  /** Three flags, then 13 bits of offset. */
  FLAGS_AND_FRAGMENT_OFFSET: 6,
  TIME_TO_LIVE: 8,
  PROTOCOL: 9,
  HEADER_CHECKSUM: 10,
  SOURCE: 12,
  DESTINATION: 16,
  OPTIONS: 20,
} as const;

/** Bits of the 16-bit word at `FLAGS_AND_FRAGMENT_OFFSET`. */
const FLAG = {
  RESERVED: 0x8000,
  DONT_FRAGMENT: 0x4000,
  MORE_FRAGMENTS: 0x2000,
} as const;

/** Length of a header without options. */
const HEADER_LENGTH = 20;
const VERSION = 4;
export const DEFAULT_TIME_TO_LIVE = 64;

const LONGEST_OPTIONS = 40;
const LARGEST_FRAGMENT_OFFSET = 0x1fff;

// Under names of their own for others: V8 takes a constant that a module keeps to itself for what it is, but looks one up
// that it exports, and these are used for every packet.
export const Ipv4Offset = AT;
export const Ipv4Flag = FLAG;
export const IPV4_HEADER_LENGTH = HEADER_LENGTH;
export const IPV4_VERSION = VERSION;

/** The values of `protocol` that have a name here, and their names are IANA's. Others pass through. */
export const IpProtocol = {
  IPV6_HOP_BY_HOP: 0,
  ICMP: 1,
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  IPV6_ROUTING: 43,
  IPV6_FRAGMENT: 44,
  AUTHENTICATION: 51,
  IPV6_ICMP: 58,
  IPV6_DESTINATION: 60,
} as const;

/** A field left out is computed or takes its default; a field given is written as it is, right or wrong. */
export interface Ipv4Header {
  /** 0 to 15. Default: 4. */
  readonly version?: number;
  /** In 32-bit words, 0 to 15. Computed from the options. */
  readonly internetHeaderLength?: number;
  /** The whole byte, 0 to 255: DSCP in the upper six bits, ECN in the lower two. Default: 0. */
  readonly typeOfService?: number;
  /** Bytes of header and payload together, 0 to 65535. Computed. */
  readonly totalLength?: number;
  /** 0 to 65535. Default: 0. */
  readonly identification?: number;
  /** The first of the three flags. Default: false. */
  readonly reservedFlag?: boolean;
  /** Default: false. */
  readonly dontFragment?: boolean;
  /** Default: false. */
  readonly moreFragments?: boolean;
  /** In units of 8 bytes, 0 to 8191. Default: 0. */
  readonly fragmentOffset?: number;
  /** 0 to 255. Default: 64. */
  readonly timeToLive?: number;
  /** What the packet carries, 0 to 255; see `IpProtocol`. */
  readonly protocol: number;
  /** 0 to 65535. Computed over the header as it is written. */
  readonly headerChecksum?: number;
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  /** At most 40 bytes, followed by zeros up to a multiple of 4. Default: none. */
  readonly options?: Uint8Array;
}

/** Inside a frame, the layer that follows tells the protocol. */
export type Ipv4HeaderInFrame = Omit<Ipv4Header, "protocol"> & { readonly protocol?: number };

/** A header as it was read, with every field. `options` shares memory with the bytes it was read from. */
export type DecodedIpv4Header = Required<Ipv4Header>;

/** @throws PacketError BAD_FIELD if there are more than 40 bytes of options */
export function byteLength(header: Ipv4HeaderInFrame): number {
  const options = header.options;
  if (options === undefined) return HEADER_LENGTH;
  if (options.length > LONGEST_OPTIONS) {
    throw badField(LAYER, AT.OPTIONS, `options take ${options.length} bytes, and can take ${LONGEST_OPTIONS}`);
  }
  return HEADER_LENGTH + ((options.length + 3) & ~3);
}

/**
 * Reads the header at `offset`. The checksum is handed back, not verified; whether as many bytes follow as the total
 * length says is not looked at.
 *
 * @param limitedBy what set `end`, for the error message
 * @throws PacketError TRUNCATED if the header does not end before `end`, BAD_FIELD if the version is not 4 or a length is
 *   less than that of the header
 */
export function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedIpv4Header {
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
  const totalLength = view.getUint16(offset + AT.TOTAL_LENGTH);
  // Network cards that cut up large packets themselves are handed packets of total length 0.
  if (totalLength !== 0 && totalLength < length) {
    const problem = `totalLength is ${totalLength}, less than the ${length} bytes of the header`;
    throw badField(LAYER, offset + AT.TOTAL_LENGTH, problem);
  }
  const fragment = view.getUint16(offset + AT.FLAGS_AND_FRAGMENT_OFFSET);
  return {
    version,
    internetHeaderLength,
    typeOfService: view.getUint8(offset + AT.TYPE_OF_SERVICE),
    totalLength,
    identification: view.getUint16(offset + AT.IDENTIFICATION),
    reservedFlag: (fragment & FLAG.RESERVED) !== 0,
    dontFragment: (fragment & FLAG.DONT_FRAGMENT) !== 0,
    moreFragments: (fragment & FLAG.MORE_FRAGMENTS) !== 0,
    fragmentOffset: fragment & LARGEST_FRAGMENT_OFFSET,
    timeToLive: view.getUint8(offset + AT.TIME_TO_LIVE),
    protocol: view.getUint8(offset + AT.PROTOCOL),
    headerChecksum: view.getUint16(offset + AT.HEADER_CHECKSUM),
    source: view.getUint32(offset + AT.SOURCE),
    destination: view.getUint32(offset + AT.DESTINATION),
    options: bytes.subarray(offset + AT.OPTIONS, offset + length),
  };
}

/**
 * Writes the header at `offset`.
 *
 * @param end where the packet ends, for the total length. Default: behind the header
 * @param following the protocol of what follows, for a header that does not say
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field
 */
export function encodeInto(
  header: Ipv4HeaderInFrame,
  bytes: Uint8Array,
  offset: number,
  end?: number,
  following?: number,
): number {
  const length = byteLength(header);
  const packetEnd = end ?? offset + length;
  requireRoom(LAYER, bytes, offset, length, packetEnd);
  const view = viewOf(bytes);
  view.setUint8(offset, versionAndLength(header, length, offset));
  setUint8(view, offset + AT.TYPE_OF_SERVICE, header.typeOfService ?? 0, "typeOfService");
  setUint16(view, offset + AT.TOTAL_LENGTH, header.totalLength ?? packetEnd - offset, "totalLength");
  setUint16(view, offset + AT.IDENTIFICATION, header.identification ?? 0, "identification");
  view.setUint16(offset + AT.FLAGS_AND_FRAGMENT_OFFSET, fragmentWord(header, offset));
  setUint8(view, offset + AT.TIME_TO_LIVE, header.timeToLive ?? DEFAULT_TIME_TO_LIVE, "timeToLive");
  setUint8(view, offset + AT.PROTOCOL, header.protocol ?? following, "protocol");
  setUint16(view, offset + AT.HEADER_CHECKSUM, header.headerChecksum ?? 0, "headerChecksum");
  setAddress(view, offset + AT.SOURCE, header.source, "source");
  setAddress(view, offset + AT.DESTINATION, header.destination, "destination");
  const options = header.options;
  if (options !== undefined) {
    bytes.fill(0, offset + AT.OPTIONS + options.length, offset + length);
    bytes.set(options, offset + AT.OPTIONS);
  }
  if (header.headerChecksum === undefined) {
    const checksum = finishChecksum(sumBytes(view, offset, offset + length));
    view.setUint16(offset + AT.HEADER_CHECKSUM, checksum);
  }
  return length;
}

function versionAndLength(header: Ipv4HeaderInFrame, length: number, offset: number): number {
  const version = header.version ?? VERSION;
  const words = header.internetHeaderLength ?? length >>> 2;
  if ((version & 15) !== version) throw outOfRange(LAYER, offset, "version", version, 15);
  if ((words & 15) !== words) throw outOfRange(LAYER, offset, "internetHeaderLength", words, 15);
  return (version << 4) | words;
}

function fragmentWord(header: Ipv4HeaderInFrame, offset: number): number {
  const fragmentOffset = header.fragmentOffset ?? 0;
  if ((fragmentOffset & LARGEST_FRAGMENT_OFFSET) !== fragmentOffset) {
    const at = offset + AT.FLAGS_AND_FRAGMENT_OFFSET;
    throw outOfRange(LAYER, at, "fragmentOffset", fragmentOffset, LARGEST_FRAGMENT_OFFSET);
  }
  return (
    (header.reservedFlag ? FLAG.RESERVED : 0) |
    (header.dontFragment ? FLAG.DONT_FRAGMENT : 0) |
    (header.moreFragments ? FLAG.MORE_FRAGMENTS : 0) |
    fragmentOffset
  );
}

function setUint8(view: DataView, at: number, value: number | undefined, field: string): void {
  if (value === undefined || (value & 0xff) !== value) throw outOfRange(LAYER, at, field, value, 0xff);
  view.setUint8(at, value);
}

function setUint16(view: DataView, at: number, value: number, field: string): void {
  if ((value & 0xffff) !== value) throw outOfRange(LAYER, at, field, value, 0xffff);
  view.setUint16(at, value);
}

function setAddress(view: DataView, at: number, value: Ipv4Address, field: string): void {
  if (value >>> 0 !== value) throw outOfRange(LAYER, at, field, value, 0xffff_ffff);
  view.setUint32(at, value);
}

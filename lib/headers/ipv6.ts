/**
 * IPv6 header (RFC 8200, section 3). Extension headers are not part of it: they count as what it carries.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |Version| Traffic Class |           Flow Label                  |
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * |                  Source Address, 128 bits                     |
 * |                Destination Address, 128 bits                  |
 */

import { viewOf } from "../core/checksum.ts";
import { badField, outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import type { Ipv6Address } from "./address.ts";

const LAYER = "IPv6 header";

/** Byte offsets from the start of the header. */
const AT = {
  /** Version in the upper four bits, then eight of traffic class and twenty of flow label. */
  VERSION_CLASS_AND_LABEL: 0,
  PAYLOAD_LENGTH: 4,
  NEXT_HEADER: 6,
  HOP_LIMIT: 7,
  SOURCE: 8,
  DESTINATION: 24,
} as const;

const HEADER_LENGTH = 40;
const VERSION = 6;
const LARGEST_FLOW_LABEL = 0xf_ffff;
const LARGEST_ADDRESS = (1n << 128n) - 1n;
export const DEFAULT_HOP_LIMIT = 64;

export const Ipv6Offset = AT;
export const IPV6_HEADER_LENGTH = HEADER_LENGTH;
export const IPV6_VERSION = VERSION;

/** A field left out is computed or takes its default; a field given is written as it is, right or wrong. */
export interface Ipv6Header {
  /** 0 to 15. Default: 6. */
  readonly version?: number;
  /** DSCP in the upper six bits, ECN in the lower two, 0 to 255. Default: 0. */
  readonly trafficClass?: number;
  /** 0 to 2^20 - 1. Default: 0. */
  readonly flowLabel?: number;
  /** Bytes behind this header, 0 to 65535. Computed. */
  readonly payloadLength?: number;
  /** What follows, 0 to 255: the numbers of `IpProtocol`, and those of extension headers. */
  readonly nextHeader: number;
  /** 0 to 255. Default: 64. */
  readonly hopLimit?: number;
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
}

/** Inside a frame, the layer that follows tells the next header. */
export type Ipv6HeaderInFrame = Omit<Ipv6Header, "nextHeader"> & { readonly nextHeader?: number };

/** A header as it was read, with every field. */
export type DecodedIpv6Header = Required<Ipv6Header>;

export function byteLength(_header: Ipv6HeaderInFrame): number {
  return HEADER_LENGTH;
}

/**
 * Reads the header at `offset`. Whether as many bytes follow as the payload length says is not looked at.
 *
 * @param limitedBy what set `end`, for the error message
 * @throws PacketError TRUNCATED if the header does not end before `end`, BAD_FIELD if the version is not 6
 */
export function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedIpv6Header {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  const first = view.getUint32(offset + AT.VERSION_CLASS_AND_LABEL);
  const version = first >>> 28;
  if (version !== VERSION) throw badField(LAYER, offset, `version is ${version}, and must be ${VERSION}`);
  return {
    version,
    trafficClass: (first >>> 20) & 0xff,
    flowLabel: first & LARGEST_FLOW_LABEL,
    payloadLength: view.getUint16(offset + AT.PAYLOAD_LENGTH),
    nextHeader: view.getUint8(offset + AT.NEXT_HEADER),
    hopLimit: view.getUint8(offset + AT.HOP_LIMIT),
    source: readIpv6Address(view, offset + AT.SOURCE),
    destination: readIpv6Address(view, offset + AT.DESTINATION),
  };
}

/**
 * Writes the header at `offset`.
 *
 * @param end where the packet ends, for the payload length. Default: behind the header
 * @param following the protocol of what follows, for a header that does not say
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field
 */
export function encodeInto(
  header: Ipv6HeaderInFrame,
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
    offset + AT.PAYLOAD_LENGTH,
    checked(payloadLength, 0xffff, offset + AT.PAYLOAD_LENGTH, "payloadLength"),
  );
  view.setUint8(
    offset + AT.NEXT_HEADER,
    checked(header.nextHeader ?? following, 0xff, offset + AT.NEXT_HEADER, "nextHeader"),
  );
  view.setUint8(
    offset + AT.HOP_LIMIT,
    checked(header.hopLimit ?? DEFAULT_HOP_LIMIT, 0xff, offset + AT.HOP_LIMIT, "hopLimit"),
  );
  writeAddress(view, offset + AT.SOURCE, header.source, "source");
  writeAddress(view, offset + AT.DESTINATION, header.destination, "destination");
  return HEADER_LENGTH;
}

function checked(value: number | undefined, largest: number, at: number, field: string): number {
  if (value === undefined || !Number.isInteger(value) || value < 0 || value > largest) {
    throw outOfRange(LAYER, at, field, value, largest);
  }
  return value;
}

/** The address of 16 bytes at `at`, in network byte order. */
export function readIpv6Address(view: DataView, at: number): Ipv6Address {
  return (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
}

function writeAddress(view: DataView, at: number, address: Ipv6Address, field: string): void {
  if (address < 0n || address > LARGEST_ADDRESS) {
    throw badField(LAYER, at, `${field} is ${address}, and can be a whole number of up to 128 bits`);
  }
  view.setBigUint64(at, address >> 64n);
  view.setBigUint64(at + 8, BigInt.asUintN(64, address));
}

/**
 * Ethernet II header (IEEE 802.3, clause 3.2; RFC 894 for IPv4 in it). The frame check sequence is not part of captures, and
 * not of this.
 */

import { viewOf } from "../core/checksum.ts";
import { outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import type { MacAddress } from "./address.ts";

const LAYER = "Ethernet header";

/** Byte offsets from the start of the header. */
const AT = {
  DESTINATION: 0,
  SOURCE: 6,
  ETHER_TYPE: 12,
} as const;

const HEADER_LENGTH = 14;

/** The values of `etherType` that have a name here. Others pass through; below 0x0600 they are IEEE 802.3 lengths. */
export const EtherType = {
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  /** IEEE 802.1ad, around another tag. */
  PROVIDER_VLAN: 0x88a8,
  /** What was used for that before. */
  OLD_PROVIDER_VLAN: 0x9100,
} as const;

const LARGEST_MAC = 0xffff_ffff_ffff;
const TWO_TO_32 = 0x1_0000_0000;

// Under names of their own for others: V8 takes a constant that a module keeps to itself for what it is, but looks one up
// that it exports, and these are used for every packet.
export const EthernetOffset = AT;
export const ETHERNET_HEADER_LENGTH = HEADER_LENGTH;

export interface EthernetHeader {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  /** What the frame carries, 0 to 0xffff; see `EtherType`. */
  readonly etherType: number;
}

/** Inside a frame, the layer that follows tells the type. */
export type EthernetHeaderInFrame = Omit<EthernetHeader, "etherType"> & { readonly etherType?: number };

export function byteLength(_header: EthernetHeaderInFrame): number {
  return HEADER_LENGTH;
}

/**
 * Reads the header at `offset`.
 *
 * @param limitedBy what set `end`, for the error message
 * @throws PacketError TRUNCATED if it does not end before `end`
 */
export function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): EthernetHeader {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  return {
    destination: getMac(view, offset + AT.DESTINATION),
    source: getMac(view, offset + AT.SOURCE),
    etherType: view.getUint16(offset + AT.ETHER_TYPE),
  };
}

/**
 * Writes the header at `offset`.
 *
 * @param end as for all headers; nothing in this one depends on it
 * @param following the type of what follows, for a header that does not say
 * @returns bytes written
 * @throws PacketError TRUNCATED if the buffer is too small, BAD_FIELD if a value does not fit its field
 */
export function encodeInto(
  header: EthernetHeaderInFrame,
  bytes: Uint8Array,
  offset: number,
  end: number = offset + HEADER_LENGTH,
  following?: number,
): number {
  requireRoom(LAYER, bytes, offset, HEADER_LENGTH, end);
  const view = viewOf(bytes);
  const typeAt = offset + AT.ETHER_TYPE;
  setMac(view, offset + AT.DESTINATION, header.destination, "destination");
  setMac(view, offset + AT.SOURCE, header.source, "source");
  const etherType = header.etherType ?? following;
  if (etherType === undefined || (etherType & 0xffff) !== etherType) {
    throw outOfRange(LAYER, typeAt, "etherType", etherType, 0xffff);
  }
  view.setUint16(typeAt, etherType);
  return HEADER_LENGTH;
}

/** The hardware address of six bytes at `at`, in network byte order. */
export function getMac(view: DataView, at: number): MacAddress {
  return view.getUint16(at) * TWO_TO_32 + view.getUint32(at + 2);
}

/** @throws PacketError BAD_FIELD, naming layer and field, for more than six bytes hold */
export function setMac(view: DataView, at: number, address: MacAddress, field: string, layer = LAYER): void {
  const high = Math.floor(address / TWO_TO_32);
  const low = address >>> 0;
  if ((high & 0xffff) !== high || high * TWO_TO_32 + low !== address) {
    throw outOfRange(layer, at, field, address, LARGEST_MAC);
  }
  view.setUint16(at, high);
  view.setUint32(at + 2, low);
}

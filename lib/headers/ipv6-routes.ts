/** Routes of the IPv6 routing header as people write them (RFC 8200, section 4.4; RFC 6275, section 6.4; RFC 8754, section 2). */
import type { Ipv6Address } from "./address.ts";
import { ipv6List } from "./address-list.ts";
import { OptionData } from "./option-kinds.ts";

/** What stands behind the type and the segments left, by the type. */
export type Ipv6Route =
  /** Of type 0: the stops. Of type 2: the home address. Numbers, or text. `reserved` is 0 to 2^32 - 1. Default: 0. */
  | {
      /** The four bytes before the addresses, 0 to 2^32 - 1. Default: 0. */
      readonly reserved?: number;
      /** In the order in which they stand in the header. */
      readonly addresses: readonly (Ipv6Address | string)[];
    }
  | SegmentRoute;

/** The route of a routing header of type 4, by segments (RFC 8754). */
export interface SegmentRoute {
  /** The number of the last segment of the list, from 0, 0 to 255. That of the last one, if left out. */
  readonly lastEntry?: number;
  /** 0 to 255. Default: 0. */
  readonly flags?: number;
  /** 0 to 65535. Default: 0. */
  readonly tag?: number;
  /** As they stand in the header: the last stop first. */
  readonly segments: readonly (Ipv6Address | string)[];
  /** Options behind the list. Default: none. */
  readonly typeLengthValues?: Uint8Array;
}

const LAYER = "IPv6 route";
/** What all of these have before their addresses. */
const START = 4;
const ADDRESS_LENGTH = 16;
const NOTHING = new Uint8Array(0);
const addressList = ipv6List(LAYER);

/** A route as the bytes that a header takes; bytes stay as they are. @throws PacketError BAD_FIELD if a value does not fit */
export function ipv6RouteBytes(route: Uint8Array | Ipv6Route): Uint8Array {
  if (route instanceof Uint8Array) return route;
  return "segments" in route ? segmentBytes(route) : addressBytes(route.addresses, route.reserved ?? 0);
}

function addressBytes(addresses: readonly (Ipv6Address | string)[], reserved: number): Uint8Array {
  const bytes = new Uint8Array(START + addresses.length * ADDRESS_LENGTH);
  new OptionData(bytes, LAYER).setNumber(0, 4, reserved, "reserved");
  addressList.encode(addresses, bytes, START, bytes.length);
  return bytes;
}

function segmentBytes({ segments, typeLengthValues = NOTHING, ...rest }: SegmentRoute): Uint8Array {
  const { lastEntry = Math.max(0, segments.length - 1), flags = 0, tag = 0 } = rest;
  const end = START + segments.length * ADDRESS_LENGTH;
  const bytes = new Uint8Array(end + typeLengthValues.length);
  const data = new OptionData(bytes, LAYER);
  data.setNumber(0, 1, lastEntry, "lastEntry");
  data.setNumber(1, 1, flags, "flags");
  data.setNumber(2, 2, tag, "tag");
  addressList.encode(segments, bytes, START, end);
  bytes.set(typeLengthValues, end);
  return bytes;
}

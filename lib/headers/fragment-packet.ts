/** An IP packet in fragments that fit through a link (RFC 791, section 3.2; RFC 8200, section 4.5). */
import { badField, checkedField } from "../core/errors.ts";
import type { AnyStackedHeader } from "./header-table.ts";
import { FRAGMENT_UNIT, ipv4, LARGEST_FRAGMENT_OFFSET } from "./ipv4.ts";
import { fragment, ipv6 } from "./ipv6.ts";
import { END_OF_OPTIONS, LEAST_OPTION_LENGTH, NO_OPERATION } from "./layer.ts";
import { encodePacket, packetLength } from "./packet.ts";
import { raw } from "./raw.ts";

const LAYER = "fragments";
const LARGEST_IDENTIFICATION = 0xffff_ffff;
const LARGEST_MTU = 0xffff_ffff;
/** The highest bit of an IPv4 option's type: every fragment has it (RFC 791, section 3.1). */
const COPIED = 0x80;

/** How a packet is cut. */
export interface FragmentOptions {
  /** Of the IPv6 packet, the same in all its fragments, 0 to 2^32 - 1. Default: 0. That of IPv4 stands in its header. */
  readonly identification?: number;
}

/**
 * Cuts the outermost IP packet of a stack into fragments, each a stack of its own: all that stood before, and a part of what
 * the packet carries, as bytes. What fits stays whole.
 *
 * @param mtu bytes that an IP packet, its header included, can have on the link
 * @throws PacketError BAD_FIELD if there is no IP packet, if it says that it must not be cut (IPv4), or if no piece fits
 */
export function fragmentPacket(
  stack: readonly AnyStackedHeader[],
  mtu: number,
  { identification = 0 }: FragmentOptions = {},
): AnyStackedHeader[][] {
  const index = stack.findIndex(({ header }) => header === ipv4 || header === ipv6);
  if (index < 0) throw badField(LAYER, 0, "there is no IP packet that could be cut");
  checkedField(LAYER, identification, LARGEST_IDENTIFICATION, "identification", 0);
  checkedField(LAYER, mtu, LARGEST_MTU, "mtu", 0);
  const outer = stack.slice(0, index);
  const { trailer: _, ...packet } = stack[index]!;
  const whole = [packet, ...stack.slice(index + 1)] as const;
  if (packetLength(whole) <= mtu) return [[...outer, ...whole]];
  const pieces = packet.header === ipv4 ? cutIpv4(whole, mtu) : cutIpv6(whole, mtu, identification);
  return pieces.map((piece) => [...outer, ...piece]);
}

type Pieces = AnyStackedHeader[][];

function cutIpv4(stack: readonly AnyStackedHeader[], mtu: number): Pieces {
  const fields = stack[0]!.fields as Parameters<typeof ipv4>[0] & Parameters<typeof ipv4.byteLength>[0];
  if (fields.dontFragment === true) throw badField(ipv4.layer, 0, "dontFragment is set, and the packet would be cut");
  const headerLength = ipv4.byteLength(fields);
  const bytes = encodePacket(stack);
  const { protocol } = ipv4.decode(bytes, 0, bytes.length);
  const laterOptions = bytes.subarray(ipv4.fixedLength, headerLength);
  const later = { ...fields, options: copiedOptions(laterOptions) };
  const first = fields.fragmentOffset ?? 0;
  return cut(bytes.subarray(headerLength), mtu - headerLength, (data, offset, isLast) => {
    const place = {
      protocol,
      fragmentOffset: checkedOffset(first + offset / FRAGMENT_UNIT),
      moreFragments: !isLast || fields.moreFragments === true,
      totalLength: undefined,
      headerChecksum: undefined,
      internetHeaderLength: undefined,
    };
    return [ipv4({ ...(offset === 0 ? fields : later), ...place }), raw(data)];
  });
}

function checkedOffset(units: number): number {
  if (units <= LARGEST_FRAGMENT_OFFSET) return units;
  throw badField(ipv4.layer, 0, `fragmentOffset would be ${units}, and can be up to ${LARGEST_FRAGMENT_OFFSET}`);
}

/** The options that every fragment has. */
function copiedOptions(options: Uint8Array): Uint8Array | undefined {
  const copied: number[] = [];
  for (let at = 0; at < options.length; ) {
    const type = options[at]!;
    if (type === END_OF_OPTIONS) break;
    const length = type === NO_OPERATION ? 1 : Math.max(LEAST_OPTION_LENGTH, options[at + 1] ?? 0);
    if ((type & COPIED) !== 0) copied.push(...options.subarray(at, at + length));
    at += length;
  }
  return copied.length === 0 ? undefined : Uint8Array.from(copied);
}

/** Headers that every router on the way reads stand before the fragment header, in every fragment. */
function cutIpv6(stack: readonly AnyStackedHeader[], mtu: number, identification: number): Pieces {
  const lastForRouters = stack.findLastIndex(
    ({ header }, index) => header.name === "ipv6.routing" || (index === 1 && header.name === "ipv6.hopopts"),
  );
  const kept = stack.slice(0, Math.max(0, lastForRouters) + 1).map(uncounted);
  const keptLength = kept.reduce((sum, { header, fields }) => sum + header.byteLength(fields), 0);
  const bytes = encodePacket(stack);
  const next = announcedBy(stack, kept.length - 1, bytes, keptLength);
  return cut(bytes.subarray(keptLength), mtu - keptLength - fragment.fixedLength, (data, offset, isLast) => {
    const place = { nextHeader: next, fragmentOffset: checkedOffset(offset / FRAGMENT_UNIT), moreFragments: !isLast };
    return [...kept, fragment({ ...place, identification }), raw(data)];
  });
}

/** The header without what it says of the length and the kind of what follows. */
function uncounted({ header, fields }: AnyStackedHeader): AnyStackedHeader {
  const { payloadLength: _, nextHeader: __, ...rest } = fields as Record<string, unknown>;
  return { header, fields: rest };
}

/** What the last header that stays whole announces, as it was written. */
function announcedBy(stack: readonly AnyStackedHeader[], index: number, bytes: Uint8Array, end: number): number {
  const { header } = stack[index]!;
  const start = stack.slice(0, index).reduce((sum, before) => sum + before.header.byteLength(before.fields), 0);
  const decoded = header.decode(bytes, start, end) as { nextHeader: number };
  return decoded.nextHeader;
}

/** @param room bytes that a piece can have: all but the last have a multiple of eight */
function cut(
  data: Uint8Array,
  room: number,
  make: (piece: Uint8Array, offset: number, isLast: boolean) => AnyStackedHeader[],
): Pieces {
  const size = Math.floor(room / FRAGMENT_UNIT) * FRAGMENT_UNIT;
  if (!(size > 0))
    throw badField(LAYER, 0, `the link leaves ${room} bytes for data, and a fragment needs ${FRAGMENT_UNIT}`);
  const pieces: Pieces = [];
  let offset = 0;
  for (; data.length - offset > room; offset += size) {
    pieces.push(make(data.subarray(offset, offset + size), offset, false));
  }
  pieces.push(make(data.subarray(offset), offset, true));
  return pieces;
}

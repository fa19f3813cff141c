/**
 * The headers of BSD loopback captures: the address family of the packet. There is no RFC; see the tcpdump group's list of
 * link-layer header types, LINKTYPE_NULL and LINKTYPE_LOOP.
 */
import { viewOf } from "../core/bytes.ts";
import { outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import { AddressFamily, LinkType } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import { describeWithCodec } from "./describe-with-codec.ts";
import type { FieldReader } from "./field-reader.ts";
import { option, u32 } from "./fields.ts";
import type { DecodedOf, HeaderOf } from "./header-table.ts";
import { LayerKind } from "./layer.ts";

const LAYER = "loopback header";

/** The numbers that IPv6 has on the systems that write such headers. */
export const IPV6_FAMILIES: ReadonlySet<number> = new Set<number>([
  AddressFamily.IPV6_BSD,
  AddressFamily.IPV6_FREEBSD,
  AddressFamily.IPV6_DARWIN,
]);

const FAMILIES: Readonly<Record<number, string>> = {
  [AddressFamily.IPV4]: "IP",
  [AddressFamily.IPV6_LINUX]: "IPv6",
  [AddressFamily.IPV6_BSD]: "IPv6",
  [AddressFamily.IPV6_FREEBSD]: "IPv6",
  [AddressFamily.IPV6_DARWIN]: "IPv6",
};

/** Families are small: what is larger than this was written in the other byte order. */
export const LARGEST_PLAUSIBLE_FAMILY = 0xffff;

const fields = {
  /** What follows, 0 to 2^32 - 1; see `AddressFamily`. That of what follows, if left out. */
  family: u32({
    filter: "family",
    label: "Family",
    about: "address family of the packet",
    announces: "addressFamily",
    show: (reader) => familyField(reader, true),
  }),
  /** Byte order of the machine that wrote it. Default: true. */
  littleEndian: option(true as boolean),
};

/** What `loopback` and `openBsdLoopback` take. */
export type LoopbackHeader = HeaderOf<typeof fields>;
/** What `loopback.decode` returns, with every field. */
export type DecodedLoopbackHeader = DecodedOf<typeof fields>;

/** Makes the four bytes of BSD loopback, in the byte order of the machine that captured, and reads them. */
export const loopback = describeWithCodec(
  {
    name: "null",
    protocol: "Null",
    layer: LAYER,
    kind: LayerKind.NULL,
    follows: { linkType: LinkType.NULL },
    fields,
    about: "BSD loopback, in either byte order",
    missing: "field",
    hasAddressesInTable: true,
    summary: "Null/Loopback",
  },
  { byteLength, encodeInto, decode },
);

/** Makes the four bytes of OpenBSD loopback, in network byte order, and reads them. */
export const openBsdLoopback = defineHeader({
  name: "null",
  protocol: "Loop",
  layer: LAYER,
  kind: LayerKind.LOOP,
  follows: { linkType: LinkType.LOOP },
  fields: {
    /** What follows, 0 to 2^32 - 1; see `AddressFamily`. That of what follows, if left out. */
    family: u32({
      filter: "family",
      label: "Family",
      announces: "addressFamily",
      show: (reader) => familyField(reader, false),
    }),
  },
  about: "BSD loopback, in either byte order",
  missing: "field",
  hasAddressesInTable: true,
  summary: "Null/Loopback",
});

function familyField(reader: FieldReader, isLittleEndian: boolean): number {
  if (reader.remaining < HEADER_LENGTH) return reader.number("null.family", "Family", 4);
  const { view } = reader.memory;
  let family = view.getUint32(reader.at, isLittleEndian);
  if (family > LARGEST_PLAUSIBLE_FAMILY) family = view.getUint32(reader.at, !isLittleEndian);
  reader.skip(HEADER_LENGTH);
  reader.derived("null.family", "Family", HEADER_LENGTH, HEADER_LENGTH, family, {
    text: `${FAMILIES[family] ?? "Unknown"} (${family})`,
  });
  return family;
}

const HEADER_LENGTH = loopback.fixedLength;

function byteLength(_header: LoopbackHeader): number {
  return HEADER_LENGTH;
}

/** Reads it in the byte order that makes the family a small number. */
function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedLoopbackHeader {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  const family = view.getUint32(offset, true);
  if (family <= LARGEST_PLAUSIBLE_FAMILY) return { family, littleEndian: true };
  return { family: view.getUint32(offset), littleEndian: false };
}

function encodeInto(
  header: LoopbackHeader,
  bytes: Uint8Array,
  offset: number,
  end: number = offset + HEADER_LENGTH,
  following?: number,
): number {
  requireRoom(LAYER, bytes, offset, HEADER_LENGTH, end);
  const family = header.family ?? following;
  if (family === undefined || family >>> 0 !== family) throw outOfRange(LAYER, offset, "family", family, 0xffff_ffff);
  viewOf(bytes).setUint32(offset, family, header.littleEndian ?? true);
  return HEADER_LENGTH;
}

/** What a link header says of what it carries: how long it is itself, and what follows. */
import { AddressFamily, EtherType, LinkType } from "./assigned-numbers.ts";
import { ethernetOffsets } from "./ethernet.ts";
import { ETHERNET_HEADER_LENGTH, LOOPBACK_HEADER_LENGTH } from "./header-lengths.ts";
import { LayerKind } from "./layer.ts";
import { IPV6_FAMILIES, LARGEST_PLAUSIBLE_FAMILY, loopback } from "./loopback.ts";
import { sll, sll2, sll2Offsets, sllOffsets } from "./sll.ts";

/** Bytes of the link headers that say what they carry, by LINKTYPE number; 0 where there is none. */
export const LINK_HEADER_LENGTHS: ReadonlyMap<number, number> = new Map([
  [LinkType.NULL, LOOPBACK_HEADER_LENGTH],
  [LinkType.ETHERNET, ETHERNET_HEADER_LENGTH],
  [LinkType.RAW_BSD, 0],
  [LinkType.RAW_OPENBSD, 0],
  [LinkType.RAW, 0],
  [LinkType.LOOP, LOOPBACK_HEADER_LENGTH],
  [LinkType.LINUX_SLL, sll.fixedLength],
  [LinkType.IPV4, 0],
  [LinkType.IPV6, 0],
  [LinkType.LINUX_SLL2, sll2.fixedLength],
]);

/** The kinds of layers that come before a packet of IP, as the link has them. */
export const LINK_LAYERS: ReadonlySet<number> = new Set([
  LayerKind.ETHERNET,
  LayerKind.VLAN,
  LayerKind.LLC,
  LayerKind.NULL,
  LayerKind.LOOP,
  LayerKind.SLL,
  LayerKind.SLL2,
]);

/** A frame in the memory that it lies in. */
interface LinkFrame {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  /** A LINKTYPE number of those above. */
  readonly linkType: number;
}

/** The EtherType of what a frame carries, which has its whole link header; what is below 0x0600 is none, and 0 stands for nothing known. */
export function announcedType({ linkType, bytes, view, start, end }: LinkFrame): number {
  switch (linkType) {
    case LinkType.ETHERNET:
      return view.getUint16(start + ethernetOffsets.etherType);
    case LinkType.LINUX_SLL:
      return view.getUint16(start + sllOffsets.protocolType);
    case LinkType.LINUX_SLL2:
      return view.getUint16(start + sll2Offsets.protocolType);
    case LinkType.NULL:
    case LinkType.LOOP:
      return typeOfFamily(loopback.decode(bytes, start, end).family);
    case LinkType.IPV4:
      return EtherType.IPV4;
    case LinkType.IPV6:
      return EtherType.IPV6;
    default:
      return typeOfVersion(end > start ? view.getUint8(start) >>> 4 : 0);
  }
}

/** Some systems write types of Ethernet where a family should be. */
function typeOfFamily(family: number): number {
  if (family === AddressFamily.IPV4) return EtherType.IPV4;
  if (family === AddressFamily.IPV6_LINUX || IPV6_FAMILIES.has(family)) return EtherType.IPV6;
  return family > LARGEST_PLAUSIBLE_FAMILY ? 0 : family;
}

function typeOfVersion(version: number): number {
  if (version === 4) return EtherType.IPV4;
  return version === 6 ? EtherType.IPV6 : 0;
}

/** Linux's "cooked" headers, versions 1 and 2 (the tcpdump group's LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2). */
import { EXPERIMENTAL_ETHER_TYPE, etherTypeText, LinkType, named } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { bytes, type Shown, u8, u16, u32 } from "./fields.ts";
import { type Following, type HeaderOf, offsetsOf } from "./header-table.ts";
import { LayerKind } from "./layer.ts";

const PACKET_TYPES: Readonly<Record<number, string>> = {
  0: "Unicast to us",
  1: "Broadcast",
  2: "Multicast",
  3: "Unicast to another host",
  4: "Sent by us",
};

const HARDWARE_TYPES: Readonly<Record<number, string>> = { 1: "Ethernet", 512: "PPP", 772: "Loopback", 65534: "None" };

const ETHERNET = 1;
const MAC_LENGTH = 6;
/** The address has this much room, whatever of it is used. */
const ADDRESS_ROOM = 8;

const PACKET_TYPE = {
  filter: "pkttype",
  label: "Packet type",
  about: "0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 sent by us",
  text: (type: number) => named(PACKET_TYPES, type),
} as const;
const HARDWARE_TYPE = {
  filter: "hatype",
  label: "Link-layer address type",
  about: "kind of the adapter: 1 Ethernet, 772 loopback",
  default: ETHERNET,
  text: (type: number) => named(HARDWARE_TYPES, type),
} as const;
const ADDRESS_LENGTH = {
  filter: "halen",
  label: "Link-layer address length",
  about: "bytes of the sender's address",
  default: MAC_LENGTH,
} as const;
const PROTOCOL = {
  filter: "etype",
  label: "Protocol",
  about: "EtherType of the packet",
  announces: "etherType",
  text: etherTypeText,
} as const;

/** Of version 1, where the header ends with it. */
const PROTOCOL_TYPE_AT = 14;
/** Below it stand numbers of Linux's own, for frames without a type. */
const LOWEST_TYPE = 0x0600;

function typeBehind(type: number): Following | undefined {
  return type < LOWEST_TYPE ? undefined : ["etherType", type];
}

/** Makes cooked headers of version 1, 16 bytes, and reads them. */
export const sll = defineHeader({
  name: "sll",
  protocol: "SLL",
  layer: "cooked header",
  kind: LayerKind.SLL,
  follows: { linkType: LinkType.LINUX_SLL },
  fields: {
    /** Which way it went, 0 to 4: to this host, to all, to a group, to another host, from this host. */
    packetType: u16({ ...PACKET_TYPE, needs: 4 }),
    /** The kind of adapter, of Linux's list, 0 to 65535. Default: 1, Ethernet. */
    hardwareType: u16(HARDWARE_TYPE),
    /** Bytes of the address, 0 to 65535. Default: 6. */
    addressLength: u16(ADDRESS_LENGTH),
    /** The sender's, at most 8 bytes, followed by zeros. */
    address: bytes(ADDRESS_ROOM, { show: addressFields }),
    /** What follows, 0 to 65535; see `EtherType`. That of what does, if left out. */
    protocolType: u16(PROTOCOL),
  },
  about: "a cooked capture of Linux, version 1 or 2",
  next: (view, at) => typeBehind(view.getUint16(at + PROTOCOL_TYPE_AT)),
  blank: { protocolType: EXPERIMENTAL_ETHER_TYPE },
  missing: "field",
  summary: "Linux cooked capture v1",
});

/** What `sll` takes: fields that are left out have their defaults. */
export type SllHeader = HeaderOf<typeof sll.fields>;

/** Makes cooked headers of version 2, 20 bytes, and reads them. */
export const sll2 = defineHeader({
  name: "sll",
  protocol: "SLL2",
  layer: "cooked header",
  kind: LayerKind.SLL2,
  follows: { linkType: LinkType.LINUX_SLL2 },
  fields: {
    /** What follows, 0 to 65535; see `EtherType`. That of what does, if left out. */
    protocolType: u16(PROTOCOL),
    /** Of no meaning, 0 to 65535. Default: 0. */
    reserved: u16({ default: 0 }),
    /** The number of the adapter, 0 to 2^32 - 1. */
    interfaceIndex: u32({ filter: "ifindex", label: "Interface index", about: "number of the adapter, from 1" }),
    /** The kind of adapter, of Linux's list, 0 to 65535. Default: 1, Ethernet. */
    hardwareType: u16(HARDWARE_TYPE),
    /** Which way it went, 0 to 4: to this host, to all, to a group, to another host, from this host. */
    packetType: u8(PACKET_TYPE),
    /** Bytes of the address, 0 to 255. Default: 6. */
    addressLength: u8(ADDRESS_LENGTH),
    /** The sender's, at most 8 bytes, followed by zeros. */
    address: bytes(ADDRESS_ROOM, { show: addressFields }),
  },
  about: "a cooked capture of Linux, version 1 or 2",
  next: (view, at) => typeBehind(view.getUint16(at)),
  blank: { protocolType: EXPERIMENTAL_ETHER_TYPE },
  missing: "field",
  needs: 12,
  summary: "Linux cooked capture v2",
});

/** What `sll2` takes: fields that are left out have their defaults. */
export type Sll2Header = HeaderOf<typeof sll2.fields>;

function addressFields(reader: FieldReader, _layer: unknown, { addressLength }: Shown): void {
  const used = Math.min((addressLength as number | undefined) ?? 0, ADDRESS_ROOM);
  if (used === MAC_LENGTH) reader.mac("sll.src.eth", "Source");
  else if (used === 4) reader.ipv4("sll.src.ipv4", "Source");
  else if (used > 0) reader.raw("sll.src.other", "Source", used);
  if (used < ADDRESS_ROOM) reader.raw("sll.unused", "Unused", ADDRESS_ROOM - used);
}

/** The byte in which each field begins, counted from the start of the header. */
export const sllOffsets = offsetsOf(sll.fields);
export const sll2Offsets = offsetsOf(sll2.fields);

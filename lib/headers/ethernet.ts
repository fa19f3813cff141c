/**
 * Ethernet II header (IEEE 802.3, clause 3.2; RFC 894 for IPv4 in it). The frame check sequence is not part of captures, and
 * not of this.
 */
import { viewOf } from "../core/bytes.ts";
import { crc32, swapBytes } from "../core/crc.ts";
import { outOfRange, requireBytes, requireRoom } from "../core/errors.ts";
import { BROADCAST_MAC, getMac, groupMac, type IpAddress, type MacAddress, macFromIp, setMac } from "./address.ts";
import { senderMacOf, targetMacOf } from "./arp-addresses.ts";
import { EtherType, EXPERIMENTAL_ETHER_TYPE, etherTypeText, inBytes, LinkType } from "./assigned-numbers.ts";
import { decodedFields } from "./decoded-fields.ts";
import { describeWithCodec } from "./describe-with-codec.ts";
import type { FieldReader } from "./field-reader.ts";
import { mac, u16 } from "./fields.ts";
import { type AnyStackedHeader, type DecodedOf, type HeaderOf, offsetsOf } from "./header-table.ts";
import { LayerKind } from "./layer.ts";

const LAYER = "Ethernet header";

/** Up to here the last field of the header is the length of the data, and no type (IEEE 802.3, clause 3.2.6). */
export const LARGEST_ETHERNET_LENGTH = 1500;
export const LOWEST_ETHER_TYPE = 0x0600;

const fields = {
  /**
   * Who the frame is for, 0 to 2^48 - 1; in a stack also text, as "02:00:00:00:00:01", or six bytes. Left out there: that of
   * the host or group that the packet in it goes to, as `macFromIp` and `groupMac` make it.
   */
  destination: mac({
    filter: "dst",
    label: "Destination",
    about: "destination of the Ethernet frame",
    show: (reader) => addressField(reader, "dst", "Destination"),
  }),
  /** Who sends it, as `destination`. Left out in a stack: what `macFromIp` makes of who sends the packet in it. */
  source: mac({
    filter: "src",
    label: "Source",
    about: "source of the Ethernet frame",
    show: (reader) => addressField(reader, "src", "Source"),
  }),
  /** What the frame carries, 0 to 65535; see `EtherType`. Below 1536 it is a length. That of what follows, if left out. */
  etherType: u16({
    filter: "type",
    label: "Type",
    about: "EtherType, as in eth.type == 0x0800",
    announces: "etherType",
    show: (reader) => typeOrLengthField(reader, "eth.type", "eth.len"),
  }),
};

/** What `ethernet` takes: fields that are left out have their defaults. */
export type EthernetHeader = HeaderOf<typeof fields>;
/** What `ethernet.decode` returns, with every field. */
export type DecodedEthernetHeader = DecodedOf<typeof fields>;

/** Makes Ethernet II headers, 14 bytes, and reads them. */
export const ethernet = describeWithCodec(
  {
    name: "eth",
    protocol: "Ethernet",
    layer: LAYER,
    kind: LayerKind.ETHERNET,
    follows: { linkType: LinkType.ETHERNET, frame: 1, etherType: EtherType.ETHERNET },
    fields,
    about: "Ethernet",
    complete: {
      destination: (stack, index) => hardwareAddress(stack, index, "destination"),
      source: (stack, index) => hardwareAddress(stack, index, "source"),
    },
    blank: { etherType: EXPERIMENTAL_ETHER_TYPE },
    either: {
      filter: "addr",
      about: "destination or source of the Ethernet frame",
      fields: ["destination", "source"],
    },
    needs: 14,
    missing: "field",
    summary: ({ destination, source, etherType }) => {
      const isLength = (etherType as number) <= LARGEST_ETHERNET_LENGTH;
      const standard = isLength ? "IEEE 802.3 Ethernet" : "Ethernet II";
      return `${standard}, Src: ${source}, Dst: ${destination}`;
    },
  },
  { byteLength: ethernetByteLength, encodeInto: encodeEthernet, decode: decodeEthernet },
);

/** The address that goes with the one of the packet in the frame: as `macFromIp` makes it, or that of a group; 0 where there is none. */
function hardwareAddress(
  stack: readonly AnyStackedHeader[],
  index: number,
  which: "source" | "destination",
): MacAddress {
  for (let inner = index + 1; inner < stack.length; inner++) {
    const { header, fields } = stack[inner]!;
    if (header.rules.addressSum !== undefined) {
      const address = (fields[which] ?? header.blank?.[which]) as IpAddress;
      return groupMac(address) ?? macFromIp(address);
    }
    if (header.name === "arp") return macOfArp(fields, which);
    if (header === ethernet) break;
  }
  return 0;
}

/** What asks goes to everybody. */
function macOfArp(fields: Parameters<typeof senderMacOf>[0], which: "source" | "destination"): MacAddress {
  if (which === "source") return senderMacOf(fields);
  return targetMacOf(fields) || BROADCAST_MAC;
}

/** The two lowest bits of an address's first byte; Wireshark reads them out of its first three. */
const LOCAL = 0x02_0000;
const GROUP = 0x01_0000;

function addressField(reader: FieldReader, key: string, label: string): string {
  const parts = reader.inside(3);
  if (reader.remaining >= 6) {
    parts.flag(`eth.${key}.lg`, "LG bit", 3, LOCAL, {
      text: (is) =>
        is
          ? "Locally administered address (this is NOT the factory default)"
          : "Globally unique address (factory default)",
    });
    parts.flag(`eth.${key}.ig`, "IG bit", 3, GROUP, {
      text: (is) => (is ? "Group address (multicast/broadcast)" : "Individual address (unicast)"),
    });
  }
  return reader.mac(`eth.${key}`, label, { children: parts.fields });
}

/** Two bytes that are a type, or where they are too small for one, a length. @returns them; where they are cut off, what there is */
export function typeOrLengthField(reader: FieldReader, typeName: string, lengthName: string): number {
  const value = reader.peek(0, 2);
  if (value <= LARGEST_ETHERNET_LENGTH) reader.number(lengthName, "Length", 2, { text: inBytes });
  else reader.number(typeName, "Type", 2, { text: etherTypeText });
  return value;
}

/** The byte in which each field begins, counted from the start of the header. */
export const ethernetOffsets = offsetsOf(fields);

const HEADER_LENGTH = ethernet.fixedLength;
const { destination: DESTINATION_AT, source: SOURCE_AT, etherType: ETHER_TYPE_AT } = ethernetOffsets;

const DecodedFields = decodedFields(fields);

// The codec by hand, since these headers are made and read by the million; its contract is that of `Codec`.
export function ethernetByteLength(_header: EthernetHeader): number {
  return HEADER_LENGTH;
}

export function decodeEthernet(
  bytes: Uint8Array,
  offset: number,
  end: number,
  limitedBy?: string,
): DecodedEthernetHeader {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  const header = new DecodedFields();
  header.destination = getMac(view, offset + DESTINATION_AT);
  header.source = getMac(view, offset + SOURCE_AT);
  header.etherType = view.getUint16(offset + ETHER_TYPE_AT);
  return header;
}

export function encodeEthernet(
  header: EthernetHeader,
  bytes: Uint8Array,
  offset: number,
  end: number = offset + HEADER_LENGTH,
  following?: number,
): number {
  requireRoom(LAYER, bytes, offset, HEADER_LENGTH, end);
  const view = viewOf(bytes);
  const typeAt = offset + ETHER_TYPE_AT;
  setMac(view, offset + DESTINATION_AT, header.destination, "destination", LAYER);
  setMac(view, offset + SOURCE_AT, header.source, "source", LAYER);
  const etherType = header.etherType ?? following;
  if (etherType === undefined || (etherType & 0xffff) !== etherType) {
    throw outOfRange(LAYER, typeAt, "etherType", etherType, 0xffff);
  }
  view.setUint16(typeAt, etherType);
  return HEADER_LENGTH;
}

/** Bytes of the check sequence that an Ethernet frame ends with on the wire (IEEE 802.3, clause 3.2.9): CRC-32. */
export const FRAME_CHECK_LENGTH = 4;
/**
 * The check sequence of the bytes from `start` to `end`, as the big-endian number that its four bytes are in a frame: the
 * lowest byte of the CRC comes first.
 */
export function frameCheckSequence(bytes: Uint8Array, start: number, end: number): number {
  return swapBytes(crc32(bytes, start, end));
}

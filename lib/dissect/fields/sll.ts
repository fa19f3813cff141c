/** Fields of Linux's "cooked" headers, versions 1 and 2 (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2). */
import type { FieldReader } from "./field-reader.ts";
import { etherTypeText } from "./numbers.ts";
import type { Title } from "./place.ts";
import { named } from "./text.ts";

const PACKET_TYPES: Readonly<Record<number, string>> = {
  0: "Unicast to us",
  1: "Broadcast",
  2: "Multicast",
  3: "Unicast to another host",
  4: "Sent by us",
};

const HARDWARE_TYPES: Readonly<Record<number, string>> = { 1: "Ethernet", 512: "PPP", 772: "Loopback", 65534: "None" };

const MAC_LENGTH = 6;
/** The address has this much room, whatever of it is used. */
const ADDRESS_ROOM = 8;

export function describeSll(reader: FieldReader): Title {
  reader.number("sll.pkttype", "Packet type", 2, { text: (type) => named(PACKET_TYPES, type) });
  reader.number("sll.hatype", "Link-layer address type", 2, { text: (type) => named(HARDWARE_TYPES, type) });
  const length = reader.number("sll.halen", "Link-layer address length", 2);
  addressFields(reader, length);
  reader.number("sll.etype", "Protocol", 2, { text: etherTypeText });
  return { name: "sll", label: "Linux cooked capture v1" };
}

export function describeSll2(reader: FieldReader): Title {
  reader.number("sll.etype", "Protocol", 2, { text: etherTypeText });
  reader.skip(2);
  reader.number("sll.ifindex", "Interface index", 4);
  reader.number("sll.hatype", "Link-layer address type", 2, { text: (type) => named(HARDWARE_TYPES, type) });
  reader.number("sll.pkttype", "Packet type", 1, { text: (type) => named(PACKET_TYPES, type) });
  const length = reader.number("sll.halen", "Link-layer address length", 1);
  addressFields(reader, length);
  return { name: "sll", label: "Linux cooked capture v2" };
}

function addressFields(reader: FieldReader, length: number): void {
  const used = Math.min(length, ADDRESS_ROOM);
  if (used === MAC_LENGTH) reader.mac("sll.src.eth", "Source");
  else if (used === 4) reader.ipv4("sll.src.ipv4", "Source");
  else if (used > 0) reader.raw("sll.src.other", "Source", used);
  if (used < ADDRESS_ROOM) reader.raw("sll.unused", "Unused", ADDRESS_ROOM - used);
}

/** Link types of captures: their names, as Wireshark has them. */
import { LinkType } from "../headers/assigned-numbers.ts";

/** As Wireshark calls them, those that people meet. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [LinkType.NULL, "NULL/Loopback"],
  [LinkType.ETHERNET, "Ethernet"],
  [6, "Token Ring"],
  [8, "SLIP"],
  [9, "PPP"],
  [10, "FDDI"],
  [LinkType.RAW_BSD, "Raw IP"],
  [LinkType.RAW_OPENBSD, "Raw IP"],
  [LinkType.RAW, "Raw IP"],
  [104, "Cisco HDLC"],
  [105, "IEEE 802.11 Wireless LAN"],
  [LinkType.LOOP, "OpenBSD loopback"],
  [LinkType.LINUX_SLL, "Linux cooked-mode capture v1"],
  [117, "OpenBSD PF Firewall logs"],
  [119, "IEEE 802.11 plus Prism II monitor mode radio header"],
  [127, "IEEE 802.11 plus radiotap radio header"],
  [163, "IEEE 802.11 plus AVS radio header"],
  [187, "Bluetooth H4"],
  [189, "USB packets with Linux header"],
  [195, "IEEE 802.15.4 Wireless PAN"],
  [201, "Bluetooth H4 with linux header"],
  [220, "USB packets with Linux header and padding"],
  [227, "SocketCAN"],
  [LinkType.IPV4, "Raw IPv4"],
  [LinkType.IPV6, "Raw IPv6"],
  [231, "D-Bus"],
  [239, "NFLOG"],
  [248, "SCTP"],
  [249, "USB packets with USBPcap header"],
  [251, "Bluetooth Low Energy Link Layer"],
  [252, "Wireshark Upper PDU export"],
  [253, "Linux Netlink"],
  [258, "Apple PKTAP"],
  [271, "Linux vsock"],
  [LinkType.LINUX_SLL2, "Linux cooked-mode capture v2"],
]);

/**
 * What people call a link type.
 *
 * @param linkType any number; those without a name here are named by their number
 */
export function linkTypeName(linkType: number): string {
  return NAMES.get(linkType) ?? `link type ${linkType}`;
}

export const USUAL_LARGEST_PACKET = 262_144;
const LARGEST_PACKETS: ReadonlyMap<number, number> = new Map([
  [231, 128 << 20],
  [249, 128 << 20],
  [279, 32 << 20],
]);

/** The most bytes that a packet can have in a file; one with more is taken for damage, here as in Wireshark. */
export function largestPacket(linkType: number): number {
  return LARGEST_PACKETS.get(linkType) ?? USUAL_LARGEST_PACKET;
}

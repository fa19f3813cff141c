/**
 * What a packet carries that is not looked into: the protocol behind the last header that was understood. Nothing can be said
 * of what such headers hold, or of the packets in a tunnel.
 */

import { LayerKind } from "../headers/layer.ts";
import { headerOfKind } from "../headers/registry.ts";
import { NO_LINK_TYPE } from "../pcap/capture-file.ts";
import { linkTypeName } from "../pcap/link-types.ts";
import type { PacketOutline } from "./outline.ts";

/** What announced it: bits above the number, which has 16. */
export const UnreadKind = {
  NONE: 0,
  ETHER_TYPE: 1 << 16,
  IP_PROTOCOL: 2 << 16,
  /** Service access points of IEEE 802.2. */
  LLC: 4 << 16,
  /** An address family of BSD loopback, or a number that Linux has for frames without a type. */
  FAMILY: 5 << 16,
  PPP_PROTOCOL: 6 << 16,
  /** The kind of a header of which this is another version. */
  VERSION: 7 << 16,
  /** The kind of the header that carries it, which does not say what it is. */
  CONTENTS: 8 << 16,
} as const;

const NUMBER_BITS = 0xffff;

const NAMES: ReadonlyMap<number, string> = new Map([
  ...names(UnreadKind.ETHER_TYPE, [
    [0x0842, "Wake-on-LAN"],
    [0x22f0, "IEEE 1722"],
    [0x8035, "RARP"],
    [0x809b, "AppleTalk"],
    [0x8137, "IPX"],
    [0x8808, "Ethernet flow control"],
    [0x8809, "slow protocols (LACP)"],
    [0x8863, "PPPoE Discovery"],
    [0x888e, "EAPOL"],
    [0x8892, "PROFINET"],
    [0x88a4, "EtherCAT"],
    [0x88b5, "local experiments"],
    [0x88be, "ERSPAN"],
    [0x88cc, "LLDP"],
    [0x88e5, "MACsec"],
    [0x88e7, "provider backbone bridges (802.1ah)"],
    [0x88f7, "PTP"],
    [0x8902, "connectivity faults (802.1ag)"],
    [0x8906, "FCoE"],
    [0x894f, "NSH"],
    [0x9000, "loopback test"],
  ]),
  ...names(UnreadKind.IP_PROTOCOL, [
    [2, "IGMP"],
    [8, "EGP"],
    [33, "DCCP"],
    [46, "RSVP"],
    [50, "ESP"],
    [88, "EIGRP"],
    [89, "OSPF"],
    [94, "IPIP"],
    [97, "EtherIP"],
    [98, "IP encapsulation (RFC 1241)"],
    [103, "PIM"],
    [108, "IPComp"],
    [112, "VRRP"],
    [115, "L2TP"],
    [132, "SCTP"],
    [135, "Mobility Header"],
    [136, "UDP-Lite"],
    [139, "HIP"],
    [140, "Shim6"],
    [143, "Ethernet over IPv6"],
  ]),
  ...names(UnreadKind.PPP_PROTOCOL, [
    [0xc021, "PPP LCP"],
    [0xc023, "PPP PAP"],
    [0xc223, "PPP CHAP"],
    [0x8021, "PPP IPCP"],
    [0x8057, "PPP IPV6CP"],
  ]),
]);

function names(kind: number, entries: readonly (readonly [number: number, name: string])[]): [number, string][] {
  return entries.map(([number, name]) => [kind | number, name]);
}

/** Tunnels over UDP that are not entered, by the port that they go to. */
const TUNNEL_PORTS: ReadonlyMap<number, string> = new Map([
  [1701, "L2TP"],
  [3544, "Teredo"],
  [4500, "ESP"],
  [4790, "VXLAN-GPE"],
  [8472, "VXLAN"],
]);

/** What stands in fragments whose datagram never became whole. */
export const LONELY_FRAGMENTS = "fragments without the rest of their datagram";
const CUT_HEADERS = "headers that were cut off when they were captured";

/** The name of what was not looked into; undefined where all headers of the packet were, or nothing follows them. */
export function unreadName(o: PacketOutline, linkType: number): string | undefined {
  const { unread } = o;
  if (unread !== UnreadKind.NONE) return nameOf(unread);
  if (o.stopped?.code === "TRUNCATED" && !o.isFragment && o.end - o.start < o.wireLength) return CUT_HEADERS;
  if (o.transport === LayerKind.UDP) return o.payloadLength === 0 ? undefined : TUNNEL_PORTS.get(o.destinationPort);
  const isUnknown = o.layerCount === 0 && o.stopped === undefined && linkType !== NO_LINK_TYPE;
  return isUnknown ? linkTypeName(linkType) : undefined;
}

function nameOf(unread: number): string {
  const number = unread & NUMBER_BITS;
  switch (unread & ~NUMBER_BITS) {
    case UnreadKind.ETHER_TYPE:
      return NAMES.get(unread) ?? `EtherType 0x${number.toString(16).padStart(4, "0")}`;
    case UnreadKind.IP_PROTOCOL:
      return NAMES.get(unread) ?? `IP protocol ${number}`;
    case UnreadKind.LLC:
      return number === SPANNING_TREE ? "spanning tree (802.1D)" : "LLC";
    case UnreadKind.PPP_PROTOCOL:
      return NAMES.get(unread) ?? `PPP protocol 0x${number.toString(16).padStart(4, "0")}`;
    case UnreadKind.VERSION:
      return `another version of ${protocolOf(number)}`;
    case UnreadKind.CONTENTS:
      return `contents of ${protocolOf(number)}`;
    default:
      return `family ${number}`;
  }
}

function protocolOf(kind: number): string {
  const header = headerOfKind(kind);
  return header?.protocol ?? header?.name.toUpperCase() ?? "a header";
}

/** Both service access points of bridges. */
const SPANNING_TREE = 0x4242;

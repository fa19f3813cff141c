/**
 * From the first byte of a frame inwards: which layers there are and where they lie. Lax: what can be understood is, and
 * the outline says where and why that ended.
 */
import { EtherType } from "../headers/ethernet.ts";
import { AddressFamily } from "../headers/loopback.ts";
import { LinkType } from "../pcap/link-types.ts";
import type { FragmentStore } from "./fragments.ts";
import { LayerKind } from "./layer-kinds.ts";
import type { PacketOutline } from "./outline.ts";
import { MOST_LAYERS } from "./outline.ts";
import { StoppedAt } from "./stopped-at.ts";
import { UnreadKind } from "./unread.ts";
import { walkIp, walkIpv4, walkIpv6 } from "./walk-ip.ts";
import { stopForLength } from "./walk-stop.ts";

const ETHERNET_LENGTH = 14;
const VLAN_LENGTH = 4;
const FAMILY_LENGTH = 4;
const SLL_LENGTH = 16;
const SLL2_LENGTH = 20;
const ARP_LENGTH = 8;

/** What is below is no type but the length of the data (IEEE 802.3, clause 3.2.6). */
const LOWEST_TYPE = 1536;
const LARGEST_LENGTH = 1500;

const LLC_LENGTH = 3;
/** With the SNAP extension (IEEE 802, clause 10.3; RFC 1042). */
const SNAP_LENGTH = 8;
const SNAP_POINTS = 0xaaaa;
/** The service access point of IP. */
const IP_POINT = 0x06;

const FAMILIES_IPV6: ReadonlySet<number> = new Set([
  AddressFamily.IPV6_BSD,
  AddressFamily.IPV6_FREEBSD,
  AddressFamily.IPV6_DARWIN,
]);

/**
 * Fills in the outline of one frame.
 *
 * @param start,end of what was captured, in `bytes`
 * @param wireLength bytes of the frame on the wire
 * @param linkType LINKTYPE number; of an unknown one the whole frame is payload
 * @param fragments where fragments wait for the rest of their datagram; without it they stay fragments
 * @param checkSequenceLength bytes of the check sequence that an Ethernet frame ends with, or -1 where that is not known
 */
export function walk(
  outline: PacketOutline,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  wireLength: number,
  linkType: number,
  fragments?: FragmentStore,
  checkSequenceLength = -1,
): void {
  outline.reset(bytes, view, start, end, wireLength);
  // Some writers get the length on the wire wrong; what was captured was there.
  const wireEnd = start + Math.max(wireLength, end - start);
  switch (linkType) {
    case LinkType.ETHERNET:
      outline.checkSequenceLength = Math.min(checkSequenceLength, wireEnd - start);
      walkEthernet(outline, start, Math.min(end, outline.wireEnd), outline.wireEnd, fragments);
      break;
    case LinkType.RAW:
    case LinkType.RAW_BSD:
    case LinkType.RAW_OPENBSD:
      walkIp(outline, start, end, wireEnd, fragments);
      break;
    case LinkType.IPV4:
      walkIpv4(outline, start, end, wireEnd, fragments);
      break;
    case LinkType.IPV6:
      walkIpv6(outline, start, end, wireEnd, fragments);
      break;
    case LinkType.NULL:
    case LinkType.LOOP:
      walkLoopback(outline, start, end, wireEnd, linkType === LinkType.LOOP, fragments);
      break;
    case LinkType.LINUX_SLL:
      walkCooked(outline, LayerKind.SLL, SLL_LENGTH, start + 14, start, end, wireEnd, fragments);
      break;
    case LinkType.LINUX_SLL2:
      walkCooked(outline, LayerKind.SLL2, SLL2_LENGTH, start, start, end, wireEnd, fragments);
      break;
    default:
      setPayload(outline, start, end, wireEnd);
  }
}

function walkEthernet(
  o: PacketOutline,
  at: number,
  end: number,
  wireEnd: number,
  fragments: FragmentStore | undefined,
): void {
  if (end - at < ETHERNET_LENGTH) {
    stopForLength(o, LayerKind.ETHERNET, "Ethernet header", at, end, wireEnd, ETHERNET_LENGTH);
    return;
  }
  o.addLayer(LayerKind.ETHERNET, at, at + ETHERNET_LENGTH);
  walkType(o, o.view.getUint16(at + 12), at + ETHERNET_LENGTH, end, wireEnd, fragments);
}

/** What an EtherType announces. */
function walkType(
  o: PacketOutline,
  type: number,
  at: number,
  end: number,
  wireEnd: number,
  fragments: FragmentStore | undefined,
): void {
  switch (type) {
    case EtherType.IPV4:
      walkIpv4(o, at, end, wireEnd, fragments);
      break;
    case EtherType.IPV6:
      walkIpv6(o, at, end, wireEnd, fragments);
      break;
    case EtherType.VLAN:
    case EtherType.PROVIDER_VLAN:
    case EtherType.OLD_PROVIDER_VLAN:
      walkVlan(o, at, end, wireEnd, fragments);
      break;
    case EtherType.ARP:
      walkArp(o, at, end, wireEnd);
      break;
    default:
      if (type <= LARGEST_LENGTH) walkLlc(o, at, Math.min(end, at + type), Math.min(wireEnd, at + type), fragments);
      else setUnread(o, UnreadKind.ETHER_TYPE | type, at, end, wireEnd);
  }
}

/** IEEE 802.2: two service access points and a control field; behind them, for SNAP, an organisation and a type. */
function walkLlc(
  o: PacketOutline,
  at: number,
  end: number,
  wireEnd: number,
  fragments: FragmentStore | undefined,
): void {
  if (end - at < LLC_LENGTH) return stopForLength(o, LayerKind.LLC, "LLC header", at, end, wireEnd, LLC_LENGTH);
  const view = o.view;
  const isUnnumbered = (view.getUint8(at + 2) & 3) === 3;
  const isSnap = isUnnumbered && view.getUint16(at) === SNAP_POINTS;
  const length = isSnap ? SNAP_LENGTH : LLC_LENGTH + (isUnnumbered ? 0 : 1);
  if (end - at < length) return stopForLength(o, LayerKind.LLC, "LLC header", at, end, wireEnd, length);
  o.addLayer(LayerKind.LLC, at, at + length);
  const next = at + length;
  const hasType = isSnap && view.getUint16(at + 3) === 0 && view.getUint8(at + 5) === 0;
  if (isUnnumbered && view.getUint8(at) === IP_POINT) walkIpv4(o, next, end, wireEnd, fragments);
  else if (hasType && view.getUint16(at + 6) >= LOWEST_TYPE) {
    walkType(o, view.getUint16(at + 6), next, end, wireEnd, fragments);
  } else if (hasType) setUnread(o, UnreadKind.ETHER_TYPE | view.getUint16(at + 6), next, end, wireEnd);
  else setUnread(o, UnreadKind.LLC | view.getUint16(at), next, end, wireEnd);
}

function walkVlan(
  o: PacketOutline,
  at: number,
  end: number,
  wireEnd: number,
  fragments: FragmentStore | undefined,
): void {
  if (end - at < VLAN_LENGTH) {
    stopForLength(o, LayerKind.VLAN, "VLAN tag", at, end, wireEnd, VLAN_LENGTH);
    return;
  }
  if (o.layerCount >= MOST_LAYERS - 1) {
    o.stopped = new StoppedAt("BAD_FIELD", {
      layer: "VLAN tag",
      offset: at - o.start,
      problem: `more than ${MOST_LAYERS} layers`,
    });
    setPayload(o, at, end, wireEnd);
    return;
  }
  o.addLayer(LayerKind.VLAN, at, at + VLAN_LENGTH);
  walkType(o, o.view.getUint16(at + 2), at + VLAN_LENGTH, end, wireEnd, fragments);
}

function walkArp(o: PacketOutline, at: number, end: number, wireEnd: number): void {
  if (end - at < ARP_LENGTH) {
    stopForLength(o, LayerKind.ARP, "ARP packet", at, end, wireEnd, ARP_LENGTH);
    return;
  }
  const length = ARP_LENGTH + 2 * o.view.getUint8(at + 4) + 2 * o.view.getUint8(at + 5);
  if (end - at < length) {
    stopForLength(o, LayerKind.ARP, "ARP packet", at, end, wireEnd, length);
    return;
  }
  o.addLayer(LayerKind.ARP, at, at + length);
  // What follows is padding, not data.
  o.payloadAt = at + length;
  o.payloadEnd = at + length;
}

function walkLoopback(
  o: PacketOutline,
  at: number,
  end: number,
  wireEnd: number,
  isNetworkOrder: boolean,
  fragments: FragmentStore | undefined,
): void {
  const kind = isNetworkOrder ? LayerKind.LOOP : LayerKind.NULL;
  if (end - at < FAMILY_LENGTH) {
    stopForLength(o, kind, "loopback header", at, end, wireEnd, FAMILY_LENGTH);
    return;
  }
  o.addLayer(kind, at, at + FAMILY_LENGTH);
  let family = o.view.getUint32(at, !isNetworkOrder);
  // Families are small numbers: a large one was written by a machine of the other byte order.
  if (family > 0xffff && !isNetworkOrder) family = o.view.getUint32(at, false);
  const next = at + FAMILY_LENGTH;
  if (family === AddressFamily.IPV4) walkIpv4(o, next, end, wireEnd, fragments);
  else if (FAMILIES_IPV6.has(family)) walkIpv6(o, next, end, wireEnd, fragments);
  else if (family >= LOWEST_TYPE) walkType(o, family, next, end, wireEnd, fragments);
  else setUnread(o, UnreadKind.FAMILY | family, next, end, wireEnd);
}

/** Linux's "cooked" headers: everything about them but their type is left to the view of fields. */
function walkCooked(
  o: PacketOutline,
  kind: LayerKind,
  length: number,
  typeAt: number,
  at: number,
  end: number,
  wireEnd: number,
  fragments: FragmentStore | undefined,
): void {
  if (end - at < length) {
    stopForLength(o, kind, "cooked header", at, end, wireEnd, length);
    return;
  }
  o.addLayer(kind, at, at + length);
  const type = o.view.getUint16(typeAt);
  // Below the lowest type stand numbers of Linux's own, for frames without one.
  if (type < LOWEST_TYPE) setUnread(o, UnreadKind.FAMILY | type, at + length, end, wireEnd);
  else walkType(o, type, at + length, end, wireEnd, fragments);
}

/** The payload begins with a header that is not looked into. @param unread of `UnreadKind`, with its number */
function setUnread(o: PacketOutline, unread: number, at: number, end: number, wireEnd: number): void {
  if (wireEnd > at) o.unread = unread;
  setPayload(o, at, end, wireEnd);
}

function setPayload(o: PacketOutline, at: number, end: number, wireEnd: number): void {
  o.payloadAt = at;
  o.payloadEnd = Math.max(at, end);
  o.payloadLength = Math.max(0, wireEnd - at);
}

/**
 * From the first byte of a frame inwards: which layers there are and where they lie. Lax: what can be understood is, and
 * the outline says where and why that ended.
 */

import { arp, arpOffsets } from "../headers/arp.ts";
import { AddressFamily, EtherType, LinkType } from "../headers/assigned-numbers.ts";
import { ethernet, ethernetOffsets, LARGEST_ETHERNET_LENGTH, LOWEST_ETHER_TYPE } from "../headers/ethernet.ts";
import type { NumberSpace } from "../headers/fields.ts";
import { ETHERNET_HEADER_LENGTH, LOOPBACK_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { LayerKind } from "../headers/layer.ts";
import { isSnap, LLC_HEADER_LENGTH, llc, llcLength, snapOrganization, snapType } from "../headers/llc.ts";
import { IPV6_FAMILIES, LARGEST_PLAUSIBLE_FAMILY, loopback } from "../headers/loopback.ts";
import { sll, sll2, sll2Offsets, sllOffsets } from "../headers/sll.ts";
import { vlan, vlanOffsets } from "../headers/vlan.ts";
import type { PacketOutline } from "./outline.ts";
import { stopForLength } from "./outline.ts";
import { parseIp, parseIpv4, parseIpv6, parseProtocol } from "./parse-ip.ts";
import { canBeAt, planFor } from "./parse-plan.ts";
import { hasTooManyLayers, type ParseContext, parseRegistered } from "./parse-registered.ts";
import { UnreadKind } from "./unread.ts";

const ETHERNET_LENGTH = ETHERNET_HEADER_LENGTH;
const ETHER_TYPE_AT = ethernetOffsets.etherType;
const VLAN_LENGTH = vlan.fixedLength;
const VLAN_TYPE_AT = vlanOffsets.etherType;
const FAMILY_LENGTH = LOOPBACK_HEADER_LENGTH;
const SLL_LENGTH = sll.fixedLength;
const SLL_TYPE_AT = sllOffsets.protocolType;
const SLL2_LENGTH = sll2.fixedLength;
const SLL2_TYPE_AT = sll2Offsets.protocolType;
/** Of an ARP packet, before its addresses. */
const ARP_LENGTH = arpOffsets.senderMac;
const ARP_HARDWARE_SIZE_AT = arpOffsets.hardwareSize;
const ARP_PROTOCOL_SIZE_AT = arpOffsets.protocolSize;

/** What is below is no type but the length of the data. */
const LOWEST_TYPE = LOWEST_ETHER_TYPE;
const LARGEST_LENGTH = LARGEST_ETHERNET_LENGTH;

/** The service access point of IP. */
const IP_POINT = 0x06;

/** For single packets: fragments stay fragments. */
const FRAGMENTS_APART: ParseContext = { fragments: undefined, follow };

/**
 * Fills in the outline of one frame.
 *
 * @param start,end of what was captured, in `bytes`
 * @param wireLength bytes of the frame on the wire
 * @param linkType LINKTYPE number; of an unknown one the whole frame is payload
 * @param context where fragments wait for the rest of their datagram; without it they stay fragments
 * @param checkSequenceLength bytes of the check sequence that an Ethernet frame ends with, or -1 where that is not known
 */
export function parseFrame(
  outline: PacketOutline,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  wireLength: number,
  linkType: number,
  context: ParseContext = FRAGMENTS_APART,
  checkSequenceLength = -1,
): void {
  outline.reset(bytes, view, start, end, wireLength);
  // Some writers get the length on the wire wrong; what was captured was there.
  let wireEnd = start + Math.max(wireLength, end - start);
  switch (linkType) {
    case LinkType.ETHERNET:
      outline.checkSequenceLength = Math.min(checkSequenceLength, wireEnd - start);
      wireEnd -= Math.max(0, outline.checkSequenceLength);
      parseEthernet(outline, start, Math.min(end, wireEnd), wireEnd, context);
      break;
    case LinkType.RAW:
    case LinkType.RAW_BSD:
    case LinkType.RAW_OPENBSD:
      parseIp(outline, start, end, wireEnd, context);
      break;
    case LinkType.IPV4:
      parseIpv4(outline, start, end, wireEnd, context);
      break;
    case LinkType.IPV6:
      parseIpv6(outline, start, end, wireEnd, context);
      break;
    case LinkType.NULL:
    case LinkType.LOOP:
      parseLoopback(outline, start, end, wireEnd, linkType === LinkType.LOOP, context);
      break;
    case LinkType.LINUX_SLL:
      parseCooked(outline, LayerKind.SLL, SLL_LENGTH, start + SLL_TYPE_AT, start, end, wireEnd, context);
      break;
    case LinkType.LINUX_SLL2:
      parseCooked(outline, LayerKind.SLL2, SLL2_LENGTH, start + SLL2_TYPE_AT, start, end, wireEnd, context);
      break;
    default:
      parseOtherLink(outline, linkType, start, end, wireEnd, context);
  }
}

/** A link type that only a table knows, or nobody. */
function parseOtherLink(
  o: PacketOutline,
  linkType: number,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
): void {
  const plan = planFor("linkType", linkType);
  if (plan === undefined || !canBeAt(plan, o.transportView, at, end)) setPayload(o, at, end, wireEnd);
  else parseRegistered(o, plan, at, end, wireEnd, context);
}

function parseEthernet(o: PacketOutline, at: number, end: number, wireEnd: number, context: ParseContext): void {
  if (end - at < ETHERNET_LENGTH) {
    stopForLength(o, LayerKind.ETHERNET, ethernet.layer, at, end, wireEnd, ETHERNET_LENGTH);
    return;
  }
  if (hasTooManyLayers(o, ethernet.layer, at, end)) return;
  o.addLayer(LayerKind.ETHERNET, at, at + ETHERNET_LENGTH);
  parseType(o, o.transportView.getUint16(at + ETHER_TYPE_AT), at + ETHERNET_LENGTH, end, wireEnd, context);
}

/** What a number of some list announces: of a tunnel, anything that a frame can begin with, or an IP header can carry. */
export function follow(
  o: PacketOutline,
  space: NumberSpace,
  number: number,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
): void {
  if (space === "etherType") return parseType(o, number, at, end, wireEnd, context);
  if (space === "ipProtocol") return parseProtocol(o, number, at, end, wireEnd, context);
  const plan = planFor(space, number);
  if (plan === undefined || !canBeAt(plan, o.transportView, at, end)) {
    const carrier = UnreadKind.CONTENTS | o.kinds[o.layerCount - 1]!;
    return setUnread(o, space === "pppProtocol" ? UnreadKind.PPP_PROTOCOL | number : carrier, at, end, wireEnd);
  }
  switch (plan.kind) {
    case LayerKind.IPV4:
      return parseIpv4(o, at, end, wireEnd, context);
    case LayerKind.IPV6:
      return parseIpv6(o, at, end, wireEnd, context);
    case LayerKind.ETHERNET:
      return parseEthernet(o, at, end, wireEnd, context);
    default:
      parseRegistered(o, plan, at, end, wireEnd, context);
  }
}

/** What an EtherType announces. */
function parseType(
  o: PacketOutline,
  type: number,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
): void {
  switch (type) {
    case EtherType.IPV4:
      parseIpv4(o, at, end, wireEnd, context);
      break;
    case EtherType.IPV6:
      parseIpv6(o, at, end, wireEnd, context);
      break;
    case EtherType.VLAN:
    case EtherType.PROVIDER_VLAN:
    case EtherType.OLD_PROVIDER_VLAN:
      parseVlan(o, at, end, wireEnd, context);
      break;
    case EtherType.ARP:
      parseArp(o, at, end, wireEnd);
      break;
    case EtherType.ETHERNET:
      parseEthernet(o, at, end, wireEnd, context);
      break;
    default:
      if (type <= LARGEST_LENGTH) parseLlc(o, at, Math.min(end, at + type), Math.min(wireEnd, at + type), context);
      else parseOtherType(o, type, at, end, wireEnd, context);
  }
}

/** A type that only a table knows, or nobody. */
function parseOtherType(
  o: PacketOutline,
  type: number,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
): void {
  const plan = planFor("etherType", type);
  if (plan === undefined || !canBeAt(plan, o.transportView, at, end)) {
    setUnread(o, UnreadKind.ETHER_TYPE | type, at, end, wireEnd);
  } else parseRegistered(o, plan, at, end, wireEnd, context);
}

/** IEEE 802.2: two service access points and a control field; behind them, for SNAP, an organisation and a type. */
function parseLlc(o: PacketOutline, at: number, end: number, wireEnd: number, context: ParseContext): void {
  const view = o.transportView;
  const length = llcLength(view, at, end);
  if (end - at < length) return stopForLength(o, LayerKind.LLC, llc.layer, at, end, wireEnd, length);
  o.addLayer(LayerKind.LLC, at, at + length);
  const next = at + length;
  const hasType = isSnap(view, at) && snapOrganization(view, next) === 0;
  if (length === LLC_HEADER_LENGTH && view.getUint8(at) === IP_POINT) parseIpv4(o, next, end, wireEnd, context);
  else if (hasType && snapType(view, next) >= LOWEST_TYPE) {
    parseType(o, snapType(view, next), next, end, wireEnd, context);
  } else if (hasType) setUnread(o, UnreadKind.ETHER_TYPE | snapType(view, next), next, end, wireEnd);
  else setUnread(o, UnreadKind.LLC | view.getUint16(at), next, end, wireEnd);
}

function parseVlan(o: PacketOutline, at: number, end: number, wireEnd: number, context: ParseContext): void {
  if (end - at < VLAN_LENGTH) {
    stopForLength(o, LayerKind.VLAN, vlan.layer, at, end, wireEnd, VLAN_LENGTH);
    return;
  }
  if (hasTooManyLayers(o, vlan.layer, at, end)) return;
  o.addLayer(LayerKind.VLAN, at, at + VLAN_LENGTH);
  parseType(o, o.transportView.getUint16(at + VLAN_TYPE_AT), at + VLAN_LENGTH, end, wireEnd, context);
}

function parseArp(o: PacketOutline, at: number, end: number, wireEnd: number): void {
  if (end - at < ARP_LENGTH) {
    stopForLength(o, LayerKind.ARP, arp.layer, at, end, wireEnd, ARP_LENGTH);
    return;
  }
  const view = o.transportView;
  const length =
    ARP_LENGTH + 2 * view.getUint8(at + ARP_HARDWARE_SIZE_AT) + 2 * view.getUint8(at + ARP_PROTOCOL_SIZE_AT);
  if (end - at < length) {
    stopForLength(o, LayerKind.ARP, arp.layer, at, end, wireEnd, length);
    return;
  }
  o.addLayer(LayerKind.ARP, at, at + length);
  // What follows is padding, not data.
  o.payloadAt = at + length;
  o.payloadEnd = at + length;
}

function parseLoopback(
  o: PacketOutline,
  at: number,
  end: number,
  wireEnd: number,
  isNetworkOrder: boolean,
  context: ParseContext,
): void {
  const kind = isNetworkOrder ? LayerKind.LOOP : LayerKind.NULL;
  if (end - at < FAMILY_LENGTH) {
    stopForLength(o, kind, loopback.layer, at, end, wireEnd, FAMILY_LENGTH);
    return;
  }
  o.addLayer(kind, at, at + FAMILY_LENGTH);
  let family = o.view.getUint32(at, !isNetworkOrder);
  // Families are small numbers: a large one was written by a machine of the other byte order.
  if (family > LARGEST_PLAUSIBLE_FAMILY && !isNetworkOrder) family = o.view.getUint32(at, false);
  const next = at + FAMILY_LENGTH;
  if (family === AddressFamily.IPV4) parseIpv4(o, next, end, wireEnd, context);
  else if (IPV6_FAMILIES.has(family)) parseIpv6(o, next, end, wireEnd, context);
  else if (family >= LOWEST_TYPE) parseType(o, family, next, end, wireEnd, context);
  else setUnread(o, UnreadKind.FAMILY | family, next, end, wireEnd);
}

/** Linux's "cooked" headers: everything about them but their type is left to the view of fields. */
function parseCooked(
  o: PacketOutline,
  kind: LayerKind,
  length: number,
  typeAt: number,
  at: number,
  end: number,
  wireEnd: number,
  context: ParseContext,
): void {
  if (end - at < length) {
    stopForLength(o, kind, sll.layer, at, end, wireEnd, length);
    return;
  }
  o.addLayer(kind, at, at + length);
  const type = o.view.getUint16(typeAt);
  // Below the lowest type stand numbers of Linux's own, for frames without one.
  if (type < LOWEST_TYPE) setUnread(o, UnreadKind.FAMILY | type, at + length, end, wireEnd);
  else parseType(o, type, at + length, end, wireEnd, context);
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

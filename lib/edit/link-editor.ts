/**
 * The link header of a frame changed: into one of another link type, and its VLAN tags. What the link carries stays as it is.
 *
 * What a header needs and nobody knows is made up: hardware addresses of Ethernet are those of `macFromIp`, 02:00 and the
 * four bytes of an IPv4 address, 06:00 and four bytes folded from an IPv6 address, those of groups as RFC 1112 and RFC 2464 have them, and zeros around
 * what is no IP; the source is kept where a cooked header has one. Cooked headers have the adapter 0.
 */
import type { PacketOutline } from "../dissect/outline.ts";
import { readAddress } from "../dissect/outline.ts";
import { checkSequenceAt, packetEnd } from "../dissect/trailer.ts";
import { BROADCAST_MAC, getMac, groupMac, type MacAddress, macFromIp } from "../headers/address.ts";
import { AddressFamily, EtherType, LinkType } from "../headers/assigned-numbers.ts";
import {
  ethernet,
  ethernetOffsets,
  FRAME_CHECK_LENGTH,
  frameCheckSequence,
  LOWEST_ETHER_TYPE,
} from "../headers/ethernet.ts";
import { ETHERNET_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { ipv4Offsets } from "../headers/ipv4.ts";
import { ipv6Offsets } from "../headers/ipv6.ts";
import { LayerKind } from "../headers/layer.ts";
import { announcedType, LINK_HEADER_LENGTHS, LINK_LAYERS } from "../headers/link-payload.ts";
import { loopback } from "../headers/loopback.ts";
import { sll, sll2, sll2Offsets, sllOffsets } from "../headers/sll.ts";
import { vlan } from "../headers/vlan.ts";
import type { CapturedPacket } from "../pcap/capture-file.ts";

/** Why a packet is left out, for people. */
export type LeftOutReason = string;

/** What becomes of the link header of frames. */
export interface LinkOptions {
  /** A LINKTYPE number of `LINK_TARGETS`; left out where frames keep theirs. */
  readonly linkType?: number | undefined;
  /** The VLAN of every frame, 1 to 4094; 0 makes a tag that is for its priority alone; `none` takes all tags away. */
  readonly vlan?: number | "none" | undefined;
}

/** The link types that frames can be made into, by the names of their registry. */
export const LINK_TARGETS: Readonly<Record<string, number>> = {
  ETHERNET: LinkType.ETHERNET,
  RAW: LinkType.RAW,
  NULL: LinkType.NULL,
  LOOP: LinkType.LOOP,
  SLL: LinkType.LINUX_SLL,
  SLL2: LinkType.LINUX_SLL2,
  IPV4: LinkType.IPV4,
  IPV6: LinkType.IPV6,
};

export const NOT_IP: LeftOutReason = "carrying no IP, which the link type is for";
export const TOO_SHORT: LeftOutReason = "too short for their link header";
export const WITHOUT_TYPE: LeftOutReason = "carrying what Ethernet has no type for";
export const OTHER_LINK: LeftOutReason = "of a link type that cannot be changed";

const TAG_TYPES: ReadonlySet<number> = new Set([EtherType.VLAN, EtherType.PROVIDER_VLAN, EtherType.OLD_PROVIDER_VLAN]);

/** Both hardware addresses of a frame, before its type. */
const ADDRESSES_LENGTH = ethernetOffsets.etherType;
const TYPE_LENGTH = ETHERNET_HEADER_LENGTH - ADDRESSES_LENGTH;
/** Bits of a tag that are its VLAN. */
const VLAN_BITS = 0xfff;

/** What Linux writes for frames of IEEE 802.2, whose type is a length. */
const WITHOUT_ETHER_TYPE = 4;
const PacketType = { TO_US: 0, BROADCAST: 1, MULTICAST: 2, FROM_US: 4 } as const;
const MAC_LENGTH = 6;

/** 01:00:5e and 23 bits of the group (RFC 1112, section 6.4); 33:33 and 32 bits of it (RFC 2464, section 7). */
const LONGEST_HEAD = 64;

/** A frame where it is being edited. */
export interface EditedFrame {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

export class LinkEditor {
  readonly #options: LinkOptions;
  /** The new beginning of the frame edited last, and how much of it counts. */
  readonly head = new Uint8Array(LONGEST_HEAD);
  readonly #headView = new DataView(this.head.buffer);
  headLength = 0;
  /** What follows the head in the frame as it was. */
  restStart = 0;
  restEnd = 0;
  linkType = 0;
  /** Whether the frame ends with a right check sequence, which has to be made anew. */
  hasFrameCheck = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /**
   * Makes the new head of a frame.
   *
   * @param packet as it was captured
   * @param outline of it as it was
   * @param frame the same, with its addresses changed already
   * @returns why the frame cannot be kept; undefined where it can
   */
  edit(packet: CapturedPacket, outline: PacketOutline, frame: EditedFrame): LeftOutReason | undefined {
    const { linkType } = packet;
    const target = this.#options.linkType ?? linkType;
    this.linkType = target;
    this.headLength = 0;
    this.restStart = frame.start;
    this.restEnd = frame.end;
    this.hasFrameCheck = false;
    if (target === linkType) this.#keepFrameCheck(outline, frame);
    else {
      const reason = this.#changeLink(packet, outline, frame, target);
      if (reason !== undefined) return reason;
    }
    if (this.#options.vlan !== undefined && target === LinkType.ETHERNET) return this.#changeTags(frame);
    return undefined;
  }

  #keepFrameCheck(outline: PacketOutline, { bytes, view, start, end }: EditedFrame): void {
    const at = checkSequenceAt(outline, packetEnd(outline)) - outline.start + start;
    if (at + FRAME_CHECK_LENGTH !== end) return;
    this.hasFrameCheck = view.getUint32(at) === frameCheckSequence(bytes, start, at);
  }

  #changeLink(
    packet: CapturedPacket,
    outline: PacketOutline,
    frame: EditedFrame,
    target: number,
  ): LeftOutReason | undefined {
    const headerLength = LINK_HEADER_LENGTHS.get(packet.linkType);
    if (headerLength === undefined) return OTHER_LINK;
    if (frame.end - frame.start < headerLength) return TOO_SHORT;
    // A check sequence is about the link that it was on.
    const checkLength = Math.max(0, outline.checkSequenceLength);
    const isWhole = outline.end - outline.start >= outline.wireLength;
    if (isWhole) this.restEnd = Math.max(frame.start + headerLength, frame.end - checkLength);
    this.restStart = frame.start + headerLength;
    const ip = ipLayer(outline);
    switch (target) {
      case LinkType.ETHERNET:
        return this.#toEthernet(packet, outline, frame, ip);
      case LinkType.LINUX_SLL:
      case LinkType.LINUX_SLL2:
        return this.#toCooked(packet, frame, target);
      default:
        return this.#toIp(outline, frame, ip, target);
    }
  }

  #toIp(
    { kinds, starts, start }: PacketOutline,
    frame: EditedFrame,
    ip: number,
    target: number,
  ): LeftOutReason | undefined {
    const is4 = kinds[ip] === LayerKind.IPV4;
    if (ip < 0 || (target === LinkType.IPV4 && !is4) || (target === LinkType.IPV6 && is4)) return NOT_IP;
    this.restStart = frame.start + starts[ip]! - start;
    this.restEnd = Math.max(this.restStart, this.restEnd);
    if (target !== LinkType.NULL && target !== LinkType.LOOP) return undefined;
    const family = is4 ? AddressFamily.IPV4 : AddressFamily.IPV6_DARWIN;
    this.headLength = loopback.encodeInto({ family, littleEndian: target === LinkType.NULL }, this.head, 0);
    return undefined;
  }

  #toEthernet(
    packet: CapturedPacket,
    outline: PacketOutline,
    frame: EditedFrame,
    ip: number,
  ): LeftOutReason | undefined {
    const etherType = typeInEthernet(packet, this.restEnd - this.restStart);
    if (etherType === undefined) return WITHOUT_TYPE;
    const shift = frame.start - outline.start;
    const source =
      cookedSource(packet.linkType, frame) ?? (ip < 0 ? 0 : macOf(outline, ip, frame.view, shift, "source"));
    const destination = ip < 0 ? 0 : macOf(outline, ip, frame.view, shift, "destination");
    this.headLength = ethernet.encodeInto({ destination, source, etherType }, this.head, 0);
    return undefined;
  }

  #toCooked(packet: CapturedPacket, frame: EditedFrame, target: number): LeftOutReason | undefined {
    const type = announcedType(packet);
    if (packet.linkType !== LinkType.ETHERNET && type < LOWEST_ETHER_TYPE && !isCooked(packet.linkType)) {
      return WITHOUT_TYPE;
    }
    const isEthernet = packet.linkType === LinkType.ETHERNET;
    // What follows the data that the length counts is padding.
    if (isEthernet && type < LOWEST_ETHER_TYPE) this.restEnd = Math.min(this.restEnd, this.restStart + type);
    const address = isEthernet
      ? frame.bytes.slice(frame.start + ethernetOffsets.source, frame.start + ethernetOffsets.etherType)
      : cookedAddress(packet.linkType, frame);
    const header = {
      packetType: packetTypeOf(packet, frame),
      addressLength: address.length,
      address,
      protocolType: isEthernet && type < LOWEST_ETHER_TYPE ? WITHOUT_ETHER_TYPE : type,
    };
    this.headLength =
      target === LinkType.LINUX_SLL
        ? sll.encodeInto(header, this.head, 0)
        : sll2.encodeInto({ ...header, interfaceIndex: 0 }, this.head, 0);
    return undefined;
  }

  /** The head is an Ethernet header now, or stands in the frame. */
  #changeTags(frame: EditedFrame): LeftOutReason | undefined {
    if (this.headLength === 0) {
      if (frame.end - frame.start < ETHERNET_HEADER_LENGTH) return TOO_SHORT;
      this.head.set(frame.bytes.subarray(frame.start, frame.start + ETHERNET_HEADER_LENGTH));
      this.headLength = ETHERNET_HEADER_LENGTH;
      this.restStart = frame.start + ETHERNET_HEADER_LENGTH;
    }
    const { vlan: wanted } = this.#options;
    if (wanted === "none") this.#removeTags(frame.view);
    else this.#tag(wanted!, frame.view);
    return undefined;
  }

  #removeTags(view: DataView): void {
    const typeAt = this.headLength - TYPE_LENGTH;
    while (this.#isTagged() && this.restStart + vlan.fixedLength <= this.restEnd) {
      this.#headView.setUint16(typeAt, view.getUint16(this.restStart + TYPE_LENGTH));
      this.restStart += vlan.fixedLength;
    }
  }

  #tag(id: number, view: DataView): void {
    const tagAt = this.headLength;
    const typeAt = tagAt - TYPE_LENGTH;
    if (this.#isTagged()) {
      if (this.restStart + TYPE_LENGTH > this.restEnd) return;
      // Priority and eligibility stay.
      this.#headView.setUint16(tagAt, (view.getUint16(this.restStart) & ~VLAN_BITS) | id);
      this.restStart += TYPE_LENGTH;
    } else {
      const etherType = this.#headView.getUint16(typeAt);
      this.#headView.setUint16(typeAt, EtherType.VLAN);
      this.#headView.setUint16(tagAt, id);
      this.#headView.setUint16(tagAt + TYPE_LENGTH, etherType);
      this.headLength += TYPE_LENGTH;
    }
    this.headLength += TYPE_LENGTH;
  }

  #isTagged(): boolean {
    return TAG_TYPES.has(this.#headView.getUint16(this.headLength - TYPE_LENGTH));
  }
}

/** Index of the IP layer that the link carries, or -1. */
function ipLayer({ kinds, layerCount }: PacketOutline): number {
  let layer = 0;
  while (layer < layerCount && LINK_LAYERS.has(kinds[layer]!)) layer++;
  if (layer === layerCount) return -1;
  return kinds[layer] === LayerKind.IPV4 || kinds[layer] === LayerKind.IPV6 ? layer : -1;
}

/** The type, or the length that stands in its place. @param length of what follows */
function typeInEthernet(packet: CapturedPacket, length: number): number | undefined {
  const type = announcedType(packet);
  if (type >= LOWEST_ETHER_TYPE) return type;
  return isCooked(packet.linkType) && type === WITHOUT_ETHER_TYPE && length < LOWEST_ETHER_TYPE ? length : undefined;
}

function isCooked(linkType: number): boolean {
  return linkType === LinkType.LINUX_SLL || linkType === LinkType.LINUX_SLL2;
}

function macOf(
  { kinds, starts, ends }: PacketOutline,
  layer: number,
  view: DataView,
  shift: number,
  which: "source" | "destination",
): MacAddress {
  const is4 = kinds[layer] === LayerKind.IPV4;
  const offset = is4 ? ipv4Offsets[which] : ipv6Offsets[which];
  const at = starts[layer]! + offset;
  // Of a header that is cut off, nothing can be made.
  if (at + (is4 ? 4 : 16) > ends[layer]!) return 0;
  const address = readAddress(view, at + shift, is4 ? 4 : 6);
  return groupMac(address) ?? macFromIp(address);
}

const NO_ADDRESS = new Uint8Array(0);

/** The sender's address in a cooked header. */
function cookedAddress(linkType: number, { bytes, view, start }: EditedFrame): Uint8Array {
  if (!isCooked(linkType)) return NO_ADDRESS;
  const isFirst = linkType === LinkType.LINUX_SLL;
  const length = isFirst
    ? view.getUint16(start + sllOffsets.addressLength)
    : view.getUint8(start + sll2Offsets.addressLength);
  const at = start + (isFirst ? sllOffsets.address : sll2Offsets.address);
  return bytes.slice(at, at + Math.min(length, 8));
}

function cookedSource(linkType: number, frame: EditedFrame): MacAddress | undefined {
  const address = cookedAddress(linkType, frame);
  if (address.length !== MAC_LENGTH) return undefined;
  return getMac(new DataView(address.buffer), 0);
}

function packetTypeOf({ linkType, direction }: CapturedPacket, { bytes, view, start }: EditedFrame): number {
  if (linkType === LinkType.LINUX_SLL) return view.getUint16(start + sllOffsets.packetType);
  if (linkType === LinkType.LINUX_SLL2) return view.getUint8(start + sll2Offsets.packetType);
  if (direction === "outbound") return PacketType.FROM_US;
  if (linkType !== LinkType.ETHERNET || ((bytes[start] ?? 0) & 1) === 0) return PacketType.TO_US;
  return getMac(view, start) === BROADCAST_MAC ? PacketType.BROADCAST : PacketType.MULTICAST;
}

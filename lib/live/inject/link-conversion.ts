/**
 * Frames of one link type made into frames of another: what the link carries stays as it is, byte for byte, only the
 * header in front of it changes.
 */

import { PacketOutline } from "../../dissect/outline.ts";
import { parseFrame } from "../../dissect/parse-frame.ts";
import { AddressFamily, LinkType } from "../../headers/assigned-numbers.ts";
import { ethernet, LOWEST_ETHER_TYPE } from "../../headers/ethernet.ts";
import { ETHERNET_HEADER_LENGTH, LOOPBACK_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import { LayerKind } from "../../headers/layer.ts";
import { announcedType, LINK_HEADER_LENGTHS, LINK_LAYERS } from "../../headers/link-payload.ts";
import { loopback } from "../../headers/loopback.ts";
import type { CapturedPacket } from "../../pcap/capture-file.ts";
import { linkTypeName } from "../../pcap/link-types.ts";

/** What an adapter takes. */
export interface LinkTarget {
  /** A LINKTYPE number. */
  readonly linkType: number;
  /** What the adapter's system calls IPv6 in a loopback header; see `ipv6FamilyOf`. */
  readonly ipv6Family: number;
}

/** What is read of a captured packet. */
export type FrameToConvert = Pick<CapturedPacket, "bytes" | "view" | "start" | "end" | "wireLength" | "linkType">;

/** Why a frame cannot be sent, for people: "cut off when captured". */
export type LeftOutReason = string;

export const CUT_OFF: LeftOutReason = "cut off when captured";
export const TOO_SHORT: LeftOutReason = "too short for a link header";
export const NOT_IP: LeftOutReason = "carrying no IP";
export const WITHOUT_TYPE: LeftOutReason = "carrying what Ethernet has no type for";

/** The address family of IPv6 in the loopback headers of a system. Npcap has the number of BSD. */
export function ipv6FamilyOf(platform: NodeJS.Platform): number {
  if (platform === "darwin") return AddressFamily.IPV6_DARWIN;
  return platform === "freebsd" ? AddressFamily.IPV6_FREEBSD : AddressFamily.IPV6_BSD;
}

/** Makes frames into those that one adapter takes. */
export class FrameConverter {
  readonly #target: LinkTarget;
  /** Of the frame that is being converted. */
  readonly #outline = new PacketOutline();

  constructor(target: LinkTarget) {
    this.#target = target;
  }

  /**
   * The frame as the adapter takes it. Of Ethernet made into anything else only IP remains, without its VLAN tags; what is
   * made into Ethernet has hardware addresses of zero, as frames on Linux's loopback adapter have.
   *
   * @returns the frame, in the memory of `packet` where it stays as it is; or why it cannot be sent
   */
  convert(packet: FrameToConvert): Uint8Array | LeftOutReason {
    const { bytes, start, end, wireLength, linkType } = packet;
    const target = this.#target.linkType;
    if (end - start < wireLength) return CUT_OFF;
    const headerLength = LINK_HEADER_LENGTHS.get(linkType);
    if (end - start < (headerLength ?? 0)) return TOO_SHORT;
    const isLoopback = target === LinkType.NULL || target === LinkType.LOOP;
    // Address families have other numbers on other systems, in another byte order: those are never taken as they are.
    if (linkType === target && !isLoopback) return bytes.subarray(start, end);
    if (headerLength !== undefined) {
      if (target === LinkType.ETHERNET) return toEthernet(packet, start + headerLength);
      if (target === LinkType.RAW) return this.#toRaw(packet);
      if (isLoopback) return this.#toLoopback(packet);
    }
    return `of link type ${linkTypeName(linkType)}, which cannot become ${linkTypeName(target)}`;
  }

  #toRaw(packet: FrameToConvert): Uint8Array | LeftOutReason {
    const layer = this.#findIp(packet);
    return layer === undefined ? NOT_IP : packet.bytes.subarray(this.#outline.starts[layer]!, packet.end);
  }

  #toLoopback(packet: FrameToConvert): Uint8Array | LeftOutReason {
    const layer = this.#findIp(packet);
    if (layer === undefined) return NOT_IP;
    const { linkType, ipv6Family } = this.#target;
    const { kinds, starts } = this.#outline;
    const family = kinds[layer] === LayerKind.IPV4 ? AddressFamily.IPV4 : ipv6Family;
    const frame = behindHeader(LOOPBACK_HEADER_LENGTH, packet, starts[layer]!);
    loopback.encodeInto({ family, littleEndian: linkType === LinkType.NULL }, frame, 0);
    return frame;
  }

  /** Index of the IP layer that the link carries, in the outline. */
  #findIp({ bytes, view, start, end, wireLength, linkType }: FrameToConvert): number | undefined {
    const outline = this.#outline;
    parseFrame(outline, bytes, view, start, end, wireLength, linkType);
    let layer = 0;
    while (layer < outline.layerCount && LINK_LAYERS.has(outline.kinds[layer]!)) layer++;
    const kind = layer < outline.layerCount ? outline.kinds[layer] : undefined;
    return kind === LayerKind.IPV4 || kind === LayerKind.IPV6 ? layer : undefined;
  }
}

/** @param at first byte behind the link header */
function toEthernet(packet: FrameToConvert, at: number): Uint8Array | LeftOutReason {
  const etherType = announcedType(packet);
  if (etherType < LOWEST_ETHER_TYPE) return WITHOUT_TYPE;
  const header = { destination: 0, source: 0, etherType };
  const frame = behindHeader(ETHERNET_HEADER_LENGTH, packet, at);
  ethernet.encodeInto(header, frame, 0);
  return frame;
}

/** Room for a header, and behind it the rest of the packet. */
function behindHeader(headerLength: number, { bytes, end }: FrameToConvert, at: number): Uint8Array {
  const frame = new Uint8Array(headerLength + end - at);
  frame.set(bytes.subarray(at, end), headerLength);
  return frame;
}

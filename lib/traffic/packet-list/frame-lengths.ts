/** What the length of a frame in a packet list tells: how frames begin there, and how much is left for what they carry. */

import type { MeasuredSegment } from "../../csv/packet-list/list-columns.ts";
import type { TcpInfo } from "../../csv/packet-list/transport-info.ts";
import {
  ETHERNET_HEADER_LENGTH,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  LOOPBACK_HEADER_LENGTH,
  TCP_HEADER_LENGTH,
} from "../../headers/header-lengths.ts";
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { LinkKind } from "../../session/encapsulation/outer-headers.ts";

const LINK_HEADER_LENGTH: Readonly<Record<LinkKind, number>> = {
  ethernet: ETHERNET_HEADER_LENGTH,
  raw: 0,
  null: LOOPBACK_HEADER_LENGTH,
};

/** Without its check sequence. */
const SHORTEST_ETHERNET_FRAME = 60;

/** @param address of one end, as text */
export function ipHeaderLengthOf(address: string): number {
  return address.includes(":") ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH;
}

/** The frames of one list. */
export class FrameLengths {
  readonly #linkLength: number;
  readonly #isEthernet: boolean;

  constructor(link: LinkKind = "ethernet") {
    this.#linkLength = LINK_HEADER_LENGTH[link];
    this.#isEthernet = link === "ethernet";
  }

  /** Whether a frame is one of Ethernet that has no more than its least length. */
  isShortest(frameLength: number): boolean {
    return this.#isEthernet && frameLength <= SHORTEST_ETHERNET_FRAME;
  }

  /** Whether it may be padded: what is shorter was captured by its sender, before that. */
  mayBePadded(frameLength: number | undefined): boolean {
    return this.#isEthernet && frameLength === SHORTEST_ETHERNET_FRAME;
  }

  /** Bytes of link and IP header. */
  headersBefore(address: string): number {
    return this.#linkLength + ipHeaderLengthOf(address);
  }

  /** Bytes from the IP header on; undefined where nothing tells. */
  packetLengthOf(frameLength: number | undefined): number | undefined {
    return frameLength === undefined || this.isShortest(frameLength) ? undefined : frameLength - this.#linkLength;
  }
}

/** What is left of a frame when all that its info tells is taken off is its link header: as most of the first rows have it. */
export function findLink(measured: readonly MeasuredSegment[]): LinkKind | undefined {
  const votes = new Map<LinkKind, number>();
  for (const { info, frame, isIpv6 } of measured) {
    // The options of a SYN may be padded in several ways, and short frames of Ethernet are padded, too.
    if ((info.flags & TcpFlag.SYN) !== 0 || frame === SHORTEST_ETHERNET_FRAME) continue;
    const ipLength = isIpv6 ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH;
    const rest = frame - (info.length ?? 0) - ipLength - TCP_HEADER_LENGTH - optionsLengthOf(info);
    for (const link of ["ethernet", "null", "raw"] as const) {
      if (LINK_HEADER_LENGTH[link] === rest) votes.set(link, (votes.get(link) ?? 0) + 1);
    }
  }
  return [...votes].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Bytes of the options that a segment after the handshake has, aligned as everybody does it. */
function optionsLengthOf({ options: { timestamps, sackBlocks } }: TcpInfo): number {
  return (timestamps === undefined ? 0 : TIMESTAMPS_LENGTH) + (sackBlocks.length === 0 ? 0 : 4 + 8 * sackBlocks.length);
}

/** Of the option with the two bytes that align it. */
export const TIMESTAMPS_LENGTH = 12;

/**
 * What routers and hosts say of packets that get no further (RFC 792, RFC 4443): that one is larger than the next network takes, or
 * that nobody listens on a port. Each quotes the packet that it is about.
 */
import { parseIpv4, parseIpv6 } from "../../headers/address.ts";
import { IcmpType, Icmpv6Type } from "../../headers/control-types.ts";
import type { Socket } from "../conversation.ts";
import { Host } from "../host.ts";
import type { PacketLayers } from "../packet-writer.ts";
import type { Segment } from "../tcp/segment.ts";
import { type BoxedFrame, FrameBox } from "./frame-box.ts";
import type { NetworkTap } from "./network-tap.ts";
import { type FrameEnd, SegmentFrames } from "./segment-frames.ts";

/** Codes within the types. */
const FRAGMENTATION_NEEDED = 4;
const PORT_UNREACHABLE = 3;
const PORT_UNREACHABLE_V6 = 4;

/** Of the quoted packet, bytes behind its IPv4 header: as RFC 792 has it, and many routers since. */
const QUOTED = 8;
/** The longest such message of IPv6 as a packet, in bytes: it quotes as much as it has room for (RFC 4443, section 2.4). */
const LONGEST_V6 = 1280;
const HEADER_LENGTH = 8;

/** Routers have addresses of the documentation, so that they cannot be anybody's. */
const ROUTER_ADDRESS = parseIpv4("192.0.2.1");
const ROUTER_ADDRESS_V6 = parseIpv6("2001:db8::1");
const ROUTER = "router";

export class ControlMessages {
  readonly #tap: NetworkTap;
  readonly #quote = new FrameBox(false);
  readonly #segments: SegmentFrames;
  #identification = 0;

  constructor(tap: NetworkTap, timeToLive: number) {
    this.#tap = tap;
    this.#segments = new SegmentFrames(this.#quote, { link: "raw", timeToLive });
  }

  /**
   * A router in the middle says that a segment is too large (RFC 1191, section 4; RFC 4443, section 3.2).
   * @param mtu what the path takes, in bytes
   */
  tooLarge(segment: Segment, from: FrameEnd, to: FrameEnd, identification: number, mtu: number): readonly BoxedFrame[] {
    this.#segments.write(0, segment, from, to, identification, false, undefined);
    return this.tooLargeIs(this.#quote.take()[0]!.bytes, from.socket, to.socket, from.isServer, mtu);
  }

  /** The same of an IP packet. */
  tooLargeIs(packet: Uint8Array, from: Socket, to: Socket, isFromServer: boolean, mtu: number): readonly BoxedFrame[] {
    const { isIpv4 } = from.host;
    const router = new Host(ROUTER, isIpv4 ? ROUTER_ADDRESS : ROUTER_ADDRESS_V6, to.host.mac, this.#identification++);
    const layers: PacketLayers = isIpv4
      ? { icmp: { type: IcmpType.DESTINATION_UNREACHABLE, code: FRAGMENTATION_NEEDED, nextHopMtu: mtu } }
      : { icmpv6: { type: Icmpv6Type.PACKET_TOO_BIG, mtu } };
    const comment = `ICMP: a router says that a packet of ${packet.length} bytes is too large, as the next network takes ${mtu}`;
    return this.#frames(router, from.host, layers, packet, !isFromServer, comment);
  }

  /** A host says that nobody listens on a port (RFC 1122, section 3.2.2.1). @param packet IP packet that went there */
  portUnreachable(packet: Uint8Array, from: Socket, to: Socket): readonly BoxedFrame[] {
    const layers: PacketLayers = to.host.isIpv4
      ? { icmp: { type: IcmpType.DESTINATION_UNREACHABLE, code: PORT_UNREACHABLE } }
      : { icmpv6: { type: Icmpv6Type.DESTINATION_UNREACHABLE, code: PORT_UNREACHABLE_V6 } };
    const comment = `ICMP: ${to.name ?? to.host.name} has nobody who listens on port ${to.port}`;
    return this.#frames(to.host, from.host, layers, packet, true, comment);
  }

  /** @param isFromServer whether it comes from the server's side */
  #frames(
    from: Host,
    to: Host,
    layers: PacketLayers,
    quoted: Uint8Array,
    isFromServer: boolean,
    comment: string,
  ): readonly BoxedFrame[] {
    const { isIpv4, ipHeaderLength } = to;
    const most = isIpv4 ? ipHeaderLength + QUOTED : LONGEST_V6 - ipHeaderLength - HEADER_LENGTH;
    const payload = quoted.subarray(0, most);
    const direction = isFromServer ? "inbound" : "outbound";
    return this.#tap.packet({ from, to, layers: { ...layers, payload }, direction, isFromServer, comment });
  }
}

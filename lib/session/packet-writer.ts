/** Writes packets that are no part of a session of ours: each as somebody else has decided it, header by header. */

import type { FrameDirection, FrameSink } from "../core/frame-sink.ts";
import type { MacAddress } from "../headers/address.ts";
import { Icmpv6Type } from "../headers/control-types.ts";
import { encodeFrameInto, type Frame, frameLength } from "../headers/frame.ts";
import type { Annotator } from "./annotator.ts";
import type { Tally } from "./conversation.ts";
import type { EncapsulatingSink } from "./encapsulation/encapsulating-sink.ts";
import type { LinkKind } from "./encapsulation/outer-headers.ts";
import type { Host } from "./host.ts";

/** What a packet carries above IP, or above Ethernet where it is ARP. */
export type PacketLayers = Pick<Frame, "arp" | "icmp" | "icmpv6" | "payload" | "tcp" | "udp">;

/** One packet whose headers somebody else has decided. */
export interface GivenPacket {
  /** Its addresses; those of Ethernet only where they are not given. */
  readonly from: Host;
  /** The machine that it goes to, as `from`. */
  readonly to: Host;
  /** What it carries above IP, or ARP. */
  readonly layers: PacketLayers;
  /** Hardware address that it comes from. Default: that of `from`. */
  readonly sourceMac?: MacAddress | undefined;
  /** Hardware address that it goes to. Default: that of `to`. */
  readonly destinationMac?: MacAddress | undefined;
  /** IPv4 time to live or IPv6 hop limit. Default: as everywhere in the session. */
  readonly timeToLive?: number | undefined;
  /** Bytes of the whole frame: where there are fewer, zeros follow the packet, as they do in short Ethernet frames. */
  readonly frameLength?: number | undefined;
  /** Which way it goes, where the sink keeps notes. */
  readonly direction: FrameDirection;
  /** Identifier of its innermost VLAN tag, 1 to 4094. Default: that of the session. */
  readonly vlan?: number | undefined;
  /** Whether it stays on its link, as what resolves neighbours does: then no tunnel carries it, and it has no labels. */
  readonly isOnLink?: boolean | undefined;
  /** Which way it goes through a tunnel, where that is not the direction that is noted. */
  readonly isFromServer?: boolean | undefined;
  /** What comments say of it. */
  readonly comment: string;
  /** Where it is counted. */
  readonly tally?: Tally | undefined;
}

export interface NetworkLink {
  readonly link: LinkKind;
  /** IPv4 time to live and IPv6 hop limit, 1 to 255. */
  readonly timeToLive: number;
}

/** More padding than the shortest Ethernet frame needs, with its check sequence, is a mistake in the length. */
const LONGEST_PADDED_FRAME = 64;

export class PacketWriter {
  readonly #sink: FrameSink;
  readonly #options: NetworkLink;
  readonly #annotator: Annotator | undefined;
  readonly #outer: EncapsulatingSink | undefined;

  /**
   * @param annotator told of every frame, where the sink keeps notes on them
   * @param outer the sink, where it puts headers before what is written into it: then nothing else does
   */
  constructor(sink: FrameSink, options: NetworkLink, annotator?: Annotator, outer?: EncapsulatingSink) {
    this.#sink = sink;
    this.#options = options;
    this.#annotator = annotator;
    this.#outer = outer;
  }

  /** @throws PacketError BAD_FIELD if a value does not fit its field */
  write(time: number, packet: GivenPacket): void {
    const { from, to, layers, tally } = packet;
    const { link } = this.#options;
    const timeToLive = packet.timeToLive ?? this.#options.timeToLive;
    const below = layers.arp === undefined ? headersBelow(from, to, { link, timeToLive }) : linkHeader(from, to, link);
    const { sourceMac: source, destinationMac: destination } = packet;
    const ethernet = below.ethernet && {
      source: source ?? below.ethernet.source,
      destination: destination ?? below.ethernet.destination,
    };
    const ipv4 = below.ipv4 && { ...below.ipv4, dontFragment: true };
    const frame: Frame = { ...below, ...(ethernet && { ethernet }), ...(ipv4 && { ipv4 }), ...layers };
    const length = frameLength(frame);
    const padding = this.#paddingOf(length, packet.frameLength ?? 0);
    this.#annotator?.packet(packet.comment, packet.direction);
    this.#begin(packet);
    const offset = this.#sink.reserve(time, length + padding);
    encodeFrameInto(padding === 0 ? frame : { ...frame, trailer: new Uint8Array(padding) }, this.#sink.bytes, offset);
    this.#outer?.finish();
    if (tally === undefined) return;
    tally.packets++;
    tally.payloadBytes += layers.payload?.length ?? 0;
  }

  /** @param wanted bytes of the frame without tags, labels and tunnels */
  #paddingOf(length: number, wanted: number): number {
    const below = this.#outer === undefined ? 0 : this.#outer.paddedHeaderLength;
    if (below === undefined || wanted > LONGEST_PADDED_FRAME) return 0;
    return Math.max(0, wanted - below - length);
  }

  #begin(packet: GivenPacket): void {
    const { from, to, sourceMac, destinationMac, vlan, layers, direction, isOnLink = false } = packet;
    const isFromServer = packet.isFromServer ?? direction === "inbound";
    const isArp = layers.arp !== undefined;
    const rare = { isArp, isDiscovery: isArp || isNeighbourDiscovery(layers), isOnLink };
    this.#outer?.begin(from, to, isFromServer, { sourceMac, destinationMac, vlan }, portsOf(layers), rare);
  }
}

/** From router solicitation to redirect (RFC 4861, section 4). */
function isNeighbourDiscovery({ icmpv6 }: PacketLayers): boolean {
  return icmpv6 !== undefined && icmpv6.type >= Icmpv6Type.ROUTER_SOLICITATION && icmpv6.type <= Icmpv6Type.REDIRECT;
}

function portsOf({ tcp, udp }: PacketLayers): number {
  const header = tcp ?? udp;
  return header === undefined ? 0 : (header.sourcePort << 16) | header.destinationPort;
}

/** The headers that come before the transport's, of which the IP header takes the sender's next identification. */
export function headersBelow(from: Host, to: Host, { link, timeToLive }: NetworkLink): Frame {
  const { address: source } = from;
  const { address: destination } = to;
  return {
    ...linkHeader(from, to, link),
    ...(typeof source === "number" && typeof destination === "number"
      ? { ipv4: { source, destination, timeToLive, identification: from.takeIdentification() } }
      : { ipv6: { source: BigInt(source), destination: BigInt(destination), hopLimit: timeToLive } }),
  };
}

function linkHeader(from: Host, to: Host, link: LinkKind): Frame {
  return {
    ...(link === "ethernet" && { ethernet: { source: from.mac, destination: to.mac } }),
    ...(link === "null" && { loopback: {} }),
  };
}

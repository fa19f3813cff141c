/**
 * The headers that stand before the packets of a session, outermost first: link header, VLAN tags, MPLS labels, and those
 * of a tunnel. Written once for all frames that have the same ones; what differs from frame to frame is patched in place.
 */
import { ipv4PseudoHeaderSum, ipv6PseudoHeaderSum } from "../../core/checksum.ts";
import type { IpAddress } from "../../headers/address.ts";
import { AddressFamily, EtherType, IpProtocol } from "../../headers/assigned-numbers.ts";
import { encodeEthernet } from "../../headers/ethernet.ts";
import { gre } from "../../headers/gre.ts";
import { ETHERNET_HEADER_LENGTH, LOOPBACK_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import { encodeIpv4 } from "../../headers/ipv4.ts";
import { encodeIpv6 } from "../../headers/ipv6.ts";
import { loopback } from "../../headers/loopback.ts";
import { mpls } from "../../headers/mpls.ts";
import { encodeUdp } from "../../headers/udp.ts";
import { vlan } from "../../headers/vlan.ts";
import { VXLAN_PORT, vxlan } from "../../headers/vxlan.ts";
import type { Host } from "../host.ts";
import { tunnelOverhead } from "./tunnel-overhead.ts";

/** How a frame begins: Ethernet II, nothing at all, or the four bytes of BSD loopback. */
export type LinkKind = "ethernet" | "raw" | "null";

/** Two machines that carry the packets of a session to each other inside packets of their own. */
export interface Tunnel {
  /** Generic Routing Encapsulation (RFC 2784), without options; or VXLAN (RFC 7348). */
  readonly kind: "gre" | "vxlan";
  /** On the side of the clients. */
  readonly near: Host;
  /** On the side of the servers. */
  readonly far: Host;
  /** VXLAN network identifier, 0 to 2^24 - 1; of VXLAN alone. */
  readonly networkIdentifier?: number | undefined;
}

/** What stands before the packets of a session, beside the link header. Default: nothing. */
export interface Encapsulation {
  /** VLAN identifiers, 1 to 4094, outermost first: at most two. */
  readonly vlan?: readonly number[] | undefined;
  /** MPLS labels, 16 to 2^20 - 1, outermost first. */
  readonly mpls?: readonly number[] | undefined;
  /** The tunnel that carries the packets. */
  readonly tunnel?: Tunnel | undefined;
}

/** What one kind of frame begins with. */
export interface OuterHeaders {
  readonly bytes: Uint8Array;
  /** Where the Ethernet header with the addresses of the inner hosts is; -1 where there is none. */
  readonly macAt: number;
  /** Where the two bytes with the identifier of the innermost tag are, or -1. */
  readonly tagAt: number;
  /** Where the IP header of the tunnel is, or -1. */
  readonly ipAt: number;
  /** Where the UDP header of the tunnel is, or -1. */
  readonly udpAt: number;
  /** What everything but length and identification adds to the header checksum of an outer IPv4 header. */
  readonly headerSum: number;
  /** What the outer addresses and the protocol add to the checksum of an outer UDP header; not folded. */
  readonly pseudoHeaderSum: number;
  /** Whose identifications the outer packets count up. */
  readonly from: Host | undefined;
}

/** Which kind of frame it is. */
export interface FrameKind {
  readonly link: LinkKind;
  /** Of what the frame carries in the end. */
  readonly etherType: number;
  readonly isFromServer: boolean;
  /** The tags have room for an identifier of the frame's own, where the session has no tags. */
  readonly hasOwnTag: boolean;
  /** It stays on its link, as ARP does: it goes through no tunnel, and has no labels. */
  readonly isOnLink: boolean;
}

const TIME_TO_LIVE = 64;
const DONT_FRAGMENT = 0x4000;

export function makeOuterHeaders(all: Encapsulation, kind: FrameKind): OuterHeaders {
  return new OuterHeaderWriter(all, kind).write();
}

/** Writes them from the outside in. */
class OuterHeaderWriter {
  readonly #kind: FrameKind;
  readonly #vlan: readonly number[];
  readonly #mpls: readonly number[];
  readonly #tunnel: Tunnel | undefined;
  readonly #bytes: Uint8Array;
  #at = 0;
  #macAt = -1;
  #tagAt = -1;

  constructor({ vlan: tags = [], mpls: labels = [], tunnel }: Encapsulation, kind: FrameKind) {
    this.#kind = kind;
    this.#vlan = kind.link !== "ethernet" ? [] : kind.hasOwnTag && tags.length === 0 ? [0] : tags;
    this.#mpls = kind.isOnLink || kind.link !== "ethernet" ? [] : labels;
    this.#tunnel = kind.isOnLink ? undefined : tunnel;
    const overhead = this.#tunnel && tunnelOverhead({ ...this.#tunnel, isIpv4: this.#tunnel.near.isIpv4 });
    this.#bytes = new Uint8Array(
      linkHeaderLength(kind.link) +
        vlan.fixedLength * this.#vlan.length +
        mpls.fixedLength * this.#mpls.length +
        (overhead ?? 0),
    );
  }

  write(): OuterHeaders {
    const tunnel = this.#tunnel;
    const [from, to] = tunnel === undefined ? [] : this.#kind.isFromServer ? [tunnel.far, tunnel.near] : ends(tunnel);
    const carried = from === undefined ? this.#kind.etherType : from.isIpv4 ? EtherType.IPV4 : EtherType.IPV6;
    this.#writeLink(from, to, carried);
    for (const [index, label] of this.#mpls.entries()) this.#writeLabel(label, index === this.#mpls.length - 1);
    const none = { ipAt: -1, udpAt: -1, headerSum: 0, pseudoHeaderSum: 0, from: undefined };
    const outer = tunnel && from && to ? this.#writeTunnel(tunnel, from, to) : none;
    return { bytes: this.#bytes, macAt: this.#macAt, tagAt: this.#tagAt, ...outer };
  }

  /** @param carried the EtherType of the packet behind the labels */
  #writeLink(from: Host | undefined, to: Host | undefined, carried: number): void {
    const bytes = this.#bytes;
    const { link } = this.#kind;
    if (link === "null") {
      const family = carried === EtherType.IPV4 ? AddressFamily.IPV4 : AddressFamily.IPV6_DARWIN;
      this.#at += loopback.encodeInto({ family }, bytes, 0);
    }
    if (link !== "ethernet") return;
    if (from === undefined) this.#macAt = 0;
    const [source, destination] = [from?.mac ?? 0, to?.mac ?? 0];
    const types = this.#vlan.map((_, index) => tagTypeOf(index, this.#vlan.length));
    types.push(this.#mpls.length > 0 ? EtherType.MPLS : carried);
    this.#at += encodeEthernet({ source, destination, etherType: types[0]! }, bytes, 0);
    for (const [index, identifier] of this.#vlan.entries()) {
      this.#tagAt = this.#at;
      this.#at += vlan.encodeInto({ identifier, etherType: types[index + 1]! }, bytes, this.#at);
    }
  }

  #writeLabel(label: number, isLast: boolean): void {
    const header = { label, bottomOfStack: Number(isLast), timeToLive: TIME_TO_LIVE };
    this.#at += mpls.encodeInto(header, this.#bytes, this.#at);
  }

  #writeTunnel(tunnel: Tunnel, from: Host, to: Host): Omit<OuterHeaders, "bytes" | "macAt" | "tagAt"> {
    const ipAt = this.#at;
    const protocol = tunnel.kind === "gre" ? IpProtocol.GRE : IpProtocol.UDP;
    const headerSum = this.#writeIp(from.address, to.address, protocol);
    const udpAt = tunnel.kind === "gre" ? -1 : this.#at;
    const carried = { protocolType: this.#kind.etherType };
    if (tunnel.kind === "gre") this.#at += gre.encodeInto(carried, this.#bytes, this.#at);
    else this.#writeVxlan(tunnel.networkIdentifier ?? 0);
    return { ipAt, udpAt, headerSum, pseudoHeaderSum: pseudoHeaderSumOf(from.address, to.address), from };
  }

  /** With lengths and identification 0. @returns the sum of an IPv4 header, 0 for IPv6 */
  #writeIp(source: IpAddress, destination: IpAddress, protocol: number): number {
    const bytes = this.#bytes;
    const at = this.#at;
    if (typeof source === "number" && typeof destination === "number") {
      const header = { source, destination, protocol, timeToLive: TIME_TO_LIVE, dontFragment: true };
      this.#at += encodeIpv4({ ...header, totalLength: 0, identification: 0, headerChecksum: 0 }, bytes, at);
      const first = bytes[at]! << 8;
      return first + DONT_FRAGMENT + ((TIME_TO_LIVE << 8) | protocol) + ipv4PseudoHeaderSum(source, destination, 0, 0);
    }
    const addresses = { source: BigInt(source), destination: BigInt(destination) };
    const header = { ...addresses, nextHeader: protocol, hopLimit: TIME_TO_LIVE, payloadLength: 0 };
    this.#at += encodeIpv6(header, bytes, at);
    return 0;
  }

  #writeVxlan(networkIdentifier: number): void {
    const ports = { sourcePort: 0, destinationPort: VXLAN_PORT };
    this.#at += encodeUdp({ ...ports, length: 0, checksum: 0 }, this.#bytes, this.#at);
    this.#at += vxlan.encodeInto({ networkIdentifier }, this.#bytes, this.#at);
    this.#macAt = this.#at;
    this.#at += encodeEthernet({ source: 0, destination: 0, etherType: this.#kind.etherType }, this.#bytes, this.#at);
  }
}

function linkHeaderLength(link: LinkKind): number {
  if (link === "ethernet") return ETHERNET_HEADER_LENGTH;
  return link === "null" ? LOOPBACK_HEADER_LENGTH : 0;
}

function ends({ near, far }: Tunnel): [Host, Host] {
  return [near, far];
}

/** IEEE 802.1ad, clause 5.6: around another tag stands a service tag. A tag alone is the one that everybody knows. */
function tagTypeOf(index: number, count: number): number {
  return index < count - 1 ? EtherType.PROVIDER_VLAN : EtherType.VLAN;
}

function pseudoHeaderSumOf(source: IpAddress, destination: IpAddress): number {
  return typeof source === "number" || typeof destination === "number"
    ? 0
    : ipv6PseudoHeaderSum(source, destination, IpProtocol.UDP, 0);
}

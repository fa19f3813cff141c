/**
 * A sink that puts headers before what is written into it: frames of another link layer, in tags, labels and tunnels.
 * Whoever writes packets writes them as if there were no link layer; this makes room for both, so nothing is copied.
 */
import { finishShortChecksum, sumBytes, updateChecksum } from "../../core/checksum.ts";
import type { FrameNotes, FrameSink } from "../../core/frame-sink.ts";
import { EtherType } from "../../headers/assigned-numbers.ts";
import { ETHERNET_HEADER_LENGTH, IPV6_HEADER_LENGTH } from "../../headers/header-lengths.ts";
import { ipv4Offsets } from "../../headers/ipv4.ts";
import { ipv6Offsets } from "../../headers/ipv6.ts";
import { udpOffsets } from "../../headers/udp.ts";
import type { LinkKind } from "../encapsulation/outer-headers.ts";
import type { Host } from "../host.ts";
import type { FrameFields } from "./frame-fields.ts";
import { type Encapsulation, makeOuterHeaders, type OuterHeaders } from "./outer-headers.ts";

/** Source ports of VXLAN (RFC 7348, section 5): the dynamic ones, of which there are 2^14. */
const FIRST_TUNNEL_PORT = 49_152;
const TUNNEL_PORT_MASK = 0x3fff;
const ZERO_CHECKSUM = 0xffff;

/** Bits of the number by which headers that were made are found again. */
const FROM_SERVER = 1;
const OWN_TAG = 2;
const ON_LINK = 4;
const TYPE_SHIFT = 3;
const TYPES: readonly number[] = [EtherType.IPV4, EtherType.IPV6, EtherType.ARP];
const IPV4 = 0;
const IPV6 = 1;
const ARP = 2;

const USUAL: RarePacket = { isArp: false, isDiscovery: false, isOnLink: false };

/** What is not said of most packets. */
export interface RarePacket {
  readonly isArp: boolean;
  /** It finds out neighbours, so that it has no labels, and where there is no tunnel no others either. */
  readonly isDiscovery: boolean;
  /** It is between the ends of the tunnel, and not in it. */
  readonly isOnLink: boolean;
}

export class EncapsulatingSink implements FrameSink {
  readonly #sink: FrameSink;
  readonly #link: LinkKind;
  readonly #encapsulation: Encapsulation;
  readonly #made: (OuterHeaders | undefined)[] = [];
  // Of the packet that is written next.
  #from: Host | undefined;
  #to: Host | undefined;
  #fields: FrameFields | undefined;
  #ports = 0;
  #outer: OuterHeaders | undefined;
  /** Of the frame reserved last, in the memory of the sink: where it starts, and where it ends. */
  #start = 0;
  #end = 0;

  constructor(sink: FrameSink, link: LinkKind, encapsulation: Encapsulation) {
    this.#sink = sink;
    this.#link = link;
    this.#encapsulation = encapsulation;
  }

  get bytes(): Uint8Array {
    return this.#sink.bytes;
  }

  get view(): DataView {
    return this.#sink.view;
  }

  get isFull(): boolean {
    return this.#sink.isFull;
  }

  get notes(): FrameNotes | undefined {
    return this.#sink.notes;
  }

  /** Whether the packets travel in Ethernet frames, which carry ARP as well. */
  get carriesArp(): boolean {
    const { tunnel } = this.#encapsulation;
    return tunnel === undefined ? this.#link === "ethernet" : tunnel.kind === "vxlan";
  }

  /** Bytes of the Ethernet header right before the packet, whose frame can be padded; undefined where there is none. */
  get paddedHeaderLength(): number | undefined {
    return this.carriesArp ? ETHERNET_HEADER_LENGTH : undefined;
  }

  /**
   * Says what the next packet is, and all that follow until the next call.
   *
   * @param fields what its frame has that is not as everywhere
   * @param ports both, one in each half, where they are in the packet; else 0. What a tunnel is to keep on one path has the same
   */
  begin(
    from: Host,
    to: Host,
    isFromServer: boolean,
    fields: FrameFields | undefined,
    ports: number,
    rare: RarePacket = USUAL,
  ): void {
    this.#from = from;
    this.#to = to;
    this.#fields = fields;
    this.#ports = ports;
    const isOnLink = rare.isOnLink || (rare.isDiscovery && this.#encapsulation.tunnel === undefined);
    const type = rare.isArp ? ARP : from.isIpv4 ? IPV4 : IPV6;
    const key =
      (isFromServer ? FROM_SERVER : 0) |
      (fields?.vlan === undefined ? 0 : OWN_TAG) |
      (isOnLink ? ON_LINK : 0) |
      (type << TYPE_SHIFT);
    this.#outer = this.#made[key] ??= makeOuterHeaders(this.#encapsulation, {
      link: this.#link,
      etherType: TYPES[type]!,
      isFromServer,
      hasOwnTag: (key & OWN_TAG) !== 0,
      isOnLink,
    });
  }

  reserve(time: number, length: number): number {
    const outer = this.#outer!;
    const headerLength = outer.bytes.length;
    const start = this.#sink.reserve(time, headerLength + length);
    this.#start = start;
    this.#end = start + headerLength + length;
    this.#sink.bytes.set(outer.bytes, start);
    if (outer.macAt >= 0) this.#writeMacs(start + outer.macAt);
    const vlan = this.#fields?.vlan;
    if (vlan !== undefined && outer.tagAt >= 0) this.#sink.view.setUint16(start + outer.tagAt, vlan);
    if (outer.ipAt >= 0) this.#writeLengths(outer);
    return start + headerLength;
  }

  /** Sets right what depends on the bytes of the packet. To be called when they were written. */
  finish(): void {
    const outer = this.#outer!;
    const timeToLive = this.#fields?.timeToLive;
    if (timeToLive !== undefined) this.#setTimeToLive(this.#start + outer.bytes.length, timeToLive);
    if (outer.udpAt >= 0 && !outer.from!.isIpv4) this.#writeUdpChecksum(outer);
  }

  #writeMacs(at: number): void {
    const { view } = this.#sink;
    const destination = this.#fields?.destinationMac ?? this.#to!.mac;
    const source = this.#fields?.sourceMac ?? this.#from!.mac;
    view.setUint16(at, destination / 0x1_0000_0000);
    view.setUint32(at + 2, destination >>> 0);
    view.setUint16(at + 6, source / 0x1_0000_0000);
    view.setUint32(at + 8, source >>> 0);
  }

  #writeLengths({ ipAt, udpAt, headerSum, from }: OuterHeaders): void {
    const { view } = this.#sink;
    const ip = this.#start + ipAt;
    const length = this.#end - ip;
    if (from!.isIpv4) {
      const identification = from!.takeIdentification();
      view.setUint16(ip + ipv4Offsets.totalLength, length);
      view.setUint16(ip + ipv4Offsets.identification, identification);
      view.setUint16(ip + ipv4Offsets.headerChecksum, finishShortChecksum(headerSum + length + identification));
    } else {
      view.setUint16(ip + ipv6Offsets.payloadLength, length - IPV6_HEADER_LENGTH);
    }
    if (udpAt < 0) return;
    const udp = this.#start + udpAt;
    view.setUint16(udp + udpOffsets.sourcePort, this.#tunnelPort());
    view.setUint16(udp + udpOffsets.length, this.#end - udp);
  }

  /** From the addresses and ports of the inner packet, so that routers on the way keep a flow on one path. */
  #tunnelPort(): number {
    const ends = lastWordOf(this.#from!) ^ Math.imul(lastWordOf(this.#to!), 0x85eb_ca6b);
    let hash = Math.imul(ends ^ this.#ports, 0x9e37_79b1);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2_ae35);
    return FIRST_TUNNEL_PORT + ((hash ^ (hash >>> 16)) & TUNNEL_PORT_MASK);
  }

  #setTimeToLive(ip: number, timeToLive: number): void {
    const { view } = this.#sink;
    if (!this.#from!.isIpv4) return view.setUint8(ip + ipv6Offsets.hopLimit, timeToLive);
    // Time to live and protocol share a word of the checksum.
    const at = ip + ipv4Offsets.timeToLive;
    const before = view.getUint16(at);
    view.setUint8(at, timeToLive);
    const checksum = view.getUint16(ip + ipv4Offsets.headerChecksum);
    view.setUint16(ip + ipv4Offsets.headerChecksum, updateChecksum(checksum, before, view.getUint16(at)));
  }

  /** Over IPv6 a checksum of 0 is for those who have agreed on it (RFC 6935, section 5); others drop such packets. */
  #writeUdpChecksum({ udpAt, pseudoHeaderSum }: OuterHeaders): void {
    const { view } = this.#sink;
    const udp = this.#start + udpAt;
    const sum = sumBytes(view, udp, this.#end, pseudoHeaderSum + this.#end - udp);
    view.setUint16(udp + udpOffsets.checksum, finishShortChecksum(sum) || ZERO_CHECKSUM);
  }
}

/** The part of an address in which those of one network differ. */
function lastWordOf({ address, ipv6Words }: Host): number {
  return ipv6Words === undefined ? (address as number) : ipv6Words[3]!;
}

/**
 * Writes what stands before the TCP header of a segment: the header of the link layer and that of IP, as 32-bit words, with a
 * checksum that is added up from the values instead of being read back from the bytes.
 */
import { finishShortChecksum } from "../core/checksum.ts";
import type { FrameSink } from "../core/frame-sink.ts";
import { AddressFamily, EtherType, IpProtocol } from "../headers/assigned-numbers.ts";
import { ETHERNET_HEADER_LENGTH, IPV4_HEADER_LENGTH, LOOPBACK_HEADER_LENGTH } from "../headers/header-lengths.ts";
import type { LinkKind } from "./encapsulation/outer-headers.ts";
import type { Host } from "./host.ts";

const LOOPBACK_LENGTH: number = LOOPBACK_HEADER_LENGTH;
/** Bytes of the header of each link layer, without tags and tunnels. */
export const LINK_HEADER_LENGTH: Readonly<Record<LinkKind, number>> = {
  ethernet: ETHERNET_HEADER_LENGTH,
  raw: 0,
  null: LOOPBACK_LENGTH,
};

// Constants of this module are folded into the code that the compiler makes; those of another are looked up each time.
const TCP: number = IpProtocol.TCP;
const IPV4_TYPE: number = EtherType.IPV4;
const IPV6_TYPE: number = EtherType.IPV6;
const IPV4_FAMILY: number = AddressFamily.IPV4;
const IPV6_FAMILY: number = AddressFamily.IPV6_DARWIN;
const IPV4_LENGTH: number = IPV4_HEADER_LENGTH;
/** Version 6, no flow label, and where the traffic class begins, whose last two bits are those of ECN (RFC 3168, section 5). */
const IPV6_FIRST_WORD = 0x6000_0000;
const IPV6_CLASS_SHIFT = 20;
/** Version 4, five words of header, no special service. */
const VERSION_AND_LENGTH = 0x4500;
const DONT_FRAGMENT = 0x4000;

export interface SegmentHeadOptions {
  readonly link: LinkKind;
  /** IPv4 time to live and IPv6 hop limit, 1 to 255. */
  readonly timeToLive: number;
}

export class SegmentHeads {
  readonly #sink: FrameSink;
  // Numbers that are numbers from the start, and not undefined for a moment, are read without asking what they are.
  readonly #linkLength: number = 0;
  readonly #timeToLive: number = 0;
  /** Time to live and protocol, as the word that they share with the header checksum. */
  readonly #lifeAndProtocol: number = 0;
  /** What all frames add to their IPv4 header checksum. */
  readonly #ipSum: number = 0;

  constructor(sink: FrameSink, { link, timeToLive }: SegmentHeadOptions) {
    this.#sink = sink;
    this.#linkLength = LINK_HEADER_LENGTH[link];
    this.#timeToLive = timeToLive;
    this.#lifeAndProtocol = (timeToLive << 8) | TCP;
    this.#ipSum = VERSION_AND_LENGTH + DONT_FRAGMENT + this.#lifeAndProtocol;
  }

  /**
   * Makes room for a frame, and writes what stands before its TCP header.
   *
   * @param identification of the IPv4 header, 0 to 65535
   * @param ecn codepoint of the IP header, 0 to 3 (RFC 3168, section 5)
   * @param tcpLength bytes of TCP header and data
   * @returns where the TCP header begins
   */
  write(time: number, from: Host, to: Host, identification: number, ecn: number, tcpLength: number): number {
    const sink = this.#sink;
    const ipLength = from.ipHeaderLength;
    const isIpv4 = ipLength === IPV4_LENGTH;
    const offset = sink.reserve(time, this.#linkLength + ipLength + tcpLength) | 0;
    const view = sink.view;
    const ip = offset + this.#linkLength;
    if (this.#linkLength !== 0) this.#writeLink(view, offset, from, to, isIpv4);
    if (isIpv4) this.#writeIpv4(view, ip, from, to, identification, ecn, tcpLength);
    else this.#writeIpv6(view, ip, from, to, ecn, tcpLength);
    return ip + ipLength;
  }

  #writeLink(view: DataView, offset: number, from: Host, to: Host, isIpv4: boolean): void {
    if (this.#linkLength === LOOPBACK_LENGTH) return view.setUint32(offset, isIpv4 ? IPV4_FAMILY : IPV6_FAMILY, true);
    view.setUint32(offset, to.macHigh32);
    view.setUint32(offset + 4, ((to.macLow16 << 16) | from.macHigh16) >>> 0);
    view.setUint32(offset + 8, from.macLow32);
    view.setUint16(offset + 12, isIpv4 ? IPV4_TYPE : IPV6_TYPE);
  }

  #writeIpv4(
    view: DataView,
    ip: number,
    from: Host,
    to: Host,
    identification: number,
    ecn: number,
    tcpLength: number,
  ): void {
    const totalLength = IPV4_LENGTH + tcpLength;
    const sum = this.#ipSum + ecn + totalLength + identification + from.addressSum + to.addressSum;
    view.setUint32(ip, ((VERSION_AND_LENGTH | ecn) << 16) | totalLength);
    view.setUint32(ip + 4, (identification << 16) | DONT_FRAGMENT);
    view.setUint32(ip + 8, (this.#lifeAndProtocol << 16) | finishShortChecksum(sum));
    view.setUint32(ip + 12, from.address as number);
    view.setUint32(ip + 16, to.address as number);
  }

  #writeIpv6(view: DataView, ip: number, from: Host, to: Host, ecn: number, tcpLength: number): void {
    view.setUint32(ip, IPV6_FIRST_WORD | (ecn << IPV6_CLASS_SHIFT));
    view.setUint32(ip + 4, (tcpLength << 16) | (TCP << 8) | this.#timeToLive);
    for (let word = 0; word < 4; word++) {
      view.setUint32(ip + 8 + 4 * word, from.ipv6Words![word]!);
      view.setUint32(ip + 24 + 4 * word, to.ipv6Words![word]!);
    }
  }
}

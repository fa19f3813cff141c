/** How large the packets of a session are: its segments and datagrams have to fit into its links, and through its tunnel. */
import { WirewrightError } from "../core/errors.ts";
import {
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  TCP_HEADER_LENGTH,
  UDP_HEADER_LENGTH,
} from "../headers/header-lengths.ts";
import { tunnelOverhead } from "./encapsulation/tunnel-overhead.ts";
import { headerLengthOf } from "./ideal/segment-writer.ts";
import { LARGEST_MSS, type SessionOptions } from "./session.ts";

/** Of an IPv4 packet with its header, or an IPv6 packet without. */
export const LARGEST_LENGTH_FIELD = 65_535;
const IPV4_AND_TCP_LENGTH: number = IPV4_HEADER_LENGTH + TCP_HEADER_LENGTH;
const IPV6_AND_TCP_LENGTH: number = IPV6_HEADER_LENGTH + TCP_HEADER_LENGTH;
const DEFAULT_MTU = 1500;
/** Every link carries this much (RFC 791, section 3.2). */
export const LEAST_MTU = 68;

export class PacketSizes {
  /** Bytes that a tunnel adds to each packet. */
  readonly overhead: number;
  /** The largest packet that goes into the tunnel, or onto the link. */
  readonly mtu: number;
  readonly #mss: number;

  /** @throws WirewrightError BAD_OPTION for what is out of range, or leaves no room beside a tunnel */
  constructor({ encapsulation, maximumTransmissionUnit, maximumSegmentSize }: SessionOptions) {
    const tunnel = encapsulation?.tunnel;
    this.overhead = tunnel === undefined ? 0 : tunnelOverhead({ kind: tunnel.kind, isIpv4: tunnel.near.isIpv4 });
    // As routers do at the mouth of a tunnel: what goes in is smaller, so that what comes out is no larger than elsewhere.
    const most = LARGEST_MSS - this.overhead;
    const room = (maximumTransmissionUnit ?? DEFAULT_MTU) - this.overhead;
    if (this.overhead > 0) checkRange("A largest packet in a tunnel", room, LEAST_MTU, LARGEST_LENGTH_FIELD);
    const mss = maximumSegmentSize ?? Math.min(room - IPV4_AND_TCP_LENGTH, most);
    checkRange("A maximum segment size", mss, 1, most);
    this.#mss = mss;
    const whole = maximumTransmissionUnit ?? Math.max(DEFAULT_MTU, mss + IPV4_AND_TCP_LENGTH + this.overhead);
    // The outer packet has a length field, too.
    this.mtu = this.overhead === 0 ? whole : Math.min(whole, LARGEST_LENGTH_FIELD) - this.overhead;
  }

  /** Bytes of data in a segment. */
  segmentSize(isIpv4: boolean): number {
    return isIpv4 ? this.#mss : Math.max(1, Math.min(this.#mss, this.mtu - IPV6_AND_TCP_LENGTH));
  }

  /** Bytes of data that one segment with such flags can carry at all. */
  longestSegment(isIpv4: boolean, flags: number): number {
    // The tunnel's own length field counts an inner header of either version.
    const ipLength = isIpv4 ? IPV4_HEADER_LENGTH : this.overhead > 0 ? IPV6_HEADER_LENGTH : 0;
    return LARGEST_LENGTH_FIELD - ipLength - headerLengthOf(flags) - this.overhead;
  }
}

/** The most data that one datagram carries, in bytes: the lengths of IP and UDP have 16 bits. */
export function longestDatagram(isIpv4: boolean): number {
  return LARGEST_LENGTH_FIELD - UDP_HEADER_LENGTH - (isIpv4 ? IPV4_HEADER_LENGTH : 0);
}

/** @throws WirewrightError BAD_OPTION */
export function checkRange(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new WirewrightError("BAD_OPTION", `${what} of ${value} is not possible; give ${least} to ${most}.`);
}

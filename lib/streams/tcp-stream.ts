/** One TCP connection as the capture shows it: who, when, how it was opened and how it was closed. */

import { ChangingMoment, isLater, type Moment, momentOf, nanosecondsBetween } from "../core/time.ts";
import { formatIp, type IpAddress } from "../headers/address.ts";
import { DHCP_PORTS } from "../headers/assigned-numbers.ts";
import { type ApplicationName, DHCPV6_PORTS } from "./application-names.ts";
import { TcpSide } from "./tcp-side.ts";
import type { StreamTunnels } from "./tunnels.ts";

/** One end of a stream. */
export class EndPoint {
  /** Its IPv4 or IPv6 address. */
  readonly address: IpAddress;
  /** 0 to 65535. */
  readonly port: number;

  /** Of a packet, its source or its destination. */
  constructor(address: IpAddress, port: number) {
    this.address = address;
    this.port = port;
  }

  /** As JSON has it: with the address as text. */
  toJSON(): object {
    return { address: formatIp(this.address), port: this.port };
  }
}

/**
 * How the opening looks: `complete` is SYN, SYN/ACK and ACK; `refused` a SYN answered by a reset; `unanswered` a SYN and
 * nothing else from the other side; `partial` some of it; `none`: no SYN was captured.
 */
export type Handshake = "complete" | "refused" | "unanswered" | "partial" | "none";

/**
 * How the end looks: `fin` is a FIN from both sides; `half` a FIN from one of them; `reset` a segment with RST; `open`:
 * none of them was captured; `none`: there was nothing to close, since one side knows of no such connection, or never answered.
 */
export type Close = "fin" | "half" | "reset" | "open" | "none";

/** Ports up to here are those of well-known services (RFC 6335, section 6). */
export const LAST_SYSTEM_PORT = 1023;
/** Ports that Linux lends to clients where nobody has set other ones (net.ipv4.ip_local_port_range): the first of them. */
export const FIRST_LENT_PORT = 32_768;
/** The last of these ports. */
export const LAST_LENT_PORT = 60_999;
/** Ports from here on are not given to services (RFC 6335, section 6). */
export const FIRST_PRIVATE_PORT = 49_152;

/** Frames and bytes of a stream of any protocol. */
export abstract class Stream {
  /** Counts from 0, as in Wireshark. */
  readonly number: number;
  /** The two end points, by the order of their addresses and ports. */
  readonly higher: EndPoint;
  /** The other end point. */
  readonly lower: EndPoint;
  /** Packets of both directions. */
  packets = 0;
  /** Bytes of its frames on the wire. */
  wireBytes = 0;
  /** Bytes of payload from the higher and from the lower end point. */
  bytesFromHigher = 0;
  /** Bytes of payload from the lower end point. */
  bytesFromLower = 0;
  /** ICMP errors that quote a packet of it, and the frame of the first; 0 where there is none. */
  icmpErrors = 0;
  /** Frame of the first of these errors; 0 where there is none. */
  icmpErrorFrame = 0;
  /** The application whose data it carried last, as far as its contents show it. */
  application: ApplicationName | undefined = undefined;
  /** Those that its packets went through; undefined where none went through any. */
  tunnels: StreamTunnels | undefined = undefined;
  /** Whether packets of it were made from what sockets did, and seen by no network adapter. */
  isReconstructed = false;
  /** Number of its first frame, from 1. */
  readonly firstFrame: number;
  /** Number of its last frame so far. */
  lastFrame: number;
  /** When its first frame was captured. */
  readonly firstMoment: Moment;
  /** Set anew while packets are added. */
  readonly lastMoment: ChangingMoment;
  /** Whether its first frame came from the higher end point. */
  readonly wasOpenedByHigher: boolean;

  /** Begins with one frame, which is not yet counted. */
  constructor(number: number, higher: EndPoint, lower: EndPoint, start: StreamStart) {
    this.number = number;
    this.higher = higher;
    this.lower = lower;
    this.firstFrame = start.frame;
    this.lastFrame = start.frame;
    this.firstMoment = momentOf(start);
    this.lastMoment = new ChangingMoment(start);
    this.wasOpenedByHigher = start.isFromHigher;
  }

  /** What carries it. */
  abstract readonly protocol: "TCP" | "UDP";
  /** Whether the higher end point is the client: as far as can be told. */
  abstract readonly isClientHigher: boolean;

  /** The end point that counts as the client. */
  get client(): EndPoint {
    return this.isClientHigher ? this.higher : this.lower;
  }

  /** The end point that counts as the server. */
  get server(): EndPoint {
    return this.isClientHigher ? this.lower : this.higher;
  }

  /** From its first frame to its last, in nanoseconds. */
  get duration(): number {
    return nanosecondsBetween(this.firstMoment, this.lastMoment);
  }

  /** Counts one more frame of it. */
  count(frame: number, moment: Moment, wireLength: number): void {
    this.packets++;
    this.wireBytes += wireLength;
    this.lastFrame = frame;
    // A clock that was set back does not make a stream shorter.
    if (isLater(moment, this.lastMoment)) this.lastMoment.set(moment);
  }

  /** Counts bytes of payload from one of the two. */
  countPayload(isFromHigher: boolean, length: number): void {
    if (isFromHigher) this.bytesFromHigher += length;
    else this.bytesFromLower += length;
  }
}

/** The frame that a stream begins with. */
export interface StreamStart extends Moment {
  /** Its number, from 1. */
  readonly frame: number;
  /** Whether the higher end point sent it. */
  readonly isFromHigher: boolean;
}

/**
 * The end points of a datagram flow. Which of them is the server, the port of a well-known service tells, whoever spoke
 * first: what came before can be missing in the capture. Otherwise the first to speak is the client.
 */
export class UdpStream extends Stream {
  /** What carries it. */
  readonly protocol = "UDP";

  get isClientHigher(): boolean {
    const [high, low] = [datagramService(this.higher.port), datagramService(this.lower.port)];
    return high === low ? this.wasOpenedByHigher : high < low;
  }

  /** What tells which side is the client: a port, else who spoke first. */
  get clientIsKnownBy(): "ports" | "first" {
    return datagramService(this.higher.port) === datagramService(this.lower.port) ? "first" : "ports";
  }
}

/** The two sides of a connection, and what was seen of its opening. Frames count from 1; 0 where there is none. */
export class TcpStream extends Stream {
  /** What carries it. */
  readonly protocol = "TCP";
  /** What each of the end points has sent. */
  readonly fromHigher = new TcpSide();
  /** What the lower end point has sent. */
  readonly fromLower = new TcpSide();
  /** Whether the higher end point sent the first SYN; undefined while nobody did. */
  isOpenerHigher: boolean | undefined = undefined;
  /** Frame of the first SYN; 0 where there is none. */
  synFrame = 0;
  /** Frame of the first answer to it; 0 where there is none. */
  synAckFrame = 0;
  /** The first acknowledgement of the client after its SYN. */
  handshakeAckFrame = 0;
  /** The SYN seen last: its moment counts for the round-trip time. */
  readonly synMoment = new ChangingMoment();
  /** From the SYN to the acknowledgement that completes the handshake, in nanoseconds; 0 where it is not known. */
  roundTripTime = 0;
  /** Whether the SYN seen last asks for accurate ECN, and whether the answer seen last agrees (draft-ietf-tcpm-accurate-ecn, section 3.1.1). */
  isAccurateEcnOffered = false;
  /** Whether the answer seen last agrees to accurate ECN. */
  isAccurateEcnAccepted = false;

  /** Whether AE, CWR and ECE are one counter of congestion marks, in all segments but the SYNs. */
  get hasAccurateEcn(): boolean {
    return this.isAccurateEcnOffered && this.isAccurateEcnAccepted;
  }

  get isClientHigher(): boolean {
    if (this.isOpenerHigher !== undefined) return this.isOpenerHigher;
    const [high, low] = [serverLikelihood(this.higher.port), serverLikelihood(this.lower.port)];
    return high === low ? this.wasOpenedByHigher : high < low;
  }

  /** What tells which side is the client: the SYN or its answer, else the ports, else who spoke first. */
  get clientIsKnownBy(): "syn" | "syn-ack" | "ports" | "first" {
    if (this.isOpenerHigher !== undefined) return this.synFrame === 0 ? "syn-ack" : "syn";
    return serverLikelihood(this.higher.port) === serverLikelihood(this.lower.port) ? "first" : "ports";
  }

  /** What the client has sent. */
  get fromClient(): TcpSide {
    return this.isClientHigher ? this.fromHigher : this.fromLower;
  }

  /** What the server has sent. */
  get fromServer(): TcpSide {
    return this.isClientHigher ? this.fromLower : this.fromHigher;
  }

  /** How the opening looks. */
  get handshake(): Handshake {
    if (this.synFrame === 0) return this.synAckFrame === 0 ? "none" : "partial";
    if (this.synAckFrame !== 0) return this.handshakeAckFrame === 0 ? "partial" : "complete";
    const server = this.fromServer;
    // What the client acknowledges was sent: then only the capture lacks it.
    if (server.packets === 0) return server.hasBase ? "partial" : "unanswered";
    return server.resets === server.packets && server.resetReason === "syn" ? "refused" : "partial";
  }

  /**
   * The side that answers everything with resets, and goes on doing so, where no SYN was captured: it knows of no such
   * connection.
   */
  get stranger(): TcpSide | undefined {
    if (this.synFrame !== 0 || this.synAckFrame !== 0) return undefined;
    const { fromHigher, fromLower } = this;
    const isStrange = (side: TcpSide, other: TcpSide) =>
      side.resets > 0 && side.resets === side.packets && other.packets > other.resets;
    if (isStrange(fromHigher, fromLower)) return fromHigher;
    return isStrange(fromLower, fromHigher) ? fromLower : undefined;
  }

  /** Whether a side has put different bytes under one and the same number, which no TCP does. */
  get isMadeByHand(): boolean {
    const isHandMade = ({ again, hasMoved }: TcpSide) => !hasMoved && again !== undefined && again.otherBytesCount > 0;
    return isHandMade(this.fromHigher) || isHandMade(this.fromLower);
  }

  /** Whether anything shows that there was a connection: more than attempts to open one, and resets. */
  get wasOpen(): boolean {
    const { handshake, fromHigher, fromLower } = this;
    if (handshake === "complete") return true;
    if (handshake === "refused" || handshake === "unanswered") return false;
    if (this.stranger !== undefined || this.isMadeByHand) return false;
    return [fromHigher, fromLower].some(({ packets, resets, syns }) => packets > resets + syns);
  }

  /** How the end looks. */
  get close(): Close {
    const { fromHigher, fromLower, stranger } = this;
    if (stranger !== undefined && stranger.resets > 1) return "none";
    if (fromHigher.resetFrame !== 0 || fromLower.resetFrame !== 0) return "reset";
    if (fromHigher.finFrame !== 0 && fromLower.finFrame !== 0) return "fin";
    if (fromHigher.finFrame !== 0 || fromLower.finFrame !== 0) return "half";
    return this.handshake === "unanswered" ? "none" : "open";
  }
}

/** How much a port looks like that of a service. */
function serverLikelihood(port: number): number {
  if (port <= LAST_SYSTEM_PORT) return 3;
  if (port < FIRST_LENT_PORT) return 2;
  return port < FIRST_PRIVATE_PORT ? 1 : 0;
}

/**
 * Registered services over UDP above the system ports: L2TP, RADIUS, SSDP, STUN, IPsec through NAT, VXLAN, SIP, mDNS, LLMNR,
 * CoAP, GENEVE, WireGuard, OpenVPN.
 */
const DATAGRAM_SERVICES: ReadonlySet<number> = new Set([
  1194, 1701, 1812, 1813, 1900, 3478, 4500, 4789, 5060, 5353, 5355, 5683, 6081, 51_820,
]);
/** Clients of DHCP have a system port of their own. */
const CLIENT_PORTS: ReadonlySet<number> = new Set([DHCP_PORTS.client, DHCPV6_PORTS.client]);

/** How much a UDP port looks like that of a service. Unlike connections, conversations on other ports begin with whoever asks. */
function datagramService(port: number): number {
  if (CLIENT_PORTS.has(port)) return 1;
  if (port > 0 && port <= LAST_SYSTEM_PORT) return 2;
  return DATAGRAM_SERVICES.has(port) ? 1 : 0;
}

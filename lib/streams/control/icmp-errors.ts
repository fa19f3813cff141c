/** Errors and redirects of ICMP: who says what about whose packets (RFC 792; RFC 1191; RFC 4443). */

import type { IpAddress } from "../../headers/address.ts";
import { IcmpType } from "../../headers/icmp.ts";
import { Icmpv6Type } from "../../headers/icmpv6.ts";
import { IpProtocol } from "../../headers/ipv4.ts";
import { BoundedTable, noteFrame, type Selectable } from "./bounded.ts";
import type { IcmpPacket, QuotedPacket } from "./icmp-packet.ts";
import type { RecentPackets } from "./recent-packets.ts";

/** Errors of one kind, from one host, about packets of one conversation. */
export interface IcmpError extends Selectable {
  readonly version: 4 | 6;
  readonly type: number;
  readonly code: number;
  readonly from: IpAddress;
  /** The first packet that was quoted. */
  readonly quoted: QuotedPacket | undefined;
  count: number;
  /** The first of them, and the frames that carried what they quote; 0 where that is not known. */
  readonly frames: number[];
  readonly quotedFrames: number[];
  /** Of a redirect: the router to use instead, and for whom. */
  readonly gateway: IpAddress | undefined;
  readonly redirected: IpAddress | undefined;
  /** The largest packet that can go on, where that is why one could not: bytes. */
  readonly mtu: number | undefined;
  /** Whether it answers the probes of a traceroute. */
  isOfRoute: boolean;
}

const MOST_ERRORS = 1000;

const FRAGMENTATION_NEEDED = 4;
const ERRORS_4: ReadonlySet<number> = new Set([
  IcmpType.DESTINATION_UNREACHABLE,
  IcmpType.SOURCE_QUENCH,
  IcmpType.REDIRECT,
  IcmpType.TIME_EXCEEDED,
  IcmpType.PARAMETER_PROBLEM,
]);
const LAST_ERROR_6 = Icmpv6Type.PARAMETER_PROBLEM;

export function isError({ version, type }: IcmpPacket): boolean {
  return version === 4 ? ERRORS_4.has(type) : (type >= 1 && type <= LAST_ERROR_6) || type === Icmpv6Type.REDIRECT;
}

export function isTimeExceeded({ version, type, code }: { version: 4 | 6; type: number; code: number }): boolean {
  return code === 0 && type === (version === 4 ? IcmpType.TIME_EXCEEDED : Icmpv6Type.TIME_EXCEEDED);
}

export class ErrorLog {
  readonly #errors = new BoundedTable<IcmpError>(MOST_ERRORS);

  get refused(): number {
    return this.#errors.refused;
  }

  add(packet: IcmpPacket, recent: RecentPackets): IcmpError | undefined {
    const { version, type, code, source, quoted, frame } = packet;
    const about = quoted === undefined ? String(packet.redirected ?? "") : flowOf(quoted);
    const error = this.#errors.getOrAdd(`${version} ${type} ${code} ${source} ${about}`, () => ({
      version,
      type,
      code,
      from: source,
      quoted,
      count: 0,
      frames: [],
      quotedFrames: [],
      gateway: packet.gateway,
      redirected: packet.redirected,
      mtu: mtuOf(packet),
      isOfRoute: false,
      isSelected: false,
    }));
    if (error === undefined) return undefined;
    error.count++;
    noteFrame(error.frames, frame);
    if (quoted !== undefined) noteFrame(error.quotedFrames, quotedFrame(quoted, recent));
    return error;
  }

  finish(): IcmpError[] {
    return this.#errors.values().filter(({ isSelected }) => isSelected);
  }
}

function flowOf({ source, destination, protocol, sourcePort, destinationPort, number }: QuotedPacket): string {
  const isIcmp = protocol === IpProtocol.ICMP || protocol === IpProtocol.IPV6_ICMP;
  const identifier = isIcmp && number !== undefined ? number >>> 16 : "";
  return `${source} ${destination} ${protocol} ${sourcePort ?? ""} ${destinationPort ?? ""} ${identifier}`;
}

function quotedFrame(quoted: QuotedPacket, recent: RecentPackets): number {
  const { source, destination, identification, protocol, sourcePort = 0, destinationPort = 0 } = quoted;
  const word = protocol === IpProtocol.UDP ? sourcePort * 0x1_0000 + destinationPort : quoted.number;
  return word === undefined ? 0 : recent.frameOf(source, destination, identification, word);
}

function numberOf({ identifier, sequence }: IcmpPacket): number {
  return identifier * 0x1_0000 + sequence;
}

function mtuOf(packet: IcmpPacket): number | undefined {
  const { version, type, code, sequence } = packet;
  if (version === 6) return type === Icmpv6Type.PACKET_TOO_BIG ? numberOf(packet) : undefined;
  // Routers from before RFC 1191 leave it 0.
  return type === IcmpType.DESTINATION_UNREACHABLE && code === FRAGMENTATION_NEEDED && sequence > 0
    ? sequence
    : undefined;
}

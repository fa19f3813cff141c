/** Errors and redirects of ICMP: who says what about whose packets (RFC 792; RFC 1191; RFC 4443). */

import type { PacketOutline } from "../../dissect/outline.ts";
import { type IpAddress, ipv6Words } from "../../headers/address.ts";
import { IpProtocol } from "../../headers/assigned-numbers.ts";
import { IcmpType, Icmpv6Type } from "../../headers/control-types.ts";
import { FRAGMENTATION_NEEDED, isIcmpError } from "../../headers/icmp.ts";
import { isIcmpv6Error } from "../../headers/icmpv6.ts";
import { ipv4Offsets } from "../../headers/ipv4.ts";
import { ipv6Offsets } from "../../headers/ipv6.ts";
import { writable } from "../../headers/plain-values.ts";
import { BoundedTable, noteFrame, type Selectable } from "./bounded.ts";
import type { IcmpPacket, QuotedPacket } from "./icmp-packet.ts";

/** Errors of one kind, from one host, about packets of one conversation. */
export interface IcmpError extends Selectable {
  /** 4 for ICMP, 6 for ICMPv6. */
  readonly version: 4 | 6;
  /** The type, 0 to 255. */
  readonly type: number;
  /** The code, 0 to 255, whose meaning depends on the type. */
  readonly code: number;
  /** Who says it. */
  readonly from: IpAddress;
  /** The first packet that was quoted. */
  readonly quoted: QuotedPacket | undefined;
  /** How many there are. */
  count: number;
  /** The first of them, and the frames that carried what they quote; 0 where that is not known. */
  readonly frames: number[];
  /** Frames that carried what they quote; 0 where that is not known. */
  readonly quotedFrames: number[];
  /** Of a redirect: the router to use instead, and for whom. */
  readonly gateway: IpAddress | undefined;
  /** Of a redirect: for whom. */
  readonly redirected: IpAddress | undefined;
  /** The largest packet that can go on, where that is why one could not: bytes. */
  readonly mtu: number | undefined;
  /** Whether it answers the probes of a traceroute. */
  isOfRoute: boolean;
}

const MOST_ERRORS = 1000;

export function isError({ version, type }: IcmpPacket): boolean {
  return version === 4 ? isIcmpError(type) : isIcmpv6Error(type) || type === Icmpv6Type.REDIRECT;
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
    const error = this.#errors.getOrAdd(`${version} ${type} ${code} ${source} ${about}`, () =>
      writable<IcmpError>(
        {
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
        },
        { from: "ip", gateway: "ip", redirected: "ip" },
      ),
    );
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

const PLACES = 4096;
/** From here on, a word of what the transport header begins with tells packets apart: its ports, or its second word. */
const PORTS_AT = 0;
const NUMBER_AT = 4;

/**
 * Which frame carried the packet that an ICMP error quotes. Of all that are likely to be quoted, datagrams, echo requests and
 * SYNs, the latest are remembered, a few numbers each, in a table of fixed size.
 */
export class RecentPackets {
  readonly #marks = new Int32Array(PLACES);
  readonly #frames = new Uint32Array(PLACES);

  /** @param isDatagram UDP; else TCP or ICMP */
  note(o: PacketOutline, frame: number, isDatagram: boolean): void {
    const word = o.transportView.getUint32(o.transportAt + (isDatagram ? PORTS_AT : NUMBER_AT));
    const mark =
      o.ipVersion === 4
        ? markOf(
            o.ipView.getUint32(o.ipAt + ipv4Offsets.source),
            o.ipView.getUint32(o.ipAt + ipv4Offsets.destination),
            o.ipView.getUint16(o.ipAt + ipv4Offsets.identification),
            word,
          )
        : markOf(
            sumOfWords(o.ipView, o.ipAt + ipv6Offsets.source),
            sumOfWords(o.ipView, o.ipAt + ipv6Offsets.destination),
            0,
            word,
          );
    const place = mark & (PLACES - 1);
    this.#marks[place] = mark;
    this.#frames[place] = frame;
  }

  /** @returns 0 where it is not known any more */
  frameOf(source: IpAddress, destination: IpAddress, identification: number, word: number): number {
    const mark = markOf(wordOf(source), wordOf(destination), identification, word);
    const place = mark & (PLACES - 1);
    return this.#marks[place] === mark ? this.#frames[place]! : 0;
  }
}

function markOf(source: number, destination: number, identification: number, word: number): number {
  let mark = Math.imul(source ^ 0x9e37_79b9, 0x85eb_ca6b);
  mark = Math.imul((mark ^ (mark >>> 15) ^ destination) | 0, 0xc2b2_ae35);
  mark = Math.imul((mark ^ (mark >>> 13) ^ identification) | 0, 0x27d4_eb2f);
  mark = Math.imul((mark ^ (mark >>> 16) ^ word) | 0, 0x1656_67b1);
  return mark ^ (mark >>> 15);
}

/** The four words of an IPv6 address in one. */
function sumOfWords(view: DataView, at: number): number {
  return mixed(view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12));
}

function wordOf(address: IpAddress): number {
  return typeof address === "number" ? address : mixed(...ipv6Words(address));
}

function mixed(a: number, b: number, c: number, d: number): number {
  return (Math.imul(Math.imul(Math.imul(a, 31) + b, 31) + c, 31) + d) | 0;
}

/**
 * Packets in bytes, right or wrong in any place. On purpose not by the encoders of the project: a dissector that is tested
 * with these does not share their mistakes. The checksum alone is the project's; tshark judges all frames made here.
 */
import { foldSum, internetChecksum } from "../../../../lib/core/checksum.ts";

/** What to put into a checksum field: a number is written as it is. */
export type ChecksumKind = "good" | "bad" | "partial" | number;

export function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s+/g, ""), "hex"));
}

export function u16(value: number): number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

export function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value)];
}

/** Letters, so that no dissector takes them for its own. */
export function letters(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => 97 + (index % 26));
}

/** Addresses of one packet, of either version. */
export interface Net {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

export const FOUR: Net = { source: hex("0a000001"), destination: hex("0a000002") };
export const SIX: Net = {
  source: hex("20010db8 00000000 00000000 00000001"),
  destination: hex("20010db8 00000000 00000000 00000002"),
};
export const LOCAL: Net = { source: hex("7f000001"), destination: hex("7f000001") };

export function reversed(net: Net): Net {
  return { source: net.destination, destination: net.source };
}

const MAC_A = hex("020000000001");
const MAC_B = hex("020000000002");

export function ethernet(etherType: number, payload: Uint8Array): Uint8Array {
  return join(MAC_B, MAC_A, u16(etherType), payload);
}

/** A tag of IEEE 802.1Q and the type of what follows. */
export function tag(vlan: number, etherType: number): number[] {
  return [...u16(vlan), ...u16(etherType)];
}

export interface Ipv4Fields {
  readonly protocol: number;
  readonly net?: Net;
  readonly identification?: number;
  /** Three bits: 2 is don't fragment, 1 more fragments. */
  readonly flags?: number;
  /** In units of 8 bytes. */
  readonly offset?: number;
  readonly options?: Uint8Array;
  readonly totalLength?: number;
  readonly headerLength?: number;
  readonly checksum?: ChecksumKind;
}

export function ipv4(fields: Ipv4Fields, payload: Uint8Array): Uint8Array {
  const { net = FOUR, options = new Uint8Array(0), flags = 0, offset = 0 } = fields;
  const length = 20 + options.length;
  const header = join(
    [0x40 | (fields.headerLength ?? length / 4), 0],
    u16(fields.totalLength ?? length + payload.length),
    u16(fields.identification ?? 1),
    u16((flags << 13) | offset),
    [64, fields.protocol, 0, 0],
    net.source,
    net.destination,
    options,
  );
  setChecksum(header, 10, internetChecksum(header), fields.checksum);
  return join(header, payload);
}

export interface Ipv6Fields {
  readonly next: number;
  readonly net?: Net;
  readonly payloadLength?: number;
}

export function ipv6(fields: Ipv6Fields, payload: Uint8Array): Uint8Array {
  const { net = SIX } = fields;
  const length = u16(fields.payloadLength ?? payload.length);
  return join([0x60, 0, 0, 0], length, [fields.next, 64], net.source, net.destination, payload);
}

/** IP of the version that the addresses have. */
export function ip(net: Net, protocol: number, payload: Uint8Array): Uint8Array {
  return net.source.length === 4 ? ipv4({ protocol, net }, payload) : ipv6({ next: protocol, net }, payload);
}

export interface TcpFields {
  readonly net?: Net;
  readonly ports?: readonly [number, number];
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly flags?: number;
  readonly options?: Uint8Array;
  readonly dataOffset?: number;
  readonly checksum?: ChecksumKind;
}

/** Ports that no dissector claims. */
export const PORTS = [49_152, 50_000] as const;

export function tcp(fields: TcpFields = {}, payload: Uint8Array = letters(20)): Uint8Array {
  const { net = FOUR, ports = PORTS, options = new Uint8Array(0) } = fields;
  const segment = join(
    u16(ports[0]),
    u16(ports[1]),
    u32(fields.sequence ?? 1000),
    u32(fields.acknowledgment ?? 2000),
    u16(((fields.dataOffset ?? 5 + options.length / 4) << 12) | (fields.flags ?? 0x18)),
    u16(8192),
    [0, 0, 0, 0],
    options,
    payload,
  );
  return withTransportChecksum(net, 6, segment, 16, fields.checksum);
}

export interface UdpFields {
  readonly net?: Net;
  readonly ports?: readonly [number, number];
  readonly length?: number;
  readonly checksum?: ChecksumKind;
}

export function udp(fields: UdpFields = {}, payload: Uint8Array = letters(20)): Uint8Array {
  const { net = FOUR, ports = PORTS } = fields;
  const length = fields.length ?? 8 + payload.length;
  const datagram = join(u16(ports[0]), u16(ports[1]), u16(length), [0, 0], payload);
  return withTransportChecksum(net, 17, datagram, 6, fields.checksum);
}

export function icmp(type: number, code: number, rest: Uint8Array, checksum?: ChecksumKind): Uint8Array {
  const message = join([type, code, 0, 0], rest);
  setChecksum(message, 2, internetChecksum(message), checksum);
  return message;
}

export function icmpv6(type: number, code: number, rest: Uint8Array, checksum?: ChecksumKind, net = SIX): Uint8Array {
  return withTransportChecksum(net, 58, join([type, code, 0, 0], rest), 2, checksum);
}

function withTransportChecksum(
  net: Net,
  protocol: number,
  segment: Uint8Array,
  at: number,
  kind: ChecksumKind = "good",
): Uint8Array {
  const pseudo = join(net.source, net.destination, u32(segment.length), [0, 0, 0, protocol]);
  const good = internetChecksum(join(pseudo, segment));
  const partial = foldSum(~internetChecksum(pseudo) & 0xffff);
  // UDP sends a sum of 0 as its twin, since 0 means that there is none.
  const sent = protocol === 17 && good === 0 ? 0xffff : good;
  setChecksum(segment, at, kind === "partial" ? partial : sent, kind === "partial" ? "good" : kind);
  return segment;
}

function setChecksum(bytes: Uint8Array, at: number, good: number, kind: ChecksumKind = "good"): void {
  const value = typeof kind === "number" ? kind : kind === "bad" ? good ^ 0x1234 : good;
  bytes.set(u16(value), at);
}

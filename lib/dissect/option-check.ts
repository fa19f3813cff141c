/**
 * Whether options have a length that their kind can have, judged as Wireshark judges it: some wrong lengths it only notes,
 * others it calls malformed.
 */
import type { PacketOutline } from "./outline.ts";
import { StoppedAt } from "./stopped-at.ts";
import { offsetOf } from "./walk-stop.ts";

/** Bits. `MALFORMED` comes with a sentence in the outline. */
export const OptionFault = {
  MALFORMED: 1,
  /** A TCP option whose length its kind cannot have, or that goes on behind the header. */
  TCP_LENGTH: 2,
  /** The same of an IPv4 option. */
  IPV4_LENGTH: 4,
  /** An IPv4 option that ends within one of its addresses or times. */
  IPV4_PART: 8,
} as const;

const END = 0;
const NO_OPERATION = 1;
/** Of every option but these two. */
const LEAST_LENGTH = 2;

/** Lengths of whole options (RFC 9293, section 3.2; RFC 7323, 2018, 2385, 4782, 5482, 1072, 1644). */
const TCP_LENGTHS: ReadonlyMap<number, number> = new Map([
  [2, 4],
  [3, 3],
  [4, 2],
  [6, 6],
  [7, 6],
  [8, 10],
  [11, 6],
  [12, 6],
  [13, 6],
  [19, 18],
  [22, 2],
  [23, 2],
  [27, 8],
  [28, 4],
  [78, 16],
]);
/** Of authentication (RFC 5925), experiments (RFC 6994), and a maker's probe. */
const LEAST_TCP_LENGTHS: ReadonlyMap<number, number> = new Map([
  [29, 4],
  [253, 4],
  [254, 4],
  [76, 3],
]);
const SACK = 5;
const SACK_BLOCK_LENGTH = 8;
const MULTIPATH = 30;
const LEAST_MULTIPATH = 4;
/** The subtype that has one byte less (RFC 8684, section 3.3.8). */
const MULTIPATH_PRIORITY = 5;

/** @param third the byte after the length: of multipath TCP, the subtype is in its upper half */
export function tcpOptionFault(kind: number, length: number, third: number): number {
  if (kind === SACK) {
    const blocks = length - LEAST_LENGTH;
    return blocks > 0 && blocks % SACK_BLOCK_LENGTH === 0 ? 0 : OptionFault.MALFORMED;
  }
  if (kind === MULTIPATH) {
    const isPriority = length === LEAST_MULTIPATH - 1 && third >>> 4 === MULTIPATH_PRIORITY;
    return length >= LEAST_MULTIPATH || isPriority ? 0 : OptionFault.MALFORMED;
  }
  const isRight =
    length === (TCP_LENGTHS.get(kind) ?? length) && length >= (LEAST_TCP_LENGTHS.get(kind) ?? LEAST_LENGTH);
  return isRight ? 0 : OptionFault.TCP_LENGTH;
}

/** @param from,end of the options; all of them are there */
export function checkTcpOptions(o: PacketOutline, from: number, end: number): void {
  const bytes = o.transportBytes;
  for (let at = from; at < end; ) {
    const kind = bytes[at]!;
    if (kind === END) return;
    if (kind === NO_OPERATION) {
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < LEAST_LENGTH || at + length > end) {
      o.optionFaults |= OptionFault.TCP_LENGTH;
      return;
    }
    const fault = tcpOptionFault(kind, length, length > LEAST_LENGTH ? bytes[at + 2]! : 0);
    note(o, fault, "TCP options", at, kind, length);
    at += length;
  }
}

/** Stream identifier, router alert, quick start, MTU probe and reply, traceroute (RFC 791, 2113, 4782, 1063, 1393). */
const IPV4_LENGTHS: ReadonlyMap<number, number> = new Map([
  [136, 4],
  [148, 4],
  [25, 8],
  [11, 4],
  [12, 4],
  [82, 12],
]);
/** Record route, source routes, time stamps, security, extended and commercial security. */
const LEAST_IPV4_LENGTHS: ReadonlyMap<number, number> = new Map([
  [7, 3],
  [131, 3],
  [137, 3],
  [68, 4],
  [130, 3],
  [133, 3],
  [134, 6],
]);
const ROUTES: ReadonlySet<number> = new Set([7, 131, 137]);
const ROUTE_START = 3;
const TIMESTAMP = 68;
const TIMESTAMP_START = 4;
const ADDRESS_LENGTH = 4;

/** @param fourth the byte after the pointer: of time stamps, its lower half says what stands beside each */
export function ipv4OptionFault(type: number, length: number, fourth: number): number {
  const right = IPV4_LENGTHS.get(type);
  if (right !== undefined && length !== right) {
    return length < right ? OptionFault.IPV4_LENGTH | OptionFault.MALFORMED : OptionFault.IPV4_LENGTH;
  }
  if (length < (LEAST_IPV4_LENGTHS.get(type) ?? LEAST_LENGTH)) return OptionFault.MALFORMED;
  if (ROUTES.has(type)) return (length - ROUTE_START) % ADDRESS_LENGTH === 0 ? 0 : OptionFault.IPV4_PART;
  if (type !== TIMESTAMP) return 0;
  const part = (fourth & 0xf) === 0 ? ADDRESS_LENGTH : 2 * ADDRESS_LENGTH;
  return (length - TIMESTAMP_START) % part === 0 ? 0 : OptionFault.IPV4_PART;
}

/** @param from,end of the options; all of them are there */
export function checkIpv4Options(o: PacketOutline, from: number, end: number): void {
  const bytes = o.transportBytes;
  for (let at = from; at < end; ) {
    const type = bytes[at]!;
    if (type === END) return;
    if (type === NO_OPERATION) {
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < LEAST_LENGTH || at + length > end) {
      o.optionFaults |= OptionFault.IPV4_LENGTH;
      return;
    }
    const fault = ipv4OptionFault(type, length, length > ROUTE_START ? bytes[at + 3]! : 0);
    note(o, fault, "IPv4 options", at, type, length);
    at += length;
  }
}

const PAD_1 = 0;
const PAD_N = 1;
/** Bytes of data: tunnel limit, router alert, jumbo payload, home address, quick start, depth-first forwarding. */
const IPV6_LENGTHS: ReadonlyMap<number, number> = new Map([
  [4, 1],
  [5, 2],
  [194, 4],
  [201, 16],
  [38, 6],
  [238, 3],
]);
/** Security labels (RFC 5570) and lossy networks (RFC 9008) have more, as they need. */
const LEAST_IPV6_LENGTHS: ReadonlyMap<number, number> = new Map([
  [7, 8],
  [99, 4],
]);

/** The data of an option of a hop-by-hop or destination header is no longer or shorter than its type has it. */
export function isIpv6OptionLength(type: number, dataLength: number): boolean {
  return dataLength === (IPV6_LENGTHS.get(type) ?? dataLength) && dataLength >= (LEAST_IPV6_LENGTHS.get(type) ?? 0);
}

/** @param from,end of the options: behind the first two bytes of their header */
export function checkIpv6Options(o: PacketOutline, from: number, end: number): void {
  const bytes = o.transportBytes;
  for (let at = from; at < end; ) {
    const type = bytes[at]!;
    if (type === PAD_1) {
      at++;
      continue;
    }
    const dataLength = at + 1 < end ? bytes[at + 1]! : 0;
    const next = at + 2 + dataLength;
    const isRight = next <= end && (type === PAD_N || isIpv6OptionLength(type, dataLength));
    if (!isRight) note(o, OptionFault.MALFORMED, "IPv6 options", at, type, 2 + dataLength);
    at = next;
  }
}

function note(o: PacketOutline, fault: number, layer: string, at: number, kind: number, length: number): void {
  if (fault === 0) return;
  o.optionFaults |= fault;
  if ((fault & OptionFault.MALFORMED) === 0) return;
  const problem = `an option of kind ${kind} has a length of ${length}, and cannot have that`;
  o.malformedOption ??= new StoppedAt("BAD_FIELD", { layer, offset: offsetOf(o, at), problem });
}

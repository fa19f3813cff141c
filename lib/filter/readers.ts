/**
 * How fields find their values in a packet. A field of a header has one value for every such header in the packet: of
 * stacked tags, of tunnels, and of the packet that an ICMP error quotes, as in Wireshark.
 */
import type { Flow } from "../dissect/flow.ts";
import { MOST_LAYERS, type PacketOutline } from "../dissect/outline.ts";
import { viewOf } from "../dissect/packet-bounds.ts";
import { arp, arpOffsets } from "../headers/arp.ts";
import { EtherType } from "../headers/assigned-numbers.ts";
import { placeOf } from "../headers/header-fields-at.ts";
import type { AnyHeader, LaidField } from "../headers/header-table.ts";
import { LayerKind } from "../headers/layer.ts";
import { kindOf, messageHeader } from "../headers/registry.ts";
import { PORTS_LENGTH } from "../headers/shared-fields.ts";
import { vlan } from "../headers/vlan.ts";
import type { FilterSubject } from "./subject.ts";

export type NumberReader = (subject: FilterSubject, into: NumberValues) => void;
export type ByteReader = (subject: FilterSubject, into: ByteValues) => void;

/** One number of the header at `at`. Only called if the header has the bytes that it asked for. */
export type HeaderReader = (bytes: Uint8Array, at: number) => number;

function memoryOf(o: PacketOutline, layer: number): Uint8Array {
  return layer >= o.datagramLayer ? o.datagram : o.bytes;
}

/** @param needed bytes from the start of the header; a header that was cut off before them has no such field */
export function inHeader(kind: number, needed: number, ...read: readonly HeaderReader[]): NumberReader {
  return (subject, into) => {
    const o = subject.outline;
    for (let layer = 0; layer < o.layerCount; layer++) {
      if (o.kinds[layer] !== kind || o.starts[layer]! + needed > o.ends[layer]!) continue;
      const bytes = memoryOf(o, layer);
      for (let index = 0; index < read.length; index++) into.push(read[index]!(bytes, o.starts[layer]!));
    }
  };
}

/**
 * A field that is not in all headers of its kind, or stands behind one that is not.
 *
 * @param needed as above, from where it would stand in others
 * @param isShown whether it means anything in the header at `at`, where it is there
 */
export function inOptional(
  header: AnyHeader,
  field: LaidField,
  needed: number,
  isShown: (bytes: Uint8Array, at: number) => boolean,
  ...read: readonly HeaderReader[]
): NumberReader {
  const kind = kindOf(header);
  return ({ outline: o }, into) => {
    for (let layer = 0; layer < o.layerCount; layer++) {
      if (o.kinds[layer] !== kind) continue;
      const place = placeOf(header, field, viewOf(o, layer), o.starts[layer]!);
      const bytes = memoryOf(o, layer);
      if (place === undefined || place + needed > o.ends[layer]! || !isShown(bytes, o.starts[layer]!)) continue;
      for (let index = 0; index < read.length; index++) into.push(read[index]!(bytes, place));
    }
  };
}

/** One number for every header of a kind that an ICMP error quotes, by the same rules. */
export function inQuoted(
  kind: LayerKind,
  needed: number,
  read: (o: PacketOutline, layer: number) => number | undefined,
): NumberReader {
  return ({ outline: o }, into) => {
    for (let layer = o.quotedLayer; layer < o.layerCount; layer++) {
      if (o.kinds[layer] !== kind || o.starts[layer]! + needed > o.ends[layer]!) continue;
      const value = read(o, layer);
      if (value !== undefined) into.push(value);
    }
  };
}

/** Tags of providers (IEEE 802.1ad) and of anybody else go by different names. */
const isProviderTag = (o: PacketOutline, layer: number): boolean =>
  // The type stands before the tag, whatever header that is in.
  o.kinds[layer] === LayerKind.VLAN && shortOf(memoryOf(o, layer), o.starts[layer]! - 2) === EtherType.PROVIDER_VLAN;

const isCustomerTag = (o: PacketOutline, layer: number): boolean =>
  o.kinds[layer] === LayerKind.VLAN && !isProviderTag(o, layer);

/** One number of every tag of either kind. */
export function inTag(ofProvider: boolean, ...read: readonly HeaderReader[]): NumberReader {
  const length = vlan.fixedLength;
  const isWanted = ofProvider ? isProviderTag : isCustomerTag;
  return ({ outline: o }, into) => {
    for (let layer = 0; layer < o.layerCount; layer++) {
      const at = o.starts[layer]!;
      if (!isWanted(o, layer) || at + length > o.ends[layer]!) continue;
      for (let index = 0; index < read.length; index++) into.push(read[index]!(memoryOf(o, layer), at));
    }
  };
}

/** From every tag of either kind to the end of the frame. */
export function fromTag(ofProvider: boolean): ByteReader {
  const isWanted = ofProvider ? isProviderTag : isCustomerTag;
  return ({ outline: o }, into) => {
    for (let layer = 0; layer < o.layerCount; layer++) {
      if (!isWanted(o, layer)) continue;
      const isInDatagram = layer >= o.datagramLayer;
      into.push(memoryOf(o, layer), o.starts[layer]!, isInDatagram ? o.payloadEnd : o.end);
    }
  };
}

export function both(first: NumberReader, second: NumberReader): NumberReader {
  return (subject, into) => {
    first(subject, into);
    second(subject, into);
  };
}

/** A number of the packet as a whole, undefined where it has none. */
export function ofSubject(read: (subject: FilterSubject) => number | undefined): NumberReader {
  return (subject, into) => {
    const value = read(subject);
    if (value !== undefined) into.push(value);
  };
}

export const byteAt =
  (offset: number, shift = 0, mask = 0xff): HeaderReader =>
  (bytes, at) =>
    (bytes[at + offset]! >>> shift) & mask;

export const shortAt =
  (offset: number, shift = 0, mask = 0xffff): HeaderReader =>
  (bytes, at) =>
    (((bytes[at + offset]! << 8) | bytes[at + offset + 1]!) >>> shift) & mask;

const shortOf = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

export const wordAt =
  (offset: number): HeaderReader =>
  (bytes, at) => {
    const i = at + offset;
    return ((bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!) >>> 0;
  };

const TWO_TO_32 = 0x1_0000_0000;

export const macAt = (offset: number): HeaderReader => {
  const high = shortAt(offset);
  const low = wordAt(offset + 2);
  return (bytes, at) => high(bytes, at) * TWO_TO_32 + low(bytes, at);
};

/** The four words of an IPv6 address. */
export function ipv6At(offset: number): HeaderReader[] {
  return [wordAt(offset), wordAt(offset + 4), wordAt(offset + 8), wordAt(offset + 12)];
}

/** Some bits, counted from the start of the header; at most 32. */
export function bitsAt(firstBit: number, count: number): HeaderReader {
  const offset = firstBit >>> 3;
  const length = ((firstBit + count + 7) >>> 3) - offset;
  const shift = (offset + length) * 8 - firstBit - count;
  const mask = 2 ** count - 1;
  if (length === 1) return byteAt(offset, shift, mask);
  if (length === 2) return shortAt(offset, shift, mask);
  const word = wordAt(offset + length - 4);
  if (length === 3)
    return (bytes, at) => (((bytes[at + offset]! << 16) | shortOf(bytes, at + offset + 1)) >>> shift) & mask;
  if (count === 32) return word;
  return (bytes, at) => (word(bytes, at) >>> shift) & mask;
}

/** The sizes of the addresses of Ethernet and IPv4, next to each other. */
const ARP_SIZES = 0x0604;

/** The address of an ARP packet about Ethernet and IPv4: others have none of these fields. */
export function inArp(read: HeaderReader): NumberReader {
  const length = arp.fixedLength;
  const any = inHeader(LayerKind.ARP, length, read);
  return (subject, into) => {
    const o = subject.outline;
    const layer = o.indexOf(LayerKind.ARP);
    if (layer < 0 || o.ends[layer]! - o.starts[layer]! < length) return;
    const at = o.starts[layer]!;
    const bytes = memoryOf(o, layer);
    const type = shortOf(bytes, at + arpOffsets.protocolType);
    if (type === EtherType.IPV4 && shortOf(bytes, at + arpOffsets.hardwareSize) === ARP_SIZES) any(subject, into);
  };
}

/** All of the frame that was captured. */
export const wholeFrame: ByteReader = ({ outline: o }, into) => into.push(o.bytes, o.start, o.end);

function isThere(o: PacketOutline, layer: number): boolean {
  const isPort = o.kinds[layer] === LayerKind.TCP || o.kinds[layer] === LayerKind.UDP;
  return !isPort || o.ends[layer]! - o.starts[layer]! >= PORTS_LENGTH;
}

/** From a header to the end of the packet that it begins. */
export function fromHeader(...kinds: readonly number[]): ByteReader {
  return ({ outline: o }, into) => {
    for (let layer = 0; layer < o.layerCount; layer++) {
      if (!kinds.includes(o.kinds[layer]!) || !isThere(o, layer)) continue;
      into.push(memoryOf(o, layer), o.starts[layer]!, endOfPacket(o, layer));
    }
  };
}

function endOfPacket(o: PacketOutline, layer: number): number {
  const kind = o.kinds[layer];
  const isLink = kind === LayerKind.ETHERNET || kind === LayerKind.VLAN;
  // A packet whose inside was put together elsewhere ends with the frame.
  if (isLink || (layer < o.datagramLayer && o.datagramLayer < MOST_LAYERS)) return o.end;
  return Math.max(o.ends[layer]!, o.payloadEnd);
}

type MessageVisitor = (bytes: Uint8Array, start: number, end: number) => void;

/** The messages of a protocol that a packet carries as a whole: of a datagram one, of a segment those that its lengths count. */
export function eachMessage(
  header: AnyHeader,
  { outline: o, endedMessages }: FilterSubject,
  visit: MessageVisitor,
): void {
  if (o.isFragment || o.stopped !== undefined || o.payloadEnd <= o.payloadAt) return;
  const { transportBytes: bytes, payloadAt, payloadEnd } = o;
  if (o.transport === LayerKind.UDP) {
    if (messageHeader("udpPort", o) === header) visit(bytes, payloadAt, payloadEnd);
  } else if (o.transport === LayerKind.TCP && messageHeader("tcpPort", o) === header) {
    if (endedMessages === 0) return;
    for (let at = payloadAt; at + LENGTH_BEFORE <= payloadEnd; ) {
      const end = at + LENGTH_BEFORE + shortOf(bytes, at);
      if (end > payloadEnd) return;
      visit(bytes, at + LENGTH_BEFORE, end);
      at = end;
    }
  }
}

/** On TCP, the length of a message stands before it (RFC 1035, section 4.2.2). */
const LENGTH_BEFORE = 2;

/**
 * The same for messages that a transport carries.
 *
 * @param isThere whether a message has such a field
 */
export function inMessage(
  header: AnyHeader,
  needed: number,
  isThere: ((bytes: Uint8Array, at: number) => boolean) | undefined,
  ...read: readonly HeaderReader[]
): NumberReader {
  return (subject, into) => {
    eachMessage(header, subject, (bytes, start, end) => {
      if (start + needed > end || isThere?.(bytes, start) === false) return;
      for (const reader of read) into.push(reader(bytes, start));
    });
  };
}

/** All of a message. */
export function fromMessage(header: AnyHeader): ByteReader {
  return (subject, into) => eachMessage(header, subject, (bytes, start, end) => into.push(bytes, start, end));
}

/** What transport headers carry, also those around a tunnel, and in a packet that an ICMP error quotes; nothing where that is empty. */
export function payloadOf(transport: LayerKind): ByteReader {
  return ({ outline: o }, into) => {
    for (let index = 0; index < o.carrierCount; index++) pushPayload(o, o.carriers[index]!, transport, into);
    if (o.transport === transport && o.payloadEnd > o.payloadAt) into.push(o.transportBytes, o.payloadAt, o.payloadEnd);
    for (let index = 0; index < o.quotedFlowCount; index++) pushPayload(o, o.quotedFlows[index]!, transport, into);
  };
}

function pushPayload(o: PacketOutline, { layer, payloadEnd }: Flow, transport: LayerKind, into: ByteValues): void {
  if (o.kinds[layer] !== transport || payloadEnd <= o.ends[layer]!) return;
  into.push(memoryOf(o, layer), o.ends[layer]!, payloadEnd);
}

const ENCODER = new TextEncoder();

/** Text is searched as its bytes, like everything else. */
export const comments: ByteReader = (subject, into) => {
  for (const comment of subject.comments) {
    const bytes = ENCODER.encode(comment);
    into.push(bytes, 0, bytes.length);
  }
};

/** Where fields put the values that a packet has of them. Used again for every packet, so that none costs memory. */

/** Of a field in every layer, source and destination, four words for an address of IPv6; a list in a header may have more. */
const USUAL_NUMBERS = MOST_LAYERS * 2 * 4;

/**
 * Values as rows of one, two or four numbers that are compared one after the other: an address of IPv6 as four words of
 * 32 bits, a time as seconds and nanoseconds.
 */
export class NumberValues {
  numbers: Float64Array = new Float64Array(USUAL_NUMBERS);
  /** Numbers, not rows. */
  length = 0;

  push(number: number): void {
    if (this.length === this.numbers.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.numbers[this.length++] = number;
  }
}

/** Pieces of memory. */
export class ByteValues {
  readonly memories: Uint8Array[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  length = 0;

  push(memory: Uint8Array, start: number, end: number): void {
    this.memories[this.length] = memory;
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.length++;
  }
}

/**
 * Addresses of a packet changed wherever its headers say that one stands, and its checksums mended by the difference
 * (RFC 1624): at every depth, and so that a sum that was wrong is wrong afterwards by as much.
 */
import { PacketOutline } from "../dissect/outline.ts";
import { follow, parseFrame } from "../dissect/parse-frame.ts";
import type { ParseContext } from "../dissect/parse-registered.ts";
import { checkSequenceAt, packetEnd } from "../dissect/trailer.ts";
import { getIpv6 } from "../headers/address.ts";
import { DNS_DIALECTS } from "../headers/dns/dns.ts";
import { FRAME_CHECK_LENGTH, frameCheckSequence } from "../headers/ethernet.ts";
import { type AddressKind, LayerKind } from "../headers/layer.ts";
import { allHeaders } from "../headers/registry.ts";
import type { CapturedPacket } from "../pcap/capture-file.ts";
import type { AddressMap } from "./address-map.ts";
import { ChecksumMender } from "./checksum-mender.ts";
import {
  ADDRESS_LENGTHS,
  findInLayer,
  findInPayload,
  isTableEnough,
  type LayerPlan,
  layerPlan,
  type PlacedAddress,
  shiftOfField,
} from "./layer-addresses.ts";
import { RecentAddresses, RecentIpv6Addresses } from "./recent-addresses.ts";

/** Each packet by itself: what was sent in fragments is edited in fragments. */
const CONTEXT: ParseContext = { fragments: undefined, follow, looksIntoFragments: true };

const TWO_TO_16 = 0x1_0000;
const TWO_TO_32 = 0x1_0000_0000;
/** Of a sum, moved by one byte. */
const BYTE = 256;

/** How many there were of each thing that was done. */
export class EditCounts {
  /** Addresses that became another one. */
  ipv4Addresses = 0;
  /** Addresses of IPv6 that became another one. */
  ipv6Addresses = 0;
  /** Hardware addresses that became another one. */
  macAddresses = 0;
  /** Addresses of which too little was captured to tell what they become; they stay. */
  cutAddresses = 0;
  /** Packets in which an address was changed. */
  changedPackets = 0;
  /** Packets of which IP authentication (RFC 4302) covers an address that was changed. */
  authenticatedPackets = 0;
  /** Checksums that were changed with the addresses that they cover. */
  checksums = 0;
  /** Sums that are 0 for none, and those that were left to a network adapter. */
  absentChecksums = 0;
  /** Sums that were left to a network adapter. */
  partialChecksums = 0;
  /** Check sequences of frames that were made anew. */
  frameChecks = 0;
}

export class PacketEditor {
  /** Of the packet edited last, as it was. */
  readonly outline = new PacketOutline();
  readonly counts = new EditCounts();
  readonly #map: AddressMap;
  readonly #changesDns: boolean;
  readonly #ipv4s = new RecentAddresses();
  readonly #ipv6s = new RecentIpv6Addresses();
  readonly #macs = new RecentAddresses();
  readonly #mender = new ChecksumMender(this.outline, this.counts);
  /** Where the edited packet is: its memory, and how far behind the place that the outline knows. */
  #bytes: Uint8Array = this.outline.bytes;
  #view: DataView = this.outline.view;
  #shift = 0;
  #layer = 0;
  #changes = 0;

  /** @param changesDns whether the addresses in DNS answers are changed too */
  constructor(map: AddressMap, { changesDns = false }: { readonly changesDns?: boolean | undefined } = {}) {
    this.#map = map;
    this.#changesDns = changesDns;
  }

  /** Fills in the outline of a packet. */
  parse({ bytes, view, start, end, wireLength, linkType, checkSequenceLength }: CapturedPacket): PacketOutline {
    parseFrame(this.outline, bytes, view, start, end, wireLength, linkType, CONTEXT, checkSequenceLength);
    return this.outline;
  }

  /**
   * Changes the packet that was parsed last. Its own memory stays as it is.
   *
   * @param bytes,view where a copy of it is
   * @param at its first byte there
   */
  edit(bytes: Uint8Array, view: DataView, at: number): void {
    const o = this.outline;
    this.#bytes = bytes;
    this.#view = view;
    this.#shift = at - o.start;
    this.#changes = 0;
    this.#mender.reset(bytes, view, this.#shift);
    for (let layer = 0; layer < o.layerCount; layer++) this.#editLayer(layer);
    if (this.#hasMessage()) {
      this.#layer = o.layerCount;
      findInPayload(o, this.#changeAt);
    }
    if (this.#changes === 0) return;
    this.counts.changedPackets++;
    if (o.indexOf(LayerKind.AUTHENTICATION) >= 0) this.counts.authenticatedPackets++;
    this.#mender.mend();
    if (o.checkSequenceLength !== 0) this.#renewFrameCheck();
  }

  #editLayer(layer: number): void {
    const plan = layerPlan(this.outline.kinds[layer]!);
    if (plan === undefined) return;
    this.#layer = layer;
    if (isTableEnough(plan, this.outline, layer)) this.#changeByTable(plan, layer);
    else findInLayer(this.outline, layer, this.#changeAt);
  }

  #changeByTable(plan: LayerPlan, layer: number): void {
    const { addresses } = plan;
    for (let index = 0; index < addresses.length; index++) {
      const address = addresses[index]!;
      const shift = shiftOfField(plan, address.moving, this.outline, layer);
      if (shift < 0) continue;
      const start = this.outline.starts[layer]! + shift;
      const length = this.outline.ends[layer]! - start;
      if (address.end <= length) this.#changeAt(address.kind, start + address.offset);
      else if (address.offset < length) this.#changeCut(address, start, length);
    }
  }

  /** Whether the payload is a message that can have addresses. */
  #hasMessage(): boolean {
    const o = this.outline;
    const isUdp = o.transport === LayerKind.UDP;
    if ((!isUdp && o.transport !== LayerKind.TCP) || o.payloadEnd <= o.payloadAt) return false;
    const ports = isUdp ? UDP_MESSAGES : TCP_MESSAGES;
    const message = ports[o.destinationPort]! || ports[o.sourcePort]!;
    return message === MessageKind.ANY || (message === MessageKind.DNS && this.#changesDns);
  }

  readonly #changeAt = (kind: AddressKind, at: number): void => {
    switch (kind) {
      case "ipv4":
        return this.#changeIpv4(at);
      case "mac":
        return this.#changeMac(at);
      default:
        return this.#changeIpv6(at);
    }
  };

  #changeIpv4(at: number): void {
    const old = this.outline.view.getUint32(at);
    const known = this.#ipv4s;
    let place = known.find(old, 0);
    if (place < 0) place = known.add(old, 0, this.#map.ipv4(old), 0);
    // What the view shows twice is changed once.
    if (known.isSame[place] === 1 || this.#view.getUint32(at + this.#shift) !== old) return;
    this.#view.setUint32(at + this.#shift, known.lowAfter[place]!);
    this.counts.ipv4Addresses++;
    this.#note(at, known.difference[place]!);
  }

  #changeMac(at: number): void {
    const { view } = this.outline;
    const high = view.getUint16(at);
    const low = view.getUint32(at + 2);
    const known = this.#macs;
    let place = known.find(low, high);
    if (place < 0) {
      const address = this.#map.mac(high * TWO_TO_32 + low);
      place = known.add(low, high, address % TWO_TO_32, Math.floor(address / TWO_TO_32));
    }
    const to = at + this.#shift;
    const isChanged = this.#view.getUint16(to) !== high || this.#view.getUint32(to + 2) !== low;
    if (known.isSame[place] === 1 || isChanged) return;
    this.#view.setUint16(to, known.highAfter[place]!);
    this.#view.setUint32(to + 2, known.lowAfter[place]!);
    this.counts.macAddresses++;
    this.#note(at, known.difference[place]!);
  }

  #changeIpv6(at: number): void {
    const { view } = this.outline;
    const known = this.#ipv6s;
    let place = known.find(view, at);
    if (place < 0) place = known.add(view, at, this.#map.ipv6(getIpv6(view, at)));
    if (known.isSame[place] === 1 || !known.stands(this.#view, at + this.#shift, place)) return;
    known.write(this.#view, at + this.#shift, place);
    this.counts.ipv6Addresses++;
    this.#note(at, known.difference[place]!);
  }

  /** @param difference of the sum of words, as if the first byte were the first of a word */
  #note(at: number, difference: number): void {
    this.#changes++;
    const isOdd = ((at - this.outline.start) & 1) === 1;
    this.#mender.note(this.#layer, isOdd ? difference * BYTE : difference);
  }

  /**
   * The first bytes of an address, the rest of which was not captured. Where they become the same whatever the rest was, they
   * are changed: with prefixes preserved, they always do.
   */
  #changeCut({ kind, offset }: PlacedAddress, start: number, length: number): void {
    const at = start + offset;
    const count = length - offset;
    const rest = BigInt(8 * (ADDRESS_LENGTHS[kind] - count));
    let first = 0n;
    for (let index = 0; index < count; index++) first = (first << 8n) | BigInt(this.outline.bytes[at + index]!);
    const lowest = this.#mapped(kind, first << rest) >> rest;
    const highest = this.#mapped(kind, (first << rest) | BigInt.asUintN(Number(rest), -1n)) >> rest;
    if (lowest !== highest) {
      this.counts.cutAddresses++;
      return;
    }
    if (lowest === first) return;
    for (let index = 0, left = lowest; index < count; index++, left >>= 8n) {
      this.#bytes[at + this.#shift + count - 1 - index] = Number(left & 0xffn);
    }
    if (kind === "ipv4") this.counts.ipv4Addresses++;
    else if (kind === "ipv6") this.counts.ipv6Addresses++;
    else this.counts.macAddresses++;
    this.#changes++;
  }

  #mapped(kind: AddressKind, address: bigint): bigint {
    if (kind === "ipv6") return this.#map.ipv6(address);
    return BigInt(kind === "ipv4" ? this.#map.ipv4(Number(address)) : this.#map.mac(Number(address)));
  }

  /** A frame check sequence that was right is right again. */
  #renewFrameCheck(): void {
    const o = this.outline;
    const at = checkSequenceAt(o, packetEnd(o));
    if (at + FRAME_CHECK_LENGTH !== o.end) return;
    if (o.view.getUint32(at) !== frameCheckSequence(o.bytes, o.start, at)) return;
    const [start, place] = [o.start + this.#shift, at + this.#shift];
    this.#view.setUint32(place, frameCheckSequence(this.#bytes, start, place));
    this.counts.frameChecks++;
  }
}

/** What a port's messages are: none that has a table, DNS, or any other. */
const MessageKind = { NONE: 0, DNS: 1, ANY: 2 } as const;

const UDP_MESSAGES = messagesByPort("udpPort");
const TCP_MESSAGES = messagesByPort("tcpPort");

function messagesByPort(space: "udpPort" | "tcpPort"): Uint8Array {
  const ports = new Uint8Array(TWO_TO_16);
  const dnsNames = new Set<string>(DNS_DIALECTS.values());
  for (const { name, follows } of allHeaders()) {
    const kind = dnsNames.has(name) ? MessageKind.DNS : MessageKind.ANY;
    for (const port of [follows?.[space] ?? []].flat()) ports[port] = kind;
  }
  return ports;
}

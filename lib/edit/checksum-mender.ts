/**
 * Mends the checksums of a packet in which something was changed, from the innermost outwards: a sum that covers others
 * covers what became of them. All differences are sums of words that begin with the frame; those of a layer that begins at
 * an odd byte of it have their bytes the other way round, which is a factor of 256 (RFC 1071, section 2 B).
 */
import { foldSum, SUM_MODULUS, shiftChecksum, shiftSum, sumBytes } from "../core/checksum.ts";
import { MOST_LAYERS, type PacketOutline } from "../dissect/outline.ts";
import { lengthOfIpv4 } from "../dissect/packet-bounds.ts";
import { IPV6_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { FRAGMENT_UNIT, ipv4Offsets, LARGEST_FRAGMENT_OFFSET } from "../headers/ipv4.ts";
import { fragmentOffsets, ipv6Offsets } from "../headers/ipv6.ts";
import { ChecksumStatus, LayerKind } from "../headers/layer.ts";
import { headerFor, kindOf } from "../headers/registry.ts";
import { type ChecksumRule, sumByRule } from "../headers/shared-fields.ts";
import { canGoElsewhere, finalAddressSum, isIp } from "./final-address-sum.ts";
import { checksumAt, layerPlan, type PlacedChecksum } from "./layer-addresses.ts";

const RIGHT_SUM = 0xffff;
const BYTE = 256;
/** The offset of an IPv6 fragment counts bytes, without the three bits below it (RFC 8200, section 4.5). */
const IPV6_OFFSET = 0xfff8;

interface MendedCounts {
  checksums: number;
  absentChecksums: number;
  partialChecksums: number;
}

export class ChecksumMender {
  readonly #outline: PacketOutline;
  readonly #counts: MendedCounts;
  /** For each layer the difference of what was changed in it; behind the last, in what it carries. */
  readonly #differences = new Int32Array(MOST_LAYERS + 1);
  /** The innermost of these in which something was changed. */
  #innermost = -1;
  #view: DataView;
  #bytes: Uint8Array;
  #shift = 0;

  /** @param outline of the packet as it was */
  constructor(outline: PacketOutline, counts: MendedCounts) {
    this.#outline = outline;
    this.#counts = counts;
    this.#bytes = outline.bytes;
    this.#view = outline.view;
  }

  /** Begins with a packet. @param shift how far the edited packet lies behind the place that the outline knows */
  reset(bytes: Uint8Array, view: DataView, shift: number): void {
    this.#bytes = bytes;
    this.#view = view;
    this.#shift = shift;
    this.#innermost = -1;
    for (let layer = this.#outline.layerCount; layer >= 0; layer--) this.#differences[layer] = 0;
  }

  /** @param difference of the sum of words that begin with the frame */
  note(layer: number, difference: number): void {
    this.#differences[layer] = (this.#differences[layer]! + difference) % SUM_MODULUS;
    if (layer > this.#innermost) this.#innermost = layer;
  }

  mend(): void {
    const { kinds, layerCount } = this.#outline;
    let difference = this.#differences[layerCount]! + this.#mendLaterFragment();
    for (let layer = layerCount - 1; layer >= 0; layer--) {
      difference = (difference + this.#differences[layer]!) % SUM_MODULUS;
      const plan = layerPlan(kinds[layer]!);
      if (plan?.checksum === undefined) continue;
      const at = checksumAt(plan, this.#outline, layer);
      if (at < 0) continue;
      const { checksum } = plan;
      difference += checksum.isCrc
        ? this.#renew(layer, at, checksum.rule)
        : this.#mendSum(layer, at, checksum, difference);
    }
  }

  /**
   * The first fragment of a datagram can be so short that the checksum of what it carries stands in the next one.
   *
   * @returns the difference that makes to the sums around it
   */
  #mendLaterFragment(): number {
    const o = this.#outline;
    if (!o.isFragment || o.layerCount === 0) return 0;
    const ip = this.#ipAround(o.layerCount);
    const header = headerFor("ipProtocol", o.protocol);
    const checksum = header && layerPlan(kindOf(header))?.checksum;
    if (ip < 0 || !checksum?.hasPseudoHeader) return 0;
    const { zeroAs } = checksum;
    const start = o.ends[o.layerCount - 1]!;
    const offset = fragmentOffsetOf(o, ip);
    const at = start + checksum.offset - offset;
    // With the first byte of the datagram, its header is a layer of its own.
    if (offset === 0 || at < start || at + 2 > o.payloadEnd) return 0;
    const old = o.view.getUint16(at);
    const difference = this.#pseudoHeaderDifference(o.layerCount);
    if (difference === 0 || (old === 0 && zeroAs !== undefined)) return 0;
    const sum = shiftChecksum(old, difference) || (zeroAs ?? 0);
    this.#view.setUint16(at + this.#shift, sum);
    this.#counts.checksums++;
    return (sum - old) * (((at - o.start) & 1) === 1 ? BYTE : 1);
  }

  /** @returns the difference that the sum itself makes to those around it */
  #mendSum(layer: number, at: number, checksum: PlacedChecksum, within: number): number {
    const o = this.#outline;
    const start = o.starts[layer]!;
    const isOdd = ((start - o.start) & 1) === 1;
    const covered = (checksum.coversMessage ? within : this.#differences[layer]!) * (isOdd ? BYTE : 1);
    const around = checksum.hasPseudoHeader ? this.#pseudoHeaderDifference(layer) : 0;
    const difference = (covered + around) % SUM_MODULUS;
    const old = o.view.getUint16(at);
    const isPartial = around !== 0 && this.#isPartial(layer, old, at);
    if (!isPartial && difference === 0) return 0;
    if (old === 0 && (checksum.zeroAs !== undefined || this.#isLeftOut(layer))) {
      this.#counts.absentChecksums++;
      return 0;
    }
    if (isPartial) this.#counts.partialChecksums++;
    else this.#counts.checksums++;
    const sum = isPartial ? shiftSum(old, around) : shiftChecksum(old, difference) || (checksum.zeroAs ?? 0);
    this.#view.setUint16(at + this.#shift, sum);
    return (sum - old) * (((at - o.start) & 1) === 1 ? BYTE : 1);
  }

  /** A sum that no difference mends: one that was right is made anew. @returns the difference that makes to those around it */
  #renew(layer: number, at: number, rule: ChecksumRule): number {
    const o = this.#outline;
    if (layer > this.#innermost || o.checksums[layer] !== ChecksumStatus.GOOD) return 0;
    const end = rule.covers === "header" ? o.ends[layer]! : Math.max(o.ends[layer]!, o.payloadEnd);
    const shift = this.#shift;
    const sum = sumByRule(rule, this.#view, o.starts[layer]! + shift, end + shift, at + shift);
    this.#view.setUint32(at + shift, sum);
    this.#counts.checksums++;
    const words = (sum >>> 16) + (sum & 0xffff) - o.view.getUint16(at) - o.view.getUint16(at + 2);
    return words * (((at - o.start) & 1) === 1 ? BYTE : 1);
  }

  /** Of an IPv4 header: 0 that is not its sum was left to the adapter. */
  #isLeftOut(layer: number): boolean {
    const o = this.#outline;
    return o.kinds[layer] === LayerKind.IPV4 && sumBytes(o.view, o.starts[layer]!, o.ends[layer]!) !== RIGHT_SUM;
  }

  /** What the outline says of the innermost transport. */
  #transportStatus(): ChecksumStatus {
    const o = this.#outline;
    return o.transport === LayerKind.TCP
      ? o.tcpChecksum
      : o.transport === LayerKind.UDP
        ? o.udpChecksum
        : o.icmpChecksum;
  }

  #ipAround(layer: number): number {
    const { kinds } = this.#outline;
    let ip = layer - 1;
    while (ip >= 0 && !isIp(kinds[ip]!)) ip--;
    return ip;
  }

  #pseudoHeaderDifference(layer: number): number {
    const o = this.#outline;
    const ip = this.#ipAround(layer);
    if (ip < 0) return 0;
    if (canGoElsewhere(o, ip)) {
      return finalAddressSum(o, ip, this.#bytes, this.#view, this.#shift) - finalAddressSum(o, ip, o.bytes, o.view, 0);
    }
    // Nothing else is changed in the header.
    return (this.#differences[ip]! * (((o.starts[ip]! - o.start) & 1) === 1 ? BYTE : 1)) % SUM_MODULUS;
  }

  /**
   * Whether a field holds the sum of the pseudo-header, with the length of the message or with none: then the adapter was to
   * make the rest of it. A right checksum can be the same number by chance.
   */
  #isPartial(layer: number, sum: number, at: number): boolean {
    const o = this.#outline;
    const status =
      o.kinds[layer] === o.transport && o.starts[layer] === o.transportAt
        ? this.#transportStatus()
        : ChecksumStatus.UNCHECKED;
    if (status !== ChecksumStatus.UNCHECKED) return status === ChecksumStatus.PARTIAL;
    const ip = this.#ipAround(layer);
    const start = o.starts[layer]!;
    const { protocol, lengthAt } = layerPlan(o.kinds[layer]!)!;
    const base = finalAddressSum(o, ip, o.bytes, o.view, 0) + protocol;
    const own = lengthAt < 0 ? 0 : o.view.getUint16(start + lengthAt);
    const length = own || Math.max(0, endOfIp(o, ip) - start);
    const isOffloaded = sum === foldSum(base) || sum === foldSum(base + (length >>> 16) + (length & 0xffff));
    if (!isOffloaded) return false;
    const end = start + length;
    if (end > o.end || at + 2 > end) return true;
    return sumBytes(o.view, start, end, base + (length >>> 16) + (length & 0xffff)) !== RIGHT_SUM;
  }
}

/** Bytes of the datagram before those of this fragment. */
function fragmentOffsetOf(o: PacketOutline, ip: number): number {
  if (o.kinds[ip] === LayerKind.IPV4) {
    return (o.view.getUint16(o.starts[ip]! + ipv4Offsets.reservedFlag) & LARGEST_FRAGMENT_OFFSET) * FRAGMENT_UNIT;
  }
  const last = o.layerCount - 1;
  if (o.kinds[last] !== LayerKind.IPV6_FRAGMENT) return 0;
  return o.view.getUint16(o.starts[last]! + fragmentOffsets.fragmentOffset) & IPV6_OFFSET;
}

/** Where an IP packet ends on the wire, by its own account. */
function endOfIp(o: PacketOutline, layer: number): number {
  const start = o.starts[layer]!;
  if (o.kinds[layer] === LayerKind.IPV4) return start + lengthOfIpv4(o, layer);
  const payload = o.view.getUint16(start + ipv6Offsets.payloadLength);
  return payload === 0 ? o.wireEnd : start + IPV6_HEADER_LENGTH + payload;
}

/** What the fields of a layer depend on beside its own bytes, out of the outline of its packet. */

import { ipv4PseudoHeaderSum, ipv6PseudoHeaderSum, sumBytes } from "../core/checksum.ts";
import { type LaidField, readField } from "../headers/header-table.ts";
import type { ChecksumReport, LayerContext, StreamContext } from "../headers/layer.ts";
import { ChecksumStatus, LayerKind } from "../headers/layer.ts";
import { headerOfKind, kindOf } from "../headers/registry.ts";
import { type ChecksumRule, checksumOf, coveredEnd, sumByRule } from "../headers/shared-fields.ts";
import { udpLite } from "../headers/udp-lite.ts";
import { ipv4HeaderStatus, ipv4Status, quotedStatus } from "./header-checksums.ts";
import type { PacketOutline } from "./outline.ts";
import { lengthOfIpv4 } from "./outline.ts";

const RIGHT_SUM = 0xffff;
const UNCHECKED: ChecksumReport = { status: ChecksumStatus.UNCHECKED };

const UDP_LITE = kindOf(udpLite);

export class OutlineContext implements LayerContext {
  readonly stream: StreamContext;
  readonly isQuoted: boolean;
  readonly isTransport: boolean;
  readonly #outline: PacketOutline;
  readonly #layer: number;

  /** @param layer index of it in the outline */
  constructor(outline: PacketOutline, layer: number, stream: StreamContext) {
    this.#outline = outline;
    this.#layer = layer;
    this.stream = stream;
    this.isQuoted = layer >= outline.quotedLayer;
    const kind = outline.kinds[layer];
    const isOfTransport = kind === outline.transport || (kind === UDP_LITE && outline.transport === LayerKind.UDP);
    this.isTransport = !this.isQuoted && outline.starts[layer] === outline.transportAt && isOfTransport;
  }

  get quotedVersion(): 4 | 6 {
    return this.#outline.quotedVersion;
  }

  get segmentLength(): number | undefined {
    const { hasSegmentLength, payloadLength } = this.#outline;
    return this.isTransport && hasSegmentLength ? payloadLength : undefined;
  }

  get transportLength(): number | undefined {
    return this.isTransport ? this.#outline.transportLength : undefined;
  }

  packetLength(): number {
    return lengthOfIpv4(this.#outline, this.#layer);
  }

  checksum(): ChecksumReport {
    const o = this.#outline;
    const kind = o.kinds[this.#layer]!;
    switch (kind) {
      case LayerKind.IPV4:
        return this.#ofIpv4();
      case LayerKind.TCP:
        return this.#ofTransport(o.tcpChecksum);
      case LayerKind.UDP:
      case UDP_LITE:
        return this.#ofTransport(o.udpChecksum);
      case LayerKind.ICMP:
      case LayerKind.ICMPV6:
        return this.isQuoted ? UNCHECKED : this.#ofTransport(o.icmpChecksum);
      default:
        return this.#ofAny();
    }
  }

  /** The field of the layer's checksum, and what it covers. */
  get #rule(): { readonly field: LaidField; readonly rule: ChecksumRule } {
    const header = headerOfKind(this.#outline.kinds[this.#layer]!)!;
    const field = header.checksumField!;
    return { field, rule: field.spec.auto as ChecksumRule };
  }

  #ofIpv4(): ChecksumReport {
    const o = this.#outline;
    const view = this.#view;
    const start = o.starts[this.#layer]!;
    const header = headerOfKind(LayerKind.IPV4)!;
    const end = Math.min(o.ends[this.#layer]!, view.byteLength);
    const next = end > start ? start + (view.getUint8(start) & 0xf) * 4 : start;
    if (next - start < header.fixedLength || next > end) return UNCHECKED;
    const expected = checksumOf(view, start, next, start + this.#rule.field.offset);
    return { status: ipv4HeaderStatus(view, start, next, o.kinds[0]!), expected };
  }

  #ofTransport(own: ChecksumStatus): ChecksumReport {
    if (this.isQuoted) return { status: quotedStatus(this.#outline, this.#layer) };
    if (!this.isTransport) return UNCHECKED;
    return own === ChecksumStatus.BAD ? { status: own, expected: this.#expected() } : { status: own };
  }

  /** @returns undefined where not all that it covers was captured */
  #expected(): number | undefined {
    const o = this.#outline;
    const { field, rule } = this.#rule;
    const start = o.transportAt;
    const end = start + o.transportLength;
    if (end > o.transportBytes.length || end < start + field.end) return undefined;
    const sum = rule.hasPseudoHeader ? this.#pseudoHeaderSum(o.transportLength) : 0;
    if (sum === undefined) return undefined;
    const covered = coveredEnd(start, end, this.#coverage(rule, start));
    return sumByRule(rule, o.transportView, start, covered, start + field.offset, sum);
  }

  /** Of a protocol about which the outline says nothing: what it carries ends where the packet does. */
  #ofAny(): ChecksumReport {
    const o = this.#outline;
    const { field, rule } = this.#rule;
    const start = o.starts[this.#layer]!;
    const end = rule.covers === "header" ? o.ends[this.#layer]! : o.payloadEnd;
    if (this.isQuoted) return { status: quotedStatus(o, this.#layer) };
    if (o.isFragment || end < start + field.end || !this.#isWhole(rule)) return UNCHECKED;
    const sum = rule.hasPseudoHeader ? this.#pseudoHeaderSum(end - start) : 0;
    if (sum === undefined) return UNCHECKED;
    const expected = sumByRule(rule, this.#view, start, end, start + field.offset, sum);
    const isRight =
      rule.algorithm === undefined
        ? sumBytes(this.#view, start, end, sum) === RIGHT_SUM
        : readField(this.#view, start, field) === expected;
    return isRight ? { status: ChecksumStatus.GOOD } : { status: ChecksumStatus.BAD, expected };
  }

  /** Bytes that the checksum covers, where the header says that; 0 for all. */
  #coverage({ coverage }: ChecksumRule, start: number): number {
    const header = headerOfKind(this.#outline.kinds[this.#layer]!)!;
    const field = header.layout.find(({ name }) => name === coverage);
    return field === undefined ? 0 : (readField(this.#view, start, field) as number);
  }

  /** Whether all that the checksum covers was captured: else, where a header is short, nobody knows what follows. */
  #isWhole({ covers }: ChecksumRule): boolean {
    const o = this.#outline;
    if (o.stopped !== undefined) return covers === "message" && o.end - o.start >= o.wireLength;
    return covers === "header" || o.payloadEnd - o.payloadAt === o.payloadLength;
  }

  get #view(): DataView {
    const o = this.#outline;
    return this.#layer >= o.datagramLayer && o.datagram.length > 0 ? o.transportView : o.view;
  }

  #pseudoHeaderSum(length: number): number | undefined {
    const { source, destination, protocol } = this.#outline;
    if (typeof source === "number" && typeof destination === "number") {
      return ipv4PseudoHeaderSum(source, destination, protocol, length);
    }
    if (typeof source !== "bigint" || typeof destination !== "bigint") return undefined;
    return ipv6PseudoHeaderSum(source, destination, protocol, length);
  }
}

/** What became of the checksum of a header, also of one that is quoted. @param layer of a kind that has a checksum */
export function checksumStatusOf(o: PacketOutline, layer: number): ChecksumStatus {
  if (layer >= o.quotedLayer) return quotedStatus(o, layer);
  switch (o.kinds[layer]) {
    case LayerKind.IPV4:
      return ipv4Status(o, layer);
    case LayerKind.TCP:
      return o.tcpChecksum;
    case LayerKind.UDP:
    case UDP_LITE:
      return o.udpChecksum;
    case LayerKind.ICMP:
    case LayerKind.ICMPV6:
      return o.icmpChecksum;
    default:
      return new OutlineContext(o, layer, {}).checksum().status;
  }
}

/** Of a message that a transport carries, which depends on nothing but its own bytes. */
export const MESSAGE_CONTEXT: LayerContext = {
  stream: {},
  isQuoted: false,
  isTransport: false,
  quotedVersion: 4,
  segmentLength: undefined,
  transportLength: undefined,
  packetLength: () => 0,
  checksum: () => UNCHECKED,
};

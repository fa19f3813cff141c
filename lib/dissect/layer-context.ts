/** What the fields of a layer depend on beside its own bytes, out of the outline of its packet. */

import { ipv4PseudoHeaderSum, ipv6PseudoHeaderSum, sumBytes } from "../core/checksum.ts";
import { IpProtocol } from "../headers/assigned-numbers.ts";
import { placeOf, readField } from "../headers/header-fields-at.ts";
import type { LaidField } from "../headers/header-table.ts";
import type { ChecksumReport, LayerContext, StreamContext } from "../headers/layer.ts";
import { ChecksumStatus, LayerKind } from "../headers/layer.ts";
import { headerOfKind, kindOf } from "../headers/registry.ts";
import { type ChecksumRule, checksumOf, coveredEnd, sumByRule } from "../headers/shared-fields.ts";
import { udpLite } from "../headers/udp-lite.ts";
import type { Flow } from "./flow.ts";
import { flowPseudoHeaderSum, ipv4HeaderStatus, ipv4Status, quotedStatus } from "./header-checksums.ts";
import type { PacketOutline } from "./outline.ts";
import { endAround, lengthOfIpv4 } from "./packet-bounds.ts";
import { planOfKind } from "./parse-plan.ts";
import { hasChecksum } from "./parse-registered.ts";

const RIGHT_SUM = 0xffff;
const UNCHECKED: ChecksumReport = { status: ChecksumStatus.UNCHECKED };

const UDP_LITE = kindOf(udpLite);

/** Of the flow whose header is this layer, or -1. */
function indexOf(flows: readonly Flow[], count: number, layer: number): number {
  return flows.findIndex((flow, index) => index < count && flow.layer === layer);
}

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

  get streamNumber(): number | undefined {
    const { carriers, carrierCount, quotedFlows, quotedFlowCount } = this.#outline;
    const { stream, carrierStreams, quotedStreams } = this.stream;
    if (this.isTransport) return stream;
    if (!this.isQuoted) return carrierStreams?.[indexOf(carriers, carrierCount, this.#layer)];
    return quotedStreams?.[indexOf(quotedFlows, quotedFlowCount, this.#layer)];
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
    switch (this.#outline.kinds[this.#layer]) {
      case LayerKind.IPV4:
        return this.#ofIpv4();
      case LayerKind.TCP:
      case LayerKind.UDP:
      case UDP_LITE:
        return this.#ofTransport();
      case LayerKind.ICMP:
      case LayerKind.ICMPV6:
        return this.isQuoted ? UNCHECKED : this.#ofTransport();
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

  #ofTransport(): ChecksumReport {
    const o = this.#outline;
    const layer = this.#layer;
    if (this.isQuoted) return { status: quotedStatus(o, layer) };
    const status = o.checksums[layer] as ChecksumStatus;
    return status === ChecksumStatus.BAD ? { status, expected: this.#expected() } : { status };
  }

  /** @returns undefined where not all that it covers was captured */
  #expected(): number | undefined {
    const { field, rule } = this.#rule;
    const start = this.#outline.starts[this.#layer]!;
    const end = this.isTransport ? start + this.#outline.transportLength : this.#messageEnd;
    if (end > this.#view.byteLength || end < start + field.end) return undefined;
    const sum = rule.hasPseudoHeader ? this.#pseudoHeaderSum(end - start) : 0;
    if (sum === undefined) return undefined;
    const covered = coveredEnd(start, end, this.#coverage(rule, start));
    return sumByRule(rule, this.#view, start, covered, start + field.offset, sum);
  }

  /** Where that ends which this header carries. */
  get #messageEnd(): number {
    const o = this.#outline;
    const carrier = o.carriers[indexOf(o.carriers, o.carrierCount, this.#layer)];
    if (carrier !== undefined) return carrier.payloadEnd;
    return this.#layer === o.layerCount - 1 ? o.payloadEnd : endAround(o, this.#layer);
  }

  /** Of a protocol that only its table knows. */
  #ofAny(): ChecksumReport {
    const o = this.#outline;
    const { field, rule } = this.#rule;
    const view = this.#view;
    const start = o.starts[this.#layer]!;
    const end = rule.covers === "header" ? o.ends[this.#layer]! : this.#messageEnd;
    if (this.isQuoted) return { status: quotedStatus(o, this.#layer) };
    const known = o.checksums[this.#layer] as ChecksumStatus;
    const plan = planOfKind(o.kinds[this.#layer]!)!;
    const place = placeOf(plan.header, field, view, start);
    if (place === undefined || !hasChecksum(plan, view, start)) return UNCHECKED;
    if (o.isFragment || end < place + field.end || end > view.byteLength) return UNCHECKED;
    if (known === ChecksumStatus.UNCHECKED && !this.#isWhole(rule)) return UNCHECKED;
    const sum = rule.hasPseudoHeader ? this.#pseudoHeaderSum(end - start) : 0;
    if (sum === undefined) return UNCHECKED;
    const expected = sumByRule(rule, view, start, end, place + field.offset, sum);
    const isRight =
      rule.algorithm === undefined
        ? sumBytes(view, start, end, sum) === RIGHT_SUM
        : readField(view, place, field) === expected;
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
    if (this.#layer < o.layerCount - 1) return false;
    if (o.stopped !== undefined) return covers === "message" && o.end - o.start >= o.wireLength;
    return covers === "header" || o.payloadEnd - o.payloadAt === o.payloadLength;
  }

  get #view(): DataView {
    const o = this.#outline;
    return this.#layer >= o.datagramLayer && o.datagram.length > 0 ? o.transportView : o.view;
  }

  #pseudoHeaderSum(length: number): number | undefined {
    const o = this.#outline;
    const carrier = o.carriers[indexOf(o.carriers, o.carrierCount, this.#layer)];
    if (carrier !== undefined) return flowPseudoHeaderSum(carrier, IpProtocol.UDP, length);
    const { source, destination, protocol } = o;
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
    case LayerKind.UDP:
    case UDP_LITE:
    case LayerKind.ICMP:
    case LayerKind.ICMPV6:
      return o.checksums[layer] as ChecksumStatus;
    default:
      return new OutlineContext(o, layer, {}).checksum().status;
  }
}

/** Of a message that a transport carries, which depends on nothing but its own bytes. */
export const MESSAGE_CONTEXT: LayerContext = {
  stream: {},
  isQuoted: false,
  isTransport: false,
  streamNumber: undefined,
  quotedVersion: 4,
  segmentLength: undefined,
  transportLength: undefined,
  packetLength: () => 0,
  checksum: () => UNCHECKED,
};

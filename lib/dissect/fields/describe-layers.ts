/**
 * The detailed view of one packet: every field of every layer, with the bytes that it stands in. Whatever the bytes, it
 * comes to an end and describes what it can; all that is described lies within the memory of its layer.
 */
import { LayerKind } from "../layer-kinds.ts";
import type { PacketOutline } from "../outline.ts";
import type { SegmentPart } from "../segment-parts.ts";
import { describeArp } from "./arp.ts";
import { describeEthernet, describeLlc } from "./ethernet.ts";
import {
  describeAuthentication,
  describeDestinationOptions,
  describeFragment,
  describeHopByHop,
  describeRouting,
} from "./extension-headers.ts";
import { type FieldContext, type Layer, MALFORMED } from "./field.ts";
import { FieldReader, type Memory } from "./field-reader.ts";
import { describeIcmp } from "./icmp.ts";
import { describeIcmpv6 } from "./icmpv6.ts";
import { describeIpv4 } from "./ipv4.ts";
import { describeIpv6 } from "./ipv6.ts";
import { describeLoop, describeNull } from "./loopback.ts";
import { describeData, payloadParts, segmentPayloadParts } from "./payload.ts";
import type { Describe, Place, Title } from "./place.ts";
import { describeSll, describeSll2 } from "./sll.ts";
import { describeTcp } from "./tcp.ts";
import { packetEnd, trailerParts } from "./trailer.ts";
import { describeUdp } from "./udp.ts";
import { describeVlan } from "./vlan.ts";

const DESCRIBERS: Readonly<Record<Exclude<LayerKind, typeof LayerKind.TRAILER>, Describe>> = {
  [LayerKind.ETHERNET]: describeEthernet,
  [LayerKind.VLAN]: describeVlan,
  [LayerKind.NULL]: describeNull,
  [LayerKind.LOOP]: describeLoop,
  [LayerKind.SLL]: describeSll,
  [LayerKind.SLL2]: describeSll2,
  [LayerKind.ARP]: describeArp,
  [LayerKind.IPV4]: describeIpv4,
  [LayerKind.IPV6]: describeIpv6,
  [LayerKind.HOP_BY_HOP]: describeHopByHop,
  [LayerKind.ROUTING]: describeRouting,
  [LayerKind.IPV6_FRAGMENT]: describeFragment,
  [LayerKind.DESTINATION_OPTIONS]: describeDestinationOptions,
  [LayerKind.AUTHENTICATION]: describeAuthentication,
  [LayerKind.ICMP]: describeIcmp,
  [LayerKind.ICMPV6]: describeIcmpv6,
  [LayerKind.TCP]: describeTcp,
  [LayerKind.UDP]: describeUdp,
  [LayerKind.PAYLOAD]: describeData,
  [LayerKind.LLC]: describeLlc,
};

/**
 * @param context what the stream of the packet tells of it
 * @returns layers, outermost first
 */
export function describeLayers(outline: PacketOutline, context: FieldContext = {}): Layer[] {
  const layers: Layer[] = [];
  for (let index = 0; index < outline.layerCount; index++) {
    const kind = outline.kinds[index] as LayerKind;
    // These two are worked out from the outline's bounds, so that there is one place that knows how.
    if (kind !== LayerKind.PAYLOAD && kind !== LayerKind.TRAILER) layers.push(describeHeader(outline, index, context));
  }
  const isInDatagram = isDatagram(outline, outline.layerCount);
  const payloadAt = describePayload(outline, layers, isInDatagram, context.parts);
  describeRest(outline, layers, isInDatagram ? outline.start : payloadAt);
  return layers;
}

function isDatagram(outline: PacketOutline, index: number): boolean {
  return index >= outline.datagramLayer && outline.datagram.length > 0;
}

function memoryOf(outline: PacketOutline, isInDatagram: boolean): Memory {
  return isInDatagram
    ? { bytes: outline.transportBytes, view: outline.transportView }
    : { bytes: outline.bytes, view: outline.view };
}

function describeHeader(outline: PacketOutline, index: number, context: FieldContext): Layer {
  const kind = outline.kinds[index] as keyof typeof DESCRIBERS;
  const isInDatagram = isDatagram(outline, index);
  const isQuoted = index >= outline.quotedLayer;
  const start = outline.starts[index]!;
  const isTransport = !isQuoted && start === outline.transportAt && kind === outline.transport;
  const isMessage = isTransport && (kind === LayerKind.ICMP || kind === LayerKind.ICMPV6);
  const limit = isInDatagram ? outline.transportBytes.length : outline.end;
  // Some messages of ICMP are longer than what all of them begin with.
  const end = Math.min(limit, isMessage && !hasQuote(outline) ? outline.payloadEnd : outline.ends[index]!);
  const reader = new FieldReader(memoryOf(outline, isInDatagram), start, end);
  const place: Place = { outline, layer: index, context, isQuoted, isTransport };
  const title = DESCRIBERS[kind](reader, place);
  if (index === outline.layerCount - 1) noteProblem(outline, reader);
  return finish(kind, reader, title, isInDatagram, isQuoted, isMessage ? reader.at : end);
}

/** A field that cannot be is noted where the packet was understood last. What is short shows by itself. */
function noteProblem({ stopped }: PacketOutline, reader: FieldReader): void {
  if (stopped?.code !== "BAD_FIELD") return;
  reader.generated(MALFORMED, "Malformed", undefined, { text: stopped.message });
}

function hasQuote(outline: PacketOutline): boolean {
  return outline.quotedLayer < outline.layerCount;
}

function finish(
  kind: LayerKind,
  reader: FieldReader,
  title: Title,
  isInDatagram: boolean,
  isQuoted: boolean,
  end: number,
): Layer {
  const { start } = reader;
  return {
    kind,
    name: title.name,
    label: title.label,
    memory: isInDatagram ? "datagram" : "frame",
    start,
    length: Math.max(0, end - start),
    isQuoted,
    // A quotation is short on purpose.
    fields: isQuoted ? reader.fields : reader.finish(title.needed),
  };
}

/** @returns where in its memory the payload ends */
function describePayload(
  outline: PacketOutline,
  layers: Layer[],
  isInDatagram: boolean,
  segmentParts: readonly SegmentPart[] | undefined,
): number {
  const memory = memoryOf(outline, isInDatagram);
  const last = layers.at(-1);
  const isSameMemory = last !== undefined && (last.memory === "datagram") === isInDatagram;
  const covered = isSameMemory ? last.start + last.length : 0;
  const end = Math.min(outline.payloadEnd, isInDatagram ? memory.bytes.length : outline.end);
  const start = Math.max(outline.payloadAt, covered);
  if (start >= end) return Math.max(end, covered);
  const isQuoted = hasQuote(outline);
  const parts =
    segmentParts === undefined
      ? payloadParts(outline, memory, start, end)
      : segmentPayloadParts(outline, memory, start, end, segmentParts);
  for (const { title, reader, message } of parts) {
    if (layers.length === 0) noteProblem(outline, reader);
    const layer = finish(LayerKind.PAYLOAD, reader, title, isInDatagram, isQuoted, reader.at);
    layers.push(message === undefined ? layer : { ...layer, memory: "message", message });
  }
  return end;
}

/** Bytes of the frame behind the packet. @param covered end of what has been described */
function describeRest(outline: PacketOutline, layers: Layer[], covered: number): void {
  const start = Math.max(packetEnd(outline), covered);
  if (start >= outline.end) return;
  for (const { title, reader } of trailerParts(outline, memoryOf(outline, false), start)) {
    layers.push(finish(LayerKind.TRAILER, reader, title, false, false, reader.end));
  }
}

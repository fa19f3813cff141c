/**
 * The detailed view of one packet: every field of every layer, with the bytes that it stands in. Whatever the bytes, it
 * comes to an end and describes what it can; all that is described lies within the memory of its layer.
 */

import { describeHeader } from "../headers/describe-header.ts";
import { FieldReader, type Memory } from "../headers/field-reader.ts";
import { type Layer, LayerKind, type LayerSummary, MALFORMED, type StreamContext } from "../headers/layer.ts";
import { headerOfKind } from "../headers/registry.ts";
import { OutlineContext } from "./layer-context.ts";
import type { PacketOutline } from "./outline.ts";
import type { SegmentPart } from "./payload.ts";
import { describeData, payloadParts, segmentPayloadParts } from "./payload.ts";
import { packetEnd, trailerParts } from "./trailer.ts";

/** What a packet does not say of itself: of its stream, and of what its payload is made of. */
export interface FieldContext extends StreamContext {
  /** What the payload of a TCP segment is made of, where its own bytes do not show that. */
  readonly parts?: readonly SegmentPart[] | undefined;
}

/**
 * Every field of every layer of a packet, in words, with the bytes that it stands in. Whatever the bytes, nothing is thrown.
 *
 * @param outline of the packet, as `Dissector.dissect` returns it
 * @param context what the stream of the packet tells of it
 * @returns layers, outermost first
 *
 * @example
 * ```ts
 * import { captureBytes, captureFromBytes, describeLayers, Dissector, encodePacket, ethernet, ipv4, tcp } from "wirewright";
 *
 * const capture = captureFromBytes(captureBytes([encodePacket([ethernet(), ipv4(), tcp({ flags: "SYN" })])]));
 * capture.next();
 * const [, , segment] = describeLayers(new Dissector().dissect(capture.packet));
 * console.log(segment?.name, segment?.fields[0]?.label, segment?.fields[0]?.text); // tcp Source Port 49152
 * ```
 */
export function describeLayers(outline: PacketOutline, context: FieldContext = {}): Layer[] {
  const layers: Layer[] = [];
  for (let index = 0; index < outline.layerCount; index++) {
    const kind = outline.kinds[index] as LayerKind;
    // These two are worked out from the outline's bounds, so that there is one place that knows how.
    if (kind !== LayerKind.PAYLOAD && kind !== LayerKind.TRAILER) layers.push(describeLayer(outline, index, context));
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

/** The view of one layer. */
export function describeLayer(outline: PacketOutline, index: number, stream: StreamContext): Layer {
  const kind = outline.kinds[index] as LayerKind;
  const isInDatagram = isDatagram(outline, index);
  const context = new OutlineContext(outline, index, stream);
  const isMessage = context.isTransport && (kind === LayerKind.ICMP || kind === LayerKind.ICMPV6);
  const limit = isInDatagram ? outline.transportBytes.length : outline.end;
  // Some messages of ICMP are longer than what all of them begin with.
  const end = Math.min(limit, isMessage && !hasQuote(outline) ? outline.payloadEnd : outline.ends[index]!);
  const reader = new FieldReader(memoryOf(outline, isInDatagram), outline.starts[index]!, end);
  const header = headerOfKind(kind);
  const summary =
    header === undefined ? describeData(reader) : describeHeader(header.variant?.(reader) ?? header, reader, context);
  const isLast = index === outline.layerCount - 1;
  if (isLast) noteProblem(outline, reader);
  // What ends with the packet is short where the packet was cut.
  const isCut = isLast && header?.endsWithPacket === true && outline.payloadLength > 0;
  const needed = isCut ? { needed: end - reader.start + outline.payloadLength } : undefined;
  return finish(kind, reader, { ...summary, ...needed }, isInDatagram, context.isQuoted, isMessage ? reader.at : end);
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
  summary: LayerSummary,
  isInDatagram: boolean,
  isQuoted: boolean,
  end: number,
): Layer {
  const { start } = reader;
  return {
    kind,
    name: summary.name,
    label: summary.label,
    memory: isInDatagram ? "datagram" : "frame",
    start,
    length: Math.max(0, end - start),
    isQuoted,
    // A quotation is short on purpose.
    fields: isQuoted ? reader.fields : reader.finish(summary.needed),
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
  for (const { summary, reader, message } of parts) {
    if (layers.length === 0) noteProblem(outline, reader);
    const layer = finish(LayerKind.PAYLOAD, reader, summary, isInDatagram, isQuoted, reader.at);
    layers.push(message === undefined ? layer : { ...layer, memory: "message", message });
  }
  return end;
}

/** Bytes of the frame behind the packet. @param covered end of what has been described */
function describeRest(outline: PacketOutline, layers: Layer[], covered: number): void {
  const start = Math.max(packetEnd(outline), covered);
  if (start >= outline.end) return;
  for (const { summary, reader } of trailerParts(outline, memoryOf(outline, false), start)) {
    layers.push(finish(LayerKind.TRAILER, reader, summary, false, false, reader.end));
  }
}

/** All that is known of one frame, taken while the capture stands at it. */
import { type Moment, momentOf } from "../core/time.ts";
import { describeLayers } from "../dissect/describe-layers.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import type { Field, FieldValue, Layer } from "../headers/layer.ts";
import type { AnalyzedPacket } from "../streams/analyzed-packet.ts";
import { FINDING_KINDS, type FindingKind, meaningOf } from "../streams/findings.ts";
import { hexDigits } from "./byte-text.ts";
import { decimalSeconds, elapsed } from "./moments.ts";

/** One frame with its layers and findings. Frames count from 1. */
export interface FrameView {
  /** Its number in the file. */
  readonly frame: number;
  /** When it was captured; undefined where the file gives no time. */
  readonly moment: Moment | undefined;
  /** Since the first packet of the capture. */
  readonly elapsed: Moment | undefined;
  /** What the file says of it. */
  readonly comments: readonly string[];
  /** What was found in it. */
  readonly findings: readonly FindingKind[];
  /** Where its layers lie; filled in anew for the next packet. */
  readonly outline: PacketOutline;
  /** Its layers with their fields, outermost first. */
  readonly layers: readonly Layer[];
  /** As JSON has it: `frameJson`. */
  toJSON(): object;
}

/** The layers, fields and findings of a packet as they are shown; good until the next packet is read. */
export function viewFrame(packet: AnalyzedPacket): FrameView {
  const { outline, firstMoment, findingBits, hasTime } = packet;
  const moment = hasTime ? momentOf(packet) : undefined;
  const stream = packet.tcpStream ?? packet.udpStream;
  const sinceStream = moment === undefined || stream === undefined ? undefined : elapsed(stream.firstMoment, moment);
  return {
    frame: packet.frameNumber,
    moment,
    elapsed: moment === undefined || firstMoment === undefined ? undefined : elapsed(firstMoment, moment),
    comments: packet.comments,
    findings: FINDING_KINDS.filter(({ bit }) => (findingBits & bit) !== 0).map((kind) => ({
      ...kind,
      meaning: meaningOf(kind, packet.circumstance),
    })),
    outline,
    layers: describeLayers(outline, {
      stream: packet.stream,
      relativeSequence: packet.relativeSequence,
      relativeAcknowledgment: packet.relativeAcknowledgment,
      carrierStreams: packet.carrierStreams,
      quotedStreams: packet.quotedStreams,
      hasAccurateEcn: packet.hasAccurateEcn,
      scaledWindow: packet.scaledWindow,
      hasWindowScale: packet.hasWindowScale,
      parts: packet.segmentParts,
      timeText: sinceStream === undefined ? undefined : `${decimalSeconds(sinceStream)} seconds`,
    }),
    toJSON() {
      return frameJson(this);
    },
  };
}

/**
 * A frame with its layers and findings as one object of JSON: `{frame, time, bytes, datagram, comments, findings, layers}`. A
 * layer is `{name, label, memory, message, offset, length, quoted, fields}`, a field `{name, label, offset, length, mask,
 * value, text, meaning, fields}`; offsets count in `bytes`, or where `memory` is "datagram", in `datagram`, or where it is
 * "message", in the layer's own `message`; all three are hexadecimal. What does not apply is left out.
 */
export function frameJson({ frame, moment, comments, findings, outline, layers }: Omit<FrameView, "toJSON">): object {
  const hasDatagram = layers.some(({ memory }) => memory === "datagram");
  return {
    frame,
    ...(moment !== undefined && { time: decimalSeconds(moment) }),
    wireLength: outline.wireLength,
    bytes: hexDigits(outline.bytes.subarray(outline.start, outline.end)),
    ...(hasDatagram && { datagram: hexDigits(outline.datagram) }),
    ...(comments.length > 0 && { comments }),
    findings: findings.map(({ code, severity }) => ({ code, severity })),
    layers: layers.map((layer) => layerJson(layer, layer.memory === "frame" ? outline.start : 0)),
  };
}

function layerJson({ name, label, memory, message, start, length, isQuoted, fields }: Layer, origin: number): object {
  return {
    name,
    label,
    memory,
    ...(message !== undefined && { message: hexDigits(message) }),
    offset: start - origin,
    length,
    ...(isQuoted && { quoted: true }),
    fields: fields.map((field) => fieldJson(field, origin)),
  };
}

function fieldJson(
  { name, label, start, length, mask, value, text, meaning, children }: Field,
  origin: number,
): object {
  return {
    ...(name !== "" && { name }),
    label,
    // What is computed stands nowhere.
    ...(length > 0 && { offset: start - origin }),
    length,
    ...(mask !== undefined && { mask }),
    ...(value !== undefined && { value: plainValue(value) }),
    text,
    ...(meaning !== undefined && { meaning }),
    ...(children !== undefined && { fields: children.map((child) => fieldJson(child, origin)) }),
  };
}

/** Bytes in hexadecimal, and numbers that JSON cannot hold exactly, as text. */
function plainValue(value: FieldValue): FieldValue {
  if (value instanceof Uint8Array) return hexDigits(value);
  return typeof value === "bigint" ? value.toString() : value;
}

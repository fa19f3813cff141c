/** What the innermost header carries: which protocol it is, and its layers. */

import { inBytes } from "../headers/assigned-numbers.ts";
import { describeHeader } from "../headers/describe-header.ts";
import { dns } from "../headers/dns/dns.ts";
import { FieldReader } from "../headers/field-reader.ts";
import type { LayerSummary } from "../headers/layer.ts";
import { LayerKind } from "../headers/layer.ts";
import { messageHeader } from "../headers/registry.ts";
import { describeHttp, isHttp } from "./http.ts";
import { MESSAGE_CONTEXT } from "./layer-context.ts";
import type { PacketOutline } from "./outline.ts";
import { describeWebSocket } from "./websocket.ts";

interface PayloadPart {
  readonly summary: LayerSummary;
  readonly reader: FieldReader;
  /** The memory that it counts in, where that is neither the frame nor the datagram: a message from several segments. */
  readonly message?: Uint8Array;
}

/**
 * The layers of a payload, one after the other: several where it holds several messages, or a message and data.
 *
 * @param start,end of the payload in the memory that `reader` of the transport reads
 */
export function payloadParts(
  outline: PacketOutline,
  memory: FieldReader["memory"],
  start: number,
  end: number,
): PayloadPart[] {
  const parts: PayloadPart[] = [];
  let at = start;
  while (at < end) {
    const reader = new FieldReader(memory, at, end);
    const summary = readPart(outline, reader) ?? describeData(reader);
    parts.push({ summary, reader });
    // A part of no length would be read for ever.
    at = reader.at > at ? reader.at : end;
  }
  return parts;
}

/**
 * The same for a segment of which it is known what it carries.
 *
 * @param segmentParts count from the beginning of the segment's payload
 */
export function segmentPayloadParts(
  outline: PacketOutline,
  memory: FieldReader["memory"],
  start: number,
  end: number,
  segmentParts: readonly SegmentPart[],
): PayloadPart[] {
  const parts: PayloadPart[] = [];
  const segmentData = (until: number, problem: string) => {
    if (until <= at) return;
    const reader = new FieldReader(memory, at, until);
    parts.push({ summary: describeSegmentData(reader, problem), reader });
    at = until;
  };
  let at = start;
  for (const part of segmentParts) {
    const partEnd = Math.min(end, outline.payloadAt + part.end);
    // What stands between messages came before, or belongs to none.
    segmentData(Math.min(partEnd, outline.payloadAt + part.start), "no message");
    if (part.kind === "open") segmentData(partEnd, "of a message that goes on");
    else if (part.message === undefined) {
      parts.push(...wholeParts(outline, memory, at, partEnd, part.kind));
      at = Math.max(at, partEnd);
    } else {
      segmentData(partEnd, "the end of a message, which is shown below as a whole");
      const { message } = part;
      const view = new DataView(message.buffer, message.byteOffset, message.length);
      const whole = wholeParts(outline, { bytes: message, view }, 0, message.length, part.kind);
      parts.push(...whole.map((layer) => ({ ...layer, message })));
    }
  }
  segmentData(end, "no message");
  return parts;
}

/** A message that ends where its part does. */
function wholeParts(
  outline: PacketOutline,
  memory: FieldReader["memory"],
  start: number,
  end: number,
  kind: "http" | "dns" | "websocket",
): PayloadPart[] {
  if (kind === "http") return payloadParts(outline, memory, start, end);
  const reader = new FieldReader(memory, start, end);
  return [{ summary: kind === "dns" ? describeDnsOnTcp(reader) : describeWebSocket(reader), reader }];
}

function describeSegmentData(reader: FieldReader, what: string): LayerSummary {
  const length = reader.remaining;
  reader.raw("tcp.segment_data", "TCP segment data", length, { meaning: what });
  return { name: "data", label: `TCP segment data (${inBytes(length)})` };
}

function readPart(outline: PacketOutline, reader: FieldReader): LayerSummary | undefined {
  if (outline.isFragment || outline.stopped !== undefined) return undefined;
  if (outline.transport === LayerKind.UDP) {
    const header = messageHeader("udpPort", outline);
    return header && describeHeader(header, reader, MESSAGE_CONTEXT);
  }
  if (outline.transport !== LayerKind.TCP) return undefined;
  if (messageHeader("tcpPort", outline) === dns) return describeDnsOnTcp(reader);
  return isHttp(reader.memory.bytes, reader.start, reader.end) ? describeHttp(reader) : undefined;
}

/** One message of those that may stand in the segment: it ends where its length says (RFC 1035, section 4.2.2). */
function describeDnsOnTcp(reader: FieldReader): LayerSummary {
  const length = 2 + reader.peek(0, 2);
  const isCut = length > reader.remaining;
  const message = reader.inside(length);
  message.number("dns.length", "Length", 2, { text: inBytes });
  const summary = describeHeader(dns, message, MESSAGE_CONTEXT);
  // Where the segment ends first, the outer reader says how much is missing.
  for (const field of isCut ? message.fields : message.finish()) reader.fields.push(field);
  reader.at = message.end;
  return { ...summary, needed: isCut ? length : 0 };
}

export function describeData(reader: FieldReader): LayerSummary {
  const length = reader.remaining;
  reader.raw("data.data", "Data", length);
  reader.generated("data.len", "Length", length, { text: inBytes(length) });
  return { name: "data", label: `Data (${inBytes(length)})` };
}

/**
 * What a TCP segment carries, as whoever follows its stream knows: its own bytes do not say which of them end a message
 * that began in an earlier segment, and which begin one that goes on.
 */
export interface SegmentPart {
  /** `open`: the message goes on in a later segment. */
  readonly kind: "http" | "dns" | "websocket" | "open";
  /** First byte, and the byte after the last one, counted from the beginning of the segment's payload. */
  readonly start: number;
  /** The byte after the last one, counted as `start`. */
  readonly end: number;
  /** The whole message, where earlier segments carried the beginning of it; else it stands in this segment. */
  readonly message?: Uint8Array;
}

/** Bits for the kinds of messages that end in a packet. */
export const EndedMessage = {
  HTTP: 1,
  DNS: 2,
  WEBSOCKET: 4,
} as const;

/** What stands in a frame behind the end of its packet. */

import { hex, inBytes } from "../headers/assigned-numbers.ts";
import { FRAME_CHECK_LENGTH, frameCheckSequence } from "../headers/ethernet.ts";
import { FieldReader, type Memory } from "../headers/field-reader.ts";
import { IPV6_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { ipv4Offsets } from "../headers/ipv4.ts";
import { ipv6Offsets } from "../headers/ipv6.ts";
import type { Field, LayerSummary } from "../headers/layer.ts";
import { LayerKind } from "../headers/layer.ts";
import type { PacketOutline } from "./outline.ts";

/** Without its check sequence, a frame has at least this many bytes on the wire (IEEE 802.3, clause 3.2.8). */
const SHORTEST_FRAME = 60;

/** Where the packet ends that the frame carries; the end of the frame where nothing says so. */
export function packetEnd(outline: PacketOutline): number {
  return Math.min(endOfPacket(outline), outline.wireEnd);
}

function endOfPacket(outline: PacketOutline): number {
  for (let index = 0; index < Math.min(outline.layerCount, outline.datagramLayer); index++) {
    const start = outline.starts[index]!;
    const end = outline.ends[index]!;
    switch (outline.kinds[index]) {
      case LayerKind.ARP:
        return outline.stopped === undefined ? end : outline.end;
      case LayerKind.IPV4:
        return end - start < 4
          ? outline.end
          : endAfter(outline, start, outline.view.getUint16(start + ipv4Offsets.totalLength));
      case LayerKind.IPV6:
        if (end - start < IPV6_HEADER_LENGTH) return outline.end;
        return endAfterIpv6(
          outline,
          start + IPV6_HEADER_LENGTH,
          outline.view.getUint16(start + ipv6Offsets.payloadLength),
        );
    }
  }
  const isLengthKnown = outline.layerCount > 0 && outline.kinds[0] === LayerKind.ETHERNET;
  return isLengthKnown ? Math.min(outline.end, Math.max(outline.payloadEnd, outline.start)) : outline.end;
}

/** A length of 0 stands for all that there is. */
function endAfter(outline: PacketOutline, at: number, length: number): number {
  return length === 0 ? outline.end : Math.min(outline.end, at + length);
}

/** A length of 0 stands for more bytes than the field can count. */
function endAfterIpv6(outline: PacketOutline, at: number, length: number): number {
  const isLarge = length === 0 && outline.start + outline.wireLength - at > 0xffff;
  return isLarge ? outline.end : Math.min(outline.end, at + length);
}

/** What can stand there, in this order. */
interface TrailerPart {
  readonly summary: LayerSummary;
  readonly reader: FieldReader;
}

/** Padding up to the shortest frame that Ethernet sends, a trailer of whatever kind, and the frame check sequence. */
export function* trailerParts(outline: PacketOutline, memory: Memory, start: number): Generator<TrailerPart> {
  const checkAt = Math.max(start, checkSequenceAt(outline, start));
  const paddingEnd = Math.min(checkAt, outline.start + SHORTEST_FRAME);
  const isPadded = start < paddingEnd && memory.bytes.subarray(start, paddingEnd).every((byte) => byte === 0);
  const trailerAt = isPadded ? paddingEnd : start;
  if (isPadded)
    yield rawPart(memory, start, paddingEnd, "Padding", "fills the frame up to the least that Ethernet sends");
  if (trailerAt < checkAt) yield rawPart(memory, trailerAt, checkAt, "Trailer");
  if (checkAt < outline.end) yield checkSequencePart(outline, memory, checkAt);
}

function rawPart(memory: Memory, start: number, end: number, label: string, meaning?: string): TrailerPart {
  const reader = new FieldReader(memory, start, end);
  reader.raw(`eth.${label.toLowerCase()}`, label, end - start, { meaning });
  return { summary: { name: "eth", label: `${label} (${inBytes(end - start)})` }, reader };
}

/**
 * Where the check sequence begins; the end of the frame where there is none, or not all of it. Where the capture does not say
 * whether it has them, four bytes that are right can be nothing else.
 */
export function checkSequenceAt(outline: PacketOutline, start: number): number {
  const at = outline.end - FRAME_CHECK_LENGTH;
  if (outline.end - outline.start !== outline.wireLength || outline.kinds[0] !== LayerKind.ETHERNET) return outline.end;
  if (outline.checkSequenceLength >= FRAME_CHECK_LENGTH) return at;
  const isPossible = at >= start && outline.end - outline.start >= SHORTEST_FRAME + FRAME_CHECK_LENGTH;
  if (outline.checkSequenceLength >= 0 || !isPossible) return outline.end;
  const isRight = outline.view.getUint32(at) === frameCheckSequence(outline.bytes, outline.start, at);
  return isRight ? at : outline.end;
}

function checkSequencePart(outline: PacketOutline, memory: Memory, start: number): TrailerPart {
  const reader = new FieldReader(memory, start, outline.end);
  const expected = frameCheckSequence(outline.bytes, outline.start, start);
  const isGood = reader.peek(0, 4) === expected;
  const status: Field = {
    name: "eth.fcs.status",
    label: "FCS Status",
    start,
    length: 0,
    value: isGood ? 1 : 0,
    text: isGood ? "Good" : "Bad",
  };
  reader.number("eth.fcs", "Frame check sequence", 4, {
    text: (value) => `${hex(value, 4)} [${isGood ? "correct" : `should be ${hex(expected, 4)}`}]`,
    meaning: isGood
      ? "what arrived is, as far as this sum can tell, what was sent"
      : "the frame is not what was sent; a receiver would drop it",
    children: [status],
  });
  return { summary: { name: "eth", label: `Frame check sequence (${inBytes(FRAME_CHECK_LENGTH)})` }, reader };
}

/** What stands in a frame behind the end of its packet. */
import { LayerKind } from "../layer-kinds.ts";
import type { PacketOutline } from "../outline.ts";
import type { FieldReader } from "./field-reader.ts";
import type { Title } from "./place.ts";
import { inBytes } from "./text.ts";

/** Without its check sequence, a frame has at least this many bytes on the wire (IEEE 802.3, clause 3.2.8). */
const SHORTEST_FRAME = 60;
const IPV6_HEADER = 40;

/** Where the packet ends that the frame carries; the end of the frame where nothing says so. */
export function packetEnd(outline: PacketOutline): number {
  for (let index = 0; index < Math.min(outline.layerCount, outline.datagramLayer); index++) {
    const start = outline.starts[index]!;
    const end = outline.ends[index]!;
    switch (outline.kinds[index]) {
      case LayerKind.ARP:
        return outline.stopped === undefined ? end : outline.end;
      case LayerKind.IPV4:
        return end - start < 4 ? outline.end : endAfter(outline, start, outline.view.getUint16(start + 2));
      case LayerKind.IPV6:
        if (end - start < IPV6_HEADER) return outline.end;
        return endAfterIpv6(outline, start + IPV6_HEADER, outline.view.getUint16(start + 4));
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

/** Padding fills a frame up to the shortest that Ethernet sends; anything else is a trailer. */
export function describeTrailer(reader: FieldReader, frameStart: number): Title {
  const length = reader.remaining;
  const bytes = reader.memory.bytes.subarray(reader.start, reader.end);
  const isPadding = reader.end - frameStart <= SHORTEST_FRAME && bytes.every((byte) => byte === 0);
  if (isPadding) {
    reader.raw("eth.padding", "Padding", length, { meaning: "fills the frame up to the least that Ethernet sends" });
    return { name: "eth", label: `Padding (${inBytes(length)})` };
  }
  reader.raw("eth.trailer", "Trailer", length);
  return { name: "eth", label: `Trailer (${inBytes(length)})` };
}

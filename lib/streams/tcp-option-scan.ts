import type { PacketOutline } from "../dissect/outline.ts";
import { hasOnlyTimestamps } from "../dissect/walk-transport.ts";
import { TcpFlag } from "../headers/tcp.ts";
import type { TcpSide } from "./tcp-side.ts";

const END = 0;
const NO_OPERATION = 1;
const MAXIMUM_SEGMENT_SIZE = 2;
const WINDOW_SCALE = 3;
/** Greater shifts count as this one (RFC 7323, section 2.3). */
const LARGEST_SHIFT = 14;

/** Remembers what the options of a segment say about the side that sends it. Stops at the first that cannot be. */
export function readOptions(o: PacketOutline, side: TcpSide): void {
  const view = o.transportView;
  let at = o.transportAt + 20;
  // Not the layer's end: that stands further in where the header was cut.
  const end = Math.min(o.transportAt + o.headerLength, o.layerCount < o.datagramLayer ? o.end : o.datagram.length);
  // Timestamps are nothing to remember.
  if (end - at >= 4 && hasOnlyTimestamps(view, o.transportAt, o.headerLength)) return;
  const isSyn = (o.flags & TcpFlag.SYN) !== 0;
  while (at < end) {
    const kind = view.getUint8(at);
    if (kind === END) return;
    let length = 1;
    if (kind !== NO_OPERATION) {
      length = at + 1 < end ? view.getUint8(at + 1) : 0;
      if (length < 2 || at + length > end) return;
      readOption(view, at, kind, length, isSyn, side);
    }
    at += length;
  }
}

function readOption(view: DataView, at: number, kind: number, length: number, isSyn: boolean, side: TcpSide): void {
  if (kind === WINDOW_SCALE && length === 3) side.windowScale = Math.min(view.getUint8(at + 2), LARGEST_SHIFT);
  else if (isSyn && kind === MAXIMUM_SEGMENT_SIZE && length === 4) side.maximumSegmentSize = view.getUint16(at + 2);
}

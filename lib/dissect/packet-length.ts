/** How long an IP packet is whose header gives no length, because the network adapter was to cut it up. */
import { LayerKind } from "./layer-kinds.ts";
import type { PacketOutline } from "./outline.ts";

const TOTAL_LENGTH_AT = 2;
const PAYLOAD_LENGTH_AT = 4;
const IPV6_LENGTH = 40;

/**
 * Bytes of an IPv4 packet on the wire, header included. A total length of 0 stands for all that is left of what the packet
 * lies in: the frame, the packet around it, the datagram that was put together, or the quotation.
 *
 * @param layer index of its header, of which 4 bytes at least are there
 */
export function lengthOfIpv4(o: PacketOutline, layer: number): number {
  const view = viewOf(o, layer);
  const at = o.starts[layer]!;
  return view.getUint16(at + TOTAL_LENGTH_AT) || Math.max(0, endAround(o, layer) - at);
}

function viewOf(o: PacketOutline, layer: number): DataView {
  return layer >= o.datagramLayer ? o.transportView : o.view;
}

/** Where that ends on the wire which the layer lies in. */
function endAround(o: PacketOutline, layer: number): number {
  const isInDatagram = layer >= o.datagramLayer;
  let end = isInDatagram ? o.datagram.length : o.wireEnd;
  for (let outer = isInDatagram ? o.datagramLayer : 0; outer < layer; outer++) end = Math.min(end, endOf(o, outer));
  return end;
}

/** Where a layer says that the packet ends which it begins. */
function endOf(o: PacketOutline, layer: number): number {
  const view = viewOf(o, layer);
  const at = o.starts[layer]!;
  switch (o.kinds[layer]) {
    case LayerKind.LLC:
      // Where there is this header, a length stands in place of the type; or else it is too large for one.
      return lengthBehind(at, at >= 2 ? view.getUint16(at - 2) : 0);
    case LayerKind.IPV4:
      return lengthBehind(at, view.getUint16(at + TOTAL_LENGTH_AT));
    case LayerKind.IPV6:
      return lengthBehind(at + IPV6_LENGTH, view.getUint16(at + PAYLOAD_LENGTH_AT));
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function lengthBehind(at: number, length: number): number {
  return length === 0 ? Number.POSITIVE_INFINITY : at + length;
}

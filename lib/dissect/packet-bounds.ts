/** Where the packets end that layers begin, by what their headers say of it. */
import { ipv4Offsets } from "../headers/ipv4.ts";
import { LayerKind } from "../headers/layer.ts";
import type { PacketOutline } from "./outline.ts";
import { endOfContents, planOfKind } from "./parse-plan.ts";

const TOTAL_LENGTH_AT = ipv4Offsets.totalLength;

/**
 * Bytes of an IPv4 packet on the wire, header included. A total length of 0 stands for all that is left of what the packet
 * lies in: the frame, the packet around it, the datagram that was put together, or the quotation.
 *
 * @param layer index of its header, of which 4 bytes at least are there
 */
export function lengthOfIpv4(o: PacketOutline, layer: number): number {
  const at = o.starts[layer]!;
  return viewOf(o, layer).getUint16(at + TOTAL_LENGTH_AT) || Math.max(0, endAround(o, layer) - at);
}

/** The memory that a layer stands in. */
export function viewOf(o: PacketOutline, layer: number): DataView {
  return layer >= o.datagramLayer ? o.transportView : o.view;
}

/** Where that ends on the wire which the layer lies in. */
export function endAround(o: PacketOutline, layer: number): number {
  const isInDatagram = layer >= o.datagramLayer;
  let end = isInDatagram ? o.datagram.length : o.wireEnd;
  for (let outer = isInDatagram ? o.datagramLayer : 0; outer < layer; outer++) end = Math.min(end, endOf(o, outer));
  return end;
}

/** Where a layer says that the packet ends which it begins. A length of 0 stands for all that there is. */
function endOf(o: PacketOutline, layer: number): number {
  const view = viewOf(o, layer);
  const at = o.starts[layer]!;
  if (o.kinds[layer] === LayerKind.LLC) {
    // Where there is this header, a length stands in place of the type; or else it is too large for one.
    const length = at >= 2 ? view.getUint16(at - 2) : 0;
    return length === 0 ? Number.POSITIVE_INFINITY : at + length;
  }
  const plan = planOfKind(o.kinds[layer]!);
  const end = plan && endOfContents(plan, view, at, o.ends[layer]!);
  return end === undefined || end === at || end === o.ends[layer] ? Number.POSITIVE_INFINITY : end;
}

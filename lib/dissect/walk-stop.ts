import { CAPTURED_LENGTH } from "../core/errors.ts";
import type { LayerKind } from "./layer-kinds.ts";
import type { PacketOutline } from "./outline.ts";
import { StoppedAt } from "./stopped-at.ts";

/**
 * Ends the walk at a header that is not all there. What there is of it becomes the last layer.
 *
 * @param kind of the layer that is too short
 * @param wireEnd where the packet ends by its own account
 */
export function stopForLength(
  o: PacketOutline,
  kind: LayerKind,
  layer: string,
  at: number,
  end: number,
  wireEnd: number,
  needed: number,
): void {
  const limitedBy = wireEnd > end ? CAPTURED_LENGTH : "the length that the packet gives";
  const available = Math.max(0, end - at);
  o.stopped = new StoppedAt("TRUNCATED", { layer, offset: offsetOf(o, at), needed, available, limitedBy });
  if (available > 0) o.addLayer(kind, at, at + available);
  o.payloadAt = at + available;
  o.payloadEnd = at + available;
  o.payloadLength = 0;
}

/** Ends the walk at a field that cannot be. What follows is payload that nobody understands. */
export function stopForField(o: PacketOutline, layer: string, at: number, end: number, problem: string): void {
  o.stopped = new StoppedAt("BAD_FIELD", { layer, offset: offsetOf(o, at), problem });
  o.payloadEnd = Math.max(o.payloadAt, end);
}

/** Offsets count from the start of the frame, or of the datagram that was put together. */
export function offsetOf(o: PacketOutline, at: number): number {
  return o.layerCount >= o.datagramLayer ? at : at - o.start;
}

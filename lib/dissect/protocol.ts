import { LayerKind } from "./layer-kinds.ts";
import type { PacketOutline } from "./outline.ts";

const NAMES: ReadonlyMap<number, string> = new Map([
  [LayerKind.TCP, "TCP"],
  [LayerKind.UDP, "UDP"],
  [LayerKind.ICMP, "ICMP"],
  [LayerKind.ICMPV6, "ICMPv6"],
  [LayerKind.ARP, "ARP"],
  [LayerKind.IPV4, "IPv4"],
  [LayerKind.IPV6, "IPv6"],
  [LayerKind.ETHERNET, "Ethernet"],
  [LayerKind.SLL, "SLL"],
  [LayerKind.SLL2, "SLL2"],
  [LayerKind.NULL, "Null"],
  [LayerKind.LOOP, "Loop"],
]);

/** The name of the innermost protocol that was understood, up to the transport: "TCP", "ARP", "IPv6". */
export function protocolName(outline: PacketOutline): string {
  if (outline.transport !== 0) return NAMES.get(outline.transport)!;
  if (outline.ipVersion !== 0) return outline.ipVersion === 4 ? "IPv4" : "IPv6";
  for (let index = outline.layerCount - 1; index >= 0; index--) {
    const name = NAMES.get(outline.kinds[index]!);
    if (name !== undefined) return name;
  }
  return "unknown";
}

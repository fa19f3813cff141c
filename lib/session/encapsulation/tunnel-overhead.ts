/** How much a tunnel makes packets longer: apart from what writes its headers, which most sessions do without. */
import {
  ETHERNET_HEADER_LENGTH,
  GRE_HEADER_LENGTH,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  UDP_HEADER_LENGTH,
  VXLAN_HEADER_LENGTH,
} from "../../headers/header-lengths.ts";

/** Bytes of one packet that a tunnel adds between the outer IP header's first byte and the inner one's. */
export function tunnelOverhead(tunnel: { readonly kind: "gre" | "vxlan"; readonly isIpv4: boolean }): number {
  const ipLength = tunnel.isIpv4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  if (tunnel.kind === "gre") return ipLength + GRE_HEADER_LENGTH;
  return ipLength + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
}

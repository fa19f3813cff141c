import type { DnsDialect } from "./fields/dns.ts";

export const DNS_PORT = 53;

/** DNS, multicast DNS (RFC 6762), and link-local name resolution (RFC 4795): the same messages on other ports. */
export const DNS_DIALECTS: ReadonlyMap<number, DnsDialect> = new Map([
  [DNS_PORT, "dns"],
  [5353, "mdns"],
  [5355, "llmnr"],
]);

/** Whether one of a packet's ports is that of DNS. */
export function isOnDnsPort(packet: { readonly sourcePort: number; readonly destinationPort: number }): boolean {
  return packet.sourcePort === DNS_PORT || packet.destinationPort === DNS_PORT;
}

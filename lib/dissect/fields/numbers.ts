/** Names of numbers that announce what follows: EtherTypes, and IP protocol numbers (IANA's registries). */
import { hex } from "./text.ts";

export const ETHER_TYPES: Readonly<Record<number, string>> = {
  2048: "IPv4",
  2054: "ARP",
  33024: "802.1Q Virtual LAN",
  34525: "IPv6",
  34915: "PPPoE Discovery",
  34916: "PPPoE Session",
  34887: "MPLS label switched packet",
  34984: "802.1ad Provider Bridge (Q-in-Q)",
  35020: "802.1 Link Layer Discovery Protocol (LLDP)",
  37120: "QinQ (deprecated)",
};

export function etherTypeText(type: number): string {
  return `${ETHER_TYPES[type] ?? "Unknown"} (${hex(type, 2)})`;
}

export const IP_PROTOCOLS: Readonly<Record<number, string>> = {
  0: "IPv6 Hop-by-Hop Option",
  1: "ICMP",
  2: "IGMP",
  4: "IPIP",
  6: "TCP",
  17: "UDP",
  41: "IPv6",
  43: "Routing Header for IPv6",
  44: "Fragment Header for IPv6",
  47: "Generic Routing Encapsulation",
  50: "Encap Security Payload",
  51: "Authentication Header",
  58: "ICMPv6",
  59: "No Next Header for IPv6",
  60: "Destination Options for IPv6",
  89: "OSPF IGP",
  103: "PIM",
  112: "VRRP",
  132: "SCTP",
  136: "UDPlite",
};

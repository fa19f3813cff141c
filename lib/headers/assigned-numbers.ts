/**
 * Numbers that more than one header holds, with their names: link types, EtherTypes, IP protocol numbers, and the code points
 * of the byte that both versions of IP have for traffic classes; and the ways to write such values down.
 */

/** Numbers that say how a captured frame begins (the LINKTYPE registry of the capture file formats). */
export const LinkType = {
  /** BSD loopback: four bytes of address family in the byte order of the machine that captured. */
  NULL: 0,
  ETHERNET: 1,
  /** Raw IP as some systems number it in files of their own; what the registry has for it is RAW. */
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  /** No link layer: the frame begins with its IP header. */
  RAW: 101,
  /** OpenBSD loopback: as NULL, always in network byte order. */
  LOOP: 108,
  /** Linux "cooked" captures, from all interfaces at once. */
  LINUX_SLL: 113,
  /** No link layer, and IPv4 only. */
  IPV4: 228,
  /** No link layer, and IPv6 only. */
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

export type LinkType = (typeof LinkType)[keyof typeof LinkType];

/** A tag in which 0 stands says no VLAN, but a priority; 4095 is reserved, and is not to be sent (IEEE 802.1Q, table 9-2). */
export const LARGEST_VLAN = 4094;

/** The values of `etherType` that have a name here. Others pass through; below 0x0600 they are IEEE 802.3 lengths. */
export const EtherType = {
  IPV4: 0x0800,
  ARP: 0x0806,
  /** A whole Ethernet frame, inside of something else. */
  ETHERNET: 0x6558,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  MPLS: 0x8847,
  MPLS_MULTICAST: 0x8848,
  /** IEEE 802.1ad, around another tag. */
  PROVIDER_VLAN: 0x88a8,
  /** What was used for that before. */
  OLD_PROVIDER_VLAN: 0x9100,
} as const;

/** The values of `protocol` that have a name here, and their names are IANA's. Others pass through. */
export const IpProtocol = {
  IPV6_HOP_BY_HOP: 0,
  ICMP: 1,
  IGMP: 2,
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  IPV6_ROUTING: 43,
  IPV6_FRAGMENT: 44,
  GRE: 47,
  AUTHENTICATION: 51,
  IPV6_ICMP: 58,
  IPV6_DESTINATION: 60,
  SCTP: 132,
  UDP_LITE: 136,
} as const;

export const DHCP_PORTS = { server: 67, client: 68 } as const;

/** Numbers of address families: IPv4 has the same everywhere, IPv6 has not. Others pass through. */
export const AddressFamily = {
  IPV4: 2,
  IPV6_LINUX: 10,
  IPV6_BSD: 24,
  IPV6_FREEBSD: 28,
  IPV6_DARWIN: 30,
} as const;

/** Protocols of PPP (RFC 1661, section 2): those of IPv4 (RFC 1332) and IPv6 (RFC 5072). Others pass through. */
export const PppProtocol = { IPV4: 0x0021, IPV6: 0x0057 } as const;

/** For what has no number: IANA's for experiments (RFC 3692), and IEEE's local one (IEEE 802, clause 9.2.4). */
export const EXPERIMENTAL_PROTOCOL = 253;
export const EXPERIMENTAL_ETHER_TYPE = 0x88b5;

const ETHER_TYPES: Readonly<Record<number, string>> = {
  [EtherType.IPV4]: "IPv4",
  [EtherType.ARP]: "ARP",
  [EtherType.VLAN]: "802.1Q Virtual LAN",
  [EtherType.IPV6]: "IPv6",
  34915: "PPPoE Discovery",
  34916: "PPPoE Session",
  34887: "MPLS label switched packet",
  [EtherType.PROVIDER_VLAN]: "802.1ad Provider Bridge (Q-in-Q)",
  35020: "802.1 Link Layer Discovery Protocol (LLDP)",
  [EtherType.OLD_PROVIDER_VLAN]: "QinQ (deprecated)",
};

export function etherTypeText(type: number): string {
  return `${ETHER_TYPES[type] ?? "Unknown"} (${hex(type, 2)})`;
}

export const IP_PROTOCOLS: Readonly<Record<number, string>> = {
  [IpProtocol.IPV6_HOP_BY_HOP]: "IPv6 Hop-by-Hop Option",
  [IpProtocol.ICMP]: "ICMP",
  [IpProtocol.IGMP]: "IGMP",
  [IpProtocol.IPV4]: "IPIP",
  [IpProtocol.TCP]: "TCP",
  [IpProtocol.UDP]: "UDP",
  [IpProtocol.IPV6]: "IPv6",
  [IpProtocol.IPV6_ROUTING]: "Routing Header for IPv6",
  [IpProtocol.IPV6_FRAGMENT]: "Fragment Header for IPv6",
  [IpProtocol.GRE]: "Generic Routing Encapsulation",
  50: "Encap Security Payload",
  [IpProtocol.AUTHENTICATION]: "Authentication Header",
  [IpProtocol.IPV6_ICMP]: "ICMPv6",
  59: "No Next Header for IPv6",
  [IpProtocol.IPV6_DESTINATION]: "Destination Options for IPv6",
  89: "OSPF IGP",
  103: "PIM",
  112: "VRRP",
  [IpProtocol.SCTP]: "SCTP",
  [IpProtocol.UDP_LITE]: "UDPlite",
};

/** How a packet asks to be forwarded (RFC 2474, section 3). */
const CODE_POINTS: Readonly<Record<number, string>> = {
  0: "Default",
  1: "Lower Effort",
  8: "Class Selector 1",
  10: "Assured Forwarding 11",
  12: "Assured Forwarding 12",
  14: "Assured Forwarding 13",
  16: "Class Selector 2",
  18: "Assured Forwarding 21",
  20: "Assured Forwarding 22",
  22: "Assured Forwarding 23",
  24: "Class Selector 3",
  26: "Assured Forwarding 31",
  28: "Assured Forwarding 32",
  30: "Assured Forwarding 33",
  32: "Class Selector 4",
  34: "Assured Forwarding 41",
  36: "Assured Forwarding 42",
  38: "Assured Forwarding 43",
  40: "Class Selector 5",
  44: "Voice Admit",
  46: "Expedited Forwarding",
  48: "Class Selector 6",
  56: "Class Selector 7",
};

/** How congestion is reported (RFC 3168, section 5). */
const CONGESTION: Readonly<Record<number, string>> = {
  0: "Not ECN-Capable Transport",
  1: "ECN-Capable Transport codepoint '01'",
  2: "ECN-Capable Transport codepoint '10'",
  3: "Congestion Experienced",
};

const CONGESTION_MEANINGS: Readonly<Record<number, string>> = {
  0: "the sender does not want to be told of congestion in this way",
  1: "the sender can be told of congestion without a packet being dropped",
  2: "the sender can be told of congestion without a packet being dropped",
  3: "a router on the way had more packets than it could send on",
};

/** What a time to live or a hop limit means: the router that takes off the last one drops the packet (RFC 1812, section 5.3.1). */
export function hopsMeaning(value: number): string {
  if (value <= 1) return "no router passes the packet on: the next one drops it, since each takes one off";
  const routers = value === 2 ? "1 more router passes" : `${value - 1} more routers pass`;
  return `at most ${routers} the packet on: each takes one off, and who gets to 0 drops it`;
}

export const codePointText = (value: number): string => named(CODE_POINTS, value);
export const congestionText = (value: number): string => named(CONGESTION, value);
export const congestionMeaning = (value: number): string | undefined => CONGESTION_MEANINGS[value];

/** 0x and as many digits as the bytes have: `hex(0x1c46, 2)` is "0x1c46". */
export function hex(value: number, bytes: number): string {
  return `0x${value.toString(16).padStart(2 * bytes, "0")}`;
}

/** "0x1c46 (7238)" */
export function hexAndDecimal(value: number, bytes: number): string {
  return `${hex(value, bytes)} (${value})`;
}

/** "1460 bytes" */
export function inBytes(count: number): string {
  return `${count} ${count === 1 ? "byte" : "bytes"}`;
}

/** The name that a table has for a number, with the number: "TCP (6)". */
export function named(names: Readonly<Record<number, string>>, value: number, otherwise = "Unknown"): string {
  return `${names[value] ?? otherwise} (${value})`;
}

/** The name that a code has within its type, with the code; only that, where no code of the type has one. */
export function codeText(
  names: Readonly<Record<number, Readonly<Record<number, string>>>>,
  type: number,
  code: number,
): string {
  const codes = names[type];
  return codes === undefined ? String(code) : named(codes, code);
}

export const SET_OR_NOT = (isSet: boolean): string => (isSet ? "Set" : "Not set");

const MOST_SHOWN = 24;

/** The bytes in hexadecimal; of many only the first. */
export function bytesText(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, MOST_SHOWN), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return bytes.length > MOST_SHOWN ? `${shown}…` : shown;
}

/** Each byte as the character of that number: never fails, and every character stands for one byte. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  let at = start;
  // Eight at a time: every piece that is appended leaves an object behind.
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      bytes[at]!,
      bytes[at + 1]!,
      bytes[at + 2]!,
      bytes[at + 3]!,
      bytes[at + 4]!,
      bytes[at + 5]!,
      bytes[at + 6]!,
      bytes[at + 7]!,
    );
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

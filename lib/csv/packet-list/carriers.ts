/** What carries a protocol that Wireshark names in its list: TCP, UDP, or neither. */

export type Carrier = "tcp" | "udp" | "arp" | "icmp" | "icmpv6" | "neither";

const TCP = words(
  "AMQP BGP BITTORRENT CHAT DCERPC ESMTP FTP FTP-DATA GOPHER GRPC HTTP HTTP2 HTTPS IMAP IMF IRC LDAP MODBUS/TCP MONGO MQTT " +
    "MYSQL NBSS OCSP PGSQL POP POP3 RDP REDIS RTMP RTSP SMB SMB2 SMTP SSH SSL TCP TDS TELNET TLS TPKT VNC WEBSOCKET XMPP",
);
const UDP = words(
  "BOOTP BROWSER COAP DHCP DHCPV6 DNS DTLS GQUIC ISAKMP L2TP LLMNR MDNS NBDS NBNS NTP QUIC RADIUS RIP RTCP RTP SIP SNMP SSDP " +
    "STUN SYSLOG TFTP UDP VXLAN WIREGUARD",
);
/** Protocols of their own above IP or Ethernet, so that neither TCP nor UDP could have carried them. */
const NEITHER = words(
  "802.11 AH CARP CDP DCCP DTP EAP EAPOL EGP EIGRP ESP GRE IGMP IPCP ISIS LACP LCP LLC LLDP LOOP MPLS OSPF PIM PPP PTPV2 RARP " +
    "RSVP SCTP SLL STP UDP-LITE UDPLITE VRRP VTP",
);
const LONE: ReadonlyMap<string, Carrier> = new Map([
  ["ARP", "arp"],
  ["ICMP", "icmp"],
  ["ICMPV4", "icmp"],
  ["PING", "icmp"],
  ["ICMPV6", "icmpv6"],
  ["ICMP6", "icmpv6"],
]);

/** The port at which a protocol is served over UDP, for those that have no other place where it is written. */
export const UDP_SERVICES: ReadonlyMap<string, number> = new Map([
  ["DNS", 53],
  ["DHCP", 67],
  ["BOOTP", 67],
  ["TFTP", 69],
  ["NTP", 123],
  ["NBNS", 137],
  ["NBDS", 138],
  ["BROWSER", 138],
  ["SNMP", 161],
  ["QUIC", 443],
  ["GQUIC", 443],
  ["DTLS", 443],
  ["ISAKMP", 500],
  ["SYSLOG", 514],
  ["RIP", 520],
  ["DHCPV6", 547],
  ["L2TP", 1701],
  ["RADIUS", 1812],
  ["VXLAN", 4789],
  ["WIREGUARD", 51_820],
  ["SSDP", 1900],
  ["STUN", 3478],
  ["SIP", 5060],
  ["MDNS", 5353],
  ["LLMNR", 5355],
  ["COAP", 5683],
  ["RTP", 5004],
  ["RTCP", 5005],
]);

/** The ports at which a protocol is usually served over TCP. */
export const TCP_SERVICES: ReadonlyMap<string, readonly number[]> = new Map([
  ["HTTP", [80, 8080, 8000, 8008, 8888, 3000, 5000]],
  ["WEBSOCKET", [80, 8080, 443]],
  ["TLS", [443, 8443, 993, 995, 465, 853, 8883, 5061]],
  ["HTTP2", [443, 80]],
  ["SSH", [22]],
  ["TELNET", [23]],
  ["FTP", [21]],
  ["FTP-DATA", [20]],
  ["SMTP", [25, 587]],
  ["IMF", [25, 587]],
  ["DNS", [53]],
  ["POP", [110]],
  ["IMAP", [143]],
  ["BGP", [179]],
  ["LDAP", [389]],
  ["SMB", [445, 139]],
  ["SMB2", [445, 139]],
  ["NBSS", [139, 445]],
  ["RTSP", [554]],
  ["TDS", [1433]],
  ["MQTT", [1883]],
  ["MYSQL", [3306]],
  ["RDP", [3389]],
  ["PGSQL", [5432]],
]);

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}

/** The protocol's name without its version: TLS for `TLSv1.2`, HTTP for `HTTP/XML`. */
export function bareProtocol(name: string): string {
  const capitals = name.trim().toUpperCase();
  if (/^(?:TLS|SSL)/.test(capitals)) return "TLS";
  if (/^(?:SSH|IGMP|OSPF|VRRP|EIGRP|HSRP|RIP|STP|SNMP)V?\d/.test(capitals)) return capitals.replace(/V?\d.*$/, "");
  if (/^HTTP\/(?!2)/.test(capitals)) return "HTTP";
  return capitals;
}

/** @returns undefined for a protocol that nobody here has heard of */
export function carrierOf(name: string): Carrier | undefined {
  const protocol = bareProtocol(name);
  const lone = LONE.get(protocol);
  if (lone !== undefined) return lone;
  if (TCP.has(protocol)) return "tcp";
  if (UDP.has(protocol)) return "udp";
  // Frames of 802.11, and types of Ethernet without a name.
  return NEITHER.has(protocol) || /^0X[0-9A-F]{4}$/.test(protocol) ? "neither" : undefined;
}

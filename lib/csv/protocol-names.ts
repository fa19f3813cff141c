/** What the names of protocols say: which application's it is, and what carries it. */

/** What carries a protocol. */
export type Transport = "tcp" | "udp";

/** What carries a protocol that Wireshark names in its list. */
export type Carrier = Transport | "arp" | "icmp" | "icmpv6" | "neither";

/** Protocols that have a port of their own over TCP. */
const STREAM_PROTOCOLS = words("CHAT FTP HTTP HTTPS MQTT SMTP TLS WEBSOCKET");

const DATAGRAM_PROTOCOLS = words(
  "BOOTP COAP DHCP DNS LLMNR MDNS NTP QUIC RADIUS RIP RTCP RTP SNMP SSDP STUN SYSLOG TFTP UDP",
);

/** Protocols for which both transports are defined, so that a row can say which one it means. */
const OVER_EITHER = words("COAP DNS LLMNR RADIUS RTCP RTP SIP SNMP STUN SYSLOG");

const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["6", "TCP"],
  ["TCP4", "TCP"],
  ["TCP6", "TCP"],
  ["TCPV4", "TCP"],
  ["TCPV6", "TCP"],
  ["17", "UDP"],
  ["UDP4", "UDP"],
  ["UDP6", "UDP"],
  ["UDPV4", "UDP"],
  ["UDPV6", "UDP"],
  ["DHCPV4", "DHCP"],
  ["ESMTP", "SMTP"],
  ["REST", "HTTP"],
  ["SSL", "TLS"],
  ["SSLV2", "TLS"],
  ["SSLV3", "TLS"],
  ["TLSV1", "TLS"],
  ["WS", "WEBSOCKET"],
]);

/** What Wireshark's list calls protocols over TCP ... */
const TCP = words(
  "AMQP BGP BITTORRENT CHAT DCERPC ESMTP FTP FTP-DATA GOPHER GRPC HTTP HTTP2 HTTPS IMAP IMF IRC LDAP MODBUS/TCP MONGO MQTT " +
    "MYSQL NBSS OCSP PGSQL POP POP3 RDP REDIS RTMP RTSP SMB SMB2 SMTP SSH SSL TCP TDS TELNET TLS TPKT VNC WEBSOCKET XMPP",
);
/** ... and over UDP: there, names mean what they usually do. */
const UDP: ReadonlySet<string> = new Set([
  ...DATAGRAM_PROTOCOLS,
  ...words("BROWSER DHCPV6 DTLS GQUIC ISAKMP L2TP NBDS NBNS SIP VXLAN WIREGUARD"),
]);
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

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}

interface ProtocolName {
  readonly name: string;
  readonly word: string;
  readonly transport: Transport;
}

/** A file with more protocols than this only takes longer. */
const MOST_NAMES = 1024;
/**
 * Kept for the whole program, because a name comes again in every row and is asked about in several places: a name always
 * means the same, so nobody can tell whether it was kept.
 */
const known = new Map<string, ProtocolName>();
let latest: ProtocolName = describe("");

function protocolNamed(name: string): ProtocolName {
  if (name !== latest.name) latest = known.get(name) ?? remember(describe(name));
  return latest;
}

function remember(described: ProtocolName): ProtocolName {
  if (known.size >= MOST_NAMES) known.clear();
  known.set(described.name, described);
  return described;
}

function describe(name: string): ProtocolName {
  const word = findLeadingWord(name);
  return { name, word, transport: transportNamed(name, word) ?? (DATAGRAM_PROTOCOLS.has(word) ? "udp" : "tcp") };
}

/** As in `DNS over TCP` or `SYSLOG/UDP`. */
function transportNamed(protocol: string, word: string): Transport | undefined {
  const named = OVER_EITHER.has(word) ? /[ /:(_-](TCP|UDP)\b/i.exec(protocol)?.[1] : undefined;
  return named === undefined ? undefined : named.toUpperCase() === "TCP" ? "tcp" : "udp";
}

function findLeadingWord(protocol: string): string {
  const name = protocol.trim().toUpperCase();
  // The data connection of FTP carries files, not commands.
  if (name === "FTP-DATA") return name;
  const word = /^[^ \t/:._(),;|+-]+/.exec(name)?.[0] ?? name;
  return OTHER_NAMES.get(word) ?? word;
}

/** The protocol's own name, in capitals: HTTP for `http/1.1` and `HTTP/XML`. */
export function leadingWord(protocol: string): string {
  return protocolNamed(protocol).word;
}

export function transportOf(protocol: string): Transport {
  return protocolNamed(protocol).transport;
}

/** Whether a name says itself that UDP carries it: `UDP`, `17` or `DNS over UDP`, where `DNS` says nothing. */
export function isNamedUdp(protocol: string): boolean {
  const word = leadingWord(protocol);
  return word === "UDP" || transportNamed(protocol, word) === "udp";
}

/** Whether a protocol is defined over TCP and over UDP. */
export function runsOverEither(protocol: string): boolean {
  return OVER_EITHER.has(leadingWord(protocol));
}

/** Whether a text is the name of a protocol that is known here. */
export function isProtocolName(text: string): boolean {
  const word = leadingWord(text);
  return word === "TCP" || STREAM_PROTOCOLS.has(word) || DATAGRAM_PROTOCOLS.has(word);
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

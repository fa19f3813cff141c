/** Which ports an application protocol uses, where the input does not say. */
import { leadingWord, type Transport } from "../csv/protocol-names.ts";
import { DHCP_PORTS } from "../headers/assigned-numbers.ts";

/** Served over UDP, whatever the table. */
const DATAGRAM_SERVICES: readonly (readonly [string, number])[] = [
  ["DNS", 53],
  ["BOOTP", DHCP_PORTS.server],
  ["DHCP", DHCP_PORTS.server],
  ["TFTP", 69],
  ["NTP", 123],
  ["SNMP", 161],
  ["QUIC", 443],
  ["SYSLOG", 514],
];

const SERVICE_PORTS: ReadonlyMap<string, number> = new Map([
  ...DATAGRAM_SERVICES,
  ["FTP", 21],
  ["SMTP", 25],
  ["HTTP", 80],
  ["WEBSOCKET", 80],
  ["HTTPS", 443],
  ["TLS", 443],
  ["MQTT", 1883],
  ["CHAT", 12_345],
]);

/** The port at which Wireshark finds a protocol over UDP. */
export const UDP_SERVICES: ReadonlyMap<string, number> = new Map([
  ...DATAGRAM_SERVICES,
  ["NBNS", 137],
  ["NBDS", 138],
  ["BROWSER", 138],
  ["GQUIC", 443],
  ["DTLS", 443],
  ["ISAKMP", 500],
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

/** For protocols without a port of their own. */
const OTHER_SERVICE_PORT = 9999;

/** Registered for syslog over connections (RFC 3195). */
const SYSLOG_CONNECTION_PORT = 601;

/** For text that no protocol claims: nothing is known to listen on this port, over TCP or UDP, and no range begins near. */
export const UNCLAIMED_PORT: number = 46_464;

/** @param transport where it is not the protocol's own */
export function servicePortOf(protocol: string, transport?: Transport): number {
  const word = leadingWord(protocol);
  // The port of SYSLOG is another service's over TCP.
  if (transport === "tcp" && word === "SYSLOG") return SYSLOG_CONNECTION_PORT;
  return SERVICE_PORTS.get(word) ?? OTHER_SERVICE_PORT;
}

/** Above the ports that the system keeps for services: ports that are known for theirs. */
const SERVICES_ABOVE: ReadonlySet<number> = ports(
  "1080 1433 1521 1723 1883 2049 3128 3306 3389 5060 5061 5222 5353 5432 5672 5900 6379 6667 8000 8008 8080 8081 8443 " +
    "8883 8888 9042 9092 9200 11211 25565 27017",
);

/** Whether a port is known to be a service's. */
export function isServicePort(port: number): boolean {
  return port < 1024 || SERVICES_ABOVE.has(port);
}

/** The port of the client, for protocols that do not leave it to chance. */
export function clientPortOf(protocol: string): number | undefined {
  const word = leadingWord(protocol);
  return word === "DHCP" || word === "BOOTP" ? DHCP_PORTS.client : undefined;
}

/**
 * Service ports on which Wireshark 4.0 calls plain text malformed, or warns of it: found by sending it texts in several
 * languages to each port that one of its dissectors claims. HTTPS is among them because HTTP in the clear is warned of.
 */
const REFUSING_TEXT: Readonly<Record<Transport, ReadonlySet<number>>> = {
  tcp: ports(
    "22 37 53 123 161 162 199 389 443 500 524 548 639 873 925 988 1102 1153 1344 1521 1723 1861 1883 1998 2123 " +
      "2152 2269 2321 2322 2571 2812 2944 3268 3357 3386 3452 3632 3863 4223 4224 4321 4369 4551 4555 4556 5010 " +
      "5094 5253 5353 5555 5683 6160 6666 6667 6668 7911 8023 8085 9300 9600 9956 13400 20256 22222 29418 34980 " +
      "48049 48898 57000",
  ),
  udp: ports(
    "37 49 53 67 68 69 88 123 137 138 173 177 213 269 319 320 389 427 434 464 496 500 513 520 521 524 525 546 547 " +
      "631 664 701 854 910 921 925 1001 1113 1153 1194 1293 1628 1629 1645 1646 1700 1701 1718 1719 1745 1755 1812 " +
      "1813 1900 2048 2055 2067 2123 2152 2222 2246 2268 2269 2313 2345 2428 2944 2945 2948 3130 3250 3343 3357 " +
      "3386 3389 3452 3455 3544 3671 3784 3799 3804 3863 4000 4306 4307 4341 4342 4500 4533 4534 4551 4555 4569 " +
      "4729 4739 4754 4784 4789 4790 4791 4991 5001 5031 5072 5094 5246 5247 5353 5355 5436 5683 6073 6081 6118 " +
      "6160 6343 6635 6784 6970 7074 7255 7275 7784 8200 8211 8600 8611 8612 8613 8614 8767 8805 8848 9200 9201 " +
      "9214 9875 9899 9901 9956 9996 10253 11273 12000 12001 12002 12003 12004 12220 12222 12223 13400 17220 17755 " +
      "17756 18246 19132 22222 23272 24576 24577 25826 26000 27500 27910 27950 27951 27952 27953 27960 27961 27962 " +
      "27963 30030 32000 32512 34962 34980 37008 41170 44818 47000 54328",
  ),
};

function ports(list: string): ReadonlySet<number> {
  return new Set(list.split(" ").map(Number));
}

/** Whether plain text on this port would be called malformed, or be warned of. */
export function refusesText(transport: Transport, port: number): boolean {
  return REFUSING_TEXT[transport].has(port);
}

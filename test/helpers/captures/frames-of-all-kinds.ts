/** Frames with at least one of everything that the view of fields tells apart, by the link types they are captured with. */
import * as dnsPacket from "dns-packet";
import {
  finishChecksum,
  internetChecksum,
  ipv4PseudoHeaderSum,
  ipv6PseudoHeaderSum,
  sumBytes,
} from "../../../lib/core/checksum.ts";
import { parseIpv4, parseIpv6 } from "../../../lib/headers/address.ts";
import { encodeFrame, type Frame } from "../../../lib/headers/frame.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";

export interface NamedFrame {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const bytesOf = (...parts: (string | Uint8Array)[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) => (typeof part === "string" ? Buffer.from(part.replaceAll(" ", ""), "hex") : part)),
    ),
  );

const text = (words: string) => new TextEncoder().encode(words);

const ethernet = { destination: 0x02_00_0a_00_00_02, source: 0x02_00_0a_00_00_01 };
const SOURCE = parseIpv4("10.0.0.1");
const DESTINATION = parseIpv4("10.0.0.2");
const ipv4 = { source: SOURCE, destination: DESTINATION, identification: 0x1234, dontFragment: true };
const SOURCE_6 = parseIpv6("2001:db8::1");
const DESTINATION_6 = parseIpv6("2001:db8::2");
const ipv6 = { source: SOURCE_6, destination: DESTINATION_6, trafficClass: 0xb9, flowLabel: 0x12345 };
const FIRST_PORT = 49_152;
let ports = FIRST_PORT;
/** Each from a port of its own, so that no frame is taken for a repetition of another. */
const tcp = {
  get sourcePort() {
    return ports++;
  },
  destinationPort: 9999,
  sequenceNumber: 1000,
  acknowledgmentNumber: 2000,
  flags: TcpFlag.ACK,
};
const MACS = "02000a000002 02000a000001";

const framed = (frame: Frame) => encodeFrame({ ethernet, ...frame });
const overIpv4 = (protocol: number, payload: Uint8Array) => framed({ ipv4: { ...ipv4, protocol }, payload });

/** With its checksum, at byte 2, over itself. */
function icmp(...parts: (string | Uint8Array)[]): Uint8Array {
  const message = bytesOf(...parts);
  new DataView(message.buffer).setUint16(2, internetChecksum(message));
  return message;
}

function icmpv6(...parts: (string | Uint8Array)[]): Uint8Array {
  const message = bytesOf(...parts);
  const view = new DataView(message.buffer);
  const sum = ipv6PseudoHeaderSum(SOURCE_6, DESTINATION_6, 58, message.length);
  view.setUint16(2, finishChecksum(sumBytes(view, 0, message.length, sum)));
  return framed({ ipv6: { ...ipv6, nextHeader: 58, hopLimit: 255 }, payload: message });
}

const dnsOverUdp = (message: dnsPacket.Packet, port = 53) =>
  framed({
    ipv4,
    udp: { sourcePort: 40_000, destinationPort: port },
    payload: new Uint8Array(dnsPacket.encode(message)),
  });

const quoted = encodeFrame({
  ipv4,
  udp: { sourcePort: 5000, destinationPort: 33_434 },
  payload: text("probe of the way"),
});
const quotedTcp = encodeFrame({ ipv4, tcp: { sourcePort: 5000, destinationPort: 80 } }).subarray(0, 28);
const quoted6 = encodeFrame({ ipv6, udp: { sourcePort: 5000, destinationPort: 33_434 }, payload: text("probe") });

/** A TCP segment whose checksum is that of a packet over IPv6, for behind extension headers. */
function segment6(): Uint8Array {
  const whole = encodeFrame({ ipv6, tcp, payload: text("behind headers") });
  return whole.subarray(40);
}

const tcpFrames = (): NamedFrame[] => [
  {
    name: "SYN with the usual options",
    bytes: framed({
      ipv4,
      tcp: {
        ...tcp,
        flags: TcpFlag.SYN,
        acknowledgmentNumber: 0,
        options: [
          { kind: "mss", value: 1460 },
          { kind: "sackPermitted" },
          { kind: "timestamps", value: 123_456, echoReply: 0 },
          { kind: "nop" },
          { kind: "windowScale", shift: 7 },
        ],
      },
    }),
  },
  {
    name: "SACK blocks, an unknown option and the end of the list",
    bytes: framed({
      ipv4,
      tcp: {
        ...tcp,
        options: [
          { kind: "nop" },
          {
            kind: "sack",
            blocks: [
              { left: 3000, right: 4000 },
              { left: 5000, right: 6000 },
            ],
          },
          { kind: "unknown", number: 200, data: bytesOf("0102 03") },
          { kind: "eol" },
        ],
      },
    }),
  },
  {
    name: "all flags",
    bytes: framed({ ipv4, tcp: { ...tcp, flags: 0x1ff, reserved: 5, urgentPointer: 7 }, payload: text("x") }),
  },
  {
    name: "data",
    bytes: framed({ ipv4, tcp: { ...tcp, flags: TcpFlag.ACK | TcpFlag.PSH }, payload: text("some data") }),
  },
  { name: "bad TCP checksum", bytes: framed({ ipv4, tcp: { ...tcp, checksum: 0x1234 }, payload: text("bad") }) },
  {
    name: "bad IPv4 checksum",
    bytes: framed({ ipv4: { ...ipv4, headerChecksum: 0x1234 }, tcp, payload: text("bad") }),
  },
  {
    name: "partial TCP checksum",
    bytes: framed({
      ipv4,
      tcp: { ...tcp, checksum: ipv4PseudoHeaderSum(SOURCE, DESTINATION, 6, 24) % 0xffff },
      payload: text("part"),
    }),
  },
  { name: "TCP over IPv6", bytes: framed({ ipv6, tcp, payload: text("six") }) },
];

const udpFrames = (): NamedFrame[] => [
  {
    name: "UDP",
    bytes: framed({ ipv4, udp: { sourcePort: 40_000, destinationPort: 9999 }, payload: text("datagram") }),
  },
  {
    name: "UDP without checksum",
    bytes: framed({ ipv4, udp: { sourcePort: 40_000, destinationPort: 9999, checksum: 0 } }),
  },
  {
    name: "bad UDP checksum",
    bytes: framed({ ipv6, udp: { sourcePort: 40_000, destinationPort: 9999, checksum: 7 }, payload: text("odd") }),
  },
];

const linkFrames = (): NamedFrame[] => {
  const packet = encodeFrame({ ipv4, udp: { sourcePort: 40_000, destinationPort: 9999 }, payload: text("tagged") });
  return [
    { name: "VLAN tag", bytes: bytesOf(MACS, "8100 b064 0800", packet) },
    { name: "two VLAN tags", bytes: bytesOf(MACS, "88a8 3123 8100 0064 0800", packet) },
    { name: "two tags of 802.1Q", bytes: bytesOf(MACS, "8100 3123 8100 0064 0800", packet) },
    { name: "802.3 with LLC", bytes: bytesOf(MACS, "0007 2222 03 0000 0203", "00".repeat(39)) },
    { name: "unknown EtherType", bytes: bytesOf(MACS, "1234 0102030405") },
    { name: "group address", bytes: bytesOf("ffffffffffff 00163e000001 1234 0102030405") },
    { name: "padding", bytes: framed({ ipv4, tcp, trailer: new Uint8Array(6) }) },
    { name: "trailer", bytes: framed({ ipv4, tcp, payload: text("more than enough"), trailer: bytesOf("010203") }) },
  ];
};

const arpFrames = (): NamedFrame[] => {
  const arp = (opcode: string, sender: string, target: string) =>
    bytesOf(MACS, "0806 0001 0800 06 04", opcode, "02000a000001", sender, "000000000000", target, "00".repeat(18));
  return [
    { name: "ARP request", bytes: arp("0001", "0a000001", "0a000002") },
    { name: "ARP reply", bytes: arp("0002", "0a000001", "0a000002") },
    { name: "ARP probe", bytes: arp("0001", "00000000", "0a000002") },
    { name: "ARP announcement", bytes: arp("0001", "0a000001", "0a000001") },
    { name: "gratuitous ARP", bytes: arp("0002", "0a000001", "0a000001") },
    { name: "ARP of other networks", bytes: bytesOf(MACS, "0806 0006 1234 02 03 0001 0102 010203 0304 040506") },
  ];
};

const ipv4Frames = (): NamedFrame[] => {
  const withOptions = (options: string) =>
    framed({ ipv4: { ...ipv4, options: bytesOf(options) }, tcp, payload: text("options") });
  return [
    { name: "router alert", bytes: withOptions("94040000") },
    { name: "record route", bytes: withOptions("01 07 0b 08 0a000003 00000000") },
    { name: "loose source route", bytes: withOptions("83 0b 08 0a000003 0a000004 00") },
    { name: "strict source route", bytes: withOptions("89 0b 04 0a000003 0a000004 00") },
    { name: "time stamps", bytes: withOptions("44 0c 09 10 00000001 00000002") },
    { name: "time stamps with addresses", bytes: withOptions("44 0c 0d 01 0a000003 00000002") },
    { name: "no operation and end", bytes: withOptions("01 01 00 00") },
    { name: "differentiated services", bytes: framed({ ipv4: { ...ipv4, typeOfService: 0xbb }, tcp }) },
    {
      name: "last fragment",
      bytes: framed({
        ipv4: { ...ipv4, dontFragment: false, fragmentOffset: 185, protocol: 17 },
        payload: text("rest"),
      }),
    },
    {
      name: "middle fragment",
      bytes: framed({
        ipv4: { ...ipv4, dontFragment: false, moreFragments: true, fragmentOffset: 3, protocol: 17 },
        payload: text("rest...."),
      }),
    },
  ];
};

const ipv6Frames = (): NamedFrame[] => {
  const carrying = (nextHeader: number, ...parts: (string | Uint8Array)[]) =>
    framed({ ipv6: { ...ipv6, nextHeader }, payload: bytesOf(...parts) });
  return [
    { name: "hop-by-hop router alert", bytes: carrying(0, "06 00 0502 0000 0100", segment6()) },
    { name: "destination options", bytes: carrying(60, "06 01 0401 07 00 3b08 0102030405060708", segment6()) },
    { name: "padding of options", bytes: carrying(60, "06 00 0104 00000000", segment6()) },
    { name: "routing of type 4", bytes: carrying(43, "06 00 fd00 01020304", segment6()) },
    { name: "atomic fragment", bytes: carrying(44, "06 00 0000 00001234", segment6()) },
    {
      name: "authentication",
      bytes: carrying(51, "06 04 0000 00000100 00000007 0102030405060708090a0b0c", segment6()),
    },
    { name: "no next header", bytes: carrying(59, "0102") },
  ];
};

const icmpFrames = (): NamedFrame[] => [
  { name: "echo", bytes: overIpv4(1, icmp("0800 0000 1234 0001", text("abcdefghijklmnopqrstuvwabcdefghi"))) },
  { name: "port unreachable", bytes: overIpv4(1, icmp("0303 0000 00000000", quoted)) },
  { name: "fragmentation needed", bytes: overIpv4(1, icmp("0304 0000 0000 0578", quotedTcp)) },
  { name: "time exceeded", bytes: overIpv4(1, icmp("0b00 0000 00000000", quoted)) },
  { name: "redirect", bytes: overIpv4(1, icmp("0501 0000 0a000009", quoted)) },
  { name: "parameter problem", bytes: overIpv4(1, icmp("0c00 0000 09000000", quoted)) },
  { name: "timestamp request", bytes: overIpv4(1, icmp("0d00 0000 1234 0001 00000001 00000002 00000003")) },
  { name: "bad ICMP checksum", bytes: overIpv4(1, bytesOf("0800 0102 1234 0001")) },
];

const icmpv6Frames = (): NamedFrame[] => {
  const address = "20010db8000000000000000000000007";
  const prefixOption = "0304 40c0 00015180 00003840 00000000 20010db8000000000000000000000000";
  return [
    { name: "echo over IPv6", bytes: icmpv6("8000 0000 1234 0001", text("abcdefgh")) },
    { name: "unreachable over IPv6", bytes: icmpv6("0104 0000 00000000", quoted6) },
    { name: "packet too big", bytes: icmpv6("0200 0000 00000500", quoted6) },
    { name: "time exceeded over IPv6", bytes: icmpv6("0300 0000 00000000", quoted6) },
    { name: "parameter problem over IPv6", bytes: icmpv6("0401 0000 00000006", quoted6) },
    { name: "router solicitation", bytes: icmpv6("8500 0000 00000000 0101 02000a000001") },
    {
      name: "router advertisement",
      bytes: icmpv6(
        "8600 0000 40 c8 0708 00000000 00000000 0101 02000a000001 0501 0000 000005dc",
        prefixOption,
        `1903 0000 00000e10 ${address}`,
      ),
    },
    { name: "neighbour solicitation", bytes: icmpv6("8700 0000 00000000", address, "0101 02000a000001") },
    { name: "neighbour advertisement", bytes: icmpv6("8800 0000 60000000", address, "0201 02000a000001") },
    { name: "redirect over IPv6", bytes: icmpv6("8900 0000 00000000", address, address, "0201 02000a000001") },
  ];
};

const dnsFrames = (): NamedFrame[] => {
  const questions: dnsPacket.Question[] = [{ type: "A", name: "tea.example", class: "IN" }];
  const name = "tea.example";
  const response: dnsPacket.Packet = {
    type: "response",
    id: 0x1234,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.AUTHORITATIVE_ANSWER,
    questions,
    answers: [
      { type: "CNAME", name, ttl: 60, data: "cup.example" },
      { type: "A", name: "cup.example", ttl: 60, data: "10.0.0.7" },
      { type: "AAAA", name: "cup.example", ttl: 60, data: "2001:db8::7" },
      { type: "MX", name, ttl: 60, data: { preference: 10, exchange: "mail.example" } },
      { type: "TXT", name, ttl: 60, data: ["green", "black"] },
      {
        type: "SRV",
        name: "_tea._tcp.example",
        ttl: 60,
        data: { priority: 1, weight: 2, port: 80, target: "cup.example" },
      },
      { type: "PTR", name: "7.0.0.10.in-addr.arpa", ttl: 60, data: "cup.example" },
    ],
    authorities: [
      { type: "NS", name: "example", ttl: 60, data: "ns.example" },
      {
        type: "SOA",
        name: "example",
        ttl: 60,
        data: { mname: "ns.example", rname: "host.example", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
    ],
  };
  const compressed = bytesOf(
    "abcd 8180 0001 0001 0000 0000 03746561 076578616d706c65 00 0001 0001 c00c 0001 0001 0000003c 0004 0a000007",
  );
  return [
    { name: "DNS query", bytes: dnsOverUdp({ type: "query", id: 1, flags: dnsPacket.RECURSION_DESIRED, questions }) },
    { name: "DNS response", bytes: dnsOverUdp(response) },
    {
      name: "DNS with EDNS",
      bytes: dnsOverUdp({
        type: "query",
        id: 2,
        questions,
        additionals: [
          {
            type: "OPT",
            name: ".",
            udpPayloadSize: 1232,
            flags: dnsPacket.DNSSEC_OK,
            options: [],
          } as unknown as dnsPacket.Answer,
        ],
      }),
    },
    {
      name: "compressed names",
      bytes: framed({ ipv4, udp: { sourcePort: 53, destinationPort: 40_000 }, payload: compressed }),
    },
    { name: "mDNS", bytes: dnsOverUdp({ type: "response", id: 0, answers: response.answers!.slice(0, 2) }, 5353) },
    { name: "LLMNR", bytes: dnsOverUdp({ type: "query", id: 3, questions }, 5355) },
    {
      name: "DNS over TCP",
      bytes: framed({
        ipv4,
        tcp: { ...tcp, destinationPort: 53 },
        payload: new Uint8Array(dnsPacket.streamEncode({ type: "query", id: 4, questions })),
      }),
    },
  ];
};

const httpFrames = (): NamedFrame[] => {
  const http = (words: string, ports: object) => framed({ ipv4, tcp: { ...tcp, ...ports }, payload: text(words) });
  return [
    {
      name: "HTTP request",
      bytes: http(
        "GET /tea?cup=1 HTTP/1.1\r\nHost: tea.example\r\nUser-Agent: none\r\nAccept: */*\r\nX-Own: 1\r\n\r\n",
        { destinationPort: 80 },
      ),
    },
    {
      name: "HTTP response",
      bytes: http(
        "HTTP/1.1 404 Not Found\r\nServer: cup\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nSet-Cookie: a=b\r\n\r\n",
        { sourcePort: 80, destinationPort: 49_152 },
      ),
    },
  ];
};

export function ethernetFrames(): NamedFrame[] {
  ports = FIRST_PORT;
  return [
    ...tcpFrames(),
    ...udpFrames(),
    ...linkFrames(),
    ...arpFrames(),
    ...ipv4Frames(),
    ...ipv6Frames(),
    ...icmpFrames(),
    ...icmpv6Frames(),
    ...dnsFrames(),
    ...httpFrames(),
  ];
}

/** Stacks of headers, each written twice from the same values: in our words, and in Scapy's. */
import { arp } from "../../lib/headers/arp.ts";
import { ethernet } from "../../lib/headers/ethernet.ts";
import type { AnyStackedHeader } from "../../lib/headers/header-table.ts";
import { icmp } from "../../lib/headers/icmp.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { fragment, ipv6 } from "../../lib/headers/ipv6.ts";
import { authentication, destinationOptions, hopByHop, routing } from "../../lib/headers/ipv6-extensions.ts";
import { raw } from "../../lib/headers/raw.ts";
import { sll } from "../../lib/headers/sll.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { udp } from "../../lib/headers/udp.ts";
import { serviceTag, vlan } from "../../lib/headers/vlan.ts";
import { fromHex } from "./vectors.ts";

export interface TwiceWritten {
  readonly name: string;
  readonly ours: readonly AnyStackedHeader[];
  readonly scapy: string;
}

export const link = ethernet({ source: "02:00:00:00:00:01", destination: "02:00:00:00:00:02" });
export const LINK = 'Ether(src="02:00:00:00:00:01",dst="02:00:00:00:00:02")';
export const four = ipv4({ source: "10.0.0.1", destination: "10.0.0.2", identification: 7 });
export const FOUR = 'IP(src="10.0.0.1",dst="10.0.0.2",id=7)';
export const six = ipv6({ source: "2001:db8::1", destination: "2001:db8::2" });
export const SIX = 'IPv6(src="2001:db8::1",dst="2001:db8::2")';
export const inner = ipv4({ source: "192.168.0.1", destination: "192.168.0.2", identification: 1 });
export const INNER = 'IP(src="192.168.0.1",dst="192.168.0.2",id=1)';
export const datagram = udp({ sourcePort: 4000, destinationPort: 9999 });
export const DATAGRAM = "UDP(sport=4000,dport=9999)";
export const segment = tcp({ sourcePort: 4000, destinationPort: 80, sequenceNumber: 100, flags: "SYN", window: 8192 });
export const SEGMENT = 'TCP(sport=4000,dport=80,seq=100,flags="S",window=8192)';
export const hello = raw("hello");
export const HELLO = 'Raw(b"hello")';

export const of = (name: string, ours: readonly AnyStackedHeader[], ...scapy: readonly string[]): TwiceWritten => ({
  name,
  ours,
  scapy: scapy.join("/"),
});

const transports: readonly TwiceWritten[] = [
  of("UDP over IPv4", [link, four, datagram, hello], LINK, FOUR, DATAGRAM, HELLO),
  of("UDP over IPv6", [link, six, datagram, hello], LINK, SIX, DATAGRAM, HELLO),
  of("UDP without data", [link, four, datagram], LINK, FOUR, DATAGRAM),
  of("UDP whose sum is 0", [four, datagram, raw(fromHex("da9b"))], FOUR, DATAGRAM, 'Raw(bytes.fromhex("da9b"))'),
  of(
    "UDP without a sum",
    [four, udp({ sourcePort: 1, destinationPort: 2, checksum: 0 })],
    FOUR,
    "UDP(sport=1,dport=2,chksum=0)",
  ),
  of(
    "UDP of a wrong length",
    [four, udp({ sourcePort: 1, destinationPort: 2, length: 99, checksum: 1 }), hello],
    FOUR,
    "UDP(sport=1,dport=2,len=99,chksum=1)",
    HELLO,
  ),
  of("TCP over IPv4", [link, four, segment], LINK, FOUR, SEGMENT),
  of("TCP over IPv6", [link, six, segment, hello], LINK, SIX, SEGMENT, HELLO),
  of(
    "TCP with every flag",
    [
      four,
      tcp({
        sourcePort: 1,
        destinationPort: 2,
        flags: "FIN SYN RST PSH ACK URG ECE CWR",
        window: 1,
        acknowledgmentNumber: 9,
        urgentPointer: 3,
      }),
    ],
    FOUR,
    'TCP(sport=1,dport=2,flags="FSRPAUEC",window=1,ack=9,urgptr=3)',
  ),
  of(
    "TCP with options",
    [
      four,
      tcp({
        sourcePort: 1,
        destinationPort: 2,
        flags: "SYN",
        window: 1,
        options: [
          { kind: "mss", value: 1460 },
          { kind: "sackPermitted" },
          { kind: "timestamps", value: 7, echoReply: 8 },
          { kind: "nop" },
          { kind: "windowScale", shift: 7 },
        ],
      }),
    ],
    FOUR,
    'TCP(sport=1,dport=2,flags="S",window=1,options=[("MSS",1460),("SAckOK",b""),("Timestamp",(7,8)),("NOP",None),("WScale",7)])',
  ),
  of(
    "TCP with a block",
    [
      four,
      tcp({
        sourcePort: 1,
        destinationPort: 2,
        flags: "ACK",
        window: 1,
        options: [{ kind: "nop" }, { kind: "nop" }, { kind: "sack", blocks: [{ left: 5, right: 9 }] }],
      }),
    ],
    FOUR,
    'TCP(sport=1,dport=2,flags="A",window=1,options=[("NOP",None),("NOP",None),("SAck",(5,9))])',
  ),
  of("TCP of an odd length", [six, segment, raw("odd")], SIX, SEGMENT, 'Raw(b"odd")'),
];

const packets: readonly TwiceWritten[] = [
  of(
    "an IPv4 packet of nothing known",
    [ipv4({ source: "10.0.0.1", destination: "10.0.0.2", protocol: 200 }), hello],
    'IP(src="10.0.0.1",dst="10.0.0.2",id=0,proto=200)',
    HELLO,
  ),
  of(
    "IPv4, every field",
    [
      ipv4({
        source: "1.2.3.4",
        destination: "5.6.7.8",
        typeOfService: 0xb9,
        identification: 0x1234,
        dontFragment: true,
        timeToLive: 3,
        protocol: 99,
      }),
      hello,
    ],
    'IP(src="1.2.3.4",dst="5.6.7.8",tos=0xb9,id=0x1234,flags="DF",ttl=3,proto=99)',
    HELLO,
  ),
  of(
    "IPv4, wrong on purpose",
    [ipv4({ source: "1.2.3.4", destination: "5.6.7.8", totalLength: 5, headerChecksum: 0xbeef, protocol: 99 }), hello],
    'IP(src="1.2.3.4",dst="5.6.7.8",id=0,len=5,chksum=0xbeef,proto=99)',
    HELLO,
  ),
  of(
    "a later fragment",
    [ipv4({ source: "1.2.3.4", destination: "5.6.7.8", protocol: 17, fragmentOffset: 5, moreFragments: true }), hello],
    'IP(src="1.2.3.4",dst="5.6.7.8",id=0,proto=17,frag=5,flags="MF")',
    HELLO,
  ),
  of(
    "IPv4 with a router alert",
    [ipv4({ source: "1.2.3.4", destination: "5.6.7.8", options: fromHex("94040000") }), datagram],
    'IP(src="1.2.3.4",dst="5.6.7.8",id=0,options=[IPOption_Router_Alert()])',
    DATAGRAM,
  ),
  of(
    "IPv4 with a source route",
    [ipv4({ source: "1.2.3.4", destination: "5.6.7.8", options: fromHex("83070409090909") }), datagram, hello],
    'IP(src="1.2.3.4",dst="5.6.7.8",id=0,options=[IPOption_LSRR(routers=["9.9.9.9"])])',
    DATAGRAM,
    HELLO,
  ),
  of(
    "IPv6, every field",
    [
      ipv6({
        source: "fe80::1",
        destination: "ff02::5",
        trafficClass: 0xb9,
        flowLabel: 0xabcde,
        hopLimit: 1,
        nextHeader: 99,
      }),
      hello,
    ],
    'IPv6(src="fe80::1",dst="ff02::5",tc=0xb9,fl=0xabcde,hlim=1,nh=99)',
    HELLO,
  ),
  of(
    "IPv6 with options for routers",
    [six, hopByHop({ options: fromHex("050200000100") }), datagram],
    SIX,
    "IPv6ExtHdrHopByHop(options=[RouterAlert()],autopad=1)",
    DATAGRAM,
  ),
  of(
    "IPv6 with options for the destination",
    [six, destinationOptions({ options: fromHex("1e0401020304") }), datagram, hello],
    SIX,
    'IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x1e,optdata=b"\\x01\\x02\\x03\\x04")],autopad=0)',
    DATAGRAM,
    HELLO,
  ),
  of(
    "IPv6 with a route",
    [
      six,
      routing({ routingType: 0, segmentsLeft: 1, data: fromHex("00000000" + "20010db8000000000000000000000009") }),
      segment,
    ],
    SIX,
    'IPv6ExtHdrRouting(type=0,segleft=1,addresses=["2001:db8::9"])',
    SEGMENT,
  ),
  of(
    "IPv6 in a first fragment",
    [six, fragment({ moreFragments: true, identification: 9, nextHeader: 17 }), raw(fromHex("0fa0270f000d1111"))],
    SIX,
    "IPv6ExtHdrFragment(m=1,id=9,nh=17)",
    'Raw(bytes.fromhex("0fa0270f000d1111"))',
  ),
  of(
    "an authenticated packet",
    [
      four,
      authentication({
        securityParametersIndex: 5,
        sequenceNumber: 6,
        integrityCheckValue: fromHex("000102030405060708090a0b"),
      }),
      datagram,
    ],
    FOUR,
    "AH(spi=5,seq=6,icv=bytes(range(12)))",
    DATAGRAM,
  ),
  of(
    "an echo request",
    [four, icmp({ type: 8, identifier: 0x1234, sequenceNumber: 5 }), hello],
    FOUR,
    "ICMP(type=8,id=0x1234,seq=5)",
    HELLO,
  ),
  of(
    "an echo reply",
    [link, four, icmp({ type: 0, identifier: 1, sequenceNumber: 2 }), hello],
    LINK,
    FOUR,
    "ICMP(type=0,id=1,seq=2)",
    HELLO,
  ),
  of(
    "a port unreachable, and the packet that met it",
    [four, icmp({ type: 3, code: 3 }), inner, datagram, hello],
    FOUR,
    "ICMP(type=3,code=3)",
    INNER,
    DATAGRAM,
    HELLO,
  ),
  of(
    "a packet that was too big",
    [four, icmp({ type: 3, code: 4, nextHopMtu: 1400 }), inner, segment],
    FOUR,
    "ICMP(type=3,code=4,nexthopmtu=1400)",
    INNER,
    SEGMENT,
  ),
  of(
    "a time to live exceeded",
    [four, icmp({ type: 11 }), inner, datagram],
    FOUR,
    "ICMP(type=11,code=0)",
    INNER,
    DATAGRAM,
  ),
  of("IPv4 in IPv4", [link, four, inner, segment], LINK, FOUR, INNER, SEGMENT),
  of("IPv6 in IPv4", [four, six, datagram, hello], FOUR, SIX, DATAGRAM, HELLO),
  of("IPv4 in IPv6", [six, inner, datagram, hello], SIX, INNER, DATAGRAM, HELLO),
];

const links: readonly TwiceWritten[] = [
  of(
    "a tag",
    [link, vlan({ identifier: 5, priority: 3 }), four, datagram],
    LINK,
    "Dot1Q(vlan=5,prio=3)",
    FOUR,
    DATAGRAM,
  ),
  of(
    "two tags",
    [link, serviceTag({ identifier: 100 }), vlan({ identifier: 5, dropEligible: true }), six, datagram],
    LINK,
    "Dot1AD(vlan=100)",
    "Dot1Q(vlan=5,id=1)",
    SIX,
    DATAGRAM,
  ),
  of(
    "an ARP request",
    [
      ethernet({ source: "02:00:00:00:00:01", destination: "ff:ff:ff:ff:ff:ff" }),
      arp({ senderMac: "02:00:00:00:00:01", senderIp: "10.0.0.1", targetIp: "10.0.0.2" }),
    ],
    'Ether(src="02:00:00:00:00:01",dst="ff:ff:ff:ff:ff:ff")',
    'ARP(hwsrc="02:00:00:00:00:01",psrc="10.0.0.1",hwdst="00:00:00:00:00:00",pdst="10.0.0.2")',
  ),
  of(
    "an ARP reply",
    [
      link,
      vlan({ identifier: 9 }),
      arp({
        opcode: 2,
        senderMac: "02:00:00:00:00:01",
        senderIp: "10.0.0.1",
        targetMac: "02:00:00:00:00:02",
        targetIp: "10.0.0.2",
      }),
    ],
    LINK,
    "Dot1Q(vlan=9)",
    'ARP(op=2,hwsrc="02:00:00:00:00:01",psrc="10.0.0.1",hwdst="02:00:00:00:00:02",pdst="10.0.0.2")',
  ),
  of(
    "a cooked packet",
    [sll({ packetType: 4, address: fromHex("020000000001") }), four, datagram],
    'CookedLinux(pkttype=4,lladdrtype=1,lladdrlen=6,src=b"\\x02\\x00\\x00\\x00\\x00\\x01\\x00\\x00",proto=0x0800)',
    FOUR,
    DATAGRAM,
  ),
];

export const stacks: readonly TwiceWritten[] = [...transports, ...packets, ...links];

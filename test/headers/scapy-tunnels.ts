/** Stacks with tunnels and the newer transports, each written twice from the same values: in our words, and in Scapy's. */
import { arp } from "../../lib/headers/arp.ts";
import { geneve } from "../../lib/headers/geneve.ts";
import { gre } from "../../lib/headers/gre.ts";
import { gtpu } from "../../lib/headers/gtpu.ts";
import { igmp, igmpQuery, igmpReport } from "../../lib/headers/igmp.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { llc } from "../../lib/headers/llc.ts";
import { mpls } from "../../lib/headers/mpls.ts";
import { ppp, pppoe } from "../../lib/headers/ppp.ts";
import { sctp } from "../../lib/headers/sctp.ts";
import { udp } from "../../lib/headers/udp.ts";
import { vlan } from "../../lib/headers/vlan.ts";
import { vxlan } from "../../lib/headers/vxlan.ts";
import {
  DATAGRAM,
  datagram,
  FOUR,
  four,
  HELLO,
  hello,
  INNER,
  inner,
  LINK,
  link,
  SEGMENT,
  SIX,
  segment,
  six,
  type TwiceWritten,
  twice,
} from "./twice-written.ts";

/** Messages about groups stay on their link (RFC 2236, section 2; RFC 3376, section 4). */
const onLink = ipv4({ source: "10.0.0.1", destination: "10.0.0.2", identification: 7, timeToLive: 1 });
const ON_LINK = 'IP(src="10.0.0.1",dst="10.0.0.2",id=7,ttl=1,proto=2)';
const urgent = ipv4({
  source: "10.0.0.1",
  destination: "10.0.0.2",
  identification: 7,
  timeToLive: 1,
  typeOfService: 0xc0,
});
const URGENT = 'IP(src="10.0.0.1",dst="10.0.0.2",id=7,ttl=1,tos=0xc0,proto=2)';
const outer = udp({ sourcePort: 50_000 });
const OUTER = "UDP(sport=50000)";
const VXLAN_PORT = "UDP(sport=50000,dport=4789)";

const labels: readonly TwiceWritten[] = [
  twice("a label", [link, mpls({ label: 100 }), four, segment], LINK, "MPLS(label=100,ttl=64)", FOUR, SEGMENT),
  twice(
    "three labels in a VLAN",
    [
      link,
      vlan({ identifier: 5 }),
      mpls({ label: 16 }),
      mpls({ label: 17, trafficClass: 3 }),
      mpls({ label: 18, timeToLive: 9 }),
      six,
      datagram,
    ],
    LINK,
    "Dot1Q(vlan=5)",
    "MPLS(label=16,s=0,ttl=64)",
    "MPLS(label=17,cos=3,s=0,ttl=64)",
    "MPLS(label=18,ttl=9)",
    SIX,
    DATAGRAM,
  ),
  twice(
    "a label in GRE",
    [four, gre(), mpls({ label: 99 }), inner, datagram, hello],
    FOUR,
    "GRE()",
    "MPLS(label=99,ttl=64)",
    INNER,
    DATAGRAM,
    HELLO,
  ),
  twice(
    "a session of PPPoE",
    [link, pppoe({ sessionId: 0x1234 }), four, segment],
    LINK,
    "PPPoE(sessionid=0x1234)",
    "PPP()",
    FOUR,
    SEGMENT,
  ),
  twice(
    "PPPoE with IPv6",
    [link, pppoe({ sessionId: 1 }), ppp(), six, datagram],
    LINK,
    "PPPoE(sessionid=1)",
    "PPP(proto=0x57)",
    SIX,
    DATAGRAM,
  ),
];

const overIp: readonly TwiceWritten[] = [
  twice("GRE", [link, four, gre(), inner, segment, hello], LINK, FOUR, "GRE()", INNER, SEGMENT, HELLO),
  twice("GRE with a key", [four, gre({ key: 7 }), inner, datagram], FOUR, "GRE(key_present=1,key=7)", INNER, DATAGRAM),
  twice(
    "GRE with everything",
    [six, gre({ checksumPresent: true, key: 7, sequenceNumber: 9 }), inner, segment],
    SIX,
    "GRE(chksum_present=1,key_present=1,seqnum_present=1,key=7,sequence_number=9)",
    INNER,
    SEGMENT,
  ),
  twice(
    "a frame in GRE",
    [four, gre(), link, vlan({ identifier: 3 }), inner, datagram],
    FOUR,
    "GRE()",
    LINK,
    "Dot1Q(vlan=3)",
    INNER,
    DATAGRAM,
  ),
  twice(
    "GRE in GRE",
    [four, gre(), inner, gre({ key: 1 }), six, segment],
    FOUR,
    "GRE()",
    INNER,
    "GRE(key_present=1,key=1)",
    SIX,
    SEGMENT,
  ),
];

const overUdp: readonly TwiceWritten[] = [
  twice(
    "VXLAN",
    [link, four, outer, vxlan({ networkIdentifier: 42 }), link, inner, segment],
    LINK,
    FOUR,
    VXLAN_PORT,
    "VXLAN(vni=42,flags=0x08)",
    LINK,
    INNER,
    SEGMENT,
  ),
  twice(
    "VXLAN without an outer sum",
    [
      four,
      udp({ sourcePort: 50_000, checksum: 0 }),
      vxlan({ networkIdentifier: 1 }),
      link,
      arp({ senderMac: 0, senderIp: "10.0.0.1", targetIp: "10.0.0.2" }),
    ],
    FOUR,
    "UDP(sport=50000,dport=4789,chksum=0)",
    "VXLAN(vni=1,flags=0x08)",
    LINK,
    'ARP(hwsrc="00:00:00:00:00:00",psrc="10.0.0.1",hwdst="00:00:00:00:00:00",pdst="10.0.0.2")',
  ),
  twice(
    "VXLAN over IPv6",
    [six, outer, vxlan({ networkIdentifier: 0xabcdef }), link, six, datagram, hello],
    SIX,
    VXLAN_PORT,
    "VXLAN(vni=0xabcdef,flags=0x08)",
    LINK,
    SIX,
    DATAGRAM,
    HELLO,
  ),
  twice(
    "GENEVE",
    [four, outer, geneve({ networkIdentifier: 5 }), link, inner, datagram],
    FOUR,
    `${OUTER.slice(0, -1)},dport=6081)`,
    "GENEVE(vni=5)",
    LINK,
    INNER,
    DATAGRAM,
  ),
  twice(
    "GENEVE with an option",
    [
      four,
      outer,
      geneve({
        networkIdentifier: 5,
        criticalOptionsPresent: true,
        options: [{ class: 0x102, type: 0x80, data: Uint8Array.of(1, 2, 3, 4) }],
      }),
      link,
      inner,
      datagram,
    ],
    FOUR,
    `${OUTER.slice(0, -1)},dport=6081)`,
    'GENEVE(vni=5,critical=1,options=[GeneveOptions(classid=0x102,type=0x80,data=b"\\x01\\x02\\x03\\x04")])',
    LINK,
    INNER,
    DATAGRAM,
  ),
  twice(
    "GTP-U",
    [four, udp({ sourcePort: 2152 }), gtpu({ tunnelEndpointId: 0x1234 }), inner, segment],
    FOUR,
    "UDP(sport=2152,dport=2152)",
    "GTP_U_Header(gtp_type=255,teid=0x1234)",
    INNER,
    SEGMENT,
  ),
  twice(
    "GTP-U with a sequence number",
    [four, udp({ sourcePort: 2152 }), gtpu({ tunnelEndpointId: 1, sequenceNumber: 7 }), six, datagram],
    FOUR,
    "UDP(sport=2152,dport=2152)",
    "GTP_U_Header(gtp_type=255,teid=1,S=1,seq=7)",
    SIX,
    DATAGRAM,
  ),
];

const others: readonly TwiceWritten[] = [
  twice(
    "an IGMP report",
    [onLink, igmp({ type: 0x16, groupAddress: "224.1.2.3" })],
    ON_LINK,
    'IGMP(type=0x16,mrcode=0,gaddr="224.1.2.3")',
  ),
  twice(
    "an IGMPv3 query",
    [
      urgent,
      igmpQuery({
        groupAddress: "224.1.2.3",
        sources: ["10.0.0.7", "10.0.0.8"],
        querierQueryIntervalCode: 125,
        querierRobustnessVariable: 2,
      }),
    ],
    URGENT,
    "IGMPv3(type=0x11,mrcode=100)",
    'IGMPv3mq(gaddr="224.1.2.3",qrv=2,qqic=125,srcaddrs=["10.0.0.7","10.0.0.8"])',
  ),
  twice(
    "an IGMPv3 report",
    [urgent, igmpReport({ groupRecords: [{ type: 4, groupAddress: "224.1.2.3", sources: ["10.0.0.7"] }] })],
    URGENT,
    "IGMPv3(type=0x22,mrcode=0)",
    'IGMPv3mr(records=[IGMPv3gr(rtype=4,maddr="224.1.2.3",srcaddrs=["10.0.0.7"])])',
  ),
  twice(
    "data over SCTP",
    [
      four,
      sctp({
        sourcePort: 5000,
        destinationPort: 80,
        verificationTag: 0x01020304,
        chunks: [
          {
            kind: "data",
            transmissionSequenceNumber: 5,
            streamIdentifier: 1,
            streamSequenceNumber: 2,
            payloadProtocolIdentifier: 3,
            data: new TextEncoder().encode("hello"),
          },
        ],
      }),
    ],
    FOUR,
    "SCTP(sport=5000,dport=80,tag=0x01020304)",
    'SCTPChunkData(beginning=1,ending=1,tsn=5,stream_id=1,stream_seq=2,proto_id=3,data=b"hello")',
  ),
  twice(
    "a shutdown of SCTP over IPv6",
    [
      six,
      sctp({
        sourcePort: 5000,
        destinationPort: 80,
        verificationTag: 1,
        chunks: [{ kind: "shutdown", cumulativeTransmissionSequenceNumber: 9 }, { kind: "cookieAck" }],
      }),
    ],
    SIX,
    "SCTP(sport=5000,dport=80,tag=1)",
    "SCTPChunkShutdown(cumul_tsn_ack=9)",
    "SCTPChunkCookieAck()",
  ),
  twice(
    "802.3 with LLC",
    [link, llc({ destinationServiceAccessPoint: 0x42, sourceServiceAccessPoint: 0x42 }), hello],
    LINK.replace("Ether(", "Dot3("),
    "LLC(dsap=0x42,ssap=0x42,ctrl=3)",
    HELLO,
  ),
  twice(
    "802.3 with SNAP",
    [link, llc(), four, datagram],
    LINK.replace("Ether(", "Dot3("),
    "LLC(dsap=0xaa,ssap=0xaa,ctrl=3)",
    "SNAP(OUI=0,code=0x0800)",
    FOUR,
    DATAGRAM,
  ),
];

export const tunnelStacks: readonly TwiceWritten[] = [...labels, ...overIp, ...overUdp, ...others];

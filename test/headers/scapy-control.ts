/** Stacks with messages of ICMPv6 and options of IP, each written twice from the same values: in our words, and in Scapy's. */
import { icmpv6 } from "../../lib/headers/icmpv6.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import type { Ipv4Option } from "../../lib/headers/ipv4-option-list.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { destinationOptions, hopByHop, routing } from "../../lib/headers/ipv6-extensions.ts";
import {
  DATAGRAM,
  datagram,
  HELLO,
  hello,
  LINK,
  link,
  SEGMENT,
  SIX,
  segment,
  six,
  type TwiceWritten,
  twice,
} from "./twice-written.ts";
import { fromHex } from "./vectors.ts";

/** What must not have passed a router (RFC 4861, section 7.1), as Scapy has it for neighbour discovery. */
const near = ipv6({ source: "2001:db8::1", destination: "2001:db8::2", hopLimit: 255 });

const messages: readonly TwiceWritten[] = [
  twice("an echo request over IPv6, of which nothing is said", [six, icmpv6()], SIX, "ICMPv6EchoRequest()"),
  twice(
    "a packet too big for IPv6, and the packet that was",
    [six, icmpv6({ type: 2, mtu: 1400 }), six, segment],
    SIX,
    "ICMPv6PacketTooBig(mtu=1400)",
    SIX,
    SEGMENT,
  ),
  twice(
    "a neighbour that is asked for",
    [
      link,
      near,
      icmpv6({
        type: 135,
        targetAddress: "2001:db8::2",
        options: [{ kind: "sourceLinkLayerAddress", address: "02:00:00:00:00:01" }],
      }),
    ],
    LINK,
    SIX,
    'ICMPv6ND_NS(tgt="2001:db8::2")',
    'ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:01")',
  ),
  twice(
    "a neighbour that answers",
    [
      link,
      near,
      icmpv6({
        type: 136,
        neighborFlags: "SOLICITED OVERRIDE ROUTER",
        targetAddress: "2001:db8::1",
        options: [{ kind: "targetLinkLayerAddress", address: "02:00:00:00:00:01" }],
      }),
    ],
    LINK,
    SIX,
    'ICMPv6ND_NA(R=1,S=1,O=1,tgt="2001:db8::1")',
    'ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:00:01")',
  ),
  twice(
    "a router",
    [
      near,
      icmpv6({
        type: 134,
        curHopLimit: 64,
        routerFlags: "MANAGED HIGH_PREFERENCE",
        options: [
          { kind: "prefixInformation", prefix: "2001:db8:5::", validLifetime: 60, preferredLifetime: 30 },
          { kind: "recursiveDnsServer", lifetime: 60, addresses: ["2001:db8::53"] },
          { kind: "unknown", number: 24, data: fromHex("400800000e10") },
        ],
      }),
    ],
    SIX,
    "ICMPv6ND_RA(chlim=64,M=1,prf=1)",
    'ICMPv6NDOptPrefixInfo(prefix="2001:db8:5::",validlifetime=60,preferredlifetime=30)',
    'ICMPv6NDOptRDNSS(lifetime=60,dns=["2001:db8::53"])',
    'Raw(bytes.fromhex("1801400800000e10"))',
  ),
  twice(
    "a report of listeners",
    [
      ipv6({ source: "2001:db8::1", destination: "2001:db8::2", hopLimit: 1 }),
      icmpv6({ type: 143, records: [{ type: 3, multicastAddress: "ff02::5", sources: ["2001:db8::7"] }] }),
    ],
    SIX,
    'ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=3,dst="ff02::5",sources=["2001:db8::7"])])',
  ),
];

const withOptions = (name: string, options: readonly Ipv4Option[], scapy: string) =>
  twice(
    name,
    [ipv4({ source: "1.2.3.4", destination: "5.6.7.8", options }), datagram, hello],
    `IP(src="1.2.3.4",dst="5.6.7.8",id=0,options=[${scapy}])`,
    DATAGRAM,
    HELLO,
  );

const ipv4Options: readonly TwiceWritten[] = [
  withOptions(
    "a record of the route",
    [{ kind: "recordRoute", pointer: 8, addresses: ["9.9.9.9", "0.0.0.0"] }],
    'IPOption_RR(pointer=8,routers=["9.9.9.9","0.0.0.0"])',
  ),
  withOptions(
    "a loose route",
    [{ kind: "nop" }, { kind: "looseSourceRoute", addresses: ["9.9.9.9", 0x08080808] }],
    'IPOption_NOP(),IPOption_LSRR(routers=["9.9.9.9","8.8.8.8"])',
  ),
  withOptions(
    "a strict route",
    [{ kind: "strictSourceRoute", addresses: ["9.9.9.9"] }, { kind: "eol" }],
    'IPOption_SSRR(routers=["9.9.9.9"]),IPOption_EOL()',
  ),
  withOptions(
    "time stamps with addresses",
    [{ kind: "timestamp", pointer: 13, overflow: 2, flag: 1, entries: [{ address: "9.9.9.9", timestamp: 77 }] }],
    'IPOption_Timestamp(pointer=13,oflw=2,flg=1,internet_address="9.9.9.9",timestamp=77)',
  ),
  withOptions(
    "a router alert and a stream",
    [{ kind: "routerAlert" }, { kind: "streamIdentifier", identifier: 0x1234 }],
    "IPOption_Router_Alert(),IPOption_Stream_Id(security=0x1234)",
  ),
  withOptions(
    "an option without a name",
    [{ kind: "unknown", number: 94, data: fromHex("0102") }],
    'IPOption(copy_flag=0,optclass=2,option=30,value=b"\\x01\\x02")',
  ),
  withOptions(
    "security",
    [{ kind: "security", classificationLevel: 0xab, protectionAuthority: fromHex("f1") }],
    'IPOption(copy_flag=1,optclass=0,option=2,value=b"\\xab\\xf1")',
  ),
];

const ipv6Options: readonly TwiceWritten[] = [
  twice(
    "a router alert of IPv6",
    [six, hopByHop({ options: [{ kind: "routerAlert", value: 1 }] }), datagram],
    SIX,
    "IPv6ExtHdrHopByHop(options=[RouterAlert(value=1)])",
    DATAGRAM,
  ),
  twice(
    "a jumbo payload behind a limit of tunnels",
    [
      six,
      hopByHop({
        options: [
          { kind: "tunnelEncapsulationLimit", limit: 4 },
          { kind: "jumboPayload", length: 70_000 },
        ],
      }),
      datagram,
    ],
    SIX,
    'IPv6ExtHdrHopByHop(options=[HBHOptUnknown(otype=4,optdata=b"\\x04"),Jumbo(jumboplen=70000)])',
    DATAGRAM,
  ),
  twice(
    "a mobile node",
    [six, destinationOptions({ options: [{ kind: "homeAddress", address: "2001:db8::77" }] }), datagram, hello],
    SIX,
    'IPv6ExtHdrDestOpt(options=[HAO(hoa="2001:db8::77")])',
    DATAGRAM,
    HELLO,
  ),
  twice(
    "padding that is given",
    [
      six,
      destinationOptions({
        options: [
          { kind: "unknown", number: 0x1e, data: fromHex("01") },
          { kind: "pad1" },
          { kind: "padN", data: fromHex("") },
        ],
      }),
      datagram,
    ],
    SIX,
    'IPv6ExtHdrDestOpt(autopad=0,options=[HBHOptUnknown(otype=0x1e,optdata=b"\\x01"),Pad1(),PadN()])',
    DATAGRAM,
  ),
  twice(
    "a source route of IPv6",
    [six, routing({ routingType: 0, segmentsLeft: 2, data: { addresses: ["2001:db8::9", "2001:db8::a"] } }), segment],
    SIX,
    'IPv6ExtHdrRouting(type=0,segleft=2,addresses=["2001:db8::9","2001:db8::a"])',
    SEGMENT,
  ),
  twice(
    "a way home",
    [six, routing({ routingType: 2, segmentsLeft: 1, data: { addresses: ["2001:db8::77"] } }), segment],
    SIX,
    'IPv6ExtHdrRouting(type=2,segleft=1,addresses=["2001:db8::77"])',
    SEGMENT,
  ),
  twice(
    "segments",
    [
      six,
      routing({
        routingType: 4,
        segmentsLeft: 1,
        data: { flags: 0x20, tag: 0x1234, segments: ["2001:db8::b", "2001:db8::2"] },
      }),
      datagram,
      hello,
    ],
    SIX,
    'IPv6ExtHdrSegmentRouting(segleft=1,lastentry=1,oam=1,tag=0x1234,addresses=["2001:db8::b","2001:db8::2"],tlv_objects=[])',
    DATAGRAM,
    HELLO,
  ),
];

export const controlStacks: readonly TwiceWritten[] = [...messages, ...ipv4Options, ...ipv6Options];

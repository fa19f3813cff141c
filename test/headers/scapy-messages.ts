/** Stacks with whole messages, each written twice from the same values: in our words, and in Scapy's. */
import { dhcp } from "../../lib/headers/dhcp.ts";
import { dns } from "../../lib/headers/dns/dns.ts";
import type { DnsRecord } from "../../lib/headers/dns/dns-entries.ts";
import { udp } from "../../lib/headers/udp.ts";
import { FOUR, four, LINK, link, SIX, six, type TwiceWritten, twice } from "./twice-written.ts";
import { fromHex } from "./vectors.ts";

const toName = udp({ sourcePort: 4000, destinationPort: 53 });
const TO_NAME = "UDP(sport=4000,dport=53)";
const tea: DnsRecord[] = [
  { name: "www.tea.example", type: "CNAME", timeToLive: 300, target: "cup.tea.example" },
  { name: "cup.tea.example", type: "A", timeToLive: 60, address: "10.0.0.7" },
  { name: "cup.tea.example", type: "AAAA", timeToLive: 60, address: "2001:db8::7" },
  { name: "tea.example", type: "MX", timeToLive: 60, preference: 10, exchange: "mail.tea.example" },
  { name: "tea.example", type: "NS", timeToLive: 60, target: "ns.example" },
  { name: "tea.example", type: "TXT", timeToLive: 60, texts: ["green", "black"] },
];
const TEA = [
  'DNSRR(rrname="www.tea.example",type="CNAME",ttl=300,rdata="cup.tea.example")',
  'DNSRR(rrname="cup.tea.example",type="A",ttl=60,rdata="10.0.0.7")',
  'DNSRR(rrname="cup.tea.example",type="AAAA",ttl=60,rdata="2001:db8::7")',
  // Without its type, Scapy 2.5 has that of SOA there.
  'DNSRRMX(rrname="tea.example",type="MX",ttl=60,preference=10,exchange="mail.tea.example")',
  'DNSRR(rrname="tea.example",type="NS",ttl=60,rdata="ns.example")',
  'DNSRR(rrname="tea.example",type="TXT",ttl=60,rdata=[b"green",b"black"])',
].join("/");

/** Scapy writes pointers only where `dns_compress` is asked to. */
export const messageStacks: readonly TwiceWritten[] = [
  twice(
    "a question",
    [
      link,
      four,
      toName,
      dns({ id: 5, recursionDesired: true, questions: [{ name: "www.example.com", type: "AAAA" }] }),
    ],
    LINK,
    FOUR,
    TO_NAME,
    'DNS(id=5,rd=1,qd=DNSQR(qname="www.example.com",qtype="AAAA"))',
  ),
  twice(
    "answers without pointers",
    [
      four,
      toName,
      dns({ id: 5, isResponse: true, compress: false, questions: [{ name: "www.tea.example" }], answers: tea }),
    ],
    FOUR,
    TO_NAME,
    `DNS(id=5,qr=1,rd=0,qd=DNSQR(qname="www.tea.example"),an=${TEA})`,
  ),
  twice(
    "answers with pointers",
    [
      four,
      toName,
      dns({
        id: 5,
        isResponse: true,
        questions: [{ name: "www.tea.example" }],
        answers: tea.slice(0, 3),
        authorities: [{ name: "tea.example", type: "NS", timeToLive: 60, target: "ns.tea.example" }],
      }),
    ],
    `dns_compress(${FOUR}/${TO_NAME}/DNS(id=5,qr=1,rd=0,qd=DNSQR(qname="www.tea.example"),an=${TEA.split("/").slice(0, 3).join("/")},ns=DNSRR(rrname="tea.example",type="NS",ttl=60,rdata="ns.tea.example")))`,
  ),
  twice(
    "services, authorities and options",
    [
      six,
      toName,
      dns({
        id: 6,
        compress: false,
        answers: [
          {
            name: "_t._udp.example",
            type: "SRV",
            timeToLive: 9,
            priority: 1,
            weight: 2,
            port: 3,
            target: "cup.example",
          },
        ],
        authorities: [
          {
            name: "example",
            type: "SOA",
            timeToLive: 9,
            mname: "ns.example",
            rname: "host.example",
            serial: 1,
            refresh: 2,
            retry: 3,
            expire: 4,
            minimum: 5,
          },
        ],
        additionals: [{ type: "OPT", udpPayloadSize: 4096, dnssecOk: true, options: [{ code: 10, data: "12345678" }] }],
      }),
    ],
    SIX,
    TO_NAME,
    'DNS(id=6,rd=0,qd=None,an=DNSRRSRV(rrname="_t._udp.example",ttl=9,priority=1,weight=2,port=3,target="cup.example"),ns=DNSRRSOA(rrname="example",ttl=9,mname="ns.example",rname="host.example",serial=1,refresh=2,retry=3,expire=4,minimum=5),ar=DNSRROPT(rclass=4096,z=0x8000,rdata=[EDNS0TLV(optcode=10,optdata=b"12345678")]))',
  ),
  twice(
    "a request for an address",
    [
      four,
      udp({ sourcePort: 68, destinationPort: 67 }),
      dhcp({
        operation: 1,
        transactionId: 0x12345678,
        broadcast: true,
        clientHardwareAddress: fromHex("020000000001"),
        options: [
          { code: "messageType", value: 3 },
          { code: "clientIdentifier", identifier: fromHex("020000000001") },
          { code: "requestedAddress", address: "10.0.0.9" },
          { code: "serverIdentifier", address: "10.0.0.1" },
          { code: "hostName", text: "laptop" },
          { code: "parameterRequestList", codes: [1, 3, 6, 15] },
          { code: "pad" },
          { code: "end" },
        ],
      }),
    ],
    FOUR,
    "UDP(sport=68,dport=67)",
    'BOOTP(op=1,xid=0x12345678,flags="B",chaddr=b"\\x02\\x00\\x00\\x00\\x00\\x01")',
    'DHCP(options=[("message-type","request"),("client_id",b"\\x01\\x02\\x00\\x00\\x00\\x00\\x01"),("requested_addr","10.0.0.9"),("server_id","10.0.0.1"),("hostname","laptop"),("param_req_list",[1,3,6,15]),"pad","end"])',
  ),
  twice(
    "an address for a time",
    [
      four,
      udp({ sourcePort: 67, destinationPort: 68 }),
      dhcp({
        operation: 2,
        transactionId: 7,
        yourAddress: "10.0.0.9",
        options: [
          { code: "messageType", value: 5 },
          { code: "leaseTime", seconds: 3600 },
          { code: "renewalTime", seconds: 1800 },
          { code: "subnetMask", address: "255.255.255.0" },
          { code: "routers", addresses: ["10.0.0.1", "10.0.0.2"] },
          { code: "domainNameServers", addresses: ["10.0.0.53"] },
          { code: "domainName", text: "tea.example" },
          { code: "end" },
        ],
      }),
    ],
    FOUR,
    "UDP(sport=67,dport=68)",
    'BOOTP(op=2,xid=7,yiaddr="10.0.0.9")',
    'DHCP(options=[("message-type","ack"),("lease_time",3600),("renewal_time",1800),("subnet_mask","255.255.255.0"),("router","10.0.0.1","10.0.0.2"),("name_server","10.0.0.53"),("domain","tea.example"),"end"])',
  ),
];

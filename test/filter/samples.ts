/** A capture with something of everything that filters tell apart, each frame in a second of its own. */

import { viewOf } from "../../lib/core/bytes.ts";
import { finishChecksum, sumBytes } from "../../lib/core/checksum.ts";
import { PacketOutline } from "../../lib/dissect/outline.ts";
import { parseFrame } from "../../lib/dissect/parse-frame.ts";
import type { FilterSubject } from "../../lib/filter/filter.ts";
import { parseIpv4, parseIpv6, parseMac } from "../../lib/headers/address.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { encodeFrame, type Frame } from "../../lib/headers/frame.ts";
import { LayerKind } from "../../lib/headers/layer.ts";
import { TcpFlag } from "../../lib/headers/tcp-fields.ts";
import { PcapWriter } from "../../lib/pcap/pcap-writer.ts";
import { MemorySlabs } from "../../lib/pcap/slabs.ts";

const START_SECONDS = 1_767_225_600;
const { SYN, ACK, PSH, FIN, RST, URG, ECE, CWR, AE } = TcpFlag;

const A = parseIpv4("10.0.0.1");
const B = parseIpv4("10.0.0.2");
const C = parseIpv4("192.168.1.77");
const A6 = parseIpv6("2001:db8::1");
const B6 = parseIpv6("2001:db8:0:1::2");
const there = { source: parseMac("02:00:0a:00:00:01"), destination: parseMac("02:00:0a:00:00:02") };
const back = { source: there.destination, destination: there.source };
const text = (value: string) => new TextEncoder().encode(value);
const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

type Ports = readonly [number, number];
type Tcp = Partial<NonNullable<Frame["tcp"]>>;

function tcp4(ports: Ports, tcp: Tcp, payload = "", ip: Partial<NonNullable<Frame["ipv4"]>> = {}): Uint8Array {
  const isBack = ports[0] < 1024;
  return encodeFrame({
    ethernet: isBack ? back : there,
    ipv4: { source: isBack ? B : A, destination: isBack ? A : B, ...ip },
    tcp: { sourcePort: ports[0], destinationPort: ports[1], ...tcp },
    payload: text(payload),
  });
}

/** An Ethernet frame of parts that have no codec here. */
function raw(type: string, rest: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes(`02000a00000202000a000001${type}`), ...rest]);
}

function tagged(frame: Uint8Array, ...tags: string[]): Uint8Array {
  return Uint8Array.from([...frame.subarray(0, 12), ...bytes(tags.join("")), ...frame.subarray(12)]);
}

function icmp4(body: string, quoted: Uint8Array = new Uint8Array(0)): Uint8Array {
  const payload = Uint8Array.from([...bytes(body), ...quoted]);
  viewOf(payload).setUint16(2, finishChecksum(sumBytes(viewOf(payload), 0, payload.length)));
  return encodeFrame({ ethernet: back, ipv4: { source: C, destination: A, protocol: 1 }, payload });
}

const udp4 = (ports: Ports, payload: Uint8Array, checksum?: number) =>
  encodeFrame({
    ethernet: there,
    ipv4: { source: A, destination: C, timeToLive: 255, typeOfService: 0xb8 },
    udp: { sourcePort: ports[0], destinationPort: ports[1], ...(checksum === undefined ? {} : { checksum }) },
    payload,
  });

const udp6 = encodeFrame({
  ethernet: there,
  ipv6: { source: A6, destination: B6, hopLimit: 5, trafficClass: 0x28, flowLabel: 0x12345 },
  udp: { sourcePort: 5000, destinationPort: 9000 },
  payload: text("Hello, six"),
});

const dnsQuery = bytes("123401000001000000000000076578616d706c6503636f6d0000010001");
const arp = (opcode: string) => bytes(`00010800060400${opcode}02000a0000010a0000010000000000000a000002`);
const client: Ports = [49_152, 80];
const server: Ports = [80, 49_152];

export const FRAMES: readonly Uint8Array[] = [
  tcp4(client, { flags: SYN, sequenceNumber: 1000, window: 64_240 }),
  tcp4(server, { flags: SYN | ACK, sequenceNumber: 5000, acknowledgmentNumber: 1001, window: 65_535 }),
  tcp4(client, { flags: ACK, sequenceNumber: 1001, acknowledgmentNumber: 5001 }),
  tcp4(
    client,
    { flags: PSH | ACK, sequenceNumber: 1001, acknowledgmentNumber: 5001 },
    "GET /a HTTP/1.1\r\nHost: Example\r\n\r\n",
  ),
  tcp4(
    server,
    { flags: PSH | ACK, sequenceNumber: 5001, acknowledgmentNumber: 1035 },
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
  ),
  tcp4(client, { flags: FIN | ACK, sequenceNumber: 1035, acknowledgmentNumber: 5042 }),
  tcp4(server, { flags: RST, sequenceNumber: 5042, acknowledgmentNumber: 0, window: 0 }),
  tcp4(
    [50_000, 9999],
    { flags: PSH | ACK | URG | ECE | CWR | AE, urgentPointer: 3, sequenceNumber: 4_000_000_000 },
    "chat\n",
    {
      source: C,
      timeToLive: 1,
      identification: 0xbeef,
      dontFragment: false,
    },
  ),
  tcp4([50_001, 9999], { flags: SYN, checksum: 0x1234, options: [] }, "", { source: C }),
  tcp4([50_002, 9998], { flags: SYN }, "", { headerChecksum: 0xdead }),
  udp4([5353, 53], dnsQuery),
  udp4([6000, 7000], text("Hello, World"), 0),
  udp4([6000, 7001], text("Hello again"), 0x4242),
  udp6,
  tagged(udp6, "81006005"),
  tagged(udp4([6001, 7002], text("tagged")), "88a8200a", "81000064"),
  tagged(udp4([6002, 7003], text("twice")), "8100200a", "81000064"),
  raw("0806", arp("01")),
  raw("0806", arp("02")),
  icmp4("0800000000010001", text("ping")),
  icmp4("0301000000000000", tcp4(client, { flags: ACK }).subarray(14, 42)),
  icmp4("0303000000000000", udp4([6000, 7000], text("abc")).subarray(14)),
  encodeFrame({
    ethernet: there,
    ipv6: { source: A6, destination: B6, nextHeader: 58, hopLimit: 255 },
    payload: bytes("8000000000010001"),
  }),
  encodeFrame({
    ethernet: there,
    ipv4: { source: A, destination: C, protocol: 17, moreFragments: true, fragmentOffset: 185, dontFragment: false },
    payload: text("a fragment"),
  }),
  encodeFrame({
    ethernet: there,
    ipv6: { source: B6, destination: A6 },
    tcp: { sourcePort: 49_160, destinationPort: 443, flags: SYN, window: 1000 },
    trailer: new Uint8Array(3),
  }),
];

const SECOND = 1_000_000;
const timeOf = (index: number) => (index === 0 ? 0 : index * SECOND + 250_000);

/** The frames as a capture file. */
export function sampleCapture(): Uint8Array {
  const slabs = new MemorySlabs();
  const origin = { seconds: START_SECONDS, ticks: 0 };
  const writer = new PcapWriter(slabs, { linkType: LinkType.ETHERNET, ticksPerSecond: SECOND, origin });
  for (const [index, frame] of FRAMES.entries()) {
    const at = writer.reserve(timeOf(index), frame.length);
    writer.bytes.set(frame, at);
  }
  writer.finish();
  return slabs.concat();
}

/** The frames as filters see them, but for what only an analysis of the streams can tell. */
export function sampleSubjects(): FilterSubject[] {
  const streams = new Map<string, number>();
  return FRAMES.map((frame, index) => {
    const outline = new PacketOutline();
    parseFrame(outline, frame, viewOf(frame), 0, frame.length, frame.length, 1);
    const time = timeOf(index);
    return {
      outline,
      frameNumber: index + 1,
      seconds: START_SECONDS + Math.floor(time / SECOND),
      nanoseconds: (time % SECOND) * 1000,
      hasTime: true,
      relativeNanoseconds: time * 1000,
      stream: streamOf(outline, streams),
      findings: [],
      comments: [],
    };
  });
}

function streamOf(outline: PacketOutline, streams: Map<string, number>): number | undefined {
  if (outline.transport !== LayerKind.TCP && outline.transport !== LayerKind.UDP) return undefined;
  const ends = [`${outline.source} ${outline.sourcePort}`, `${outline.destination} ${outline.destinationPort}`];
  const key = `${outline.transport} ${ends.sort().join(" ")}`;
  const kindCount = [...streams.keys()].filter((other) => other.startsWith(`${outline.transport} `)).length;
  const stream = streams.get(key) ?? kindCount;
  streams.set(key, stream);
  return stream;
}

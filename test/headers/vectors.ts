/** Packets and sums that others have published, each with its source. The tests beside this file run through all of them. */

import { parseIpv4, parseMac } from "../../lib/headers/address.ts";
import type { EthernetHeader } from "../../lib/headers/ethernet.ts";
import type { Frame, FrameLinkType } from "../../lib/headers/frame.ts";
import type { Ipv4Header } from "../../lib/headers/ipv4.ts";
import type { LoopbackHeader } from "../../lib/headers/loopback.ts";
import type { TcpHeader, TcpOption } from "../../lib/headers/tcp.ts";
import { TcpFlag } from "../../lib/headers/tcp-fields.ts";

/** @param hex pairs of digits; spaces and the brackets around a checksum are for the reader */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.replace(/[^0-9a-f]/gi, "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const NOTHING = new Uint8Array(0);

export interface SumVector {
  readonly name: string;
  readonly hex: string;
  readonly sum: number;
  readonly checksum: number;
}

export const sums: readonly SumVector[] = [
  { name: "RFC 1071, section 3", hex: "0001 f203 f4f5 f6f7", sum: 0xddf2, checksum: 0x220d },
  { name: "the same with swapped bytes", hex: "0100 03f2 f5f4 f7f6", sum: 0xf2dd, checksum: 0x0d22 },
  { name: "Kurose and Ross, UDP checksum", hex: "6660 5555 8f0c", sum: 0x4ac2, checksum: 0xb53d },
  { name: "no bytes", hex: "", sum: 0, checksum: 0xffff },
  { name: "one byte", hex: "01", sum: 0x0100, checksum: 0xfeff },
];

/** A header: the little that one has to say to get it, the bytes, and all that can be read in them. */
export interface HeaderVector<Header> {
  readonly name: string;
  readonly hex: string;
  /** Every field that is not computed. */
  readonly header: Header;
  /** Bytes of the header and of what it carries; only for headers that count them. */
  readonly total?: number;
  readonly decoded: Required<Header>;
}

function ipv4Vector(
  name: string,
  hex: string,
  source: string,
  destination: string,
  header: Omit<Ipv4Header, "source" | "destination" | "totalLength" | "protocol"> & { readonly protocol: number },
  total: number,
  headerChecksum: number,
): HeaderVector<Ipv4Header> {
  const addresses = { source: parseIpv4(source), destination: parseIpv4(destination) };
  return {
    name,
    hex,
    header: { ...header, ...addresses },
    total,
    decoded: {
      version: 4,
      internetHeaderLength: 5,
      typeOfService: 0,
      totalLength: total,
      identification: 0,
      reservedFlag: false,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      timeToLive: 64,
      headerChecksum,
      options: NOTHING,
      ...header,
      ...addresses,
    },
  };
}

export const ipv4Headers: readonly HeaderVector<Ipv4Header>[] = [
  ipv4Vector(
    "Wikipedia, Internet checksum",
    "45000073 00004000 4011[b861] c0a80001 c0a800c7",
    "192.168.0.1",
    "192.168.0.199",
    { dontFragment: true, protocol: 17 },
    0x73,
    0xb861,
  ),
  ipv4Vector(
    "a textbook's example",
    "45000030 44224000 8006[442e] 8c7c19ac ae241e2b",
    "140.124.25.172",
    "174.36.30.43",
    { identification: 0x4422, dontFragment: true, timeToLive: 128, protocol: 6 },
    0x30,
    0x442e,
  ),
  ipv4Vector(
    "a lecture's example",
    "45000054 41e04000 4001[e4c0] 0a000004 0a000005",
    "10.0.0.4",
    "10.0.0.5",
    { identification: 0x41e0, dontFragment: true, protocol: 1 },
    0x54,
    0xe4c0,
  ),
  ipv4Vector(
    "an article's example",
    "4500003c 1c464000 4006[b1e6] ac100a63 ac100a0c",
    "172.16.10.99",
    "172.16.10.12",
    { identification: 0x1c46, dontFragment: true, protocol: 6 },
    0x3c,
    0xb1e6,
  ),
  ipv4Vector(
    "gopacket: the carry folds twice",
    "45400058 00000000 ff11[fffe] 0aeb1d07 0aed8877",
    "10.235.29.7",
    "10.237.136.119",
    { typeOfService: 0x40, timeToLive: 255, protocol: 17 },
    0x58,
    0xfffe,
  ),
  ipv4Vector(
    "smoltcp: flags and fragment offset",
    "4500001e 01026203 1a01[d56e] 11121314 21222324",
    "17.18.19.20",
    "33.34.35.36",
    {
      identification: 0x0102,
      dontFragment: true,
      moreFragments: true,
      fragmentOffset: 0x203,
      timeToLive: 26,
      protocol: 1,
    },
    0x1e,
    0xd56e,
  ),
];

export const ethernetHeaders: readonly HeaderVector<EthernetHeader>[] = [
  {
    name: "Wireshark's http.cap, first packet",
    hex: "feff20000100 000001000000 0800",
    header: {
      destination: parseMac("fe:ff:20:00:01:00"),
      source: parseMac("00:00:01:00:00:00"),
      etherType: 0x0800,
    },
    decoded: { destination: 0xfeff20000100, source: 0x000001000000, etherType: 0x0800 },
  },
  {
    name: "broadcast, a type that has no name",
    hex: "ffffffffffff 020000000001 9999",
    header: { destination: 0xffffffffffff, source: 0x020000000001, etherType: 0x9999 },
    decoded: { destination: 0xffffffffffff, source: 0x020000000001, etherType: 0x9999 },
  },
];

export const loopbackHeaders: readonly HeaderVector<LoopbackHeader>[] = [
  {
    name: "IPv4, little-endian",
    hex: "02000000",
    header: { family: 2 },
    decoded: { family: 2, littleEndian: true },
  },
  {
    name: "IPv4, big-endian",
    hex: "00000002",
    header: { family: 2, littleEndian: false },
    decoded: { family: 2, littleEndian: false },
  },
  {
    name: "IPv6 of macOS, big-endian",
    hex: "0000001e",
    header: { family: 30, littleEndian: false },
    decoded: { family: 30, littleEndian: false },
  },
];

export interface OptionsVector {
  readonly name: string;
  readonly hex: string;
  readonly options: readonly TcpOption[];
}

/** Single options, without the zeros that bring them to a multiple of 4. */
export const tcpOptions: readonly OptionsVector[] = [
  { name: "maximum segment size", hex: "020405b4", options: [{ kind: "mss", value: 1460 }] },
  { name: "window scale", hex: "03030c", options: [{ kind: "windowScale", shift: 12 }] },
  { name: "SACK permitted", hex: "0402", options: [{ kind: "sackPermitted" }] },
  {
    name: "timestamps",
    hex: "080a004c4b40006acfc0",
    options: [{ kind: "timestamps", value: 5_000_000, echoReply: 7_000_000 }],
  },
  { name: "no operation", hex: "01", options: [{ kind: "nop" }] },
  { name: "end of the list", hex: "00", options: [{ kind: "eol", padding: NOTHING }] },
  {
    name: "SACK with two blocks",
    hex: "0512 00000001 00000002 fffffff0 00000010",
    options: [
      {
        kind: "sack",
        blocks: [
          { left: 1, right: 2 },
          { left: 0xfffffff0, right: 0x10 },
        ],
      },
    ],
  },
  {
    name: "fast open, with a cookie",
    hex: "2206 a1a2a3a4",
    options: [{ kind: "fastOpen", cookie: fromHex("a1a2a3a4") }],
  },
  {
    name: "fast open, which asks for a cookie (RFC 7413, section 4.1.1)",
    hex: "2202",
    options: [{ kind: "fastOpen", cookie: NOTHING }],
  },
  {
    name: "user timeout of two minutes (RFC 5482, section 3)",
    hex: "1c048002",
    options: [{ kind: "userTimeout", isInMinutes: true, timeout: 2 }],
  },
  {
    name: "authentication (RFC 9235, section 4.1)",
    hex: "1d10 3d54 2ee437c6f8ede6d7c4d602e7",
    options: [
      {
        kind: "authentication",
        keyId: 61,
        receiveNextKeyId: 84,
        messageAuthenticationCode: fromHex("2ee437c6f8ede6d7c4d602e7"),
      },
    ],
  },
  {
    name: "accurate ECN as it begins (RFC 9768, section 3.2.1.1)",
    hex: "ac0b 000001 000000 000001",
    options: [{ kind: "accurateEcn", order: 0, counters: [1, 0, 1] }],
  },
  {
    name: "accurate ECN in the other order, with the counter that changed",
    hex: "ae05 000601",
    options: [{ kind: "accurateEcn", order: 1, counters: [0x601] }],
  },
  {
    name: "multipath, able to (RFC 8684, section 3.1)",
    hex: "1e04 01 01",
    options: [{ kind: "multipath", subtype: 0, low: 1, data: fromHex("01") }],
  },
  {
    name: "an experiment (RFC 6994, section 3)",
    hex: "fe06 f989 a1a2",
    options: [{ kind: "experiment", number: 254, identifier: 0xf989, data: fromHex("a1a2") }],
  },
  {
    name: "accurate ECN of a wrong length",
    hex: "ac04 0102",
    options: [{ kind: "unknown", number: 172, data: fromHex("0102") }],
  },
  {
    name: "maximum segment size of a wrong length",
    hex: "0203ff",
    options: [{ kind: "unknown", number: 2, data: fromHex("ff") }],
  },
  {
    name: "as a Linux SYN has them",
    hex: "020405b4 0402 080a000002bc00060ad8 01 030307",
    options: [
      { kind: "mss", value: 1460 },
      { kind: "sackPermitted" },
      { kind: "timestamps", value: 700, echoReply: 395_992 },
      { kind: "nop" },
      { kind: "windowScale", shift: 7 },
    ],
  },
  {
    name: "padding that is not zero",
    hex: "020405b4 00aabbcc",
    options: [
      { kind: "mss", value: 1460 },
      { kind: "eol", padding: fromHex("aabbcc") },
    ],
  },
];

/** A segment, with what its pseudo-header is made of. */
export interface SegmentVector {
  readonly name: string;
  /** The pseudo-header, in bytes. */
  readonly pseudoHeader: string;
  readonly hex: string;
  readonly header: TcpHeader;
  readonly payload: string;
  readonly decoded: Required<TcpHeader>;
}

const SMOLTCP_PORTS = { sourcePort: 0xbf00, destinationPort: 80, window: 0x0123 } as const;

export const segments: readonly SegmentVector[] = [
  {
    name: "packetdrill: over IPv6",
    pseudoHeader: "20010db8000000000000000000000001 fd3dfa7bd17d00000000000000000001 00000020 00000006",
    hex: "d3e21f90 00000000 00000000 80028018[0660]0000 020403e8 0402 0101 01 030307",
    header: {
      sourcePort: 54242,
      destinationPort: 8080,
      flags: TcpFlag.SYN,
      window: 32792,
      options: [
        { kind: "mss", value: 1000 },
        { kind: "sackPermitted" },
        { kind: "nop" },
        { kind: "nop" },
        { kind: "nop" },
        { kind: "windowScale", shift: 7 },
      ],
    },
    payload: "",
    decoded: {
      sourcePort: 54242,
      destinationPort: 8080,
      sequenceNumber: 0,
      acknowledgmentNumber: 0,
      dataOffset: 8,
      reserved: 0,
      flags: 0x002,
      window: 32792,
      checksum: 0x0660,
      urgentPointer: 0,
      options: [
        { kind: "mss", value: 1000 },
        { kind: "sackPermitted" },
        { kind: "nop" },
        { kind: "nop" },
        { kind: "nop" },
        { kind: "windowScale", shift: 7 },
      ],
    },
  },
  {
    name: "smoltcp: data, urgent pointer, window scale",
    pseudoHeader: "c0a80101 c0a80102 0006 001c",
    hex: "bf000050 01234567 89abcdef 6035 0123 [01b6] 0201 03030c01 aa0000ff",
    header: {
      ...SMOLTCP_PORTS,
      sequenceNumber: 0x01234567,
      acknowledgmentNumber: 0x89abcdef,
      flags: TcpFlag.FIN | TcpFlag.RST | TcpFlag.ACK | TcpFlag.URG,
      urgentPointer: 0x0201,
      options: [{ kind: "windowScale", shift: 12 }, { kind: "nop" }],
    },
    payload: "aa0000ff",
    decoded: {
      ...SMOLTCP_PORTS,
      sequenceNumber: 0x01234567,
      acknowledgmentNumber: 0x89abcdef,
      dataOffset: 6,
      reserved: 0,
      flags: 0x035,
      checksum: 0x01b6,
      urgentPointer: 0x0201,
      options: [{ kind: "windowScale", shift: 12 }, { kind: "nop" }],
    },
  },
  {
    name: "smoltcp: SYN with data",
    pseudoHeader: "c0a80101 c0a80102 0006 0018",
    hex: "bf000050 01234567 00000000 5002 0123 [7a8d] 0000 aa0000ff",
    header: { ...SMOLTCP_PORTS, sequenceNumber: 0x01234567, flags: TcpFlag.SYN },
    payload: "aa0000ff",
    decoded: {
      ...SMOLTCP_PORTS,
      sequenceNumber: 0x01234567,
      acknowledgmentNumber: 0,
      dataOffset: 5,
      reserved: 0,
      flags: 0x002,
      checksum: 0x7a8d,
      urgentPointer: 0,
      options: [],
    },
  },
];

/** Protocols without a codec here: what the sum over a pseudo-header and a packet comes to. */
export interface CoveredVector {
  readonly name: string;
  readonly pseudoHeader: string;
  readonly hex: string;
  /** Index of the checksum in the packet. */
  readonly checksumAt: number;
  /** What the sum comes to. */
  readonly computed: number;
  /** What the packet has, if that is something else. */
  readonly carried?: number;
}

export const covered: readonly CoveredVector[] = [
  {
    name: "smoltcp: UDP",
    pseudoHeader: "c0a80101 c0a80102 0011 000c",
    hex: "bf00 0035 000c [124d] aa0000ff",
    checksumAt: 6,
    computed: 0x124d,
  },
  {
    name: "gopacket: empty UDP over IPv4",
    pseudoHeader: "c0000201 c6336401 0011 0008",
    hex: "3039 270f 0008 [bc5f]",
    checksumAt: 6,
    computed: 0xbc5f,
  },
  {
    name: "gopacket: empty UDP over IPv6",
    pseudoHeader: "20010db8000000000000000000000001 20010db8000000000000000000000002 00000008 00000011",
    hex: "3039 270f 0008 [4d21]",
    checksumAt: 6,
    computed: 0x4d21,
  },
  {
    name: "smoltcp: ICMP echo",
    pseudoHeader: "",
    hex: "08 00 [8efe] 1234 abcd aa0000ff",
    checksumAt: 2,
    computed: 0x8efe,
  },
  {
    name: "the manual page of text2pcap: ICMP with a wrong checksum",
    pseudoHeader: "",
    hex: "0800 [a62f] 0001 0001 48656c6c6f20576f726c6421",
    checksumAt: 2,
    computed: 0xa60e,
    carried: 0xa62f,
  },
  {
    name: "RFC 768: UDP whose sum is 0 carries ffff",
    pseudoHeader: "7f000001 7f000001 0011 000c",
    hex: "0035 0035 000c [ffff] ffff016a",
    checksumAt: 6,
    computed: 0,
    carried: 0xffff,
  },
  {
    name: "UDP whose sum is 0, between other hosts",
    pseudoHeader: "0a000001 0a000002 0011 000a",
    hex: "03e8 07d0 000a [ffff] e01f",
    checksumAt: 6,
    computed: 0,
    carried: 0xffff,
  },
];

export interface FrameVector {
  readonly name: string;
  readonly linkType: FrameLinkType;
  readonly hex: string;
  /** The little that one has to say to get these bytes. */
  readonly frame: Frame;
  /** Some of what is read. */
  readonly decoded: object;
}

export const frames: readonly FrameVector[] = [
  {
    name: "packetdrill: SYN-ACK",
    linkType: "raw",
    hex: "4500003c00000000ff06[f910]01010101c0a80001 04d2eb3500000000c6f05600a01216a0[5412]0000 020405b40402080a000002bc00060ad801030307",
    frame: {
      ipv4: { source: parseIpv4("1.1.1.1"), destination: parseIpv4("192.168.0.1"), timeToLive: 255 },
      tcp: {
        sourcePort: 1234,
        destinationPort: 60213,
        acknowledgmentNumber: 0xc6f05600,
        flags: TcpFlag.SYN | TcpFlag.ACK,
        window: 5792,
        options: [
          { kind: "mss", value: 1460 },
          { kind: "sackPermitted" },
          { kind: "timestamps", value: 700, echoReply: 395_992 },
          { kind: "nop" },
          { kind: "windowScale", shift: 7 },
        ],
      },
    },
    decoded: {
      ipv4: { headerChecksum: 0xf910, protocol: 6, totalLength: 60 },
      tcp: { checksum: 0x5412, dataOffset: 10 },
    },
  },
  {
    name: "mafintosh/ip-packet: SYN with all common options",
    linkType: "raw",
    hex: "45000040000040004006[2651]0a16001e0a16001e fb311f900a7fd88600000000b0c2ffff[9783]0000 020404ec010303060101080a9158fbf80000000004020000",
    frame: {
      ipv4: { source: parseIpv4("10.22.0.30"), destination: parseIpv4("10.22.0.30"), dontFragment: true },
      tcp: {
        sourcePort: 64305,
        destinationPort: 8080,
        sequenceNumber: 0x0a7fd886,
        flags: TcpFlag.SYN | TcpFlag.ECE | TcpFlag.CWR,
        options: [
          { kind: "mss", value: 1260 },
          { kind: "nop" },
          { kind: "windowScale", shift: 6 },
          { kind: "nop" },
          { kind: "nop" },
          { kind: "timestamps", value: 0x9158fbf8, echoReply: 0 },
          { kind: "sackPermitted" },
        ],
      },
    },
    decoded: { ipv4: { headerChecksum: 0x2651 }, tcp: { checksum: 0x9783, dataOffset: 11, window: 65535 } },
  },
  {
    name: "Wireshark's http.cap: SYN",
    linkType: "ethernet",
    hex: "feff200001000000010000000800 450000300f4140008006[91eb]91fea0ed41d0e4df 0d2c005038affe130000000070022238[c30c]0000 020405b401010402",
    frame: {
      ethernet: { destination: parseMac("fe:ff:20:00:01:00"), source: parseMac("00:00:01:00:00:00") },
      ipv4: {
        source: parseIpv4("145.254.160.237"),
        destination: parseIpv4("65.208.228.223"),
        identification: 3905,
        dontFragment: true,
        timeToLive: 128,
      },
      tcp: {
        sourcePort: 3372,
        destinationPort: 80,
        sequenceNumber: 951_057_939,
        flags: TcpFlag.SYN,
        window: 8760,
        options: [{ kind: "mss", value: 1460 }, { kind: "nop" }, { kind: "nop" }, { kind: "sackPermitted" }],
      },
    },
    decoded: { ethernet: { etherType: 0x0800 }, ipv4: { headerChecksum: 0x91eb }, tcp: { checksum: 0xc30c } },
  },
  {
    name: "the manual page of text2pcap: ICMP",
    linkType: "ethernet",
    hex: "000eb6000002000eb60000010800 4500002800000000ff01[37d1]c0000201c0000202 0800a62f0001000148656c6c6f20576f726c6421",
    frame: {
      ethernet: { destination: parseMac("00:0e:b6:00:00:02"), source: parseMac("00:0e:b6:00:00:01") },
      ipv4: {
        source: parseIpv4("192.0.2.1"),
        destination: parseIpv4("192.0.2.2"),
        timeToLive: 255,
        protocol: 1,
      },
      payload: fromHex("0800a62f0001000148656c6c6f20576f726c6421"),
    },
    decoded: { ipv4: { headerChecksum: 0x37d1, protocol: 1, totalLength: 40 } },
  },
  {
    name: "TCP whose sum is 0 carries 0",
    linkType: "null",
    hex: "02000000 4500002a000000004006[66cc]0a0000010a000002 03e807d000000001000000005002 2000[0000]0000 7025",
    frame: {
      loopback: {},
      ipv4: { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") },
      tcp: { sourcePort: 1000, destinationPort: 2000, sequenceNumber: 1, flags: TcpFlag.SYN, window: 0x2000 },
      payload: fromHex("7025"),
    },
    decoded: { loopback: { family: 2, littleEndian: true }, tcp: { checksum: 0 }, payload: fromHex("7025") },
  },
];

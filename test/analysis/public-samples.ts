/**
 * Frames that others have captured and published, and what is known of them. The sources show the bytes or a dissection of
 * them; the right checksums in all but the offloaded ones are proof that none was copied wrongly.
 */
export interface PublicSample {
  readonly name: string;
  readonly source: string;
  readonly linkType: number;
  readonly hex: string;
  /** Bytes of the frame on the wire, where not all of them are published. */
  readonly wireLength?: number;
  readonly sourceAddress: string;
  readonly destinationAddress: string;
  readonly ports?: readonly [number, number];
  readonly tcp?: { readonly sequence: number; readonly acknowledgment: number; readonly flags: number };
  readonly payloadLength: number;
  /** As Wireshark has them: it calls a sum that was left to the adapter bad. */
  readonly checksums: Readonly<Record<string, "good" | "bad">>;
}

const HTTP_CAP = "http.cap of Wireshark's sample captures (wiki.wireshark.org/SampleCaptures)";
const GOOD_TCP = { ipv4: "good", tcp: "good" } as const;
const CLIENT = "145.254.160.237";
const SERVER = "65.208.228.223";

export const PUBLIC_SAMPLES: readonly PublicSample[] = [
  {
    name: "SYN of an HTTP connection",
    source: `${HTTP_CAP}, frame 1`,
    linkType: 1,
    hex: `feff20000100 000001000000 0800 45000030 0f414000 800691eb 91fea0ed 41d0e4df
      0d2c0050 38affe13 00000000 70022238 c30c0000 020405b4 01010402`,
    sourceAddress: CLIENT,
    destinationAddress: SERVER,
    ports: [3372, 80],
    tcp: { sequence: 0x38affe13, acknowledgment: 0, flags: 0x02 },
    payloadLength: 0,
    checksums: GOOD_TCP,
  },
  {
    name: "SYN, ACK of an HTTP connection",
    source: `${HTTP_CAP}, frame 2`,
    linkType: 1,
    hex: `000001000000 feff20000100 0800 45000030 00004000 2f06f22c 41d0e4df 91fea0ed
      00500d2c 114c618b 38affe14 701216d0 5bdc0000 02040564 01010402`,
    sourceAddress: SERVER,
    destinationAddress: CLIENT,
    ports: [80, 3372],
    tcp: { sequence: 0x114c618b, acknowledgment: 0x38affe14, flags: 0x12 },
    payloadLength: 0,
    checksums: GOOD_TCP,
  },
  {
    name: "ACK of an HTTP connection",
    source: `${HTTP_CAP}, frame 3`,
    linkType: 1,
    hex: `feff20000100 000001000000 0800 45000028 0f444000 800691f0 91fea0ed 41d0e4df
      0d2c0050 38affe14 114c618c 501025bc 79640000`,
    sourceAddress: CLIENT,
    destinationAddress: SERVER,
    ports: [3372, 80],
    tcp: { sequence: 0x38affe14, acknowledgment: 0x114c618c, flags: 0x10 },
    payloadLength: 0,
    checksums: GOOD_TCP,
  },
  {
    name: "DNS query for the text record of google.com",
    source: "dns.cap of Wireshark's sample captures, frame 1",
    linkType: 1,
    hex: `00e018b10cad 00c09f32418c 0800 45000038 00004000 40116547 c0a8aa08 c0a8aa14
      801b0035 002485ed 1032 0100 0001 0000 0000 0000 06676f6f676c65 03636f6d 00 0010 0001`,
    sourceAddress: "192.168.170.8",
    destinationAddress: "192.168.170.20",
    ports: [32_795, 53],
    payloadLength: 28,
    checksums: { ipv4: "good", udp: "good" },
  },
  {
    name: "IPv4 header of a UDP datagram, the rest not captured",
    source: "Wikipedia, Internet checksum, the example of an IPv4 header",
    linkType: 101,
    hex: "45000073 00004000 4011b861 c0a80001 c0a800c7",
    wireLength: 115,
    sourceAddress: "192.168.0.1",
    destinationAddress: "192.168.0.199",
    payloadLength: 0,
    checksums: { ipv4: "good" },
  },
  {
    name: "TCP over loopback, its checksum left to an adapter that is not there",
    source: "chancej715.github.io, 2023-03-22, Decode network packet hex dump",
    linkType: 1,
    hex: `000000000000 000000000000 0800 45000041 55694000 4006e74b 7f000001 7f000001
      1f40da48 bc97eeea d313283a 80180200 fe350000 0101080a e409f01b e409f01b 6a41 3832 3657 3541 4225 6464 0a`,
    sourceAddress: "127.0.0.1",
    destinationAddress: "127.0.0.1",
    ports: [8000, 55_880],
    tcp: { sequence: 0xbc97eeea, acknowledgment: 0xd313283a, flags: 0x18 },
    payloadLength: 13,
    checksums: { ipv4: "good", tcp: "bad" },
  },
  {
    name: "UDP over loopback, its checksum left to an adapter that is not there",
    source: "lieubeamoi.io, 2025-07-20, Decode a network packet hex dump",
    linkType: 1,
    hex: `000000000000 000000000000 0800 45000022 94ef4000 4011a7d9 7f000001 7f000001
      ce471530 000efe21 68656c6c6f0a`,
    sourceAddress: "127.0.0.1",
    destinationAddress: "127.0.0.1",
    ports: [52_807, 5424],
    payloadLength: 6,
    checksums: { ipv4: "good", udp: "bad" },
  },
];

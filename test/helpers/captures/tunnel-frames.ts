/** A connection and odd packets in every kind of tunnel, put together in bytes. */
import {
  ethernet,
  FOUR,
  hex,
  icmp,
  ip,
  ipv4,
  join,
  letters,
  type Net,
  reversed,
  SIX,
  tag,
  tcp,
  u16,
  u32,
  udp,
} from "./odd/packet-bytes.ts";

const INNER: Net = { source: hex("c0a80001"), destination: hex("c0a80002") };
const { source } = INNER;

const overUdp = (port: number, header: Uint8Array) => (contents: Uint8Array) =>
  ethernet(0x0800, ip(FOUR, 17, udp({ ports: [50_001, port] }, join(header, contents))));
const inFrame = (packet: Uint8Array) => ethernet(packet[0]! >>> 4 === 4 ? 0x0800 : 0x86dd, packet);

interface Tunnel {
  readonly name: string;
  /** Makes a frame of an IPv4 packet. */
  readonly wrap: (packet: Uint8Array) => Uint8Array;
  /** Whether the outermost header behind Ethernet is one of IP, so that the tunnel can be in another one of its kind. */
  readonly isOverIp: boolean;
}

export const TUNNELS: readonly Tunnel[] = [
  {
    name: "VLANs in a provider's",
    wrap: (packet) => ethernet(0x88a8, join(tag(7, 0x8100), tag(8, 0x0800), packet)),
    isOverIp: false,
  },
  { name: "MPLS", wrap: (packet) => ethernet(0x8847, join(hex("00010040 00011140"), packet)), isOverIp: false },
  {
    name: "Ethernet over MPLS, with a control word",
    wrap: (packet) => ethernet(0x8847, join(hex("00010140 00000007 00000c000002 00000c000001 0800"), packet)),
    isOverIp: false,
  },
  {
    name: "PPPoE",
    wrap: (packet) => ethernet(0x8864, join(hex("1100 0007"), u16(packet.length + 2), hex("0021"), packet)),
    isOverIp: false,
  },
  {
    name: "GRE with a key",
    wrap: (packet) => ethernet(0x0800, ip(FOUR, 47, join(hex("20000800 00000007"), packet))),
    isOverIp: true,
  },
  {
    name: "Ethernet over GRE",
    wrap: (packet) => ethernet(0x0800, ip(FOUR, 47, join(hex("00006558"), inFrame(packet)))),
    isOverIp: true,
  },
  {
    name: "PPTP",
    wrap: (packet) =>
      ethernet(
        0x0800,
        ip(FOUR, 47, join(hex("3001880b"), u16(packet.length + 4), hex("0007 00000001 ff030021"), packet)),
      ),
    isOverIp: true,
  },
  {
    name: "EtherIP",
    wrap: (packet) => ethernet(0x0800, ip(FOUR, 97, join(hex("3000"), inFrame(packet)))),
    isOverIp: true,
  },
  { name: "VXLAN", wrap: (packet) => overUdp(4789, hex("0800000000000500"))(inFrame(packet)), isOverIp: true },
  { name: "Geneve", wrap: (packet) => overUdp(6081, hex("0240080000000500 0102830161626364"))(packet), isOverIp: true },
  {
    name: "GTP-U with an extension header",
    wrap: (packet) =>
      overUdp(2152, join(hex("34ff"), u16(packet.length + 8), hex("00000009 00000085 01100900")))(packet),
    isOverIp: true,
  },
  { name: "MPLS over UDP", wrap: (packet) => overUdp(6635, hex("00005140"))(packet), isOverIp: true },
  { name: "IP in IP", wrap: (packet) => ethernet(0x0800, ip(FOUR, 4, packet)), isOverIp: true },
  {
    name: "IPv4 in VXLAN over IPv6",
    wrap: (packet) =>
      ethernet(
        0x86dd,
        ip(SIX, 17, udp({ net: SIX, ports: [50_001, 4789] }, join(hex("0800000000000500"), inFrame(packet)))),
      ),
    isOverIp: false,
  },
];

interface TunnelFrame {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What is in the tunnel. */
  readonly packet: Uint8Array;
}

/** Flags, sequence and acknowledgment numbers, and data of a connection, by who sends: the client first. */
const CONNECTION: readonly (readonly [
  isClient: boolean,
  flags: number,
  sequence: number,
  acknowledgment: number,
  data: number,
])[] = [
  [true, 0x02, 99, 0, 0],
  [false, 0x12, 499, 100, 0],
  [true, 0x10, 100, 500, 0],
  [true, 0x18, 100, 500, 20],
  [false, 0x18, 500, 120, 30],
  [true, 0x11, 120, 530, 0],
  [false, 0x11, 530, 121, 0],
  [true, 0x10, 121, 531, 0],
];

function connection(): Uint8Array[] {
  return CONNECTION.map(([isClient, flags, sequence, acknowledgment, data]) => {
    const net = isClient ? INNER : reversed(INNER);
    const ports = isClient ? ([40_000, 9999] as const) : ([9999, 40_000] as const);
    return ip(net, 6, tcp({ net, ports, flags, sequence, acknowledgment }, letters(data)));
  });
}

const datagram = (payload = letters(20)) => ip(INNER, 17, udp({ net: INNER, ports: [40_001, 9998] }, payload));
const segment = (checksum: "good" | "bad") =>
  ip(INNER, 6, tcp({ net: INNER, ports: [41_000, 9999], checksum }, letters(10)));

/** An ICMP error from a router, in front of which the packet got lost. */
const errorAbout = (packet: Uint8Array) =>
  ip({ source: hex("0a090909"), destination: FOUR.source }, 1, icmp(3, 1, join(u32(0), packet)));

/** Both fragments of a datagram of 32 bytes. */
function fragments(identification: number): Uint8Array[] {
  const whole = udp({ net: INNER, ports: [40_002, 9998] }, letters(24));
  const part = (offset: number, end: number, flags: number) =>
    ipv4({ protocol: 17, net: INNER, identification, flags, offset: offset / 8 }, whole.subarray(offset, end));
  return [part(0, 16, 1), part(16, 32, 0)];
}

/** Loose source route over 192.168.0.9, on the way to 192.168.0.7 in the end. */
const routed = () => {
  const end = { source, destination: hex("c0a80007") };
  return ipv4({ protocol: 6, net: INNER, options: hex("83 07 04 c0a80007 00") }, tcp({ net: end }, letters(10)));
};

/** SYN and SYN/ACK that agree on accurate ECN, and segments that count: 5 marks. */
function accurateEcn(): Uint8Array[] {
  const ports = [42_000, 9999] as const;
  const back = { net: reversed(INNER), ports: [9999, 42_000] as const };
  const wrapped = (net: Net, bytes: Uint8Array) => ip(net, 6, bytes);
  return [
    wrapped(INNER, tcp({ net: INNER, ports, flags: 0x1c2, sequence: 1, acknowledgment: 0 }, letters(0))),
    wrapped(back.net, tcp({ ...back, flags: 0x052, sequence: 9, acknowledgment: 2 }, letters(0))),
    wrapped(INNER, tcp({ net: INNER, ports, flags: 0x150, sequence: 2, acknowledgment: 10 }, letters(0))),
  ];
}

/** All of it, one tunnel after the other. The same addresses and ports are one stream, whatever tunnel they are in. */
export function tunnelFrames(): TunnelFrame[] {
  const found: TunnelFrame[] = [];
  const add = (name: string, packet: Uint8Array, bytes: Uint8Array) => found.push({ name, packet, bytes });
  for (const packet of connection()) add("connection", packet, TUNNELS[0]!.wrap(packet));
  for (const [index, { name, wrap }] of TUNNELS.entries()) {
    for (const packet of connection()) add(`${name}, a segment`, packet, wrap(packet));
    const odd = [datagram(), segment("good"), segment("bad"), ...fragments(100 + index), routed(), ...accurateEcn()];
    for (const packet of odd) add(`${name}, odd packets`, packet, wrap(packet));
    const asError = ip(reversed(INNER), 1, icmp(3, 3, join(u32(0), datagram())));
    add(`${name}, an error inside`, asError, wrap(asError));
  }
  for (const { name, wrap } of TUNNELS.filter(({ isOverIp }) => isOverIp)) {
    for (const packet of [datagram(), segment("good")]) {
      const about = errorAbout(wrap(packet).subarray(14));
      add(`an error about ${name}`, about, ethernet(0x0800, about));
      add(
        `an error about the beginning of ${name}`,
        about,
        ethernet(0x0800, errorAbout(wrap(packet).subarray(14, 42))),
      );
    }
  }
  return found;
}

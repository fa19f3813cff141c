/** Filters about what only a whole capture tells, or only rare headers have: Wireshark selects the same frames. */
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { compileFilter } from "../../lib/filter/filter.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import {
  ethernet,
  FOUR,
  hex,
  icmp,
  icmpv6,
  ip,
  ipv4,
  ipv6,
  join,
  letters,
  type Net,
  reversed,
  SIX,
  tcp,
  u32,
  udp,
} from "../helpers/captures/odd/packet-bytes.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { judgedSelections } from "../helpers/judges/judged-selections.ts";
import { isMissing } from "../helpers/judges/tools.ts";

const four = (packet: Uint8Array) => ethernet(0x0800, packet);
const six = (packet: Uint8Array) => ethernet(0x86dd, packet);
const BACK = reversed(FOUR);
const BACK6 = reversed(SIX);
const LAST_STOP = hex("0a090909");
const LAST_STOP6 = hex("20010db8 00000000 00000000 00000099");
const HOME = hex("20010db8 00000000 00000000 00000055");
const nothing = new Uint8Array(0);

interface Sample {
  readonly name: string;
  readonly frames: readonly Uint8Array[];
  readonly wireLengths?: readonly number[];
  readonly filters: readonly string[];
}

const quoteIn = (packet: Uint8Array, cut: number, type = 3) =>
  four(ip(BACK, 1, icmp(type, 1, join(u32(0), packet.subarray(0, cut)))));
const quoteIn6 = (packet: Uint8Array, cut: number) =>
  six(ip(BACK6, 58, icmpv6(1, 4, join(u32(0), packet.subarray(0, cut)), "good", BACK6)));

function quotes(): Sample {
  const segment = ip(FOUR, 6, tcp({ sequence: 7, acknowledgment: 77 }));
  const datagram = ip(FOUR, 17, udp());
  const segment6 = ip(SIX, 6, tcp({ net: SIX, sequence: 7 }));
  const unseen = ip(FOUR, 6, tcp({ sequence: 7, flags: 2, ports: [40_001, 80], options: hex("020405b4") }, nothing));
  const routed = ipv4({ protocol: 6, options: hex("83 07 04 0a090909 00") }, tcp({ sequence: 7 }));
  const cuts = [0, 2, 4, 7, 8, 12, 13, 14, 15, 16, 18, 19, 20, 24, 40].map((cut) => 20 + cut);
  return {
    name: "what ICMP errors quote",
    frames: [
      four(segment),
      four(ip(BACK, 6, tcp({ net: BACK, ports: [50_000, 49_152], sequence: 500, acknowledgment: 27 }))),
      ...cuts.map((cut) => quoteIn(segment, cut)),
      ...[28, 40, 44].map((cut) => quoteIn(unseen, cut)),
      four(datagram),
      ...[20, 22, 24, 26, 28, 30, 48].map((cut) => quoteIn(datagram, cut)),
      ...[48, 60, 62, 80].map((cut) => quoteIn6(segment6, cut)),
      six(segment6),
      quoteIn(routed, 64),
      quoteIn(ip(FOUR, 4, datagram), 60),
      quoteIn(ip(FOUR, 1, icmp(3, 3, join(u32(0), datagram))), 90),
      quoteIn(ip(FOUR, 17, udp({ checksum: "bad" })), 48),
      quoteIn(ip(FOUR, 17, udp({ checksum: 0 })), 48, 11),
      quoteIn(ipv4({ protocol: 17, checksum: "bad" }, udp()), 48, 11),
      quoteIn(ipv4({ protocol: 17, totalLength: 0 }, udp()), 48, 12),
      quoteIn(join(datagram, letters(9)), 57),
      quoteIn6(ipv6({ next: 0 }, join([6, 0, 1, 4, 0, 0, 0, 0], tcp({ net: SIX, sequence: 7 }))), 88),
      quoteIn6(ipv6({ next: 44 }, join([6, 0, 0, 0, 0, 0, 0, 9], tcp({ net: SIX, sequence: 7 }))), 88),
      four(datagram),
    ],
    filters: [
      ..."tcp udp ip icmp tcp.srcport tcp.port tcp.stream tcp.seq tcp.seq_raw tcp.ack tcp.ack_raw tcp.len".split(" "),
      ..."tcp.hdr_len tcp.flags tcp.flags.syn tcp.flags.ae tcp.window_size tcp.window_size_value tcp.checksum".split(
        " ",
      ),
      ..."tcp.urgent_pointer tcp.payload udp.srcport udp.dstport udp.stream udp.length udp.checksum".split(" "),
      ..."udp.payload ip.version ip.len ip.checksum.status ip.dst ip.addr tcp.checksum.status".split(" "),
      "tcp.stream == 0",
      "tcp.stream == 1",
      "tcp.stream == 2",
      "tcp.stream == 3",
      "udp.stream == 0",
      "tcp.seq == 7",
      "tcp.seq == 1",
      "tcp.seq_raw == 7",
      "tcp.ack == 77",
      "tcp.window_size == 8192",
      "tcp.checksum.status == 1",
      "udp.checksum.status == 0",
      "udp.checksum.status == 1",
      "udp.checksum.status == 2",
      "udp.checksum.status == 3",
      "ip.checksum.status == 0",
      "ip.dst == 10.9.9.9",
      "ip.version == 6",
      "ip.len == 48",
      'tcp.payload contains "abc"',
      'udp contains "abc"',
    ],
  };
}

const route = (type: number, pointer: number, ...stops: Uint8Array[]) =>
  join([type, 3 + 4 * stops.length, pointer], ...stops, [0]);
const on = (net: Net, destination: Uint8Array): Net => ({ ...net, destination });
const routing = (type: number, left: number, ...stops: Uint8Array[]) =>
  join([6, 2 * stops.length, type, left, 0, 0, 0, 0], ...stops);
const home = (next: number, address = HOME) => join([next, 2, 1, 2, 0, 0, 201, 16], address);

function routes(): Sample {
  const sent = (options: Uint8Array, destination: Uint8Array, sequence: number) =>
    four(ipv4({ protocol: 6, options }, tcp({ net: on(FOUR, destination), sequence })));
  const sent6 = (next: number, headers: Uint8Array, net: Net, sequence: number) =>
    six(ipv6({ next }, join(headers, tcp({ net, sequence }))));
  const stop = hex("0a070707");
  const stop6 = hex("20010db8 00000000 00000000 00000077");
  const end6 = on(SIX, LAST_STOP6);
  const mobile = { source: HOME, destination: SIX.destination };
  return {
    name: "routes and home addresses",
    frames: [
      sent(nothing, FOUR.destination, 1),
      sent(route(131, 4, LAST_STOP), LAST_STOP, 50),
      sent(route(137, 4, LAST_STOP), LAST_STOP, 70),
      sent(route(131, 8, LAST_STOP), FOUR.destination, 21),
      sent(route(131, 4, stop, LAST_STOP), LAST_STOP, 90),
      sent(route(137, 8, stop, LAST_STOP), LAST_STOP, 110),
      sent(route(131, 12, stop, LAST_STOP), FOUR.destination, 41),
      sent(join([1], route(131, 4, LAST_STOP).subarray(0, 7)), LAST_STOP, 130),
      sent(route(131, 5, LAST_STOP), FOUR.destination, 61),
      sent(route(131, 3, LAST_STOP), FOUR.destination, 81),
      sent(route(7, 4, LAST_STOP), FOUR.destination, 101),
      four(ipv4({ protocol: 17, options: route(131, 4, LAST_STOP) }, udp({ net: on(FOUR, LAST_STOP) }))),
      sent6(6, nothing, SIX, 1),
      ...[0, 2, 3].map((type) => sent6(43, routing(type, 1, LAST_STOP6), end6, 50 + 20 * type)),
      sent6(43, routing(0, 0, LAST_STOP6), SIX, 21),
      sent6(43, routing(0, 1, stop6, LAST_STOP6), end6, 150),
      sent6(43, join([6, 4, 4, 1, 1, 0, 0, 0], LAST_STOP6, stop6), end6, 170),
      sent6(43, join([6, 2, 3, 1, 0xff, 0xe0, 0, 0], [0x77, 0x99], new Uint8Array(14)), end6, 190),
      sent6(43, routing(9, 1, LAST_STOP6), SIX, 41),
      sent6(60, home(6), mobile, 1),
      sent6(60, join(home(43), routing(2, 1, LAST_STOP6)), { source: HOME, destination: LAST_STOP6 }, 1),
      sent6(43, join(routing(2, 1, LAST_STOP6).fill(60, 0, 1), home(6)), { source: HOME, destination: LAST_STOP6 }, 21),
      sent6(60, home(6), SIX, 21),
    ],
    filters: [
      ..."tcp.stream ip.dst ip.addr ipv6.dst tcp.analysis.flags tcp.checksum.status udp.checksum.status".split(" "),
      ...[0, 1, 2, 3, 4, 5].map((stream) => `tcp.stream == ${stream}`),
      "ip.dst == 10.9.9.9",
      "ip.dst == 10.0.0.2",
      "ip.addr == 10.9.9.9",
      "ip.addr == 10.0.0.2",
      "ipv6.dst == 2001:db8::2",
      "tcp.checksum.status == 0",
      "tcp.checksum.status == 1",
      "tcp.seq == 1",
    ],
  };
}

function lengths(): Sample {
  const large = tcp({}, letters(3000));
  const inner = ipv4({ protocol: 17, totalLength: 0 }, udp());
  const llc = (packet: Uint8Array) => ethernet(3 + packet.length, join(hex("060603"), packet));
  return {
    name: "versions, and lengths that the adapter was to fill in",
    frames: [
      four(ipv4({ protocol: 6, totalLength: 0 }, large)),
      four(ipv4({ protocol: 6 }, large)),
      four(ipv4({ protocol: 4 }, inner)),
      join(llc(inner), letters(6)),
      join(four(ipv4({ protocol: 4 }, inner)), letters(6)),
      six(ip(SIX, 6, tcp({ net: SIX }))),
      four(ipv4({ protocol: 41 }, ip(SIX, 17, udp({ net: SIX })))),
      four(ipv4({ protocol: 4, checksum: "bad" }, ip(FOUR, 17, udp()))),
      four(ipv4({ protocol: 4 }, ipv4({ protocol: 17, checksum: "bad" }, udp()))),
      four(ip(FOUR, 17, udp())),
    ],
    filters: [
      ..."ip.len ip.version ipv6.version".split(" "),
      "ip.version == 6",
      "ip.version == 4",
      "ip.len > 1500",
      "ip.len == 3040",
      "ip.len == 48",
      "ip.len == 68",
      "ip.len == 0",
      "ip.checksum.status == 0",
      "ip.checksum.status == 1",
    ],
  };
}

/** Three bits of ECN in the flags. */
const ecn = (value: number) => value << 6;

function counters(): Sample {
  const frames: Uint8Array[] = [];
  const add = (port: number, flags: number, sequence: number, acknowledgment: number, isAnswer = false) => {
    const ports = isAnswer ? ([50_000, port] as const) : ([port, 50_000] as const);
    const net = isAnswer ? BACK : FOUR;
    const data = (flags & 7) === 0 && !isAnswer ? letters(3) : nothing;
    frames.push(four(ip(net, 6, tcp({ net, ports, flags, sequence, acknowledgment }, data))));
  };
  const open = (port: number, offer: number, answer: number) => {
    add(port, 0x02 | ecn(offer), 100, 0);
    add(port, 0x12 | ecn(answer), 500, 101, true);
    add(port, 0x10 | ecn(5), 101, 501);
    add(port, 0x10 | ecn(3), 501, 104, true);
  };
  for (const offer of [0, 3, 7])
    for (let answer = 0; answer < 8; answer++) open(41_000 + 8 * offer + answer, offer, answer);
  // Answered twice, and asked for again on the same ports.
  open(42_000, 7, 2);
  add(42_000, 0x12, 500, 101, true);
  add(42_000, 0x10 | ecn(5), 104, 501);
  add(42_000, 0x02, 90_000, 0);
  add(42_000, 0x12, 70_000, 90_001, true);
  add(42_000, 0x10 | ecn(5), 90_001, 70_001);
  open(42_001, 7, 3);
  add(42_001, 0x14 | ecn(6), 104, 501);
  add(42_001, 0x11 | ecn(1), 501, 107, true);
  add(42_002, 0x12 | ecn(2), 500, 101, true);
  add(42_002, 0x10 | ecn(5), 101, 501);
  const ace = [0, 1, 3, 5, 6].map((value) => `tcp.flags.ace == ${value}`);
  const flags = ["tcp.flags.ace", "tcp.flags.ae", "tcp.flags.cwr", "tcp.flags.ece", "tcp.flags.ae == 1"];
  return { name: "accurate ECN", frames, filters: [...ace, ...flags, "tcp.flags.syn == 1"] };
}

function cutHeaders(): Sample {
  const whole = [
    four(ip(FOUR, 6, tcp({ options: hex("020405b4 01010402") }))),
    four(ip(FOUR, 17, udp())),
    six(ip(SIX, 6, tcp({ net: SIX }))),
    four(ipv4({ protocol: 6, options: route(131, 4, LAST_STOP) }, tcp({ net: on(FOUR, LAST_STOP) }))),
  ];
  const cuts = whole.flatMap((frame) =>
    Array.from({ length: 60 }, (_, index) => ({ bytes: frame.subarray(0, 15 + index), length: frame.length })),
  );
  return {
    name: "headers that are cut off anywhere",
    frames: [...cuts.map(({ bytes }) => bytes), whole[1]!],
    wireLengths: cuts.map(({ length }) => length),
    filters: [
      ..."tcp tcp.srcport tcp.dstport tcp.port tcp.stream tcp.seq tcp.seq_raw tcp.ack_raw tcp.hdr_len".split(" "),
      ..."tcp.flags tcp.flags.syn tcp.window_size_value tcp.checksum tcp.urgent_pointer udp udp.srcport".split(" "),
      ..."udp.dstport udp.length udp.checksum ip.src ip.dst ip.addr ip.version ip.len ipv6.dst".split(" "),
      ..."ip ipv6 ip.hdr_len ip.id ip.ttl ip.checksum ipv6.version ipv6.plen ipv6.nxt ipv6.hlim ipv6.src ipv6.flow".split(
        " ",
      ),
      "ip.dst == 10.9.9.9",
      "ip.addr == 10.0.0.1",
    ],
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const filledTo4 = (option: Uint8Array) => join(option, new Uint8Array((4 - (option.length % 4)) % 4).fill(1));

/** Every kind with every length. Of Wireshark's own, those of space links (20, 21) and of security (130) are left out. */
function options(): Sample {
  const option = (kind: number, length: number) =>
    filledTo4(Uint8Array.of(kind, length, ...Array(18).fill(0)).subarray(0, Math.max(2, length)));
  const tcpKinds = [...range(2, 15), 19, 22, 23, 27, 28, 29, 30, 34, 78, 200, 253, 254];
  // Addresses begin behind the pointer, at 4.
  const route = (type: number, length: number) =>
    filledTo4(Uint8Array.of(type, length, 4, ...Array(18).fill(0)).subarray(0, Math.max(2, length)));
  const times = (length: number, flag: number) =>
    filledTo4(Uint8Array.of(68, length, 5, flag, ...Array(16).fill(0)).subarray(0, Math.max(2, length)));
  const ipOptions = [
    ...[11, 12, 82, 133, 134, 136, 148, 149, 222].flatMap((type) => range(0, 16).map((length) => option(type, length))),
    ...[7, 131, 137].flatMap((type) => range(0, 16).map((length) => route(type, length))),
    ...[0, 1, 3].flatMap((flag) => range(4, 20).map((length) => times(length, flag))),
  ];
  const six6 = (type: number, length: number) => {
    const data = join([17, 0, type, length], new Uint8Array(length));
    const header = join(data, new Uint8Array((8 - (data.length % 8)) % 8));
    return six(ipv6({ next: 0 }, join(header.fill(header.length / 8 - 1, 1, 2), udp({ net: SIX }))));
  };
  return {
    name: "options of every length",
    frames: [
      ...tcpKinds.flatMap((kind) =>
        range(0, 20).map((length) => four(ip(FOUR, 6, tcp({ options: option(kind, length) })))),
      ),
      four(ip(FOUR, 6, tcp({ options: hex("1e035000") }))),
      four(ip(FOUR, 6, tcp({ options: hex("01010102") }))),
      four(ip(FOUR, 6, tcp({ options: hex("02080501") }))),
      four(ip(FOUR, 6, tcp({ options: hex("0512 0000000000000000 0000") }))),
      four(ip(FOUR, 6, tcp({ options: hex("0101080a 0000000000000000") }))),
      ...ipOptions.map((list) => four(ipv4({ protocol: 17, options: list }, udp()))),
      four(ipv4({ protocol: 17, options: hex("01010107") }, udp())),
      ...[1, 4, 5, 7, 38, 99, 138, 194, 201, 238].flatMap((type) => range(0, 19).map((length) => six6(type, length))),
      four(ip(FOUR, 17, udp())),
    ],
    filters: ["_ws.malformed", "tcp.option.len.invalid", "ip.opt.len.invalid", "ip.subopt_too_long"],
  };
}

const SECOND = 1_000_000;
const QUARTER = 250_000;

describe.skipIf(isMissing("tshark"))("selects what Wireshark selects", () => {
  const folder = temporaryFolder();

  it.each([quotes(), routes(), lengths(), counters(), cutHeaders(), options()])(
    "by filters about $name",
    { timeout: 120_000 },
    async ({ frames, wireLengths, filters }) => {
      const records = frames.map((bytes, index) => ({
        time: index * SECOND + (index === 0 ? 0 : QUARTER),
        bytes,
        wireLength: wireLengths?.[index] ?? bytes.length,
      }));
      const bytes = pcapOf(1, records);
      const judged = judgedSelections(captureFile(folder, "judged.pcap", bytes), filters);
      const ours = filters.map((): number[] => []);
      const matches = filters.map(compileFilter);
      await analyzeCapture(captureFromBytes(bytes, "judged"), {
        onPacket: (packet) => {
          for (const [index, wants] of matches.entries()) if (wants(packet)) ours[index]!.push(packet.frameNumber);
        },
      });
      const named = (selections: readonly number[][]) =>
        selections.map((selection, index) => ({ filter: filters[index], frames: selection.join(" ") }));
      expect(named(ours)).toEqual(named(judged));
    },
  );
});

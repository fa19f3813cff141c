/** Packets that real networks carry seldom, and that readers of captures get wrong. */
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { describeLayers } from "../../lib/dissect/describe-layers.ts";
import { formatAddress } from "../../lib/dissect/outline.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { frameCheckSequence } from "../../lib/headers/ethernet.ts";
import { ChecksumStatus, LayerKind } from "../../lib/headers/layer.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { conflictText } from "../../lib/report/text/findings-text.ts";
import type { AnalyzedPacket } from "../../lib/streams/analyzed-packet.ts";
import {
  type ChecksumKind,
  ethernet,
  FOUR,
  hex,
  ip,
  ipv4,
  ipv6,
  join,
  letters,
  reversed,
  SIX,
  tag,
  tcp,
  u16,
  u32,
  udp,
} from "../helpers/captures/odd/packet-bytes.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { TUNNELS } from "../helpers/captures/tunnel-frames.ts";

async function seenIn<Seen>(frames: readonly Uint8Array[], see: (packet: AnalyzedPacket) => Seen) {
  const seen: Seen[] = [];
  const capture = captureFromBytes(
    pcapOf(
      1,
      frames.map((bytes, index) => ({ time: index * 1000, bytes })),
    ),
    "rare",
  );
  const analysis = await analyzeCapture(capture, { onPacket: (packet) => seen.push(see(packet)) });
  return { seen, analysis };
}

describe("fragments in different VLANs", () => {
  const VLAN = 0x8100;
  const PROVIDER = 0x88a8;
  const tagged = (tags: readonly (readonly [type: number, vlan: number])[], type: number, packet: Uint8Array) => {
    const types = [...tags.map(([tagType]) => tagType), type];
    const inner = tags.flatMap(([, vlan], index) => tag(vlan, types[index + 1]!));
    return ethernet(types[0]!, join(inner, packet));
  };
  const halves = {
    4: (datagram: Uint8Array, offset: number, more: number) =>
      ipv4({ protocol: 17, identification: 20, flags: more, offset: offset / 8 }, datagram),
    6: (datagram: Uint8Array, offset: number, more: number) =>
      ipv6({ next: 44 }, join([17, 0], u16(offset | more), u32(20), datagram)),
  };
  const CUT = 504;

  it.each([
    { name: "one tag each", a: [[VLAN, 10]], b: [[VLAN, 20]] },
    { name: "a tag, and none", a: [[VLAN, 10]], b: [] },
    {
      name: "the provider's tag differs",
      a: [
        [PROVIDER, 10],
        [VLAN, 5],
      ],
      b: [
        [PROVIDER, 20],
        [VLAN, 5],
      ],
    },
    {
      name: "the customer's tag differs",
      a: [
        [PROVIDER, 10],
        [VLAN, 5],
      ],
      b: [
        [PROVIDER, 10],
        [VLAN, 6],
      ],
    },
  ] as const)("are kept apart: $name", async ({ a, b }) => {
    for (const version of [4, 6] as const) {
      const net = version === 4 ? FOUR : SIX;
      const type = version === 4 ? 0x0800 : 0x86dd;
      const [first, second] = [
        udp({ net }, new Uint8Array(1000).fill(65)),
        udp({ net }, new Uint8Array(1000).fill(66)),
      ];
      const make = halves[version];
      const { seen, analysis } = await seenIn(
        [
          tagged(a, type, make(first.subarray(0, CUT), 0, 1)),
          tagged(b, type, make(second.subarray(0, CUT), 0, 1)),
          tagged(b, type, make(second.subarray(CUT), CUT, 0)),
          tagged(a, type, make(first.subarray(CUT), CUT, 0)),
        ],
        ({ outline }) =>
          outline.isFragment ? "fragment" : String.fromCharCode(outline.transportBytes[outline.payloadAt]!),
      );
      expect(seen).toEqual(["fragment", "fragment", "B", "A"]);
      expect(analysis.findings.packetCount).toBe(0);
      // Streams go by addresses and ports alone, as Wireshark's do.
      expect(analysis.udpStreams).toHaveLength(1);
    }
  });

  it("belong together although their priorities differ", async () => {
    const datagram = udp({}, letters(1000));
    const { seen } = await seenIn(
      [
        tagged([[VLAN, 5]], 0x0800, halves[4](datagram.subarray(0, CUT), 0, 1)),
        tagged([[VLAN, 0xe005]], 0x0800, halves[4](datagram.subarray(CUT), CUT, 0)),
      ],
      ({ outline }) => outline.isFragment,
    );
    expect(seen).toEqual([true, false]);
  });
});

it("a first fragment that ends within the TCP header is not malformed", async () => {
  // Its own checksum is bad, so that it is not kept for the rest of its datagram.
  const tiny = ipv4({ protocol: 6, flags: 1, checksum: "bad" }, tcp().subarray(0, 8));
  const { seen } = await seenIn([ethernet(0x0800, tiny)], ({ findings }) => findings);
  expect(seen).toEqual([["ip.checksum_bad.expert"]]);
});

describe("packets that go elsewhere in the end", () => {
  it.each([
    { name: "loose source route", type: 131 },
    { name: "strict source route", type: 137 },
  ])("belong to the conversation with the last stop: $name", async ({ type }) => {
    const last = hex("0a090909");
    const { seen, analysis } = await seenIn(
      [
        ethernet(0x0800, ip(FOUR, 6, tcp({ sequence: 1 }, letters(1)))),
        ethernet(
          0x0800,
          ipv4(
            { protocol: 6, options: join([type, 7, 4], last, [0]) },
            tcp({ net: { ...FOUR, destination: last }, sequence: 1 }, letters(1)),
          ),
        ),
      ],
      (packet) => [packet.stream, formatAddress(packet.outline.destination), ...packet.findings],
    );
    expect(seen).toEqual([
      [0, "10.0.0.2"],
      [1, "10.9.9.9"],
    ]);
    expect(analysis.tcpStreams.map(({ server, client }) => [client.port, server.port])).toEqual([
      [49_152, 50_000],
      [49_152, 50_000],
    ]);
  });

  it("have their home address in the pseudo-header, also where a datagram was put together", async () => {
    const home = hex("20010db8 00000000 00000000 00000055");
    const datagram = udp({ net: { ...SIX, source: home } }, letters(1000));
    const option = (next: number) => join([next, 2, 1, 2, 0, 0, 201, 16], home);
    const fragment = (offset: number, more: number, part: Uint8Array) =>
      ethernet(0x86dd, ipv6({ next: 60 }, join(option(44), [17, 0], u16(offset | more), u32(7), part)));
    // Behind the fragment header, the option is in the datagram, and only its first fragment shows it.
    const inside = join(option(17), datagram);
    const innerFragment = (offset: number, more: number, part: Uint8Array) =>
      ethernet(0x86dd, ipv6({ next: 44 }, join([60, 0], u16(offset | more), u32(8), part)));
    const { seen, analysis } = await seenIn(
      [
        ethernet(0x86dd, ipv6({ next: 60 }, join(option(17), datagram))),
        fragment(0, 1, datagram.subarray(0, 504)),
        fragment(504, 0, datagram.subarray(504)),
        innerFragment(0, 1, inside.subarray(0, 504)),
        innerFragment(504, 0, inside.subarray(504)),
      ],
      ({ outline }) => [formatAddress(outline.source), outline.udpChecksum],
    );
    expect([seen[0], seen[2], seen[4]]).toEqual(Array(3).fill(["2001:db8::55", ChecksumStatus.GOOD]));
    expect(analysis.udpStreams).toHaveLength(1);
    expect(analysis.findings.packetCount).toBe(0);
  });
});

describe("a reset that says why", () => {
  it("is heard to its end", async () => {
    const back = { source: FOUR.destination, destination: FOUR.source };
    const frames = [
      tcp({ flags: 0x18, sequence: 1 }, Buffer.from("hello")),
      tcp(
        { net: back, ports: [50_000, 49_152], flags: 0x14, sequence: 2000, acknowledgment: 6 },
        Buffer.from("Go away"),
      ),
    ];
    const bytes = pcapOf(
      1,
      frames.map((segment, index) => ({
        time: index * 1000,
        bytes: ethernet(0x0800, ip(index === 0 ? FOUR : back, 6, segment)),
      })),
    );
    const heard: string[] = [];
    const messages: unknown[] = [];
    await analyzeCapture(captureFromBytes(bytes, "reset"), {
      listenTo: () => ({
        data: (data) => heard.push(Buffer.from(data).toString()),
        message: ({ preview, isComplete }) => messages.push([Buffer.from(preview).toString(), isComplete]),
      }),
    });
    expect(heard).toEqual(["hello", "Go away"]);
    expect(messages).toEqual([
      ["hello", true],
      ["Go away", true],
    ]);
  });
});

describe("frames with their check sequence", () => {
  const GIVEN = 0x0400_0000;
  const withSequence = (words: number) => (1 | GIVEN | (words << 28)) >>> 0;
  const padded = join(ethernet(0x0800, ip(FOUR, 17, udp({}, letters(5)))), new Uint8Array(13));
  // Both sequences were computed by zlib.
  const good = join(padded, hex("7a7ad16f"));
  const bad = join(padded, hex("01020304"));

  async function trailersOf(linkType: number, frame: Uint8Array) {
    const packets: { trailers: string[]; findings: readonly string[]; length: number }[] = [];
    const bytes = pcapOf(linkType, [{ time: 0, bytes: frame }]);
    await analyzeCapture(captureFromBytes(bytes, "fcs"), {
      onPacket: ({ outline, findings }) => {
        const layers = describeLayers(outline).filter(({ kind }) => kind === LayerKind.TRAILER);
        const trailers = layers.map(({ fields, length }) => `${fields[0]!.name} ${length}`);
        packets.push({ trailers, findings, length: outline.payloadLength });
      },
    });
    return packets[0]!;
  }

  it.each([
    ["a good one", withSequence(2), good, ["eth.padding 13", "eth.fcs 4"], []],
    ["a bad one", withSequence(2), bad, ["eth.padding 13", "eth.fcs 4"], ["bad"]],
    ["none", withSequence(0), good, ["eth.padding 13", "eth.trailer 4"], []],
    ["what is not said, and is right", 1, good, ["eth.padding 13", "eth.fcs 4"], []],
    ["what is not said, and is not right", 1, bad, ["eth.padding 13", "eth.trailer 4"], []],
    [
      "one behind a trailer",
      withSequence(2),
      join(padded, hex("aabb01020304")),
      ["eth.padding 13", "eth.trailer 2", "eth.fcs 4"],
      ["bad"],
    ],
  ] as const)("show %s", async (_, linkType, frame, trailers, findings) => {
    const seen = await trailersOf(linkType, frame);
    expect(seen.trailers).toEqual(trailers);
    expect(seen.findings).toEqual(findings.map(() => "eth.fcs_bad"));
    expect(seen.length).toBe(5);
  });

  it.each(TUNNELS)("have it behind all of the tunnel, and no other: $name", async ({ wrap }) => {
    // Nothing is long enough to be padded, and the inner frame has no sequence of its own.
    const frame = wrap(ip(FOUR, 17, udp({}, letters(50))));
    const sequence = frameCheckSequence(frame, 0, frame.length);
    const trailer = join(frame, u32(sequence));
    const right = await trailersOf(withSequence(2), trailer);
    expect(right).toMatchObject({ trailers: ["eth.fcs 4"], findings: [], length: 50 });
    const wrong = await trailersOf(withSequence(2), join(frame, u32((sequence ^ 1) >>> 0)));
    expect(wrong).toMatchObject({ trailers: ["eth.fcs 4"], findings: ["eth.fcs_bad"], length: 50 });
  });

  it.each([
    [LinkType.RAW, ""],
    [LinkType.IPV4, ""],
    [LinkType.NULL, "02000000"],
    [LinkType.LINUX_SLL, "00000001000600000000000100000800"],
  ])("take no byte from a packet behind link type %i, which has no sequence", async (linkType, link) => {
    const packet = join(hex(link), ip(FOUR, 17, udp({}, letters(50))));
    const seen = await trailersOf((linkType | GIVEN | (2 << 28)) >>> 0, packet);
    expect(seen).toMatchObject({ trailers: [], findings: [], length: 50 });
  });

  it("keep it out of a packet that has no length", async () => {
    const packet = ethernet(0x0800, ipv4({ protocol: 17, totalLength: 0 }, udp({}, letters(50))));
    const seen = await trailersOf(withSequence(2), join(packet, hex("52b779cd")));
    expect(seen).toMatchObject({ trailers: ["eth.fcs 4"], findings: [], length: 50 });
  });
});

describe("bytes that come twice", () => {
  const CONFLICT = "tcp.segment.overlap.conflict";
  const segment = (sequence: number, text: string, more: { flags?: number; checksum?: ChecksumKind } = {}) =>
    ethernet(0x0800, ip(FOUR, 6, tcp({ sequence, flags: 0x18, ...more }, Buffer.from(text))));
  const opened = [
    segment(100, "", { flags: 2 }),
    ethernet(
      0x0800,
      ip(
        reversed(FOUR),
        6,
        tcp(
          { net: reversed(FOUR), ports: [50_000, 49_152], flags: 0x12, sequence: 900, acknowledgment: 101 },
          new Uint8Array(0),
        ),
      ),
    ),
  ];

  it.each([
    [
      "out of order in a larger segment",
      [segment(109, "ahead678"), segment(105, "XXXXYYYYZZZZ"), segment(101, "1234")],
      [4],
    ],
    [
      "out of order, partly",
      [segment(109, "abcdefgh"), segment(113, "efghijkl"), segment(115, "--ijklmn"), segment(101, "12345678")],
      [5],
    ],
    ["in order, in the same segment", [segment(101, "hello"), segment(101, "jello")], [4]],
    ["one segment later", [segment(101, "hello"), segment(106, "world"), segment(101, "jello")], [5]],
    ["more than once", [segment(101, "hello"), segment(101, "jello"), segment(101, "cello")], [4, 5]],
    ["and are the same", [segment(101, "hello"), segment(101, "hello"), segment(103, "llo world")], []],
    [
      "out of order and are the same",
      [segment(109, "abcdefgh"), segment(105, "wxyzabcdefgh"), segment(101, "1234")],
      [],
    ],
    ["in a keep-alive", [segment(101, "hello"), segment(105, "\0")], []],
    ["damaged", [segment(101, "hello"), segment(101, "hellp", { checksum: "bad" }), segment(101, "hello")], []],
    ["with other flags", [segment(101, "hello"), segment(101, "hello", { flags: 0x10 })], []],
  ] as const)("%s", async (_, segments, frames) => {
    const { seen } = await seenIn([...opened, ...segments], (packet) => packet.findings.includes(CONFLICT));
    expect(seen.flatMap((has, index) => (has ? [index + 1] : []))).toEqual(frames);
  });

  it("are compared in streams of their own", async () => {
    const other = ethernet(0x0800, ip(FOUR, 6, tcp({ ports: [49_153, 50_000], sequence: 101 }, Buffer.from("jello"))));
    const { seen } = await seenIn(
      [segment(101, "hello"), other, segment(101, "hello"), other],
      ({ findings }) => findings,
    );
    expect(seen.flat()).not.toContain(CONFLICT);
  });

  it("count as those that came first, and it is said", async () => {
    const frames = [...opened, segment(109, "ahead678"), segment(105, "XXXXYYYYZZZZ"), segment(101, "1234")];
    const bytes = pcapOf(
      1,
      frames.map((frame, index) => ({ time: index * 1000, bytes: frame })),
    );
    const followed: string[] = [];
    const { findings } = await analyzeCapture(captureFromBytes(bytes, "overlap"), {
      listenTo: () => ({ data: (data) => void followed.push(Buffer.from(data).toString()) }),
    });
    expect(followed.join("")).toBe("1234XXXXahead678");
    expect(conflictText(findings, 0)).toMatch(
      /^Frame 4 brought other bytes .* already\.\sThose that came first are\sshown/s,
    );
    expect(conflictText(findings, 1)).toBe("");
  });
});

import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeLayers } from "../../lib/dissect/describe-layers.ts";
import { FragmentStore } from "../../lib/dissect/fragments.ts";
import { PacketOutline } from "../../lib/dissect/outline.ts";
import { follow, parseFrame } from "../../lib/dissect/parse-frame.ts";
import { encapsulate } from "../../lib/encapsulate.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { encodeFrame } from "../../lib/headers/frame.ts";
import type { Field, Layer } from "../../lib/headers/layer.ts";
import { captureFile, framesOf, temporaryFolder } from "../helpers/captures/captures.ts";
import { bytesOf, ethernetFrames, type NamedFrame } from "../helpers/captures/frames-of-all-kinds.ts";
import { otherLinkFrames } from "../helpers/captures/other-link-frames.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { BEFORE, contextOf, differences, fieldsOf, flatten, layersOf } from "../helpers/judges/compare-fields.ts";
import { judgedFields, knownNames } from "../helpers/judges/pdml.ts";
import { isMissing } from "../helpers/judges/tools.ts";

const folder = temporaryFolder();
const ETHERNET = 1;
function judge(linkType: number, frames: readonly NamedFrame[], name: string, cut?: number): string[] {
  const records = frames.map(({ bytes }, index) => ({
    time: index * 1000,
    bytes: cut === undefined ? bytes : bytes.subarray(0, cut),
    wireLength: bytes.length,
  }));
  const judged = judgedFields(captureFile(folder, name, pcapOf(linkType, records)));
  const known = knownNames();
  return frames.flatMap((frame, index) => {
    const { bytes, wireLength } = records[index]!;
    const fields = fieldsOf(layersOf(bytes, linkType, wireLength, contextOf(judged[index]!)));
    return differences(fields, judged[index]!, known, cut !== undefined).map((line) => `${frame.name}: ${line}`);
  });
}

/** Where we differ and mean to, by the names of frame and field. */
const KNOWN_DIFFERENCES: readonly [frame: RegExp, line: RegExp, why: string][] = [
  [
    /all flags|redirect$/,
    /^(?:data\.|udp\.checksum\.status)/,
    "tshark does not look at the data of a reset, and of a redirect",
  ],
  [/no operation and end/, /^ip\.opt\.padding/, "tshark leaves out what follows the end of the list"],
  [/destination options/, /^ipv6\.opt /, "tshark 4.0 has Pad1 take the rest of the header"],
];

const isUnknown = (line: string): boolean => {
  const [frame = "", difference = ""] = line.split(": ");
  return !KNOWN_DIFFERENCES.some(([name, field]) => name.test(frame) && field.test(difference));
};

describe.skipIf(isMissing("tshark"))("fields against tshark", () => {
  it("agrees on frames of all kinds", () => {
    expect(judge(ETHERNET, ethernetFrames(), "all-kinds.pcap").filter(isUnknown)).toEqual([]);
  });

  it("agrees on other link types", () => {
    const lines = [...otherLinkFrames()].flatMap(([linkType, frames]) =>
      judge(linkType, frames, `link-${linkType}.pcap`),
    );
    expect(lines).toEqual([]);
  });

  it.each(["input", "chat", "unicode"])("agrees on the whole capture of fixtures/%s.csv", async (name) => {
    const file = path.join(folder, `${name}.pcap`);
    await encapsulate({ input: `fixtures/${name}.csv`, output: file });
    const frames = framesOf(new Uint8Array(readFileSync(file))).map(({ bytes }, index) => ({
      name: `${index + 1}`,
      bytes,
    }));
    const lines = judge(ETHERNET, frames, `${name}-judged.pcap`);
    // Of what is data to us, tshark knows some protocols.
    expect(lines.filter((line) => !/: data\.(?:data|len) 1 times, judged 0$/.test(line))).toEqual([]);
  });

  it.each([20, 30, 38, 50, 60])("agrees on what is there of frames cut to %i bytes", (cut) => {
    const lines = judge(ETHERNET, ethernetFrames(), `cut-${cut}.pcap`, cut);
    expect(lines.filter(isUnknown)).toEqual([]);
  });
});

describe("describeLayers", () => {
  const syn = () => ethernetFrames()[0]!.bytes;

  it("lists a SYN for a reader", () => {
    const layers = layersOf(syn(), ETHERNET, undefined, { stream: 0, relativeSequence: 0 });
    expect(layers.map(listing).join("\n")).toMatchInlineSnapshot(`
      "Ethernet II, Src: 02:00:0a:00:00:01, Dst: 02:00:0a:00:00:02
        eth.dst 0+6 Destination: 02:00:0a:00:00:02
          eth.dst.lg 0+3 LG bit: Locally administered address (this is NOT the factory default)
          eth.dst.ig 0+3 IG bit: Individual address (unicast)
        eth.src 6+6 Source: 02:00:0a:00:00:01
          eth.src.lg 6+3 LG bit: Locally administered address (this is NOT the factory default)
          eth.src.ig 6+3 IG bit: Individual address (unicast)
        eth.type 12+2 Type: IPv4 (0x0800)
      Internet Protocol Version 4, Src: 10.0.0.1, Dst: 10.0.0.2
        ip.version 14+1 Version: 4
        ip.hdr_len 14+1 Header Length: 20 bytes (5)
        ip.dsfield 15+1 Differentiated Services Field: 0x00 (DSCP: 0, ECN: 0)
          ip.dsfield.dscp 15+1 Differentiated Services Codepoint: Default (0)
          ip.dsfield.ecn 15+1 Explicit Congestion Notification: Not ECN-Capable Transport (0)
        ip.len 16+2 Total Length: 60 bytes
        ip.id 18+2 Identification: 0x1234 (4660)
        ip.flags 20+1 Flags: 0x02, Don't fragment
          ip.flags.rb 20+1 Reserved bit: Not set
          ip.flags.df 20+1 Don't fragment: Set
          ip.flags.mf 20+1 More fragments: Not set
        ip.frag_offset 20+2 Fragment Offset: 0
        ip.ttl 22+1 Time to Live: 64
        ip.proto 23+1 Protocol: TCP (6)
        ip.checksum 24+2 Header Checksum: 0x1486 [correct]
          ip.checksum.status 24+0 Checksum Status: Good
        ip.src 26+4 Source Address: 10.0.0.1
        ip.dst 30+4 Destination Address: 10.0.0.2
      Transmission Control Protocol, Src Port: 49152, Dst Port: 9999, Seq: 0, Len: 0
        tcp.srcport 34+2 Source Port: 49152
        tcp.dstport 36+2 Destination Port: 9999
        tcp.stream 38+0 Stream index: 0
        tcp.seq_raw 38+4 Sequence Number (raw): 1000
        tcp.seq 38+4 Sequence Number: 0 (relative sequence number)
        tcp.len 42+0 TCP Segment Len: 0 bytes
        tcp.ack_raw 42+4 Acknowledgment number (raw): 0
        tcp.hdr_len 46+1 Header Length: 40 bytes (10)
        tcp.flags 46+2 Flags: 0x002 (SYN)
          tcp.flags.res 46+1 Reserved: Not set
          tcp.flags.ae 46+1 Accurate ECN: Not set
          tcp.flags.cwr 47+1 Congestion Window Reduced: Not set
          tcp.flags.ece 47+1 ECN-Echo: Not set
          tcp.flags.urg 47+1 Urgent: Not set
          tcp.flags.ack 47+1 Acknowledgment: Not set
          tcp.flags.push 47+1 Push: Not set
          tcp.flags.reset 47+1 Reset: Not set
          tcp.flags.syn 47+1 Syn: Set
          tcp.flags.fin 47+1 Fin: Not set
        tcp.window_size_value 48+2 Window: 65535
        tcp.checksum 50+2 Checksum: 0x66c4 [correct]
          tcp.checksum.status 50+0 Checksum Status: Good
        tcp.urgent_pointer 52+2 Urgent Pointer: 0
        tcp.options 54+20 Options: 20 bytes
          tcp.options.mss 54+4 TCP Option - Maximum segment size: 4 bytes
            tcp.option_kind 54+1 Kind: Maximum segment size (2)
            tcp.option_len 55+1 Length: 4
            tcp.options.mss_val 56+2 MSS Value: 1460 bytes
          tcp.options.sack_perm 58+2 TCP Option - SACK permitted: 2 bytes
            tcp.option_kind 58+1 Kind: SACK permitted (4)
            tcp.option_len 59+1 Length: 2
          tcp.options.timestamp 60+10 TCP Option - Timestamps: 10 bytes
            tcp.option_kind 60+1 Kind: Timestamps (8)
            tcp.option_len 61+1 Length: 10
            tcp.options.timestamp.tsval 62+4 Timestamp value: 123456
            tcp.options.timestamp.tsecr 66+4 Timestamp echo reply: 0
          tcp.options.nop 70+1 TCP Option - No-Operation (NOP): 1 byte
            tcp.option_kind 70+1 Kind: No-Operation (NOP) (1)
          tcp.options.wscale 71+3 TCP Option - Window scale: 3 bytes
            tcp.option_kind 71+1 Kind: Window scale (3)
            tcp.option_len 72+1 Length: 3
            tcp.options.wscale.shift 73+1 Shift count: 7
            tcp.options.wscale.multiplier 73+1 Multiplier: 128"
    `);
  });

  it("says how much of a cut header is missing", () => {
    const tcp = layersOf(syn().subarray(0, 44), ETHERNET, syn().length).at(-1)!;
    expect(tcp.fields.map(({ name, text }) => `${name} ${text}`)).toMatchInlineSnapshot(`
      [
        "tcp.srcport 49152",
        "tcp.dstport 9999",
        "tcp.seq_raw 1000",
        "_ws.short 10 bytes missing",
      ]
    `);
  });

  it("says what cannot be", () => {
    const bytes = syn().slice();
    bytes[46] = 0x10;
    const tcp = layersOf(bytes, ETHERNET).find(({ name }) => name === "tcp")!;
    expect(tcp.fields.at(-1)!.text).toBe("TCP header: dataOffset is 1, and must be at least 5, at byte 46");
  });

  it("words what became of a checksum", () => {
    const texts = ["data", "bad TCP checksum", "partial TCP checksum", "UDP without checksum"].map((name) => {
      const fields = fieldsOf(layersOf(ethernetFrames().find((frame) => frame.name === name)!.bytes, ETHERNET));
      return fields.find((field) => /^(?:tcp|udp)\.checksum$/.test(field.name))!.text;
    });
    expect(texts).toMatchInlineSnapshot(`
      [
        "0xe548 [correct]",
        "0x1234 [should be 0xe2a1]",
        "0x1421 [partial: left to the hardware]",
        "0x0000 [none]",
      ]
    `);
  });

  it("ends names that point to themselves or forward", () => {
    for (const pointer of ["c00c", "c0ff", "c020", "ffff"]) {
      const dns = bytesOf("1234 0100 0001 0000 0000 0000", pointer, "0001 0001");
      const frame = encodeFrame({
        ipv4: { source: 1, destination: 2 },
        udp: { sourcePort: 40_000, destinationPort: 53 },
        payload: dns,
      });
      const fields = fieldsOf(layersOf(frame, LinkType.RAW));
      expect(fields.find((field) => field.name === "_ws.malformed")?.text).toBe(
        "the name points to itself, or forward",
      );
    }
  });

  it("describes any bytes without an exception, within their memory", () => {
    const linkTypes = [ETHERNET, 0, 101, 108, 113, 276];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...linkTypes), (bytes, linkType) =>
        expectWithin(layersOf(bytes, linkType), bytes.length),
      ),
      { seed: 1, numRuns: 2000 },
    );
  });

  it("describes damaged frames without an exception, within their memory", () => {
    const frames = [...ethernetFrames().map(({ bytes }) => ({ bytes, linkType: ETHERNET })), ...otherFrames()];
    const change = fc.tuple(fc.nat({ max: 399 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...frames),
        fc.array(change, { maxLength: 5 }),
        fc.nat({ max: 100 }),
        (frame, changes, cut) => {
          const bytes = frame.bytes.slice(0, frame.bytes.length - (cut % 2) * Math.min(cut, frame.bytes.length));
          for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
          expectWithin(layersOf(bytes, frame.linkType, frame.bytes.length), bytes.length);
        },
      ),
      { seed: 2, numRuns: 5000 },
    );
  });

  it("describes any datagram that was put together, within its memory", () => {
    const datagram = fc.uint8Array({ minLength: 16, maxLength: 120 });
    fc.assert(
      fc.property(datagram, fc.constantFrom(1, 6, 17, 89), (bytes, protocol) => {
        const layers = layersOfFragments(bytes, protocol);
        expectWithin(
          layers.filter(({ memory }) => memory === "datagram"),
          bytes.length,
          0,
        );
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  it("describes what was put together from fragments in the memory of the datagram", () => {
    const ipv4 = { source: 1, destination: 2 };
    const udp = { sourcePort: 40_000, destinationPort: 9999 };
    const layers = layersOfFragments(encodeFrame({ ipv4, udp, payload: new Uint8Array(32) }).subarray(20), 17);
    expect(layers.map(({ name, memory, start }) => `${name} ${memory} ${start}`)).toMatchInlineSnapshot(`
      [
        "ip frame 0",
        "udp datagram 0",
        "data datagram 8",
      ]
    `);
  });
});

/** What the second of two fragments is described as. */
function layersOfFragments(datagram: Uint8Array, protocol: number): Layer[] {
  const ipv4 = { source: 1, destination: 2, identification: 7 };
  const fragments = new FragmentStore();
  const outline = new PacketOutline();
  for (const [at, end] of [
    [0, 8],
    [8, datagram.length],
  ] as const) {
    const payload = datagram.subarray(at, end);
    const frame = encodeFrame({
      ipv4: { ...ipv4, protocol, moreFragments: end < datagram.length, fragmentOffset: at / 8 },
      payload,
    });
    parseFrame(outline, frame, new DataView(frame.buffer), 0, frame.length, frame.length, LinkType.RAW, {
      fragments,
      follow,
    });
  }
  return describeLayers(outline);
}

const otherFrames = () =>
  [...otherLinkFrames()].flatMap(([linkType, frames]) => frames.map(({ bytes }) => ({ bytes, linkType })));

/** One line for each field, deeper ones indented. */
function listing(layer: Layer): string {
  const line = (field: Field, indent: string): string[] => [
    `${indent}${field.name} ${field.start - BEFORE}+${field.length} ${field.label}: ${field.text}`,
    ...(field.children ?? []).flatMap((child) => line(child, `${indent}  `)),
  ];
  return [layer.label, ...layer.fields.flatMap((field) => line(field, "  "))].join("\n");
}

function expectWithin(layers: readonly Layer[], length: number, before = BEFORE): void {
  for (const layer of layers) {
    for (const span of [layer, ...flatten(layer.fields)]) {
      const isWithin = span.start >= before && span.length >= 0 && span.start + span.length <= before + length;
      if (!isWithin) throw new Error(`${layer.name} ${span.name} ${span.start}+${span.length} of ${before}+${length}`);
    }
  }
}

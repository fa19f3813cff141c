/** Stacks out of whole captures, and what tshark makes of those that are made here. */
import { describe, expect, it } from "vitest";
import { describeLayers } from "../../lib/dissect/describe-layers.ts";
import { Dissector } from "../../lib/dissect/dissector.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { decodePacket } from "../../lib/headers/decode-packet.ts";
import { ethernet } from "../../lib/headers/ethernet.ts";
import { fragmentPacket } from "../../lib/headers/fragment-packet.ts";
import type { AnyStackedHeader } from "../../lib/headers/header-table.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { fragment, ipv6 } from "../../lib/headers/ipv6.ts";
import { hopByHop, routing } from "../../lib/headers/ipv6-extensions.ts";
import { ChecksumStatus } from "../../lib/headers/layer.ts";
import { encodePacket } from "../../lib/headers/packet.ts";
import { raw } from "../../lib/headers/raw.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { udp } from "../../lib/headers/udp.ts";
import { vlan } from "../../lib/headers/vlan.ts";
import { captureBytes } from "../../lib/pcap/capture-bytes.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { everyCapture } from "../helpers/captures/faulty-captures.ts";
import { fuzzSources } from "../helpers/captures/fuzz-captures.ts";
import { otherLinkFrames } from "../helpers/captures/other-link-frames.ts";
import { tunnelFrames } from "../helpers/captures/tunnel-frames.ts";
import { layersOf } from "../helpers/judges/compare-fields.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";
import { toHex } from "./vectors.ts";

const folder = temporaryFolder();

describe("every packet of every capture", () => {
  function expectSame(capture: Uint8Array): number {
    const reader = captureFromBytes(capture, "capture");
    let packets = 0;
    while (reader.next()) {
      const { bytes, start, end, linkType, checkSequenceLength } = reader.packet;
      const packet = bytes.slice(start, end);
      const frameCheckLength = Math.max(0, checkSequenceLength);
      expect(toHex(encodePacket(decodePacket(packet, { linkType, frameCheckLength })))).toBe(toHex(packet));
      packets++;
    }
    return packets;
  }

  it("is a stack that becomes the same bytes", () => {
    let packets = 0;
    for (const { bytes } of everyCapture([1, 2])) packets += expectSame(bytes);
    for (const bytes of fuzzSources()) packets += expectSame(bytes);
    packets += expectSame(captureBytes(tunnelFrames().map(({ bytes }) => bytes)));
    expect(packets).toBeGreaterThan(3000);
  });

  it("has the headers that dissection finds, inside tunnels, too", () => {
    const names = (all: readonly { readonly name: string }[]) =>
      all.map(({ name }) => name).filter((name) => name !== "data");
    // Of a header that is cut off, dissection shows what there is.
    const whole = tunnelFrames().filter(({ name }) => !name.includes("the beginning of"));
    for (const { name, bytes } of whole) {
      const headers = decodePacket(bytes).map(({ header }) => header);
      expect(names(headers), name).toEqual(names(layersOf(bytes, LinkType.ETHERNET)));
    }
    expect(whole.length).toBeGreaterThan(250);
  });

  it("of other link types, too", () => {
    for (const [linkType, frames] of otherLinkFrames()) {
      for (const { bytes } of frames) {
        expect(toHex(encodePacket(decodePacket(bytes, { linkType })))).toBe(toHex(bytes));
      }
    }
  });
});

describe("a packet in fragments", () => {
  const text = "0123456789abcdef".repeat(20);
  const four = ipv4({ source: "10.0.0.1", destination: "10.0.0.2", identification: 7 });
  const six = ipv6({ source: "2001:db8::1", destination: "2001:db8::2" });
  const CASES: readonly [name: string, stack: readonly AnyStackedHeader[], mtu: number][] = [
    ["UDP over IPv4", [ethernet(), four, udp(), raw(text)], 100],
    ["TCP over IPv4 in a VLAN", [ethernet(), vlan({ identifier: 9 }), four, tcp({ flags: "ACK" }), raw(text)], 128],
    [
      "IPv4 with options",
      [
        ethernet(),
        ipv4({ ...four.fields, options: Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0, 0) }),
        udp(),
        raw(text),
      ],
      100,
    ],
    ["UDP over IPv6", [ethernet(), six, udp(), raw(text)], 120],
    [
      "IPv6 with headers for routers",
      [ethernet(), six, hopByHop(), routing({ routingType: 0, data: new Uint8Array(4) }), udp(), raw(text)],
      160,
    ],
    [
      "IPv4 in IPv4",
      [ethernet(), four, ipv4({ source: "192.168.0.1", destination: "192.168.0.2" }), udp(), raw(text)],
      150,
    ],
  ];

  it.each(CASES)("fits through the link, and is whole again behind it: %s", (_, stack, mtu) => {
    const fragments = fragmentPacket(stack, mtu);
    expect(fragments.length).toBeGreaterThan(2);
    const frames = fragments.map((piece) => encodePacket(piece));
    const linkLength = encodePacket(
      stack.slice(
        0,
        stack.findIndex(({ header }) => header === ipv4 || header === ipv6),
      ),
    ).length;
    for (const frame of frames) expect(frame.length - linkLength).toBeLessThanOrEqual(mtu);
    const capture = captureFromBytes(captureBytes(frames), "fragments");
    const dissector = new Dissector();
    let outline = dissector.outline;
    while (capture.next()) outline = dissector.dissect(capture.packet);
    expect(outline.isFragment).toBe(false);
    const { payloadAt, payloadEnd } = outline;
    expect(new TextDecoder().decode(outline.transportBytes.subarray(payloadAt, payloadEnd))).toBe(text);
  });

  it("stays whole where it fits", () => {
    const stack = [ethernet(), four, udp(), raw("abc")];
    expect(fragmentPacket(stack, 31)).toEqual([stack]);
    expect(fragmentPacket(stack, 30).length).toBe(2);
  });

  it("is cut again where a link is narrower", () => {
    const first = fragmentPacket([ethernet(), four, udp(), raw(text)], 200);
    const again = first.flatMap((piece) => fragmentPacket(piece, 60));
    const offsets = again.map((piece) => (piece[1]!.fields as { fragmentOffset?: number }).fragmentOffset);
    expect(offsets).toEqual([0, 5, 10, 15, 20, 22, 27, 32, 37].slice(0, offsets.length));
  });

  it.each([
    [
      "a packet that must not be cut",
      [ipv4({ ...four.fields, dontFragment: true }), raw(text)],
      100,
      /dontFragment is set/,
    ],
    ["no IP packet", [ethernet(), raw(text)], 100, /no IP packet/],
    ["a link that is too narrow", [four, raw(text)], 27, /the link leaves 7 bytes for data, and a fragment needs 8/],
    ["an MTU that is no number", [four, raw(text)], Number.NaN, /mtu is NaN, and can be a whole number from 0 to/],
    ["an MTU of half a byte", [four, raw(text)], 99.5, /mtu is 99.5, and can be a whole number from 0 to/],
    ["an MTU as text", [four, raw(text)], "100" as never, /mtu is "?100"?, and can be a whole number from 0 to/],
  ])("is refused: %s", (_, stack, mtu, message) => {
    expect(() => fragmentPacket(stack, mtu)).toThrow(message);
  });

  it("is refused with an identification that does not fit", () => {
    const cut = (identification: number) => fragmentPacket([six, raw(text)], 120, { identification });
    for (const wrong of [-1, 1.5, 2 ** 32]) {
      expect(() => cut(wrong)).toThrow(
        `fragments: identification is ${wrong}, and can be a whole number from 0 to 4294967295`,
      );
    }
    expect(cut(2 ** 32 - 1).length).toBeGreaterThan(2);
  });

  it.skipIf(isMissing("tshark"))("is whole to tshark", () => {
    for (const [name, stack, mtu] of CASES) {
      const frames = fragmentPacket(stack, mtu, { identification: 5 }).map((piece) => encodePacket(piece));
      const file = captureFile(folder, "fragments.pcapng", captureBytes(frames));
      const lines = tshark("-r", file, "-T", "fields", "-e", "udp.payload", "-e", "tcp.payload", "-e", "_ws.malformed")
        .trimEnd()
        .split("\n");
      expect(lines.at(-1)!.trim(), name).toBe(toHex(new TextEncoder().encode(text)));
    }
  });
});

describe("a capture in memory", () => {
  const packet = encodePacket([ethernet(), ipv4(), udp(), raw("x")]);
  const read = (capture: Uint8Array) => {
    const reader = captureFromBytes(capture, "capture");
    const found: unknown[] = [];
    while (reader.next()) {
      const { seconds, nanoseconds, linkType, comments, bytes, start, end } = reader.packet;
      found.push({ seconds, nanoseconds, linkType, comments: [...comments], hex: toHex(bytes.subarray(start, end)) });
    }
    return found;
  };

  it("holds packets as they are, with their times and comments", () => {
    const timed = [packet, { time: 2_500_000, bytes: packet, comment: "later" }, packet];
    const common = { linkType: 1, hex: toHex(packet) };
    expect(read(captureBytes(timed, { start: { seconds: 100, ticks: 0 } }))).toEqual([
      { seconds: 100, nanoseconds: 0, comments: [], ...common },
      { seconds: 102, nanoseconds: 500_000_000, comments: ["later"], ...common },
      { seconds: 102, nanoseconds: 500_001_000, comments: [], ...common },
    ]);
    expect(
      read(captureBytes([packet], { format: "pcap", linkType: LinkType.RAW, ticksPerSecond: 1_000_000_000 })),
    ).toEqual([{ seconds: 0, nanoseconds: 0, comments: [], ...common, linkType: LinkType.RAW }]);
    expect(read(captureBytes([]))).toEqual([]);
  });

  it.each(["pcap", "pcapng"] as const)(
    "says how many bytes of check sequence each packet ends with, in %s",
    (format) => {
      const framed = encodePacket([ethernet(), ipv4(), udp(), raw("x")], {
        minimumLength: 60,
        frameCheckSequence: true,
      });
      const reader = captureFromBytes(captureBytes([framed], { format, checkSequenceLength: 4 }), "capture");
      const outline = reader.next() ? new Dissector().dissect(reader.packet) : undefined;
      expect(outline?.frameCheck).toBe(ChecksumStatus.GOOD);
      const layers = describeLayers(outline!);
      const names = layers.flatMap(({ fields }) => fields.map(({ name }) => name));
      expect(names).toEqual(expect.arrayContaining(["eth.padding", "eth.fcs"]));
      if (isMissing("tshark")) return;
      const file = captureFile(folder, `framed.${format}`, captureBytes([framed], { format, checkSequenceLength: 4 }));
      const found = tshark(
        "-r",
        file,
        "-o",
        "eth.check_fcs:TRUE",
        "-T",
        "fields",
        "-e",
        "eth.fcs.status",
        "-e",
        "eth.padding",
      );
      expect(found.trim()).toBe(`1\t${"00".repeat(17)}`);
    },
  );

  it("refuses comments where there is no place for them", () => {
    const timed = [{ time: 0, bytes: packet, comment: "x" }];
    expect(() => captureBytes(timed, { format: "pcap" })).toThrow(
      "A pcap file has no place for comments; write pcapng.",
    );
  });
});

describe("headers that are made for stacks", () => {
  it("are those of fragments, too", () => {
    const stack = [ethernet(), ipv6(), fragment({ fragmentOffset: 2 }), raw("rest")];
    expect(decodePacket(encodePacket(stack)).map(({ header }) => header.name)).toEqual([
      "eth",
      "ipv6",
      "ipv6.fraghdr",
      "data",
    ]);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIpv4, parseIpv6 } from "../../../lib/headers/address.ts";
import { LinkType } from "../../../lib/headers/assigned-numbers.ts";
import { encodeFrame } from "../../../lib/headers/frame.ts";
import {
  CUT_OFF,
  FrameConverter,
  ipv6FamilyOf,
  NOT_IP,
  TOO_SHORT,
  WITHOUT_TYPE,
} from "../../../lib/live/inject/link-conversion.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { bytesOf, ethernetFrames } from "../../helpers/captures/frames-of-all-kinds.ts";
import { otherLinkFrames } from "../../helpers/captures/other-link-frames.ts";
import { pcapOf } from "../../helpers/captures/pcap-records.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";

const { ETHERNET, NULL, LOOP, RAW, LINUX_SLL, LINUX_SLL2, IPV4, IPV6, RAW_BSD, RAW_OPENBSD } = LinkType;
const hex = (bytes: Uint8Array | string) => (typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("hex"));
const folder = temporaryFolder();

/** A frame in the middle of other bytes, as readers hand it out. */
function packetOf(linkType: number, frame: Uint8Array, wireLength = frame.length) {
  const bytes = bytesOf("ffffffffff", frame, "ffffff");
  return { bytes, view: new DataView(bytes.buffer), start: 5, end: 5 + frame.length, wireLength, linkType };
}

function converted(from: number, frame: Uint8Array, to: number, ipv6Family = 30): Uint8Array | string {
  return new FrameConverter({ linkType: to, ipv6Family }).convert(packetOf(from, frame));
}

const ipv4 = { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") };
const ipv6 = { source: parseIpv6("fd00::1"), destination: parseIpv6("fd00::2") };
const udp = { sourcePort: 40_000, destinationPort: 9999 };
const packets = fc
  .record({
    isIpv6: fc.boolean(),
    payload: fc.uint8Array({ maxLength: 1400 }),
    trailer: fc.uint8Array({ maxLength: 20 }),
  })
  .map(({ isIpv6, payload, trailer }) => ({
    isIpv6,
    bytes: bytesOf(isIpv6 ? encodeFrame({ ipv6, udp, payload }) : encodeFrame({ ipv4, udp, payload }), trailer),
  }));

/** Link headers in front of an IP packet, in hexadecimal; those of IPv4 first. */
const HEADERS: readonly (readonly [linkType: number, ipv4: string, ipv6: string])[] = [
  [NULL, "02000000", "1e000000"],
  [NULL, "00000002", "0000001c"],
  [NULL, "02000000", "18000000"],
  [LOOP, "00000002", "00000018"],
  [LINUX_SLL, "0004 0001 0006 02000a000001 0000 0800", "0000 0304 0000 0000000000000000 86dd"],
  [LINUX_SLL2, "0800 0000 00000003 0001 04 06 02000a000001 0000", "86dd 0000 00000003 0001 04 06 02000a000001 0000"],
  [RAW, "", ""],
  [RAW_BSD, "", ""],
  [RAW_OPENBSD, "", ""],
  [ETHERNET, "020000000002 020000000001 0800", "020000000002 020000000001 86dd"],
];

/** What stands in front of the packet for each kind of adapter. */
const TARGETS: readonly (readonly [linkType: number, ipv4: string, ipv6: string])[] = [
  [ETHERNET, "0000000000000000000000000800", "00000000000000000000000086dd"],
  [NULL, "02000000", "1e000000"],
  [LOOP, "00000002", "0000001e"],
  [RAW, "", ""],
];

describe("conversion to what an adapter takes", () => {
  it("keeps every byte from the IP header on, and writes the header of the adapter", () => {
    fc.assert(
      fc.property(packets, fc.constantFrom(...HEADERS), fc.constantFrom(...TARGETS), (packet, from, to) => {
        const frame = bytesOf(packet.isIpv6 ? from[2] : from[1], packet.bytes);
        const header = from[0] === to[0] && from[0] === ETHERNET ? from : to;
        const expected = bytesOf(packet.isIpv6 ? header[2] : header[1], packet.bytes);
        expect(hex(converted(from[0], frame, to[0]))).toBe(hex(expected));
      }),
      { numRuns: 500 },
    );
  });

  it("leaves a frame as it is where the adapter has its link type, whatever is in it", () => {
    for (const { bytes } of ethernetFrames().filter((frame) => frame.bytes.length >= 14)) {
      expect(hex(converted(ETHERNET, bytes, ETHERNET))).toBe(hex(bytes));
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 14 }), fc.constantFrom(ETHERNET, RAW, 105), (bytes, linkType) => {
        expect(hex(converted(linkType, bytes, linkType))).toBe(hex(bytes));
      }),
    );
  });

  it("takes the IP packet out of VLAN tags and SNAP, for adapters without them", () => {
    const packet = encodeFrame({ ipv4, udp, payload: new Uint8Array(40) });
    const macs = "020000000002 020000000001";
    for (const header of [
      `${macs} 8100 0005 0800`,
      `${macs} 88a8 0005 8100 0006 0800`,
      `${macs} 0200 aaaa03 000000 0800`,
      `${macs} 0200 060603`,
    ]) {
      expect(hex(converted(ETHERNET, bytesOf(header, packet), RAW)), header).toBe(hex(packet));
    }
  });

  it("gives Ethernet whatever has a type, also where it is not IP", () => {
    const arp = bytesOf("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002");
    const zeros = "000000000000 000000000000";
    expect(hex(converted(LINUX_SLL, bytesOf("0000 0001 0006 020000000001 0000 0806", arp), ETHERNET))).toBe(
      hex(bytesOf(zeros, "0806", arp)),
    );
    const tagged = bytesOf("8100 0000 00000003 0001 04 06 02000a000001 0000", "0005 0806", arp);
    expect(hex(converted(LINUX_SLL2, tagged, ETHERNET))).toBe(hex(bytesOf(zeros, "8100 0005 0806", arp)));
    const broken = bytesOf("45ff00");
    expect(hex(converted(IPV4, broken, ETHERNET))).toBe(hex(bytesOf(zeros, "0800", broken)));
    expect(hex(converted(IPV6, broken, ETHERNET))).toBe(hex(bytesOf(zeros, "86dd", broken)));
  });

  it("says why a frame cannot be sent", () => {
    const packet = encodeFrame({ ipv4, udp, payload: new Uint8Array(4) });
    const arp = bytesOf(
      "ffffffffffff 020000000001 0806",
      "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
    );
    const target = { linkType: ETHERNET, ipv6Family: 30 };
    expect(new FrameConverter(target).convert(packetOf(RAW, packet, packet.length + 1))).toBe(CUT_OFF);
    expect(new FrameConverter(target).convert(packetOf(ETHERNET, packet, packet.length + 1))).toBe(CUT_OFF);
    for (const to of [RAW, NULL, LOOP]) expect(converted(ETHERNET, arp, to)).toBe(NOT_IP);
    expect(converted(ETHERNET, arp.subarray(0, 13), ETHERNET)).toBe(TOO_SHORT);
    expect(converted(NULL, bytesOf("020000"), NULL)).toBe(TOO_SHORT);
    expect(converted(LINUX_SLL, bytesOf("0000 0304 0000 0000000000000000 0004", packet), ETHERNET)).toBe(WITHOUT_TYPE);
    expect(converted(NULL, bytesOf("07000000", packet), ETHERNET)).toBe(WITHOUT_TYPE);
    for (const frame of [bytesOf(""), bytesOf("00"), bytesOf("5f00")]) {
      expect(converted(RAW, frame, ETHERNET)).toBe(WITHOUT_TYPE);
      expect(converted(RAW, frame, NULL)).toBe(NOT_IP);
    }
    const sentence = "of link type IEEE 802.11 Wireless LAN, which cannot become Ethernet";
    expect(converted(105, packet, ETHERNET)).toBe(sentence);
    expect(converted(RAW, packet, 113)).toBe("of link type Raw IP, which cannot become Linux cooked-mode capture v1");
  });

  it("never throws, and never gives what it was not given, whatever the bytes", () => {
    const linkTypes = [...HEADERS.map(([linkType]) => linkType), IPV4, IPV6, 105, -1];
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 90 }),
        fc.constantFrom(...linkTypes),
        fc.constantFrom(ETHERNET, NULL, LOOP, RAW),
        (bytes, from, to) => {
          const frame = converted(from, bytes, to);
          if (typeof frame === "string") return;
          const headerLength = { [ETHERNET]: 14, [NULL]: 4, [LOOP]: 4, [RAW]: 0 }[to];
          expect(hex(bytes).endsWith(hex(frame.subarray(headerLength)))).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("knows what the systems call IPv6", () => {
    expect(["darwin", "freebsd", "win32", "openbsd"].map((one) => ipv6FamilyOf(one as NodeJS.Platform))).toEqual([
      30, 28, 24, 24,
    ]);
  });
});

describe.skipIf(isMissing("tshark"))("conversion, judged by tshark", () => {
  const FIELDS = ["ip.src", "ip.dst", "ip.id", "ipv6.src", "ipv6.dst", "udp.srcport", "tcp.srcport", "tcp.seq_raw"];
  const seen = (name: string, linkType: number, frames: readonly Uint8Array[]) => {
    const records = frames.map((bytes, index) => ({ time: index, bytes }));
    const file = captureFile(folder, name, pcapOf(linkType, records));
    const lines = tshark("-r", file, "-T", "fields", ...FIELDS.flatMap((field) => ["-e", field])).split("\n");
    return lines.slice(0, frames.length);
  };

  const all = new Map(otherLinkFrames()).set(ETHERNET, ethernetFrames());
  const before = new Map<number, string[]>();

  it.each([
    ["Ethernet", ETHERNET],
    ["NULL", NULL],
    ["LOOP", LOOP],
    ["raw", RAW],
  ] as const)("sees the same packets in frames made for %s", (name, to) => {
    for (const [from, frames] of all) {
      if (!before.has(from))
        before.set(
          from,
          seen(
            `${from}.pcap`,
            from,
            frames.map(({ bytes }) => bytes),
          ),
        );
      const made = frames.map(({ bytes }) => converted(from, bytes, to));
      const expected = before.get(from)!.filter((_, index) => typeof made[index] !== "string");
      expect(expected.length).toBeGreaterThan(0);
      expect(
        seen(
          `${name}.pcap`,
          to,
          made.filter((frame) => typeof frame !== "string"),
        ),
      ).toEqual(expected);
    }
  });
});

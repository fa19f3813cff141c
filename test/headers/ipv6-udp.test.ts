import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ipv6PseudoHeaderSum } from "../../lib/core/checksum.ts";
import { PacketError } from "../../lib/core/errors.ts";
import {
  formatIp,
  formatIpv6,
  macFromIp,
  parseIpv4,
  parseIpv6,
  tryParseIp,
  tryParseIpv6,
} from "../../lib/headers/address.ts";
import { decodeFrame, encodeFrame } from "../../lib/headers/frame.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { udp } from "../../lib/headers/udp.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** UDP datagrams with checksums that others have computed. */
const DATAGRAMS = [
  {
    name: "smoltcp",
    packet: { ipv4: { source: parseIpv4("192.168.1.1"), destination: parseIpv4("192.168.1.2") } },
    ports: [0xbf00, 53] as const,
    payload: "aa0000ff",
    wire: "bf00 0035 000c 124d aa0000ff",
  },
  {
    name: "gopacket, over IPv4",
    packet: { ipv4: { source: parseIpv4("192.0.2.1"), destination: parseIpv4("198.51.100.1") } },
    ports: [12_345, 9999] as const,
    payload: "",
    wire: "3039 270f 0008 bc5f",
  },
  {
    name: "gopacket, over IPv6",
    packet: { ipv6: { source: parseIpv6("2001:db8::1"), destination: parseIpv6("2001:db8::2") } },
    ports: [12_345, 9999] as const,
    payload: "",
    wire: "3039 270f 0008 4d21",
  },
  {
    name: "a sum of zero, on 127.0.0.1",
    packet: { ipv4: { source: parseIpv4("127.0.0.1"), destination: parseIpv4("127.0.0.1") } },
    ports: [53, 53] as const,
    payload: "ffff016a",
    wire: "0035 0035 000c ffff ffff016a",
  },
  {
    name: "a sum of zero, between two hosts",
    packet: { ipv4: { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2") } },
    ports: [1000, 2000] as const,
    payload: "e01f",
    wire: "03e8 07d0 000a ffff e01f",
  },
];

describe("UDP", () => {
  it.each(DATAGRAMS)("$name: encodes, decodes, encodes again", ({ packet, ports, payload, wire }) => {
    const [sourcePort, destinationPort] = ports;
    const frame = encodeFrame({ ...packet, udp: { sourcePort, destinationPort }, payload: bytes(payload) });
    const headerLength = "ipv4" in packet ? 20 : 40;
    expect(hex(frame.subarray(headerLength))).toBe(wire.replaceAll(" ", ""));
    const decoded = decodeFrame(frame, "raw");
    expect(decoded.udp).toMatchObject({ sourcePort, destinationPort, length: 8 + payload.length / 2 });
    expect(encodeFrame(decoded)).toEqual(frame);
    for (let cut = 0; cut < frame.length; cut++) {
      expect(() => decodeFrame(frame.subarray(0, cut), "raw")).toThrow(PacketError);
    }
  });

  it("keeps a length and a checksum that are given, and leaves a checksum out without a pseudo-header", () => {
    const header = { sourcePort: 1, destinationPort: 2, length: 5, checksum: 0 };
    const buffer = new Uint8Array(10);
    expect(udp.encodeInto(header, buffer, 1)).toBe(8);
    expect(udp.decode(buffer, 1, 10)).toEqual(header);
    udp.encodeInto({ sourcePort: 1, destinationPort: 2 }, buffer, 1, 10);
    expect(udp.decode(buffer, 1, 10)).toEqual({ sourcePort: 1, destinationPort: 2, length: 9, checksum: 0 });
    expect(() => udp.encodeInto({ sourcePort: 70_000, destinationPort: 2 }, buffer, 0)).toThrow(
      "UDP header: sourcePort is 70000, and can be a whole number from 0 to 65535, at byte 0",
    );
  });
});

describe("IPv6", () => {
  const source = parseIpv6("2001:db8::1");
  const destination = parseIpv6("fd3d:fa7b:d17d::1");

  it("has the header and the TCP checksum that packetdrill has", () => {
    const frame = encodeFrame({
      ipv6: { source, destination, hopLimit: 255 },
      tcp: {
        sourcePort: 0xd3e2,
        destinationPort: 0x1f90,
        flags: 2,
        window: 0x8018,
        options: bytes("020403e80402010101030307"),
      },
    });
    expect(hex(frame.subarray(0, 8))).toBe("60000000002006ff");
    expect(hex(frame.subarray(40))).toBe(
      "d3e21f900000000000000000800280180660000 0020403e80402010101030307".replace(" ", ""),
    );
    expect(encodeFrame(decodeFrame(frame, "raw"))).toEqual(frame);
  });

  it("gives back any header, at any place in a buffer", () => {
    const address = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
    const byte = fc.integer({ min: 0, max: 255 });
    const header = fc.record({
      version: fc.constant(6),
      trafficClass: byte,
      flowLabel: fc.integer({ min: 0, max: 0xfffff }),
      payloadLength: fc.integer({ min: 0, max: 0xffff }),
      nextHeader: byte,
      hopLimit: byte,
      source: address,
      destination: address,
    });
    fc.assert(
      fc.property(header, fc.nat(9), (fields, offset) => {
        const buffer = new Uint8Array(60).fill(0xa5);
        expect(ipv6.encodeInto(fields, buffer, offset)).toBe(40);
        expect(ipv6.decode(buffer, offset, buffer.length)).toEqual(fields);
        expect(buffer.subarray(0, offset).every((value) => value === 0xa5)).toBe(true);
        expect(buffer.subarray(offset + 40).every((value) => value === 0xa5)).toBe(true);
      }),
    );
  });

  it("is refused where a value does not fit, or the version is another", () => {
    const buffer = new Uint8Array(40);
    const base = { nextHeader: 6, source, destination };
    for (const wrong of [
      { flowLabel: 1 << 20 },
      { hopLimit: -1 },
      { trafficClass: 1.5 },
      { version: 16 },
      { source: 1n << 128n },
    ]) {
      expect(() => ipv6.encodeInto({ ...base, ...wrong }, buffer, 0)).toThrow(PacketError);
    }
    ipv6.encodeInto({ ...base, version: 5 }, buffer, 0);
    expect(() => ipv6.decode(buffer, 0, 40)).toThrow("IPv6 header: version is 5, and must be 6, at byte 0");
  });

  it("adds up its pseudo-header in halves of words", () => {
    expect(ipv6PseudoHeaderSum(0x1_0002n, 0xffffn << 112n, 6, 0x1_0003)).toBe(1 + 2 + 0xffff + 6 + 1 + 3);
  });
});

describe("IPv6 addresses", () => {
  it.each([
    ["::", 0n, "::"],
    ["::1", 1n, "::1"],
    ["2001:DB8:0:0:1::1", 0x20010db8000000000001000000000001n, "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", 0x20010db8000000010001000100010001n, "2001:db8:0:1:1:1:1:1"],
    ["::ffff:192.0.2.128", 0xffffc0000280n, "::ffff:192.0.2.128"],
    ["64:ff9b::192.0.2.33", 0x0064ff9b0000000000000000c0000221n, "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:7::", 0x00010002000300040005000600070000n, "1:2:3:4:5:6:7:0"],
  ])("%s is read, and printed as RFC 5952 says", (text, value, canonical) => {
    expect(parseIpv6(text)).toBe(value);
    expect(formatIpv6(value)).toBe(canonical);
  });

  it.each([
    "",
    ":",
    ":::",
    "1",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "12345::",
    "::1%eth0",
    "::1.2.3",
    "1.2.3.4::",
    "::g",
    "1:2:3:4:5:6:7:8::",
  ])("%j is none", (text) => {
    expect(tryParseIpv6(text)).toBeUndefined();
    expect(() => parseIpv6(text)).toThrow("is not an IPv6 address; write eight groups");
  });

  it("come back from their text", () => {
    const address = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
    const sparse = fc
      .array(fc.constantFrom<bigint>(0n, 0n, 1n, 0xffffn), { minLength: 8, maxLength: 8 })
      .map((groups) => groups.reduce((sum, group) => (sum << 16n) | group, 0n));
    fc.assert(fc.property(fc.oneof(address, sparse), (value) => tryParseIp(formatIp(value)) === value));
  });

  it("have hardware addresses that those of IPv4 hosts never equal", () => {
    expect(macFromIp(parseIpv4("10.0.0.1"))).toBe(0x02000a000001);
    expect(Math.floor(macFromIp(parseIpv6("::10.0.0.1")) / 2 ** 32)).toBe(0x0600);
  });
});

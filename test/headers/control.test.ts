/** ARP, ICMP and ICMPv6: vectors that can be added up by hand, and frames as others have published them. */
import { describe, expect, it } from "vitest";
import { PacketError } from "../../lib/core/errors.ts";
import { parseIpv4, parseIpv6, parseMac } from "../../lib/headers/address.ts";
import * as arp from "../../lib/headers/arp.ts";
import { encodeFrame } from "../../lib/headers/frame.ts";
import * as icmp from "../../lib/headers/icmp.ts";
import * as icmpv6 from "../../lib/headers/icmpv6.ts";
import { fromHex, toHex } from "./vectors.ts";

const hex = (text: string) => toHex(fromHex(text));

interface Codec<Header> {
  byteLength(header: Header): number;
  encodeInto(header: Header, bytes: Uint8Array, offset: number, end?: number): number;
  decode(bytes: Uint8Array, offset: number, end: number): Header;
}

function check<Header>(name: string, codec: Codec<Header>, header: Header, bytes: string, decoded: Required<Header>) {
  describe(name, () => {
    const length = fromHex(bytes).length;

    it.each([0, 3, 14])("is written and read at byte %i", (offset) => {
      const buffer = new Uint8Array(length + 20).fill(0xee);
      expect(codec.byteLength(header)).toBe(length);
      expect(codec.encodeInto(header, buffer, offset, offset + length)).toBe(length);
      expect(toHex(buffer.subarray(offset, offset + length))).toBe(hex(bytes));
      expect([...buffer.subarray(0, offset), ...buffer.subarray(offset + length)].every((byte) => byte === 0xee)).toBe(
        true,
      );
      expect(codec.decode(buffer, offset, offset + length)).toEqual(decoded);
    });

    it("is refused where bytes are missing", () => {
      expect(() => codec.decode(fromHex(bytes), 0, length - 1)).toThrow(PacketError);
      expect(() => codec.encodeInto(header, new Uint8Array(length - 1), 0)).toThrow(PacketError);
    });
  });
}

const REQUEST = {
  opcode: arp.ArpOpcode.REQUEST,
  senderMac: parseMac("00:1b:21:3c:9d:f8"),
  senderIp: parseIpv4("192.168.0.1"),
  targetMac: 0,
  targetIp: parseIpv4("192.168.0.114"),
};
check("an ARP request", arp, REQUEST, "0001 0800 06 04 0001 001b213c9df8 c0a80001 000000000000 c0a80072", REQUEST);

// The complement of 0800 + 0001 + 0007.
const ECHO = { type: icmp.IcmpType.ECHO_REQUEST, restOfHeader: 0x0001_0007 };
check("an ICMP echo without data", icmp, ECHO, "08 00 f7f7 0001 0007", { ...ECHO, code: 0, checksum: 0xf7f7 });

const GIVEN = { type: icmp.IcmpType.TIME_EXCEEDED, code: 1, checksum: 0xbeef, restOfHeader: 0 };
check("an ICMP header whose checksum is given", icmp, GIVEN, "0b 01 beef 0000 0000", GIVEN);

// Without a pseudo-header there is nothing to add up.
const BARE = { type: icmpv6.Icmpv6Type.ECHO_REPLY, code: 0, checksum: 0 };
check("an ICMPv6 header alone", icmpv6, BARE, "81 00 0000", BARE);

describe("values that do not fit", () => {
  const room = new Uint8Array(40);
  it.each([
    () => icmp.encodeInto({ type: 256 }, room, 0),
    () => icmp.encodeInto({ type: 8, restOfHeader: 2 ** 32 }, room, 0),
    () => icmpv6.encodeInto({ type: 1, code: -1 }, room, 0),
    () => arp.encodeInto({ ...REQUEST, opcode: 65_536 }, room, 0),
    () => arp.encodeInto({ ...REQUEST, targetMac: 2 ** 48 }, room, 0),
    () => arp.encodeInto({ ...REQUEST, senderIp: -1 }, room, 0),
    () => arp.decode(fromHex(`0006${"00".repeat(26)}`), 0, 28),
  ])("are refused (%#)", (act) => {
    expect(act).toThrow(PacketError);
  });
});

describe("frames", () => {
  it("name ARP in their type, and no length or checksum beside it", () => {
    const ethernet = { source: REQUEST.senderMac, destination: parseMac("ff:ff:ff:ff:ff:ff") };
    expect(toHex(encodeFrame({ ethernet, arp: REQUEST, trailer: new Uint8Array(2) }))).toBe(
      hex("ffffffffffff 001b213c9df8 0806 0001 0800 06 04 0001 001b213c9df8 c0a80001 000000000000 c0a80072 0000"),
    );
  });

  it("have ICMP's checksum over header and data alone", () => {
    const ipv4 = { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2"), identification: 0 };
    const frame = encodeFrame({ ipv4, icmp: ECHO, payload: Uint8Array.of(1, 2) });
    // ~(0800 + 0001 + 0007 + 0102)
    expect(toHex(frame.subarray(20))).toBe(hex("08 00 f6f5 0001 0007 0102"));
    expect(frame[9]).toBe(1);
  });

  it("have ICMPv6's checksum over the pseudo-header, too", () => {
    const ipv6 = { source: parseIpv6("::1"), destination: parseIpv6("::2"), hopLimit: 255 };
    const frame = encodeFrame({ ipv6, icmpv6: { type: 128 }, payload: Uint8Array.of(0, 1, 0, 7) });
    // ~(0001 + 0002 of the addresses + 0008 of length + 003a of the header's number + 8000 + 0001 + 0007)
    expect(toHex(frame.subarray(40))).toBe(hex("80 00 7fb2 0001 0007"));
    expect(frame[6]).toBe(58);
  });
});

/** ARP, ICMP and ICMPv6 in frames: sums that can be added up by hand. */

import { describe, expect, it } from "vitest";
import { parseIpv4, parseIpv6, parseMac } from "../../lib/headers/address.ts";
import { arp } from "../../lib/headers/arp.ts";
import { ArpOpcode, IcmpType } from "../../lib/headers/control-types.ts";
import { encodeFrame } from "../../lib/headers/frame.ts";
import { fromHex, toHex } from "./vectors.ts";

const hex = (text: string) => toHex(fromHex(text));

const REQUEST = {
  opcode: ArpOpcode.REQUEST,
  senderMac: parseMac("00:1b:21:3c:9d:f8"),
  senderIp: parseIpv4("192.168.0.1"),
  targetMac: 0,
  targetIp: parseIpv4("192.168.0.114"),
};

const ECHO = { type: IcmpType.ECHO_REQUEST, identifier: 1, sequenceNumber: 7 };

it("is no ARP packet of Ethernet and IPv4 where the hardware is another", () => {
  const bytes = new Uint8Array(28);
  arp.encodeInto({ ...REQUEST, hardwareType: 6 }, bytes, 0);
  expect(() => arp.decode(bytes, 0, 28)).toThrow(
    "ARP packet: the addresses are not those of Ethernet and IPv4, at byte 0",
  );
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
    const frame = encodeFrame({ ipv6, icmpv6: { type: 128, identifier: 1, sequenceNumber: 7 } });
    // ~(0001 + 0002 of the addresses + 0008 of length + 003a of the header's number + 8000 + 0001 + 0007)
    expect(toHex(frame.subarray(40))).toBe(hex("80 00 7fb2 0001 0007"));
    expect(frame[6]).toBe(58);
  });
});

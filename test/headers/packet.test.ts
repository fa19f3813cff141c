/** Stacks of any headers: what is computed, what is kept, what cannot be, and the way back from bytes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketError } from "../../lib/core/errors.ts";
import { parseIpv4, parseMac } from "../../lib/headers/address.ts";
import { arp } from "../../lib/headers/arp.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { decodePacket } from "../../lib/headers/decode-packet.ts";
import { dns } from "../../lib/headers/dns/dns.ts";
import { ethernet } from "../../lib/headers/ethernet.ts";
import type { AnyStackedHeader } from "../../lib/headers/header-table.ts";
import { icmp } from "../../lib/headers/icmp.ts";
import { icmpv6 } from "../../lib/headers/icmpv6.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { llc } from "../../lib/headers/llc.ts";
import { encodePacket, encodePacketInto, findHeader, packetLength } from "../../lib/headers/packet.ts";
import { raw } from "../../lib/headers/raw.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { udp } from "../../lib/headers/udp.ts";
import { serviceTag, vlan } from "../../lib/headers/vlan.ts";
import { vxlan } from "../../lib/headers/vxlan.ts";
import { everyHeader } from "./every-header.ts";
import { fromHex, toHex } from "./vectors.ts";

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(PacketError);
    return (error as PacketError).message;
  }
  throw new Error("nothing was thrown");
}

const names = (stack: readonly AnyStackedHeader[]) => stack.map(({ header }) => header.name);

describe("a stack", () => {
  const stack = [
    ethernet({ source: "02:00:00:00:00:01" }),
    vlan({ identifier: 5 }),
    ipv4({ source: "10.0.0.1", destination: Uint8Array.of(10, 0, 0, 2) }),
    udp({ sourcePort: 1000, destinationPort: 2000 }),
    raw("hé"),
  ];

  it("has types, lengths and checksums of what is in it", () => {
    expect(toHex(encodePacket(stack))).toBe(
      "02000a000002020000000001810000050800" + "4500001f00000000401166cc0a0000010a000002" + "03e807d0000bce5968c3a9",
    );
    expect(packetLength(stack)).toBe(49);
  });

  it("is written in any place of a buffer, and refused where it does not fit", () => {
    const buffer = new Uint8Array(60).fill(0xee);
    expect(encodePacketInto(stack, buffer, 7)).toBe(49);
    expect(toHex(buffer.subarray(7, 56))).toBe(toHex(encodePacket(stack)));
    expect([...buffer.subarray(0, 7), ...buffer.subarray(56)].every((byte) => byte === 0xee)).toBe(true);
    const message = "packet: 49 bytes needed, 48 available, limited by the size of the buffer, at byte 12";
    expect(messageOf(() => encodePacketInto(stack, buffer, 12))).toBe(message);
  });

  it("keeps what is given, right or wrong", () => {
    const wrong = [ethernet({ etherType: 0x1234 }), ipv4({ protocol: 17, totalLength: 9, headerChecksum: 1 }), arp()];
    const bytes = encodePacket(wrong);
    expect(toHex(bytes.subarray(12, 26))).toBe("1234" + "450000090000000040110001");
    expect(bytes.length).toBe(14 + 20 + 28);
  });

  it("takes hardware addresses from the packet in it, those of groups too", () => {
    const of = (...stacked: AnyStackedHeader[]) => toHex(encodePacket([ethernet(), ...stacked]).subarray(0, 12));
    expect(of(ipv4({ source: "10.0.0.1", destination: "224.1.2.3" }))).toBe("01005e01020302000a000001");
    expect(of(ipv4({ destination: "255.255.255.255" }))).toBe("ffffffffffff02007f000001");
    expect(of(vlan(), ipv6({ destination: "ff02::1:ff00:5" }))).toBe("3333ff000005060000000001");
    expect(of(arp({ senderMac: "02:00:00:00:00:09" }))).toBe("ffffffffffff020000000009");
    expect(of(arp({ opcode: 2, senderMac: 1, targetMac: 2 }))).toBe("000000000002000000000001");
    expect(of(raw("x"))).toBe("000000000000000000000000");
  });

  it("has ports of the message in it", () => {
    const ports = (...stacked: AnyStackedHeader[]) => toHex(encodePacket([udp(), ...stacked]).subarray(0, 4));
    expect(ports(dns())).toBe("c0000035");
    expect(ports(raw("x"))).toBe("c000270f");
    expect(toHex(encodePacket([tcp({ flags: "SYN ACK" })]).subarray(0, 14))).toBe("c000270f00000000000000005012");
  });

  it("is an echo request, or asks who has an address, where nothing is said", () => {
    expect(toHex(encodePacket([icmp()]))).toBe("0800f7ff00000000");
    expect(toHex(encodePacket([arp()])).slice(0, 16)).toBe("0001080006040001");
  });

  it("lets neighbour discovery through no router, unless a limit is given", () => {
    const limit = (...stacked: AnyStackedHeader[]) => encodePacket(stacked)[7];
    expect(limit(ipv6(), icmpv6({ type: 135 }))).toBe(255);
    expect(limit(ipv6({ hopLimit: 7 }), icmpv6({ type: 135 }))).toBe(7);
    expect(limit(ipv6(), icmpv6())).toBe(64);
  });

  it("has a length in place of a type before LLC", () => {
    const frame = [
      ethernet(),
      llc({ destinationServiceAccessPoint: 0x42, sourceServiceAccessPoint: 0x42, control: 3 }),
      raw("abc"),
    ];
    expect(toHex(encodePacket(frame).subarray(12))).toBe("0006424203616263");
    const long = [ethernet(), llc(), raw(new Uint8Array(1499))];
    expect(messageOf(() => encodePacket(long))).toBe(
      "Ethernet header: what follows has 1507 bytes, and a length in place of a type can be up to 1500, at byte 0",
    );
  });

  it("is filled up, and checked, on request", () => {
    const short = [ethernet(), ipv4(), udp(), raw("abc")];
    const bytes = encodePacket(short, { minimumLength: 60, frameCheckSequence: true });
    expect(bytes.length).toBe(64);
    expect(bytes.subarray(45, 60)).toEqual(new Uint8Array(15));
    // The remainder of any frame with its check sequence (IEEE 802.3, clause 3.2.9), lowest bit first.
    expect(toHex(bytes.subarray(60))).not.toBe("00000000");
    const read = decodePacket(bytes, { frameCheckLength: 4, strict: true });
    expect(names(read)).toEqual(["eth", "ip", "udp", "data"]);
    expect(read.map(({ trailer }) => trailer?.length)).toEqual([4, 15, undefined, undefined]);
    expect(toHex(encodePacket(read))).toBe(toHex(bytes));
  });

  it("has trailers behind what its headers count", () => {
    const inner = ipv4({ source: "10.0.0.1", destination: "10.0.0.2" }, "ab");
    const bytes = encodePacket([ethernet(undefined, Uint8Array.of(9)), inner, udp(undefined, "xyz"), raw("hello")]);
    expect(toHex(bytes.subarray(14, 18))).toBe("45000024");
    expect(toHex(bytes.subarray(38, 40))).toBe("000d");
    expect(toHex(bytes.subarray(42))).toBe("68656c6c6f" + "78797a" + "6162" + "09");
  });

  it("is the published frame, for every packet of every header", () => {
    for (const { header, before, after, payload, defaults, given } of everyHeader) {
      for (const packet of [defaults, given]) {
        const stack = [
          ...(packet.before ?? before).map(({ header, values }) => header(values)),
          header(packet.values),
          ...(packet.after ?? after).map(({ header, values }) => header(values)),
          raw(packet.payload ?? payload),
        ];
        expect(toHex(encodePacket(stack)), header.name).toBe(toHex(fromHex(packet.frame)));
      }
    }
  });
});

describe("what cannot be", () => {
  const TO = { source: "10.0.0.1", destination: "10.0.0.2" };
  it.each([
    [
      "IP over VXLAN, which carries frames",
      () => encodePacket([udp(), vxlan(), ipv4(TO)]),
      "VXLAN header: nothing says that the IPv4 header follows, at byte 8",
    ],
    [
      "a text in a stack",
      () => encodePacket([ethernet(), "hello" as never]),
      'stack: there is something that is no header; headers are made as udp(), data as raw("hello"), at byte 0',
    ],
    [
      "a header that is not called",
      () => encodePacket([ethernet as never]),
      'stack: there is a header that is not called; headers are made as udp(), data as raw("hello"), at byte 0',
    ],
    [
      "a header alone",
      () => encodePacket(ethernet() as never),
      "stack: headers stand in a list: [ethernet(), ipv4(), udp()], at byte 0",
    ],
    [
      "a packet that is a text",
      () => decodePacket("hello" as never),
      "packet: a packet that is read is a Uint8Array, at byte 0",
    ],
    [
      "TCP over ARP",
      () => encodePacket([ethernet(), arp(), tcp()]),
      "ARP packet: nothing says that the TCP header follows, at byte 14",
    ],
    [
      "TCP over Ethernet",
      () => encodePacket([ethernet(), tcp()]),
      "Ethernet header: nothing says that the TCP header follows, unless etherType is given, at byte 0",
    ],
    [
      "TCP over UDP",
      () => encodePacket([ipv4(TO), udp(), tcp()]),
      "UDP header: nothing says that the TCP header follows, at byte 20",
    ],
    [
      "Ethernet over data",
      () => encodePacket([raw("x"), ethernet()]),
      "data: nothing says that the Ethernet header follows, at byte 0",
    ],
    [
      "a field that there is not",
      () => udp({ port: 5 } as never),
      "UDP header: there is no field port; there are sourcePort, destinationPort, length, checksum, at byte 0",
    ],
    [
      "a value in place of fields",
      () => ipv4(5 as never),
      "IPv4 header: fields are a value of type number, and stand in an object, as { version: ... }, at byte 0",
    ],
    [
      "a text in place of fields",
      () => ethernet("x" as never),
      'Ethernet header: fields are "x", and stand in an object, as { destination: ... }, at byte 0',
    ],
    [
      "no offset",
      () => encodePacketInto([udp()], new Uint8Array(9), undefined as never),
      "packet: the offset is undefined, and is a number of bytes, at byte 0",
    ],
    [
      "no buffer",
      () => encodePacketInto([udp()], undefined as never, 0),
      "packet: a packet is written into a Uint8Array, at byte 0",
    ],
    [
      "a least length that is none",
      () => encodePacket([udp()], { minimumLength: -1 }),
      "packet: minimumLength is -1, and is a number of bytes, at byte 0",
    ],
    [
      "an address that is none",
      () => ipv4({ source: "10.0.0.256" }),
      'IPv4 header: source is "10.0.0.256", and can be an IPv4 address such as 10.0.0.1, or its 4 bytes, at byte 12',
    ],
    [
      "an address of five bytes",
      () => ethernet({ source: new Uint8Array(5) }),
      "Ethernet header: source is 5 bytes, and can be a MAC address such as 02:00:00:00:00:01, or its 6 bytes, at byte 6",
    ],
    [
      "an IPv4 address in IPv6",
      () => ipv6({ destination: "10.0.0.1" }),
      'IPv6 header: destination is "10.0.0.1", and can be an IPv6 address such as 2001:db8::1, or its 16 bytes, at byte 24',
    ],
    [
      "a flag that there is not",
      () => tcp({ flags: "SYN, BOO" }),
      'TCP header: flags is "BOO", and can be a number, or of FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE, at byte 12',
    ],
    [
      "a number as text",
      () => udp({ sourcePort: "80" as never }),
      'UDP header: sourcePort is "80", and can be a whole number from 0 to 65535, at byte 0',
    ],
    [
      "a truth as text",
      () => ipv4({ dontFragment: "yes" as never }),
      'IPv4 header: dontFragment is "yes", and can be true or false, at byte 6',
    ],
    [
      "a number that does not fit",
      () => encodePacket([ethernet(), vlan({ identifier: 4096 }), raw("")]),
      "VLAN tag: identifier is 4096, and can be a whole number from 0 to 4095, at byte 14",
    ],
    [
      "a payload that is too long",
      () => encodePacket([ipv4(TO), raw(new Uint8Array(65_516))]),
      "IPv4 header: totalLength is 65536, and can be a whole number from 0 to 65535, at byte 2",
    ],
    [
      "a payload that is none",
      () => raw(5 as never),
      "data: data is a value of type number, and can be a text or bytes, at byte 0",
    ],
  ])("%s is refused", (_, act, message) => {
    expect(messageOf(act)).toBe(message);
  });
});

describe("a packet that is read", () => {
  it("is a stack again, with every field", () => {
    const bytes = encodePacket([
      ethernet(),
      serviceTag({ identifier: 7 }),
      vlan({ identifier: 5 }),
      ipv4(),
      tcp({ flags: "PSH ACK" }),
      raw("hello"),
    ]);
    const stack = decodePacket(bytes, { strict: true });
    expect(names(stack)).toEqual(["eth", "ieee8021ad", "vlan", "ip", "tcp", "data"]);
    expect(findHeader(stack, tcp)?.fields).toMatchObject({ sourcePort: 49_152, flags: 0x18 });
    expect(findHeader(stack, ipv4)?.fields.source).toBe(parseIpv4("127.0.0.1"));
    expect(findHeader(stack, ethernet)?.fields.source).toBe(parseMac("02:00:7f:00:00:01"));
    expect(findHeader(stack, udp)).toBeUndefined();
  });

  it("is changed in one field, and mended where that is left out", () => {
    const bytes = encodePacket([
      ethernet(),
      ipv4({ source: "10.0.0.1", destination: "10.0.0.2" }),
      udp(),
      raw("hello"),
    ]);
    const [link, packet, datagram, data] = decodePacket(bytes);
    const { headerChecksum: _, ...address } = { ...packet!.fields, destination: parseIpv4("10.0.0.3") } as Record<
      string,
      unknown
    >;
    const { checksum: __, ...ports } = datagram!.fields as Record<string, unknown>;
    const changed = encodePacket([link!, ipv4(address), udp(ports), data!]);
    const { destination } = { destination: "10.0.0.3" };
    const again = [ethernet(link!.fields as never), ipv4({ source: "10.0.0.1", destination }), udp(), raw("hello")];
    expect(toHex(changed)).toBe(toHex(encodePacket(again)));
  });

  it.each([
    ["no bytes", new Uint8Array(0), ["data"]],
    ["a cut header", fromHex("0200"), ["data"]],
    ["a type nobody knows", fromHex("020000000001020000000002ffff0102"), ["eth", "data"]],
    [
      "a second fragment",
      encodePacket([ethernet(), ipv4({ protocol: 6, fragmentOffset: 3 }), raw("abcdefgh")]),
      ["eth", "ip", "data"],
    ],
    [
      "a first fragment",
      encodePacket([ethernet(), ipv4({ moreFragments: true }), udp({ length: 99 }), raw("abcdefgh")]),
      ["eth", "ip", "udp", "data"],
    ],
    [
      "a first fragment of half a header",
      encodePacket([ethernet(), ipv4({ protocol: 6, moreFragments: true }), raw("abcdefgh")]),
      ["eth", "ip", "data"],
    ],
    [
      "an error that quotes",
      encodePacket([ethernet(), ipv4(), icmp({ type: 3, code: 1 }), ipv4(), udp(), raw("ab")]),
      ["eth", "ip", "icmp", "ip", "udp", "data"],
    ],
    [
      "LLC with padding",
      encodePacket([
        ethernet(),
        llc({ destinationServiceAccessPoint: 0, sourceServiceAccessPoint: 0 }, "pad"),
        raw("abc"),
      ]),
      ["eth", "llc", "data"],
    ],
  ])("%s is understood as far as it goes", (_, bytes, expected) => {
    const stack = decodePacket(bytes);
    expect(names(stack)).toEqual(expected);
    expect(toHex(encodePacket(stack))).toBe(toHex(bytes));
  });

  it.each([
    [
      "cut off",
      encodePacket([ethernet(), ipv4(), udp(), raw("hello")]).subarray(0, 40),
      "TRUNCATED",
      /IPv4 header: 33 bytes needed, 26 available/,
    ],
    [
      "too long a datagram",
      encodePacket([ethernet(), ipv4(), udp({ length: 99 }), raw("x")]),
      "TRUNCATED",
      /UDP header: 99 bytes needed, 9 available, limited by the total length of the IPv4 header/,
    ],
    [
      "too short a datagram",
      encodePacket([ethernet(), ipv4(), udp({ length: 3 }), raw("x")]),
      "BAD_FIELD",
      /UDP header: length is 3, less than the header itself, at byte 38/,
    ],
    ["a bad version", encodePacket([ethernet(), ipv4({ version: 5 }), raw("x")]), "BAD_FIELD", /version is 5/],
    [
      "short 802.3 data",
      encodePacket([
        ethernet(),
        llc({ destinationServiceAccessPoint: 0, sourceServiceAccessPoint: 0 }),
        raw("abcdef"),
      ]).subarray(0, 19),
      "TRUNCATED",
      /802.3 data: 9 bytes needed, 5 available/,
    ],
  ])("%s is refused, strictly", (_, bytes, code, message) => {
    const error = (() => {
      try {
        return decodePacket(bytes, { strict: true });
      } catch (error) {
        return error;
      }
    })();
    expect(error).toBeInstanceOf(PacketError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(toHex(encodePacket(decodePacket(bytes)))).toBe(toHex(bytes));
  });

  const LINKS = Object.values(LinkType);

  it("becomes the same bytes, whatever they are", () => {
    const frames = everyHeader.flatMap(({ defaults, given, linkType }) =>
      [defaults, given].map(({ frame }) => ({ linkType, bytes: fromHex(frame) })),
    );
    const change = fc.tuple(fc.nat(120), fc.nat(255));
    const damaged = fc
      .tuple(fc.constantFrom(...frames), fc.array(change, { maxLength: 6 }), fc.nat(140))
      .map(([{ linkType, bytes }, changes, length]) => {
        const copy = bytes.slice(0, length);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return { linkType, bytes: copy };
      });
    const any = fc.record({
      linkType: fc.constantFrom(...LINKS),
      bytes: fc.uint8Array({ maxLength: 90, size: "max" }),
    });
    fc.assert(
      fc.property(
        fc.oneof({ weight: 4, arbitrary: damaged }, any),
        fc.constantFrom(0, 4),
        (packet, frameCheckLength) => {
          const { linkType, bytes } = packet;
          const stack = decodePacket(bytes, { linkType, frameCheckLength });
          expect(toHex(encodePacket(stack))).toBe(toHex(bytes));
        },
      ),
      { numRuns: 20_000, seed: 5 },
    );
  });
});

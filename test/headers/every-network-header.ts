/** IP, its extension headers and ICMP, with the frames that Scapy makes of the same values. */
import { IpProtocol, LinkType } from "../../lib/headers/assigned-numbers.ts";
import { icmp } from "../../lib/headers/icmp.ts";
import { icmpv6 } from "../../lib/headers/icmpv6.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { fragment, ipv6 } from "../../lib/headers/ipv6.ts";
import { authentication, destinationOptions, hopByHop, routing } from "../../lib/headers/ipv6-extensions.ts";
import { udp } from "../../lib/headers/udp.ts";
import { of } from "../helpers/captures/header-stack.ts";
import { icmpv6Messages } from "./every-icmpv6-message.ts";
import { type Entry, ETHERNET, entry, IPV4, IPV6, LETTERS, UDP } from "./header-entry.ts";
import { fromHex } from "./vectors.ts";

const NOTHING = new Uint8Array(0);
const IN_ETHERNET = { linkType: LinkType.ETHERNET, before: [ETHERNET], after: [UDP], payload: LETTERS } as const;
const IN_IPV6 = { ...IN_ETHERNET, before: [ETHERNET, IPV6] } as const;

export const networkHeaders: readonly Entry[] = [
  entry(ipv4, {
    ...IN_ETHERNET,
    defaults: {
      values: { source: 0x0a000001, destination: 0x0a000002 },
      found: {
        version: 4,
        internetHeaderLength: 5,
        typeOfService: 0,
        totalLength: 38,
        identification: 0,
        reservedFlag: false,
        dontFragment: false,
        moreFragments: false,
        fragmentOffset: 0,
        timeToLive: 64,
        protocol: IpProtocol.UDP,
        headerChecksum: 0x66c5,
        options: NOTHING,
      },
      frame: "02000000000202000000000108004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: {
        version: 4,
        internetHeaderLength: 7,
        typeOfService: 0xb9,
        totalLength: 38,
        identification: 0x1c46,
        reservedFlag: true,
        dontFragment: true,
        moreFragments: true,
        fragmentOffset: 0x123,
        timeToLive: 33,
        protocol: IpProtocol.UDP,
        headerChecksum: 0xbad1,
        source: 0xc0000211,
        destination: 0xc6336422,
        options: fromHex("94040000 01010100"),
      },
      found: {},
      after: [],
      frame: "020000000002020000000001080047b900261c46e1232111bad1c0000211c633642294040000010101006162636465666768696a",
    },
    fixed: ["version"],
  }),
  entry(ipv6, {
    ...IN_ETHERNET,
    defaults: {
      values: { source: 0x20010db8_00000000_00000000_00000001n, destination: 0x20010db8_00000000_00000000_00000002n },
      found: {
        version: 6,
        trafficClass: 0,
        flowLabel: 0,
        payloadLength: 18,
        nextHeader: IpProtocol.UDP,
        hopLimit: 64,
      },
      frame:
        "02000000000202000000000186dd600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
    given: {
      values: {
        version: 6,
        trafficClass: 0xb9,
        flowLabel: 0xabcde,
        payloadLength: 18,
        nextHeader: IpProtocol.UDP,
        hopLimit: 33,
        source: 0x20010db8_00000000_00000000_00000011n,
        destination: 0x20010db8_00010002_00030004_00050006n,
      },
      found: {},
      frame:
        "02000000000202000000000186dd6b9abcde0012112120010db800000000000000000000001120010db80001000200030004000500069c40270f0012e5e26162636465666768696a",
    },
    fixed: ["version"],
  }),
];

export const extensionHeaders: readonly Entry[] = [
  entry(hopByHop, {
    ...IN_IPV6,
    defaults: {
      values: {},
      found: { nextHeader: IpProtocol.UDP, headerExtensionLength: 0, options: new Uint8Array(6) },
      frame:
        "02000000000202000000000186dd60000000001a004020010db800000000000000000000000120010db800000000000000000000000211000000000000009c40270f0012e6056162636465666768696a",
    },
    given: {
      values: {
        nextHeader: IpProtocol.UDP,
        headerExtensionLength: 1,
        options: fromHex("05020001 0108 0000000000000000"),
      },
      found: {},
      frame:
        "02000000000202000000000186dd600000000022004020010db800000000000000000000000120010db8000000000000000000000002110105020001010800000000000000009c40270f0012e6056162636465666768696a",
    },
  }),
  entry(routing, {
    ...IN_IPV6,
    defaults: {
      values: { routingType: 9, segmentsLeft: 0 },
      found: { nextHeader: IpProtocol.UDP, headerExtensionLength: 0, data: new Uint8Array(4) },
      frame:
        "02000000000202000000000186dd60000000001a2b4020010db800000000000000000000000120010db800000000000000000000000211000900000000009c40270f0012e6056162636465666768696a",
    },
    given: {
      values: {
        nextHeader: IpProtocol.UDP,
        headerExtensionLength: 2,
        routingType: 0,
        segmentsLeft: 1,
        data: fromHex("01020304 20010db8000000000000000000000099"),
      },
      found: {},
      // The sum is that of the last stop.
      after: [of(udp, { sourcePort: 40_000, destinationPort: 9999, checksum: 0xe56e })],
      frame:
        "02000000000202000000000186dd60000000002a2b4020010db800000000000000000000000120010db8000000000000000000000002110200010102030420010db80000000000000000000000999c40270f0012e56e6162636465666768696a",
    },
    counts: ["segmentsLeft"],
  }),
  entry(fragment, {
    ...IN_IPV6,
    defaults: {
      values: { identification: 7 },
      found: {
        nextHeader: IpProtocol.UDP,
        reserved: 0,
        fragmentOffset: 0,
        reservedBits: 0,
        moreFragments: false,
      },
      frame:
        "02000000000202000000000186dd60000000001a2c4020010db800000000000000000000000120010db800000000000000000000000211000000000000079c40270f0012e6056162636465666768696a",
    },
    given: {
      values: {
        nextHeader: IpProtocol.UDP,
        reserved: 0x5a,
        fragmentOffset: 0x123,
        reservedBits: 2,
        moreFragments: true,
        identification: 0xdeadbeef,
      },
      found: {},
      after: [],
      frame:
        "02000000000202000000000186dd6000000000122c4020010db800000000000000000000000120010db8000000000000000000000002115a091ddeadbeef6162636465666768696a",
    },
  }),
  entry(destinationOptions, {
    ...IN_IPV6,
    defaults: {
      values: {},
      found: { nextHeader: IpProtocol.UDP, headerExtensionLength: 0, options: new Uint8Array(6) },
      frame:
        "02000000000202000000000186dd60000000001a3c4020010db800000000000000000000000120010db800000000000000000000000211000000000000009c40270f0012e6056162636465666768696a",
    },
    given: {
      values: {
        nextHeader: IpProtocol.UDP,
        headerExtensionLength: 1,
        options: fromHex("040107 0109 000000000000000000"),
      },
      found: {},
      frame:
        "02000000000202000000000186dd6000000000223c4020010db800000000000000000000000120010db8000000000000000000000002110104010701090000000000000000009c40270f0012e6056162636465666768696a",
    },
  }),
  entry(authentication, {
    ...IN_IPV6,
    defaults: {
      values: { securityParametersIndex: 0x11223344, sequenceNumber: 7 },
      found: { nextHeader: IpProtocol.UDP, payloadLength: 1, reserved: 0, integrityCheckValue: NOTHING },
      frame:
        "02000000000202000000000186dd60000000001e334020010db800000000000000000000000120010db80000000000000000000000021101000011223344000000079c40270f0012e6056162636465666768696a",
    },
    given: {
      values: {
        nextHeader: IpProtocol.UDP,
        payloadLength: 4,
        reserved: 0x5a5b,
        securityParametersIndex: 0x11223344,
        sequenceNumber: 0x55667788,
        integrityCheckValue: fromHex("0102030405060708090a0b0c"),
      },
      found: {},
      frame:
        "02000000000202000000000186dd60000000002a334020010db800000000000000000000000120010db800000000000000000000000211045a5b11223344556677880102030405060708090a0b0c9c40270f0012e6056162636465666768696a",
    },
  }),
];

/** What an error quotes: a datagram that came the other way. */
const QUOTED = [
  of(ipv4, { source: 0x0a000002, destination: 0x0a000001 }),
  of(udp, { sourcePort: 9999, destinationPort: 40_000, length: 8, checksum: 0x1111 }),
];

export const controlMessages: readonly Entry[] = [
  entry(icmp, {
    ...IN_ETHERNET,
    before: [ETHERNET, IPV4],
    after: [],
    defaults: {
      values: { type: 8 },
      found: { code: 0, checksum: 0xfcff, identifier: 0, sequenceNumber: 0 },
      frame: "02000000000202000000000108004500002600000000400166d50a0000010a0000020800fcff000000006162636465666768696a",
    },
    given: {
      values: {
        type: 14,
        code: 9,
        checksum: 0xbad1,
        identifier: 0x1234,
        sequenceNumber: 0x5678,
        originateTimestamp: 1,
        receiveTimestamp: 2,
        transmitTimestamp: 3,
      },
      found: {},
      payload: NOTHING,
      frame:
        "02000000000202000000000108004500002800000000400166d30a0000010a0000020e09bad112345678000000010000000200000003",
    },
    more: {
      "a mask": {
        values: { type: 18, identifier: 5, sequenceNumber: 6, addressMask: 0xffff0000 },
        payload: NOTHING,
        frame: "02000000000202000000000108004500002000000000400166db0a0000010a0000021200edf400050006ffff0000",
      },
      "a redirect": {
        values: { type: 5, code: 1, gateway: 0x0a000009 },
        after: QUOTED,
        payload: NOTHING,
        frame:
          "02000000000202000000000108004500003800000000400166c30a0000010a00000205011c8d0a0000094500001c00000000401166cf0a0000020a000001270f9c4000081111",
      },
      routers: {
        values: { type: 9, numberOfAddresses: 1, addressEntrySize: 2, lifetime: 1800 },
        payload: fromHex("0a000009 00000005"),
        frame: "02000000000202000000000108004500002400000000400166d70a0000010a0000020900e4e7010207080a00000900000005",
      },
      "too large": {
        values: { type: 3, code: 4, unused: 0, length: 0, nextHopMtu: 1400 },
        after: QUOTED,
        payload: NOTHING,
        frame:
          "02000000000202000000000108004500003800000000400166c30a0000010a0000020304231b000005784500001c00000000401166cf0a0000020a000001270f9c4000081111",
      },
      "too late": {
        values: { type: 11, secondUnused: 0 },
        after: QUOTED,
        payload: NOTHING,
        frame:
          "02000000000202000000000108004500003800000000400166c30a0000010a0000020b002097000000004500001c00000000401166cf0a0000020a000001270f9c4000081111",
      },
      "a problem": {
        values: { type: 12, pointer: 9 },
        after: QUOTED,
        payload: NOTHING,
        frame:
          "02000000000202000000000108004500003800000000400166c30a0000010a0000020c001697090000004500001c00000000401166cf0a0000020a000001270f9c4000081111",
      },
      "another type": {
        values: { type: 10, restOfHeader: 0 },
        payload: NOTHING,
        frame: "02000000000202000000000108004500001c00000000400166df0a0000010a0000020a00f5ff00000000",
      },
    },
    decides: ["type"],
  }),
  entry(icmpv6, {
    ...IN_IPV6,
    after: [],
    defaults: {
      values: { type: 128 },
      found: { code: 0, checksum: 0x293e, identifier: 0, sequenceNumber: 0 },
      frame:
        "02000000000202000000000186dd6000000000123a4020010db800000000000000000000000120010db80000000000000000000000028000293e000000006162636465666768696a",
    },
    given: {
      values: { type: 129, code: 7, checksum: 0xbad1, identifier: 0x1234, sequenceNumber: 0x5678 },
      found: {},
      frame:
        "02000000000202000000000186dd6000000000123a4020010db800000000000000000000000120010db80000000000000000000000028107bad1123456786162636465666768696a",
    },
    more: icmpv6Messages,
    decides: ["type"],
  }),
];

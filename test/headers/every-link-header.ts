/** Link headers, with the frames that Scapy makes of the same values: `Ether(...) / IP(...) / UDP(...) / b"abcdefghij"`. */

import { arp } from "../../lib/headers/arp.ts";
import { EtherType, LinkType } from "../../lib/headers/assigned-numbers.ts";
import { ArpOpcode } from "../../lib/headers/control-types.ts";
import { ethernet } from "../../lib/headers/ethernet.ts";
import { llc } from "../../lib/headers/llc.ts";
import { loopback, openBsdLoopback } from "../../lib/headers/loopback.ts";
import { sll, sll2 } from "../../lib/headers/sll.ts";
import { serviceTag, vlan } from "../../lib/headers/vlan.ts";
import { of } from "../helpers/captures/header-stack.ts";
import { type Entry, ETHERNET, entry, IPV4, IPV6, LETTERS, UDP } from "./header-entry.ts";
import { fromHex } from "./vectors.ts";

const DATAGRAM = { after: [IPV4, UDP], payload: LETTERS } as const;
const DATAGRAM6 = { after: [IPV6, UDP] } as const;
const NOTHING = new Uint8Array(0);

/** An 802.3 header, before `length` bytes of data. */
const lengthOf = (length: number) =>
  of(ethernet, { destination: 0x020000000002, source: 0x020000000001, etherType: length });

export const linkHeaders: readonly Entry[] = [
  entry(ethernet, {
    linkType: LinkType.ETHERNET,
    before: [],
    ...DATAGRAM,
    defaults: {
      values: { destination: 0x020000000002, source: 0x020000000001 },
      found: { etherType: EtherType.IPV4 },
      frame: "02000000000202000000000108004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      // A type for local experiments.
      values: { destination: 0xfedcba987654, source: 0x02468ace1357, etherType: 0x88b5 },
      found: {},
      after: [],
      frame: "fedcba98765402468ace135788b56162636465666768696a",
    },
  }),
  entry(vlan, {
    linkType: LinkType.ETHERNET,
    before: [ETHERNET],
    ...DATAGRAM,
    defaults: {
      values: { identifier: 5 },
      found: { priority: 0, dropEligible: false, etherType: EtherType.IPV4 },
      frame:
        "0200000000020200000000018100000508004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { priority: 5, dropEligible: true, identifier: 0xabc, etherType: EtherType.IPV6 },
      found: {},
      ...DATAGRAM6,
      frame:
        "0200000000020200000000018100babc86dd600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
  }),
  entry(serviceTag, {
    linkType: LinkType.ETHERNET,
    before: [ETHERNET],
    ...DATAGRAM,
    defaults: {
      values: { identifier: 6 },
      found: { priority: 0, dropEligible: 0, etherType: EtherType.IPV4 },
      frame:
        "02000000000202000000000188a8000608004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { priority: 3, dropEligible: 1, identifier: 0x123, etherType: EtherType.VLAN },
      found: {},
      after: [of(vlan, { identifier: 5 }), IPV4, UDP],
      frame:
        "02000000000202000000000188a871238100000508004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
  }),
  entry(llc, {
    linkType: LinkType.ETHERNET,
    before: [lengthOf(18)],
    after: [],
    payload: LETTERS,
    defaults: {
      values: { type: 0x0101 },
      found: {
        destinationServiceAccessPoint: 0xaa,
        sourceServiceAccessPoint: 0xaa,
        control: 3,
        controlExtension: undefined,
        organizationCode: 0,
      },
      frame: "0200000000020200000000010012aaaa0300000001016162636465666768696a",
    },
    given: {
      values: {
        destinationServiceAccessPoint: 0xaa,
        sourceServiceAccessPoint: 0xaa,
        control: 2,
        controlExtension: 0x0d,
        organizationCode: 0x001234,
        type: 0x2001,
      },
      found: {},
      before: [lengthOf(19)],
      frame: "0200000000020200000000010013aaaa020d00123420016162636465666768696a",
    },
    more: {
      "IPv4 behind SNAP": {
        values: { type: 0x0800 },
        before: [lengthOf(46)],
        after: [IPV4, UDP],
        frame:
          "020000000002020000000001002eaaaa0300000008004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
      },
      "an unnumbered frame": {
        values: { destinationServiceAccessPoint: 0x40, sourceServiceAccessPoint: 0x50, control: 0xf3 },
        before: [lengthOf(13)],
        frame: "020000000002020000000001000d4050f36162636465666768696a",
      },
      "an unnumbered response": {
        values: { destinationServiceAccessPoint: 0xf0, sourceServiceAccessPoint: 0xf1, control: 0x73 },
        before: [lengthOf(13)],
        frame: "020000000002020000000001000df0f1736162636465666768696a",
      },
      "a frame of information": {
        values: {
          destinationServiceAccessPoint: 0x40,
          sourceServiceAccessPoint: 0x40,
          control: 8,
          controlExtension: 0x0b,
        },
        before: [lengthOf(14)],
        frame: "020000000002020000000001000e4040080b6162636465666768696a",
      },
      "a supervisory response": {
        values: {
          destinationServiceAccessPoint: 0xf0,
          sourceServiceAccessPoint: 0xf1,
          control: 5,
          controlExtension: 0x21,
        },
        before: [lengthOf(14)],
        frame: "020000000002020000000001000ef0f105216162636465666768696a",
      },
    },
    fixed: ["destinationServiceAccessPoint", "sourceServiceAccessPoint"],
    decides: ["destinationServiceAccessPoint", "sourceServiceAccessPoint", "control"],
  }),
  entry(loopback, {
    linkType: LinkType.NULL,
    before: [],
    ...DATAGRAM,
    defaults: {
      values: {},
      found: { family: 2, littleEndian: true },
      frame: "020000004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { family: 24, littleEndian: false },
      found: {},
      ...DATAGRAM6,
      frame:
        "00000018600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
  }),
  entry(openBsdLoopback, {
    linkType: LinkType.LOOP,
    before: [],
    ...DATAGRAM,
    defaults: {
      values: {},
      found: { family: 2 },
      frame: "000000024500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { family: 24 },
      found: {},
      ...DATAGRAM6,
      frame:
        "00000018600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
  }),
  entry(sll, {
    linkType: LinkType.LINUX_SLL,
    before: [],
    ...DATAGRAM,
    defaults: {
      values: { packetType: 0, address: fromHex("020000000001") },
      found: {
        hardwareType: 1,
        addressLength: 6,
        address: fromHex("020000000001 0000"),
        protocolType: EtherType.IPV4,
      },
      frame:
        "000000010006020000000001000008004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: {
        packetType: 3,
        hardwareType: 512,
        addressLength: 8,
        address: fromHex("0123456789abcdef"),
        protocolType: EtherType.IPV6,
      },
      found: {},
      ...DATAGRAM6,
      frame:
        "0003020000080123456789abcdef86dd600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
    counts: ["addressLength"],
  }),
  entry(sll2, {
    linkType: LinkType.LINUX_SLL2,
    before: [],
    ...DATAGRAM,
    defaults: {
      values: { packetType: 0, interfaceIndex: 7, address: fromHex("020000000001") },
      found: {
        protocolType: EtherType.IPV4,
        reserved: 0,
        hardwareType: 1,
        addressLength: 6,
        address: fromHex("020000000001 0000"),
      },
      frame:
        "08000000000000070001000602000000000100004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: {
        protocolType: EtherType.IPV6,
        reserved: 0x1234,
        interfaceIndex: 0x56789abc,
        hardwareType: 512,
        packetType: 4,
        addressLength: 8,
        address: fromHex("0123456789abcdef"),
      },
      found: {},
      ...DATAGRAM6,
      frame:
        "86dd123456789abc020004080123456789abcdef600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
    counts: ["addressLength"],
  }),
  entry(arp, {
    linkType: LinkType.ETHERNET,
    before: [ETHERNET],
    after: [],
    payload: NOTHING,
    defaults: {
      values: {
        opcode: ArpOpcode.REQUEST,
        senderMac: 0x020000000001,
        senderIp: 0x0a000001,
        targetMac: 0,
        targetIp: 0x0a000002,
      },
      found: { hardwareType: 1, protocolType: EtherType.IPV4, hardwareSize: 6, protocolSize: 4 },
      frame: "020000000002020000000001080600010800060400010200000000010a0000010000000000000a000002",
    },
    given: {
      values: {
        hardwareType: 1,
        protocolType: EtherType.IPV4,
        hardwareSize: 6,
        protocolSize: 4,
        opcode: ArpOpcode.REPLY,
        senderMac: 0x02468ace1357,
        senderIp: 0xc0000211,
        targetMac: 0xfedcba987654,
        targetIp: 0xc6336422,
      },
      found: {},
      frame: "0200000000020200000000010806000108000604000202468ace1357c0000211fedcba987654c6336422",
    },
    counts: ["hardwareSize", "protocolSize"],
    // Only with these are the addresses where the table has them.
    fixed: ["hardwareType", "protocolType", "hardwareSize", "protocolSize"],
  }),
];

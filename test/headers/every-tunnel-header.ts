/**
 * Headers of tunnels, with the frames that Scapy makes of the same values. What Scapy has no fields for, its packets carry as
 * bytes: the forms of PPP, flags of VXLAN, version 1 and the routes of GRE, extension headers of GTP-U.
 */

import { EtherType, LinkType } from "../../lib/headers/assigned-numbers.ts";
import { ethernet } from "../../lib/headers/ethernet.ts";
import { geneve } from "../../lib/headers/geneve.ts";
import { gre } from "../../lib/headers/gre.ts";
import { GtpMessageType, gtpu } from "../../lib/headers/gtpu.ts";
import { etherIp, ethernetControlWord, mpls } from "../../lib/headers/mpls.ts";
import { compressedPpp, framedPpp, ppp, pppoe } from "../../lib/headers/ppp.ts";
import { udp } from "../../lib/headers/udp.ts";
import { vxlan } from "../../lib/headers/vxlan.ts";
import { of } from "../helpers/captures/header-stack.ts";
import { type Entry, ETHERNET, entry, IPV4, IPV6, LETTERS, UDP } from "./header-entry.ts";
import { fromHex } from "./vectors.ts";

const DATAGRAM = { linkType: LinkType.ETHERNET, after: [IPV4, UDP], payload: LETTERS } as const;
const FRAME = { after: [ETHERNET, IPV4, UDP] } as const;
const DATAGRAM6 = { after: [IPV6, UDP] } as const;
const FRAME6 = { after: [ETHERNET, IPV6, UDP] } as const;
const SESSION = [ETHERNET, of(pppoe, { sessionId: 7 })];
/** The key is the length of what it carries, and the number of the call. */
const pptp = (length: number) => [
  ETHERNET,
  IPV4,
  of(gre, { version: 1, key: length * 0x1_0000 + 7, protocolType: 0x880b }),
];
/** Addresses of a vendor that Wireshark knows, by which it tells frames in MPLS from control words. */
const KNOWN_FRAME = of(ethernet, { destination: 0x00_000c_000002, source: 0x00_000c_000001 });
const toPort = (destinationPort: number) => [ETHERNET, IPV4, of(udp, { sourcePort: 40_000, destinationPort })];

export const linkTunnels: readonly Entry[] = [
  entry(pppoe, {
    ...DATAGRAM,
    before: [ETHERNET],
    after: [of(ppp, {}), IPV4, UDP],
    defaults: {
      values: { sessionId: 7 },
      found: { version: 1, type: 1, code: 0, payloadLength: 40 },
      frame:
        "020000000002020000000001886411000007002800214500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { version: 2, type: 3, code: 9, sessionId: 0x1234, payloadLength: 60 },
      found: {},
      after: [of(ppp, {}), IPV6, UDP],
      frame:
        "020000000002020000000001886423091234003c0057600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
  }),
  entry(ppp, {
    ...DATAGRAM,
    before: SESSION,
    defaults: {
      values: {},
      found: { protocol: 0x21 },
      frame:
        "020000000002020000000001886411000007002800214500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { protocol: 0x57 },
      found: {},
      ...DATAGRAM6,
      frame:
        "020000000002020000000001886411000007003c0057600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
  }),
  entry(compressedPpp, {
    ...DATAGRAM,
    before: SESSION,
    defaults: {
      values: {},
      found: { protocol: 0x21 },
      frame:
        "0200000000020200000000018864110000070027214500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { protocol: 0x57 },
      found: {},
      ...DATAGRAM6,
      frame:
        "020000000002020000000001886411000007003b57600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
  }),
  entry(framedPpp, {
    ...DATAGRAM,
    before: pptp(42),
    defaults: {
      values: {},
      found: { address: 0xff, control: 3, protocol: 0x21 },
      frame:
        "02000000000202000000000108004500004600000000402f66870a0000010a0000022001880b002a0007ff0300214500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { address: 0xff, control: 0x13, protocol: 0x57 },
      found: {},
      before: pptp(62),
      ...DATAGRAM6,
      frame:
        "02000000000202000000000108004500005a00000000402f66730a0000010a0000022001880b003e0007ff130057600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
    fixed: ["address"],
  }),
  entry(mpls, {
    ...DATAGRAM,
    before: [ETHERNET],
    defaults: {
      values: { label: 16 },
      found: { trafficClass: 0, bottomOfStack: 1, timeToLive: 64 },
      frame:
        "0200000000020200000000018847000101404500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { label: 0x12345, trafficClass: 5, bottomOfStack: 0, timeToLive: 77 },
      found: {},
      after: [of(mpls, { label: 16 }), IPV6, UDP],
      frame:
        "020000000002020000000001884712345a4d00010140600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
  }),
  entry(ethernetControlWord, {
    ...DATAGRAM,
    before: [ETHERNET, of(mpls, { label: 16 })],
    defaults: {
      values: {},
      found: { reserved: 0, sequenceNumber: 0 },
      after: [KNOWN_FRAME, IPV4, UDP],
      frame:
        "0200000000020200000000018847000101400000000000000c00000200000c00000108004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { reserved: 0x0102, sequenceNumber: 0x0304 },
      found: {},
      after: [KNOWN_FRAME, IPV6, UDP],
      frame:
        "0200000000020200000000018847000101400102030400000c00000200000c00000186dd600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
  }),
];

export const ipTunnels: readonly Entry[] = [
  entry(etherIp, {
    ...DATAGRAM,
    before: [ETHERNET, IPV4],
    defaults: {
      values: {},
      found: { version: 3, reserved: 0 },
      ...FRAME,
      frame:
        "02000000000202000000000108004500004a00000000406166510a0000010a000002300002000000000202000000000108004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { version: 3, reserved: 0x123 },
      found: {},
      ...FRAME6,
      frame:
        "02000000000202000000000108004500005e000000004061663d0a0000010a000002312302000000000202000000000186dd600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
    fixed: ["version"],
  }),
  entry(gre, {
    ...DATAGRAM,
    before: [ETHERNET, IPV4],
    defaults: {
      values: {},
      found: {
        checksumPresent: false,
        routingPresent: false,
        keyPresent: false,
        sequenceNumberPresent: false,
        strictSourceRoute: false,
        recursionControl: 0,
        acknowledgmentNumberPresent: false,
        reserved: 0,
        version: 0,
        protocolType: EtherType.IPV4,
        routing: new Uint8Array(0),
      },
      frame:
        "02000000000202000000000108004500003e00000000402f668f0a0000010a000002000008004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: {
        checksumPresent: true,
        routingPresent: true,
        keyPresent: true,
        sequenceNumberPresent: true,
        strictSourceRoute: true,
        recursionControl: 5,
        acknowledgmentNumberPresent: true,
        reserved: 9,
        version: 1,
        protocolType: 0x880b,
        checksum: 0x1bc7,
        offset: 0x0102,
        key: 0x01020304,
        sequenceNumber: 0x0a0b0c0d,
        acknowledgmentNumber: 0x10203040,
        routing: fromHex("08000004c0a80001 08000004c0a80002 00000000"),
      },
      found: {},
      after: [of(ppp, {}), IPV6, UDP],
      frame:
        "02000000000202000000000108004500007800000000402f66550a0000010a000002fdc9880b1bc70102010203040a0b0c0d1020304008000004c0a8000108000004c0a80002000000000057600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
  }),
];

export const udpTunnels: readonly Entry[] = [
  entry(vxlan, {
    ...DATAGRAM,
    before: toPort(4789),
    defaults: {
      values: { networkIdentifier: 5 },
      found: {
        groupPolicyPresent: false,
        reserved1: 0,
        networkIdentifierValid: true,
        reserved2: 0,
        dontLearn: false,
        reserved3: 0,
        policyApplied: false,
        reserved4: 0,
        groupPolicyId: 0,
        reserved5: 0,
      },
      ...FRAME,
      frame:
        "02000000000202000000000108004500005800000000401166930a0000010a0000029c4012b500443791080000000000050002000000000202000000000108004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: {
        groupPolicyPresent: true,
        reserved1: 5,
        networkIdentifierValid: true,
        reserved2: 9,
        dontLearn: true,
        reserved3: 2,
        policyApplied: true,
        reserved4: 6,
        groupPolicyId: 0x1234,
        networkIdentifier: 0xabcdef,
        reserved5: 0x5a,
      },
      found: {},
      ...FRAME6,
      frame:
        "02000000000202000000000108004500006c000000004011667f0a0000010a0000029c4012b50058b5eadcee1234abcdef5a02000000000202000000000186dd600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
  }),
  entry(geneve, {
    ...DATAGRAM,
    before: toPort(6081),
    defaults: {
      values: { networkIdentifier: 5 },
      found: {
        version: 0,
        optionsLength: 0,
        controlPacket: false,
        criticalOptionsPresent: false,
        reserved1: 0,
        protocolType: EtherType.IPV4,
        reserved2: 0,
        options: [],
      },
      frame:
        "02000000000202000000000108004500004a00000000401166a10a0000010a0000029c4017c100363ea400000800000005004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: {
        version: 1,
        optionsLength: 3,
        controlPacket: true,
        criticalOptionsPresent: true,
        reserved1: 0x2a,
        protocolType: EtherType.ETHERNET,
        networkIdentifier: 0xabcdef,
        reserved2: 0x5b,
        options: [
          { class: 0x0102, type: 0x83, reserved: 5, data: fromHex("61626364") },
          { class: 0x0103, type: 3, reserved: 0, data: fromHex("") },
        ],
      },
      found: {},
      ...FRAME,
      frame:
        "02000000000202000000000108004500006400000000401166870a0000010a0000029c4017c10050ad9343ea6558abcdef5b010283a1616263640103030002000000000202000000000108004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
  }),
  entry(gtpu, {
    ...DATAGRAM,
    before: toPort(2152),
    defaults: {
      values: { tunnelEndpointId: 7 },
      found: {
        version: 1,
        protocolType: 1,
        spare: 0,
        extensionHeaderPresent: false,
        sequenceNumberPresent: false,
        nPduNumberPresent: false,
        messageType: GtpMessageType.G_PDU,
        length: 38,
        extensionHeaders: [],
      },
      frame:
        "02000000000202000000000108004500004a00000000401166a10a0000010a0000029c400868003629d130ff0026000000074500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: {
        version: 1,
        protocolType: 1,
        spare: 1,
        extensionHeaderPresent: true,
        sequenceNumberPresent: true,
        nPduNumberPresent: true,
        messageType: GtpMessageType.G_PDU,
        length: 66,
        tunnelEndpointId: 0x01020304,
        sequenceNumber: 0x0506,
        nPduNumber: 7,
        nextExtensionHeaderType: 0x85,
        extensionHeaders: [{ content: fromHex("1009"), nextExtensionHeaderType: 0 }],
      },
      found: {},
      ...DATAGRAM6,
      frame:
        "02000000000202000000000108004500006600000000401166850a0000010a0000029c40086800527a8d3fff0042010203040506078501100900600000000012114020010db800000000000000000000000120010db80000000000000000000000029c40270f0012e6056162636465666768696a",
    },
    fixed: ["version", "protocolType", "messageType"],
  }),
];

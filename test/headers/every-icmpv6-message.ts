/** Messages of ICMPv6 of each type, with the frames that Scapy makes of the same values. */

import type { DecodedIcmpv6Header, Icmpv6Header } from "../../lib/headers/icmpv6.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { udp } from "../../lib/headers/udp.ts";
import { of } from "../helpers/captures/header-stack.ts";
import type { PacketOf } from "./header-entry.ts";
import { fromHex } from "./vectors.ts";

type Message = PacketOf<Icmpv6Header, DecodedIcmpv6Header>;

const NOTHING = new Uint8Array(0);
const MAC = 0x020000000001;
const NEAR = 0x20010db8_00000000_00000000_00000001n;
const FAR = 0x20010db8_00000000_00000000_00000002n;
const GROUP = 0xff02_0000_0000_0000_0000_0000_0001_0003n;
const SOURCES = [0x20010db8_00000000_00000000_00000007n, 0x20010db8_00000000_00000000_00000008n];

/** What an error quotes: a datagram that came the other way. */
const QUOTED = [
  of(ipv6, { source: FAR, destination: NEAR }),
  of(udp, { sourcePort: 9999, destinationPort: 40_000, length: 8, checksum: 0x1111 }),
];

/** @param needed bytes without which there is no such message, where options follow up to the end of the packet */
function message(values: Icmpv6Header, frame: string, needed?: number): Message {
  return { values, payload: NOTHING, frame, ...(needed !== undefined && { needed }) };
}

function error(values: Icmpv6Header, frame: string): Message {
  return { ...message(values, frame), after: QUOTED };
}

export const icmpv6Messages: Readonly<Record<string, Message>> = {
  "no way to a port": error(
    { type: 1, code: 4, unused: 0 },
    "02000000000202000000000186dd6000000000383a4020010db800000000000000000000000120010db8000000000000000000000002010401ee00000000600000000008114020010db800000000000000000000000220010db8000000000000000000000001270f9c4000081111",
  ),
  "too big": error(
    { type: 2, mtu: 1400 },
    "02000000000202000000000186dd6000000000383a4020010db800000000000000000000000120010db80000000000000000000000020200fb7900000578600000000008114020010db800000000000000000000000220010db8000000000000000000000001270f9c4000081111",
  ),
  "too late": error(
    { type: 3, unused: 7 },
    "02000000000202000000000186dd6000000000383a4020010db800000000000000000000000120010db80000000000000000000000020300ffea00000007600000000008114020010db800000000000000000000000220010db8000000000000000000000001270f9c4000081111",
  ),
  "a problem": error(
    { type: 4, code: 1, pointer: 40 },
    "02000000000202000000000186dd6000000000383a4020010db800000000000000000000000120010db80000000000000000000000020401fec800000028600000000008114020010db800000000000000000000000220010db8000000000000000000000001270f9c4000081111",
  ),
  "a solicitation of routers": message(
    { type: 133, reserved: 0, options: [{ kind: "sourceLinkLayerAddress", address: MAC }] },
    "02000000000202000000000186dd6000000000103a4020010db800000000000000000000000120010db800000000000000000000000285001c3e000000000101020000000001",
    8,
  ),
  "a router": message(
    {
      type: 134,
      curHopLimit: 64,
      routerFlags: 0xc8,
      routerLifetime: 900,
      reachableTime: 1000,
      retransTimer: 2000,
      options: [
        { kind: "sourceLinkLayerAddress", address: MAC },
        { kind: "mtu", mtu: 1500 },
        {
          kind: "prefixInformation",
          prefixLength: 48,
          onLink: true,
          autonomous: false,
          routerAddress: false,
          validLifetime: 3600,
          preferredLifetime: 1800,
          prefix: 0x20010db8_00050000_00000000_00000000n,
        },
        {
          kind: "recursiveDnsServer",
          lifetime: 60,
          addresses: [0x20010db8_00000000_00000000_00000053n, 0x20010db8_00000000_00000000_00000054n],
        },
      ],
    },
    "02000000000202000000000186dd6000000000683a4020010db800000000000000000000000120010db80000000000000000000000028600d44f40c80384000003e8000007d0010102000000000105010000000005dc0304308000000e10000007080000000020010db8000500000000000000000000190500000000003c20010db800000000000000000000005320010db8000000000000000000000054",
    16,
  ),
  "who has an address": message(
    { type: 135, targetAddress: FAR, options: [{ kind: "sourceLinkLayerAddress", address: MAC }] },
    "02000000000202000000000186dd6000000000203a4020010db800000000000000000000000120010db80000000000000000000000028700ec720000000020010db80000000000000000000000020101020000000001",
    24,
  ),
  "who it is": message(
    {
      type: 136,
      neighborFlags: 0x60000000,
      targetAddress: NEAR,
      options: [{ kind: "targetLinkLayerAddress", address: MAC }],
    },
    "02000000000202000000000186dd6000000000203a4020010db800000000000000000000000120010db800000000000000000000000288008a736000000020010db80000000000000000000000010201020000000001",
    24,
  ),
  "another way": message(
    {
      type: 137,
      targetAddress: 0xfe80_0000_0000_0000_0000_0000_0000_0009n,
      destinationAddress: 0x20010db8_00090000_00000000_00000009n,
      options: [
        { kind: "targetLinkLayerAddress", address: MAC },
        {
          kind: "redirectedHeader",
          data: fromHex(
            "600000000008114020010db800000000000000000000000220010db8000000000000000000000001270f9c4000081111",
          ),
        },
      ],
    },
    "02000000000202000000000186dd6000000000683a4020010db800000000000000000000000120010db80000000000000000000000028900456300000000fe80000000000000000000000000000920010db800090000000000000000000902010200000000010407000000000000600000000008114020010db800000000000000000000000220010db8000000000000000000000001270f9c4000081111",
    40,
  ),
  "a query for listeners": message(
    { type: 130, maximumResponseDelay: 10_000, listenerReserved: 0, multicastAddress: GROUP },
    "02000000000202000000000186dd6000000000183a4020010db800000000000000000000000120010db80000000000000000000000028200fc2027100000ff020000000000000000000000010003",
  ),
  "a query of version 2": message(
    {
      type: 130,
      maximumResponseDelay: 10_000,
      multicastAddress: GROUP,
      version2: {
        reserved: 0,
        suppressRouterSideProcessing: true,
        querierRobustnessVariable: 3,
        querierQueryIntervalCode: 60,
        sources: SOURCES,
      },
    },
    "02000000000202000000000186dd60000000003c3a4020010db800000000000000000000000120010db80000000000000000000000028200953d27100000ff0200000000000000000000000100030b3c000220010db800000000000000000000000720010db8000000000000000000000008",
    24,
  ),
  "a report of version 1": message(
    { type: 131, multicastAddress: GROUP },
    "02000000000202000000000186dd6000000000183a4020010db800000000000000000000000120010db80000000000000000000000028300223100000000ff020000000000000000000000010003",
  ),
  "a report of version 2": message(
    {
      type: 143,
      numberOfRecords: 2,
      records: [
        { type: 4, multicastAddress: GROUP, sources: [] },
        { type: 1, multicastAddress: GROUP + 1n, sources: SOURCES },
      ],
    },
    "02000000000202000000000186dd6000000000503a4020010db800000000000000000000000120010db80000000000000000000000028f00b66b0000000204000000ff02000000000000000000000001000301000002ff02000000000000000000000001000420010db800000000000000000000000720010db8000000000000000000000008",
  ),
  "another type": {
    values: { type: 200 },
    frame:
      "02000000000202000000000186dd60000000000e3a4020010db800000000000000000000000120010db8000000000000000000000002c800e1416162636465666768696a",
  },
};

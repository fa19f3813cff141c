/** Transports other than TCP and UDP, with the frames that Scapy makes of the same values. */

import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { igmp, igmpQuery, igmpReport } from "../../lib/headers/igmp.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { sctp } from "../../lib/headers/sctp.ts";
import { udpLite } from "../../lib/headers/udp-lite.ts";
import { of } from "../helpers/captures/header-stack.ts";
import { type Entry, ETHERNET, entry, IPV4, LETTERS } from "./header-entry.ts";
import { fromHex } from "./vectors.ts";

const NOTHING = new Uint8Array(0);
const text = (value: string) => new TextEncoder().encode(value);

const IN_IPV4 = { linkType: LinkType.ETHERNET, before: [ETHERNET, IPV4], after: [], payload: LETTERS } as const;

export const otherTransports: readonly Entry[] = [
  entry(udpLite, {
    ...IN_IPV4,
    defaults: {
      values: { sourcePort: 40_000, destinationPort: 9999 },
      found: { checksumCoverage: 0, checksum: 0x2d13 },
      frame: "020000000002020000000001080045000026000000004088664e0a0000010a0000029c40270f00002d136162636465666768696a",
    },
    given: {
      values: { sourcePort: 40_001, destinationPort: 9998, checksumCoverage: 18, checksum: 0xbad1 },
      found: {},
      frame: "020000000002020000000001080045000026000000004088664e0a0000010a0000029c41270e0012bad16162636465666768696a",
    },
    more: {
      "a sum of the header alone": {
        values: { sourcePort: 40_000, destinationPort: 9999, checksumCoverage: 8 },
        frame:
          "020000000002020000000001080045000026000000004088664e0a0000010a0000029c40270f0008280b6162636465666768696a",
      },
      "a sum of some of the data": {
        values: { sourcePort: 40_000, destinationPort: 9999, checksumCoverage: 12 },
        frame:
          "020000000002020000000001080045000026000000004088664e0a0000010a0000029c40270f000c63406162636465666768696a",
      },
      "no sum, which is not allowed": {
        values: { sourcePort: 40_000, destinationPort: 9999, checksum: 0 },
        frame:
          "020000000002020000000001080045000026000000004088664e0a0000010a0000029c40270f000000006162636465666768696a",
      },
    },
    counts: ["checksumCoverage"],
  }),
  entry(sctp, {
    ...IN_IPV4,
    payload: NOTHING,
    defaults: {
      values: { sourcePort: 40_000, destinationPort: 9999, verificationTag: 0x11223344 },
      found: { checksum: 0x2657a45f, chunks: [] },
      frame: "02000000000202000000000108004500002000000000408466580a0000010a0000029c40270f112233442657a45f",
    },
    given: {
      values: {
        sourcePort: 40_000,
        destinationPort: 9999,
        verificationTag: 0x11223344,
        checksum: 0xbad1bad2,
        chunks: [
          {
            kind: "data",
            flags: 3,
            transmissionSequenceNumber: 0x01020304,
            streamIdentifier: 5,
            streamSequenceNumber: 6,
            payloadProtocolIdentifier: 7,
            data: LETTERS,
          },
        ],
      },
      found: {},
      frame:
        "02000000000202000000000108004500003c000000004084663c0a0000010a0000029c40270f11223344bad1bad20003001a0102030400050006000000076162636465666768696a0000",
    },
    more: {
      "data, out of order and at once": {
        values: {
          sourcePort: 40_000,
          destinationPort: 9999,
          verificationTag: 0x11223344,
          chunks: [
            {
              kind: "data",
              flags: 0xf,
              transmissionSequenceNumber: 1,
              streamIdentifier: 2,
              streamSequenceNumber: 3,
              payloadProtocolIdentifier: 0,
              data: text("abc"),
            },
            {
              kind: "data",
              flags: 3,
              transmissionSequenceNumber: 2,
              streamIdentifier: 2,
              streamSequenceNumber: 4,
              payloadProtocolIdentifier: 0,
              data: text("defg"),
            },
          ],
        },
        frame:
          "02000000000202000000000108004500004800000000408466300a0000010a0000029c40270f11223344706afe9d000f0013000000010002000300000000616263000003001400000002000200040000000064656667",
      },
      "an opening": {
        values: {
          sourcePort: 40_000,
          destinationPort: 9999,
          verificationTag: 0,
          chunks: [
            {
              kind: "init",
              flags: 0,
              initiateTag: 0x01020304,
              advertisedReceiverWindowCredit: 65_536,
              outboundStreams: 10,
              inboundStreams: 11,
              initialTransmissionSequenceNumber: 0x05060708,
              parameters: [
                { type: 5, value: fromHex("0a000009") },
                { type: 6, value: fromHex("20010db8 00000000 00000000 00000009") },
                { type: 12, value: fromHex("0005 0006") },
                { type: 0x8000, value: NOTHING },
                { type: 0xc000, value: NOTHING },
              ],
            },
          ],
        },
        frame:
          "02000000000202000000000108004500006000000000408466180a0000010a0000029c40270f000000001256a3d4010000400102030400010000000a000b05060708000500080a0000090006001420010db8000000000000000000000009000c00080005000680000004c0000004",
      },
      "an answer to it": {
        values: {
          sourcePort: 40_000,
          destinationPort: 9999,
          verificationTag: 0x11223344,
          chunks: [
            {
              kind: "initAck",
              flags: 0,
              initiateTag: 0x0a0b0c0d,
              advertisedReceiverWindowCredit: 32_768,
              outboundStreams: 3,
              inboundStreams: 4,
              initialTransmissionSequenceNumber: 9,
              parameters: [{ type: 7, value: text("cookie!!") }],
            },
          ],
        },
        frame:
          "02000000000202000000000108004500004000000000408466380a0000010a0000029c40270f11223344d4c43e6d020000200a0b0c0d0000800000030004000000090007000c636f6f6b69652121",
      },
      acknowledgments: {
        values: {
          sourcePort: 40_000,
          destinationPort: 9999,
          verificationTag: 0x11223344,
          chunks: [
            {
              kind: "sack",
              flags: 0,
              cumulativeTransmissionSequenceNumber: 100,
              advertisedReceiverWindowCredit: 5000,
              gapBlocks: [
                { start: 2, end: 3 },
                { start: 5, end: 9 },
              ],
              duplicates: [99, 98],
            },
          ],
        },
        frame:
          "02000000000202000000000108004500004000000000408466380a0000010a0000029c40270f1122334476fb47e10300002000000064000013880002000200020003000500090000006300000062",
      },
      heartbeats: {
        values: {
          sourcePort: 40_000,
          destinationPort: 9999,
          verificationTag: 0x11223344,
          chunks: [
            { kind: "heartbeat", flags: 0, parameters: [{ type: 1, value: text("beat") }] },
            { kind: "heartbeatAck", flags: 0, parameters: [{ type: 1, value: text("beat2222") }] },
          ],
        },
        frame:
          "02000000000202000000000108004500003c000000004084663c0a0000010a0000029c40270f11223344482198f40400000c0001000862656174050000100001000c6265617432323232",
      },
      cookies: {
        values: {
          sourcePort: 40_000,
          destinationPort: 9999,
          verificationTag: 0x11223344,
          chunks: [
            { kind: "cookieEcho", flags: 0, cookie: text("cookie!") },
            { kind: "cookieAck", flags: 0 },
          ],
        },
        frame:
          "02000000000202000000000108004500003000000000408466480a0000010a0000029c40270f11223344db8772e60a00000b636f6f6b696521000b000004",
      },
      "a shutdown": {
        values: {
          sourcePort: 40_000,
          destinationPort: 9999,
          verificationTag: 0x11223344,
          chunks: [
            { kind: "shutdown", flags: 0, cumulativeTransmissionSequenceNumber: 77 },
            { kind: "shutdownAck", flags: 0 },
            { kind: "shutdownComplete", flags: 1 },
          ],
        },
        frame:
          "02000000000202000000000108004500003000000000408466480a0000010a0000029c40270f11223344006dab1b070000080000004d080000040e010004",
      },
      "an abort": {
        values: {
          sourcePort: 40_000,
          destinationPort: 9999,
          verificationTag: 0x11223344,
          chunks: [{ kind: "abort", flags: 1, causes: [{ type: 12, value: text("bye") }] }],
        },
        frame:
          "02000000000202000000000108004500002c000000004084664c0a0000010a0000029c40270f11223344a31496e10601000b000c000762796500",
      },
      "an error": {
        values: {
          sourcePort: 40_000,
          destinationPort: 9999,
          verificationTag: 0x11223344,
          chunks: [{ kind: "error", flags: 0, causes: [{ type: 1, value: fromHex("0005 0000") }] }],
        },
        frame:
          "02000000000202000000000108004500002c000000004084664c0a0000010a0000029c40270f11223344deef33a90900000c0001000800050000",
      },
      "a chunk that nobody knows": {
        values: {
          sourcePort: 40_000,
          destinationPort: 9999,
          verificationTag: 0x11223344,
          chunks: [{ kind: "unknown", flags: 0x81, type: 0xc5, value: text("abc") }],
        },
        frame:
          "02000000000202000000000108004500002800000000408466500a0000010a0000029c40270f112233440eb1e738c581000761626300",
      },
    },
  }),
];

const ADDRESSES = { source: 0x0a000001, destination: 0x0a000002, timeToLive: 1 } as const;
const GROUPS = { ...IN_IPV4, before: [ETHERNET, of(ipv4, ADDRESSES)], payload: NOTHING } as const;
/** What Scapy has of the header before, where version 3 is in it. */
const CONTROL = of(ipv4, { ...ADDRESSES, typeOfService: 0xc0 });
const IN_CONTROL = { ...GROUPS, before: [ETHERNET, CONTROL] } as const;

export const groupMessages: readonly Entry[] = [
  entry(igmp, {
    ...GROUPS,
    defaults: {
      values: { type: 0x11 },
      found: { maxResponseTime: 0, checksum: 0xeeff, groupAddress: 0 },
      frame: "02000000000202000000000108004500001c000000000102a5de0a0000010a0000021100eeff00000000",
    },
    given: {
      values: { type: 0x16, maxResponseTime: 7, checksum: 0xbad1, groupAddress: 0xe0010203 },
      found: {},
      frame: "02000000000202000000000108004500001c000000000102a5de0a0000010a0000021607bad1e0010203",
    },
    more: {
      "a report of version 1": {
        values: { type: 0x12, groupAddress: 0xe0010203 },
        frame: "02000000000202000000000108004500001c000000000102a5de0a0000010a00000212000bfbe0010203",
      },
      "a leave": {
        values: { type: 0x17, groupAddress: 0xe0010203 },
        frame: "02000000000202000000000108004500001c000000000102a5de0a0000010a000002170006fbe0010203",
      },
      "a query of version 2": {
        values: { type: 0x11, maxResponseTime: 100, groupAddress: 0xe0010203 },
        frame: "02000000000202000000000108004500001c000000000102a5de0a0000010a00000211640c97e0010203",
      },
    },
  }),
  entry(igmpQuery, {
    ...IN_CONTROL,
    defaults: {
      values: {},
      found: {
        type: 0x11,
        maxResponseCode: 100,
        checksum: 0xec1e,
        groupAddress: 0,
        reserved: 0,
        suppressRouterSideProcessing: false,
        querierRobustnessVariable: 2,
        querierQueryIntervalCode: 125,
        numberOfSources: 0,
        sources: [],
      },
      frame: "020000000002020000000001080045c00020000000000102a51a0a0000010a0000021164ec1e00000000027d0000",
    },
    given: {
      values: {
        type: 0x11,
        maxResponseCode: 0x8a,
        checksum: 0xbad1,
        groupAddress: 0xe0010203,
        reserved: 5,
        suppressRouterSideProcessing: true,
        querierRobustnessVariable: 3,
        querierQueryIntervalCode: 126,
        numberOfSources: 2,
        sources: [0x0a000007, 0x0a000008],
      },
      found: {},
      frame:
        "020000000002020000000001080045c00028000000000102a5120a0000010a000002118abad1e00102035b7e00020a0000070a000008",
    },
    fixed: ["type"],
  }),
  entry(igmpReport, {
    ...IN_CONTROL,
    defaults: {
      values: {},
      found: {
        type: 0x22,
        reserved: 0,
        checksum: 0xddff,
        secondReserved: 0,
        numberOfGroupRecords: 0,
        groupRecords: [],
      },
      frame: "020000000002020000000001080045c0001c000000000102a51e0a0000010a0000022200ddff00000000",
    },
    given: {
      values: {
        type: 0x22,
        reserved: 9,
        checksum: 0xbad1,
        secondReserved: 0x5a5b,
        numberOfGroupRecords: 2,
        groupRecords: [
          { type: 4, groupAddress: 0xe0010203, sources: [] },
          { type: 1, groupAddress: 0xe0010204, sources: [0x0a000007, 0x0a000008] },
        ],
      },
      found: {},
      frame:
        "020000000002020000000001080045c00034000000000102a5060a0000010a0000022209bad15a5b000204000000e001020301000002e00102040a0000070a000008",
    },
    counts: ["numberOfGroupRecords"],
    fixed: ["type"],
  }),
];

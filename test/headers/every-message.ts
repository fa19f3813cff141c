/** TCP, UDP and what they carry, with the frames that Scapy makes of the same values. */

import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { dhcp } from "../../lib/headers/dhcp.ts";
import { dns, llmnr, mdns } from "../../lib/headers/dns/dns.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { udp } from "../../lib/headers/udp.ts";
import { of } from "../helpers/captures/header-stack.ts";
import { type Entry, ETHERNET, entry, IPV4, LETTERS } from "./header-entry.ts";
import { fromHex } from "./vectors.ts";

const NOTHING = new Uint8Array(0);
const IN_IPV4 = { linkType: LinkType.ETHERNET, before: [ETHERNET, IPV4], after: [], payload: LETTERS } as const;

const ports = (sourcePort: number, destinationPort: number) => [
  ETHERNET,
  IPV4,
  of(udp, { sourcePort, destinationPort }),
];

/** Bytes with zeros behind them. */
function padded(bytes: Uint8Array, length: number): Uint8Array {
  const all = new Uint8Array(length);
  all.set(bytes);
  return all;
}

const text = (value: string) => new TextEncoder().encode(value);

/** One question and eleven records, all of them about the name "a", which none of them shortens. */
function entriesOf(isMulticast: boolean) {
  const records = Array.from({ length: 11 }, (_, index) => ({
    name: "a",
    type: "A" as const,
    class: "IN" as const,
    ...(isMulticast && { cacheFlush: false }),
    timeToLive: 9,
    address: 0x0a000001 + index,
  }));
  const question = { name: "a", type: "A" as const, class: "IN" as const };
  return {
    questions: [{ ...question, ...(isMulticast && { unicastResponse: false }) }],
    answers: records.slice(0, 2),
    authorities: records.slice(2, 5),
    additionals: records.slice(5),
    compress: false,
    rest: NOTHING,
  };
}

const DNS_DEFAULTS = {
  isResponse: false,
  opcode: 0,
  authoritative: false,
  truncated: false,
  recursionDesired: false,
  recursionAvailable: false,
  reserved: false,
  authenticData: false,
  checkingDisabled: false,
  responseCode: 0,
  questionCount: 0,
  answerCount: 0,
  authorityCount: 0,
  additionalCount: 0,
  compress: true,
  questions: [],
  answers: [],
  authorities: [],
  additionals: [],
  rest: NOTHING,
} as const;

const DNS_GIVEN = {
  id: 0x1234,
  isResponse: true,
  opcode: 4,
  authoritative: true,
  truncated: true,
  recursionDesired: true,
  recursionAvailable: true,
  reserved: true,
  authenticData: true,
  checkingDisabled: true,
  responseCode: 5,
  questionCount: 1,
  answerCount: 2,
  authorityCount: 3,
  additionalCount: 6,
} as const;

const SYN = { sourcePort: 40_000, destinationPort: 9999, flags: 2 } as const;

/** The same header on another port. */
function dnsEntry(
  header: typeof dns,
  port: number,
  frames: { readonly defaults: string; readonly given: string },
): Entry {
  return entry(header, {
    ...IN_IPV4,
    before: ports(40_000, port),
    payload: NOTHING,
    defaults: { values: { id: 0x1234 }, found: DNS_DEFAULTS, frame: frames.defaults },
    given: {
      values: { ...DNS_GIVEN, ...entriesOf(header.name === "mdns") },
      found: {},
      before: ports(port, 40_000),
      frame: frames.given,
    },
    counts: ["questionCount", "answerCount", "authorityCount", "additionalCount"],
  });
}

export const transports: readonly Entry[] = [
  entry(tcp, {
    ...IN_IPV4,
    defaults: {
      values: { sourcePort: 49_152, destinationPort: 9999 },
      found: {
        sequenceNumber: 0,
        acknowledgmentNumber: 0,
        dataOffset: 5,
        reserved: 0,
        flags: 0,
        window: 0xffff,
        checksum: 0xb9c8,
        urgentPointer: 0,
        options: [],
      },
      frame:
        "02000000000202000000000108004500003200000000400666c40a0000010a000002c000270f00000000000000005000ffffb9c800006162636465666768696a",
    },
    given: {
      values: {
        sourcePort: 49_153,
        destinationPort: 9998,
        sequenceNumber: 0x01020304,
        acknowledgmentNumber: 0x05060708,
        dataOffset: 8,
        reserved: 5,
        flags: 0x0b6,
        window: 0x1122,
        checksum: 0xbad1,
        urgentPointer: 0x3344,
        options: [
          { kind: "mss", value: 1460 },
          { kind: "nop" },
          { kind: "windowScale", shift: 7 },
          { kind: "sackPermitted" },
          { kind: "nop" },
          { kind: "nop" },
        ],
      },
      found: {},
      frame:
        "02000000000202000000000108004500003e00000000400666b80a0000010a000002c001270e01020304050607088ab61122bad13344020405b401030307040201016162636465666768696a",
    },
    more: {
      "options that authenticate": {
        values: {
          ...SYN,
          options: [
            { kind: "md5Signature", digest: fromHex("0102030405060708090a0b0c0d0e0f10") },
            { kind: "userTimeout", isInMinutes: true, timeout: 300 },
            {
              kind: "authentication",
              keyId: 5,
              receiveNextKeyId: 6,
              messageAuthenticationCode: fromHex("0102030405060708"),
            },
            { kind: "nop" },
            { kind: "nop" },
          ],
        },
        frame:
          "02000000000202000000000108004500005600000000400666a00a0000010a0000029c40270f0000000000000000e002ffff29b0000013120102030405060708090a0b0c0d0e0f101c04812c1d0c0506010203040506070801016162636465666768696a",
      },
      "options of multipath and fast open": {
        values: {
          ...SYN,
          options: [
            { kind: "multipath", subtype: 0, low: 1, data: fromHex("810102030405060708") },
            { kind: "fastOpen", cookie: fromHex("0102030405060708") },
            { kind: "experiment", number: 253, identifier: 0x1234, data: fromHex("010203") },
            { kind: "fastOpen", cookie: NOTHING },
            { kind: "nop" },
          ],
        },
        frame:
          "02000000000202000000000108004500005200000000400666a40a0000010a0000029c40270f0000000000000000d002ffffe64500001e0c01810102030405060708220a0102030405060708fd0712340102032202016162636465666768696a",
      },
      "options of accurate ECN, and echoes": {
        values: {
          ...SYN,
          options: [
            { kind: "accurateEcn", order: 0, counters: [1, 2, 3] },
            { kind: "accurateEcn", order: 1, counters: [4, 5] },
            { kind: "unknown", number: 6, data: fromHex("01020304") },
            { kind: "unknown", number: 7, data: fromHex("01020304") },
            { kind: "experiment", number: 254, identifier: 0xf989, data: fromHex("0102") },
            { kind: "eol", padding: fromHex("0000") },
          ],
        },
        frame:
          "02000000000202000000000108004500005a000000004006669c0a0000010a0000029c40270f0000000000000000f002ffffd4900000ac0b000001000002000003ae08000004000005060601020304070601020304fe06f98901020000006162636465666768696a",
      },
      "options that acknowledge": {
        values: {
          ...SYN,
          options: [
            {
              kind: "sack",
              blocks: [
                { left: 1, right: 2 },
                { left: 0xfffffff0, right: 16 },
              ],
            },
            { kind: "unknown", number: 99, data: fromHex("01020304") },
            { kind: "timestamps", value: 0, echoReply: 0 },
            { kind: "nop" },
            { kind: "nop" },
          ],
        },
        frame:
          "02000000000202000000000108004500005600000000400666a00a0000010a0000029c40270f0000000000000000e002ffffd834000005120000000100000002fffffff000000010630601020304080a000000000000000001016162636465666768696a",
      },
    },
  }),
  entry(udp, {
    ...IN_IPV4,
    defaults: {
      values: { sourcePort: 40_000, destinationPort: 9999 },
      found: { length: 18, checksum: 0x2d78 },
      frame: "02000000000202000000000108004500002600000000401166c50a0000010a0000029c40270f00122d786162636465666768696a",
    },
    given: {
      values: { sourcePort: 40_001, destinationPort: 9998, length: 18, checksum: 0xbad1 },
      found: {},
      frame: "02000000000202000000000108004500002600000000401166c50a0000010a0000029c41270e0012bad16162636465666768696a",
    },
  }),
];

export const messages: readonly Entry[] = [
  dnsEntry(dns, 53, {
    defaults:
      "02000000000202000000000108004500002800000000401166c30a0000010a0000029c40003500143d1a123400000000000000000000",
    given:
      "0200000000020200000000010800450000ea00000000401166010a0000010a00000200359c4000d69d951234a7f5000100020003000601610000010001016100000100010000000900040a000001016100000100010000000900040a000002016100000100010000000900040a000003016100000100010000000900040a000004016100000100010000000900040a000005016100000100010000000900040a000006016100000100010000000900040a000007016100000100010000000900040a000008016100000100010000000900040a000009016100000100010000000900040a00000a016100000100010000000900040a00000b",
  }),
  dnsEntry(mdns, 5353, {
    defaults:
      "02000000000202000000000108004500002800000000401166c30a0000010a0000029c4014e900142866123400000000000000000000",
    given:
      "0200000000020200000000010800450000ea00000000401166010a0000010a00000214e99c4000d688e11234a7f5000100020003000601610000010001016100000100010000000900040a000001016100000100010000000900040a000002016100000100010000000900040a000003016100000100010000000900040a000004016100000100010000000900040a000005016100000100010000000900040a000006016100000100010000000900040a000007016100000100010000000900040a000008016100000100010000000900040a000009016100000100010000000900040a00000a016100000100010000000900040a00000b",
  }),
  dnsEntry(llmnr, 5355, {
    defaults:
      "02000000000202000000000108004500002800000000401166c30a0000010a0000029c4014eb00142864123400000000000000000000",
    given:
      "0200000000020200000000010800450000ea00000000401166010a0000010a00000214eb9c4000d688df1234a7f5000100020003000601610000010001016100000100010000000900040a000001016100000100010000000900040a000002016100000100010000000900040a000003016100000100010000000900040a000004016100000100010000000900040a000005016100000100010000000900040a000006016100000100010000000900040a000007016100000100010000000900040a000008016100000100010000000900040a000009016100000100010000000900040a00000a016100000100010000000900040a00000b",
  }),
  entry(dhcp, {
    ...IN_IPV4,
    before: ports(68, 67),
    payload: NOTHING,
    defaults: {
      values: { operation: 1, transactionId: 0x12345678, clientHardwareAddress: fromHex("020000000001") },
      found: {
        hardwareType: 1,
        hardwareLength: 6,
        hops: 0,
        seconds: 0,
        broadcast: false,
        reservedFlags: 0,
        clientAddress: 0,
        yourAddress: 0,
        serverAddress: 0,
        relayAddress: 0,
        clientHardwareAddress: padded(fromHex("020000000001"), 16),
        serverName: new Uint8Array(64),
        bootFile: new Uint8Array(128),
        magicCookie: 0x63825363,
        options: [],
      },
      frame: `02000000000202000000000108004500010c00000000401165df0a0000010a0000020044004300f8c0e00101060012345678${"00".repeat(20)}020000000001${"00".repeat(202)}63825363`,
    },
    given: {
      values: {
        operation: 2,
        hardwareType: 6,
        hardwareLength: 16,
        hops: 3,
        transactionId: 0x12345678,
        seconds: 0x1122,
        broadcast: true,
        reservedFlags: 0x2345,
        clientAddress: 0xc0000211,
        yourAddress: 0xc6336422,
        serverAddress: 0xcb007133,
        relayAddress: 0xe9fc0044,
        clientHardwareAddress: fromHex("0102030405060708090a0b0c0d0e0f10"),
        serverName: padded(text("server.example"), 64),
        bootFile: padded(text("boot/image"), 128),
        magicCookie: 0x63825363,
        options: [
          { code: "messageType", value: 5 },
          { code: "subnetMask", address: 0xffffff00 },
          { code: "routers", addresses: [0x0a0000fe] },
          { code: "domainNameServers", addresses: [0x0a000035] },
          { code: "hostName", text: "host" },
          { code: "requestedAddress", address: 0x0a000009 },
          { code: "leaseTime", seconds: 3600 },
          { code: "serverIdentifier", address: 0x0a000001 },
          { code: "parameterRequestList", codes: [1, 3, 6] },
          { code: "end" },
        ],
      },
      found: {},
      frame: `02000000000202000000000108004500013f00000000401165ac0a0000010a00000200440043012b7fe402061003123456781122a345c0000211c6336422cb007133e9fc00440102030405060708090a0b0c0d0e0f107365727665722e6578616d706c65${"00".repeat(50)}626f6f742f696d616765${"00".repeat(118)}638253633501050104ffffff0003040a0000fe06040a0000350c04686f737432040a000009330400000e1036040a0000013703010306ff`,
    },
    counts: ["hardwareLength"],
    // Without it, no options follow.
    fixed: ["magicCookie"],
  }),
];

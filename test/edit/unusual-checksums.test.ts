/** Sums that no difference mends, and room for a sum in which none stands. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseIpRule, RuleMap } from "../../lib/edit/address-map.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { gre } from "../../lib/headers/gre.ts";
import type { AnyStackedHeader } from "../../lib/headers/header-table.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { encodePacket } from "../../lib/headers/packet.ts";
import { sctp } from "../../lib/headers/sctp.ts";
import { udp } from "../../lib/headers/udp.ts";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";
import { editedPackets } from "./edited-captures.ts";

const folder = temporaryFolder();
const RULE = "10.0.0.0/8=192.168.0.0/16";
/** Such that the sum of the words stays the same. */
const SWAPPED = "10.0.0.1=0.1.10.0";

const OUTER = ipv4({ source: "198.51.100.1", destination: "198.51.100.2" });
const inner = (last: number) => ipv4({ source: "10.0.0.1", destination: `10.0.0.${last}` });

/** An INIT whose sender has one more address; a checksum that is left out is right. */
function opening(address: readonly number[], checksum?: number): AnyStackedHeader {
  const value = Uint8Array.from(address);
  return sctp({
    sourcePort: 5000,
    destinationPort: 5001,
    verificationTag: 0,
    ...(checksum !== undefined && { checksum }),
    chunks: [
      {
        kind: "init",
        initiateTag: 7,
        advertisedReceiverWindowCredit: 65_536,
        outboundStreams: 1,
        inboundStreams: 1,
        initialTransmissionSequenceNumber: 9,
        parameters: [{ type: 5, value }],
      },
    ],
  });
}

function edited(packet: Uint8Array, ...rules: string[]): Uint8Array {
  const map = new RuleMap(
    rules.map((rule) => parseIpRule(rule)),
    [],
  );
  return editedPackets(pcapOf(LinkType.RAW, [{ time: 0, bytes: packet }]), { map })[0]!.after;
}

const HERE = [10, 0, 0, 1];
const THERE = [192, 168, 0, 1];

describe("the CRC of SCTP", () => {
  it("is made anew where it was right, with the sums around it", () => {
    const tunnelled = (source: string, address: readonly number[]) =>
      encodePacket([
        OUTER,
        gre({ checksumPresent: true }),
        ipv4({ source, destination: "203.0.113.1" }),
        opening(address),
      ]);
    expect(edited(tunnelled("10.0.0.1", HERE), RULE)).toEqual(tunnelled("192.168.0.1", THERE));
    expect(edited(tunnelled("203.0.113.2", HERE), SWAPPED)).toEqual(tunnelled("203.0.113.2", [0, 1, 10, 0]));
  });

  it("stays as it is where it was wrong, where only others' addresses are changed, and where bytes are missing", () => {
    const wrong = (address: readonly number[]) =>
      encodePacket([ipv4({ source: "203.0.113.1", destination: "203.0.113.2" }), opening(address, 0x1234_5678)]);
    expect(edited(wrong(HERE), RULE)).toEqual(wrong(THERE));
    const others = (source: string) =>
      encodePacket([ipv4({ source, destination: "203.0.113.2" }), opening([203, 0, 113, 9])]);
    expect(edited(others("10.0.0.1"), RULE)).toEqual(others("192.168.0.1"));
    const right = encodePacket([ipv4({ source: "203.0.113.1", destination: "203.0.113.2" }), opening(HERE)]);
    const map = new RuleMap([parseIpRule(RULE)], []);
    const cut = pcapOf(LinkType.RAW, [{ time: 0, bytes: right.slice(0, -1), wireLength: right.length }]);
    expect(editedPackets(cut, { map })[0]!.after.subarray(20, 32)).toEqual(right.subarray(20, 32));
  });

  it.skipIf(isMissing("tshark"))("is good to tshark", () => {
    const packet = encodePacket([inner(2), opening(HERE)]);
    const file = path.join(folder, "sctp.pcap");
    fs.writeFileSync(file, pcapOf(LinkType.RAW, [{ time: 0, bytes: edited(packet, RULE) }]));
    const fields = ["sctp.checksum.status", "sctp.parameter_ipv4_address"].flatMap((field) => ["-e", field]);
    expect(tshark("-o", "sctp.checksum:TRUE", "-r", file, "-T", "fields", ...fields)).toBe("1\t192.168.0.1\n");
  });
});

describe("the checksum of GRE", () => {
  it.each([
    [{ routingPresent: true, checksum: 0xabcd, offset: 0, routing: new Uint8Array(4) }, 0xabcd],
    [{ routingPresent: true, checksum: 0, offset: 0, routing: new Uint8Array(4) }, 0],
  ])("is no checksum where only a route is there: %o", (fields, stays) => {
    const frame = (host: string) =>
      encodePacket([
        OUTER,
        gre({ ...fields, checksumPresent: false }),
        ipv4({ source: host, destination: "203.0.113.1" }),
        udp({ sourcePort: 1024, destinationPort: 1025 }),
      ]);
    const after = edited(frame("10.0.0.1"), RULE);
    expect(after).toEqual(frame("192.168.0.1"));
    expect((after[24]! << 8) | after[25]!).toBe(stays);
  });

  it("is mended where it is there, with a route or without", () => {
    for (const route of [{}, { routingPresent: true, routing: new Uint8Array(4) }]) {
      const frame = (host: string) =>
        encodePacket([
          OUTER,
          gre({ ...route, checksumPresent: true }),
          ipv4({ source: host, destination: "203.0.113.1" }),
          udp({ sourcePort: 1024, destinationPort: 1025 }),
        ]);
      expect(edited(frame("10.0.0.1"), RULE)).toEqual(frame("192.168.0.1"));
    }
  });
});

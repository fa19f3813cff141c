import { encode } from "dns-packet";
import { describe, expect, it } from "vitest";
import { PacketError } from "../../lib/core/errors.ts";
import { Dissector } from "../../lib/dissect/dissector.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { encodeFrame } from "../../lib/headers/frame.ts";
import { ChecksumStatus } from "../../lib/headers/layer.ts";
import { CapturedPacket } from "../../lib/pcap/capture-file.ts";

function captured(bytes: Uint8Array, linkType: number = LinkType.ETHERNET): CapturedPacket {
  const packet = new CapturedPacket();
  packet.bytes = bytes;
  packet.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  packet.end = bytes.length;
  packet.wireLength = bytes.length;
  packet.linkType = linkType;
  return packet;
}

function datagram(payload: Uint8Array, destinationPort = 53): Uint8Array {
  return encodeFrame({
    ethernet: { source: 1, destination: 2 },
    ipv4: { source: 1, destination: 2 },
    udp: { sourcePort: 50_000, destinationPort },
    payload,
  });
}

const QUERY = Uint8Array.from(encode({ type: "query", id: 1, questions: [{ type: "A", name: "www.example.com" }] }));

function changed(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

describe("strict dissection", () => {
  it("throws where lax dissection stops, with the layer and the byte", () => {
    const frame = datagram(QUERY);
    const dissector = new Dissector();
    expect(dissector.dissectStrictly(captured(frame)).stopped).toBeUndefined();
    const short = captured(frame.subarray(0, 30));
    expect(dissector.dissect(short).stopped?.code).toBe("TRUNCATED");
    expect(() => dissector.dissectStrictly(short)).toThrow(PacketError);
    expect(() => dissector.dissectStrictly(short)).toThrow(
      "IPv4 header: 20 bytes needed, 16 available, limited by the length that the packet gives, at byte 14",
    );
  });
});

describe("DNS messages", () => {
  it.each([
    ["a name that points to itself", changed(QUERY, 12, 0xc0, 12), "the name points to itself, or forward, at byte 54"],
    ["more questions than there are", changed(QUERY, 4, 0, 2), "the message ends before its last entry, at byte 75"],
    ["no room for a header", QUERY.subarray(0, 11), "the header is cut off, at byte 54"],
    ["a question that is cut off", QUERY.subarray(0, -1), "an entry is cut off, at byte 54"],
  ])("with %s are a problem", (_, message, problem) => {
    const dissector = new Dissector();
    expect(dissector.dissect(captured(datagram(message))).payloadProblem?.message).toBe(`DNS message: ${problem}`);
    expect(dissector.dissect(captured(datagram(message, 9999))).payloadProblem).toBeUndefined();
  });

  it("that are right are none", () => {
    const answer = encode({
      type: "response",
      questions: [{ type: "A", name: "www.example.com" }],
      answers: [{ type: "CNAME", name: "www.example.com", data: "example.com" }],
    });
    for (const message of [QUERY, Uint8Array.from(answer)]) {
      expect(new Dissector().dissect(captured(datagram(message))).payloadProblem).toBeUndefined();
    }
  });
});

describe("checksums along a source route cover the last stop", () => {
  it.each([
    { route: "loose", option: 131, pointer: 4, status: ChecksumStatus.GOOD },
    { route: "strict", option: 137, pointer: 4, status: ChecksumStatus.GOOD },
    { route: "finished loose", option: 131, pointer: 8, status: ChecksumStatus.BAD },
  ])("$route route of IPv4", ({ option, pointer, status }) => {
    const [next, last] = [0x0a00_0002, 0x0a00_0009];
    const options = Uint8Array.of(1, option, 7, pointer, 10, 0, 0, 9);
    const segment = { sourcePort: 1, destinationPort: 2 };
    const tcp = encodeFrame({ ipv4: { source: 1, destination: last }, tcp: segment }).subarray(20);
    const frame = encodeFrame({ ipv4: { source: 1, destination: next, options, protocol: 6 }, payload: tcp });
    expect(new Dissector().dissect(captured(frame, LinkType.RAW)).tcpChecksum).toBe(status);
  });

  it.each([
    { type: 0, left: 1, status: ChecksumStatus.GOOD },
    { type: 2, left: 1, status: ChecksumStatus.GOOD },
    { type: 4, left: 1, status: ChecksumStatus.GOOD },
    { type: 2, left: 0, status: ChecksumStatus.BAD },
    { type: 77, left: 1, status: ChecksumStatus.BAD },
  ])("routing header of type $type with $left segments left", ({ type, left, status }) => {
    const address = (last: number) => (0x2001_0db8n << 96n) | BigInt(last);
    const segment = { sourcePort: 1, destinationPort: 2 };
    const tcp = encodeFrame({ ipv6: { source: address(1), destination: address(9) }, tcp: segment }).subarray(40);
    const last = [0x20, 0x01, 0x0d, 0xb8, ...new Array(11).fill(0), 9];
    const payload = Uint8Array.of(6, 2, type, left, 0, 0, 0, 0, ...last, ...tcp);
    const frame = encodeFrame({ ipv6: { source: address(1), destination: address(2), nextHeader: 43 }, payload });
    expect(new Dissector().dissect(captured(frame, LinkType.RAW)).tcpChecksum).toBe(status);
  });
});

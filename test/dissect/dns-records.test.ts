/** Records of DNS whose data is not what their type says. */
import { describe, expect, it } from "vitest";
import { describeLayers } from "../../lib/dissect/describe-layers.ts";
import { Dissector } from "../../lib/dissect/dissector.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import type { Field } from "../../lib/headers/layer.ts";
import { CapturedPacket } from "../../lib/pcap/capture-file.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { dnsDatagram, dnsName, dnsRecord, dnsResponse, type RecordBytes } from "../helpers/captures/dns-messages.ts";
import { hex, join } from "../helpers/captures/odd/packet-bytes.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";

const NAME = dnsName("b.example");
const zeros = (length: number) => new Uint8Array(length);

/** Every type that is looked into, with data that is right. */
const GOOD: Readonly<Record<string, RecordBytes>> = {
  A: { type: 1, data: hex("c0000201") },
  NS: { type: 2, data: NAME },
  CNAME: { type: 5, data: NAME },
  SOA: { type: 6, data: join(NAME, NAME, zeros(20)) },
  PTR: { type: 12, data: NAME },
  HINFO: { type: 13, data: hex("03616263 026465") },
  MX: { type: 15, data: join([0, 1], NAME) },
  TXT: { type: 16, data: hex("03616263") },
  AAAA: { type: 28, data: zeros(16) },
  SRV: { type: 33, data: join(zeros(6), NAME) },
  NAPTR: { type: 35, data: join(zeros(4), hex("0173 0174 0175"), NAME) },
  DNAME: { type: 39, data: NAME },
  OPT: { type: 41, owner: [0], data: hex("fde9 0004 61626364") },
  DS: { type: 43, data: zeros(24) },
  RRSIG: { type: 46, data: join(zeros(18), NAME, zeros(8)) },
  NSEC: { type: 47, data: join(NAME, hex("000140")) },
  DNSKEY: { type: 48, data: join(hex("01000308"), zeros(8)) },
  SVCB: { type: 64, data: join([0, 1], NAME, hex("0003 0002 0050")) },
  HTTPS: { type: 65, data: join([0, 1], NAME, hex("0001 0003 026832")) },
  CAA: { type: 257, data: hex("0005 6973737565 63612e78") },
};
/** What is in them has no length of its own. */
const OPEN_ENDED = new Set(["DS", "RRSIG", "DNSKEY", "CAA"]);

function packetOf(frame: Uint8Array): CapturedPacket {
  const packet = new CapturedPacket();
  packet.bytes = frame;
  packet.view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  packet.end = frame.length;
  packet.wireLength = frame.length;
  packet.linkType = LinkType.ETHERNET;
  return packet;
}

const frameOf = (record: RecordBytes, ...more: RecordBytes[]) =>
  dnsDatagram(dnsResponse([record, ...more].map(dnsRecord)));
const problemOf = (record: RecordBytes, ...more: RecordBytes[]) =>
  new Dissector().dissect(packetOf(frameOf(record, ...more))).payloadProblem?.message;
const withData = (record: RecordBytes, change: (data: Uint8Array) => Uint8Array): RecordBytes => ({
  ...record,
  data: change(record.data),
});

function fieldNames(frame: Uint8Array): string[] {
  const namesOf = (field: Field): string[] => [field.name, ...(field.children ?? []).flatMap(namesOf)];
  return describeLayers(new Dissector().dissect(packetOf(frame))).flatMap(({ fields }) => fields.flatMap(namesOf));
}

describe.each(Object.entries(GOOD))("%s", (name, good) => {
  const short = withData(good, (data) => data.subarray(0, -1));
  const one = withData(good, (data) => data.subarray(0, 1));

  it("is no problem if its data is what it must be, or there is none of it", () => {
    expect(problemOf(good)).toBeUndefined();
    expect(problemOf(good, GOOD.A!)).toBeUndefined();
    expect(problemOf(withData(good, () => zeros(0)))).toBeUndefined();
    expect(fieldNames(frameOf(good))).not.toContain("_ws.malformed");
  });

  it("is one if it is too short, whatever follows it", () => {
    expect(problemOf(one)).toMatch(/^DNS message: the /);
    expect(problemOf(one, GOOD.A!)).toMatch(/^DNS message: the /);
    expect(fieldNames(frameOf(one))).toContain("_ws.malformed");
    if (OPEN_ENDED.has(name)) return;
    expect(problemOf(short)).toMatch(/^DNS message: the /);
    expect(problemOf(short, GOOD.A!)).toMatch(/^DNS message: the /);
    expect(fieldNames(frameOf(short))).toContain("_ws.malformed");
  });

  it("is one if it is too long", () => {
    // Another text of no length is one more text.
    const long = withData(good, (data) => join(data, name === "TXT" ? [9] : [0]));
    expect(problemOf(long) === undefined).toBe(OPEN_ENDED.has(name));
    expect(fieldNames(frameOf(long)).includes("_ws.malformed")).toBe(!OPEN_ENDED.has(name));
  });
});

describe("names in data", () => {
  it.each([
    ["goes on beyond the data", "056162", "the name is cut off"],
    ["points to itself", "c027", "the name points to itself, or forward"],
    ["points beyond the message", "c340", "the name points to itself, or forward"],
    ["has a label of a kind that nobody uses", "4101", "the name has a label of an unknown kind"],
    ["ends in half a pointer", "0161c0", "the name is cut off"],
  ])("one that %s", (_, data, problem) => {
    expect(problemOf({ type: 5, data: hex(data) }, GOOD.A!)).toBe(`DNS message: ${problem}, at byte 81`);
  });

  it("of another class than that of the Internet, an A record is no address", () => {
    expect(problemOf({ type: 1, class: 3, data: hex("0161 00 0203") })).toBeUndefined();
    expect(problemOf({ type: 16, class: 3, data: hex("0561") })).toMatch("too short");
  });
});

describe("bytes behind a message", () => {
  it.each([53, 5353, 5355])("are extraneous data, and no other message (port %i)", (port) => {
    const message = join(dnsResponse([]), hex("6578747261"));
    const outline = new Dissector().dissect(packetOf(dnsDatagram(message, port)));
    expect(outline.payloadProblem).toBeUndefined();
    const layers = describeLayers(outline).slice(3);
    expect(layers).toHaveLength(1);
    const extraneous = layers[0]!.fields.find(({ name }) => name === "dns.extraneous");
    expect(extraneous).toMatchObject({ length: 5, text: "5 bytes" });
    expect(extraneous?.children?.map(({ name, value }) => [name, value])).toEqual([
      ["dns.extraneous.data", hex("6578747261")],
      ["dns.extraneous.length", 5],
    ]);
  });
});

it.skipIf(isMissing("tshark"))("what is wrong at a message's end is malformed to Wireshark too", () => {
  const records = Object.values(GOOD).flatMap((good) => [good, withData(good, (data) => data.subarray(0, 1))]);
  const frames = records.map((record) => frameOf(record));
  const bytes = pcapOf(
    1,
    frames.map((frame, index) => ({ time: index * 1000, bytes: frame })),
  );
  const file = captureFile(temporaryFolder(), "records.pcap", bytes);
  const lines = tshark("-r", file, "-Y", "_ws.malformed", "-T", "fields", "-e", "frame.number").trim().split("\n");
  const ours = frames.flatMap((frame, index) =>
    new Dissector().dissect(packetOf(frame)).payloadProblem === undefined ? [] : [index + 1],
  );
  expect(ours).toEqual(lines.map(Number));
  expect(ours).toHaveLength(Object.keys(GOOD).length);
});

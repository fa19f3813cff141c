/** Whole DNS messages: written as another program writes them, read, and refused with a reason. */
import * as judge from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketError } from "../../lib/core/errors.ts";
import { type DnsMessage, dns, mdns } from "../../lib/headers/dns/dns.ts";
import { ethernet } from "../../lib/headers/ethernet.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { encodePacket } from "../../lib/headers/packet.ts";
import { udp } from "../../lib/headers/udp.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";
import { fromHex, toHex } from "./vectors.ts";

const written = (message: DnsMessage, header: typeof dns = dns): Uint8Array => {
  const bytes = new Uint8Array(header.byteLength(message));
  header.encodeInto(message, bytes, 0);
  return bytes;
};
const read = (bytes: Uint8Array, header: typeof dns = dns) => header.decode(bytes, 0, bytes.length);

const TEA = { name: "tea.example", timeToLive: 60 } as const;
const MESSAGE: DnsMessage = {
  id: 0x1234,
  isResponse: true,
  recursionDesired: true,
  questions: [{ name: "tea.example" }],
  answers: [
    { ...TEA, type: "CNAME", target: "cup.example" },
    { ...TEA, type: "A", address: "10.0.0.7" },
    { ...TEA, type: "AAAA", address: "2001:db8::7" },
    { ...TEA, type: "MX", preference: 10, exchange: "mail.tea.example" },
    { ...TEA, type: "TXT", texts: ["green", "black"] },
    { ...TEA, type: "SRV", priority: 1, weight: 2, port: 80, target: "cup.example" },
    { ...TEA, type: "CAA", flags: 128, tag: "issue", value: "ca.example" },
  ],
  authorities: [
    { ...TEA, type: "NS", target: "ns.example" },
    {
      ...TEA,
      type: "SOA",
      mname: "ns.example",
      rname: "host.example",
      serial: 1,
      refresh: 2,
      retry: 3,
      expire: 4,
      minimum: 5,
    },
  ],
  additionals: [
    { type: "OPT", udpPayloadSize: 1232, dnssecOk: true, options: [{ code: 65_001, data: fromHex("0102") }] },
  ],
};

const JUDGED = {
  type: "response",
  id: 0x1234,
  flags: judge.RECURSION_DESIRED,
  questions: [{ type: "A", name: "tea.example" }],
  answers: [
    { type: "CNAME", name: "tea.example", ttl: 60, data: "cup.example" },
    { type: "A", name: "tea.example", ttl: 60, data: "10.0.0.7" },
    { type: "AAAA", name: "tea.example", ttl: 60, data: "2001:db8::7" },
    { type: "MX", name: "tea.example", ttl: 60, data: { preference: 10, exchange: "mail.tea.example" } },
    { type: "TXT", name: "tea.example", ttl: 60, data: ["green", "black"] },
    { type: "SRV", name: "tea.example", ttl: 60, data: { priority: 1, weight: 2, port: 80, target: "cup.example" } },
    {
      type: "CAA",
      name: "tea.example",
      ttl: 60,
      data: { flags: 128, tag: "issue", value: "ca.example", issuerCritical: true },
    },
  ],
  authorities: [
    { type: "NS", name: "tea.example", ttl: 60, data: "ns.example" },
    {
      type: "SOA",
      name: "tea.example",
      ttl: 60,
      data: { mname: "ns.example", rname: "host.example", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
    },
  ],
  additionals: [
    {
      type: "OPT",
      name: ".",
      udpPayloadSize: 1232,
      flags: judge.DNSSEC_OK,
      options: [{ code: 65_001, data: Buffer.from([1, 2]) }],
    },
  ],
} as unknown as judge.Packet;

describe("a DNS message", () => {
  const folder = temporaryFolder();

  it("is written as dns-packet writes it, without pointers", () => {
    expect(toHex(written({ ...MESSAGE, compress: false }))).toBe(toHex(new Uint8Array(judge.encode(JUDGED))));
  });

  it("says the same with pointers, and is shorter", () => {
    const bytes = written(MESSAGE);
    const plain = judge.decode(judge.encode(JUDGED));
    expect(judge.decode(Buffer.from(bytes))).toEqual(plain);
    expect(bytes.length).toBeLessThan(written({ ...MESSAGE, compress: false }).length);
  });

  it.each([true, false])("is read into what it was made of (compress: %s)", (compress) => {
    const bytes = written({ ...MESSAGE, compress });
    const decoded = read(bytes);
    expect(decoded).toMatchObject({
      compress,
      questionCount: 1,
      answerCount: 7,
      authorityCount: 2,
      additionalCount: 1,
    });
    expect(decoded.rest).toEqual(new Uint8Array(0));
    expect(decoded.answers[3]).toEqual({
      ...TEA,
      type: "MX",
      class: "IN",
      preference: 10,
      exchange: "mail.tea.example",
    });
    expect(decoded.answers[1]).toMatchObject({ address: 0x0a000007 });
    expect(toHex(written(decoded))).toBe(toHex(bytes));
  });

  it("has pointers where RFC 3597 lets them be: not in SRV, but for multicast DNS", () => {
    const message: DnsMessage = { id: 0, answers: [{ name: "a.b", type: "SRV", target: "a.b" }] };
    expect(toHex(written(message).subarray(12))).toBe("016101620000210001000000000" + "00b000000000000" + "0161016200");
    expect(toHex(written(message, mdns).subarray(12))).toBe("0161016200002100010000000000" + "08000000000000" + "c00c");
  });

  it.skipIf(isMissing("tshark"))("is read by tshark, pointers and all", () => {
    const ports = udp({ sourcePort: 53, destinationPort: 40_000 });
    const bytes = encodePacket([ethernet(), ipv4(), ports, dns(MESSAGE)]);
    const file = captureFile(folder, "dns.pcap", pcapOf(1, [{ time: 0, bytes, wireLength: bytes.length }]));
    const names = ["dns.cname", "dns.a", "dns.mx.mail_exchange", "dns.srv.target", "dns.soa.rname", "dns.opt.code"];
    const fields = [...names, "_ws.malformed"].flatMap((name) => ["-e", name]);
    expect(
      tshark("-r", file, "-T", "fields", ...fields)
        .trimEnd()
        .split("\t"),
    ).toEqual(["cup.example", "10.0.0.7", "mail.tea.example", "cup.example", "host.example", "65001"]);
  });

  it("has names with escapes, as master files have them", () => {
    const names = ["a\\.b.c", "a\\\\b", "\\000\\032\\255.x", "bücher.example", "."];
    const decoded = read(written({ id: 0, questions: names.map((name) => ({ name })) }));
    expect(decoded.questions.map(({ name }) => name)).toEqual(names);
    expect(toHex(written({ id: 0, questions: [{ name: "\\a\\..b." }] }).subarray(12))).toBe(
      "02612e016200" + "00010001",
    );
  });

  it("keeps a class with the bit of multicast DNS", () => {
    const message: DnsMessage = {
      id: 0,
      questions: [{ name: "a", type: "PTR", unicastResponse: true }],
      answers: [{ name: "a", type: 99, cacheFlush: true, data: "x" }],
    };
    const decoded = read(written(message, mdns), mdns);
    expect(decoded.questions).toEqual([{ name: "a", type: "PTR", class: "IN", unicastResponse: true }]);
    expect(decoded.answers[0]).toMatchObject({ class: "IN", cacheFlush: true, data: new Uint8Array([0x78]) });
    expect(read(written(message)).questions[0]).toMatchObject({ class: 0x8001 });
  });

  it("keeps what is given, right or wrong", () => {
    const wrong: DnsMessage = {
      id: 0,
      questionCount: 7,
      questions: [{ name: fromHex("c00c") }],
      answers: [{ name: ".", type: "A", dataLength: 9, data: "ab" }],
      rest: fromHex("ff"),
    };
    expect(toHex(written(wrong).subarray(4))).toBe(
      "0007000100000000" + "c00c00010001" + "000001000100000000" + "0009" + "6162" + "ff",
    );
  });

  it("is read as far as it would be written again, and the rest as bytes", () => {
    const bytes = written({ ...MESSAGE, rest: fromHex("0102") });
    expect(read(bytes)).toMatchObject({ rest: fromHex("0102") });
    const wrongData = written({ id: 0, answers: [{ name: "a", type: "A", data: "abc" }] });
    expect(read(wrongData).answers[0]).toMatchObject({ type: "A", data: new TextEncoder().encode("abc") });
    const cut = read(bytes.subarray(0, 60));
    expect(cut.answers.length).toBe(1);
    expect(toHex(written(cut))).toBe(toHex(bytes.subarray(0, 60)));
  });

  it("becomes the same bytes again, whatever was done to it", () => {
    const bases = [written(MESSAGE), written({ ...MESSAGE, compress: false }), written(MESSAGE, mdns)];
    const change = fc.tuple(fc.nat(300), fc.nat(255));
    const damaged = fc.tuple(fc.constantFrom(...bases), fc.array(change, { maxLength: 3 }), fc.constantFrom(dns, mdns));
    fc.assert(
      fc.property(damaged, ([base, changes, header]) => {
        const bytes = base.slice();
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expect(toHex(written(read(bytes, header), header))).toBe(toHex(bytes));
      }),
      { numRuns: 3000, seed: 7 },
    );
  });
});

describe("what no DNS message can have", () => {
  const question = (name: unknown) => ({ id: 0, questions: [{ name }] }) as DnsMessage;
  const answer = (record: object) => ({ id: 0, answers: [{ name: "a", ...record }] }) as unknown as DnsMessage;
  it.each([
    [
      "an empty label",
      question("a..b"),
      'questions[0].name is "a..b", which has a label without letters; the root is ".", at byte 12',
    ],
    [
      "a long label",
      question("x".repeat(64)),
      /which has a label of 64 bytes, and can have labels of 1 to 63, at byte 12$/,
    ],
    [
      "a long name",
      question(`${"x".repeat(60)}.`.repeat(5)),
      /which has 306 bytes, and can have up to 255, at byte 12$/,
    ],
    [
      "half an escape",
      question("a\\25"),
      /has a backslash that stands before neither a letter nor three digits up to 255/,
    ],
    ["a number for a name", question(5), "questions[0].name is no name such as www.example.com, at byte 12"],
    [
      "a field that there is not",
      answer({ type: "A", adress: "1.2.3.4" }),
      /answers\[0\]\.adress is given, and there is no such field; there are/,
    ],
    ["a type that nobody knows", answer({ type: "B" }), /answers\[0\]\.type is "B", and can be a number, or of A, NS,/],
    [
      "a type too large",
      answer({ type: 65_536 }),
      /answers\[0\]\.type is 65536, and can be a whole number from 0 to 65535/,
    ],
    ["no address", answer({ type: "A" }), "answers[0].address is missing, at byte 25"],
    [
      "half an address",
      answer({ type: "A", address: "1.2.3" }),
      /answers\[0\]\.address is "1.2.3", and can be an address such as/,
    ],
    [
      "a long text",
      answer({ type: "TXT", texts: ["x".repeat(256)] }),
      /answers\[0\]\.texts\[0\] has 256 bytes, and can have up to 255/,
    ],
    ["a text for texts", answer({ type: "TXT", texts: "x" }), "answers[0].texts is no list, at byte 25"],
    ["no list of answers", { id: 0, answers: {} } as DnsMessage, "answers is no list, at byte 12"],
  ])("%s", (_, message, expected) => {
    const error = (() => {
      try {
        return dns.byteLength(message);
      } catch (error) {
        return error;
      }
    })();
    expect(error).toBeInstanceOf(PacketError);
    const sentence = typeof expected === "string" ? `DNS message: ${expected}` : expect.stringMatching(expected);
    expect(error).toMatchObject({ code: "BAD_FIELD", layer: "DNS message", message: sentence });
  });
});

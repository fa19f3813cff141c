import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIpv4, parseIpv6 } from "../../../lib/headers/address.ts";
import { decodeFrame } from "../../../lib/headers/frame.ts";
import { DatagramFlow } from "../../../lib/session/conversation.ts";
import {
  type EncapsulationOptions,
  makeEncapsulation,
} from "../../../lib/session/encapsulation/encapsulation-options.ts";
import type { LinkKind } from "../../../lib/session/encapsulation/outer-headers.ts";
import { Host } from "../../../lib/session/host.ts";
import type { Session } from "../../../lib/session/session.ts";
import { captureFile, captureOf, framesOf, hostAt, temporaryFolder } from "../../helpers/captures/captures.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";

const folder = temporaryFolder();
const FOUR = { near: parseIpv4("192.0.2.1"), far: parseIpv4("198.51.100.1") };
const SIX = { near: parseIpv6("2001:db8::1"), far: parseIpv6("2001:db8:1::1") };
const VNI = 5000;

/** What each makes a frame of, and a pin of all of its bytes. */
const CASES: readonly (readonly [name: string, EncapsulationOptions, LinkKind, stack: string, sha256: string])[] = [
  ["a tag", { vlan: [5] }, "ethernet", "eth vlan", "cf3b34069c9bf459fddbbd5a943559470db751940b9908c9f1d45e7866446e74"],
  [
    "a tag in a provider's",
    { vlan: [5, 7] },
    "ethernet",
    "eth ieee8021ad vlan",
    "3e9b2da5404142c9b74186dfc43e67f7e37fa0b9c7b8c0bfbd7a6b6eb15f73bf",
  ],
  [
    "a label",
    { mpls: [16] },
    "ethernet",
    "eth mpls",
    "022a9f71c5f6ec471048767a4c7e1de66a8d290cdf7fa4669e06efb25eb7ceb6",
  ],
  [
    "labels in a tag",
    { vlan: [4094], mpls: [16, 1048575, 17] },
    "ethernet",
    "eth vlan mpls",
    "6da1638b1fc54dcab1ff5a4989b1b516fed4c0afefd7ba2c13943ac7daeac46a",
  ],
  [
    "GRE over IPv4",
    { tunnel: { kind: "gre", ...FOUR } },
    "ethernet",
    "eth ip gre",
    "37ed3e07db753c3b443869ce043b7d8b6d0b87368d2a59c5a6d054d6c98dc726",
  ],
  [
    "GRE over IPv6",
    { tunnel: { kind: "gre", ...SIX }, vlan: [5] },
    "ethernet",
    "eth vlan ipv6 gre",
    "c68881ca03875b9725c3e72401f6426e7cd469886b65365ec669d61b6af7f28b",
  ],
  [
    "VXLAN",
    { tunnel: { kind: "vxlan", ...FOUR, networkIdentifier: VNI } },
    "ethernet",
    "eth ip udp vxlan eth",
    "b838b0d6b6a2cc8df6b78c3e3d765ee5726e6bf655375deddedfff4bff19669c",
  ],
  [
    "VXLAN over IPv6, behind all else",
    { vlan: [5, 7], mpls: [16, 17], tunnel: { kind: "vxlan", ...SIX, networkIdentifier: VNI } },
    "ethernet",
    "eth ieee8021ad vlan mpls ipv6 udp vxlan eth",
    "ac611dcd25187daca8fbe9dfcdc4dcd2252cf55a9c3f9425bba46072bd38e61d",
  ],
  [
    "GRE without Ethernet",
    { tunnel: { kind: "gre", ...FOUR } },
    "raw",
    "raw ip gre",
    "f292ba57014fc439ebb0e2af6eb05e6aba593097c6b5a6cc8d9cf0db033bcce8",
  ],
  [
    "VXLAN in BSD loopback",
    { tunnel: { kind: "vxlan", ...SIX } },
    "null",
    "null ipv6 udp vxlan eth",
    "bf2ce13a9bfb719bbbccb812f1cbb7d65d940feeb94382ee711c4ede5ed5b8aa",
  ],
];

/** Long and short messages over TCP, a datagram, and one in fragments, over either version of IP. */
function talk(session: Session): void {
  const six = (text: string) => new Host(text, parseIpv6(text), 0x0600_0000_0000 + text.length, 9);
  const pairs = [
    [hostAt("10.0.0.1"), hostAt("10.0.0.2")],
    [six("fd00::1"), six("fd00::22")],
  ] as const;
  pairs.forEach(([one, other], index) => {
    const client = { host: one, port: 49_152 + index };
    const tcp = session.connect(client, { host: other, port: 9999 });
    const start = 10_000 * index;
    session.open(tcp, start);
    session.send(tcp, "client", start + 5000, new Uint8Array(3000).fill(65));
    session.send(tcp, "server", start + 6000, new Uint8Array(11).fill(66));
    session.close(tcp, "client", start + 8000);
    const flow = new DatagramFlow(client, { host: other, port: 9998 });
    session.sendDatagram(flow, "client", start + 9000, new Uint8Array(7).fill(67));
    session.sendDatagram(flow, "server", start + 9500, new Uint8Array(4001).fill(68));
  });
}

const captureWith = (options: EncapsulationOptions, link: LinkKind) =>
  captureOf(talk, { link, encapsulation: makeEncapsulation(options, { link, seed: 7 }) });

const columns = (file: string, ...fields: string[]) =>
  tshark("-r", file, "-T", "fields", ...fields.flatMap((field) => ["-e", field]))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));

describe("packets behind other headers", () => {
  it.each(CASES)("are always the same bytes: %s", (_name, options, link, _stack, sha256) => {
    expect(createHash("sha256").update(captureWith(options, link)).digest("hex")).toBe(sha256);
  });

  it.skipIf(isMissing("tshark")).each(CASES)("are what they are meant to be: %s", (name, options, link, stack) => {
    const file = captureFile(folder, `${name}.pcap`, captureWith(options, link));
    const bad = ["ip", "tcp", "udp"].map((layer) => `${layer}.checksum.status == 0`).join(" || ");
    expect(tshark("-r", file, "-Y", `_ws.malformed || _ws.expert.severity >= 6291456 || ${bad}`)).toBe("");
    expect(tshark("-r", file, "-Y", "tcp && !(tcp.checksum.status == 1) || tcp.analysis.flags")).toBe("");
    const stacks = columns(file, "frame.protocols").map(([protocols]) => protocols!.replaceAll(":ethertype", ""));
    const wanted = stack.replaceAll(" ", ":");
    expect(stacks.filter((protocols) => !protocols.startsWith(`${wanted}:ip`))).toEqual([]);
  });

  it.skipIf(isMissing("tshark"))("have each number where it belongs, the outer one first", () => {
    const file = captureFile(folder, "all.pcap", captureWith(CASES[7]![1], "ethernet"));
    const names = ["ieee8021ad.id", "vlan.id", "mpls.label", "mpls.bottom", "mpls.ttl", "vxlan.vni", "udp.dstport"];
    const [first] = columns(file, ...names);
    expect(first!.slice(0, 6)).toEqual(["5", "7", "16,17", "0,1", "64,64", String(VNI)]);
    expect(first![6]).toMatch(/^4789/);
  });

  it.skipIf(isMissing("tshark"))("go from the first end of a tunnel to the second, and answers back", () => {
    const file = captureFile(folder, "ways.pcap", captureWith(CASES[6]![1], "ethernet"));
    const ways = columns(file, "ip.src", "eth.src", "vxlan.flags").slice(0, 3);
    expect(ways.map(([source]) => source)).toEqual([
      "192.0.2.1,10.0.0.1",
      "198.51.100.1,10.0.0.2",
      "192.0.2.1,10.0.0.1",
    ]);
    expect(ways[0]![1]).toBe("02:00:c0:00:02:01,02:00:0a:00:00:01");
    expect(new Set(ways.map(([, , flags]) => flags))).toEqual(new Set(["0x0800"]));
  });

  it.skipIf(isMissing("tshark"))("keep a flow on one path, by a source port that is its own", () => {
    const file = captureFile(folder, "flows.pcap", captureWith(CASES[6]![1], "ethernet"));
    const ports = new Map<string, Set<number>>();
    for (const [stream, inner, source] of columns(file, "tcp.stream", "tcp.srcport", "udp.srcport")) {
      const flow = `${stream} ${inner}`;
      if (inner !== "") ports.set(flow, (ports.get(flow) ?? new Set()).add(Number(source)));
    }
    expect([...ports.values()].every((own) => own.size === 1)).toBe(true);
    const all = [...ports.values()].flatMap((own) => [...own]);
    expect(all.every((port) => port >= 49_152 && port <= 65_535)).toBe(true);
    expect(new Set(all).size).toBeGreaterThan(2);
  });

  it("are the packets that they are without, where those have room", () => {
    const kind = fc.constantFrom("gre", "vxlan") satisfies fc.Arbitrary<"gre" | "vxlan">;
    const tunnel = fc.option(
      fc.record({ kind, networkIdentifier: fc.nat(0xff_ffff), ends: fc.constantFrom(FOUR, SIX) }),
    );
    const options = fc.record({
      vlan: fc.array(fc.integer({ min: 1, max: 4094 }), { maxLength: 2 }),
      mpls: fc.array(fc.integer({ min: 16, max: 1_048_575 }), { maxLength: 4 }),
      tunnel: tunnel.map((made) => (made === null ? undefined : { ...made, ...made.ends })),
    });
    const ofMss = (session: Partial<Parameters<typeof captureOf>[1]>) =>
      framesOf(captureOf(talk, { maximumSegmentSize: 1000, maximumTransmissionUnit: 1200, ...session }));
    fc.assert(
      fc.property(options, (given) => {
        const overhead = given.tunnel === undefined ? 0 : overheadOf(given.tunnel);
        const encapsulation = makeEncapsulation(given, { link: "ethernet" });
        const inside = ofMss({ encapsulation, maximumTransmissionUnit: 1200 + overhead });
        const plain = ofMss({ link: "raw" });
        expect(inside.map(({ time }) => time)).toEqual(plain.map(({ time }) => time));
        inside.forEach(({ bytes }, index) => {
          const packet = plain[index]!.bytes;
          expect(bytes.subarray(bytes.length - packet.length)).toEqual(packet);
        });
      }),
      { numRuns: 30 },
    );
  });

  it("are no larger behind a tunnel than elsewhere: what goes in is cut smaller", () => {
    const sizes = (options: EncapsulationOptions) =>
      Math.max(...framesOf(captureWith(options, "raw")).map(({ bytes }) => bytes.length));
    for (const ends of [FOUR, SIX]) {
      for (const kind of ["gre", "vxlan"] as const) expect(sizes({ tunnel: { kind, ...ends } })).toBe(1500);
    }
  });

  it("may have fields of their own, from a time on, and their checksum is right", () => {
    const encapsulation = makeEncapsulation({}, { link: "ethernet" });
    const play = (session: Session) => {
      const [one, other] = [hostAt("10.0.0.1"), hostAt("10.0.0.2")];
      const tcp = session.connect({ host: one, port: 49_152 }, { host: other, port: 9999 });
      session.setFields(tcp, "client", { sourceMac: 0x0a00_0000_0001, vlan: 9, timeToLive: 3 });
      session.open(tcp, 0);
      session.setFields(tcp, "client", { vlan: 10 }, 5000);
      session.send(tcp, "client", 5000, new Uint8Array(5));
    };
    const frames = framesOf(captureOf(play, { encapsulation }));
    const [syn, synAck, , data] = frames.map(({ bytes }) => bytes);
    expect([...syn!.subarray(6, 18)]).toEqual([10, 0, 0, 0, 0, 1, 0x81, 0, 0, 9, 8, 0]);
    expect(decodeFrame(syn!, "raw", 18).ipv4).toMatchObject({ timeToLive: 3 });
    expect(decodeFrame(synAck!, "ethernet").ipv4).toMatchObject({ timeToLive: 64 });
    expect([...data!.subarray(6, 18)]).toEqual([2, 0, 10, 0, 0, 1, 0x81, 0, 0, 10, 8, 0]);
    const sum = new Uint16Array(10).map((_, word) => (syn![18 + 2 * word]! << 8) | syn![19 + 2 * word]!);
    expect(sum.reduce((total, word) => total + word, 0) % 0xffff).toBe(0);
  });
});

function overheadOf({ kind, near }: { kind: "gre" | "vxlan"; near: number | bigint }): number {
  return (typeof near === "number" ? 20 : 40) + (kind === "gre" ? 4 : 30);
}

describe("what is asked for of them", () => {
  const link = "ethernet" as const;
  const tunnel = (near: string, far: string) => ({
    kind: "gre" as const,
    near: near.includes(":") ? parseIpv6(near) : parseIpv4(near),
    far: far.includes(":") ? parseIpv6(far) : parseIpv4(far),
  });

  it.each([
    ["three tags", { vlan: [1, 2, 3] }, {}, "at most two VLAN tags, not 3"],
    ["a tag that is none", { vlan: [4095] }, {}, "A VLAN number of 4095 is not possible; give 1 to 4094."],
    ["a label with a meaning of its own", { mpls: [3] }, {}, "A number of a label of 3 is not possible"],
    ["tags without Ethernet", { vlan: [5] }, { link: "raw" as const }, "Only Ethernet frames have VLAN tags"],
    ["labels without Ethernet", { mpls: [16] }, { link: "null" as const }, "MPLS labels stand in Ethernet frames"],
    ["anything on the loopback adapter", { mpls: [16] }, { loopback: true }, "On the loopback adapter"],
    ["a tunnel of two versions", { tunnel: tunnel("192.0.2.1", "2001:db8::1") }, {}, "the same version of IP"],
    ["a tunnel to itself", { tunnel: tunnel("192.0.2.1", "192.0.2.1") }, {}, "give it two different ends"],
    ["a tunnel to a group", { tunnel: tunnel("192.0.2.1", "239.1.1.1") }, {}, "is not the address of one machine"],
  ])("is refused where it cannot be: %s", (_name, options, capture, message) => {
    expect(() => makeEncapsulation(options, { link, ...capture })).toThrow(message);
  });
});

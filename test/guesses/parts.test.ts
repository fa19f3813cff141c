/** What plain JavaScript gives to the parts below the main jobs: headers, sessions, writers, filters. */
import { describe, expect, it } from "vitest";
import * as everywhere from "../../lib/index.ts";
import {
  arp,
  encodePacket,
  ethernet,
  Host,
  IdealSession,
  ipv4,
  MemorySlabs,
  MessagePlayer,
  macFromIp,
  PcapngWriter,
  PcapWriter,
  parseIpv4,
  tcp,
  WirewrightError,
} from "../../lib/index.ts";
import { defaultNetwork } from "../../lib/session/network/network-options.ts";
import { NetworkSession } from "../../lib/session/network/network-session.ts";

type Loose = Record<string, (...given: readonly unknown[]) => unknown>;
type Made = Record<string, new (...given: readonly unknown[]) => unknown>;

/** As a program without types sees them. */
const loose = everywhere as unknown as Loose;
const made = { Host, IdealSession, PcapWriter, PcapngWriter } as unknown as Made;

const TICKS = 1_000_000;
const origin = { seconds: 0, ticks: 0 };
const writerOptions = { linkType: 1, ticksPerSecond: TICKS, origin } as const;
const writer = () => new PcapWriter(new MemorySlabs(), writerOptions);
const hostAt = (ip: string) => new Host(ip, parseIpv4(ip), macFromIp(parseIpv4(ip)), 1);
const ends = [
  { host: hostAt("10.0.0.1"), port: 1 },
  { host: hostAt("10.0.0.2"), port: 2 },
] as const;
const ideal = () => new IdealSession(writer(), { ticksPerSecond: TICKS });
const network = () => new NetworkSession(writer(), { ticksPerSecond: TICKS }, { ...defaultNetwork(TICKS), seed: 1 });
const text = "hello" as unknown as Uint8Array;
const bytes = new Uint8Array(5);
const me = "me" as "client";

const GUESSES: readonly (readonly [name: string, call: () => unknown, code: string, sentence: RegExp])[] = [
  [
    "no filter",
    () => loose.compileFilter!(),
    "BAD_OPTION",
    /^compileFilter takes a filter, and was given nothing; give a text/,
  ],
  [
    "a number as filter",
    () => loose.compileFilter!(5),
    "BAD_OPTION",
    /given 5; give a text such as "tcp\.port == 80"\.$/,
  ],
  [
    "findHeader of a name",
    () => loose.findHeader!([tcp()], "tcp"),
    "BAD_OPTION",
    /given "tcp"; .*findHeader\(stack, tcp\)\.$/,
  ],
  [
    "findHeader of a made one",
    () => loose.findHeader!([tcp()], tcp()),
    "BAD_OPTION",
    /^findHeader takes a kind of header/,
  ],
  ["an empty stack", () => encodePacket([]), "BAD_FIELD", /there is no header in the list; write \[ethernet\(\)/],
  [
    "minLength",
    () => loose.encodePacket!([tcp()], { minLength: 60 }),
    "BAD_OPTION",
    /has no option minLength; there are/,
  ],
  [
    "linktype",
    () => loose.decodePacket!(bytes, { linktype: 1 }),
    "BAD_OPTION",
    /no option linktype; did you mean linkType\?$/,
  ],
  [
    "options of TCP",
    () => encodePacket([loose.tcp!({ options: { mss: 9 } }) as never]),
    "BAD_FIELD",
    /options is .* a list/,
  ],
  ["options of IPv4", () => loose.ipv4!({ options: { kind: "nop" } }), "BAD_FIELD", /options is .* a list/],
  ["options of IPv6", () => loose.hopByHop!({ options: { kind: "pad1" } }), "BAD_FIELD", /options is .* a list/],
  [
    "options of Geneve",
    () => encodePacket([loose.geneve!({ options: {} }) as never]),
    "BAD_FIELD",
    /options is .* a list/,
  ],
  ["chunks of SCTP", () => encodePacket([loose.sctp!({ chunks: {} }) as never]), "BAD_FIELD", /chunks is .* a list/],
  [
    "a host with text",
    () => new made.Host!("a", "10.0.0.1", 1, 1),
    "BAD_OPTION",
    /^The addresses of the host a have to be/,
  ],
  [
    "a host with a text as MAC",
    () => new made.Host!("a", 1, "02:00:00:00:00:01", 1),
    "BAD_OPTION",
    /macFromIp make them\.$/,
  ],
  [
    "a session without options",
    () => new made.IdealSession!(writer()),
    "BAD_OPTION",
    /^A session takes a sink, .*ticksPerSecond/,
  ],
  ["a session without a sink", () => new made.IdealSession!("out.pcap", {}), "BAD_OPTION", /^A session takes a sink/],
  [
    "a writer without a store",
    () => new made.PcapWriter!(),
    "BAD_OPTION",
    /takes a store first; give new MemorySlabs\(\)/,
  ],
  [
    "a writer into a path",
    () => new made.PcapngWriter!("x.pcapng", {}),
    "BAD_OPTION",
    /OutputFile\.open of wirewright\/node/,
  ],
  [
    "a pcap without options",
    () => new made.PcapWriter!(new MemorySlabs()),
    "BAD_OPTION",
    /takes a linkType, .*ticksPerSecond/,
  ],
  [
    "a pcap of 1970",
    () => new made.PcapWriter!(new MemorySlabs(), { ...writerOptions, origin: 0 }),
    "BAD_OPTION",
    /an origin of/,
  ],
  [
    "a pcap in thousandths",
    () => new made.PcapWriter!(new MemorySlabs(), { ...writerOptions, ticksPerSecond: 1000 }),
    "BAD_OPTION",
    /./,
  ],
  [
    "a pcapng without interfaces",
    () => new made.PcapngWriter!(new MemorySlabs(), { origin }),
    "BAD_OPTION",
    /a linkType/,
  ],
  ["a frame that is text", () => writer().write(0, text), "BAD_OPTION", /^A frame is a Uint8Array, behind its time;/],
];

describe("what is given to a part in the place of something else", () => {
  it.each(GUESSES)("is told in a sentence: %s", (_name, call, code, sentence) => {
    let error: unknown;
    try {
      call();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(WirewrightError);
    expect([(error as WirewrightError).code, (error as WirewrightError).message]).toEqual([
      code,
      expect.stringMatching(sentence),
    ]);
  });
});

describe.each([
  ["ideal", ideal],
  ["network", network],
])("a session that is %s", (_name, open) => {
  it("sends bytes, and no text", () => {
    const session = open();
    const conversation = session.connect(...ends);
    const player = new MessagePlayer(session);
    player.adopt(conversation);
    const refusal =
      /^What a side sends is a Uint8Array; make one of a text with new TextEncoder\(\)\.encode\(text\)\.$/;
    expect(() => session.send(conversation, "client", 5000, text)).toThrow(refusal);
    expect(() => player.message(conversation, "client", 5000, text)).toThrow(refusal);
  });

  it("has two sides", () => {
    const session = open();
    const conversation = session.connect(...ends);
    session.open(conversation, 0);
    const refusal = /^There is no side me; give "client" or "server"\.$/;
    expect(() => session.send(conversation, me, 5000, bytes)).toThrow(refusal);
    expect(() => session.close(conversation, me, 5000)).toThrow(refusal);
  });
});

describe("an ARP packet whose hardware addresses nobody gives", () => {
  const macs = (stack: Parameters<typeof encodePacket>[0]) => {
    const hex = Buffer.from(encodePacket(stack)).toString("hex");
    const at = (start: number) => hex.slice(2 * start, 2 * start + 12);
    return { destination: at(0), source: at(6), sender: at(22), target: at(32) };
  };
  const addresses = { senderIp: "10.0.0.1", targetIp: "10.0.0.2" } as const;

  it("comes from the host of its sender, as other packets do", () => {
    const sender = "02000a000001";
    expect(macs([ethernet(), arp(addresses)])).toEqual({
      destination: "ffffffffffff",
      source: sender,
      sender,
      target: "000000000000",
    });
    expect(Buffer.from(encodePacket([ethernet(), ipv4({ source: "10.0.0.1" })])).toString("hex", 6, 12)).toBe(sender);
  });

  it("goes to the host that has asked, where it is a reply", () => {
    const target = "02000a000002";
    expect(macs([ethernet(), arp({ ...addresses, opcode: 2 })])).toMatchObject({ destination: target, target });
  });

  it("keeps those that are given", () => {
    const senderMac = "06:00:00:00:00:01";
    expect(macs([ethernet(), arp({ ...addresses, senderMac })])).toMatchObject({
      source: "060000000001",
      sender: "060000000001",
    });
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { encapsulate } from "../../../lib/encapsulate.ts";
import type { JsonFinding, JsonMessage, JsonPacket } from "../../../lib/report/json/analysis-json.ts";
import type { JsonCapture, JsonConversation } from "../../../lib/report/json/conversation-json.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { allHandMade, randomCapture } from "../../helpers/captures/faulty-captures.ts";
import { hostileCapture } from "../../helpers/captures/hostile-captures.ts";
import { oddCaptures } from "../../helpers/captures/odd-captures.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { type JudgedPacket, judgedPackets } from "../../helpers/judges/tshark-packets.ts";
import { viewOf } from "../../helpers/programs/shown-view.ts";

const folder = temporaryFolder();

interface Told {
  readonly capture: JsonCapture;
  readonly conversations: readonly JsonConversation[];
  readonly findings: readonly JsonFinding[];
  readonly notes: readonly { readonly code: string; readonly text: string }[];
  readonly packets?: readonly JsonPacket[];
  readonly messages?: readonly JsonMessage[];
}

const tell = async (file: string, flags: object = {}): Promise<Told> =>
  JSON.parse(await viewOf(file, { json: true, ...flags }));

type Checksums = Record<string, string | undefined>;

/**
 * A packet of ours in the words of tshark: for it, a sum that was left to the network adapter is bad, and so is an IPv4
 * header without one; of numbers that tshark leaves out, it has no opinion.
 */
function inItsWords(packet: JsonPacket, judged: JudgedPacket | undefined): object {
  const { frame, time, source, destination, sourcePort, destinationPort } = packet;
  const checksums: Checksums = {};
  for (const [layer, verdict] of Object.entries(packet.checksums ?? {})) {
    const isBad = verdict === "partial" || (layer === "ipv4" && verdict === "absent");
    // UDP over IPv6 without a sum is illegal, for which tshark has a word of its own.
    const isIllegal = layer === "udp" && verdict === "bad" && judged?.checksums.udp === undefined;
    if (!isIllegal) checksums[layer] = isBad ? "bad" : verdict;
  }
  const tcp = packet.tcp && pick(packet.tcp, (name) => isKnown(judged?.tcp, name));
  return { frame, time, ...addresses(source, destination), sourcePort, destinationPort, tcp, checksums };
}

function itsWords(packet: JudgedPacket): object {
  const { frame, time, source, destination, sourcePort, destinationPort, checksums } = packet;
  const tcp = packet.tcp && pick(packet.tcp, (name) => isKnown(packet.tcp, name));
  return { frame, time, ...addresses(source, destination), sourcePort, destinationPort, tcp, checksums };
}

function isKnown(tcp: object | undefined, name: string): boolean {
  return !Number.isNaN((tcp as Record<string, number> | undefined)?.[name]);
}

function pick(values: object, isWanted: (name: string) => boolean): object {
  return Object.fromEntries(Object.entries(values).filter(([name]) => isWanted(name)));
}

/** Of a header that was cut off between the two, we say nothing. */
function addresses(source: string | undefined, destination: string | undefined): object {
  return destination === undefined ? {} : { source, destination };
}

// What tshark gives up on, it may have begun to tell; and in GRE, only tshark looks.
describe.skipIf(isMissing("tshark"))("--json --packets", () => {
  const made = [allHandMade(), randomCapture(3), randomCapture(8), ...oddCaptures()];
  it.each(made.map((capture, index) => ({ ...capture, index })))("agrees with tshark: $name", async (capture) => {
    const file = captureFile(folder, `judged-${capture.index}.pcap`, capture.bytes);
    const { packets = [] } = await tell(file, { packets: true });
    const judged = judgedPackets(file);
    expect(packets).toHaveLength(judged.length);
    const isCompared = (packet: JudgedPacket) => !packet.isMalformed && !packet.layers.includes(":gre:");
    const ours = packets.map((packet, index) => inItsWords(packet, judged[index]));
    expect(ours.filter((_, index) => isCompared(judged[index]!))).toEqual(judged.filter(isCompared).map(itsWords));
  });
});

describe("the object", () => {
  let file: string;

  beforeAll(async () => {
    file = `${folder}/chat.pcap`;
    await encapsulate({ input: "fixtures/chat.csv", output: file });
  });

  it("tells of each conversation", async () => {
    const { capture, conversations, findings, notes } = await tell(file);
    expect(capture).toMatchObject({ name: file, format: "pcap", compressed: false, linkTypes: [{ name: "Ethernet" }] });
    expect(Object.keys(capture)).toEqual([
      "name",
      "format",
      "compressed",
      "packets",
      "selectedPackets",
      "capturedBytes",
      "wireBytes",
      "start",
      "end",
      "linkTypes",
      "protocols",
      "notLookedInto",
      "interfaces",
      "comments",
      "warnings",
    ]);
    expect(conversations[0]).toMatchObject({
      stream: 0,
      protocol: "TCP",
      client: { address: "10.0.0.1", port: 49_152 },
      server: { address: "10.0.0.2", port: 12_345 },
      handshake: "complete",
      close: "fin",
      roundTripTime: "0.001050000",
      maximumSegmentSize: { client: 1460, server: 1460 },
      windowScale: { client: 7, server: 7 },
      frames: { first: 1, syn: 1, synAck: 2, ack: 3 },
    });
    expect(conversations[0]?.start).toMatch(/^\d+\.\d{9}$/);
    expect(conversations[0]?.duration).toMatch(/^\d+\.\d{9}$/);
    expect({ findings, notes }).toEqual({ findings: [], notes: [] });
  });

  it("has the findings by Wireshark's names", async () => {
    const hand = captureFile(folder, "hand.pcap", allHandMade().bytes);
    const { findings } = await tell(hand);
    for (const finding of findings) {
      expect(Object.keys(finding)).toEqual(["frame", "protocol", "stream", "code", "severity", "text"]);
      expect(finding.code).toMatch(/^[a-z_]+\.[a-z_.]+$/);
      expect(["chat", "note", "warning", "error"]).toContain(finding.severity);
    }
    expect(findings.length).toBeGreaterThan(50);
  });

  it("has the messages with the segments that carried them", async () => {
    const { messages = [], conversations } = await tell(file, { messages: true });
    expect(messages[0]).toEqual({
      protocol: "TCP",
      stream: 0,
      number: 1,
      from: "client",
      framing: "line",
      bytes: messages[0]?.begins.length,
      complete: true,
      parts: [{ frame: 4, offset: 0, length: messages[0]?.bytes }],
      begins: "Good morning! Is anybody in?\n",
    });
    const carried = messages.filter(({ stream }) => stream === 0).reduce((sum, { bytes }) => sum + bytes, 0);
    const payload = conversations[0]!.payloadBytes;
    expect(carried).toBe(payload.client + payload.server);
  });

  it("holds only what the filter selects", async () => {
    const all = await tell(file, { packets: true });
    const some = await tell(file, { packets: true, filter: "tcp.stream == 1 and tcp.len > 0" });
    const wanted = all.packets?.filter(({ tcp }) => tcp?.stream === 1 && (tcp.length ?? 0) > 0);
    expect(some.packets).toEqual(wanted);
    expect(some.conversations.map(({ stream }) => stream)).toEqual([1]);
    expect(some.capture).toMatchObject({ packets: all.packets?.length, selectedPackets: wanted?.length });
    const none = await tell(file, { packets: true, filter: "udp" });
    expect(none).toMatchObject({ packets: [], conversations: [], findings: [] });
  });

  it("does not mistake what packets carry for its own", async () => {
    const { messages = [] } = await tell(captureFile(folder, "hostile.pcap", hostileCapture()), { messages: true });
    expect(messages[0]?.begins).toContain("\x1b[2J\x1b]0;title\x07");
  });

  it("shows one frame with its layers and fields", async () => {
    const frame = JSON.parse(await viewOf(file, { frame: 1, json: true }));
    expect(frame).toMatchObject({ frame: 1, wireLength: 66, findings: [] });
    expect(frame.bytes).toHaveLength(132);
    expect(frame.layers.map(({ name }: { name: string }) => name)).toEqual(["eth", "ip", "tcp"]);
    const port = frame.layers[2].fields.find(({ name }: { name: string }) => name === "tcp.dstport");
    expect(port).toMatchObject({ offset: 36, length: 2, value: 12_345, text: "12345" });
  });
});

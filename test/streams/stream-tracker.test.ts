/** What the streams of a capture are said to be: their ends, how they open and close, and what is odd about them. */
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { formatIp, parseIpv4, parseIpv6 } from "../../lib/headers/address.ts";
import { encodeFrame } from "../../lib/headers/frame.ts";
import { TcpFlag } from "../../lib/headers/tcp-fields.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import type { Analysis } from "../../lib/streams/analysis.ts";
import { FindingLog } from "../../lib/streams/finding-log.ts";
import { FINDING_KINDS, Finding } from "../../lib/streams/findings.ts";
import type { TcpStream } from "../../lib/streams/tcp-stream.ts";
import { ethernet, FOUR, ip, LOCAL, letters, tcp, udp } from "../helpers/captures/odd/packet-bytes.ts";
import { parseScript, type ScriptEnd, segmentRecord } from "../helpers/captures/packetdrill-script.ts";
import { pcapOf, type TapRecord } from "../helpers/captures/pcap-records.ts";
import { HANDSHAKE } from "../helpers/captures/scenarios/scenario.ts";

const ETHERNET = 1;
const NULL = 0;
const MILLISECOND = 1_000_000;

// The client's address is the lower one, so that nothing is right by the order of addresses alone.
const CLIENT: ScriptEnd = { address: parseIpv4("10.0.0.1"), port: 49_152 };
const SERVER: ScriptEnd = { address: parseIpv4("10.0.0.2"), port: 50_000 };

async function analysisOf(records: readonly TapRecord[], linkType = ETHERNET): Promise<Analysis> {
  return analyzeCapture(captureFromBytes(pcapOf(linkType, records), "test"));
}

const recordsOf = (script: string, client = CLIENT, server = SERVER) =>
  parseScript(script).map((line) => segmentRecord(line, client, server));

async function streamOf(script: string, client = CLIENT, server = SERVER): Promise<TcpStream> {
  const { tcpStreams } = await analysisOf(recordsOf(script, client, server));
  expect(tcpStreams).toHaveLength(1);
  return tcpStreams[0]!;
}

const frames = (...list: Uint8Array[]): TapRecord[] => list.map((bytes, index) => ({ time: index * 1000, bytes }));
const endText = ({ address, port }: ScriptEnd) => `${formatIp(address)}:${port}`;

describe("a handshake is", () => {
  it.each([
    ["complete", "SYN, SYN/ACK and ACK", HANDSHAKE],
    ["unanswered", "a SYN alone", "+0 > S 0:0(0)\n+1 > S 0:0(0)"],
    ["refused", "a SYN and a reset", "+0 > S 0:0(0)\n+.001 < R. 0:0(0) ack 1"],
    ["partial", "a SYN and its answer", "+0 > S 0:0(0)\n+.001 < S. 0:0(0) ack 1"],
    ["partial", "an answer without its SYN", "+0 < S. 0:0(0) ack 1\n+.001 > . 1:1(0) ack 1"],
    ["partial", "a SYN and something else", "+0 > S 0:0(0)\n+.001 < . 1:1(0) ack 1"],
    ["none", "nothing but data", "+0 > P. 1:11(10) ack 1\n+.001 < . 1:1(0) ack 11"],
  ])("%s: %s", async (handshake, _, script) => {
    expect((await streamOf(script)).handshake).toBe(handshake);
  });

  it("told by its frames", async () => {
    const stream = await streamOf(`+0 > S 0:0(0)\n${HANDSHAKE.trim().replace("+0", "+1")}`);
    expect([stream.synFrame, stream.synAckFrame, stream.handshakeAckFrame]).toEqual([1, 3, 4]);
  });
});

describe("a close is", () => {
  const BYE = "+.1 > F. 1:1(0) ack 1\n+.001 < F. 1:1(0) ack 2\n+.001 > . 2:2(0) ack 2";

  it.each([
    ["open", "nothing", ""],
    ["fin", "a FIN from both sides", BYE],
    ["half", "a FIN from one side", "+.1 > F. 1:1(0) ack 1\n+.001 < . 1:1(0) ack 2"],
    ["reset", "a reset", "+.1 < R. 1:1(0) ack 1"],
    ["reset", "a reset after both FINs", `${BYE}\n+.001 < R 2:2(0)`],
  ])("%s: %s", async (close, _, script) => {
    expect((await streamOf(`${HANDSHAKE}\n${script}`)).close).toBe(close);
  });

  it("told by its frames", async () => {
    const stream = await streamOf(`${HANDSHAKE}\n+.1 > F. 1:11(10) ack 1\n+.001 < F. 1:1(0) ack 12`);
    expect([stream.fromClient.finFrame, stream.fromServer.finFrame]).toEqual([4, 5]);
  });
});

describe("the client is", () => {
  const DATA = "+0 > P. 1:11(10) ack 1";
  const at = (end: ScriptEnd, port: number) => ({ ...end, port });

  it.each([
    ["who sends the SYN, whatever the ports", "+0 > S 0:0(0)", at(CLIENT, 80), at(SERVER, 50_000)],
    ["who does not answer with SYN/ACK", "+0 < S. 0:0(0) ack 1", at(CLIENT, 80), at(SERVER, 50_000)],
    ["on a port that no service is given", "+0 < P. 1:11(10) ack 1", at(CLIENT, 50_000), at(SERVER, 8080)],
    ["not on a system port", "+0 < P. 1:11(10) ack 1", at(CLIENT, 8080), at(SERVER, 443)],
    ["who speaks first, where the ports tell nothing", DATA, at(CLIENT, 5000), at(SERVER, 6000)],
  ])("%s", async (_, script, client, server) => {
    for (const [a, b] of [
      [CLIENT.address, SERVER.address],
      [SERVER.address, CLIENT.address],
    ] as const) {
      const stream = await streamOf(script, { ...client, address: a }, { ...server, address: b });
      expect([endText(stream.client), endText(stream.server)]).toEqual([
        endText({ ...client, address: a }),
        endText({ ...server, address: b }),
      ]);
    }
  });
});

describe("a stream knows", () => {
  it("the round trip of its handshake, from the last SYN on", async () => {
    expect((await streamOf(HANDSHAKE)).roundTripTime).toBe(21 * MILLISECOND);
    expect((await streamOf(`+0 > S 0:0(0)\n${HANDSHAKE.trim().replace("+0", "+3")}`)).roundTripTime).toBe(
      21 * MILLISECOND,
    );
    expect((await streamOf("+0 > P. 1:11(10) ack 1\n+1 < . 1:1(0) ack 11")).roundTripTime).toBe(0);
  });

  it("what the SYNs offer", async () => {
    const { fromClient, fromServer } = await streamOf(`
      +0    > S  0:0(0) <mss 1400,sackOK,wscale 3>
      +.010 < S. 0:0(0) ack 1 <mss 1300,wscale 15>
      +.001 > .  1:1(0) ack 1`);
    expect([fromClient.maximumSegmentSize, fromClient.windowScale]).toEqual([1400, 3]);
    // A larger shift than 14 counts as 14.
    expect([fromServer.maximumSegmentSize, fromServer.windowScale]).toEqual([1300, 14]);
  });

  it("that windows are scaled only where both sides offer it", async () => {
    const windows: (number | undefined)[] = [];
    for (const offer of ["mss 1460,wscale 4", "mss 1460"]) {
      const script = `+0 > S 0:0(0) win 1000 <mss 1460,wscale 7>
        +.01 < S. 0:0(0) ack 1 win 2000 <${offer}>
        +.01 > . 1:1(0) ack 1 win 512
        +.01 < . 1:1(0) ack 1 win 300`;
      await analyzeCapture(captureFromBytes(pcapOf(ETHERNET, recordsOf(script)), "test"), {
        onPacket: ({ scaledWindow }) => void windows.push(scaledWindow),
      });
    }
    expect(windows).toEqual([1000, 2000, 512 * 128, 300 * 16, 1000, 2000, 512, 300]);
  });

  it("its packets, bytes and times", async () => {
    const stream = await streamOf(`${HANDSHAKE}
      +.010 > P. 1:11(10) ack 1
      +.010 < P. 1:101(100) ack 11
      +.010 > P. 1:11(10) ack 1`);
    expect(stream).toMatchObject({ packets: 6, firstFrame: 1, lastFrame: 6, duration: 51 * MILLISECOND });
    expect([stream.bytesFromLower, stream.bytesFromHigher]).toEqual([20, 100]);
    expect([stream.fromClient.packets, stream.fromServer.packets, stream.fromClient.largestSegment]).toEqual([
      4, 2, 10,
    ]);
  });

  it("relative numbers", async () => {
    const numbers: unknown[] = [];
    const script = `${HANDSHAKE}\n+.01 > P. 1:11(10) ack 1\n+.01 < . 1:1(0) ack 11`;
    await analyzeCapture(captureFromBytes(pcapOf(ETHERNET, recordsOf(script)), "test"), {
      onPacket: (packet) =>
        void numbers.push([packet.isFromClient, packet.relativeSequence, packet.relativeAcknowledgment]),
    });
    expect(numbers).toEqual([
      [true, 0, 0],
      [false, 0, 1],
      [true, 1, 1],
      [true, 1, 1],
      [false, 1, 11],
    ]);
  });
});

describe("numbers of streams", () => {
  it("go on where a new connection uses the ports again", async () => {
    const script = `${HANDSHAKE}\n+.1 > R. 1:1(0) ack 1\nisn > 500000\nisn < 900000\n${HANDSHAKE.trim().replace("+0", "+2")}`;
    const { tcpStreams, findings } = await analysisOf(recordsOf(script));
    expect(tcpStreams.map(({ number, packets, handshake, close }) => [number, packets, handshake, close])).toEqual([
      [0, 4, "complete", "reset"],
      [1, 3, "complete", "open"],
    ]);
    expect([...findings.findings()].map(({ kind, packet, text }) => [kind.code, packet.frame, text])).toEqual([
      [
        "tcp.analysis.reused_ports",
        5,
        "TCP Port numbers reused: a new connection between the same addresses and ports as an earlier one (sequence 0, 0 bytes).",
      ],
    ]);
  });

  it("are the same in both directions, and others for other ports, addresses and versions", async () => {
    const six = { ...CLIENT, address: parseIpv6("2001:db8::1") };
    const sixServer = { ...SERVER, address: parseIpv6("2001:db8::2") };
    const { tcpStreams } = await analysisOf([
      ...recordsOf(HANDSHAKE),
      ...recordsOf(HANDSHAKE, { ...CLIENT, port: 49_153 }),
      ...recordsOf(HANDSHAKE, six, sixServer),
      // Ports of the first one, the other way round.
      ...recordsOf(HANDSHAKE, { ...CLIENT, port: SERVER.port }, { ...SERVER, port: CLIENT.port }),
    ]);
    expect(tcpStreams.map(({ number, packets }) => [number, packets])).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it("count thousands of streams", async () => {
    const records = Array.from({ length: 3000 }, (_, index) =>
      recordsOf("+0 > S 0:0(0)", { ...CLIENT, port: 1024 + index }),
    ).flat();
    const { tcpStreams } = await analysisOf([...records, ...records]);
    expect(tcpStreams.map(({ number, packets }) => number * 10 + packets)).toEqual(
      Array.from({ length: 3000 }, (_, index) => index * 10 + 2),
    );
  });
});

describe("UDP streams", () => {
  it("have the first to speak for their client, and count both directions", async () => {
    const back = { ...FOUR, source: FOUR.destination, destination: FOUR.source };
    const { udpStreams, tcpStreams } = await analysisOf(
      frames(
        ethernet(0x0800, ip(back, 17, udp({ net: back, ports: [5000, 6000] }, letters(7)))),
        ethernet(0x0800, ip(FOUR, 17, udp({ ports: [6000, 5000] }, letters(5)))),
        ethernet(0x0800, ip(FOUR, 17, udp({ ports: [6000, 5001] }, letters(1)))),
      ),
    );
    expect(tcpStreams).toEqual([]);
    expect(udpStreams.map(({ client, server }) => [endText(client), endText(server)])).toEqual([
      ["10.0.0.2:5000", "10.0.0.1:6000"],
      ["10.0.0.1:6000", "10.0.0.2:5001"],
    ]);
    expect(udpStreams[0]).toMatchObject({ packets: 2, bytesFromHigher: 7, bytesFromLower: 5 });
  });

  it.each([
    ["DNS, where the query was not captured", [53, 54_321], 53, "ports"],
    ["DNS, where it was", [54_321, 53], 53, "ports"],
    ["DHCP, where the offer is first", [67, 68], 67, "ports"],
    ["DHCPv6", [546, 547], 547, "ports"],
    ["a trap of SNMP", [50_000, 162], 162, "ports"],
    ["NTP between two servers", [123, 123], 123, "first"],
    ["a chat whose server has the higher port", [5001, 40_009], 40_009, "first"],
    ["probes of traceroute", [41_000, 33_434], 33_434, "first"],
  ] as const)("know the server by a well-known port: %s", async (_, ports, server, known) => {
    const [stream] = (await analysisOf(frames(ethernet(0x0800, ip(FOUR, 17, udp({ ports }, letters(7))))))).udpStreams;
    expect([stream?.server.port, stream?.clientIsKnownBy]).toEqual([server, known]);
  });
});

describe("artefacts", () => {
  const segment = (fields: Parameters<typeof tcp>[0], length = 20) =>
    ethernet(0x0800, ip(fields?.net ?? FOUR, 6, tcp(fields, letters(length))));
  const numbered = (identification: number, destinationPort = 2) =>
    encodeFrame({
      ethernet: { source: 1, destination: 2 },
      ipv4: { source: 1, destination: 2, identification },
      tcp: { sourcePort: 1, destinationPort, flags: TcpFlag.ACK },
    });
  const loopback = (headerChecksum: number) =>
    Uint8Array.of(
      2,
      0,
      0,
      0,
      ...encodeFrame({
        ipv4: { source: parseIpv4("127.0.0.1"), destination: parseIpv4("127.0.0.1"), headerChecksum },
        udp: { sourcePort: 1, destinationPort: 2 },
      }),
    );
  const find = async (records: readonly TapRecord[], code: string, linkType = ETHERNET) => {
    const { artefacts } = await analysisOf(records, linkType);
    return artefacts.find((artefact) => artefact.code === code);
  };

  it("are none in a connection without faults that opens and closes", async () => {
    const script = `${HANDSHAKE}\n+.1 > F. 1:1(0) ack 1\n+.1 < F. 1:1(0) ack 2\n+.1 > . 2:2(0) ack 2`;
    expect((await analysisOf(recordsOf(script))).artefacts).toEqual([]);
  });

  it("checksum-offload", async () => {
    const records = frames(segment({ checksum: "partial" }), segment({}));
    expect(await find(records, "checksum-offload")).toEqual({
      code: "checksum-offload",
      count: 1,
      frames: [1],
      text: "1 packet holds only the sum of the pseudo-header where its checksum should be: the system left the rest to the network adapter, and the capture was taken before it. This is no fault.",
    });
    expect(await find(frames(...Array(12).fill(records[0]!.bytes)), "checksum-offload")).toMatchObject({
      count: 12,
      frames: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      text: expect.stringMatching(/^12 packets hold only .* where their checksum should be/),
    });
  });

  it("no-ip-checksum", async () => {
    expect(await find(frames(loopback(0), loopback(0)), "no-ip-checksum", NULL)).toMatchObject({
      count: 2,
      text: "2 packets have an IP header checksum of 0: on a loopback interface nobody computes it. This is no fault.",
    });
    expect(await find(frames(loopback(1)), "no-ip-checksum", NULL)).toBeUndefined();
  });

  it("segmentation-offload and loopback-mtu", async () => {
    expect(await find(frames(segment({}, 1460)), "segmentation-offload")).toBeUndefined();
    expect(await find(frames(segment({}, 1461)), "segmentation-offload")).toMatchObject({
      count: 1,
      text: expect.stringMatching(/^1 packet is larger than the 1500 bytes .* on the wire it is smaller\.$/),
    });
    expect(await find(frames(segment({ net: LOCAL }, 9000)), "segmentation-offload")).toBeUndefined();
    expect(await find(frames(segment({ net: LOCAL }, 9000)), "loopback-mtu")).toMatchObject({
      count: 1,
      text: expect.stringContaining("a loopback interface takes packets of up to 65,536 bytes"),
    });
  });

  it("duplicate-frames", async () => {
    const bytes = [numbered(7), numbered(7), numbered(8), numbered(0), numbered(0)];
    const copies = bytes.map((frame, index) => ({ time: 10 * index, bytes: frame }));
    expect(await find(copies, "duplicate-frames")).toMatchObject({
      count: 1,
      frames: [2],
      text: "1 packet is a copy of one just before, with the same identification: the capture shows it twice, as on its way out and on its way in, on two adapters, or where a switch copies both. A TCP that sends again takes another identification.",
    });
    // What comes later was sent again, and what goes to another port is another packet.
    const late = bytes.slice(0, 2).map((frame, index) => ({ time: 2000 * index, bytes: frame }));
    expect(await find(late, "duplicate-frames")).toBeUndefined();
    const scan = [80, 81].map((port) => ({ time: port, bytes: numbered(7, port) }));
    expect(await find(scan, "duplicate-frames")).toBeUndefined();
  });

  it("cut-packets", async () => {
    const whole = numbered(7);
    const records = [{ time: 0, bytes: whole.subarray(0, 50), wireLength: whole.length }];
    expect(await find(records, "cut-packets")).toMatchObject({
      count: 1,
      text: "1 packet was cut when it was captured (snap length): what is missing cannot be checked.",
    });
  });

  it("one-direction", async () => {
    const script = "+0 > S 0:0(0) win 65535\n+.1 > . 1:1(0) ack 1\n+.1 > P. 1:11(10) ack 5";
    const { artefacts, tcpStreams } = await analysisOf(recordsOf(script));
    expect(tcpStreams[0]?.handshake).toBe("partial");
    expect(artefacts.map(({ code }) => code)).toEqual(["one-direction", "ended-mid-connection"]);
  });

  it("time-backwards", async () => {
    const records = [30, 20, 40].map((time) => ({ time, bytes: numbered(time) }));
    expect(await find(records, "time-backwards")).toMatchObject({ count: 1, frames: [2] });
    const { capture } = await analysisOf(records);
    expect(capture.firstMoment!.nanoseconds).toBe(20_000);
    expect(capture.lastMoment!.nanoseconds).toBe(40_000);
  });

  it("unanswered", async () => {
    const { artefacts } = await analysisOf(recordsOf("+0 > S 0:0(0) win 65535 <mss 1460>"));
    expect(artefacts.map(({ code, text }) => [code, text])).toEqual([
      ["unanswered", "1 connection was asked for and got no answer that was captured: its SYN is all there is."],
    ]);
  });

  it("began-mid-connection and ended-mid-connection", async () => {
    const records = recordsOf("+0 > P. 1:11(10) ack 1\n+1 < . 1:1(0) ack 11");
    expect(await find(records, "began-mid-connection")).toMatchObject({
      count: 1,
      frames: [1],
      text: "1 connection shows no handshake, as when it was open before the capture began. Its window scaling is not known.",
    });
    expect(await find(records, "ended-mid-connection")).toMatchObject({
      count: 1,
      frames: [2],
      text: "1 connection shows no close: it was still open when the capture ended, or one side was gone without a word.",
    });
  });

  it("constant-sequence: other bytes under one number, and never the same bytes again", async () => {
    const [first] = recordsOf("+0 > P. 1:11(10) ack 1");
    const other = segment({ ports: [CLIENT.port, SERVER.port], sequence: 1_000_001 }, 10);
    expect(await find(frames(first!.bytes, first!.bytes, first!.bytes), "constant-sequence")).toBeUndefined();
    const byHand = frames(first!.bytes, other);
    expect(await find(byHand, "constant-sequence")).toMatchObject({
      count: 1,
      frames: [1],
      text: expect.stringMatching(/^1 stream puts different bytes under one and the same sequence number/),
    });
    expect(await find(byHand, "began-mid-connection")).toBeUndefined();
    expect(await find(byHand, "ended-mid-connection")).toBeUndefined();
  });
});

describe("a log of findings", () => {
  const packet = {
    frame: 7,
    stream: -1,
    isFromHigher: false,
    sequence: 4_000_000_000,
    acknowledgment: 3_000_000_000,
    length: 1,
    window: 65_535,
  };

  it("keeps every number, however many packets there are", () => {
    const log = new FindingLog();
    const given = Array.from({ length: 1000 }, (_, index) => ({
      ...packet,
      frame: index + 1,
      findings: 1 << (index % FINDING_KINDS.length),
      stream: index - 1,
      isFromHigher: index % 2 === 1,
    }));
    for (const row of given) log.add(row);
    expect([...log.packets()]).toEqual(given);
    expect(log.packetCount).toBe(1000);
    for (const [index, kind] of FINDING_KINDS.entries()) {
      expect(kind.bit).toBe(1 << index);
      expect(log.count(kind)).toBe(given.filter(({ findings }) => findings === kind.bit).length);
    }
  });

  it("tells each finding of a packet with the numbers that show it", () => {
    const log = new FindingLog();
    const bits = Finding.RETRANSMISSION | Finding.ZERO_WINDOW | Finding.DUPLICATE_ACK | Finding.TCP_CHECKSUM_BAD;
    log.add({ ...packet, findings: bits });
    const texts = [...log.findings()].map(({ text }) => text);
    expect(texts).toEqual([
      "TCP Retransmission: bytes that were sent before are sent again; no acknowledgement of them was seen in between (sequence 4000000000, 1 byte).",
      "TCP Dup ACK: the same acknowledgement again, as when something arrives that is not what was expected next (acknowledgment 3000000000).",
      "TCP ZeroWindow: the sender of the segment has no room left for data: the other side must stop sending (acknowledgment 3000000000, window 65535).",
      "Bad TCP checksum: the segment changed on its way, or was made wrong: a receiver throws it away.",
    ]);
  });

  it("says what is malformed, for as many packets as it keeps sentences of", () => {
    const log = new FindingLog();
    for (let frame = 1; frame <= 1001; frame++) {
      log.add({ ...packet, frame, findings: Finding.MALFORMED }, { message: `header of frame ${frame}` });
    }
    const texts = [...log.findings()].map(({ text }) => text);
    expect(texts[999]).toBe("Malformed packet: header of frame 1000.");
    expect(texts[1000]).toBe("Malformed packet: the packet contradicts itself, or ends too early.");
  });
});

/** Which application packets belong to, and in which of them its messages end: Wireshark is the judge. */
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { compileFilter } from "../../lib/filter/filter.ts";
import { encodeFrame } from "../../lib/headers/frame.ts";
import type { Layer } from "../../lib/headers/layer.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { viewFrame } from "../../lib/report/frame-view.ts";
import { captureJson } from "../../lib/report/json/conversation-json.ts";
import { captureRows } from "../../lib/report/text/analysis-summary.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { dnsDatagram, dnsQuery, dnsRecord, dnsResponse, withDnsLength } from "../helpers/captures/dns-messages.ts";
import { hex, join } from "../helpers/captures/odd/packet-bytes.ts";
import { pcapOf, type TapRecord } from "../helpers/captures/pcap-records.ts";
import { type TalkOptions, type Turn, talk, talkRecords } from "../helpers/captures/talk.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";

const ADDRESS = dnsRecord({ type: 1, data: hex("c0000201") });
const QUERY = withDnsLength(dnsQuery());
const ANSWER = withDnsLength(dnsResponse([ADDRESS]));
const OTHER = withDnsLength(dnsResponse([ADDRESS, ADDRESS], 2, 0x4321));
const BAD = withDnsLength(dnsResponse([dnsRecord({ type: 1, data: hex("c00002") })]));

const pieces = (bytes: Uint8Array, ...cuts: number[]): Turn[] =>
  [0, ...cuts].map((cut, index) => ({ from: "<", data: bytes.subarray(cut, cuts[index] ?? bytes.length) }));

const DNS_TALKS: Readonly<Record<string, readonly Turn[]>> = {
  "a message a segment": [{ from: ">", data: QUERY }, ...pieces(ANSWER)],
  "two messages in a segment": [{ from: ">", data: join(QUERY, QUERY) }, ...pieces(join(ANSWER, OTHER))],
  "a message over two segments": [{ from: ">", data: QUERY }, ...pieces(ANSWER, 20)],
  "a message over three segments": [{ from: ">", data: QUERY }, ...pieces(ANSWER, 5, 30)],
  "the end of one and the beginning of the next": [
    { from: ">", data: QUERY },
    ...pieces(join(ANSWER, OTHER, ANSWER), 20, 60, ANSWER.length + OTHER.length + 7),
  ],
  "a length that is cut in two": [{ from: ">", data: QUERY }, ...pieces(join(ANSWER, OTHER), 1, ANSWER.length + 1)],
  "a length in a segment of its own": [
    { from: ">", data: QUERY.subarray(0, 2) },
    { from: ">", data: QUERY.subarray(2) },
  ],
  "a segment that stands twice in the capture": [
    { from: ">", data: QUERY, twice: true },
    ...pieces(ANSWER, 20).map((turn) => ({ ...turn, twice: true })),
  ],
  "a malformed message over two segments": [{ from: ">", data: QUERY }, ...pieces(BAD, 20)],
  "bytes behind the last record": pieces(withDnsLength(join(dnsResponse([ADDRESS]), hex("616263"))), 20),
};

const request = (method: string, path: string, more = "") => `${method} ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
const body = "x".repeat(3000);
const HTTP_TALKS: Readonly<Record<string, readonly Turn[]>> = {
  "a head and a body in segments of their own": [
    { from: ">", data: request("POST", "/a", "Content-Length: 4\r\n") },
    { from: ">", data: "body" },
    { from: "<", data: `HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n${body.slice(0, 1000)}` },
    { from: "<", data: body.slice(1000, 2000) },
    { from: "<", data: body.slice(2000) },
  ],
  "a head over two segments": [
    { from: ">", data: "GET /a HT", noPush: true },
    { from: ">", data: "TP/1.1\r\nHost: h\r\n\r\n" },
    { from: "<", data: "HTTP/1.1 204 No Content\r\n\r\n" },
  ],
  chunks: [
    { from: ">", data: request("GET", "/c") },
    { from: "<", data: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" },
    { from: "<", data: "0\r\n\r\n" },
  ],
  // Wireshark 4.0 takes every response for one to the latest request: so none here is sent before the last is answered.
  "HEAD among others": [
    { from: ">", data: request("HEAD", "/1") },
    { from: "<", data: "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" },
    { from: ">", data: request("GET", "/2") },
    { from: "<", data: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
  ],
  "a body that ends with a FIN": [
    { from: ">", data: request("GET", "/d") },
    { from: "<", data: "HTTP/1.1 200 OK\r\n\r\nsome" },
    { from: "<", data: "more" },
    { from: "<", fin: true },
  ],
  "a method that is in no list, and an empty line before a request": [
    { from: ">", data: request("PROPFIND", "/e") },
    { from: "<", data: "HTTP/1.1 207 Multi-Status\r\nContent-Length: 1\r\n\r\nx" },
    { from: ">", data: `\r\n${request("GET", "/f")}` },
    { from: "<", data: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx" },
  ],
  "a request line that never ends": [{ from: ">", data: "GET / HTTP/1.1" }],
  "a status line that never ends": [{ from: "<", data: "HTTP/1.1 200 OK" }],
  "a head that never ends": [{ from: ">", data: "GET / HTTP/1.1\r\nHost: h\r\n" }],
};

const UPGRADE: readonly Turn[] = [
  {
    from: ">",
    data: request(
      "GET",
      "/ws",
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
    ),
  },
  {
    from: "<",
    data: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
  },
];
const WEBSOCKET_TALKS: Readonly<Record<string, readonly Turn[]>> = {
  "frames, masked and not": [
    ...UPGRADE,
    { from: ">", data: hex("818501020304496767686e") },
    { from: "<", data: hex("810548656c6c6f") },
    { from: "<", data: hex("8900 8105576f726c64") },
  ],
  "a frame over two segments": [...UPGRADE, { from: "<", data: hex("810548") }, { from: "<", data: hex("656c6c6f") }],
};

const TALKS: readonly (readonly [string, readonly Turn[], TalkOptions])[] = [
  ...Object.entries(DNS_TALKS).map(([name, turns]) => [name, turns, { serverPort: 53 }] as const),
  ...Object.entries(HTTP_TALKS).map(([name, turns]) => [name, turns, { serverPort: 80 }] as const),
  ...Object.entries(WEBSOCKET_TALKS).map(([name, turns]) => [name, turns, { serverPort: 80 }] as const),
];

/** All of them, one after the other. */
function allTalks(): TapRecord[] {
  const records = TALKS.flatMap(([, turns, options], index) =>
    talkRecords(turns, { ...options, clientPort: 41_000 + index }),
  );
  return records.map((record, index) => ({ ...record, time: index * 1000 }));
}

async function selectedBy(bytes: Uint8Array, filter: string): Promise<number[]> {
  const frames: number[] = [];
  const matches = compileFilter(filter);
  const onPacket = (packet: { readonly frameNumber: number }) => frames.push(packet.frameNumber);
  await analyzeCapture(captureFromBytes(bytes, "test"), { onPacket, filter: matches });
  return frames;
}

describe.skipIf(isMissing("tshark"))("frames in which messages end are those that Wireshark selects", () => {
  const bytes = pcapOf(1, allTalks());
  const file = captureFile(temporaryFolder(), "talks.pcap", bytes);

  it.each(["http", "dns", "websocket"])("by %s", async (filter) => {
    const lines = tshark("-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number").trim().split("\n");
    expect(await selectedBy(bytes, filter)).toEqual(lines.map(Number));
  });

  it("but for a head that ends with a carriage return alone, which is no end of a line (RFC 9112, section 2.2)", async () => {
    const damaged = pcapOf(
      1,
      talkRecords([{ from: ">", data: "GET / HTTP/1.1\r\nHost: h\r\n\r\v" }], { serverPort: 80 }),
    );
    const damagedFile = captureFile(temporaryFolder(), "damaged.pcap", damaged);
    expect(tshark("-r", damagedFile, "-Y", "http").trim()).toContain("GET / HTTP/1.1");
    expect(await selectedBy(damaged, "http")).toEqual([]);
  });

  it("and so are malformed messages of DNS", async () => {
    const malformed: number[] = [];
    const onPacket = (packet: { readonly frameNumber: number; readonly findings: readonly string[] }) => {
      if (packet.findings.includes("_ws.malformed")) malformed.push(packet.frameNumber);
    };
    await analyzeCapture(captureFromBytes(bytes, "test"), { onPacket });
    const lines = tshark("-r", file, "-Y", "_ws.malformed && dns", "-T", "fields", "-e", "frame.number")
      .trim()
      .split("\n");
    expect(malformed).toEqual(lines.map(Number));
  });
});

describe("streams of HTTP that wait for their next request while many others come", () => {
  /** Puts talks into a capture so that each has its first frames before any has the rest. */
  function interleaved(talks: readonly TapRecord[][], first: number): TapRecord[] {
    const records = [...talks.flatMap((talk) => talk.slice(0, first)), ...talks.flatMap((talk) => talk.slice(first))];
    return records.map((record, index) => ({ ...record, time: index * 1000 }));
  }
  const MANY = 1500;
  const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
  const exchanges: readonly Turn[] = [
    { from: ">", data: request("GET", "/a") },
    { from: "<", data: `${HEAD}abc` },
    { from: ">" },
    { from: ">", data: request("HEAD", "/b") },
    { from: "<", data: HEAD },
    { from: ">", data: request("GET", "/c") },
    { from: "<", data: `${HEAD}d` },
    { from: "<", data: "ef" },
    { from: ">", fin: true },
    { from: "<", fin: true },
    { from: ">" },
  ];
  // Of these, the handshake, the first exchange and its acknowledgement come first.
  const FIRST = 6;
  const talks = Array.from({ length: MANY }, (_, index) => talkRecords(exchanges, { clientPort: 20_000 + index }));

  it("go on as if nobody else had come", async () => {
    const selected = await selectedBy(pcapOf(1, interleaved(talks, FIRST)), "http");
    // Behind the first frames of all, each talk has eight: a head over one segment, and a body over two.
    const expected = talks.flatMap((_, index) => [4, 5].map((frame) => index * FIRST + frame));
    const rest = exchanges.length + 3 - FIRST;
    for (const [index] of talks.entries()) {
      expected.push(...[1, 2, 3, 5].map((frame) => MANY * FIRST + index * rest + frame));
    }
    expect(selected).toEqual(expected);
  });

  it("and in the middle of a request or of a response, too", async () => {
    for (const first of [4, 7, 10]) {
      const apart = await selectedBy(pcapOf(1, interleaved([talks[0]!], first)), "http");
      const selected = await selectedBy(pcapOf(1, interleaved(talks, first)), "http");
      expect(selected).toHaveLength(apart.length * MANY);
    }
  });
});

describe("a message of DNS that is cut in segments", () => {
  /** The layers behind TCP of every frame with data. */
  async function layersOf(turns: readonly Turn[]): Promise<Layer[][]> {
    const layers: Layer[][] = [];
    await analyzeCapture(captureFromBytes(talk(turns, { serverPort: 53 }), "test"), {
      onPacket: (packet) => {
        if (packet.outline.payloadLength > 0) layers.push(viewFrame(packet).layers.slice(3));
      },
    });
    return layers;
  }
  const names = (layers: readonly Layer[]) => layers.map(({ name, length, memory }) => `${name} ${length} ${memory}`);

  it("is shown as a whole in the frame that ends it, beside the bytes that this one carries", async () => {
    const turns = DNS_TALKS["the end of one and the beginning of the next"]!;
    const [query, ...answers] = await layersOf(turns);
    expect(names(query!)).toEqual([`dns ${QUERY.length} frame`]);
    const [first, second, third] = [ANSWER.length, OTHER.length, ANSWER.length];
    expect(answers.map(names)).toEqual([
      ["data 20 frame"],
      [`data ${first - 20} frame`, `dns ${first} message`, `data ${60 - first} frame`],
      [`data ${second - 60 + first} frame`, `dns ${second} message`, "data 7 frame"],
      [`data ${third - 7} frame`, `dns ${third} message`],
    ]);
    const whole = answers[1]![1]!;
    expect(whole.message).toEqual(ANSWER);
    expect(whole.fields.find(({ name }) => name === "dns.length")).toMatchObject({ value: 43, start: 0, length: 2 });
    const ids = answers.map((layers) => layers.flatMap(({ fields }) => fields.filter(({ name }) => name === "dns.id")));
    expect(ids.map((fields) => fields.map(({ value }) => value))).toEqual([[], [0x1234], [0x4321], [0x1234]]);
  });

  it("is not shown again in a retransmission, and is whole where segments come in another order", async () => {
    const twice = await layersOf(pieces(ANSWER).map((turn) => ({ ...turn, twice: true })));
    expect(twice.map(names)).toEqual([[`dns ${ANSWER.length} frame`], [`data ${ANSWER.length} frame`]]);
    const [first, ...rest] = pieces(ANSWER, 20, 30);
    const late = await layersOf([{ from: ">", data: QUERY }, { ...first!, later: 2 }, ...rest]);
    expect(late.slice(1).map(names)).toEqual([
      ["data 10 frame"],
      [`data ${ANSWER.length - 30} frame`],
      ["data 20 frame", `dns ${ANSWER.length} message`],
    ]);
  });

  it("is none where a segment of it is lost, nor is what follows taken for a message of its own", async () => {
    const [first, lost, last] = pieces(ANSWER, 20, 30);
    const layers = await layersOf([
      { from: ">", data: QUERY },
      first!,
      { ...lost!, isLost: true },
      last!,
      { from: ">" },
    ]);
    expect(layers.slice(1).map(names)).toEqual([["data 20 frame"], [`data ${ANSWER.length - 30} frame`]]);
  });
});

describe("the applications of a capture", () => {
  async function protocolsOf(records: readonly TapRecord[]): Promise<{ text: string | undefined; json: unknown }> {
    const { capture } = await analyzeCapture(captureFromBytes(pcapOf(1, records), "test"));
    const text = captureRows(capture).find(([head]) => head === "Protocols")?.[1];
    return { text, json: captureJson(capture).protocols };
  }
  const datagram = (payload: Uint8Array, sourcePort: number, destinationPort: number): TapRecord => ({
    time: 0,
    bytes: encodeFrame({
      ethernet: { source: 1, destination: 2 },
      ipv4: { source: 1, destination: 2 },
      udp: { sourcePort, destinationPort },
      payload,
    }),
  });
  const segments = (data: string | Uint8Array, serverPort: number) =>
    talkRecords([{ from: ">", data }], { serverPort });
  const dhcp = join([1, 1, 6, 0], new Uint8Array(232), hex("63825363 350101 ff"));

  it("stand behind their transport, counted by the packets that carry their data", async () => {
    const records = [
      ...allTalks(),
      { time: 0, bytes: dnsDatagram(dnsResponse([ADDRESS])) },
      { time: 0, bytes: dnsDatagram(dnsResponse([]), 5353) },
      datagram(dhcp, 68, 67),
      datagram(hex("01 000001 0001 0002 abcd"), 546, 547),
      datagram(hex("00"), 5000, 6000),
    ];
    const { text, json } = await protocolsOf(records);
    expect(text).toMatch(/^TCP \d+ \(DNS 33, HTTP 26, WebSocket 5\), UDP 5 \(DNS 1, MDNS 1, DHCP 1, DHCPv6 1\)$/);
    expect(json).toMatchObject([
      {
        name: "TCP",
        applications: [
          { name: "DNS", packets: 33 },
          { name: "HTTP", packets: 26 },
          { name: "WebSocket", packets: 5 },
        ],
      },
      { name: "UDP", packets: 5, applications: expect.arrayContaining([{ name: "DHCP", packets: 1 }]) },
    ]);
  });

  it("are told by what is in the packets, on any port, and not by the port alone", async () => {
    expect((await protocolsOf(segments(request("GET", "/"), 8123))).text).toBe("TCP (HTTP 1)");
    expect((await protocolsOf(segments(hex("16030100040100000000"), 8443))).text).toBe("TCP (TLS 1)");
    expect((await protocolsOf(segments("SSH-2.0-x\r\n", 2222))).text).toBe("TCP (SSH 1)");
    expect((await protocolsOf(segments("hello\n", 80))).text).toBe("TCP");
    expect((await protocolsOf(segments("hello\n", 53))).text).toBe("TCP");
    expect((await protocolsOf(segments("hello\n", 443))).text).toBe("TCP");
    expect((await protocolsOf([datagram(Buffer.from("hello, is this a name server?"), 53, 50_000)])).text).toBe("UDP");
    expect((await protocolsOf([datagram(new Uint8Array(300), 68, 67)])).text).toBe("UDP");
  });

  it("are told in a connection that was open before the capture began", async () => {
    const turns: Turn[] = [
      { from: "<", data: "the rest of a body" },
      { from: ">", data: request("GET", "/") },
      { from: "<", data: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
    ];
    const records = talkRecords(turns, { isOpenAlready: true });
    expect((await protocolsOf(records)).text).toBe("TCP (HTTP 2)");
    expect(await selectedBy(pcapOf(1, records), "http")).toEqual([2, 3]);
  });
});

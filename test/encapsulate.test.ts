import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EncapsulateOptions, encapsulate } from "../lib/encapsulate.ts";
import { parseIpv4 } from "../lib/headers/address.ts";
import { TcpFlag } from "../lib/headers/tcp-fields.ts";
import { framesOf, temporaryFolder } from "./helpers/captures/captures.ts";
import { tcpdumpComplaints } from "./helpers/judges/tcpdump.ts";
import { isMissing } from "./helpers/judges/tools.ts";
import { complaints, followStreams, type JudgedFrame, judgedFrames } from "./helpers/judges/tshark.ts";

const START = 1_767_225_600;
const FIXTURES = ["fixtures/input.csv", "fixtures/chat.csv", "fixtures/unicode.csv"];
const folder = temporaryFolder();
let files = 0;

interface Row {
  app_protocol: string;
  src_app: string;
  dst_app: string;
  message: string;
  timestamp: string;
}

const toCsv = (rows: readonly Row[]) => {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = rows.map((row, i) =>
    [i + 1, row.app_protocol, quoted(row.src_app), quoted(row.dst_app), quoted(row.message), row.timestamp].join(","),
  );
  return `msg_id,app_protocol,src_app,dst_app,message,timestamp\n${lines.join("\n")}\n`;
};

const rowsOf = (file: string): Row[] => parse(fs.readFileSync(file), { columns: true, bom: true });

async function capture(input: string | readonly Row[], options: Partial<EncapsulateOptions> = {}) {
  const name = path.join(folder, `${++files}`);
  if (typeof input !== "string") fs.writeFileSync(`${name}.csv`, toCsv(input));
  const file = `${name}.pcap`;
  const summary = await encapsulate({
    input: typeof input === "string" ? input : `${name}.csv`,
    output: file,
    payload: "exact",
    ...options,
  });
  return { file, summary, sha256: createHash("sha256").update(fs.readFileSync(file)).digest("hex") };
}

const row = (
  source: string,
  destination: string,
  message: string,
  timestamp: number | string,
  protocol = "CHAT",
): Row => ({
  app_protocol: protocol,
  src_app: source,
  dst_app: destination,
  message,
  timestamp: String(timestamp),
});

/** Conversations in order of appearance, each with its rows: one for each unordered pair and protocol. */
function conversationsOf(rows: readonly Row[]): Row[][] {
  const byPair = new Map<string, Row[]>();
  for (const entry of rows) {
    const key = [[entry.src_app, entry.dst_app].sort().join("\n"), entry.app_protocol].join("\n");
    byPair.set(key, [...(byPair.get(key) ?? []), entry]);
  }
  return [...byPair.values()];
}

function streamsOf(frames: readonly JudgedFrame[]): JudgedFrame[][] {
  const streams: JudgedFrame[][] = [];
  for (const frame of frames) {
    streams[frame.stream] ??= [];
    streams[frame.stream]!.push(frame);
  }
  return streams;
}

/** Holds a capture against its rows with tshark's eyes: nothing to complain of, every message there, whole and on time. */
function judge(file: string, rows: readonly Row[]): void {
  expect(complaints(file)).toEqual([]);
  const streams = streamsOf(judgedFrames(file));
  const conversations = conversationsOf(rows).filter((own) => own.some(({ message }) => message !== ""));
  expect(streams).toHaveLength(conversations.length);
  const followed = followStreams(file, streams.length);
  // tshark numbers streams by their SYN; the order of first messages may differ, so each is found by its text.
  const unmatched = [...conversations];
  streams.forEach((frames, stream) => {
    const [syn, synAck, ack] = frames as [JudgedFrame, JudgedFrame, JudgedFrame];
    expect([syn.flags, synAck.flags, ack.flags]).toEqual([TcpFlag.SYN, TcpFlag.SYN | TcpFlag.ACK, TcpFlag.ACK]);
    expect([synAck.acknowledgment, ack.acknowledgment]).toEqual([
      (syn.sequence + 1) >>> 0,
      (synAck.sequence + 1) >>> 0,
    ]);
    const closing = frames.slice(-4);
    expect(closing.map(({ flags }) => flags)).toEqual([
      TcpFlag.FIN | TcpFlag.ACK,
      TcpFlag.ACK,
      TcpFlag.FIN | TcpFlag.ACK,
      TcpFlag.ACK,
    ]);
    expect(closing.map(({ source }) => source === syn.source)).toEqual([true, false, false, true]);

    const messages = messagesOf(frames);
    const expected = (own: readonly Row[]) => own.filter(({ message }) => message !== "").map(({ message }) => message);
    const index = unmatched.findIndex(
      (own) => JSON.stringify(expected(own)) === JSON.stringify(messages.map(({ text }) => text)),
    );
    expect(index, `no conversation of the input says what stream ${stream} says`).toBeGreaterThanOrEqual(0);
    const own = unmatched.splice(index, 1)[0]!.filter(({ message }) => message !== "");
    messages.forEach(({ time, fromClient }, i) => {
      expect(Number(time) - START).toBeCloseTo(Number(own[i]!.timestamp), 6);
      expect(fromClient).toBe(own[i]!.src_app === own[messages.findIndex((m) => m.fromClient)]?.src_app);
    });
    expect(followed[stream]!.toString()).toBe(expected(own).join(""));
  });
}

/** The messages of a stream: data from one PSH to the next, stamped with their first segment. */
function messagesOf(frames: readonly JudgedFrame[]): { text: string; time: string; fromClient: boolean }[] {
  const client = frames[0]!.source;
  const messages: { text: string; time: string; fromClient: boolean }[] = [];
  let parts: JudgedFrame[] = [];
  for (const frame of frames) {
    if (frame.payload.length === 0) continue;
    parts.push(frame);
    if ((frame.flags & TcpFlag.PSH) === 0) continue;
    const text = Buffer.concat(parts.map(({ payload }) => payload)).toString();
    messages.push({ text, time: parts[0]!.time, fromClient: frame.source === client });
    parts = [];
  }
  expect(parts).toEqual([]);
  return messages;
}

describe.skipIf(isMissing("tshark"))("tshark", () => {
  it.each(FIXTURES)("has nothing against %s", async (fixture) => {
    const { file } = await capture(fixture);
    judge(file, rowsOf(fixture));
  });

  it.each<[string, Partial<EncapsulateOptions>]>([
    ["raw IP", { link: "raw" }],
    ["BSD loopback", { link: "null", loopback: true }],
    ["Ethernet on 127.0.0.1", { loopback: true }],
    ["nanoseconds", { precision: "ns", roundTripTime: 1_234_567 }],
    ["a tiny MSS", { maximumSegmentSize: 7 }],
    ["segments as large as IP allows", { maximumSegmentSize: 65_495 }],
    ["a slow network", { roundTripTime: 300_000 }],
    ["no round-trip time at all", { roundTripTime: 0 }],
  ])("has nothing against %s", async (_, options) => {
    for (const fixture of FIXTURES) judge((await capture(fixture, options)).file, rowsOf(fixture));
  });

  it("has nothing against a message of 50 MB, and sees the next ones follow as soon as they can", async () => {
    const big = "0123456789abcdef".repeat((50 << 20) / 16);
    const { file, summary } = await capture([
      row("a", "b", "before", 0.1),
      row("a", "b", big, 0.2),
      row("b", "a", "after", 0.3),
      row("a", "b", "end", 90),
    ]);
    expect(complaints(file)).toEqual([]);
    const messages = messagesOf(judgedFrames(file));
    expect(messages.map(({ text }) => text.length)).toEqual([6, big.length, 5, 3]);
    expect(messages[1]!.text === big).toBe(true);
    expect(Number(messages[1]!.time) - START).toBeCloseTo(0.2, 6);
    expect(Number(messages[3]!.time) - START).toBeCloseTo(90, 6);
    expect(summary.delayedMessages).toBe(1);
  });

  it("has nothing against any table of messages", async () => {
    const names = fc.constantFrom("alice", "bob", "carol", "chat_server", "db");
    const message = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => !text.includes("\0")),
      fc.nat(9000).map((length) => "payload ".repeat(length / 8)),
    );
    const table = fc.array(
      fc.record({
        source: names,
        destination: names,
        message,
        gap: fc.nat(3000),
        protocol: fc.constantFrom("CHAT", "OTHER"),
      }),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.integer({ min: 1, max: 1460 }).map((mss) => Math.max(mss, 200)),
        fc.nat(),
        async (entries, maximumSegmentSize, seed) => {
          let time = 0;
          const rows = entries
            .filter(({ source, destination }) => source !== destination)
            .map(({ source, destination, message, gap, protocol }) => {
              time += gap;
              return row(source, destination, message, (time / 1e6).toFixed(6), protocol);
            });
          // Two conversations that say the same could not be told apart.
          const sayings = conversationsOf(rows).map((own) => own.map(({ message }) => message).join());
          fc.pre(rows.some(({ message }) => message !== "") && new Set(sayings).size === sayings.length);
          const { file, summary } = await capture(rows, { maximumSegmentSize, seed, gap: 0 });
          fc.pre(summary.delayedMessages === 0);
          judge(file, rows);
        },
      ),
      { numRuns: 20, seed: 20_261_120 },
    );
  });

  it("calls a reset a reset, and has nothing else to say", async () => {
    const { file } = await capture("fixtures/chat.csv", { close: "rst" });
    expect(complaints(file).map((line) => line.split("\t")[1])).toEqual(
      conversationsOf(rowsOf("fixtures/chat.csv")).map(() => "Connection reset (RST)"),
    );
    for (const frames of streamsOf(judgedFrames(file))) expect(frames.at(-1)!.flags).toBe(TcpFlag.RST | TcpFlag.ACK);
  });

  it("sees connections left open where nothing is to be closed", async () => {
    const { file } = await capture("fixtures/chat.csv", { close: "none" });
    expect(complaints(file)).toEqual([]);
    expect(judgedFrames(file).some(({ flags }) => (flags & (TcpFlag.FIN | TcpFlag.RST)) !== 0)).toBe(false);
  });

  it("sees idle connections closed, and new ones opened from new ports", async () => {
    const rows = [
      row("a", "b", "one", 0),
      row("c", "b", "busy", 0.1),
      row("a", "b", "two", 0.9),
      row("c", "b", "busy", 4),
      row("a", "b", "three", 10),
    ];
    const { file, summary } = await capture(rows, { idleClose: 5_000_000 });
    expect(complaints(file)).toEqual([]);
    const streams = streamsOf(judgedFrames(file));
    expect(streams.map((frames) => messagesOf(frames).map(({ text }) => text))).toEqual([
      ["one", "two"],
      ["busy", "busy"],
      ["three"],
    ]);
    expect(streams.map((frames) => frames[0]!.source)).toEqual(["10.0.0.1:49152", "10.0.0.3:49153", "10.0.0.1:49154"]);
    const firstFin = streams[0]!.find(({ flags }) => (flags & TcpFlag.FIN) !== 0)!;
    expect(Number(firstFin.time) - START).toBeCloseTo(5.9, 6);
    expect(summary.conversations.at(0)).toMatchObject({
      connections: 2,
      messages: 3,
      packets: streams[0]!.length + streams[2]!.length,
    });
  });
});

describe.skipIf(isMissing("tshark"))("tshark, of connections that are closed when idle", () => {
  const sentOf = (file: string) => judgedFrames(file).reduce((sum, { payload }) => sum + payload.length, 0);

  it.each(["fin", "rst"] as const)("sees every byte of a long message, and the close after it (%s)", async (close) => {
    const rows = [row("a", "b", "x".repeat(100_000), 0), row("a", "b", "bye", 600)];
    const { file } = await capture(rows, { close, idleClose: 100_000, roundTripTime: 2_000_000 });
    const found = complaints(file).filter((line) => !line.includes("Connection reset"));
    expect(found).toEqual([]);
    expect(sentOf(file)).toBe(100_003);
  });

  it("sees ports that the input gives used again, and only after a whole close", async () => {
    const input = path.join(folder, "given.csv");
    const big = "x".repeat(3_000_000);
    fs.writeFileSync(
      input,
      `app_protocol,src_app,dst_app,message,timestamp,src_port,dst_port\nX,a,s,${big},0,50000,80\nX,a,s,bye,20,50000,80\nX,a,s,again,500,50000,80\n`,
    );
    const { file } = await capture(input, { idleClose: 1_000_000, roundTripTime: 1_000_000 });
    expect(complaints(file).map((line) => line.split("\t")[1])).toEqual([
      expect.stringContaining("A new tcp session is started with the same ports"),
    ]);
    expect(sentOf(file)).toBe(3_000_008);
  });

  it("gives ports back, however many connections there were", async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => row("one", `peer_${i % 20_000}`, "x", i * 2));
    const { summary } = await capture(rows, { idleClose: 100_000 });
    expect(summary.conversations).toHaveLength(20_000);
    expect([...summary.conversations].every(({ connections }) => connections === 2)).toBe(true);
    expect(summary.reopenedConnections).toBe(20_000);
  });
});

describe("a segment of a packet table", () => {
  const table = (length: number) => {
    const input = path.join(folder, `segment-${++files}.csv`);
    const info = `40000 > 80 [SYN] Seq=0 Win=64240 Len=${length}`;
    fs.writeFileSync(
      input,
      `No.,Time,Source,Destination,Protocol,Length,Info\n1,0.0,10.0.0.1,10.0.0.2,TCP,74,${info}\n`,
    );
    return input;
  };

  it("is refused where no packet has room for it, and cut where the table is completed", async () => {
    // The list tells of a SYN without options, so none take room.
    await expect(capture(table(65_496))).rejects.toThrow(
      "line 2: a segment of 65496 bytes is too long, the most is 65495; split it, or have it cut with --complete.",
    );
    const { summary } = await capture(table(65_495));
    expect(summary.packets).toBe(1);
    const cut = await capture(table(65_490), { completesTables: true, maximumSegmentSize: 65_495 });
    const flags = framesOf(fs.readFileSync(cut.file)).map(({ bytes }) => bytes[47]! & TcpFlag.SYN);
    expect(flags.filter((syn) => syn !== 0)).toHaveLength(2);
  });
});

describe("two conversations", () => {
  const columns = "app_protocol,src_app,dst_app,message,timestamp,src_port,dst_port\n";
  const withPorts = async (text: string, options: Partial<EncapsulateOptions> = {}) => {
    const input = path.join(folder, `ports-${++files}.csv`);
    fs.writeFileSync(input, columns + text);
    return capture(input, options);
  };

  it("never share both sockets: a given port that was given away already is the same connection", async () => {
    const { summary } = await withPorts("HTTP,a,s,hello,0,,\nHTTP,a,s,world,0.5,49152,80\n");
    expect(summary.conversations).toHaveLength(1);
    expect(summary.conversations.at(0)).toMatchObject({ messages: 2 });
  });

  it("are one where some rows name no protocol, whatever others stand between", async () => {
    const { summary } = await withPorts(
      ",a,b,hello,0,,\nHTTP,a,b,GET /,1,,\n,a,b,again,2,,\nHTTP,b,a,200 OK,3,,\n,b,a,third,4,,\n",
    );
    expect([...summary.conversations].map(({ protocol, messages }) => [protocol, messages])).toEqual([
      ["", 3],
      ["HTTP", 2],
    ]);
    expect(JSON.parse(JSON.stringify(summary)).conversations).toHaveLength(2);
  });

  it("never run from a socket to itself", async () => {
    await expect(withPorts("HTTP,a,s,hello,0,80,80\n", { loopback: true })).rejects.toThrow(
      "line 2: both ends are 127.0.0.1 port 80; give the two different ports.",
    );
  });

  it("cannot mix addresses of two versions", async () => {
    const map = new Map([
      ["a", { address: parseIpv4("10.0.0.1") }],
      ["s", { address: 1n }],
    ]);
    await expect(withPorts("HTTP,a,s,hello,0,,\n", { map })).rejects.toThrow(
      "line 2: one side has an IPv4 address and the other an IPv6 one; give both the same version.",
    );
  });

  it("with one port given, it is a server's only where it can be no client's", async () => {
    const sides = async (text: string) => {
      const { client, server } = (await withPorts(text)).summary.conversations.at(0)!;
      return `${client.name}:${client.port} ${server.name}:${server.port}`;
    };
    expect(await sides("HTTP,browser,web_server,x,0,40000,\n")).toBe("browser:40000 web_server:80");
    expect(await sides("HTTP,x,y,x,0,40000,\n")).toBe("x:40000 y:80");
    expect(await sides("HTTP,x,y,x,0,8080,\n")).toBe("y:49152 x:8080");
    expect(await sides("HTTP,x,y,x,0,,60000\n")).toBe("y:60000 x:80");
  });
});

describe.skipIf(isMissing("tcpdump"))("tcpdump", () => {
  it.each(FIXTURES)("finds nothing incorrect in %s", async (fixture) => {
    for (const link of ["ethernet", "raw", "null"] as const) {
      expect(tcpdumpComplaints((await capture(fixture, { link })).file)).toEqual([]);
    }
  });
});

describe("a capture", () => {
  it("starts earlier where the first handshake needs it, and leaves the message times alone", async () => {
    const { file } = await capture([row("a", "b", "x", 0)]);
    const times = framesOf(fs.readFileSync(file)).map(({ time }) => time);
    expect(times).toEqual([-1100, -100, -50, 0, 1000, 1100, 2100, 2110, 2160]);
  });

  it("gives addresses and ports in order of appearance, and keeps what the user or the input settles", async () => {
    const rows = [
      row("web_server", "anna", "x", 0, "HTTP"),
      row("anna", "ben", "x", 1),
      row("ben", "web_server", "x", 2, "SMTP"),
      row("ben", "dora", "x", 2, "odd"),
    ];
    const map = new Map([["dora", { address: parseIpv4("10.0.0.2"), port: 7777 }]]);
    const { summary } = await capture(rows, { map });
    const seen = [...summary.conversations].map(({ client, server }) =>
      [client, server].map(({ name, address, port }) => `${name} ${Number(address) & 0xff} ${port}`),
    );
    expect(seen).toEqual([
      ["anna 3 49152", "web_server 1 80"],
      ["anna 3 49153", "ben 4 12345"],
      ["ben 4 49154", "web_server 1 25"],
      ["ben 4 49155", "dora 2 7777"],
    ]);
  });

  it("takes columns of addresses and ports, in which the lower port is the server's", async () => {
    const input = path.join(folder, "columns.csv");
    fs.writeFileSync(
      input,
      `dst_port,src_port,timestamp,message,dst_ip,src_ip,dst_app,src_app,app_protocol
50000,8080,0,hello,192.168.1.7,192.168.1.1,x,y,HTTP
8080,50000,1,answer,192.168.1.1,192.168.1.7,y,x,OTHER
`,
    );
    const { summary } = await capture(input);
    expect(summary.conversations).toHaveLength(1);
    expect(summary.conversations.at(0)).toMatchObject({
      client: { name: "x", address: parseIpv4("192.168.1.7"), port: 50_000 },
      server: { name: "y", address: parseIpv4("192.168.1.1"), port: 8080 },
      messages: 2,
    });
  });

  it("counts messages without bytes, and sends nothing for them", async () => {
    const { summary, file } = await capture([row("a", "b", "", 0), row("c", "d", "x", 1), row("d", "c", "", 2)]);
    expect(summary).toMatchObject({ messages: 3, emptyMessages: 2, packets: 9 });
    expect(framesOf(fs.readFileSync(file))).toHaveLength(9);
  });

  it("names row and reason where a client runs out of ports", async () => {
    const input = path.join(folder, "ports.csv");
    const rows = Array.from({ length: 64_513 }, (_, i) => `${i},P${i},one,two,x,${i / 1000}`);
    fs.writeFileSync(input, `msg_id,app_protocol,src_app,dst_app,message,timestamp\n${rows.join("\n")}\n`);
    await expect(capture(input)).rejects.toThrow(
      "line 64461: one has more open connections to one server than a host has ports; close idle ones, or use more client names.",
    );
  });

  it("is the same bytes for the same seed, everywhere", async () => {
    const hashes: Record<string, string> = {};
    for (const fixture of FIXTURES) hashes[fixture] = (await capture(fixture)).sha256;
    expect(hashes).toMatchInlineSnapshot(`
      {
        "fixtures/chat.csv": "76f8355cd0c2b5286f26dd9523ab3508986becec50bb2fd9e6ba5cd531a517d3",
        "fixtures/input.csv": "57ee1d96461f14efc47776f0f45d6b401631a56af57d2728f15e67d024749555",
        "fixtures/unicode.csv": "63090475f4d20269d958a3914e027552d0bcce1e61114523989b95154356e77b",
      }
    `);
  });

  it("differs with another seed in initial sequence numbers and first identifications, and in nothing else", async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(async (seed) => framesOf(fs.readFileSync((await capture("fixtures/input.csv", { seed })).file))),
    );
    expect(one!.length).toBe(two!.length);
    const IDENTIFICATION = [18, 20];
    const HEADER_CHECKSUM = [24, 26];
    const SEQUENCE_AND_ACKNOWLEDGMENT = [38, 46];
    const TCP_CHECKSUM = [50, 52];
    const blanked = (bytes: Uint8Array) => {
      const copy = Uint8Array.from(bytes);
      for (const [start, end] of [IDENTIFICATION, HEADER_CHECKSUM, SEQUENCE_AND_ACKNOWLEDGMENT, TCP_CHECKSUM])
        copy.fill(0, start, end);
      return Buffer.from(copy).toString("hex");
    };
    one!.forEach((frame, i) => {
      expect([frame.time, blanked(frame.bytes)]).toEqual([two![i]!.time, blanked(two![i]!.bytes)]);
    });
    expect(Buffer.from(one![0]!.bytes).equals(two![0]!.bytes)).toBe(false);
  });
});

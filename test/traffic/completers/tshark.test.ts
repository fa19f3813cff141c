import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { transportOf } from "../../../lib/csv/protocol-names.ts";
import { LinkType } from "../../../lib/headers/assigned-numbers.ts";
import { PcapWriter } from "../../../lib/pcap/pcap-writer.ts";
import { MemorySlabs } from "../../../lib/pcap/slabs.ts";
import { ALL_PROTOCOLS } from "../../../lib/traffic/completers/all-protocols.ts";
import { clientPortOf, servicePortOf, UNCLAIMED_PORT } from "../../../lib/traffic/service-ports.ts";
import { captureFile, captureOf, hostAt, temporaryFolder } from "../../helpers/captures/captures.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";
import { bytesOfText, completeAll, type Said } from "./payload-rows.ts";

const folder = temporaryFolder();
const WARNING = 6_291_456;

interface Conversation {
  readonly port: number;
  readonly rows: readonly Said[];
  readonly payloads: readonly Uint8Array[];
}

/** Each conversation on its own client port, the rows 10 ms apart. */
function tcpCapture(conversations: readonly Conversation[]): Uint8Array {
  const client = hostAt("10.0.0.1");
  const server = hostAt("10.0.0.2");
  return captureOf((session) => {
    for (const [index, { port, rows, payloads }] of conversations.entries()) {
      const conversation = session.connect({ host: client, port: 49152 + index }, { host: server, port });
      session.open(conversation, 0);
      for (const [row, payload] of payloads.entries()) {
        session.send(conversation, rows[row]?.[0] ?? "client", 10_000 * (row + 1), payload);
      }
      session.close(conversation, "client", 10_000 * (rows.length + 1));
    }
  });
}

/** Ethernet, IPv4 and UDP around one payload; the UDP checksum is left out. */
function datagram(sourcePort: number, port: number, payload: Uint8Array, isFromClient: boolean): Uint8Array {
  const frame = new Uint8Array(42 + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint8(5, 1);
  view.setUint8(11, 2);
  view.setUint16(12, 0x0800);
  view.setUint16(14, 0x4500);
  view.setUint16(16, 28 + payload.length);
  view.setUint16(22, 0x4011);
  view.setUint32(26, isFromClient ? 0x0a00_0001 : 0x0a00_0002);
  view.setUint32(30, isFromClient ? 0x0a00_0002 : 0x0a00_0001);
  let sum = 0;
  for (let offset = 14; offset < 34; offset += 2) sum += view.getUint16(offset);
  view.setUint16(24, ~((sum & 0xffff) + (sum >>> 16)));
  view.setUint16(34, sourcePort);
  view.setUint16(36, port);
  view.setUint16(38, 8 + payload.length);
  frame.set(payload, 42);
  return frame;
}

function udpCapture(conversations: readonly Conversation[], clientPort?: number): Uint8Array {
  const slabs = new MemorySlabs();
  const origin = { seconds: 1_767_225_600, ticks: 0 };
  const writer = new PcapWriter(slabs, { linkType: LinkType.ETHERNET, ticksPerSecond: 1_000_000, origin });
  let time = 0;
  for (const [index, { port, rows, payloads }] of conversations.entries()) {
    const own = clientPort ?? 51_000 + index;
    for (const [row, payload] of payloads.entries()) {
      const isFromClient = rows[row]?.[0] === "client";
      const frame = datagram(isFromClient ? own : port, isFromClient ? port : own, payload, isFromClient);
      const offset = writer.reserve(time, frame.length);
      writer.bytes.set(frame, offset);
      time += 10_000;
    }
  }
  writer.finish();
  return slabs.concat();
}

function play(protocol: string, talks: readonly (readonly Said[])[], port = servicePortOf(protocol)): string {
  const transport = transportOf(protocol);
  const conversations = talks.map((rows) => ({
    port,
    rows,
    payloads: completeAll(protocol, rows).map((row) => row.bytes),
  }));
  const capture = transport === "tcp" ? tcpCapture(conversations) : udpCapture(conversations, clientPortOf(protocol));
  return captureFile(folder, `${protocol}-${port}.pcap`, capture);
}

function complaints(file: string): string {
  const filter = `_ws.malformed || _ws.expert.severity >= ${WARNING}`;
  return tshark("-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message");
}

/** What tshark prints of the frames that it takes for the protocol, a line each. */
function dissected(file: string, filter: string, ...fields: string[]): string[] {
  const wanted = fields.flatMap((field) => ["-e", field]);
  return tshark("-r", file, "-Y", filter, "-T", "fields", ...wanted)
    .split("\n")
    .slice(0, -1);
}

const WORDS = [
  ...[
    "GET /x",
    "POST",
    "HTTP/1.1",
    "200 OK",
    "\n",
    "\\r\\n",
    "Host: a",
    "; Accept: */*",
    "Content-Length: 5",
    "{}",
    "שלום",
  ],
  ...["DATA", "QUIT", ".", "354 go", "250", "USER bob", "Query", "A", "MX", "a.example", "b.example", "1.2.3.4", "::1"],
  ...[
    "response",
    "NXDOMAIN",
    "0x1234",
    "Discover",
    "Offer",
    "Request",
    "ack",
    "release",
    "lease 60",
    "SOA",
    "TXT",
    "PTR",
  ],
];

const TALKS: readonly (readonly Said[])[] = [
  [
    ["client", "GET /index.html"],
    ["server", "200 OK (page served)"],
    ["client", "login ok"],
    ["server", "שלום עולם"],
    ["client", "POST /login user=bob"],
    ["server", "HTTP/1.1 302 Found; Location: /home"],
    ["client", "HEAD /x"],
    ["server", "HTTP/1.1 200 OK\\r\\nContent-Length: 700\\r\\n\\r\\n"],
    ["client", "GET /y HTTP/1.1"],
    ["server", "HTTP/1.1 200 OK\nContent-Length: 700\n\nabc"],
    ["client", "DELETE /y"],
    ["server", "204 No Content"],
    ["client", "😀"],
    ["server", "404"],
  ],
];

describe.skipIf(isMissing("tshark"))("tshark", () => {
  it("dissects every HTTP row as HTTP", () => {
    const file = play("HTTP", TALKS);
    expect(complaints(file)).toBe("");
    expect(dissected(file, "http.request || http.response", "frame.number")).toHaveLength(14);
    expect(dissected(file, "http.response", "http.response.code")).toEqual([
      "200",
      "200",
      "302",
      "200",
      "200",
      "204",
      "404",
    ]);
  });

  it("puts an HTTP message of several rows together", () => {
    const answer: Said[] = [
      ["server", "HTTP/1.1 200 OK"],
      ["server", "Server: a"],
      ["server", ""],
    ];
    const file = play("HTTP", [
      [
        ["client", "GET /a"],
        ...answer,
        ["server", "one "],
        ["server", "two"],
        ["client", "GET /b"],
        ["server", "200 OK"],
      ],
      [
        ["client", "GET /a"],
        ["server", "HTTP/1.1 200 OK"],
        ["server", "Content-Length: 9"],
        ["server", ""],
        ["server", "seven.."],
      ],
    ]);
    expect(complaints(file)).toBe("");
    expect(dissected(file, "http.response", "http.file_data")).toHaveLength(3);
    expect(dissected(file, "http.request", "http.request.uri")).toEqual(["/a", "/a", "/b"]);
  });

  it("sees one request where its body waited for an interim response, and methods of WebDAV", () => {
    const file = play("HTTP", [
      [
        ["client", "POST /c HTTP/1.1; Host: h; Expect: 100-continue; Content-Length: 8"],
        ["server", "100 Continue"],
        ["client", "DATA"],
        ["server", "103 Early Hints"],
        ["client", "MORE"],
        ["server", "200 OK"],
        ["client", "PROPFIND /d"],
        ["server", "HTTP/1.1 207 Multi-Status; Content-Length: 0"],
        ["client", "UNLOCK /d HTTP/1.1"],
        ["server", "204 No Content"],
      ],
    ]);
    expect(complaints(file)).toBe("");
    expect(dissected(file, "http.request", "http.request.method", "http.file_data")).toEqual([
      "POST\tDATAMORE",
      "PROPFIND\t",
      "UNLOCK\t",
    ]);
    expect(dissected(file, "http.response", "http.response.code")).toEqual(["100", "103", "200", "207", "204"]);
  });

  it("sees WebSocket after the upgrade to it, in frames of every length", () => {
    const texts = ["hello", "x".repeat(200), "שלום ".repeat(8000)];
    const file = play("HTTP", [
      [
        ["client", "GET /chat HTTP/1.1; Host: h; Connection: Upgrade; Upgrade: websocket"],
        ["server", "101 Switching Protocols"],
        ...texts.flatMap((text): Said[] => [
          ["client", text],
          ["server", text],
        ]),
      ],
    ]);
    expect(complaints(file)).toBe("");
    const lengths = texts.map((text) => bytesOfText(text).length);
    const shown = dissected(file, "websocket", "websocket.mask", "websocket.payload_length");
    expect(shown.map((line) => line.split("\t")[0])).toEqual(["1", "0", "1", "0", "1", "0"]);
    expect(
      dissected(file, "websocket.payload.text", "websocket.payload.text").map((text) => bytesOfText(text).length),
    ).toEqual(lengths.flatMap((length) => [length, length]));
  });

  it("opens HTTP on a conversation of 20,000 rows at once", () => {
    const rows = Array.from({ length: 20_000 }, (_, i): Said => (i % 2 ? ["server", "200 OK"] : ["client", "GET /x"]));
    const file = play("HTTP", [rows]);
    expect(dissected(file, "http.request || http.response", "frame.number")).toHaveLength(20_000);
  });

  it("dissects SMTP, its mail included", () => {
    const file = play("SMTP", [
      [
        ["server", "220 mail.example ready"],
        ["client", "HELO a"],
        ["server", "250 hello"],
        ["client", "MAIL FROM:<a@b.example>"],
        ["server", "250 OK"],
        ["client", "DATA"],
        ["server", "354 End with a dot"],
        ["client", "Subject: שלום\\n\\nHow are you?"],
        ["server", "250 OK"],
        ["client", "QUIT"],
        ["server", "221 Bye"],
      ],
      [
        ["client", "hello there"],
        ["server", "good day, שלום"],
      ],
    ]);
    expect(complaints(file)).toBe("");
    const commands = dissected(file, "smtp.req.command && tcp.stream == 0", "smtp.req.command");
    expect(commands).toEqual(["HELO", "MAIL", "DATA", "QUIT"]);
    expect(dissected(file, "smtp", "frame.number").length).toBeGreaterThanOrEqual(13);
  });

  it("dissects FTP", () => {
    const file = play("FTP", [
      [
        ["server", "220 ready"],
        ["client", "USER bob"],
        ["server", "331 who?"],
        ["client", "PASS שלום"],
        ["server", "230 ok"],
      ],
    ]);
    expect(complaints(file)).toBe("");
    expect(dissected(file, "ftp", "frame.number")).toHaveLength(5);
  });

  it("dissects DNS and finds the query of each response", () => {
    const file = play("DNS", [
      [
        ["client", "www.example.com"],
        ["server", "192.0.2.1"],
        ["client", "AAAA b.example"],
        ["server", "2001:db8::1"],
      ],
      [
        ["client", "Query x.example"],
        ["client", "A y.example"],
        ["server", "y.example -> 192.0.2.2"],
        ["server", "NXDOMAIN"],
      ],
      [
        ["client", "Standard query 0x1234 A a.example"],
        ["server", "Standard query response 0x1234 A a.example A 192.0.2.3"],
      ],
      [
        ["client", "Standard query 0x1234 A a.example"],
        ["server", "Response: MX a.example MX b.example"],
      ],
    ]);
    expect(complaints(file)).toBe("");
    expect(dissected(file, "dns.flags.response == 1 && dns.response_to", "dns.a")).toHaveLength(6);
  });

  it("dissects DHCP", () => {
    const file = play("DHCP", [
      [
        ["client", "DHCP Discover"],
        ["server", "Offer 192.168.1.100 from server 192.168.1.1 lease 3600"],
        ["client", "Request 192.168.1.100"],
        ["server", "ACK"],
        ["client", "Release"],
        ["client", "DHCPINFORM"],
        ["server", "NAK"],
        ["client", "decline 192.168.1.100"],
      ],
    ]);
    expect(complaints(file)).toBe("");
    expect(dissected(file, "dhcp", "dhcp.option.dhcp")).toEqual(["1", "2", "3", "5", "7", "8", "6", "4"]);
    expect(dissected(file, "dhcp.option.dhcp == 2", "dhcp.ip.your", "dhcp.option.dhcp_server_id")).toEqual([
      "192.168.1.100\t192.168.1.1",
    ]);
  });

  it.each(["HTTP", "HTTPS", "SMTP", "FTP", "CHAT", "DNS", "DHCP"])(
    "has nothing against whatever rows of %s say",
    (protocol) => {
      const words = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 6 }).map((all) => all.join(" "));
      const row = fc.tuple(fc.constantFrom("client" as const, "server" as const), words);
      const understood = row.filter(
        // A chat about HTTP that quotes a whole request is HTTP to Wireshark.
        ([, text]) =>
          !(protocol === "CHAT" && text.includes("HTTP/")) &&
          (protocol === "HTTPS" || ALL_PROTOCOLS.isUnderstood(protocol, bytesOfText(text))),
      );
      const talks = fc.sample(fc.array(understood, { minLength: 1, maxLength: 8 }), { seed: 7, numRuns: 300 });
      const file = play(protocol, talks, protocol === "HTTPS" ? UNCLAIMED_PORT : servicePortOf(protocol));
      expect(complaints(file)).toBe("");
    },
  );

  it.each(["NTP", "OTHER"])("has nothing against text that is not understood (%s)", (protocol) => {
    const texts = ["what time is it?", "שלום עולם", "x".repeat(1400), "1", "{}", "😀", "Offer", "привет мир, как дела"];
    expect(ALL_PROTOCOLS.isUnderstood("NTP", new TextEncoder().encode("what time is it?"))).toBe(false);
    const file = play(
      protocol,
      texts.map((text): Said[] => [
        ["client", text],
        ["server", text],
      ]),
      UNCLAIMED_PORT,
    );
    expect(complaints(file)).toBe("");
    expect(dissected(file, "data", "frame.number")).toHaveLength(2 * texts.length);
  });
});

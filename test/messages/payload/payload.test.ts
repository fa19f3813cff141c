import packet from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isUnderstood } from "../../../lib/messages/payload/payload.ts";
import {
  clientPortOf,
  refusesText,
  servicePortOf,
  transportOf,
  UNCLAIMED_PORT,
} from "../../../lib/messages/service-ports.ts";
import { bytesOfText, completeAll, completeTexts, type Said } from "./rows.ts";

const TEXT = "Content-Type: text/plain; charset=utf-8\r\n";

const TABLE: [protocol: string, rows: Said[], expected: string[]][] = [
  ["HTTP", [["client", "GET /x"]], ["GET /x HTTP/1.1\r\nHost: web_server\r\n\r\n"]],
  ["http/xml", [["client", "GET /x HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"]], ["GET /x HTTP/1.1\r\nHost: a\r\n\r\n"]],
  ["HTTP", [["client", "GET / HTTP/1.1; Host: a; Accept: */*"]], ["GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"]],
  ["HTTP", [["client", "GET / HTTP/1.1\nHost: a"]], ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"]],
  [
    "HTTP",
    [["client", "POST /l HTTP/1.1\nHost: a\n\nu=שלום"]],
    ["POST /l HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nu=שלום"],
  ],
  [
    "HTTP",
    [["client", "POST /l u=1"]],
    [`POST /l HTTP/1.1\r\nHost: web_server\r\n${TEXT}Content-Length: 11\r\n\r\nPOST /l u=1`],
  ],
  [
    "HTTP",
    [["client", "login ok"]],
    [`POST / HTTP/1.1\r\nHost: web_server\r\n${TEXT}Content-Length: 8\r\n\r\nlogin ok`],
  ],
  ["HTTP", [["server", "login ok"]], [`HTTP/1.1 200 OK\r\n${TEXT}Content-Length: 8\r\n\r\nlogin ok`]],
  ["HTTP", [["server", "200 OK (note)"]], ["HTTP/1.1 200 OK (note)\r\nContent-Length: 0\r\n\r\n"]],
  ["HTTP", [["server", "HTTP/1.1 200 OK, page served"]], ["HTTP/1.1 200 OK, page served\r\nContent-Length: 0\r\n\r\n"]],
  ["HTTP", [["server", "304 Not Modified"]], ["HTTP/1.1 304 Not Modified\r\n\r\n"]],
  [
    "HTTP",
    [["server", "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nabc"]],
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"],
  ],
  [
    "HTTP",
    [
      ["server", "HTTP/1.1 200 OK"],
      ["server", "Content-Length: 6"],
      ["server", ""],
      ["server", "abc"],
      ["server", "def"],
    ],
    ["HTTP/1.1 200 OK\r\n", "Content-Length: 6\r\n", "\r\n", "abc", "def"],
  ],
  [
    "HTTP",
    [
      ["server", "HTTP/1.1 200 OK"],
      ["server", ""],
      ["server", "abc"],
      ["server", "def"],
      ["client", "GET /"],
    ],
    [
      "HTTP/1.1 200 OK\r\n",
      "Transfer-Encoding: chunked\r\n\r\n",
      "3\r\nabc\r\n",
      "3\r\ndef\r\n0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: web_server\r\n\r\n",
    ],
  ],
  ["SMTP", [["client", "HELO a"]], ["HELO a\r\n"]],
  ["FTP", [["server", "220-hi\\r\\n220 there"]], ["220-hi\r\n220 there\r\n"]],
  ["CHAT", [["client", "hi"]], ["hi\n"]],
  ["TCP", [["client", "hi\\n"]], ["hi\\n"]],
  [
    "SMTP",
    [
      ["client", "DATA"],
      ["server", "354 go on"],
      ["client", "Subject: a"],
      ["client", ""],
      ["client", "text"],
      ["server", "250 OK"],
      ["client", "QUIT"],
    ],
    ["DATA\r\n", "354 go on\r\n", "Subject: a\r\n", "\r\n", "text\r\n.\r\n", "250 OK\r\n", "QUIT\r\n"],
  ],
];

describe("rows as they travel", () => {
  it.each(TABLE)("%s %j", (protocol, rows, expected) => {
    expect(completeTexts(protocol, rows)).toEqual(expected);
  });
});

const DNS_PAIRS: [query: string, answer: string, name: string, type: string, answers: unknown[]][] = [
  ["www.example.com", "1.2.3.4", "www.example.com", "A", ["1.2.3.4"]],
  ["Query a.example", "a.example -> 1.2.3.4", "a.example", "A", ["1.2.3.4"]],
  ["A a.example", "a.example: 1.2.3.4", "a.example", "A", ["1.2.3.4"]],
  ["AAAA a.example", "2001:db8::1", "a.example", "AAAA", ["2001:db8::1"]],
  ["Query: A a.example", "Response: a.example A 1.2.3.4, 1.2.3.5", "a.example", "A", ["1.2.3.4", "1.2.3.5"]],
  ["What is the IP of a.example?", "Response 1.2.3.4", "a.example", "A", ["1.2.3.4"]],
  ["Query a.example", "NXDOMAIN", "a.example", "A", []],
  [
    "Standard query 0x1234 A a.example",
    "Standard query response 0x1234 A a.example CNAME b.example A 1.2.3.4",
    "a.example",
    "A",
    ["b.example", "1.2.3.4"],
  ],
];

describe("DNS", () => {
  it.each(DNS_PAIRS)("%s / %s", (query, answer, name, type, answers) => {
    const [asked, given] = completeAll("DNS", [
      ["client", query],
      ["server", answer],
    ]).map(({ bytes }) => packet.decode(Buffer.from(bytes)));
    expect(asked).toMatchObject({ type: "query", questions: [{ name, type }] });
    expect(given).toMatchObject({ type: "response", id: asked?.id, questions: [{ name, type }] });
    expect(given?.answers?.map((record) => "data" in record && record.data)).toEqual(answers);
    if (query.includes("0x1234")) expect(asked?.id).toBe(0x1234);
  });

  it("has a length in front over TCP", () => {
    const [asked] = completeAll("DNS", [["client", "a.example"]], { transport: "tcp" });
    expect(asked?.bytes.length).toBe(2 + ((asked?.bytes[0] ?? 0) << 8) + (asked?.bytes[1] ?? 0));
  });
});

describe("DHCP", () => {
  it("is one exchange with the address it is about", () => {
    const rows: Said[] = [
      ["client", "DHCP Discover"],
      ["server", "Offer IP 192.168.1.100"],
      ["client", "REQUEST 192.168.1.100"],
      ["server", "dhcpack"],
    ];
    const all = completeAll("DHCP", rows).map(({ bytes }) => bytes);
    expect(all.map((bytes) => bytes[242])).toEqual([1, 2, 3, 5]);
    expect(new Set(all.map((bytes) => bytes.slice(4, 8).join())).size).toBe(1);
    expect([...(all[3] ?? []).slice(16, 20)]).toEqual([192, 168, 1, 100]);
    for (const bytes of all) expect(bytes.length).toBeGreaterThanOrEqual(300);
  });
});

describe("what is understood", () => {
  it.each([
    ["DNS", "www.example.com", true],
    ["DNS", "שלום", false],
    ["DNS", "see you tomorrow", false],
    ["DHCP", "I offer you 1.2.3.4", true],
    ["DHCP", "hello", false],
    ["NTP", "time?", false],
    ["HTTPS", "GET /", false],
    ["SYSLOG", "text", true],
    ["HTTP", "text", true],
    ["anything", "text", true],
  ])("%s %s: %s", (protocol, text, expected) => expect(isUnderstood(protocol, bytesOfText(text))).toBe(expected));

  it("goes by the leading word", () => {
    expect([servicePortOf("http/xml"), transportOf("Dns"), clientPortOf("dhcp")]).toEqual([80, "udp", 68]);
    expect(refusesText("tcp", UNCLAIMED_PORT) || refusesText("udp", UNCLAIMED_PORT)).toBe(false);
  });
});

const piece = fc.constantFrom(
  ...["GET /x", "200 OK", "HTTP/1.1 200 OK", "Content-Length: 5", "Transfer-Encoding: chunked", "a: b", "DATA", "."],
  ...["\n", "\r\n", "\\r\\n", "\\n", "; ", "שלום", "Query ", "a.example", "1.2.3.4", "Offer ", "0", "5\r\nhello\r\n"],
);
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
);
const anyRows = fc.array(fc.tuple(fc.constantFrom("client", "server"), anyText), { maxLength: 8 });
const PROTOCOLS = ["HTTP", "HTTPS", "SMTP", "FTP", "CHAT", "DNS", "DHCP", "NTP", "TCP"];

describe("any rows", () => {
  it("keep every line of their text, and never throw", () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROTOCOLS), anyRows, (protocol, rows) => {
        const all = completeAll(protocol, rows as Said[]);
        if (protocol === "DNS" || protocol === "DHCP") return;
        for (const [index, { bytes }] of all.entries()) {
          const sent = Buffer.from(bytes);
          const lines = (rows[index]?.[1] ?? "").split(/\r*\n|\\r\\n|\\n|\r|; |;/);
          for (const line of lines) if (!/^content-length:/i.test(line)) expect(sent.includes(line.trim())).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("are not completed twice", () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROTOCOLS), anyText, fc.boolean(), (protocol, text, isFromClient) => {
        const side = isFromClient ? "client" : "server";
        const [once] = completeAll(protocol, [[side, text]]);
        const [twice] = completeAll(protocol, [[side, ""]], { payload: once?.bytes ?? new Uint8Array() });
        expect(twice).toEqual({ bytes: once?.bytes, isCompleted: false });
      }),
      { numRuns: 2000 },
    );
  });
});

import packet from "dns-packet";
import { describe, expect, it } from "vitest";
import { transportOf } from "../../../lib/csv/protocol-names.ts";
import { ALL_PROTOCOLS } from "../../../lib/traffic/completers/all-protocols.ts";
import { clientPortOf, refusesText, servicePortOf, UNCLAIMED_PORT } from "../../../lib/traffic/service-ports.ts";
import { bytesOfText, completeAll, completeTexts, type Said } from "./payload-rows.ts";

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
  ["FTP", [["server", "220 hi\r\r"]], ["220 hi\r\n"]],
  ["HTTP", [["server", "304 Not Modified;a: b\\n"]], ["HTTP/1.1 304 Not Modified\r\na: b\r\n\r\n"]],
  ["HTTP", [["client", "GET /x;a: b\\n\\n"]], ["GET /x HTTP/1.1\r\na: b\r\nHost: web_server\r\n\r\n"]],
  ["SMTP", [["client", "HELO a\r\r\n"]], ["HELO a\r\n"]],
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

/** HTTP whose two sides take turns in the middle of a message, methods that are not the usual ones, and what follows HTTP. */
const TURNS: [about: string, rows: Said[], expected: string[]][] = [
  [
    "a body that the client keeps until it is asked for (RFC 9110, section 10.1.1)",
    [
      ["client", "POST /c HTTP/1.1\\r\\nHost: h\\r\\nExpect: 100-continue\\r\\nContent-Length: 4\\r\\n\\r\\n"],
      ["server", "HTTP/1.1 100 Continue\\r\\n\\r\\n"],
      ["client", "DATA"],
      ["server", "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"],
    ],
    [
      "POST /c HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\n",
      "DATA",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
  ],
  [
    "the same in several pieces, between several interim responses",
    [
      ["client", "PUT /f HTTP/1.1"],
      ["client", "Host: h"],
      ["client", "Content-Length: 8"],
      ["client", ""],
      ["server", "102 Processing"],
      ["server", "HTTP/1.1 100 Continue"],
      ["client", "DATA"],
      ["server", "HTTP/1.1 103 Early Hints; Link: </a>"],
      ["client", "MORE"],
      ["client", "GET / HTTP/1.1; Host: h"],
    ],
    [
      ...["PUT /f HTTP/1.1\r\n", "Host: h\r\n", "Content-Length: 8\r\n", "\r\n"],
      "HTTP/1.1 102 Processing\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\n",
      "DATA",
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
      "MORE",
      "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    ],
  ],
  [
    "an interim response line by line",
    [
      ["client", "POST /c HTTP/1.1; Host: h; Content-Length: 4"],
      ["server", "HTTP/1.1 103 Early Hints"],
      ["server", "Link: </a>"],
      ["server", ""],
      ["client", "DATA"],
    ],
    [
      "POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n",
      ...["HTTP/1.1 103 Early Hints\r\n", "Link: </a>\r\n", "\r\n"],
      "DATA",
    ],
  ],
  [
    "a body that the server asks for and whose length nobody tells",
    [
      ["client", "POST /g HTTP/1.1"],
      ["server", "HTTP/1.1 100 Continue"],
      ["client", "some text"],
    ],
    [
      "POST /g HTTP/1.1\r\nHost: web_server\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\n",
      "9\r\nsome text\r\n0\r\n\r\n",
    ],
  ],
  [
    "a body that is sent on after an early answer",
    [
      ["client", "POST /c HTTP/1.1\nHost: h\nContent-Length: 10\n\nhello"],
      ["server", "200 OK"],
      ["client", "wor"],
      ["client", "ld"],
    ],
    [
      "POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "wor",
      "ld",
    ],
  ],
  [
    "chunks of both sides in turn",
    [
      ["client", "POST /up HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n"],
      ["server", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"],
      ["client", "5\r\nhello\r\n"],
      ["server", "5\\r\\nHELLO\\r\\n"],
      ["client", "0\r\n\r\n"],
      ["server", "0\r\n\r\n"],
    ],
    [
      "POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      ...["5\r\nhello\r\n", "5\r\nHELLO\r\n", "0\r\n\r\n", "0\r\n\r\n"],
    ],
  ],
  [
    "a promise that no later row keeps",
    [
      ["client", "POST /c HTTP/1.1\nHost: h\nContent-Length: 400\n\nname=Noa"],
      ["server", "200 OK"],
      ["client", "thanks"],
    ],
    [
      "POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\nname=Noa",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      `POST / HTTP/1.1\r\nHost: web_server\r\n${TEXT}Content-Length: 6\r\n\r\nthanks`,
    ],
  ],
  [
    "lengths without a body (RFC 9110, section 8.6), also where requests are sent ahead",
    [
      ["client", "HEAD /a HTTP/1.1; Host: h"],
      ["client", "GET /b HTTP/1.1; Host: h"],
      ["client", "HEAD /c HTTP/1.1"],
      ["server", "HTTP/1.1 200 OK; Content-Length: 70"],
      ["server", "HTTP/1.1 304 Not Modified; Content-Length: 70"],
      ["server", "HTTP/1.1 200 OK; Content-Length: 70"],
      ["client", "GET /d HTTP/1.1"],
      ["server", "HTTP/1.1 204 No Content; Content-Length: 70"],
    ],
    [
      "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /b HTTP/1.1\r\nHost: h\r\n\r\n",
      "HEAD /c HTTP/1.1\r\nHost: web_server\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 70\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n",
      "GET /d HTTP/1.1\r\nHost: web_server\r\n\r\n",
      "HTTP/1.1 204 No Content\r\nContent-Length: 70\r\n\r\n",
    ],
  ],
  [
    "methods that are not the usual ones (RFC 9110, section 9.1)",
    [
      ["client", "PROPFIND /d HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"],
      ["client", "VERSION-CONTROL /d"],
      ["client", "M-SEARCH * HTTP/1.1; Host: h"],
      ["client", "get /x HTTP/1.1; Host: h"],
      ["client", "BREW coffee://pot HTTP/1.1\\r\\nHost: h\\r\\n\\r\\nnow"],
      ["client", "REPORT /d HTTP/1.1; Host: h; Content-Length: 4"],
      ["client", ""],
      ["client", "<a/>"],
    ],
    [
      "PROPFIND /d HTTP/1.1\r\nHost: h\r\n\r\n",
      "VERSION-CONTROL /d HTTP/1.1\r\nHost: web_server\r\n\r\n",
      "M-SEARCH * HTTP/1.1\r\nHost: h\r\n\r\n",
      "get /x HTTP/1.1\r\nHost: h\r\n\r\n",
      "BREW coffee://pot HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nnow",
      ...["REPORT /d HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n", "\r\n", "<a/>"],
    ],
  ],
  [
    "what follows a CONNECT that was granted",
    [
      ["client", "CONNECT a.example:443 HTTP/1.1"],
      ["server", "200 OK"],
      ["client", "anything"],
      ["server", "404"],
    ],
    ["CONNECT a.example:443 HTTP/1.1\r\nHost: web_server\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "anything", "404"],
  ],
  [
    "what follows an upgrade",
    [
      ["client", "GET /c HTTP/1.1; Host: h; Connection: Upgrade; Upgrade: other"],
      ["server", "101 Switching Protocols"],
      ["client", "anything"],
    ],
    [
      "GET /c HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n",
      "anything",
    ],
  ],
];

describe("HTTP", () => {
  it.each(TURNS)("%s", (_about, rows, expected) => {
    expect(completeTexts("HTTP", rows)).toEqual(expected);
    expect(completeTexts("HTTPS", rows)).toEqual(expected);
  });

  it.each(["THIS IS NO REQUEST", "WE SPEAK HTTP/1.1", "PLEASE READ /this HTTP", "read /this", "JOIN US"])(
    "%s is no request line",
    (text) => {
      const [sent] = completeTexts("HTTP", [["client", text]]);
      expect(sent).toBe(`POST / HTTP/1.1\r\nHost: web_server\r\n${TEXT}Content-Length: ${text.length}\r\n\r\n${text}`);
    },
  );
});

describe("rows as they travel", () => {
  it.each(["FTP", "SMTP", "HTTP"])("%s of a million carriage returns comes to an end", (protocol) => {
    const text = `${"\r".repeat(1_000_000)}a`;
    expect(completeTexts(protocol, [["server", text]]).join("").length).toBeGreaterThan(text.length);
  });

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
  ])("%s %s: %s", (protocol, text, expected) =>
    expect(ALL_PROTOCOLS.isUnderstood(protocol, bytesOfText(text))).toBe(expected),
  );

  it("goes by the leading word", () => {
    expect([servicePortOf("http/xml"), transportOf("Dns"), clientPortOf("dhcp")]).toEqual([80, "udp", 68]);
    expect(refusesText("tcp", UNCLAIMED_PORT) || refusesText("udp", UNCLAIMED_PORT)).toBe(false);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { ReadOptions } from "../../lib/csv/csv-reader.ts";
import type { Dialect } from "../../lib/csv/dialect.ts";
import { formatIp } from "../../lib/headers/address.ts";

import { errorOf, type ReadEndPoint, type ReadMessage, readWhole, toText } from "./read-csv.ts";

const folder = fileURLToPath(new URL("../../fixtures/dialects/", import.meta.url));

function shownEnd({ name, address, port }: ReadEndPoint): string {
  const shown = address === undefined ? "" : ` ${formatIp(address)}`;
  return `${name}${shown === ` ${name}` ? " (ip)" : shown}${port === undefined ? "" : ` :${port}`}`;
}

/** A message on one line: time in ms, protocol, both ends, text. */
function shown({ time, protocol, transport, source, destination, payload, isPacket, flags }: ReadMessage): string {
  const packet = isPacket ? ` [${flags?.toString(16) ?? ""}]` : "";
  const carrier = transport === undefined ? "" : ` over ${transport}`;
  return `${time / 1000} ${protocol}${carrier} ${shownEnd(source)} > ${shownEnd(destination)}${packet} ${toText(payload)}`;
}

interface Case {
  readonly lines?: readonly string[];
  readonly times?: readonly number[];
  readonly texts?: readonly string[];
  readonly ids?: readonly string[];
  readonly warnings?: readonly string[];
  readonly dialect?: Partial<Dialect>;
  readonly origin?: string;
  readonly options?: Partial<ReadOptions>;
}

const WEB_TIMES = { texts: ["GET /a", "200 OK", "GET /b"] };
const TALK = ["100 CHAT a_team > b_team one; two", "200 CHAT b_team > a_team three"];
const LAST_HEBREW = [...TALK, "300 CHAT a_team > b_team שלום"];

/** Every file in the folder that can be read, and what it gives. */
const CASES: Record<string, Case> = {
  "ports-instead-of-names.csv": {
    lines: [
      "10 HTTP port 52011 :52011 > port 80 :80 GET /menu.html",
      "42 HTTP port 80 :80 > port 52011 :52011 200 OK (menu)",
      "55 HTTP port 52012 :52012 > port 80 :80 GET /logo.png",
      "90 HTTP port 80 :80 > port 52012 :52012 200 OK (logo)",
    ],
  },
  "ports-beside-names.csv": {
    lines: [
      "100 SMTP mail_client :50100 > mail_server :25 HELO library.example",
      "150 SMTP mail_server :25 > mail_client :50100 250 library.example",
      "300 SMTP mail_client :50100 > mail_server :25 QUIT",
    ],
  },
  "names-in-port-columns.csv": {
    lines: ["500 CHAT maya > chat_server hello everybody", "520 CHAT chat_server > yossi maya: hello everybody"],
  },
  "addresses-in-name-columns.csv": {
    lines: [
      "0 HTTP 192.168.1.20 (ip) > 192.168.1.1 (ip) GET /status",
      "20 HTTP 192.168.1.1 (ip) > 192.168.1.20 (ip) 200 OK",
    ],
  },
  "addresses-in-port-columns.csv": {
    lines: [
      "0 HTTP 192.168.1.20 (ip) > 192.168.1.1 (ip) GET /status",
      "20 HTTP 192.168.1.1 (ip) > 192.168.1.20 (ip) 200 OK",
    ],
  },
  "ip-and-port.csv": {
    lines: [
      "100 HTTP 10.1.0.5 (ip) :51000 > 10.1.0.9 (ip) :8080 GET /api/items",
      "200 HTTP 10.1.0.9 (ip) :8080 > 10.1.0.5 (ip) :51000 200 OK (items)",
    ],
  },
  "ipv6.csv": {
    lines: [
      "100 HTTP 2001:db8::10 (ip) :51000 > 2001:db8::1 (ip) :80 GET /",
      "200 HTTP 2001:db8::1 (ip) :80 > 2001:db8::10 (ip) :51000 200 OK",
    ],
  },
  "capitals-and-spaces.csv": {
    lines: ["1500 HTTP Browser > Shop GET /cart", "1600 HTTP Shop > Browser 200 OK (cart)"],
  },
  "other-words.csv": {
    lines: ["0  nurse > doctor patient in room 4", "1250  doctor > nurse on my way"],
    dialect: { unknownColumns: ["Priority", "Latency_ms"] },
  },
  "any-order-and-extra-columns.csv": {
    lines: ["250 FTP ftp_client > ftp_server LIST", "500 FTP ftp_server > ftp_client 150 Here comes the listing"],
    dialect: { unknownColumns: ["priority", "length", "latency_ms"], isPacketTable: false },
  },
  "byte-order-mark-and-crlf.csv": {
    lines: ["100 HTTP browser > server GET /a", "200 HTTP server > browser 200 OK"],
  },
  "blank-lines-at-the-end.csv": {
    texts: ["ready?", "ready"],
    warnings: ["3 empty rows were skipped, the first on line 4."],
  },
  "every-other-row-empty.csv": {
    texts: ["ready?", "ready"],
    warnings: ["2 empty rows were skipped, the first on line 3."],
  },
  "ids-of-any-kind.csv": { ids: ["msg_0001", "17", "17", "90"] },
  "times-from-245.csv": { ...WEB_TIMES, times: [245_690, 245_700, 246_000] },
  "date-and-time.csv": { ...WEB_TIMES, times: [0, 1000, 3000], origin: "2025-12-20T12:00:00.000Z" },
  "date-and-time-microseconds.csv": {
    ...WEB_TIMES,
    times: [123, 123.5, 1000.001],
    origin: "2025-10-27T10:00:01.000Z",
  },
  "iso-8601.csv": { ...WEB_TIMES, times: [346.14, 400, 1000], origin: "2025-12-27T18:24:01.000Z" },
  "iso-8601-zones.csv": { ...WEB_TIMES, times: [0, 1000, 2000], origin: "2025-12-27T16:24:01.000Z" },
  "day-first.csv": {
    ...WEB_TIMES,
    times: [0, 60_000, 10_200_000],
    origin: "2026-01-20T21:10:00.000Z",
    dialect: { dateOrder: "dmy" },
    warnings: [],
  },
  "month-first.csv": {
    ...WEB_TIMES,
    times: [0, 1000, 2000],
    origin: "2026-01-20T21:10:00.000Z",
    dialect: { dateOrder: "mdy" },
    warnings: [],
  },
  "day-first-same-in-every-row.csv": {
    times: [0, 1, 2, 3, 4, 5],
    origin: "2026-01-20T21:10:00.000Z",
    warnings: ["5 rows with the same time as the one before them follow it a little later, the first on line 3."],
  },
  "date-only-same-in-every-row.csv": {
    times: [0, 1, 2, 3],
    origin: "2025-12-09T00:00:00.000Z",
    warnings: [
      "the dates can be read in two ways and were read with the day first, on line 2.",
      "3 rows with the same time as the one before them follow it a little later, the first on line 3.",
    ],
  },
  "out-of-order.csv": {
    times: [100, 200, 300, 400, 500],
    ids: ["2", "3", "1", "5", "4"],
    warnings: ["3 rows out of order were sorted by time, the first on line 3."],
  },
  "duplicate-times.csv": {
    times: [0, 1000, 1000.5, 1001, 1001.5, 2000],
    warnings: ["2 rows with the same time as the one before them follow it a little later, the first on line 4."],
  },
  "epoch-seconds.csv": { ...WEB_TIMES, times: [500, 750, 1000], origin: "2026-01-01T00:00:00.000Z" },
  "epoch-milliseconds.csv": { ...WEB_TIMES, times: [500, 750, 1000], origin: "2026-01-01T00:00:00.000Z" },
  "epoch-microseconds.csv": { ...WEB_TIMES, times: [500, 750, 1000], origin: "2026-01-01T00:00:00.000Z" },
  "date-and-time-apart.csv": {
    ...WEB_TIMES,
    times: [0, 1500, 43_200_000],
    origin: "2025-12-20T12:00:00.000Z",
    dialect: { dateOrder: "dmy", unknownColumns: [] },
    warnings: [],
  },
  "milliseconds.csv": {
    ...WEB_TIMES,
    times: [500, 750.25, 1000],
    dialect: { timeFormat: "milliseconds from the start", unknownColumns: ["latency_ms"] },
  },
  "mac-vlan-and-ttl.csv": {
    texts: ["GET /", "200 OK", "Query www.example.com", "192.0.2.80", "hello", "hello yourself", "by another way now"],
    dialect: { unknownColumns: [] },
  },
  "unit-in-brackets.csv": {
    ...WEB_TIMES,
    times: [500, 750.25, 1000],
    dialect: { timeFormat: "microseconds from the start" },
  },
  "time-of-day.csv": { times: [43_200_000, 43_200_250, 43_201_000], origin: "2026-01-01T00:00:00.000Z" },
  "past-midnight.csv": {
    times: [86_399_000, 86_399_900, 86_401_000],
    warnings: ["the clock passes midnight once, on line 4."],
  },
  "trailing-space-in-names.csv": {
    lines: ["100 HTTP client_browser > web_server GET /a", "200 HTTP web_server > client_browser 200 OK"],
  },
  "three-parties.csv": { texts: ["hi", "dana: hi", "hello dana", "eli: hello dana"] },
  "ten-in-a-chain.csv": { texts: new Array(9).fill("pass it on") },
  "unused-columns-of-one-name.csv": {
    lines: ["15 HTTP browser > server GET /a", "25 HTTP server > browser 200 OK"],
    dialect: { unknownColumns: ["delay", "note", "delay"] },
  },
  "transport-beside-protocol.csv": {
    lines: [
      "0 DNS over tcp 10.1.0.1 (ip) > 10.1.0.53 (ip) Query www.example.com",
      "100 DNS over tcp 10.1.0.53 (ip) > 10.1.0.1 (ip) 192.0.2.7",
      "1000 DNS 10.1.0.1 (ip) > 10.1.0.53 (ip) Query www.example.com",
      "1100 DNS 10.1.0.53 (ip) > 10.1.0.1 (ip) 192.0.2.7",
    ],
  },
  "server-on-the-higher-port.csv": {
    lines: [
      "1 CHAT port 5001 :5001 > port 9009 :9009 HELLO alice",
      "6 CHAT port 5002 :5002 > port 9009 :9009 HELLO bob",
      "10 CHAT port 9009 :9009 > port 5001 :5001 WELCOME alice",
      "11 CHAT port 9009 :9009 > port 5002 :5002 WELCOME bob",
      "20 CHAT port 5001 :5001 > port 9009 :9009 MSG bob hi",
    ],
  },
  "http-in-turns.csv": { ids: new Array(6).fill(""), times: [0, 100, 200, 300, 400, 500] },
  "host-names.csv": {
    lines: ["0 HTTP pc17.lab.example > www.example.com GET /", "30 HTTP www.example.com > pc17.lab.example 200 OK"],
  },
  "messages-of-all-kinds.csv": {
    texts: [
      "",
      "two spaces  ",
      "GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n",
      "GET / HTTP/1.1;Host: x;;",
      '{"type":"note","text":"hi"}',
      "two\nlines",
      "שלום עולם",
      "مرحبا",
      "你好 👋",
    ],
    warnings: [],
  },
  "stray-quotes.csv": {
    texts: ['a 5" disk', '{"type":"x"}', "right, and quoted"],
    warnings: [
      "2 cells have a quote inside but none at their start, and were taken as they stand, the first on line 2.",
    ],
  },
  "http-over-several-rows.csv": {
    texts: ["POST /form HTTP/1.1", "Content-Length: 400", "", "name=Noa", "200 OK"],
    warnings: [],
  },
  "client-port-used-again.csv": {
    lines: [
      "100 HTTP 10.2.0.5 (ip) :50000 > 10.2.0.1 (ip) :80 GET /a",
      "200 HTTP 10.2.0.1 (ip) :80 > 10.2.0.5 (ip) :50000 200 OK",
      "300 HTTP 10.2.0.5 (ip) :50000 > 10.2.0.2 (ip) :80 GET /b",
      "400 HTTP 10.2.0.2 (ip) :8080 > 10.2.0.5 (ip) :50000 200 OK",
    ],
  },
  "many-protocols.csv": {
    texts: ["GET /", "POST /soap", "hi", "raw bytes", "HELO x", "Query www.example.com", "Discover", "frame 1"],
  },
  "dns-as-text.csv": {
    lines: [
      "0 DNS pc :53001 > resolver :53 Query www.example.com",
      "20 DNS resolver :53 > pc :53001 93.184.216.34",
      "100 DNS pc :53002 > resolver :53 mail.example.com",
      "120 DNS resolver :53 > pc :53002 93.184.216.35",
      "200 DNS pc :53003 > resolver :53 Standard query 0x1234 A example.com",
    ],
  },
  "tcp-as-rows.csv": {
    texts: ["SYN", "SYN-ACK", "ACK", "GET /", "200 OK", "FIN", "FIN-ACK", "ACK", "SYN"],
    dialect: { isPacketTable: false },
  },
  "packet-table.csv": {
    lines: [
      "0 HTTP 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :80 [2] ",
      "10 HTTP 10.4.0.1 (ip) :80 > 10.4.0.5 (ip) :50002 [12] ",
      "20 HTTP 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :80 [10] ",
      `30 HTTP 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :80 [18] ${"wirewright packet 4 ".repeat(6)}`,
      "40 DNS 10.4.0.5 (ip) :50003 > 10.4.0.53 (ip) :53 [] \0\x05\x01\0\0\x01\0\0\0\0\0\0\x0dwirewright-pa\0\0\x01\0\x01",
    ],
    dialect: { isPacketTable: true, unknownColumns: ["latency_ms", "layer"] },
  },
  "packet-table-letters.csv": {
    lines: [
      "0  10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :80 [2] ",
      "10  10.4.0.1 (ip) :80 > 10.4.0.5 (ip) :50002 [12] ",
      "20  10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :80 [10] ",
      "30  10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :80 [18] GET / HTTP/1.1",
      "40  10.4.0.1 (ip) :80 > 10.4.0.5 (ip) :50002 [14] ",
    ],
  },
  "sequence-numbers.csv": {
    lines: [
      "0  over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :7000 [2] ",
      "400  over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :7000 [2] ",
      "410  over tcp 10.4.0.1 (ip) :7000 > 10.4.0.5 (ip) :50002 [12] ",
      "420  over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :7000 [10] ",
      "430  over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :7000 [18] three blind ",
      "640  over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :7000 [18] three blind ",
      "650  over tcp 10.4.0.1 (ip) :7000 > 10.4.0.5 (ip) :50002 [10] ",
      "660  over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :7000 [18] mice",
      "670  over tcp 10.4.0.1 (ip) :7000 > 10.4.0.5 (ip) :50002 [11] ",
      "680  over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :7000 [11] ",
      "690  over tcp 10.4.0.1 (ip) :7000 > 10.4.0.5 (ip) :50002 [10] ",
    ],
    dialect: { isPacketTable: true, unknownColumns: [] },
  },
  "relative-sequence-numbers.csv": {
    times: [0, 10, 20, 30, 30.1, 40, 240, 250],
    ids: ["1", "2", "3", "4", "5", "6", "7", "8"],
    dialect: { isPacketTable: true, unknownColumns: [] },
  },
  "wireshark-packet-list.csv": {
    lines: [
      "0 TCP over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :80 [2] ",
      "10 TCP over tcp 10.4.0.1 (ip) :80 > 10.4.0.5 (ip) :50002 [12] ",
      "20 TCP over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :80 [10] ",
      "30 TCP over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :80 [18] wirewright pac",
    ],
    dialect: { isPacketTable: true },
  },
  "wireshark-text-as-messages.csv": {
    lines: [
      "0 TCP over tcp 10.4.0.5 (ip) :50002 > 10.4.0.1 (ip) :80 [2] wirewright pac",
      "10 TCP over tcp 10.4.0.1 (ip) :80 > 10.4.0.5 (ip) :50002 [12] ",
    ],
  },
  "semicolons.csv": {
    lines: ["100 CHAT a_team > b_team one; two", "200 CHAT b_team > a_team three, four"],
    dialect: { delimiter: ";" },
  },
  "tabs.csv": { texts: ["one, two", "three"], dialect: { delimiter: "\t" } },
  "bars.csv": { texts: ["one, two", "three"], dialect: { delimiter: "|" } },
  "utf-16le.csv": { lines: LAST_HEBREW, dialect: { encoding: "utf-16le" } },
  "utf-16be.csv": { lines: LAST_HEBREW, dialect: { encoding: "utf-16be" } },
  "windows-1255.csv": { lines: LAST_HEBREW, options: { encoding: "windows-1255" } },
  "latin1.csv": { lines: [...TALK, "300 CHAT a_team > b_team café"], options: { encoding: "latin1" } },
  "compressed.csv.gz": { lines: TALK, dialect: { isCompressed: true } },
  "mac-line-ends.csv": { lines: TALK },
  "csv-named.py": { lines: TALK },
  "csv-named.pcapng": { lines: TALK },
};

/** The rest, and why they cannot be read. */
const REFUSED: Record<string, string> = {
  "ragged-row.csv":
    "bad.csv, line 2, column 7: the row has 7 cells and the header has 6; remove the surplus, or put the cell that holds a comma in quotes.",
  "no-header.csv":
    'bad.csv, line 1: there is no header row, the first line is "1", "HTTP", "browser", "server", "GET /a", "0.015"; add this line above it: msg_id,app_protocol,src_app,dst_app,message,timestamp.',
  "header-only.csv": "bad.csv, line 1: there is no row after the header; add a row for each message.",
  "empty.csv":
    "bad.csv: the file is empty; it needs a first line such as msg_id,app_protocol,src_app,dst_app,message,timestamp, and a row for each message.",
  "program.csv": "bad.csv: this is a Python program, not CSV; give the CSV file that it reads or writes.",
  "workbook.csv": "bad.csv: this is an Excel workbook, not CSV; save it as CSV (UTF-8).",
  "document.csv": "bad.csv: this is a Word document, not CSV; copy its table into a sheet and save that as CSV.",
  "capture.csv": "bad.csv: this is a packet capture, not CSV; give the CSV of messages that it should be made from.",
};

test("every file of the folder is here", () => {
  const files = readdirSync(folder).filter((name) => !name.startsWith("."));
  expect(files.sort()).toEqual([...Object.keys(CASES), ...Object.keys(REFUSED)].sort());
});

describe("a file as people have it", () => {
  test.each(Object.entries(CASES))("%s", async (name, expected) => {
    const bytes = new Uint8Array(readFileSync(folder + name));
    const { source, messages } = await readWhole(bytes, { gap: 1000, ...expected.options });
    if (expected.lines) expect(messages.map(shown)).toEqual(expected.lines);
    if (expected.times) expect(messages.map(({ time }) => time / 1000)).toEqual(expected.times);
    if (expected.texts) expect(messages.map(({ payload }) => toText(payload))).toEqual(expected.texts);
    if (expected.ids) expect(messages.map(({ id }) => id)).toEqual(expected.ids);
    if (expected.warnings) expect(source.warnings.map(({ text }) => text)).toEqual(expected.warnings);
    expect(source.dialect).toMatchObject(expected.dialect ?? {});
    if (expected.origin) {
      const { seconds, ticks } = source.origin ?? { seconds: 0, ticks: 0 };
      expect([new Date(seconds * 1000).toISOString(), ticks]).toEqual([expected.origin, 0]);
    }
    for (const size of [1, 7]) {
      const other = await readWhole(bytes, { gap: 1000, ...expected.options }, size);
      expect(other.messages).toEqual(messages);
      expect(other.source.warnings.map(({ text }) => text)).toEqual(source.warnings.map(({ text }) => text));
    }
  });

  test.each(Object.entries(REFUSED))("that is refused: %s", async (name, sentence) => {
    const error = await errorOf(new Uint8Array(readFileSync(folder + name)));
    expect(error.message).toBe(sentence);
  });
});

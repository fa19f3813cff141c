import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReadOptions } from "../../lib/csv/csv-reader.ts";
import { InputError } from "../../lib/csv/input-errors.ts";
import { SORT_WINDOW } from "../../lib/csv/time-order.ts";
import { openMessages } from "../../lib/traffic/message-source.ts";
import { errorOf, HEADER, inChunks, readWhole, toBytes, toText } from "./read-csv.ts";

const rowsAt = (times: readonly (string | number)[]) =>
  times.map((time, i) => `${i},CHAT,a,b,x${i},${time}\n`).join("");
const timesOf = async (times: readonly (string | number)[], options: Partial<ReadOptions> = {}) => {
  const { source, messages } = await readWhole(`${HEADER}\n${rowsAt(times)}`, { gap: 1000, ...options });
  return { origin: source.origin, ticks: messages.map(({ time }) => time), warnings: source.warnings };
};
const START = { seconds: Date.UTC(2026, 2, 1, 9) / 1000, ticks: 0 };

describe("times", () => {
  test("with a start, the first instant is moved there, whatever its place in the file", async () => {
    const { origin, ticks } = await timesOf(["2025-12-20 12:00:01.5", "2025-12-20 12:00:00.5"], { start: START });
    expect([origin, ticks]).toEqual([undefined, [0, 1_000_000]]);
  });

  test("of day count from the midnight of the start's day", async () => {
    const { origin, ticks } = await timesOf(["12:00:00", "12:00:01"], { start: START });
    expect([origin, ticks]).toEqual([undefined, [3 * 3600e6, 3 * 3600e6 + 1e6]]);
  });

  test("can be read with the month first where nothing else tells", async () => {
    const { origin } = await timesOf(["09/12/2025"], { dateOrder: "mdy" });
    expect(origin).toEqual({ seconds: Date.UTC(2025, 8, 12) / 1000, ticks: 0 });
  });

  test.each([
    [
      ["2025-12-20 12:00:00", "0.5"],
      '"0.5" is not a time; write it like "2025-12-20 12:00:00", as the file\'s other times are.',
    ],
    [
      ["20/01/2026", "01/20/2026"],
      '"01/20/2026" is not a time; write it like "20/01/2026", the day first (--date-order mdy reads it the other way), as the file\'s other times are.',
    ],
    [["12:00:00", "12:60:00"], '"12:60:00" is not a time; write it like "12:00:00", as the file\'s other times are.'],
    [
      ["2025-02-28", "2025-02-30"],
      '"2025-02-30" is not a time; write it like "2025-02-28", as the file\'s other times are.',
    ],
  ])("%j have one format a file", async (times, sentence) => {
    const error = await errorOf(`${HEADER}\n${rowsAt(times)}`);
    expect(error.message).toBe(`bad.csv, line 3, column 6 (timestamp): ${sentence}`);
  });

  test("of one row are spaced by less where the next is near, and not at all where there is no room", async () => {
    expect((await timesOf(["1", "1", "1", "1.000003"])).ticks).toEqual([1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3]);
    expect((await timesOf(["1", "1", "1", "1.000002"])).ticks).toEqual([1e6, 1e6, 1e6, 1e6 + 2]);
    expect((await timesOf(["1", "1.0", "1.00"])).ticks).toEqual([1e6, 1e6, 1e6]);
    expect((await timesOf(["1", "1"], { gap: 0 })).ticks).toEqual([1e6, 1e6]);
  });

  test("of more rows than can be looked over never run backwards", async () => {
    const { ticks, warnings } = await timesOf([...new Array(3 * SORT_WINDOW).fill("5"), "6", "7"]);
    expect(ticks.every((time, i) => i === 0 || time >= (ticks[i - 1] ?? 0))).toBe(true);
    expect(warnings.map(({ code, count }) => [code, count])).toEqual([["SPACED_ROWS", 3 * SORT_WINDOW - 1]]);
  });

  test("out of order are sorted within the window, and an error beyond", async () => {
    const times = Array.from({ length: SORT_WINDOW + 1 }, (_, i) => i + 1);
    const sorted = await timesOf([...times.slice(1), 1]);
    expect(sorted.ticks).toEqual(times.map((time) => time * 1e6));
    await expect(timesOf([0.5, ...times, 0.25])).rejects.toThrow(
      `bad.csv, line ${SORT_WINDOW + 4}, column 6 (timestamp): the time is earlier than that on line 3, too far away to be sorted in (1,000 rows, or 16 MiB of messages); sort the rows by time.`,
    );
  });

  test("in any order come out as a stable sort gives them", async () => {
    const property = fc.asyncProperty(fc.array(fc.nat(20), { minLength: 1, maxLength: 60 }), async (times) => {
      const { messages } = await readWhole(`${HEADER}\n${rowsAt(times)}`, { gap: 0 });
      const expected = times.map((time, i) => [time, i] as const).sort(([a], [b]) => a - b);
      expect(messages.map(({ time, id }) => [time / 1e6, Number(id)])).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

describe("times whose unit or date stands elsewhere", () => {
  test.each([
    ["time_ms", ["15", "25.5"], [15_000, 25_500], "milliseconds from the start"],
    ["Time (ms)", ["15", "1e3"], [15_000, 1_000_000], "milliseconds from the start"],
    ["timestampMs", ["15", "16"], [15_000, 16_000], "milliseconds from the start"],
    ["time in milliseconds", ["0.5", "1"], [500, 1000], "milliseconds from the start"],
    ["timestamp [us]", ["1500", "1600"], [1500, 1600], "microseconds from the start"],
    ["Time (µs)", ["1500", "1500.5"], [1500, 1501], "microseconds from the start"],
    ["elapsed_ns", ["1500", "2000"], [2, 2], "nanoseconds from the start"],
    ["Time (s)", ["1.5", "2"], [1_500_000, 2_000_000], "seconds from the start"],
    ["time_sec", ["1.5", "2"], [1_500_000, 2_000_000], "seconds from the start"],
    ["sent_ms", ["15", "16"], [15_000, 16_000], "milliseconds from the start"],
    ["Unix time (ms)", ["1767225600500", "1767225601000"], [500_000, 1_000_000], "milliseconds since 1970"],
    ["seconds", ["1.5", "2"], [1_500_000, 2_000_000], "seconds from the start"],
    ["epoch_ms", ["1767225600500", "1767225601500"], [500_000, 1_500_000], "milliseconds since 1970"],
    [
      "timestamp_ms",
      ["1767225600", "1767225601"],
      [1_767_225_600_000, 1_767_225_601_000],
      "milliseconds from the start",
    ],
    ["timestamp_us", ["1767225600500000", "1767225601500000"], [500_000, 1_500_000], "microseconds since 1970"],
    ["timestamp_sec", ["1767225600.5", "1767225601"], [500_000, 1_000_000], "seconds since 1970"],
    ["time_ms", ["00:00:01", "00:00:02"], [1_000_000, 2_000_000], "time of day (hours:minutes:seconds)"],
  ])("%s %j", async (name, times, ticks, format) => {
    const rows = times.map((time) => `${time},20,a,b,x\n`).join("");
    const { source, messages } = await readWhole(`${name},latency_ms,src,dst,message\n${rows}`);
    expect(messages.map(({ time }) => time)).toEqual(ticks);
    expect(source.dialect).toMatchObject({ timeFormat: format, unknownColumns: ["latency_ms"] });
  });

  test.each([
    ["date,time", ["2025-12-20,12:00:00.5", "2025-12-21,00:00:00"], [500_000, 43_200_000_000], ["date", "time"]],
    ["Time,Date", ["1:00:00 PM,20/12/2025", "1:00:01 PM,20/12/2025"], [0, 1_000_000], ["Date", "Time"]],
    ["sent_date,sent_time", ["12/20/2025,09:00", "12/20/2025,09:01"], [0, 60_000_000], ["sent_date", "sent_time"]],
    ["date,time", ["2025-12-20 00:00:00,12:00:00", "2025-12-20T00:00,12:00:01"], [0, 1_000_000], ["date", "time"]],
    [
      "date,time",
      ["2025-12-20 12:00:01,12:00:01", "2025-12-20 12:00:02,12:00:02"],
      [0, 1_000_000],
      [undefined, "date"],
    ],
    [
      "date,timestamp",
      ["2025-12-20,2025-12-21 12:00:00", "2025-12-20,2025-12-21 12:00:01"],
      [0, 1_000_000],
      [undefined, "timestamp"],
    ],
    ["date,time", ["2025-12-20,0.5", "2025-12-20,0.6"], [500_000, 600_000], [undefined, "time"]],
    ["date,time_ms", ["2025-12-20,5", "2025-12-20,6"], [5000, 6000], [undefined, "time_ms"]],
    ["date,note", ["2025-12-20,x", "2025-12-21,y"], [0, 86_400_000_000], [undefined, "date"]],
  ])("%s %j", async (names, cells, ticks, [date, time]) => {
    const { source, messages } = await readWhole(
      `${names},src,dst,message\n${cells.map((row) => `${row},a,b,x\n`).join("")}`,
    );
    expect(messages.map((message) => message.time)).toEqual(ticks);
    const { columns } = source.dialect;
    expect([columns.get("date"), columns.get("time")]).toEqual([date, time]);
  });

  test("of day with a date that the user names are joined, and told by number where names do not", async () => {
    const columns = new Map([
      ["date", "#1"],
      ["time", "#2"],
    ] as const);
    const { source, messages } = await readWhole("a,b,src,dst,message\n2025-12-20,12:00,x,y,z\n", { columns });
    expect(messages).toHaveLength(1);
    expect(source.origin).toEqual({ seconds: Date.UTC(2025, 11, 20, 12) / 1000, ticks: 0 });
  });
});

describe("columns of one name", () => {
  const twice = "message,src,dst,note,time,note,message\nfirst,a,b,1,0,2,second\n";
  test("may stand where nothing uses them", async () => {
    const { source, messages } = await readWhole("message,src,dst,note,time,note\nx,a,b,1,0,2\n");
    expect(messages.map(({ payload }) => toText(payload))).toEqual(["x"]);
    expect(source.dialect.unknownColumns).toEqual(["note", "note"]);
  });

  test.each([
    [{ ignoredColumns: ["#7"] }, "first"],
    [{ ignoredColumns: ["#1"] }, "second"],
    [{ columns: new Map([["message", "#7"]] as const) }, "second"],
  ])("can be told apart by their numbers: %o", async (options, text) => {
    const { messages } = await readWhole(twice, options);
    expect(messages.map(({ payload }) => toText(payload))).toEqual([text]);
  });

  test("are an error where one is used", async () => {
    expect(await errorOf(twice)).toMatchObject({ code: "DUPLICATE_COLUMN", column: 7, columnName: "message" });
  });
});

test("a column that is set aside is not used, whatever it is called or holds", async () => {
  const { source, messages } = await readWhole("time,src,dst,message,flags,id\n0,a,b,x,SYN,7\n", {
    ignoredColumns: ["Flags", "id"],
  });
  expect(messages).toMatchObject([{ id: "" }]);
  expect(source.dialect).toMatchObject({ isPacketTable: false, unknownColumns: ["flags", "id"] });
  const error = await errorOf("time,src,dst,message\n0,a,b,x\n", { ignoredColumns: ["when"] });
  expect(error.message).toBe(
    'bad.csv, line 1: there is no column "when", found "time", "src", "dst", "message"; say with --column which of them is to be ignored.',
  );
});

describe("columns", () => {
  test("can be said outright", async () => {
    const text = "time,who,whom,zzz\n0,a,b,hello\n";
    const columns = new Map([
      ["source", "Who"],
      ["destination", "whom"],
      ["message", "ZZZ"],
    ] as const);
    const { messages } = await readWhole(text, { columns });
    expect(messages[0]).toMatchObject({ source: { name: "a" }, destination: { name: "b" }, payload: toBytes("hello") });
    const error = await errorOf(text, { columns: new Map([["message", "Body"]]) });
    expect(error.message).toBe(
      'bad.csv, line 1: there is no column "Body", found "time", "who", "whom", "zzz"; say with --column which of them is the message.',
    );
  });

  test("of names may have ports in their cells", async () => {
    const { messages } = await readWhole("time,src,dst,msg\n0,10.0.0.5:5000,web:80,x\n");
    expect(messages[0]?.source).toEqual({ name: "10.0.0.5", address: 0x0a000005, port: 5000 });
    expect(messages[0]?.destination).toEqual({ name: "web", port: 80 });
  });

  test("of transports beside the application's protocol are heeded, but DNS stays DNS", async () => {
    const rows = ["X,UDP", "X,tcp", "HTTP,udp", "DNS,tcp", "DNS,udp", ",UDP", "X,"];
    const { messages } = await readWhole(
      `app_protocol,transport,src_app,dst_app,message,timestamp\n${rows.map((row, i) => `${row},a,b,hi,${i}\n`).join("")}`,
    );
    expect(messages.map(({ protocol }) => protocol)).toEqual(["UDP", "X", "UDP", "DNS", "DNS", "UDP", "X"]);
    const told = [undefined, undefined, undefined, "tcp", undefined, undefined, undefined];
    expect(messages.map(({ transport }) => transport)).toEqual(told);
  });

  test("of transports may hold numbers and other names for the two, and are contradicted by nothing", async () => {
    const rows = ["DNS,6", "DNS,17", "SIP,TCP/IP", "SIP,udp6", "NTP,tcp4", "SYSLOG,TCP", "DNS,", "DNS,SCTP", ",6"];
    const { messages } = await readWhole(
      `protocol,ip_proto,src,dst,message,time\n${rows.map((row, i) => `${row},a,b,hi,${i}\n`).join("")}`,
    );
    expect(messages.map(({ protocol, transport }) => `${protocol} ${transport ?? "-"}`)).toEqual([
      ...["DNS tcp", "DNS -", "SIP -", "SIP udp", "TCP -", "SYSLOG tcp", "DNS -", "DNS -", "TCP -"],
    ]);
  });

  test("may leave a name empty where there is an address", async () => {
    const { messages } = await readWhole("time,src_app,src_ip,dst_app,dst_ip,msg\n0,,10.0.0.5,web,10.0.0.1,x\n");
    expect(messages[0]?.source).toEqual({ name: "10.0.0.5", address: 0x0a000005 });
  });

  test("of applications called by small numbers are names", async () => {
    const { messages } = await readWhole("time,src_app,dst_app,msg\n0,1,2,x\n1,2,1,x\n");
    expect(messages[0]?.source).toEqual({ name: "1" });
  });

  test("cannot mix the two kinds of addresses in a row", async () => {
    const error = await errorOf("time,src_ip,dst_ip,msg\n0,10.0.0.5,::1,x\n");
    expect(error).toMatchObject({ code: "BAD_ADDRESS", line: 2, columnName: "dst_ip" });
  });
});

describe("packet tables", () => {
  const TABLE = "time,src_ip,dst_ip,protocol,flags,length\n";
  test.each([
    ["what are no flags", "0,10.0.0.1,10.0.0.2,TCP,SYNC,0\n", "BAD_FLAGS"],
    ["no length", "0,10.0.0.1,10.0.0.2,TCP,SYN,-5\n", "BAD_LENGTH"],
    ["a length beyond a packet", "0,10.0.0.1,10.0.0.2,TCP,ACK,70000\n", "BAD_LENGTH"],
  ])("with %s", async (_name, row, code) => {
    expect(await errorOf(TABLE + row)).toMatchObject({ code, line: 2 });
  });

  test("keep their times, and count only payload as length", async () => {
    const { messages } = await readWhole(
      `${TABLE}1,10.0.0.1,10.0.0.2,TCP,SYN,66\n1,10.0.0.2,10.0.0.1,TCP,PA,64\n1,10.0.0.1,10.0.0.2,UDP,,60\n`,
      { gap: 1000 },
    );
    expect(messages.map(({ time, flags, payload }) => [time, flags, payload.length])).toEqual([
      [1e6, 2, 12],
      [1e6, 0x18, 10],
      [1e6, undefined, 6],
    ]);
  });
});

describe("files", () => {
  const TEXT = `${HEADER}\n1,CHAT,a,b,hello,0.5\n`;

  test.each([1, 65_536])("compressed and cut or damaged, in chunks of %i bytes", async (size) => {
    const packed = new Uint8Array(gzipSync(TEXT.repeat(50)));
    await expect(readWhole(packed.subarray(0, packed.length - 9), {}, size)).rejects.toThrow(
      "bad.csv: the compressed file ends too early; copy or compress it again.",
    );
    packed.fill(0xff, 12, 40);
    await expect(readWhole(packed, {}, size)).rejects.toMatchObject({ code: "BAD_GZIP" });
  });

  test("that fail while they are unpacked give their own error", async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(gzipSync(TEXT)).subarray(0, 20);
      throw new RangeError("gone");
    }
    await expect(openMessages(chunks(), { file: "x", ticksPerSecond: 1_000_000 })).rejects.toThrow("gone");
  });

  test.each([
    ["%PDF-1.7\n", "this is a PDF document"],
    ["{\\rtf1 hello}", "this is a formatted document (RTF)"],
    ["<!DOCTYPE html><html>", "this is a web page or XML"],
    ['[\n  {"a": 1}\n]', "this is JSON"],
    ['{"a": 1}', "this is JSON"],
    ["import csv\n", "this is a Python program"],
    ["PK\u0003\u0004 notes.txt", "this is a ZIP archive"],
  ])("that are something else: %j", async (text, problem) => {
    expect((await errorOf(text)).message).toContain(`bad.csv: ${problem}, not CSV; `);
  });

  test("in an encoding that nobody knows", async () => {
    await expect(readWhole(TEXT, { encoding: "klingon" })).rejects.toMatchObject({ code: "BAD_OPTION" });
  });

  test("whose cells beyond the header are empty", async () => {
    const { messages, source } = await readWhole(`${HEADER}\n1,CHAT,a,b,hello,0.5,,\n`);
    expect(messages).toHaveLength(1);
    expect(source.warnings.map(({ text }) => text)).toEqual([
      "1 row has empty cells beyond the header, which were left out, on line 2.",
    ]);
  });
});

describe("properties", () => {
  const NAMES = ["msg_id", "app_protocol", "src_app", "dst_app", "message", "timestamp"];
  const text = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('"', ",", ";", "\t", "|", "\n", "é", "ש", " "), maxLength: 8 }),
  );
  const dialect = fc.record({
    delimiter: fc.constantFrom(",", ";", "\t", "|"),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    mark: fc.boolean(),
    encoding: fc.constantFrom("utf-8", "utf-16le", "utf-16be"),
    isPacked: fc.boolean(),
    order: fc.shuffledSubarray(NAMES, { minLength: NAMES.length }),
    alwaysQuoted: fc.boolean(),
    chunkSize: fc.integer({ min: 1, max: 200 }),
  });

  function encode(value: string, encoding: string): Uint8Array {
    if (encoding === "utf-8") return toBytes(value);
    const bytes = Buffer.from(value, "utf16le");
    return new Uint8Array(encoding === "utf-16be" ? bytes.swap16() : bytes);
  }

  test("a table is the same in every dialect", async () => {
    const property = fc.asyncProperty(
      fc.array(text, { minLength: 1, maxLength: 15 }),
      dialect,
      async (texts, { delimiter, lineEnd, mark, encoding, isPacked, order, alwaysQuoted, chunkSize }) => {
        const cell = (value: string) =>
          alwaysQuoted || /["\r\n]/.test(value) || value.includes(delimiter)
            ? `"${value.replaceAll('"', '""')}"`
            : value;
        const tableRows = texts.map((message, i) => [`${i}`, "CHAT", "alice", "bob", message, `${i}.25`]);
        const rows = [NAMES, ...tableRows].map((row) => order.map((name) => cell(row[NAMES.indexOf(name)] ?? "")));
        const csv = `${mark || encoding !== "utf-8" ? "\ufeff" : ""}${rows.map((row) => row.join(delimiter) + lineEnd).join("")}`;
        const bytes = encode(csv, encoding);
        const { source, messages } = await readWhole(isPacked ? new Uint8Array(gzipSync(bytes)) : bytes, {}, chunkSize);
        expect(messages.map(({ id, protocol, payload, time }) => [id, protocol, toText(payload), time])).toEqual(
          texts.map((message, i) => [`${i}`, "CHAT", message, i * 1e6 + 250_000]),
        );
        expect(source.dialect).toMatchObject({ delimiter, encoding, isCompressed: isPacked });
        expect(source.warnings).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: 400 });
  });

  test("quotes inside cells that have none at their start are text, in any chunks", async () => {
    const stray = fc.string({ unit: fc.constantFrom('"', "a", " ", "é", ";"), maxLength: 10 }).map((end) => `x${end}`);
    const property = fc.asyncProperty(
      fc.array(stray, { minLength: 1, maxLength: 20 }),
      fc.nat(40),
      async (texts, size) => {
        const csv = `${HEADER}\n${texts.map((message, i) => `"${i}",CHAT,a,b,${message},${i}\n`).join("")}`;
        const { source, messages } = await readWhole(csv, {}, size + 1);
        expect(messages.map(({ payload }) => toText(payload))).toEqual(texts);
        const count = texts.filter((message) => message.includes('"')).length;
        expect(source.warnings.map((warning) => [warning.code, warning.count])).toEqual(
          count ? [["STRAY_QUOTES", count]] : [],
        );
      },
    );
    await fc.assert(property, { numRuns: 400 });
  });

  test("any bytes, in any encoding and also when strict, give messages or an InputError", async () => {
    const start = fc.constantFrom<number[]>(
      [],
      [0xff, 0xfe],
      [0xfe, 0xff],
      [0x1f, 0x8b],
      [0x1f, 0x8b, 8, 0],
      [0x50, 0x4b, 3, 4],
    );
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc
        .constantFrom(
          ...'" , ; \t | \r \n time,src,dst,msg\n flags,length\n 2025-01-01 01/02/2025 12:00:00 1767225600 10.0.0.1 ::1 80 SYN x'.split(
            " ",
          ),
        )
        .map(toBytes),
    );
    const options = fc.record({
      encoding: fc.constantFrom("utf-8", "latin1", "windows-1255", "utf-16"),
      strict: fc.boolean(),
    });
    const property = fc.asyncProperty(
      start,
      fc.array(piece, { maxLength: 30 }),
      options,
      async (first, pieces, chosen) => {
        const bytes = Uint8Array.from([...first, ...pieces.flatMap((part) => [...part])]);
        const outcomes: unknown[] = [];
        for (const size of [1, 65_536]) {
          try {
            const { source, messages } = await readWhole(bytes, { gap: 1000, ...chosen }, size);
            outcomes.push([messages, source.warnings.map((warning) => warning.text), source.origin]);
          } catch (error) {
            if (!(error instanceof InputError) || /\p{Cc}/u.test(error.message)) throw error;
            outcomes.push(error.message);
          }
        }
        expect(outcomes[0]).toEqual(outcomes[1]);
      },
    );
    await fc.assert(property, { numRuns: 2000 });
  });

  test("the chunks are not asked for more once the reader stops", async () => {
    let isClosed = false;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      try {
        yield* inChunks(toBytes(`${HEADER}\n${rowsAt(Array.from({ length: 100_000 }, (_, i) => i))}`), 65_536);
      } finally {
        isClosed = true;
      }
    }
    const source = await openMessages(chunks(), { file: "x", ticksPerSecond: 1_000_000 });
    for await (const batch of source.batches()) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    expect(isClosed).toBe(true);
  });
});

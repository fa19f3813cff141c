import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WirewrightError } from "../lib/core/errors.ts";
import { openInput } from "../lib/csv/input.ts";
import { parseControlMessage } from "../lib/csv/tcp-flags.ts";
import { type EncapsulateOptions, encapsulate } from "../lib/encapsulate.ts";
import { decodeFrame } from "../lib/headers/frame.ts";
import { TcpFlag } from "../lib/headers/tcp-fields.ts";
import { openMessages } from "../lib/traffic/message-source.ts";

import { framesOf, temporaryFolder } from "./helpers/captures/captures.ts";
import { isMissing } from "./helpers/judges/tools.ts";
import { complaints, tshark } from "./helpers/judges/tshark.ts";

const DIALECTS = "fixtures/dialects";
const folder = temporaryFolder();

/** What cannot be read, and what is said of it. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  "capture.csv": /this is a packet capture, not CSV/,
  "document.csv": /this is a Word document, not CSV/,
  "empty.csv": /the file is empty/,
  "header-only.csv": /line 1: there is no row after the header/,
  "no-header.csv": /there is no header row/,
  "program.csv": /this is a Python program, not CSV/,
  "ragged-row.csv": /line 2, column 7: the row has 7 cells and the header has 6/,
  "workbook.csv": /this is an Excel workbook, not CSV; save it as CSV \(UTF-8\)/,
};

/** What only a flag can tell. */
const FLAGS: Readonly<Record<string, Partial<EncapsulateOptions>>> = {
  "latin1.csv": { encoding: "latin1" },
  "windows-1255.csv": { encoding: "windows-1255" },
};

/** What a table itself says, Wireshark says too: a reset, and a connection opened again on the same ports. */
const SAID_BY_THE_INPUT: Readonly<Record<string, readonly RegExp[]>> = {
  "packet-table-letters.csv": [/Connection reset/],
  "relative-sequence-numbers.csv": [/Previous segment/, /retransmission/],
  "sequence-numbers.csv": [/retransmission/, /retransmission/],
  "tcp-as-rows.csv": [/A new tcp session is started with the same ports/],
};

const readable = fs.readdirSync(DIALECTS).filter((name) => !name.startsWith(".") && REFUSED[name] === undefined);

async function capture(name: string, options: Partial<EncapsulateOptions> = {}) {
  const output = path.join(folder, `${name}-${options.payload ?? "wire"}.pcap`);
  const summary = await encapsulate({ input: path.join(DIALECTS, name), output, ...FLAGS[name], ...options });
  return { output, summary };
}

/** All payloads of a capture, in order of frames, joined within each stream. */
function payloads(file: string): Buffer {
  const fields = ["tcp.stream", "udp.stream", "tcp.payload", "udp.payload"].flatMap((field) => ["-e", field]);
  const byStream = new Map<string, string[]>();
  for (const line of tshark("-r", file, "-T", "fields", ...fields).split("\n")) {
    const [tcpStream, udpStream, tcpPayload, udpPayload] = line.split("\t");
    const key = tcpStream ? `tcp ${tcpStream}` : `udp ${udpStream}`;
    byStream.set(key, [...(byStream.get(key) ?? []), tcpPayload || udpPayload || ""]);
  }
  return Buffer.concat([...byStream.values()].map((parts) => Buffer.from(parts.join(""), "hex")));
}

async function messagesOf(name: string) {
  const input = await openInput(path.join(DIALECTS, name));
  const source = await openMessages(input.chunks, { file: name, ticksPerSecond: 1_000_000, ...FLAGS[name] });
  const messages = [];
  for await (const batch of source.batches()) messages.push(...batch);
  await input.close();
  return messages;
}

describe("CSVs as people have them", () => {
  it.each(Object.entries(REFUSED))("%s is refused in one sentence, and nothing is written", async (name, sentence) => {
    const output = path.join(folder, `${name}.pcap`);
    const error = await encapsulate({ input: path.join(DIALECTS, name), output }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WirewrightError);
    expect((error as Error).message).toMatch(sentence);
    expect((error as Error).message).not.toContain("\n");
    expect(fs.existsSync(output)).toBe(false);
  });

  it.each(readable)("%s can be checked without writing anything", async (name) => {
    const { summary } = await capture(name);
    const checked = await encapsulate({ input: path.join(DIALECTS, name), ...FLAGS[name] });
    expect(checked).toEqual(summary);
    expect(checked.dialect.join("\n")).toMatch(/^Text: .*\nColumns: /);
  });

  it.each(readable)("%s is read without warnings under --strict, or refused", async (name) => {
    const { summary } = await capture(name);
    const strict = encapsulate({ input: path.join(DIALECTS, name), ...FLAGS[name], strict: true });
    if (summary.warnings.length === 0) await expect(strict).resolves.toEqual(summary);
    else await expect(strict).rejects.toBeInstanceOf(WirewrightError);
  });
});

describe.skipIf(isMissing("tshark"))("tshark, of CSVs as people have them", () => {
  it.each(readable)("has nothing against %s but what the table says itself", async (name) => {
    const { output } = await capture(name);
    const found = complaints(output);
    const expected = SAID_BY_THE_INPUT[name] ?? [];
    expect(found).toHaveLength(expected.length);
    for (const [index, line] of found.entries()) expect(line).toMatch(expected[index]!);
  });

  it.each(readable)("finds every message of %s in its stream, byte for byte", async (name) => {
    const { output } = await capture(name, { payload: "exact" });
    const all = payloads(output);
    const messages = (await messagesOf(name)).filter(({ payload }) => parseControlMessage(payload) === undefined);
    for (const { payload, line } of messages) expect(all.includes(Buffer.from(payload)), `line ${line}`).toBe(true);
    const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
    expect(all.length).toBe(bytes);
  });

  it("dissects rows of known protocols as what they are", async () => {
    const hierarchy = (name: string, output: string) =>
      tshark("-r", output, "-q", "-z", "io,phs")
        .match(/^\s*\w[\w.-]*\s+frames:\d+/gm)
        ?.map((line) => line.trim().split(/\s+/)[0]) ?? [name];
    const { output } = await capture("many-protocols.csv");
    const layers = hierarchy("many-protocols.csv", output);
    for (const layer of ["http", "smtp", "dns", "dhcp"]) expect(layers).toContain(layer);
    const plain = tshark("-r", output, "-Y", "tcp.port == 80 && tcp.len > 0 && !http");
    expect(plain).toBe("");
  });

  it("opens a conversation of 50,000 HTTP rows within seconds", async () => {
    const input = path.join(folder, "long.csv");
    const rows = Array.from({ length: 50_000 }, (_, i) =>
      i % 2 === 0
        ? `HTTP,browser,web_server,GET /page/${i},${i / 100}`
        : `HTTP,web_server,browser,200 OK (page ${i}),${i / 100}`,
    );
    fs.writeFileSync(input, `app_protocol,src_app,dst_app,message,timestamp\n${rows.join("\n")}\n`);
    const output = path.join(folder, "long.pcap");
    const { completedMessages } = await encapsulate({ input, output });
    expect(completedMessages).toBe(50_000);
    const counted = tshark("-r", output, "-Y", "http.request || http.response", "-T", "fields", "-e", "frame.number");
    expect(counted.trim().split("\n")).toHaveLength(50_000);
  });
});

interface CapturedMessage {
  readonly time: number;
  readonly from: number;
  readonly to: number;
  text: string;
}

/** The messages of a capture by its own frames: data up to each PSH, in the order of their first segments. */
function messagesIn(file: string): CapturedMessage[] {
  const open = new Map<string, { message: CapturedMessage; parts: Uint8Array[] }>();
  const messages: CapturedMessage[] = [];
  for (const { time, bytes } of framesOf(fs.readFileSync(file), 1_000_000, 0)) {
    const { ipv4, tcp, payload } = decodeFrame(bytes, "ethernet");
    if (payload.length === 0) continue;
    const key = `${ipv4!.source} ${tcp!.sourcePort} ${ipv4!.destination} ${tcp!.destinationPort}`;
    let begun = open.get(key);
    if (begun === undefined) {
      begun = { message: { time, from: ipv4!.source, to: ipv4!.destination, text: "" }, parts: [] };
      open.set(key, begun);
      messages.push(begun.message);
    }
    begun.parts.push(payload);
    if ((tcp!.flags & TcpFlag.PSH) === 0) continue;
    begun.message.text = Buffer.concat(begun.parts).toString();
    open.delete(key);
  }
  expect(open.size).toBe(0);
  return messages;
}

const TIMES: Readonly<Record<string, (microseconds: number) => string>> = {
  seconds: (time) => (time / 1e6).toFixed(6),
  epoch: (time) => `${1_700_000_000 + Math.floor(time / 1e6)}.${String(time % 1e6).padStart(6, "0")}`,
  iso: (time) =>
    `${new Date(1_700_000_000_000 + Math.floor(time / 1e6) * 1000).toISOString().slice(0, 19)}.${String(time % 1e6).padStart(6, "0")}Z`,
};

interface TableRow {
  readonly from: string;
  readonly to: string;
  readonly message: string;
  /** Microseconds. */
  readonly time: number;
}

const anyRow = fc.record({
  from: fc.constantFrom("alice", "bob", "carol", "dan_server"),
  to: fc.constantFrom("alice", "bob", "carol", "dan_server"),
  gap: fc.integer({ min: 1, max: 5_000_000 }),
  message: fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter(isPlainText),
    fc.integer({ min: 1, max: 4000 }).map((length) => "word ".repeat(length)),
  ),
});

function isPlainText(text: string): boolean {
  return !/[\0\r\ufeff]/.test(text) && text.trim() !== "" && parseControlMessage(Buffer.from(text)) === undefined;
}

/** Rows a while apart, none from a name to itself. */
const anyTable = fc.array(anyRow, { minLength: 3, maxLength: 30 }).map((entries) => {
  let time = 0;
  return entries
    .filter(({ from, to }) => from !== to)
    .map(({ gap, ...row }): TableRow => {
      time += gap;
      return { ...row, time };
    });
});

const anyDialect = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  mark: fc.constantFrom("", "\ufeff"),
  isUtf16: fc.boolean(),
  times: fc.constantFrom(...Object.keys(TIMES)),
  order: fc.shuffledSubarray(["protocol", "Source", "destination", "Message Content", "time"], { minLength: 5 }),
});

function writeTable(
  rows: readonly TableRow[],
  dialect: typeof anyDialect extends fc.Arbitrary<infer D> ? D : never,
): Buffer {
  const { delimiter, lineEnd, mark, isUtf16, times, order } = dialect;
  const cells = (row: TableRow): Record<string, string> => ({
    protocol: "TALK",
    Source: row.from,
    destination: row.to,
    "Message Content": `"${row.message.replaceAll('"', '""')}"`,
    time: TIMES[times]!(row.time),
  });
  const lines = [order, ...rows.map((row) => order.map((column) => cells(row)[column]!))];
  const text = lines.map((line) => line.join(delimiter)).join(lineEnd);
  return isUtf16 ? Buffer.from(`\ufeff${text}`, "utf16le") : Buffer.from(mark + text);
}

/** Names have addresses in order of appearance. */
function expectedOf(rows: readonly TableRow[], start: number): CapturedMessage[] {
  const names = [...new Set(rows.flatMap(({ from, to }) => [from, to]))];
  const addressOf = (name: string) => 0x0a000001 + names.indexOf(name);
  return rows.map(({ from, to, message, time }) => ({
    time: start + time,
    from: addressOf(from),
    to: addressOf(to),
    text: message,
  }));
}

describe("any table of messages, in any dialect", () => {
  it("comes out as the same messages, in the same order, between the same hosts, at the same times", async () => {
    const input = path.join(folder, "table.csv");
    const output = path.join(folder, "table.pcap");
    await fc.assert(
      fc.asyncProperty(anyTable, anyDialect, async (rows, dialect) => {
        fc.pre(rows.length > 0);
        fs.writeFileSync(input, writeTable(rows, dialect));
        const { delayedMessages, warnings } = await encapsulate({ input, output, payload: "exact" });
        fc.pre(delayedMessages === 0);
        expect(warnings).toEqual([]);
        const start = dialect.times === "seconds" ? 1_767_225_600_000_000 : 1_700_000_000_000_000;
        expect(messagesIn(output)).toEqual(expectedOf(rows, start));
      }),
      { numRuns: 200, seed: 20_261_120 },
    );
  });
});

describe.skipIf(isMissing("tshark"))("any rows about connections, sensible or not", () => {
  const says = fc.constantFrom("SYN", "SYN-ACK", "ack", "FIN", "[FIN, ACK]", "RST", "x", "hello", "long ".repeat(800));
  const tables = fc.array(
    fc.record({
      says,
      isReply: fc.boolean(),
      port: fc.constantFrom(50_000, 50_001),
      gap: fc.constantFrom(10, 400, 1000, 50_000, 20_000_000),
    }),
    { minLength: 3, maxLength: 25 },
  );
  const findings = (file: string) =>
    complaints(file).filter((line) => !/A new tcp session is started with the same ports|Connection reset/.test(line));

  it.each(["fin", "rst", "none"] as const)(
    "give a capture without findings of another kind (close %s)",
    async (close) => {
      const input = path.join(folder, `control-${close}.csv`);
      const output = path.join(folder, `control-${close}.pcap`);
      await fc.assert(
        fc.asyncProperty(tables, async (rows) => {
          let time = 0;
          const lines = rows.map(({ says: text, isReply, port, gap }) => {
            time += gap;
            const [from, to] = isReply ? ["10.0.0.9,80", `10.0.0.1,${port}`] : [`10.0.0.1,${port}`, "10.0.0.9,80"];
            return `TCP,${from},${to},"${text}",${(time / 1e6).toFixed(6)}`;
          });
          fs.writeFileSync(input, `protocol,src_ip,src_port,dst_ip,dst_port,message,time\n${lines.join("\n")}\n`);
          await encapsulate({ input, output, close });
          expect(findings(output)).toEqual([]);
        }),
        { numRuns: 25, seed: 20_261_120 },
      );
    },
    120_000,
  );

  it("give each of many connections its own rows' times, however they are mixed", async () => {
    const steps = ["c SYN", "s SYN-ACK", "c ACK", "c hello", "s world", "c FIN", "s ACK", "s FIN", "c ACK"];
    const rows = steps.flatMap((step, at) =>
      Array.from({ length: 600 }, (_, i) => {
        const [side, text] = step.split(" ") as ["c" | "s", string];
        const [from, to] =
          side === "c" ? [`10.0.0.1,${20_000 + i}`, "10.0.0.9,80"] : ["10.0.0.9,80", `10.0.0.1,${20_000 + i}`];
        return `TCP,${from},${to},${text},${(at + i / 1000).toFixed(6)}`;
      }),
    );
    const input = path.join(folder, "many.csv");
    const output = path.join(folder, "many.pcap");
    fs.writeFileSync(input, `protocol,src_ip,src_port,dst_ip,dst_port,message,time\n${rows.join("\n")}\n`);
    const summary = await encapsulate({ input, output });
    expect(findings(output)).toEqual([]);
    // No row acknowledges the first message, and the answer to it comes late: that acknowledgement is added.
    expect(summary).toMatchObject({ packets: 600 * (steps.length + 1), repeatedRows: 0 });
    const first = tshark("-r", output, "-Y", "tcp.stream == 0", "-t", "r", "-T", "fields", "-e", "frame.time_relative");
    const seconds = first
      .trim()
      .split("\n")
      .map((time) => Math.round(Number(time)));
    expect(seconds).toEqual([0, 1, 2, 3, 3, 4, 5, 6, 7, 8]);
  });

  it.each([
    ["a second FIN", ["c,x", "c,FIN", "c,FIN"], 1],
    ["an acknowledgement of nothing", ["c,x", "c,ACK"], 1],
    ["anything after a reset", ["c,x", "s,RST", "c,FIN", "s,RST", "c,ACK"], 3],
    ["a SYN-ACK in the middle", ["c,x", "s,y", "s,SYN-ACK"], 1],
  ])("are left out and counted where they repeat: %s", async (_, rows, repeatedRows) => {
    const input = path.join(folder, "repeated.csv");
    const lines = rows.map((text, index) => {
      const [side, says] = text.split(",") as [string, string];
      return side === "c" ? `T,client,server,${says},${index}` : `T,server,client,${says},${index}`;
    });
    fs.writeFileSync(input, `app_protocol,src_app,dst_app,message,timestamp\n${lines.join("\n")}\n`);
    const output = path.join(folder, "repeated.pcap");
    expect((await encapsulate({ input, output })).repeatedRows).toBe(repeatedRows);
    expect(findings(output)).toEqual([]);
  });

  it("complete a close that was begun, and only that", async () => {
    const input = path.join(folder, "begun.csv");
    fs.writeFileSync(
      input,
      "app_protocol,src_app,dst_app,message,timestamp\nT,client,server,x,0\nT,client,server,FIN,1\nT,server,client,ACK,2\nT,client,server,late,3\n",
    );
    const output = path.join(folder, "begun.pcap");
    const summary = await encapsulate({ input, output, payload: "exact" });
    expect(findings(output)).toEqual([]);
    expect(summary.conversations.at(0)).toMatchObject({ connections: 2 });
    const fins = tshark("-r", output, "-Y", "tcp.flags.fin == 1", "-T", "fields", "-e", "tcp.stream")
      .trim()
      .split("\n");
    expect(fins.sort()).toEqual(["0", "0", "1", "1"]);
  });
});

describe("any input", () => {
  it("of random bytes is refused in a sentence or becomes a capture", async () => {
    const input = path.join(folder, "random.csv");
    const output = path.join(folder, "random.pcap");
    const header = fc.constantFrom(
      "",
      "msg_id,app_protocol,src_app,dst_app,message,timestamp\n",
      "src_ip;dst_ip;flags;time\n",
    );
    const cell = fc.oneof(
      fc.constantFrom("a", "b", "10.0.0.1", "SYN", "FIN", "ACK", "53", "DNS", "HTTP", "1.5", "2025-01-02", '"', "::1"),
      fc.string({ maxLength: 8 }),
    );
    const text = fc
      .array(
        fc.array(cell, { minLength: 5, maxLength: 7 }).map((cells) => cells.join(",")),
        { maxLength: 12 },
      )
      .map((rows) => Buffer.from(rows.join("\n")));
    const anything = fc.oneof(
      text,
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(header, anything, async (first, rest) => {
        fs.writeFileSync(input, Buffer.concat([Buffer.from(first), rest]));
        fs.rmSync(output, { force: true });
        try {
          await encapsulate({ input, output });
          expect(fs.statSync(output).size).toBeGreaterThanOrEqual(24);
        } catch (error) {
          expect(error).toBeInstanceOf(WirewrightError);
          expect(fs.existsSync(output)).toBe(false);
        }
      }),
      { numRuns: 300, seed: 20_261_120 },
    );
  });
});

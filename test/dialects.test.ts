import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EncapsulateOptions, encapsulate } from "../lib/encapsulate.ts";
import { WirewrightError } from "../lib/headers/errors.ts";
import { parseControlMessage } from "../lib/messages/control-messages.ts";
import { openMessages } from "../lib/messages/csv.ts";
import { openInput } from "../lib/messages/input.ts";
import { temporaryFolder } from "./helpers/captures.ts";
import { isMissing } from "./helpers/tools.ts";
import { complaints, tshark } from "./helpers/tshark.ts";

const DIALECTS = "fixtures/dialects";
const folder = temporaryFolder();

/** What cannot be read, and what is said of it. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  "capture.csv": /this is a packet capture, not CSV/,
  "document.csv": /this is a Word document, not CSV/,
  "empty.csv": /the file is empty/,
  "header-only.csv": /line 1: there is no row after the header/,
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
    expect(checked.understanding.join("\n")).toMatch(/^Text: .*\nColumns: /);
  });

  it.each(readable)("%s is read without repairs under --strict, or refused", async (name) => {
    const { summary } = await capture(name);
    const strict = encapsulate({ input: path.join(DIALECTS, name), ...FLAGS[name], strict: true });
    if (summary.repairs.length === 0) await expect(strict).resolves.toEqual(summary);
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
      { numRuns: 300 },
    );
  });
});

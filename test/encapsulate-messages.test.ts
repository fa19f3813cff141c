/** Captures of messages that a program has: as objects, and as tables in memory. */
import fs from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../lib/analyze-capture.ts";
import type { ReadOptions } from "../lib/csv/csv-reader.ts";
import type { Message } from "../lib/csv/message.ts";
import { encapsulate } from "../lib/encapsulate.ts";
import { encapsulateCsv, encapsulateMessages } from "../lib/encapsulate-messages.ts";
import { captureFromBytes, openCaptureBytes } from "../lib/pcap/capture-from-bytes.ts";
import type { MessageObject } from "../lib/traffic/message-objects.ts";
import { openMessages } from "../lib/traffic/message-source.ts";
import { captureFile, temporaryFolder } from "./helpers/captures/captures.ts";
import { isMissing } from "./helpers/judges/tools.ts";
import { complaints, followStreams } from "./helpers/judges/tshark.ts";

const folder = temporaryFolder();
const TEA: readonly MessageObject[] = [
  { from: "Alice", to: "web", message: "which teas?", time: 0 },
  { from: "web", to: "Alice", message: new TextEncoder().encode("oolong"), time: 0.03 },
  { from: "Alice", to: "web", message: "one, please" },
];

describe("messages that are objects", () => {
  it.skipIf(isMissing("tshark"))("become packets that tshark reads the messages of", async () => {
    const { capture, messages } = await encapsulateMessages(TEA);
    const file = captureFile(folder, "tea.pcapng", capture);
    expect(messages).toBe(3);
    expect(complaints(file)).toEqual([]);
    expect(followStreams(file, 1).map(String)).toEqual(["which teas?oolongone, please"]);
  });

  it("are what the same messages in a table are, byte by byte", async () => {
    const csv =
      "src_app,dst_app,message,timestamp\nAlice,web,which teas?,0\nweb,Alice,oolong,0.03\nAlice,web,more,0.5\n";
    const objects = [...TEA.slice(0, 2), { from: "Alice", to: "web", message: "more", time: 0.5 }];
    const [one, other] = [await encapsulateMessages(objects), await encapsulateCsv(csv)];
    expect(one.capture).toEqual(other.capture);
  });

  it("may come one by one", async () => {
    async function* said() {
      yield* TEA;
    }
    expect((await encapsulateMessages(said())).capture).toEqual((await encapsulateMessages(TEA)).capture);
  });

  it("go in the order of their times, a gap after the one before where they have none", async () => {
    const objects = [
      { from: "b", to: "a", message: "2", time: 1 },
      { from: "a", to: "b", message: "3" },
      { ...TEA[0]!, time: 0.5 },
    ];
    const times: number[] = [];
    const { capture } = await encapsulateMessages(objects, { gap: 250_000, seed: 3 });
    await analyzeCapture(captureFromBytes(capture), {
      onPacket: ({ captured, outline }) => {
        if (outline.payloadLength > 0)
          times.push(captured.nanoseconds / 1e6 + (captured.seconds - 1_767_225_600) * 1000);
      },
    });
    expect(times).toEqual([500, 1000, 1250]);
  });

  it("may have instants, of which the first second is the start", async () => {
    const at = (milliseconds: number) => new Date(Date.UTC(2026, 5, 1, 12, 0, 0, milliseconds));
    const objects = TEA.map((message, index) => ({ ...message, time: at(500 + index) }));
    const { capture: facts } = await analyzeCapture(captureFromBytes((await encapsulateMessages(objects)).capture));
    expect(facts.firstMoment!.seconds).toBe(at(0).getTime() / 1000);
  });

  it.each<[string, unknown, string]>([
    ["nobody", { to: "b" }, "from is no text; write a name or an address"],
    ["an empty name", { from: " ", to: "b" }, 'from is " "; write a name'],
    ["oneself", { from: "a", to: "a" }, '"a" is the source and the destination; give the two different names'],
    ["two kinds of addresses", { from: "10.0.0.1", to: "::1" }, "10.0.0.1 and ::1 are addresses of different kinds"],
    ["a number for a message", { from: "a", to: "b", message: 5 }, "the message is neither a text nor bytes"],
    ["a time that is none", { from: "a", to: "b", time: Number.NaN }, "the time is none; write seconds"],
    ["an instant that is none", { from: "a", to: "b", time: new Date("tea") }, "the time is none; write seconds"],
    ["times of both kinds", { from: "a", to: "b", time: new Date(0) }, "some times are seconds and some are dates"],
    ["a protocol that is no text", { from: "a", to: "b", protocol: 80 }, "the protocol is no text"],
    ["no object", "hello", "this is no object; write"],
  ])("are refused for %s", async (_, message, sentence) => {
    const made = encapsulateMessages([TEA[0]!, message as MessageObject]);
    await expect(made).rejects.toThrow(`messages, line 2: ${sentence}`);
    await expect(made).rejects.toMatchObject({ name: "InputError", line: 2 });
  });
});

describe("a table in memory", () => {
  it.each(["chat.csv", "input.csv", "dialects/compressed.csv.gz", "dialects/utf-16le.csv"])(
    "is what it is as a file, as bytes, in pieces and as text: %s",
    async (name) => {
      const output = `${folder}/${name.replaceAll("/", "-")}.pcapng`;
      await encapsulate({ input: `fixtures/${name}`, output });
      const bytes = fs.readFileSync(`fixtures/${name}`);
      const expected = fs.readFileSync(output);
      for (const form of [new Uint8Array(bytes), inPieces(bytes)]) {
        expect(Buffer.from((await encapsulateCsv(form)).capture).equals(expected)).toBe(true);
      }
      const isText = !/gz|utf/.test(name);
      if (isText) expect(Buffer.from((await encapsulateCsv(String(bytes))).capture).equals(expected)).toBe(true);
    },
  );

  it("is called what it was named where it is refused", async () => {
    await expect(encapsulateCsv("src_app,dst_app\n")).rejects.toThrow("the CSV, line 1: ");
    await expect(encapsulateCsv("src_app,dst_app\n", { name: "teas.csv" })).rejects.toThrow("teas.csv, line 1: ");
  });
});

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

describe("a packed capture in memory", () => {
  it("is read like one that is not packed", async () => {
    const { capture } = await encapsulateMessages(TEA);
    const opened = await openCaptureBytes(gzipSync(capture), "tea.pcapng.gz");
    expect([opened.isCompressed, opened.name]).toEqual([true, "tea.pcapng.gz"]);
    const { capture: facts } = await analyzeCapture(opened);
    expect(facts.packets).toBe((await analyzeCapture(captureFromBytes(capture))).capture.packets);
  });

  it("may have several members, one behind the other", async () => {
    const { capture } = await encapsulateMessages(TEA);
    const members = [capture.subarray(0, 500), capture.subarray(500)].map((part) => gzipSync(part));
    const { capture: facts } = await analyzeCapture(await openCaptureBytes(Buffer.concat(members)));
    expect(facts.wireBytes).toBe((await analyzeCapture(captureFromBytes(capture))).capture.wireBytes);
  });

  it("that ends too early gives what there is, and says so", async () => {
    const many = Array.from({ length: 3000 }, (_, index) => ({ from: "a", to: "b", message: `cup ${index * 7919}` }));
    const packed = gzipSync((await encapsulateMessages(many)).capture);
    const opened = await openCaptureBytes(packed.subarray(0, packed.length - 100), "cut");
    const { capture: facts } = await analyzeCapture(opened);
    expect(facts.packets).toBeGreaterThan(100);
    expect(facts.warnings.join()).toContain("the compressed file ends too early");
  });

  it("of which nothing can be unpacked is refused", async () => {
    const nothing = Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2);
    await expect(openCaptureBytes(nothing, "bad.gz")).rejects.toMatchObject({ code: "BAD_GZIP" });
  });
});

describe("messages of a table that was opened", () => {
  const options = { file: "chat.csv", ticksPerSecond: 1_000_000 } as const;
  const opened = (more: Partial<ReadOptions> = {}) =>
    openMessages(inPieces(fs.readFileSync("fixtures/chat.csv")), { ...options, ...more });

  it("become the capture that the table itself becomes", async () => {
    const table = await opened();
    expect(table.dialect.columns.size).toBeGreaterThan(3);
    const made = await encapsulateMessages(table);
    const whole = await encapsulateCsv(fs.readFileSync("fixtures/chat.csv"));
    expect(Buffer.compare(made.capture, whole.capture)).toBe(0);
    expect({ ...made, conversations: [...made.conversations] }).toEqual({
      ...whole,
      conversations: [...whole.conversations],
    });
  });

  it("may be fewer than the table has", async () => {
    const table = await opened();
    const [{ source: speaker }] = (await firstOf((await opened()).batches())) as [Message];
    const fewer = {
      ...table,
      async *batches() {
        for await (const batch of table.batches()) yield batch.filter(({ source }) => source.name === speaker.name);
      },
    };
    const { messages } = await encapsulateMessages(fewer);
    expect(messages).toBeGreaterThan(0);
    expect(messages).toBeLessThan((await encapsulateMessages(await opened())).messages);
  });

  it("count in the ticks that the table was opened with", async () => {
    const table = await opened({ ticksPerSecond: 1_000_000_000 });
    const { capture } = await encapsulateMessages(table, { format: "pcap" });
    expect(captureFromBytes(capture).interfaces[0]?.ticksPerSecond).toBe(1_000_000_000);
    await expect(encapsulateMessages(await opened(), { precision: "ns" })).rejects.toThrow(
      "The capture is to count in nanoseconds, and the times of chat.csv were read in microseconds; open it with",
    );
  });

  it("name the line of what cannot be sent", async () => {
    const csv = `from,to,protocol,message,time\na,b,UDP,${"x".repeat(70_000)},0\n`;
    const table = await openMessages(inPieces(new TextEncoder().encode(csv)), { ...options, file: "long.csv" });
    await expect(encapsulateMessages(table)).rejects.toThrow("long.csv, line 2");
  });
});

async function firstOf<Item>(items: AsyncIterable<Item>): Promise<Item | undefined> {
  for await (const item of items) return item;
  return undefined;
}

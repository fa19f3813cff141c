import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EncapsulateOptions, encapsulate } from "../lib/encapsulate.ts";
import { LinkType } from "../lib/headers/assigned-numbers.ts";
import { formatOfName } from "../lib/pcap/capture-file.ts";
import { PcapngWriter } from "../lib/pcap/pcapng-writer.ts";
import { MemorySlabs } from "../lib/pcap/slabs.ts";
import { framesOf, temporaryFolder } from "./helpers/captures/captures.ts";
import { isMissing } from "./helpers/judges/tools.ts";
import { complaints, tshark } from "./helpers/judges/tshark.ts";

const START_SECONDS = 1_767_225_600;
const START_MICROSECONDS = BigInt(START_SECONDS) * 1_000_000n;
const FIXTURES = fs
  .readdirSync("fixtures")
  .filter((name) => name.endsWith(".csv"))
  .map((name) => `fixtures/${name}`);
const folder = temporaryFolder();
let files = 0;

async function capture(input: string, options: Partial<EncapsulateOptions> = {}, ending = "pcapng"): Promise<string> {
  const output = path.join(folder, `${++files}.${ending}`);
  await encapsulate({ input, output, ...options });
  return output;
}

function csv(content: string): string {
  const file = path.join(folder, `${++files}.csv`);
  fs.writeFileSync(file, content);
  return file;
}

interface NotedFrame {
  readonly time: number;
  readonly bytes: Uint8Array;
  readonly comments: readonly string[];
  readonly flags: number | undefined;
}

/** The frames of a capture of ours with what is said about them; times in microseconds since the start. */
function notedFramesOf(capture: Uint8Array): NotedFrame[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.byteLength);
  const frames: NotedFrame[] = [];
  for (let block = 0; block < capture.length; block += view.getUint32(block + 4, true)) {
    if (view.getUint32(block, true) !== 6) continue;
    const ticks = (BigInt(view.getUint32(block + 12, true)) << 32n) | BigInt(view.getUint32(block + 16, true));
    const length = view.getUint32(block + 20, true);
    const comments: string[] = [];
    let flags: number | undefined;
    for (let option = block + 28 + ((length + 3) & ~3); view.getUint16(option, true) !== 0; ) {
      const size = view.getUint16(option + 2, true);
      const value = capture.subarray(option + 4, option + 4 + size);
      if (view.getUint16(option, true) === 1) comments.push(new TextDecoder("utf-8", { fatal: true }).decode(value));
      else flags = view.getUint32(option + 4, true);
      option += 4 + ((size + 3) & ~3);
    }
    const bytes = capture.subarray(block + 28, block + 28 + length);
    frames.push({ time: Number(ticks - START_MICROSECONDS), bytes, comments, flags });
  }
  return frames;
}

const commentsOf = (file: string) => notedFramesOf(fs.readFileSync(file)).map(({ comments }) => comments.join(" | "));

describe("a pcapng of messages", () => {
  it.each(FIXTURES)("has the frames and times of the pcap, a remark on each and its direction: %s", async (fixture) => {
    const plain = framesOf(fs.readFileSync(await capture(fixture, {}, "pcap")));
    const noted = notedFramesOf(fs.readFileSync(await capture(fixture)));
    expect(noted.map(({ time }) => time)).toEqual(plain.map(({ time }) => time));
    noted.forEach(({ bytes, comments, flags }, index) => {
      expect(Buffer.compare(bytes, plain[index]!.bytes)).toBe(0);
      expect(comments).toHaveLength(1);
      expect([1, 2]).toContain(flags);
    });
  });

  it("written again from what was read of it is the same file", async () => {
    const bytes = fs.readFileSync(await capture("fixtures/input.csv"));
    const slabs = new MemorySlabs();
    const writer = new PcapngWriter(slabs, {
      interfaces: [{ linkType: LinkType.ETHERNET, ticksPerSecond: 1_000_000, name: "wirewright" }],
      origin: { seconds: 0, ticks: 0 },
    });
    for (const { time, bytes: frame, comments, flags } of notedFramesOf(bytes)) {
      writer.notes.comments = comments;
      writer.notes.direction = flags === 1 ? "inbound" : "outbound";
      const second = Math.floor(time / 1_000_000);
      const offset = writer.reserveAt(START_SECONDS + second, time - second * 1_000_000, frame.length);
      writer.bytes.set(frame, offset);
    }
    writer.finish();
    expect(Buffer.compare(slabs.concat(), bytes)).toBe(0);
  });

  it("is the same bytes for the same input, everywhere", async () => {
    const bytes = fs.readFileSync(await capture("fixtures/input.csv"));
    expect(createHash("sha256").update(bytes).digest("hex")).toMatchInlineSnapshot(
      `"351dfb5c8f1c7f6e41db4191a78f885f7a7a3e1a1c496d50aa904ae4701b1e82"`,
    );
  });

  it("says what each frame is", async () => {
    const frames = notedFramesOf(fs.readFileSync(await capture("fixtures/input.csv")));
    // The first connection: the client's port is 49152.
    const first = frames.filter(({ bytes }) => [34, 36].some((at) => bytes[at] === 0xc0 && bytes[at + 1] === 0));
    const arrow = (flags: number | undefined) => (flags === 2 ? ">" : "<");
    expect(first.map(({ flags, comments }) => `${arrow(flags)} ${comments}`)).toMatchInlineSnapshot(`
      [
        "> SYN: client_browser opens",
        "< SYN, ACK: web_server accepts",
        "> ACK: the connection is open",
        "> msg 1",
        "< ACK: web_server has received msg 1",
        "< msg 2",
        "> ACK: client_browser has received msg 2",
        "> msg 4",
        "< ACK: web_server has received msg 4",
        "< msg 6, segment 1 of 3",
        "< msg 6, segment 2 of 3",
        "< msg 6, segment 3 of 3",
        "> ACK: client_browser has received part of msg 6",
        "> ACK: client_browser has received msg 6",
        "> msg 8",
        "< ACK: web_server has received msg 8",
        "< msg 10",
        "> ACK: client_browser has received msg 10",
        "> msg 13",
        "< ACK: web_server has received msg 13",
        "< msg 14",
        "> ACK: client_browser has received msg 14",
        "> FIN, ACK: client_browser has nothing more to send",
        "< ACK: web_server has received the FIN",
        "< FIN, ACK: web_server has nothing more to send",
        "> ACK: client_browser has received the FIN",
      ]
    `);
  });

  it("calls messages by their place where the input has no names for them", async () => {
    const input = csv("app_protocol,src_app,dst_app,message,timestamp\nX,a,s,hello,0\nX,s,a,hi,1\n");
    expect((await commentsOf(await capture(input))).filter((text) => text.startsWith("msg"))).toEqual([
      "msg 1",
      "msg 2",
    ]);
  });

  it("speaks of rows that say single segments, and of datagrams", async () => {
    const comments = commentsOf(await capture("fixtures/dialects/tcp-as-rows.csv"));
    expect(comments.slice(0, 3)).toEqual([
      expect.stringMatching(/^SYN: .* opens$/),
      expect.stringMatching(/^SYN, ACK: .* accepts$/),
      "ACK: the connection is open",
    ]);
    const input = csv(`msg_id,app_protocol,src_app,dst_app,message,timestamp\nq7,UDP,a,s,${"x".repeat(2000)},0\n`);
    expect(commentsOf(await capture(input))).toEqual(["msg q7, fragment 1 of 2", "msg q7, fragment 2 of 2"]);
  });

  it("is made where the name or the option asks for it", async () => {
    expect(["a.pcapng", "A.PCAPNG", "a.ntar", "a.pcap", "a.cap", "pcapng", "-", ""].map(formatOfName)).toEqual([
      ...["pcapng", "pcapng", "pcapng"],
      ...["pcap", "pcap", "pcap", "pcap", "pcap"],
    ]);
    const magicOf = async (ending: string, options: Partial<EncapsulateOptions>) =>
      fs
        .readFileSync(await capture("fixtures/chat.csv", options, ending))
        .readUInt32BE(0)
        .toString(16);
    expect(await magicOf("pcap", { format: "pcapng" })).toBe("a0d0d0a");
    expect(await magicOf("pcapng", { format: "pcap" })).toBe("d4c3b2a1");
  });

  it("carries no control code in its comments, whatever the input says", async () => {
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: 80 }).map((any) => `x${any}y`);
    const quoted = (cell: string) => `"${cell.replaceAll("\0", "").replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(text, text, text, async (id, source, destination) => {
        fc.pre(source.trim() !== destination.trim());
        const cells = [id, "OTHER", `${source}1`, `${destination}2`, "hello", "0"].map(quoted).join(",");
        const input = csv(`msg_id,app_protocol,src_app,dst_app,message,timestamp\n${cells}\n`);
        for (const comment of commentsOf(await capture(input))) {
          expect(comment).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
          expect(Array.from(comment).length).toBeLessThan(200);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe.skipIf(isMissing("tshark"))("tshark, of a pcapng of messages", () => {
  it.each(FIXTURES)("has nothing against it, and reads every comment: %s", async (fixture) => {
    const file = await capture(fixture, { precision: "ns" });
    expect(complaints(file)).toEqual([]);
    const read = tshark("-r", file, "-T", "fields", "-e", "frame.comment").split("\n").slice(0, -1);
    expect(read).toEqual(commentsOf(file));
  });
});

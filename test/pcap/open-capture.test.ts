import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it, test } from "vitest";
import { captureFromBytes, openCaptureBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { openCapture } from "../../lib/pcap/open-capture.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import {
  ascii,
  copyOf,
  FRAME,
  joined,
  little,
  MICROSECONDS,
  type PacketCopy,
  packetsOf,
  pcapHeader,
  pcapRecord,
  SECONDS,
} from "./capture-bytes.ts";

const folder = temporaryFolder();
const fileOf = (name: string, bytes: Uint8Array) => captureFile(folder, name, bytes);

const PCAP = joined(pcapHeader(), ...Array.from({ length: 3 }, (_, i) => pcapRecord([SECONDS + i, 0, 60, 60])));
const PCAPNG = joined(
  little.section(joined(little.option(1, "about all"), little.option(0, ""))),
  little.interface(),
  little.enhanced(MICROSECONDS),
  little.enhanced(MICROSECONDS + 1n),
);

async function readFile(
  file: string,
): Promise<{ packets: PacketCopy[]; capture: Awaited<ReturnType<typeof openCapture>> }> {
  const capture = await openCapture(file);
  const packets: PacketCopy[] = [];
  do {
    while (capture.next()) packets.push(copyOf(capture.packet));
  } while (await capture.more());
  await capture.close();
  return { packets, capture };
}

/** More than a few chunks, with frames of all lengths, so that many straddle. */
function largeCapture(count: number): Uint8Array {
  const frame = new Uint8Array(1500).map((_, index) => index * 7);
  const records = Array.from({ length: count }, (_, index) => {
    const length = (index * 37) % 1500;
    return pcapRecord([SECONDS + index, index % 1_000_000, length, length], frame.subarray(0, length));
  });
  return joined(pcapHeader(), ...records);
}

const LARGE = largeCapture(7000);

describe("a capture file", () => {
  test.each([
    ["pcap", PCAP, 3],
    ["pcapng", PCAPNG, 2],
  ] as const)("is known by its first bytes: %s", async (format, bytes, count) => {
    const file = fileOf(`${format}.txt`, bytes);
    const { packets, capture } = await readFile(file);
    expect(packets).toHaveLength(count);
    expect(capture).toMatchObject({ name: file, format, isCompressed: false, size: bytes.length, warnings: [] });
    expect(capture.bytesRead).toBe(bytes.length);
    expect(capture.comments).toEqual(format === "pcapng" ? ["about all"] : []);
    expect(packets).toEqual(await packetsOf(bytes));
  });

  it("is the same packed, in one member or several", async () => {
    const whole = await packetsOf(PCAP);
    const once = gzipSync(PCAP);
    const { packets, capture } = await readFile(fileOf("once.pcap.gz", once));
    expect(packets).toEqual(whole);
    expect(capture).toMatchObject({ isCompressed: true, size: once.length, bytesRead: once.length, warnings: [] });
    const twice = joined(gzipSync(PCAP.subarray(0, 50)), gzipSync(PCAP.subarray(50)));
    expect((await readFile(fileOf("twice.pcap.gz", twice))).packets).toEqual(whole);
    const trailed = joined(once, new Uint8Array(100_000));
    expect((await readFile(fileOf("trailed.pcap.gz", trailed))).packets).toEqual(whole);
  });

  it("is read in chunks into memory that is used again", async () => {
    const whole = await packetsOf(LARGE);
    expect((await readFile(fileOf("large.pcap", LARGE))).packets).toEqual(whole);
    expect((await readFile(fileOf("large.pcap.gz", gzipSync(LARGE)))).packets).toEqual(whole);
  });

  it("gives what comes before a packed file ends too early, and one warning", async () => {
    const packed = gzipSync(LARGE);
    for (const missing of [1, 9, packed.length >> 1]) {
      const { packets, capture } = await readFile(fileOf("cut.gz", packed.subarray(0, packed.length - missing)));
      expect(packets.length).toBeGreaterThan(missing < 10 ? 6999 : 100);
      expect(capture.warnings).toEqual([expect.stringContaining(": the compressed file ends too early; reading")]);
    }
    const damaged = new Uint8Array(packed);
    damaged.fill(0xff, packed.length >> 1, (packed.length >> 1) + 1000);
    const { packets, capture } = await readFile(fileOf("damaged.gz", damaged));
    expect(packets.length).toBeGreaterThan(100);
    expect(capture.warnings).toHaveLength(1);
  });

  it("need not be read to its end", async () => {
    const capture = await openCapture(fileOf("large.pcap", LARGE));
    expect(capture.next()).toBe(true);
    await capture.close();
    const packed = await openCapture(fileOf("large.pcap.gz", gzipSync(LARGE)));
    await packed.more();
    await packed.close();
  });

  it("may be cut off in the middle", async () => {
    const file = fileOf("cut.pcap", PCAP.subarray(0, -1));
    const { packets, capture } = await readFile(file);
    expect(packets).toHaveLength(2);
    expect(capture.warnings).toEqual([
      `${file}, byte 176: the file is cut off within the record that begins there; reading stopped after 2 packets.`,
    ]);
    expect(await capture.more()).toBe(false);
  });
});

describe("standard input", () => {
  const lib = (name: string) => JSON.stringify(fileURLToPath(new URL(`../../lib/pcap/${name}`, import.meta.url)));
  const program = `
    import { openCapture } from ${lib("open-capture.ts")};
    const capture = await openCapture("-");
    do { while (capture.next()); } while (await capture.more());
    await capture.close();
    console.log(capture.name, capture.format, capture.packet.number, capture.warnings.length);
  `;

  test.each([PCAP, gzipSync(PCAP)])("is read to its end", async (bytes) => {
    const args = ["--import", "tsx", "--input-type=module", "--eval", program];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    child.stdin.write(bytes.subarray(0, 3));
    setTimeout(() => child.stdin.end(bytes.subarray(3)), 50);
    await new Promise((resolve) => child.on("close", resolve));
    expect(text).toBe("standard input pcap 3 0\n");
  });
});

describe("what is no capture", () => {
  const WORKBOOK = ascii("PK\u0003\u0004................xl/workbook.xml");
  const CSV = "to make a capture of messages, use encapsulate";
  const GIVE = "give a pcap or pcapng file";
  test.each<[name: string, bytes: Uint8Array, code: string, sentence: string]>([
    ["empty", ascii(""), "EMPTY_INPUT", "the file is empty; record it again"],
    ["empty.gz", gzipSync(""), "EMPTY_INPUT", "the file is empty; record it again"],
    ["short", PCAP.subarray(0, 20), "TRUNCATED", "the file is cut off within its header; copy or record it again"],
    [
      "cut.gz",
      gzipSync(PCAP).subarray(0, 12),
      "BAD_GZIP",
      "the compressed file ends too early; copy or compress it again",
    ],
    ["csv", ascii("a,b,c,d\n1,2,3,4\n"), "NOT_A_CAPTURE", `this is CSV, not a packet capture; ${CSV}`],
    ["text", ascii("hello there\n"), "NOT_A_CAPTURE", `this is text, not a packet capture; ${GIVE}; ${CSV}`],
    ["json", ascii('{"a": 1}'), "NOT_A_CAPTURE", `this is JSON, not a packet capture; ${GIVE}`],
    ["pdf", ascii("%PDF-1.7"), "NOT_A_CAPTURE", `this is a PDF document, not a packet capture; ${GIVE}`],
    ["xlsx", WORKBOOK, "NOT_A_CAPTURE", `this is an Excel workbook, not a packet capture; save it as CSV, and ${CSV}`],
    [
      "zip",
      ascii("PK\u0003\u0004a"),
      "NOT_A_CAPTURE",
      "this is a ZIP archive, not a packet capture; unpack it and give the capture in it",
    ],
    [
      "snoop",
      ascii("snoop\0\0\0\0\0\0\u0002"),
      "NOT_A_CAPTURE",
      "this is a snoop capture, not pcap or pcapng; convert it with editcap, which comes with Wireshark",
    ],
    [
      "netmon",
      ascii("GMBU\0\u0002"),
      "NOT_A_CAPTURE",
      "this is a capture of Microsoft Network Monitor, not pcap or pcapng; convert it with editcap, which comes with Wireshark",
    ],
    [
      "zst",
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0),
      "NOT_A_CAPTURE",
      "this is compressed with Zstandard; unpack it with zstd -d first",
    ],
    [
      "noise",
      Uint8Array.from({ length: 100 }, (_, i) => (i * 151) % 256),
      "NOT_A_CAPTURE",
      `this is no packet capture of a kind that is known; ${GIVE}`,
    ],
  ])("%s", async (name, bytes, code, sentence) => {
    const file = fileOf(name, bytes);
    const error = await openCapture(file).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "CaptureError", code, file });
    const [, told] = /^.*?(?:, byte \d+)?: (.*)\.$/.exec(error.message.slice(file.length)) ?? [];
    expect(told).toBe(sentence);
    // The same file in memory is called the same.
    await expect(openCaptureBytes(bytes, file)).rejects.toThrow(error);
  });

  it("is not there, or a folder", async () => {
    const missing = path.join(folder, "missing.pcap");
    await expect(openCapture(missing)).rejects.toMatchObject({
      code: "NO_SUCH_INPUT",
      message: `${missing}: there is no such file; check the path.`,
    });
    await expect(openCapture(folder)).rejects.toMatchObject({
      code: "INPUT_IS_FOLDER",
      message: `${folder}: this is a folder; give the capture file in it.`,
    });
  });

  it("is in memory", () => {
    expect(() => captureFromBytes(ascii("hello"), "x")).toThrow(
      "x, byte 0: this is text, not a packet capture; give a pcap",
    );
    expect(() => captureFromBytes(gzipSync(PCAP), "x")).toThrow(
      "x, byte 0: this is compressed with gzip; unpack it with gunzip first.",
    );
    expect(() => captureFromBytes(ascii(""), "x")).toThrow("x: the file is empty; record it again.");
    expect(() => captureFromBytes(PCAP.subarray(0, 9), "x")).toThrow(
      "x, byte 9: the file is cut off within its header",
    );
  });
});

it("reads real files as they are on the disk", async () => {
  const file = path.join(folder, "again.pcap");
  writeFileSync(file, joined(pcapHeader(), pcapRecord([SECONDS, 0, 60, 60], FRAME)));
  expect((await readFile(file)).packets).toEqual(await packetsOf(readFileSync(file)));
});

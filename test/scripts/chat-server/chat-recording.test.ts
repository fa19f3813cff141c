import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { quoteLines } from "../../../scripts/chat-server/chat-recording.ts";
import { sizeFlag } from "../../../scripts/shared/flag-values.ts";
import { Peer } from "../../chat/peer.ts";
import { temporaryFolder } from "../../helpers/captures/captures.ts";
import { Chance } from "../../helpers/captures/chance.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { complaints } from "../../helpers/judges/tshark.ts";
import { PATIENCE } from "../../helpers/programs/patience.ts";
import { runScript, runShell } from "../../helpers/programs/run-script.ts";
import { commentsOf, readRecording } from "../../live/record/recorder-scene.ts";
import { Running } from "../running-server.ts";

const lacksTshark = isMissing("tshark");
const folder = temporaryFolder();
let files = 0;
const newFile = () => path.join(folder, `${++files}.pcapng`);
/** So that a test can say much at once. */
const UNHURRIED = ["--flood-burst", "0", "--flood-rate", "0"];

describe("a server that records", () => {
  test("leaves a whole capture, over an older file and into a folder that was not there", async () => {
    const older = newFile();
    writeFileSync(older, "x".repeat(100_000));
    for (const file of [older, path.join(folder, "new/folder/chat.pcapng")]) {
      const server = await Running.start(["--record", file]);
      const alice = await Peer.named(server.port, "Alice");
      alice.line("list");
      await alice.next();
      expect(await server.stop()).toBe(0);
      expect(server.errors).toBe("");
      const { streams, findings, warnings } = await readRecording(file);
      expect({ findings, warnings }).toEqual({ findings: 0, warnings: [] });
      expect(streams).toMatchObject([{ client: "Alice\nlist\n", close: "fin" }]);
    }
  });

  test("has a capture from the start on, and leaves an older one as it was if it cannot start", async () => {
    const file = newFile();
    const server = await Running.start(["--record", file]);
    await expect.poll(() => readFileSync(file).length).toBeGreaterThan(0);
    expect(await readRecording(file)).toMatchObject({ packets: 0, warnings: [] });
    writeFileSync(`${file}.old.pcapng`, "older");
    for (const name of [`${file}.old.pcapng`, `${file}.new.pcapng`]) {
      const { code, stderr } = await runScript("chat-server", ["--port", `${server.port}`, "--record", name]);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("is in use") });
    }
    expect(readFileSync(`${file}.old.pcapng`, "utf8")).toBe("older");
    expect(existsSync(`${file}.new.pcapng`)).toBe(false);
    await server.stop();
  });

  test("writes the last moments down when it is told to leave at once", async () => {
    const file = newFile();
    const server = await Running.start(["--record", file, ...UNHURRIED, "--hard-output-queue", "0"]);
    const alice = await Peer.named(server.port, "Alice");
    const bob = await Peer.named(server.port, "Bob");
    // He takes nothing, so that the server has to wait for him.
    bob.socket.pause();
    for (let count = 0; count < 4; count++) alice.send(`Bob: ${"x".repeat(4000)}\n`.repeat(1000));
    alice.line("list");
    await alice.next();
    server.child.kill("SIGINT");
    expect((await alice.all()).at(-1)).toBe("Connection closed: the server is stopping.");
    // One that came sooner would be the echo of the first.
    await sleep(700);
    server.child.kill("SIGINT");
    expect(await server.closed).toBe(130);
    bob.socket.destroy();
    const { streams, warnings } = await readRecording(file);
    expect(warnings).toEqual([]);
    expect(streams[0]!.client).toMatch(/^Alice\nBob: x/);
    expect(streams[0]!.server).toContain("the server is stopping");
  });

  test("goes on without a recording when the disk is full, says so in one sentence, and fails in the end", async () => {
    const file = newFile();
    const server = await Running.start(["--record", file, ...UNHURRIED], "trap '' XFSZ; ulimit -f 40");
    const [alice, bob] = [await Peer.named(server.port, "Alice"), await Peer.named(server.port, "Bob")];
    for (let count = 0; count < 60; count++) {
      alice.line(`Bob: ${count} ${"x".repeat(1000)}`);
      expect(await bob.next()).toMatch(`[Alice] ${count} xxx`);
      if (count % 10 === 0) await sleep(60);
    }
    expect(await server.stop()).toBe(1);
    expect(server.errors).toBe(
      `chat-server: The recording has ended and the chat goes on: ${file} cannot be written: the file would be larger than this file system allows; choose another place.\n`,
    );
    const { streams, findings, warnings } = await readRecording(file);
    expect({ findings, warnings }).toEqual({ findings: 0, warnings: [] });
    expect(streams[0]!.client).toMatch(/^Alice\nBob: 0 x{1000}\n/);
  });

  test("chats even if nothing can be recorded at all", async () => {
    const link = newFile();
    symlinkSync("/dev/full", link);
    const server = await Running.start(["--record", link]);
    await Peer.named(server.port, "Alice");
    expect(await server.stop()).toBe(1);
    expect(server.errors).toBe(
      `chat-server: The recording has ended and the chat goes on: ${link} cannot be written: the disk is full; make room or choose another place.\n`,
    );
  });

  test("ends at its limit and says so in one sentence; the chat goes on, and it was asked for: exit 0", async () => {
    const file = newFile();
    const server = await Running.start(["--record", file, "--record-limit", "40kB", ...UNHURRIED]);
    const [alice, bob] = [await Peer.named(server.port, "Alice"), await Peer.named(server.port, "Bob")];
    for (let count = 0; count < 60; count++) {
      alice.line(`Bob: ${count} ${"x".repeat(1000)}`);
      expect(await bob.next()).toMatch(`[Alice] ${count} xxx`);
      if (count % 10 === 0) await sleep(60);
    }
    expect(await server.stop()).toBe(0);
    expect(server.errors).toBe(
      `chat-server: The recording has ended and the chat goes on: ${file} has no more room under its --record-limit of 40,000 bytes.\n`,
    );
    expect(readFileSync(file).length).toBeLessThanOrEqual(40_000);
    const { streams, findings, warnings } = await readRecording(file);
    expect({ findings, warnings }).toEqual({ findings: 0, warnings: [] });
    expect(streams[0]!.client).toMatch(/^Alice\nBob: 0 x{1000}\n/);
  });

  test.each([
    ["who sends what makes no line", "Eve\n", "\n"],
    ["who sends on after the end", "Eve\nquit\n", "x"],
    ["who sends a line that is too long", "", "x"],
  ])("records no more than a part of one %s", async (_what, first, piece) => {
    const file = newFile();
    const server = await Running.start(["--record", file, ...UNHURRIED]);
    const eve = await Peer.connect(server.port);
    // It keeps its side open, and sends as long as it can.
    eve.socket.removeAllListeners("end");
    eve.send(first);
    let sent = 0;
    const pump = () => {
      while (sent < 30 << 20 && eve.socket.writable && eve.socket.write(Buffer.alloc(1 << 16, piece))) sent += 1 << 16;
    };
    eve.socket.on("drain", pump);
    pump();
    const [ann, ben] = [await Peer.named(server.port, "Ann"), await Peer.named(server.port, "Ben")];
    if (piece === "x") await server.until(/DISCONNECTED/);
    else while (eve.socket.writableLength > 0) await sleep(10);
    ann.line("Ben: still recorded");
    expect(await ben.next()).toBe("[Ann] still recorded");
    eve.socket.destroy();
    expect(await server.stop()).toBe(0);
    expect(readFileSync(file).length).toBeLessThan(500_000);
    const { streams, findings, warnings } = await readRecording(file);
    expect({ findings, warnings }).toEqual({ findings: 0, warnings: [] });
    expect(streams.at(-1)!.server).toContain("[Ann] still recorded\n");
    expect(streams[0]!.client.startsWith(`${first}${piece.repeat(60_000)}`)).toBe(true);
    if (lacksTshark) return;
    expect(complaints(file)).toEqual([]);
    const remark =
      /; [\d,]+ bytes from .*, the last that are recorded of this connection, since [\d,]+ before them made no line/;
    expect(commentsOf(file).some((comment) => remark.test(comment))).toBe(true);
  });

  test("keeps every client of a crowd apart", async () => {
    const file = newFile();
    const count = 200;
    const server = await Running.start(["--record", file, ...UNHURRIED]);
    const names = Array.from({ length: count }, (_, index) => `User${index}`);
    const peers = await Promise.all(names.map((name) => Peer.named(server.port, name)));
    for (const [index, peer] of peers.entries()) peer.line(`User${(index + 1) % count}: hello from ${index}`);
    for (const peer of peers) expect(await peer.next()).toMatch(/^\[User\d+\] hello from \d+$/);
    peers[0]!.line("all: bye");
    for (const peer of peers.slice(1)) expect(await peer.next()).toBe("[User0] bye");
    expect(await server.stop()).toBe(0);
    const { streams, findings, warnings } = await readRecording(file);
    expect({ findings, warnings }).toEqual({ findings: 0, warnings: [] });
    const expected = names.map((name, index) => {
      const last = index === 0 ? "all: bye\n" : "";
      return `${name}\nUser${(index + 1) % count}: hello from ${index}\n${last}`;
    });
    expect(streams.map(({ client }) => client).sort()).toEqual(expected.sort());
    if (!lacksTshark) expect(complaints(file)).toEqual([]);
  });

  test("holds everything up to the last flush, whenever it is killed", async () => {
    const chance = new Chance(9);
    for (let round = 0; round < 6; round++) {
      const file = newFile();
      const server = await Running.start(["--record", file, ...UNHURRIED]);
      const [alice, bob] = [await Peer.named(server.port, "Alice"), await Peer.named(server.port, "Bob")];
      const heard: string[] = [];
      const say = async (text: string) => {
        alice.line(`Bob: ${text}`);
        heard.push(await bob.next());
      };
      for (let count = 0; count < 20; count++) await say(`early ${count}`);
      await untilIn(file, "[Alice] early 19");
      const early = heard.length;
      const talk = (async () => {
        for (let count = 0; ; count++) await say(`late ${count}`);
      })().catch(() => {});
      await sleep(chance.between(0, 200));
      server.child.kill("SIGKILL");
      await server.closed;
      for (const peer of [alice, bob]) peer.socket.destroy();
      await talk;
      const { streams, findings, warnings } = await readRecording(file);
      expect({ findings, warnings }).toEqual({ findings: 0, warnings: [] });
      const bobs = streams.find(({ client }) => client.startsWith("Bob"))!;
      const recorded = bobs.server.split("\n").slice(1, -1);
      expect(recorded.length).toBeGreaterThanOrEqual(early);
      expect(recorded.slice(0, heard.length)).toEqual(heard.slice(0, recorded.length));
      if (!lacksTshark) expect(complaints(file)).toEqual([]);
    }
  });
});

/** Until these words are in a file. */
async function untilIn(file: string, words: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!readFileSync(file).includes(words)) {
    if (performance.now() > end) throw new Error(`${words} did not come into ${file}`);
    await sleep(5);
  }
}

describe("a recording that cannot be", () => {
  test.each(["out/chat.pcap", "out/chat", "-", "out/chat.pcapng.gz"])("%s: only pcapng has room", async (name) => {
    const { code, stderr } = await runScript("chat-server", ["--port", "0", "--record", name]);
    expect(code).toBe(2);
    expect(stderr).toContain(`A recording is pcapng, which has room for comments: give a name that ends in .pcapng.`);
  });

  test("is refused where it cannot be written, and the server does not start", async () => {
    mkdirSync(path.join(folder, "folder.pcapng"));
    writeFileSync(path.join(folder, "file"), "");
    for (const [name, why] of [
      ["folder.pcapng", "is a folder; name a file in it to write to."],
      ["file/chat.pcapng", "cannot be written: a part of its path is a file and not a folder; choose another path."],
    ]) {
      const file = path.join(folder, name!);
      const { code, stdout, stderr } = await runScript("chat-server", ["--port", "0", "--record", file]);
      expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: `chat-server: ${file} ${why}\n` });
    }
  });

  test("is refused where the log goes already", async () => {
    const file = newFile();
    const { code, stderr } = await runShell(`$WW/chat-server.ts --port 0 --record ${file} > ${file}`);
    expect(code).toBe(2);
    expect(stderr).toContain(`chat-server: ${file} is where the log goes; record to another file.\n`);
    expect(readFileSync(file, "utf8")).toBe("");
  });

  test.each([
    [
      ["--record", "x.pcapng", "--record-limit", "10"],
      "Give a number of bytes from 1000 on, or one with a unit: 500kB, 100MB, 1.5GiB.",
    ],
    [
      ["--record", "x.pcapng", "--record-limit", "much"],
      "Give a number of bytes from 1000 on, or one with a unit: 500kB, 100MB, 1.5GiB.",
    ],
    [["--record-limit", "1MB"], "--record-limit is the size of a recording; name one with --record."],
  ])("%j asks for what cannot be", async (flags, sentence) => {
    const { code, stderr } = await runScript("chat-server", ["--port", "0", ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });

  test.each([
    ["0", 0],
    ["5000", 5000],
    ["100MB", 100_000_000],
    ["1.5 GiB", 1.5 * 2 ** 30],
    ["20k", 20_000],
    ["2tb", 2e12],
  ])("a limit of %s", (text, bytes) => expect(sizeFlag(1000)(text)).toBe(bytes));

  test("is explained by --help", async () => {
    const { stdout } = await runScript("chat-server", ["--help"]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "--record <file.pcapng> write what happens on the connections as a capture, with all that is said; an older file is overwritten",
    );
  });
});

describe("what a comment says of lines", () => {
  const bytes = (text: string) => Buffer.from(text);
  test.each([
    ["hello\n", '"hello"'],
    ["hello\r\n", '"hello"'],
    ["\n", '""'],
    ["one\ntwo\n", '"one", "two"'],
    ["one\ntw", '"one", "tw" (the line goes on)'],
    ["\u001b[31mred\u202e\n", '"\\u001b[31mred\\u202e"'],
    [`${"x".repeat(150)}\n${"y".repeat(50)}\nz\n`, `"${"x".repeat(150)}" and 2 more lines`],
    [
      `${"x".repeat(150)}\nlast`,
      `"${"x".repeat(150)}" and 1 more line`.replace(" and 1 more line", ', "last" (the line goes on)'),
    ],
    ["ü".repeat(2000), `"${"ü".repeat(159)}…" (the line goes on)`],
    ["\n".repeat(1000), `${Array(80).fill('""').join(", ")} and 920 more lines`],
  ])("%j", (text, expected) => expect(quoteLines(bytes(text))).toBe(expected));

  test("bytes that are no text", () => {
    expect(quoteLines(Uint8Array.of(0xff, 0xfb, 0x06))).toBe('"\\xff\\xfb\\u0006" (the line goes on)');
  });
});

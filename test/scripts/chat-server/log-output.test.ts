/** The log where nobody takes it: the chat goes on, and what is missing is said. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DescriptorSink, LogOutput, StreamSink } from "../../../scripts/chat-server/log-output.ts";
import { Peer } from "../../chat/peer.ts";
import { temporaryFolder } from "../../helpers/captures/captures.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { Running } from "../running-server.ts";

const folder = temporaryFolder();
const UNHURRIED = ["--flood-burst", "0"];
const FULL =
  "chat-server: The log has gaps and the chat goes on: standard output cannot be written: the disk is full; make room or choose another place.\n";

/** More than any terminal and any pipe holds, and than waits for them: 2,000 lines of 1,000 characters. */
async function chatMuch(server: Running): Promise<void> {
  const alice = await Peer.named(server.port, "Alice");
  const bob = await Peer.named(server.port, "Bob");
  for (let round = 0; round < 20; round++) {
    alice.send(`Bob: ${"x".repeat(1000)}\n`.repeat(100));
    await bob.take(100);
  }
  for (const peer of [alice, bob]) {
    peer.line("quit");
    await peer.closed;
  }
}

describe.skipIf(isMissing("python3"))("a terminal", () => {
  describe.each(["stopped", "unread"] as const)("that is %s", (manner) => {
    test("stops neither the chat nor SIGTERM", async () => {
      const server = await Running.startStalled(manner, UNHURRIED);
      await chatMuch(server);
      expect(server.text.match(/\[Alice/g)).toBeNull();
      expect(await server.stop()).toBe(0);
    });

    test("gets what is still there when it goes on, and the number of what is not", async () => {
      const server = await Running.startStalled(manner, UNHURRIED);
      await chatMuch(server);
      server.goOn();
      let visitors = 0;
      for (; !server.text.includes("[LOG INCOMPLETE]"); visitors++) {
        const visitor = await Peer.connect(server.port);
        visitor.socket.end("quit\n");
        await visitor.closed;
        await sleep(20);
      }
      expect(await server.stop()).toBe(0);
      // What a line has no room for in its rows is cut off, and does not go on at the edge of the next.
      expect(server.text).toContain("\x1b[?7l[SERVER STOPPED]\x1b[?7h\r\n");
      const rows = server.text.split("\r\n").map((row) => row.replace("\x1b[?7l", "").replace("\x1b[?7h", ""));
      const lines = rows.filter((row) => row.startsWith("["));
      const notices = lines.map(
        (line) => /^\[LOG INCOMPLETE\] Lines not read in time and dropped: (\d+)$/.exec(line)?.[1],
      );
      const dropped = notices.reduce((sum, count) => sum + Number(count ?? 0), 0);
      expect(dropped).toBeGreaterThan(500);
      // 2,000 messages; connection, name and end of two; connection and end of each visitor; the server's start and end.
      expect(lines.length - notices.filter(Boolean).length + dropped).toBe(2000 + 6 + 2 * visitors + 2);
      expect(lines.at(-1)).toBe("[SERVER STOPPED]");
    });
  });
});

test("a pipe that nobody reads stops neither the chat nor SIGTERM", async () => {
  const fifo = path.join(mkdtempSync(path.join(folder, "log-")), "fifo");
  execFileSync("mkfifo", [fifo]);
  const reader = spawn("bash", ["-c", `exec 3< ${fifo}; head -n 1 <&3; sleep 60`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const args = [process.execPath, "--import", "tsx", "scripts/chat-server.ts", "--port", "0", ...UNHURRIED];
    const child = spawn("bash", ["-c", `exec "$0" "$@" > ${fifo}`, ...args], { stdio: "inherit" });
    const [line] = (await once(reader.stdout, "data")) as [Buffer];
    const port = Number(/port (\d+)/.exec(`${line}`)![1]);
    await chatMuch({ port } as Running);
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(0);
  } finally {
    reader.kill("SIGKILL");
  }
});

describe("a disk", () => {
  test("that is full from the start: the chat goes on, a sentence, exit 1", async () => {
    const port = await freePort();
    const args = [process.execPath, "--import", "tsx", "scripts/chat-server.ts", "--port", `${port}`, ...UNHURRIED];
    const child = spawn("bash", ["-c", 'exec "$0" "$@" > /dev/full', ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    while (errors === "") await once(child.stderr, "data");
    await chatMuch({ port } as Running);
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(1);
    expect(errors).toBe(FULL);
  });

  test("a file that may not grow: whole lines but for the last one, exit 1", async () => {
    const file = path.join(mkdtempSync(path.join(folder, "log-")), "log.txt");
    const port = await freePort();
    const args = [process.execPath, "--import", "tsx", "scripts/chat-server.ts", "--port", `${port}`, ...UNHURRIED];
    const line = `trap '' XFSZ; ulimit -f 40; exec "$0" "$@" > ${file}`;
    const child = spawn("bash", ["-c", line, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    while (!readText(file).includes("SERVER STARTED")) await new Promise((resolve) => setTimeout(resolve, 5));
    await chatMuch({ port } as Running);
    child.kill("SIGTERM");
    expect((await once(child, "exit"))[0]).toBe(1);
    expect(errors).toBe(
      FULL.replace("the disk is full; make room or", "the file would be larger than this file system allows;"),
    );
    const lines = readText(file).split("\n");
    expect(lines.length).toBeGreaterThan(30);
    for (const one of lines.slice(0, -1)) expect(one).toMatch(/^\[.*\] |^\[Alice → Bob\]: x{1000}$/);
  });
});

describe("the output of the log", () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  /** A disk with room for so many bytes. */
  function createDisk(room: number) {
    const disk = { room, text: "", failures: [] as string[] };
    const write = ((_descriptor: number, bytes: Uint8Array, offset: number, length: number) => {
      if (disk.room === 0) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
      const count = Math.min(disk.room, length);
      disk.room -= count;
      disk.text += Buffer.from(bytes.subarray(offset, offset + count)).toString("latin1");
      return count;
    }) as typeof import("node:fs").writeSync;
    return { disk, sink: new DescriptorSink(1, ({ message }) => disk.failures.push(message), write) };
  }

  test("a full disk that has room again: the line is finished, the number of those that are missing told", async () => {
    const { disk, sink } = createDisk(24);
    const output = new LogOutput(sink, "text");
    for (let count = 0; count < 5; count++) {
      output.write(`line ${count} of it`);
      await turn();
    }
    expect(disk.text).toBe("line 0 of it\nline 1 of i");
    disk.room = 1000;
    output.write("line 5 of it");
    await turn();
    expect(disk.text.split("\n")).toEqual([
      ...["line 0 of it", "line 1 of it", "[LOG INCOMPLETE] Lines that could not be written and were dropped: 3"],
      ...["line 5 of it", ""],
    ]);
    expect(disk.failures).toEqual([
      "standard output cannot be written: the disk is full; make room or choose another place.",
    ]);
  });

  test("lines of one turn that have room in part", async () => {
    const { disk, sink } = createDisk(10);
    const output = new LogOutput(sink, "json");
    for (const line of ["one", "two", "th\nree", "fo\nur"]) output.write(line);
    await turn();
    expect(disk.text).toBe("one\ntwo\nth");
    output.write("five");
    await turn();
    disk.room = 1000;
    output.write("six");
    await turn();
    const lines = disk.text.split("\n");
    expect(JSON.parse(lines[4]!)).toMatchObject({ event: "log-incomplete", count: 2 });
    expect([...lines.slice(0, 4), ...lines.slice(5)]).toEqual(["one", "two", "th", "ree", "six", ""]);
  });

  test("the notice itself has no room: its number is not lost", async () => {
    const { disk, sink } = createDisk(4);
    const output = new LogOutput(sink, "text");
    for (const line of ["one", "two", "three"]) {
      output.write(line);
      await turn();
    }
    disk.room = 10;
    output.write("four");
    await turn();
    disk.room = 1000;
    output.write("five");
    await turn();
    expect(disk.text).toMatch(/^one\n\[LOG INCOMPLETE\] [^\n]*: 2\n\[LOG INCOMPLETE\] [^\n]*: 1\nfive\n$/);
  });

  test("a stream that takes nothing: as much is kept as has room, the rest is counted", async () => {
    const taken: string[] = [];
    let go: () => void = () => {};
    const stream = new Writable({
      decodeStrings: false,
      write: (text, _encoding, done) => {
        taken.push(text);
        go = done;
      },
    });
    const output = new LogOutput(new StreamSink(stream), "text");
    for (let count = 0; count < 3000; count++) {
      output.write("x".repeat(999));
      if (count % 10 === 9) await turn();
    }
    expect(stream.writableLength).toBeLessThan((1 << 20) + 20_000);
    while (stream.writableLength > 0) {
      go();
      await turn();
    }
    output.write("last");
    await turn();
    const dropped = 3000 - (taken.join("").split("\n").length - 3);
    expect(taken.at(-1)).toBe(`[LOG INCOMPLETE] Lines not read in time and dropped: ${dropped}\nlast\n`);
  });
});

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The log that says which port it is cannot be read here. */
async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

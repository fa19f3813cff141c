import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { openCapture } from "../../lib/pcap/open-capture.ts";
import { type Outcome, runScript } from "../helpers/programs/run-script.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "send-script-"));
afterAll(() => rmSync(folder, { recursive: true }));

const send = (...args: string[]) => runScript("send", args);

interface Running {
  readonly child: ChildProcess;
  readonly port: Promise<number>;
  readonly outcome: Promise<Pick<Outcome, "code" | "stdout" | "stderr">>;
}

/** Starts a half, or a send that goes on for long. */
function start(...args: string[]): Running {
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/send.ts", ...args], { cwd: ROOT });
  let stdout = "";
  let stderr = "";
  let hasPort: (port: number) => void;
  const port = new Promise<number>((resolve) => (hasPort = resolve));
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => {
    stderr += text;
    const match = /Listening at \S+:(\d+);/.exec(stderr);
    if (match !== null) hasPort(Number(match[1]));
  });
  const outcome = new Promise<Pick<Outcome, "code" | "stdout" | "stderr">>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr })),
  );
  return { child, port, outcome };
}

function csv(name: string, rows: readonly string[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, ["msg_id,app_protocol,src_app,dst_app,message,timestamp", ...rows, ""].join("\n"));
  return file;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("npx tsx scripts/send.ts", () => {
  it("says what was sent, in how many conversations, and how late at worst", async () => {
    const { code, stdout, stderr } = await send("fixtures/input.csv", "--port", "0", "--speed", "10x");
    expect(stderr).toBe("");
    expect(stdout.replace(/[\d.]+ m?s\.$/m, "T s.").replace(/[\d.]+ ms late \(line \d+\)/, "T ms late (line N)")).toBe(
      [
        "22 messages (10,670 bytes) sent, all arrived as sent.",
        "4 conversations in 4 connections, T s.",
        "At worst T ms late (line N).",
        "",
      ].join("\n"),
    );
    expect(code).toBe(0);
  });

  it("is quiet with --quiet", async () => {
    expect(await send("fixtures/input.csv", "--port", "0", "--speed", "max", "--quiet")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("announces how long it takes, and ends with a summary on Ctrl-C", async () => {
    const input = csv("long.csv", ["1,X,a,b,one,0", "2,X,b,a,two,11520"]);
    const record = path.join(folder, "long.pcapng");
    const { child, outcome } = start(input, "--port", "0", "--record", record);
    await expect.poll(() => contentOf(record).includes("one"), { interval: 5 }).toBe(true);
    // What is under way within one process arrives.
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill("SIGINT");
    const { code, stdout, stderr } = await outcome;
    expect(stderr).toBe(
      "send: The CSV lasts 3 h 12 min; --speed 60x would take 3 min 12 s, and --speed max does not wait.\n",
    );
    expect(stdout).toContain("Interrupted: 1 message (3 bytes) sent, 1 message (3 bytes) of them arrived as sent.\n");
    expect(code).toBe(130);
    expect(await packetsIn(path.join(folder, "long.pcapng"))).toBe(5);
  });

  it.each([
    ["nothing", ""],
    ["a heading", "msg_id,app_protocol,src_app,dst_app,message,timestamp\n"],
    ["a message", "msg_id,app_protocol,src_app,dst_app,message,timestamp\n1,X,a,b,one,0\n"],
  ])("ends on the first Ctrl-C where standard input has brought %s and stays open", async (_what, text) => {
    const { child, outcome } = start("-", "--port", "0");
    child.stdin!.write(text);
    await waitsForInput(child.pid!);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await outcome;
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Interrupted: \d messages? \(/);
    expect(code).toBe(130);
  });

  it("plays the two halves as two processes", async () => {
    const server = start("fixtures/input.csv", "--serve", "--port", "0", "--speed", "10x");
    const client = await send("fixtures/input.csv", "--connect", `127.0.0.1:${await server.port}`, "--speed", "10x");
    expect(client.stderr).toBe("");
    expect(client.stdout).toContain(
      "11 messages (1,910 bytes) sent, 11 messages (8,760 bytes) arrived, all as the CSV says.",
    );
    const { code, stdout } = await server.outcome;
    expect(stdout).toContain("11 messages (8,760 bytes) sent, 11 messages (1,910 bytes) arrived, all as the CSV says.");
    expect([client.code, code]).toEqual([0, 0]);
  });

  it("says which byte differs when the halves have different files", async () => {
    const mine = csv("mine.csv", ["1,X,a,b,hello,0", "2,X,b,a,bye,0.1"]);
    const yours = csv("yours.csv", ["1,X,a,b,hallo,0", "2,X,b,a,bye,0.1"]);
    const server = start(mine, "--serve", "--port", "0", "--speed", "max");
    const client = await send(yours, "--connect", `127.0.0.1:${await server.port}`, "--speed", "max");
    const { code, stderr } = await server.outcome;
    expect(stderr).toContain(
      `send: ${mine}, line 2, msg 1 from a to b: byte 2 of 5 is 0x65 here and arrived as 0x61; ` +
        "both halves need the same file and the same flags, and nobody else may use the port.\n",
    );
    expect(client.stderr).toBe(
      `send: ${yours}, line 3, msg 2 from b to a: the connection is gone before it had arrived; what the other side says tells why.\n`,
    );
    expect([client.code, code]).toEqual([1, 1]);
  });

  it("tells that the other half is gone", async () => {
    const input = csv("gone.csv", ["1,X,a,b,one,0", "2,X,b,a,two,60"]);
    const server = start(input, "--serve", "--port", "0");
    const record = path.join(folder, "gone.pcapng");
    const client = start(input, "--connect", `127.0.0.1:${await server.port}`, "--record", record);
    await expect.poll(() => contentOf(record).includes("one"), { interval: 5 }).toBe(true);
    server.child.kill("SIGKILL");
    const { code, stderr } = await client.outcome;
    expect(stderr).toContain(
      "send: The other half is gone: it has ended all connections in the middle; what it says tells why.\n",
    );
    expect(code).toBe(1);
  });

  it.each([
    [["--port", "80000"], 2, "Give a whole number from 0 to 65535."],
    [["--speed", "fast"], 2, "such as 1x, 10x or 0.5x, or max."],
    [
      ["--serve", "--connect", "127.0.0.1"],
      2,
      "--serve and --connect are the two halves; give one of them here and the other one there.",
    ],
    [
      ["--connect", "127.0.0.1", "--host", "::1"],
      2,
      "--host says where servers listen, and --connect says where they are; leave --host out.",
    ],
    [["--connect", "what:ever:1"], 2, "Write it as host:port, such as 192.0.2.7:12345 or [2001:db8::7]:12345."],
    [
      ["--host", "192.0.2.1"],
      2,
      "192.0.2.1 is no loopback address; give 127.0.0.1 or ::1, or play the two halves with --serve and --connect.",
    ],
    [
      ["--connect", "192.0.2.1", "--capture", "x.pcapng"],
      2,
      "--capture sees the loopback adapter only; run npx tsx scripts/capture.ts beside, with --iface and the adapter's name.",
    ],
    [["--serve", "--host", "192.0.2.1"], 2, '"192.0.2.1" is no address of this computer; give another with --host.'],
    [
      ["--record", "x.pcap"],
      2,
      "A recording is pcapng, which has room for comments: give a name that ends in .pcapng.",
    ],
    [["--capture", "-"], 2, "Standard output is for what send says of its work; name a file to capture to."],
    [
      ["--port", "0", "--record", "out/x.pcapng", "--capture", "out/../out/x.pcapng"],
      2,
      "--capture and --record name the same file; give them two.",
    ],
    [["--no-such-flag"], 2, "unknown option '--no-such-flag'"],
  ])("refuses %j", async (args, expected, text) => {
    const { code, stderr } = await send("fixtures/input.csv", ...args);
    expect(stderr).toContain(text);
    expect(code).toBe(expected);
  });

  it("says that the port is in use, that nobody listens, that the CSV is wrong", async () => {
    const busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
    const { port } = busy.address() as AddressInfo;
    expect(await send("fixtures/input.csv", "--port", String(port))).toMatchObject({
      code: 2,
      stderr: `send: Port ${port} is in use; choose another with --port.\n`,
    });
    busy.close();
    const free = await freePort();
    expect(await send("fixtures/input.csv", "--connect", `127.0.0.1:${free}`)).toMatchObject({
      code: 1,
      stderr: `send: Nobody listens at 127.0.0.1 port ${free}; start the other half with --serve first.\n`,
    });
    const wrong = csv("wrong.csv", ["1,X,a,b,one,0", "2,X,a,b,two,soon"]);
    const { code, stderr } = await send(wrong, "--port", "0");
    expect(stderr).toContain(`send: ${wrong}, line 3, column 6 (timestamp): `);
    expect(code).toBe(1);
  });

  it("leaves a recording that can be read, whenever it is killed", async () => {
    const rows = Array.from(
      { length: 2000 },
      (_, index) => `${index},X,a${index % 7},b,${"x".repeat(50)},${index / 1000}`,
    );
    const input = csv("killed.csv", rows);
    for (const least of [1, 20_000, 100_000]) {
      const record = path.join(folder, `killed-${least}.pcapng`);
      const { child, outcome } = start(input, "--port", "0", "--record", record);
      await expect.poll(() => contentOf(record).length, { interval: 1 }).toBeGreaterThanOrEqual(least);
      child.kill("SIGKILL");
      await outcome;
      // No packet has more bytes in the file, comments included.
      expect(await packetsIn(record)).toBeGreaterThanOrEqual(Math.floor(least / 500));
    }
  });
});

/** Resolves when a process reads its standard input; where the system does not tell, after a good while. */
async function waitsForInput(pid: number): Promise<void> {
  const folder = `/proc/${pid}/fdinfo`;
  const listensTo = (descriptor: string) => /^tfd:\s+0 /m.test(readFileSync(path.join(folder, descriptor), "utf8"));
  const isReading = () => readdirSync(folder).some(listensTo);
  if (existsSync(folder)) await expect.poll(isReading).toBe(true);
  // And until it has read what there is.
  await new Promise((resolve) => setTimeout(resolve, existsSync(folder) ? 200 : 5000));
}

/** Of a file that may not be there yet. */
function contentOf(file: string): Buffer {
  return existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
}

/** How many packets can be read; throws where one of them is cut. */
async function packetsIn(file: string): Promise<number> {
  const capture = await openCapture(file);
  let packets = 0;
  do {
    while (capture.next()) packets++;
  } while (await capture.more());
  await capture.close();
  return packets;
}

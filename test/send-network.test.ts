import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encapsulate } from "../lib/encapsulate.ts";
import { isMissing } from "./helpers/judges/tools.ts";
import { complaints, tshark } from "./helpers/judges/tshark.ts";
import { NetworkNamespace } from "./helpers/programs/network-namespace.ts";
import { Running, running, startJudge } from "./live/capture/capture-scene.ts";
import { type Said, streamsOf } from "./send-streams.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const cannotRun = isMissing("namespaces", "dumpcap", "tshark");

let folder: string;
let network: NetworkNamespace;
let other: NetworkNamespace;
const file = (name: string) => path.join(folder, name);

function start(where: NetworkNamespace, ...args: string[]): Running {
  return new Running(where.spawn(process.execPath, ["--import", "tsx", "scripts/send.ts", ...args], { cwd: ROOT }));
}

async function sent(where: NetworkNamespace, ...args: string[]): Promise<void> {
  const one = start(where, ...args);
  const code = await one.closed;
  if (code !== 0) throw new Error(`exit code ${code}\n${one.text}\n${one.errors}`);
}

async function streamsMadeOf(input: string, payload: "wire" | "exact"): Promise<Said[]> {
  const output = file("made.pcapng");
  await encapsulate({ input, output, payload });
  return streamsOf(output);
}

describe.skipIf(cannotRun)("a CSV on a real network", () => {
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "wirewright-send-"));
    network = new NetworkNamespace();
    other = new NetworkNamespace();
    network.addCable("ww-here", "ww-there");
    network.run("ip", "link", "set", "ww-there", "netns", other.name);
    network.run("ip", "address", "add", "192.0.2.1/24", "dev", "ww-here");
    other.run("ip", "address", "add", "192.0.2.2/24", "dev", "ww-there");
    other.run("ip", "link", "set", "ww-there", "up");
  });
  afterEach(() => {
    for (const { pid } of running) if (pid !== undefined) kill(pid);
    running.clear();
  });
  afterAll(() => {
    network.remove();
    other.remove();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["input.csv", "wire"],
    ["input.csv", "exact"],
    ["chat.csv", "wire"],
    ["dialects/many-protocols.csv", "wire"],
    ["dialects/dns-as-text.csv", "wire"],
    ["dialects/tcp-as-rows.csv", "wire"],
    ["dialects/messages-of-all-kinds.csv", "exact"],
  ] as const)("has the streams of %s, %s, that encapsulate makes, as dumpcap sees them", async (name, payload) => {
    const input = `fixtures/${name}`;
    const expected = await streamsMadeOf(input, payload);
    const judge = await startJudge(network, "lo", file("judged.pcapng"));
    const captured = file("captured.pcapng");
    await sent(network, input, "--speed", "max", "--payload", payload, "--capture", captured);
    await expect.poll(() => streamsOf(file("judged.pcapng"))).toEqual(expected);
    await judge.stop();
    expect(streamsOf(captured)).toEqual(expected);
  });

  it("says both halves to each other over a cable, and records at either end what dumpcap sees", async () => {
    const input = "fixtures/input.csv";
    const expected = await streamsMadeOf(input, "wire");
    const judge = await startJudge(network, "ww-here", file("cable.pcapng"));
    const records = [file("server.pcapng"), file("client.pcapng")] as const;
    const flags = [input, "--speed", "10x", "--port", "12345"];
    const server = start(network, ...flags, "--serve", "--host", "192.0.2.1", "--record", records[0]);
    await server.until(() => server.errors.includes("Listening at 192.0.2.1:12345"));
    await sent(other, ...flags, "--connect", "192.0.2.1", "--record", records[1]);
    expect(await server.closed).toBe(0);
    await expect.poll(() => streamsOf(file("cable.pcapng"))).toEqual(expected);
    await judge.stop();
    for (const record of records) {
      expect(streamsOf(record)).toEqual(expected);
      expect(complaints(record)).toEqual([]);
    }
  });

  it("sends datagrams over a cable, and records at either end what dumpcap sees", async () => {
    const input = "fixtures/dialects/dns-as-text.csv";
    const judge = await startJudge(network, "ww-here", file("datagrams.pcapng"));
    const records = [file("server.pcapng"), file("client.pcapng")] as const;
    const flags = [input, "--speed", "max"];
    const server = start(network, ...flags, "--serve", "--host", "0.0.0.0", "--record", records[0]);
    await server.until(() => server.errors.includes("Listening at 0.0.0.0:12345"));
    await sent(other, ...flags, "--connect", "192.0.2.1:12345", "--record", records[1]);
    expect(await server.closed).toBe(0);
    const expected = await streamsMadeOf(input, "wire");
    await expect.poll(() => streamsOf(file("datagrams.pcapng"))).toEqual(expected);
    await judge.stop();
    for (const record of records) {
      expect(streamsOf(record)).toEqual(expected);
      expect(endsOf(record)).toEqual(endsOf(file("datagrams.pcapng")));
      expect(complaints(record)).toEqual([]);
    }
    expect(server.text).toContain("2 messages (130 bytes) sent, 3 messages (96 bytes) arrived, all as the CSV says.");
  });

  it("leaves a capture that can be read when it is killed", async () => {
    const captured = file("killed.pcapng");
    const one = start(network, "fixtures/input.csv", "--capture", captured);
    await expect.poll(() => streamsSoFar(captured), { interval: 50 }).toBeGreaterThan(1);
    await one.stop("SIGKILL");
    const whole = await streamsMadeOf("fixtures/input.csv", "wire");
    expect(streamsSoFar(captured)).toBeLessThanOrEqual(whole.length);
  });

  it("says in one sentence that the rights for a capture are missing", async () => {
    // Not another user, who may not look into the folder of the project.
    const rights = ["--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs"];
    const command = [process.execPath, "--import", "tsx", "scripts/send.ts", "fixtures/input.csv"];
    const captured = path.join(tmpdir(), `wirewright-refused-${process.pid}.pcapng`);
    const one = new Running(
      network.spawn("setpriv", [...rights, ...command, "--capture", captured], { cwd: ROOT, stdio: "pipe" }),
    );
    expect(await one.closed).toBe(1);
    expect(one.errors.split("\n")).toHaveLength(2);
    expect(one.errors).toMatch(/^send: .*\.\n$/);
    expect(one.text).toBe("");
    rmSync(captured, { force: true });
  });
});

/** From where to where each datagram goes; flows that go on at the same time pass either end in any order. */
function endsOf(captured: string): string[] {
  const fields = ["ip.src", "udp.srcport", "ip.dst", "udp.dstport"].flatMap((field) => ["-e", field]);
  return tshark("-r", captured, "-Y", "udp", "-T", "fields", ...fields)
    .split("\n")
    .sort();
}

/** 0 where there is nothing that tshark could read yet. */
function streamsSoFar(captured: string): number {
  try {
    return streamsOf(captured).length;
  } catch {
    return 0;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Captures that run in a namespace of their own, and the traffic that they see. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { tshark } from "../../helpers/judges/tshark.ts";
import type { NetworkNamespace } from "../../helpers/programs/network-namespace.ts";
import { PATIENCE } from "../../helpers/programs/patience.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Scripts and programs that were started, to be ended after each test. */
export const running = new Set<ChildProcess>();

export class Running {
  readonly child: ChildProcess;
  readonly closed: Promise<number | null>;
  text = "";
  errors = "";

  constructor(child: ChildProcess) {
    this.child = child;
    running.add(child);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.text += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    this.closed = once(child, "close").then(([code]) => code as number | null);
  }

  async until(isDone: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!isDone()) {
      if (performance.now() > end || this.child.exitCode !== null) {
        throw new Error(`waited in vain; exit code ${this.child.exitCode}\n${this.text}\n${this.errors}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** @returns the exit code */
  stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    this.child.kill(signal);
    return this.closed;
  }
}

/** Starts `capture` inside, and waits until it says that it captures. */
export async function startCapture(network: NetworkNamespace, args: readonly string[]): Promise<Running> {
  const one = new Running(
    network.spawn(process.execPath, ["--import", "tsx", "scripts/capture.ts", ...args], { cwd: ROOT }),
  );
  await one.until(() => one.errors.includes("Capturing on"));
  return one;
}

/** A plain dumpcap of the same adapter, to compare with. */
export async function startJudge(network: NetworkNamespace, adapter: string, file: string): Promise<Running> {
  const args = ["-q", "-i", adapter, "-B", "64", "-w", file];
  const one = new Running(network.spawn("dumpcap", args));
  await one.until(() => one.errors.includes("File:"));
  return one;
}

/**
 * Makes traffic on the loopback adapter, by a program inside: a TCP connection of which each side sends `rounds` times
 * `length` bytes in turn, and as many datagrams of at most 1,000 bytes to port 9999.
 */
export function makeTraffic(network: NetworkNamespace, { rounds = 5, length = 100 } = {}): void {
  network.run(process.execPath, "-e", TRAFFIC, String(rounds), String(length));
}

/** The same, not waited for. */
export function trafficProcess(network: NetworkNamespace, { rounds = 5, length = 100 } = {}): ChildProcess {
  return network.spawn(process.execPath, ["-e", TRAFFIC, String(rounds), String(length)]);
}

const TRAFFIC = `
const [rounds, length] = process.argv.slice(1).map(Number);
const net = require("node:net"), dgram = require("node:dgram");
const read = async (socket, wanted) => {
  for (let got = 0; got < wanted; ) {
    const chunk = socket.read();
    if (chunk) got += chunk.length;
    else await new Promise((resolve) => socket.once("readable", resolve));
  }
};
const server = net.createServer(async (socket) => {
  for (let round = 0; round < rounds; round++) {
    await read(socket, length);
    socket.write(Buffer.alloc(length, "S"));
  }
});
server.listen(8080, "127.0.0.1", async () => {
  const client = net.connect(8080, "127.0.0.1");
  const udp = dgram.createSocket("udp4");
  for (let round = 0; round < rounds; round++) {
    client.write(Buffer.alloc(length, "C"));
    await read(client, length);
    await new Promise((resolve) => udp.send(Buffer.alloc(Math.min(length, 1000), round + 1), 9999, "127.0.0.1", resolve));
  }
  client.end();
  server.close();
  udp.close();
});
server.on("connection", (socket) => socket.on("end", () => socket.end()));
`;

/** Every frame of a capture as tshark reads it: its length on the wire, and its bytes in hexadecimal. */
export function framesOf(file: string): { readonly wireLength: number; readonly hex: string }[] {
  const text = tshark("-r", file, "-T", "json", "-x", "-j", "frame");
  return (JSON.parse(text) as { _source: { layers: { frame_raw: [string]; frame: Record<string, string> } } }[]).map(
    ({ _source: { layers } }) => ({ wireLength: Number(layers.frame["frame.len"]), hex: layers.frame_raw[0] }),
  );
}

export function countFrames(file: string): number {
  return tshark("-r", file, "-T", "fields", "-e", "frame.number").split("\n").filter(Boolean).length;
}

/** The same for a file that may end within a record; tshark says so and goes on to the end. */
export function countFramesOfCut(file: string): number {
  const { stdout } = spawnSync("tshark", ["-r", file, "-T", "fields", "-e", "frame.number"], { encoding: "utf8" });
  return stdout.split("\n").filter(Boolean).length;
}

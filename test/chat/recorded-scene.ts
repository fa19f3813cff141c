/**
 * Clients of all kinds at a server that records, while tcpdump captures the same where that is asked for. A program of
 * its own, so that it can have a network of its own:
 *
 *     recorded-scene.ts FOLDER [--capture]
 *
 * Leaves `recorded.pcapng`, `log.jsonl` and, where it was captured, `captured.pcap` in the folder, and prints what each
 * client has sent and received.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PATIENCE } from "../helpers/programs/patience.ts";

export interface SceneClient {
  readonly what: string;
  readonly port: number;
  /** One character a byte. */
  sent: string;
  received: string;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** As many clients as stay until the end: one more is refused. */
const LIMITS = ["--max-clients", "3", "--flood-burst", "5", "--flood-rate", "100"];

class Client implements SceneClient {
  readonly what: string;
  readonly socket: Socket;
  readonly port: number;
  sent = "";
  received = "";
  isClosed = false;
  #wake: () => void = () => {};

  private constructor(what: string, socket: Socket) {
    this.what = what;
    this.socket = socket.setEncoding("latin1").setNoDelay(true);
    this.port = socket.localPort!;
    socket.on("data", (text) => {
      this.received += text;
      this.#wake();
    });
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  static async join(what: string, port: number, host: string): Promise<Client> {
    const socket = connect({ port, host, allowHalfOpen: true }).on("error", () => {});
    await once(socket, "connect");
    const client = new Client(what, socket);
    all.push(client);
    return client;
  }

  say(bytes: string | Uint8Array): void {
    const buffer = Buffer.from(bytes as string);
    this.sent += buffer.toString("latin1");
    this.socket.write(buffer);
  }

  /** Until so often it has received this. */
  hears(text: string, times = 1): Promise<void> {
    const bytes = Buffer.from(text).toString("latin1");
    return this.#until(() => this.received.split(bytes).length > times, text);
  }

  closes(): Promise<void> {
    return this.#until(() => this.isClosed, "the end");
  }

  /** Answers the server's end with its own. */
  async leavesWhenTold(): Promise<void> {
    if (!this.socket.readableEnded) await once(this.socket, "end");
    this.socket.end();
    await this.closes();
  }

  async #until(isDone: () => boolean, what: string): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!isDone()) {
      if (performance.now() > end) throw new Error(`${this.what} waited in vain for ${what}: ${this.received}`);
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), sleep(100)]);
    }
  }
}

const all: Client[] = [];

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
  /** Until its log says so. */
  logs(words: string): Promise<void>;
  /** Until its recording holds these words. */
  records(words: string): Promise<void>;
}

async function startServer(folder: string): Promise<Server> {
  const recorded = path.join(folder, "recorded.pcapng");
  const args = ["--host", "::", "--port", "0", "--log", "json", "--record", recorded, ...LIMITS];
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/chat-server.ts", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const log = createWriteStream(path.join(folder, "log.jsonl"));
  let text = "";
  child.stdout!.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    log.write(part);
  });
  while (!text.includes('"started"')) await once(child.stdout!, "data");
  return {
    child,
    port: Number(/"port":(\d+)/.exec(text)![1]),
    logs: (words) => until(() => text.includes(words), `the log to say ${words}`),
    records: (words) => until(() => readFileSync(recorded).includes(words), `a recording of ${words}`),
  };
}

async function until(isDone: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + PATIENCE; !isDone(); await sleep(5)) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
  }
}

async function startCapture(folder: string): Promise<ChildProcess> {
  execFileSync("ip", ["link", "set", "lo", "up"]);
  const args = [
    "-i",
    "lo",
    "-Z",
    "root",
    "-s",
    "10000",
    "-B",
    "32768",
    "--immediate-mode",
    "-U",
    "-w",
    path.join(folder, "captured.pcap"),
  ];
  const child = spawn("tcpdump", args, { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  child.stderr!.setEncoding("utf8").on("data", (part: string) => (text += part));
  while (!text.includes("listening on")) await once(child.stderr!, "data");
  return child;
}

async function play({ port, logs, records }: Server): Promise<void> {
  const join = (what: string, host = "127.0.0.1") => Client.join(what, port, host);
  const alice = await join("Alice");
  alice.say("Alice\n");
  await alice.hears("Welcome Alice");
  const bob = await join("Bob, over IPv6, with telnet", "::1");
  bob.say(Buffer.from([0xff, 0xfd, 0x06, 0x42, 0x6f, 0x62, 0x0d, 0x0a]));
  await bob.hears("Welcome Bob");

  // A person, word by word; several lines at once; what is no text; what is long.
  for (const text of ["Bob: Good", " mor", "ning\n"]) {
    alice.say(text);
    await records(text.trimEnd());
  }
  await bob.hears("[Alice] Good morning");
  bob.say("all: Grüße 😀\nAlice: one\nAlice: two\nlist\n");
  await alice.hears("[Bob] two");
  alice.say(Buffer.from([0x42, 0x6f, 0x62, 0x3a, 0x20, 0xfe, 0xff, 0x0a]));
  await alice.hears("not valid UTF-8");
  alice.say(`Bob: ${"long ".repeat(800)}\n`);
  await bob.hears("long ".repeat(800).trimEnd());

  const piped = await join("Piped, which closes its side at once");
  piped.say("Piped\nall: from a pipe\n");
  piped.socket.end();
  await piped.closes();
  // Its place is free then.
  await logs('"disconnected","id":3');

  const breaker = await join("Breaker, which resets");
  breaker.say("Breaker\n");
  await breaker.hears("Welcome Breaker");
  const refused = await join("one too many");
  await refused.leavesWhenTold();
  breaker.socket.resetAndDestroy();
  await breaker.closes();
  await logs('"disconnected","id":4');

  const flood = await join("Flood, which is slowed down");
  flood.say("Flood\n");
  await flood.hears("Welcome Flood");
  for (let count = 0; count < 30; count++) flood.say(`Bob: number ${count}\n`);
  await bob.hears("[Flood] number 29");
  flood.say(`${"x".repeat(5000)}\n`);
  await flood.leavesWhenTold();

  alice.say("quit\n");
  await alice.leavesWhenTold();
  const silent = await join("Silent, which is there when the server stops");
  await logs(`"port":${silent.port}}`);
  all.splice(0, all.length, ...all.filter((client) => client !== silent), silent);
}

/** What was captured is written at once, but takes its way through the system: milliseconds in which nothing comes. */
const CAPTURE_DELAY = 1000;

/** Until a file has not grown for so long. */
async function untilSettled(file: string, milliseconds: number): Promise<void> {
  for (let size = -1; size !== statSync(file).size; await sleep(milliseconds)) size = statSync(file).size;
}

const folder = process.argv[2]!;
const capture = process.argv[3] === "--capture" ? await startCapture(folder) : undefined;
const server = await startServer(folder);
try {
  await play(server);
} finally {
  server.child.kill("SIGTERM");
  const left = all.filter(({ isClosed }) => !isClosed).map((client) => client.leavesWhenTold());
  await Promise.all([...left, once(server.child, "close")]);
  if (capture !== undefined) {
    await untilSettled(path.join(folder, "captured.pcap"), CAPTURE_DELAY);
    capture.kill("SIGINT");
    await once(capture, "close");
  }
}
console.log(JSON.stringify(all.map(({ what, port, sent, received }): SceneClient => ({ what, port, sent, received }))));
process.exit();

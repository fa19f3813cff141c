/** The chat under load: memory of idle clients, deliveries a second, delays, and a client that never reads. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { quantile } from "./statistics.ts";

export interface ChatFigure {
  readonly work: string;
  readonly figures: Readonly<Record<string, number>>;
}

const IDLE_CLIENTS = 10_000;
const LISTENERS = 1000;
/** Connections that are opened at a time. */
const AT_ONCE = 200;
/** Lines that the sender of broadcasts has under way: as many as the clients take before the next are sent. */
const LINES_AT_ONCE = 200;
const BROADCAST_ROUNDS = 40;
const WARM_UP_ROUNDS = 5;
const SAMPLES = 4000;
const FLOOD_TEXT = "x".repeat(1000);

/** Every work on a server of its own. */
export async function measureChat(): Promise<ChatFigure[]> {
  return [await withServer(measureIdle), await withServer(measureBroadcast), await withServer(measureStalled)];
}

async function withServer(measure: (server: ServerChild) => Promise<ChatFigure>): Promise<ChatFigure> {
  const server = await ServerChild.start();
  try {
    return await measure(server);
  } finally {
    server.stop();
  }
}

class ServerChild {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #clients: Socket[] = [];

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<ServerChild> {
    const script = fileURLToPath(new URL("chat-server-child.ts", import.meta.url));
    const child = fork(script, { execArgv: ["--expose-gc", "--import", "tsx"] });
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new ServerChild(child, port);
  }

  async state(): Promise<{ bytes: number; clients: number; closed: number }> {
    this.#child.send("state");
    const [state] = await once(this.#child, "message");
    return state as { bytes: number; clients: number; closed: number };
  }

  /** A client that has its name. */
  async join(name: string): Promise<Socket> {
    const socket = connect({ port: this.port, host: "127.0.0.1", noDelay: true });
    this.#clients.push(socket);
    socket.on("error", () => {});
    socket.write(`${name}\n`);
    await once(socket, "data");
    return socket;
  }

  async joinMany(prefix: string, count: number): Promise<Socket[]> {
    const sockets: Socket[] = [];
    for (let first = 0; first < count; first += AT_ONCE) {
      const length = Math.min(AT_ONCE, count - first);
      const names = Array.from({ length }, (_, index) => `${prefix}${first + index}`);
      sockets.push(...(await Promise.all(names.map((name) => this.join(name)))));
    }
    return sockets;
  }

  stop(): void {
    for (const socket of this.#clients) socket.destroy();
    this.#child.disconnect();
  }
}

async function measureIdle(server: ServerChild): Promise<ChatFigure> {
  await server.joinMany("warm", AT_ONCE);
  const before = await server.state();
  await server.joinMany("idle", IDLE_CLIENTS);
  const after = await server.state();
  const delays = await pingPong(server, SAMPLES);
  return {
    work: `chat: ${IDLE_CLIENTS.toLocaleString("en")} idle clients, two that talk`,
    figures: {
      "KiB a client": (after.bytes - before.bytes) / IDLE_CLIENTS / 1024,
      "median delay in µs": quantile(delays, 0.5),
      "99th percentile in µs": quantile(delays, 0.99),
    },
  };
}

/** Delays of messages from one client to another, in microseconds, one at a time. */
async function pingPong(server: ServerChild, samples: number): Promise<number[]> {
  return exchange(await server.join("ping"), await server.join("pong"), "pong", samples);
}

async function exchange(from: Socket, to: Socket, name: string, samples: number): Promise<number[]> {
  const delays: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const arrival = once(to, "data");
    const start = performance.now();
    from.write(`${name}: ${sample}\n`);
    await arrival;
    delays.push((performance.now() - start) * 1000);
  }
  return delays;
}

async function measureBroadcast(server: ServerChild): Promise<ChatFigure> {
  const listeners = await server.joinMany("ear", LISTENERS);
  const sender = await server.join("mouth");
  const line = "all: the quick brown fox jumps over the lazy dog\n".repeat(LINES_AT_ONCE);
  const expected = "[mouth] the quick brown fox jumps over the lazy dog\n".length * LINES_AT_ONCE * LISTENERS;
  let received = 0;
  let whenAll: () => void = () => {};
  for (const listener of listeners) {
    listener.on("data", (bytes) => {
      received += bytes.length;
      if (received >= expected) whenAll();
    });
  }
  const round = async () => {
    received = 0;
    const all = new Promise<void>((resolve) => (whenAll = resolve));
    sender.write(line);
    await all;
  };
  for (let index = 0; index < WARM_UP_ROUNDS; index++) await round();
  const start = performance.now();
  for (let index = 0; index < BROADCAST_ROUNDS; index++) await round();
  const seconds = (performance.now() - start) / 1000;
  const deliveries = BROADCAST_ROUNDS * LINES_AT_ONCE * LISTENERS;
  return {
    work: `chat: broadcast to ${LISTENERS.toLocaleString("en")} clients`,
    figures: { "million deliveries a second": deliveries / seconds / 1e6 },
  };
}

/** One client is flooded and never reads, while two others go on. */
async function measureStalled(server: ServerChild): Promise<ChatFigure> {
  const [from, to] = [await server.join("Ann"), await server.join("Bob")];
  const quiet = await exchange(from, to, "Bob", SAMPLES);
  const mute = await server.join("Mute");
  mute.pause();
  const flooder = await server.join("Flood");
  flooder.resume();
  const before = await server.state();
  const flood = setInterval(() => flooder.write(`Mute: ${FLOOD_TEXT}\n`.repeat(20)), 5);
  const flooded = await exchange(from, to, "Bob", SAMPLES);
  let after = await server.state();
  for (let wait = 0; after.closed === before.closed && wait < 100; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    after = await server.state();
  }
  clearInterval(flood);
  return {
    work: "chat: a client that never reads, two that talk",
    figures: {
      "99th percentile in µs, before": quantile(quiet, 0.99),
      "while it is flooded": quantile(flooded, 0.99),
      "MiB more": (after.bytes - before.bytes) / 2 ** 20,
      "clients closed": after.closed - before.closed,
    },
  };
}

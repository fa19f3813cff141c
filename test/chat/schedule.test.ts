/** A hundred thousand steps of many clients, in an order that a seed decides, and what must hold all the while. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { ServerLog } from "../../lib/chat/server-log.ts";
import { PATIENCE } from "../helpers/programs/patience.ts";
import { TestServer, UNHURRIED } from "./peer.ts";

const STEPS = 100_000;
const MOST_CLIENTS = 40;
/** Steps between two looks at everything. */
const PAUSE_EVERY = 500;

/** Small and seeded: mulberry32. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

interface Client {
  readonly socket: Socket;
  readonly name: string;
  /** Whether it has asked for its name. */
  isNamed: boolean;
  /** Whether it was there, with its name, at the last look. */
  isSettled: boolean;
  /** Left by its own will; what still comes does not count. */
  isGone: boolean;
  readonly heard: Map<string, number>;
  /** Notices, in order. */
  readonly told: string[];
  text: string;
}

class Schedule {
  readonly #at: TestServer;
  readonly #random: (below: number) => number;
  readonly clients: Client[] = [];
  readonly everyone: Client[] = [];
  readonly log: string[] = [];
  /** Texts that the server accepted, and for whom. */
  readonly accepted = new Map<string, { from: string; to: string }>();
  /** Messages sent by someone who was there until the next look, with their sender. */
  sent: { client: Client; text: string; to: Client | "all" }[] = [];
  /** Pairs of an accepted message and somebody who must have it. */
  checkedDeliveries = 0;
  #count = 0;

  constructor(at: TestServer, seed: number) {
    this.#at = at;
    this.#random = randomFrom(seed);
    new ServerLog(at.server, { write: (line) => this.log.push(line) });
    at.server.on("message", ({ from, to, text }) => this.accepted.set(text, { from, to }));
  }

  async step(): Promise<void> {
    const client = this.clients[this.#random(this.clients.length)];
    const choice = this.#random(1000);
    if (client === undefined || (choice < 20 && this.clients.length < MOST_CLIENTS)) return this.#connect();
    if (choice < 32) return this.#leave(client);
    if (!client.isNamed) return this.#takeName(client);
    if (choice < 950) return this.#send(client, this.clients[this.#random(this.clients.length)] as Client);
    this.#send(client, "all");
  }

  async #connect(): Promise<void> {
    const socket = connect({ port: this.#at.port, host: "127.0.0.1" }).setEncoding("utf8").setNoDelay(true);
    socket.on("error", () => {});
    await once(socket, "connect");
    const name = `user${this.everyone.length}`;
    const client: Client = {
      socket,
      name,
      isNamed: false,
      isSettled: false,
      isGone: false,
      heard: new Map(),
      told: [],
      text: "",
    };
    socket.on("data", (text: string) => hear(client, text));
    this.clients.push(client);
    this.everyone.push(client);
  }

  /** Quits, closes its side, goes without a word or in the middle of a line, or is reset. */
  #leave(client: Client): void {
    client.isGone = true;
    this.clients.splice(this.clients.indexOf(client), 1);
    const { socket } = client;
    switch (this.#random(5)) {
      case 0:
        return void socket.write("quit\n");
      case 1:
        return void socket.end();
      case 2:
        return void socket.destroy();
      case 3:
        return void socket.write("all: half a li", () => socket.resetAndDestroy());
      default:
        return void socket.resetAndDestroy();
    }
  }

  #takeName(client: Client): void {
    client.isNamed = true;
    client.socket.write(`${client.name}\n`);
  }

  #send(client: Client, to: Client | "all"): void {
    const text = `m${this.#count++}`;
    const line = `${to === "all" ? "all" : to.name}: ${text}\n`;
    const cut = this.#random(line.length);
    client.socket.write(line.slice(0, cut));
    client.socket.write(line.slice(cut));
    this.sent.push({ client, text, to });
  }

  /** Waits until the server has followed all that those who are there have sent. */
  async look(): Promise<void> {
    for (const client of this.clients) if (!client.isNamed) this.#takeName(client);
    const mark = `/look${this.#count}`;
    const answer = `Unknown command: ${mark}.`;
    // Twice: what the first round made the server say to others has arrived with the second.
    for (const round of [1, 2]) {
      for (const client of this.clients) client.socket.write(`${mark}\n`);
      await until(() => this.clients.every((client) => countOf(client, answer) >= round));
    }
    await until(() => this.#at.server.size === this.clients.length);
    expect(this.#at.server.names().sort()).toEqual(this.clients.map((client) => client.name).sort());
    this.#checkMessages();
    for (const client of this.clients) {
      client.isSettled = true;
      client.told.length = 0;
      client.heard.clear();
    }
    this.accepted.clear();
    this.sent = [];
  }

  /** Exactly once: that nobody has anything twice is looked at elsewhere. */
  #checkDelivered(text: string, sender: Client, to: Client | "all"): void {
    const receivers = to === "all" ? this.clients.filter((one) => one.isSettled && one !== sender) : [to];
    for (const receiver of receivers) {
      if (receiver.isGone) continue;
      // One comparison for what is right: there are hundreds of thousands.
      if (receiver.heard.get(text) !== 1) expect.fail(`${text} for ${receiver.name} came not once`);
      this.checkedDeliveries++;
    }
  }

  #checkMessages(): void {
    for (const client of this.everyone) {
      const doubled = [...client.heard].filter(([, times]) => times !== 1);
      expect(doubled).toEqual([]);
    }
    const refusals = new Map(this.clients.map((client) => [client, countRefusals(client)]));
    for (const { client, text, to } of this.sent) {
      const accepted = this.accepted.get(text);
      if (accepted !== undefined) this.#checkDelivered(text, client, to);
      if (accepted === undefined && !client.isGone) refusals.set(client, (refusals.get(client) as number) - 1);
    }
    // Whatever was not accepted was refused with a line, and nothing else was.
    for (const [client, surplus] of refusals) expect(surplus, client.name).toBe(0);
  }
}

const DELIVERIES_AT_LEAST = STEPS / 2;

function hear(client: Client, text: string): void {
  const lines = (client.text + text).split("\n");
  client.text = lines.pop() as string;
  for (const line of lines) {
    const said = /^\[user\d+\] (m\d+)$/.exec(line)?.[1];
    if (said === undefined) client.told.push(line);
    else client.heard.set(said, (client.heard.get(said) ?? 0) + 1);
  }
}

const countOf = (client: Client, start: string) => client.told.filter((line) => line.startsWith(start)).length;
const REFUSAL = /^(User not found: user\d+\.|That is you: .*|Nobody else is online\.)$/;
const countRefusals = (client: Client) => client.told.filter((line) => REFUSAL.test(line)).length;

async function until(isDone: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!isDone()) {
    if (performance.now() > end) throw new Error("waited in vain");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test.each([1])(`${STEPS} steps in the order of seed %i`, { timeout: 1_800_000 }, async (seed) => {
  const at = await TestServer.start({ ...UNHURRIED, nameTimeout: 0 });
  const schedule = new Schedule(at, seed);
  for (let step = 1; step <= STEPS; step++) {
    await schedule.step();
    if (step % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (step % PAUSE_EVERY === 0) await schedule.look();
  }
  for (const client of schedule.clients) client.socket.destroy();
  await until(() => at.server.size === 0);
  expect(at.server.names()).toEqual([]);
  await at.stop();
  expect(schedule.checkedDeliveries).toBeGreaterThan(DELIVERIES_AT_LEAST);
  const gone = schedule.log.filter((line) => line.startsWith("[DISCONNECTED]"));
  expect(gone.length).toBe(schedule.log.filter((line) => line.startsWith("[NEW CONNECTION]")).length);
  const named = schedule.log.flatMap((line) => /^\[NAMED\] .* is (.*)$/.exec(line)?.[1] ?? []);
  const goneByName = gone.filter((line) => !line.includes(":"));
  expect(goneByName.sort()).toEqual(named.map((name) => `[DISCONNECTED] ${name}`).sort());
});

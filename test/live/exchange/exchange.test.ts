import { type AddressInfo, createServer } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type ExchangeOptions, type ExchangeResult, exchange } from "../../../lib/live/exchange/exchange.ts";
import type { PlannedStep, StepKind } from "../../../lib/live/exchange/plan.ts";
import type { SideName } from "../../../lib/session/conversation.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { connection, planOf, type Spoil, step, Wire } from "./exchange-scene.ts";

const HERE = { host: "127.0.0.1", port: 0 } as const;
const wires: Wire[] = [];
afterEach(() => {
  for (const wire of wires.splice(0)) wire.close();
});

const both = (steps: readonly PlannedStep[], more: Partial<ExchangeOptions> = {}) =>
  exchange(planOf(steps), { ...HERE, sides: "both", ...more });

interface Halves {
  readonly wire: Wire;
  readonly server: PromiseSettledResult<ExchangeResult>;
  readonly client: PromiseSettledResult<ExchangeResult>;
}

/** Plays both halves, which meet at a wire of ours. */
async function halves(
  forServer: readonly PlannedStep[],
  forClient: readonly PlannedStep[] = forServer,
  spoil?: Spoil,
): Promise<Halves> {
  const wire = new Wire();
  wires.push(wire);
  let ready: (port: number) => void;
  const listening = new Promise<number>((resolve) => (ready = resolve));
  const server = exchange(planOf(forServer), {
    ...HERE,
    sides: "server",
    onReady: async ({ port }) => ready(await wire.listen(port, spoil)),
  });
  const client = listening.then((port) => exchange(planOf(forClient), { ...HERE, port, sides: "client" }));
  const [one, other] = await Promise.allSettled([server, client]);
  return { wire, server: one, client: other };
}

function reasonOf(result: PromiseSettledResult<unknown>): { code?: string; message: string } {
  if (result.status === "fulfilled") throw new Error("It did not fail");
  return result.reason as Error;
}

function bytesFrom(steps: readonly PlannedStep[], conversation: number, side: SideName): Buffer {
  const own = steps.filter((one) => one.connection.conversation === conversation && one.side === side);
  return Buffer.concat(own.map(({ bytes }) => bytes));
}

const anyRow = fc.record({
  of: fc.nat({ max: 4 }),
  side: fc.constantFrom<SideName>("client", "server"),
  length: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 200_000 })),
  fill: fc.nat({ max: 255 }),
  time: fc.nat({ max: 3 }),
  isEnd: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
});

interface Deed {
  readonly of: number;
  readonly side: SideName;
  readonly kind: StepKind;
  readonly length: number;
}

const anyDeed: fc.Arbitrary<Deed> = fc.record({
  of: fc.nat({ max: 5 }),
  side: fc.constantFrom<SideName>("client", "server"),
  kind: fc.constantFrom<StepKind>("data", "data", "data", "data", "open", "end", "reset"),
  length: fc.integer({ min: 1, max: 60_000 }),
});

/** Four connections and two flows of datagrams. What a side has ended is opened anew by what it does next. */
function planned(deeds: readonly Deed[]): PlannedStep[] {
  const current = Array.from({ length: 6 }, (_, index) => connection(index, index < 4 ? "tcp" : "udp"));
  const ended = current.map(() => new Set<SideName>());
  return deeds.flatMap(({ of, side, kind, length }) => {
    const before: PlannedStep[] = [];
    const over = ended[of]!;
    if (over.has(side)) {
      const other = side === "client" ? "server" : "client";
      if (!over.has(other)) before.push(step(current[of]!, other, "end"));
      current[of] = connection(of);
      over.clear();
    }
    if (kind === "data" || of > 3) return [...before, step(current[of]!, side, new Uint8Array(length).fill(of))];
    if (kind === "end" || kind === "reset") over.add(side);
    if (kind === "reset") over.add("client").add("server");
    return [...before, step(current[of]!, side, kind)];
  });
}

describe("a plan on real sockets", () => {
  it("passes a wire between two halves whole and in order, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 40 }), async (rows) => {
        const all = Array.from({ length: 5 }, (_, index) => connection(index));
        const ended = new Set<string>();
        const order: number[] = [];
        let time = 0;
        const steps = rows.flatMap(({ of, side, length, fill, time: later, isEnd }, index) => {
          if (ended.has(`${of} ${side}`)) return [];
          if (!order.includes(of)) order.push(of);
          time += later;
          if (isEnd) ended.add(`${of} ${side}`);
          const bytes = Uint8Array.from({ length }, (_, at) => fill + at * 7);
          return [step(all[of]!, side, isEnd ? "end" : bytes, { time, line: index + 2 })];
        });
        const { wire, server, client } = await halves(steps);
        expect([server.status, client.status]).toEqual(["fulfilled", "fulfilled"]);
        expect(wire.connections).toHaveLength(order.length);
        for (const [number, conversation] of order.entries()) {
          for (const side of ["client", "server"] as const) {
            const passed = Buffer.concat(wire.connections[number]![side]);
            expect(passed.equals(bytesFrom(steps, conversation, side))).toBe(true);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it("is played to its end with both sides here, over TCP and UDP, with ends and resets", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyDeed, { minLength: 1, maxLength: 60 }), async (deeds) => {
        const steps = planned(deeds);
        const { sent, arrived, isInterrupted } = await both(steps);
        const data = steps.filter(({ kind }) => kind === "data");
        const bytes = data.reduce((sum, one) => sum + one.bytes.length, 0);
        expect({ sent, arrived, isInterrupted }).toEqual({
          sent: { messages: data.length, bytes },
          arrived: { messages: data.length, bytes },
          isInterrupted: false,
        });
      }),
      { numRuns: 40 },
    );
  });

  it("keeps the order of the plan when the sides take turns", async () => {
    const one = connection(1);
    const steps = Array.from({ length: 200 }, (_, index) =>
      step(one, index % 3 === 0 ? "client" : "server", `${index},`, { line: index + 2 }),
    );
    const seen: string[] = [];
    await halves(steps, steps, (chunk, _from, _connection, send) => {
      seen.push(chunk.toString());
      send(chunk);
    });
    expect(seen.join("")).toBe(steps.map(({ bytes }) => Buffer.from(bytes).toString()).join(""));
  });

  it("sends a message of 5 MB in either direction", async () => {
    const one = connection(1);
    const large = new Uint8Array(5_000_000).map((_, index) => index % 251);
    const { sent, arrived } = await both([step(one, "client", large), step(one, "server", large)]);
    expect([sent.bytes, arrived.bytes]).toEqual([10_000_000, 10_000_000]);
  });

  it("reads no more of the plan than can be under way", async () => {
    const one = connection(1);
    let taken = 0;
    async function* endless(): AsyncGenerator<readonly PlannedStep[]> {
      for (; taken < 100_000; taken++) yield [step(one, "client", "x")];
    }
    const sink = createServer((socket) => socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
    const { port } = sink.address() as AddressInfo;
    async function* withAnswer(): AsyncGenerator<readonly PlannedStep[]> {
      yield [step(one, "client", "?"), step(one, "server", "!")];
      yield* endless();
    }
    const stop = new AbortController();
    const running = exchange(withAnswer(), { host: "127.0.0.1", port, sides: "client", signal: stop.signal });
    // The answer never comes, so what follows it waits.
    await expect.poll(() => taken, { interval: 5 }).toBeGreaterThan(1000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBeLessThan(1100);
    stop.abort();
    expect((await running).isInterrupted).toBe(true);
    sink.close();
  });

  it("keeps the times of the plan, counted from the first step", async () => {
    const one = connection(1);
    const began = performance.now();
    // From the start of the plan they would be hours away.
    const steps = [400, 800].map((time) => step(one, "client", "a", { time: 1e8 + time }));
    const { worstDelay } = await both(steps);
    const took = performance.now() - began;
    // Never early, however slow the machine; and what is told of the lateness lies within the time that it took.
    expect(took).toBeGreaterThanOrEqual(400);
    expect(worstDelay).toBeGreaterThanOrEqual(0);
    expect(worstDelay).toBeLessThanOrEqual(took);
  });

  it("names line, message and byte of what arrives different", async () => {
    const one = connection(1);
    const steps = [step(one, "client", "hello"), step(one, "server", "how are you?", { line: 3, name: "msg 2" })];
    const { client, server } = await halves(steps, steps, (chunk, from, _connection, send) =>
      send(from === "server" ? Buffer.from(chunk.toString().replace("you", "yOu")) : chunk),
    );
    expect(reasonOf(client)).toMatchObject({
      code: "DIFFERENT",
      message:
        "line 3, msg 2 from server 1 to client 1: byte 10 of 12 is 0x6f here and arrived as 0x4f; both halves need the same file and the same flags, and nobody else may use the port.",
    });
    expect(reasonOf(server).code).toBe("CONNECTION_LOST");
  });

  it("notices bytes after all that is to arrive", async () => {
    const one = connection(1);
    const { server } = await halves([step(one, "client", "hello")], [step(one, "client", "hello!!")]);
    expect(reasonOf(server)).toMatchObject({ code: "DIFFERENT" });
    expect(reasonOf(server).message).toContain("more bytes have arrived before it");
  });

  it("says which message was under way when the connection broke", async () => {
    const one = connection(1);
    const steps = [step(one, "client", "hello", { line: 7 })];
    const { server } = await halves(steps, steps, (chunk, _from, _connection, send) => {
      send(chunk.subarray(0, 2));
      setTimeout(() => wires[0]?.cut(), 50);
    });
    expect(reasonOf(server)).toMatchObject({
      code: "CONNECTION_LOST",
      message:
        "line 7, msg 1 from client 1 to server 1: the connection is gone after 2 of 5 bytes; what the other side says tells why.",
    });
  });

  it("notices a datagram that differs, and one that is shorter", async () => {
    const flow = connection(1, "udp");
    for (const [wanted, found, text] of [
      ["hello", "hallo", "byte 2 of 5 is 0x65 here and arrived as 0x61"],
      ["hello", "hell", "4 bytes have arrived instead of 5"],
    ] as const) {
      let ready: (port: number) => void = () => {};
      const listening = new Promise<number>((resolve) => (ready = resolve));
      const server = exchange(planOf([step(flow, "client", wanted)]), {
        ...HERE,
        sides: "server",
        onReady: ({ port }) => ready(port),
      });
      const port = await listening;
      await Promise.all([
        expect(server).rejects.toThrow(text),
        exchange(planOf([step(flow, "client", found)]), { ...HERE, port, sides: "client" }),
      ]);
    }
  });

  it("cannot begin a flow of datagrams with a server that does not know its client", async () => {
    const flow = connection(1, "udp");
    const server = exchange(planOf([step(flow, "server", "hello")]), { ...HERE, sides: "server" });
    await expect(server).rejects.toThrow(
      "a server cannot send the first datagram, because it learns of its client by one; play both halves on one machine.",
    );
    await expect(both([step(flow, "server", "hello"), step(flow, "client", "hi")])).resolves.toMatchObject({
      arrived: { messages: 2 },
    });
  });

  it("says that a port is in use, that an address is foreign, that nobody listens", async () => {
    const busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
    const { port } = busy.address() as AddressInfo;
    const steps = [step(connection(1), "client", "hello")];
    await expect(both(steps, { port })).rejects.toMatchObject({
      code: "BUSY_PORT",
      message: `Port ${port} is in use; choose another with --port.`,
    });
    await expect(both(steps, { host: "192.0.2.1" })).rejects.toMatchObject({ code: "BAD_HOST" });
    busy.close();
    await expect(both(steps, { port, sides: "client" })).rejects.toMatchObject({
      code: "REFUSED",
      message: `Nobody listens at 127.0.0.1 port ${port}; start the other half with --serve first.`,
    });
  });

  it("lets what the plan throws pass", async () => {
    async function* broken(): AsyncGenerator<readonly PlannedStep[]> {
      yield [step(connection(1), "client", "hello")];
      throw new RangeError("row 3 is wrong");
    }
    await expect(exchange(broken(), { ...HERE, sides: "both" })).rejects.toThrow("row 3 is wrong");
  });

  it.each(["127.0.0.1", ...(isMissing("IPv6") ? [] : ["::1"])])(
    "plays a thousand connections at a time, to %s",
    async (host) => {
      const all = Array.from({ length: 1000 }, (_, index) => connection(index));
      const steps = [
        ...all.map((one) => step(one, "client", "ping")),
        ...all.map((one) => step(one, "server", "pong")),
      ];
      expect(await both(steps, { host })).toMatchObject({ connections: 1000, arrived: { messages: 2000 } });
    },
  );
});

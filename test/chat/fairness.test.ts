/** What one client can make the server read and do: counted in bytes, lines and turns of the event loop. */
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { QUANTUM, TURN_WORK, Work } from "../../lib/chat/round-robin.ts";
import { MOST_DISCARDED } from "../../lib/chat/socket-closing.ts";
import type { Peer } from "./peer.ts";
import { at, log, start } from "./scene.ts";

afterEach(() => at.stop());

/** What a socket brings at once, and what Node asks for beside it before it stops. */
const READ_AHEAD = 2 * (64 << 10);
const BYTES_FOR_A_LINE = 8192;

/** Bytes that the server has read of the connection of this number, from now on. */
function bytesOf(id: number): () => number {
  let count = 0;
  at.server.on("received", (event) => {
    if (event.id === id) count += event.bytes.length;
  });
  return () => count;
}

/** So many messages go to and fro: until then the server has looked at every socket again and again. */
async function chatter(ann: Peer, ben: Peer, rounds = 50): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    ann.line(`Ben: ${round}`);
    expect(await ben.next()).toBe(`[Ann] ${round}`);
  }
}

describe("bytes that make no line", () => {
  test.each([
    ["empty lines", "\n"],
    ["erased characters", "a\x08"],
    ["CR alone", "\r"],
    ["telnet's NOP", Buffer.of(0xff, 0xf1)],
    ["a subnegotiation without an end", Buffer.of(0xff, 0xfa, 0x61)],
    ["erased lines", Buffer.of(0x61, 0xff, 0xf8)],
  ])("%s are left with the system once the allowance is used up", async (_what, piece) => {
    // Ten lines at once, and then none for a long time.
    const burst = 10;
    await start({ floodBurst: burst, floodRate: 1e-6 });
    const [eve] = (await at.named("Eve")) as [Peer];
    const read = bytesOf(1);
    eve.send(Buffer.alloc(8 << 20, piece));
    const [ann, ben] = (await at.named("Ann", "Ben")) as [Peer, Peer];
    await chatter(ann, ben, burst - 1);
    // What the server would read of her meanwhile it has read.
    for (let turn = 0; turn < 1000; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(read()).toBeGreaterThan(0);
    expect(read()).toBeLessThanOrEqual(burst * BYTES_FOR_A_LINE + READ_AHEAD);
    expect(log.filter((line) => line.startsWith("[CLOSED]"))).toEqual([]);
    eve.socket.destroy();
  });
});

describe("a connection that the server has closed", () => {
  test.each([
    ["a client", {}],
    ["one that is refused", { maxClients: 2 }],
  ])("is read no further than what was on its way: %s", async (_what, limits) => {
    await start({ floodBurst: 0, nameTimeout: 0, ...limits });
    const [ann, ben] = (await at.named("Ann", "Ben")) as [Peer, Peer];
    const read = bytesOf(3);
    const eve = await at.connect();
    let sent = 0;
    const piece = Buffer.alloc(1 << 20, "x");
    const pump = () => {
      while (!eve.isClosed && eve.socket.writable && sent < 64 << 20 && eve.socket.write(piece)) sent += piece.length;
    };
    eve.socket.on("drain", pump);
    pump();
    // Its answer is there all the same.
    await eve.until(() => eve.lines.some((line) => line.startsWith("Connection closed: ")));
    await chatter(ann, ben);
    await eve.closed;
    expect(read()).toBeGreaterThan(0);
    expect(read()).toBeLessThanOrEqual(MOST_DISCARDED + READ_AHEAD);
  });
});

describe("with the limits of lines lifted", () => {
  const UNLIMITED = { floodBurst: 0, softOutputQueue: 0, hardOutputQueue: 0 };
  const LINES = 20_000;
  /** Lines that a share of the work has room for; the last one can go beyond it. */
  const LINES_A_QUANTUM = Math.ceil(QUANTUM / Work.LINE) + 1;

  test("a backlog is followed whole and in order, but never much of it in one turn", async () => {
    await start(UNLIMITED);
    const [eve, ben] = (await at.named("Eve", "Ben")) as [Peer, Peer];
    let turn = 0;
    let isOver = false;
    const counts: number[] = [];
    at.server.on("message", () => (counts[turn] = (counts[turn] ?? 0) + 1));
    const count = () => {
      turn++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const lines = Array.from({ length: LINES }, (_, index) => `${index}`);
    eve.send(lines.map((line) => `Ben: ${line}\n`).join(""));
    expect(await ben.take(LINES)).toEqual(lines.map((line) => `[Eve] ${line}`));
    isOver = true;
    // Sockets are looked at once in a turn, and those who wait once.
    expect(Math.max(...counts.filter(Boolean))).toBeLessThanOrEqual((2 * TURN_WORK) / Work.LINE);
  });

  test("one who says a word is not behind the backlog of others", async () => {
    await start(UNLIMITED);
    const [ann, ben, eve, fay] = (await at.named("Ann", "Ben", "Eve", "Fay")) as [Peer, Peer, Peer, Peer];
    const between: number[] = [];
    let others = 0;
    let asked = 0;
    at.server.on("received", ({ id }) => {
      if (id === 1) asked = others;
    });
    at.server.on("message", ({ from }) => {
      if (from === "Ann") between.push(others - asked);
      else others++;
    });
    for (const peer of [eve, fay]) peer.send("Fay: x\nEve: x\n".repeat(LINES));
    await chatter(ann, ben, 30);
    expect(between.length).toBe(30);
    for (const count of between) expect(count).toBeLessThanOrEqual(3 * LINES_A_QUANTUM);
  });

  test("a message to many is as much work as it is", async () => {
    await start(UNLIMITED);
    const peers = await at.named(...Array.from({ length: 100 }, (_, index) => `user${index}`));
    const counts: number[] = [];
    let turn = 0;
    let isOver = false;
    at.server.on("message", () => (counts[turn] = (counts[turn] ?? 0) + 1));
    const count = () => {
      turn++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    peers[0]!.send("all: x\n".repeat(2000));
    for (const peer of peers.slice(1)) await peer.take(2000);
    isOver = true;
    const work = Work.LINE + 99 * Work.DELIVERY;
    expect(Math.max(...counts.filter(Boolean))).toBeLessThanOrEqual((2 * TURN_WORK) / work);
  });

  test("messages to very many that come together are written together", async () => {
    await start(UNLIMITED);
    const peers = await at.named(...Array.from({ length: 210 }, (_, index) => `user${index}`));
    let pieces = 0;
    let writes = 0;
    at.server.on("received", () => pieces++);
    at.server.on("sent", ({ bytes }) => {
      if (Buffer.from(bytes).toString().includes("[user0]")) writes++;
    });
    peers[0]!.send("all: x\n".repeat(100));
    for (const peer of peers.slice(1)) await peer.take(100);
    expect(writes).toBe(pieces * 209);
  });

  test("quit, the end of the input and a reset in a backlog", async () => {
    await start(UNLIMITED);
    const [ben, eve, fay, guy] = (await at.named("Ben", "Eve", "Fay", "Guy")) as [Peer, Peer, Peer, Peer];
    const lines = (name: string) => Array.from({ length: 5000 }, (_, index) => `Ben: ${name} ${index}`);
    eve.send(`${lines("a").join("\n")}\nquit\nBen: never\n`);
    fay.socket.end(lines("b").join("\n"));
    guy.send(`${lines("c").join("\n")}\n`);
    await once(at.server, "message");
    guy.socket.resetAndDestroy();
    expect((await eve.all()).at(-1)).toBe("Goodbye Eve.");
    await at.emptied(1);
    const heard = await ben.settled();
    for (const name of ["a", "b"]) {
      const own = heard.filter((line) => line.includes(`] ${name} `)).map((line) => line.split(" ").at(-1));
      expect(own).toEqual(Array.from({ length: 5000 }, (_, index) => `${index}`));
    }
    expect(heard.filter((line) => line.includes("never"))).toEqual([]);
    expect(at.server.names()).toEqual(["Ben"]);
  });
});

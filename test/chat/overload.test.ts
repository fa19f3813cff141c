/** Clients that send or leave waiting more than is borne, while two ordinary users go on chatting. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { PATIENCE } from "../helpers/programs/patience.ts";
import { type Peer, UNHURRIED } from "./peer.ts";
import { at, deaf, log, start, undisturbed } from "./scene.ts";

afterEach(() => at.stop());

describe("too much", () => {
  test("a client that never reads is closed, forgotten, and its correspondents are told", async () => {
    await start({ ...UNHURRIED, outputTimeout: 0 });
    const socket = await deaf();
    socket.write("Eve\n");
    const [carol] = (await at.named("Carol")) as [Peer];
    await undisturbed(async () => {
      while (!log.some((line) => line.startsWith("[CLOSED] Eve"))) {
        carol.send(`Eve: ${"x".repeat(4000)}\n`.repeat(64));
        await sleep(1);
      }
      await carol.until(() => carol.lines.some((line) => line.startsWith("Not delivered: Eve has left before")));
    });
    socket.destroy();
    expect(log).toContain("[CLOSED] Eve: too much waits to be sent to it");
    expect(log.filter((line) => line.endsWith(" Eve")).at(-1)).toBe("[DISCONNECTED] Eve");
    expect(at.server.names()).toEqual(["Carol", "Ann", "Ben"]);
    await at.emptied(3);
  });

  test("a client that takes nothing for a while is closed, however little waits", async () => {
    await start({ ...UNHURRIED, outputTimeout: 300, hardOutputQueue: 0 });
    const socket = await deaf();
    socket.write("Eve\n");
    const [carol] = (await at.named("Carol")) as [Peer];
    const reason = "[CLOSED] Eve: takes nothing of what is sent to it";
    const end = performance.now() + PATIENCE;
    while (!log.includes(reason) && performance.now() < end) {
      carol.send(`Eve: ${"x".repeat(4000)}\n`.repeat(16));
      await sleep(1);
    }
    expect(log).toContain(reason);
    // What the system had taken is not taken back.
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => (bytes += chunk.length)).resume();
    await once(socket, "end");
    await carol.until(() => carol.lines.some((line) => line.startsWith("Not delivered: Eve")));
    const lost = carol.lines.map((line) => /^Not delivered: .* your last (\d+) messages/.exec(line)?.[1]).find(Boolean);
    const accepted = log.filter((line) => line.startsWith("[Carol → Eve]")).length;
    // The one that was being written may have come in part.
    expect(Math.floor(bytes / 4009)).toBeGreaterThanOrEqual(accepted - Number(lost));
  });

  test("its own lines wait while it does not take the answers", async () => {
    await start({ ...UNHURRIED, maxLine: 0, softOutputQueue: 4096, hardOutputQueue: 32 << 10 });
    const socket = await deaf();
    socket.write("Eve\n");
    await at.named(...Array.from({ length: 40 }, (_, index) => `${"long".repeat(7)}${index}`));
    // Each asks for more than a kilobyte: some megabytes, all of which would be there at once if none had to wait.
    let answers = 0;
    at.server.on("sent", ({ id }) => (answers += id === 1 ? 1 : 0));
    for (let count = 0; count < 200; count++) socket.write("list\n".repeat(100));
    await expect.poll(() => answers).toBeGreaterThan(0);
    await sleep(300);
    expect(log.filter((line) => line.startsWith("[CLOSED]"))).toEqual([]);
    socket.resume();
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
    await expect.poll(() => bytes).toBeGreaterThan(20_000 * 1200);
    socket.destroy();
  });

  test("a flood is delayed, and a larger one not closed", async () => {
    await start({ floodBurst: 10, floodRate: 50 });
    const [eve] = (await at.named("Eve")) as [Peer];
    const act = async () => {
      const began = performance.now();
      eve.send("list\n".repeat(40));
      expect(await eve.take(40)).toHaveLength(40);
      expect(performance.now() - began).toBeGreaterThan(500);
      eve.send(`${"x".repeat(99)}\n`.repeat(400));
      expect(await eve.take(20)).toHaveLength(20);
    };
    // The limit is one for the two as well.
    await undisturbed(act, 40);
    expect(log.filter((line) => line.startsWith("[CLOSED]"))).toEqual([]);
  });

  test("1,400 lines at once all arrive", async () => {
    await start({ floodBurst: 10, floodRate: 2000 });
    const [eve, bob] = (await at.named("Eve", "Bob")) as [Peer, Peer];
    const lines = Array.from({ length: 1400 }, (_, index) => `Bob: this is line ${index}`);
    eve.socket.end(lines.join("\n"));
    expect(await bob.take(1400)).toEqual(lines.map((line) => line.replace("Bob:", "[Eve]")));
    await at.emptied(1);
  });

  test("empty lines are not counted as lines", async () => {
    await start({ floodBurst: 2, floodRate: 1 });
    const [eve] = (await at.named("Eve")) as [Peer];
    eve.send(`${"\r\n".repeat(1000)}list\n`);
    expect(await eve.next()).toBe("Users online (1): Eve");
  });

  test.each(["at once", "in pieces"])("what is left a while after the end of the input is dropped: %s", async (how) => {
    await start({ floodBurst: 5, floodRate: 10, drainTimeout: 300 });
    const [eve] = (await at.named("Eve")) as [Peer];
    for (let count = 0; count < 40; count++) {
      eve.send("list\n");
      if (how === "in pieces") await sleep(2);
    }
    eve.socket.end();
    expect((await eve.all()).at(-1)).toBe("Connection closed: you send faster than the server reads.");
    expect(log).toContain("[CLOSED] Eve: sent too fast");
    await at.emptied();
  });

  test("a reset of a client whose lines wait is noticed", async () => {
    await start({ floodBurst: 5, floodRate: 0.01 });
    const [eve] = (await at.named("Eve")) as [Peer];
    eve.send("list\n".repeat(40));
    await eve.take(4);
    eve.socket.resetAndDestroy();
    await at.emptied();
  });

  test("one of fifty floods: the others hear each other", async () => {
    await start({ floodBurst: 10, floodRate: 1000 });
    const peers = await at.named(...Array.from({ length: 50 }, (_, index) => `user${index}`));
    await undisturbed(async () => {
      for (let count = 0; count < 200; count++) {
        peers[0]?.send(`all: ${count}\n`);
        await sleep(1);
      }
      for (const peer of peers.slice(1)) await peer.until(() => peer.lines.includes("[user0] 199"));
    });
    for (const peer of peers.slice(1)) expect(peer.lines).toHaveLength(200);
  });

  test("timing marks are answered when nothing waits, and not one by one before", async () => {
    await start({ ...UNHURRIED, outputTimeout: 0, hardOutputQueue: 0 });
    let replies = 0;
    let reads = 0;
    let read = 0;
    at.server.on("sent", ({ id, bytes }) => (replies += id === 1 && bytes[0] === 0xff ? 1 : 0));
    at.server.on("received", ({ id, bytes }) => {
      if (id !== 1) return;
      reads++;
      read += bytes.length;
    });
    const socket = await deaf();
    socket.write("Eve\n");
    const [carol] = (await at.named("Carol")) as [Peer];
    const mark = Buffer.from([0xff, 0xfd, 0x06]);
    socket.write(mark);
    while (replies === 0) await sleep(1);
    carol.send(`Eve: ${"x".repeat(4000)}\n`.repeat(4000));
    await carol.settled();
    for (let count = 0; count < 200; count++) {
      socket.write(Buffer.alloc(3000, mark));
      await sleep(1);
    }
    expect(replies).toBe(1);
    socket.resume();
    await expect.poll(() => replies).toBeGreaterThan(1);
    await expect.poll(() => read).toBe("Eve\n".length + 3 + 200 * 3000);
    // One for all that one read brings, at most, of 200,000.
    expect(replies).toBeLessThanOrEqual(reads + 1);
    expect(reads).toBeLessThan(20_000);
    socket.destroy();
  });

  test("who is closed while still sending is told why, and not reset", async () => {
    await start();
    const eve = await at.connect();
    const errors: Error[] = [];
    eve.socket.on("error", (error) => errors.push(error));
    eve.socket.pause();
    for (let count = 0; count < 20; count++) {
      eve.send("x".repeat(10_000));
      await sleep(5);
    }
    eve.socket.resume();
    expect(await eve.all()).toEqual(["Connection closed: a line can have at most 1024 bytes."]);
    expect(errors).toEqual([]);
  });

  test("a full server turns away with a line, logs it, and recovers", async () => {
    await start({ ...UNHURRIED, maxClients: 2 });
    const [eve] = (await at.named("Eve", "Bob")) as [Peer, Peer];
    for (let count = 0; count < 10; count++) {
      expect(await (await at.connect()).all()).toEqual(["Connection closed: the server is full; try again later."]);
    }
    const refusals = () => log.filter((line) => line.startsWith("[REFUSED]"));
    expect(refusals()[0]).toBe("[REFUSED] 127.0.0.1: the server is full");
    eve.line("quit");
    await at.emptied(1);
    await at.named("Carol");
    // In how many lines depends on how soon they came one after the other.
    const told = () => refusals().map((line) => Number(/ (\d+) connections/.exec(line)?.[1] ?? 1));
    await expect.poll(() => told().reduce((sum, count) => sum + count, 0)).toBe(10);
  });
});

/** What hostile and broken clients send, and how they go, while two ordinary users go on chatting. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ServerLog } from "../../lib/chat/server-log.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { Peer, UNHURRIED } from "./peer.ts";
import { at, log, start, undisturbed } from "./scene.ts";

afterEach(() => at.stop());

describe("bytes that do not end", () => {
  test("500 clients that drip: a newcomer need not wait until they are gone", async () => {
    await start();
    await undisturbed(async () => {
      const drips = await Promise.all(Array.from({ length: 500 }, () => at.connect()));
      for (const drip of drips) drip.send("x");
      await at.named("Carol");
      expect(drips.filter(({ isClosed }) => isClosed)).toEqual([]);
      for (const drip of drips) drip.socket.destroy();
    });
    await at.emptied(3);
  });

  test("100 MB without a newline: the memory stays flat", async () => {
    await start();
    const [eve] = (await at.named("Eve")) as [Peer];
    const before = process.memoryUsage().rss;
    let most = 0;
    await undisturbed(async () => {
      const piece = Buffer.alloc(1 << 20, "x");
      for (let sent = 0; sent < 100 && !eve.isClosed; sent++) {
        if (!eve.socket.write(piece)) await Promise.race([once(eve.socket, "drain").catch(() => {}), eve.closed]);
        most = Math.max(most, process.memoryUsage().rss - before);
      }
      await eve.closed;
    });
    expect(eve.lines[0]).toBe("Connection closed: a line can have at most 4096 bytes.");
    expect(most).toBeLessThan(64 << 20);
    expect(log).toContain("[CLOSED] Eve: line too long");
  });
});

describe("bytes that are no text", () => {
  test.each([
    ["invalid", [0x80]],
    ["overlong", [0xc0, 0xaf]],
    ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
    ["cut", [0xe2, 0x82]],
    ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ])("%s UTF-8 is refused and not relayed", async (_, bytes) => {
    await start();
    const [eve, bob] = (await at.named("Eve", "Bob")) as [Peer, Peer];
    eve.send(Buffer.from([...Buffer.from("Bob: "), ...bytes, 0x0a]));
    expect(await eve.settled()).toEqual(["Not understood: the line is not valid UTF-8 text."]);
    expect(await bob.settled()).toEqual([]);
  });

  test("lines that are no text count as well where a name is awaited", async () => {
    await start({ ...UNHURRIED, maxLinesBeforeName: 3 });
    const peer = await at.connect();
    peer.send(Buffer.from([0x0a, 0x80, 0x0a, 0x80, 0x0a, 0x80, 0x0a]));
    expect((await peer.all()).slice(1)).toEqual([
      ...Array(2).fill("Not understood: the line is not valid UTF-8 text."),
      "Connection closed: no name after 3 lines.",
    ]);
  });

  test("telnet's own bytes, Ctrl-C and backspace", async () => {
    await start();
    const [eve, bob] = (await at.named("Eve", "Bob")) as [Peer, Peer];
    eve.send(Buffer.from([0xff, 0xfb, 0x1f, 0xff, 0xfd, 0x03, ...Buffer.from("Bob: hé\x7fi\r\n")]));
    eve.send(Buffer.from([...Buffer.from("Bob: forget"), 0xff, 0xf4]));
    eve.send(Buffer.from("Bob: second\n"));
    expect(await bob.take(2)).toEqual(["[Eve] hi", "[Eve] second"]);
  });

  test.each(["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /x HTTP/1.0\n\n"])(
    "%j is told once and closed",
    async (request) => {
      await start();
      const peer = await at.connect();
      peer.send(request);
      expect(await peer.all()).toEqual(["Connection closed: this is a chat server, not a web server."]);
    },
  );

  test("nothing that a terminal obeys reaches another user or the log", async () => {
    await start();
    const [eve, bob] = (await at.named("Eve", "Bob")) as [Peer, Peer];
    const parts = [
      "\u001b[2J",
      "\u001b]0;x\u0007",
      "\u009b31m",
      "\u0007",
      "\0",
      "\u2028",
      "\u2029",
      "\u202e",
      "\u2066",
    ];
    eve.line(`Bob: a${parts.join("b")}\tc\r[DISCONNECTED] Bob`);
    const heard = await bob.next();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    const unsafe = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
    expect(heard).not.toMatch(unsafe);
    expect(heard).toMatch(/^\[Eve\] abb.*\tc\[DISCONNECTED\] Bob$/);
    expect(log.filter((line) => unsafe.test(line))).toEqual([]);
    expect(log.filter((line) => line.startsWith("[DISCONNECTED]"))).toEqual([]);
  });
});

describe("ends of connections", () => {
  test("a reset in the middle of a line drops what there is of it", async () => {
    await start();
    const [eve, bob] = (await at.named("Eve", "Bob")) as [Peer, Peer];
    eve.send("Bob: half");
    await sleep(20);
    eve.socket.resetAndDestroy();
    await at.emptied(1);
    expect(await bob.settled()).toEqual([]);
    expect(log.filter((line) => line.startsWith("[DISCONNECTED]"))).toEqual(["[DISCONNECTED] Eve"]);
  });

  test("who has closed its side still gets its answers", async () => {
    await start({ floodBurst: 2, floodRate: 20 });
    const peer = await at.connect();
    peer.socket.end(`Eve\n${"list\n".repeat(5)}list`);
    expect(await peer.all()).toEqual(["Welcome Eve! You can now chat.", ...Array(6).fill("Users online (1): Eve")]);
    await at.emptied();
  });

  test("a half-open client that never closes its side is let go of", async () => {
    await start();
    const socket = connect({ port: at.port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => {});
    await once(socket, "connect");
    socket.write("Eve\nquit\n");
    socket.resume();
    await at.emptied();
    socket.destroy();
    expect(log.at(-1)).toBe("[DISCONNECTED] Eve");
  });

  test("quit twice, quit behind a message, both ends of a chat at once", async () => {
    await start();
    const [eve, bob, carol] = (await at.named("Eve", "Bob", "Carol")) as [Peer, Peer, Peer];
    eve.send("chat Bob\nbye\nCarol: last\nquit\nquit\n");
    bob.send("quit\n");
    expect((await eve.all()).at(-1)).toBe("Goodbye Eve.");
    expect(await bob.all()).toContain("Goodbye Bob.");
    expect(await carol.next()).toBe("[Eve] last");
    await at.emptied(1);
    expect(log.filter((line) => line.startsWith("[DISCONNECTED]")).sort()).toEqual([
      "[DISCONNECTED] Bob",
      "[DISCONNECTED] Eve",
    ]);
    expect(at.server.names()).toEqual(["Carol"]);
  });

  test("10,000 come and go", async () => {
    await start();
    await undisturbed(async () => {
      for (let round = 0; round < 100; round++) {
        await Promise.all(Array.from({ length: 100 }, (_, index) => comeAndGo(index)));
      }
    });
    await at.emptied(2);
    expect(at.server.names()).toEqual(["Ann", "Ben"]);
    expect(log.filter((line) => line.startsWith("[DISCONNECTED]")).length).toBe(
      log.filter((line) => line.startsWith("[NEW CONNECTION]")).length - 2,
    );
  });

  async function comeAndGo(index: number): Promise<void> {
    const socket = connect({ port: at.port, host: "127.0.0.1" }).on("error", () => {});
    await once(socket, "connect");
    if (index % 3 === 0) socket.resetAndDestroy();
    else if (index % 3 === 1) socket.end(`user${index}\n`).resume();
    else socket.write("half", () => socket.destroy());
    if (!socket.closed) await once(socket, "close");
  }
});

test("a wall clock that jumps closes nobody", async () => {
  await start({ ...UNHURRIED, nameTimeout: 60_000 });
  const [eve] = (await at.named("Eve")) as [Peer];
  const nameless = await at.connect();
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 1e10);
  await sleep(50);
  expect(await eve.settled()).toEqual([]);
  nameless.line("Bob");
  expect(await nameless.next()).toBe("Welcome Bob! You can now chat.");
  clock.mockRestore();
});

test("a server that stops under load: all that was queued arrives", async () => {
  await start();
  const peers = await at.named(...Array.from({ length: 20 }, (_, index) => `user${index}`));
  let accepted = 0;
  at.server.on("message", () => accepted++);
  for (const peer of peers) peer.send(`all: ${"x".repeat(500)}\n`.repeat(100));
  while (accepted === 0) await sleep(1);
  await at.stop();
  const heard = await Promise.all(peers.map((peer) => peer.all()));
  expect(heard.flat().filter((line) => line.startsWith("[user")).length).toBe(19 * accepted);
  for (const lines of heard) expect(lines.at(-1)).toBe("Connection closed: the server is stopping.");
  expect(log.at(-1)).toBe("[SERVER STOPPED]");
});

test.skipIf(isMissing("IPv6"))("IPv6", async () => {
  await start();
  const { ChatServer } = await import("../../lib/chat/server.ts");
  const server = new ChatServer({ host: "::1", port: 0 });
  const lines: string[] = [];
  new ServerLog(server, { write: (line) => lines.push(line) });
  const { port } = await server.start();
  const peer = await Peer.connect(port, "::1");
  peer.line("quit");
  await peer.all();
  await server.stop();
  expect(lines[1]).toMatch(/^\[NEW CONNECTION\] \[::1\]:\d+$/);
});

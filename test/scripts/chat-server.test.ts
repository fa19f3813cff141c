import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { USUAL_LIMITS } from "../../lib/chat/limits.ts";
import { limitsOf } from "../../scripts/chat-server/server-flags.ts";
import { Peer } from "../chat/peer.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { runScript } from "../helpers/programs/run-script.ts";
import { Running } from "./running-server.ts";

const portOf = (peer: Peer) => peer.socket.localPort;

describe("the log", () => {
  test("says who came, what was said and who left", async () => {
    const server = await Running.start();
    const user1 = await Peer.named(server.port, "User1");
    const user2 = await Peer.named(server.port, "User2");
    const nameless = await Peer.connect(server.port);
    await server.untilCount("[NEW CONNECTION]", 3);
    nameless.socket.destroy();
    await server.until(/DISCONNECTED/);
    const ports = [user1, user2].map(portOf);
    user1.line("User2: Hey");
    await user2.next();
    user2.line("all: Hello \u001b[1mall\u0007");
    expect(await user1.next()).toBe("[User2] Hello all");
    user1.line("quit");
    await user1.closed;
    await server.until(/DISCONNECTED\] User1/);
    user2.line("x".repeat(5000));
    await user2.closed;
    await server.until(/DISCONNECTED\] User2/);
    expect(await server.stop()).toBe(0);
    const lines = server.lines;
    const namelessEnd = lines.find((line) => line.startsWith("[DISCONNECTED] 127."))?.split(" ")[1];
    expect(lines).toEqual([
      `[SERVER STARTED] Listening on port ${server.port}...`,
      `[NEW CONNECTION] 127.0.0.1:${ports[0]}`,
      `[NAMED] 127.0.0.1:${ports[0]} is User1`,
      `[NEW CONNECTION] 127.0.0.1:${ports[1]}`,
      `[NAMED] 127.0.0.1:${ports[1]} is User2`,
      `[NEW CONNECTION] ${namelessEnd}`,
      `[DISCONNECTED] ${namelessEnd}`,
      "[User1 → User2]: Hey",
      "[User2 → all]: Hello all",
      "[DISCONNECTED] User1",
      "[CLOSED] User2: line too long",
      "[DISCONNECTED] User2",
      "[SERVER STOPPED]",
    ]);
    expect(server.errors).toBe("");
  });

  test("as JSON, without what people say", async () => {
    const server = await Running.start(["--log", "json", "--quiet-messages"]);
    const alice = await Peer.named(server.port, "Alice");
    const bob = await Peer.named(server.port, "Bob");
    alice.line("Bob: secret");
    await bob.next();
    alice.socket.destroy();
    await server.until(/disconnected/);
    await server.stop();
    const events = server.lines.map((line) => JSON.parse(line) as { time: string; event: string; name?: string });
    expect(events.map(({ event }) => event)).toEqual([
      "started",
      "connection",
      "named",
      "connection",
      "named",
      "disconnected",
      "closed",
      "disconnected",
      "stopped",
    ]);
    expect(events.every(({ time }) => !Number.isNaN(Date.parse(time)))).toBe(true);
    expect(server.text).not.toContain("secret");
  });

  test("the chat goes on when nobody reads it", async () => {
    const server = await Running.start();
    server.child.stdout?.destroy();
    const alice = await Peer.named(server.port, "Alice");
    const bob = await Peer.named(server.port, "Bob");
    alice.line("Bob: still here");
    expect(await bob.next()).toBe("[Alice] still here");
    expect(await server.stop()).toBe(0);
    expect(server.errors).toBe("");
  });
});

test("a log that is not read is cut, says so, and does not keep the server from leaving", async () => {
  // However far behind he falls, Bob is not closed.
  const server = await Running.start(["--flood-burst", "0", "--hard-output-queue", "0"]);
  server.child.stdout?.pause();
  const alice = await Peer.named(server.port, "Alice");
  const bob = await Peer.named(server.port, "Bob");
  const chatter = async () => {
    alice.send(`Bob: ${"x".repeat(4000)}\n`.repeat(1000));
    await bob.take(1000);
  };
  await chatter();
  server.child.stdout?.resume();
  // There is room again once the last of what was kept is read, which nobody is told of before the next line.
  while (!server.text.includes("[LOG INCOMPLETE]")) {
    alice.line("Bob: last");
    await bob.take(1);
  }
  await server.until(/\[LOG INCOMPLETE\] Lines not read in time and dropped: \d+\n\[Alice → Bob\]: last\n/);
  server.child.stdout?.pause();
  await chatter();
  const exited = once(server.child, "exit");
  server.child.kill("SIGTERM");
  expect((await exited)[0]).toBe(0);
});

test.skipIf(isMissing("IPv6"))("an address in brackets", async () => {
  const server = await Running.start(["--host", "[::1]"]);
  await (await Peer.connect(server.port, "::1")).socket.destroy();
  expect(await server.stop()).toBe(0);
});

describe("the end", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("%s: everything queued arrives, all are told, exit 0", async (signal) => {
    const server = await Running.start(["--flood-burst", "0"]);
    const alice = await Peer.named(server.port, "Alice");
    const bob = await Peer.named(server.port, "Bob");
    bob.socket.pause();
    alice.send(`Bob: ${"x".repeat(1000)}\n`.repeat(500));
    alice.line("list");
    expect(await alice.next()).toBe("Users online (2): Alice, Bob");
    const code = server.stop(signal);
    bob.socket.resume();
    const lines = await bob.all();
    expect(lines.filter((line) => line.startsWith("[Alice] x"))).toHaveLength(500);
    expect(lines.at(-1)).toBe("Connection closed: the server is stopping.");
    expect((await alice.all()).at(-1)).toBe("Connection closed: the server is stopping.");
    expect(await code).toBe(0);
    expect(server.lines.at(-1)).toBe("[SERVER STOPPED]");
  });

  test("a client that takes nothing does not hold it up for ever", async () => {
    const server = await Running.start(["--flood-burst", "0", "--hard-output-queue", "0"]);
    const alice = await Peer.named(server.port, "Alice");
    const bob = await Peer.named(server.port, "Bob");
    bob.socket.pause();
    for (let count = 0; count < 4; count++) alice.send(`Bob: ${"x".repeat(4000)}\n`.repeat(1000));
    alice.line("list");
    await alice.next();
    expect(await server.stop()).toBe(0);
    bob.socket.destroy();
  });
});

describe("what cannot be", () => {
  test("a busy port", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const { code, stdout, stderr } = await runScript("chat-server", ["--port", String(port)]);
    other.close();
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: "",
      stderr: `chat-server: Port ${port} is in use; choose another with --port.\n`,
    });
  });

  test.each([
    [["--host", "192.0.2.1"], '"192.0.2.1" is no address of this computer; give another with --host.'],
    [["--host", "[192.0.2.1]"], '"[192.0.2.1]" is no address of this computer; give another with --host.'],
    [["--host", "not an address"], '"not an address" is no address of this computer; give another with --host.'],
  ])("%j", async (args, sentence) => {
    const { code, stderr } = await runScript("chat-server", ["--port", "0", ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `chat-server: ${sentence}\n` });
  });

  test.each([["--port", "70000"], ["--flood-rate", "-1"], ["--log", "xml"], ["--host", ""], ["--no-such-flag"]])(
    "%s %s",
    async (...args) => {
      const { code, stderr } = await runScript(
        "chat-server",
        args.filter((arg) => arg !== undefined),
      );
      expect(code).toBe(2);
      expect(stderr).toContain("Usage: npx tsx scripts/chat-server.ts");
    },
  );
});

describe("limits by flags", () => {
  test("each is obeyed", async () => {
    const server = await Running.start([
      ...["--max-line", "50", "--max-line-before-name", "20", "--max-name", "5", "--max-lines-before-name", "2"],
    ]);
    const impatient = await Running.start(["--name-timeout", "400ms"]);
    const told = async (text: string, { port } = server) => {
      const peer = await Peer.connect(port);
      peer.send(text);
      return (await peer.all()).at(-1);
    };
    expect(await told("x".repeat(21))).toBe("Connection closed: a line can have at most 20 bytes.");
    expect(await told(`Alice\n${"x".repeat(51)}`)).toBe("Connection closed: a line can have at most 50 bytes.");
    expect(await told("\n\n")).toBe("Connection closed: no name after 2 lines.");
    expect(await told("", impatient)).toBe("Connection closed: no name after 0.4 seconds.");
    const peer = await Peer.connect(server.port);
    peer.line("Alicia");
    expect(await peer.next()).toBe("Name not accepted: it is longer than 5 characters; send another name.");
    await Promise.all([server.stop(), impatient.stop()]);
  });

  test("with 128 open files: below them, with a word to those turned away, and again when some have left", async () => {
    const server = await Running.start([], "ulimit -n 128");
    const peers = await Promise.all(Array.from({ length: 200 }, () => Peer.connect(server.port)));
    await expect.poll(() => peers.filter((peer) => peer.isClosed).length).toBe(200 - 64);
    const inside = peers.filter((peer) => !peer.isClosed);
    const turnedAway = peers.filter((peer) => peer.lines.length > 0);
    expect(turnedAway.length).toBeGreaterThan(0);
    for (const peer of turnedAway) {
      expect(peer.lines).toEqual(["Connection closed: the server is full; try again later."]);
    }
    const refusals = server.lines.filter((line) => line.startsWith("[REFUSED]"));
    expect(refusals.length).toBeGreaterThan(0);
    for (const [index, peer] of inside.entries()) {
      peer.line(`user${index}`);
      expect(await peer.next()).toBe(`Welcome user${index}! You can now chat.`);
      peer.socket.destroy();
    }
    await server.untilCount("[DISCONNECTED]", 64);
    await Peer.named(server.port, "Alice");
    expect(await server.stop()).toBe(0);
  });
});

test("--no-ip-limit lifts what one address may do, and nothing else", () => {
  const flags = { ...USUAL_LIMITS, host: "::", port: 1, ipLimit: false, log: "text" } as const;
  expect(limitsOf(flags)).toEqual({ ...USUAL_LIMITS, maxPerAddress: 0, maxNewPerAddress: 0 });
  expect(limitsOf({ ...flags, ipLimit: true })).toEqual(USUAL_LIMITS);
});

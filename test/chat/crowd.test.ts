/** The same words in any pieces, and many users at once. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Peer, TestServer } from "./peer.ts";

let at: TestServer;
beforeEach(async () => {
  at = await TestServer.start();
});
afterEach(() => at.stop());

describe("cut and glued", () => {
  const SCRIPT = Buffer.from(
    "HELLO Alice\r\nBob: héllo\nall: שלום\n@Bob x\nchat Bob\nplain 👩‍👩‍👧\nend\nlist\n/foo\nnobody\nhelp\nquit\n",
  );
  const run = async (name: string, send: (peer: Peer) => Promise<void>) => {
    const [bob] = (await at.named(name)) as [Peer];
    const peer = await at.connect();
    await send(peer);
    const alice = await peer.all();
    const heard = await bob.settled();
    bob.socket.destroy();
    await at.emptied();
    return { alice, heard };
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  test("every cut gives the same", async () => {
    const whole = await run("Bob", async (peer) => peer.send(SCRIPT));
    expect(whole.alice.at(-1)).toBe("Goodbye Alice.");
    expect(whole.heard).toHaveLength(6);
    for (let cut = 1; cut < SCRIPT.length; cut++) {
      const result = await run("Bob", async (peer) => {
        peer.send(SCRIPT.subarray(0, cut));
        await turn();
        await turn();
        peer.send(SCRIPT.subarray(cut));
      });
      expect(result, `cut at ${cut}`).toEqual(whole);
    }
    const typed = await run("Bob", async (peer) => {
      for (const byte of SCRIPT) {
        peer.send(Uint8Array.of(byte));
        await turn();
      }
    });
    expect(typed).toEqual(whole);
  });
});

test("500 at once, each heard by all", async () => {
  const peers = await Promise.all(Array.from({ length: 500 }, () => at.connect()));
  for (const [index, peer] of peers.entries()) peer.line(`user${index}`);
  await Promise.all(peers.map((peer) => peer.next()));
  expect(at.server.names()).toHaveLength(500);
  for (const [index, peer] of peers.entries()) peer.line(`all: from ${index}`);
  const heard = await Promise.all(peers.map((peer) => peer.take(499)));
  heard.forEach((lines, index) => {
    expect(new Set(lines).size).toBe(499);
    expect(lines).not.toContain(`[user${index}] from ${index}`);
  });
  for (const peer of peers) peer.line("quit");
  await Promise.all(peers.map((peer) => peer.all()));
  await at.emptied();
  expect(at.server.names()).toEqual([]);
});

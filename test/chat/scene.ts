/** A server with a log, two users who talk all the time, and clients that misbehave. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { ChatLimits } from "../../lib/chat/limits.ts";
import { ServerLog } from "../../lib/chat/server-log.ts";
import { type Peer, TestServer, UNHURRIED } from "./peer.ts";

/** The server of the test that runs, and its log. */
export let at: TestServer;
export const log: string[] = [];

export async function start(limits: Partial<ChatLimits> = UNHURRIED): Promise<void> {
  at = await TestServer.start(limits);
  log.length = 0;
  new ServerLog(at.server, { write: (line) => log.push(line) });
}

/** Two users who talk all the time, and notice how long a message takes. */
class Pair {
  readonly #peers: readonly [Peer, Peer];
  #isTalking = false;

  constructor(peers: readonly Peer[]) {
    this.#peers = peers as [Peer, Peer];
  }

  static async join(): Promise<Pair> {
    return new Pair(await at.named("Ann", "Ben"));
  }

  /** Milliseconds that the median message takes while `action` goes on, and for at least 30 messages. */
  async delayDuring(action: () => Promise<unknown>): Promise<number> {
    this.#isTalking = true;
    const talk = this.#talk();
    await action();
    this.#isTalking = false;
    const delays = (await talk).sort((a, b) => a - b);
    return delays[delays.length >> 1] as number;
  }

  async #talk(): Promise<number[]> {
    const [ann, ben] = this.#peers;
    const delays: number[] = [];
    for (let count = 0; this.#isTalking || count < 30; count++) {
      const began = performance.now();
      ann.line(`Ben: ${count}`);
      for (let heard = ""; heard !== `[Ann] ${count}`; ) heard = await ben.next();
      delays.push(performance.now() - began);
      ann.lines.length = 0;
      await sleep(5);
    }
    return delays;
  }
}

/** Does it while two chat, and compares with before. The other clients are in this very process, hence the margin. */
export async function undisturbed(action: () => Promise<unknown>): Promise<void> {
  const pair = await Pair.join();
  const before = await pair.delayDuring(() => sleep(100));
  const during = await pair.delayDuring(action);
  expect(during).toBeLessThan(20 * before + 25);
}

/** A socket whose owner does not listen to it. */
export async function deaf(): Promise<Socket> {
  const socket = connect({ port: at.port, host: "127.0.0.1" }).on("error", () => {});
  await once(socket, "connect");
  return socket.pause();
}

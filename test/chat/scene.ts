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

/** Bytes from and for others that a message may have to wait for on its way through the server. */
const MOST_BEFORE = 4 << 20;
/** The same for most messages. */
const USUALLY_BEFORE = 64 << 10;

/**
 * Does it while two users chat, who are to notice nothing of it. Not how long a message takes is measured, which depends
 * on what else the machine has to do, but what the server does for others between receiving it and passing it on.
 *
 * @param pause milliseconds between two messages
 */
export async function undisturbed(action: () => Promise<unknown>, pause = 5): Promise<void> {
  const [ann, ben] = (await at.named("Ann", "Ben")) as [Peer, Peer];
  const before: number[] = [];
  let said = "";
  let isOnItsWay = false;
  const countReceived = ({ bytes }: { bytes: Uint8Array }) => {
    if (isOnItsWay) before[before.length - 1]! += bytes.length;
    else if (bytes.length === said.length && Buffer.from(bytes).toString() === said) {
      isOnItsWay = true;
      before.push(0);
    }
  };
  const countSent = ({ bytes }: { bytes: Uint8Array }) => {
    if (!isOnItsWay) return;
    if (Buffer.from(bytes).includes(`[Ann] ${said.slice("Ben: ".length)}`)) isOnItsWay = false;
    else before[before.length - 1]! += bytes.length;
  };
  at.server.on("received", countReceived).on("sent", countSent);
  let isTalking = true;
  const talk = async () => {
    for (let count = 0; isTalking || count < 30; count++) {
      said = `Ben: message ${count}\n`;
      ann.send(said);
      for (let heard = ""; heard !== `[Ann] message ${count}`; ) heard = await ben.next();
      ann.lines.length = 0;
      await sleep(pause);
    }
  };
  const talking = talk();
  await action();
  isTalking = false;
  await talking;
  at.server.off("received", countReceived).off("sent", countSent);
  before.sort((a, b) => a - b);

  expect(before.length).toBeGreaterThanOrEqual(30);
  expect(before[before.length >> 1], "bytes before the median message").toBeLessThan(USUALLY_BEFORE);
  expect(before.at(-1), "bytes before the message that waited longest").toBeLessThan(MOST_BEFORE);
}

/** A socket whose owner does not listen to it. */
export async function deaf(): Promise<Socket> {
  const socket = connect({ port: at.port, host: "127.0.0.1" }).on("error", () => {});
  await once(socket, "connect");
  return socket.pause();
}

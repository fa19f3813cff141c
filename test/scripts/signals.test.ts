/** Ctrl-C as it reaches a script that somebody started as the README says: through tsx, and once for each process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The client is still closing for so long after the server was told to stop. */
const SLOW_MS = 900;

const groups = new Set<number>();
afterEach(() => {
  for (const group of groups) {
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // Gone, as it should be.
    }
  }
  groups.clear();
});

function startServer() {
  const args = ["node_modules/.bin/tsx", "scripts/chat-server.ts", "--port", "0"];
  // In a group of its own, as a terminal has one for each command.
  const server = spawn(process.execPath, args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "ignore"] });
  groups.add(server.pid!);
  return server;
}

function portOf(server: ReturnType<typeof startServer>): Promise<number> {
  let text = "";
  return new Promise((resolve, reject) => {
    server.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const port = /port (\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    server.once("exit", () => reject(new Error(`no port in ${text}`)));
  });
}

/** Two signals of one Ctrl-C come within half a second; a second Ctrl-C is surely later than that. */
const LATER_MS = 700;

test.each([
  ["one Ctrl-C lets it end in order", false, 0],
  ["a second one, later, leaves at once", true, 130],
])("%s", async (_name, hasSecond, expected) => {
  const server = startServer();
  const exit = once(server, "exit");
  const client = net.connect({ port: await portOf(server), host: "127.0.0.1", allowHalfOpen: true });
  client.on("error", () => {});
  let received = "";
  client.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  client.write("Alice\n");
  await once(client, "data");
  const stopped = once(client, "end");
  process.kill(-server.pid!, "SIGINT");
  // From now on the server has heard of it, and waits for two seconds until the client closes.
  await stopped;
  const closing = hasSecond
    ? setTimeout(() => process.kill(-server.pid!, "SIGINT"), LATER_MS)
    : setTimeout(() => client.end(), SLOW_MS);
  const [code] = await exit;
  clearTimeout(closing);
  client.destroy();
  expect(received).toMatch(/stopping/i);
  expect(code).toBe(expected);
});

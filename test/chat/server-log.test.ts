import { expect, test, vi } from "vitest";
import { ChatServer } from "../../lib/chat/server.ts";
import { ServerLog } from "../../lib/chat/server-log.ts";

test("refused connections are told at once, and then once a second with their number", () => {
  vi.useFakeTimers();
  try {
    const server = new ChatServer({ port: 0 });
    const lines: string[] = [];
    new ServerLog(server, { write: (line) => lines.push(line) });
    const refuse = (address: string) => server.emit("refused", { address, reason: "the server is full" });
    for (let count = 0; count < 10; count++) refuse("127.0.0.1");
    expect(lines).toEqual(["[REFUSED] 127.0.0.1: the server is full"]);
    vi.advanceTimersByTime(999);
    refuse("192.0.2.1");
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(lines.slice(1)).toEqual(["[REFUSED] 10 connections, the last from 192.0.2.1: the server is full"]);
    vi.advanceTimersByTime(999);
    refuse("192.0.2.2");
    vi.advanceTimersByTime(1);
    expect(lines.slice(2)).toEqual(["[REFUSED] 192.0.2.2: the server is full"]);
    vi.advanceTimersByTime(5000);
    refuse("192.0.2.3");
    expect(lines.slice(3)).toEqual(["[REFUSED] 192.0.2.3: the server is full"]);
  } finally {
    vi.useRealTimers();
  }
});

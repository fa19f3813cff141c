import { PassThrough } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";
import { describe, expect, it } from "vitest";
import { TerminalLine } from "../../lib/chat/terminal-line.ts";

/** A terminal that takes everything, and keeps each piece that was written without a turn of the event loop in between. */
function terminal(columns = 80) {
  const output = Object.assign(new PassThrough(), { columns, rows: 24, isTTY: true });
  const turns: string[] = [];
  let isSameTurn = false;
  output.on("data", (text: Buffer) => {
    if (isSameTurn) turns[turns.length - 1] += text.toString();
    else turns.push(text.toString());
    if (isSameTurn) return;
    isSameTurn = true;
    setImmediate(() => {
      isSameTurn = false;
    });
  });
  const rooms: number[] = [];
  const handlers = { onLine() {}, onInterrupt() {}, onEnd() {}, onRoom: () => void rooms.push(turns.length) };
  const input = new PassThrough() as unknown as ReadStream;
  const line = new TerminalLine(input, output as unknown as WriteStream, "> ", handlers);
  return { line, output, turns, rooms };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("lines that come faster than they can be drawn", () => {
  it("are drawn some at a time, so that keys are heard, and no more are asked for meanwhile", async () => {
    const { line, turns, rooms } = terminal();
    const said = Array.from({ length: 400 }, (_, index) => `[Bob] ${index} ${"x".repeat(4000)}`);
    const answers = said.map((text) => line.print(text));
    expect(answers.indexOf(false)).toBe(Math.floor(262_144 / 4008));
    for (let count = 0; count < 1000 && rooms.length === 0; count++) await turn();
    expect(rooms).toHaveLength(1);
    await turn();
    expect(turns.length).toBeGreaterThan(40);
    for (const text of turns) expect(text.length).toBeLessThan(32_768 + 2 * 4096 + 2000);
    const shown = turns.join("").match(/\[Bob\] \d+/g);
    expect(shown).toEqual(said.map((text) => text.slice(0, text.indexOf(" x"))));
    expect(line.print("[Bob] last")).toBe(true);
  });

  it("that are short are counted, too", async () => {
    const { line, turns } = terminal();
    for (let count = 0; count < 5000; count++) line.print("x");
    for (let count = 0; count < 100; count++) await turn();
    const most = Math.max(...turns.map((text) => text.split("\n").length));
    expect(most).toBeLessThan(600);
    expect(turns.join("").split("x\x1b")).toHaveLength(5001);
  });

  it.each([[""], ["x"]])("are not asked for without end, though they be %j", (text) => {
    const { line } = terminal();
    let count = 1;
    while (line.print(text) && count < 100_000) count++;
    expect(count).toBe(262_144 / 64 + 1);
  });

  it("are all there at the end, and nobody waits for room any more", () => {
    const { line, turns, rooms, output } = terminal();
    for (let count = 0; count < 100; count++) line.print("y".repeat(4000));
    line.close();
    expect(rooms).toHaveLength(1);
    const text = turns.join("") + (output.read()?.toString() ?? "");
    expect(text.match(/y/g)).toHaveLength(400_000);
  });
});

describe("a terminal whose size changes", () => {
  it("gets the next lines as wide as it is", async () => {
    const { line, turns, output } = terminal(20);
    line.print("[Bob] ".padEnd(30, "a"));
    await turn();
    await turn();
    output.columns = 30;
    line.print("[Bob] ".padEnd(30, "b"));
    output.columns = 10;
    await turn();
    await turn();
    const text = turns.join("");
    expect(text).toContain(`[Bob] ${"a".repeat(14)}\n  ${"a".repeat(10)}\x1b`);
    expect(text).toContain(`[Bob] bbbb\n  ${"b".repeat(8)}\n  ${"b".repeat(8)}\n  bbbb\x1b`);
  });
});

import { expect, test } from "vitest";
import { OutputQueue } from "../../lib/chat/output-queue.ts";

function createQueue() {
  const written: string[] = [];
  const waits: ((error?: Error) => void)[] = [];
  let progress = 0;
  const queue = new OutputQueue<string>(
    (text, done) => {
      written.push(text);
      waits.push(done);
    },
    () => progress++,
  );
  const push = (text: string, from?: string) => queue.push({ text, bytes: Buffer.byteLength(text), from });
  return { queue, push, written, done: (error?: Error) => waits.shift()?.(error), progress: () => progress };
}

test("what was queued is one write, and what comes meanwhile the next one", () => {
  const { queue, push, written, done, progress } = createQueue();
  push("one\n");
  push("zwö\n");
  expect(queue.waiting).toBe(9);
  queue.flush();
  push("three\n");
  queue.flush();
  expect(written).toEqual(["one\nzwö\n"]);
  done();
  expect(written).toEqual(["one\nzwö\n", "three\n"]);
  expect([queue.waiting, progress()]).toEqual([6, 1]);
  done();
  queue.flush();
  expect([queue.waiting, progress(), written.length]).toEqual([0, 2, 2]);
});

test("a long queue is written in pieces, whole and in order", () => {
  const { queue, push, written, done } = createQueue();
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`);
  for (const line of lines) push(line);
  push("x".repeat(40_000));
  queue.flush();
  for (let count = 1; queue.waiting > 0; count++) {
    expect(written).toHaveLength(count);
    done();
  }
  expect(written.join("")).toBe(lines.join("") + "x".repeat(40_000));
  expect(written.slice(0, -1).every((text) => text.length <= 4 << 10)).toBe(true);
});

test("gives back the messages that did not get out, those being written too", () => {
  const { queue, push, written, done } = createQueue();
  push("gone\n", "Alice");
  queue.flush();
  done();
  push("on its way\n", "Alice");
  queue.flush();
  push("waits\n", "Bob");
  push("a notice\n");
  done(new Error("reset"));
  expect(queue.takeUndelivered().map(({ text }) => text)).toEqual(["on its way\n", "waits\n"]);
  expect([queue.waiting, queue.takeUndelivered().length, written.length]).toEqual([0, 0, 2]);
});

/** With a clock that is turned by hand: how much of what a client sends is looked at, and when. */
import { describe, expect, test } from "vitest";
import { InputQueue, RateLimiter } from "../../lib/chat/input-queue.ts";

const LIMITS = { maxLine: 4096, maxLineBeforeName: 1024, floodBurst: 10, floodRate: 4 };
/** For a line of the allowance, where no line is longer. */
const BYTES_FOR_A_LINE = 8192;

const MAKES_NO_LINE: readonly (readonly [what: string, piece: Uint8Array])[] = [
  ["empty lines", Buffer.alloc(60_000, "\n")],
  ["empty lines with CR", Buffer.alloc(60_000, "\r\n")],
  ["characters that are erased", Buffer.alloc(60_000, "a\x08")],
  ["CR alone", Buffer.alloc(60_000, "\r")],
  ["telnet's NOP", Buffer.alloc(60_000, Buffer.of(0xff, 0xf1))],
  ["telnet's options", Buffer.alloc(60_000, Buffer.of(0xff, 0xfb, 0x01))],
  ["a subnegotiation without an end", Buffer.concat([Buffer.of(0xff, 0xfa), Buffer.alloc(60_000, "x")])],
  ["erased lines", Buffer.alloc(60_000, Buffer.of(0x61, 0xff, 0xf8))],
];

/** Sends the piece again and again for so many seconds. @returns bytes that were looked at, and steps */
function pour(input: InputQueue, piece: Uint8Array, seconds: number): { bytes: number; steps: number } {
  let [bytes, steps] = [0, 0];
  for (let now = 0; now < seconds * 1000; ) {
    // As much as a connection holds; it does not read more while this waits.
    if (input.pendingBytes < 60_000) input.push(piece);
    const step = input.read(true, now);
    steps++;
    bytes += input.lastRead;
    if (step.kind === "delayed") now += Math.ceil(step.wait);
    else if (step.kind !== "nothing") throw new Error(`a ${step.kind} was read`);
  }
  return { bytes, steps };
}

/** All lines, and when each was read. */
function readAll(input: InputQueue): { text: string; at: number }[] {
  const lines: { text: string; at: number }[] = [];
  for (let now = 0; ; ) {
    const step = input.read(true, now);
    if (step.kind === "line") lines.push({ text: Buffer.from(step.bytes).toString(), at: now });
    else if (step.kind === "delayed") now += step.wait;
    else if (step.kind === "all-read") return lines;
  }
}

describe("bytes that make no line", () => {
  test.each(MAKES_NO_LINE)("%s: some at once, then as many a second as for 4 lines", (_what, piece) => {
    const { bytes } = pour(new InputQueue(LIMITS), piece, 60);
    expect(bytes).toBeLessThanOrEqual((10 + 4 * 60) * BYTES_FOR_A_LINE);
    expect(bytes).toBeGreaterThan(200_000);
  });

  test("empty lines cost more than their bytes, and nothing of what a line costs", () => {
    const { bytes, steps } = pour(new InputQueue(LIMITS), Buffer.alloc(60_000, "\n"), 10);
    expect(steps).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan((50 * BYTES_FOR_A_LINE) / 8);
  });

  test("they wait until the next line is paid for, and come out of the same allowance", () => {
    const input = new InputQueue({ ...LIMITS, floodBurst: 2, floodRate: 1 });
    input.push(Buffer.from(`${"\r".repeat(BYTES_FOR_A_LINE)}one\ntwo\n`));
    expect(readAll(input)).toEqual([
      { text: "one", at: 0 },
      { text: "two", at: 1000 },
    ]);
  });

  test("without a limit of lines there is none of bytes, but a step of reading is never long", () => {
    const input = new InputQueue({ ...LIMITS, floodRate: 0 });
    input.push(Buffer.alloc(1 << 20, "\r"));
    for (let read = 0; read < 1 << 20; read += input.lastRead) {
      expect(input.read(true, 0).kind).toBe("nothing");
      expect(input.lastRead).toBe(BYTES_FOR_A_LINE);
    }
  });
});

describe("lines", () => {
  const file = (lines: number, length: number) =>
    Array.from({ length: lines }, (_, index) => `${index} ${"x".repeat(length)}`.slice(0, length));

  test.each([
    ["short ones", file(100, 5)],
    ["as long as can be", file(100, 4096)],
    ["with telnet's escapes", file(100, 2000).map((line) => line.replaceAll("x", "\u00ff\u00ff"))],
  ])("%s cost one each: 10 at once, then 4 a second", (_what, lines) => {
    const input = new InputQueue(LIMITS);
    input.push(Buffer.from(`${lines.join("\r\n")}\r\n`, "latin1"));
    const read = readAll(input);
    expect(read.map(({ at }) => at)).toEqual(lines.map((_, index) => Math.max(0, index - 9) * 250));
  });

  test("typed key by key, with slips of the hand", () => {
    const input = new InputQueue(LIMITS);
    const typed = Array.from({ length: 10 }, (_, index) => `helk\x08lo ${index}\r\n`).join("");
    const lines: string[] = [];
    for (const key of typed) {
      input.push(Buffer.from(key));
      const step = input.read(true, 0);
      if (step.kind === "line") lines.push(Buffer.from(step.bytes).toString());
    }
    expect(lines).toEqual(Array.from({ length: 10 }, (_, index) => `hello ${index}`));
  });

  test("a long line of one who may send long ones is one, too", () => {
    const input = new InputQueue({ ...LIMITS, maxLine: 100_000 });
    input.push(Buffer.from(`${"x".repeat(100_000)}\r\n`.repeat(11)));
    expect(readAll(input).map(({ at }) => at)).toEqual([...Array(10).fill(0), 250]);
  });

  test("without a name an empty line has an answer, and costs one", () => {
    const input = new InputQueue(LIMITS);
    input.push(Buffer.from("\n".repeat(11)));
    for (let count = 0; count < 10; count++) expect(input.read(false, 0).kind).toBe("line");
    expect(input.read(false, 0)).toEqual({ kind: "delayed", wait: 250 });
  });

  test("the last one, without an end, costs nothing more and comes once", () => {
    const input = new InputQueue({ ...LIMITS, floodBurst: 1 });
    input.push(Buffer.from("last"));
    input.end();
    expect(readAll(input)).toEqual([{ text: "last", at: 0 }]);
  });
});

test("counts what came since the last line that asked for something", () => {
  const input = new InputQueue({ ...LIMITS, floodRate: 0 });
  input.push(Buffer.from("\n\n\nab\x08c\nrest"));
  const counts: number[] = [];
  while (input.read(true, 0).kind !== "all-read") counts.push(input.idleBytes);
  expect(counts).toEqual([1, 2, 3, 0, 4]);
});

test("so many at once, then so many a second", () => {
  const limiter = new RateLimiter(3, 4);
  expect([1, 2, 3].map(() => limiter.take(1000))).toEqual([0, 0, 0]);
  expect(limiter.take(1000)).toBe(250);
  expect(limiter.take(1249)).toBe(1);
  expect(limiter.take(1250)).toBe(0);
  expect(limiter.take(1250)).toBe(250);
});

test("a pause gives back no more than the burst", () => {
  const limiter = new RateLimiter(2, 10);
  limiter.take(0);
  expect([1, 2, 3].map(() => limiter.take(100_000) === 0)).toEqual([true, true, false]);
});

test("what is taken as soon as it can be keeps exactly to the rate", () => {
  const limiter = new RateLimiter(10, 3);
  let now = 0.1;
  for (let taken = 0; taken < 310; taken++) {
    const wait = limiter.take(now);
    now += wait;
    if (wait > 0) expect(limiter.take(now)).toBe(0);
  }
  expect(now).toBeCloseTo(100_000.1, 3);
});

test.each([
  [0, 4],
  [4, 0],
])("burst %i and rate %i let everything through", (burst, rate) => {
  const limiter = new RateLimiter(burst, rate);
  for (let count = 0; count < 1000; count++) expect(limiter.take(0)).toBe(0);
});

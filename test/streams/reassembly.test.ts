import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addSequence } from "../../lib/core/sequence.ts";
import { DirectionReassembler } from "../../lib/streams/reassembly.ts";

const FIRST = 1000;
const LARGEST_SEGMENT = 65_495;
const MEBIBYTE = 1 << 20;

/** Says what reaches the sink: data as text, gaps by their place and length. */
class Record {
  readonly events: (string | [position: number, length: number])[] = [];
  readonly pushes: number[] = [];
  bytes = 0;
  missing = 0;
  #position = 0;

  data(bytes: Uint8Array, position: number, _frame: number, endsWithPush: boolean): void {
    expect(position).toBe(this.#position);
    this.#position += bytes.length;
    this.bytes += bytes.length;
    if (endsWithPush) this.pushes.push(this.#position);
    const text = Buffer.from(bytes).toString("latin1");
    const last = this.events.length - 1;
    if (typeof this.events[last] === "string") this.events[last] += text;
    else this.events.push(text);
  }

  gap(position: number, length: number): void {
    expect(position).toBe(this.#position);
    expect(length).toBeGreaterThan(0);
    this.#position += length;
    this.missing += length;
    this.events.push([position, length]);
  }
}

class Count {
  bytes = 0;
  missing = 0;

  data(bytes: Uint8Array): void {
    this.bytes += bytes.length;
  }

  gap(_position: number, length: number): void {
    this.missing += length;
  }
}

function opened(sequence = FIRST): {
  record: Record;
  stream: DirectionReassembler;
  send: (at: number, text: string, wireLength?: number) => void;
} {
  const record = new Record();
  const stream = new DirectionReassembler(record);
  stream.open(addSequence(sequence, -1));
  const send = (at: number, text: string, wireLength = text.length) =>
    stream.push(addSequence(sequence, at), Buffer.from(text, "latin1"), wireLength, 1, false);
  return { record, stream, send };
}

/** A text, and pieces of it that cover it all, some of them more than once. */
const cutText = fc
  .tuple(
    fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 120 }),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 40 })), { maxLength: 30 }),
    fc.uniqueArray(fc.nat({ max: 119 }), { maxLength: 12 }),
    fc.integer({ min: 1, max: 1000 }),
  )
  .map(([text, extra, cuts, order]) => {
    const places = [0, ...cuts.filter((cut) => cut > 0 && cut < text.length), text.length].toSorted((a, b) => a - b);
    const pieces = places.slice(0, -1).map((from, index) => [from, places[index + 1]!] as const);
    for (const [from, length] of extra) {
      const start = from % text.length;
      pieces.push([start, Math.min(text.length, start + length)]);
    }
    return { text, pieces: pieces.toSorted((a, b) => rank(a, order) - rank(b, order)) };
  });

function rank([from, end]: readonly [number, number], order: number): number {
  return ((from * 131 + end * 31) * order) % 1009;
}

const sequence = fc.oneof(fc.nat(0xffff_ffff), fc.integer({ min: 0xffff_ffff - 150, max: 0xffff_ffff }));

describe("a direction of a stream", () => {
  it("comes back from any pieces in any order, wherever its numbers begin", () => {
    fc.assert(
      fc.property(cutText, sequence, ({ text, pieces }, first) => {
        const { record, stream, send } = opened(first);
        for (const [from, end] of pieces) send(from, text.slice(from, end));
        expect(record.events).toEqual([text]);
        stream.finish();
        expect(record.events).toEqual([text]);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it("has at every place the bytes that came first", () => {
    fc.assert(
      fc.property(cutText, sequence, ({ text, pieces }, first) => {
        const { record, stream, send } = opened(first);
        const expected: string[] = new Array(text.length);
        for (const [index, [from, end]] of pieces.entries()) {
          const letter = String.fromCharCode(0x21 + index);
          for (let at = from; at < end; at++) expected[at] ??= letter;
          send(from, letter.repeat(end - from));
        }
        stream.finish();
        expect(record.events).toEqual([expected.join("")]);
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it("has a gap for exactly what no segment brought", () => {
    fc.assert(
      fc.property(cutText, sequence, fc.array(fc.nat({ max: 30 })), ({ text, pieces }, first, lost) => {
        const { record, stream, send } = opened(first);
        const kept = pieces.filter((_, index) => !lost.includes(index));
        const there = new Uint8Array(text.length);
        for (const [from, end] of kept) {
          send(from, text.slice(from, end));
          there.fill(1, from, end);
        }
        stream.finish();
        const length = there.lastIndexOf(1) + 1;
        const shown = record.events.map((event) => (typeof event === "string" ? event : "\0\0".repeat(event[1])));
        const expected = [...text.slice(0, length)].map((letter, index) => (there[index] === 1 ? letter : "\0\0"));
        expect(shown.join("")).toBe(expected.join(""));
        expect(record.missing).toBe(there.subarray(0, length).filter((is) => is === 0).length);
      }),
      { seed: 3, numRuns: 2000 },
    );
  });

  it("begins with its first segment where no SYN was seen, and leaves out what comes from before it", () => {
    const record = new Record();
    const stream = new DirectionReassembler(record);
    stream.push(5000, Buffer.from("cd"), 2, 1, false);
    stream.push(4998, Buffer.from("abCDef"), 6, 2, false);
    stream.finish();
    expect(record.events).toEqual(["cdef"]);
  });

  it("begins behind the first of several SYNs", () => {
    const { record, stream, send } = opened();
    stream.open(FIRST + 3);
    send(0, "abcd");
    expect(record.events).toEqual(["abcd"]);
  });
});

describe("lost bytes", () => {
  it("become a gap when the other side has acknowledged them, and not before", () => {
    const { record, stream, send } = opened();
    send(0, "ab");
    send(5, "fg");
    send(9, "j");
    stream.acknowledge(FIRST + 5);
    expect(record.events).toEqual(["ab"]);
    stream.acknowledge(FIRST + 7);
    expect(record.events).toEqual(["ab", [2, 3], "fg"]);
    send(2, "cde");
    send(7, "hi");
    expect(record.events).toEqual(["ab", [2, 3], "fghij"]);
  });

  it("become gaps in the end, also at the beginning", () => {
    const { record, stream, send } = opened();
    send(3, "d");
    send(6, "g");
    stream.finish();
    expect(record.events).toEqual([[0, 3], "d", [4, 2], "g"]);
  });

  it("may stand where the numbers wrap", () => {
    const { record, stream, send } = opened(0xffff_fffe);
    send(0, "a");
    send(4, "e");
    stream.acknowledge(3);
    expect(record.events).toEqual(["a", [1, 3], "e"]);
  });

  it("are not believed where an acknowledgement says more than any segment", () => {
    const { record, stream, send } = opened();
    send(0, "ab");
    stream.acknowledge(FIRST + 1_000_000);
    send(2, "cd");
    stream.finish();
    expect(record.events).toEqual(["abcd"]);
  });

  it("are what a snap length cut off, in the middle and at the end", () => {
    const { record, stream, send } = opened();
    send(0, "ab", 5);
    send(5, "fg", 4);
    stream.acknowledge(FIRST + 5);
    expect(record.events).toEqual(["ab"]);
    stream.acknowledge(FIRST + 9);
    expect(record.events).toEqual(["ab", [2, 3], "fg", [7, 2]]);
    send(9, "", 4);
    stream.finish();
    expect(record.events.at(-1)).toEqual([9, 4]);
  });

  it("are no loss where a longer copy comes before the acknowledgement", () => {
    const { record, stream, send } = opened();
    send(0, "ab", 5);
    send(0, "abcde");
    stream.finish();
    expect(record.events).toEqual(["abcde"]);
  });

  it("are not what a FIN or an empty segment counts", () => {
    const { record, stream, send } = opened();
    send(0, "ab");
    send(3, "");
    stream.acknowledge(FIRST + 3);
    stream.finish();
    expect(record.events).toEqual(["ab"]);
  });
});

describe("PSH", () => {
  it("is told where a segment with it ends, in order or not, and not where it was cut off", () => {
    const record = new Record();
    const stream = new DirectionReassembler(record);
    stream.open(-1 >>> 0);
    stream.push(4, Buffer.from("efgh"), 4, 2, true);
    stream.push(0, Buffer.from("abcd"), 4, 1, true);
    stream.push(6, Buffer.from("ghij"), 4, 3, true);
    stream.push(10, Buffer.from("kl"), 4, 4, true);
    stream.finish();
    expect(record.pushes).toEqual([4, 8, 10]);
  });
});

describe("hostile segments", () => {
  it.each([
    ["descending one-byte segments", (index: number) => 2_000_000 - 2 * index],
    ["one-byte segments with gaps between", (index: number) => 1 + 2 * index],
    ["one-byte segments all over the place", (index: number) => (Math.imul(index, 0x9e37_79b1) >>> 1) % 0x7fff_0000],
    ["jumps by half the circle", (index: number) => Math.imul(index, 0x7fff_fff1) >>> 0],
  ])("%s are brought into order", (_, place) => {
    const count = new Count();
    const stream = new DirectionReassembler(count);
    const byte = Uint8Array.of(1);
    stream.open(-1 >>> 0);
    for (let index = 0; index < 200_000; index++) stream.push(place(index) >>> 0, byte, 1, index, false);
    stream.finish();
    expect(count.bytes).toBeGreaterThan(0);
  });

  it("never keep more than a few mebibytes waiting, however small the first of them are", () => {
    const count = new Count();
    const stream = new DirectionReassembler(count);
    stream.open(-1 >>> 0);
    let given = 0;
    let at = 1;
    const give = (length: number) => {
      stream.push(at, new Uint8Array(length), length, 1, false);
      given += length;
      at += length + 1;
    };
    for (let index = 0; index < 4000; index++) give(1);
    for (let index = 0; index < 400; index++) {
      give(LARGEST_SEGMENT);
      expect(given - count.bytes).toBeLessThanOrEqual(8 * MEBIBYTE);
    }
    stream.finish();
    expect(count.bytes).toBe(given);
  });

  it("that cover thousands of others are cut into pieces, each kept once", () => {
    const count = new Count();
    const stream = new DirectionReassembler(count);
    stream.open(-1 >>> 0);
    for (let round = 0; round < 20; round++) {
      const base = 1 + round * 70_000;
      for (let index = 0; index < 4000; index++) stream.push(base + 2 * index, Uint8Array.of(1), 1, 1, false);
      stream.push(base, new Uint8Array(60_000), 60_000, 1, false);
    }
    stream.finish();
    expect(count.bytes).toBe(20 * 60_000);
  });
});

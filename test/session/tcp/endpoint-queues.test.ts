/** What an end keeps of what it has sent and received, held against plain lists that do the same slowly. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReceiveQueue } from "../../../lib/session/tcp/receive-queue.ts";
import { Mark, Scoreboard, type SentSegment } from "../../../lib/session/tcp/scoreboard.ts";
import { Segment } from "../../../lib/session/tcp/segment.ts";
import { SendQueue } from "../../../lib/session/tcp/send-queue.ts";
import { sampleBytes } from "../../helpers/network/endpoint-pair.ts";

describe("the queue of what was written", () => {
  it("finds every part again, in whatever order it is asked for, until it is released", () => {
    const stream = sampleBytes(20_000);
    const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 300 });
    const asked = fc.array(fc.tuple(fc.nat(1000), fc.nat(200), fc.boolean()), { maxLength: 100 });
    fc.assert(
      fc.property(lengths, asked, (writes, questions) => {
        const queue = new SendQueue();
        for (const length of writes) queue.append(stream, queue.end - 1, queue.end - 1 + length);
        let released = 1;
        for (const [place, length, releases] of questions) {
          const left = queue.end - released;
          if (left === 0) break;
          const sequence = released + Math.floor((place / 1001) * left);
          const most = Math.min(length + 1, queue.end - sequence);
          const segment = new Segment("new");
          queue.fill(segment, sequence, most);
          const bytes = segment.data!.subarray(segment.start, segment.start + segment.length);
          expect(Buffer.compare(bytes, stream.subarray(sequence - 1, sequence - 1 + most))).toBe(0);
          if (!releases) continue;
          released = sequence;
          queue.release(released);
        }
      }),
    );
  });
});

/** What is told lies behind gaps, is whole, and has what came last before all else. */
function expectBlocks(queue: ReceiveQueue, has: Uint8Array, from: number, next: number): void {
  queue.duplicateLeft = queue.duplicateRight = 0;
  expect(queue.hasIslands).toBe(has.subarray(next).includes(1));
  const blocks = queue.takeBlocks(4);
  for (let at = 0; at < blocks.length; at += 2) {
    const [left, right] = [blocks[at]!, blocks[at + 1]!];
    expect([has[left - 1], has[right], has.subarray(left, right).includes(0)]).toEqual([0, 0, false]);
  }
  if (from > next) expect(blocks[0]! <= from && from < blocks[1]!).toBe(true);
}

describe("the queue of what has come", () => {
  it("hands out each byte once and in order, and tells of what lies behind gaps", () => {
    const stream = sampleBytes(400);
    const arrivals = fc.array(fc.tuple(fc.nat(380), fc.integer({ min: 1, max: 60 })), { maxLength: 60 });
    fc.assert(
      fc.property(arrivals, (pieces) => {
        const queue = new ReceiveQueue();
        const has = new Uint8Array(500);
        let next = 0;
        for (const [sequence, length] of pieces) {
          const end = Math.min(sequence + length, stream.length);
          const from = Math.max(sequence, next);
          if (end <= next) continue;
          if (from === next) next = queue.append(from, stream, from, end - from);
          else queue.insert(from, stream, from, end - from);
          has.fill(1, from, end);
          expect(next).toBe(has.indexOf(0));
          expectBlocks(queue, has, from, next);
        }
        expect(queue.unread).toBe(next);
        const read: number[] = [];
        const world = {
          deliver: (data: Uint8Array, start: number, to: number) => read.push(...data.subarray(start, to)),
        };
        while (queue.unread > 0) queue.read(7, { ...NOTHING_ELSE, ...world });
        expect(Buffer.compare(Buffer.from(read), stream.subarray(0, next))).toBe(0);
      }),
    );
  });
});

const ignore = (): void => undefined;
const NOTHING_ELSE = { transmit: ignore, opened: ignore, endOfStream: ignore, acknowledged: ignore, ended: ignore };

/** All segments by number, and the sums over them. */
function recount(board: Scoreboard): Record<string, number> {
  const sums = { outstanding: 0, sacked: 0, lost: 0, count: 0, sackedCount: 0, timed: 0 };
  for (let segment = board.first; segment !== undefined; segment = segment.next) {
    const bytes = segment.end - segment.sequence;
    sums.outstanding += bytes;
    sums.count++;
    if ((segment.marks & Mark.SACKED) !== 0) sums.sacked += bytes;
    if ((segment.marks & Mark.SACKED) !== 0) sums.sackedCount++;
    if ((segment.marks & Mark.LOST) !== 0) sums.lost += bytes;
    if (segment.isTimed) sums.timed++;
    expect(segment.next === undefined ? board.last : segment.next.previous).toBe(segment);
    expect(segment.end).toBe(segment.next?.sequence ?? segment.end);
  }
  return sums;
}

function timeRow(board: Scoreboard): SentSegment[] {
  const row: SentSegment[] = [];
  for (let segment = board.oldest; segment !== undefined; segment = segment.later) row.push(segment);
  return row;
}

/** A scoreboard, and what is to be true of it. */
class DrivenBoard {
  readonly arrived = new Set<number>();
  readonly board = new Scoreboard({ arrived: ({ sequence, end }) => noteArrived(this.arrived, sequence, end) });
  una = 1;
  nxt = 1;
  #now = 0;

  act({ act, a, b }: { readonly act: string; readonly a: number; readonly b: number }): void {
    const { board } = this;
    const at = this.una + Math.floor((a / 100) * (this.nxt - this.una));
    const to = Math.min(this.nxt, at + 1 + b);
    this.#now++;
    if (act === "push") {
      board.push(this.#now, this.nxt, this.nxt + 1 + b, 0);
      this.nxt += 1 + b;
    } else if (act === "ack" && to > this.una) {
      this.una = to;
      board.acknowledge(to);
    } else if (act === "sack" && at > this.una) board.markSacked([at, to], 0, this.una, this.nxt);
    else if (act === "lose") segmentAt(board, at, (segment) => board.markLost(segment));
    else if (act === "below") board.markLostBelowSacked(50);
    else if (act === "resend") this.#resend();
  }

  #resend(): void {
    const lost = this.board.nextLost();
    expect(lost?.sequence).toBe(firstLost(this.board)?.sequence);
    if (lost !== undefined) this.board.markResent(this.#now, lost);
  }

  check(): void {
    const { outstanding, sacked, lost, count, sackedCount } = this.board;
    const orders = timeRow(this.board).map(({ order }) => order);
    expect({ outstanding, sacked, lost, count, sackedCount, timed: orders.length }).toEqual(recount(this.board));
    expect(orders).toEqual(orders.toSorted((x, y) => x - y));
    expect(outstanding).toBe(this.nxt - this.una);
  }
}

describe("the scoreboard", () => {
  const acts = fc.array(
    fc.record({ act: fc.constantFrom("push", "ack", "sack", "lose", "resend", "below"), a: fc.nat(99), b: fc.nat(99) }),
    { maxLength: 120 },
  );

  it("keeps its sums and both its rows right, whatever happens in which order", () => {
    fc.assert(
      fc.property(acts, (steps) => {
        const driven = new DrivenBoard();
        for (const step of steps) {
          driven.act(step);
          driven.check();
        }
        driven.board.acknowledge(driven.nxt);
        expect(driven.arrived.size).toBe(driven.nxt - 1);
      }),
      { numRuns: 300 },
    );
  });
});

/** Each number arrives once. */
function noteArrived(arrived: Set<number>, sequence: number, end: number): void {
  for (let number = sequence; number < end; number++) {
    expect(arrived.has(number)).toBe(false);
    arrived.add(number);
  }
}

function segmentAt(board: Scoreboard, number: number, act: (segment: SentSegment) => void): void {
  for (let segment = board.first; segment !== undefined; segment = segment.next) {
    if (segment.sequence <= number && number < segment.end) act(segment);
  }
}

function firstLost(board: Scoreboard): SentSegment | undefined {
  let segment = board.first;
  while (segment !== undefined && (segment.marks & Mark.LOST) === 0) segment = segment.next;
  return segment;
}

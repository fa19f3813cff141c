/** Two ends over a path that loses, delays, overtakes and repeats by chance: every byte comes once, in order, and all ends in time. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ecn, type Segment } from "../../../lib/session/tcp/segment.ts";
import type { TcpHabits } from "../../../lib/session/tcp/tcp-habits.ts";
import { chanceOf } from "../../helpers/network/chances.ts";
import {
  EndpointPair,
  type Fate,
  MICROSECONDS,
  MILLISECOND,
  type PairSide,
  sampleBytes,
} from "../../helpers/network/endpoint-pair.ts";

const MONTH = 30 * 24 * 3600 * MICROSECONDS;

const habits: fc.Arbitrary<Partial<TcpHabits>> = fc.record(
  {
    maximumSegmentSize: fc.constantFrom(1, 88, 536, 1460, 8960),
    congestion: fc.constantFrom("none" as const, "reno" as const, "cubic" as const),
    initialWindow: fc.constantFrom(1, 2, 10, 100),
    receiveBuffer: fc.constantFrom(1, 100, 1460, 5000, 65_535, 65_536, 1_000_000),
    readRate: fc.constantFrom(undefined, 10_000, 1_000_000, 1e9),
    readPause: fc.constantFrom(0, 100 * MILLISECOND, 10 * MICROSECONDS),
    sack: fc.boolean(),
    rack: fc.boolean(),
    timestamps: fc.boolean(),
    windowScale: fc.boolean(),
    ecn: fc.boolean(),
    nagle: fc.boolean(),
    delayedAcknowledgment: fc.constantFrom(0, 40 * MILLISECOND, 500 * MILLISECOND),
    leastTimeout: fc.constantFrom(10 * MILLISECOND, 200 * MILLISECOND, MICROSECONDS),
    keepAlive: fc.constantFrom(undefined, 30 * MICROSECONDS),
  },
  { requiredKeys: [] },
);

const path = fc.record({
  delay: fc.constantFrom(0, 1, 500, 10 * MILLISECOND, 300 * MILLISECOND),
  /** In hundreds. */
  loss: fc.constantFrom(0, 1, 5, 20, 40),
  late: fc.constantFrom(0, 5, 30),
  lateBy: fc.constantFrom(1, 2 * MILLISECOND, 50 * MILLISECOND, 3 * MICROSECONDS),
  twice: fc.constantFrom(0, 5, 30),
  mark: fc.constantFrom(0, 10),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
});

const writes = fc.array(
  fc.record({
    at: fc.constantFrom(0, 1, 20 * MILLISECOND, 300 * MILLISECOND, 5 * MICROSECONDS),
    length: fc.constantFrom(1, 10, 1459, 1460, 3000, 40_000),
  }),
  { maxLength: 6 },
);

type PathOptions = typeof path extends fc.Arbitrary<infer T> ? T : never;
type Writes = typeof writes extends fc.Arbitrary<infer T> ? T : never;

const STREAMS = { client: sampleBytes(300_000, 1), server: sampleBytes(300_000, 2) };

function fateBy(options: PathOptions): (side: unknown, segment: Segment) => Fate {
  const chance = chanceOf(options.seed);
  return (_, segment) => {
    if (segment.ecn !== Ecn.NOT_CAPABLE && chance() < options.mark) segment.ecn = Ecn.CONGESTION_EXPERIENCED;
    if (chance() < options.loss) return "lose";
    const late = chance() < options.late ? options.lateBy : 0;
    return chance() < options.twice ? { copies: [late, late + 1] } : { delay: late };
  };
}

/** Plans what a side writes, and when it has done. @returns what says how much it has written */
function planWrites(pair: EndpointPair, side: PairSide, list: Writes, most: number): () => number {
  let written = 0;
  const writeNext = (length: number): void => {
    if (side.endings.length > 0 || written > most) return;
    const end = written + Math.min(length, most);
    side.endpoint.write(pair.now, STREAMS[side.name], written, end);
    written = end;
  };
  for (const { at, length } of list) pair.at(at, () => writeNext(length));
  const last = Math.max(0, ...list.map(({ at }) => at));
  pair.at(last + 10 * MICROSECONDS, () => side.endpoint.shutdown(pair.now));
  return () => written;
}

/** What a side has read is what the other has written, or the beginning of it where it did not end well. */
function expectRead(side: PairSide, from: PairSide, written: number): void {
  expect(Buffer.compare(side.bytes, STREAMS[from.name].subarray(0, side.receivedBytes))).toBe(0);
  expect(side.receivedBytes).toBeLessThanOrEqual(written);
  expect(side.endings.length).toBeLessThanOrEqual(1);
  expect(side.endpoint.deadline).toBe(Number.POSITIVE_INFINITY);
  if (side.endings[0] !== "closed") return;
  expect(side.receivedBytes).toBe(written);
  expect(side.hasSeenEnd).toBe(true);
}

const ALLOWED = ["closed", "timed-out", "reset", "refused", "LISTEN", "ESTABLISHED", "CLOSE-WAIT", "FIN-WAIT-2"];

describe("two ends over a bad path", () => {
  it("hand over every byte once and in order, and come to an end", () => {
    fc.assert(
      fc.property(habits, habits, path, writes, writes, (client, server, options, fromClient, fromServer) => {
        const pair = new EndpointPair({ client, server, delay: options.delay, onSegment: fateBy(options) });
        pair.server.endpoint.listen();
        pair.client.endpoint.connect(0);
        const { maximumSegmentSize: size, receiveBuffer: buffer } = { ...client, ...server };
        const most =
          size === 1 || buffer === 1 || client.maximumSegmentSize === 1 || client.receiveBuffer === 1 ? 300 : 1e6;
        const writtenByClient = planWrites(pair, pair.client, fromClient, most);
        const writtenByServer = planWrites(pair, pair.server, fromServer, most);
        pair.run();
        expect(pair.now).toBeLessThan(MONTH);
        expectRead(pair.client, pair.server, writtenByServer());
        expectRead(pair.server, pair.client, writtenByClient());
        const ends = [pair.client, pair.server].map((side) => side.endings[0] ?? side.endpoint.state);
        if (options.loss <= 5) expect(ends).toEqual(["closed", "closed"]);
        for (const end of ends) expect(ALLOWED).toContain(end);
      }),
      { numRuns: 100 },
    );
  });
});

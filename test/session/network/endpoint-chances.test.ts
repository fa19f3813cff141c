/** Two ends over a path that loses, delays, overtakes and repeats by chance: every byte comes once, in order, and all ends in time. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TcpHabits } from "../../../lib/session/network/tcp-habits.ts";
import {
  EndpointPair,
  type Fate,
  MICROSECONDS,
  MILLISECOND,
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

/** Numbers between 0 and 100. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647) * 100;
  };
}

type PathOptions = typeof path extends fc.Arbitrary<infer T> ? T : never;

function fateBy(options: PathOptions): () => Fate {
  const chance = chanceOf(options.seed);
  return () => {
    if (chance() < options.loss) return "lose";
    const late = chance() < options.late ? options.lateBy : 0;
    return chance() < options.twice ? { copies: [late, late + 1] } : { delay: late };
  };
}

describe("two ends over a bad path", () => {
  it("hand over every byte once and in order, and come to an end", () => {
    fc.assert(
      fc.property(habits, habits, path, writes, writes, (client, server, options, fromClient, fromServer) => {
        const fate = fateBy(options);
        const marks = chanceOf(options.seed);
        const pair = new EndpointPair({
          client,
          server,
          delay: options.delay,
          onSegment: (_, segment) => {
            if (segment.ecn !== 0 && marks() < options.mark) segment.ecn = 3;
            return fate();
          },
        });
        pair.server.endpoint.listen();
        pair.client.endpoint.connect(0);
        const written = { client: 0, server: 0 };
        const small = client.maximumSegmentSize === 1 || server.maximumSegmentSize === 1;
        const tiny = client.receiveBuffer === 1 || server.receiveBuffer === 1;
        const most = small || tiny ? 300 : 1_000_000;
        for (const [side, list] of [
          [pair.client, fromClient],
          [pair.server, fromServer],
        ] as const) {
          const all = sampleBytes(200_000, side === pair.client ? 1 : 2);
          let last = 0;
          for (const { at, length } of list) {
            last = Math.max(last, at);
            pair.at(at, () => {
              if (side.endings.length > 0 || written[side.name] > most) return;
              const end = written[side.name] + Math.min(length, most);
              side.endpoint.write(pair.now, all, written[side.name], end);
              written[side.name] = end;
            });
          }
          pair.at(last + 10 * MICROSECONDS, () => side.endpoint.shutdown(pair.now));
        }
        pair.run();
        expect(pair.now).toBeLessThan(MONTH);
        const { client: a, server: b } = pair;
        for (const side of [a, b]) {
          const from = side === a ? b : a;
          const sent = sampleBytes(200_000, from === a ? 1 : 2).subarray(0, written[from.name]);
          expect(Buffer.compare(side.bytes, sent.subarray(0, side.receivedBytes))).toBe(0);
          if (side.endings[0] === "closed") {
            expect(side.receivedBytes).toBe(sent.length);
            expect(side.hasSeenEnd).toBe(true);
          }
          expect(side.endings.length).toBeLessThanOrEqual(1);
          expect(side.endpoint.deadline).toBe(Number.POSITIVE_INFINITY);
        }
        const ends = [a, b].map((side) => side.endings[0] ?? side.endpoint.state);
        if (options.loss <= 5) expect(ends).toEqual(["closed", "closed"]);
        else
          for (const end of ends)
            expect([
              "closed",
              "timed-out",
              "reset",
              "refused",
              "LISTEN",
              "ESTABLISHED",
              "CLOSE-WAIT",
              "FIN-WAIT-2",
            ]).toContain(end);
      }),
      { numRuns: Number(process.env.RUNS ?? 150) },
    );
  });
});

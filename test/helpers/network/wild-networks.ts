/** Networks and TCPs of all kinds, and messages for them, for properties. */
import fc from "fast-check";
import type { CloseKind } from "../../../lib/session/message-player.ts";
import type { ChosenPacket, NetworkLink } from "../../../lib/session/network/link-options.ts";
import type { TcpHabits } from "../../../lib/session/tcp/tcp-habits.ts";
import { MS, type NetworkParts, SECOND } from "./network-runs.ts";

/** Mostly the `usual` value. */
const now = <Value>(value: fc.Arbitrary<Value>, usual: Value): fc.Arbitrary<Value> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 2 }, { arbitrary: value, weight: 1 });
const rarely = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  now<Value | undefined>(value, undefined);
/** Doubles would nearly all be tiny. */
const partUpTo = (percent: number) => fc.integer({ min: 0, max: 10 * percent }).map((permille) => permille / 1000);
const part = (percent: number) => now(partUpTo(percent), 0);

export const wildLink: fc.Arbitrary<Partial<NetworkLink>> = fc.record({
  delay: fc.integer({ min: 0, max: 100 * MS }),
  jitter: now(fc.integer({ min: 0, max: 30 * MS }), 0),
  jitterDistribution: fc.constantFrom("normal", "uniform", "pareto"),
  jitterReorders: fc.boolean(),
  loss: fc.oneof(fc.constant(0), partUpTo(20), part(60)),
  lossBursts: rarely(
    fc.record({ mean: partUpTo(30), end: fc.integer({ min: 1, max: 10 }).map((tenths) => tenths / 10) }),
  ),
  duplicate: part(30),
  reorder: part(30),
  reorderDelay: rarely(fc.integer({ min: 0, max: 50 * MS })),
  corrupt: part(20),
  rate: rarely(fc.integer({ min: 20_000, max: 10_000_000 })),
  queue: fc.integer({ min: 1, max: 50 }),
  mark: fc.boolean(),
});

const wildHabits: fc.Arbitrary<Partial<TcpHabits>> = fc.record({
  maximumSegmentSize: now(fc.integer({ min: 100, max: 1460 }), 1460),
  congestion: fc.constantFrom("none", "reno", "cubic"),
  initialWindow: now(fc.integer({ min: 1, max: 20 }), 10),
  receiveBuffer: fc.oneof(fc.constant(65_536), fc.integer({ min: 500, max: 5000 }), fc.integer({ min: 200, max: 500 })),
  readRate: fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 6 },
    { arbitrary: fc.integer({ min: 500, max: 100_000 }), weight: 3 },
    { arbitrary: fc.constant(0), weight: 1 },
  ),
  readPause: now(fc.integer({ min: 0, max: 5 * SECOND }), 0),
  sack: fc.boolean(),
  rack: fc.boolean(),
  timestamps: fc.boolean(),
  windowScale: fc.boolean(),
  ecn: fc.boolean(),
  nagle: fc.boolean(),
  delayedAcknowledgment: now(fc.integer({ min: 0, max: 200 * MS }), 40 * MS),
  leastTimeout: now(fc.integer({ min: MS, max: SECOND }), 200 * MS),
  keepAlive: rarely(fc.integer({ min: SECOND, max: 10 * SECOND })),
  keepAliveInterval: fc.constant(10 * SECOND),
  dataRetries: now(fc.integer({ min: 1, max: 8 }), 15),
  synRetries: now(fc.integer({ min: 0, max: 4 }), 6),
});

const chosen: fc.Arbitrary<ChosenPacket> = fc.record({
  side: fc.constantFrom("client", "server"),
  of: fc.constantFrom("all", "data"),
  numbers: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }).map((list) => new Set(list)),
});
const few = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { maxLength: 2 });

/** The client and the server of each conversation. */
export const PAIRS: readonly (readonly [client: string, server: string])[] = [
  ["10.0.0.1", "10.0.0.2"],
  ["fd00::3", "fd00::4"],
];

const REFUSED = PAIRS[1]![1];

export const wildNetwork: fc.Arbitrary<NetworkParts> = fc.record({
  toServer: wildLink,
  toClient: wildLink,
  fates: fc.record({
    lose: few(chosen),
    duplicate: few(chosen),
    delay: few(fc.record({ packets: chosen, by: fc.integer({ min: 0, max: 200 * MS }) })),
  }),
  tap: fc.oneof(
    { arbitrary: fc.constant("both" as const), weight: 3 },
    { arbitrary: fc.constantFrom(0, 1, 0.3, 0.5, 0.8), weight: 1 },
  ),
  client: wildHabits,
  server: wildHabits,
  refused: now<readonly string[]>(fc.constant([REFUSED]), []),
  silent: fc.constant([]),
  pathMtu: rarely(rarely(fc.integer({ min: 100, max: 1500 }))),
  isBlackHole: fc.boolean(),
  resetAfter: rarely(rarely(fc.integer({ min: 1, max: 3000 }))),
});

/** One of the two sides of a pair says something. */
export interface WildMessage {
  readonly pair: number;
  readonly isFromServer: boolean;
  readonly length: number;
  /** Ticks since the message before. */
  readonly gap: number;
}

export const wildMessages: fc.Arbitrary<readonly WildMessage[]> = fc.array(
  fc.record({
    pair: fc.constantFrom(0, 0, 0, 1),
    isFromServer: fc.boolean(),
    length: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 4000 })),
    gap: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 * MS }), fc.integer({ min: 0, max: 20 * SECOND })),
  }),
  { minLength: 1, maxLength: 5 },
);

export const wildClose: fc.Arbitrary<CloseKind> = fc.constantFrom(
  "fin",
  "fin",
  "fin",
  "rst",
  "half",
  "simultaneous",
  "none",
);

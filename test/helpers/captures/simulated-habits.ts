/** How one end of a simulated connection behaves: its stack, and the application above it. */
import type { Chance } from "./chance.ts";

export interface Habits {
  readonly mss: number;
  /** undefined: the option is not sent. */
  readonly scale: number | undefined;
  readonly sacks: boolean;
  readonly stamps: boolean;
  readonly buffer: number;
  readonly sendLimit: number;
  /** The application reads so many bytes at a time, with so many microseconds between. */
  readonly reading: number;
  readonly readingPause: number;
  readonly writes: number;
  readonly writingPause: number;
  readonly goesBack: boolean;
  readonly probesWithData: boolean;
  readonly keepAlive: number | undefined;
  readonly refuses: boolean;
  readonly dataInSyn: number;
  /** Cases of a thousand, at each write. */
  readonly aborts: number;
}

export function habitsOf(chance: Chance): Habits {
  return {
    mss: chance.of([100, 536, 1448, 1460, 1460, 8960, 60_000]),
    scale: chance.of([undefined, 0, 2, 7]),
    sacks: chance.perMille(600),
    stamps: chance.perMille(300),
    buffer: chance.of([1000, 3000, 20_000, 65_535, 65_535]),
    sendLimit: chance.of([3000, 15_000, 60_000]),
    reading: chance.of([500, 3000, 100_000]),
    readingPause: chance.of([100, 20_000, 300_000, 2_000_000]),
    writes: chance.between(0, 6),
    writingPause: chance.of([100, 30_000, 800_000, 6_000_000]),
    goesBack: chance.perMille(400),
    probesWithData: chance.perMille(600),
    keepAlive: chance.of([undefined, 300_000, 1_000_000]),
    refuses: chance.perMille(50),
    dataInSyn: chance.perMille(60) ? 200 : 0,
    aborts: chance.of([0, 0, 100]),
  };
}

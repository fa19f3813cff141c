/** Instants as ticks from an origin, and moments: which of two is later, and how far they are apart. */

/** How many ticks a second has: microseconds or nanoseconds. */
export type TicksPerSecond = 1_000_000 | 1_000_000_000;

/** The instant that a tick count of 0 stands for. */
export interface Origin {
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  readonly seconds: number;
  /** Ticks within that second, 0 to ticksPerSecond - 1. */
  readonly ticks: number;
}

/** A moment: whole seconds since 1970, and nanoseconds within the second. */
export interface Moment {
  /** Whole seconds since 1970-01-01T00:00:00Z; negative before. */
  readonly seconds: number;
  /** Nanoseconds within that second, 0 to 999,999,999. */
  readonly nanoseconds: number;
}

/** The moment of a packet, and its number. */
export interface PacketPlace extends Moment {
  /** The packet's number in its capture, from 1. */
  readonly number: number;
}

const EPOCH: Moment = { seconds: 0, nanoseconds: 0 };

/** A moment that is set anew again and again, so that following packets allocates nothing for any of them. */
export class ChangingMoment implements Moment {
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  seconds: number;
  /** Nanoseconds within that second, 0 to 999,999,999. */
  nanoseconds: number;

  /** Begins at a moment. Default: the start of 1970. */
  constructor({ seconds, nanoseconds }: Moment = EPOCH) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }

  /** Takes over another moment. */
  set({ seconds, nanoseconds }: Moment): void {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }
}

/** The moment of a packet, or of anything else that has one, to be kept. */
export function momentOf({ seconds, nanoseconds }: Moment): Moment {
  return { seconds, nanoseconds };
}

export function isLater(a: Moment, b: Moment): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanoseconds > b.nanoseconds);
}

/** From one moment to another, negative where the other is earlier. Exact for about a hundred days. */
export function nanosecondsBetween(from: Moment, to: Moment): number {
  return (to.seconds - from.seconds) * 1e9 + (to.nanoseconds - from.nanoseconds);
}

/** Moments: which of two is later, and how far they are apart. */

/** A moment: whole seconds since 1970, and nanoseconds within the second. */
export interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** The moment of a packet, and its number. */
export interface PacketPlace extends Moment {
  readonly number: number;
}

const EPOCH: Moment = { seconds: 0, nanoseconds: 0 };

/** A moment that is set anew again and again, so that following packets allocates nothing for any of them. */
export class ChangingMoment implements Moment {
  seconds: number;
  nanoseconds: number;

  constructor({ seconds, nanoseconds }: Moment = EPOCH) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }

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

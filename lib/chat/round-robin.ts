/**
 * Who gets something done when. Node hands over all that one socket has brought before it looks at the next; here each gets
 * a quantum of a turn of the event loop, and nobody waits for more than the quanta of those before (round robin).
 */

/** Does a part of what it has to do. */
export interface Task {
  /**
   * Does work until it is about `quantum`, or nothing is left to be done now. One piece of it may be more.
   *
   * @returns how much it was, in the units of `TURN_WORK`
   */
  takeTurn(quantum: number): number;
  /** Whether it wants to go on. */
  readonly hasMore: boolean;
}

/** Work of one turn, for all together; a unit is about a microsecond of a usual computer. */
export const TURN_WORK = 2000;
/**
 * Work that something is, about: a line, a step that makes none, a byte of either, and one reader more of a line. To write
 * to many readers is much more, but comes once a turn, however many lines there are for each: a turn that would end sooner
 * for it would only make it come more often.
 */
export const Work = { LINE: 5, STEP: 0.25, BYTE: 1 / 128, DELIVERY: 1 / 256 } as const;
/** What one gets before the next one's turn. */
export const QUANTUM = 100;

export class RoundRobin<Member extends Task> {
  /** Those whose turn is to come, the next one first: a set keeps the order. */
  readonly #waiting = new Set<Member>();
  readonly #later: (action: () => void) => void;
  /** Work that this turn of the event loop has room for. */
  #left = TURN_WORK;
  #isBusy = false;
  #isScheduled = false;

  /** @param later calls back in the next turn of the event loop, when sockets have been looked at */
  constructor(later: (action: () => void) => void = setImmediate) {
    this.#later = later;
  }

  /** Whether more will be done later in this turn of the event loop, or in the next one. */
  get isScheduled(): boolean {
    return this.#isScheduled;
  }

  /** There is something to do for it: at once where this turn has room for it, else behind those who wait. */
  request(member: Member): void {
    if (this.#waiting.has(member)) return;
    if (this.#isBusy || this.#left <= 0) this.#waiting.add(member);
    else this.#giveQuantum(member);
    this.#schedule();
  }

  #giveQuantum(member: Member): void {
    this.#isBusy = true;
    this.#left -= member.takeTurn(Math.min(QUANTUM, this.#left));
    this.#isBusy = false;
    if (member.hasMore) this.#waiting.add(member);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#later(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    this.#left = TURN_WORK;
    for (const member of this.#waiting) {
      if (this.#left <= 0) break;
      // To the end, where it has more; the loop gets there too.
      this.#waiting.delete(member);
      this.#giveQuantum(member);
    }
    // Sockets that are read before the next run have as much for themselves.
    if (this.#waiting.size > 0) this.#schedule();
    this.#left = TURN_WORK;
  }
}

/** Whatever waits for a moment. */
export interface Timed {
  /** @param now the moment that it was put down for, or a later one */
  timeUp(now: number): void;
}

const FIRST_CAPACITY = 64;

/**
 * What waits, the earliest first; of one moment, what was put down first. A binary heap: moments are put down for all connections
 * of a session, in no order at all, and most are never looked at before they have become pointless.
 */
export class TimerHeap {
  /** The earliest moment; Infinity where nothing waits. */
  nextTime: number = Number.POSITIVE_INFINITY;
  #times = new Float64Array(FIRST_CAPACITY);
  /** What was put down before what, of one moment. */
  #orders = new Float64Array(FIRST_CAPACITY);
  #waiting: (Timed | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  #length = 0;
  #count = 0;

  get length(): number {
    return this.#length;
  }

  push(time: number, waiting: Timed): void {
    if (this.#length === this.#times.length) this.#grow();
    const order = this.#count++;
    let slot = this.#length++;
    while (slot > 0) {
      const parent = (slot - 1) >>> 1;
      if (this.#times[parent]! <= time) break;
      this.#move(parent, slot);
      slot = parent;
    }
    this.#put(slot, time, order, waiting);
    this.nextTime = this.#times[0]!;
  }

  /** Takes out the earliest. Not to be called where nothing waits. */
  shift(): Timed {
    const earliest = this.#waiting[0]!;
    const last = --this.#length;
    const time = this.#times[last]!;
    const order = this.#orders[last]!;
    const waiting = this.#waiting[last]!;
    this.#waiting[last] = undefined;
    if (last > 0) this.#sink(time, order, waiting);
    this.nextTime = last === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!;
    return earliest;
  }

  /** Puts what was last into its place below the top, which is free. */
  #sink(time: number, order: number, waiting: Timed): void {
    let slot = 0;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= this.#length) break;
      if (child + 1 < this.#length && this.#isBefore(child + 1, this.#times[child]!, this.#orders[child]!)) child++;
      if (!this.#isBefore(child, time, order)) break;
      this.#move(child, slot);
      slot = child;
    }
    this.#put(slot, time, order, waiting);
  }

  #isBefore(slot: number, time: number, order: number): boolean {
    return this.#times[slot]! < time || (this.#times[slot] === time && this.#orders[slot]! < order);
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from]!;
    this.#orders[to] = this.#orders[from]!;
    this.#waiting[to] = this.#waiting[from];
  }

  #put(slot: number, time: number, order: number, waiting: Timed): void {
    this.#times[slot] = time;
    this.#orders[slot] = order;
    this.#waiting[slot] = waiting;
  }

  #grow(): void {
    const capacity = 2 * this.#times.length;
    const times = new Float64Array(capacity);
    times.set(this.#times);
    const orders = new Float64Array(capacity);
    orders.set(this.#orders);
    this.#times = times;
    this.#orders = orders;
    this.#waiting = [...this.#waiting, ...new Array(capacity - this.#waiting.length).fill(undefined)];
  }
}

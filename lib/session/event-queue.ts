const FIRST_CAPACITY = 64;
/** How many numbers each event has, in a row. */
const NUMBERS = 4;

/** What they are; what the last two mean, whoever pushes them knows. */
export const EventNumber = { SUBJECT: 0, CODE: 1, FIRST: 2, SECOND: 3 } as const;

/**
 * Events in time order, the oldest first; events of one time keep the order they came in.
 *
 * Every delay of the model is a constant, so what is pushed nearly always belongs at the end and costs a few stores. What
 * does not is moved forward to its place. The three arrays are rings that double when they are full: no object is made for
 * an event.
 */
export class EventQueue<T> {
  /** The time of the oldest event; Infinity when there is none. */
  nextTime: number = Number.POSITIVE_INFINITY;
  #times = new Float64Array(FIRST_CAPACITY);
  /** Of all events, as `EventNumber` says. To be asked for again after a push. */
  numbers = new Int32Array(NUMBERS * FIRST_CAPACITY);
  #items: (T | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  #head = 0;
  #length = 0;
  #mask: number = FIRST_CAPACITY - 1;

  get length(): number {
    return this.#length;
  }

  /** Where the numbers of the oldest event begin. Not to be asked when there is none. */
  get at(): number {
    return NUMBERS * this.#head;
  }

  get item(): T | undefined {
    return this.#items[this.#head];
  }

  /**
   * @param subject,code,first,second -2^31 to 2^32 - 1; given back as signed numbers
   * @param item what numbers cannot say
   */
  push(time: number, subject: number, code: number, first: number, second: number, item?: T): void {
    const mask = this.#mask;
    if (this.#length > mask) return this.#grow().push(time, subject, code, first, second, item);
    const head = this.#head;
    const times = this.#times;
    let slot = (head + this.#length++) & mask;
    while (slot !== head && times[(slot - 1) & mask]! > time) slot = this.#moveBack(slot);
    times[slot] = time;
    const numbers = this.numbers;
    const at = NUMBERS * slot;
    numbers[at] = subject;
    numbers[at + 1] = code;
    numbers[at + 2] = first;
    numbers[at + 3] = second;
    if (item !== undefined) this.#items[slot] = item;
    if (slot === head) this.nextTime = time;
  }

  /** Forgets the oldest event. */
  shift(): void {
    const head = this.#head;
    if (this.#items[head] !== undefined) this.#items[head] = undefined;
    this.#head = (head + 1) & this.#mask;
    this.nextTime = --this.#length === 0 ? Number.POSITIVE_INFINITY : this.#times[this.#head]!;
  }

  /** Moves the event before `slot` into it; returns the slot that became free. */
  #moveBack(slot: number): number {
    const before = (slot - 1) & this.#mask;
    this.#times[slot] = this.#times[before]!;
    this.numbers.copyWithin(NUMBERS * slot, NUMBERS * before, NUMBERS * (before + 1));
    this.#items[slot] = this.#items[before];
    this.#items[before] = undefined;
    return before;
  }

  #grow(): this {
    const old = this.#mask + 1;
    const slots = Array.from({ length: old }, (_, i) => (this.#head + i) & this.#mask);
    const numbers = new Int32Array(NUMBERS * 2 * old);
    const times = new Float64Array(2 * old);
    for (const [i, slot] of slots.entries()) {
      times[i] = this.#times[slot]!;
      numbers.set(this.numbers.subarray(NUMBERS * slot, NUMBERS * (slot + 1)), NUMBERS * i);
    }
    this.#items = [...slots.map((slot) => this.#items[slot]), ...new Array(old).fill(undefined)];
    this.#times = times;
    this.numbers = numbers;
    this.#head = 0;
    this.#mask = 2 * old - 1;
    return this;
  }
}

const FIRST_CAPACITY = 64;

/**
 * Events in time order, the oldest first; events of one time keep the order they came in.
 *
 * Every delay of the model is a constant, so what is pushed nearly always belongs at the end and costs one store a
 * column. What does not is moved forward to its place. The columns are rings that double when they are full: no object
 * is made for an event.
 */
export class TimedQueue<T> {
  /** The time of the oldest event; Infinity when there is none. */
  nextTime = Number.POSITIVE_INFINITY;
  #times = new Float64Array(FIRST_CAPACITY);
  #subjects: (T | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  #firstNumbers = new Float64Array(FIRST_CAPACITY);
  #secondNumbers = new Float64Array(FIRST_CAPACITY);
  #codes = new Int32Array(FIRST_CAPACITY);
  #payloads: (Uint8Array | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  #head = 0;
  #length = 0;
  #mask = FIRST_CAPACITY - 1;

  get length(): number {
    return this.#length;
  }

  // What the oldest event carries; what its numbers mean, whoever pushes it knows. Not to be asked when there is none.
  get subject(): T {
    return this.#subjects[this.#head]!;
  }
  get firstNumber(): number {
    return this.#firstNumbers[this.#head]!;
  }
  get secondNumber(): number {
    return this.#secondNumbers[this.#head]!;
  }
  get code(): number {
    return this.#codes[this.#head]!;
  }
  get payload(): Uint8Array | undefined {
    return this.#payloads[this.#head];
  }

  push(
    time: number,
    subject: T,
    code: number,
    firstNumber: number,
    secondNumber: number,
    payload: Uint8Array | undefined,
  ): void {
    if (this.#length > this.#mask) this.#grow();
    let slot = (this.#head + this.#length++) & this.#mask;
    while (slot !== this.#head && this.#times[(slot - 1) & this.#mask]! > time) slot = this.#moveBack(slot);
    this.#times[slot] = time;
    this.#subjects[slot] = subject;
    this.#codes[slot] = code;
    this.#firstNumbers[slot] = firstNumber;
    this.#secondNumbers[slot] = secondNumber;
    this.#payloads[slot] = payload;
    if (slot === this.#head) this.nextTime = time;
  }

  /** Forgets the oldest event. */
  shift(): void {
    this.#subjects[this.#head] = undefined;
    this.#payloads[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#length--;
    this.nextTime = this.#length === 0 ? Number.POSITIVE_INFINITY : this.#times[this.#head]!;
  }

  /** Moves the event before `slot` into it; returns the slot that became free. */
  #moveBack(slot: number): number {
    const before = (slot - 1) & this.#mask;
    this.#times[slot] = this.#times[before]!;
    this.#subjects[slot] = this.#subjects[before];
    this.#codes[slot] = this.#codes[before]!;
    this.#firstNumbers[slot] = this.#firstNumbers[before]!;
    this.#secondNumbers[slot] = this.#secondNumbers[before]!;
    this.#payloads[slot] = this.#payloads[before];
    return before;
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2;
    const unrolled = <T extends { [index: number]: unknown; length: number }>(from: T, to: T): T => {
      for (let i = 0; i < this.#length; i++) to[i] = from[(this.#head + i) & this.#mask];
      return to;
    };
    this.#times = unrolled(this.#times, new Float64Array(capacity));
    this.#subjects = unrolled(this.#subjects, new Array(capacity).fill(undefined));
    this.#codes = unrolled(this.#codes, new Int32Array(capacity));
    this.#firstNumbers = unrolled(this.#firstNumbers, new Float64Array(capacity));
    this.#secondNumbers = unrolled(this.#secondNumbers, new Float64Array(capacity));
    this.#payloads = unrolled(this.#payloads, new Array(capacity).fill(undefined));
    this.#head = 0;
    this.#mask = capacity - 1;
  }
}

const FIRST_CAPACITY = 64;
const NONE = -1;

/**
 * Numbers by unordered pairs of numbers, all 0 to 2^31 - 1. A million pairs take 24 MB, and no object is made to look for
 * one.
 */
export class PairTable {
  #mask = FIRST_CAPACITY - 1;
  #count = 0;
  /** Three in a row: the lower number of the pair, the higher one, and the value. */
  #slots = emptySlots(FIRST_CAPACITY);

  /** @returns undefined for a pair that has no value */
  get(one: number, other: number): number | undefined {
    const value = this.#slots[3 * this.#slotOf(Math.min(one, other), Math.max(one, other)) + 2]!;
    return value === NONE ? undefined : value;
  }

  set(one: number, other: number, value: number): void {
    const [low, high] = [Math.min(one, other), Math.max(one, other)];
    const slot = this.#slotOf(low, high);
    if (this.#slots[3 * slot + 2] === NONE) this.#count++;
    this.#slots.set([low, high, value], 3 * slot);
    if (this.#count * 2 > this.#mask) this.#grow();
  }

  /** Where the pair is, or belongs. There is always a free slot. */
  #slotOf(low: number, high: number): number {
    const hash = Math.imul(low, 0x9e37_79b1) ^ Math.imul(high, 0x85eb_ca6b);
    let slot = (hash ^ (hash >>> 15)) & this.#mask;
    const slots = this.#slots;
    while (slots[3 * slot + 2] !== NONE && (slots[3 * slot] !== low || slots[3 * slot + 1] !== high)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(): void {
    const old = this.#slots;
    const capacity = (this.#mask + 1) * 2;
    this.#mask = capacity - 1;
    this.#slots = emptySlots(capacity);
    for (let i = 0; i < old.length; i += 3) {
      if (old[i + 2] === NONE) continue;
      this.#slots.set(old.subarray(i, i + 3), 3 * this.#slotOf(old[i]!, old[i + 1]!));
    }
  }
}

function emptySlots(capacity: number): Int32Array {
  return new Int32Array(3 * capacity).fill(NONE);
}

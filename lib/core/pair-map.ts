const FIRST_CAPACITY = 64;
const NONE = -1;
/** Of each entry, in a row: the lower number of the pair, the higher one, the kind, and the value. */
const NUMBERS = 4;

/**
 * Numbers by unordered pairs of numbers and a kind, all 0 to 2^31 - 1. A million of them take 32 MB, and no object is made
 * to look for one.
 */
export class PairMap {
  #mask: number = FIRST_CAPACITY - 1;
  #count = 0;
  #slots = emptySlots(FIRST_CAPACITY);

  /** @returns undefined for a pair that has no value of this kind */
  get(one: number, other: number, kind: number): number | undefined {
    const value = this.#slots[this.#find(Math.min(one, other), Math.max(one, other), kind) + 3]!;
    return value === NONE ? undefined : value;
  }

  set(one: number, other: number, kind: number, value: number): void {
    const [low, high] = [Math.min(one, other), Math.max(one, other)];
    const at = this.#find(low, high, kind);
    if (this.#slots[at + 3] === NONE) this.#count++;
    this.#slots.set([low, high, kind, value], at);
    if (this.#count * 2 > this.#mask) this.#grow();
  }

  /** Where the entry begins, or belongs. There is always a free place. */
  #find(low: number, high: number, kind: number): number {
    const hash = Math.imul(Math.imul(low, 0x9e37_79b1) ^ high, 0x85eb_ca6b) ^ kind;
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const at = NUMBERS * slot;
      if (slots[at + 3] === NONE) return at;
      if (slots[at] === low && slots[at + 1] === high && slots[at + 2] === kind) return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    const capacity = (this.#mask + 1) * 2;
    this.#mask = capacity - 1;
    this.#slots = emptySlots(capacity);
    for (let at = 0; at < old.length; at += NUMBERS) {
      if (old[at + 3] === NONE) continue;
      this.#slots.set(old.subarray(at, at + NUMBERS), this.#find(old[at]!, old[at + 1]!, old[at + 2]!));
    }
  }
}

function emptySlots(capacity: number): Int32Array {
  return new Int32Array(NUMBERS * capacity).fill(NONE);
}

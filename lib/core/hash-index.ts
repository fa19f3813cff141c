const FIRST_CAPACITY = 64;
const FREE = 0;

/**
 * Finds numbered items by what they hold. It keeps nothing but their numbers, in 8 to 16 bytes an item, and asks the
 * caller for the rest: a `Map` would need a key of its own for each.
 */
export class HashIndex {
  readonly #hashOf: (item: number) => number;
  #mask = FIRST_CAPACITY - 1;
  #count = 0;
  /** Numbers of items plus 1. */
  #slots = new Int32Array(FIRST_CAPACITY);

  /** @param hashOf 32 bits for an item that is in here: the same for as long as it is */
  constructor(hashOf: (item: number) => number) {
    this.#hashOf = hashOf;
  }

  /** The item with such a hash that `isIt` says yes to, or undefined. */
  find(hash: number, isIt: (item: number) => boolean): number | undefined {
    for (let slot = this.#home(hash); ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot]!;
      if (entry === FREE) return undefined;
      if (isIt(entry - 1)) return entry - 1;
    }
  }

  /** Adds an item that is not in here. @param hash as it is told for it */
  add(hash: number, item: number): void {
    this.#count++;
    if (this.#count * 2 > this.#mask) this.#grow();
    this.#place(hash, item);
  }

  /** Takes out an item that is in here. What stands behind it moves up, so that no search stops short of it. */
  remove(item: number): void {
    const slots = this.#slots;
    let hole = this.#home(this.#hashOf(item));
    while (slots[hole] !== item + 1) hole = (hole + 1) & this.#mask;
    for (let slot = (hole + 1) & this.#mask; slots[slot] !== FREE; slot = (slot + 1) & this.#mask) {
      const home = this.#home(this.#hashOf(slots[slot]! - 1));
      const wayFromHome = (slot - home) & this.#mask;
      if (wayFromHome < ((slot - hole) & this.#mask)) continue;
      slots[hole] = slots[slot]!;
      hole = slot;
    }
    slots[hole] = FREE;
    this.#count--;
  }

  #home(hash: number): number {
    const mixed = Math.imul(hash ^ (hash >>> 16), 0x9e37_79b1);
    return (mixed ^ (mixed >>> 15)) & this.#mask;
  }

  #place(hash: number, item: number): void {
    let slot = this.#home(hash);
    while (this.#slots[slot] !== FREE) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = item + 1;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length);
    this.#mask = this.#slots.length - 1;
    for (const entry of old) if (entry !== FREE) this.#place(this.#hashOf(entry - 1), entry - 1);
  }
}

/** FNV-1a over the units of a text. */
export function hashOfText(text: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash;
}

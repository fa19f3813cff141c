/**
 * The only source of chance in a capture. Its whole state is one 32-bit number, so a seed gives the same bytes on every
 * platform and in every version of JavaScript. Not for secrets.
 */
export class SeededRandom {
  #state: number;

  /**
   * Begins the row of numbers that belongs to a seed.
   *
   * @param seed any integer; its lowest 32 bits count
   */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The next number, 0 to 2^32 - 1 (the finaliser of MurmurHash3 over a Weyl sequence). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  }
}

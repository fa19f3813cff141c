/**
 * What became of the addresses that came lately, with the difference that makes to a sum: a capture has few, again and again,
 * and this takes no object for any of them.
 */

const PLACES = 4096;
/** The golden ratio of 2^32: neighbours get places far apart. */
const MULTIPLIER = 0x9e37_79b1;
const SHIFT = 20;

/** Addresses of up to six bytes, in two parts: the lower four bytes, and what is above. Each has one place, which the next may take. */
export class RecentAddresses {
  readonly lowAfter = new Uint32Array(PLACES);
  readonly highAfter = new Uint16Array(PLACES);
  /** Of the sum of 16-bit words: after less before. */
  readonly difference = new Int32Array(PLACES);
  /** 1 where the address stays as it is. */
  readonly isSame = new Uint8Array(PLACES);
  readonly #low = new Uint32Array(PLACES);
  readonly #high = new Uint16Array(PLACES);
  readonly #isTaken = new Uint8Array(PLACES);

  /** @returns its place, or -1 where it is to be added */
  find(low: number, high: number): number {
    const place = placeOf(low, high);
    return this.#isTaken[place] === 1 && this.#low[place] === low && this.#high[place] === high ? place : -1;
  }

  /** @returns its place */
  add(low: number, high: number, lowAfter: number, highAfter: number): number {
    const place = placeOf(low, high);
    this.#isTaken[place] = 1;
    this.#low[place] = low;
    this.#high[place] = high;
    this.lowAfter[place] = lowAfter;
    this.highAfter[place] = highAfter;
    this.isSame[place] = low === lowAfter && high === highAfter ? 1 : 0;
    this.difference[place] = wordSum(lowAfter) + highAfter - wordSum(low) - high;
    return place;
  }
}

function placeOf(low: number, high: number): number {
  return Math.imul(low ^ (high << 8), MULTIPLIER) >>> SHIFT;
}

function wordSum(low: number): number {
  return (low >>> 16) + (low & 0xffff);
}

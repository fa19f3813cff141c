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

const WORDS = 4;

/** The same for IPv6, in four words of four bytes. */
export class RecentIpv6Addresses {
  readonly difference = new Int32Array(PLACES);
  readonly isSame = new Uint8Array(PLACES);
  readonly #before = new Uint32Array(PLACES * WORDS);
  readonly #after = new Uint32Array(PLACES * WORDS);
  readonly #isTaken = new Uint8Array(PLACES);

  /** Finds the address that stands at `at`. @returns its place, or -1 where it is to be added */
  find(view: DataView, at: number): number {
    const place = ipv6PlaceOf(view, at);
    return this.#isTaken[place] === 1 && this.stands(view, at, place) ? place : -1;
  }

  /** Whether the address of a place, as it was, stands at `at`. */
  stands(view: DataView, at: number, place: number): boolean {
    const first = place * WORDS;
    const before = this.#before;
    return (
      before[first] === view.getUint32(at) &&
      before[first + 1] === view.getUint32(at + 4) &&
      before[first + 2] === view.getUint32(at + 8) &&
      before[first + 3] === view.getUint32(at + 12)
    );
  }

  /** Adds the one that stands at `at`. @returns its place */
  add(view: DataView, at: number, after: bigint): number {
    const place = ipv6PlaceOf(view, at);
    this.#isTaken[place] = 1;
    let difference = 0;
    for (let word = 0; word < WORDS; word++) {
      const before = view.getUint32(at + 4 * word);
      const now = Number(BigInt.asUintN(32, after >> BigInt(96 - 32 * word)));
      this.#before[place * WORDS + word] = before;
      this.#after[place * WORDS + word] = now;
      difference += wordSum(now) - wordSum(before);
    }
    this.difference[place] = difference;
    this.isSame[place] = this.#isUnchanged(place) ? 1 : 0;
    return place;
  }

  /** Writes what the address of a place has become. */
  write(view: DataView, at: number, place: number): void {
    for (let word = 0; word < WORDS; word++) view.setUint32(at + 4 * word, this.#after[place * WORDS + word]!);
  }

  #isUnchanged(place: number): boolean {
    for (let word = place * WORDS; word < (place + 1) * WORDS; word++) {
      if (this.#before[word] !== this.#after[word]) return false;
    }
    return true;
  }
}

function ipv6PlaceOf(view: DataView, at: number): number {
  const high = view.getUint32(at) ^ Math.imul(view.getUint32(at + 4), 31);
  const low = Math.imul(view.getUint32(at + 8), 17) ^ view.getUint32(at + 12);
  return Math.imul(high ^ low, MULTIPLIER) >>> SHIFT;
}

function placeOf(low: number, high: number): number {
  return Math.imul(low ^ (high << 8), MULTIPLIER) >>> SHIFT;
}

function wordSum(low: number): number {
  return (low >>> 16) + (low & 0xffff);
}

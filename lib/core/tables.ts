/**
 * Tables of plain numbers, for what there can be millions of: each entry takes a few bytes, and no object is made to look for
 * one. But for the linked list, they use open addressing: an entry stands at the slot that its hash says or at the next free
 * one behind it, and at least half of the slots are free.
 */
import { LatestView, withView } from "./bytes.ts";

/** Of slots and of columns; a power of two. */
const FIRST_CAPACITY = 64;
const NONE = -1;

type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** A column of numbers with room for twice as many: what is new is 0. */
export function doubled<T extends Column>(column: T): T {
  const larger = new (column.constructor as new (length: number) => T)(2 * column.length);
  larger.set(column);
  return larger;
}

/** Whole numbers from 0 in an order of somebody's choice, each at most once. Taking one out of the middle is fast. */
export class LinkedList {
  /** -1 where there is none; so for all that this class returns. */
  first: number = NONE;
  last: number = NONE;
  // What stands before and behind a number, plus 1, so that what is new has no neighbours.
  #before = new Int32Array(FIRST_CAPACITY);
  #behind = new Int32Array(FIRST_CAPACITY);

  before(number: number): number {
    return this.#before[number]! - 1;
  }

  /** @param other a number of the list, or -1: then it becomes the first */
  insertAfter(other: number, number: number): void {
    while (number >= this.#before.length) this.#grow();
    const next = other === NONE ? this.first : this.#behind[other]! - 1;
    this.#join(other, number);
    this.#join(number, next);
  }

  /** Does nothing to a number that is not in the list. */
  remove(number: number): void {
    if (number >= this.#before.length) return;
    const before = this.#before[number]! - 1;
    const behind = this.#behind[number]! - 1;
    if (before === NONE && this.first !== number) return;
    this.#join(before, behind);
    this.#before[number] = this.#behind[number] = 0;
  }

  #join(one: number, other: number): void {
    if (one === NONE) this.first = other;
    else this.#behind[one] = other + 1;
    if (other === NONE) this.last = one;
    else this.#before[other] = one + 1;
  }

  #grow(): void {
    this.#before = doubled(this.#before);
    this.#behind = doubled(this.#behind);
  }
}

const FREE = 0;

/** Numbered items by what they hold. It keeps nothing but their numbers, in 8 to 16 bytes an item, and asks for the rest. */
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
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = this.#home(hash); ; slot = (slot + 1) & mask) {
      const entry = slots[slot]!;
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

/** Of each pair, in a row: the lower number, the higher one, the kind, and the value. */
const PAIR_WORDS = 4;

/** Numbers by unordered pairs of numbers and a kind, all 0 to 2^31 - 1. A million of them take 32 MB. */
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
      const at = PAIR_WORDS * slot;
      if (slots[at + 3] === NONE) return at;
      if (slots[at] === low && slots[at + 1] === high && slots[at + 2] === kind) return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    const capacity = (this.#mask + 1) * 2;
    this.#mask = capacity - 1;
    this.#slots = emptySlots(capacity);
    for (let at = 0; at < old.length; at += PAIR_WORDS) {
      if (old[at + 3] === NONE) continue;
      this.#slots.set(old.subarray(at, at + PAIR_WORDS), this.#find(old[at]!, old[at + 1]!, old[at + 2]!));
    }
  }
}

function emptySlots(capacity: number): Int32Array {
  return new Int32Array(PAIR_WORDS * capacity).fill(NONE);
}

/** Longer words have no number: they hardly come again. */
const LONGEST_WORD = 64;
const MANY_WORDS = 1 << 20;
const FIRST_BYTES = 1024;

/**
 * Numbers for the words that cells repeat from row to row: to find the number again takes no string, and whoever wants to
 * know something about a word keeps it in an array.
 */
export class StringInterner {
  readonly #mostWords: number = 0;
  #count = 0;
  /** At their hashes or behind: numbers of words plus 1, and where each is among the bytes. */
  #slots = new Int32Array(2 * FIRST_CAPACITY);
  #mask: number = FIRST_CAPACITY - 1;
  /** All words, one behind the other, each behind a byte with its length. */
  #bytes = withView(new Uint8Array(FIRST_BYTES));
  #used = 0;
  readonly #latestView = new LatestView();

  /** @param mostWords further ones have no number, so that a file of nothing but different words does not fill the memory */
  constructor(mostWords: number = MANY_WORDS) {
    this.#mostWords = mostWords;
  }

  /**
   * The number of a word, from 0 in the order of appearance.
   *
   * @returns -1 for a word that has none
   */
  numberOf(source: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > LONGEST_WORD) return NONE;
    const { view } = this.#latestView.of(source);
    const { bytes, view: words } = this.#bytes;
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = hashOfBytes(view, start, end) & mask; ; slot = (slot + 1) & mask) {
      const word = slots[2 * slot]! - 1;
      if (word === NONE) return this.#add(slot, source, start, end);
      const at = slots[2 * slot + 1]!;
      if (bytes[at] === length && areEqual(words, at + 1, view, start, length)) return word;
    }
  }

  #add(slot: number, source: Uint8Array, start: number, end: number): number {
    if (this.#count === this.#mostWords) return NONE;
    const at = this.#used;
    this.#used += 1 + end - start;
    while (this.#used > this.#bytes.bytes.length) this.#bytes = withView(doubled(this.#bytes.bytes));
    this.#bytes.bytes[at] = end - start;
    this.#bytes.bytes.set(source.subarray(start, end), at + 1);
    this.#slots[2 * slot] = ++this.#count;
    this.#slots[2 * slot + 1] = at;
    if (2 * this.#count > this.#mask) this.#grow();
    return this.#count - 1;
  }

  #grow(): void {
    const old = this.#slots;
    const { bytes, view } = this.#bytes;
    this.#slots = new Int32Array(2 * old.length);
    this.#mask = 2 * this.#mask + 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] === 0) continue;
      const at = old[i + 1]!;
      let slot = hashOfBytes(view, at + 1, at + 1 + bytes[at]!) & this.#mask;
      while (this.#slots[2 * slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots.set(old.subarray(i, i + 2), 2 * slot);
    }
  }
}

/** Four bytes at a time, because each step has to wait for the one before it. */
function hashOfBytes(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x0100_0193);
  return hash ^ (hash >>> 15);
}

function areEqual(one: DataView, oneStart: number, other: DataView, otherStart: number, length: number): boolean {
  let i = 0;
  for (const last = length - 4; i <= last; i += 4) {
    if (one.getInt32(oneStart + i) !== other.getInt32(otherStart + i)) return false;
  }
  for (; i < length; i++) if (one.getUint8(oneStart + i) !== other.getUint8(otherStart + i)) return false;
  return true;
}

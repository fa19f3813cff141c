import { doubled } from "./doubled.ts";

const NONE = -1;
const FIRST_CAPACITY = 64;

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

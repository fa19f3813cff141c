/** The narrow place in the middle of a path: packets leave it one after the other, and those that wait stand in a queue. */

/** What `enter` says where there is no room. */
export const NO_ROOM = -1;

/** A queue of packets before a sender of constant rate. Nothing happens in it by itself: what becomes of a packet is known when it comes. */
export class Bottleneck {
  readonly #ticksPerByte: number;
  /** When the latest packets begin to leave: as many as may wait, in a ring. Those that have not begun are waiting. */
  readonly #begins: Float64Array;
  readonly #half: number;
  /** Place of the oldest of them, and of the next one. */
  #place = 0;
  #freeAt = Number.NEGATIVE_INFINITY;

  /** @param ticksPerByte how long a byte takes to leave @param queue packets that may wait, from 1 on */
  constructor(ticksPerByte: number, queue: number) {
    this.#ticksPerByte = ticksPerByte;
    this.#begins = new Float64Array(queue).fill(Number.NEGATIVE_INFINITY);
    this.#half = Math.ceil(queue / 2);
  }

  /** Whether at least half of those that may wait are waiting. @param time not before that of the latest packet */
  isHalfFull(time: number): boolean {
    const place = this.#place - this.#half;
    return this.#begins[place < 0 ? place + this.#begins.length : place]! > time;
  }

  /**
   * A packet comes.
   *
   * @param time not before that of the latest one
   * @returns ticks until it has left, or `NO_ROOM`
   */
  enter(time: number, bytes: number): number {
    // As many have come since the oldest of them as may wait: if that waits, all do.
    if (this.#begins[this.#place]! > time) return NO_ROOM;
    const begins = Math.max(time, this.#freeAt);
    this.#begins[this.#place] = begins;
    this.#place = (this.#place + 1) % this.#begins.length;
    this.#freeAt = begins + bytes * this.#ticksPerByte;
    return this.#freeAt - time;
  }
}

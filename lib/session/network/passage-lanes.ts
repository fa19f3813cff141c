/** What is to be seen of packets on their way, in the order in which it happens. */
import { EventNumber, EventQueue } from "../event-queue.ts";
import type { Passage } from "./passage.ts";

/**
 * Events of passages, the earliest first; of one time, what was noted first. There is a lane for each direction and each place that
 * is looked at, since there what is sent later mostly comes later too: a lane is filled at its end, however far apart the places are.
 */
export class PassageLanes {
  /** When the earliest is due; Infinity where there is none. */
  nextTime: number = Number.POSITIVE_INFINITY;
  /** The code of the one that was taken out last. */
  code = 0;
  readonly #lanes: readonly EventQueue<Passage>[];
  /** Where the earliest is. */
  #earliest: EventQueue<Passage>;
  /** Events noted so far, modulo 2^32: which of two of one time was first. */
  #count = 0;

  constructor(lanes: number) {
    this.#lanes = Array.from({ length: lanes }, () => new EventQueue<Passage>());
    this.#earliest = this.#lanes[0]!;
  }

  /** @param lane its number, from 0 @param code to be told when it is due, -2^31 to 2^31 - 1 */
  push(lane: number, time: number, code: number, passage: Passage): void {
    const queue = this.#lanes[lane]!;
    this.#count = (this.#count + 1) | 0;
    queue.push(time, 0, code, this.#count, 0, passage);
    if (time >= this.nextTime) return;
    this.nextTime = time;
    this.#earliest = queue;
  }

  /** Takes out the earliest. Not to be called where there is none. */
  shift(): Passage {
    const queue = this.#earliest;
    const passage = queue.item!;
    this.code = queue.numbers[queue.at + EventNumber.CODE]!;
    queue.shift();
    this.#find();
    return passage;
  }

  #find(): void {
    const lanes = this.#lanes;
    let earliest = lanes[0]!;
    for (let index = 1; index < lanes.length; index++) {
      const lane = lanes[index]!;
      if (lane.nextTime < earliest.nextTime) earliest = lane;
      else if (lane.nextTime === earliest.nextTime && isBefore(lane, earliest)) earliest = lane;
    }
    this.#earliest = earliest;
    this.nextTime = earliest.nextTime;
  }
}

/** Whether the first of one lane was noted before that of another. Both may be empty: then it does not matter. */
function isBefore(one: EventQueue<Passage>, other: EventQueue<Passage>): boolean {
  const order = one.numbers[one.at + EventNumber.FIRST]! - other.numbers[other.at + EventNumber.FIRST]!;
  return (order | 0) < 0;
}

/** What somebody has to know by some time, for the first time that is known of: asked for only when no earlier one can come. */
import { EventQueue } from "../../session/event-queue.ts";

/** Something that is to be known; `Why` says for what. */
export class Need<Why> {
  /** When it is to be known, as far as is known; Infinity where it need not be. */
  neededAt: number = Number.POSITIVE_INFINITY;
  why: Why | undefined;
}

export class FirstNeeds<Why, Kind extends Need<Why>> {
  /** One that was then needed still earlier is in it twice, and the later time is no more its own. */
  readonly #queue = new EventQueue<Kind>();

  /** @returns whether that is earlier than what was known */
  add(need: Kind, why: Why, time: number): boolean {
    if (need.neededAt <= time) return false;
    need.neededAt = time;
    need.why = why;
    this.#queue.push(time, 0, 0, 0, 0, need);
    return true;
  }

  /** Takes out, in order, what is needed before `until`, given that nothing needed before that will be added any more. */
  settle(until: number, take: (need: Kind, why: Why, time: number) => void): void {
    const queue = this.#queue;
    while (queue.nextTime < until) {
      const time = queue.nextTime;
      const need = queue.item!;
      queue.shift();
      const { why } = need;
      if (why === undefined || need.neededAt !== time) continue;
      need.neededAt = Number.POSITIVE_INFINITY;
      need.why = undefined;
      take(need, why, time);
    }
  }
}

/** What a router before the narrow place says of packets that are larger than it takes, on its way back to who sent them. */
import type { Tally } from "../conversation.ts";
import { EventNumber, EventQueue } from "../event-queue.ts";
import { type Course, MIDDLE, partOfWay } from "./course.ts";
import type { BoxedFrame } from "./frame-box.ts";
import type { NetworkEnd } from "./network-connection.ts";
import type { NetworkOptions } from "./network-options.ts";
import type { NetworkTap } from "./network-tap.ts";
import type { Transmission } from "./transmission.ts";
import type { TruthLog } from "./truth-log.ts";

/** One of them, and what it is about. */
export interface Complaint {
  readonly frames: readonly BoxedFrame[];
  /** Whether the server has sent what was too large. */
  readonly isAboutServer: boolean;
  /** Place of its conversation in the order of first packets. */
  readonly conversation: number;
  readonly tally: Tally;
  /** Whose segment it was; undefined where it was a datagram. */
  readonly end: NetworkEnd | undefined;
}

interface Underway extends Complaint {
  readonly record: Transmission | undefined;
}

/** Where no place of the tap stands: the end of the way. */
const ARRIVAL = -1;

/** Nothing happens to them: they take half of the delay, and are never lost. */
export class Complaints {
  readonly #tap: NetworkTap;
  readonly #truth: TruthLog | undefined;
  readonly #links: NetworkOptions["links"];
  readonly #underway = new EventQueue<Underway>();

  constructor(tap: NetworkTap, truth: TruthLog | undefined, { links }: NetworkOptions) {
    this.#tap = tap;
    this.#truth = truth;
    this.#links = links;
  }

  get nextTime(): number {
    return this.#underway.nextTime;
  }

  /** @param course of the packet that was too large @returns when its sender hears of it */
  send(complaint: Complaint, course: Course): number {
    const { isAboutServer, conversation } = complaint;
    const { delay } = isAboutServer ? this.#links.toServer : this.#links.toClient;
    const sent = Math.round(course.sent + course.travel * MIDDLE);
    const arrived = Math.round(sent + delay * MIDDLE);
    const record = this.#truth?.sentOther({
      ...{ conversation, protocol: "icmp", from: "router", cause: "too-large", length: 0 },
      ...{ fate: "delivered", lostAt: undefined, copies: 1, sent, arrived, isMarked: false },
    });
    const underway: Underway = { ...complaint, record };
    for (const [index, place] of this.#tap.places.entries()) {
      const distance = MIDDLE - partOfWay(place, isAboutServer);
      if (distance >= 0) this.#underway.push(Math.round(sent + delay * distance), 0, index, 0, 0, underway);
    }
    this.#underway.push(arrived, 0, ARRIVAL, 0, 0, underway);
    return arrived;
  }

  /** Lets the earliest pass the tap, or arrive. @returns the end of a connection that hears of it */
  next(time: number): NetworkEnd | undefined {
    const queue = this.#underway;
    const { end, frames, isAboutServer, record, tally } = queue.item!;
    const place = queue.numbers[queue.at + EventNumber.CODE]!;
    queue.shift();
    if (place === ARRIVAL) {
      this.#truth?.settle(record);
      return end;
    }
    const direction = this.#tap.direction(place, !isAboutServer);
    for (const frame of frames) this.#tap.writeFrame(time, frame, place, direction, record);
    tally.packets += frames.length;
    return undefined;
  }
}

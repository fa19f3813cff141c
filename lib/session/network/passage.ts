/** One segment on its way, as far as it is looked at after it was sent: what the tap shows of it, and what arrives. */

import type { Segment } from "../tcp/segment.ts";
import { type Course, MIDDLE, NOWHERE, partOfWay } from "./course.ts";
import type { NetworkEnd } from "./network-connection.ts";
import type { Transmission } from "./transmission.ts";

/** Places are counted from 0 at the client to 1 at the server. What is merely told of it is in the record alone. */
export class Passage {
  readonly end: NetworkEnd;
  readonly segment: Segment;
  /** Of the IPv4 header. */
  readonly identification: number;
  /** Whether its receiver takes it, if it arrives. */
  readonly isIntact: boolean;
  readonly isMarked: boolean;
  /** The part of its way at which a bit of it flips, or `NOWHERE`; and which bit, from 0 to 1. */
  readonly #damage: number;
  readonly bit: number;
  /** What has yet to happen to it that somebody sees. */
  pending = 0;
  /** The truth about it, where somebody wants it. */
  record: Transmission | undefined = undefined;

  constructor(end: NetworkEnd, segment: Segment, identification: number, course: Course) {
    this.end = end;
    this.segment = segment;
    this.identification = identification;
    this.isIntact = course.fate === "delivered";
    this.isMarked = course.isMarked;
    this.#damage = course.damage;
    this.bit = course.bit;
  }

  /** Where a bit of it flips; undefined where none does. */
  get damagedAt(): number | undefined {
    return this.#damage === NOWHERE ? undefined : this.#part(this.#damage);
  }

  isDamagedAt(place: number): boolean {
    return this.#part(place) > this.#damage;
  }

  isMarkedAt(place: number): boolean {
    return this.isMarked && this.#part(place) > MIDDLE;
  }

  /** A place as a part of its way, and the other way round. */
  #part(place: number): number {
    return partOfWay(place, this.end.isServer);
  }
}

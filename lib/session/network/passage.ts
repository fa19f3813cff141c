/** One segment on its way, as far as it is looked at after it was sent: what the tap shows of it, and what arrives. */

import type { Segment } from "../tcp/segment.ts";
import type { Course } from "./course.ts";
import type { NetworkEnd } from "./network-connection.ts";
import type { Fate, Transmission } from "./transmission.ts";

/** Places are counted from 0 at the client to 1 at the server, times in ticks. */
export class Passage {
  readonly end: NetworkEnd;
  readonly segment: Segment;
  /** Of the IPv4 header. */
  readonly identification: number;
  readonly sent: number;
  readonly fate: Fate;
  /** Where it is lost; undefined where it arrives. */
  readonly lostAt: number | undefined;
  readonly arrived: number | undefined;
  readonly copies: number;
  readonly isMarked: boolean;
  /** Where a bit of it flips, and which, from 0 to 1; undefined where none does. */
  readonly damagedAt: number | undefined;
  readonly bit: number;
  /** What has yet to happen to it that somebody sees. */
  pending = 0;
  /** The truth about it, where somebody wants it. */
  record: Transmission | undefined = undefined;

  constructor(end: NetworkEnd, segment: Segment, identification: number, course: Course) {
    this.end = end;
    this.segment = segment;
    this.identification = identification;
    this.sent = course.sent;
    this.fate = course.fate;
    this.lostAt = course.lostAt;
    this.arrived = course.arrived;
    this.copies = course.copies;
    this.isMarked = course.isMarked;
    this.damagedAt = course.damagedAt;
    this.bit = course.bit;
  }

  /** Notes that the tap has seen it: of several times, the first counts. */
  seen(frame: number, time: number): void {
    if (this.record === undefined || this.record.frame !== undefined) return;
    this.record.frame = frame;
    this.record.tap = time;
  }

  isDamagedAt(place: number): boolean {
    return this.damagedAt !== undefined && this.#isBehind(place, this.damagedAt);
  }

  isMarkedAt(place: number): boolean {
    return this.isMarked && this.#isBehind(place, MIDDLE_OF_PATH);
  }

  /** Whether a place is beyond another, on its way. */
  #isBehind(place: number, other: number): boolean {
    return this.end.isServer ? place < other : place > other;
  }
}

const MIDDLE_OF_PATH = 0.5;

/** The way of one packet through the network: when it passes which place, and what becomes of it. */
import type { SideName } from "../conversation.ts";
import type { Fate } from "./transmission.ts";

/** Where the bottleneck is, as a part of the way. */
export const MIDDLE = 0.5;

/** A part of the way that nothing gets to: of what is not lost, and of what is not damaged. */
export const NOWHERE = 2;

/** A place of the path as a part of the way from a side to the other, and the other way round. */
export function partOfWay(place: number, isFromServer: boolean): number {
  return isFromServer ? 1 - place : place;
}

/**
 * A record that a link fills in again for each packet. Places are those of the path, 0 at the client and 1 at the server, whichever
 * way the packet goes; parts of the way are from 0 at its sender to 1. Times are ticks of the session, whole ones.
 *
 * On both halves of the way a packet goes at the same even pace. What holds it up besides is in the middle, where it stands in the
 * queue; the middle itself is behind that.
 */
export class Course {
  readonly #from: SideName;
  /** What becomes of it. Never `too-large` unless its sender has said that it is. */
  fate: Fate = "delivered";
  /** When it left its sender. */
  sent = 0;
  /** Ticks on the way without what happens in the middle. */
  travel = 0;
  /** Ticks in the middle. */
  heldUp = 0;
  /** The part of the way at which it is lost, or `NOWHERE`. */
  end = NOWHERE;
  /** The part of the way at which a bit of it flips, or `NOWHERE`. */
  damage = NOWHERE;
  /** Which bit that is, from 0 to 1. */
  bit = 0;
  /** Ticks from the packet to the copy that the middle has made of it; 0: there is none. */
  copyGap = 0;
  /** Whether the network has marked it (RFC 3168). */
  isMarked = false;

  /** @param from whose packets these are */
  constructor(from: SideName) {
    this.#from = from;
  }

  /** How far along the path it is lost, 0 at the client and 1 at the server; undefined where it arrives. */
  get lostAt(): number | undefined {
    return this.end === NOWHERE ? undefined : this.#part(this.end);
  }

  /** Where a bit of it flips; undefined where none does. */
  get damagedAt(): number | undefined {
    return this.damage === NOWHERE ? undefined : this.#part(this.damage);
  }

  /** When it arrives, whole or not; undefined where it is lost. */
  get arrived(): number | undefined {
    return this.end === NOWHERE ? this.#timeAfter(1) : undefined;
  }

  /** How many of it arrive: 0, 1, or 2 where the network has duplicated it. */
  get copies(): number {
    if (this.end !== NOWHERE) return 0;
    return this.copyGap === 0 ? 1 : 2;
  }

  /** When it passes a place of the path; Infinity where it does not get there. @param place 0 at the client to 1 at the server */
  timeAt(place: number): number {
    const part = this.#part(place);
    return part < this.end ? this.#timeAfter(part) : Number.POSITIVE_INFINITY;
  }

  /** When its copy passes a place; Infinity where there is none, as before the middle. */
  copyTimeAt(place: number): number {
    const part = this.#part(place);
    return this.copyGap > 0 && part >= MIDDLE ? this.#timeAfter(part) + this.copyGap : Number.POSITIVE_INFINITY;
  }

  /** Whether it passes a place with a flipped bit. */
  isDamagedAt(place: number): boolean {
    return this.#part(place) > this.damage;
  }

  /**
   * Which bit flips, if it is one of these bytes.
   *
   * @param start index of the first byte that it may be in
   * @param end index behind the last one
   * @returns its number, from 0 at the most significant bit of byte 0
   */
  flippedBit(start: number, end: number): number {
    return 8 * start + Math.floor(this.bit * 8 * (end - start));
  }

  /** A place as a part of the way, and the other way round. */
  #part(place: number): number {
    return partOfWay(place, this.#from === "server");
  }

  #timeAfter(part: number): number {
    return Math.round(this.sent + this.travel * part + (part < MIDDLE ? 0 : this.heldUp));
  }
}

/** Where segments leave an end: each is given what both halves have to say, and goes to the world. */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { ConnectionTerms } from "./connection-terms.ts";
import type { EndpointWorld } from "./endpoint-world.ts";
import type { ReceivingHalf } from "./receiving-half.ts";
import { type Cause, Segment } from "./segment.ts";

const { ACK } = TcpFlag;
/** Time stamps older than this many seconds prove nothing: the clock may have gone half round (RFC 7323, section 5.5). */
const TIMESTAMP_SECONDS = 24 * 24 * 3600;

export class SegmentOutlet {
  /** TS.Recent and when it came (RFC 7323, section 4.3). */
  recentTimestamp = 0;
  #recentAt = 0;
  readonly #world: EndpointWorld;
  readonly #terms: ConnectionTerms;
  readonly #receiving: ReceivingHalf;
  readonly #ticksPerSecond: number;

  constructor(world: EndpointWorld, terms: ConnectionTerms, receiving: ReceivingHalf, ticksPerSecond: number) {
    this.#world = world;
    this.#terms = terms;
    this.#receiving = receiving;
    this.#ticksPerSecond = ticksPerSecond;
  }

  /** Sends a segment, with an acknowledgement where it has the flag. */
  send(now: number, segment: Segment): void {
    if ((segment.flags & ACK) !== 0) this.#receiving.complete(segment);
    if (this.#terms.timestamps) this.#stamp(now, segment);
    this.#world.transmit(segment);
  }

  /** Sends one that is complete: a SYN, or a reset. */
  sendAsIs(segment: Segment): void {
    this.#world.transmit(segment);
  }

  /** Sends a segment without data. */
  sendEmpty(now: number, sequence: number, cause: Cause): void {
    const segment = new Segment(cause);
    segment.sequence = sequence;
    segment.flags = ACK;
    this.send(now, segment);
  }

  /** Milliseconds, counted from 1. */
  clock(now: number): number {
    return ((now * 1000) / this.#ticksPerSecond + 1) >>> 0;
  }

  #stamp(now: number, segment: Segment): void {
    segment.timestamp = this.clock(now);
    segment.timestampEcho = (segment.flags & ACK) === 0 ? 0 : this.recentTimestamp;
  }

  /** Gives a SYN its time stamp. */
  stampSyn(now: number, segment: Segment): void {
    if (this.#terms.timestamps) this.#stamp(now, segment);
  }

  /** Ticks since a time stamp of this end was sent that has been echoed. */
  since(now: number, echo: number): number {
    return (((this.clock(now) - echo) | 0) * this.#ticksPerSecond) / 1000;
  }

  /** Whether a segment's time stamp shows it to be of another time (PAWS: RFC 7323, section 5.3). */
  isOutdated(now: number, segment: Segment): boolean {
    if (!this.#terms.timestamps || segment.timestamp < 0) return false;
    if (now - this.#recentAt > TIMESTAMP_SECONDS * this.#ticksPerSecond) return false;
    return ((segment.timestamp - this.recentTimestamp) | 0) < 0;
  }

  /** Remembers a time stamp to be echoed, if it is that of what was acknowledged last (section 4.3, rule 2). */
  remember(now: number, segment: Segment): void {
    if (segment.timestamp < 0 || segment.sequence > this.#receiving.acknowledged) return;
    if (((segment.timestamp - this.recentTimestamp) | 0) < 0) return;
    this.recentTimestamp = segment.timestamp;
    this.#recentAt = now;
  }

  /** Takes the time stamp of the other side's SYN, with which all begins. */
  begin(now: number, segment: Segment): void {
    this.recentTimestamp = Math.max(0, segment.timestamp);
    this.#recentAt = now;
  }
}

/** What one acknowledgement has told its receiver. One object serves all. */
import type { Rack } from "./rack.ts";
import { type ArrivalListener, Mark, type SentSegment } from "./scoreboard.ts";

export class AckNews implements ArrivalListener {
  now = 0;
  /** SND.UNA before and after, and SND.NXT. */
  before = 0;
  una = 0;
  nxt = 0;
  /** Bytes that are now known to have arrived, and of these those that blocks told of. */
  delivered = 0;
  sacked = 0;
  /** When the first segment was sent that was acknowledged now, and that was never sent again; below 0: none was. */
  sentAt = -1;
  /** The same of one that a block told of. */
  sackedSentAt = -1;
  /** Whether a segment was acknowledged that had been sent again. */
  hasResent = false;
  /** Whether one has arrived that was sent before the recovery began, and never again. */
  hasOriginal = false;
  /** Whether a block reported a duplicate, of so many segments. */
  duplicates = 0;
  duplicateEnd = 0;
  /** Whether this is a duplicate acknowledgement (RFC 5681, section 2). */
  isDuplicate = false;
  /** Whether it echoes congestion (RFC 3168). */
  hasEcho = false;
  /** The time stamp that it echoes, or below 0. */
  stamp = -1;
  /** Whether blocks are being looked at. */
  isSacking = false;
  #point = 0;
  readonly #rack: Rack;
  /** Whether losses are told by time. */
  hasRack = false;

  constructor(rack: Rack) {
    this.#rack = rack;
  }

  /** Another acknowledgement has come. @param point the end of the present recovery */
  begin(now: number, una: number, nxt: number, point: number): void {
    this.now = now;
    this.before = this.una = una;
    this.nxt = nxt;
    this.#point = point;
    this.delivered = this.sacked = this.duplicates = 0;
    this.sentAt = this.sackedSentAt = this.stamp = -1;
    this.hasResent = this.hasOriginal = this.isDuplicate = this.hasEcho = this.isSacking = false;
  }

  /** Bytes that SND.UNA has moved by. */
  get advanced(): number {
    return this.una - this.before;
  }

  arrived(segment: SentSegment): void {
    const bytes = segment.end - segment.sequence;
    this.delivered += bytes;
    if (this.isSacking) this.sacked += bytes;
    if ((segment.marks & Mark.EVER_RESENT) !== 0) this.hasResent = this.hasResent || !this.isSacking;
    else {
      if (segment.end <= this.#point) this.hasOriginal = true;
      if (this.isSacking) this.sackedSentAt = this.sackedSentAt < 0 ? segment.sentAt : this.sackedSentAt;
      else if (this.sentAt < 0) this.sentAt = segment.sentAt;
    }
    if (this.hasRack) this.#rack.arrived(this.now, segment);
  }
}

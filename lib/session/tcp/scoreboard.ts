/** What was sent and is not acknowledged yet, segment by segment, and what is known of each (RFC 6675, section 4). */
import { TcpFlag } from "../../headers/tcp-fields.ts";

/** What is known of a segment. */
export const Mark = {
  /** The other side has said that it has it. */
  SACKED: 1,
  /** It is held for lost. */
  LOST: 2,
  /** It was sent again, and that is not held for lost. */
  RESENT: 4,
  /** It was sent again at some time. */
  EVER_RESENT: 8,
} as const;

const { SACKED, LOST, RESENT, EVER_RESENT } = Mark;
/** Segments above that the other side must have before one is held for lost: DupThresh. */
export const DUPLICATE_THRESHOLD = 3;
/** Pairs of edges of the last acknowledgement that are remembered. */
const REMEMBERED_BLOCKS = 4;

/** One segment that was sent. */
export class SentSegment {
  sequence = 0;
  /** Number behind its last byte, or its FIN. */
  end = 0;
  /** PSH and FIN, as bits of `TcpFlag`. */
  flags = 0;
  /** Bits of `Mark`. */
  marks = 0;
  /** When it was sent last, and how many transmissions were before that: the clock does not tell those of one tick apart. */
  sentAt = 0;
  order = 0;
  /** Its neighbours by number. */
  next: SentSegment | undefined = undefined;
  previous: SentSegment | undefined = undefined;
  /** Its neighbours by time; those that are lost or have arrived are not in this row. */
  later: SentSegment | undefined = undefined;
  earlier: SentSegment | undefined = undefined;
  isTimed = false;
}

/** Bytes of data. */
export function lengthOf({ sequence, end, flags }: SentSegment): number {
  return end - sequence - ((flags & TcpFlag.FIN) !== 0 ? 1 : 0);
}

/** Who wants to know of each segment that has arrived. */
export interface ArrivalListener {
  /** @param segment as it stood before, by its marks */
  arrived(segment: SentSegment): void;
}

export class Scoreboard {
  /** By number. */
  first: SentSegment | undefined = undefined;
  last: SentSegment | undefined = undefined;
  /** The one that was sent before all others. */
  oldest: SentSegment | undefined = undefined;
  #newest: SentSegment | undefined = undefined;
  #spare: SentSegment | undefined = undefined;

  /** Numbers, mostly bytes, that are not acknowledged; of these those that have arrived, and that are lost. */
  outstanding = 0;
  sacked = 0;
  lost = 0;
  /** Segments. */
  count = 0;
  sackedCount = 0;
  /** The highest that has arrived. */
  highestSacked: SentSegment | undefined = undefined;
  /** Everything below was judged by `markLostBelowSacked`. */
  #judgedBelow = 0;
  /** Nothing before this is lost and not sent again; undefined: to be looked for from the first on. */
  #hint: SentSegment | undefined = undefined;
  /** Whether something may be lost that was not sent again. */
  hasLost = false;
  /** Blocks that were told: left edges, right edges, and the last segment of each. */
  readonly #lefts: number[] = new Array<number>(REMEMBERED_BLOCKS).fill(-1);
  readonly #rights: number[] = new Array<number>(REMEMBERED_BLOCKS).fill(-1);
  readonly #ends: (SentSegment | undefined)[] = new Array<SentSegment | undefined>(REMEMBERED_BLOCKS).fill(undefined);
  #nextSlot = 0;
  /** Transmissions so far. */
  #sent = 0;
  readonly #listener: ArrivalListener;

  constructor(listener: ArrivalListener) {
    this.#listener = listener;
  }

  /** Bytes that are held to be under way (RFC 6675, SetPipe). */
  get pipe(): number {
    return this.outstanding - this.sacked - this.lost;
  }

  /** A segment was sent for the first time. */
  push(now: number, sequence: number, end: number, flags: number): void {
    const segment = this.#take();
    segment.sequence = sequence;
    segment.end = end;
    segment.flags = flags;
    segment.marks = 0;
    segment.sentAt = now;
    segment.order = this.#sent++;
    segment.next = undefined;
    segment.previous = this.last;
    if (this.last === undefined) this.first = segment;
    else this.last.next = segment;
    this.last = segment;
    this.outstanding += end - sequence;
    this.count++;
    this.#time(segment);
  }

  #take(): SentSegment {
    const segment = this.#spare;
    if (segment === undefined) return new SentSegment();
    this.#spare = segment.next;
    return segment;
  }

  /** Puts a segment behind all others by time. */
  #time(segment: SentSegment): void {
    segment.isTimed = true;
    segment.later = undefined;
    segment.earlier = this.#newest;
    if (this.#newest === undefined) this.oldest = segment;
    else this.#newest.later = segment;
    this.#newest = segment;
  }

  #untime(segment: SentSegment): void {
    if (!segment.isTimed) return;
    segment.isTimed = false;
    if (segment.earlier === undefined) this.oldest = segment.later;
    else segment.earlier.later = segment.later;
    if (segment.later === undefined) this.#newest = segment.earlier;
    else segment.later.earlier = segment.earlier;
    segment.later = segment.earlier = undefined;
  }

  /** Takes away all that lies before this number. */
  acknowledge(sequence: number): void {
    let segment = this.first;
    while (segment !== undefined && segment.sequence < sequence) {
      // Of a segment that is acknowledged in part, the rest is a segment.
      if (segment.end > sequence) this.split(segment, sequence);
      if ((segment.marks & SACKED) === 0) this.#listener.arrived(segment);
      const { next } = segment;
      this.#remove(segment);
      segment = next;
    }
    this.first = segment;
    if (segment === undefined) {
      this.last = undefined;
      return;
    }
    segment.previous = undefined;
  }

  #remove(segment: SentSegment): void {
    this.#count(segment, -1);
    this.outstanding -= segment.end - segment.sequence;
    this.count--;
    this.#untime(segment);
    if (this.highestSacked === segment) this.highestSacked = undefined;
    if (this.#hint === segment) this.#hint = segment.next;
    segment.previous = undefined;
    segment.next = this.#spare;
    this.#spare = segment;
  }

  /** Adds a segment to the sums of those that are marked as it is, or takes it out of them. */
  #count(segment: SentSegment, sign: number): void {
    if (segment.marks === 0) return;
    const bytes = sign * (segment.end - segment.sequence);
    if ((segment.marks & SACKED) !== 0) {
      this.sacked += bytes;
      this.sackedCount += sign;
    }
    if ((segment.marks & LOST) !== 0) this.lost += bytes;
  }

  #mark(segment: SentSegment, marks: number): void {
    this.#count(segment, -1);
    segment.marks = marks;
    this.#count(segment, 1);
  }

  /** Makes two of a segment: the second has the flags. */
  split(segment: SentSegment, at: number): void {
    const second = this.#take();
    this.#count(segment, -1);
    second.sequence = at;
    second.end = segment.end;
    second.flags = segment.flags;
    second.marks = segment.marks;
    second.sentAt = segment.sentAt;
    second.order = segment.order;
    segment.end = at;
    segment.flags = 0;
    second.previous = segment;
    second.next = segment.next;
    if (segment.next === undefined) this.last = second;
    else segment.next.previous = second;
    segment.next = second;
    if (segment.isTimed) this.#timeAfter(segment, second);
    else second.isTimed = false;
    this.count++;
    this.#count(segment, 1);
    this.#count(second, 1);
    if (this.highestSacked === segment) this.highestSacked = second;
  }

  #timeAfter(segment: SentSegment, second: SentSegment): void {
    second.isTimed = true;
    second.earlier = segment;
    second.later = segment.later;
    if (segment.later === undefined) this.#newest = second;
    else segment.later.earlier = second;
    segment.later = second;
  }

  /**
   * The other side has everything in the blocks from the one at `from` on. What earlier acknowledgements said is passed over, so
   * that a block that grows costs what it has grown by.
   * @param una number below which all was acknowledged
   * @param nxt SND.NXT
   */
  markSacked(blocks: readonly number[], from: number, una: number, nxt: number): void {
    for (let at = 2 * from; at + 1 < blocks.length; at += 2) {
      const left = blocks[at]!;
      const right = blocks[at + 1]!;
      if (left >= right || right > nxt || right <= una) continue;
      const slot = this.#slotOf(left, una);
      const known = this.#ends[slot];
      if (known !== undefined) {
        if (known.end < right) this.#markFrom(known.next, known.end, right, slot);
        continue;
      }
      const highest = this.highestSacked;
      const start = highest !== undefined && left >= highest.end ? highest : this.first;
      this.#markFrom(start, left, right, slot);
    }
  }

  /** Where a block with this left edge is remembered, or may be: then nothing stands there. */
  #slotOf(left: number, una: number): number {
    for (let slot = 0; slot < REMEMBERED_BLOCKS; slot++) {
      if (this.#lefts[slot] !== left) continue;
      const end = this.#ends[slot];
      if (end === undefined) continue;
      // A segment that has gone may have come back as another one: then it ends elsewhere.
      const isSame = end.end === this.#rights[slot] && end.end > una && (end.marks & SACKED) !== 0;
      if (!isSame) this.#ends[slot] = undefined;
      return slot;
    }
    this.#nextSlot = (this.#nextSlot + 1) % REMEMBERED_BLOCKS;
    this.#lefts[this.#nextSlot] = left;
    this.#ends[this.#nextSlot] = undefined;
    return this.#nextSlot;
  }

  #markFrom(start: SentSegment | undefined, left: number, right: number, slot: number): void {
    let segment = start;
    while (segment !== undefined && segment.end <= left) segment = segment.next;
    while (segment !== undefined && segment.sequence < right) {
      if ((segment.marks & SACKED) === 0) segment = this.#markPart(segment, left, right);
      this.#ends[slot] = segment;
      this.#rights[slot] = segment.end;
      segment = segment.next;
    }
  }

  /** Marks what of a segment lies between these numbers. @returns the segment that holds it now */
  #markPart(segment: SentSegment, left: number, right: number): SentSegment {
    let part = segment;
    if (part.sequence < left) {
      this.split(part, left);
      part = part.next!;
    }
    if (part.end > right) this.split(part, right);
    this.#listener.arrived(part);
    this.#mark(part, (part.marks & EVER_RESENT) | SACKED);
    this.#untime(part);
    if (this.highestSacked === undefined || part.end > this.highestSacked.end) this.highestSacked = part;
    return part;
  }

  /** Holds a segment for lost. */
  markLost(segment: SentSegment): void {
    if ((segment.marks & (SACKED | LOST)) !== 0) return;
    this.#mark(segment, (segment.marks & EVER_RESENT) | LOST);
    this.#untime(segment);
    if (!this.hasLost || (this.#hint !== undefined && segment.sequence < this.#hint.sequence)) this.#hint = segment;
    this.hasLost = true;
  }

  /** Holds for lost whatever has more data than a segment can hold now. @returns whether there is anything */
  markLostAbove(segmentSize: number): boolean {
    let isAny = false;
    for (let segment = this.first; segment !== undefined; segment = segment.next) {
      if ((segment.marks & SACKED) !== 0 || lengthOf(segment) <= segmentSize) continue;
      this.markLost(segment);
      isAny = true;
    }
    return isAny;
  }

  /** Holds for lost whatever has enough above it that has arrived (RFC 6675, IsLost). @returns whether there is something new */
  markLostBelowSacked(segmentSize: number): boolean {
    let above = 0;
    let bytes = 0;
    let segment = this.highestSacked;
    while (segment !== undefined && above < DUPLICATE_THRESHOLD && bytes <= (DUPLICATE_THRESHOLD - 1) * segmentSize) {
      if ((segment.marks & SACKED) !== 0) {
        above++;
        bytes += segment.end - segment.sequence;
      }
      segment = segment.previous;
    }
    const judged = segment?.end ?? 0;
    let isNew = false;
    for (; segment !== undefined && segment.end > this.#judgedBelow; segment = segment.previous) {
      if ((segment.marks & (SACKED | LOST | RESENT)) !== 0) continue;
      this.markLost(segment);
      isNew = true;
    }
    const isEnough = above >= DUPLICATE_THRESHOLD || bytes > (DUPLICATE_THRESHOLD - 1) * segmentSize;
    if (isEnough) this.#judgedBelow = Math.max(this.#judgedBelow, judged);
    return isNew;
  }

  /** The first that is lost and was not sent again. */
  nextLost(): SentSegment | undefined {
    if (!this.hasLost) return undefined;
    let segment = this.#hint ?? this.first;
    while (segment !== undefined && (segment.marks & LOST) === 0) segment = segment.next;
    this.#hint = segment;
    if (segment === undefined) this.hasLost = false;
    return segment;
  }

  /** A segment was sent again. */
  markResent(now: number, segment: SentSegment): void {
    const { marks } = segment;
    this.#mark(segment, (marks & SACKED) | RESENT | EVER_RESENT);
    segment.sentAt = now;
    segment.order = this.#sent++;
    this.#untime(segment);
    this.#time(segment);
  }

  /** Nothing was lost after all. */
  forgetLosses(): void {
    for (let segment = this.first; segment !== undefined; segment = segment.next) {
      if ((segment.marks & LOST) === 0) continue;
      this.#mark(segment, segment.marks & ~LOST);
      this.#time(segment);
    }
    this.hasLost = false;
    this.#hint = undefined;
  }

  /** The other side has thrown away what it said that it had (RFC 2018, section 8). */
  forgetSacked(): void {
    for (let segment = this.first; segment !== undefined; segment = segment.next) {
      if ((segment.marks & SACKED) !== 0) this.#mark(segment, segment.marks & ~SACKED);
    }
    this.highestSacked = undefined;
    this.#ends.fill(undefined);
    this.#judgedBelow = 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.first = this.last = this.oldest = this.#newest = this.#spare = undefined;
    this.highestSacked = this.#hint = undefined;
    this.outstanding = this.sacked = this.lost = 0;
    this.count = this.sackedCount = 0;
    this.hasLost = false;
    this.#ends.fill(undefined);
  }
}

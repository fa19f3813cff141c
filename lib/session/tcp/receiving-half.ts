/** The half of an end that receives: what may come, what has come, when the application reads it, and when that is acknowledged. */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { ConnectionTerms } from "./connection-terms.ts";
import type { EndpointWorld } from "./endpoint-world.ts";
import { ReceiveQueue } from "./receive-queue.ts";
import type { RoundTrip } from "./rtt.ts";
import { type Cause, Ecn, type Segment } from "./segment.ts";
import type { TcpHabits } from "./tcp-habits.ts";

const LARGEST_FIELD = 65_535;
/** Segments at the beginning, or after a pause, that are acknowledged at once: their sender's window has to grow. */
const MOST_QUICK = 16;
/** The same after something that came out of order. */
const FEW_QUICK = 2;
/** Of the largest segment, before one has come. */
const FIRST_GUESS = 536;
/** An answer within so many seconds shows that this side has something to say for itself. */
const ANSWER_SECONDS = 0.04;

/** Whether an acknowledgement is owed. */
export const Owed = { NOTHING: 0, LATER: 1, NOW: 2 } as const;

export class ReceivingHalf {
  readonly queue = new ReceiveQueue();
  /** RCV.NXT. */
  next = 0;
  /** RCV.NXT + RCV.WND, as the other side was told: it never goes back (RFC 9293, section 3.8.6). */
  edge = 0;
  /** The highest number that was acknowledged (Last.ACK.sent of RFC 7323). */
  acknowledged = 0;
  owed: number = Owed.NOTHING;
  /** When an acknowledgement that was put off is due. */
  delayedAt = Number.POSITIVE_INFINITY;
  /** When the application reads again. */
  readAt = Number.POSITIVE_INFINITY;
  /** Number of the other side's FIN; Infinity while it is not known. */
  finAt = Number.POSITIVE_INFINITY;
  /** Whether CE has come and CWR has not (RFC 3168, section 6.1.3). */
  echoesCongestion = false;

  /** Why, where nothing new is acknowledged. */
  #reason: Cause = "ack";
  #lastDataAt = Number.NEGATIVE_INFINITY;
  #largestSegment: number;
  #quick = -1;
  #isInteractive = false;
  #firstReadAt = Number.POSITIVE_INFINITY;
  /** Since when the application has had something to read all the time, and how much of it that was. */
  #readFrom = 0;
  #readBytes = 0;

  readonly #habits: TcpHabits;
  readonly #terms: ConnectionTerms;
  readonly #roundTrip: RoundTrip;
  readonly #ticksPerSecond: number;

  constructor(habits: TcpHabits, terms: ConnectionTerms, roundTrip: RoundTrip, ticksPerSecond: number) {
    this.#habits = habits;
    this.#terms = terms;
    this.#roundTrip = roundTrip;
    this.#ticksPerSecond = ticksPerSecond;
    this.#largestSegment = Math.min(FIRST_GUESS, habits.maximumSegmentSize);
  }

  /** The window field of a SYN, which is never scaled. */
  get synWindow(): number {
    return Math.min(this.#habits.receiveBuffer, LARGEST_FIELD);
  }

  /** The other side's SYN has come, with this number. */
  begin(sequence: number): void {
    this.next = this.acknowledged = sequence + 1;
    this.edge = this.next + this.synWindow;
  }

  /** The connection stands: the application begins to read after its pause. */
  open(now: number): void {
    this.#firstReadAt = now + this.#habits.readPause;
  }

  /** Whether a segment with these numbers may be what comes next (RFC 9293, section 3.4; to the left as lenient as Linux). */
  isAcceptable(sequence: number, end: number): boolean {
    return end >= this.acknowledged && sequence <= this.edge;
  }

  /** Whether the FIN has come, and all before it. */
  get hasFinished(): boolean {
    return this.next > this.finAt;
  }

  /** Takes the data and the FIN of an acceptable segment. @returns whether the FIN has come, and all before it, just now */
  take(now: number, segment: Segment): boolean {
    if (this.#terms.ecn) this.#noteCongestion(segment);
    const end = segment.sequence + segment.length;
    if ((segment.flags & TcpFlag.FIN) !== 0 && end <= this.edge && this.finAt !== end) {
      this.finAt = end;
      if (end > this.next) this.answer("duplicate-ack");
    }
    if (segment.length > 0) this.#takeData(now, segment, end);
    else if ((segment.flags & TcpFlag.FIN) !== 0 && end < this.next) this.#repeated(end, end + 1);
    if (this.next !== this.finAt) return false;
    this.next++;
    this.answer("ack");
    return true;
  }

  #takeData(now: number, segment: Segment, end: number): void {
    if (this.#quick < 0) this.#beQuick(MOST_QUICK);
    else if (now - this.#lastDataAt > this.#roundTrip.timeout) this.#beQuick(MOST_QUICK);
    this.#lastDataAt = now;
    if (segment.length > this.#largestSegment) this.#largestSegment = segment.length;
    const from = Math.max(segment.sequence, this.next);
    const to = Math.min(end, this.edge);
    if (segment.sequence < this.next) this.#repeated(segment.sequence, Math.min(end, this.next));
    if (to <= from) {
      this.#outOfOrder();
      return;
    }
    const start = segment.start + from - segment.sequence;
    if (from > this.next) {
      this.queue.insert(from, segment.data!, start, to - from);
      this.#outOfOrder();
      return;
    }
    const hadIslands = this.queue.hasIslands;
    this.next = this.queue.append(from, segment.data!, start, to - from);
    if (hadIslands) this.answer("duplicate-ack");
    else this.#owe(now);
  }

  /** Numbers came again: that is told by a selective acknowledgement (RFC 2883), and at once. */
  #repeated(left: number, right: number): void {
    if (this.#terms.sack) this.queue.noteDuplicate(left, right);
    this.#outOfOrder();
  }

  /** RFC 5681, section 4.2: what is out of order is acknowledged at once, and so is what comes soon after it. */
  #outOfOrder(): void {
    this.#beQuick(FEW_QUICK);
    this.#isInteractive = false;
    this.answer("duplicate-ack");
  }

  #beQuick(most: number): void {
    const windows = Math.floor((this.edge - this.next) / (2 * this.#largestSegment));
    this.#quick = Math.max(this.#quick, Math.min(most, Math.max(windows, FEW_QUICK)));
  }

  /** Data came in order: every second full segment is acknowledged, or what has waited (RFC 9293, section 3.8.6.3). */
  #owe(now: number): void {
    const isSecond = this.next - this.acknowledged > this.#largestSegment;
    const isQuick = this.#quick > 0 && !this.#isInteractive;
    if (isSecond || isQuick || this.#habits.delayedAcknowledgment === 0) this.owed = Owed.NOW;
    else if (this.owed === Owed.NOTHING) {
      this.owed = Owed.LATER;
      this.delayedAt = now + Math.round(this.#habits.delayedAcknowledgment);
    }
  }

  /** Something is to be acknowledged at once, for this reason. */
  answer(reason: Cause): void {
    this.owed = Owed.NOW;
    this.#reason = reason;
  }

  /** The time of an acknowledgement that was put off has come. */
  oweDelayed(): void {
    this.delayedAt = Number.POSITIVE_INFINITY;
    this.owed = Owed.NOW;
  }

  /** RFC 3168, section 6.1.3: CE is echoed until the sender says that it has slowed down. */
  #noteCongestion(segment: Segment): void {
    if ((segment.flags & TcpFlag.CWR) !== 0) this.echoesCongestion = false;
    if (segment.ecn !== Ecn.CONGESTION_EXPERIENCED) return;
    if (!this.echoesCongestion) {
      this.#beQuick(FEW_QUICK);
      this.#isInteractive = false;
    }
    this.echoesCongestion = true;
  }

  /** Whether what is owed would be worth nothing on a segment with data: a duplicate must be pure (RFC 5681, section 2). */
  get mustBePure(): boolean {
    return (
      this.owed === Owed.NOW && (this.queue.hasIslands || this.#reason !== "ack") && this.#reason !== "window-update"
    );
  }

  /** Why a pure acknowledgement is sent. */
  get cause(): Cause {
    if (this.#reason === "challenge") return "challenge";
    return this.next > this.acknowledged ? "ack" : this.#reason;
  }

  /** Data was sent: if that answers what came, acknowledgements can mostly ride on data. */
  noteSent(now: number): void {
    if (now - this.#lastDataAt < ANSWER_SECONDS * this.#ticksPerSecond) this.#isInteractive = true;
  }

  /** Gives a segment all that it has to say about this half. */
  complete(segment: Segment): void {
    segment.acknowledgment = this.next;
    segment.window = this.#windowField();
    if (this.#terms.sack && this.queue.hasBlocks) {
      const room = this.#terms.blocksBeside(segment.length);
      if (room > 0) segment.blocks = this.queue.takeBlocks(room);
    }
    if (this.echoesCongestion) segment.flags |= TcpFlag.ECE;
    if (this.owed !== Owed.NOTHING) this.#settle();
    this.acknowledged = this.next;
  }

  #settle(): void {
    if (this.#quick > 0) this.#quick--;
    this.owed = Owed.NOTHING;
    this.#reason = "ack";
    this.delayedAt = Number.POSITIVE_INFINITY;
  }

  /** How far the buffer reaches. */
  get #reach(): number {
    const room = Math.min(this.#habits.receiveBuffer - this.queue.unread, LARGEST_FIELD * this.#terms.ownUnit);
    return this.next + Math.max(0, room);
  }

  /** The edge moves by a segment, or half the buffer, or not at all (RFC 9293, section 3.8.6.2.2). */
  #windowField(): number {
    const unit = this.#terms.ownUnit;
    const reach = this.#reach;
    const step = Math.min(this.#habits.maximumSegmentSize, this.#habits.receiveBuffer / 2);
    if (reach - this.edge >= step) {
      this.edge = Math.max(this.edge, this.next + Math.floor((reach - this.next) / unit) * unit);
    }
    // Rounded up, so that the window does not shrink where it cannot be said exactly (RFC 7323, section 2.3).
    const field = Math.min(LARGEST_FIELD, Math.ceil((this.edge - this.next) / unit));
    this.edge = Math.max(this.edge, this.next + field * unit);
    return Math.max(0, field);
  }

  /** The application reads what it is time for, and the other side is told where that opens the window by two segments. */
  read(now: number, world: EndpointWorld): void {
    const { queue } = this;
    if (queue.unread === 0) return;
    if (now < this.#firstReadAt) {
      this.readAt = this.#firstReadAt;
      return;
    }
    const { readRate } = this.#habits;
    if (readRate === undefined) {
      this.readAt = Number.POSITIVE_INFINITY;
      queue.read(queue.unread, world);
    } else if (readRate > 0) this.#readSlowly(now, world, readRate / this.#ticksPerSecond);
    else this.readAt = Number.POSITIVE_INFINITY;
    const { receiveBuffer, maximumSegmentSize } = this.#habits;
    if (this.#reach - this.edge < Math.min(2 * maximumSegmentSize, receiveBuffer / 2)) return;
    if (this.owed !== Owed.NOW) this.answer("window-update");
  }

  #readSlowly(now: number, world: EndpointWorld, bytesPerTick: number): void {
    const { queue } = this;
    if (this.readAt === Number.POSITIVE_INFINITY || this.readAt === this.#firstReadAt) {
      this.#readFrom = now;
      this.#readBytes = 0;
    } else if (now >= this.readAt) {
      const bytes = Math.min(queue.unread, Math.floor((now - this.#readFrom) * bytesPerTick) - this.#readBytes);
      this.#readBytes += bytes;
      queue.read(bytes, world);
    } else return;
    const chunk = Math.min(queue.unread, this.#habits.maximumSegmentSize);
    const due = this.#readFrom + Math.ceil((this.#readBytes + chunk) / bytesPerTick);
    this.readAt = chunk === 0 ? Number.POSITIVE_INFINITY : Math.max(due, now + 1);
  }

  /** Nothing is received any more. */
  stop(): void {
    this.queue.clear();
    this.owed = Owed.NOTHING;
    this.delayedAt = this.readAt = Number.POSITIVE_INFINITY;
  }
}

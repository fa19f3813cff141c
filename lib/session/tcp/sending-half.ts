/** The half of an end that sends: which bytes leave when, and what acknowledgements say of them. */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import { AckNews } from "./ack-news.ts";
import { Congestion } from "./congestion.ts";
import type { ConnectionTerms } from "./connection-terms.ts";
import { LossPhase, LossRecovery } from "./loss-recovery.ts";
import { PeerWindow } from "./peer-window.ts";
import { Rack } from "./rack.ts";
import type { ReceivingHalf } from "./receiving-half.ts";
import type { RoundTrip } from "./rtt.ts";
import { lengthOf, Scoreboard, type SentSegment } from "./scoreboard.ts";
import { type Cause, Ecn, Segment } from "./segment.ts";
import type { SegmentOutlet } from "./segment-outlet.ts";
import { SendQueue } from "./send-queue.ts";
import { SendTimers } from "./send-timers.ts";
import type { SenderState } from "./sender-state.ts";
import type { TcpHabits } from "./tcp-habits.ts";

const { ACK, CWR, ECE, FIN, PSH, SYN } = TcpFlag;

export class SendingHalf {
  /** SND.UNA and SND.NXT. */
  una = 0;
  next = 0;
  /** Whether nothing will be written any more. */
  isFinishing = false;
  readonly queue = new SendQueue();
  readonly timers: SendTimers;
  /** Whether the FIN was sent. */
  #hasFinished = false;
  /** The end of the last segment that was shorter than it could have been. */
  #shortEnd = 0;
  #lastSentAt = 0;
  /** SND.NXT when a tail was probed, and whether with something that had been sent before; 0: no probe is under way. */
  #probeEnd = 0;
  #isProbeResent = false;

  readonly #window: PeerWindow;
  readonly #rack: Rack;
  readonly #news: AckNews;
  readonly #board: Scoreboard;
  readonly #congestion: Congestion;
  readonly #recovery: LossRecovery;
  readonly #habits: TcpHabits;
  readonly #terms: ConnectionTerms;
  readonly #roundTrip: RoundTrip;
  readonly #receiving: ReceivingHalf;
  readonly #outlet: SegmentOutlet;

  constructor(
    habits: TcpHabits,
    terms: ConnectionTerms,
    roundTrip: RoundTrip,
    receiving: ReceivingHalf,
    outlet: SegmentOutlet,
    ticksPerSecond: number,
  ) {
    this.#habits = habits;
    this.#terms = terms;
    this.#roundTrip = roundTrip;
    this.#receiving = receiving;
    this.#outlet = outlet;
    this.#window = new PeerWindow(terms);
    this.#rack = new Rack(roundTrip);
    this.#news = new AckNews(this.#rack);
    this.#board = new Scoreboard(this.#news);
    this.#congestion = new Congestion(habits, ticksPerSecond);
    this.#recovery = new LossRecovery(this.#board, this.#congestion, terms, this.#rack);
    this.timers = new SendTimers(habits, roundTrip, ticksPerSecond);
  }

  /** The SYN was acknowledged by this segment: data may flow. @param synWasLost whether it had to be sent again */
  begin(now: number, segment: Segment, synWasLost: boolean): void {
    this.una = this.next = 1;
    this.#news.hasRack = this.#terms.rack;
    this.#congestion.begin(this.#terms.segmentSize, synWasLost);
    this.#window.begin(segment, this.una);
    this.#lastSentAt = now;
  }

  /** Whether all is acknowledged that was written, and the FIN where there is one. */
  get isDone(): boolean {
    return this.una >= this.queue.end + (this.isFinishing ? 1 : 0);
  }

  /** Whether the FIN is acknowledged. */
  get isFinished(): boolean {
    return this.#hasFinished && this.una > this.queue.end;
  }

  /** Whether an acknowledgement can be one of what was sent (RFC 5961, section 5). */
  isPlausible(acknowledgment: number): boolean {
    return this.#window.isPlausible(acknowledgment, this.una, this.next);
  }

  /** Takes an acknowledgement of what was sent, or of less. */
  acknowledge(now: number, segment: Segment): void {
    const news = this.#news;
    const { una } = this;
    const ack = segment.acknowledgment;
    const hadFlight = this.#board.first !== undefined;
    const hasBlocks = this.#terms.sack && segment.blocks.length > 0;
    // What was sent again may be reported as a duplicate when nothing is under way any more; else there is nothing to learn.
    if (!hadFlight && !hasBlocks) {
      this.#window.update(segment, una, false);
      this.timers.heard();
      this.#armPersist(now);
      return;
    }
    news.begin(now, una, this.next, this.#recovery.point);
    news.hasEcho = this.#terms.ecn && (segment.flags & ECE) !== 0;
    news.stamp = this.#terms.timestamps && segment.timestamp >= 0 ? segment.timestampEcho : -1;
    if (hasBlocks) this.#takeBlocks(segment);
    if (ack > una) this.#advance(ack);
    const hasNewWindow = this.#window.update(segment, this.una, ack > una);
    this.timers.heard();
    news.isDuplicate =
      hadFlight && ack === una && segment.length === 0 && !hasNewWindow && (segment.flags & (SYN | FIN)) === 0;
    if (ack > una) this.#measure(now);
    else if (news.sackedSentAt >= 0) this.#roundTrip.sample(now, now - news.sackedSentAt);
    if (this.#probeEnd > 0) this.#judgeProbe(ack);
    this.#react(now);
  }

  /** What follows from the news: the window, and the timers. */
  #react(now: number): void {
    const recovery = this.#recovery;
    const news = this.#news;
    const wasReducing = recovery.isReducing;
    recovery.process(news);
    if (recovery.phase >= LossPhase.RECOVERY) this.#probeEnd = 0;
    if (news.advanced > 0 && news.delivered > 0 && !wasReducing && !recovery.isReducing && this.#congestion.mayGrow) {
      this.#congestion.grow(now, news.delivered, this.#roundTrip.smoothed);
    }
    const { timers } = this;
    if (this.#board.first === undefined) timers.stopRetransmission();
    else if (news.advanced > 0) timers.restart(now);
    timers.reorderAt = recovery.reorderWait > 0 ? now + recovery.reorderWait : Number.POSITIVE_INFINITY;
    if (news.delivered > 0) this.#armProbe(now);
  }

  #advance(ack: number): void {
    this.una = this.#news.una = ack;
    this.#board.acknowledge(ack);
    this.queue.release(Math.min(ack, this.queue.end));
    this.timers.timeouts = 0;
  }

  /** Blocks of a selective acknowledgement; the first may report a duplicate (RFC 2883, section 4). */
  #takeBlocks(segment: Segment): void {
    const { blocks } = segment;
    const news = this.#news;
    const left = blocks[0]!;
    const right = blocks[1]!;
    const isInside = blocks.length > 2 && left >= blocks[2]! && right <= blocks[3]!;
    const isDuplicate = right <= segment.acknowledgment || isInside;
    if (isDuplicate && right > left) {
      news.duplicates = Math.ceil((right - left) / this.#terms.segmentSize);
      news.duplicateEnd = right;
      this.#rack.duplicateReported(this.una, this.next);
    }
    news.isSacking = true;
    this.#board.markSacked(blocks, isDuplicate ? 1 : 0, Math.max(this.una, segment.acknowledgment), this.next);
    news.isSacking = false;
  }

  /** Nothing is measured by what was sent twice (Karn; RFC 6298, section 3), but by its time stamp (RFC 7323, section 4). */
  #measure(now: number): void {
    const news = this.#news;
    if (news.sentAt >= 0 && !news.hasResent) this.#roundTrip.sample(now, now - news.sentAt);
    else if (news.sackedSentAt >= 0) this.#roundTrip.sample(now, now - news.sackedSentAt);
    else if (news.stamp >= 0) this.#roundTrip.sample(now, Math.max(0, this.#outlet.since(now, news.stamp)));
  }

  /** RFC 8985, section 7.4: whether the probe has mended a loss, or was for nothing. */
  #judgeProbe(ack: number): void {
    const news = this.#news;
    if (ack < this.#probeEnd) return;
    const isMended = this.#isProbeResent && ack > this.#probeEnd && news.duplicateEnd !== this.#probeEnd;
    const isAnswered = !this.#isProbeResent || news.duplicates > 0 || (news.advanced === 0 && news.delivered === 0);
    if (isMended && news.duplicates === 0) this.#recovery.tailLost(this.next);
    if (isMended || isAnswered) this.#probeEnd = 0;
  }

  /** Sends whatever may be sent now. */
  send(now: number): void {
    const recovery = this.#recovery;
    if (recovery.prefersNew && !this.#hasSendableData) recovery.giveUpDoubt();
    if (this.#board.hasLost && !recovery.prefersNew) this.#sendLost(now);
    const { next } = this;
    this.#sendNew(now);
    recovery.prefersNew = false;
    if (this.next !== next) this.#armProbe(now);
    this.#armPersist(now);
  }

  get #hasSendableData(): boolean {
    return this.next < Math.min(this.queue.end, this.#window.edge);
  }

  /** Segments have become smaller: what is under way in larger ones did not arrive. */
  resegment(): void {
    const { segmentSize } = this.#terms;
    this.#congestion.segmentSize = segmentSize;
    this.#recovery.isResegmenting = this.#board.markLostAbove(segmentSize);
  }

  #sendLost(now: number): void {
    const board = this.#board;
    const cause = this.#recovery.causeOfResending;
    for (let segment = board.nextLost(); segment !== undefined; segment = board.nextLost()) {
      const size = Math.min(segment.end - segment.sequence, this.#terms.segmentSize);
      if (board.pipe > 0 && !this.#recovery.mustResend && !this.#fits(size, this.#recovery.allowance)) return;
      if (segment !== board.first && segment.sequence >= this.#window.edge) return;
      this.#recovery.mustResend = false;
      this.#sendAgain(now, segment, cause);
    }
    this.#recovery.isResegmenting = false;
  }

  #fits(size: number, allowance: number): boolean {
    const congestion = this.#congestion;
    return !congestion.isLimited || this.#board.pipe + size <= congestion.window + allowance;
  }

  /** Sends a segment again, or the part of it that one can hold now. */
  #sendAgain(now: number, sent: SentSegment, cause: Cause): void {
    const { segmentSize } = this.#terms;
    if (lengthOf(sent) > segmentSize) this.#board.split(sent, sent.sequence + segmentSize);
    const segment = new Segment(cause);
    segment.sequence = sent.sequence;
    segment.flags = ACK | sent.flags;
    const length = lengthOf(sent);
    if (length > 0) this.queue.fill(segment, sent.sequence, length);
    this.#board.markResent(now, sent);
    this.#recovery.resent(sent.end - sent.sequence, this.#outlet.clock(now));
    this.#lastSentAt = now;
    this.#outlet.send(now, segment);
  }

  #sendNew(now: number): void {
    if (this.next >= this.queue.end && (!this.isFinishing || this.#hasFinished)) return;
    if (this.#board.first === undefined) this.#restartAfterIdle(now);
    let isLimited = false;
    let size = this.#nextSize();
    while (size > 0) {
      isLimited = this.#board.pipe > 0 && !this.#fits(size, this.#recovery.allowance);
      if (isLimited) break;
      this.#sendData(now, size, "new");
      size = this.#nextSize();
    }
    const isEnd = this.next === this.queue.end && this.isFinishing && !this.#hasFinished;
    if (isEnd && this.#window.edge > this.next) this.#sendFin(now);
    const isFull = isLimited || !this.#fits(this.#terms.segmentSize, 0);
    this.#congestion.noteUsage(this.una, this.next, this.#board.outstanding, isFull);
  }

  #restartAfterIdle(now: number): void {
    const idle = now - this.#lastSentAt;
    if (this.#congestion.isLimited && idle > this.#roundTrip.timeout)
      this.#congestion.restart(idle, this.#roundTrip.timeout);
  }

  /** Bytes of the next segment; 0 where it is better to wait. As Linux has it: it is only a short one that a short one waits for. */
  #nextSize(): number {
    const mayBeShort = !this.#habits.nagle || this.isFinishing || this.#shortEnd <= this.una;
    return this.#window.sizeOfNext(this.queue.end - this.next, this.next, mayBeShort);
  }

  #sendData(now: number, size: number, cause: Cause): void {
    const segment = new Segment(cause);
    const end = this.next + size;
    segment.sequence = this.next;
    this.queue.fill(segment, this.next, size);
    let flags = end === this.queue.end ? PSH : 0;
    let taken = size;
    if (flags !== 0 && this.isFinishing && end < this.#window.edge) {
      flags |= FIN;
      taken++;
      this.#hasFinished = true;
    }
    segment.flags = ACK | flags;
    if (this.#terms.ecn) this.#mark(segment);
    if (size < this.#terms.segmentSize) this.#shortEnd = end;
    this.#pushSent(now, taken, flags);
    this.#receiving.noteSent(now);
    this.#outlet.send(now, segment);
  }

  /** RFC 3168, sections 6.1.2 and 6.1.5: new data may be marked, and says that the window was reduced. */
  #mark(segment: Segment): void {
    segment.ecn = Ecn.CAPABLE_0;
    if (this.#recovery.hasReduced) segment.flags |= CWR;
    this.#recovery.hasReduced = false;
  }

  #pushSent(now: number, size: number, flags: number): void {
    this.#board.push(now, this.next, this.next + size, flags);
    this.next += size;
    this.#recovery.sent(size);
    this.#lastSentAt = now;
    this.timers.start(now);
  }

  #sendFin(now: number): void {
    const segment = new Segment("fin");
    segment.sequence = this.next;
    segment.flags = ACK | FIN;
    this.#hasFinished = true;
    this.#pushSent(now, 1, FIN);
    this.#outlet.send(now, segment);
  }

  /** RFC 8985, section 7.2. */
  #armProbe(now: number): void {
    const { timers } = this;
    const isCalm = this.#recovery.phase === LossPhase.OPEN || this.#recovery.phase === LossPhase.REDUCTION;
    const mayProbe = this.#terms.rack && isCalm && this.#board.count > 0 && this.#board.sackedCount === 0;
    if (mayProbe && this.#probeEnd === 0) timers.armProbe(now, this.#board.count);
    else timers.probeAt = Number.POSITIVE_INFINITY;
  }

  /** While nothing is under way and something waits, the other side has to be asked for its window. */
  #armPersist(now: number): void {
    const waits = this.next < this.queue.end || (this.isFinishing && !this.#hasFinished);
    if (this.#board.first !== undefined || !waits || this.una === 0) this.timers.stopPersist();
    else this.timers.startPersist(now);
  }

  /** Does what timers ask for. @returns false where the other side is given up */
  expire(now: number, isAbandoned: boolean): boolean {
    const { timers } = this;
    if (timers.reorderAt <= now) {
      timers.reorderAt = Number.POSITIVE_INFINITY;
      this.#recovery.reorderTimedOut(now, this.una, this.next);
      if (this.#recovery.reorderWait > 0) timers.reorderAt = now + this.#recovery.reorderWait;
    }
    if (timers.probeAt <= now) this.#probeTail(now);
    else if (timers.retransmitAt <= now) return this.#timeOut(now);
    if (timers.persistAt <= now) return this.#probeWindow(now, isAbandoned);
    return true;
  }

  #timeOut(now: number): boolean {
    const { timers } = this;
    if (timers.timeouts >= this.#habits.dataRetries) return false;
    this.#recovery.timedOut(now, this.una, this.next, timers.timeouts > 0);
    this.#probeEnd = 0;
    timers.timedOut(now);
    return true;
  }

  /** RFC 8985, section 7.3: new data if there is any, or else the last segment again. */
  #probeTail(now: number): void {
    const { timers } = this;
    timers.probeAt = Number.POSITIVE_INFINITY;
    const size = Math.min(this.queue.end - this.next, this.#window.edge - this.next, this.#terms.segmentSize);
    this.#isProbeResent = size <= 0;
    if (size > 0) this.#sendData(now, size, "tail-probe");
    else if (this.#board.last !== undefined) this.#sendAgain(now, this.#board.last, "tail-probe");
    this.#probeEnd = this.next;
    timers.restart(now);
  }

  /** The window was closed, or too small, for too long (RFC 9293, section 3.8.6.1). */
  #probeWindow(now: number, isAbandoned: boolean): boolean {
    const { timers } = this;
    const size = Math.min(this.queue.end - this.next, this.#window.edge - this.next, this.#terms.segmentSize);
    if (size > 0) {
      timers.stopPersist();
      this.#sendData(now, size, "new");
      return true;
    }
    if (!timers.backOffPersist(now, isAbandoned)) return false;
    // As Linux: a number that was acknowledged, and no data, to which a TCP must answer.
    this.#outlet.sendEmpty(now, this.una - 1, "window-probe");
    return true;
  }

  /** How things stand at this moment. */
  get state(): SenderState {
    const { smoothed, timeout } = this.#roundTrip;
    const { window, threshold, isLimited } = this.#congestion;
    return {
      cwnd: isLimited ? Math.floor(window) : this.#window.size,
      ssthresh: threshold < Number.POSITIVE_INFINITY ? Math.floor(threshold) : undefined,
      inFlight: this.#board.pipe,
      srtt: smoothed < 0 ? undefined : Math.round(smoothed),
      rto: timeout,
      window: this.#window.size,
    };
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#board.clear();
    this.queue.release(this.queue.end);
    this.timers.stop();
  }
}

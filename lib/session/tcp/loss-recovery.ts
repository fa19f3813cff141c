/**
 * What is done about losses: fast recovery, with selective acknowledgements (RFC 6675, RFC 6937) or without (RFC 6582), slow start
 * after a timeout, and taking it all back where nothing was lost (RFC 4015, RFC 5682).
 */
import type { AckNews } from "./ack-news.ts";
import type { Congestion } from "./congestion.ts";
import type { ConnectionTerms } from "./connection-terms.ts";
import type { Rack } from "./rack.ts";
import { DUPLICATE_THRESHOLD, Mark, type Scoreboard } from "./scoreboard.ts";
import type { Cause } from "./segment.ts";

/** How things stand. */
export const LossPhase = {
  /** Nothing is amiss. */
  OPEN: 0,
  /** Something has come out of order, or was lost. */
  DISORDER: 1,
  /** The window is being reduced, though nothing was lost. */
  REDUCTION: 2,
  /** Something was lost, and is sent again. */
  RECOVERY: 3,
  /** The retransmission timer ran out. */
  LOSS: 4,
} as const;

const { OPEN, DISORDER, REDUCTION, RECOVERY, LOSS } = LossPhase;

export class LossRecovery {
  phase: number = OPEN;
  /** SND.NXT when the present recovery began (recover of RFC 6582). */
  point = 0;
  /** Duplicate acknowledgements in a row; only counted without selective ones. */
  duplicates = 0;
  /** Whether new data is to be sent before what was lost (RFC 5682, section 2.1, step 2b). */
  prefersNew = false;
  /** Whether the window was reduced since the other side was told that it was (CWR of RFC 3168). */
  hasReduced = false;
  /** Whether the first that is lost is to be sent again whatever the window says (RFC 6582, section 3.2, steps 2 and 5). */
  mustResend = false;
  /** Whether what is held for lost was too large for the path. */
  isResegmenting = false;
  /** Ticks after which more will be held for lost; 0: nothing waits for that. */
  reorderWait = 0;
  /** Whether it is not yet known if the timeout was spurious. */
  #isDoubtful = false;
  /** SND.UNA when the window was reduced; below 0: there is nothing to take back. */
  #undoFrom = -1;
  /** Segments that were sent again and not reported as duplicates; below 0: none was sent. */
  #undoCount = -1;
  #priorWindow = 0;
  #priorThreshold = 0;
  /** The time stamp of the first segment that was sent again. */
  #firstResent = -1;
  /** RFC 6937: bytes under way at the beginning, and since then arrived and sent. */
  #flight = 0;
  #delivered = 0;
  #out = 0;

  readonly #board: Scoreboard;
  readonly #congestion: Congestion;
  readonly #terms: ConnectionTerms;
  readonly #rack: Rack;

  constructor(board: Scoreboard, congestion: Congestion, terms: ConnectionTerms, rack: Rack) {
    this.#board = board;
    this.#congestion = congestion;
    this.#terms = terms;
    this.#rack = rack;
  }

  /** Whether the window is set here, and does not grow by itself. */
  get isReducing(): boolean {
    return this.phase === REDUCTION || this.phase === RECOVERY;
  }

  /** Why what is held for lost is sent again. */
  get causeOfResending(): Cause {
    if (this.isResegmenting) return "path-mtu";
    if (this.phase === LOSS) return "timeout";
    return this.#terms.sack ? "sack" : "fast";
  }

  /** Bytes beyond the window that duplicates allow, each of which is a segment that has arrived (limited transmit, RFC 3042). */
  get allowance(): number {
    return this.phase === DISORDER || this.phase === LOSS ? this.duplicates * this.#terms.segmentSize : 0;
  }

  /** An acknowledgement has come, and the scoreboard knows of it. */
  process(news: AckNews): void {
    this.prefersNew = false;
    this.reorderWait = 0;
    if (news.duplicates > 0) this.#noteDuplicates(news);
    if (news.hasEcho) this.#undoFrom = -1;
    switch (this.phase) {
      case LOSS:
        return this.#processInLoss(news);
      case RECOVERY:
        return this.#processInRecovery(news);
      default:
        return this.#processInOrder(news);
    }
  }

  /** RFC 2883: something that was sent again had arrived before. */
  #noteDuplicates(news: AckNews): void {
    if (this.#undoFrom < 0 || this.#undoCount <= 0) return;
    if (news.duplicateEnd > news.una || news.duplicateEnd <= this.#undoFrom) return;
    this.#undoCount = Math.max(0, this.#undoCount - news.duplicates);
  }

  #processInOrder(news: AckNews): void {
    if (this.#undoFrom >= 0 && this.#undoCount === 0 && this.phase <= DISORDER) this.#undo();
    if (this.phase === REDUCTION && news.una > this.point) this.#endReduction();
    this.#countDuplicates(news);
    const before = this.#board.lost;
    if (this.#findLosses(news.now)) this.#enterRecovery(news);
    else if (this.phase !== REDUCTION) {
      this.phase = this.#board.sacked > 0 || this.duplicates > 0 ? DISORDER : OPEN;
      if (news.hasEcho) this.#enterReduction(news);
    }
    if (this.isReducing) this.#reduceProportionally(news, this.#board.lost > before);
  }

  /** Without selective acknowledgements, only duplicates tell that something has arrived. */
  #countDuplicates(news: AckNews): void {
    if (news.advanced > 0) this.duplicates = 0;
    else if (news.isDuplicate && !this.#terms.sack) this.duplicates++;
  }

  /** Finds out what is lost. @returns whether there is anything to recover from */
  #findLosses(now: number): boolean {
    const { rack, sack, segmentSize } = this.#terms;
    if (rack) {
      this.reorderWait = this.#rack.markLost(now, this.#board, this.phase >= RECOVERY);
      return this.#board.hasLost && this.#board.lost > 0;
    }
    if (sack) return this.#board.markLostBelowSacked(segmentSize) || this.#board.lost > 0;
    return this.duplicates >= DUPLICATE_THRESHOLD && (this.#board.first?.sequence ?? 0) > this.point;
  }

  #enterRecovery(news: AckNews): void {
    const board = this.#board;
    const congestion = this.#congestion;
    this.#beginRecovery(news.una, news.nxt, news.sacked);
    this.mustResend = true;
    if (this.#terms.sack) return;
    // RFC 6582, section 3.2, step 2: three segments have left the network.
    if (board.first !== undefined) board.markLost(board.first);
    congestion.window = congestion.threshold + DUPLICATE_THRESHOLD * this.#terms.segmentSize;
  }

  /**
   * The window is reduced, where it is not being reduced already.
   * @param sacked as for `#beginReduction`
   */
  #beginRecovery(una: number, nxt: number, sacked: number): void {
    if (this.phase !== REDUCTION) {
      this.#remember();
      this.#congestion.reduce(this.#board.outstanding);
    }
    this.#beginReduction(una, nxt, sacked);
    this.phase = RECOVERY;
  }

  #remember(): void {
    this.#priorWindow = this.#congestion.window;
    this.#priorThreshold = this.#congestion.threshold;
  }

  /** @param sacked bytes that blocks have told of just now, and that are still to count as delivered */
  #beginReduction(una: number, nxt: number, sacked: number): void {
    this.hasReduced = true;
    this.#undoFrom = una;
    this.#undoCount = -1;
    this.#firstResent = -1;
    this.point = nxt;
    this.#flight = Math.max(1, this.#board.outstanding - this.#board.sacked + sacked);
    this.#delivered = this.#out = 0;
  }

  /** Congestion was echoed (RFC 3168, section 6.1.2): the window is reduced once in a round trip. */
  #enterReduction(news: AckNews): void {
    this.#congestion.reduce(this.#board.outstanding);
    this.#beginReduction(news.una, news.nxt, news.sacked);
    this.#undoFrom = -1;
    this.phase = REDUCTION;
  }

  #endReduction(): void {
    if (this.#congestion.threshold < Number.POSITIVE_INFINITY) this.#congestion.window = this.#congestion.threshold;
    this.phase = OPEN;
  }

  #processInRecovery(news: AckNews): void {
    const board = this.#board;
    const before = board.lost;
    if (news.una >= this.point) return this.#finishRecovery(news);
    if (news.advanced > 0) {
      if (this.#undoFrom >= 0 && this.#isDelayed(news)) return this.#undo();
      if (!this.#terms.sack) return this.#acknowledgePart(news);
    } else if (!this.#terms.sack) {
      // Each further duplicate is a segment that has left the network (RFC 6582, section 3.2, step 3).
      if (news.isDuplicate) this.#congestion.window += this.#terms.segmentSize;
      return;
    }
    if (this.#undoFrom >= 0 && this.#undoCount === 0) return this.#undo();
    this.#findLosses(news.now);
    this.#reduceProportionally(news, board.lost > before);
  }

  /** A partial acknowledgement shows the next hole (RFC 6582, section 3.2, step 5). */
  #acknowledgePart(news: AckNews): void {
    const congestion = this.#congestion;
    const { segmentSize } = this.#terms;
    const { first } = this.#board;
    if (first !== undefined) this.#board.markLost(first);
    this.mustResend = true;
    congestion.window = Math.max(segmentSize, congestion.window - news.advanced);
    if (news.advanced >= segmentSize) congestion.window += segmentSize;
  }

  #finishRecovery(news: AckNews): void {
    const congestion = this.#congestion;
    const { segmentSize, sack } = this.#terms;
    this.duplicates = 0;
    this.#rack.recovered();
    if (this.#mayUndo(news)) return this.#undo();
    const { threshold } = congestion;
    if (sack) congestion.window = threshold;
    else congestion.window = Math.min(threshold, Math.max(this.#board.pipe, segmentSize) + segmentSize);
    this.phase = this.#board.sacked > 0 ? DISORDER : OPEN;
    // What was sent since may have been lost too.
    if (sack) this.#processInOrder(news);
  }

  /** RFC 6937: for what has arrived since, a part is sent that leads to the new window just when the recovery ends. */
  #reduceProportionally(news: AckNews, hasNewLosses: boolean): void {
    const { delivered } = news;
    if (delivered <= 0 || (this.phase === RECOVERY && !this.#terms.sack)) return;
    const { segmentSize } = this.#terms;
    const { threshold } = this.#congestion;
    const { pipe } = this.#board;
    this.#delivered += delivered;
    let count: number;
    if (pipe > threshold) count = Math.ceil((threshold * this.#delivered) / this.#flight) - this.#out;
    else {
      count = Math.max(this.#delivered - this.#out, delivered);
      if (news.advanced > 0 && !hasNewLosses) count += segmentSize;
      count = Math.min(threshold - pipe, count);
    }
    if (this.#out === 0) count = Math.max(count, segmentSize);
    this.#congestion.window = pipe + Math.max(0, count);
  }

  /** The retransmission timer ran out (RFC 5681, section 3.1). @param isRepeated whether it did before, for the same data */
  timedOut(now: number, una: number, nxt: number, isRepeated: boolean): void {
    const board = this.#board;
    const isNew = this.phase < RECOVERY;
    if (isNew || una >= this.point || (this.phase === LOSS && !isRepeated)) {
      this.#remember();
      this.#congestion.reduce(board.outstanding);
      this.#beginReduction(una, nxt, 0);
    }
    if (board.first !== undefined && (board.first.marks & Mark.SACKED) !== 0) board.forgetSacked();
    this.#markAllLost(now);
    this.#congestion.window = board.pipe + this.#terms.segmentSize;
    this.#isDoubtful = isNew || isRepeated;
    this.phase = LOSS;
    this.point = nxt;
    this.duplicates = 0;
    this.reorderWait = 0;
  }

  /** All is lost, but for what was sent so lately that it may be under way (RFC 8985, section 6.3). */
  #markAllLost(now: number): void {
    const board = this.#board;
    for (let segment = board.first; segment !== undefined; segment = segment.next) {
      const isRecent = this.#terms.rack && segment !== board.first && this.#rack.isRecent(now, segment, board);
      if (isRecent && (segment.marks & Mark.EVER_RESENT) === 0) continue;
      board.markLost(segment);
    }
  }

  /** RFC 5682, section 3.1, and what follows it. */
  #processInLoss(news: AckNews): void {
    const isOver = news.una >= this.point;
    if (news.advanced > 0 && this.#mayUndo(news)) return this.#undo();
    if (this.#isDoubtful && this.#isSpurious(news)) return this.#undo();
    if (this.#isDoubtful && this.#triesNew(news, isOver)) return;
    if (isOver) {
      this.phase = this.#board.sacked > 0 ? DISORDER : OPEN;
      this.#isDoubtful = false;
      this.duplicates = 0;
      return;
    }
    if (this.#terms.rack) this.reorderWait = this.#rack.markLost(news.now, this.#board, true);
    if (news.nxt > this.point || news.advanced > 0) this.#countDuplicates(news);
  }

  /** Step 3b: something has arrived that was sent once only. Without selective acknowledgements it may have been there before. */
  #isSpurious(news: AckNews): boolean {
    return news.hasOriginal && (this.#terms.sack || !news.hasResent);
  }

  /** Step 2b: new data is sent, whose answer will tell; or step 3a: it has told. @returns whether new data goes first */
  #triesNew(news: AckNews, isOver: boolean): boolean {
    if (news.nxt > this.point) {
      if (news.sacked > 0 || news.isDuplicate) this.#isDoubtful = false;
      return false;
    }
    if (news.advanced === 0 || isOver) return false;
    this.point = news.nxt;
    this.prefersNew = true;
    return true;
  }

  /** There is no new data to tell with whether the timeout was spurious. */
  giveUpDoubt(): void {
    this.#isDoubtful = false;
    this.prefersNew = false;
  }

  /** More has been waited for than reordering explains. */
  reorderTimedOut(now: number, una: number, nxt: number): void {
    const before = this.#board.lost;
    this.reorderWait = this.#rack.markLost(now, this.#board, this.phase >= RECOVERY);
    if (this.#board.lost === before) return;
    if (this.phase < RECOVERY) this.#beginRecovery(una, nxt, 0);
    const { pipe } = this.#board;
    this.#congestion.window = Math.max(Math.min(this.#congestion.window, pipe + this.#terms.segmentSize), pipe);
  }

  /** A tail was lost, and its probe has mended it (RFC 8985, section 7.4): that is congestion too. */
  tailLost(nxt: number): void {
    if (this.phase >= REDUCTION) return;
    this.#congestion.reduce(this.#board.outstanding);
    this.#congestion.window = this.#congestion.threshold;
    this.point = nxt;
  }

  /** A segment was sent again. @param clock time stamp of now */
  resent(bytes: number, clock: number): void {
    this.#out += bytes;
    this.#undoCount = Math.max(0, this.#undoCount) + 1;
    if (this.#firstResent < 0) this.#firstResent = clock;
  }

  /** New data was sent. */
  sent(bytes: number): void {
    this.#out += bytes;
  }

  #mayUndo(news: AckNews): boolean {
    return this.#undoFrom >= 0 && (this.#undoCount === 0 || this.#isDelayed(news));
  }

  /** Whether the first one has arrived and not the one that was sent again, as its time stamp tells (RFC 4015, section 3.2). */
  #isDelayed(news: AckNews): boolean {
    return this.#firstResent >= 0 && news.stamp >= 0 && ((news.stamp - this.#firstResent) | 0) < 0;
  }

  /** Nothing was lost (RFC 4015, section 3.2). */
  #undo(): void {
    this.#board.forgetLosses();
    this.#congestion.restore(this.#priorWindow, this.#priorThreshold);
    this.#undoFrom = -1;
    this.#undoCount = -1;
    this.#isDoubtful = false;
    this.duplicates = 0;
    this.phase = this.#board.sacked > 0 ? DISORDER : OPEN;
  }
}

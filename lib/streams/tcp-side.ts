/** What one side of a TCP connection has done so far, as far as the capture shows it. */
import { isAfter, isBefore, type SequenceNumber, sequenceDifference } from "../core/sequence.ts";
import { ChangingMoment, type Moment, nanosecondsBetween } from "../core/time.ts";

/** The window scale is not known: no SYN of this side was seen. */
export const SCALE_UNKNOWN = -1;
/** The handshake settled that there is no scaling. */
export const SCALE_NOT_USED = -2;

/** Larger than any window: nothing is known of it yet. */
const WINDOW_UNKNOWN = 0xffff_ffff;

/**
 * The numbers that the analysis of sequence numbers compares a segment with. They are named for the side that sent them.
 * A sequence number of 0 counts as "none yet", as it does for Wireshark.
 */
export class TcpSide {
  /** Whether a sequence number is known that counts as 0. */
  hasBase = false;
  /** Sequence number that counts as 0. */
  base = 0;
  /** Behind the highest byte sent. */
  nextSequence = 0;
  /** When that byte was sent. */
  readonly nextSequenceMoment = new ChangingMoment();
  /** Behind the highest byte sent without a gap before it. */
  highestToAcknowledge = 0;
  /** The acknowledgment number sent last, and when. */
  lastAcknowledgment = 0;
  /** When that was. */
  readonly lastMoment = new ChangingMoment();
  /** The window sent last, not scaled. */
  window = WINDOW_UNKNOWN;
  /** Shift count of its windows, or `SCALE_UNKNOWN` (-1), or `SCALE_NOT_USED` (-2). */
  windowScale = SCALE_UNKNOWN;
  /** The window sent last was that of a SYN, which is never scaled. */
  hasUnscaledWindow = false;
  /** Duplicate acknowledgements in a row. */
  duplicateAcks = 0;
  /** Findings of the segment sent last. */
  lastFindings = 0;

  /** For people, not for the analysis. */
  maximumSegmentSize: number | undefined = undefined;
  /** Segments that it sent. */
  packets = 0;
  /** Bytes of payload, those sent again included. */
  bytes = 0;
  /** Those of them that no earlier segment had; the lowest of them, and behind the highest. */
  newBytes = 0;
  /** Sequence number of the lowest byte of data. */
  dataStart = 0;
  /** Sequence number behind the highest byte of data. */
  dataEnd = 0;
  /** Bytes that came under numbers under which others had come. */
  otherBytes = 0;
  /** Bytes of frames that the capture holds twice. */
  copiedBytes = 0;
  /** Bytes of keep-alives and zero-window probes, which are no data. */
  probeBytes = 0;
  /** Keep-alives, the frame of the first, and answers to those of the other side. */
  keepAlives = 0;
  /** Frame of the first keep-alive; 0 where there is none. */
  keepAliveFrame = 0;
  /** Answers to keep-alives of the other side. */
  keepAliveAcks = 0;
  /** Segments with data, and whether their sequence numbers ever differed. */
  dataSegments = 0;
  /** Sequence number of the first segment with data. */
  firstDataSequence = 0;
  /** Whether the sequence numbers of segments with data ever differed. */
  hasMoved = false;
  /** What was sent more than once, where something was. */
  again: Retransmissions | undefined = undefined;
  /** Of its first segment with data: length, a sum of all bytes, and the first twelve, to tell whether others are the same. */
  firstDataLength = 0;
  /** A sum of all bytes of the first segment with data. */
  firstDataSum = 0;
  /** The first bytes of that segment, as one number. */
  firstDataBytes = 0;
  /** The bytes behind these, as one number. */
  nextDataBytes = 0;
  /** Frame of its highest byte. */
  dataEndFrame = 0;
  /** Segments with SYN. */
  syns = 0;
  /** Flags of the segment sent last. */
  lastFlags = 0;
  /** Bytes of the largest segment's payload, keep-alives and probes left out. */
  largestSegment = 0;
  /** Frame number of its first FIN and of its first RST; 0 where there is none. */
  finFrame = 0;
  /** Frame number of its first RST; 0 where there is none. */
  resetFrame = 0;
  /** Segments with RST, and what the first one answers. */
  resets = 0;
  /** What its first RST answers. */
  resetReason: ResetReason = "none";
  /** Whether anything but resets from this side came after a reset of the other side. */
  wentOnAfterReset = false;
  /** Whether its acknowledgment number ever changed: then something of the other side has arrived. */
  hasAcknowledgedMore = false;
}

/**
 * What a side's first reset comes after: `syn` the other side's SYN; `syn-ack` the other side's answer to a SYN; `close`
 * FINs of both sides; `fin` its own FIN; `unknown`: nothing else was seen of this side; `open`: it was in the middle of a
 * connection.
 */
export type ResetReason = "none" | "syn" | "syn-ack" | "close" | "fin" | "unknown" | "open";

/** The window of a side in bytes, as its scale says; undefined while the scale is not known. */
export function scaledWindow(side: TcpSide, window: number, isSyn: boolean): number | undefined {
  if (isSyn || side.windowScale === SCALE_NOT_USED) return window;
  return side.windowScale === SCALE_UNKNOWN ? undefined : window * 2 ** side.windowScale;
}

/** Frames that are named. */
const MOST_FRAMES = 10;
/** Gaps in the bytes of a side that are remembered at a time; of what fills a forgotten one, nobody knows that it is new. */
const MOST_GAPS = 64;
/** Gaps between repetitions count as growing where none is shorter than this part of the one before. */
const NEARLY = 0.8;
const GROWN = 1.5;

/** One segment that was sent again and again. */
export interface Repeated {
  /** Number of the frame that sent it first. */
  readonly firstFrame: number;
  /** Number of the frame that sent it last. */
  readonly lastFrame: number;
  /** How often it was sent, the first time included. */
  readonly times: number;
  /** In nanoseconds: from the first time to the second, and from the last but one to the last. */
  readonly firstWait: number;
  /** Nanoseconds from the last time but one to the last. */
  readonly lastWait: number;
  /** Whether the waits grew, as those of a sender do that gets no answer. */
  readonly isGrowing: boolean;
  /** Whether its bytes were compared, and are the same each time. */
  readonly hasSameBytes: boolean;
}

/** One time that a segment came again. */
interface Again {
  readonly sequence: SequenceNumber;
  readonly length: number;
  readonly frame: number;
  readonly moment: Moment;
  /** The first time; undefined where that is not known. */
  readonly first: { readonly frame: number; readonly moment: Moment } | undefined;
  readonly hasSameBytes: boolean;
}

/** What one side sent more than once. */
export class Retransmissions {
  /** The first frames whose bytes are others than those that an earlier segment had under the same number. */
  readonly otherBytes: number[] = [];
  /** How many such frames there are in all. */
  otherBytesCount = 0;
  /** Of all segments that came again, the one that came most often. */
  most: Repeated | undefined = undefined;
  /** Bytes not seen yet behind which others were: first and behind the last. */
  readonly #gaps: [SequenceNumber, SequenceNumber][] = [];
  #sequence = 0;
  #length = -1;
  #firstFrame = 0;
  #times = 0;
  #firstWait = 0;
  #lastWait = 0;
  #waits = 0;
  #isGrowing = true;
  #hasSameBytes = true;
  readonly #moment = new ChangingMoment();

  /** A frame has other bytes than an earlier one under the same sequence number. */
  noteOtherBytes(frame: number): void {
    this.otherBytesCount++;
    if (this.otherBytes.length < MOST_FRAMES) this.otherBytes.push(frame);
  }

  /** Bytes were skipped, which may still come. */
  addGap(from: SequenceNumber, to: SequenceNumber): void {
    if (this.#gaps.length === MOST_GAPS) this.#gaps.shift();
    this.#gaps.push([from, to]);
  }

  /** Takes bytes below the highest ones. @returns how many of them fill gaps */
  fill(from: SequenceNumber, to: SequenceNumber): number {
    let filled = 0;
    for (let index = this.#gaps.length - 1; index >= 0; index--) {
      const [start, end] = this.#gaps[index]!;
      const first = isAfter(from, start) ? from : start;
      const last = isBefore(to, end) ? to : end;
      if (!isBefore(first, last)) continue;
      filled += sequenceDifference(last, first);
      const rest: [SequenceNumber, SequenceNumber][] = [];
      if (isBefore(start, first)) rest.push([start, first]);
      if (isBefore(last, end)) rest.push([last, end]);
      this.#gaps.splice(index, 1, ...rest);
    }
    return filled;
  }

  /**
   * A segment came again.
   *
   * @internal
   */
  repeat({ sequence, length, frame, moment, first, hasSameBytes }: Again): void {
    const isSame = this.#length === length && this.#sequence === sequence;
    const since = isSame ? this.#moment : first?.moment;
    if (!isSame) {
      this.#sequence = sequence;
      this.#length = length;
      this.#firstFrame = first?.frame ?? frame;
      this.#times = first === undefined ? 0 : 1;
      this.#waits = 0;
      this.#isGrowing = true;
      this.#hasSameBytes = true;
    }
    if (since !== undefined) this.#wait(nanosecondsBetween(since, moment));
    if (!hasSameBytes) this.#hasSameBytes = false;
    this.#times++;
    this.#moment.set(moment);
    if (this.most !== undefined && this.#times < this.most.times) return;
    this.most = {
      firstFrame: this.#firstFrame,
      lastFrame: frame,
      times: this.#times,
      firstWait: this.#firstWait,
      lastWait: this.#lastWait,
      isGrowing: this.#isGrowing && this.#waits > 1 && this.#lastWait >= GROWN * this.#firstWait,
      hasSameBytes: this.#hasSameBytes,
    };
  }

  #wait(wait: number): void {
    if (this.#waits++ === 0) this.#firstWait = wait;
    else if (wait < this.#lastWait * NEARLY) this.#isGrowing = false;
    this.#lastWait = wait;
  }
}

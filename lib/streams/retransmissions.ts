/**
 * What one side of a TCP connection sent more than once. A TCP that sends again sends the same bytes under the same
 * numbers (RFC 9293, section 3.8.1), and waits longer each time (RFC 6298, section 5.5). Who makes packets by hand often
 * does neither, so that the two can be told apart.
 */

import { addSequence, isAfter, isBefore, type SequenceNumber, sequenceDifference } from "../core/sequence.ts";
import { ChangingMoment, type Moment, nanosecondsBetween } from "../core/time.ts";
import { Verdict } from "../dissect/layer-kinds.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { TcpFlag } from "../headers/tcp.ts";
import { Finding } from "./findings.ts";
import type { TcpSide } from "./tcp-side.ts";

/** Frames that are named. */
const MOST_FRAMES = 10;
/** Gaps in the bytes of a side that are remembered at a time; of what fills a forgotten one, nobody knows that it is new. */
const MOST_GAPS = 64;
/** Further ahead than any window: the numbers have begun anew. */
const FARTHEST = 1 << 30;
/** Gaps between repetitions count as growing where none is shorter than this part of the one before. */
const NEARLY = 0.8;
const GROWN = 1.5;

/** One segment that was sent again and again. */
export interface Repeated {
  readonly firstFrame: number;
  readonly lastFrame: number;
  /** How often it was sent, the first time included. */
  readonly times: number;
  /** In nanoseconds: from the first time to the second, and from the last but one to the last. */
  readonly firstWait: number;
  readonly lastWait: number;
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

export class Retransmissions {
  /** The first frames whose bytes are others than those that an earlier segment had under the same number. */
  readonly otherBytes: number[] = [];
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

  noteOtherBytes(frame: number): void {
    this.otherBytesCount++;
    if (this.otherBytes.length < MOST_FRAMES) this.otherBytes.push(frame);
  }

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

  /** A segment came again. */
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

/**
 * Counts a segment with data, before its side takes it for the last one sent.
 *
 * @param findings that were made of the segment
 * @returns whether it has other bytes than an earlier one at the same place
 */
export function countData(side: TcpSide, o: PacketOutline, findings: number, frame: number, now: Moment): boolean {
  const length = o.payloadLength;
  if (findings === 0 && side.dataSegments > 0 && o.sequenceNumber === side.dataEnd) {
    // Most segments go on where the one before ended, and are to cost nothing.
    side.dataSegments++;
    side.hasMoved = true;
    side.bytes += length;
    if (length > side.largestSegment) side.largestSegment = length;
    side.newBytes += length;
    side.dataEnd = addSequence(side.dataEnd, length);
    side.dataEndFrame = frame;
    return false;
  }
  const sequence = (o.flags & TcpFlag.SYN) === 0 ? o.sequenceNumber : addSequence(o.sequenceNumber, 1);
  side.bytes += length;
  if (length > side.largestSegment) side.largestSegment = length;
  const isFirst = side.dataSegments++ === 0;
  if (isFirst) rememberFirst(side, o, sequence);
  else if (sequence !== side.firstDataSequence) side.hasMoved = true;
  const isProbe = length === 1 && (findings & (Finding.KEEP_ALIVE | Finding.ZERO_WINDOW_PROBE)) !== 0;
  if (isProbe) side.probeBytes++;
  const end = addSequence(sequence, length);
  if (sequence === side.dataEnd) {
    if (isProbe && !isFirst) return false;
    side.newBytes += length;
    side.dataEnd = end;
    side.dataEndFrame = frame;
    return false;
  }
  return countDisorder(side, o, sequence, end, isProbe, frame, now);
}

/** A segment that does not go on where the one before ended. */
function countDisorder(
  side: TcpSide,
  o: PacketOutline,
  sequence: SequenceNumber,
  end: SequenceNumber,
  isProbe: boolean,
  frame: number,
  now: Moment,
): boolean {
  side.again ??= new Retransmissions();
  const { again, dataEnd } = side;
  if (isAfter(sequence, dataEnd)) {
    if (sequenceDifference(sequence, dataEnd) < FARTHEST) again.addGap(dataEnd, sequence);
    side.newBytes += o.payloadLength;
    side.dataEnd = end;
    side.dataEndFrame = frame;
    return false;
  }
  if (isProbe) return false;
  const isLonger = isAfter(end, dataEnd);
  const filled = again.fill(sequence, isLonger ? dataEnd : end) + countBefore(side, sequence, end);
  side.newBytes += filled;
  const isComparable = sequence === side.firstDataSequence && !side.hasMoved && canCompare(side, o);
  const differs = isComparable && hasOtherBytes(side, o);
  // Where the connection was opened as TCP opens it, somebody may have put them in between, and the stream goes on.
  const isOther = differs && side.syns === 0;
  if (isOther) again.noteOtherBytes(frame);
  else if (filled === 0) {
    const first = end === dataEnd ? { frame: side.dataEndFrame, moment: side.nextSequenceMoment } : undefined;
    again.repeat({
      sequence,
      length: o.payloadLength,
      frame,
      moment: now,
      first,
      hasSameBytes: isComparable && !differs,
    });
  }
  if (isLonger) {
    side.newBytes += sequenceDifference(end, dataEnd);
    side.dataEnd = end;
    side.dataEndFrame = frame;
  }
  return isOther;
}

/** Bytes from before the first that were seen are new too, however late they come. */
function countBefore(side: TcpSide, sequence: SequenceNumber, end: SequenceNumber): number {
  const { dataStart } = side;
  if (!isBefore(sequence, dataStart)) return 0;
  side.dataStart = sequence;
  return sequenceDifference(isBefore(end, dataStart) ? end : dataStart, sequence);
}

/**
 * The first segment is remembered for as long as its side is, in four numbers: `OverlapDetector`, which compares any bytes,
 * forgets them after a while, and a side that repeats one number can do so through a whole capture.
 */
function rememberFirst(side: TcpSide, o: PacketOutline, sequence: SequenceNumber): void {
  side.firstDataSequence = sequence;
  // Behind a SYN, it is known where the bytes begin.
  side.dataStart = side.syns > 0 || (o.flags & TcpFlag.SYN) !== 0 ? addSequence(side.base, 1) : sequence;
  side.dataEnd = side.dataStart;
  if (o.payloadEnd - o.payloadAt < o.payloadLength) return;
  side.firstDataLength = o.payloadLength;
  side.firstDataSum = sumOf(o, o.payloadLength);
  side.firstDataBytes = bytesOf(o, 0, o.payloadLength);
  side.nextDataBytes = bytesOf(o, PACKED_BYTES, o.payloadLength);
}

/** Bytes that changed on their way do not count, and neither do those that were not captured. */
function canCompare({ firstDataLength }: TcpSide, o: PacketOutline): boolean {
  return firstDataLength > 0 && o.tcpChecksum !== Verdict.BAD && o.payloadEnd - o.payloadAt >= o.payloadLength;
}

function hasOtherBytes(side: TcpSide, o: PacketOutline): boolean {
  const { firstDataLength: known } = side;
  const length = o.payloadLength;
  // Sent again in larger pieces, it begins with the same bytes.
  if (length >= known) return sumOf(o, known) !== side.firstDataSum;
  return (
    bytesOf(o, 0, length) !== firstBytes(side.firstDataBytes, length) ||
    bytesOf(o, PACKED_BYTES, length) !== firstBytes(side.nextDataBytes, length - PACKED_BYTES)
  );
}

/** FNV-1a over the first bytes of the payload. */
function sumOf(o: PacketOutline, length: number): number {
  const bytes = o.transportBytes;
  let sum = 0x811c_9dc5;
  for (let at = o.payloadAt; at < o.payloadAt + length; at++) sum = Math.imul(sum ^ bytes[at]!, 0x0100_0193);
  return sum;
}

/** So many bytes fit in a number. */
const PACKED_BYTES = 6;

/** Six bytes of the payload, of `length` bytes, as one number; zeros where it ends. */
function bytesOf(o: PacketOutline, from: number, length: number): number {
  let packed = 0;
  for (let at = from; at < from + PACKED_BYTES; at++)
    packed = packed * 256 + (at < length ? o.transportBytes[o.payloadAt + at]! : 0);
  return packed;
}

/** Of six packed bytes the first few, with zeros behind them. */
function firstBytes(packed: number, count: number): number {
  if (count >= PACKED_BYTES) return packed;
  const unit = 256 ** (PACKED_BYTES - Math.max(0, count));
  return Math.floor(packed / unit) * unit;
}

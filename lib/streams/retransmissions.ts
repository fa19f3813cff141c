/**
 * What one side of a TCP connection sent more than once. A TCP that sends again sends the same bytes under the same
 * numbers (RFC 9293, section 3.8.1), and waits longer each time (RFC 6298, section 5.5). Who makes packets by hand often
 * does neither, so that the two can be told apart.
 */

import { addSequence, isAfter, isBefore, type SequenceNumber, sequenceDifference } from "../core/sequence.ts";
import type { Moment } from "../core/time.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { ChecksumStatus } from "../headers/layer.ts";
import { TcpFlag } from "../headers/tcp-fields.ts";
import { Finding, PROBES } from "./findings.ts";
import { Retransmissions, type TcpSide } from "./tcp-side.ts";

/** Further ahead than any window: the numbers have begun anew. */
const FARTHEST = 1 << 30;

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
  const isFirst = side.dataSegments++ === 0;
  if (isFirst) rememberFirst(side, o, sequence);
  else if (sequence !== side.firstDataSequence) side.hasMoved = true;
  const isProbe = length === 1 && (findings & PROBES) !== 0;
  if (isProbe) side.probeBytes++;
  else if (length > side.largestSegment) side.largestSegment = length;
  const end = addSequence(sequence, length);
  if (sequence === side.dataEnd) {
    if (isProbe && !isFirst) return false;
    side.newBytes += length;
    side.dataEnd = end;
    side.dataEndFrame = frame;
    return false;
  }
  const hasConflict = (findings & Finding.OVERLAP_CONFLICT) !== 0;
  return countDisorder(side, o, { sequence, end, isProbe, hasConflict, frame, now });
}

/** What is known of a segment that does not go on where the one before ended. */
interface Disordered {
  readonly sequence: SequenceNumber;
  readonly end: SequenceNumber;
  readonly isProbe: boolean;
  /** Whether some of its bytes are others than those that came before under the same numbers. */
  readonly hasConflict: boolean;
  readonly frame: number;
  readonly now: Moment;
}

/** A segment that does not go on where the one before ended. */
function countDisorder(
  side: TcpSide,
  o: PacketOutline,
  { sequence, end, isProbe, hasConflict, frame, now }: Disordered,
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
  else if (hasConflict) side.otherBytes += sequenceDifference(isLonger ? dataEnd : end, sequence) - filled;
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
  const isBad = o.hasOddChecksum && o.tcpChecksum === ChecksumStatus.BAD;
  return firstDataLength > 0 && !isBad && o.payloadEnd - o.payloadAt >= o.payloadLength;
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

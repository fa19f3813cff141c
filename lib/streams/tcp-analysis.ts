/**
 * What a segment means in its connection: retransmission, loss, keep-alive and so on, decided as Wireshark decides it,
 * since people will look at the same capture with both.
 *
 * The order of the questions matters: an answer that is more specific keeps a more general one from being given.
 */
import { addSequence, isAfter, isBefore, isBeforeOrEqual } from "../core/sequence.ts";
import { nanosecondsBetween } from "../core/time.ts";
import { TcpFlag } from "../headers/tcp-fields.ts";
import { Finding } from "./findings.ts";
import { SCALE_NOT_USED, SCALE_UNKNOWN, type TcpSide } from "./tcp-side.ts";

const FIN = TcpFlag.FIN;
const SYN = TcpFlag.SYN;
const RST = TcpFlag.RST;
const ACK = TcpFlag.ACK;
const OPENING_OR_CLOSING = SYN | FIN | RST;

const {
  RETRANSMISSION,
  FAST_RETRANSMISSION,
  SPURIOUS_RETRANSMISSION,
  OUT_OF_ORDER,
  LOST_SEGMENT,
  ACK_LOST_SEGMENT,
  DUPLICATE_ACK,
  KEEP_ALIVE,
  KEEP_ALIVE_ACK,
  WINDOW_FULL,
  WINDOW_UPDATE,
  ZERO_WINDOW,
  ZERO_WINDOW_PROBE,
  ZERO_WINDOW_PROBE_ACK,
} = Finding;

/** A fast retransmission follows the duplicate acknowledgement sooner than this, in nanoseconds. */
const FAST_LIMIT = 20_000_000;
/** What comes out of order is at most this late, in nanoseconds, where the round-trip time is not known. */
const REORDER_LIMIT = 3_000_000;
const FEWEST_DUPLICATES = 2;
/** Set once an acknowledgement of something unseen was reported: more than any count of duplicates. */
const UNSEEN_REPORTED = 0xffff_ffff;

/** The numbers of one segment, and its moment. One object is used for all of them. */
export interface Segment {
  sequence: number;
  acknowledgment: number;
  flags: number;
  /** Not scaled. */
  window: number;
  /** Bytes of payload. */
  length: number;
  seconds: number;
  nanoseconds: number;
}

/**
 * Compares a segment with what came before, and remembers it.
 *
 * @param from,to the side that sends the segment, and the other one
 * @param found findings that were made before; they count for what follows
 * @param roundTripTime of the handshake in nanoseconds, 0 where it is not known
 * @returns the bits of all findings
 */
export function analyzeSegment(
  segment: Segment,
  from: TcpSide,
  to: TcpSide,
  found: number,
  roundTripTime: number,
): number {
  const { acknowledgment, flags } = segment;
  setBases(segment, from, to);
  let findings = found;
  if (segment.length === 1 && segment.sequence === from.nextSequence && to.window === 0) {
    findings |= ZERO_WINDOW_PROBE;
  } else {
    findings |= windowsAndAcks(segment, from, to);
  }
  if (acknowledgment !== from.lastAcknowledgment) from.duplicateAcks = 0;
  const isUnseen =
    (flags & ACK) !== 0 && to.highestToAcknowledge !== 0 && isAfter(acknowledgment, to.highestToAcknowledge);
  if (isUnseen) findings |= acknowledgesUnseen(to);
  if (segment.length > 0 || (flags & (SYN | FIN)) !== 0) {
    findings |= sentBefore(segment, from, to, findings, roundTripTime);
  }
  remember(segment, from, findings);
  return findings;
}

/** The sequence numbers that count as 0, where this segment is the first to tell them. */
function setBases({ sequence, acknowledgment, flags }: Segment, from: TcpSide, to: TcpSide): void {
  if (!from.hasBase) {
    from.base = (flags & SYN) !== 0 ? sequence : addSequence(sequence, -1);
    from.hasBase = true;
  }
  if (!to.hasBase && (flags & ACK) !== 0) {
    to.base = addSequence(acknowledgment, -1);
    to.hasBase = true;
  }
}

function windowsAndAcks(segment: Segment, from: TcpSide, to: TcpSide): number {
  const { sequence, acknowledgment, flags, window, length } = segment;
  let findings = 0;
  const isOrdinary = (flags & OPENING_OR_CLOSING) === 0;
  if (window === 0 && isOrdinary) findings |= ZERO_WINDOW;
  if (from.nextSequence !== 0 && isAfter(sequence, from.nextSequence) && (flags & RST) === 0) findings |= LOST_SEGMENT;
  if (!isOrdinary) return findings;
  if (length <= 1 && sequence === addSequence(from.nextSequence, -1)) findings |= KEEP_ALIVE;
  if (length > 0) return isWindowFull(segment, to) ? findings | WINDOW_FULL : findings;
  // From here on: nothing but an acknowledgement, which says the same as the one before.
  if (sequence !== from.nextSequence || acknowledgment !== from.lastAcknowledgment) return findings;
  if (window !== from.window) return window === 0 ? findings : findings | WINDOW_UPDATE;
  if (window === 0) return (to.lastFindings & ZERO_WINDOW_PROBE) === 0 ? findings : findings | ZERO_WINDOW_PROBE_ACK;
  if ((to.lastFindings & KEEP_ALIVE) !== 0) return findings | KEEP_ALIVE_ACK;
  from.duplicateAcks = from.duplicateAcks === UNSEEN_REPORTED ? 1 : from.duplicateAcks + 1;
  return findings | DUPLICATE_ACK;
}

/** Whether the segment ends exactly where the window of its receiver does. */
function isWindowFull({ sequence, length }: Segment, to: TcpSide): boolean {
  if (to.windowScale === SCALE_UNKNOWN) return false;
  const shift = to.hasUnscaledWindow || to.windowScale === SCALE_NOT_USED ? 0 : to.windowScale;
  return addSequence(sequence, length) === addSequence(to.lastAcknowledgment, (to.window << shift) >>> 0);
}

/** An acknowledgement of bytes that were not seen is reported once, not each time that it is repeated. */
function acknowledgesUnseen(to: TcpSide): number {
  if (isBefore(to.highestToAcknowledge, to.nextSequence)) {
    to.highestToAcknowledge = to.nextSequence;
    return ACK_LOST_SEGMENT;
  }
  const isFirst = to.duplicateAcks === 0;
  to.duplicateAcks = UNSEEN_REPORTED;
  return isFirst ? ACK_LOST_SEGMENT : 0;
}

/** Which kind of repetition the segment is, if it is one. */
function sentBefore(segment: Segment, from: TcpSide, to: TcpSide, findings: number, roundTripTime: number): number {
  if ((findings & KEEP_ALIVE) !== 0) return 0;
  const { sequence, flags, length } = segment;
  const end = addSequence(sequence, length);
  if (length > 0 && to.lastAcknowledgment !== 0 && isBeforeOrEqual(end, to.lastAcknowledgment)) {
    return SPURIOUS_RETRANSMISSION;
  }
  if (from.nextSequence === 0 || !isBefore(sequence, from.nextSequence)) return 0;
  // More than one byte from just before the end: the byte before was a probe, and this goes on after it.
  if (length > 1 && addSequence(from.nextSequence, -1) === sequence) return 0;
  const sinceAck = nanosecondsBetween(to.lastMoment, segment);
  const isAskedFor = to.duplicateAcks >= FEWEST_DUPLICATES && to.lastAcknowledgment === sequence;
  if (isAskedFor && isWithin(sinceAck, FAST_LIMIT)) return FAST_RETRANSMISSION;
  const sinceHighest = nanosecondsBetween(from.nextSequenceMoment, segment);
  const reorderLimit = roundTripTime === 0 ? REORDER_LIMIT : roundTripTime;
  const isWhole = addSequence(end, (flags & (SYN | FIN)) !== 0 ? 1 : 0) === from.nextSequence;
  return !isWhole && isWithin(sinceHighest, reorderLimit) ? OUT_OF_ORDER : RETRANSMISSION;
}

/** A negative duration, where the clock was set back, counts as a very long one: so Wireshark's numbers have it. */
function isWithin(duration: number, limit: number): boolean {
  return asUnsigned(duration) < asUnsigned(limit);
}

function asUnsigned(value: number): number {
  return value < 0 ? value + 2 ** 64 : value;
}

function remember(segment: Segment, from: TcpSide, findings: number): void {
  const { sequence, flags, length } = segment;
  const next = addSequence(sequence, length + ((flags & (SYN | FIN)) !== 0 ? 1 : 0));
  // The byte of a probe is not accepted, and comes again.
  if ((findings & ZERO_WINDOW_PROBE) === 0) {
    if (from.nextSequence === 0 || isAfter(next, from.nextSequence)) {
      from.nextSequence = next;
      from.nextSequenceMoment.set(segment);
    }
    if (from.highestToAcknowledge === 0 || sequence === from.highestToAcknowledge) {
      from.highestToAcknowledge = from.nextSequence;
    }
  }
  from.window = segment.window;
  from.lastAcknowledgment = segment.acknowledgment;
  from.lastMoment.set(segment);
  from.lastFindings = findings;
}

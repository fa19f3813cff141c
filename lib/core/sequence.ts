/**
 * TCP sequence numbers: arithmetic modulo 2^32 (RFC 9293, section 3.4). The only place that knows about the wrap.
 *
 * Two numbers are compared by the shorter way round the circle, so that "before" means something only for numbers less
 * than 2^31 apart. At exactly 2^31 each is before the other.
 */

/** 0 to 2^32 - 1. */
export type SequenceNumber = number;

/** The number `count` bytes after `sequence`, or before it when `count` is negative. @param count any safe integer */
export function addSequence(sequence: SequenceNumber, count: number): SequenceNumber {
  return (sequence + count) >>> 0;
}

/** How far `a` is after `b`: -2^31 to 2^31 - 1, negative when it is before. */
export function sequenceDifference(a: SequenceNumber, b: SequenceNumber): number {
  return (a - b) | 0;
}

/** Whether `a` comes before `b`, by the shorter way round. */
export function isBefore(a: SequenceNumber, b: SequenceNumber): boolean {
  return ((a - b) | 0) < 0;
}

/** Whether `a` is `b`, or comes before it. */
export function isBeforeOrEqual(a: SequenceNumber, b: SequenceNumber): boolean {
  return a === b || isBefore(a, b);
}

/** Whether `a` comes after `b`, by the shorter way round. */
export function isAfter(a: SequenceNumber, b: SequenceNumber): boolean {
  return isBefore(b, a);
}

/** Whether `a` is `b`, or comes after it. */
export function isAfterOrEqual(a: SequenceNumber, b: SequenceNumber): boolean {
  return a === b || isBefore(b, a);
}

/**
 * Whether `sequence` is one of the `length` numbers from `start` on, as in RFC 9293's window tests.
 *
 * @param length 0 to 2^32 - 1; a window of 0 holds nothing
 */
export function isInWindow(sequence: SequenceNumber, start: SequenceNumber, length: number): boolean {
  return (sequence - start) >>> 0 < length;
}

/** The one of two numbers that comes later. */
export function laterSequence(a: SequenceNumber, b: SequenceNumber): SequenceNumber {
  return isBefore(a, b) ? b : a;
}

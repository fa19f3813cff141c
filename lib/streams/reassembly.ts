/**
 * One direction of a TCP connection, put back in order (RFC 9293, section 3.10.7.4).
 *
 * Where segments overlap, the bytes that came first in the capture count, and what comes later for the same place is
 * left out: as a receiver does, which has handed the first ones to its application already. Bytes that are missing become
 * a gap, as soon as the receiver has acknowledged them, or too much waits behind them, or the stream ends.
 */
import { addSequence, isAfter, isBefore, type SequenceNumber, sequenceDifference } from "../headers/sequence.ts";

/** Bytes that may wait behind a gap. More than any usual window. */
const MOST_WAITING_BYTES = 8 << 20;
const MOST_WAITING_SEGMENTS = 4096;

/** Where a direction of a stream goes. Positions count its bytes from 0; a FIN and a SYN are no bytes. */
export interface StreamSink {
  /**
   * @param bytes the next bytes of the stream; the memory is reused after the call
   * @param frame number of the frame that brought them
   * @param endsWithPush whether they end where a segment with PSH ends
   */
  data(bytes: Uint8Array, position: number, frame: number, endsWithPush: boolean): void;
  gap(position: number, length: number): void;
}

interface WaitingSegment {
  readonly sequence: SequenceNumber;
  readonly bytes: Uint8Array;
  readonly frame: number;
  readonly hasPush: boolean;
}

export class DirectionReassembler {
  readonly #sink: StreamSink;
  /** Sequence number of the next byte; undefined before the first segment. */
  #next: SequenceNumber | undefined = undefined;
  #position = 0;
  /** In order, not overlapping, all behind a gap. */
  readonly #waiting: WaitingSegment[] = [];
  #waitingBytes = 0;

  constructor(sink: StreamSink) {
    this.#sink = sink;
  }

  /** A SYN with this sequence number: the next byte is the stream's first. */
  open(sequence: SequenceNumber): void {
    this.#next ??= addSequence(sequence, 1);
  }

  /**
   * A segment's payload.
   *
   * @param bytes as much of it as was captured; copied where it has to wait
   * @param length bytes of it on the wire
   */
  push(sequence: SequenceNumber, bytes: Uint8Array, length: number, frame: number, hasPush: boolean): void {
    this.#next ??= sequence;
    if (length === 0) return;
    const late = sequenceDifference(this.#next, sequence);
    if (late >= length) return;
    if (late < 0) this.#wait(sequence, bytes, frame, hasPush && bytes.length >= length);
    else {
      this.#deliver(bytes.subarray(Math.min(late, bytes.length)), frame, hasPush && bytes.length >= length);
      // The rest was not captured: a later segment can still bring it.
      this.#deliverWaiting();
    }
    if (this.#waitingBytes > MOST_WAITING_BYTES || this.#waiting.length > MOST_WAITING_SEGMENTS) this.#skipGap();
  }

  /** The other side has received everything up to this number: what is missing before it will not come any more. */
  acknowledge(acknowledgment: SequenceNumber): void {
    while (this.#waiting.length > 0 && isAfter(acknowledgment, this.#waiting[0]!.sequence)) this.#skipGap();
  }

  /** The stream has ended: everything that waits is delivered, with gaps. */
  finish(): void {
    while (this.#waiting.length > 0) this.#skipGap();
  }

  #deliver(bytes: Uint8Array, frame: number, endsWithPush: boolean): void {
    if (bytes.length === 0) return;
    this.#sink.data(bytes, this.#position, frame, endsWithPush);
    this.#position += bytes.length;
    this.#next = addSequence(this.#next!, bytes.length);
  }

  #deliverWaiting(): void {
    let first = this.#waiting[0];
    while (first !== undefined && !isAfter(first.sequence, this.#next!)) {
      this.#waiting.shift();
      this.#waitingBytes -= first.bytes.length;
      const known = sequenceDifference(this.#next!, first.sequence);
      if (known < first.bytes.length) this.#deliver(first.bytes.subarray(known), first.frame, first.hasPush);
      first = this.#waiting[0];
    }
  }

  #skipGap(): void {
    const first = this.#waiting[0];
    if (first === undefined) return;
    const missing = sequenceDifference(first.sequence, this.#next!);
    this.#sink.gap(this.#position, missing);
    this.#position += missing;
    this.#next = first.sequence;
    this.#deliverWaiting();
  }

  /** Puts what is new of a segment among those that wait. */
  #wait(sequence: SequenceNumber, bytes: Uint8Array, frame: number, hasPush: boolean): void {
    let from = sequence;
    const end = addSequence(sequence, bytes.length);
    let index = this.#firstEndingAfter(from);
    while (isBefore(from, end)) {
      const other = this.#waiting[index];
      const gapEnd = other === undefined || isAfter(other.sequence, end) ? end : other.sequence;
      if (isBefore(from, gapEnd)) {
        const start = sequenceDifference(from, sequence);
        const piece = bytes.slice(start, start + sequenceDifference(gapEnd, from));
        this.#waiting.splice(index, 0, { sequence: from, bytes: piece, frame, hasPush: hasPush && gapEnd === end });
        this.#waitingBytes += piece.length;
        index++;
      }
      if (other === undefined) return;
      from = addSequence(other.sequence, other.bytes.length);
      index++;
    }
  }

  /** Index of the first waiting segment that ends behind this number; usually that is none. */
  #firstEndingAfter(sequence: SequenceNumber): number {
    let index = this.#waiting.length;
    while (index > 0) {
      const { sequence: start, bytes } = this.#waiting[index - 1]!;
      if (!isAfter(addSequence(start, bytes.length), sequence)) break;
      index--;
    }
    return index;
  }
}
